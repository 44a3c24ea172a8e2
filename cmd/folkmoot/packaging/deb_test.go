package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/md5"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// packaged makes a package of the tree with some bytes in place of the program.
func packaged(t *testing.T) (p product, deb []byte) {
	t.Helper()
	p = product{tree{version: "1.2.3", at: time.Unix(1_700_000_000, 0)}, t.TempDir(), "amd64"}
	if err := os.WriteFile(p.binary(), []byte("program"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := p.deb(t.Context()); err != nil {
		t.Fatal(err)
	}
	deb, err := os.ReadFile(filepath.Join(p.out, "folkmoot_1.2.3~20231114221320_amd64.deb"))
	if err != nil {
		t.Fatal(err)
	}
	return p, deb
}

// members reads an ar archive, as ar(5) has it.
func members(t *testing.T, archive []byte) map[string][]byte {
	t.Helper()
	rest, ok := bytes.CutPrefix(archive, []byte("!<arch>\n"))
	if !ok {
		t.Fatal("no ar archive")
	}
	out := map[string][]byte{}
	for len(rest) > 0 {
		size, err := strconv.Atoi(strings.TrimSpace(string(rest[48:58])))
		if err != nil || string(rest[58:60]) != "`\n" {
			t.Fatalf("a header is %q", rest[:60])
		}
		out[strings.TrimSpace(string(rest[:16]))] = rest[60 : 60+size]
		rest = rest[60+size+size%2:]
	}
	return out
}

// unpacked reads a tarball and checks what all its entries have in common.
func unpacked(t *testing.T, p product, packed []byte) (modes map[string]int64, bodies map[string]string) {
	t.Helper()
	plain, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		t.Fatal(err)
	}
	modes, bodies = map[string]int64{}, map[string]string{}
	for archive := tar.NewReader(plain); ; {
		h, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return modes, bodies
		}
		if err != nil {
			t.Fatal(err)
		}
		if h.Uid != 0 || h.Gid != 0 || !h.ModTime.Equal(p.at) || !strings.HasPrefix(h.Name, "./") {
			t.Errorf("%s is of %d:%d at %s", h.Name, h.Uid, h.Gid, h.ModTime)
		}
		if _, twice := modes[h.Name]; twice {
			t.Errorf("%s is there twice", h.Name)
		}
		if folder := filepath.Dir(strings.TrimSuffix(h.Name, "/")) + "/"; h.Name != "./" && modes["./"+strings.TrimPrefix(folder, "./")] == 0 {
			t.Errorf("%s comes before its folder", h.Name)
		}
		body, err := io.ReadAll(archive)
		if err != nil {
			t.Fatal(err)
		}
		modes[h.Name], bodies[h.Name] = h.Mode, string(body)
	}
}

func TestPackage(t *testing.T) {
	t.Chdir("../../..")
	p, deb := packaged(t)
	parts := members(t, deb)
	if string(parts["debian-binary"]) != "2.0\n" {
		t.Errorf("the version of the format is %q", parts["debian-binary"])
	}
	modes, bodies := unpacked(t, p, parts["data.tar.gz"])
	for name, mode := range map[string]int64{
		"./usr/bin/folkmoot": 0o755, "./usr/lib/systemd/system/folkmoot.service": 0o644, "./etc/folkmoot/": 0o755,
		"./usr/share/doc/folkmoot/copyright": 0o644, "./usr/share/doc/folkmoot/notices.txt.gz": 0o644,
		"./usr/share/doc/folkmoot/examples/folkmoot.toml": 0o644, "./usr/share/doc/folkmoot/config.md": 0o644,
	} {
		if modes[name] != mode {
			t.Errorf("%s has mode %o, want %o", name, modes[name], mode)
		}
	}
	if bodies["./usr/bin/folkmoot"] != "program" {
		t.Error("the program is another one")
	}
	control, words := unpacked(t, p, parts["control.tar.gz"])
	for _, script := range []string{"./postinst", "./prerm", "./postrm"} {
		if control[script] != 0o755 || !strings.HasPrefix(words[script], "#!/bin/sh\n") {
			t.Errorf("%s is no script", script)
		}
	}
	for _, want := range []string{"Version: 1.2.3~20231114221320\n", "Architecture: amd64\n", "Installed-Size: "} {
		if !strings.Contains(words["./control"], want) {
			t.Errorf("control lacks %q", want)
		}
	}
	if sum := fmt.Sprintf("%x  usr/bin/folkmoot\n", md5.Sum([]byte("program"))); !strings.Contains(words["./md5sums"], sum) {
		t.Errorf("md5sums lacks %q", sum)
	}
}

func TestPackageIsTheSameTwice(t *testing.T) {
	t.Chdir("../../..")
	_, one := packaged(t)
	_, two := packaged(t)
	if !bytes.Equal(one, two) {
		t.Error("two packages of one tree differ")
	}
}

// Whatever is in the program has a licence that comes with it.
func TestNoticesNameEveryModule(t *testing.T) {
	t.Chdir("../../..")
	text, err := product{tree{}, "", "arm64"}.notices(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"==== Go: LICENSE\n", "==== folkmoot: LICENSE\n", "==== modernc.org/sqlite v", "==== golang.org/x/net v"} {
		if !strings.Contains(string(text), want) {
			t.Errorf("the notices lack %q", want)
		}
	}
	if strings.Contains(string(text), "chromedp") {
		t.Error("they name what only tests need")
	}
}

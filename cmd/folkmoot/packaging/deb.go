package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/md5" // #nosec G501 -- the format has it: md5sums finds damage on the disk, not attackers
	"embed"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"text/template"
	"time"

	"folkmoot/config"
)

//go:embed debian folkmoot.service
var parts embed.FS

// content is a file of the package, or a folder if its path ends with a slash.
type content struct {
	path string // without the slash before it
	mode int64
	body []byte
}

// deb makes a Debian package (deb(5)). It is made here and not by dpkg-deb so that it is the same wherever it is made.
func (p product) deb(ctx context.Context) error {
	files, err := p.contents(ctx)
	if err != nil {
		return err
	}
	control, err := p.control(files)
	if err != nil {
		return err
	}
	var out bytes.Buffer
	out.WriteString("!<arch>\n")
	members := []struct {
		name  string
		files []content
	}{{"control.tar.gz", control}, {"data.tar.gz", files}}
	p.member(&out, "debian-binary", []byte("2.0\n"))
	for _, m := range members {
		body, err := p.tarball(m.files)
		if err != nil {
			return fmt.Errorf("make %s: %w", m.name, err)
		}
		p.member(&out, m.name, body)
	}
	return os.WriteFile(filepath.Join(p.out, fmt.Sprintf("folkmoot_%s_%s.deb", p.debVersion(), p.arch)), out.Bytes(), 0o644)
}

// member adds one to an ar archive (ar(5)).
func (p product) member(out *bytes.Buffer, name string, body []byte) {
	fmt.Fprintf(out, "%-16s%-12d%-6d%-6d%-8s%-10d`\n", name, p.at.Unix(), 0, 0, "100644", len(body))
	out.Write(body)
	if len(body)%2 == 1 {
		out.WriteByte('\n')
	}
}

// tarball packs files with the folders above them, all of root's and of one time.
func (p product) tarball(files []content) ([]byte, error) {
	var out bytes.Buffer
	packed := gzip.NewWriter(&out)
	archive := tar.NewWriter(packed)
	made := map[string]bool{}
	var add func(content) error
	add = func(c content) error {
		if folder := path.Dir(strings.TrimSuffix(c.path, "/")) + "/"; !made[folder] && folder != c.path {
			if err := add(content{folder, 0o755, nil}); err != nil {
				return err
			}
		}
		if made[c.path] {
			return nil
		}
		made[c.path] = true
		header := tar.Header{Name: "./" + c.path, Mode: c.mode, Size: int64(len(c.body)), ModTime: p.at, Uname: "root", Gname: "root", Format: tar.FormatGNU}
		if strings.HasSuffix(c.path, "/") {
			header.Typeflag = tar.TypeDir
		}
		if c.path == "./" {
			header.Name = "./"
		}
		if err := archive.WriteHeader(&header); err != nil {
			return err
		}
		_, err := archive.Write(c.body)
		return err
	}
	for _, c := range files {
		if err := add(c); err != nil {
			return nil, err
		}
	}
	if err := archive.Close(); err != nil {
		return nil, err
	}
	err := packed.Close()
	return out.Bytes(), err
}

// contents are the files that the package puts on a machine.
func (p product) contents(ctx context.Context) ([]content, error) {
	const docs = "usr/share/doc/folkmoot/"
	notices, err := p.notices(ctx)
	if err != nil {
		return nil, err
	}
	sample := config.Default()
	sample.DataDir = "/var/lib/folkmoot"
	files := []content{
		{"etc/folkmoot/", 0o755, nil},
		{docs + "examples/folkmoot.toml", 0o644, []byte(config.Write(sample))},
		{docs + "notices.txt.gz", 0o644, squeeze(notices)},
	}
	sources := map[string]string{p.binary(): "usr/bin/folkmoot", "CHANGELOG.md": docs + "CHANGELOG.md.gz"}
	pages, err := filepath.Glob("docs/*.md")
	if err != nil {
		return nil, err
	}
	for _, page := range append(pages, "README.md", "FEDERATION.md", "SECURITY.md", "web/upgrades.md") {
		sources[page] = docs + filepath.Base(page)
	}
	for from, to := range sources {
		body, err := os.ReadFile(from)
		if err != nil {
			return nil, fmt.Errorf("read what the package is to hold: %w", err)
		}
		files = append(files, p.placed(to, body))
	}
	for from, to := range map[string]string{"folkmoot.service": "usr/lib/systemd/system/folkmoot.service", "debian/copyright": docs + "copyright"} {
		body, err := parts.ReadFile(from)
		if err != nil {
			return nil, err
		}
		files = append(files, p.placed(to, body))
	}
	return sorted(files), nil
}

func (p product) placed(to string, body []byte) content {
	switch {
	case strings.HasPrefix(to, "usr/bin/"):
		return content{to, 0o755, body}
	case strings.HasSuffix(to, ".gz"):
		return content{to, 0o644, squeeze(body)}
	}
	return content{to, 0o644, body}
}

// control says what the package is and what is done around its installation.
func (p product) control(files []content) ([]content, error) {
	var sums bytes.Buffer
	size := 0
	for _, f := range files {
		if size += len(f.body); f.body != nil {
			fmt.Fprintf(&sums, "%x  %s\n", md5.Sum(f.body), f.path) // #nosec G401 -- see the import
		}
	}
	t, err := template.ParseFS(parts, "debian/control")
	if err != nil {
		return nil, err
	}
	var words bytes.Buffer
	err = t.Execute(&words, map[string]any{"Version": p.debVersion(), "Arch": p.arch, "Kilobytes": (size + 1023) / 1024})
	if err != nil {
		return nil, err
	}
	out := []content{{"control", 0o644, words.Bytes()}, {"md5sums", 0o644, sums.Bytes()}}
	for _, script := range []string{"postinst", "postrm", "prerm"} {
		body, err := parts.ReadFile("debian/" + script)
		if err != nil {
			return nil, err
		}
		out = append(out, content{script, 0o755, body})
	}
	return out, nil
}

// squeeze compresses, without a name or a time.
func squeeze(body []byte) []byte {
	var out bytes.Buffer
	w, _ := gzip.NewWriterLevel(&out, gzip.BestCompression) // the level exists
	w.ModTime = time.Time{}
	_, _ = w.Write(body) // a Buffer does not fail
	_ = w.Close()
	return out.Bytes()
}

// sorted puts files in one order, whatever a map's was.
func sorted(files []content) []content {
	slices.SortFunc(files, func(a, b content) int { return strings.Compare(a.path, b.path) })
	return files
}

package archive

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"filippo.io/age"

	"folkmoot/store"
)

const origin = "https://groups.example"

// dataFolder makes one with a database and certificates.
func dataFolder(t *testing.T) Source {
	t.Helper()
	folder := t.TempDir()
	s, err := store.Open(store.Options{Path: filepath.Join(folder, Database), Origin: origin})
	must(t, err)
	_, err = s.ServerKeys(t.Context(), func() ([]byte, error) { return []byte("keys of the server"), nil })
	must(t, err)
	must(t, s.Close())
	write(t, filepath.Join(folder, "certificates", "ab", "certificate"), "a certificate")
	write(t, filepath.Join(folder, "certificates", "acme_account+key"), "a key")
	settings := filepath.Join(t.TempDir(), "any name.toml")
	write(t, settings, "domain = 'groups.example'")
	return Source{Folder: folder, Settings: settings, Program: "0.1.0", Now: time.Now, Keys: func(text []byte) error {
		if string(text) != "keys of the server" {
			return errors.New("they are others")
		}
		return nil
	}}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func write(t testing.TB, path, text string) {
	t.Helper()
	must(t, os.MkdirAll(filepath.Dir(path), 0o700))
	must(t, os.WriteFile(path, []byte(text), 0o600))
}

// tree lists what is in a folder, with the beginning of its contents.
func tree(t testing.TB, folder string) string {
	t.Helper()
	var b strings.Builder
	must(t, filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		name, err := filepath.Rel(folder, path)
		if err != nil {
			return err
		}
		text, err := os.ReadFile(path)
		info, infoErr := d.Info()
		fmt.Fprintf(&b, "%s %v %.16q\n", name, info.Mode(), text)
		return errors.Join(err, infoErr)
	}))
	return b.String()
}

func TestWhatWasKeptComesBack(t *testing.T) {
	me, err := age.GenerateX25519Identity()
	must(t, err)
	forMe, err := ParseRecipients("# mine\n" + me.Recipient().String())
	must(t, err)
	myKey, err := ParseIdentities(me.String())
	must(t, err)
	words, err := Passphrase("correct horse")
	must(t, err)
	words.recipients[0].(*age.ScryptRecipient).SetWorkFactor(10) // as quick as it goes
	known, err := KnownWords("correct horse")
	must(t, err)
	source := dataFolder(t)
	for name, tt := range map[string]struct {
		lock Lock
		key  Key
	}{"open": {}, "for a key": {forMe, myKey}, "with a passphrase": {words, known}} {
		t.Run(name, func(t *testing.T) {
			source.Lock = tt.lock
			file := filepath.Join(t.TempDir(), "backup")
			w, err := Write(t.Context(), source, file)
			must(t, err)
			if info, err := os.Stat(file); err != nil || info.Mode() != 0o600 || info.Size() != w.Bytes {
				t.Errorf("%v, %v", info, err)
			}
			reading := Reading{Key: tt.key, Keys: source.Keys}
			m, err := Verify(t.Context(), file, reading)
			if err != nil || m.Origin != origin || len(m.Files) != 4 {
				t.Fatalf("%+v, %v", m, err)
			}
			folder := filepath.Join(t.TempDir(), "new", "data")
			_, err = Restore(t.Context(), file, folder, reading)
			must(t, err)
			want := "certificates/ab/certificate -rw------- \"a certificate\"\ncertificates/acme_account+key -rw------- \"a key\"\n" +
				"folkmoot.db -rw------- \"SQLite format 3\\x00\"\nfolkmoot.toml -rw------- \"domain = 'groups\"\n"
			if got := tree(t, folder); got != want {
				t.Errorf("restored:\n%swant:\n%s", got, want)
			}
			if tt.lock.Closed() {
				wantLocked(t, file)
			}
		})
	}
}

func wantLocked(t *testing.T, file string) {
	t.Helper()
	other, err := KnownWords("wrong horse")
	must(t, err)
	for _, key := range []Key{{}, other} {
		folder := filepath.Join(t.TempDir(), "data")
		if _, err := Restore(t.Context(), file, folder, Reading{Key: key}); !errors.Is(err, ErrLocked) {
			t.Errorf("with another key: %v", err)
		}
		if _, err := os.Stat(folder); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("left behind: %v", err)
		}
	}
	b, err := os.ReadFile(file)
	must(t, err)
	if bytes.Contains(b, []byte("manifest")) {
		t.Error("it is not encrypted")
	}
}

func TestNothingIsOverwritten(t *testing.T) {
	source := dataFolder(t)
	file := filepath.Join(t.TempDir(), "backup")
	_, err := Write(t.Context(), source, file)
	must(t, err)
	before := tree(t, filepath.Dir(file))
	if _, err := Write(t.Context(), source, file); !errors.Is(err, ErrExists) {
		t.Errorf("a second backup of one name: %v", err)
	}
	if tree(t, filepath.Dir(file)) != before {
		t.Error("the first has changed, or something is left over")
	}
	for _, name := range []string{Database, "notes.txt", ".hidden"} {
		folder := t.TempDir()
		write(t, filepath.Join(folder, name), "mine")
		before := tree(t, folder)
		if _, err := Restore(t.Context(), file, folder, Reading{}); !errors.Is(err, ErrExists) {
			t.Errorf("into a folder with %s: %v", name, err)
		}
		if tree(t, folder) != before {
			t.Errorf("the folder with %s has changed", name)
		}
	}
	if _, err := Restore(t.Context(), file, t.TempDir(), Reading{}); err != nil {
		t.Errorf("into an empty folder: %v", err)
	}
}

// Whichever byte is another one, or missing, or one too many: it is noticed, and nothing stays behind.
func TestEveryByteCounts(t *testing.T) {
	source := dataFolder(t)
	file := filepath.Join(t.TempDir(), "backup")
	_, err := Write(t.Context(), source, file)
	must(t, err)
	whole, err := os.ReadFile(file)
	must(t, err)
	damaged := map[string][]byte{"more": append(bytes.Clone(whole), 0), "twice": append(bytes.Clone(whole), whole...), "empty": {}}
	for range 10 {
		damaged[fmt.Sprint("cut at ", rand.IntN(len(whole)))] = nil
	}
	for name := range damaged {
		var at int
		if n, _ := fmt.Sscanf(name, "cut at %d", &at); n == 1 {
			damaged[name] = whole[:at]
		}
	}
	flip := func(at int) {
		b := bytes.Clone(whole)
		b[at] ^= 1 << rand.IntN(8)
		damaged[fmt.Sprint("flipped at ", at)] = b
	}
	for i := range 12 { // and all of what no check sum of gzip's own covers
		flip(i)
		flip(len(whole) - 1 - 9*i)
	}
	for at := range whole[len(whole)-60:] {
		flip(len(whole) - 60 + at)
	}
	for range 20 {
		flip(rand.IntN(len(whole)))
	}
	i := 0
	for name, b := range damaged {
		bad := filepath.Join(t.TempDir(), "backup")
		must(t, os.WriteFile(bad, b, 0o600))
		if _, err := Verify(t.Context(), bad, Reading{}); !errors.Is(err, ErrDamaged) && !errors.Is(err, ErrLocked) {
			t.Errorf("%s: %v", name, err)
		}
		if i++; i%8 > 0 {
			continue // restoring reads the same way
		}
		folder := t.TempDir()
		if _, err := Restore(t.Context(), bad, folder, Reading{}); err == nil {
			t.Errorf("%s: restored", name)
		}
		if left := tree(t, folder); left != "" {
			t.Errorf("%s: left behind:\n%s", name, left)
		}
	}
}

// forge packs an archive of somebody else's making.
func forge(t testing.TB, m Manifest, entries ...*tar.Header) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "forged")
	f, err := os.Create(file)
	must(t, err)
	packed, err := gzip.NewWriterLevel(f, gzip.BestSpeed)
	must(t, err)
	must(t, forgeTar(packed, m, entries...))
	must(t, errors.Join(packed.Close(), f.Close()))
	b, err := os.ReadFile(file)
	must(t, err)
	sum := sha256.Sum256(b)
	end, err := trailer(sum[:])
	must(t, err)
	must(t, os.WriteFile(file, append(b, end...), 0o600))
	return file
}

func forgeTar(to io.Writer, m Manifest, entries ...*tar.Header) error {
	out := tar.NewWriter(to)
	text, err := json.Marshal(m)
	if err != nil {
		return err
	}
	entries = append([]*tar.Header{{Typeflag: tar.TypeReg, Name: manifest, Size: int64(len(text))}}, entries...)
	for i, h := range entries {
		if err := out.WriteHeader(h); err != nil {
			return err
		}
		body := make([]byte, h.Size)
		if i == 0 {
			body = text
		}
		if _, err := out.Write(body); err != nil {
			return err
		}
	}
	return out.Close()
}

// zeros is a file of n of them, as a manifest and as a tar have it.
func zeros(name string, n int64) (File, *tar.Header) {
	sum := sha256.Sum256(make([]byte, n))
	return File{name, n, hex.EncodeToString(sum[:])}, &tar.Header{Typeflag: tar.TypeReg, Name: name, Size: n}
}

// Archives that somebody made to harm whoever restores them write nothing anywhere.
func TestForgedArchives(t *testing.T) {
	database, inTar := zeros(Database, 5000)
	outside := t.TempDir()
	with := func(names ...string) string {
		m, entries := Manifest{Format: format, Files: []File{database}}, []*tar.Header{inTar}
		for _, name := range names {
			f, h := zeros(name, 3)
			m.Files, entries = append(m.Files, f), append(entries, h)
		}
		return forge(t, m, entries...)
	}
	link := func(kind byte, target string) string {
		f, _ := zeros("certificates/x", 0)
		return forge(t, Manifest{Format: format, Files: []File{database, f}}, inTar, &tar.Header{Typeflag: kind, Name: "certificates/x", Linkname: target})
	}
	huge := database
	huge.Size = 1 << 60
	small := database
	small.Size = 100
	forged := map[string]string{
		"parent":               with("../evil"),
		"parent below":         with("certificates/../../evil"),
		"absolute":             with(filepath.Join(outside, "evil")),
		"back strokes":         with(`certificates\..\..\evil`),
		"elsewhere":            with("evil"),
		"lock":                 with("folkmoot.lock"),
		"second database":      with("certificates/folkmoot.db"),
		"twice":                with("certificates/a", "certificates/a"),
		"file and folder":      with("certificates/a", "certificates/a/b"),
		"no name":              with(""),
		"dot":                  with("certificates/./a"),
		"symbolic link":        link(tar.TypeSymlink, outside),
		"hard link":            link(tar.TypeLink, "/etc/passwd"),
		"device":               link(tar.TypeChar, ""),
		"no database":          forge(t, Manifest{Format: format}),
		"another form":         forge(t, Manifest{Format: 99, Files: []File{database}}, inTar),
		"more than listed":     forge(t, Manifest{Format: format, Files: []File{database}}, inTar, inTar),
		"less than listed":     forge(t, Manifest{Format: format, Files: []File{database}}),
		"larger":               forge(t, Manifest{Format: format, Files: []File{small}}, inTar),
		"too large":            forge(t, Manifest{Format: format, Files: []File{huge}}, inTar),
		"negative":             forge(t, Manifest{Format: format, Files: []File{{Database, -1, ""}}}, inTar),
		"zeros for a database": with(),
	}
	for name, file := range forged {
		parent := t.TempDir()
		if _, err := Restore(t.Context(), file, filepath.Join(parent, "data"), Reading{}); err == nil {
			t.Errorf("%s: restored", name)
		}
		if _, err := Verify(t.Context(), file, Reading{}); errors.Is(err, ErrData) != (name == "zeros for a database") { // it is read that far
			t.Errorf("%s: %v", name, err)
		}
		if left := tree(t, parent) + tree(t, outside); left != "" {
			t.Errorf("%s: wrote\n%s", name, left)
		}
	}
}

// A bomb of zeros costs no more than its manifest says.
func TestBomb(t *testing.T) {
	database, _ := zeros(Database, 100)
	file := filepath.Join(t.TempDir(), "bomb")
	f, err := os.Create(file)
	must(t, err)
	packed, err := gzip.NewWriterLevel(f, gzip.BestSpeed)
	must(t, err)
	must(t, forgeTar(packed, Manifest{Format: format, Files: []File{database}}, &tar.Header{Typeflag: tar.TypeReg, Name: Database, Size: 100 << 20}))
	must(t, errors.Join(packed.Close(), f.Close()))
	if _, err := Verify(t.Context(), file, Reading{}); !errors.Is(err, ErrDamaged) {
		t.Errorf("%v", err)
	}
}

func TestDamagedDataIsNoBackup(t *testing.T) {
	source := dataFolder(t)
	source.Keys = func([]byte) error { return errors.New("this is no key") }
	file := filepath.Join(t.TempDir(), "backup")
	if _, err := Write(t.Context(), source, file); !errors.Is(err, ErrData) || !strings.Contains(err.Error(), "keys of the server itself cannot be read") {
		t.Errorf("%v", err)
	}
	if left := tree(t, filepath.Dir(file)); left != "" {
		t.Errorf("left behind:\n%s", left)
	}
	if left, _ := filepath.Glob(filepath.Join(source.Folder, deskName)); len(left) > 0 {
		t.Errorf("left in the data folder: %v", left)
	}
}

func TestWhatIsNoFileIsNamed(t *testing.T) {
	source := dataFolder(t)
	must(t, os.Symlink("/etc/passwd", filepath.Join(source.Folder, "certificates", "link.png")))
	w, err := Write(t.Context(), source, filepath.Join(t.TempDir(), "backup"))
	if err != nil || len(w.LeftOut) != 1 || w.LeftOut[0] != "certificates/link.png" {
		t.Errorf("left out %v, %v", w.LeftOut, err)
	}
}

func TestStoppedBackupLeavesNothing(t *testing.T) {
	source := dataFolder(t)
	ctx, cancel := context.WithCancel(t.Context())
	source.Now = func() time.Time { cancel(); return time.Now() }
	file := filepath.Join(t.TempDir(), "backup")
	if _, err := Write(ctx, source, file); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	if left := tree(t, filepath.Dir(file)); left != "" {
		t.Errorf("left behind:\n%s", left)
	}
}

// Whatever a tar says, what is taken from it is what its manifest lists.
func FuzzTar(f *testing.F) {
	database, inTar := zeros(Database, 600)
	picture, inTarToo := zeros("certificates/a/b.png", 3)
	var whole bytes.Buffer
	must(f, forgeTar(&whole, Manifest{Format: format, Files: []File{database, picture}}, inTar, inTarToo))
	f.Add(whole.Bytes())
	f.Add(whole.Bytes()[:1200])
	f.Fuzz(func(t *testing.T, b []byte) {
		got := map[string]*bytes.Buffer{}
		m, err := readTar(tar.NewReader(bytes.NewReader(b)), sink{
			begin: func(Manifest) error { return nil },
			file: func(f File) (io.WriteCloser, error) {
				if !filepath.IsLocal(f.Name) {
					t.Fatalf("writes %q", f.Name)
				}
				got[f.Name] = &bytes.Buffer{}
				return open{got[f.Name]}, nil
			},
		})
		if err != nil {
			return
		}
		for _, f := range m.Files {
			if sum := sha256.Sum256(got[f.Name].Bytes()); hex.EncodeToString(sum[:]) != f.SHA256 {
				t.Errorf("%s is not what the manifest says", f.Name)
			}
		}
	})
}

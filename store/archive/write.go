package archive

import (
	"archive/tar"
	"bufio"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"folkmoot/store"
)

// Source is a data folder to keep.
type Source struct {
	Folder   string
	Settings string // the configuration file; "" for none
	Program  string // version of Folkmoot
	Now      func() time.Time
	Keys     func(text []byte) error // says what is wrong with private keys
	Lock     Lock                    // who can open it; nobody named means everybody who can read it
}

// Written says what became of a Write.
type Written struct {
	Manifest Manifest
	Bytes    int64    // of the archive
	LeftOut  []string // files that an archive cannot hold
}

// Write puts a data folder into a new file for its owner alone, whether or not a server runs on it. The copy of the database is
// checked before. The file gets its name once it is whole and on the disk.
func Write(ctx context.Context, s Source, file string) (w Written, err error) {
	if _, err := os.Lstat(file); err == nil {
		return w, fmt.Errorf("%s is there already; choose another name: %w", file, ErrExists)
	}
	sweep(s.Folder, s.Now())
	desk, err := os.MkdirTemp(s.Folder, deskName) // beside the database, where its keys are anyway
	if err != nil {
		return w, fmt.Errorf("make room for a copy of the database: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(desk)) }()
	files, err := s.collect(ctx, desk, &w)
	if err != nil {
		return w, err
	}
	part, err := os.CreateTemp(filepath.Dir(file), filepath.Base(file)+partName)
	if err != nil {
		return w, fmt.Errorf("write the backup: %w", err)
	}
	defer os.Remove(part.Name()) //nolint:errcheck // it has its name by then
	if err := errors.Join(s.fill(ctx, part, w.Manifest, files), part.Sync(), part.Close()); err != nil {
		return w, fmt.Errorf("write the backup %s: %w", file, err)
	}
	info, err := os.Stat(part.Name())
	if err != nil {
		return w, fmt.Errorf("write the backup: %w", err)
	}
	w.Bytes = info.Size()
	return w, settle(part.Name(), file)
}

const (
	deskName = ".backup-*"
	partName = ".*.part"
)

// collect copies the database, looks it through, and measures everything that is to be kept.
func (s Source) collect(ctx context.Context, desk string, w *Written) ([]source, error) {
	database := source{File{Name: Database}, filepath.Join(desk, Database)}
	if err := store.CopyDatabase(ctx, filepath.Join(s.Folder, Database), database.path); err != nil {
		return nil, err
	}
	x, err := store.Examine(ctx, database.path, store.ExamineOptions{Keys: s.Keys})
	if err != nil {
		return nil, err
	}
	if err := dataError(x); err != nil {
		return nil, err
	}
	files, leftOut, err := list(s.Folder) // after the database: what that speaks of is there by then
	if err != nil {
		return nil, err
	}
	files = append([]source{database}, files...)
	if s.Settings != "" {
		files = append(files, source{File{Name: Settings}, s.Settings})
	}
	w.Manifest = Manifest{Format: format, Made: s.Now().UTC().Truncate(time.Second), Origin: x.Origin, Program: s.Program, Schema: x.Schema, Groups: x.Groups}
	w.LeftOut = leftOut
	kept := files[:0]
	for _, f := range files {
		err := f.measure()
		if errors.Is(err, fs.ErrNotExist) && strings.Contains(f.Name, "/") {
			continue // it was deleted just now
		}
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", f.Name, err)
		}
		kept = append(kept, f)
		w.Manifest.Files = append(w.Manifest.Files, f.File)
	}
	return kept, ctx.Err()
}

func dataError(x store.Examination) error {
	if len(x.Damage) == 0 {
		return nil
	}
	return fmt.Errorf("%w:\n%s", ErrData, strings.Join(x.Damage, "\n"))
}

// fill writes the archive itself.
func (s Source) fill(ctx context.Context, to io.Writer, m Manifest, files []source) error {
	buffered := bufio.NewWriterSize(to, 1<<18)
	locked, err := s.Lock.close(buffered)
	if err != nil {
		return err
	}
	sum := summing{locked, sha256.New()}
	packed, err := gzip.NewWriterLevel(sum, gzip.BestSpeed)
	if err != nil {
		return err
	}
	if err := writeTar(ctx, packed, m, files); err != nil {
		return err
	}
	if err := packed.Close(); err != nil {
		return err
	}
	end, err := trailer(sum.hash.Sum(nil))
	if err != nil {
		return err
	}
	if _, err := locked.Write(end); err != nil {
		return err
	}
	return errors.Join(locked.Close(), buffered.Flush())
}

func writeTar(ctx context.Context, packed io.Writer, m Manifest, files []source) error {
	out := tar.NewWriter(packed)
	text, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return err
	}
	if len(text) > maxManifest {
		return fmt.Errorf("there are %d files, more than a backup can hold", len(files))
	}
	if err := out.WriteHeader(header(manifest, int64(len(text)), m.Made)); err != nil {
		return err
	}
	if _, err := out.Write(text); err != nil {
		return err
	}
	for _, f := range files {
		if err := f.copyTo(ctx, out, m.Made); err != nil {
			return err
		}
	}
	return out.Close()
}

func header(name string, size int64, made time.Time) *tar.Header {
	return &tar.Header{Typeflag: tar.TypeReg, Name: name, Size: size, Mode: 0o600, ModTime: made}
}

// copyTo copies a file that must be what it was when it was measured.
func (s source) copyTo(ctx context.Context, out *tar.Writer, made time.Time) error {
	f, err := os.Open(s.path)
	if err != nil {
		return fmt.Errorf("%s has changed meanwhile; try again: %w", s.Name, err)
	}
	defer f.Close()
	if err := out.WriteHeader(header(s.Name, s.Size, made)); err != nil {
		return err
	}
	h := sha256.New()
	n, err := io.Copy(io.MultiWriter(out, h), io.LimitReader(withContext{ctx, f}, s.Size))
	if err != nil {
		return err
	}
	if n != s.Size || hex.EncodeToString(h.Sum(nil)) != s.SHA256 {
		return fmt.Errorf("%s has changed meanwhile; try again", s.Name)
	}
	return nil
}

// withContext is a reader that ends with its context.
type withContext struct {
	ctx context.Context
	io.Reader
}

func (r withContext) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.Reader.Read(p)
}

// settle gives a whole file its name, unless something has it. Where links cannot be made, looking must do.
func settle(part, file string) error {
	err := os.Link(part, file)
	switch {
	case errors.Is(err, fs.ErrExist):
		return fmt.Errorf("%s is there already; choose another name: %w", file, ErrExists)
	case err != nil:
		if _, err := os.Lstat(file); err == nil {
			return fmt.Errorf("%s is there already; choose another name: %w", file, ErrExists)
		}
		if err := os.Rename(part, file); err != nil {
			return fmt.Errorf("name the backup: %w", err)
		}
	}
	return syncFolder(filepath.Dir(file))
}

// syncFolder makes names in a folder last.
func syncFolder(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("put %s on the disk: %w", path, err)
	}
	_ = d.Sync() // some file systems know nothing of it
	return d.Close()
}

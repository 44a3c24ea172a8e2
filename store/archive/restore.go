package archive

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"

	"folkmoot/store"
)

// Reading says how an archive is read.
type Reading struct {
	Key  Key
	Keys func(text []byte) error // says what is wrong with private keys
}

// Verify reads a whole archive and looks through the database in it. For that it is put into the system's temporary folder, for its
// owner alone, for as long as that takes.
func Verify(ctx context.Context, file string, r Reading) (m Manifest, err error) {
	folder, err := os.MkdirTemp("", "folkmoot-verify-*")
	if err != nil {
		return m, fmt.Errorf("make a folder to look at the database in: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	root, err := os.OpenRoot(folder)
	if err != nil {
		return m, fmt.Errorf("open the folder to look at the database in: %w", err)
	}
	defer root.Close()
	m, err = read(ctx, file, r.Key, sink{
		begin: func(m Manifest) error { return roomFor(folder, m.Files[0].Size) },
		file: func(f File) (io.WriteCloser, error) {
			if f.Name == Database {
				return create(root, f.Name, false)
			}
			return open{io.Discard}, nil
		},
	})
	if err != nil {
		return m, err
	}
	return m, r.examine(ctx, folder, m)
}

func roomFor(folder string, want int64) error {
	free, err := Free(folder)
	if err != nil {
		return err
	}
	if uint64(want) > free { // #nosec G115 -- a manifest with sizes below nothing is refused
		return fmt.Errorf("it needs %d MB in %s, and %d MB are free: make room, or set TMPDIR if this is the folder for temporary files", want>>20, folder, free>>20)
	}
	return nil
}

// examine looks through a database that came out of an archive.
func (r Reading) examine(ctx context.Context, folder string, m Manifest) error {
	x, err := store.Examine(ctx, filepath.Join(folder, Database), store.ExamineOptions{Keys: r.Keys})
	if err != nil {
		return err
	}
	if x.Origin != m.Origin || x.Schema != m.Schema {
		x.Damage = append(x.Damage, "The database in it is not the one that its manifest names.")
	}
	return dataError(x)
}

// Restore puts what is in an archive into a folder that is empty or does not exist, and looks it through. If anything is wrong, the
// folder is as it was. Everybody is signed out: the archive knows nobody who has signed out since it was made.
func Restore(ctx context.Context, file, folder string, r Reading) (m Manifest, err error) {
	made, err := emptyFolder(folder)
	if err != nil {
		return m, err
	}
	root, err := os.OpenRoot(folder)
	if err != nil {
		return m, fmt.Errorf("open the folder: %w", err)
	}
	defer root.Close()
	if err := root.Mkdir(stage, 0o700); err != nil {
		return m, fmt.Errorf("make a folder in %s: %w", folder, err)
	}
	defer func() {
		err = errors.Join(err, root.RemoveAll(stage))
		if err != nil && made {
			err = errors.Join(err, os.Remove(folder))
		}
	}()
	m, err = read(ctx, file, r.Key, sink{
		begin: func(m Manifest) error { return roomFor(folder, m.Bytes()) },
		file:  func(f File) (io.WriteCloser, error) { return create(root, path.Join(stage, f.Name), true) },
	})
	if err != nil {
		return m, err
	}
	staged := filepath.Join(folder, stage)
	if err := r.examine(ctx, staged, m); err != nil {
		return m, err
	}
	if err := store.EndSessions(ctx, filepath.Join(staged, Database)); err != nil {
		return m, err
	}
	return m, unpack(root, folder)
}

// stage is where a folder is filled before anything in it has the name by which a server looks for it.
const stage = ".restore"

// emptyFolder wants a folder without anything in it, or makes one. The one thing that may be there is what every file system has at its
// top.
func emptyFolder(path string) (made bool, err error) {
	entries, err := os.ReadDir(path)
	if errors.Is(err, fs.ErrNotExist) {
		return true, os.MkdirAll(path, 0o700)
	}
	if err != nil {
		return false, fmt.Errorf("look into %s: %w", path, err)
	}
	for _, e := range entries {
		if e.Name() != "lost+found" {
			return false, fmt.Errorf("%s holds %s already; name a folder that is empty or does not exist: %w", path, e.Name(), ErrExists)
		}
	}
	return false, nil
}

// file is a new one. If it is to last, it is on the disk once it is closed.
type file struct {
	*bufio.Writer
	f    *os.File
	last bool
}

func create(root *os.Root, name string, last bool) (io.WriteCloser, error) {
	if err := root.MkdirAll(path.Dir(name), 0o700); err != nil {
		return nil, err
	}
	f, err := root.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	return file{bufio.NewWriterSize(f, 1<<16), f, last}, nil
}

func (f file) Close() error {
	err := f.Flush()
	if f.last && err == nil {
		err = f.f.Sync()
	}
	return errors.Join(err, f.f.Close())
}

// unpack gives everything its place; the database comes last, since a folder with one looks whole.
func unpack(root *os.Root, folder string) error {
	entries, err := os.ReadDir(filepath.Join(folder, stage))
	if err != nil {
		return fmt.Errorf("read the folder again: %w", err)
	}
	if err := os.Chmod(folder, 0o700); err != nil { // #nosec G302 -- a folder
		return fmt.Errorf("close the folder to others: %w", err)
	}
	names := []string{}
	for _, e := range entries {
		if e.Name() != Database {
			names = append(names, e.Name())
		}
	}
	for _, name := range append(names, Database) {
		if err := root.Rename(path.Join(stage, name), name); err != nil {
			return fmt.Errorf("put %s in its place: %w", name, err)
		}
	}
	return syncFolder(folder)
}

package archive

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// source is a file that goes into an archive.
type source struct {
	File
	path string
}

// list finds the files of a data folder beside the database. What is no plain file cannot be kept, and is named.
func list(folder string) (files []source, leftOut []string, err error) {
	for _, top := range Folders() {
		root, err := filepath.EvalSymlinks(filepath.Join(folder, top)) // it may lie on another disk
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, nil, fmt.Errorf("list %s: %w", top, err)
		}
		err = filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			below, err := filepath.Rel(root, path)
			if err != nil {
				return err
			}
			name := filepath.ToSlash(filepath.Join(top, below))
			if !d.Type().IsRegular() || !allowed(name) {
				leftOut = append(leftOut, name)
				return nil
			}
			files = append(files, source{File{Name: name}, path})
			return nil
		})
		if err != nil {
			return nil, nil, fmt.Errorf("list %s: %w", top, err)
		}
	}
	slices.SortFunc(files, func(a, b source) int { return strings.Compare(a.Name, b.Name) })
	return files, leftOut, nil
}

// measure reads a file for its size and sum.
func (s *source) measure() error {
	f, err := os.Open(s.path)
	if err != nil {
		return err
	}
	defer f.Close()
	h := sha256.New()
	if s.Size, err = io.Copy(h, f); err != nil {
		return fmt.Errorf("read %s: %w", s.path, err)
	}
	s.SHA256 = hex.EncodeToString(h.Sum(nil))
	return nil
}

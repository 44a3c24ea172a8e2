package archive

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"time"
)

const stampForm = "20060102T150405Z"

// Name is what a backup is called that the server makes by itself.
func Name(made time.Time, locked bool) string {
	name := "folkmoot-" + made.UTC().Format(stampForm) + ".tar.gz"
	if locked {
		name += ".age"
	}
	return name
}

// names finds those names, and what is left of one that never was whole.
func names() *regexp.Regexp {
	return regexp.MustCompile(`^folkmoot-(\d{8}T\d{6}Z)\.tar\.gz(?:\.age)?(\.\d+\.part)?$`)
}

// Kept is a backup in a folder of them.
type Kept struct {
	Path string
	Made time.Time // as its name says
}

// List lists the backups of a folder that have such names, the newest first. There are none in a folder that does not exist.
func List(folder string) ([]Kept, error) {
	kept, _, err := look(folder)
	return kept, err
}

func look(folder string) (kept, parts []Kept, err error) {
	entries, err := os.ReadDir(folder)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil, nil
	}
	if err != nil {
		return nil, nil, fmt.Errorf("list backups: %w", err)
	}
	pattern := names()
	for _, e := range entries {
		found := pattern.FindStringSubmatch(e.Name())
		if found == nil || !e.Type().IsRegular() {
			continue
		}
		made, err := time.Parse(stampForm, found[1])
		if err != nil {
			continue
		}
		k := Kept{filepath.Join(folder, e.Name()), made}
		if found[2] == "" {
			kept = append(kept, k)
		} else {
			parts = append(parts, k)
		}
	}
	slices.SortFunc(kept, func(a, b Kept) int { return b.Made.Compare(a.Made) })
	return kept, parts, nil
}

// stale is the age at which nobody works any more on what is not whole.
const stale = 24 * time.Hour

// Rotate deletes all but the newest backups with such names, and what is left of those that a crash cut off. Nothing else is touched.
func Rotate(folder string, keep int, now time.Time) (deleted int, err error) {
	kept, parts, err := look(folder)
	if err != nil {
		return 0, err
	}
	old := kept[min(keep, len(kept)):]
	for _, p := range parts {
		if now.Sub(p.Made) > stale {
			old = append(old, p)
		}
	}
	for _, k := range old {
		if err := os.Remove(k.Path); err != nil {
			return deleted, fmt.Errorf("delete an old backup: %w", err)
		}
		deleted++
	}
	return deleted, nil
}

// sweep deletes what a crash left in a data folder.
func sweep(folder string, now time.Time) {
	desks, _ := filepath.Glob(filepath.Join(folder, deskName)) // the pattern is well formed
	for _, desk := range desks {
		if info, err := os.Lstat(desk); err == nil && info.IsDir() && now.Sub(info.ModTime()) > stale {
			_ = os.RemoveAll(desk) // it is tried again next time
		}
	}
}

package archive

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

// The newest stay, and so does whatever the server has not written itself.
func TestRotate(t *testing.T) {
	folder := t.TempDir()
	now := time.Date(2026, 3, 10, 4, 0, 0, 0, time.UTC)
	others := []string{
		"folkmoot.tar.gz", "folkmoot-mine.tar.gz", "folkmoot-20260301T040000Z.tar.gz.bak", "x-folkmoot-20260301T040000Z.tar.gz",
		"folkmoot-20269901T040000Z.tar.gz", "notes.txt", Name(now, false) + ".123.part",
	}
	for _, name := range others {
		write(t, filepath.Join(folder, name), "mine")
	}
	must(t, os.Mkdir(filepath.Join(folder, "folkmoot-20250301T040000Z.tar.gz"), 0o700))
	for day := range 9 {
		write(t, filepath.Join(folder, Name(now.AddDate(0, 0, -day), day%2 == 0)), "a backup")
	}
	write(t, filepath.Join(folder, Name(now.AddDate(0, 0, -3), true)+".99.part"), "half a one")
	deleted, err := Rotate(folder, 4, now)
	if err != nil || deleted != 6 {
		t.Errorf("%d deleted, %v", deleted, err)
	}
	kept, err := List(folder)
	must(t, err)
	for i, k := range kept {
		if want := now.AddDate(0, 0, -i); !k.Made.Equal(want) {
			t.Errorf("kept %s in place %d", k.Path, i)
		}
	}
	if len(kept) != 4 {
		t.Errorf("%d kept", len(kept))
	}
	for _, name := range others {
		if _, err := os.Stat(filepath.Join(folder, name)); err != nil {
			t.Error(err)
		}
	}
}

func TestACrashLeavesNothingForLong(t *testing.T) {
	source := dataFolder(t)
	old, young := filepath.Join(source.Folder, ".backup-1"), filepath.Join(source.Folder, ".backup-2")
	write(t, filepath.Join(old, Database), "half a copy")
	write(t, filepath.Join(young, Database), "half a copy")
	before := time.Now().Add(-2 * stale)
	must(t, os.Chtimes(old, before, before))
	_, err := Write(t.Context(), source, filepath.Join(t.TempDir(), "backup"))
	must(t, err)
	if left, _ := filepath.Glob(filepath.Join(source.Folder, deskName)); len(left) != 1 || left[0] != young {
		t.Errorf("left are %v", left)
	}
}

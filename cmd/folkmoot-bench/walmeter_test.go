package main

import (
	"database/sql"
	"path/filepath"
	"testing"
)

func TestWALMeter(t *testing.T) {
	for _, c := range []struct {
		what        string
		before, now walState
		want        int64
	}{
		{"nothing was written", walState{7, 1}, walState{7, 1}, 0},
		{"it has grown", walState{7, 1}, walState{12, 1}, 5},
		{"it has begun anew", walState{12, 1}, walState{3, 2}, 3},
		{"it has begun anew and is longer", walState{12, 1}, walState{30, 2}, 30},
	} {
		if got := grown(c.before, c.now); got != c.want {
			t.Errorf("%s: %d pages, want %d", c.what, got, c.want)
		}
	}
	dir := t.TempDir()
	if n := measureWAL(filepath.Join(dir, "nowhere")).bytes(); n != 0 {
		t.Errorf("%d bytes where there is no database", n)
	}
}

// What the meter counts is what SQLite writes: a page for each commit to a table of one page.
func TestWALMeterCountsCommits(t *testing.T) {
	dir := t.TempDir()
	const commits = 20
	db, err := sql.Open("sqlite", "file:"+filepath.Join(dir, "folkmoot.db")+"?_pragma=journal_mode(WAL)")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec(`CREATE TABLE t (n INTEGER)`); err != nil {
		t.Fatal(err)
	}
	m := measureWAL(dir)
	for i := range commits {
		if _, err := db.Exec(`INSERT INTO t VALUES ($1)`, i); err != nil {
			t.Fatal(err)
		}
	}
	if pages := m.bytes() / walFrame; pages != commits {
		t.Errorf("%d pages for %d commits to one page", pages, commits)
	}
}

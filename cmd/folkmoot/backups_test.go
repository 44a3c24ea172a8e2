package main

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"folkmoot/config"
	"folkmoot/store"
	"folkmoot/store/archive"
)

func scheduled(t *testing.T) (*backups, config.Config) {
	t.Helper()
	c := config.Default()
	c.DataDir, c.Backup.Dir, c.Backup.Keep = t.TempDir(), filepath.Join(t.TempDir(), "backups"), 3
	st, err := store.Open(store.Options{Path: filepath.Join(c.DataDir, archive.Database), Origin: "https://groups.example"})
	if err != nil {
		t.Fatal(err)
	}
	if err := st.Close(); err != nil {
		t.Fatal(err)
	}
	b, err := newBackups(c, "", slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	return b, c
}

// Backups are made as often as is set, the newest are kept, and a start makes no more of them.
func TestBackupsBySchedule(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, c := scheduled(t)
		began := time.Now()
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		go b.run(ctx)
		time.Sleep(5*c.Backup.Every + time.Hour) // virtual: bubbles have no other time
		synctest.Wait()
		kept, err := archive.List(c.Backup.Dir)
		if err != nil || len(kept) != 3 {
			t.Fatalf("%d kept, %v", len(kept), err)
		}
		for i, k := range kept {
			if want := began.Add(time.Duration(5-i) * c.Backup.Every).UTC().Truncate(time.Second); !k.Made.Equal(want) {
				t.Errorf("kept %v in place %d, want %v", k.Made, i, want)
			}
		}
		if s := b.now(); !s.Failed.IsZero() || s.Bytes == 0 {
			t.Errorf("%+v", s)
		}
		again, err := newBackups(c, "", b.log)
		if err != nil {
			t.Fatal(err)
		}
		if wait := again.wait(time.Now()); wait > c.Backup.Every-time.Hour || wait < c.Backup.Every-time.Hour-time.Second {
			t.Errorf("after a start the next comes in %s", wait)
		}
	})
}

// What failed is seen, and tried again sooner; the old ones stay.
func TestABackupThatFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, c := scheduled(t)
		b.make(t.Context())
		first := b.now()
		time.Sleep(c.Backup.Every)
		path := filepath.Join(c.DataDir, archive.Database)
		if err := os.Rename(path, path+".away"); err != nil {
			t.Fatal(err)
		}
		b.make(t.Context())
		s := b.now()
		if s.Failed.IsZero() || !s.Newest.Equal(first.Newest) || !strings.Contains(s.words(), "the last backup failed at") {
			t.Errorf("%+v: %s", s, s.words())
		}
		if wait := b.wait(time.Now()); wait != againAfter {
			t.Errorf("it is tried again in %s", wait)
		}
		if kept, err := archive.List(c.Backup.Dir); err != nil || len(kept) != 1 {
			t.Errorf("%d kept, %v", len(kept), err)
		}
		if err := os.Rename(path+".away", path); err != nil {
			t.Fatal(err)
		}
		time.Sleep(againAfter)
		b.make(t.Context())
		if s := b.now(); !s.Failed.IsZero() || s.Error != "" {
			t.Errorf("%+v", s)
		}
	})
}

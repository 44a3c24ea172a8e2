package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
)

// The private keys of all groups are in the database, so nobody but its owner may read it or its copies.
func TestNobodyElseReadsTheDatabase(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "folkmoot.db")
	s := open(t, path)
	ownerOnly(t, dir, "folkmoot.db", "folkmoot.db-wal", "folkmoot.db-shm")
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	db, err := openPool(path, 1)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	scripts := fstest.MapFS{"migrations/0001_a.sql": {Data: []byte(`SELECT 1`)}}
	for range schemaVersion(t, db) {
		scripts["migrations/0001_a"+strings.Repeat("a", len(scripts))+".sql"] = &fstest.MapFile{Data: []byte(`SELECT 1`)}
	}
	if err := migrate(db, path, scripts); err != nil {
		t.Fatal(err)
	}
	copies, _ := filepath.Glob(path + ".schema-*")
	if len(copies) != 1 {
		t.Fatalf("copies %v", copies)
	}
	ownerOnly(t, dir, filepath.Base(copies[0]))
}

// A database that others could read, as one restored from a copy, is closed to them again.
func TestAnOpenDatabaseIsClosedToOthers(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "folkmoot.db")
	if err := open(t, path).Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	defer open(t, path).Close()
	ownerOnly(t, dir, "folkmoot.db", "folkmoot.db-wal", "folkmoot.db-shm")
}

func ownerOnly(t *testing.T, dir string, names ...string) {
	t.Helper()
	for _, name := range names {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if mode := info.Mode().Perm(); mode != 0o600 {
			t.Errorf("%s has mode %o", name, mode)
		}
	}
}

func schemaVersion(t *testing.T, db *sql.DB) (version int) {
	t.Helper()
	if err := db.QueryRow(`PRAGMA user_version`).Scan(&version); err != nil {
		t.Fatal(err)
	}
	return version
}

// What is not ours, newer or damaged is refused with a sentence, and no byte of it changes.
func TestOpenLeavesAloneWhatItRefuses(t *testing.T) {
	ours := func(path string) {
		if err := open(t, path).Close(); err != nil {
			t.Fatal(err)
		}
	}
	with := func(path string, statements ...string) {
		db, err := sql.Open("sqlite", "file:"+path)
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		for _, statement := range statements {
			if _, err := db.Exec(statement); err != nil {
				t.Fatal(err)
			}
		}
	}
	write := func(path string, b []byte) {
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for name, tt := range map[string]struct {
		prepare func(path string)
		want    error
	}{
		"newer":              {func(p string) { ours(p); with(p, `PRAGMA user_version = 9999`) }, ErrNewer},
		"of another program": {func(p string) { with(p, `CREATE TABLE users (name TEXT)`) }, ErrUnreadable},
		"of another with versions": {
			func(p string) { with(p, `CREATE TABLE users (name TEXT)`, `PRAGMA user_version = 1`) }, ErrUnreadable,
		},
		"text":  {func(p string) { write(p, []byte(strings.Repeat("this is no database\n", 100))) }, ErrUnreadable},
		"zeros": {func(p string) { write(p, make([]byte, 8192)) }, ErrUnreadable},
		"a page short": {func(p string) {
			ours(p)
			info, _ := os.Stat(p)
			_ = os.Truncate(p, info.Size()-4096)
		}, ErrUnreadable},
		"cut in a page": {func(p string) {
			ours(p)
			info, _ := os.Stat(p)
			_ = os.Truncate(p, info.Size()-6000)
		}, ErrUnreadable},
		"half a database": {func(p string) { ours(p); _ = os.Truncate(p, 4096) }, ErrUnreadable},
		"damaged schema": {func(p string) {
			ours(p)
			b, _ := os.ReadFile(p)
			copy(b[100:], strings.Repeat("\xff", 2000))
			write(p, b)
		}, ErrUnreadable},
		"another server's": {func(p string) { ours(p); with(p, `UPDATE meta SET value = 'https://other.example'`) }, ErrOtherOrigin},
	} {
		t.Run("QUE-11 "+name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "folkmoot.db")
			tt.prepare(path)
			before := digest(t, path)
			s, err := Open(Options{Path: path, Origin: origin, Now: at})
			if err == nil {
				s.Close()
			}
			if !errors.Is(err, tt.want) {
				t.Errorf("error %v, want %v", err, tt.want)
			}
			if digest(t, path) != before {
				t.Error("the file was changed")
			}
		})
	}
}

// A WAL that was cut off, or whose end is not what was written, as after a power cut, loses what stands there and nothing before it.
func TestADamagedWAL(t *testing.T) {
	source := filepath.Join(t.TempDir(), "folkmoot.db")
	s := open(t, source)
	defer s.Close()
	holdBack(t, s)
	for i := range 20 {
		id := fmt.Sprintf("https://a.example/%d", i)
		if _, err := s.Receive(t.Context(), Received{Activity: id, Signer: "https://a.example/u", Raw: make([]byte, 5000), At: at()}); err != nil {
			t.Fatal(err)
		}
	}
	for name, damage := range map[string]func(wal []byte) []byte{
		"whole":        func(wal []byte) []byte { return wal },
		"cut":          func(wal []byte) []byte { return wal[:len(wal)-5000] },
		"zeros at end": func(wal []byte) []byte { return append(wal[:len(wal)-5000], make([]byte, 5000)...) },
		"none":         func([]byte) []byte { return nil },
	} {
		t.Run("QUE-11 "+name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "folkmoot.db")
			for _, part := range []string{"", "-wal"} { // as they stand on the disk when the machine stops
				b, err := os.ReadFile(source + part)
				if err != nil {
					t.Fatal(err)
				}
				if part == "-wal" {
					b = damage(b)
				}
				if err := os.WriteFile(path+part, b, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			s := open(t, path)
			defer s.Close()
			if got := scalar(t, s, `SELECT integrity_check FROM pragma_integrity_check`); got != "ok" {
				t.Errorf("integrity: %s", got)
			}
			n, first := scalar(t, s, `SELECT COUNT(*) FROM inbox`), scalar(t, s, `SELECT COALESCE(MAX(id), 0) FROM inbox`)
			if n != first || name == "whole" && n != "20" || strings.Contains(name, "end") && n == "20" {
				t.Errorf("%s activities are left, the last is number %s", n, first)
			}
		})
	}
}

// holdBack keeps what is written from now on in the WAL until the test ends: a reader is still where the database is now.
func holdBack(t *testing.T, s *Store) {
	t.Helper()
	if _, err := s.read.ExecContext(t.Context(), `PRAGMA wal_checkpoint(TRUNCATE)`); err != nil {
		t.Fatal(err)
	}
	tx, err := s.read.BeginTx(t.Context(), &sql.TxOptions{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = tx.Rollback() })
	var n int
	if err := tx.QueryRow(`SELECT COUNT(*) FROM inbox`).Scan(&n); err != nil {
		t.Fatal(err)
	}
}

func digest(t *testing.T, path string) [32]byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return sha256.Sum256(b)
}

// Paths are file names, whatever SQLite reads into them.
func TestOddPaths(t *testing.T) {
	for _, name := range []string{"a b.db", "50%25.db", "what?.db", "x#1.db", "käse.db"} {
		path := filepath.Join(t.TempDir(), name)
		if err := open(t, path).Close(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := os.Stat(path); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := Open(Options{Path: filepath.Join(t.TempDir(), "none", "folkmoot.db"), Origin: origin}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no such folder: %v", err)
	}
}

// An upgrade that failed is tried again at the next start; the copy of the first try is in nobody's way.
func TestUpgradeCanBeTriedAgain(t *testing.T) {
	path := filepath.Join(t.TempDir(), "folkmoot.db")
	db, err := openPool(path, 1)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	scripts := fstest.MapFS{"migrations/0001_a.sql": {Data: []byte(`CREATE TABLE a (x INTEGER)`)}}
	if err := migrate(db, path, scripts); err != nil {
		t.Fatal(err)
	}
	scripts["migrations/0002_b.sql"] = &fstest.MapFile{Data: []byte(`nonsense`)}
	if err := migrate(db, path, scripts); err == nil {
		t.Fatal("no error")
	}
	if _, err := db.Exec(`INSERT INTO a VALUES (8)`); err != nil {
		t.Fatal(err)
	}
	scripts["migrations/0002_b.sql"] = &fstest.MapFile{Data: []byte(`DROP TABLE a`)}
	if err := migrate(db, path, scripts); err != nil {
		t.Fatal(err)
	}
	before, err := sql.Open("sqlite", "file:"+path+".schema-1")
	if err != nil {
		t.Fatal(err)
	}
	defer before.Close()
	var x int
	if err := before.QueryRow(`SELECT x FROM a`).Scan(&x); err != nil || x != 8 {
		t.Errorf("the copy holds %d, %v, not what was there last", x, err)
	}
	if left, _ := filepath.Glob(path + "*.part"); len(left) > 0 {
		t.Errorf("left over: %v", left)
	}
}

// The writer keeps what it reads; readers do not.
func TestTheWriterKeepsMuch(t *testing.T) {
	s := founded(t)
	var writers, mapped, readers int
	err := s.update(t.Context(), func(ctx context.Context, tx *txn) error {
		if err := tx.QueryRowContext(ctx, `PRAGMA mmap_size`).Scan(&mapped); err != nil {
			return err
		}
		return tx.QueryRowContext(ctx, `PRAGMA cache_size`).Scan(&writers)
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.read.QueryRowContext(t.Context(), `PRAGMA cache_size`).Scan(&readers); err != nil {
		t.Fatal(err)
	}
	if writers != -16384 || mapped != 268435456 || readers != -512 {
		t.Errorf("the writer keeps %d and maps %d, readers keep %d", writers, mapped, readers)
	}
}

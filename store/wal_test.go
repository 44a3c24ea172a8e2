package store

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

// Once what is in the WAL is moved, it begins anew: whoever writes without a pause does not make it grow for ever.
func TestTheWALBeginsAnew(t *testing.T) {
	t.Run("QUE-10", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "folkmoot.db")
		s := open(t, path)
		defer s.Close()
		write := func(round int) int64 {
			t.Helper()
			for i := range 100 {
				err := s.update(t.Context(), func(ctx context.Context, tx *txn) error {
					_, err := tx.ExecContext(ctx, `INSERT INTO meta (key, value) VALUES ($1, $2)`, fmt.Sprint("k", round, "-", i), string(make([]byte, 8000)))
					return err
				})
				if err != nil {
					t.Fatal(err)
				}
			}
			info, err := os.Stat(path + "-wal")
			if err != nil {
				t.Fatal(err)
			}
			return info.Size()
		}
		first := write(0)
		for round := range 5 {
			s.wal.full.Store(true) // as after 64 MB
			if size := write(round + 1); size > first*2 {
				t.Fatalf("the WAL has %d bytes after round %d, %d after the first", size, round+1, first)
			}
		}
	})
}

// A query whose text is never the same is not kept, and works all the same.
func TestStatementsAreBounded(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "folkmoot.db"))
	defer s.Close()
	for i := range maxStatements + 50 {
		var got int
		if err := s.read.QueryRowContext(t.Context(), fmt.Sprintf(`SELECT %d`, i)).Scan(&got); err != nil || got != i {
			t.Fatalf("%d, %v", got, err)
		}
	}
	if n := len(s.read.stmts.known); n > maxStatements {
		t.Errorf("%d statements are kept", n)
	}
	if err := s.read.QueryRowContext(t.Context(), `SELECT nonsense FROM nowhere`).Scan(new(int)); err == nil {
		t.Error("no error for a query that is wrong")
	}
}

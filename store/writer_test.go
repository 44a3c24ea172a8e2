package store

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// Somebody who hangs up in the middle of a write must not take along those whose writes share the commit: SQLite rolls
// the whole transaction back when a statement in it is interrupted.
func TestWhoeverHangsUpDisturbsNobody(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "folkmoot.db"))
	defer s.Close()
	begun, release := make(chan struct{}), make(chan struct{})
	var wg sync.WaitGroup
	write := func(name string, ctx context.Context, fn func(context.Context, *txn) error) {
		wg.Go(func() {
			if err := s.update(ctx, fn); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		})
	}
	put := func(key string) func(context.Context, *txn) error {
		return func(ctx context.Context, tx *txn) error {
			_, err := tx.ExecContext(ctx, `INSERT INTO meta (key, value) VALUES ($1, '')`, key)
			return err
		}
	}
	write("first", t.Context(), func(context.Context, *txn) error { close(begun); <-release; return nil })
	<-begun
	for i := range 20 {
		write(fmt.Sprint("before ", i), t.Context(), put(fmt.Sprint("before", i)))
	}
	impatient, cancel := context.WithCancel(t.Context())
	write("impatient", impatient, func(ctx context.Context, tx *txn) error {
		time.AfterFunc(20*time.Millisecond, cancel) // in the middle of what takes longer
		_, err := tx.ExecContext(ctx, `WITH RECURSIVE n (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 300000)
			INSERT INTO meta SELECT 'much' || (x % 10), '' FROM n WHERE true ON CONFLICT DO NOTHING`)
		return err
	})
	for i := range 20 {
		write(fmt.Sprint("after ", i), t.Context(), put(fmt.Sprint("after", i)))
	}
	close(release)
	wg.Wait()
	if got := scalar(t, s, `SELECT COUNT(*) FROM meta WHERE key LIKE 'before%' OR key LIKE 'after%' OR key LIKE 'much%'`); got != "50" {
		t.Errorf("%s rows written, want 50", got)
	}
}

// A write that was asked for by somebody who is gone already is not begun.
func TestWritesOfTheGoneAreNotBegun(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "folkmoot.db"))
	defer s.Close()
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	err := s.update(gone, func(context.Context, *txn) error { t.Error("begun"); return nil })
	if err == nil || !strings.Contains(err.Error(), "canceled") {
		t.Errorf("error %v", err)
	}
}

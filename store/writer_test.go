package store

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
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

// What is received does not wait for the whole queue of other writes, and these go on though the door is never empty.
func TestDoorAndQueueBothGoOn(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "folkmoot.db"))
	defer s.Close()
	const long = 20
	begun, release := make(chan struct{}), make(chan struct{})
	var ran, before atomic.Int64
	var writes, senders sync.WaitGroup
	write := func(fn func()) {
		writes.Go(func() {
			if err := s.updateQuietly(t.Context(), func(context.Context, *txn) error { fn(); return nil }); err != nil {
				t.Error(err)
			}
		})
	}
	write(func() { close(begun); <-release })
	<-begun
	for range long {
		write(func() {
			for start := time.Now(); time.Since(start) <= doorPatience; { // each uses up what the door grants
			}
			ran.Add(1)
		})
	}
	before.Store(-1)
	for range 8 {
		senders.Go(func() {
			for ran.Load() < long {
				err := s.updateAtTheDoor(t.Context(), func(context.Context, *txn) error {
					before.CompareAndSwap(-1, ran.Load())
					return nil
				})
				if err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	for len(s.jobs) < long || len(s.door) < 8 {
		runtime.Gosched()
	}
	close(release)
	senders.Wait()
	writes.Wait()
	if n := before.Load(); n > 1 {
		t.Errorf("the first was received after %d of %d other writes", n, long)
	}
}

// One that fails undoes nothing of those that share its commit or its savepoint, and each learns its own result.
func TestOneFailureIsItsOwn(t *testing.T) {
	for name, failing := range map[string]int{"at the door": 0, "often": 1, "quietly": 2} {
		t.Run(name, func(t *testing.T) { oneFails(t, failing) })
	}
}

func oneFails(t *testing.T, failing int) {
	s := open(t, filepath.Join(t.TempDir(), "folkmoot.db"))
	defer s.Close()
	ways := []func(context.Context, func(context.Context, *txn) error) error{s.updateAtTheDoor, s.updateOften, s.updateQuietly}
	begun, release := make(chan struct{}), make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		_ = s.updateQuietly(t.Context(), func(context.Context, *txn) error { close(begun); <-release; return nil })
	})
	<-begun
	gone, leave := context.WithCancel(t.Context())
	const each = 12
	results := make([]error, each*len(ways))
	for i := range results {
		ctx, way := t.Context(), (i+failing)%len(ways)
		if i == 6 { // of the kind that fails, as is the tenth
			ctx = gone
		}
		wg.Go(func() {
			results[i] = ways[way](ctx, func(ctx context.Context, tx *txn) error {
				if _, err := tx.ExecContext(ctx, `INSERT INTO meta (key, value) VALUES ($1, '')`, fmt.Sprint("job", i)); err != nil || i != 9 {
					return err
				}
				return errors.New("not this one")
			})
		})
	}
	for len(s.door) < each || len(s.jobs) < 2*each {
		runtime.Gosched()
	}
	leave()
	close(release)
	wg.Wait()
	for i, err := range results {
		if (err != nil) != (i == 6 || i == 9) {
			t.Errorf("%d: error %v", i, err)
		}
	}
	if got := scalar(t, s, `SELECT COUNT(*) FROM meta WHERE key LIKE 'job%' AND key NOT IN ('job6', 'job9')`); got != fmt.Sprint(len(results)-2) {
		t.Errorf("%s written, want %d", got, len(results)-2)
	}
	if got := scalar(t, s, `SELECT COUNT(*) FROM meta WHERE key IN ('job6', 'job9')`); got != "0" {
		t.Errorf("%s of those that failed are written", got)
	}
}

// giveUp begins a transaction with a job that gives it up once it is released, and says that all is well.
func giveUp(t *testing.T, s *Store, wg *sync.WaitGroup) (release func()) {
	begun, released := make(chan struct{}), make(chan struct{})
	wg.Go(func() {
		_ = s.updateOften(t.Context(), func(_ context.Context, tx *txn) error {
			close(begun)
			<-released
			return tx.run(`ROLLBACK`)
		})
	})
	<-begun
	return func() { close(released) }
}

// Where SQLite has given up the transaction, everybody who shared it is told so, whatever was to come next.
func TestATransactionThatIsLost(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "folkmoot.db"))
	defer s.Close()
	ways := map[string]func(context.Context, func(context.Context, *txn) error) error{
		"at the door": s.updateAtTheDoor, "often": s.updateOften, "quietly": s.updateQuietly,
	}
	for name, way := range ways {
		var wg sync.WaitGroup
		release := giveUp(t, s, &wg)
		results := make([]error, 3)
		for i := range results {
			wg.Go(func() {
				results[i] = way(t.Context(), func(ctx context.Context, tx *txn) error { return nil })
			})
		}
		for len(s.door)+len(s.jobs) < len(results) {
			runtime.Gosched()
		}
		release()
		wg.Wait() // for ever, if one of them is forgotten
		if errors.Join(results...) == nil {
			t.Errorf("%s: nobody learns that the transaction was lost", name)
		}
	}
}

// Where a job hides that SQLite gave up the transaction, nothing is written twice and nobody is told that all is well; what shares nothing
// with it is not begun.
func TestATransactionThatIsLostInSecret(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "folkmoot.db"))
	defer s.Close()
	note := func(key string) func(context.Context, *txn) error {
		return func(ctx context.Context, tx *txn) error {
			_, err := tx.ExecContext(ctx, `INSERT INTO meta (key, value) VALUES ($1, '1') ON CONFLICT (key) DO UPDATE SET value = value || '1'`, key)
			return err
		}
	}
	own := errors.New("not this one")
	fail := func(context.Context, *txn) error { return own }
	for name, tt := range map[string]struct {
		way  func(context.Context, func(context.Context, *txn) error) error
		jobs []func(context.Context, *txn) error
		want string // the value that the first one wrote
	}{
		"fails":  {s.updateOften, []func(context.Context, *txn) error{note("fails"), fail}, "1"}, // it ran without a transaction
		"shares": {s.updateQuietly, []func(context.Context, *txn) error{note("shares")}, ""},
	} {
		results := make([]error, len(tt.jobs))
		var wg sync.WaitGroup
		release := giveUp(t, s, &wg)
		for i, fn := range tt.jobs {
			wg.Go(func() { results[i] = tt.way(t.Context(), fn) })
			for len(s.jobs) <= i {
				runtime.Gosched()
			}
		}
		release()
		wg.Wait()
		for i, err := range results {
			if err == nil || errors.Is(err, own) {
				t.Errorf("%s: job %d is told %v", name, i, err)
			}
		}
		if got := scalar(t, s, `SELECT COALESCE((SELECT value FROM meta WHERE key = '`+name+`'), '')`); got != tt.want {
			t.Errorf("%s: written %q, want %q", name, got, tt.want)
		}
	}
}

// Where not even a transaction can be begun, everybody is told so, and nobody waits for ever.
func TestATransactionThatCannotBegin(t *testing.T) {
	s, err := Open(Options{Path: filepath.Join(t.TempDir(), "folkmoot.db"), Origin: origin})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.conn.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Receive(t.Context(), Received{Activity: "a", Signer: "b"}); err == nil {
		t.Error("what was not stored is said to be")
	}
	if err := s.Settle(t.Context(), 1, "", ""); err == nil {
		t.Error("what was not written is said to be")
	}
	_ = s.Close() // its connection is gone already
}

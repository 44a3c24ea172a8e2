package store

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// While nothing can be stored the server is not ready and says why, though nobody else writes it is again once there is room, and while all
// is well asking writes nothing. That it answers is another question.
func TestReadyWhileThereIsRoom(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "folkmoot.db"))
	defer s.Close()
	limit := func(pages string) { // of the writer's connection
		t.Helper()
		err := s.updateQuietly(t.Context(), func(ctx context.Context, tx *txn) error {
			var got int
			return tx.QueryRowContext(ctx, `PRAGMA max_page_count = `+pages).Scan(&got)
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if n := triesOf(t, s, func(ctx context.Context) {
		if err := s.Ready(ctx); err != nil {
			t.Errorf("while all is well: %v", err)
		}
	}); n > 0 {
		t.Errorf("%d writes while all is well", n)
	}
	limit(scalar(t, s, `SELECT page_count FROM pragma_page_count`))
	if _, err := s.Receive(t.Context(), Received{Activity: "a", Signer: "b", Raw: make([]byte, 40_000), At: at()}); !IsTrouble(err) {
		t.Fatalf("there was room: %v", err)
	}
	if n := triesOf(t, s, func(ctx context.Context) {
		if err := s.Ready(ctx); err == nil || !strings.Contains(err.Error(), "the disk is full") {
			t.Errorf("error %v without room", err)
		}
	}); n != 1 {
		t.Errorf("%d writes are tried for many who ask at once", n)
	}
	if err := s.Answers(t.Context()); err != nil {
		t.Errorf("it does not answer: %v", err)
	}
	limit("4294967294")
	for end := time.Now().Add(10 * triesApart); s.Ready(t.Context()) != nil; time.Sleep(triesApart / 10) {
		if time.Now().After(end) {
			t.Fatalf("not ready though there is room: %v", s.Ready(t.Context()))
		}
	}
	if got := scalar(t, s, `SELECT COUNT(*) FROM meta WHERE key = 'try'`); got != "0" {
		t.Error("something is left of the try")
	}
}

// triesOf has many ask while the writer is kept busy, and counts what they have it do. Nobody waits for it longer than they want to.
func triesOf(t *testing.T, s *Store, ask func(context.Context)) int {
	t.Helper()
	begun, release := make(chan struct{}), make(chan struct{})
	var writes, asks sync.WaitGroup
	writes.Go(func() {
		_ = s.updateQuietly(t.Context(), func(context.Context, *txn) error { close(begun); <-release; return nil })
	})
	<-begun
	for range 50 {
		asks.Go(func() {
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			ask(ctx)
		})
	}
	asks.Wait()
	tries := len(s.jobs)
	close(release)
	writes.Wait()
	return tries
}

// A database whose pages something else has written over is not ready, whatever is remembered of it.
func TestReadyReadsTheFile(t *testing.T) {
	for name, from := range map[string]int64{"all of it": 0, "all but the first page": 4096} {
		path := filepath.Join(t.TempDir(), "folkmoot.db")
		if err := open(t, path).Close(); err != nil { // everything is in the file itself then
			t.Fatal(err)
		}
		s := open(t, path)
		defer s.Close()
		if err := s.Ready(t.Context()); err != nil {
			t.Fatal(err)
		}
		overwrite(t, path, from)
		if err := s.Ready(t.Context()); err == nil || !strings.Contains(err.Error(), "damaged") {
			t.Errorf("%s is written over: %v", name, err)
		}
	}
}

func overwrite(t *testing.T, path string, from int64) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteAt([]byte(strings.Repeat("x", int(info.Size()-from))), from); err != nil {
		t.Fatal(err)
	}
}

package store

import (
	"context"
	"fmt"
	"path/filepath"
	"sync"
	"testing"
	"time"
)

// When there is no more room, writes fail as a whole, whoever shares the commit, and nothing that succeeded is lost. Once there is
// room again, they succeed without a restart.
func TestNoRoomLeft(t *testing.T) {
	t.Run("QUE-03", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "folkmoot.db")
		s := open(t, path)
		limit := func(pages string) { // of this connection, which is the writer's
			t.Helper()
			err := s.update(t.Context(), func(ctx context.Context, tx *txn) error {
				var got int
				return tx.QueryRowContext(ctx, `PRAGMA max_page_count = `+pages).Scan(&got)
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		var mu sync.Mutex
		var kept, refused []Received
		receive := func(r Received) {
			_, err := s.Receive(t.Context(), r)
			mu.Lock()
			defer mu.Unlock()
			switch {
			case err == nil:
				kept = append(kept, r)
			case IsTrouble(err):
				refused = append(refused, r)
			default:
				t.Errorf("error %v is not told from others", err)
			}
		}
		for round := range 3 {
			limit(scalar(t, s, `SELECT page_count + 60 FROM pragma_page_count`))
			var wg sync.WaitGroup
			for i := range 200 {
				id := fmt.Sprintf("https://a.example/%d/%d", round, i)
				wg.Go(func() {
					receive(Received{Activity: id, Signer: "https://a.example/u", Raw: make([]byte, 4000), At: time.Now()})
				})
			}
			wg.Wait()
			if len(refused) == 0 {
				t.Fatal("there was room for everything")
			}
			limit("4294967294")
			again := refused
			refused = nil
			for _, r := range again {
				receive(r)
			}
			if len(refused) > 0 {
				t.Fatalf("%d are refused though there is room", len(refused))
			}
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		s = open(t, path)
		defer s.Close()
		if got := scalar(t, s, `SELECT COUNT(*) FROM inbox`); got != "600" || len(kept) != 600 {
			t.Errorf("%s are there, %d were acknowledged, want 600", got, len(kept))
		}
		if got := scalar(t, s, `SELECT integrity_check FROM pragma_integrity_check`); got != "ok" {
			t.Errorf("integrity: %s", got)
		}
	})
}

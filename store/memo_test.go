package store

import (
	"context"
	"fmt"
	"path/filepath"
	"testing"
	"time"
)

// What is remembered of a host and of a key is what the database holds, after every kind of change to it.
func TestRememberedIsWhatIsKept(t *testing.T) {
	path := filepath.Join(t.TempDir(), "folkmoot.db")
	s := open(t, path)
	defer s.Close()
	ctx, name := t.Context(), "peer.example"
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(s.updateQuietly(ctx, func(ctx context.Context, tx *txn) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO hosts (name) VALUES ($1)`, name)
		return err
	}))
	same := func(after string) Host {
		t.Helper()
		kept, err := scanHost(s.read.QueryRowContext(ctx, `SELECT `+hostColumns+` FROM hosts h WHERE name = $1`, name).Scan)
		must(err)
		for range 2 { // read, and remembered
			if got, err := s.Host(ctx, name); err != nil || got != kept {
				t.Errorf("after %s: %+v, %v; kept is %+v", after, got, err, kept)
			}
		}
		return kept
	}
	h := same("nothing")
	_, err := s.ChangeHost(ctx, name, func(h *Host) { h.Software, h.Scheme = "mastodon", "rfc9421" })
	must(err)
	same("a change")
	must(s.Failed(ctx, h, Delivery{}, Failure{Words: "no", Next: s.now().Add(time.Hour)}))
	same("a failure")
	must(s.Revive(ctx, name))
	same("a revival")
	must(s.Failed(ctx, h, Delivery{}, Failure{Words: "again", Next: s.now().Add(time.Hour)}))
	must(s.Retry(ctx, name))
	same("a retry")
	must(s.Note(ctx, []Mark{{Host: h.ID, Words: "given up"}}))
	same("an error")
	must(s.Note(ctx, []Mark{{Host: h.ID, Well: true, Scheme: "cavage"}}))
	same("a success")

	key := Key{ID: "https://peer.example/u#main-key", Owner: "https://peer.example/u", DER: []byte{1}, Fetched: time.Unix(1e9, 0)}
	for i := range byte(3) {
		key.DER = []byte{i}
		must(s.SaveKey(ctx, key))
		for range 2 {
			if got, err := s.Key(ctx, key.ID); err != nil || got.DER[0] != i || got.Owner != key.Owner || !got.Fetched.Equal(key.Fetched) {
				t.Errorf("key %+v, %v", got, err)
			}
		}
	}
}

// A row read before a change and remembered after it would be wrong for good.
func TestLateReadsAreNotRemembered(t *testing.T) {
	var m memo[int]
	_, age, _ := m.get("a")
	m.forget(func(name string, _ int) bool { return name == "a" })
	m.put("a", 1, age)
	if v, _, ok := m.get("a"); ok {
		t.Errorf("remembered %d, which was read before it changed", v)
	}
	for i := range 3 * maxMemo {
		_, age, _ := m.get("")
		m.put(fmt.Sprint(i), i, age)
	}
	if len(m.known) > maxMemo {
		t.Errorf("%d are remembered", len(m.known))
	}
}

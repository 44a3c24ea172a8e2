package store

import (
	"context"
	"errors"
	"fmt"
	"testing"
)

// Two activities whose hashes are the same are two: neither keeps the other out, and each is found.
func TestActivitiesThatShareAHash(t *testing.T) {
	s := founded(t)
	hash := hashOfActivity("mine", ann)
	err := s.update(t.Context(), func(ctx context.Context, tx *txn) error {
		_, err := tx.ExecContext(ctx, receiving, hash, "another", lee, []byte(`"another"`), 1, 1, "b.example")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.ReceivedRaw(t.Context(), "mine", ann); !errors.Is(err, ErrNotFound) {
		t.Errorf("what never came: %v", err)
	}
	for _, isNew := range []bool{true, false} {
		got, err := s.Receive(t.Context(), Received{Activity: "mine", Signer: ann, Raw: []byte(`"mine"`), At: at()})
		if err != nil || got != isNew {
			t.Errorf("%v, %v, want %v", got, err, isNew)
		}
	}
	if raw, err := s.ReceivedRaw(t.Context(), "mine", ann); err != nil || string(raw) != `"mine"` {
		t.Errorf("%s, %v", raw, err)
	}
	if got := scalar(t, s, `SELECT COUNT(*) FROM inbox WHERE hash = `+fmt.Sprint(hash)); got != "2" {
		t.Errorf("%s rows of the hash, want 2", got)
	}
}

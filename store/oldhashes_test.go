package store

import (
	"context"
	"fmt"
	"testing"

	"pgregory.net/rapid"
)

// Whatever comes, comes again, is moved and is deleted, in whatever order: an activity is new if and only if it is not here, its bytes are
// found, and after all is moved and all is deleted nothing is left.
func TestActivitiesAreKnownWhileHashesMove(t *testing.T) {
	s := founded(t)
	rapid.Check(t, func(rt *rapid.T) {
		if err := s.gently(context.Background(), "begin with nothing", `DELETE FROM inbox`); err != nil {
			rt.Fatal(err)
		}
		var err error
		here := map[string]bool{}
		moved := int64(-1)
		name := rapid.Custom(func(rt *rapid.T) string { return fmt.Sprint(rapid.IntRange(1, 12).Draw(rt, "activity")) })
		rt.Repeat(map[string]func(*rapid.T){
			"receive": func(rt *rapid.T) {
				a := name.Draw(rt, "name")
				isNew, err := s.Receive(rt.Context(), Received{Activity: a, Signer: ann, Raw: []byte(a), At: at()})
				if err != nil || isNew == here[a] {
					rt.Fatalf("%s is new: %t, %v, want %t", a, isNew, err, !here[a])
				}
				here[a] = true
			},
			"move": func(rt *rapid.T) {
				if moved, err = s.ageHashes(rt.Context(), moved, 0); err != nil {
					rt.Fatal(err)
				}
			},
			"start anew": func(*rapid.T) { moved = -1 },
			"copy and be interrupted": func(rt *rapid.T) {
				if err := s.copyHashes(rt.Context(), int64(rapid.IntRange(0, 20).Draw(rt, "row"))); err != nil {
					rt.Fatal(err)
				}
			},
			"delete": func(rt *rapid.T) {
				a := name.Draw(rt, "name")
				forgetActivity(rt, s, a)
				here[a] = false
			},
			"": func(rt *rapid.T) {
				for a, is := range here {
					if raw, err := s.ReceivedRaw(rt.Context(), a, ann); is && string(raw) != a || !is && err == nil {
						rt.Fatalf("%s, here %t: %s, %v", a, is, raw, err)
					}
				}
			},
		})
		if _, err = s.ageHashes(rt.Context(), -1, 0); err != nil {
			rt.Fatal(err)
		}
		if left := count(rt, s, `SELECT COUNT(*) FROM inbox WHERE old = 0`); left != 0 {
			rt.Errorf("%d rows are in the index after all were moved", left)
		}
		if err := s.gently(context.Background(), "delete all", `DELETE FROM inbox`); err != nil {
			rt.Fatal(err)
		}
		if left := count(rt, s, `SELECT COUNT(*) FROM old_hashes`); left != 0 {
			rt.Errorf("%d hashes are left of what was deleted", left)
		}
	})
}

func forgetActivity(t rapid.TB, s *Store, activity string) {
	err := s.update(context.Background(), func(ctx context.Context, tx *txn) error {
		_, err := tx.ExecContext(ctx, `DELETE FROM inbox WHERE activity = $1`, activity)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func count(t rapid.TB, s *Store, query string) (n int) {
	if err := s.read.QueryRowContext(context.Background(), query).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// Few hashes stay where they are; many move, in more than one stretch.
func TestManyHashesMove(t *testing.T) {
	s := founded(t)
	const many = 2*hashesAtOnce + 7
	err := s.update(t.Context(), func(ctx context.Context, tx *txn) error {
		for i := range many {
			a := fmt.Sprint(i)
			if _, err := tx.ExecContext(ctx, receiving, hashOfActivity(a, ann), a, ann, []byte(a), 1, 1, "a.example"); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ most, first, moved, want int64 }{{many, -1, 0, 0}, {many - 1, 0, many, many}, {0, many, many, many}} {
		last, err := s.ageHashes(t.Context(), c.first, c.most)
		if got := int64(count(t, s, `SELECT COUNT(*) FROM old_hashes`)); err != nil || last != c.moved || got != c.want {
			t.Errorf("of more than %d: up to row %d, %v, %d hashes, want %d and %d", c.most, last, err, got, c.moved, c.want)
		}
	}
	if left := count(t, s, `SELECT COUNT(*) FROM inbox WHERE old = 0`); left != 0 {
		t.Errorf("%d rows are not marked", left)
	}
}

// Numbers of rows are given again. A row that came after the hashes were copied is not taken for the one that had its number.
func TestANewRowIsNotTakenForAnOldOne(t *testing.T) {
	s := founded(t)
	receive := func(activity string) bool {
		isNew, err := s.Receive(t.Context(), Received{Activity: activity, Signer: ann, Raw: []byte(activity), At: at()})
		if err != nil {
			t.Fatal(err)
		}
		return isNew
	}
	receive("before")
	if err := s.copyHashes(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	forgetActivity(t, s, "before")
	receive("after")
	if err := s.gently(t.Context(), "mark", markOld, 0, 1); err != nil {
		t.Fatal(err)
	}
	if receive("after") {
		t.Error("it is taken for something new, because its hash is nowhere")
	}
}

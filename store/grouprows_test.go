package store

import (
	"context"
	"errors"
	"testing"

	"folkmoot/group"
)

// TestGroupsAreReadAnewWhenTheyMayHaveChanged asks in the writer for a group after each way in which one changes.
func TestGroupsAreReadAnewWhenTheyMayHaveChanged(t *testing.T) {
	s := founded(t)
	inTransaction := func() (g Group) {
		err := s.updateQuietly(t.Context(), func(ctx context.Context, tx *txn) (err error) {
			g, err = tx.groupAt(ctx, books)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return g
	}
	g := inTransaction()
	g.Title = "Books and tea"
	if err := s.EditGroup(t.Context(), g, nil); err != nil {
		t.Fatal(err)
	}
	if got := inTransaction().Title; got != g.Title {
		t.Errorf("after an edit the title is %q", got)
	}
	if _, err := s.Apply(t.Context(), group.Request{Kind: group.Pause, By: group.Person{URI: lee}, Groups: []string{books}, At: at()}, 0); err != nil {
		t.Fatal(err)
	}
	if inTransaction().Paused == 0 {
		t.Error("after a pause nothing is paused")
	}
	undone := errors.New("undone")
	err := s.updateQuietly(t.Context(), func(ctx context.Context, tx *txn) error {
		if _, err := tx.ExecContext(ctx, `UPDATE groups SET title = 'Lost' WHERE uri = $1`, books); err != nil {
			return err
		}
		if g, err := tx.groupAt(ctx, books); err != nil || g.Title != "Lost" {
			t.Errorf("a transaction does not see its own change: %q, %v", g.Title, err)
		}
		return undone
	})
	if !errors.Is(err, undone) {
		t.Fatal(err)
	}
	if got := inTransaction().Title; got != g.Title {
		t.Errorf("after a change that was undone the title is %q", got)
	}
	if err := s.SetStorm(t.Context(), true, lee); err != nil {
		t.Fatal(err)
	}
	if !inTransaction().ServerStorm {
		t.Error("the storm switch is not seen")
	}
}

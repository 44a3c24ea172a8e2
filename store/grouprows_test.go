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

// A vote is told by what it counts for; who voted how does not stay in the log when the vote is taken back.
func TestVotesLeaveNothingInTheLog(t *testing.T) {
	s := founded(t)
	ask := func(r group.Request) {
		t.Helper()
		r.Groups, r.At = []string{books}, at()
		if _, err := s.Apply(t.Context(), r, 0); err != nil {
			t.Fatal(err)
		}
	}
	ask(group.Request{Kind: group.Publish, By: group.Person{URI: lee}, Activity: "c", Post: &group.Post{URI: post1, Author: lee, HTML: "<p>x</p>", Published: at()}})
	before := rows(t, s, "audit")
	for _, kind := range []group.Kind{group.Like, group.Dislike, group.Undislike, group.Boost, group.Unboost} {
		ask(group.Request{Kind: kind, By: group.Person{URI: mallory}, Target: post1, Activity: mallory + "#" + string(kind)})
	}
	if got := rows(t, s, "audit"); got != before || before == 0 {
		t.Errorf("%d rows before the votes, %d after", before, got)
	}
	ask(group.Request{Kind: group.Lock, By: group.Person{URI: lee}, Target: post1, Activity: "l"})
	if rows(t, s, "audit") != before+1 {
		t.Error("what a moderator does is not written down")
	}
}

package store

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"folkmoot/group"
)

// Whatever the writer keeps of members and posts is what the database holds, after any requests in any order.
func TestTheWriterKeepsWhatTheDatabaseHolds(t *testing.T) {
	s := founded(t)
	town := origin + "/g/town"
	if err := s.CreateGroup(t.Context(), Group{URI: town, Name: "town", Title: "Town", Settings: group.Defaults(), Keys: []byte("pem")}, lee); err != nil {
		t.Fatal(err)
	}
	kinds := []group.Kind{
		group.Publish, group.Publish, group.Publish, group.Edit, group.Delete, group.Like, group.Like, group.Unlike, group.Dislike, group.Boost,
		group.Follow, group.Join, group.Unfollow, group.Leave, group.Remove, group.Restore, group.Lock, group.Unlock, group.Pin, group.Unpin,
		group.Ban, group.Unban, group.Appoint, group.Dismiss, group.Admit, group.Expel, group.Relocate, group.Bar, group.Unbar, group.Block,
		group.Storm, group.Calm, group.Pause, group.Resume, group.Erase, group.DeleteActor,
	}
	random := rand.New(rand.NewPCG(1, 2)) // #nosec G404 -- the same in each run
	of := func(all ...string) string { return all[random.IntN(len(all))] }
	post := func(author string) string { return fmt.Sprintf("%s/statuses/%d", author, random.IntN(3)) }
	kept := 0
	for i := range 1500 {
		by := of(lee, lee, ann, mallory)
		r := group.Request{
			Kind: kinds[random.IntN(len(kinds))], By: group.Person{URI: by}, Groups: []string{of(books, town)}, Activity: fmt.Sprint(by, "#", i),
			At: at().Add(time.Duration(i) * time.Second), Target: of(post(lee), post(ann), post(mallory)),
		}
		switch r.Kind {
		case group.Publish, group.Edit:
			r.Post = &group.Post{URI: post(by), Author: by, HTML: "<p>" + r.Activity + "</p>", Published: at(), Updated: r.At}
			if random.IntN(2) == 0 {
				r.Post.InReplyTo = r.Target
			}
		case group.Ban, group.Unban, group.Appoint, group.Dismiss, group.Admit, group.Expel:
			r.Target = of(lee, ann, mallory)
		case group.Bar, group.Unbar:
			block := suspended("sub.evil.example")
			r.Target, r.Barrier = block.Subject, &block
		case group.Like, group.Unlike, group.Dislike, group.Boost, group.Delete:
			r.Groups = nil
		case group.Relocate:
			r.To = town
		case group.Erase:
			r.Target = ""
		}
		if _, err := s.Apply(t.Context(), r, 0); err != nil {
			t.Fatalf("%s: %v", r.Kind, err)
		}
		if random.IntN(10) == 0 {
			if err := s.SaveActor(t.Context(), Actor{URI: by, Inbox: by + "/inbox", Bot: random.IntN(2) == 0, Fetched: r.At}); err != nil {
				t.Fatal(err)
			}
		}
		kept += s.keptAsHeld(t)
		for _, uri := range []string{lee, ann, mallory} { // what readers remember of people too
			remembersWhatIsHeld(t, s.Actor, s.readActor, uri)
		}
		for _, name := range []string{"books", "town"} {
			remembersWhatIsHeld(t, s.Group, s.readGroup, name)
		}
		if t.Failed() {
			t.Fatalf("after %d requests, the last of them %s by %s of %s", i+1, r.Kind, by, r.Target)
		}
	}
	if kept < 1500 {
		t.Errorf("only %d rows were kept after all requests together", kept)
	}
}

func remembersWhatIsHeld[T any](t *testing.T, remembered, read func(context.Context, string) (T, error), of string) {
	t.Helper()
	got, err := remembered(t.Context(), of)
	if held, missing := read(t.Context(), of); !reflect.DeepEqual(got, held) || (err == nil) != (missing == nil) {
		t.Errorf("remembered: %+v, %v; held: %+v, %v", got, err, held, missing)
	}
}

// keptAsHeld compares each row that is kept with the database, and counts them.
func (s *Store) keptAsHeld(t *testing.T) (n int) {
	t.Helper()
	err := s.updateQuietly(t.Context(), func(ctx context.Context, tx *txn) error {
		kept := tx.kept
		defer func() { tx.kept = kept }()
		tx.kept.members, tx.kept.posts, tx.kept.places = nil, nil, nil
		for key, m := range kept.members {
			actor, held, err := findMember(ctx, tx, key.group, key.uri)
			if n++; err != nil || actor != m.actor || held != m.Member {
				t.Errorf("kept of %v: %+v, held: %+v, %v", key, m.Member, held, err)
			}
		}
		for key, p := range kept.posts {
			id, held, err := findFiled(ctx, tx, key.group, key.uri)
			if n++; err != nil || id != p.id || !reflect.DeepEqual(held, &p.Filed) {
				t.Errorf("kept of %v: %+v, held: %+v, %v", key, p.Filed, held, err)
			}
		}
		for uri, ids := range kept.places {
			held, err := tx.placesOf(ctx, uri)
			if n++; err != nil || !reflect.DeepEqual(held, ids) {
				t.Errorf("kept of %s: %v, held: %v, %v", uri, ids, held, err)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// What was read in a transaction that is undone may never have been.
func TestTheWriterKeepsNothingOfWhatIsUndone(t *testing.T) {
	s := withMallory(t)
	undone := errors.New("undone")
	err := s.updateQuietly(t.Context(), func(ctx context.Context, tx *txn) error {
		id := group.SetMember{Person: mallory, State: group.Banned}
		if err := setMember(ctx, tx, 1, at().Unix(), id); err != nil {
			return err
		}
		if _, m, err := findMember(ctx, tx, 1, mallory); err != nil || m.State != group.Banned {
			t.Errorf("a transaction does not see its own ban: %+v, %v", m, err)
		}
		return undone
	})
	if !errors.Is(err, undone) {
		t.Fatal(err)
	}
	if s.keptAsHeld(t); t.Failed() {
		t.Error("after a ban that was undone")
	}
}

// Who withdrew something before it came is found whether that was noted before the first question or after it, or before a restart.
func TestWithdrawnBeforeItCame(t *testing.T) {
	path := filepath.Join(t.TempDir(), "folkmoot.db")
	s := openAt(t, path, at)
	defer func() { s.Close() }()
	taken := func(by, uri string) bool {
		t.Helper()
		gone, err := s.TakeWithdrawn(t.Context(), by, uri)
		if err != nil {
			t.Fatal(err)
		}
		return gone
	}
	forget := func(by, uri string) {
		t.Helper()
		if err := s.Forget(t.Context(), by, uri); err != nil {
			t.Fatal(err)
		}
	}
	forget(ann, ann+"#1")
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = openAt(t, path, at)
	if !taken(ann, ann+"#1") || taken(ann, ann+"#1") || taken(lee, lee+"#1") {
		t.Error("what was withdrawn before the start is not found once")
	}
	forget(lee, lee+"#2")
	if taken(ann, lee+"#2") || !taken(lee, lee+"#2") {
		t.Error("what was withdrawn since is not found")
	}
}

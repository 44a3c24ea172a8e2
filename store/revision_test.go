package store

import (
	"slices"
	"testing"

	"folkmoot/group"
)

// What waits for a host is looked at again when it may be other than what was read. That more is to be sent is no reason, nor what
// happens on other hosts.
func TestWhatRevisesWhatWaits(t *testing.T) {
	bob := person(1, 1)
	by := func(kind group.Kind, who, activity, target string) func(t *testing.T, s *Store) {
		return func(t *testing.T, s *Store) {
			apply(t, s, group.Request{
				Kind: kind, By: group.Person{URI: who}, Groups: []string{books}, Activity: activity, Target: target, Raw: []byte("{}"),
			})
		}
	}
	saves := func(a Actor) func(t *testing.T, s *Store) {
		return func(t *testing.T, s *Store) {
			if a.Fetched = at(); s.SaveActor(t.Context(), a) != nil {
				t.Error("not saved")
			}
		}
	}
	for _, tt := range []struct {
		name         string
		change       func(t *testing.T, s *Store)
		ann, another bool
	}{
		{"a post", func(t *testing.T, s *Store) { published(t, s, post1+"/2") }, false, false},
		{"a like", by(group.Like, bob, "like", post1), false, false},
		{"a follow", func(t *testing.T, s *Store) { follows(t, s, person(2, 1)) }, false, false},
		{"an actor as before", saves(Actor{URI: ann, Inbox: ann + "/inbox", Name: "Ann"}), false, false},
		{"an inbox that moves", saves(Actor{URI: ann, Inbox: ann + "/new"}), true, false},
		{"a shared inbox", saves(Actor{URI: ann, Inbox: ann + "/inbox", SharedInbox: "https://mastodon.example/inbox"}), true, false},
		{"an unfollow", by(group.Unfollow, ann, "undo", ""), true, false},
		{"an unfollow elsewhere", by(group.Unfollow, bob, "undo", ""), false, true},
		{"a post that is deleted", by(group.Delete, ann, "delete", post1), true, true},
		{"a block", func(t *testing.T, s *Store) {
			changeBlocks(t, s, BlockChange{Set: []group.Barrier{{Subject: "h1.example", Level: group.LevelSuspend}}})
		}, true, true},
		{"a queue that is dropped", func(t *testing.T, s *Store) {
			if _, err := s.Drop(t.Context(), "mastodon.example"); err != nil {
				t.Error(err)
			}
		}, true, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s, h := joined(t)
			follows(t, s, bob)
			published(t, s, post1)
			other, err := s.Host(t.Context(), "h1.example")
			if err != nil {
				t.Fatal(err)
			}
			before := s.Revision()
			tt.change(t, s)
			if here, there := s.IsRevised(h.ID, before), s.IsRevised(other.ID, before); here != tt.ann || there != tt.another {
				t.Errorf("revised for the host: %t, for another: %t, want %t and %t", here, there, tt.ann, tt.another)
			}
			if now := s.Revision(); s.IsRevised(h.ID, now) || s.IsRevised(other.ID, now) {
				t.Error("revised after the last change")
			}
		})
	}
}

// What waits no more goes to nobody; what is taken back says so, and what goes elsewhere goes there.
func TestWhatStillWaits(t *testing.T) {
	s, h := joined(t)
	published(t, s, post1)
	published(t, s, post1+"/2")
	read := backlog(t, s, h)
	if still, err := s.StillWaits(t.Context(), h.ID, read); err != nil || len(still) != 5 || slices.ContainsFunc(still, isOver) {
		t.Fatalf("%+v, %v", still, err)
	}
	deliver(t, s, h, read[0], read[1])
	apply(t, s, group.Request{Kind: group.Delete, By: group.Person{URI: ann}, Target: post1 + "/2", Activity: "delete-1", Raw: []byte("{}")})
	if err := s.SaveActor(t.Context(), Actor{URI: ann, Inbox: ann + "/new", Fetched: at()}); err != nil {
		t.Fatal(err)
	}
	still, err := s.StillWaits(t.Context(), h.ID, read)
	if err != nil {
		t.Fatal(err)
	}
	for i, d := range still {
		if over := i < 2; isOver(d) != over || d.Cancelled != (i == 3) || !over && d.To[0] != ann+"/new" {
			t.Errorf("delivery %d, %s: to %v, taken back: %t", i, d.Form, d.To, d.Cancelled)
		}
	}
}

func isOver(d Delivery) bool { return len(d.To) == 0 }

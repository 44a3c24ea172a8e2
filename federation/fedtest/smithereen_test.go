package fedtest_test

import (
	"testing"
	"time"

	"folkmoot/federation"
	"folkmoot/federation/fedtest"
	"folkmoot/group"
	"folkmoot/store"
)

// walls is a Smithereen with Eve and Kit, members of the book club, and another one with as many.
func (w *world) walls() (near, far *fedtest.Peer) {
	return w.brand(fedtest.Smithereen(), "walls.example"), w.brand(fedtest.Smithereen(), "far.example")
}

func (w *world) wantTurn(p *fedtest.Peer, post, want string) {
	w.t.Helper()
	if got := p.Turn(post); got != want {
		w.t.Errorf("%s: the post on the wall is %q, want %q", p.Origin, got, want)
	}
}

// What is written on the group's wall is added to it: for its author, who sees it waiting until then, and for every Smithereen.
func TestWallPostIsAdded(t *testing.T) { // gotcha 59
	inWorld(t, func(w *world) {
		p := w.mastodon()
		near, far := w.walls()
		post := w.publish(near, "eve", mention("on the wall"))
		w.wantTurn(near, post, "added")
		w.wantTurn(far, post, "added")
		w.wantHome(far, "kit", post)
		w.wantHome(p, "ann", post)
		w.wantForms(near, 0, 0)
		w.wantForms(far, 0, 0)
		var personal []string
		for _, r := range near.Inbox("Add") {
			if r.Body["target"] != books+"/wall" || r.Actor != books {
				t.Errorf("%v", r.Body)
			}
			if r.Inbox != "/inbox" {
				personal = append(personal, r.Inbox)
			}
		}
		if len(personal) != 1 || personal[0] != "/users/eve/inbox" {
			t.Errorf("the author is told at %v", personal)
		}
		w.wantAllTaken(near)
		w.wantAllTaken(far)
	})
}

func TestWallPostOfAStrangerIsRejected(t *testing.T) {
	inWorld(t, func(w *world) {
		near, far := w.walls()
		near.AddUser("mallory", keys().users[0])
		post := w.publish(near, "mallory", mention("buy now"))
		w.wantTurn(near, post, "rejected")
		w.wantTurn(far, post, "")
		w.wantArrived(far, "Add", 0)
		w.wantAllTaken(near)
	})
}

// A wall that is not the group's says nothing: the post is one like any other.
func TestWallOfSomebodyElse(t *testing.T) {
	for name, target := range map[string]object{
		"of another":         {"type": "OrderedCollection", "id": books + "/wall", "attributedTo": "https://evil.example/g/books"},
		"not the group's":    {"type": "OrderedCollection", "id": "https://evil.example/wall", "attributedTo": books},
		"another collection": {"type": "OrderedCollection", "id": books + "/outbox", "attributedTo": books},
	} {
		t.Run(name, func(t *testing.T) {
			inWorld(t, func(w *world) {
				near, far := w.walls()
				post := mention("where?")
				post.Change = func(note object) { note["target"] = target }
				uri := w.publish(near, "eve", post)
				w.wantTurn(near, uri, "")
				w.wantArrived(far, "Add", 0)
			})
		})
	}
}

// Of two groups of this server the one whose wall it is answers for it, and that one alone.
func TestWallOfOneGroupOfTwo(t *testing.T) {
	inWorld(t, func(w *world) {
		near, far := w.walls()
		post := mention("for the films, and the books may hear")
		post.Change = func(note object) {
			note["target"] = object{"type": "OrderedCollection", "id": films + "/wall", "attributedTo": films}
		}
		stranger := w.publish(near, "eve", post)
		w.wantTurn(near, stranger, "rejected")
		w.follow(near, "eve", films)
		w.follow(far, "kit", films)
		w.settle()
		member := w.publish(near, "eve", post)
		w.wantTurn(far, member, "added")
		for _, r := range far.Inbox("Add") {
			if r.Actor != films || r.Body["target"] != films+"/wall" {
				t.Errorf("%v", r.Body)
			}
		}
	})
}

// Somebody elsewhere adds to a list that is not the group's, or to the wall without being asked: nothing follows.
func TestAddToOtherTargetsIsIgnored(t *testing.T) {
	inWorld(t, func(w *world) {
		p := w.mastodon()
		near, _ := w.walls()
		thread := w.publish(p, "ann", mention("a thread"))
		for _, target := range []string{"https://walls.example/groups/1/wall", books + "/wall", books + "/followers", books} {
			add := near.Activity("eve", "Add", thread)
			add["target"] = target
			if _, err := near.Send(w.ctx, "eve", books+"/inbox", add); err != nil {
				t.Fatal(err)
			}
			w.settle()
			w.wantReason(add, group.ReasonNothingToDo)
		}
		w.wantCounts(store.GroupCounts{Followers: 6, Members: 7, Threads: 1})
	})
}

// Comments stay where they are: Smithereen shows those that are sent to it by their authors.
func TestCommentsOnAWallPost(t *testing.T) {
	inWorld(t, func(w *world) {
		p := w.mastodon()
		near, far := w.walls()
		post := w.publish(near, "eve", mention("on the wall"))
		before := len(far.Inbox(""))
		w.publish(p, "ann", reply(post))
		w.publish(near, "kit", reply(post))
		w.wantCounts(store.GroupCounts{Followers: 6, Members: 7, Threads: 1, Comments: 2})
		if got := len(far.Inbox("")) - before; got != 0 {
			t.Errorf("%d activities about comments", got)
		}
		w.wantHome(p, "ann", post)
	})
}

// A post that its author deletes, or a moderator removes, is taken off the wall; restored, it is there again.
func TestWallPostIsTakenOff(t *testing.T) {
	inWorld(t, func(w *world) {
		near, far := w.walls()
		post, other := w.publish(near, "eve", mention("one")), w.publish(near, "kit", mention("two"))
		w.must(near.Delete(w.ctx, "eve", books, post))
		w.settle()
		w.wantTurn(far, post, "removed")
		w.wantHome(far, "kit", other)
		w.operate(federation.Act{Kind: group.Remove, Target: other})
		w.wantTurn(far, other, "removed")
		w.wantTurn(near, other, "removed")
		w.operate(federation.Act{Kind: group.Restore, Target: other})
		w.wantTurn(far, other, "added")
		w.wantAllTaken(far)
	})
}

// A group that a Smithereen reads has a wall and lets people join.
func TestSmithereenReadsTheGroup(t *testing.T) { // gotcha 6
	inWorld(t, func(w *world) {
		doc := w.document("/g/books")
		if doc["wall"] != books+"/wall" || doc["endpoints"] == nil || doc["accessType"] != "open" {
			t.Errorf("wall %v, endpoints %v, accessType %v", doc["wall"], doc["endpoints"], doc["accessType"])
		}
		if moderators, ok := doc["attributedTo"].(string); !ok || moderators != books+"/moderators" {
			t.Errorf("attributedTo %v", doc["attributedTo"])
		}
		near, _ := w.walls()
		join := near.Activity("eve", "Join", books)
		join["tentative"] = true
		_, err := near.Send(w.ctx, "eve", books+"/inbox", join)
		w.must(err)
		w.later(time.Minute)
		w.wantReason(join, group.ReasonAlreadyMember)
	})
}

package fedtest_test

import (
	"encoding/json"
	"net/http"
	"testing"
	"time"

	"folkmoot/federation"
	"folkmoot/group"
	"folkmoot/store"
)

// members of the book club beside its owner Lee, who does not follow it.
func members(n int) store.GroupCounts { return store.GroupCounts{Followers: n, Members: n + 1} }

func TestFollowIsAccepted(t *testing.T) {
	inWorld(t, func(w *world) {
		p := w.peer("mastodon.example", "mastodon", "ann")
		follow := w.follow(p, "ann", books)
		w.settle()
		if !p.Follows("ann", books) {
			t.Error("the follow was not accepted")
		}
		accept := p.Inbox("Accept")[0]
		if accept.Inbox != "/users/ann/inbox" {
			t.Errorf("the answer went to %s, want the personal inbox", accept.Inbox)
		}
		if got, want := text(t, accept.Body["object"]), text(t, follow); got != want {
			t.Errorf("the answer embeds %s, want the whole Follow %s", got, want)
		}
		w.wantReason(follow, group.ReasonJoined)
		w.wantCounts(members(1))
	})
}

func text(t *testing.T, v any) string {
	t.Helper()
	out, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

func TestFollowAgainIsAcceptedAgain(t *testing.T) {
	inWorld(t, func(w *world) {
		p := w.peer("mastodon.example", "mastodon", "ann")
		first := w.follow(p, "ann", books)
		w.settle()
		w.follow(p, "ann", books)
		w.settle()
		w.later(time.Second) // a second attempt is signed anew
		status, err := p.Send(w.ctx, "ann", books+"/inbox", first)
		w.must(err)
		w.settle()
		if status != http.StatusAccepted {
			t.Errorf("status %d", status)
		}
		w.wantArrived(p, "Accept", 3)
		w.wantCounts(members(1))
	})
}

func TestUnfollow(t *testing.T) {
	inWorld(t, func(w *world) {
		p := w.mastodon()
		w.must(p.Unfollow(w.ctx, "bob", books))
		w.settle()
		w.wantCounts(members(1))
		w.publish(p, "ann", mention("still there?"))
		w.wantHome(p, "bob")
		w.must(p.Unfollow(w.ctx, "ann", books))
		w.settle()
		before := len(p.Inbox(""))
		if uri := w.publish(p, "ann", mention("nobody listens")); len(p.Home("ann")) != 1 || uri == "" {
			t.Errorf("home %v", p.Home("ann"))
		}
		// The polite note to a stranger is all that may come.
		if got := len(p.Inbox("")) - before; got != 1 {
			t.Errorf("%d activities came after the last follower left", got)
		}
	})
}

func TestUndoNamesTheFollowOnly(t *testing.T) {
	inWorld(t, func(w *world) {
		p := w.peer("mastodon.example", "mastodon", "ann")
		follow := w.follow(p, "ann", books)
		w.settle()
		undo := w.act(p, "ann", "Undo", follow["id"])
		w.wantReason(undo, group.ReasonLeft)
		w.wantCounts(members(0))
	})
}

func TestUndoOvertakesTheFollow(t *testing.T) {
	inWorld(t, func(w *world) {
		p := w.peer("mastodon.example", "mastodon", "ann")
		follow := p.Activity("ann", "Follow", books)
		w.act(p, "ann", "Undo", follow)
		_, err := p.Send(w.ctx, "ann", books+"/inbox", follow)
		w.must(err)
		w.settle()
		w.wantReason(follow, group.ReasonTakenBack)
		w.wantCounts(members(0))
	})
}

func TestJoinAndLeave(t *testing.T) {
	inWorld(t, func(w *world) {
		p := w.peer("smithereen.example", "smithereen", "ann")
		w.act(p, "ann", "Join", books)
		w.wantCounts(members(1))
		w.act(p, "ann", "Leave", books)
		w.wantCounts(members(0))
	})
}

func TestClosedGroupRejects(t *testing.T) {
	inWorld(t, func(w *world) {
		g, err := w.store.Group(w.ctx, "books")
		w.must(err)
		g.Settings.Join = group.JoinClosed
		w.must(w.fed.EditGroup(w.ctx, g))
		p := w.peer("mastodon.example", "mastodon", "ann")
		w.follow(p, "ann", books)
		w.settle()
		w.wantArrived(p, "Reject", 1)
		w.wantCounts(members(0))
	})
}

func TestFollowOfSomethingElseIsKept(t *testing.T) {
	inWorld(t, func(w *world) {
		p := w.mastodon()
		post := w.publish(p, "ann", mention("follow me"))
		for _, about := range []string{post, home + "/g/none", home + "/actor", home} {
			w.wantReason(w.act(p, "bob", "Follow", about), group.ReasonNothingToDo)
		}
		w.wantArrived(p, "Accept", 2)
	})
}

func TestNoSuchGroupsInbox(t *testing.T) {
	inWorld(t, func(w *world) {
		p := w.peer("mastodon.example", "mastodon", "ann")
		status, err := p.Send(w.ctx, "ann", home+"/g/none/inbox", p.Activity("ann", "Follow", home+"/g/none"))
		w.must(err)
		if status != http.StatusNotFound {
			t.Errorf("status %d", status)
		}
	})
}

func TestBlockEndsTheMembership(t *testing.T) {
	inWorld(t, func(w *world) {
		p := w.mastodon()
		w.wantReason(w.act(p, "bob", "Block", books), group.ReasonBlocksUs)
		w.wantCounts(members(1))
	})
}

func TestMoveCarriesTheMembership(t *testing.T) {
	inWorld(t, func(w *world) {
		p := w.mastodon()
		w.must(p.Move(w.ctx, "ann", "max", books, true))
		w.settle()
		w.wantCounts(store.GroupCounts{Followers: 1, Members: 3})
		if post := w.publish(p, "max", mention("it is me")); w.counts().Threads != 1 {
			t.Errorf("%s of the new account was not shared", post)
		}
	})
}

func TestMoveWithoutConsentIsNothing(t *testing.T) { // gotcha 67
	inWorld(t, func(w *world) {
		p := w.mastodon()
		w.must(p.Move(w.ctx, "ann", "max", books, false))
		w.settle()
		w.wantCounts(members(2))
		w.publish(p, "max", mention("it is me"))
		if w.counts().Threads != 0 {
			t.Error("the account named by the Move posts as a member")
		}
	})
}

func TestAccountDeleted(t *testing.T) {
	inWorld(t, func(w *world) {
		p := w.mastodon()
		w.publish(p, "ann", mention("soon gone"))
		w.must(p.Close(w.ctx, "ann", books))
		w.settle()
		w.wantHome(p, "bob")
		w.wantCounts(members(1))
	})
}

func TestDeletionOfAnUnknownAccountCostsNoFetch(t *testing.T) { // gotcha 34
	inWorld(t, func(w *world) {
		p := w.peer("mastodon.example", "mastodon", "ann")
		a := p.Activity("ann", "Delete", p.Actor("ann"))
		status, err := p.Send(w.ctx, "ann", home+"/inbox", a)
		w.must(err)
		w.settle()
		if status != http.StatusAccepted || w.net.Count(http.MethodGet, "mastodon.example", "") != 0 {
			t.Errorf("status %d after %d fetches", status, w.net.Count(http.MethodGet, "mastodon.example", ""))
		}
	})
}

func TestGroupsAreFoundedByRemotePeople(t *testing.T) {
	inWorld(t, func(w *world) {
		p := w.peer("mastodon.example", "mastodon", "lee")
		g, err := w.fed.CreateGroup(w.ctx, federation.NewGroup{Name: "garden", Title: "Garden", Owner: "@lee@mastodon.example"})
		w.must(err)
		mods := w.document("/g/garden/moderators")
		if text(t, mods["orderedItems"]) != `["`+p.Actor("lee")+`","`+home+`/moderation"]` {
			t.Errorf("moderators %v", mods)
		}
		for _, name := range []string{"garden", "Garden", "a", "x y", "actor/../x"} {
			if _, err := w.fed.CreateGroup(w.ctx, federation.NewGroup{Name: name, Owner: "@lee@mastodon.example"}); err == nil {
				t.Errorf("a second or misnamed group %q was founded", name)
			}
		}
		if _, err := w.fed.CreateGroup(w.ctx, federation.NewGroup{Name: "other", Owner: "@nobody@mastodon.example"}); err == nil {
			t.Error("a group without a real owner was founded")
		}
		_ = g
	})
}

func TestEditedGroupIsAnnounced(t *testing.T) {
	inWorld(t, func(w *world) {
		p := w.mastodon()
		g, err := w.store.Group(w.ctx, "books")
		w.must(err)
		g.Title = "Slow readers: a club"
		w.must(w.fed.EditGroup(w.ctx, g))
		w.settle()
		w.wantArrived(p, "Update", 1)
		updated, _ := p.Inbox("Update")[0].Body["object"].(object)
		if updated["name"] != "Slow readers: a club" || updated["id"] != books {
			t.Errorf("told of %v", updated["name"])
		}
	})
}

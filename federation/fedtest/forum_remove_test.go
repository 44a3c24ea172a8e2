package fedtest_test

import (
	"testing"
	"time"

	"folkmoot/federation"
	"folkmoot/federation/fedtest"
	"folkmoot/group"
)

// Max moderates the book club from his forum. Ann's thread disappears everywhere, and comes back.
func TestForumModeratorRemovesAndRestores(t *testing.T) {
	onEach(t, func(w *world, f *fedtest.Forum, p *fedtest.Peer) {
		other := w.subscriber(fedtest.PieFed(), "other.example")
		w.appoint(f.Actor("max"))
		thread := w.publish(p, "ann", mention("off topic"))
		comment := w.wrote(other.Comment(w.ctx, "max", thread, "indeed"))
		w.wantReason(w.did(f.Remove(w.ctx, "max", comment, fedtest.Removal{Reason: "rude"})), group.ReasonByModerator)
		w.wantReason(w.did(f.Remove(w.ctx, "max", thread, fedtest.Removal{Reason: "spam"})), group.ReasonByModerator)
		w.sees("removed", thread, removed, f, other)
		w.sees("removed", comment, removed, f, other)
		w.wantShown("books")
		w.wantHome(p, "bob")
		w.wantArrived(p, "Undo", 1)

		w.wantReason(w.did(f.Restore(w.ctx, "max", thread, fedtest.Removal{Reason: "was fine"})), group.ReasonRestored)
		w.wantReason(w.did(f.Restore(w.ctx, "max", comment, fedtest.Removal{Reason: "was fine"})), group.ReasonRestored)
		w.sees("shown again", thread, shown, f, other)
		w.sees("shown again", comment, shown, f, other)
		w.wantShown("books", thread, comment)
		w.wantHome(p, "bob", thread)
		w.wantArrived(p, "Announce", 2) // the thread, and the thread again
		first, again := p.Inbox("Announce")[0].Body["id"], p.Inbox("Announce")[1].Body["id"]
		if first == again {
			w.t.Error("the boost that was undone is sent again under its old id")
		}
	})
}

// What a moderator removes of somebody on the moderator's own server is hidden there at once: the origin answers 410. It is a
// removal all the same, and can be taken back with its words.
func TestRemovalOnTheModeratorsOwnServer(t *testing.T) {
	onEach(t, func(w *world, f *fedtest.Forum, p *fedtest.Peer) {
		other := w.subscriber(fedtest.Lemmy1(), "other.example")
		w.subscribe(f, "mia", books)
		w.appoint(f.Actor("max"))
		thread := w.posts(f, "mia", "Mine")
		w.wantReason(w.did(f.Remove(w.ctx, "max", thread, fedtest.Removal{Reason: "spam"})), group.ReasonByModerator)
		w.sees("removed", thread, removed, f, other)
		w.wantHome(p, "bob")
		w.wantReason(w.did(f.Restore(w.ctx, "max", thread, fedtest.Removal{})), group.ReasonRestored)
		w.sees("shown again", thread, shown, f, other)
		w.wantHome(p, "bob", thread)
		if got := w.filed("books", thread); got.Title != "Mine" || got.HTML == "" {
			w.t.Errorf("restored as %q, %q", got.Title, got.HTML)
		}
	})
}

// Lemmy 1.0 removes a post with all its comments.
func TestRemovalWithReplies(t *testing.T) {
	inWorld(t, func(w *world) {
		p := w.mastodon()
		f, other := w.subscriber(fedtest.Lemmy1(), "lemmy.example"), w.subscriber(fedtest.Lemmy1(), "other.example")
		w.appoint(f.Actor("max"))
		thread := w.publish(p, "ann", mention("a thread"))
		comment := w.wrote(other.Comment(w.ctx, "max", thread, "one"))
		below := w.wrote(f.Comment(w.ctx, "mia", comment, "two"))
		beside := w.wrote(f.Comment(w.ctx, "mia", thread, "three"))
		w.did(f.Remove(w.ctx, "max", comment, fedtest.Removal{Reason: "a quarrel", WithReplies: true}))
		w.wantShown("books", thread, beside)
		w.sees("removed", below, removed, f, other)
		w.did(f.Restore(w.ctx, "max", comment, fedtest.Removal{WithReplies: true}))
		w.wantShown("books", thread, beside, comment, below)
		w.sees("shown again", below, shown, f, other)
	})
}

// Nobody answers what is removed, and removed posts do not come back by an edit.
func TestRemovedStaysRemoved(t *testing.T) {
	onEach(t, func(w *world, f *fedtest.Forum, p *fedtest.Peer) {
		thread := w.posts(f, "max", "spam")
		w.operate(federation.Act{Kind: group.Remove, Target: thread, Reason: "spam"})
		w.later(time.Minute)
		w.wantReason(w.did(f.Edit(w.ctx, "max", thread, "more spam")), group.ReasonRemoved)
		_, answer, err := f.Comment(w.ctx, "mia", thread, "nice")
		w.wantReason(w.did(answer, err), group.ReasonParentGone)
		w.wantShown("books")
		w.wantHome(p, "bob")
	})
}

// Whoever runs the server moderates in its name. Forums are told by an actor that could be a person.
func TestOperatorRemovesAndRestores(t *testing.T) {
	onEach(t, func(w *world, f *fedtest.Forum, p *fedtest.Peer) {
		thread := w.publish(p, "ann", mention("off topic"))
		w.operate(federation.Act{Kind: group.Remove, Target: thread, Reason: "off topic"})
		w.sees("removed", thread, removed, f)
		w.wantHome(p, "bob")
		w.wantSaid(f, "Delete", 1)
		if d := f.Said("Delete")[0]; d.Actor != home+"/moderation" || d.Body["summary"] != "off topic" {
			w.t.Errorf("told of as %v", d)
		}
		w.operate(federation.Act{Kind: group.Restore, Target: thread})
		w.sees("shown again", thread, shown, f)
		w.wantHome(p, "bob", thread)
	})
}

// Members who moderate nothing remove nothing. It is on record, and nobody hears of it.
func TestRemovalByOthersIsRefused(t *testing.T) {
	onEach(t, func(w *world, f *fedtest.Forum, p *fedtest.Peer) {
		other := w.subscriber(fedtest.Lemmy1(), "other.example")
		thread := w.publish(p, "ann", mention("mine"))
		comment := w.wrote(other.Comment(w.ctx, "max", thread, "mine"))
		heard := len(other.Inbox(""))
		for what, a := range map[string]object{
			"remove":  w.did(f.Remove(w.ctx, "max", thread, fedtest.Removal{Reason: "spam"})),
			"comment": w.did(f.Remove(w.ctx, "mia", comment, fedtest.Removal{Reason: "spam"})),
			"lock":    w.did(f.Lock(w.ctx, "max", thread, "enough")),
			"unlock":  w.did(f.Unlock(w.ctx, "max", thread, "enough")),
			"pin":     w.did(f.Pin(w.ctx, "max", thread)),
			"unpin":   w.did(f.Unpin(w.ctx, "max", thread)),
			"ban":     w.did(f.Ban(w.ctx, "max", books, p.Actor("ann"), fedtest.Ban{Reason: "spam", RemoveData: true})),
			"unban":   w.did(f.Unban(w.ctx, "max", books, p.Actor("ann"), fedtest.Ban{})),
			"appoint": w.did(f.Appoint(w.ctx, "max", books, f.Actor("mia"))),
			"dismiss": w.did(f.Dismiss(w.ctx, "max", books, "https://lee.example/users/lee")),
			"restyle": w.did(f.Describe(w.ctx, "max", books, "Mine now", "all mine")),
			"takeoff": w.did(f.TakeOff(w.ctx, "max", thread)),
		} {
			want := group.ReasonNotModerator
			if what == "remove" || what == "comment" {
				want = group.ReasonNotAuthor
			}
			if got := w.reason(a); got != string(want) {
				w.t.Errorf("%s: %q, want %q", what, got, want)
			}
		}
		w.wantShown("books", thread, comment)
		w.wantHome(p, "bob", thread)
		w.wantHeard(other, heard)
		w.wantArrived(p, "Undo", 0)
	})
}

// wantHeard says that a forum was sent no more than it had before.
func (w *world) wantHeard(f *fedtest.Forum, before int) {
	w.t.Helper()
	if all := f.Inbox(""); len(all) != before {
		w.t.Errorf("%s was sent %d activities, want %d; the last: %v", f.Origin, len(all), before, all[len(all)-1].Body)
	}
}

// The admin of a server takes off what one of its people wrote, and brings it back: the server answers for its own.
func TestOwnServerRemovesAndRestores(t *testing.T) {
	onEach(t, func(w *world, f *fedtest.Forum, p *fedtest.Peer) {
		other := w.subscriber(fedtest.Lemmy1(), "other.example")
		thread := w.posts(f, "max", "Mine")
		w.wantReason(w.did(f.Remove(w.ctx, "mia", thread, fedtest.Removal{Reason: "site rules"})), group.ReasonDeleted)
		w.sees("removed", thread, removed, f, other)
		w.wantShown("books")
		w.wantHome(p, "bob")
		w.wantReason(w.did(f.Restore(w.ctx, "mia", thread, fedtest.Removal{Reason: "mistake"})), group.ReasonRestored)
		w.sees("shown again", thread, shown, f, other)
		w.wantShown("books", thread)
		w.wantHome(p, "bob", thread)
	})
}

// Nobody brings back what the author withdrew: not the author's server while it is gone there, nor anybody else.
func TestDeletedStaysDeleted(t *testing.T) {
	onEach(t, func(w *world, f *fedtest.Forum, p *fedtest.Peer) {
		other := w.subscriber(fedtest.Lemmy1(), "other.example")
		thread := w.posts(f, "max", "Mine")
		w.did(f.Delete(w.ctx, "max", thread))
		for i, by := range []*fedtest.Forum{f, other} {
			undo := w.handmade(by, "mia", "Undo", w.handmade(by, "mia", "Delete", thread))
			w.did(undo, w.sent(by, "mia", undo))
			if got := w.reason(undo); got == string(group.ReasonRestored) {
				w.t.Errorf("%d: %s", i, got)
			}
		}
		w.cannot(federation.Act{Kind: group.Restore, Target: thread}, group.ReasonNothingToDo)
		w.wantShown("books")
		w.wantHome(p, "bob")
	})
}

// cannot is operate for what leads to nothing.
func (w *world) cannot(act federation.Act, want group.Reason) {
	w.t.Helper()
	d, err := w.fed.Moderate(w.ctx, "books", act)
	w.must(err)
	w.settle()
	if d.Reason != want {
		w.t.Errorf("%s: %s, want %s", act.Kind, d.Reason, want)
	}
}

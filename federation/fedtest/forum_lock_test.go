package fedtest_test

import (
	"testing"

	"folkmoot/federation"
	"folkmoot/federation/fedtest"
	"folkmoot/group"
)

// A closed thread takes comments of moderators alone, until it is opened again.
func TestLockedThread(t *testing.T) {
	onEach(t, func(w *world, f *fedtest.Forum, p *fedtest.Peer) {
		other := w.subscriber(fedtest.PieFed(), "other.example")
		w.appoint(f.Actor("max"))
		thread := w.publish(p, "ann", mention("a quarrel"))
		comment := w.wrote(other.Comment(w.ctx, "max", thread, "before"))
		w.wantReason(w.did(f.Lock(w.ctx, "max", thread, "enough")), group.ReasonLock)
		w.sees("locked", thread, locked, f, other)

		_, refused, err := other.Comment(w.ctx, "max", comment, "during")
		w.wantReason(w.did(refused, err), group.ReasonLocked)
		uri, create, err := p.Publish(w.ctx, "bob", books, reply(comment))
		w.wantReason(w.did(create, err), group.ReasonLocked)
		if _, known := f.Sees(uri); known {
			w.t.Error("a comment in a closed thread was passed on")
		}
		last := w.wrote(f.Comment(w.ctx, "max", comment, "the last word"))
		w.sees("shown", last, shown, other)
		w.wantShown("books", thread, comment, last)

		w.wantReason(w.did(f.Unlock(w.ctx, "max", thread, "calm again")), group.ReasonUnlock)
		w.sees("open", thread, func(v fedtest.View) bool { return !v.Locked }, f, other)
		w.wantShown("books", thread, comment, last, w.wrote(other.Comment(w.ctx, "max", comment, "after")))
		w.wantArrived(p, "Announce", 1)
	})
}

// A branch of a thread can be closed by itself (Lemmy 1.0, PieFed). Beside it people go on.
func TestLockedBranch(t *testing.T) {
	for name, runs := range map[string]fedtest.Software{"lemmy1": fedtest.Lemmy1(), "piefed": fedtest.PieFed()} {
		t.Run(name, func(t *testing.T) {
			inWorld(t, func(w *world) {
				p := w.mastodon()
				f, other := w.subscriber(runs, "forum.example"), w.subscriber(fedtest.Lemmy1(), "other.example")
				w.appoint(f.Actor("max"))
				thread := w.publish(p, "ann", mention("a thread"))
				branch := w.wrote(other.Comment(w.ctx, "mia", thread, "a quarrel"))
				below := w.wrote(other.Comment(w.ctx, "max", branch, "oh yes"))
				w.wantReason(w.did(f.Lock(w.ctx, "max", branch, "enough")), group.ReasonLock)
				w.sees("locked", branch, locked, f, other)
				_, refused, err := other.Comment(w.ctx, "mia", below, "oh no")
				w.wantReason(w.did(refused, err), group.ReasonLocked)
				beside := w.wrote(other.Comment(w.ctx, "mia", thread, "something else"))
				w.wantShown("books", thread, branch, below, beside)
			})
		})
	}
}

func TestOperatorLocksAndPins(t *testing.T) {
	onEach(t, func(w *world, f *fedtest.Forum, p *fedtest.Peer) {
		thread := w.publish(p, "ann", mention("rules"))
		w.operate(federation.Act{Kind: group.Lock, Target: thread, Reason: "read only"})
		w.operate(federation.Act{Kind: group.Pin, Target: thread})
		w.sees("locked", thread, locked, f)
		w.sees("pinned", thread, pinned, f)
		w.operate(federation.Act{Kind: group.Unlock, Target: thread})
		w.operate(federation.Act{Kind: group.Unpin, Target: thread})
		w.sees("as before", thread, func(v fedtest.View) bool { return !v.Locked && !v.Pinned }, f)
		w.wantArrived(p, "Announce", 1)
	})
}

// What moderators pin is in the group's list, which newcomers read.
func TestPinnedThread(t *testing.T) {
	onEach(t, func(w *world, f *fedtest.Forum, p *fedtest.Peer) {
		other := w.subscriber(fedtest.Lemmy1(), "other.example")
		w.appoint(f.Actor("max"))
		thread := w.posts(f, "max", "Rules")
		w.posts(f, "max", "Something else")
		w.wantReason(w.did(f.Pin(w.ctx, "max", thread)), group.ReasonPinned)
		w.wantReason(w.did(f.Pin(w.ctx, "max", thread)), group.ReasonNothingToDo)
		w.sees("pinned", thread, pinned, f, other)
		w.wantFeatured(thread)
		late := w.subscriber(fedtest.Lemmy1(), "late.example")
		w.sees("pinned", thread, pinned, late)

		w.wantReason(w.did(f.Unpin(w.ctx, "max", thread)), group.ReasonUnpinned)
		w.sees("as the others", thread, func(v fedtest.View) bool { return !v.Pinned }, f, other, late)
		w.wantFeatured()
		w.wantArrived(p, "Announce", 2)
		w.wantSaid(other, "Add", 2) // of the moderator, and of the thread
	})
}

func (w *world) wantFeatured(want ...string) {
	w.t.Helper()
	items, _ := w.document("/g/books/featured")["orderedItems"].([]any)
	var got []string
	for _, item := range items {
		o, _ := item.(object)
		id, _ := o["id"].(string)
		got = append(got, id)
	}
	if len(got) != len(want) || len(got) > 0 && got[0] != want[0] {
		w.t.Errorf("featured holds %q, want %q", got, want)
	}
}

// A removed thread is pinned no longer.
func TestRemovedThreadIsNotPinned(t *testing.T) {
	onEach(t, func(w *world, f *fedtest.Forum, _ *fedtest.Peer) {
		w.appoint(f.Actor("max"))
		thread := w.posts(f, "max", "Rules")
		w.did(f.Pin(w.ctx, "max", thread))
		w.operate(federation.Act{Kind: group.Remove, Target: thread, Reason: "old rules"})
		w.wantFeatured()
		w.operate(federation.Act{Kind: group.Restore, Target: thread})
		w.wantFeatured()
		w.wantShown("books", thread)
	})
}

package fedtest_test

import (
	"testing"

	"folkmoot/federation"
	"folkmoot/federation/fedtest"
	"folkmoot/group"
)

// A moderator moves a thread to another group here (FEP-f15d, PieFed). Its readers find it there, those of the first no longer.
func TestThreadMovesToAnotherGroup(t *testing.T) {
	for name, runs := range map[string]fedtest.Software{"piefed": fedtest.PieFed(), "lemmy1": fedtest.Lemmy1()} {
		t.Run(name, func(t *testing.T) {
			inWorld(t, func(w *world) {
				p := w.mastodon()
				w.follow(p, "max", films)
				f, there := w.subscriber(runs, "forum.example"), w.forum(fedtest.PieFed(), "there.example", "max")
				w.subscribe(there, "max", films)
				w.subscribe(f, "mia", films)
				w.appoint(f.Actor("max"))
				thread := w.publish(p, "ann", mention("a film"))
				comment := w.wrote(f.Comment(w.ctx, "mia", thread, "saw it"))
				// Max may not post in the film club.
				w.wantReason(w.moves(f, "max", thread, games), group.ReasonStranger)
				w.subscribe(f, "max", films)
				w.wantReason(w.did(f.Move(w.ctx, "max", thread, films)), group.ReasonMovedAway)
				w.wantShown("books")
				w.wantShown("films", thread, comment)
				w.wantHome(p, "bob")
				w.wantHome(p, "max", thread)
				if v, _ := f.Sees(thread); v.Community != films {
					t.Errorf("the forum shows it in %s", v.Community)
				}
				w.wantSaid(there, "Move", 1) // those who read the new group alone are told where it comes from

				more := w.wrote(f.Comment(w.ctx, "mia", comment, "again"))
				w.wantShown("films", thread, comment, more)
				w.sees("shown", more, shown, f)

				own := w.publish(p, "max", fedtest.Post{Text: "a film of our own", Mentions: []string{films}})
				var announced []any
				for _, item := range w.document("/g/films/outbox")["orderedItems"].([]any) {
					announced = append(announced, item.(object)["actor"], item.(object)["object"].(object)["object"].(object)["id"])
				}
				if text(t, announced) != text(t, []string{films, own}) {
					t.Errorf("the outbox of films holds %v", announced)
				}
			})
		})
	}
}

// moves sends a Move that a forum would not let its people make.
func (w *world) moves(f *fedtest.Forum, name, thread, target string) object {
	w.t.Helper()
	a := w.handmade(f, name, "Move", thread)
	a["origin"], a["target"] = books, target
	return w.did(a, w.sent(f, name, a))
}

// A thread that moves away to another server is gone here.
func TestThreadMovesAway(t *testing.T) {
	inWorld(t, func(w *world) {
		p, f := w.mastodon(), w.subscriber(fedtest.PieFed(), "piefed.example")
		tea := w.community(f, "tea")
		w.appoint(f.Actor("max"))
		thread := w.publish(p, "ann", mention("about tea"))
		comment := w.publish(p, "bob", reply(thread))
		w.wantReason(w.moves(f, "mia", thread, tea), group.ReasonNotModerator)
		w.wantShown("books", thread, comment)
		w.wantReason(w.did(f.Move(w.ctx, "max", thread, tea)), group.ReasonMovedAway)
		w.wantShown("books")
		w.wantHome(p, "bob")
	})
}

// A thread is taken off by its context (FEP-f15d, NodeBB).
func TestThreadIsTakenOff(t *testing.T) {
	inWorld(t, func(w *world) {
		p := w.mastodon()
		f, other := w.subscriber(fedtest.PieFed(), "piefed.example"), w.subscriber(fedtest.PieFed(), "other.example")
		w.appoint(f.Actor("max"))
		thread := w.publish(p, "ann", mention("not here"))
		comment := w.wrote(other.Comment(w.ctx, "max", thread, "indeed"))
		w.wantReason(w.did(f.TakeOff(w.ctx, "max", thread)), group.ReasonByModerator)
		w.sees("taken off", thread, removed, f, other)
		w.sees("taken off", comment, removed, f, other)
		w.wantShown("books")
		w.wantHome(p, "bob")
		w.operate(federation.Act{Kind: group.Restore, Target: thread, WithReplies: true})
		w.wantShown("books", thread, comment)
		w.wantHome(p, "bob", thread)
		w.sees("shown again", thread, shown, f, other)
	})
}

// A community that is followed gives a thread away, or takes one off.
func TestFollowedCommunityMovesAThread(t *testing.T) {
	inWorld(t, func(w *world) {
		p, f := w.mastodon(), w.forum(fedtest.PieFed(), "piefed.example", "max", "mia")
		tea, coffee := w.community(f, "tea"), w.community(f, "coffee")
		w.takes("books", tea, true)
		one, two := w.inTea(f, "mia", "Espresso?"), w.inTea(f, "mia", "Spam")
		w.wrote(f.Comment(w.ctx, "max", one, "wrong shelf"))
		w.did(f.Move(w.ctx, "max", one, coffee))
		w.wantShown("books", two)
		w.did(f.TakeOff(w.ctx, "max", two))
		w.wantShown("books")
		w.wantHome(p, "bob")
	})
}

// PieFed tells of a thread that moves to another group by an Announce of the group it leaves, and by nothing else. That is believed of its
// own people; in the name of a moderator elsewhere, a community gives nothing away.
func TestFollowedCommunityMovesAThreadHere(t *testing.T) {
	inWorld(t, func(w *world) {
		f, other := w.forum(fedtest.PieFed(), "piefed.example", "max", "mia"), w.forum(fedtest.PieFed(), "other.example", "max", "mia")
		readers := w.subscriber(fedtest.Lemmy1(), "readers.example")
		tea := w.community(f, "tea")
		w.takes("books", tea, true)
		one, two := w.inTea(f, "mia", "A book about tea"), w.inTea(f, "mia", "Another one")
		w.appoint(f.Actor("max"))
		w.appoint(other.Actor("max"))
		forged := w.handmade(other, "max", "Move", two+"/context")
		forged["origin"], forged["target"] = tea, books
		w.wantReason(w.did(f.Announce(w.ctx, tea, forged)), group.ReasonNotOurs)
		heard := len(readers.Inbox(""))
		w.did(f.Move(w.ctx, "max", one, books))
		w.wantShown("books", one, two)
		if len(readers.Inbox("")) == heard {
			t.Error("nobody was told of the thread that is the group's own now")
		}
	})
}

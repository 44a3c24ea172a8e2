package fedtest_test

import (
	"testing"

	"folkmoot/federation/fedtest"
	"folkmoot/group"
)

// wantLikes compares the likes that this server counts.
func (w *world) wantLikes(post string, want int) {
	w.t.Helper()
	if got := w.filed("books", post).Likes; got != want {
		w.t.Errorf("%d likes of %s are counted, want %d", got, post, want)
	}
}

func TestVotesAreCountedOnce(t *testing.T) {
	onEach(t, func(w *world, f *fedtest.Forum, p *fedtest.Peer) {
		other := w.subscriber(fedtest.Lemmy1(), "other.example")
		thread := w.posts(f, "max", "Vote!")
		comment := w.wrote(other.Comment(w.ctx, "max", thread, "me too"))
		for _, post := range []string{thread, comment} {
			w.wantReason(w.did(f.Vote(w.ctx, "max", post, 1)), group.ReasonCounted)
			w.wantReason(w.did(f.Vote(w.ctx, "max", post, 1)), group.ReasonDuplicate)
			w.wantReason(w.did(f.Vote(w.ctx, "mia", post, 1)), group.ReasonCounted)
			w.wantReason(w.did(other.Vote(w.ctx, "mia", post, -1)), group.ReasonCounted)
			w.act(p, "ann", "Like", post)
			w.wantLikes(post, 3)
			w.sees("3 up and 1 down", post, votes(3, 1), f, other)
		}
		w.wantSaid(other, "Like", 6) // what was sent twice is told once
		w.wantArrived(p, "Announce", 1)
	})
}

func TestVotesAreReplacedAndTakenBack(t *testing.T) {
	onEach(t, func(w *world, f *fedtest.Forum, p *fedtest.Peer) {
		other := w.subscriber(fedtest.PieFed(), "other.example")
		thread := w.posts(f, "max", "Vote!")
		step := func(vote, up, down int, want group.Reason) {
			w.t.Helper()
			w.wantReason(w.did(f.Vote(w.ctx, "mia", thread, vote)), want)
			w.wantLikes(thread, up)
			if got := w.filed("books", thread).Dislikes; got != down {
				w.t.Errorf("%d dislikes are counted, want %d", got, down)
			}
			w.sees("as the newest vote says", thread, votes(up, down), f, other)
		}
		step(1, 1, 0, group.ReasonCounted)
		step(-1, 0, 1, group.ReasonCounted)
		step(1, 1, 0, group.ReasonCounted)
		step(0, 0, 0, group.ReasonUncounted)
		step(-1, 0, 1, group.ReasonCounted)
		step(0, 0, 0, group.ReasonUncounted)
		step(1, 1, 0, group.ReasonCounted)
		w.wantArrived(p, "Announce", 1)
	})
}

func TestMastodonUnlikesForForums(t *testing.T) {
	onEach(t, func(w *world, f *fedtest.Forum, p *fedtest.Peer) {
		thread := w.posts(f, "max", "Vote!")
		like := w.act(p, "ann", "Like", thread)
		w.sees("liked", thread, votes(1, 0), f)
		w.act(p, "ann", "Undo", like)
		w.sees("no longer liked", thread, votes(0, 0), f)
		w.wantLikes(thread, 0)
	})
}

// A group may keep to itself who voted how. What it counts stays right.
func TestKeptVotes(t *testing.T) {
	onEach(t, func(w *world, f *fedtest.Forum, p *fedtest.Peer) {
		other := w.subscriber(fedtest.Lemmy1(), "other.example")
		g, err := w.store.Group(w.ctx, "books")
		w.must(err)
		g.Settings.KeepVotes = true
		w.must(w.fed.EditGroup(w.ctx, g))
		w.settle()
		thread := w.posts(f, "max", "Vote!")
		w.wantReason(w.did(f.Vote(w.ctx, "max", thread, 1)), group.ReasonCounted)
		w.wantReason(w.did(f.Vote(w.ctx, "mia", thread, -1)), group.ReasonCounted)
		w.wantReason(w.did(f.Vote(w.ctx, "mia", thread, 0)), group.ReasonUncounted)
		w.act(p, "ann", "Like", thread)
		w.wantLikes(thread, 2)
		w.sees("untouched", thread, votes(0, 0), other)
		for _, kind := range []string{"Like", "Dislike", "Undo"} {
			w.wantSaid(other, kind, 0)
		}
	})
}

// A vote may be taken back before it arrives, or for a post that nobody here has.
func TestVotesOutOfTurn(t *testing.T) {
	onEach(t, func(w *world, f *fedtest.Forum, _ *fedtest.Peer) {
		thread := w.posts(f, "max", "Vote!")
		like, err := f.Vote(w.ctx, "mia", thread, 1)
		w.must(err)
		w.settle()
		undo := w.did(f.Vote(w.ctx, "mia", thread, 0))
		w.wantReason(w.did(like, w.sent(f, "mia", like)), group.ReasonCounted) // the same bytes again change nothing
		w.wantLikes(thread, 0)
		w.wantReason(undo, group.ReasonUncounted)
		unknown := w.handmade(f, "mia", "Like", "https://elsewhere.example/post/1")
		w.did(unknown, w.sent(f, "mia", unknown))
		w.wantReason(unknown, group.ReasonNothingToDo)
		early := w.handmade(f, "mia", "Like", thread)
		late := w.handmade(f, "mia", "Undo", early)
		w.did(late, w.sent(f, "mia", late))
		w.did(early, w.sent(f, "mia", early))
		w.wantReason(early, group.ReasonTakenBack)
		w.wantLikes(thread, 0)
	})
}

// sent posts an activity to this server's inbox as it is.
func (w *world) sent(f *fedtest.Forum, name string, a object) error {
	w.t.Helper()
	status, err := f.Send(w.ctx, name, home+"/inbox", a)
	if status != 202 {
		w.t.Errorf("%s of %s: status %d", a["type"], f.Origin, status)
	}
	return err
}

// A thread of fifty comments is one boost for Mastodon's people, and fifty-one activities for forums.
func TestFiftyCommentsBetweenForums(t *testing.T) {
	inWorld(t, func(w *world) {
		p := w.mastodon()
		lemmy, piefed := w.subscriber(fedtest.Lemmy1(), "lemmy.example"), w.subscriber(fedtest.PieFed(), "piefed.example")
		old, mbin := w.subscriber(fedtest.Lemmy019(), "old.example"), w.subscriber(fedtest.Mbin(), "mbin.example")
		thread := w.publish(p, "ann", mention("fifty, please"))
		parent := thread
		for i := range 50 {
			f := []*fedtest.Forum{lemmy, piefed}[i%2]
			parent = w.wrote(f.Comment(w.ctx, "max", parent, "and another"))
		}
		w.wantArrived(p, "Announce", 1)
		w.wantHome(p, "bob", thread)
		for _, f := range []*fedtest.Forum{lemmy, old, mbin} {
			w.wantSaid(f, "Create", 51)
		}
		w.wantSaid(piefed, "Create", 26) // its own come back to Lemmy alone
		for _, f := range []*fedtest.Forum{lemmy, old, mbin, piefed} {
			if got := len(f.Shown(books)); got != 51 {
				t.Errorf("%s shows %d posts", f.Origin, got)
			}
		}
	})
}

package fedtest_test

import (
	"strings"
	"testing"
	"time"

	"folkmoot/federation/fedtest"
	"folkmoot/group"
	"folkmoot/store"
)

func TestForumSubscribes(t *testing.T) {
	onEach(t, func(w *world, f *fedtest.Forum, _ *fedtest.Peer) {
		if !f.Subscribed("max", books) || f.Subscribed("mia", books) {
			w.t.Error("Max asked and is not subscribed, or Mia is")
		}
		w.wantCounts(store.GroupCounts{Followers: 3, Members: 4})
		w.wantReason(w.subscribe(f, "max", books), group.ReasonAlreadyMember)
		w.wantArrivedAt(f, "Accept", 2)
		w.wantReason(w.did(f.Unsubscribe(w.ctx, "max", books)), group.ReasonLeft)
		w.wantCounts(store.GroupCounts{Followers: 2, Members: 3})
		w.subscribe(f, "max", books)
		w.wantCounts(store.GroupCounts{Followers: 3, Members: 4})
	})
}

func (w *world) wantArrivedAt(f *fedtest.Forum, kind string, want int) {
	w.t.Helper()
	if got := len(f.Inbox(kind)); got != want {
		w.t.Errorf("%d of type %s arrived at %s, want %d", got, kind, f.Origin, want)
	}
}

func TestForumPosts(t *testing.T) {
	onEach(t, func(w *world, f *fedtest.Forum, p *fedtest.Peer) {
		other := w.subscriber(fedtest.Lemmy1(), "other.example")
		thread := w.posts(f, "max", "What shall we read?")
		w.wantShown("books", thread)
		if got := w.filed("books", thread); got.Title != "What shall we read?" || got.HTML == "" || got.Warning != "" {
			w.t.Errorf("filed as %q, %q, warning %q", got.Title, got.HTML, got.Warning)
		}
		w.wantHome(p, "ann", thread)
		w.wantHome(p, "bob", thread)
		w.sees("shown", thread, shown, f, other)
		w.sees("no longer pending", thread, func(v fedtest.View) bool { return !v.Pending }, f)
		w.wantArrived(p, "Announce", 1)
	})
}

func TestForumPostWithoutWords(t *testing.T) {
	onEach(t, func(w *world, f *fedtest.Forum, p *fedtest.Peer) {
		thread := w.wrote(f.Post(w.ctx, "max", books, fedtest.Entry{Title: "A link", Link: "https://library.example/"}))
		w.wantHome(p, "ann", thread)
		if got := w.filed("books", thread); got.Title != "A link" || got.Warning != "" {
			w.t.Errorf("filed as %q, warning %q", got.Title, got.Warning)
		}
	})
}

// A conversation between all of them looks the same everywhere.
func TestConversationAcrossSoftware(t *testing.T) { // gotcha 74
	inWorld(t, func(w *world) {
		p := w.mastodon()
		lemmy, old := w.subscriber(fedtest.Lemmy1(), "lemmy.example"), w.subscriber(fedtest.Lemmy019(), "old.example")
		piefed, mbin := w.subscriber(fedtest.PieFed(), "piefed.example"), w.subscriber(fedtest.Mbin(), "mbin.example")
		all := []*fedtest.Forum{lemmy, old, piefed, mbin}

		thread := w.publish(p, "ann", mention("Which book?"))
		said := []string{thread}
		for _, f := range all {
			said = append(said, w.wrote(f.Comment(w.ctx, "max", said[len(said)-1], "From "+f.Origin)))
		}
		said = append(said, w.publish(p, "bob", reply(said[len(said)-1])))
		w.wantShown("books", said...)
		for _, f := range all {
			if got := f.Shown(books); len(got) != len(said) {
				t.Errorf("%s shows %q, want %q", f.Origin, got, said)
			}
			for i, post := range said {
				w.sees("shown", post, shown, f)
				if v, _ := f.Sees(post); i > 0 && v.Parent != said[i-1] {
					t.Errorf("%s: %s answers %s, want %s", f.Origin, post, v.Parent, said[i-1])
				}
			}
		}
		w.wantHome(p, "ann", thread)
		w.wantArrived(p, "Announce", 1)
	})
}

func TestForumEdits(t *testing.T) {
	onEach(t, func(w *world, f *fedtest.Forum, p *fedtest.Peer) {
		other := w.subscriber(fedtest.PieFed(), "other.example")
		thread := w.posts(f, "max", "Title")
		comment := w.wrote(f.Comment(w.ctx, "max", thread, "first"))
		for _, post := range []string{thread, comment} {
			w.later(time.Minute)
			w.wantReason(w.did(f.Edit(w.ctx, "max", post, "better")), group.ReasonEdited)
			w.later(time.Minute)
			w.wantReason(w.did(f.Edit(w.ctx, "max", post, "best")), group.ReasonEdited)
			w.sees("best", post, says("best"), f, other)
			if got := w.filed("books", post); strings.TrimSpace(got.HTML) != "<p>best</p>" || got.Edited.IsZero() {
				w.t.Errorf("%s is filed as %q, edited %v", post, got.HTML, got.Edited)
			}
		}
		w.wantArrived(p, "Announce", 1)
	})
}

func TestMastodonEditsForForums(t *testing.T) {
	onEach(t, func(w *world, f *fedtest.Forum, p *fedtest.Peer) {
		thread := w.publish(p, "ann", mention("first"))
		comment := w.publish(p, "bob", reply(thread))
		w.later(time.Minute)
		for who, post := range map[string]string{"ann": thread, "bob": comment} {
			w.must(p.Edit(w.ctx, who, books, post, "better"))
			w.settle()
			w.sees("better", post, says("better"), f)
		}
		w.wantArrived(p, "Announce", 1)
	})
}

func TestForumDeletesAndUndeletes(t *testing.T) {
	onEach(t, func(w *world, f *fedtest.Forum, p *fedtest.Peer) {
		other := w.subscriber(fedtest.Lemmy1(), "other.example")
		thread := w.posts(f, "max", "Title")
		comment := w.wrote(f.Comment(w.ctx, "max", thread, "a comment"))
		for _, post := range []string{comment, thread} {
			w.wantReason(w.did(f.Delete(w.ctx, "max", post)), group.ReasonDeleted)
			w.sees("deleted", post, deleted, f, other)
		}
		w.wantShown("books")
		w.wantHome(p, "ann")
		w.wantReason(w.did(f.Undelete(w.ctx, "max", thread)), group.ReasonRestored)
		w.wantReason(w.did(f.Undelete(w.ctx, "max", comment)), group.ReasonRestored)
		w.sees("shown again", thread, shown, f, other)
		w.sees("shown again", comment, shown, f, other)
		w.wantShown("books", thread, comment)
		w.wantHome(p, "ann", thread)
		if got := w.filed("books", thread); got.Title != "Title" || strings.TrimSpace(got.HTML) != "<p>words</p>" {
			w.t.Errorf("restored as %q, %q", got.Title, got.HTML)
		}
		w.wantArrived(p, "Announce", 2)
		w.wantArrived(p, "Undo", 1)
	})
}

func TestMastodonDeletesForForums(t *testing.T) {
	onEach(t, func(w *world, f *fedtest.Forum, p *fedtest.Peer) {
		thread := w.publish(p, "ann", mention("a thread"))
		comment := w.publish(p, "bob", reply(thread))
		w.must(p.Delete(w.ctx, "bob", books, comment))
		w.must(p.Delete(w.ctx, "ann", books, thread))
		w.settle()
		w.sees("deleted", comment, deleted, f)
		w.sees("deleted", thread, deleted, f)
		w.wantHome(p, "bob")
	})
}

// Whoever subscribes later finds the threads there were.
func TestForumFillsANewSubscription(t *testing.T) {
	for name, runs := range software() {
		t.Run(name, func(t *testing.T) {
			inWorld(t, func(w *world) {
				p := w.mastodon()
				early := w.subscriber(fedtest.Lemmy1(), "early.example")
				one, two := w.publish(p, "ann", mention("one")), w.posts(early, "max", "two")
				gone := w.publish(p, "bob", mention("gone"))
				w.must(p.Delete(w.ctx, "bob", books, gone))
				w.settle()
				late := w.subscriber(runs, "late.example")
				w.sees("shown", one, shown, late)
				w.sees("shown", two, shown, late)
				if _, known := late.Sees(gone); known {
					t.Error("what was deleted is shown to newcomers")
				}
			})
		})
	}
}

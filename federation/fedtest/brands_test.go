package fedtest_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"folkmoot/federation/fedtest"
	"folkmoot/group"
	"folkmoot/store"
)

// brand attaches a server of that brand with Eve and Kit, who follow the book club.
func (w *world) brand(b fedtest.Brand, host string) *fedtest.Peer {
	w.t.Helper()
	p := fedtest.NewPeerOf(b, "https://"+host, w.http, time.Now)
	for _, name := range []string{"eve", "kit"} {
		p.AddUser(name, keys().users[w.made%len(keys().users)])
		w.made++
	}
	w.net.Attach(host, p)
	w.follow(p, "eve", books)
	w.follow(p, "kit", books)
	w.settle()
	return p
}

// eachBrand plays a scenario with every brand and a Mastodon, both following the book club. Nobody may have anything against
// what was sent to them.
func eachBrand(t *testing.T, scenario func(w *world, b fedtest.Brand, far, p *fedtest.Peer)) {
	for _, b := range fedtest.Brands() {
		t.Run(b.Name, func(t *testing.T) {
			inWorld(t, func(w *world) {
				p, far := w.mastodon(), w.brand(b, "far.example")
				scenario(w, b, far, p)
				w.later(time.Hour)
				w.wantAllTaken(far)
				for _, r := range p.Inbox("") {
					if err := fedtest.MastodonAccepts([]byte(text(t, r.Body))); err != nil {
						t.Error(err)
					}
				}
			})
		})
	}
}

func (w *world) wantAllTaken(p *fedtest.Peer) {
	w.t.Helper()
	for _, err := range p.Refused() {
		w.t.Error(err)
	}
}

func (w *world) wantLikedBy(p *fedtest.Peer, post string, want ...string) {
	w.t.Helper()
	if got := p.Likes(post); !slices.Equal(got, want) {
		w.t.Errorf("%s knows the likes %v, want %v", p.Origin, got, want)
	}
}

// filedAs is how the group has filed its newest post.
func (w *world) filedAs(uri string) store.Post {
	w.t.Helper()
	for n := int64(1); n < 20; n++ {
		if p, err := w.store.Post(w.ctx, "books", n); err == nil && p.URI == uri {
			return p
		}
	}
	w.t.Fatalf("the group does not have %s", uri)
	return store.Post{}
}

// readsThreads names who sees posts by other people than those who write on walls.
func readsThreads(b fedtest.Brand) bool { return b.Name != "smithereen" }

// readsComments names who is sent more than threads.
func readsComments(b fedtest.Brand) bool {
	return slices.Contains([]string{"nodebb", "discourse", "friendica", "mitra"}, b.Name)
}

func TestBrandsFollow(t *testing.T) {
	eachBrand(t, func(w *world, _ fedtest.Brand, far, p *fedtest.Peer) {
		if !far.Follows("eve", books) {
			w.t.Error("the Accept did not arrive")
		}
		w.wantCounts(members(4))
		w.must(far.Unfollow(w.ctx, "eve", books))
		w.settle()
		if got := w.counts(); got.Followers != 3 {
			w.t.Errorf("after leaving: %+v", got)
		}
		w.must(far.Unfollow(w.ctx, "kit", books))
		w.settle()
		before := len(far.Inbox(""))
		w.publish(p, "ann", mention("to those who are left"))
		if got := len(far.Inbox("")); got != before {
			w.t.Errorf("%d activities after everybody left", got-before)
		}
	})
}

// Each brand gets a thread in the form it reads and in no other, and a comment only if it reads wraps.
func TestBrandsReadThreads(t *testing.T) { // gotcha 14, gotcha 15: see eachBrand
	eachBrand(t, func(w *world, b fedtest.Brand, far, p *fedtest.Peer) {
		thread := w.publish(p, "ann", mention("one thread"))
		comment := w.publish(p, "bob", reply(thread))
		boosts, wraps := forms(far)
		switch {
		case !readsThreads(b):
			w.wantForms(far, 0, 0)
			w.wantHome(far, "eve")
		case readsComments(b):
			want := []string{thread, comment}
			slices.Sort(want)
			w.wantForms(far, 0, 2)
			w.wantHome(far, "eve", want...)
		default:
			w.wantForms(far, 1, 0)
			w.wantHome(far, "eve", thread)
		}
		w.must(p.Edit(w.ctx, "bob", books, comment, "better"))
		w.act(p, "ann", "Like", comment)
		w.must(p.Delete(w.ctx, "bob", books, comment))
		w.settle()
		if got, a := forms(far); !readsComments(b) && (got != boosts || a != wraps) {
			w.t.Errorf("%d boosts and %d wraps after an edit, a like and a deletion of a comment", got-boosts, a-wraps)
		}
		if slices.Contains(far.Home("eve"), comment) {
			w.t.Error("the deleted comment is still shown")
		}
	})
}

// What people of a brand write in its shapes is a thread and a comment here, boosted once and not.
func TestBrandsWrite(t *testing.T) {
	eachBrand(t, func(w *world, b fedtest.Brand, far, p *fedtest.Peer) {
		thread := w.publish(far, "eve", mention("What next?"))
		w.wantHome(p, "ann", thread)
		comment := w.publish(far, "kit", reply(thread))
		w.wantHome(p, "ann", thread)
		w.wantCounts(store.GroupCounts{Followers: 4, Members: 5, Threads: 1, Comments: 1})
		if got := w.filedAs(thread); got.Title != title(b) || !strings.Contains(got.HTML, "What next?") {
			w.t.Errorf("filed as %q: %s", got.Title, got.HTML)
		}
		w.later(time.Minute)
		w.must(far.Edit(w.ctx, "kit", books, comment, "changed"))
		w.settle()
		if got := w.filedAs(comment); !strings.Contains(got.HTML, "changed") {
			w.t.Errorf("after the edit: %s", got.HTML)
		}
		w.must(far.Delete(w.ctx, "eve", books, thread))
		w.settle()
		w.wantHome(p, "ann")
		w.wantArrived(p, "Undo", 1)
	})
}

// title is that of the thread which starts with the question.
func title(b fedtest.Brand) string {
	if slices.Contains([]string{"nodebb", "discourse", "friendica"}, b.Name) {
		return "Titled"
	}
	return "What next?"
}

// A reaction counts once for each person, whatever it is called, until it is taken back.
func TestBrandsReact(t *testing.T) { // gotcha 57
	eachBrand(t, func(w *world, b fedtest.Brand, far, p *fedtest.Peer) {
		other := w.brand(fedtest.NodeBB(), "other.example")
		thread := w.publish(p, "ann", mention("like it?"))
		like, err := far.Like(w.ctx, "eve", thread, books)
		w.must(err)
		w.settle()
		w.wantLikedBy(other, thread, far.Actor("eve"))
		again, err := far.Like(w.ctx, "eve", thread, books)
		w.must(err)
		_, err = far.Like(w.ctx, "kit", thread, books)
		w.must(err)
		w.settle()
		w.wantReason(again, group.ReasonDuplicate)
		if got := w.filedAs(thread); got.Likes != 2 {
			w.t.Errorf("%d likes of two people", got.Likes)
		}
		_, err = far.Act(w.ctx, "eve", "Undo", like, books)
		w.must(err)
		w.settle()
		if got := w.filedAs(thread); got.Likes != 1 {
			w.t.Errorf("%d likes after one was taken back", got.Likes)
		}
		w.wantLikedBy(other, thread, far.Actor("kit"))
		w.wantAllTaken(other)
	})
}

package fedtest_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"folkmoot/federation/fedtest"
	"folkmoot/group"
)

const manyPosts = 30

// slowly publishes many posts for a host that takes nine seconds over each, and waits until the first has arrived: the rest is read.
func (w *world) slowly(m, far *fedtest.Peer) (posts []string) {
	w.settle()
	w.distant(far, "far.example", 9*time.Second, nil)
	for i := range manyPosts {
		posts = append(posts, w.publish(m, "ann", mention(fmt.Sprint("number ", i))))
		w.later(10 * time.Millisecond)
	}
	w.later(10 * time.Second)
	return posts
}

// What a slow host was to get is looked at again when it is no longer to get it: no more goes there than what is on its way.
func TestNobodyGetsWhatIsNotForThemAnyMore(t *testing.T) {
	for name, act := range map[string]func(w *world, far *fedtest.Peer){
		"the follower leaves":      func(w *world, far *fedtest.Peer) { w.must(far.Unfollow(w.ctx, "eve", books)) },
		"the follower is banned":   func(w *world, _ *fedtest.Peer) { w.ban("https://far.example/users/eve") },
		"the follower is shut out": func(w *world, _ *fedtest.Peer) { w.shutOut("https://far.example/users/eve", group.LevelSuspend) },
		"the server is shut out":   func(w *world, _ *fedtest.Peer) { w.shutOut("far.example", group.LevelSuspend) },
		"the queue is dropped": func(w *world, _ *fedtest.Peer) {
			if n, err := w.store.Drop(w.ctx, "far.example"); err != nil || n < manyPosts-4 {
				w.t.Errorf("dropped %d, %v", n, err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			inWorld(t, func(w *world) {
				far := w.peer("far.example", "mastodon", "eve")
				w.follow(far, "eve", books)
				w.slowly(w.mastodon(), far)
				before := len(far.Inbox("Announce"))
				act(w, far)
				w.later(20 * time.Minute)
				if after := len(far.Inbox("Announce")) - before; after > 2 {
					t.Errorf("%d posts came after that, beside %d before", after, before)
				}
			})
		})
	}
}

// A post that is deleted before the turn of its boost comes is not boosted.
func TestWhatIsDeletedMeanwhileIsNotBoosted(t *testing.T) {
	inWorld(t, func(w *world) {
		far := w.peer("far.example", "mastodon", "eve")
		w.follow(far, "eve", books)
		m := w.mastodon()
		posts := w.slowly(m, far)
		for _, uri := range posts[5:] {
			w.must(m.Delete(w.ctx, "ann", books, uri))
		}
		w.later(30 * time.Minute)
		w.wantHome(far, "eve", posts[:5]...)
		w.wantArrived(far, "Announce", 5)
		w.wantArrived(far, "Undo", 0)
	})
}

// Whoever moves to another inbox gets the rest there.
func TestTheRestGoesToTheNewInbox(t *testing.T) {
	inWorld(t, func(w *world) {
		far := w.peer("far.example", "snac", "eve")
		far.NoSharedInbox("eve")
		w.follow(far, "eve", books)
		w.slowly(w.mastodon(), far)
		had, moved := len(far.Inbox("Announce")), 0
		w.net.Attach("far.example", http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			switch {
			case r.Method != http.MethodPost:
				far.ServeHTTP(rw, r)
			case strings.HasPrefix(r.URL.Path, "/new/"):
				moved++
			default:
				rw.WriteHeader(http.StatusNotFound)
			}
		}))
		far.Change("eve", func(doc map[string]any) { doc["inbox"] = "https://far.example/new/eve/inbox" })
		_, err := far.Act(w.ctx, "eve", "Update", far.Actor("eve"), books)
		w.must(err)
		w.later(20 * time.Minute)
		if had+moved < manyPosts-4 {
			t.Errorf("%d of %d posts came, and %d to the new inbox", had, manyPosts, moved)
		}
	})
}

// Those who stay miss nothing when others on their host go, and get nothing twice.
func TestWhoStaysMissesNothing(t *testing.T) {
	inWorld(t, func(w *world) {
		people := []string{"ada", "bea", "cat", "dan", "eve"}
		far := w.peer("far.example", "mastodon", people...)
		for _, name := range people {
			w.follow(far, name, books)
		}
		posts := w.slowly(w.mastodon(), far)
		for _, name := range people[1:] {
			w.must(far.Unfollow(w.ctx, name, books))
			w.later(15 * time.Second)
		}
		w.later(30 * time.Minute)
		var got []string
		for _, r := range far.Inbox("Announce") {
			got = append(got, fmt.Sprint(r.Body["object"]))
		}
		slices.Sort(got)
		slices.Sort(posts)
		if !slices.Equal(got, posts) {
			t.Errorf("%d posts came, want each of %d once", len(got), len(posts))
		}
	})
}

package fedtest_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"folkmoot/federation/fedtest"
)

// distant lets everything that goes to the inboxes of a host take a while, and asks answer first, which may answer itself.
func (w *world) distant(p *fedtest.Peer, host string, takes time.Duration, answer func(http.ResponseWriter) bool) {
	w.net.Attach(host, http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			select {
			case <-time.After(takes):
			case <-r.Context().Done():
				return
			}
			if answer != nil && answer(rw) {
				return
			}
		}
		p.ServeHTTP(rw, r)
	}))
}

// A host on the other side of the world gets what a busy group has as fast as it comes, and each thread's in its order.
func TestADistantHostKeepsUp(t *testing.T) {
	inWorld(t, func(w *world) {
		p, far := w.mastodon(), w.peer("far.example", "mastodon", "eve")
		w.follow(far, "eve", books)
		w.settle()
		w.distant(far, "far.example", 300*time.Millisecond, nil)
		var threads []string
		for i := range 150 { // 50 a second
			uri := w.publish(p, "ann", mention(fmt.Sprintf("number %d", i)))
			threads = append(threads, uri)
			if i%5 == 4 {
				w.must(p.Delete(w.ctx, "ann", books, threads[i-2]))
			}
			w.later(20 * time.Millisecond)
		}
		w.later(2 * time.Second)
		boosts, undos := map[any]int{}, 0
		for i, r := range far.Inbox("") {
			switch object := r.Body["object"].(type) {
			case string:
				if r.Body["type"] == "Announce" {
					boosts[r.Body["id"]] = i
				}
			case map[string]any:
				if boost, came := boosts[object["id"]]; r.Body["type"] == "Undo" && came && boost < i {
					undos++
				}
			}
		}
		skipped := 150 - len(boosts)
		if skipped > 30 || undos != 30-skipped {
			t.Errorf("%d boosts came and %d of them were taken back, want 150 and 30, but for those withdrawn before they went", len(boosts), undos)
		}
		if skipped > 0 && len(far.Home("eve")) != 120 {
			t.Errorf("%d threads are shown, want 120", len(far.Home("eve")))
		}
	})
}

// Hundreds may vote on one post. A host that is far gets their votes many at once, but the post before them and its
// deletion after them, and what one person votes in its order.
func TestVotesOnOnePostDoNotWaitForEachOther(t *testing.T) {
	const voters, undone = 60, 20
	inWorld(t, func(w *world) {
		p, far := w.mastodon(), w.follower("far.example", "lemmy")
		crowd := make([]string, voters)
		for i := range crowd {
			crowd[i] = fmt.Sprintf("fan%d", i)
		}
		fans := w.peer("fans.example", "mastodon", crowd...)
		w.distant(far, "far.example", 500*time.Millisecond, nil)
		thread := w.publish(p, "ann", mention("one"))
		for i, name := range crowd {
			like, err := fans.Act(w.ctx, name, "Like", thread, books)
			w.must(err)
			if i < undone {
				_, err = fans.Act(w.ctx, name, "Undo", like, books)
				w.must(err)
			}
		}
		w.later(100 * time.Millisecond) // until they are decided
		w.must(p.Delete(w.ctx, "ann", books, thread))
		w.later(8 * time.Second) // one after the other they would take 40
		likes := map[any]bool{}
		for i, r := range far.Inbox("Announce") {
			inner, _ := r.Body["object"].(object)
			about, _ := inner["object"].(object)
			switch {
			case (i == 0) != (inner["type"] == "Create"), (i == 1+voters+undone) != (inner["type"] == "Delete"):
				t.Errorf("%v came as number %d", inner["type"], i)
			case inner["type"] == "Like":
				likes[inner["id"]] = true
			case inner["type"] == "Undo" && !likes[about["id"]]:
				t.Errorf("the end of %v came before it", about["id"])
			}
		}
		if len(likes) != voters {
			t.Errorf("%d votes came, want %d", len(likes), voters)
		}
		w.wantForms(far, 0, 2+voters+undone)
	})
}

// Whatever has arrived beyond an activity that failed does not come again.
func TestNothingComesTwiceAfterAFailure(t *testing.T) {
	inCase(t, "QUE-14", func(w *world) {
		p, far := w.mastodon(), w.peer("far.example", "mastodon", "eve")
		w.follow(far, "eve", books)
		w.settle()
		var requests atomic.Int64
		w.distant(far, "far.example", 200*time.Millisecond, func(rw http.ResponseWriter) bool {
			if requests.Add(1)%20 != 0 {
				return false
			}
			rw.WriteHeader(http.StatusBadGateway)
			return true
		})
		var threads []string
		for i := range 60 {
			threads = append(threads, w.publish(p, "ann", mention(fmt.Sprintf("number %d", i))))
		}
		w.later(time.Hour)
		seen := map[any]int{}
		for _, r := range far.Inbox("Announce") {
			seen[r.Body["id"]]++
		}
		for id, times := range seen {
			if times > 1 {
				t.Errorf("%s came %d times", id, times)
			}
		}
		w.wantHome(far, "eve", threads...)
	})
}

// A boost is on its way when its post is deleted: whether it arrived is not known yet, so it is taken back, and after it.
func TestUndoOfABoostOnItsWay(t *testing.T) {
	inWorld(t, func(w *world) {
		p, far := w.mastodon(), w.peer("far.example", "mastodon", "eve")
		w.follow(far, "eve", books)
		w.settle()
		w.distant(far, "far.example", 5*time.Second, nil)
		first, second := w.publish(p, "ann", mention("one")), w.publish(p, "ann", mention("two"))
		w.later(time.Second)
		w.must(p.Delete(w.ctx, "ann", books, first))  // on its way
		w.must(p.Delete(w.ctx, "ann", books, second)) // not yet
		w.later(time.Minute)
		w.wantHome(far, "eve")
		w.wantArrived(far, "Undo", 1)
		w.wantArrived(far, "Announce", 1)
	})
}

// What is on its way when the server stops is let arrive, and does not come again after the start.
func TestAStopLetsDeliveriesEnd(t *testing.T) {
	inWorld(t, func(w *world) {
		p, far := w.mastodon(), w.peer("far.example", "mastodon", "eve")
		hangs := w.peer("hangs.example", "mastodon", "ivy")
		w.follow(far, "eve", books)
		w.follow(hangs, "ivy", books)
		w.settle()
		w.distant(far, "far.example", 3*time.Second, nil)
		w.net.Set("hangs.example", fedtest.Silent)
		thread := w.publish(p, "ann", mention("one"))
		began := time.Now()
		w.shut()
		if took := time.Since(began); took > 6*time.Second {
			t.Errorf("stopping took %s", took)
		}
		w.wantArrived(far, "Announce", 1)
		w.net.Set("hangs.example", fedtest.Fine)
		w.start()
		w.later(time.Hour)
		w.wantArrived(far, "Announce", 1)
		w.wantHome(hangs, "ivy", thread)
		if h, err := w.store.Host(w.ctx, "hangs.example"); err != nil || h.Failures != 0 {
			t.Errorf("the stop counts as a failure: %+v, %v", h, err)
		}
	})
}

// Two servers of this kind sign for each other by Ed25519 after the first word.
func TestEd25519WhereItIsTaken(t *testing.T) {
	inWorld(t, func(w *world) {
		p, o := w.mastodon(), w.another()
		o.takes("readers", books, true)
		w.settle()
		w.publish(p, "ann", mention("one"))
		w.publish(p, "ann", mention("two"))
		for name, other := range map[*world]string{w: "moot.example", o: "groups.example"} {
			h, err := name.store.Host(w.ctx, other)
			w.must(err)
			if h.Scheme != "ed25519" || h.LastError != "" {
				t.Errorf("%s is spoken to by %q, last error %q", other, h.Scheme, h.LastError)
			}
		}
		if posts, err := o.store.Threads(w.ctx, "readers", 0, 10); err != nil || len(posts) != 2 {
			t.Errorf("%d threads arrived there, %v", len(posts), err)
		}
	})
}

// A server asks for Ed25519 and cannot take it: RSA goes on, and Ed25519 is not tried for each delivery.
func TestEd25519WhereItIsOnlyAskedFor(t *testing.T) {
	inWorld(t, func(w *world) {
		p, far := w.mastodon(), w.peer("far.example", "mastodon", "eve")
		w.net.Attach("far.example", http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			rw.Header().Set("Accept-Signature", `sig1=("@method" "@target-uri" "content-digest");created;alg="ed25519"`)
			far.ServeHTTP(rw, r)
		}))
		w.follow(far, "eve", books)
		w.settle()
		before := w.net.Count(http.MethodPost, "far.example", "")
		var threads []string
		for i := range 10 {
			threads = append(threads, w.publish(p, "ann", mention(strings.Repeat("x", i+1))))
		}
		w.wantHome(far, "eve", threads...)
		if got := w.net.Count(http.MethodPost, "far.example", "") - before; got > 12 {
			t.Errorf("%d requests for ten activities", got)
		}
	})
}

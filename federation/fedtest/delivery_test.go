package fedtest_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"folkmoot/federation/fedtest"
	"folkmoot/store"
)

func TestPeerDownAndBack(t *testing.T) {
	for name, trouble := range map[string]fedtest.Trouble{
		"refused": fedtest.Refused, "silent": fedtest.Silent, "broken": fedtest.Broken,
	} {
		t.Run("QUE-05 "+name, func(t *testing.T) {
			inWorld(t, func(w *world) {
				p := w.mastodon()
				far := w.peer("far.example", "mastodon", "eve")
				w.follow(far, "eve", books)
				w.settle()
				w.net.Set("far.example", trouble)
				var posts []string
				for _, words := range []string{"one", "two", "three"} {
					posts = append(posts, w.publish(p, "ann", mention(words)))
					w.later(time.Minute)
				}
				w.wantArrived(p, "Announce", 3) // nobody else waits
				w.later(12 * time.Hour)
				w.net.Set("far.example", fedtest.Fine)
				w.later(25 * time.Hour)
				w.wantHome(far, "eve", posts...)
				for i, r := range far.Inbox("Announce") {
					if r.Body["object"] != posts[i] {
						t.Errorf("boost %d is of %v, want the order kept", i, r.Body["object"])
					}
				}
			})
		})
	}
}

// A host that comes back after long gets what it missed in order, bit by bit: those that were there are not to wait for it.
func TestWhatWasMissedComesBitByBit(t *testing.T) {
	inWorld(t, func(w *world) {
		p, far := w.mastodon(), w.peer("far.example", "mastodon", "eve")
		w.follow(far, "eve", books)
		w.settle()
		w.net.Set("far.example", fedtest.Refused)
		var posts []string
		for i := range 80 {
			posts = append(posts, w.publish(p, "ann", mention(fmt.Sprintf("number %d", i))))
			w.later(time.Minute)
		}
		w.later(12 * time.Hour)
		w.net.Set("far.example", fedtest.Fine)
		w.later(25 * time.Hour)
		w.wantHome(far, "eve", posts...)
		boosts := far.Inbox("Announce")
		for i, r := range boosts {
			if r.Body["object"] != posts[i] {
				t.Errorf("boost %d is of %v, want the order kept", i, r.Body["object"])
			}
		}
		if took := boosts[len(boosts)-1].At.Sub(boosts[0].At); took <= 0 || took > time.Minute {
			t.Errorf("80 boosts came within %s, want some time, and not much", took)
		}
	})
}

func TestBackOffGrows(t *testing.T) {
	inWorld(t, func(w *world) {
		p := w.mastodon()
		w.net.Set("mastodon.example", fedtest.Fine)
		far := w.peer("far.example", "mastodon", "eve")
		w.follow(far, "eve", books)
		w.settle()
		w.net.Set("far.example", fedtest.Broken)
		before := w.net.Count(http.MethodPost, "far.example", "")
		w.publish(p, "ann", mention("anybody?"))
		w.later(7 * 24 * time.Hour)
		tries := w.net.Count(http.MethodPost, "far.example", "") - before
		if tries < 8 || tries > 20 {
			t.Errorf("%d tries in a week", tries)
		}
		h, err := w.store.Host(w.ctx, "far.example")
		w.must(err)
		if h.Failures != tries || !strings.Contains(h.LastError, "502") {
			t.Errorf("known of the host: %+v", h)
		}
	})
}

func TestRetryAfterIsHonoured(t *testing.T) {
	inCase(t, "QUE-06 FET-12", func(w *world) {
		p := w.mastodon()
		w.net.Set("mastodon.example", fedtest.Busy)
		before := w.net.Count(http.MethodPost, "mastodon.example", "")
		create := p.Write("ann", mention("slowly"))
		_, err := p.Send(w.ctx, "ann", books+"/inbox", create)
		w.must(err)
		w.settle()
		w.later(9*time.Minute + 50*time.Second)
		if got := w.net.Count(http.MethodPost, "mastodon.example", "") - before; got != 1 {
			t.Errorf("%d tries though asked to wait ten minutes", got)
		}
		w.net.Set("mastodon.example", fedtest.Fine)
		w.later(time.Minute)
		w.wantArrived(p, "Announce", 1)
	})
}

// A host that was given up for a day is spoken to at once when it speaks itself.
func TestContactRevives(t *testing.T) {
	inWorld(t, func(w *world) {
		p := w.mastodon()
		far := w.peer("far.example", "mastodon", "eve")
		w.follow(far, "eve", books)
		w.settle()
		w.net.Set("far.example", fedtest.Refused)
		post := w.publish(p, "ann", mention("hello?"))
		w.later(10 * 24 * time.Hour)
		w.net.Set("far.example", fedtest.Fine)
		w.settle()
		w.wantHome(far, "eve")
		w.act(far, "eve", "Like", post)
		w.later(time.Second) // what it missed goes after what is new
		w.wantHome(far, "eve", post)
	})
}

func TestRestartInTheMiddle(t *testing.T) {
	inWorld(t, func(w *world) {
		p := w.mastodon()
		w.shut()
		w.open() // takes activities, decides nothing: as if killed right after each 202
		create := p.Write("ann", mention("during the restart"))
		if status := w.send(p, "ann", create); status != http.StatusAccepted {
			t.Fatalf("status %d", status)
		}
		w.wantArrived(p, "Announce", 0)
		w.shut()
		w.start()
		w.settle()
		w.wantArrived(p, "Announce", 1)
		w.wantCounts(store.GroupCounts{Followers: 2, Members: 3, Threads: 1})
	})
}

func TestRestartWithABacklog(t *testing.T) {
	inWorld(t, func(w *world) {
		p := w.mastodon()
		far := w.peer("far.example", "mastodon", "eve")
		w.follow(far, "eve", books)
		w.settle()
		w.net.Set("far.example", fedtest.Silent)
		var posts []string
		for _, words := range []string{"one", "two"} {
			posts = append(posts, w.publish(p, "ann", mention(words)))
		}
		for range 3 {
			w.shut()
			w.start()
			w.settle()
		}
		w.net.Set("far.example", fedtest.Fine)
		w.later(time.Hour)
		w.wantHome(far, "eve", posts...)
		w.wantArrived(p, "Announce", 2) // nothing twice to those who had it
	})
}

func TestDeletedWhileThePeerWasDown(t *testing.T) {
	inWorld(t, func(w *world) {
		p := w.mastodon()
		far := w.peer("far.example", "mastodon", "eve")
		w.follow(far, "eve", books)
		w.settle()
		w.net.Set("far.example", fedtest.Refused)
		w.publish(p, "ann", mention("the first finds the host down"))
		gone := w.publish(p, "ann", mention("soon gone"))
		w.must(p.Delete(w.ctx, "ann", books, gone))
		w.settle()
		w.net.Set("far.example", fedtest.Fine)
		w.later(time.Hour)
		w.wantArrived(far, "Announce", 1)
		w.wantArrived(far, "Undo", 0)
	})
}

func TestPoisonDoesNotBlockTheRest(t *testing.T) {
	inWorld(t, func(w *world) {
		p := w.mastodon()
		far := w.peer("far.example", "mastodon", "eve")
		w.follow(far, "eve", books)
		w.settle()
		var poison string
		w.net.Attach("far.example", http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodPost && poison == "" {
				poison = r.Header.Get("Digest")
			}
			if r.Method == http.MethodPost && r.Header.Get("Digest") == poison {
				http.Error(rw, "exception", http.StatusInternalServerError)
				return
			}
			far.ServeHTTP(rw, r)
		}))
		w.publish(p, "ann", mention("breaks the other server"))
		fine := w.publish(p, "ann", mention("fine"))
		w.later(3 * 24 * time.Hour)
		w.wantHome(far, "eve", fine)
	})
}

func TestRefusedActivityIsNotSentAgain(t *testing.T) {
	inCase(t, "QUE-06", func(w *world) {
		p := w.mastodon()
		far := w.peer("far.example", "mastodon", "eve")
		w.follow(far, "eve", books)
		w.settle()
		posts := 0
		w.net.Attach("far.example", http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodPost {
				posts++
				http.Error(rw, "no", http.StatusForbidden)
				return
			}
			far.ServeHTTP(rw, r)
		}))
		w.publish(p, "ann", mention("one"))
		w.publish(p, "ann", mention("two"))
		w.later(24 * time.Hour)
		if posts != 2 {
			t.Errorf("%d requests for two activities that were refused", posts)
		}
	})
}

// A peer that refuses draft-cavage signatures with 401 gets RFC 9421 at once, and from then on first.
func TestDoubleKnock(t *testing.T) {
	inWorld(t, func(w *world) {
		p := w.mastodon()
		far := w.peer("far.example", "mastodon", "eve")
		w.follow(far, "eve", books)
		w.settle()
		var knocks []string
		w.net.Attach("far.example", http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			if r.Method != http.MethodPost {
				far.ServeHTTP(rw, r)
				return
			}
			if r.Header.Get("Signature-Input") == "" {
				knocks = append(knocks, "cavage")
				rw.WriteHeader(http.StatusUnauthorized)
				return
			}
			knocks = append(knocks, "rfc9421")
			rw.WriteHeader(http.StatusAccepted)
		}))
		w.publish(p, "ann", mention("one"))
		w.publish(p, "ann", mention("two"))
		if got := strings.Join(knocks, " "); got != "cavage rfc9421 rfc9421" {
			t.Errorf("knocks: %s", got)
		}
	})
}

package fedtest_test

import (
	"fmt"
	"runtime"
	"testing"
	"time"

	"folkmoot/federation/fedtest"
)

// hosts that were away for long, and the world they come back to.
const (
	returning = 16
	missed    = 50
	aMoment   = 5 * time.Millisecond
)

// returned has many hosts miss many posts and come back at once: each says something.
func (w *world) returned(p *fedtest.Peer) (back []*fedtest.Peer) {
	for i := range returning {
		far := w.peer(fmt.Sprintf("far%d.example", i), "mastodon", "eve")
		w.follow(far, "eve", books)
		back = append(back, far)
	}
	w.settle()
	for i := range back {
		w.net.Set(fmt.Sprintf("far%d.example", i), fedtest.Refused)
	}
	last := ""
	for i := range missed {
		last = w.publish(p, "ann", mention(fmt.Sprintf("number %d", i)))
	}
	w.later(12 * time.Hour)
	for i, far := range back {
		w.net.Set(fmt.Sprintf("far%d.example", i), fedtest.Fine)
		_, err := far.Act(w.ctx, "eve", "Like", last, books)
		w.must(err)
	}
	w.settle()
	return back
}

// arrivals are when boosts came to hosts.
func arrivals(hosts ...*fedtest.Peer) (at []time.Time) {
	for _, p := range hosts {
		for _, r := range p.Inbox("Announce") {
			at = append(at, r.At)
		}
	}
	return at
}

// Many hosts come back at once, each far behind. A host that was never away gets what is new as fast as ever, and before anything else
// goes out; the others are taken up a few at a time, and get everything in the end.
func TestWhatIsNewGoesBeforeWhatWasMissed(t *testing.T) {
	inWorld(t, func(w *world) {
		p := w.mastodon()
		began := time.Now()
		back := w.returned(p)
		var posts []time.Time
		for i := range 20 {
			w.later(13 * time.Millisecond)
			posts = append(posts, time.Now())
			before := len(p.Inbox("Announce"))
			w.publish(p, "ann", mention(fmt.Sprintf("meanwhile %d", i)))
			if got := len(p.Inbox("Announce")) - before; got != 1 {
				t.Fatalf("%d boosts of a new post came at once, want 1", got)
			}
		}
		w.later(time.Minute)
		at := arrivals(back...)
		if len(at) != returning*(missed+len(posts)) {
			t.Errorf("%d boosts came in the end, want %d", len(at), returning*(missed+len(posts)))
		}
		together := map[time.Duration]int{}
		for _, when := range at {
			for _, post := range posts {
				if when.After(post) && when.Before(post.Add(aMoment)) {
					t.Fatalf("something that was missed went out %s after a new post", when.Sub(post))
				}
			}
			if when.Sub(posts[len(posts)-1]) < 0 {
				together[when.Sub(began).Truncate(time.Millisecond)]++
			}
		}
		for when, n := range together {
			if n > 2*runtime.GOMAXPROCS(0) {
				t.Errorf("%d deliveries began within a millisecond, %s after the start", n, when)
			}
		}
	})
}

// Where there is always something new, those who were away get what they missed nevertheless.
func TestWhatWasMissedComesThoughSomethingIsAlwaysNew(t *testing.T) {
	inWorld(t, func(w *world) {
		p := w.mastodon()
		back := w.returned(p)
		before, began := len(arrivals(back...)), time.Now()
		for time.Since(began) < time.Second {
			_, err := p.Act(w.ctx, "max", "Like", books, books)
			w.must(err)
			w.later(3 * time.Millisecond)
		}
		if got := len(arrivals(back...)) - before; got < 20*runtime.GOMAXPROCS(0) {
			t.Errorf("%d boosts came in a second, want some", got)
		}
		w.later(time.Minute)
	})
}

package fedtest_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"folkmoot/federation"
	"folkmoot/group"
	"folkmoot/store"
)

// However much one host has waiting, another one's first activity is decided in the next round (OVL-01).
func TestAFloodDelaysNobody(t *testing.T) {
	inCase(t, "OVL-01", func(w *world) {
		p := w.mastodon()
		w.shut()
		w.open() // so that all of it waits
		const flood = 5000
		var wg sync.WaitGroup
		for i := range flood {
			wg.Go(func() { // written together: one commit each would be what takes time here
				who := fmt.Sprintf("https://flood.example/users/%d", i%50)
				_, err := w.store.Receive(w.ctx, store.Received{
					Activity: fmt.Sprintf("https://flood.example/%d", i), Signer: who, At: time.Now(), Raw: fmt.Appendf(nil,
						`{"id":"https://flood.example/%d","type":"Like","actor":%q,"object":"https://nowhere.example/%d"}`, i, who, i),
				})
				if err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		w.send(p, "max", p.Activity("max", "Follow", books))
		var decided []string
		var mu sync.Mutex
		w.shut()
		w.tune = func(o *federation.Options) {
			o.Watch = func(e federation.Event) {
				mu.Lock()
				defer mu.Unlock()
				if !e.Out {
					decided = append(decided, e.Peer)
				}
			}
		}
		w.start()
		w.settle()
		mu.Lock()
		defer mu.Unlock()
		for i, peer := range decided {
			if peer == "mastodon.example" {
				if i > 100 {
					t.Errorf("decided after %d of the flood", i)
				}
				break
			}
		}
		if len(decided) != flood+1 {
			t.Errorf("%d decided, want %d", len(decided), flood+1)
		}
		w.wantArrived(p, "Accept", 3)
	})
}

// Who has much waiting is asked to come again with more: a person before all of its host, and a host before all others. What was
// taken is decided all the same.
func TestFloodsAreBounded(t *testing.T) {
	inCase(t, "OVL-09", func(w *world) {
		p := w.mastodon()
		evil := w.peer("evil.example", "mastodon", "mal", "mel", "mil", "mol", "mul", "myl")
		w.shut()
		w.tune = func(o *federation.Options) { o.Waiting = 40 }
		w.open() // nothing is decided
		answers := &answers{RoundTripper: w.net}
		w.http.Transport = answers
		var taken []object
		flood := func(name string) (n int) {
			for range 100 {
				a := evil.Activity(name, "Like", "https://nowhere.example/1")
				switch w.send(evil, name, a) {
				case http.StatusAccepted:
					taken = append(taken, a)
					n++
				case http.StatusTooManyRequests:
					if answers.last.Get("Retry-After") == "" {
						t.Error("no Retry-After")
					}
					return n
				}
			}
			return n
		}
		for name, want := range map[string]int{"mal": 10, "mel": 10, "mil": 10} {
			if n := flood(name); n != want {
				t.Errorf("%d of one person may wait, want %d", n, want)
			}
		}
		if n := flood("mol") + flood("mul") + flood("myl"); n != 10 {
			t.Errorf("%d more of the host may wait, want 10", n)
		}
		if status := w.send(p, "ann", p.Write("ann", mention("meanwhile"))); status != http.StatusAccepted {
			t.Errorf("status %d for another host", status)
		}
		w.later(time.Minute)
		if n := flood("myl"); n != 0 {
			t.Errorf("%d more, though nothing was decided", n)
		}
		w.shut()
		w.start()
		w.settle()
		w.wantArrived(p, "Announce", 1)
		w.later(2 * time.Second)
		if n := flood("mal"); n < 10 {
			t.Errorf("%d may come after all was decided", n)
		}
		w.settle()
		for _, a := range taken {
			w.wantReason(a, group.ReasonNothingToDo)
		}
	})
}

// Whoever has a domain has as many hosts as they like below it, and on its ports: together they may have twice as much waiting as one host.
func TestFloodsFromOneDomainAreBounded(t *testing.T) {
	inWorld(t, func(w *world) {
		p := w.mastodon()
		w.shut()
		w.tune = func(o *federation.Options) { o.Waiting = 40 }
		w.open() // nothing is decided
		flood := func() (n int) {
			for i := range 30 {
				host := fmt.Sprintf("h%d.evil.example", i)
				if i%2 == 1 {
					host += ":8443"
				}
				evil := w.peer(host, "mastodon", "mal")
				for range 5 {
					if w.send(evil, "mal", evil.Activity("mal", "Like", "https://nowhere.example/1")) == http.StatusAccepted {
						n++
					}
				}
			}
			return n
		}
		if n := flood(); n != 80 {
			t.Errorf("%d of one domain may wait, want 80", n)
		}
		w.later(time.Minute)
		if n := flood(); n != 0 {
			t.Errorf("%d more, though nothing was decided", n)
		}
		if status := w.send(p, "ann", p.Write("ann", mention("meanwhile"))); status != http.StatusAccepted {
			t.Errorf("status %d for another host", status)
		}
		w.shut()
		w.start()
		w.settle()
		w.wantArrived(p, "Announce", 1)
		w.later(2 * time.Second)
		if n := flood(); n == 0 {
			t.Error("none may come after all was decided")
		}
	})
}

// A large activity counts as many: the bound is one of the disk, too.
func TestLargeActivitiesCountSeveralTimes(t *testing.T) {
	inWorld(t, func(w *world) {
		evil := w.peer("evil.example", "mastodon", "mal")
		w.shut()
		w.tune = func(o *federation.Options) { o.Waiting = 400 }
		w.open()
		taken := 0
		for range 100 {
			a := evil.Activity("mal", "Like", "https://nowhere.example/1")
			for _, key := range []string{"content", "summary", "name", "note"} {
				a[key] = strings.Repeat("much ", 18_000)
			}
			if w.send(evil, "mal", a) != http.StatusAccepted {
				break
			}
			taken++
		}
		if taken < 3 || taken > 6 {
			t.Errorf("%d activities of 360 kB may wait where 100 small ones may", taken)
		}
	})
}

// answers keeps the header of the last answer.
type answers struct {
	http.RoundTripper
	last http.Header
}

func (a *answers) RoundTrip(r *http.Request) (*http.Response, error) {
	res, err := a.RoundTripper.RoundTrip(r)
	if err == nil {
		a.last = res.Header
	}
	return res, err
}

package fedtest_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"folkmoot/federation"
	"folkmoot/federation/fedtest"
	"folkmoot/group"
	"folkmoot/store"
)

// hanging answers for a peer, but of what has /slow/ in its path nothing comes.
type hanging struct{ *fedtest.Peer }

func (h hanging) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if strings.Contains(r.URL.Path, "/slow/") {
		<-r.Context().Done()
		return
	}
	h.Peer.ServeHTTP(w, r)
}

// hang attaches a peer that lets everybody wait who fetches what its people wrote.
func (w *world) hang(host string, people ...string) *fedtest.Peer {
	p := w.peer(host, "mastodon", people...)
	w.net.Attach(host, hanging{p})
	return p
}

// slowPost says that somebody wrote what hangs when it is fetched.
func slowPost(p *fedtest.Peer, name string, n int) object {
	return p.Activity(name, "Create", fmt.Sprintf("%s/slow/%s/%d", p.Origin, name, n))
}

// wantWaiting says that documents were waited for in vain: otherwise nothing slow was tried.
func (w *world) wantWaiting(least int) {
	w.t.Helper()
	n := 0
	for _, e := range w.net.Log() {
		if e.Status == 0 && strings.Contains(e.Path, "/slow/") {
			n++
		}
	}
	if n < least {
		w.t.Errorf("%d documents were waited for in vain, want %d at least: nothing was slow", n, least)
	}
}

// Thousands of activities that each wait for a slow server keep nobody else's waiting (OVL-01).
func TestASlowOriginDelaysNobodyElse(t *testing.T) {
	inCase(t, "OVL-01", func(w *world) {
		p := w.mastodon()
		people := []string{"mal", "mel", "mil", "mol", "mul", "myl"}
		evil := w.hang("evil.example", people...)
		for i := range 120 {
			for _, name := range people {
				if status := w.send(evil, name, slowPost(evil, name, i)); status != http.StatusAccepted {
					t.Fatalf("status %d", status)
				}
			}
		}
		w.settle()
		for _, words := range []string{"one", "two", "three"} {
			w.publish(p, "ann", mention(words))
		}
		w.later(2 * time.Second)
		w.wantArrived(p, "Announce", 3)
		w.later(10 * time.Second)
		w.wantWaiting(len(people))
	})
}

// So do slow servers by the dozen: what waits for them gives its place away.
func TestManySlowOriginsDelayNobody(t *testing.T) {
	inWorld(t, func(w *world) {
		p := w.mastodon()
		for i := range 20 {
			evil := w.hang(fmt.Sprintf("evil%d.example", i), "mal")
			for n := range 5 {
				w.send(evil, "mal", slowPost(evil, "mal", n))
			}
		}
		w.settle()
		w.publish(p, "ann", mention("one"))
		w.later(4 * time.Second)
		w.wantArrived(p, "Announce", 1)
		w.later(10 * time.Second)
		w.wantWaiting(20)
	})
}

// Nor do so many that what waits behind those who are slow would fill all the room there is: it stays in the store (OVL-01).
func TestWhatStandsBehindSlowOnesTakesNoRoom(t *testing.T) {
	inCase(t, "OVL-01", func(w *world) {
		p := w.peer("zebra.example", "mastodon", "ann") // the last one to have its turn
		w.follow(p, "ann", books)
		w.settle()
		const hosts, each = 140, 35
		var rows []store.Received
		for i := range hosts {
			evil := w.hang(fmt.Sprintf("evil%03d.example", i), "mal")
			for n := range each {
				a := slowPost(evil, "mal", n)
				rows = append(rows, store.Received{Activity: a["id"].(string), Signer: evil.Actor("mal"), Raw: []byte(text(t, a)), At: time.Now()})
			}
		}
		w.haveWait(rows)
		w.settle()
		w.publish(p, "ann", mention("one"))
		w.later(4 * time.Second)
		w.wantArrived(p, "Announce", 1)
		w.later(10 * time.Second)
		w.wantWaiting(hosts)
	})
}

// late answers for a peer after a while: sooner than what is found slow, or later.
type late struct {
	http.Handler
	after func() time.Duration
}

func (l late) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	select {
	case <-time.After(l.after()):
		http.NotFound(w, r)
	case <-r.Context().Done():
	}
}

// Nor do names without end that answer, but late: just before an activity is found to take long, or some sooner and some later, so that
// never all places of a domain are with such; of more domains than there are places for (OVL-01).
func TestNamesThatAnswerLateDelayNobody(t *testing.T) {
	for name, after := range map[string]func() time.Duration{
		"soon enough":  func() time.Duration { return 900 * time.Millisecond },
		"now and then": func() time.Duration { return time.Duration(rand.IntN(9000)) * time.Millisecond },
	} {
		t.Run(name, func(t *testing.T) {
			inWorld(t, func(w *world) {
				p := w.peer("zebra.example", "mastodon", "ann")
				w.follow(p, "ann", books)
				w.settle()
				w.waitAt([]string{"evil.example", "bad.example", "ill.example"}, 2000, func(host string) { w.net.Attach(host, late{after: after}) })
				w.later(3 * time.Second)
				w.publish(p, "ann", mention("one"))
				w.later(3 * time.Second)
				w.wantArrived(p, "Announce", 1)
			})
		})
	}
}

// waitAt has one activity about what must be fetched wait from each of many hosts of some domains.
func (w *world) waitAt(domains []string, hosts int, attach func(host string)) {
	w.t.Helper()
	var rows []store.Received
	for i := range hosts {
		host := fmt.Sprintf("h%04d.%s", i, domains[i%len(domains)])
		raw := fmt.Sprintf(`{"id":"https://%[1]s/a","type":"Create","actor":"https://%[1]s/mal","object":"https://%[1]s/slow/1"}`, host)
		rows = append(rows, store.Received{Activity: "https://" + host + "/a", Signer: "https://" + host + "/mal", Raw: []byte(raw), At: time.Now()})
		attach(host)
	}
	w.haveWait(rows)
}

// haveWait starts the server anew with activities that have come and are not decided.
func (w *world) haveWait(rows []store.Received) {
	w.t.Helper()
	w.shut()
	w.open() // nothing is decided
	var wg sync.WaitGroup
	for _, row := range rows {
		wg.Go(func() { // written together: one commit each would be what takes time here
			if _, err := w.store.Receive(w.ctx, row); err != nil {
				w.t.Error(err)
			}
		})
	}
	wg.Wait()
	w.shut()
	w.start()
}

// Nor do names without end, all of them one domain's: they have no more places than one host, and take no more room (OVL-01).
func TestNamesWithoutEndDelayNobody(t *testing.T) {
	inCase(t, "OVL-01", func(w *world) {
		p := w.peer("zebra.example", "mastodon", "ann")
		w.follow(p, "ann", books)
		w.settle()
		w.waitAt([]string{"evil.example"}, 5000, func(host string) { w.net.Set(host, fedtest.Silent) }) // more than are held at once
		w.settle()
		w.publish(p, "ann", mention("one"))
		w.later(2 * time.Second)
		w.wantArrived(p, "Announce", 1)
		w.later(10 * time.Second)
		n := 0
		for _, e := range w.net.Log() {
			if strings.HasSuffix(e.Host, ".evil.example") {
				n++
			}
		}
		if n == 0 || n > 200 {
			t.Errorf("%d documents were asked for, want no more than one site has places, twice", n)
		}
	})
}

// A host that let somebody wait in vain is not asked for a minute, on none of the ports that anybody may name: what needs it is put off at
// once, and is decided when it answers again.
func TestAHostThatHungIsNotAskedAtOnce(t *testing.T) {
	inWorld(t, func(w *world) {
		p := w.mastodon()
		evil, beside := w.hang("evil.example:8443", "mal"), w.hang("evil.example:9443", "mel")
		w.send(evil, "mal", slowPost(evil, "mal", 0))
		w.later(11 * time.Second)
		w.wantWaiting(1)
		asked := len(w.net.Log())
		w.send(beside, "mel", slowPost(beside, "mel", 1))
		var last object
		for n := range 30 {
			last = slowPost(evil, "mal", n+1)
			w.send(evil, "mal", last)
		}
		w.later(11 * time.Second)
		for _, e := range w.net.Log()[asked:] {
			if strings.Contains(e.Path, "/slow/") {
				t.Errorf("%s%s was asked for again", e.Host, e.Path)
			}
		}
		if st, err := w.store.Status(w.ctx); err != nil || st.Due != 0 || st.Undecided != 32 {
			t.Errorf("%d of %d activities hold somebody up, %v", st.Due, st.Undecided, err)
		}
		named := w.peer("evil.example", "mastodon", "eva") // anybody may name ports of a host where nobody answers
		w.follow(named, "eva", books)
		full := named.Write("eva", mention("to be fetched"))
		create := named.Activity("eva", "Create", full["object"].(object)["id"])
		create["to"], create["cc"] = full["to"], full["cc"]
		w.send(named, "eva", create)
		w.settle()
		w.wantReason(create, group.ReasonThread)
		newcomer := w.peer("evil.example:8443", "mastodon", "eve") // it answers again
		w.act(newcomer, "eve", "Follow", books)
		w.wantArrived(newcomer, "Accept", 1)
		w.later(3 * time.Minute)
		if reason := w.reason(last); reason == "" {
			t.Error("what was put off is not decided although the host answers")
		}
		w.publish(p, "ann", mention("meanwhile"))
		w.wantArrived(p, "Announce", 2)
	})
}

// A reply whose way to the thread leads over a host that just hung is not lost: it is asked all the same.
func TestTheWayToAThreadIsLookedForAllTheSame(t *testing.T) {
	inWorld(t, func(w *world) {
		p := w.mastodon()
		thread := w.publish(p, "ann", mention("a thread"))
		far := w.hang("far.example", "mal", "eve")
		between := far.Write("eve", fedtest.Post{Text: "between", InReplyTo: thread})["object"].(object)["id"].(string)
		w.send(far, "mal", slowPost(far, "mal", 0))
		w.later(11 * time.Second)
		last := w.publish(p, "bob", reply(between))
		for _, uri := range []string{between, last} {
			if has, err := w.store.HasPost(w.ctx, uri); !has || err != nil {
				t.Errorf("%s is not here: %v", uri, err)
			}
		}
	})
}

// Of one person everything is decided in the order in which it came, also when there is much of it.
func TestOrderOfOnePerson(t *testing.T) {
	inWorld(t, func(w *world) {
		p := w.mastodon()
		w.shut()
		w.open() // so that all of it waits at once
		var last object
		post := p.Write("ann", mention("much liked"))
		for _, a := range []object{post} {
			_, err := p.Send(w.ctx, "ann", home+"/inbox", a)
			w.must(err)
		}
		uri := post["object"].(object)["id"].(string)
		for range 100 {
			like := p.Activity("bob", "Like", uri)
			_, err := p.Send(w.ctx, "bob", home+"/inbox", like)
			w.must(err)
			last = p.Activity("bob", "Undo", like)
			_, err = p.Send(w.ctx, "bob", home+"/inbox", last)
			w.must(err)
		}
		w.shut()
		w.start()
		w.settle()
		w.wantReason(last, group.ReasonUncounted)
		threads, err := w.store.Threads(w.ctx, "books", 0, 10)
		w.must(err)
		if len(threads) != 1 || threads[0].URI != uri || threads[0].Likes != 0 {
			t.Errorf("a hundred likes, each taken back, left %+v", threads)
		}
	})
}

// Requests whose keys are fetched from servers that do not answer keep nobody out whose key is known (OVL-01, OVL-07).
func TestKeysThatDoNotComeKeepNobodyOut(t *testing.T) {
	inCase(t, "OVL-07", func(w *world) {
		p := w.mastodon()
		w.shut()
		w.tune = func(o *federation.Options) { o.InFlight = 64 }
		w.start()
		var wg sync.WaitGroup
		for i := range 5 {
			host := fmt.Sprintf("evil%d.example", i)
			var people []string
			for n := range 20 {
				people = append(people, fmt.Sprint("mal", n))
			}
			evil := w.peer(host, "mastodon", people...)
			w.net.Set(host, fedtest.Silent)
			for _, name := range people {
				wg.Go(func() { _, _ = evil.Send(w.ctx, name, home+"/inbox", evil.Activity(name, "Like", books)) })
			}
		}
		w.settle() // they wait for their keys
		post := p.Write("ann", mention("meanwhile"))
		if status, err := p.Send(w.ctx, "ann", home+"/inbox", post); err != nil || status != http.StatusAccepted {
			t.Errorf("status %d, %v, while others wait for their keys", status, err)
		}
		w.settle()
		w.wantArrived(p, "Announce", 1)
		newcomer := w.peer("new.example", "mastodon", "eve")
		if status, err := newcomer.Send(w.ctx, "eve", home+"/inbox", newcomer.Activity("eve", "Follow", books)); err != nil || status != http.StatusAccepted {
			t.Errorf("a newcomer: status %d, %v, while others wait for their keys", status, err)
		}
		w.later(time.Minute)
		wg.Wait()
	})
}

// A server that is slow to show its people's keys is no reason to refuse those whose keys are kept, though they are to be looked at again.
func TestKeptKeysServeWhileTheirServerIsSlow(t *testing.T) {
	inWorld(t, func(w *world) {
		var people []string
		for n := range 30 {
			people = append(people, fmt.Sprint("p", n))
		}
		p := w.peer("big.example", "mastodon", people...)
		for _, name := range people {
			w.follow(p, name, books)
		}
		w.settle()
		w.later(8 * 24 * time.Hour)
		w.net.Set("big.example", fedtest.Silent)
		var wg sync.WaitGroup
		got := make([]int, len(people))
		for i, name := range people {
			wg.Go(func() { got[i], _ = p.Send(w.ctx, name, home+"/inbox", p.Write(name, mention("x"))) })
		}
		w.later(time.Minute)
		wg.Wait()
		if slices.ContainsFunc(got, func(status int) bool { return status != http.StatusAccepted }) {
			t.Errorf("members whose keys are kept are answered %v", got)
		}
	})
}

// SIG-07: a recorded request is worth nothing a second time, whatever happened since; a request made anew is.
func TestReplaysChangeNothing(t *testing.T) {
	inCase(t, "SIG-07", func(w *world) {
		p := w.mastodon()
		catch := &recorder{}
		record := func(a object) (*http.Request, []byte) {
			w.net.Attach("groups.example", catch)
			_, _ = p.Send(w.ctx, "max", home+"/inbox", a)
			w.net.Attach("groups.example", w.fed.Handler(http.NotFoundHandler()))
			return catch.last, catch.body
		}
		replay := func(r *http.Request, body []byte) int {
			in, err := http.NewRequestWithContext(w.ctx, r.Method, home+"/inbox", bytes.NewReader(body))
			w.must(err)
			in.Header = r.Header.Clone()
			res, err := w.http.Do(in)
			w.must(err)
			w.settle()
			return res.StatusCode
		}
		followed := p.Activity("max", "Follow", books)
		nameless := p.Activity("max", "Follow", films)
		delete(nameless, "id")
		for _, follow := range []object{followed, nameless} {
			r, body := record(follow)
			replay(r, body)
			w.later(time.Second)
			accepts := len(p.Inbox("Accept"))
			w.act(p, "max", "Undo", follow)
			before := w.counts()
			for range 50 {
				if status := replay(r, body); status != http.StatusAccepted {
					t.Errorf("status %d", status)
				}
			}
			w.shut()
			w.start()
			for range 50 {
				replay(r, body)
			}
			if got := w.counts(); got != before {
				t.Errorf("replays of a Follow that was undone: %+v, want %+v", got, before)
			}
			w.wantArrived(p, "Accept", accepts)
			w.later(time.Minute) // sent again by the peer itself it is signed anew, and meant
			if status, err := p.Send(w.ctx, "max", home+"/inbox", follow); err != nil || status != http.StatusAccepted {
				t.Errorf("status %d, %v", status, err)
			}
			w.settle()
			w.wantArrived(p, "Accept", accepts+1)
		}
	})
}

// A vote that is decided before the post it is about, because the post stands behind others of its host, counts all the same; one
// that was taken back does not. A vote on what never comes keeps nothing waiting.
func TestVotesWaitForThePostsBeforeThem(t *testing.T) {
	inWorld(t, func(w *world) {
		p := w.mastodon()
		far := w.peer("far.example", "mastodon", "eve", "eli")
		w.shut()
		w.open() // so that all of it waits at once
		for range 50 {
			w.send(p, "ann", p.Activity("ann", "Like", "https://mastodon.example/nothing"))
		}
		post := p.Write("ann", mention("much liked"))
		w.send(p, "ann", post)
		uri := post["object"].(object)["id"].(string)
		like, taken := far.Activity("eve", "Like", uri), far.Activity("eli", "Like", uri)
		undo := far.Activity("eli", "Undo", taken)
		for _, a := range []object{like, taken, undo} {
			name := "eve"
			if a["actor"] == far.Actor("eli") {
				name = "eli"
			}
			w.send(far, name, a)
		}
		w.shut()
		w.start()
		w.settle()
		w.wantReason(like, group.ReasonCounted)
		w.wantReason(undo, group.ReasonUncounted)
		threads, err := w.store.Threads(w.ctx, "books", 0, 10)
		w.must(err)
		if len(threads) != 1 || threads[0].Likes != 1 {
			t.Errorf("two likes, one taken back, left %+v", threads)
		}
		w.later(10 * time.Minute)
		if st, err := w.store.Status(w.ctx); err != nil || st.Undecided != 0 {
			t.Errorf("%d wait for ever, %v", st.Undecided, err)
		}
	})
}

// More waits than is taken up at once, of hosts each of which has little: all of it is decided, although nothing more comes that
// would have the server look again.
func TestManyHostsWithLittleEach(t *testing.T) {
	inWorld(t, func(w *world) {
		at := time.Now()
		var rows []store.Received
		for host := range 60 {
			for n := range 20 {
				by := fmt.Sprintf("https://h%d.example/users/ann", host)
				rows = append(rows, store.Received{Activity: fmt.Sprintf("%s#%d", by, n), Signer: by, Raw: []byte(`{}`), At: at, Signed: at})
			}
		}
		w.haveWait(rows)
		w.settle()
		status, err := w.store.Status(w.ctx)
		w.must(err)
		if status.Undecided > 0 {
			t.Errorf("%d activities are undecided, and nobody looks at them", status.Undecided)
		}
	})
}

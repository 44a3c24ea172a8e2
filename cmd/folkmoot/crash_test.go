//go:build linux

package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"slices"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"
)

// The program is killed at random points, while activities come in and while they go out, and killed again while it takes up what
// is left. What it answered 202 is decided and delivered in the end, in order; what comes twice has the same id, and is no more
// than was on its way. FOLKMOOT_KILLS says how often, FOLKMOOT_SEED which points.
func TestKilled(t *testing.T) {
	t.Run("QUE-01", func(t *testing.T) {
		t.Parallel()
		kills, seed := numberOf(t, "FOLKMOOT_KILLS", 3), numberOf(t, "FOLKMOOT_SEED", int(time.Now().UnixNano()%1e6))
		t.Logf("FOLKMOOT_SEED=%d FOLKMOOT_KILLS=%d", seed, kills)
		random := rand.New(rand.NewPCG(uint64(seed), 0)) // a test that can be run again
		l := newLab(t)
		for i := range 4 {
			l.host("mastodon", fmt.Sprint("ann", i))
			l.host("lemmy", fmt.Sprint("bob", i))
		}
		l.start()
		l.found()
		b := newBurst(l)
		for range kills {
			l.killedOnce(b, random)
		}
		b.end()
		l.settled()
		l.stop()
		report := l.account(b)
		t.Log(report)
	})
}

func numberOf(t *testing.T, name string, otherwise int) int {
	t.Helper()
	text := os.Getenv(name)
	if text == "" {
		return otherwise
	}
	n, err := strconv.Atoi(text)
	must(t, err)
	return n
}

// quota is how many activities more are sent for each kill. All of them together are enough for any fuse to burn down.
const quota = 60

// killedOnce lets more come in, kills the program somewhere in the middle and starts it again.
func (l *lab) killedOnce(b *burst, random *rand.Rand) {
	if random.IntN(4) == 0 { // while it starts
		l.signal(syscall.SIGKILL)
		_ = l.gone()
		l.launch()
		time.AfterFunc(time.Duration(random.IntN(60))*time.Millisecond, func() { l.signal(syscall.SIGKILL) })
	} else {
		what, n := acks, 1+random.IntN(quota/2)
		if random.IntN(2) == 0 {
			what, n = deliveries, 1+random.IntN(2*quota)
		}
		l.fuse.light(what, n)
		b.more(quota)
	}
	_ = l.gone() // killed
	l.fuse.light(nothing, 0)
	l.start()
}

// fuse kills the program when something has happened often enough.
type fuse struct {
	mu   sync.Mutex
	what event
	left int
}

type event int

const (
	nothing    event = iota
	acks             // an activity was answered 202
	deliveries       // one came to a host, which has not answered yet
)

func (f *fuse) light(what event, n int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.what, f.left = what, n
}

func (f *fuse) burn(what event, l *lab) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.what != what {
		return
	}
	if f.left--; f.left == 0 {
		f.what = nothing
		l.signal(syscall.SIGKILL)
	}
}

// burst is what people send: each of them one activity after the other, and each until it is taken, as their hosts do it.
type burst struct {
	lab    *lab
	tokens chan struct{}
	done   sync.WaitGroup

	mu      sync.Mutex
	taken   []sent
	threads []string // URIs of those that were taken
}

// sent is an activity that was answered 202.
type sent struct {
	id, kind, object string
	thread           bool // it starts one
	from             *stubHost
}

func newBurst(l *lab) *burst {
	b := &burst{lab: l, tokens: make(chan struct{}, 1<<16)}
	for i, h := range l.hosts {
		b.done.Go(func() { b.person(h, i) })
	}
	return b
}

func (b *burst) more(n int) {
	for range n {
		b.tokens <- struct{}{}
	}
}

// end waits until everything was taken.
func (b *burst) end() {
	close(b.tokens)
	b.done.Wait()
}

func (b *burst) person(h *stubHost, i int) {
	for n := range b.count() {
		var s sent
		activity := b.next(h, i+n, &s)
		for b.lab.t.Context().Err() == nil && !b.try(h, activity) {
			select {
			case <-b.lab.serving():
			case <-b.lab.t.Context().Done():
			}
		}
		b.mu.Lock()
		b.taken = append(b.taken, s)
		if s.thread {
			b.threads = append(b.threads, s.object)
		}
		b.mu.Unlock()
		b.lab.fuse.burn(acks, b.lab)
	}
}

// count yields 0, 1, 2 … as there are tokens.
func (b *burst) count() func(func(int) bool) {
	return func(yield func(int) bool) {
		n := 0
		for range b.tokens {
			if !yield(n) {
				return
			}
			n++
		}
	}
}

func (b *burst) try(h *stubHost, activity map[string]any) bool {
	switch status := h.send(activity); status {
	case http.StatusAccepted:
		return true
	case 0, http.StatusServiceUnavailable, http.StatusTooManyRequests:
	default:
		b.lab.t.Errorf("status %d for %v", status, activity["id"])
		return true
	}
	return false
}

// next writes threads, comments and likes in turn.
func (b *burst) next(h *stubHost, n int, s *sent) map[string]any {
	b.mu.Lock()
	threads := slices.Clone(b.threads)
	b.mu.Unlock()
	var a map[string]any
	switch {
	case len(threads) == 0 || n%3 == 0:
		a = h.Write(h.person, post(b.lab.group, fmt.Sprint("thread ", n), ""))
		s.thread = true
	case n%3 == 1:
		a = h.Write(h.person, post(b.lab.group, fmt.Sprint("comment ", n), threads[n%len(threads)]))
	default:
		a = h.Activity(h.person, "Like", threads[len(threads)-1])
	}
	s.id, s.kind, s.from = fmt.Sprint(a["id"]), fmt.Sprint(a["type"]), h
	if o, ok := a["object"].(map[string]any); ok {
		s.object = fmt.Sprint(o["id"])
	}
	return a
}

// account holds what was sent against what was stored and what arrived.
func (l *lab) account(b *burst) string {
	l.t.Helper()
	db := l.database()
	l.wantIntegrity(db)
	undecided := 0
	for _, s := range b.taken {
		var state, verdict, reason string
		err := db.QueryRow(`SELECT state, verdict, reason FROM inbox WHERE activity = $1`, s.id).Scan(&state, &verdict, &reason)
		if err != nil || state != "done" || verdict != "accepted" {
			undecided++
			l.t.Errorf("%s %s: %s, %s (%s), %v", s.kind, s.id, state, verdict, reason, err)
		}
	}
	log := l.log()
	var lost, twice, worst, disorder int
	for _, h := range l.hosts {
		lost += h.lost(b.taken)
		disorder += h.disorder(log)
		n, most := h.twice()
		twice += n
		worst = max(worst, most)
	}
	if worst*len(l.hosts) > mostTwice {
		l.t.Errorf("%d came to one host a second time after one start", worst)
	}
	return fmt.Sprintf("%d acknowledged, %d of them lost; %d deliveries lost, %d duplicated (of one host after one start at most %d), %d reordered; %s",
		len(b.taken), undecided, lost, twice, worst, disorder, l.resumed())
}

// lost counts what the host should have got and did not.
func (h *stubHost) lost(taken []sent) (lost int) {
	about := map[string]bool{}
	for _, a := range h.arrivals() {
		if a.Type == "Announce" {
			about[a.About] = true
		}
	}
	for _, s := range taken {
		want := s.id
		switch {
		case h.wraps && s.kind == "Like" && s.from == h: // it knows that already
			continue
		case !h.wraps && !s.thread:
			continue
		case !h.wraps:
			want = s.object
		}
		if !about[want] {
			lost++
			h.lab.t.Errorf("%s never came to %s", want, h.Origin)
		}
	}
	return lost
}

// mostTwice is how much may come to all hosts once more after one start: what was on its way to 256 hosts, and what was delivered
// since the last group commit.
const mostTwice = 256 + 512

// twice counts what came more than once, always under the same id, and the most of it after one start: that may send again what
// was on its way when the one before ended. None sends anything twice itself.
func (h *stubHost) twice() (all, worst int) {
	last, ofRun, names := map[string]int{}, map[int]int{}, map[string]string{}
	for _, a := range h.arrivals() {
		if name := a.Type + " " + a.About; names[name] == "" {
			names[name] = a.ID
		} else if names[name] != a.ID {
			h.lab.t.Errorf("%s came to %s as %s and as %s", name, h.Origin, names[name], a.ID)
		}
		before, again := last[a.ID]
		last[a.ID] = a.run
		if !again {
			continue
		}
		if all++; before == a.run {
			h.lab.t.Errorf("%s came to %s twice from one start", a.ID, h.Origin)
		}
		ofRun[a.run]++
		worst = max(worst, ofRun[a.run])
	}
	return all, worst
}

// place is the place of an activity in the log.
type placeInLog struct{ seq, thread, voter int64 }

func (l *lab) log() map[string]placeInLog {
	l.t.Helper()
	rows, err := l.database().QueryContext(context.Background(), `SELECT uri, seq, thread_id, voter FROM outbox`)
	must(l.t, err)
	defer rows.Close()
	log := map[string]placeInLog{}
	for rows.Next() {
		var uri string
		var p placeInLog
		must(l.t, rows.Scan(&uri, &p.seq, &p.thread, &p.voter))
		log[uri] = p
	}
	must(l.t, rows.Err())
	return log
}

// disorder counts what came after something later of the same thread. Votes may come in any order but for those of one person.
func (h *stubHost) disorder(log map[string]placeInLog) (n int) {
	seen, latest, voted := map[string]bool{}, map[int64]int64{}, map[placeInLog]int64{}
	for _, a := range h.arrivals() {
		p, logged := log[a.ID]
		if !logged || seen[a.ID] {
			continue
		}
		seen[a.ID] = true
		by, written := placeInLog{thread: p.thread, voter: p.voter}, placeInLog{thread: p.thread}
		if p.seq < voted[by] || p.seq < voted[written] || p.voter == 0 && p.seq < latest[p.thread] {
			n++
			h.lab.t.Errorf("%s came to %s after something later of its thread", a.ID, h.Origin)
		}
		voted[by] = max(voted[by], p.seq)
		latest[p.thread] = max(latest[p.thread], p.seq)
	}
	return n
}

// resumed says how long it took after a start until the program served, and until its first delivery.
func (l *lab) resumed() string {
	var ready, first []time.Duration
	for _, s := range l.starts[1:] {
		if s.ready > 0 {
			ready = append(ready, s.ready)
		}
		if s.first > 0 {
			first = append(first, s.first)
		}
	}
	middle := func(d []time.Duration) string {
		if len(d) == 0 {
			return "never"
		}
		slices.Sort(d)
		return fmt.Sprintf("%d ms (at most %d)", d[len(d)/2].Milliseconds(), d[len(d)-1].Milliseconds())
	}
	return fmt.Sprintf("%d starts: serves again after %s, first delivery after %s", len(l.starts), middle(ready), middle(first))
}

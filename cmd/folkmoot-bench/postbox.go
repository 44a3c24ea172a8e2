package main

import (
	"bytes"
	"net/http"
	"strings"
	"sync"
	"time"
)

// arrival is one activity that came to a host.
type arrival struct {
	Host   int
	At     int64 // Unix nanoseconds, when the first bytes were there
	Scheme string
	Kind   string // Accept, Announce or other
	Mark   string // that the driver put into the id of the post or activity
	Size   int    // of its body
	Taken  bool
}

// tally is what came to all hosts since the last reset.
type tally struct {
	Taken   int            // answered 202
	Kinds   map[string]int // of those
	Schemes map[string]int
	Slow    int   // taken by hosts that take a second or more for it: not among the others
	Refused int   // answered otherwise
	Early   int   // came although the host had asked to be left alone
	Fetched int   // documents of accounts
	First   int64 // Unix nanoseconds
	Last    int64 // of those taken
}

// maxArrivals is how many are held singly; more are only counted.
const maxArrivals = 500_000

// postbox notes what comes.
type postbox struct {
	mu       sync.Mutex
	tally    tally
	arrivals []arrival
	until    map[int]time.Time // when a host that refused may be asked again
}

func newPostbox() *postbox {
	p := &postbox{}
	p.reset()
	return p
}

func (p *postbox) reset() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.tally = tally{Kinds: map[string]int{}, Schemes: map[string]int{}}
	p.arrivals, p.until = nil, map[int]time.Time{}
}

func (p *postbox) fetched() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.tally.Fetched++
}

func (p *postbox) put(a arrival, m manner) {
	p.mu.Lock()
	defer p.mu.Unlock()
	at := time.Unix(0, a.At)
	if at.Before(p.until[a.Host]) {
		p.tally.Early++
	}
	if len(p.arrivals) < maxArrivals {
		p.arrivals = append(p.arrivals, a)
	}
	if !a.Taken {
		p.tally.Refused++
		if m.RetryAfter > 0 {
			p.until[a.Host] = at.Add(time.Duration(m.RetryAfter) * time.Second)
		}
		return
	}
	if m.Delay >= time.Second {
		p.tally.Slow++
		return
	}
	p.tally.Taken++
	p.tally.Kinds[a.Kind]++
	p.tally.Schemes[a.Scheme]++
	if p.tally.First == 0 {
		p.tally.First = a.At
	}
	p.tally.Last = max(p.tally.Last, a.At)
}

// marked returns the arrivals whose mark begins so.
func (p *postbox) marked(mark string) []arrival {
	p.mu.Lock()
	defer p.mu.Unlock()
	out := []arrival{}
	for _, a := range p.arrivals {
		if strings.HasPrefix(a.Mark, mark) {
			out = append(out, a)
		}
	}
	return out
}

// kindOf reads the outermost type as far as the driver needs to know it: a receiver that parsed would take time from the sender.
func kindOf(body []byte) string {
	switch {
	case bytes.Contains(body, []byte(`"type":"Accept"`)):
		return "Accept"
	case bytes.Contains(body, []byte(`"type":"Announce"`)):
		return "Announce"
	}
	return "other"
}

// markSign begins what the driver puts into ids to know things again.
const markSign = "/mark/"

func markOf(body []byte) string {
	_, rest, ok := bytes.Cut(body, []byte(markSign))
	end := bytes.IndexAny(rest, `"#/`)
	if !ok || end < 0 {
		return ""
	}
	return string(rest[:end])
}

// page is what the bare handler serves: the same bytes as the program, and nothing else done.
type page struct {
	mu   sync.Mutex
	body []byte
	head http.Header
}

func (p *page) set(body []byte, head http.Header) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.body, p.head = body, head
}

func (p *page) get() ([]byte, http.Header) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.body, p.head
}

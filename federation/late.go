package federation

import (
	"context"
	"runtime"
	"sync/atomic"
	"time"

	"folkmoot/store"
)

const (
	lateAfter = 30 * time.Second // what waits for longer was missed, and is not news any more

	// A place in the late lane is held for a moment from when something begins, so that all of it takes a part of the processors' time
	// only: a third, or less where the other side is another machine.
	lateHold  = 3 * time.Millisecond
	lateRSA   = 2 * lateHold // one signature takes a millisecond
	lateGreet = 5 * lateHold // a connection, what the host runs, reading what it missed

	calmAfter    = 5 * time.Millisecond  // since something fresh was seen
	latePatience = 10 * time.Millisecond // for which that keeps the next one of the late lane waiting at most
	lateLook     = time.Millisecond
)

// news is when something fresh was last on its way: an activity at the inbox, one that is being decided, a delivery of one.
type news struct{ at atomic.Int64 }

func (n *news) seen() { n.at.Store(time.Now().UnixNano()) }

func (n *news) age() time.Duration { return time.Since(time.Unix(0, n.at.Load())) }

// lateLane is what hosts take that were away, or are far behind for another reason. A hundred that come back at once, each with a log of
// days, would take the processors from what is new for everybody else. So they begin one after the other, a few at once, and not while
// something fresh is on its way; but where that never ends they wait for it no more than a little each.
type lateLane struct {
	places chan struct{}
	news   *news
}

func newLateLane(n *news) *lateLane {
	return &lateLane{places: make(chan struct{}, runtime.GOMAXPROCS(0)), news: n}
}

// wait waits until it is the caller's turn or ctx ends. The next one's is not before hold is over.
func (l *lateLane) wait(ctx context.Context, hold time.Duration) {
	select {
	case l.places <- struct{}{}:
	case <-ctx.Done():
		return
	}
	for until := time.Now().Add(latePatience); l.news.age() < calmAfter && time.Now().Before(until) && ctx.Err() == nil; {
		pause(ctx, lateLook)
	}
	time.AfterFunc(hold, func() { <-l.places })
}

// holdFor is how long a delivery to a host keeps its place in the late lane.
func holdFor(h store.Host) time.Duration {
	if h.Scheme == schemeEdwards {
		return lateHold
	}
	return lateRSA
}

package federation

import (
	"context"
	"runtime"
	"sync"
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

	lateEase = 15 * time.Second // of going on without a rest, after which both times are halved
	lateRest = time.Second
)

// news is when something fresh was last on its way: an activity at the inbox, one that is being decided, a delivery of one.
type news struct{ at atomic.Int64 }

func (n *news) seen() { n.at.Store(time.Now().UnixNano()) }

func (n *news) age() time.Duration { return time.Since(time.Unix(0, n.at.Load())) }

// lateLane is what hosts take that were away, or are far behind for another reason. A hundred that come back at once, each with a log of
// days, would take the processors from what is new for everybody else. So they begin one after the other, a few at once, and not while
// something fresh is on its way; but where that never ends they wait for it no more than a little each. The longer the lane is never
// empty, the wider it grows: else a server that once fell behind with everything, and has more to do than a narrow lane lets through,
// would stay behind.
type lateLane struct {
	places chan struct{}
	news   *news

	mu          sync.Mutex
	began, last time.Time // since when it was never empty for long, and when it was last taken
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
	halved := l.taken(time.Now())
	for until := time.Now().Add(latePatience >> halved); l.news.age() < calmAfter && time.Now().Before(until) && ctx.Err() == nil; {
		pause(ctx, min(lateLook, latePatience>>halved))
	}
	time.AfterFunc(hold>>halved, func() { <-l.places })
}

// taken notes that a place is taken, and says how often the times are to be halved.
func (l *lateLane) taken(now time.Time) int {
	const most = 6 // to some thousands a second
	l.mu.Lock()
	defer l.mu.Unlock()
	if now.Sub(l.last) > lateRest {
		l.began = now
	}
	l.last = now
	return int(min(now.Sub(l.began)/lateEase, most))
}

// holdFor is how long a delivery to a host keeps its place in the late lane.
func holdFor(h store.Host) time.Duration {
	if h.Scheme == schemeEdwards {
		return lateHold
	}
	return lateRSA
}

package federation

import (
	"context"
	"runtime"
	"sync"
	"time"
)

const (
	awayAfter  = 2 * healthEvery // a host that took nothing for longer was away, or nothing was sent to it
	catchUpPer = 300             // deliveries a second for each processor at the most, to all that catch up together
	leastShare = 16              // and a sixteenth of it at the least
	wokenLate  = time.Millisecond
	comingBack = 8 // turns that a host takes which is tried again: a connection, what it runs, what it missed
)

// pace holds back what hosts missed while they were away. A hundred that come back at once, each with a log of days, would take the
// processor from what is new for everybody else. Whoever wakes up late for its turn finds the processors busy: then the turns go further
// apart, until that is seldom.
type pace struct {
	mu    sync.Mutex
	least time.Duration // between two deliveries
	every time.Duration // between two deliveries now
	next  time.Time
}

func newPace() *pace {
	least := time.Second / time.Duration(catchUpPer*runtime.GOMAXPROCS(0))
	return &pace{least: least, every: least}
}

// wait waits for the next turn, or until ctx ends, and takes so many.
func (p *pace) wait(ctx context.Context, turns int) {
	p.mu.Lock()
	now := time.Now()
	if p.next.Before(now) {
		p.next = now
	}
	turn := p.next
	p.next = turn.Add(time.Duration(turns) * p.every)
	p.mu.Unlock()
	pause(ctx, turn.Sub(now))
	if ctx.Err() == nil {
		p.woken(time.Since(turn))
	}
}

// woken takes note of how late somebody came for its turn.
func (p *pace) woken(late time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if late > wokenLate {
		p.every = min(p.every+p.every/8, leastShare*p.least)
	} else {
		p.every = max(p.every-p.every/64, p.least)
	}
}

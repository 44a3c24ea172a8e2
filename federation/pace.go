package federation

import (
	"context"
	"runtime"
	"sync"
	"time"
)

const (
	awayAfter  = 2 * healthEvery // a host that took nothing for longer was away, or nothing was sent to it
	catchUpPer = 600             // deliveries a second for each processor, to all that catch up together
)

// pace holds back what hosts missed while they were away. A hundred that come back at once, each with a log of days, would take the
// processor from what is new for everybody else.
type pace struct {
	mu    sync.Mutex
	every time.Duration // between two deliveries
	next  time.Time
}

func newPace() *pace {
	return &pace{every: time.Second / time.Duration(catchUpPer*runtime.GOMAXPROCS(0))}
}

// wait waits for the next turn, or until ctx ends.
func (p *pace) wait(ctx context.Context) {
	p.mu.Lock()
	now := time.Now()
	if p.next.Before(now) {
		p.next = now
	}
	turn := p.next
	p.next = turn.Add(p.every)
	p.mu.Unlock()
	pause(ctx, turn.Sub(now))
}

package federation

import "sync"

// A host has a lane for as long as it is delivered to: the fast one, until it takes long or if it is known to fail the slow
// one. So hosts that hang take no places from those that answer.

// place is a place in a lane.
type place struct {
	mu   sync.Mutex
	lane chan struct{}
}

// enter takes a place in a lane that has one.
func enter(lane chan struct{}) (*place, bool) {
	select {
	case lane <- struct{}{}:
		return &place{lane: lane}, true
	default:
		return nil, false
	}
}

// move changes the lane, if the other one has a place, and says whether it did.
func (p *place) move(to chan struct{}) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.lane == nil || p.lane == to {
		return false
	}
	select {
	case to <- struct{}{}:
		<-p.lane
		p.lane = to
		return true
	default:
		return false
	}
}

func (p *place) leave() {
	p.mu.Lock()
	defer p.mu.Unlock()
	<-p.lane
	p.lane = nil
}

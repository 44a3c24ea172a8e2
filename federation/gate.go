package federation

import (
	"errors"
	"sync"
)

// ErrBusy says that too many wait for the same already; the sender should try again later.
var ErrBusy = errors.New("too many requests wait for the same at the moment")

// gate lets a bounded number in at once, and of one name no more than a part of them.
type gate struct {
	mu          sync.Mutex
	all, ofName int
	inside      map[string]int
	count       int
}

func newGate(all, ofName int) *gate {
	return &gate{all: all, ofName: ofName, inside: map[string]int{}}
}

// enter says whether there is room. Whoever was let in leaves.
func (g *gate) enter(name string) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.count >= g.all || g.inside[name] >= g.ofName {
		return false
	}
	g.count++
	g.inside[name]++
	return true
}

func (g *gate) leave(name string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.count--
	if g.inside[name]--; g.inside[name] == 0 {
		delete(g.inside, name)
	}
}

//go:build interop

package interop

import (
	"fmt"
	"slices"
	"testing"
)

// A server is down while another one's people post. When it comes back and says anything, it gets what it missed: all of it,
// each once, although Folkmoot had backed off and was itself restarted in between.
func TestDownAndBack(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	down, up := l.addPeer("hollo"), l.addPeer("hollo")
	l.found(down.handle("ann"))
	down.follow("bob")
	up.follow("ann")
	before := up.post("ann", "before", "")
	down.awaits("a boost", isBoost(before))

	down.kill()
	missed := []string{up.post("ann", "missed 1", "")}
	l.eventually("a back-off", func() bool { return l.failures(down) > 0 })
	for i := range 4 {
		missed = append(missed, up.post("ann", fmt.Sprint("missed ", i+2), ""))
		if i == 1 {
			l.eventually("quiet", func() bool { return l.backlog(up) == 0 }) // what is on its way when it stops is sent again
			l.stop()
			l.start()
		}
	}
	for _, post := range missed {
		up.awaits("a boost", isBoost(post)) // who is up does not wait for who is down
	}

	down.start()
	down.do("like", object{"as": "bob", "post": before, "group": l.group})
	l.eventually("what was missed", func() bool { return len(down.boosted()) >= len(missed) })
	after := up.post("ann", "after", "")
	down.awaits("the next boost", isBoost(after))
	// Threads are independent of each other: while a server answers slowly several are on their way to it.
	if got, want := slices.Sorted(slices.Values(down.boosted())), append(missed, after); !slices.Equal(got, want) {
		t.Errorf("it was told of %q, want %q", got, want)
	}
	everythingWasTaken(down)
	everythingWasTaken(up)
	if n := l.failures(down); n != 0 {
		t.Errorf("it still counts as failing: %d", n)
	}
}

func (l *lab) failures(p *peer) int {
	l.t.Helper()
	h, err := l.store.Host(l.t.Context(), p.host())
	l.must(err)
	return h.Failures
}

func (l *lab) backlog(p *peer) int {
	l.t.Helper()
	h, err := l.store.Host(l.t.Context(), p.host())
	l.must(err)
	waiting, _, err := l.store.Backlog(l.t.Context(), h.ID, h.Dialect, 0, 100)
	l.must(err)
	return len(waiting)
}

// boosted lists the posts that boosts told of, in the order in which Fedify took them since it started.
func (p *peer) boosted() []string {
	p.t.Helper()
	var out []string
	for _, a := range p.those(func(a activity) bool { return a.Type == "Announce" }) {
		out = append(out, a.Object)
	}
	return out
}

package federation

import (
	"context"
	"testing"
	"testing/synctest"
	"time"
)

// What hosts missed is sent in turns; what comes after a rest does not get the turns that nobody took.
func TestPace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPace()
		turn := func() time.Duration {
			began := time.Now()
			p.wait(t.Context(), 1)
			return time.Since(began)
		}
		if got := turn(); got != 0 {
			t.Errorf("the first waits %s", got)
		}
		for range 3 {
			if got := turn(); got != p.every {
				t.Errorf("the next waits %s, not %s", got, p.every)
			}
		}
		time.Sleep(time.Minute)
		if first, second := turn(), turn(); first != 0 || second != p.every {
			t.Errorf("after a rest they wait %s and %s", first, second)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		for range 1000 {
			p.wait(ctx, 1) // takes its turn, which somebody else could have had, and does not wait for it
		}
	})
}

// Where turns come late the next ones are further apart, within bounds, and where they do not they come closer again.
func TestPaceLeavesRoom(t *testing.T) {
	p := newPace()
	for range 1000 {
		p.woken(time.Second)
	}
	if p.every != leastShare*p.least {
		t.Errorf("%s between two on a busy machine, want %s", p.every, leastShare*p.least)
	}
	for range 1000 {
		p.woken(0)
	}
	if p.every != p.least {
		t.Errorf("%s between two on an idle machine, want %s", p.every, p.least)
	}
}

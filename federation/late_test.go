package federation

import (
	"context"
	"testing"
	"testing/synctest"
	"time"
)

// turn takes a turn and says how long that took.
func turn(ctx context.Context, l *lateLane) time.Duration {
	began := time.Now()
	l.wait(ctx, lateHold)
	return time.Since(began)
}

// What hosts missed goes a few at a time; what comes after a rest does not get the turns that nobody took.
func TestLateLane(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLateLane(&news{})
		time.Sleep(time.Minute)
		for range 2 {
			for i := range 3 * cap(l.places) {
				want := time.Duration(0)
				if i > 0 && i%cap(l.places) == 0 {
					want = lateHold
				}
				if got := turn(t.Context(), l); got != want {
					t.Errorf("turn %d comes after %s, want %s", i, got, want)
				}
			}
			time.Sleep(time.Minute)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		for range 1000 {
			if got := turn(ctx, l); got > 0 {
				t.Fatalf("%s waited though all ends", got)
			}
		}
		time.Sleep(time.Minute)
	})
}

// It waits while something fresh is on its way, but not for ever.
func TestLateLaneGivesWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := &news{}
		l := newLateLane(n)
		time.Sleep(time.Minute)
		n.seen()
		if got := turn(t.Context(), l); got < calmAfter || got > calmAfter+lateLook {
			t.Errorf("after something fresh it waits %s", got)
		}
		go func() {
			for range 100 {
				n.seen()
				time.Sleep(time.Millisecond)
			}
		}()
		time.Sleep(time.Microsecond)
		if got := turn(t.Context(), l); got < latePatience || got > latePatience+lateLook {
			t.Errorf("while something fresh is always on its way it waits %s", got)
		}
		time.Sleep(time.Minute)
	})
}

// A lane that is never empty grows, so that whoever has fallen behind with everything comes out of it; after a rest it is narrow again.
func TestLateLaneGrows(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLateLane(&news{})
		turns := func(length time.Duration) (n int) {
			for began := time.Now(); time.Since(began) < length; n++ {
				l.wait(t.Context(), lateHold)
			}
			return n
		}
		time.Sleep(time.Minute)
		first := turns(time.Second)
		turns(2 * time.Minute)
		if later := turns(time.Second); later < 30*first {
			t.Errorf("%d turns in the first second, %d after two minutes", first, later)
		}
		time.Sleep(2 * lateRest)
		if again := turns(time.Second); again > first+cap(l.places) {
			t.Errorf("%d turns in the first second, %d after a rest", first, again)
		}
		time.Sleep(time.Minute)
	})
}

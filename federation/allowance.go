package federation

import (
	"context"
	"sync"
	"time"
)

const (
	maxWaiting = 10_000      // of one host, undecided
	ownPart    = 4           // a person may have that part of what the host may
	siteParts  = 2           // so many times as much all hosts of one site may have
	bulk       = 16 << 10    // bytes that count as one activity more
	recount    = time.Second // at the soonest
)

// allowances say whether a person, a host or a site may have more wait to be decided. Each has so much left; the store is asked how much
// waits only when that is used up, and then not more than once a second. So a flood costs its own senders, and hardly anything else.
type allowances struct {
	bound int
	now   func() time.Time

	mu    sync.Mutex
	known map[string]*allowance
}

type allowance struct {
	mu      sync.Mutex
	left    int
	counted time.Time
}

func newAllowances(bound int, now func() time.Time) *allowances {
	return &allowances{bound: max(bound, 1), now: now, known: map[string]*allowance{}}
}

// of finds somebody's allowance. Who is not known has left so much until it is counted. When there are too many, all are forgotten:
// that costs a count each.
func (a *allowances) of(name string, left int) *allowance {
	a.mu.Lock()
	defer a.mu.Unlock()
	l := a.known[name]
	if l == nil {
		if len(a.known) >= maxRemembered {
			clear(a.known)
		}
		l = &allowance{left: left}
		a.known[name] = l
	}
	return l
}

// take uses up weight of an allowance. count says how much waits, at most the bound.
func (a *allowances) take(l *allowance, weight int, count func(limit int) (int, error)) (ok bool, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if age := a.now().Sub(l.counted); l.left <= 0 && (age >= recount || age < 0) { // the clock may have been put back
		waiting, err := count(a.bound)
		if err != nil {
			return false, err
		}
		l.left, l.counted = a.bound-waiting, a.now()
	}
	if l.left <= 0 {
		return false, nil
	}
	l.left -= weight
	return true, nil
}

// mayWait says whether an activity of so many bytes by signer may wait to be decided. What may not is asked for again: nothing
// that was taken is lost.
func (s *Server) mayWait(ctx context.Context, signer string, size int) (bool, error) {
	weight := 1 + size/bulk
	// A restart forgets what a person has left, and does not count anew: it would be done for each of a thousand accounts of one host.
	own := s.ofPerson.of(signer, s.ofPerson.bound)
	ok, err := s.ofPerson.take(own, weight, func(limit int) (int, error) { return s.store.UndecidedBy(ctx, signer, bulk, limit) })
	if err != nil || !ok {
		return false, err
	}
	host, _ := hostOf(signer)
	ok, err = s.ofHost.take(s.ofHost.of(host, 0), weight, func(limit int) (int, error) { return s.store.Undecided(ctx, signer, bulk, limit) })
	if err != nil || !ok {
		return false, err
	}
	site := siteOf(host)
	ofSite := func(host string) bool { return siteOf(host) == site }
	return s.ofSite.take(s.ofSite.of(site, s.ofHost.bound), weight, func(limit int) (int, error) { return s.store.UndecidedAmong(ctx, ofSite, bulk, limit) })
}

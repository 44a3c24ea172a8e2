package web

import (
	"net/netip"
	"sync"
	"time"
)

// allowance lets everybody do something a few times within a while. It remembers only so many; while it remembers no more, strangers
// share one allowance.
type allowance struct {
	times int
	every time.Duration
	now   func() time.Time

	mu    sync.Mutex
	begun time.Time
	used  map[string]int
}

// maxRemembered is how many the allowances of one while are counted for.
const maxRemembered = 50_000

func newAllowance(times int, every time.Duration, now func() time.Time) *allowance {
	return &allowance{times: times, every: every, now: now, used: map[string]int{}}
}

// take uses one time up, if there is one left.
func (a *allowance) take(key string) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if now := a.now(); now.Sub(a.begun) >= a.every || now.Before(a.begun) {
		a.begun, a.used = now, map[string]int{}
	}
	if _, known := a.used[key]; !known && len(a.used) >= maxRemembered {
		key = ""
	}
	a.used[key]++
	return a.used[key] <= a.times
}

// networkOf is the part of an address that one customer of a provider has: whoever has one address has the others there too.
func networkOf(address string) string {
	ip, err := netip.ParseAddr(address)
	if err != nil {
		return address
	}
	bits := 48
	if ip = ip.Unmap(); ip.Is4() {
		bits = 24
	}
	p, err := ip.WithZone("").Prefix(bits)
	if err != nil {
		return address
	}
	return p.String()
}

package main

import (
	"context"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// manner is how some hosts answer, those with a number from From up to To.
type manner struct {
	From, To   int
	Delay      time.Duration // before the answer
	Status     int           // 0 for 202
	RetryAfter int           // seconds
}

// answer waits as the manner says and returns the status.
func (m manner) answer(ctx context.Context, h http.Header) int {
	if m.Delay > 0 {
		timer := time.NewTimer(m.Delay)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-ctx.Done():
			return http.StatusServiceUnavailable
		}
	}
	if m.RetryAfter > 0 {
		h.Set("Retry-After", strconv.Itoa(m.RetryAfter))
	}
	if m.Status == 0 {
		return http.StatusAccepted
	}
	return m.Status
}

// manners are those of all hosts; who is in none is quick and takes everything.
type manners struct {
	mu  sync.Mutex
	all []manner
}

func (m *manners) set(all []manner) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.all = all
}

func (m *manners) of(n int) manner {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, one := range m.all {
		if n >= one.From && n < one.To {
			return one
		}
	}
	return manner{}
}

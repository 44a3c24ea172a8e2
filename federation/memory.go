package federation

import (
	"sync"
	"time"
)

// maxRemembered bounds what is only remembered in memory, against peers that make up new names without end.
const maxRemembered = 10_000

// failureCache remembers for a while what could not be fetched, so that a flood of requests that name it costs one fetch.
type failureCache struct {
	mu    sync.Mutex
	now   func() time.Time
	until map[string]failure
}

type failure struct {
	until time.Time
	err   error
}

func newFailureCache(now func() time.Time) *failureCache {
	return &failureCache{now: now, until: map[string]failure{}}
}

// get returns the failure remembered for key, nil if there is none or its time is over.
func (c *failureCache) get(key string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	f, ok := c.until[key]
	if !ok {
		return nil
	}
	if !f.until.After(c.now()) {
		delete(c.until, key)
		return nil
	}
	return f.err
}

func (c *failureCache) put(key string, err error, d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.until) >= maxRemembered {
		c.until = map[string]failure{} // forgetting costs a fetch each, keeping without end costs memory
	}
	c.until[key] = failure{until: c.now().Add(d), err: err}
}

func (c *failureCache) forget(key string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.until, key)
}

// seenSet remembers signatures within the window in which they are valid, so that a recorded request cannot be replayed.
type seenSet struct {
	mu       sync.Mutex
	now      func() time.Time
	old, new map[string]struct{}
	turned   time.Time
}

// replayWindow is longer than any signature stays valid: an hour either way.
const replayWindow = 2 * time.Hour

func newSeenSet(now func() time.Time) *seenSet {
	return &seenSet{now: now, new: map[string]struct{}{}, turned: now()}
}

// add says whether key is new. Keys are kept for one to two windows.
func (s *seenSet) add(key string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if at := s.now(); at.Sub(s.turned) >= replayWindow || len(s.new) >= 10*maxRemembered {
		s.old, s.new, s.turned = s.new, map[string]struct{}{}, at
	}
	_, seen := s.new[key]
	if _, before := s.old[key]; before {
		seen = true
	}
	s.new[key] = struct{}{}
	return !seen
}

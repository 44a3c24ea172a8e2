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
	from, until time.Time
	err         error
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
	if now := c.now(); !f.until.After(now) || f.from.After(now) { // the clock may have been put back
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
	c.until[key] = failure{from: c.now(), until: c.now().Add(d), err: err}
}

func (c *failureCache) forget(key string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.until, key)
}

package store

import (
	"cmp"
	"maps"
	"sync"
)

// maxMemo bounds what is remembered of one kind. When there is more, all is forgotten, which costs a read each.
const maxMemo = 4096

// maxActors and maxGroups are the same for people and for groups, which are larger.
const (
	maxActors = 1024
	maxGroups = 256
)

// memo remembers rows that each arriving activity needs and that seldom change: the key that signed it, the host it comes from.
// Whoever changes such a row forgets it once that is committed.
type memo[T any] struct {
	most  int // rows, 0 for maxMemo
	mu    sync.RWMutex
	age   uint64 // how often something was forgotten
	known map[string]T
}

// get returns what is remembered, or the age to give to put with what was read instead.
func (m *memo[T]) get(name string) (v T, age uint64, ok bool) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	v, ok = m.known[name]
	return v, m.age, ok
}

// put remembers what was read, unless something was changed since: then it may be older than that.
func (m *memo[T]) put(name string, v T, age uint64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.age != age {
		return
	}
	m.known = keep(m.known, cmp.Or(m.most, maxMemo), name, v)
}

// forgetAll forgets everything.
func (m *memo[T]) forgetAll() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.age++
	m.known = nil
}

// forget forgets what was changed.
func (m *memo[T]) forget(changed func(name string, v T) bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.age++
	maps.DeleteFunc(m.known, changed)
}

// forgetChanged forgets what readers remember of rows that a transaction may have changed, once it is committed: one host, but all people,
// all groups or all inboxes of followers, because few transactions change any.
func (s *Store) forgetChanged(c changes) {
	if c.all || len(c.hosts) > 0 {
		s.hosts.forget(func(_ string, h Host) bool { return c.all || c.hosts[h.ID] })
	}
	if c.actors {
		s.actors.forgetAll()
	}
	if c.actors || c.followers {
		s.sections.forgetAll()
	}
	if c.groupRows {
		s.groups.forgetAll()
	}
	s.revisions.count(c.revised) // last: who looks again must see it
}

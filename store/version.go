package store

import (
	"context"
	"sync"
)

// Version says when what can be read of a group was last changed, or of the whole server. Two that are equal mean that nothing was.
type Version struct{ all, group uint64 }

// versions counts changes. Every write counts as a change of everything, unless it says better.
type versions struct {
	mu         sync.RWMutex
	all, total uint64
	groups     map[string]uint64 // by name, so that it grows no larger than the number of groups
}

// Version returns the version of what can be read of a group; of the server for "".
func (s *Store) Version(group string) Version {
	v := &s.versions
	v.mu.RLock()
	defer v.mu.RUnlock()
	if group == "" {
		return Version{v.all, v.total}
	}
	return Version{v.all, v.groups[group]}
}

func (v *versions) ofAll() uint64 {
	v.mu.RLock()
	defer v.mu.RUnlock()
	return v.all
}

// changes is what the running transaction changes of what can be read.
type changes struct {
	all    bool
	groups map[string]bool
	hosts  map[int64]bool // what is known of them
}

// touch notes that a transaction changes one group.
func (t *txn) touch(group string) {
	if t.changes.groups == nil {
		t.changes.groups = map[string]bool{}
	}
	t.changes.groups[group] = true
}

// touchAll notes that a transaction may change anything.
func (t *txn) touchAll() { t.changes.all = true }

// count counts what a transaction has changed, once it is committed and before anybody is told.
func (v *versions) count(c changes) {
	if !c.all && len(c.groups) == 0 {
		return
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	v.total++
	if c.all {
		v.all++
	}
	for name := range c.groups {
		if v.groups == nil {
			v.groups = map[string]uint64{}
		}
		v.groups[name]++
	}
}

// updateQuietly is update for what changes nothing that can be read, or says itself what it touches.
func (s *Store) updateQuietly(ctx context.Context, fn func(ctx context.Context, tx *txn) error) error {
	return s.enqueue(s.jobs, job{ctx: ctx, fn: fn, done: make(chan error, 1)})
}

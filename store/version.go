package store

import (
	"context"
	"sync"
)

// Version says when what can be read of a group was last changed, or of the whole server. Two that are equal mean that nothing was.
type Version struct{ all, group, votes uint64 }

// Covers says whether what was read at this version is as new as what another one stands for.
func (v Version) Covers(w Version) bool {
	return v.all >= w.all && v.group >= w.group && v.votes >= w.votes
}

// Votes says whose likes, dislikes and boosts count as a change of what is read: those of the thread with that number, or one of the
// constants. They are most of what comes in, and most of what is read shows none.
type Votes int64

// Votes of no thread and of all threads of a group.
const (
	NoVotes  Votes = -1
	AllVotes Votes = 0
)

// voteCounts is how many counts of votes there are for all threads together. Two that share one are made anew a little too often.
const voteCounts = 1 << 12

// versions counts changes. Every write counts as a change of everything, unless it says better.
type versions struct {
	mu         sync.RWMutex
	all, total uint64
	groups     map[string]uint64 // by name, so that it grows no larger than the number of groups
	voted      map[string]uint64 // the same, of votes alone
	threads    [voteCounts]uint64
}

// Version returns the version of what can be read of a group, with the votes that it shows; of the server for "".
func (s *Store) Version(group string, votes Votes) Version {
	v := &s.versions
	v.mu.RLock()
	defer v.mu.RUnlock()
	if group == "" {
		return Version{all: v.all, group: v.total}
	}
	at := Version{all: v.all, group: v.groups[group]}
	switch votes {
	case NoVotes:
	case AllVotes:
		at.votes = v.voted[group]
	default:
		at.votes = v.threads[votes%voteCounts]
	}
	return at
}

func (v *versions) ofAll() uint64 {
	v.mu.RLock()
	defer v.mu.RUnlock()
	return v.all
}

// changes is what the running transaction changes of what can be read.
type changes struct {
	all     bool
	groups  map[string]bool
	votes   map[votedThread]bool
	hosts   map[int64]bool // what is known of them
	logs    map[int64]bool // that something is written to, by group
	revised map[int64]bool // hosts for which something that waits is other than it was
	actors  bool

	followers bool // of any group
	groupRows bool // groups themselves: their settings, keys, names
}

type votedThread struct {
	group  string
	thread int64
}

// touch notes that a transaction changes one group.
func (t *txn) touch(group string) {
	include(&t.changes.groups, group)
}

// include adds to a set, which may still be nil.
func include[K comparable](set *map[K]bool, key K) {
	if *set == nil {
		*set = map[K]bool{}
	}
	(*set)[key] = true
}

// touchVotes notes that a transaction changes votes in a thread of a group and nothing else that can be read.
func (t *txn) touchVotes(group string, thread int64) {
	include(&t.changes.votes, votedThread{group, thread})
}

// touchAll notes that a transaction may change anything.
func (t *txn) touchAll() { t.changes.all = true }

// count counts what a transaction has changed, once it is committed and before anybody is told.
func (v *versions) count(c changes) {
	if !c.all && len(c.groups) == 0 && len(c.votes) == 0 {
		return
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	v.total++
	if c.all {
		v.all++
	}
	if v.groups == nil {
		v.groups, v.voted = map[string]uint64{}, map[string]uint64{}
	}
	for name := range c.groups {
		v.groups[name]++
	}
	for in := range c.votes {
		v.voted[in.group]++
		v.threads[in.thread%voteCounts]++
	}
}

// updateQuietly is update for what changes nothing that can be read, or says itself what it touches.
func (s *Store) updateQuietly(ctx context.Context, fn func(ctx context.Context, tx *txn) error) error {
	return s.enqueue(s.jobs, job{ctx: ctx, fn: fn, done: make(chan error, 1)})
}

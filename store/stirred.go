package store

import (
	"context"
	"fmt"
	"iter"
	"maps"
	"slices"
	"sync"
	"time"
)

// stirred are the logs in which a host that takes what is sent may be behind: those that something was written to, until nobody is found
// behind there any more. To read these alone spares an index by what every cursor stands at, which would change with each delivery. The
// store has one writer, so that it knows them by itself; what a server before this one left undone is looked for when it starts.
type stirred struct {
	mu      sync.Mutex
	age     uint64
	groups  map[int64]uint64 // and at what age something was written there last
	writing map[int64]bool   // written to by a transaction that may be read before it is known here that it is committed
	all     time.Time        // when every log was last among them, zero for never
}

// stirAgain is how often every log is looked at, should one be missing for a reason that nobody has thought of.
const stirAgain = time.Hour

// begin is called before what was written to some logs is committed.
func (s *stirred) begin(groups map[int64]bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.writing = groups
}

// end is called after that, committed or not: a look that began before may not have seen it.
func (s *stirred) end() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.writing) == 0 {
		return
	}
	s.add(maps.Keys(s.writing))
	s.writing = nil
}

// add is for whoever holds mu.
func (s *stirred) add(groups iter.Seq[int64]) {
	s.age++
	for id := range groups {
		s.groups[id] = s.age
	}
}

// wantsAll says whether every log is to be looked at.
func (s *stirred) wantsAll(now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.all.IsZero() || now.Sub(s.all) >= stirAgain || now.Before(s.all)
}

// addAll makes these the logs that there are.
func (s *stirred) addAll(groups []int64, now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.all = now
	s.add(slices.Values(groups))
}

func (s *stirred) now() uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.age
}

// list returns what is to be looked at, for whatever can be read by now.
func (s *stirred) list() []int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	ids := slices.AppendSeq(slices.Collect(maps.Keys(s.groups)), maps.Keys(s.writing))
	slices.Sort(ids)
	return slices.Compact(ids)
}

// settle drops those of the logs in which nobody was found behind, unless something was written there since the look began.
func (s *stirred) settle(l logsToLookAt, behind map[int64]bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, id := range l.groups {
		if s.groups[id] <= l.age && !behind[id] {
			delete(s.groups, id)
		}
	}
}

// logsToLookAt are logs outside of which nobody that takes what is sent is behind in anything that was written up to a place.
type logsToLookAt struct {
	age    uint64 // when the look began
	upTo   int64
	groups []int64
}

// stirredLogs lists the logs to look at. The order of its steps matters: what can be read up to upTo was written to logs that are listed
// after that, and what is written from now on is newer than age.
func (s *Store) stirredLogs(ctx context.Context, now time.Time) (l logsToLookAt, err error) {
	if s.stirred.wantsAll(now) {
		all, err := column[int64](s.read.QueryContext(ctx, `SELECT id FROM groups`))
		if err != nil {
			return l, fmt.Errorf("list logs: %w", err)
		}
		s.stirred.addAll(all, now)
	}
	l.age = s.stirred.now()
	if l.upTo, err = s.endOfLogs(ctx); err != nil {
		return l, err
	}
	l.groups = s.stirred.list()
	return l, nil
}

// settleLogs drops the logs in which nobody is behind: neither those that were found nor any of those that were not to be told of.
func (s *Store) settleLogs(ctx context.Context, l logsToLookAt, found []Due, except []int64) error {
	behind := map[int64]bool{}
	for _, h := range found {
		for _, p := range h.Behind {
			behind[p.Group] = behind[p.Group] || h.Failures == 0
		}
	}
	if len(except) > 0 {
		theirs, err := column[int64](s.read.QueryContext(ctx, logsOfHosts, listed(except)))
		if err != nil {
			return fmt.Errorf("find the logs of some hosts: %w", err)
		}
		for _, id := range theirs {
			behind[id] = true
		}
	}
	s.stirred.settle(l, behind)
	return nil
}

// touchLog notes that a transaction writes to a group's log.
func (t *txn) touchLog(group int64) {
	include(&t.changes.logs, group)
}

const (
	logsOfHosts   = `SELECT DISTINCT c.group_id FROM json_each($1) AS e CROSS JOIN cursors c WHERE c.host_id = e.value`
	logsOfFailing = `SELECT c.group_id FROM hosts h CROSS JOIN cursors c WHERE h.id = $1 AND h.failures > 0 AND c.host_id = h.id`
)

// stirLogsOf comes before a host that fails is noted as well: until now, what it is behind in was found by that.
func stirLogsOf(ctx context.Context, tx *txn, host int64) error {
	logs, err := tx.groupNumbers(ctx, logsOfFailing, host)
	for _, id := range logs {
		tx.touchLog(id)
	}
	return wrap(err, "see what a host is behind in")
}

package store

import (
	"context"
	"database/sql"
	"fmt"
	"sync"
	"time"
)

const (
	stretchOfLog = `SELECT o.group_id, o.seq, 0, o.uri, o.form, o.body, o.prove, o.thread_id, o.post_id <> 0 AND o.thread_id <> o.post_id, o.source,
		o.cancelled, o.cancels, 0, o.voter, o.created, '' FROM outbox o WHERE o.group_id = $1 AND o.seq > $2 AND o.seq <= $3 AND o.form IN ($4, $5, $6)
		ORDER BY o.seq LIMIT $7`

	inboxesAmong = `SELECT DISTINCT c.host_id, CASE a.shared_inbox WHEN '' THEN a.inbox ELSE a.shared_inbox END
		FROM cursors c CROSS JOIN memberships m CROSS JOIN actors a
		WHERE c.group_id = $1 AND c.host_id BETWEEN $2 AND $3 AND m.host_id = c.host_id AND m.group_id = c.group_id AND m.follows <> 0
			AND a.id = m.actor_id AND a.inbox <> '' AND a.gone = 0`
)

const (
	manyHosts     = 16          // at one place: what they are to get is kept for a moment
	maxStretches  = 32          // kept at once
	stretchMaxAge = time.Minute // the group may change
	sectionSize   = 256         // hosts whose inboxes are read at once: what is for the first ones leaves while the next are read
	maxSections   = 128         // kept at once, of some 40 KiB
)

// place is where hosts stand in a log, and where it ended then. What lies between never changes: what takes something back is at
// the end.
type place struct {
	group, seq, head int64
	dialect          Dialect
}

func (p Position) place() place { return place{p.Group, p.Seq, p.Head, p.Dialect} }

// formsOf lists what a host reads that speaks a dialect, as isRead does.
func formsOf(d Dialect) [3]Form {
	switch d {
	case Microblog:
		return [3]Form{FormAll, FormBoost, FormBoost}
	case Threadiverse:
		return [3]Form{FormAll, FormWrap, FormWrap}
	case Smithereen:
		return [3]Form{FormAll, FormWall, FormWall}
	}
	return [3]Form{FormAll, FormBoost, FormWrap}
}

// stretches keeps what lies between, because as a rule all hosts of a group stand at the same place when something new comes.
type stretches struct {
	mu   sync.Mutex
	kept map[place]*stretch
}

type stretch struct {
	once sync.Once
	made time.Time
	rows []Delivery
	err  error
}

// sections keeps where the followers of groups read, because the next post goes there too. Whoever changes followers or inboxes forgets
// all of them once that is committed.
type sections struct {
	mu   sync.Mutex
	kept map[hostsOf]*section
}

// hostsOf is some of the hosts of a group: those whose numbers, divided by sectionSize, are number.
type hostsOf struct{ group, number int64 }

type section struct {
	once    sync.Once
	inboxes map[int64][]string // by host
	err     error
}

// stretch returns what one host is to get from a log next, and whether that is all there was when it was found due.
func (s *Store) stretch(ctx context.Context, host int64, p Position, limit int) ([]Delivery, bool, error) {
	if p.Company < manyHosts {
		rows, err := s.logAfter(ctx, p, limit)
		if err != nil || len(rows) == 0 {
			return nil, err == nil, err
		}
		to, err := s.followerInboxes(ctx, p.Group, host)
		return forHost(rows, p, to), len(rows) < limit, err
	}
	kept := s.stretches.of(p.place(), s.now())
	kept.once.Do(func() { kept.rows, kept.err = s.logAfter(context.WithoutCancel(ctx), p, limit) })
	if kept.err != nil {
		s.stretches.forget(p.place())
		return nil, false, kept.err
	}
	to, err := s.keptInboxes(ctx, p.Group, host)
	return forHost(kept.rows, p, to), len(kept.rows) < limit, err
}

// keptInboxes is followerInboxes for one of many hosts.
func (s *Store) keptInboxes(ctx context.Context, group, host int64) ([]string, error) {
	of := hostsOf{group, host / sectionSize}
	in := s.sections.of(of)
	in.once.Do(func() { in.inboxes, in.err = s.inboxesAmong(context.WithoutCancel(ctx), of) })
	if in.err != nil {
		s.sections.forgetAll()
		return nil, in.err
	}
	if to, known := in.inboxes[host]; known {
		return to, nil
	}
	return s.followerInboxes(ctx, group, host) // it has lost its last follower, or is new
}

// of returns a section, which may have to be read yet. It is kept before it is: whoever forgets it meanwhile takes it from those who ask later.
func (s *sections) of(hosts hostsOf) *section {
	s.mu.Lock()
	defer s.mu.Unlock()
	in := s.kept[hosts]
	if in == nil {
		in = &section{}
		s.kept = keep(s.kept, maxSections, hosts, in)
	}
	return in
}

func (s *sections) forgetAll() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.kept = nil
}

func forHost(rows []Delivery, p Position, to []string) []Delivery {
	own := make([]Delivery, len(rows))
	for i, d := range rows {
		d.Tried, d.To = p.Tried, to
		own[i] = d
	}
	return own
}

// logAfter reads a log from a position on, as far as it went then.
func (s *Store) logAfter(ctx context.Context, p Position, limit int) ([]Delivery, error) {
	forms := formsOf(p.Dialect)
	rows, err := s.backlog(ctx, stretchOfLog, p.Group, p.Seq, p.Head, forms[0], forms[1], forms[2], limit)
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	g, err := s.groupByID(ctx, p.Group)
	if err != nil {
		return nil, err
	}
	for i := range rows {
		rows[i].Group = g
	}
	return rows, nil
}

func (s *stretches) of(p place, now time.Time) *stretch {
	s.mu.Lock()
	defer s.mu.Unlock()
	kept := s.kept[p]
	if kept != nil && now.Sub(kept.made) < stretchMaxAge {
		return kept
	}
	if s.kept == nil || len(s.kept) >= maxStretches {
		s.kept = map[place]*stretch{}
	}
	s.kept[p] = &stretch{made: now}
	return s.kept[p]
}

func (s *stretches) forget(p place) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.kept, p)
}

// inboxesAmong returns where the followers of a group read, on the hosts of one section.
func (s *Store) inboxesAmong(ctx context.Context, of hostsOf) (map[int64][]string, error) {
	first := of.number * sectionSize
	rows, err := s.read.QueryContext(ctx, inboxesAmong, of.group, first, first+sectionSize-1)
	if err != nil {
		return nil, fmt.Errorf("find inboxes: %w", err)
	}
	inboxes := map[int64][]string{}
	_, err = collect(rows, func(rows *sql.Rows) (none struct{}, err error) {
		var host int64
		var inbox string
		err = rows.Scan(&host, &inbox)
		inboxes[host] = append(inboxes[host], inbox)
		return none, err
	})
	return inboxes, wrap(err, "find inboxes")
}

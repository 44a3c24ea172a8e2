package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"
)

// Due is a host that something waits for.
type Due struct {
	Host
	Direct bool       // answers to people wait
	Behind []Position // the logs in which something waits, nil for none
}

// Position is where a host stands in the log of a group.
type Position struct {
	Group, Seq, Tried int64
	Head              int64 // the end of the log
	Company           int   // how many hosts stand there now
}

// hasWork says whether anything waits for a host: a direct row, or a log row beyond a cursor.
const hasWork = `h.id IN (SELECT d.host_id FROM direct d WHERE d.done = 0
	UNION SELECT c.host_id FROM groups g CROSS JOIN cursors c WHERE c.group_id = g.id
		AND c.seq < (SELECT MAX(o.seq) FROM outbox o WHERE o.group_id = g.id))`

// farOff is further than any back-off reaches. A host that is not to be tried before that was told so by a clock that was
// wrong then or is now.
const farOff = 48 * time.Hour

const (
	mayTry   = `(h.next_try <= $1 OR h.next_try > $2)`
	dueHosts = `SELECT ` + hostColumns + `, w.group_id, w.seq, w.tried, w.head FROM (
			SELECT DISTINCT d.host_id, 0 AS group_id, 0 AS seq, 0 AS tried, 0 AS head FROM direct d WHERE d.done = 0
			UNION ALL SELECT c.host_id, c.group_id, c.seq, c.tried, l.head FROM (
				SELECT g.id, (SELECT MAX(o.seq) FROM outbox o WHERE o.group_id = g.id) AS head FROM groups g) AS l
				CROSS JOIN cursors c WHERE c.group_id = l.id AND c.seq < l.head) AS w
		CROSS JOIN hosts h WHERE h.id = w.host_id AND ` + mayTry + ` ORDER BY h.failures, h.id LIMIT $3`
	nextTry = `SELECT MIN(h.next_try) FROM hosts h WHERE h.next_try > $1 AND ` + hasWork
)

// Outgoing is signalled when something may be due for delivery.
func (s *Store) Outgoing() <-chan struct{} { return s.outgoing }

// DueHosts returns hosts that something waits for and that may be tried now, and when the next of those that may not wants a
// try: the zero time if there is none. Those that fail come last. Of limit logs and hosts with answers at most it tells: all says
// that there were no more.
func (s *Store) DueHosts(ctx context.Context, limit int) (hosts []Due, next time.Time, all bool, err error) {
	now := s.now()
	rows, err := s.read.QueryContext(ctx, dueHosts, now.Unix(), now.Add(farOff).Unix(), limit)
	if err != nil {
		return nil, next, false, fmt.Errorf("find due hosts: %w", err)
	}
	company := map[[2]int64]int{}
	found := 0
	_, err = collect(rows, func(rows *sql.Rows) (none struct{}, err error) {
		var p Position
		h, err := scanHost(func(to ...any) error { return rows.Scan(append(to, &p.Group, &p.Seq, &p.Tried, &p.Head)...) })
		if found++; len(hosts) == 0 || hosts[len(hosts)-1].ID != h.ID {
			hosts = append(hosts, Due{Host: h})
		}
		last := &hosts[len(hosts)-1]
		if p.Group == 0 {
			last.Direct = true
		} else {
			last.Behind = append(last.Behind, p)
			company[[2]int64{p.Group, p.Seq}]++
		}
		return none, err
	})
	if err != nil {
		return nil, next, false, fmt.Errorf("find due hosts: %w", err)
	}
	for _, h := range hosts {
		for i, p := range h.Behind {
			h.Behind[i].Company = company[[2]int64{p.Group, p.Seq}]
		}
	}
	var seconds sql.NullInt64
	if err := s.read.QueryRowContext(ctx, nextTry, now.Unix()).Scan(&seconds); err != nil {
		return nil, next, false, fmt.Errorf("find the next try: %w", err)
	}
	return hosts, moment(seconds.Int64), found < limit, nil
}

// Waits returns what waits for a host as it was found due, at most limit of each log and of the answers. whole says that this is
// everything up to where the logs ended then. Of what many hosts are to get it asks the database once.
func (s *Store) Waits(ctx context.Context, d Due, limit int) (all []Delivery, whole bool, err error) {
	if d.Direct {
		if all, err = s.backlog(ctx, toPeople, d.ID, limit); err != nil {
			return nil, false, err
		}
		if err := s.complete(ctx, d.ID, all); err != nil {
			return nil, false, err
		}
	}
	whole = len(all) < limit
	for _, p := range d.Behind {
		rows, done, err := s.stretch(ctx, d.ID, p, limit)
		if err != nil {
			return nil, false, err
		}
		all, whole = append(all, rows...), whole && done
	}
	return all, whole, nil
}

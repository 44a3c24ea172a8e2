package store

import (
	"context"
	"database/sql"
	"fmt"
	"strconv"
	"time"
)

// Due is a host that something waits for. Without anything else, what that is was not read to its end.
type Due struct {
	Host
	Direct bool       // answers to people wait
	Behind []Position // the logs in which something waits, nil for none

	Revision uint64 // of what waits, before it was found
}

// Position is where a host stands in the log of a group.
type Position struct {
	Group, Seq, Tried int64
	Head              int64 // the end of what the host reads of the log
	End               int64 // the end of the log
	Dialect           Dialect
	Company           int // how many hosts stand there now
}

// What hosts read of a log, by the dialect they speak. What is in no form of theirs is as if it were not there: thousands of votes that
// only forums are told of make nobody else's cursor move.
const (
	dialectOfHost = `CASE h.override WHEN '' THEN h.dialect ELSE h.override END`

	heads = `SELECT g.id AS group_id, ` + endOf + asNews + endOf + asBoost + endOf + asWrap + endOf + asWall + ` FROM groups g`
	// headsUpTo are the ends without what was written after $6.
	headsUpTo = `SELECT g.id AS group_id, ` + endOf + upTo + asNews + endOf + upTo + asBoost + endOf + upTo + asWrap + endOf + upTo + asWall + ` FROM groups g`

	endOf   = `COALESCE((SELECT MAX(o.seq) FROM outbox o WHERE o.group_id = g.id`
	upTo    = ` AND o.seq <= $6`
	asNews  = ` AND o.form = 'all'), 0) AS news, `
	asBoost = ` AND o.form = 'boost'), 0) AS boost, `
	asWrap  = ` AND o.form = 'wrap'), 0) AS wrap, `
	asWall  = ` AND o.form = 'wall'), 0) AS wall`

	headForHost = `MAX(l.news, CASE ` + dialectOfHost + ` WHEN 'microblog' THEN l.boost WHEN 'threadiverse' THEN l.wrap
		WHEN 'smithereen' THEN l.wall ELSE MAX(l.boost, l.wrap) END)`

	// isRead says whether a host reads an activity of the log o.
	isRead = `(o.form = 'all' OR CASE ` + dialectOfHost + ` WHEN 'microblog' THEN o.form = 'boost' WHEN 'threadiverse' THEN o.form = 'wrap'
		WHEN 'smithereen' THEN o.form = 'wall' ELSE o.form IN ('boost', 'wrap') END)`
)

// hasWork says whether anything waits for a host: a direct row, or a log row beyond a cursor.
const hasWork = `(EXISTS (SELECT 1 FROM direct d WHERE d.host_id = h.id AND d.done = 0)
	OR EXISTS (SELECT 1 FROM cursors c JOIN (` + heads + `) AS l ON l.group_id = c.group_id WHERE c.host_id = h.id AND c.seq < ` + headForHost + `))`

// farOff is further than any back-off reaches. A host that is not to be tried before that was told so by a clock that was
// wrong then or is now.
const farOff = 48 * time.Hour

const (
	mayTry = `(h.next_try <= $1 OR h.next_try > $2)`
	// dueHosts finds answers to people; what hosts that take what is sent are behind in, in the logs $5 and up to $6; and what those that
	// fail and may be tried are behind in, in any log. The ends of the former are found once, and not again for each host before them.
	dueHosts = `WITH l AS MATERIALIZED (` + headsUpTo + ` WHERE g.id IN (SELECT value FROM json_each($5))) SELECT * FROM (
			SELECT ` + hostColumns + `, 0 AS group_id, 0 AS seq, 0 AS tried, 0 AS head, 0 AS log_end
				FROM (SELECT DISTINCT d.host_id FROM direct d WHERE d.done = 0) AS w CROSS JOIN hosts h
				WHERE h.id = w.host_id AND h.id NOT IN (SELECT value FROM json_each($4)) AND ` + mayTry + `
			UNION ALL SELECT ` + hostColumns + `, c.group_id, c.seq, c.tried, ` + headForHost + `, MAX(l.news, l.boost, l.wrap, l.wall)
				FROM l CROSS JOIN cursors c CROSS JOIN hosts h
				WHERE c.group_id = l.group_id AND c.seq < MAX(l.news, l.boost, l.wrap, l.wall) AND h.id = c.host_id AND h.failures = 0
					AND c.host_id NOT IN (SELECT value FROM json_each($4)) AND c.seq < ` + headForHost + `
			UNION ALL SELECT ` + hostColumns + `, c.group_id, c.seq, c.tried, ` + headForHost + `, MAX(l.news, l.boost, l.wrap, l.wall)
				FROM hosts h CROSS JOIN cursors c CROSS JOIN (` + heads + `) AS l
				WHERE h.failures > 0 AND ` + mayTry + ` AND h.id NOT IN (SELECT value FROM json_each($4)) AND c.host_id = h.id
					AND l.group_id = c.group_id AND c.seq < ` + headForHost + `) AS w
		ORDER BY failures, id LIMIT $3`
	nextTry = `SELECT MIN(h.next_try) FROM hosts h WHERE h.failures > 0 AND h.next_try > $1 AND ` + hasWork
)

// Outgoing is signalled when something may be due for delivery.
func (s *Store) Outgoing() <-chan struct{} { return s.outgoing }

// DueHosts returns hosts that something waits for and that may be tried now, and when the next of those that may not wants a
// try: the zero time if there is none. Those that fail come last. Of limit logs and hosts with answers at most it tells: all says
// that there were no more. Of those in except it does not tell.
func (s *Store) DueHosts(ctx context.Context, limit int, except []int64) (hosts []Due, next time.Time, all bool, err error) {
	now := s.now()
	revision := s.Revision()
	logs, err := s.stirredLogs(ctx, now)
	if err != nil {
		return nil, next, false, err
	}
	if hosts, all, err = s.dueIn(ctx, now, logs, limit, except); err != nil {
		return nil, next, false, err
	}
	for i := range hosts {
		hosts[i].Revision = revision
	}
	if all {
		if err := s.settleLogs(ctx, logs, hosts, except); err != nil {
			return nil, next, false, err
		}
	}
	var seconds sql.NullInt64
	if err := s.read.QueryRowContext(ctx, nextTry, now.Unix()).Scan(&seconds); err != nil {
		return nil, next, false, fmt.Errorf("find the next try: %w", err)
	}
	return hosts, moment(seconds.Int64), all, nil
}

// dueIn is DueHosts for these logs.
func (s *Store) dueIn(ctx context.Context, now time.Time, logs logsToLookAt, limit int, except []int64) (hosts []Due, all bool, err error) {
	rows, err := s.read.QueryContext(ctx, dueHosts, now.Unix(), now.Add(farOff).Unix(), limit, listed(except), listed(logs.groups), logs.upTo)
	if err != nil {
		return nil, false, fmt.Errorf("find due hosts: %w", err)
	}
	company := map[place]int{}
	found := 0
	_, err = collect(rows, func(rows *sql.Rows) (none struct{}, err error) {
		var p Position
		h, err := scanHost(func(to ...any) error { return rows.Scan(append(to, &p.Group, &p.Seq, &p.Tried, &p.Head, &p.End)...) })
		if found++; len(hosts) == 0 || hosts[len(hosts)-1].ID != h.ID {
			hosts = append(hosts, Due{Host: h})
		}
		last := &hosts[len(hosts)-1]
		if p.Group == 0 {
			last.Direct = true
		} else {
			p.Dialect = h.spoken()
			company[p.place()]++
			last.Behind = append(last.Behind, p)
		}
		return none, err
	})
	if err != nil {
		return nil, false, fmt.Errorf("find due hosts: %w", err)
	}
	if all = found < limit; !all { // what else waits for the last one is unknown: it reads for itself from where it stands
		last := &hosts[len(hosts)-1]
		last.Direct, last.Behind = false, nil
	}
	for _, h := range hosts {
		for i, p := range h.Behind {
			h.Behind[i].Company = company[p.place()]
		}
	}
	return hosts, all, nil
}

// listed are ids as json_each reads them.
func listed(ids []int64) string {
	text := []byte("[")
	for i, id := range ids {
		if i > 0 {
			text = append(text, ',')
		}
		text = strconv.AppendInt(text, id, 10)
	}
	return string(append(text, ']'))
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

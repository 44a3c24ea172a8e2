package store

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"time"
)

// Retention says how long things are kept that are needed for a while only.
type Retention struct {
	Inbox  time.Duration // activities as received, what they left behind to know them by, and keys and accounts nobody refers to
	Outbox time.Duration // activities sent, except how the threads that are shown were announced
	Audit  time.Duration // decisions and notices
}

// enoughFailures is how often a dead host has failed at the least, being tried once a day. A clock that jumps ahead makes nobody dead.
const enoughFailures = `30`

// retainBatch is how many rows one write deletes: few enough that nobody waits for it.
const retainBatch = 500

// deadAfter is how long a host has taken nothing when its people are no longer sent anything. Should it come back, they follow
// again.
const deadAfter = 90 * 24 * time.Hour

// Retain deletes what is older than it is kept, a little at a time, and gives free pages back to the file system. It returns how
// many rows it deleted. Groups, members and posts stay, but for the members on hosts that have been dead for long.
func (s *Store) Retain(ctx context.Context, keep Retention) (deleted int, err error) {
	if err := s.unstick(ctx); err != nil {
		return 0, err
	}
	if err := s.leaveDead(ctx); err != nil {
		return 0, err
	}
	now := s.now()
	for _, old := range outdated(now.Unix(), now.Add(-keep.Inbox).Unix(), now.Add(-keep.Outbox).Unix(), now.Add(-keep.Audit).Unix()) {
		n, err := s.deleteOld(ctx, old)
		deleted += n
		if err != nil {
			return deleted, err
		}
	}
	if deleted == 0 {
		return 0, nil
	}
	return deleted, s.update(ctx, func(ctx context.Context, tx *txn) error {
		_, err := tx.ExecContext(ctx, `PRAGMA incremental_vacuum(2000)`)
		return wrap(err, "give free pages back")
	})
}

// unstick makes due what a wrong clock has put off for longer than anything ever is.
func (s *Store) unstick(ctx context.Context) error {
	err := s.update(ctx, func(ctx context.Context, tx *txn) error {
		_, err := tx.ExecContext(ctx, `UPDATE inbox SET due = $1 WHERE state = 'new' AND due > $2`, s.now().Unix(), s.now().Add(farOff).Unix())
		return wrap(err, "look at what waits for long")
	})
	signal(s.incoming)
	return err
}

// leaveDead ends the memberships of people on hosts that have been dead for long, one host at a time. Who runs a group goes on
// to, and whoever is banned stays so.
func (s *Store) leaveDead(ctx context.Context) error {
	hosts, err := column[int64](s.read.QueryContext(ctx, `SELECT id FROM hosts WHERE failing <> 0 AND failing < $1 AND failures >= `+enoughFailures+`
		AND EXISTS (SELECT 1 FROM memberships m WHERE m.host_id = hosts.id AND (m.follows <> 0 OR m.role = 'member' AND m.state <> 'banned'))`,
		s.now().Add(-deadAfter).Unix()))
	if err != nil {
		return fmt.Errorf("find dead hosts: %w", err)
	}
	for _, host := range hosts {
		err := s.update(ctx, func(ctx context.Context, tx *txn) error {
			tx.revise(host)
			for _, query := range []string{
				`DELETE FROM memberships WHERE host_id = $1 AND role = 'member' AND state <> 'banned'`,
				`UPDATE memberships SET follows = 0 WHERE host_id = $1`,
				`DELETE FROM cursors WHERE host_id = $1`,
				`DELETE FROM direct WHERE host_id = $1`,
			} {
				if _, err := tx.ExecContext(ctx, query, host); err != nil {
					return fmt.Errorf("leave a dead host: %w", err)
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// oldRows finds rows of a table that are no longer needed. Those are looked for outside of the writer.
type oldRows struct {
	table, key, time string
	where            string // what else must hold
	before           int64  // since when rows are kept
}

func (o oldRows) condition() string { return o.time + ` < $1 AND ` + o.where }

func outdated(now, inbox, outbox, audit int64) []oldRows {
	return []oldRows{
		{"inbox", "id", "received", `state = 'done'`, inbox},
		{"gone", "uri", "at", `true`, inbox},
		{"keys", "id", "fetched", `true`, inbox},
		// How a thread that is shown was announced is what Lemmy and PieFed read the outbox for, and what an Undo takes back. A host
		// that has been down for as long as this misses what is deleted. The last row stays: the next one would get its number again,
		// and hosts that have read so far would never see it.
		{"outbox", "seq", "created", `seq < (SELECT MAX(seq) FROM outbox) AND NOT (post_id <> 0 AND cancels = 0 AND cancelled = 0
			AND seq IN (SELECT MIN(o.seq) FROM outbox o WHERE o.post_id = outbox.post_id AND o.post_id <> 0 AND o.cancelled = 0 GROUP BY o.form)
			AND EXISTS (SELECT 1 FROM posts p WHERE p.id = outbox.post_id AND p.parent_id IS NULL AND p.state IN ('visible', 'removed')))`, outbox},
		{"direct", "id", "created", `true`, outbox},
		{"audit", "id", "at", `true`, audit},
		{"reports", "id", "at", `resolved <> 0`, audit},
		{"notices", "actor_id", "at", `true`, audit},
		{"told", "actor_id", "at", `true`, audit},
		{"letters", "uri", "at", `true`, audit},
		{"heard", "uri", "at", `true`, audit},
		{"tickets", "hash", "at", `true`, inbox},
		{"sessions", "id", "expires", `true`, now},
		{"signins", "hash", "expires", `true`, now},
		{"erasures", "id", "at", `true`, audit},
		{"foundings", "id", "at", `decided <> 0`, audit},
		{"offers", "actor_id", "expires", `true`, audit},
		{"held", "id", "at", `state <> 'waiting'`, audit},
		{"actors", "id", "fetched", `NOT EXISTS (SELECT 1 FROM memberships m WHERE m.actor_id = actors.id)
			AND NOT EXISTS (SELECT 1 FROM posts p WHERE p.author_id = actors.id)
			AND NOT EXISTS (SELECT 1 FROM counts c WHERE c.actor_id = actors.id)
			AND NOT EXISTS (SELECT 1 FROM notices n WHERE n.actor_id = actors.id)
			AND NOT EXISTS (SELECT 1 FROM told t WHERE t.actor_id = actors.id)
			AND NOT EXISTS (SELECT 1 FROM letters l WHERE l.actor_id = actors.id)
			AND NOT EXISTS (SELECT 1 FROM tickets t WHERE t.actor_id = actors.id)
			AND NOT EXISTS (SELECT 1 FROM sessions s WHERE s.actor_id = actors.id)
			AND NOT EXISTS (SELECT 1 FROM admins d WHERE d.actor_id = actors.id)
			AND NOT EXISTS (SELECT 1 FROM foundings f WHERE f.actor_id = actors.id)
			AND NOT EXISTS (SELECT 1 FROM offers o WHERE o.actor_id = actors.id)
			AND NOT EXISTS (SELECT 1 FROM nominations n WHERE n.voter_id = actors.id OR n.candidate = actors.id)
			AND NOT EXISTS (SELECT 1 FROM followings f WHERE f.actor_id = actors.id)`, inbox},
		{"hosts", "id", "last_success", `override = '' AND NOT EXISTS (SELECT 1 FROM actors a WHERE a.host_id = hosts.id)
			AND NOT EXISTS (SELECT 1 FROM cursors c WHERE c.host_id = hosts.id)
			AND NOT EXISTS (SELECT 1 FROM direct d WHERE d.host_id = hosts.id)`, inbox},
	}
}

func (s *Store) deleteOld(ctx context.Context, old oldRows) (deleted int, err error) {
	for since := int64(0); ; {
		var keys []any
		if keys, since, err = s.oldKeys(ctx, old, since); err != nil || len(keys) == 0 {
			return deleted, err
		}
		err = s.update(ctx, func(ctx context.Context, tx *txn) error {
			var marks []string
			for i := range keys {
				marks = append(marks, fmt.Sprintf("$%d", i+2))
			}
			query := fmt.Sprintf(`DELETE FROM %s WHERE %s IN (%s) AND %s`, old.table, old.key, strings.Join(marks, ","), old.condition())
			res, err := tx.ExecContext(ctx, query, append([]any{old.before}, keys...)...)
			if err != nil {
				return fmt.Errorf("delete old rows of %s: %w", old.table, err)
			}
			n, err := res.RowsAffected()
			deleted += int(n)
			return err
		})
		if err != nil || len(keys) < retainBatch {
			return deleted, err
		}
	}
}

// oldKeys finds rows from a time on, so that those that are kept are not looked at for each batch. It returns the time of the last.
func (s *Store) oldKeys(ctx context.Context, old oldRows, since int64) (keys []any, last int64, err error) {
	query := fmt.Sprintf(`SELECT %s, %s FROM %s WHERE %s AND %s >= $2 ORDER BY %s LIMIT %d`,
		old.key, old.time, old.table, old.condition(), old.time, old.time, retainBatch)
	rows, err := s.read.QueryContext(ctx, query, old.before, since)
	if err != nil {
		return nil, since, fmt.Errorf("find old rows of %s: %w", old.table, err)
	}
	keys, err = collect(rows, func(rows *sql.Rows) (key any, err error) { return key, rows.Scan(&key, &last) })
	return keys, last, err
}

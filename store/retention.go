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

// retainBatch is how many rows one write deletes: few enough that nobody waits for it.
const retainBatch = 500

// Retain deletes what is older than it is kept, a little at a time, and gives free pages back to the file system. It returns how
// many rows it deleted. Groups, members and posts stay.
func (s *Store) Retain(ctx context.Context, keep Retention) (deleted int, err error) {
	now := s.now()
	for _, old := range outdated(now.Add(-keep.Inbox).Unix(), now.Add(-keep.Outbox).Unix(), now.Add(-keep.Audit).Unix()) {
		n, err := s.deleteOld(ctx, old)
		deleted += n
		if err != nil {
			return deleted, err
		}
	}
	if deleted == 0 {
		return 0, nil
	}
	return deleted, s.update(ctx, func(ctx context.Context, tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `PRAGMA incremental_vacuum(2000)`)
		return wrap(err, "give free pages back")
	})
}

// oldRows finds rows of a table that are no longer needed. Those are looked for outside of the writer.
type oldRows struct {
	table, key, where string // where says it with $1, the time before which rows are old
	before            int64
}

func outdated(inbox, outbox, audit int64) []oldRows {
	return []oldRows{
		{"inbox", "id", `received < $1 AND state = 'done'`, inbox},
		{"gone", "uri", `at < $1`, inbox},
		{"keys", "id", `fetched < $1`, inbox},
		// How a thread that is shown was announced is what Lemmy and PieFed read the outbox for, and what an Undo takes back. A host
		// that has been down for as long as this misses what is deleted.
		{"outbox", "seq", `created < $1 AND NOT (post_id <> 0 AND cancels = 0 AND cancelled = 0
			AND seq IN (SELECT MIN(o.seq) FROM outbox o WHERE o.post_id = outbox.post_id AND o.post_id <> 0 AND o.cancelled = 0 GROUP BY o.form)
			AND EXISTS (SELECT 1 FROM posts p WHERE p.id = outbox.post_id AND p.parent_id IS NULL AND p.state IN ('visible', 'removed')))`, outbox},
		{"direct", "id", `created < $1`, outbox},
		{"audit", "id", `at < $1`, audit},
		{"reports", "id", `at < $1 AND resolved <> 0`, audit},
		{"notices", "actor_id", `at < $1`, audit},
		{"actors", "id", `fetched < $1 AND NOT EXISTS (SELECT 1 FROM memberships m WHERE m.actor_id = actors.id)
			AND NOT EXISTS (SELECT 1 FROM posts p WHERE p.author_id = actors.id)
			AND NOT EXISTS (SELECT 1 FROM counts c WHERE c.actor_id = actors.id)
			AND NOT EXISTS (SELECT 1 FROM notices n WHERE n.actor_id = actors.id)
			AND NOT EXISTS (SELECT 1 FROM followings f WHERE f.actor_id = actors.id)`, inbox},
	}
}

func (s *Store) deleteOld(ctx context.Context, old oldRows) (deleted int, err error) {
	for {
		keys, err := s.oldKeys(ctx, old)
		if err != nil || len(keys) == 0 {
			return deleted, err
		}
		err = s.update(ctx, func(ctx context.Context, tx *sql.Tx) error {
			var marks []string
			for i := range keys {
				marks = append(marks, fmt.Sprintf("$%d", i+2))
			}
			query := fmt.Sprintf(`DELETE FROM %s WHERE %s IN (%s) AND %s`, old.table, old.key, strings.Join(marks, ","), old.where)
			_, err := tx.ExecContext(ctx, query, append([]any{old.before}, keys...)...)
			return wrap(err, "delete old rows of "+old.table)
		})
		if err != nil {
			return deleted, err
		}
		deleted += len(keys)
		if len(keys) < retainBatch {
			return deleted, nil
		}
	}
}

func (s *Store) oldKeys(ctx context.Context, old oldRows) ([]any, error) {
	query := fmt.Sprintf(`SELECT %s FROM %s WHERE %s LIMIT %d`, old.key, old.table, old.where, retainBatch)
	rows, err := s.read.QueryContext(ctx, query, old.before)
	if err != nil {
		return nil, fmt.Errorf("find old rows of %s: %w", old.table, err)
	}
	return collect(rows, func(rows *sql.Rows) (key any, err error) { return key, rows.Scan(&key) })
}

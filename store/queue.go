package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"
)

// Waiting is an activity that has not reached a host yet.
type Waiting struct {
	Activity string
	Group    string // name
	Form     Form
	About    string    // URI of the post it is about, "" for none
	Since    time.Time // when it was made
	Comment  bool
	Source   string // host that the wrapped activity came from
	Skip     bool   // taken back before it was sent
}

// Waiting lists what waits for a host, the oldest first: answers to single people, then the log beyond its cursors.
func (s *Store) Waiting(ctx context.Context, host int64, limit int) ([]Waiting, error) {
	rows, err := s.read.QueryContext(ctx, `SELECT * FROM (SELECT d.uri, g.name, 'direct', '', d.created AS created, 0, '', 0
			FROM direct d JOIN groups g ON g.id = d.group_id WHERE d.host_id = $1 AND d.done = 0
		UNION ALL SELECT o.uri, g.name, o.form, COALESCE(p.uri, ''), o.created, o.post_id <> 0 AND o.thread_id <> o.post_id, o.source,
			o.cancelled OR o.cancels > c.tried
			FROM cursors c JOIN outbox o ON o.group_id = c.group_id AND o.seq > c.seq JOIN groups g ON g.id = o.group_id
			JOIN hosts h ON h.id = c.host_id LEFT JOIN posts p ON p.id = o.post_id WHERE c.host_id = $1 AND `+isRead+`) AS w
		ORDER BY created LIMIT $2`, host, limit)
	if err != nil {
		return nil, fmt.Errorf("list what waits: %w", err)
	}
	return collect(rows, func(rows *sql.Rows) (w Waiting, err error) {
		var since int64
		err = rows.Scan(&w.Activity, &w.Group, &w.Form, &w.About, &since, &w.Comment, &w.Source, &w.Skip)
		w.Since = moment(since)
		return w, err
	})
}

// Retry lets deliveries to a host be tried at once, whatever its back-off. ErrNotFound if the host was never met.
func (s *Store) Retry(ctx context.Context, name string) error {
	err := s.updateQuietly(ctx, func(ctx context.Context, tx *txn) error {
		res, err := tx.ExecContext(ctx, `UPDATE hosts SET next_try = 0 WHERE name = $1`, name)
		if err != nil {
			return fmt.Errorf("retry %s: %w", name, err)
		}
		return mustChange(res, name)
	})
	s.hosts.forget(func(known string, _ Host) bool { return known == name })
	signal(s.outgoing)
	return err
}

// Drop gives up everything that waits for a host and returns how much that was. What is made from now on is sent again.
func (s *Store) Drop(ctx context.Context, name string) (dropped int, err error) {
	err = s.updateQuietly(ctx, func(ctx context.Context, tx *txn) error {
		p, err := scanPeer(tx.QueryRowContext(ctx, peers+` WHERE h.name = $1`, name).Scan)
		if err != nil {
			return err
		}
		dropped = p.Logged + p.Direct
		tx.revise(p.ID)
		_, err = tx.ExecContext(ctx, `UPDATE direct SET done = $2 WHERE host_id = $1 AND done = 0`, p.ID, s.now().Unix())
		if err != nil {
			return fmt.Errorf("drop what waits for people at %s: %w", name, err)
		}
		_, err = tx.ExecContext(ctx, `UPDATE cursors SET seq = (SELECT COALESCE(MAX(o.seq), cursors.seq) FROM outbox o
			WHERE o.group_id = cursors.group_id) WHERE host_id = $1`, p.ID)
		return wrap(err, "drop the log for "+name)
	})
	return dropped, err
}

func mustChange(res sql.Result, name string) error {
	n, err := res.RowsAffected()
	if err == nil && n == 0 {
		err = fmt.Errorf("%s: %w", name, ErrNotFound)
	}
	return err
}

// Status is how the server is doing, in numbers.
type Status struct {
	Groups, Followers, Threads, Comments int
	Undecided                            int       // activities received and not decided yet
	Due                                  int       // those of them that are not put off until later
	OldestDue                            time.Time // since when one of these waits for its turn, zero for none
	Behind                               int       // hosts that something waits for
	Failing                              int       // hosts that do not take what is sent
	Hosts                                int       // met so far
	Bytes                                int64     // of the database
}

// Status counts. What waits on purpose, because a server does not answer or a post is not here yet, is no sign of trouble here: it has
// waited since it was due, and not since it came. It reads every group and host once, so it is for looking, not for every request.
func (s *Store) Status(ctx context.Context) (st Status, err error) {
	var oldest, pages, size int64
	err = s.read.QueryRowContext(ctx, `SELECT
		(SELECT COUNT(*) FROM groups),
		(SELECT COUNT(*) FROM memberships WHERE follows),
		(SELECT COUNT(*) FROM posts WHERE parent_id IS NULL AND state = 'visible'),
		(SELECT COUNT(*) FROM posts WHERE parent_id IS NOT NULL AND state = 'visible'),
		(SELECT COUNT(*) FROM inbox WHERE state = 'new'),
		(SELECT COUNT(*) FROM inbox WHERE state = 'new' AND due <= $1),
		(SELECT COALESCE(MIN(MAX(due, received)), 0) FROM inbox WHERE state = 'new' AND due <= $1),
		(SELECT COUNT(*) FROM hosts h WHERE `+hasWork+`),
		(SELECT COUNT(*) FROM hosts WHERE failures > 0),
		(SELECT COUNT(*) FROM hosts)`, s.now().Unix()).
		Scan(&st.Groups, &st.Followers, &st.Threads, &st.Comments, &st.Undecided, &st.Due, &oldest, &st.Behind, &st.Failing, &st.Hosts)
	if err != nil {
		return st, fmt.Errorf("count: %w", err)
	}
	st.OldestDue = moment(oldest)
	if err := s.read.QueryRowContext(ctx, `PRAGMA page_count`).Scan(&pages); err != nil {
		return st, fmt.Errorf("measure the database: %w", err)
	}
	err = s.read.QueryRowContext(ctx, `PRAGMA page_size`).Scan(&size)
	st.Bytes = pages * size
	return st, wrap(err, "measure the database")
}

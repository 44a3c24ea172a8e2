package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"folkmoot/group"
)

// ServerAct is something that whoever runs the server did.
type ServerAct struct {
	ID     int64
	At     time.Time
	Kind   string
	By     string // URI of who did it
	Target string // what it is about: a host, an account, a group, a setting
	Words  string // what was said about it
	Source string // the list of blocks that an entry came from, "" for none
}

// LogServer notes what somebody who runs the server did.
func (s *Store) LogServer(ctx context.Context, a ServerAct) error {
	return s.updateQuietly(ctx, func(ctx context.Context, tx *txn) error { return s.logServer(ctx, tx, a) })
}

func (s *Store) logServer(ctx context.Context, tx *txn, a ServerAct) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO audit (group_id, at, kind, person, activity, target, verdict, reason, words, private)
		VALUES (0, $1, $2, $3, $4, $5, $6, '', $7, 1)`, s.now().Unix(), a.Kind, a.By, a.Source, a.Target, group.Accepted, a.Words)
	return wrap(err, "write audit row")
}

// ServerLog returns what was done to run the server, newest first, before the entry numbered before (0 for the newest on).
func (s *Store) ServerLog(ctx context.Context, before int64, limit int) ([]ServerAct, error) {
	if before <= 0 {
		before = 1 << 62
	}
	rows, err := s.read.QueryContext(ctx, `SELECT id, at, kind, person, target, words, activity FROM audit
		WHERE group_id = 0 AND id < $1 ORDER BY id DESC LIMIT $2`, before, limit)
	if err != nil {
		return nil, fmt.Errorf("read the log of the server: %w", err)
	}
	return collect(rows, func(rows *sql.Rows) (a ServerAct, err error) {
		var at int64
		err = rows.Scan(&a.ID, &at, &a.Kind, &a.By, &a.Target, &a.Words, &a.Source)
		a.At = moment(at)
		return a, err
	})
}

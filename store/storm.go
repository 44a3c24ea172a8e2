package store

import (
	"context"

	"folkmoot/group"
)

// SetStorm begins or ends a storm on the whole server: for every group the stricter settings hold, and none loses its own.
func (s *Store) SetStorm(ctx context.Context, on bool, by string) error {
	return s.update(ctx, func(ctx context.Context, tx *txn) error {
		query, kind, reason := `DELETE FROM meta WHERE key = 'storm'`, group.Calm, group.ReasonCalm
		if on {
			query, kind, reason = `INSERT INTO meta (key, value) VALUES ('storm', '1') ON CONFLICT DO NOTHING`, group.Storm, group.ReasonStormNow
		}
		if _, err := tx.ExecContext(ctx, query); err != nil {
			return wrap(err, "switch the storm")
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO audit (group_id, at, kind, person, activity, target, verdict, reason)
			VALUES (0, $1, $2, $3, '', '', $4, $5)`, s.now().Unix(), kind, by, group.Accepted, reason)
		return wrap(err, "write audit row")
	})
}

// Storm says whether the whole server is in a storm.
func (s *Store) Storm(ctx context.Context) (on bool, err error) {
	err = s.read.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM meta WHERE key = 'storm')`).Scan(&on)
	return on, wrap(err, "see whether there is a storm")
}

func (w effectWriter) setStorm(ctx context.Context, on bool) error {
	since := int64(0)
	if on {
		since = w.now.Unix()
	}
	return w.exec(ctx, `UPDATE groups SET storm = $2 WHERE id = $1`, w.group.ID, since)
}

// InStorm says whether the stricter settings hold, by the group's own switch or the server's.
func (g Group) InStorm() bool { return g.Storm || g.ServerStorm }

// inForce is the group with the settings that hold now.
func (g Group) inForce() Group {
	if g.InStorm() {
		g.Settings = g.Settings.InStorm()
	}
	return g
}

package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"
)

// Attention counts what waits for people to decide about it, over the whole server.
type Attention struct {
	Reports  int // open, of any group
	ForAdmin int // of those, how many only who runs the server decides about
	Held     int // posts
	Appeals  int
	Wanted   int // groups that are asked for
	Lists    int // changes of lists of blocks that need a yes
}

// Attention counts what waits for people.
func (s *Store) Attention(ctx context.Context) (a Attention, err error) {
	err = s.read.QueryRowContext(ctx, `SELECT
		(SELECT COUNT(*) FROM reports WHERE resolved = 0),
		(SELECT COUNT(*) FROM reports WHERE resolved = 0 AND for_admin <> 0),
		(SELECT COUNT(*) FROM held WHERE state = 'waiting'),
		(SELECT COUNT(*) FROM appeals WHERE decided = 0),
		(SELECT COUNT(*) FROM foundings WHERE decided = 0),
		(SELECT COUNT(*) FROM block_lists WHERE waiting <> 0)`).Scan(&a.Reports, &a.ForAdmin, &a.Held, &a.Appeals, &a.Wanted, &a.Lists)
	return a, wrap(err, "count what waits")
}

// Doing is how a group is doing.
type Doing struct {
	Held, Reports int       // that wait
	Last          time.Time // when something was posted last, zero for never
	Owners        []Actor
}

// Doings tells of every group, by its number, how it is doing.
func (s *Store) Doings(ctx context.Context) (map[int64]Doing, error) {
	rows, err := s.read.QueryContext(ctx, `SELECT g.id, (SELECT COUNT(*) FROM held h WHERE h.group_id = g.id AND h.state = 'waiting'),
		(SELECT COUNT(*) FROM reports r WHERE r.group_id = g.id AND r.resolved = 0),
		(SELECT COALESCE(MAX(p.filed), 0) FROM posts p WHERE p.group_id = g.id) FROM groups g`)
	if err != nil {
		return nil, fmt.Errorf("see how groups are doing: %w", err)
	}
	out := map[int64]Doing{}
	_, err = collect(rows, func(rows *sql.Rows) (d Doing, err error) {
		var id, last int64
		err = rows.Scan(&id, &d.Held, &d.Reports, &last)
		d.Last = moment(last)
		out[id] = d
		return d, err
	})
	if err != nil {
		return nil, err
	}
	return out, s.owners(ctx, out)
}

func (s *Store) owners(ctx context.Context, of map[int64]Doing) error {
	rows, err := s.read.QueryContext(ctx, `SELECT m.group_id, a.uri, a.handle, a.name FROM memberships m JOIN actors a ON a.id = m.actor_id
		WHERE m.role = 'owner' AND m.state = 'member' ORDER BY m.group_id, a.id`)
	if err != nil {
		return fmt.Errorf("list owners: %w", err)
	}
	_, err = collect(rows, func(rows *sql.Rows) (a Actor, err error) {
		var id int64
		err = rows.Scan(&id, &a.URI, &a.Handle, &a.Name)
		d := of[id]
		d.Owners = append(d.Owners, a)
		of[id] = d
		return a, err
	})
	return err
}

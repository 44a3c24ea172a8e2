package store

import (
	"context"
	"database/sql"
	"fmt"
)

// Peer is a server with what this one has to do with it.
type Peer struct {
	Host
	Followers int // of groups here
	Logged    int // log rows beyond its cursors, in the forms that it reads
	Direct    int // answers and notes to single people there
}

const peers = `SELECT ` + hostColumns + `,
	(SELECT COUNT(DISTINCT a.id) FROM actors a JOIN memberships m ON m.actor_id = a.id AND m.follows
		WHERE a.host_id = h.id AND a.gone = 0),
	(SELECT COUNT(*) FROM cursors c JOIN outbox o ON o.group_id = c.group_id AND o.seq > c.seq WHERE c.host_id = h.id AND ` + isRead + `),
	(SELECT COUNT(*) FROM direct d WHERE d.host_id = h.id AND d.done = 0) FROM hosts h`

func scanPeer(scan func(...any) error) (p Peer, err error) {
	p.Host, err = scanHost(func(to ...any) error { return scan(append(to, &p.Followers, &p.Logged, &p.Direct)...) })
	return p, err
}

// Peer returns a server by name, or ErrNotFound.
func (s *Store) Peer(ctx context.Context, name string) (Peer, error) {
	return scanPeer(s.read.QueryRowContext(ctx, peers+` WHERE h.name = $1`, name).Scan)
}

// Peers lists every server met so far, by name.
func (s *Store) Peers(ctx context.Context) ([]Peer, error) {
	rows, err := s.read.QueryContext(ctx, peers+` ORDER BY h.name`)
	if err != nil {
		return nil, fmt.Errorf("list peers: %w", err)
	}
	return collect(rows, func(rows *sql.Rows) (Peer, error) { return scanPeer(rows.Scan) })
}

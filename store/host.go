package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// Dialect is how one family of software wants to be spoken to.
type Dialect string

// The dialects known so far.
const (
	Unknown      Dialect = "unknown"
	Microblog    Dialect = "microblog"    // Mastodon and its kind: boosts
	Threadiverse Dialect = "threadiverse" // Lemmy and its kind: wrapped activities (FEP-1b12)
)

// Host is another server, as known from what it said and how it answered.
type Host struct {
	ID          int64
	Name        string // authority, lower case
	Software    string // from NodeInfo, "" if never learnt
	Version     string
	Dialect     Dialect
	Scheme      string    // signature scheme that worked last, "" for not known
	Checked     time.Time // when Software was last asked for, zero for never
	Failures    int       // deliveries failed in a row
	Failing     time.Time // since when, zero while all is well
	NextTry     time.Time // no delivery before, zero for at once
	LastSuccess time.Time
	LastError   string // for people
}

const hostColumns = `h.id, h.name, h.software, h.version, h.dialect, h.scheme, h.checked, h.failures, h.failing, h.next_try,
	h.last_success, h.last_error`

func scanHost(scan func(...any) error) (h Host, err error) {
	var checked, failing, next, success int64
	err = scan(&h.ID, &h.Name, &h.Software, &h.Version, &h.Dialect, &h.Scheme, &checked, &h.Failures, &failing, &next, &success, &h.LastError)
	if errors.Is(err, sql.ErrNoRows) {
		return Host{}, fmt.Errorf("host: %w", ErrNotFound)
	}
	h.Checked, h.Failing, h.NextTry, h.LastSuccess = moment(checked), moment(failing), moment(next), moment(success)
	return h, wrap(err, "read host")
}

// Host returns what is known of a server, or ErrNotFound.
func (s *Store) Host(ctx context.Context, name string) (Host, error) {
	return scanHost(s.read.QueryRowContext(ctx, `SELECT `+hostColumns+` FROM hosts h WHERE name = $1`, name).Scan)
}

// Hosts lists every known server by name.
func (s *Store) Hosts(ctx context.Context) ([]Host, error) {
	rows, err := s.read.QueryContext(ctx, `SELECT `+hostColumns+` FROM hosts h ORDER BY name`)
	if err != nil {
		return nil, fmt.Errorf("list hosts: %w", err)
	}
	return collect(rows, func(rows *sql.Rows) (Host, error) { return scanHost(rows.Scan) })
}

// Learn keeps what a server says it runs and the dialect that follows from it.
func (s *Store) Learn(ctx context.Context, name, software, version string, d Dialect) error {
	return s.update(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO hosts (name, software, version, dialect, checked) VALUES ($1,$2,$3,$4,$5)
			ON CONFLICT (name) DO UPDATE SET software = excluded.software, version = excluded.version,
				dialect = excluded.dialect, checked = excluded.checked`,
			name, software, version, d, s.now().Unix())
		return wrap(err, "keep what "+name+" runs")
	})
}

// Revive lets deliveries to a server start again at once: it has just shown that it is up.
func (s *Store) Revive(ctx context.Context, name string) error {
	err := s.update(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE hosts SET next_try = 0, failures = 0, failing = 0 WHERE name = $1 AND failures > 0`, name)
		return wrap(err, "revive "+name)
	})
	signal(s.outgoing)
	return err
}

// moment is the time of stored seconds, the zero time for 0.
func moment(seconds int64) time.Time {
	if seconds == 0 {
		return time.Time{}
	}
	return time.Unix(seconds, 0)
}

package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"
)

// Received is an activity as it came in.
type Received struct {
	Row      int64
	Activity string // its id, unique
	Signer   string // actor URI that the signature proved
	Raw      []byte
	At       time.Time
	Signed   time.Time // as the signature says; zero for what somebody else passed on
	Attempts int
	Again    bool   // a known id is looked at once more (a Follow whose answer was lost), if it was signed since
	Host     string // of the signer, filled in by Due
}

// Receive stores an activity durably and says whether it is new: the second copy of an id changes nothing. Once it
// returns, the activity survives a power cut and the sender may be answered 202.
func (s *Store) Receive(ctx context.Context, r Received) (isNew bool, err error) {
	values := []any{hashOfActivity(r.Activity, r.Signer), r.Activity, r.Signer, r.Raw, r.At.Unix(), unix(r.Signed)}
	host := hostName(r.Signer)
	err = s.updateAtTheDoor(ctx, func(ctx context.Context, tx *txn) error {
		n, err := tx.changed(ctx, receiving, append(values, host)...)
		if err == nil && n == 0 && r.Again {
			n, err = tx.changed(ctx, receivingAgain, values...)
		}
		isNew = n > 0
		return wrap(err, "store activity "+r.Activity)
	})
	if isNew {
		signal(s.incoming)
	}
	return isNew, err
}

const (
	// receiving passes over what is here already. OR FAIL: what fails half-way is undone with its job, and SQLite need keep nothing to undo
	// the row by itself.
	receiving = `INSERT OR FAIL INTO inbox (hash, activity, signer, raw, received, due, host, signed) SELECT $1, $2, $3, $4, $5, $5, $7, $6
		WHERE NOT EXISTS (SELECT 1 FROM inbox WHERE old = 0 AND hash = $1 AND activity = $2 AND signer = $3)
		AND NOT EXISTS (SELECT 1 FROM old_hashes o JOIN inbox i ON i.id = o.row WHERE o.hash = $1 AND i.activity = $2 AND i.signer = $3)`

	receivingAgain = `UPDATE inbox SET raw = $4, received = $5, due = $5, signed = $6, state = 'new', attempts = 0
		WHERE ` + ofHash + ` AND activity = $2 AND signer = $3 AND signed < $6`

	rawReceived = `SELECT raw FROM inbox WHERE ` + ofHash + ` AND activity = $2 AND signer = $3`
)

// Incoming is signalled when activities may be due, or when another one will be next.
func (s *Store) Incoming() <-chan struct{} { return s.incoming }

// Withdrawn says whether by has taken back an activity or post before it came.
func (s *Store) Withdrawn(ctx context.Context, by, uri string) (gone bool, err error) {
	err = s.read.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM gone WHERE uri = $1 AND author = $2)`, uri, by).Scan(&gone)
	return gone, wrap(err, "look for a withdrawal")
}

// TakeWithdrawn says whether by has taken back an activity before it came, and forgets that: the same id used once more
// later on is meant.
func (s *Store) TakeWithdrawn(ctx context.Context, by, uri string) (gone bool, err error) {
	if may, err := s.hasWithdrawn(ctx, by); err != nil || !may {
		return false, err
	}
	if gone, err = s.Withdrawn(ctx, by, uri); err != nil || !gone {
		return gone, err
	}
	err = s.updateQuietly(ctx, func(ctx context.Context, tx *txn) error {
		_, err := tx.ExecContext(ctx, `DELETE FROM gone WHERE uri = $1 AND author = $2`, uri, by)
		return wrap(err, "forget a withdrawal")
	})
	return gone, err
}

// Forget remembers that by has taken back an activity, so that it has no effect should it come later.
func (s *Store) Forget(ctx context.Context, by, uri string) error {
	return s.updateQuietly(ctx, func(ctx context.Context, tx *txn) error { return forget(ctx, tx, by, uri, s.now().Unix()) })
}

// ReceivedRaw returns the bytes of an activity that signer sent, or ErrNotFound.
func (s *Store) ReceivedRaw(ctx context.Context, activity, signer string) (raw []byte, err error) {
	err = s.read.QueryRowContext(ctx, rawReceived, hashOfActivity(activity, signer), activity, signer).Scan(&raw)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, fmt.Errorf("activity %s: %w", activity, ErrNotFound)
	}
	return raw, wrap(err, "read activity "+activity)
}

// smallActivity is how many bytes an activity may have to be read ahead of its turn. Nearly all are smaller.
const smallActivity = 8 << 10

// hostsAfter are the hosts after $1 in the alphabet of which something waits, each found by one look into the index.
const hostsAfter = `WITH RECURSIVE h (host) AS (
		SELECT MIN(host) FROM inbox WHERE state = 'new' AND host > $1
		UNION ALL SELECT (SELECT MIN(i.host) FROM inbox i WHERE i.state = 'new' AND i.host > h.host) FROM h WHERE h.host IS NOT NULL)`

// turn reads a few rows of each host: of those after $1 in the alphabet, at most $3 each and $4 in all. Of these it leaves out what is by
// the signers $6, so that it looks at no more rows of a host however much waits behind somebody.
const turn = hostsAfter + ` SELECT i.id, i.activity, i.signer, i.received, i.attempts, i.host, i.signed, CASE WHEN LENGTH(i.raw) <= $5 THEN i.raw END FROM h JOIN inbox i ON i.id IN (
		SELECT j.id FROM inbox j WHERE j.state = 'new' AND j.host = h.host AND j.due <= $2 ORDER BY j.due, j.id LIMIT $3)
	WHERE i.signer NOT IN (SELECT value FROM json_each($6))
	ORDER BY i.host, i.due, i.id LIMIT $4`

// Due returns activities to look at now: of each host the oldest, at most perHost, of the hosts after the one named in the
// alphabet, at most limit in all, without those of the signers in except. Whatever a crash interrupted is among them. The bytes of
// large ones are nil: they are read by [Store.RawOf] when their turn comes.
func (s *Store) Due(ctx context.Context, after string, perHost, limit int, except []string) ([]Received, error) {
	signers, err := json.Marshal(append([]string{}, except...))
	if err != nil {
		return nil, fmt.Errorf("list signers: %w", err)
	}
	rows, err := s.read.QueryContext(ctx, turn, after, s.now().Unix(), perHost, limit, smallActivity, string(signers))
	if err != nil {
		return nil, fmt.Errorf("read due activities: %w", err)
	}
	return collect(rows, func(rows *sql.Rows) (r Received, err error) {
		var at, signed int64
		err = rows.Scan(&r.Row, &r.Activity, &r.Signer, &at, &r.Attempts, &r.Host, &signed, &r.Raw)
		r.At, r.Signed = time.Unix(at, 0), moment(signed)
		return r, err
	})
}

// RawOf returns the bytes of an activity by its row, or ErrNotFound.
func (s *Store) RawOf(ctx context.Context, row int64) (raw []byte, err error) {
	err = s.read.QueryRowContext(ctx, `SELECT raw FROM inbox WHERE id = $1`, row).Scan(&raw)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, fmt.Errorf("activity in row %d: %w", row, ErrNotFound)
	}
	return raw, wrap(err, "read an activity")
}

// NextDue returns when the next activity that is not due yet will be; the zero time if none will.
func (s *Store) NextDue(ctx context.Context) (time.Time, error) {
	var due sql.NullInt64
	err := s.read.QueryRowContext(ctx, `SELECT MIN(due) FROM inbox WHERE state = 'new' AND due > $1`, s.now().Unix()).Scan(&due)
	return moment(due.Int64), wrap(err, "read the next due time")
}

const (
	undecidedOf   = `SELECT COALESCE(SUM(weight), 0) FROM (SELECT 1 + LENGTH(raw) / $2 AS weight FROM inbox WHERE state = 'new' AND host = $1`
	undecidedHost = undecidedOf + ` LIMIT $3)`
	undecidedBy   = undecidedOf + ` AND signer = $4 LIMIT $3)`

	hostsWaiting   = hostsAfter + ` SELECT host FROM h WHERE host IS NOT NULL`
	undecidedAmong = `SELECT COALESCE(SUM(weight), 0) FROM (SELECT 1 + LENGTH(i.raw) / $2 AS weight
		FROM json_each($1) e CROSS JOIN inbox i ON i.host = e.value AND i.state = 'new' LIMIT $3)`

	onItsWay = `SELECT EXISTS (SELECT 1 FROM posts WHERE uri = $1),
		(EXISTS (SELECT 1 FROM inbox WHERE state = 'new' AND host = $2 AND due <= $5 AND id < $4)
			OR EXISTS (SELECT 1 FROM inbox WHERE waits_for = $1 AND waits_for <> '' AND signer = $3))`
)

// Undecided says how much of somebody's host waits to be decided: each activity counts once, and once more for every bulk bytes. It
// looks at limit of them at most.
func (s *Store) Undecided(ctx context.Context, actor string, bulk, limit int) (n int, err error) {
	err = s.read.QueryRowContext(ctx, undecidedHost, hostName(actor), bulk, limit).Scan(&n)
	return n, wrap(err, "count what waits of a host")
}

// UndecidedBy is the same for what one person sent.
func (s *Store) UndecidedBy(ctx context.Context, actor string, bulk, limit int) (n int, err error) {
	err = s.read.QueryRowContext(ctx, undecidedBy, hostName(actor), bulk, limit, actor).Scan(&n)
	return n, wrap(err, "count what waits of a person")
}

// UndecidedAmong is the same for all hosts for which among says yes. It looks at the name of each host of which something waits.
func (s *Store) UndecidedAmong(ctx context.Context, among func(host string) bool, bulk, limit int) (n int, err error) {
	rows, err := s.read.QueryContext(ctx, hostsWaiting, "")
	if err != nil {
		return 0, fmt.Errorf("read of which hosts something waits: %w", err)
	}
	hosts, err := collect(rows, func(rows *sql.Rows) (host string, err error) { return host, rows.Scan(&host) })
	if err != nil {
		return 0, err
	}
	names, err := json.Marshal(slices.DeleteFunc(hosts, func(host string) bool { return !among(host) }))
	if err != nil {
		return 0, fmt.Errorf("list hosts: %w", err)
	}
	err = s.read.QueryRowContext(ctx, undecidedAmong, string(names), bulk, limit).Scan(&n)
	return n, wrap(err, "count what waits of some hosts")
}

// OnItsWay says whether a post that is not here may be in what came before row and is not decided: something of its host is, or
// something else by signer waits for it.
func (s *Store) OnItsWay(ctx context.Context, uri, signer string, row int64) (may bool, err error) {
	_, age, known := s.filed.get(uri)
	if known {
		return false, nil
	}
	var here bool
	if err = s.read.QueryRowContext(ctx, onItsWay, uri, hostName(uri), signer, row, s.now().Unix()).Scan(&here, &may); err != nil {
		return false, fmt.Errorf("look for a post that waits: %w", err)
	}
	if here { // it stays, if only as a tombstone: nothing that is about it need wait
		s.filed.put(uri, struct{}{}, age)
	}
	return may && !here, nil
}

// Postpone looks at an activity again at a later time, or as soon as the post waitsFor ("" for none) is filed: at once, if that
// was filed since it was looked for.
func (s *Store) Postpone(ctx context.Context, row int64, until time.Time, waitsFor string) error {
	err := s.updateQuietly(ctx, func(ctx context.Context, tx *txn) error {
		_, err := tx.ExecContext(ctx, `UPDATE inbox SET due = CASE WHEN EXISTS (SELECT 1 FROM posts WHERE uri = $3) THEN 0 ELSE $2 END,
			waits_for = $3, attempts = attempts + 1 WHERE id = $1 AND state = 'new'`, row, until.Unix(), waitsFor)
		return wrap(err, "postpone activity")
	})
	signal(s.incoming)
	return err
}

// Settle ends the work on an activity that led to no request, with the reason.
func (s *Store) Settle(ctx context.Context, row int64, verdict, reason string) error {
	return s.updateOften(ctx, func(ctx context.Context, tx *txn) error { return settle(ctx, tx, row, verdict, reason) })
}

const settling = `UPDATE inbox SET state = 'done', waits_for = '', verdict = $2, reason = $3 WHERE id = $1`

func settle(ctx context.Context, tx *txn, row int64, verdict, reason string) error {
	_, err := tx.ExecContext(ctx, settling, row, verdict, reason)
	return wrap(err, "settle activity")
}

const becameOf = `SELECT verdict, reason FROM inbox WHERE ` + ofHash + ` AND activity = $2 AND signer = $3`

// Outcome returns what became of an activity; both empty while it waits. ErrNotFound if it never came from signer.
func (s *Store) Outcome(ctx context.Context, activity, signer string) (verdict, reason string, err error) {
	err = s.read.QueryRowContext(ctx, becameOf, hashOfActivity(activity, signer), activity, signer).Scan(&verdict, &reason)
	if errors.Is(err, sql.ErrNoRows) {
		return "", "", fmt.Errorf("activity %s: %w", activity, ErrNotFound)
	}
	return verdict, reason, wrap(err, "read outcome")
}

// collect reads all rows and closes them.
func collect[T any](rows *sql.Rows, scan func(*sql.Rows) (T, error)) ([]T, error) {
	defer rows.Close()
	var out []T
	for rows.Next() {
		v, err := scan(rows)
		if err != nil {
			return nil, fmt.Errorf("scan row: %w", err)
		}
		out = append(out, v)
	}
	return out, wrap(rows.Err(), "read rows")
}

// column collects what a query selects that has one column: column[string](s.read.QueryContext(…)).
func column[T any](rows *sql.Rows, err error) ([]T, error) {
	if err != nil {
		return nil, err
	}
	return collect(rows, func(rows *sql.Rows) (v T, err error) {
		err = rows.Scan(&v)
		return v, err
	})
}

func wrap(err error, doing string) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", doing, err)
}

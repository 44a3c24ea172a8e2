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
	Smithereen   Dialect = "smithereen"   // what is added to a group's wall (FEP-400e), nothing else
)

// Host is another server, as known from what it said and how it answered.
type Host struct {
	ID          int64
	Name        string // authority, lower case
	Software    string // from NodeInfo, "" if never learnt
	Version     string
	Dialect     Dialect   // that follows from what it said and showed
	Override    Dialect   // set by the admin, "" for none; goes before Dialect
	Shown       Dialect   // that its activities speak, "" for none in particular
	ShownAt     time.Time // when it last showed something new
	Checked     time.Time // when Software was last asked for, zero for never
	Said        time.Time // when it was last answered
	Scheme      string    // signature scheme that worked last, "" for not known
	Failures    int       // deliveries failed in a row
	Failing     time.Time // since when, zero while all is well
	NextTry     time.Time // no delivery before, zero for at once
	Asked       time.Time // it wants to be left alone until then
	Revived     time.Time // when a word of its own last ended its back-off
	LastSuccess time.Time
	LastError   string // for people
}

const hostColumns = `h.id, h.name, h.software, h.version, h.dialect, h.override, h.shown, h.shown_at, h.checked, h.said, h.scheme,
	h.failures, h.failing, h.next_try, h.asked, h.revived, h.last_success, h.last_error`

func scanHost(scan func(...any) error) (h Host, err error) {
	var shown, checked, said, failing, next, asked, revived, success int64
	err = scan(&h.ID, &h.Name, &h.Software, &h.Version, &h.Dialect, &h.Override, &h.Shown, &shown, &checked, &said, &h.Scheme,
		&h.Failures, &failing, &next, &asked, &revived, &success, &h.LastError)
	if errors.Is(err, sql.ErrNoRows) {
		return Host{}, fmt.Errorf("host: %w", ErrNotFound)
	}
	h.ShownAt, h.Checked, h.Said = moment(shown), moment(checked), moment(said)
	h.Failing, h.NextTry, h.Asked = moment(failing), moment(next), moment(asked)
	h.Revived, h.LastSuccess = moment(revived), moment(success)
	return h, wrap(err, "read host")
}

// Host returns what is known of a server, or ErrNotFound.
func (s *Store) Host(ctx context.Context, name string) (Host, error) {
	known, age, ok := s.hosts.get(name)
	if ok {
		return known, nil
	}
	h, err := scanHost(s.read.QueryRowContext(ctx, `SELECT `+hostColumns+` FROM hosts h WHERE name = $1`, name).Scan)
	if err == nil {
		s.hosts.put(name, h, age)
	}
	return h, err
}

// touchHost notes that a transaction changes what is known of a host.
func (t *txn) touchHost(id int64) {
	include(&t.changes.hosts, id)
}

// ChangeHost edits what is known of a server's software, dialect and signature scheme and returns it as it is then; ErrNotFound if the server
// was never met. Everything else about it stays as it is. change runs inside the write transaction, so that what is learnt
// in two places at once is not lost; it must be quick and pure.
func (s *Store) ChangeHost(ctx context.Context, name string, change func(*Host)) (h Host, err error) {
	err = s.updateQuietly(ctx, func(ctx context.Context, tx *txn) error {
		if h, err = scanHost(tx.QueryRowContext(ctx, `SELECT `+hostColumns+` FROM hosts h WHERE name = $1`, name).Scan); err != nil {
			return err
		}
		spoken := h.spoken()
		change(&h)
		if now := h.spoken(); now != spoken {
			if err := turnFrom(ctx, tx, h.ID, spoken); err != nil {
				return err
			}
		}
		tx.touchHost(h.ID)
		_, err = tx.ExecContext(ctx, `UPDATE hosts SET software = $2, version = $3, dialect = $4, override = $5, shown = $6,
			shown_at = $7, checked = $8, said = $9, scheme = $10 WHERE id = $1`,
			h.ID, h.Software, h.Version, h.Dialect, h.Override, h.Shown, unix(h.ShownAt), unix(h.Checked), unix(h.Said), h.Scheme)
		return wrap(err, "keep what is known of "+name)
	})
	signal(s.outgoing)
	return h, err
}

// upToDate moves the cursors of a host past what it does not read, where nothing else waits.
const upToDate = `UPDATE cursors SET seq = (SELECT MAX(o.seq) FROM outbox o WHERE o.group_id = cursors.group_id)
	WHERE host_id = $1 AND seq < (SELECT MAX(o.seq) FROM outbox o WHERE o.group_id = cursors.group_id)
	AND NOT EXISTS (SELECT 1 FROM outbox o WHERE o.group_id = cursors.group_id AND o.seq > cursors.seq AND o.form IN ($2, $3, $4))`

// turnFrom comes before a host is spoken to in another dialect. What it did not read so far is not what it missed.
func turnFrom(ctx context.Context, tx *txn, host int64, spoken Dialect) error {
	forms := formsOf(spoken)
	_, err := tx.ExecContext(ctx, upToDate, host, forms[0], forms[1], forms[2])
	return wrap(err, "pass over what is in other forms")
}

// Ailing says whether there is something that a success ends.
func (h Host) Ailing() bool { return h.Failures > 0 || !h.Failing.IsZero() || h.LastError != "" }

// spoken is the dialect in which the host is spoken to.
func (h Host) spoken() Dialect {
	if h.Override != "" {
		return h.Override
	}
	return h.Dialect
}

// MayTry says whether deliveries to the host need not wait.
func (h Host) MayTry(now time.Time) bool {
	return !h.NextTry.After(now) || h.NextTry.After(now.Add(farOff))
}

// reviveAgain is how long the words of a host whose inbox does not work after all change nothing.
const reviveAgain = time.Hour

// MayRevive says whether a word of a host that fails is reason to try it before its time: the first since it fails, and one
// each hour.
func (h Host) MayRevive(now time.Time) bool {
	return h.Failures > 0 && (h.Revived.Before(h.Failing) || now.Before(h.Revived) || !now.Before(h.Revived.Add(reviveAgain)))
}

// Revive lets deliveries to a server start again: it has just shown that it is up. It still counts as failing until one
// arrives, and is left alone for as long as it asked. After a day away it may be another software, so it is asked again.
func (s *Store) Revive(ctx context.Context, name string) error {
	err := s.updateQuietly(ctx, func(ctx context.Context, tx *txn) error {
		h, err := scanHost(tx.QueryRowContext(ctx, `SELECT `+hostColumns+` FROM hosts h WHERE name = $1`, name).Scan)
		if err != nil || !h.MayRevive(s.now()) {
			return err
		}
		next, checked := time.Time{}, h.Checked
		if h.Asked.After(s.now()) {
			next = h.Asked
		}
		if !h.Failing.After(s.now().Add(-24 * time.Hour)) {
			checked = time.Time{}
		}
		tx.touchHost(h.ID)
		_, err = tx.ExecContext(ctx, `UPDATE hosts SET next_try = $2, checked = $3, revived = $4 WHERE id = $1`,
			h.ID, unix(next), unix(checked), s.now().Unix())
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

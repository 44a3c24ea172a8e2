package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// Founding says who may found groups on this server.
type Founding string

// Who may found groups.
const (
	FoundAdmins   Founding = "admins" // only those who run the server
	FoundApproval Founding = "approval"
	FoundAnyone   Founding = "anyone" // who is signed in
)

// Founding says who may found groups: those who run the server, unless they have chosen otherwise.
func (s *Store) Founding(ctx context.Context) (Founding, error) {
	var f Founding
	err := s.read.QueryRowContext(ctx, `SELECT value FROM meta WHERE key = 'founding'`).Scan(&f)
	if errors.Is(err, sql.ErrNoRows) {
		return FoundAdmins, nil
	}
	return f, wrap(err, "read who may found groups")
}

// SetFounding says who may found groups from now on.
func (s *Store) SetFounding(ctx context.Context, f Founding, by string) error {
	return s.updateQuietly(ctx, func(ctx context.Context, tx *txn) error {
		if err := setMeta(ctx, tx, "founding", string(f)); err != nil {
			return err
		}
		return s.logServer(ctx, tx, ServerAct{Kind: "founding", By: by, Target: string(f)})
	})
}

func setMeta(ctx context.Context, tx *txn, key, value string) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO meta (key, value) VALUES ($1, $2) ON CONFLICT (key) DO UPDATE SET value = excluded.value`, key, value)
	return wrap(err, "write the setting "+key)
}

// WantedGroup is a group that somebody asks whoever runs the server to found.
type WantedGroup struct {
	ID                   int64
	Person               Actor
	Name, Title, Summary string
	At                   time.Time
	Decided              time.Time // zero while it waits
	Founded              bool
	Answer               string // what whoever asked is told
}

// maxWanted is how many groups one person asks for at a time.
const maxWanted = 3

// ErrWanted means that somebody already waits for as many groups as they may ask for.
var ErrWanted = errors.New("as many groups as may be are asked for")

// AskForGroup keeps what somebody, by their number, asks for until it is decided. ErrWanted if too much of theirs waits.
func (s *Store) AskForGroup(ctx context.Context, actor int64, w WantedGroup) error {
	return s.updateQuietly(ctx, func(ctx context.Context, tx *txn) error {
		res, err := tx.ExecContext(ctx, `INSERT INTO foundings (actor_id, name, title, summary, at) SELECT $1, $2, $3, $4, $5
			WHERE (SELECT COUNT(*) FROM foundings WHERE actor_id = $1 AND decided = 0) < $6`,
			actor, w.Name, w.Title, w.Summary, s.now().Unix(), maxWanted)
		if err != nil {
			return fmt.Errorf("ask for a group: %w", err)
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return errors.Join(err, ErrWanted)
		}
		return nil
	})
}

const wantedColumns = `SELECT f.id, a.id, a.uri, a.handle, a.name, a.url, f.name, f.title, f.summary, f.at, f.decided, f.founded, f.answer
	FROM foundings f JOIN actors a ON a.id = f.actor_id`

func scanWanted(scan func(...any) error) (w WantedGroup, err error) {
	var at, decided int64
	err = scan(&w.ID, &w.Person.ID, &w.Person.URI, &w.Person.Handle, &w.Person.Name, &w.Person.URL, &w.Name, &w.Title, &w.Summary,
		&at, &decided, &w.Founded, &w.Answer)
	w.At, w.Decided = moment(at), moment(decided)
	return w, err
}

// WantedGroups lists the groups that are asked for and not decided about, the oldest first.
func (s *Store) WantedGroups(ctx context.Context, limit int) ([]WantedGroup, error) {
	return s.wanted(ctx, wantedColumns+` WHERE f.decided = 0 ORDER BY f.id LIMIT $1`, limit)
}

// WantedBy lists what somebody, by their number, has asked for, the newest first.
func (s *Store) WantedBy(ctx context.Context, actor int64, limit int) ([]WantedGroup, error) {
	return s.wanted(ctx, wantedColumns+` WHERE f.actor_id = $1 ORDER BY f.id DESC LIMIT $2`, actor, limit)
}

func (s *Store) wanted(ctx context.Context, query string, args ...any) ([]WantedGroup, error) {
	rows, err := s.read.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("list the groups that are asked for: %w", err)
	}
	return collect(rows, func(rows *sql.Rows) (WantedGroup, error) { return scanWanted(rows.Scan) })
}

// WantedGroup returns a group that is asked for and not decided about, or ErrNotFound.
func (s *Store) WantedGroup(ctx context.Context, id int64) (WantedGroup, error) {
	w, err := scanWanted(s.read.QueryRowContext(ctx, wantedColumns+` WHERE f.id = $1 AND f.decided = 0`, id).Scan)
	if errors.Is(err, sql.ErrNoRows) {
		return w, fmt.Errorf("group that is asked for: %w", ErrNotFound)
	}
	return w, wrap(err, "read what is asked for")
}

// DecideWanted notes what became of a group that was asked for. ErrNotFound if that is decided already.
func (s *Store) DecideWanted(ctx context.Context, id int64, founded bool, answer, by string) error {
	return s.updateQuietly(ctx, func(ctx context.Context, tx *txn) error {
		var name string
		err := tx.QueryRowContext(ctx, `UPDATE foundings SET decided = $2, founded = $3, answer = $4 WHERE id = $1 AND decided = 0 RETURNING name`,
			id, s.now().Unix(), founded, answer).Scan(&name)
		if errors.Is(err, sql.ErrNoRows) {
			return fmt.Errorf("group that is asked for: %w", ErrNotFound)
		}
		if err != nil {
			return fmt.Errorf("decide about a group: %w", err)
		}
		kind := "turn-down-group"
		if founded {
			kind = "found-group"
		}
		return s.logServer(ctx, tx, ServerAct{Kind: kind, By: by, Target: name, Words: answer})
	})
}

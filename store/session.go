package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// SessionLasts is how long somebody stays signed in without coming back.
const SessionLasts = 30 * 24 * time.Hour

// maxSessions is how many browsers one person is signed in with; the one that was used least lately is signed out for another.
const maxSessions = 30

// How somebody signed in.
const (
	ByLink   = "link"   // made by whoever runs the server
	ByServer = "server" // their own server said who they are
	ByCode   = "code"   // their own server sent a private message with it
)

// Session is a browser that somebody is signed in with.
type Session struct {
	ID      int64
	Actor   Actor
	Admin   bool // runs this server
	How     string
	Agent   string // browser, in words
	Token   []byte // of the person's own server, sealed with the secret
	Said    string // what the next page says, once
	Created time.Time
	Used    time.Time
	Expires time.Time
}

// OpenSession signs an actor, by its URI, in with whoever holds the secret. Agent, How and Token are those of n.
func (s *Store) OpenSession(ctx context.Context, secret, person string, n Session) error {
	return s.updateQuietly(ctx, func(ctx context.Context, tx *txn) error {
		actor, err := actorID(ctx, tx, person)
		if err != nil {
			return err
		}
		now := s.now()
		_, err = tx.ExecContext(ctx, `INSERT INTO sessions (hash, actor_id, how, agent, token, created, used, expires) VALUES ($1,$2,$3,$4,$5,$6,$6,$7)`,
			hashOf(secret), actor, n.How, n.Agent, n.Token, now.Unix(), now.Add(SessionLasts).Unix())
		if err != nil {
			return fmt.Errorf("open a session: %w", err)
		}
		_, err = tx.ExecContext(ctx, `DELETE FROM sessions WHERE id IN
			(SELECT id FROM sessions WHERE actor_id = $1 ORDER BY used DESC, id DESC LIMIT -1 OFFSET $2)`, actor, maxSessions)
		return wrap(err, "end old sessions")
	})
}

const sessionColumns = `SELECT s.id, a.id, a.uri, a.handle, a.name, a.url, a.type, a.bot, EXISTS (SELECT 1 FROM admins d WHERE d.actor_id = a.id),
	s.how, s.agent, s.token, s.said, s.created, s.used, s.expires FROM sessions s JOIN actors a ON a.id = s.actor_id`

func scanSession(scan func(...any) error) (n Session, err error) {
	var created, used, expires int64
	err = scan(&n.ID, &n.Actor.ID, &n.Actor.URI, &n.Actor.Handle, &n.Actor.Name, &n.Actor.URL, &n.Actor.Type, &n.Actor.Bot, &n.Admin,
		&n.How, &n.Agent, &n.Token, &n.Said, &created, &used, &expires)
	n.Created, n.Used, n.Expires = moment(created), moment(used), moment(expires)
	return n, err
}

const sessionBySecret = sessionColumns + ` WHERE s.hash = $1 AND s.expires > $2 AND a.gone = 0`

// Session returns who is signed in with a secret, or ErrNotFound.
func (s *Store) Session(ctx context.Context, secret string) (Session, error) {
	n, err := scanSession(s.read.QueryRowContext(ctx, sessionBySecret, hashOf(secret), s.now().Unix()).Scan)
	if errors.Is(err, sql.ErrNoRows) {
		return Session{}, fmt.Errorf("session: %w", ErrNotFound)
	}
	return n, wrap(err, "read a session")
}

// Sessions lists the browsers that an actor is signed in with, the one used last first.
func (s *Store) Sessions(ctx context.Context, actor int64) ([]Session, error) {
	rows, err := s.read.QueryContext(ctx, sessionColumns+` WHERE s.actor_id = $1 AND s.expires > $2 ORDER BY s.used DESC, s.id DESC`, actor, s.now().Unix())
	if err != nil {
		return nil, fmt.Errorf("list sessions: %w", err)
	}
	return collect(rows, func(rows *sql.Rows) (Session, error) { return scanSession(rows.Scan) })
}

// UseSession notes that a session is used, and has it last from now on.
func (s *Store) UseSession(ctx context.Context, id int64) error {
	now := s.now()
	return s.ofSessions(ctx, `UPDATE sessions SET used = $2, expires = $3 WHERE id = $1`, id, now.Unix(), now.Add(SessionLasts).Unix())
}

// Say has the next page of a session say something, once; "" nothing.
func (s *Store) Say(ctx context.Context, id int64, said string) error {
	return s.ofSessions(ctx, `UPDATE sessions SET said = $2 WHERE id = $1`, id, said)
}

// EndSession signs an actor out of one browser, by the number of the session.
func (s *Store) EndSession(ctx context.Context, actor, id int64) error {
	return s.ofSessions(ctx, `DELETE FROM sessions WHERE actor_id = $1 AND id = $2`, actor, id)
}

// EndSessions signs an actor out of all browsers but one; 0 spares none.
func (s *Store) EndSessions(ctx context.Context, actor, but int64) error {
	return s.ofSessions(ctx, `DELETE FROM sessions WHERE actor_id = $1 AND id <> $2`, actor, but)
}

func (s *Store) ofSessions(ctx context.Context, query string, args ...any) error {
	return s.updateQuietly(ctx, func(ctx context.Context, tx *txn) error {
		_, err := tx.ExecContext(ctx, query, args...)
		return wrap(err, "change sessions")
	})
}

// SetAdmin says whether an actor, by its URI, may run this server from its pages.
func (s *Store) SetAdmin(ctx context.Context, person string, on bool) error {
	return s.update(ctx, func(ctx context.Context, tx *txn) error {
		actor, err := actorID(ctx, tx, person)
		if err != nil {
			return err
		}
		if on {
			_, err = tx.ExecContext(ctx, `INSERT INTO admins (actor_id, since) VALUES ($1, $2) ON CONFLICT DO NOTHING`, actor, s.now().Unix())
		} else {
			_, err = tx.ExecContext(ctx, `DELETE FROM admins WHERE actor_id = $1`, actor)
		}
		return wrap(err, "change who runs the server")
	})
}

// Admins lists who may run this server from its pages.
func (s *Store) Admins(ctx context.Context) ([]Actor, error) {
	rows, err := s.read.QueryContext(ctx, `SELECT a.id, a.uri, a.handle, a.name, a.url FROM admins d JOIN actors a ON a.id = d.actor_id ORDER BY d.since, a.id`)
	if err != nil {
		return nil, fmt.Errorf("list who runs the server: %w", err)
	}
	return collect(rows, func(rows *sql.Rows) (a Actor, err error) {
		return a, rows.Scan(&a.ID, &a.URI, &a.Handle, &a.Name, &a.URL)
	})
}

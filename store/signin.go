package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"folkmoot/group"
)

// SignIn is somebody who is about to sign in.
type SignIn struct {
	Kind    string // ByLink, ByServer or ByCode
	Code    string // of ByCode: what is to be sent; kept hashed and never read back
	Person  string // URI of whoever is signed in, "" as long as that is not known
	Data    string // what else has to be known to go on
	Expires time.Time
}

// maxSignIns is how many may be about to sign in at once: whoever begins very many pushes out the oldest, and fills no disk.
const maxSignIns = 20_000

// BeginSignIn keeps a sign-in for whoever holds the secret. A link for a person takes back the one before.
func (s *Store) BeginSignIn(ctx context.Context, secret string, n SignIn) error {
	code := ""
	if n.Code != "" {
		code = hashOf(n.Code)
	}
	return s.updateQuietly(ctx, func(ctx context.Context, tx *txn) error {
		for _, clean := range []struct {
			query string
			args  []any
		}{
			{`DELETE FROM signins WHERE expires <= $1`, []any{s.now().Unix()}},
			{`DELETE FROM signins WHERE kind = $1 AND kind = 'link' AND person = $2`, []any{n.Kind, n.Person}},
			{`DELETE FROM signins WHERE hash IN (SELECT hash FROM signins WHERE kind <> 'link' ORDER BY expires DESC LIMIT -1 OFFSET $1)`, []any{maxSignIns}},
		} {
			if _, err := tx.ExecContext(ctx, clean.query, clean.args...); err != nil {
				return fmt.Errorf("forget old sign-ins: %w", err)
			}
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO signins (hash, kind, code, person, data, expires) VALUES ($1,$2,$3,$4,$5,$6)
			ON CONFLICT (hash) DO UPDATE SET kind = excluded.kind, code = excluded.code, person = excluded.person, data = excluded.data,
				expires = excluded.expires`, hashOf(secret), n.Kind, code, n.Person, n.Data, n.Expires.Unix())
		return wrap(err, "begin a sign-in")
	})
}

const signInBySecret = `SELECT kind, person, data, expires FROM signins WHERE hash = $1 AND kind = $2 AND expires > $3` // #nosec G101 -- no secret

// SignIn returns the sign-in of whoever holds a secret, or ErrNotFound. use makes it the last time.
func (s *Store) SignIn(ctx context.Context, secret, kind string, use bool) (n SignIn, err error) {
	var expires int64
	args := []any{hashOf(secret), kind, s.now().Unix()}
	if !use {
		err = s.read.QueryRowContext(ctx, signInBySecret, args...).Scan(&n.Kind, &n.Person, &n.Data, &expires)
	} else {
		err = s.updateQuietly(ctx, func(ctx context.Context, tx *txn) error {
			if err := tx.QueryRowContext(ctx, signInBySecret, args...).Scan(&n.Kind, &n.Person, &n.Data, &expires); err != nil {
				return err
			}
			_, err := tx.ExecContext(ctx, `DELETE FROM signins WHERE hash = $1`, args[0])
			return err
		})
	}
	if errors.Is(err, sql.ErrNoRows) {
		return SignIn{}, fmt.Errorf("sign-in: %w", ErrNotFound)
	}
	n.Expires = moment(expires)
	return n, wrap(err, "read a sign-in")
}

// ConfirmSignIn says that an actor, by its URI, sent a code. Each code is taken once. ErrNotFound if nobody waits for it.
func (s *Store) ConfirmSignIn(ctx context.Context, code, person string) error {
	return s.updateQuietly(ctx, func(ctx context.Context, tx *txn) error {
		res, err := tx.ExecContext(ctx, `UPDATE signins SET person = $2, code = '' WHERE code = $1 AND code <> '' AND kind = 'code' AND person = '' AND expires > $3`,
			hashOf(code), person, s.now().Unix())
		if err != nil {
			return fmt.Errorf("confirm a sign-in: %w", err)
		}
		n, err := res.RowsAffected()
		if err == nil && n == 0 {
			err = fmt.Errorf("sign-in: %w", ErrNotFound)
		}
		return err
	})
}

// Application returns what this server is known as to another, by its origin, or ErrNotFound.
func (s *Store) Application(ctx context.Context, origin string) (data string, err error) {
	err = s.read.QueryRowContext(ctx, `SELECT data FROM applications WHERE origin = $1`, origin).Scan(&data)
	if errors.Is(err, sql.ErrNoRows) {
		return "", fmt.Errorf("application of %s: %w", origin, ErrNotFound)
	}
	return data, wrap(err, "read an application")
}

// SaveApplication keeps what this server is known as to another; "" forgets it.
func (s *Store) SaveApplication(ctx context.Context, origin, data string) error {
	return s.updateQuietly(ctx, func(ctx context.Context, tx *txn) error {
		query, args := `INSERT INTO applications (origin, data) VALUES ($1, $2) ON CONFLICT (origin) DO UPDATE SET data = excluded.data`, []any{origin, data}
		if data == "" {
			query, args = `DELETE FROM applications WHERE origin = $1`, args[:1]
		}
		_, err := tx.ExecContext(ctx, query, args...)
		return wrap(err, "keep an application")
	})
}

// Belonging is how an actor stands with one group of this server.
type Belonging struct {
	Group   Group
	State   group.Membership
	Role    group.Role
	Follows bool
}

// Belongings lists the groups that know an actor.
func (s *Store) Belongings(ctx context.Context, actor int64) ([]Belonging, error) {
	rows, err := s.read.QueryContext(ctx, `SELECT m.group_id, m.state, m.role, m.follows FROM memberships m JOIN groups g ON g.id = m.group_id
		WHERE m.actor_id = $1 AND m.state <> $2 AND m.barred = 0 ORDER BY g.name`, actor, group.Left)
	if err != nil {
		return nil, fmt.Errorf("list groups of an account: %w", err)
	}
	list, err := collect(rows, func(rows *sql.Rows) (b Belonging, err error) {
		return b, rows.Scan(&b.Group.ID, &b.State, &b.Role, &b.Follows)
	})
	for i := range list {
		if err == nil {
			list[i].Group, err = s.groupByID(ctx, list[i].Group.ID)
		}
	}
	return list, err
}

package store

import (
	"context"
	"errors"
	"fmt"
)

// ErrLastAdmin means that somebody is the last who runs the server from its pages.
var ErrLastAdmin = errors.New("nobody else runs the server")

// ChangeAdmin says in the name of somebody who runs the server whether an actor, by its URI, runs it too. Errors: ErrLastAdmin.
func (s *Store) ChangeAdmin(ctx context.Context, person string, on bool, by string) error {
	return s.updateQuietly(ctx, func(ctx context.Context, tx *txn) error {
		actor, err := actorID(ctx, tx, person)
		if err != nil {
			return err
		}
		act := ServerAct{Kind: "add-admin", By: by, Target: person}
		query := `INSERT INTO admins (actor_id, since) VALUES ($1, $2) ON CONFLICT DO NOTHING`
		if !on {
			act.Kind, query = "remove-admin", `DELETE FROM admins WHERE actor_id = $1 AND $2 > 0 AND EXISTS (SELECT 1 FROM admins WHERE actor_id <> $1)`
		}
		res, err := tx.ExecContext(ctx, query, actor, s.now().Unix())
		if err != nil {
			return fmt.Errorf("change who runs the server: %w", err)
		}
		n, err := res.RowsAffected()
		if err != nil || n == 0 && on {
			return err
		}
		if n == 0 {
			return ErrLastAdmin
		}
		return s.logServer(ctx, tx, act)
	})
}

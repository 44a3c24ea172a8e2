package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"folkmoot/group"
)

// traces are what a group keeps of a person beside posts, votes and membership: $1 is the group, $2 the number of the person.
func traces() []string {
	return []string{
		`DELETE FROM notices WHERE group_id = $1 AND actor_id = $2`,
		`DELETE FROM told WHERE group_id = $1 AND actor_id = $2`,
		`DELETE FROM offers WHERE group_id = $1 AND actor_id = $2`,
		`DELETE FROM nominations WHERE group_id = $1 AND (voter_id = $2 OR candidate = $2)`,
		`DELETE FROM letters WHERE group_id = $1 AND actor_id = $2`,
		`DELETE FROM tickets WHERE group_id = $1 AND actor_id = $2`,
	}
}

// tracesNamed are those that are kept by the URI of the person, $2. Moderators go on seeing that something was reported, and the log what
// was decided, but not in this person's words.
func tracesNamed() []string {
	return []string{
		`UPDATE reports SET reporter = '', words = '' WHERE group_id = $1 AND reporter = $2`,
		`UPDATE audit SET words = '' WHERE group_id = $1 AND person = $2 AND kind IN ('report', 'answer', 'appeal', 'ask')`,
		`UPDATE appeals SET words = '' WHERE group_id = $1 AND person = $2`,
	}
}

// eraseTraces erases what a group keeps of a person beside the posts, and notes whom it told of those.
func (w effectWriter) eraseTraces(ctx context.Context, e group.EraseTraces) error {
	actor, err := actorID(ctx, w.tx, e.Person)
	if err != nil {
		return err
	}
	if err := w.noteErasure(ctx, e.Person); err != nil {
		return err
	}
	if err := w.uncountAll(ctx, e.Person, actor); err != nil {
		return err
	}
	for _, query := range traces() {
		if err := w.exec(ctx, query, w.group.ID, actor); err != nil {
			return fmt.Errorf("erase what is kept of %s: %w", e.Person, err)
		}
	}
	for _, query := range tracesNamed() {
		if err := w.exec(ctx, query, w.group.ID, e.Person); err != nil {
			return fmt.Errorf("erase what is kept of %s: %w", e.Person, err)
		}
	}
	if e.Banned {
		return w.exec(ctx, `UPDATE memberships SET answer = '' WHERE group_id = $1 AND actor_id = $2`, w.group.ID, actor)
	}
	for _, query := range []string{
		`DELETE FROM warnings WHERE group_id = $1 AND person = (SELECT uri FROM actors WHERE id = $2)`,
		`DELETE FROM memberships WHERE group_id = $1 AND actor_id = $2`,
	} {
		if err := w.exec(ctx, query, w.group.ID, actor); err != nil {
			return fmt.Errorf("end the membership of %s: %w", e.Person, err)
		}
	}
	return dropCursor(ctx, w.tx, w.group.ID, actor)
}

// uncountAll takes back the votes and boosts of a person.
func (w effectWriter) uncountAll(ctx context.Context, person string, actor int64) error {
	rows, err := w.tx.QueryContext(ctx, `SELECT p.uri, c.kind FROM counts c JOIN posts p ON p.id = c.post_id
		WHERE c.actor_id = $1 AND p.group_id = $2`, actor, w.group.ID)
	if err != nil {
		return fmt.Errorf("list votes of %s: %w", person, err)
	}
	votes, err := collect(rows, func(rows *sql.Rows) (c group.Count, err error) {
		return group.Count{URI: c.URI, Person: person, Kind: c.Kind, Undo: true}, rows.Scan(&c.URI, &c.Kind)
	})
	if err != nil {
		return err
	}
	for _, v := range votes {
		if err := w.count(ctx, v); err != nil {
			return err
		}
	}
	return nil
}

// noteErasure writes down which servers are told what is erased, if any is.
func (w effectWriter) noteErasure(ctx context.Context, person string) error {
	var id, seq int64
	err := w.tx.QueryRowContext(ctx, `INSERT INTO erasures (group_id, person, at, seq)
		SELECT $1, $2, $3, COALESCE(MAX(seq), 0) FROM outbox RETURNING id, seq`, w.group.ID, person, w.now.Unix()).Scan(&id, &seq)
	if err != nil {
		return fmt.Errorf("note the erasure: %w", err)
	}
	return wrap(w.exec(ctx, `INSERT INTO erasure_hosts (erasure_id, host_id) SELECT $1, host_id FROM cursors WHERE group_id = $2 AND seq < $3`,
		id, w.group.ID, seq), "note who is told of the erasure")
}

// Erasure is how far the news of an erasure has come.
type Erasure struct {
	At               time.Time
	Told             int // servers that had to be told
	Confirmed, Ended int // of those: they have confirmed; nobody there follows the group any more
}

// Erasure returns the last erasure of a person in a group, or ErrNotFound.
func (s *Store) Erasure(ctx context.Context, groupID int64, person string) (e Erasure, err error) {
	var at int64
	err = s.read.QueryRowContext(ctx, `SELECT e.at, COUNT(h.host_id), COALESCE(SUM(c.seq >= e.seq), 0),
		COALESCE(SUM(h.host_id IS NOT NULL AND c.seq IS NULL), 0)
		FROM erasures e LEFT JOIN erasure_hosts h ON h.erasure_id = e.id LEFT JOIN cursors c ON c.group_id = e.group_id AND c.host_id = h.host_id
		WHERE e.id = (SELECT MAX(id) FROM erasures WHERE group_id = $1 AND person = $2) GROUP BY e.id`, groupID, person).
		Scan(&at, &e.Told, &e.Confirmed, &e.Ended)
	if errors.Is(err, sql.ErrNoRows) {
		return e, fmt.Errorf("erasure of %s: %w", person, ErrNotFound)
	}
	e.At = moment(at)
	return e, wrap(err, "read an erasure")
}

package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"folkmoot/group"
)

// Letter is a private message that a group wrote.
type Letter struct {
	Group string // URI
	To    string // URI of the person
	About string // URI of the post or person it is about, "" for neither
	Held  int64  // number of the version that waited then, 0 for none
	Next  group.Kind
}

// Letter finds a private message of a group by the URI of its note, or ErrNotFound.
func (s *Store) Letter(ctx context.Context, uri string) (l Letter, err error) {
	err = s.read.QueryRowContext(ctx, `SELECT g.uri, a.uri, l.about, l.held, l.next FROM letters l JOIN groups g ON g.id = l.group_id
		JOIN actors a ON a.id = l.actor_id WHERE l.uri = $1`, uri).Scan(&l.Group, &l.To, &l.About, &l.Held, &l.Next)
	if errors.Is(err, sql.ErrNoRows) {
		return l, fmt.Errorf("letter %s: %w", uri, ErrNotFound)
	}
	return l, wrap(err, "read a letter")
}

const keepLetter = `INSERT INTO letters (uri, group_id, actor_id, about, held, next, at)
	VALUES ($1, $2, $3, $4, COALESCE((SELECT MAX(h.id) FROM held h JOIN posts p ON p.id = h.post_id
		WHERE h.group_id = $2 AND p.uri = $4 AND h.state = 'waiting'), 0), $5, $6) ON CONFLICT DO NOTHING`

// keepLetter remembers what a private message is about, for whoever answers it.
func (w effectWriter) keepLetter(ctx context.Context, t Telling, note string) error {
	about := t.About
	if about == "" {
		about = t.PostURI
	}
	return wrap(w.exec(ctx, keepLetter, note, w.group.ID, t.To.ID, about, t.Next, w.now.Unix()), "keep a letter")
}

// waitingNumber is the number of the version that waits of a post, 0 for none.
func (w effectWriter) waitingNumber(ctx context.Context, uri string) (n int64, err error) {
	err = w.tx.QueryRowContext(ctx, `SELECT COALESCE(MAX(h.id), 0) FROM held h JOIN posts p ON p.id = h.post_id
		WHERE h.group_id = $1 AND p.uri = $2 AND h.state = 'waiting'`, w.group.ID, uri).Scan(&n)
	return n, wrap(err, "look for what waits")
}

// loadSaid reads what the rules ask about a private message, and about whoever wrote it.
func loadSaid(ctx context.Context, tx *txn, groupID int64, r group.Request, s *group.State) error {
	if r.Said == nil {
		return nil
	}
	err := tx.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM heard WHERE uri = $1)`, r.Said.Note).Scan(&s.Heard)
	if err != nil {
		return fmt.Errorf("look for the same message: %w", err)
	}
	if s.Told == nil {
		s.Told, err = loadTold(ctx, tx, groupID, r.By.URI)
	}
	return err
}

// searchedPosts is how many of a group's last posts are looked through for one that people know by its page alone.
const searchedPosts = 10_000

// PostAt finds a post of a group by its URI, or by the page where people read it; "" if the group has none such.
func (s *Store) PostAt(ctx context.Context, groupID int64, address string) (uri string, err error) {
	if address == "" {
		return "", nil
	}
	err = s.read.QueryRowContext(ctx, `SELECT uri FROM posts WHERE uri = $2 AND group_id = $1`, groupID, address).Scan(&uri)
	if errors.Is(err, sql.ErrNoRows) {
		err = s.read.QueryRowContext(ctx, `SELECT uri FROM (SELECT uri, url FROM posts WHERE group_id = $1 ORDER BY id DESC LIMIT $3)
			WHERE url = $2 LIMIT 1`, groupID, address, searchedPosts).Scan(&uri)
	}
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return uri, wrap(err, "find the post at "+address)
}

// AuthorOf is the URI of whoever wrote a post of a group; "" if the group does not have it.
func (s *Store) AuthorOf(ctx context.Context, groupID int64, post string) (uri string, err error) {
	err = s.read.QueryRowContext(ctx, `SELECT a.uri FROM posts p JOIN actors a ON a.id = p.author_id WHERE p.group_id = $1 AND p.uri = $2`,
		groupID, post).Scan(&uri)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return uri, wrap(err, "find the author of "+post)
}

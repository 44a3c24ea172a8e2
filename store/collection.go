package store

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
)

// Numbered is a post in a collection: by its number pages of the collection are found again, whatever is added meanwhile.
type Numbered struct {
	ID   int64
	URI  string
	Body []byte // how it was announced, or the object itself
}

// Span is a page of a list that is kept newest first: the newest of what is older than Before, or, if Up is set, the oldest of
// what is newer than After.
type Span struct {
	Before, After int64 // Before 0: from the newest on
	Up            bool
}

// The pages of a list of posts p, by number as $2.
const (
	olderThan = ` AND p.id < $2 ORDER BY p.id DESC LIMIT $3`
	newerThan = ` AND p.id > $2 ORDER BY p.id LIMIT $3`
)

// clause says which of them a span is, and the value of $2.
func (s Span) clause() (string, int64) {
	switch {
	case s.Up:
		return newerThan, s.After
	case s.Before > 0:
		return olderThan, s.Before
	}
	return olderThan, 1 << 62
}

// page reads a page of posts of a group, newest first. The query selects number, URI and body.
func (s *Store) page(ctx context.Context, query string, groupID int64, span Span, limit int) ([]Numbered, error) {
	clause, key := span.clause()
	list, err := s.numbered(ctx, query+clause, groupID, key, limit)
	if span.Up {
		slices.Reverse(list)
	}
	return list, err
}

func (s *Store) numbered(ctx context.Context, query string, args ...any) ([]Numbered, error) {
	rows, err := s.read.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("read a collection: %w", err)
	}
	return collect(rows, func(rows *sql.Rows) (n Numbered, err error) { return n, rows.Scan(&n.ID, &n.URI, &n.Body) })
}

// ThreadPage returns the visible threads of a group, by their URIs.
func (s *Store) ThreadPage(ctx context.Context, groupID int64, span Span, limit int) ([]Numbered, error) {
	return s.page(ctx, threadPage, groupID, span, limit)
}

const threadPage = `SELECT p.id, p.uri, NULL FROM posts p WHERE p.group_id = $1 AND p.parent_id IS NULL AND p.state = 'visible'`

// AnnouncedPage returns how a group announced its visible threads first (FEP-1b12). Threads it never announced are left out, and those
// that another group announced before they moved here.
func (s *Store) AnnouncedPage(ctx context.Context, groupID int64, span Span, limit int) ([]Numbered, error) {
	return s.page(ctx, announcedPage, groupID, span, limit)
}

const announcedPage = `SELECT p.id, p.uri, o.body FROM posts p JOIN outbox o ON o.seq =
	(SELECT MIN(seq) FROM outbox WHERE post_id = p.id AND post_id <> 0 AND form = 'wrap')
	WHERE p.group_id = $1 AND o.group_id = $1 AND p.parent_id IS NULL AND p.state = 'visible'`

// ContextPage returns the visible posts of a thread in the order in which they came, after the post numbered after.
func (s *Store) ContextPage(ctx context.Context, groupID, thread, after int64, limit int) ([]Numbered, error) {
	return s.numbered(ctx, contextPage, groupID, thread, after, limit)
}

const contextPage = `SELECT id, uri, NULL FROM posts WHERE group_id = $1 AND thread_id = $2 AND id > $3 AND state = 'visible'
	ORDER BY id LIMIT $4`

// ContextSize counts the visible posts of a thread, the first one too.
func (s *Store) ContextSize(ctx context.Context, groupID, thread int64) (n int, err error) {
	err = s.read.QueryRowContext(ctx, contextSize, groupID, thread).Scan(&n)
	return n, wrap(err, "count the posts of a thread")
}

const contextSize = `SELECT COUNT(*) FROM posts WHERE group_id = $1 AND thread_id = $2 AND state = 'visible'`

// Pinned returns the visible pinned threads of a group as their servers wrote them, the last pinned first.
func (s *Store) Pinned(ctx context.Context, groupID int64) ([]Numbered, error) {
	return s.numbered(ctx, pinned, groupID)
}

const pinned = `SELECT id, uri, raw FROM posts WHERE group_id = $1 AND pinned <> 0 AND state = 'visible' AND raw IS NOT NULL
	ORDER BY pinned DESC, id DESC`

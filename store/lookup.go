package store

import (
	"context"
	"database/sql"
	"errors"

	"folkmoot/group"
)

// PostAuthor returns the author's URI of a post that some group has, "" if none has it.
func (s *Store) PostAuthor(ctx context.Context, uri string) (author string, err error) {
	err = s.read.QueryRowContext(ctx, `SELECT a.uri FROM posts p JOIN actors a ON a.id = p.author_id WHERE p.uri = $1 LIMIT 1`, uri).
		Scan(&author)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return author, wrap(err, "find the author of "+uri)
}

const reported = `SELECT about FROM reports WHERE activity = $1 AND activity <> '' LIMIT 1`

// Reported returns what a report was about, by the id of its Flag; "" if there is no such report.
func (s *Store) Reported(ctx context.Context, activity string) (about string, err error) {
	err = s.read.QueryRowContext(ctx, reported, activity).Scan(&about)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return about, wrap(err, "find the report "+activity)
}

// Counted returns what an activity of somebody brought about that still holds: a follow of a group, or a vote or boost of a
// post, and which. The kind is "" if nothing does. It is known for good, unlike the activity itself.
func (s *Store) Counted(ctx context.Context, activity, by string) (kind group.Kind, about string, err error) {
	err = s.read.QueryRowContext(ctx, counted, activity, by, group.Follow).Scan(&kind, &about)
	if errors.Is(err, sql.ErrNoRows) {
		return "", "", nil
	}
	return kind, about, wrap(err, "find what "+activity+" brought about")
}

const counted = `SELECT $3, g.uri FROM actors a JOIN memberships m ON m.actor_id = a.id JOIN groups g ON g.id = m.group_id
		WHERE a.uri = $2 AND (m.follows <> 0 OR m.state = 'pending') AND m.follow = $1 AND $1 <> ''
	UNION ALL SELECT c.kind, p.uri FROM actors a JOIN counts c ON c.actor_id = a.id JOIN posts p ON p.id = c.post_id
		WHERE a.uri = $2 AND c.activity = $1 AND $1 <> '' LIMIT 1`

// Subscribed says whether some group follows a community elsewhere, with its consent.
func (s *Store) Subscribed(ctx context.Context, community string) (yes bool, err error) {
	err = s.read.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM followings f JOIN actors a ON a.id = f.actor_id
		WHERE a.uri = $1 AND f.state = 'accepted')`, community).Scan(&yes)
	return yes, wrap(err, "see whether "+community+" is followed")
}

// Followings lists the communities elsewhere that a group follows with their consent.
func (s *Store) Followings(ctx context.Context, groupID int64) ([]string, error) {
	uris, err := column[string](s.read.QueryContext(ctx, `SELECT a.uri FROM followings f JOIN actors a ON a.id = f.actor_id
		WHERE f.group_id = $1 AND f.state = 'accepted' ORDER BY a.uri`, groupID))
	return uris, wrap(err, "list followed communities")
}

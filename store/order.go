package store

import (
	"context"
	"time"
)

// Score is what the order of the most liked threads goes by.
func (p Post) Score() int { return p.Likes - p.Dislikes + p.Boosts }

// Each order names the threads by an index and then reads no more of them than it shows. Conditions repeat those of the partial
// indexes, which are not used otherwise. Of a stretch of time
// the index alone is read, from the most liked thread on, until enough of the stretch are found.
const (
	activeThreads = ` WHERE p.id IN (SELECT id FROM posts WHERE ` + ofGroup + ` AND active < $2 ORDER BY active DESC LIMIT $3)
		ORDER BY p.active DESC`
	topThreads = ` WHERE p.id IN (SELECT id FROM posts WHERE ` + ofGroup + ` AND likes - dislikes + boosts <= $2
		AND (likes - dislikes + boosts < $2 OR id < $3) ORDER BY likes - dislikes + boosts DESC, id DESC LIMIT $4)` + topFirst
	topThreadsSince = ` WHERE p.id IN (SELECT id FROM posts INDEXED BY posts_top WHERE ` + ofGroup + ` AND id >= COALESCE((SELECT id FROM posts
		WHERE group_id = ` + theGroup + ` AND filed >= $5 ORDER BY filed LIMIT 1), 1 << 62) AND likes - dislikes + boosts <= $2
		AND (likes - dislikes + boosts < $2 OR id < $3) ORDER BY likes - dislikes + boosts DESC, id DESC LIMIT $4)` + topFirst

	theGroup = `(SELECT id FROM groups WHERE name = $1)`
	ofGroup  = `group_id = ` + theGroup + ` AND parent_id IS NULL AND state = 'visible'`
	topFirst = ` ORDER BY p.likes - p.dislikes + p.boosts DESC, p.id DESC`
)

const beyondAll = 1 << 62

// ActiveThreads returns the visible threads of a group, at most limit, the last answered or begun first: those whose last post is
// older than the post before (0 for all). [Post.Active] of the last one is where the next page begins.
func (s *Store) ActiveThreads(ctx context.Context, name string, before int64, limit int) ([]Post, error) {
	if before == 0 {
		before = beyondAll
	}
	return s.posts(ctx, activeThreads, name, before, limit)
}

// TopPlace is a place in the order of the most liked threads: after the thread of that score and number.
type TopPlace struct{ Score, Thread int64 }

// TopThreads returns the most liked and boosted visible threads of a group, at most limit, of those begun since then (the zero time
// for all), after a place (nil for the first).
func (s *Store) TopThreads(ctx context.Context, name string, since time.Time, after *TopPlace, limit int) ([]Post, error) {
	if after == nil {
		after = &TopPlace{beyondAll, beyondAll}
	}
	if since.IsZero() {
		return s.posts(ctx, topThreads, name, after.Score, after.Thread, limit)
	}
	return s.posts(ctx, topThreadsSince, name, after.Score, after.Thread, limit, since.Unix())
}

const lastPost = `SELECT COALESCE((SELECT l.filed FROM posts l WHERE l.id = (SELECT MAX(active) FROM posts INDEXED BY posts_active
	WHERE group_id = $1 AND parent_id IS NULL AND state = 'visible')), 0)`

// LastPost returns when the last visible post of a group was filed, the zero time for never.
func (s *Store) LastPost(ctx context.Context, groupID int64) (time.Time, error) {
	var filed int64
	err := s.read.QueryRowContext(ctx, lastPost, groupID).Scan(&filed)
	return moment(filed), wrap(err, "find the last post of a group")
}

package store

import (
	"context"
	"database/sql"
	"slices"
	"strings"
	"testing"
	"time"
)

// orders has a group with threads 1 to 4 by Ann, of which the first has the comments 5 and 6.
func orders(t *testing.T) *Store {
	t.Helper()
	s := founded(t)
	follow(t, s)
	for n := range 4 {
		write(t, s, n+1, "")
	}
	write(t, s, 5, "https://mastodon.example/p/1")
	write(t, s, 6, "https://mastodon.example/p/5")
	return s
}

func statement(t *testing.T, s *Store, sqlText string) {
	t.Helper()
	err := s.update(t.Context(), func(ctx context.Context, tx *txn) error {
		_, err := tx.ExecContext(ctx, sqlText)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func wantOrder(t *testing.T, posts []Post, err error, want ...int64) {
	t.Helper()
	var got []int64
	for _, p := range posts {
		got = append(got, p.ID)
	}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("threads %v, %v; want %v", got, err, want)
	}
}

// Threads stand in the order of their last comment that is seen, whatever becomes of comments.
func TestActiveThreads(t *testing.T) {
	s := orders(t)
	active := func(before int64, want ...int64) {
		t.Helper()
		posts, err := s.ActiveThreads(t.Context(), "books", before, 10)
		wantOrder(t, posts, err, want...)
	}
	active(0, 1, 4, 3, 2)
	active(4, 3, 2)
	for _, step := range []struct{ change, last string }{
		{`UPDATE posts SET state = 'removed' WHERE id = 6`, "5"},
		{`UPDATE posts SET state = 'hidden' WHERE id = 5`, "1"},
		{`UPDATE posts SET state = 'visible' WHERE id = 6`, "6"},
		{`UPDATE posts SET state = 'visible' WHERE id = 5`, "6"},
		{`UPDATE posts SET state = 'removed' WHERE id IN (5, 6)`, "1"},
	} {
		statement(t, s, step.change)
		if got := scalar(t, s, `SELECT active FROM posts WHERE id = 1`); got != step.last {
			t.Errorf("after %s: the last is %s, want %s", step.change, got, step.last)
		}
	}
	active(0, 4, 3, 2, 1)
	statement(t, s, `UPDATE posts SET state = 'removed' WHERE id = 3`)
	active(0, 4, 2, 1)
}

func TestTopThreads(t *testing.T) {
	s := orders(t)
	statement(t, s, `UPDATE posts SET likes = 3, dislikes = 1 WHERE id = 2`)
	statement(t, s, `UPDATE posts SET boosts = 1 WHERE id = 1`)
	statement(t, s, `UPDATE posts SET dislikes = 2 WHERE id = 4`)
	top := func(since time.Time, after *TopPlace, limit int, want ...int64) {
		t.Helper()
		posts, err := s.TopThreads(t.Context(), "books", since, after, limit)
		wantOrder(t, posts, err, want...)
	}
	for _, since := range []time.Time{{}, at()} {
		top(since, nil, 10, 2, 1, 3, 4)
		top(since, nil, 2, 2, 1)
		top(since, &TopPlace{1, 1}, 2, 3, 4)
		top(since, &TopPlace{0, 3}, 2, 4)
		top(since, &TopPlace{-2, 4}, 2)
	}
	statement(t, s, `UPDATE posts SET filed = filed - 3600 WHERE id < 3`)
	top(at(), nil, 10, 3, 4)
	top(at().Add(time.Hour), nil, 10)
}

// Threads come out of an index in their order, so that of a hundred thousand no more are read than are shown. Of
// a stretch of time the index alone is read.
func TestOrdersAreReadFromIndexes(t *testing.T) {
	s := orders(t)
	for _, tt := range []struct {
		query, index string
		args         []any
		sorts        int // the few threads shown are sorted once they are read
	}{
		{activeThreads, "USING INDEX posts_active (group_id=? AND active<?)", []any{"books", 9, 9}, 1},
		{topThreads, "USING COVERING INDEX posts_top (group_id=? AND <expr><?)", []any{"books", 9, 9, 9}, 1},
		{topThreadsSince, "USING COVERING INDEX posts_top (group_id=? AND <expr><?)", []any{"books", 9, 9, 9, 9}, 1},
	} {
		rows, err := s.read.Query(`EXPLAIN QUERY PLAN SELECT `+postColumns+tt.query, tt.args...)
		if err != nil {
			t.Fatal(err)
		}
		steps, err := collect(rows, func(rows *sql.Rows) (step string, err error) {
			var id, parent, unused int
			return step, rows.Scan(&id, &parent, &unused, &step)
		})
		plan := strings.Join(steps, "\n")
		if err != nil || !strings.Contains(plan, tt.index) || strings.Count(plan, "TEMP B-TREE") != tt.sorts {
			t.Errorf("%s: %v\n%s", tt.query, err, plan)
		}
	}
}

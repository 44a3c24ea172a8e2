package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"folkmoot/group"
)

// loadReview reads what decides whether a post is let through, or what waits of it.
func loadReview(ctx context.Context, tx *txn, g Group, r group.Request, s *group.State) (err error) {
	switch r.Kind {
	case group.Publish, group.Edit, group.Restore:
		if err := loadPoster(ctx, tx, g, r, s); err != nil {
			return err
		}
	case group.Approve, group.Refuse, group.Overdue:
		if s.Existing != nil {
			if s.Subject, err = loadMember(ctx, tx, g.ID, s.Existing.Author); err != nil {
				return err
			}
		}
	default:
		return nil
	}
	if s.Existing == nil {
		return nil
	}
	return loadWaiting(ctx, tx, g.ID, r, s.Existing)
}

// loadPoster reads what the rules ask about whoever posts, as far as the group's settings want to know it.
func loadPoster(ctx context.Context, tx *txn, g Group, r group.Request, s *group.State) (err error) {
	v := g.Settings.Review
	if v.First > 0 {
		err = tx.QueryRowContext(ctx, `SELECT COUNT(*) FROM (SELECT 1 FROM posts p JOIN actors a ON a.id = p.author_id
			WHERE a.uri = $1 AND p.group_id = $2 AND p.state = 'visible' LIMIT $3)`, r.By.URI, g.ID, v.First).Scan(&s.Shown)
		if err != nil {
			return fmt.Errorf("count posts: %w", err)
		}
	}
	if v.Slow > 0 {
		err = tx.QueryRowContext(ctx, `SELECT COALESCE((SELECT p.filed FROM posts p JOIN actors a ON a.id = p.author_id
			WHERE a.uri = $1 AND p.group_id = $2 ORDER BY p.id DESC LIMIT 1), 0)`, r.By.URI, g.ID).Scan(&s.LastPost)
		if err != nil {
			return fmt.Errorf("find the last post: %w", err)
		}
	}
	s.Told, err = loadTold(ctx, tx, g.ID, r.By.URI)
	return err
}

// loadWaiting reads the newest version that waits or waited of a post. One that is refused is no news when it comes again.
func loadWaiting(ctx context.Context, tx *txn, groupID int64, r group.Request, f *group.Filed) error {
	var w group.Waiting
	var version int64
	var state, words string
	var under sql.NullString
	err := tx.QueryRowContext(ctx, `SELECT h.id, h.fresh, h.version, h.opens, h.due, h.state, h.post,
		(SELECT q.state FROM posts q WHERE q.id = p.parent_id)
		FROM held h JOIN posts p ON p.id = h.post_id WHERE p.group_id = $1 AND p.uri = $2 ORDER BY h.id DESC LIMIT 1`, groupID, f.URI).
		Scan(&w.Number, &w.Fresh, &version, &w.Opens, &w.Due, &state, &words, &under)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("find what waits of %s: %w", f.URI, err)
	}
	if words != "" {
		if err := json.Unmarshal([]byte(words), &w.Post); err != nil {
			return fmt.Errorf("read what waits of %s: %w", f.URI, err)
		}
	}
	f.Under = group.PostState(under.String)
	if state == "waiting" {
		f.Waiting = &w
	}
	if r.Post != nil && !w.Fresh && state != "approved" && version >= f.Updated {
		f.Updated, f.Same = version, sameWords(w.Post, *r.Post)
	}
	return nil
}

// sameWords says whether two versions of a post read the same.
func sameWords(a, b group.Post) bool {
	return a.Title == b.Title && a.HTML == b.HTML && a.Warning == b.Warning && a.Link == b.Link
}

// writeHeld carries out the effects on what waits.
func (w effectWriter) writeHeld(ctx context.Context, e group.Effect) error {
	switch e := e.(type) {
	case group.Hold:
		return w.hold(ctx, e)
	case group.Release:
		return w.release(ctx, e)
	case group.Drop:
		return w.exec(ctx, `UPDATE held SET state = 'refused' WHERE id = $1 AND state = 'waiting'`, e.Number)
	case group.Unhold:
		return w.exec(ctx, replaceHeld, w.group.ID, e.URI)
	case group.SetPaused:
		return w.exec(ctx, `UPDATE groups SET paused = $2 WHERE id = $1`, w.group.ID, e.Until)
	default:
		return w.writePost(ctx, e)
	}
}

const replaceHeld = `UPDATE held SET state = 'replaced' WHERE state = 'waiting'
	AND post_id = (SELECT id FROM posts WHERE group_id = $1 AND uri = $2)`

// hold keeps a version under a new number, so that nobody approves the words of one by the number of another.
func (w effectWriter) hold(ctx context.Context, e group.Hold) error {
	words, err := json.Marshal(e.Post)
	if err != nil {
		return fmt.Errorf("write %s: %w", e.Post.URI, err)
	}
	if err := w.exec(ctx, replaceHeld, w.group.ID, e.Post.URI); err != nil {
		return fmt.Errorf("replace what waits: %w", err)
	}
	version := unix(e.Post.Updated)
	if version == 0 {
		version = unix(e.Post.Published)
	}
	return w.exec(ctx, `INSERT INTO held (group_id, post_id, fresh, version, post, activity, raw, reason, at, opens, due)
		SELECT $1, id, $3, $4, $5, $6, $7, $8, $9, $10, $11 FROM posts WHERE group_id = $1 AND uri = $2`,
		w.group.ID, e.Post.URI, e.Fresh, version, string(words), w.request.Activity, w.request.Raw, e.Why, w.now.Unix(), e.Opens, e.Due)
}

// release shows a held version, if it still waits.
func (w effectWriter) release(ctx context.Context, e group.Release) error {
	var words string
	err := w.tx.QueryRowContext(ctx, `UPDATE held SET state = 'approved' WHERE id = $1 AND state = 'waiting' RETURNING post`, e.Number).Scan(&words)
	if err != nil {
		return fmt.Errorf("let version %d through: %w", e.Number, err)
	}
	if words != "" {
		var p group.Post
		if err := json.Unmarshal([]byte(words), &p); err != nil {
			return fmt.Errorf("read version %d: %w", e.Number, err)
		}
		if err := w.revise(ctx, p); err != nil {
			return fmt.Errorf("show version %d: %w", e.Number, err)
		}
	}
	if err := w.exec(ctx, `UPDATE posts SET state = 'visible' WHERE group_id = $1 AND uri = $2 AND state = 'held'`, w.group.ID, e.URI); err != nil {
		return fmt.Errorf("show %s: %w", e.URI, err)
	}
	return w.exec(ctx, wakeWaiting, e.URI)
}

// forgetHeld ends the wait of what was taken off or deleted meanwhile.
func (w effectWriter) forgetHeld(ctx context.Context) error {
	return w.exec(ctx, `UPDATE held SET state = 'gone' WHERE group_id = $1 AND state = 'waiting'
		AND post_id IN (SELECT id FROM posts WHERE id = held.post_id AND state NOT IN ('visible', 'held'))`, w.group.ID)
}

// eraseHeld erases the words of each version of a post whose author deletes it.
func (w effectWriter) eraseHeld(ctx context.Context, uri string) error {
	err := w.exec(ctx, `UPDATE held SET post = '', raw = NULL, state = CASE state WHEN 'waiting' THEN 'gone' ELSE state END
		WHERE post_id IN (SELECT id FROM posts WHERE group_id = $1 AND uri = $2)`, w.group.ID, uri)
	return wrap(err, "erase the versions of "+uri)
}

// handHeld gives what waits of posts that have moved to another group to that one's moderators.
func (w effectWriter) handHeld(ctx context.Context, to int64) error {
	err := w.exec(ctx, `UPDATE held SET group_id = $2 WHERE group_id = $1 AND state = 'waiting'
		AND post_id IN (SELECT id FROM posts WHERE id = held.post_id AND group_id = $2)`, w.group.ID, to)
	return wrap(err, "hand over what waits")
}

// asHeld makes a telling speak in the words in which a held version came.
func (w effectWriter) asHeld(ctx context.Context, number int64) (effectWriter, error) {
	err := w.tx.QueryRowContext(ctx, `SELECT h.activity, h.raw, a.uri FROM held h JOIN posts p ON p.id = h.post_id
		JOIN actors a ON a.id = p.author_id WHERE h.id = $1`, number).Scan(&w.request.Activity, &w.request.Raw, &w.request.By.URI)
	w.request.Kind, w.known = group.Publish, loaded{} // what the rules were told was about another request
	return w, wrap(err, "find the words of a held version")
}

// HeldPost is a version of a post that waits for a moderator, or for the morning.
type HeldPost struct {
	Number int64
	Group  string // URI
	URI    string
	Author Actor
	Fresh  bool // not shown before
	Post   group.Post
	Reason group.Reason
	At     time.Time
	Opens  time.Time // zero if a moderator has to let it through
	Due    time.Time // when waiting ends; zero for never
}

const heldPosts = `SELECT h.id, g.uri, p.uri, a.uri, a.handle, h.fresh, h.post, p.title, p.html, h.reason, h.at, h.opens, h.due
	FROM held h JOIN posts p ON p.id = h.post_id JOIN groups g ON g.id = h.group_id JOIN actors a ON a.id = p.author_id
	WHERE h.state = 'waiting' AND `

func scanHeld(rows *sql.Rows) (h HeldPost, err error) {
	var words, title, html string
	var at, opens, due int64
	err = rows.Scan(&h.Number, &h.Group, &h.URI, &h.Author.URI, &h.Author.Handle, &h.Fresh, &words, &title, &html, &h.Reason, &at, &opens, &due)
	if err != nil {
		return h, err
	}
	h.At = time.Unix(at, 0)
	if opens != 0 {
		h.Opens = time.Unix(opens, 0)
	}
	if due != 0 {
		h.Due = time.Unix(due, 0)
	}
	if words == "" { // held before versions were kept
		h.Post = group.Post{URI: h.URI, Author: h.Author.URI, Title: title, HTML: html}
		return h, nil
	}
	return h, json.Unmarshal([]byte(words), &h.Post)
}

// Held lists what waits in a group, first come first.
func (s *Store) Held(ctx context.Context, groupID int64, limit int) ([]HeldPost, error) {
	rows, err := s.read.QueryContext(ctx, heldPosts+`h.group_id = $1 ORDER BY h.id LIMIT $2`, groupID, limit)
	if err != nil {
		return nil, fmt.Errorf("list what waits: %w", err)
	}
	return collect(rows, scanHeld)
}

// HeldVersion returns the version of that number in a group, if it still waits, or ErrNotFound.
func (s *Store) HeldVersion(ctx context.Context, groupID, number int64) (HeldPost, error) {
	rows, err := s.read.QueryContext(ctx, heldPosts+`h.group_id = $1 AND h.id = $2`, groupID, number)
	if err != nil {
		return HeldPost{}, fmt.Errorf("find what waits: %w", err)
	}
	found, err := collect(rows, scanHeld)
	if err == nil && len(found) == 0 {
		err = fmt.Errorf("held post %d: %w", number, ErrNotFound)
	}
	if err != nil {
		return HeldPost{}, err
	}
	return found[0], nil
}

// overdueHeld finds what has waited until its time. While a group is paused nothing is let through.
const overdueHeld = heldPosts + `h.due <> 0 AND h.due <= $1 AND (h.opens = 0 OR g.paused = 0 OR g.paused > 0 AND g.paused <= $1) ORDER BY h.due LIMIT $2`

// OverdueHeld lists versions whose wait is over, and says when the next one's is; the zero time if none waits.
func (s *Store) OverdueHeld(ctx context.Context, limit int) (over []HeldPost, next time.Time, err error) {
	now := s.now().Unix()
	rows, err := s.read.QueryContext(ctx, overdueHeld, now, limit)
	if err != nil {
		return nil, next, fmt.Errorf("find what has waited: %w", err)
	}
	if over, err = collect(rows, scanHeld); err != nil {
		return nil, next, err
	}
	var due sql.NullInt64
	err = s.read.QueryRowContext(ctx, `SELECT MIN(due) FROM held WHERE state = 'waiting' AND due <> 0 AND due > $1`, now).Scan(&due)
	if due.Valid {
		next = time.Unix(due.Int64, 0)
	}
	return over, next, wrap(err, "find what waits next")
}

// HeldChanged signals that something waits, or no longer.
func (s *Store) HeldChanged() <-chan struct{} { return s.waits }

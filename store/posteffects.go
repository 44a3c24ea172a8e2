package store

import (
	"context"
	"database/sql"
	"fmt"

	"folkmoot/group"
)

// writePost carries out the effects on posts.
func (w effectWriter) writePost(ctx context.Context, e group.Effect) error {
	switch e := e.(type) {
	case group.File:
		return w.file(ctx, e)
	case group.Revise:
		return w.revise(ctx, e.Post)
	case group.Forget:
		return forget(ctx, w.tx, w.request.By.URI, e.URI, w.now.Unix())
	case group.Count:
		return w.count(ctx, e)
	case group.SetLocked:
		return w.exec(ctx, `UPDATE posts SET locked = $3 WHERE group_id = $1 AND uri = $2`, w.group.ID, e.URI, e.On)
	case group.SetAside:
		return w.exec(ctx, `UPDATE posts SET state = 'held', pinned = 0 WHERE group_id = $1 AND uri = $2 AND state = 'visible'`, w.group.ID, e.URI)
	case group.SetPinned:
		var since int64
		if e.On {
			since = w.now.Unix()
		}
		return w.exec(ctx, `UPDATE posts SET pinned = $3 WHERE group_id = $1 AND uri = $2`, w.group.ID, e.URI, since)
	case group.Adopt:
		return w.exec(ctx, `UPDATE posts SET home = '' WHERE thread_id = (SELECT thread_id FROM posts WHERE group_id = $1 AND uri = $2)`,
			w.group.ID, e.URI)
	default:
		return w.writeView(ctx, e)
	}
}

// wakeWaiting repeats that something is waited for: without that the index on those that wait is not used.
const wakeWaiting = `UPDATE inbox SET due = 0, waits_for = '' WHERE waits_for = $1 AND waits_for <> '' AND state = 'new'`

// filing stores a post. A thread has the number of its first post, which is chosen here as SQLite would.
const filing = `INSERT INTO posts (id, group_id, uri, thread_id, parent_id, author_id, title, html,
	warning, url, link, language, visibility, state, published, edited, filed, raw, home, kind, media, active)
	SELECT next.id,$1,$2,COALESCE($3, next.id),$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15,$16,$17,$18,$19,$20,
		CASE WHEN $3 IS NULL AND $13 = 'visible' THEN next.id ELSE 0 END
	FROM (SELECT COALESCE(MAX(id), 0) + 1 AS id FROM posts) AS next`

func (w effectWriter) file(ctx context.Context, e group.File) error {
	p := e.Post
	author, err := w.actorID(ctx, p.Author)
	if err != nil {
		return err
	}
	var parent, thread sql.NullInt64
	if p.InReplyTo != "" {
		err = w.tx.QueryRowContext(ctx, `SELECT id, thread_id FROM posts WHERE group_id = $1 AND uri = $2`,
			w.group.ID, p.InReplyTo).Scan(&parent, &thread)
		if ignoreNone(err) != nil {
			return fmt.Errorf("find parent: %w", err)
		}
	}
	media, err := attached(p)
	if err != nil {
		return err
	}
	delete(w.tx.kept.places, p.URI)
	err = w.exec(ctx, filing,
		w.group.ID, p.URI, thread, parent, author, p.Title, p.HTML, p.Warning, p.URL, p.Link, p.Language, p.Visibility,
		e.State, unix(p.Published), unix(p.Updated), w.now.Unix(), p.Raw, e.Home, p.Kind, media)
	if err != nil {
		return fmt.Errorf("file post: %w", err)
	}
	// Whatever waited for this post is looked at again at once.
	return w.exec(ctx, wakeWaiting, p.URI)
}

func (w effectWriter) revise(ctx context.Context, p group.Post) error {
	media, err := attached(p)
	if err != nil {
		return err
	}
	return w.exec(ctx, `UPDATE posts SET title = $3, html = $4, warning = $5, url = $6, link = $7, language = $8,
		edited = $9, raw = $10, visibility = $11, kind = $12, media = $13 WHERE group_id = $1 AND uri = $2`,
		w.group.ID, p.URI, p.Title, p.HTML, p.Warning, p.URL, p.Link, p.Language, unix(p.Updated), p.Raw, p.Visibility, p.Kind, media)
}

func forget(ctx context.Context, tx *txn, author, uri string, at int64) error {
	tx.withdrawers.add(author)
	_, err := tx.ExecContext(ctx, `INSERT INTO gone (uri, author, at) VALUES ($1,$2,$3) ON CONFLICT DO NOTHING`, uri, author, at)
	return wrap(err, "remember deletion")
}

const counting = `UPDATE posts SET likes = likes + $2, dislikes = dislikes + $3, boosts = boosts + $4 WHERE id = $1`

// count adds or takes away a like, dislike or boost. A vote replaces the other one. Only what changes is counted: a post may
// have very many votes.
func (w effectWriter) count(ctx context.Context, e group.Count) error {
	actor, err := w.actorID(ctx, e.Person)
	if err != nil {
		return err
	}
	post, err := w.postID(ctx, e.URI)
	if err != nil || post == 0 {
		return err
	}
	change := map[group.Kind]int64{}
	for _, kind := range w.replaced(e) {
		n, err := w.changed(ctx, `DELETE FROM counts WHERE post_id = $1 AND actor_id = $2 AND kind = $3`, post, actor, kind)
		if err != nil {
			return fmt.Errorf("uncount: %w", err)
		}
		change[kind] -= n
	}
	if !e.Undo {
		n, err := w.changed(ctx, `INSERT INTO counts (post_id, actor_id, kind, activity) VALUES ($1,$2,$3,$4) ON CONFLICT DO NOTHING`,
			post, actor, e.Kind, w.request.Activity)
		if err != nil {
			return fmt.Errorf("count: %w", err)
		}
		change[e.Kind] += n
	}
	return w.exec(ctx, counting,
		post, change[group.Like], change[group.Dislike], change[group.Boost])
}

// replaced lists what goes when something is counted, or taken back.
func (w effectWriter) replaced(e group.Count) []group.Kind {
	switch {
	case e.Undo:
		return []group.Kind{e.Kind}
	case e.Kind == group.Boost, w.known.Vote == "":
		return nil
	default:
		return []group.Kind{w.known.Vote}
	}
}

// actorID is actorID for somebody who may be the one who asks.
func (w effectWriter) actorID(ctx context.Context, uri string) (int64, error) {
	if w.known.actor != 0 && uri == w.request.By.URI {
		return w.known.actor, nil
	}
	return actorID(ctx, w.tx, uri)
}

// postID returns the number of a post of the group, which may be the one the request is about; 0 if the group does not have it.
func (w effectWriter) postID(ctx context.Context, uri string) (id int64, err error) {
	if w.known.post != 0 && uri == subject(w.request) {
		return w.known.post, nil
	}
	err = w.tx.QueryRowContext(ctx, `SELECT id FROM posts WHERE group_id = $1 AND uri = $2`, w.group.ID, uri).Scan(&id)
	return id, wrap(ignoreNone(err), "find a post")
}

// changed is exec that counts the rows.
func (w effectWriter) changed(ctx context.Context, query string, args ...any) (int64, error) {
	return w.tx.changed(ctx, query, args...)
}

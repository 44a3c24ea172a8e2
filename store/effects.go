package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"folkmoot/group"
)

// effectWriter carries out the effects of one decision inside its transaction.
type effectWriter struct {
	tx      *sql.Tx
	group   Group
	request group.Request
	now     time.Time
	encode  Encoder
}

func (w effectWriter) write(ctx context.Context, e group.Effect) error {
	switch e := e.(type) {
	case group.SetMember:
		return setMember(ctx, w.tx, w.group.ID, w.now.Unix(), e)
	case group.Carry:
		return w.carry(ctx, e)
	case group.File:
		return w.file(ctx, e)
	case group.Revise:
		return w.revise(ctx, e.Post)
	case group.Withdraw:
		return w.withdraw(ctx, e)
	case group.WithdrawAll:
		return w.withdrawAll(ctx, e.Person)
	case group.Forget:
		return forget(ctx, w.tx, w.request.By.URI, e.URI, w.now.Unix())
	case group.Count:
		return w.count(ctx, e)
	case group.KeepReport:
		return w.exec(ctx, `INSERT INTO reports (group_id, about, reporter, words, at) VALUES ($1,$2,$3,$4,$5)`,
			w.group.ID, e.About, e.Person, e.Text, w.now.Unix())
	case group.MarkNoticed:
		return w.exec(ctx, `INSERT INTO notices (group_id, actor_id, at) SELECT $1, id, $3 FROM actors WHERE uri = $2
			ON CONFLICT DO NOTHING`, w.group.ID, e.Person, w.now.Unix())
	case group.Tell:
		return w.tell(ctx, e)
	default:
		return fmt.Errorf("no way to write %T", e)
	}
}

func (w effectWriter) exec(ctx context.Context, query string, args ...any) error {
	_, err := w.tx.ExecContext(ctx, query, args...)
	return err
}

func setMember(ctx context.Context, tx *sql.Tx, groupID, at int64, m group.SetMember) error {
	actor, err := actorID(ctx, tx, m.Person)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO memberships (group_id, actor_id, state, role, follows, follow, since)
		VALUES ($1,$2,$3,$4,$5,$6,$7) ON CONFLICT (group_id, actor_id) DO UPDATE SET
			state = excluded.state, role = excluded.role, follows = excluded.follows, follow = excluded.follow`,
		groupID, actor, m.State, m.Role, m.Follow, m.Via, at)
	if err != nil {
		return wrap(err, "save membership")
	}
	if !m.Follow {
		return dropCursor(ctx, tx, groupID, actor)
	}
	// A new follower host starts at the head of the log: nobody gets old posts as if they were new.
	_, err = tx.ExecContext(ctx, `INSERT INTO cursors (group_id, host_id, seq, tried)
		SELECT $1, host_id, head.seq, head.seq FROM actors, (SELECT COALESCE(MAX(seq), 0) AS seq FROM outbox) AS head
		WHERE id = $2
		ON CONFLICT DO NOTHING`, groupID, actor)
	return wrap(err, "start cursor")
}

// dropCursor forgets how far a host has read once nobody there follows the group: nothing more is sent, and a later
// follower starts at the head again.
func dropCursor(ctx context.Context, tx *sql.Tx, groupID, actor int64) error {
	_, err := tx.ExecContext(ctx, `DELETE FROM cursors WHERE group_id = $1
		AND host_id = (SELECT host_id FROM actors WHERE id = $2)
		AND NOT EXISTS (SELECT 1 FROM memberships m JOIN actors a ON a.id = m.actor_id
			WHERE m.group_id = $1 AND m.follows AND a.host_id = cursors.host_id)`, groupID, actor)
	return wrap(err, "drop cursor")
}

// carry gives the membership of a moved account to its new one. The stronger role wins where both are members.
func (w effectWriter) carry(ctx context.Context, e group.Carry) error {
	old, err := loadMember(ctx, w.tx, w.group.ID, e.From)
	if err != nil {
		return err
	}
	known, err := loadMember(ctx, w.tx, w.group.ID, e.To)
	if err != nil {
		return err
	}
	role := old.Role
	if known.Role == group.Owner || known.Role == group.Moderator && role == group.Ordinary {
		role = known.Role
	}
	at := w.now.Unix()
	// The new account follows for itself: Mastodon re-follows after a Move, so no follow is carried.
	to := group.SetMember{Person: e.To, State: group.Joined, Role: role, Follow: known.Follows}
	if err := setMember(ctx, w.tx, w.group.ID, at, to); err != nil {
		return err
	}
	return setMember(ctx, w.tx, w.group.ID, at, group.SetMember{Person: e.From, State: group.Left, Role: group.Ordinary})
}

func (w effectWriter) file(ctx context.Context, e group.File) error {
	p := e.Post
	author, err := actorID(ctx, w.tx, p.Author)
	if err != nil {
		return err
	}
	var parent, thread sql.NullInt64
	err = w.tx.QueryRowContext(ctx, `SELECT id, thread_id FROM posts WHERE group_id = $1 AND uri = $2`,
		w.group.ID, p.InReplyTo).Scan(&parent, &thread)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return fmt.Errorf("find parent: %w", err)
	}
	var id int64
	err = w.tx.QueryRowContext(ctx, `INSERT INTO posts (group_id, uri, thread_id, parent_id, author_id, title, html,
		warning, url, link, language, visibility, state, published, edited, filed, raw)
		VALUES ($1,$2,COALESCE($3,0),$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15,$16,$17) RETURNING id`,
		w.group.ID, p.URI, thread, parent, author, p.Title, p.HTML, p.Warning, p.URL, p.Link, p.Language, p.Visibility,
		e.State, unix(p.Published), unix(p.Updated), w.now.Unix(), p.Raw).Scan(&id)
	if err != nil {
		return fmt.Errorf("file post: %w", err)
	}
	if err := w.exec(ctx, `UPDATE posts SET thread_id = id WHERE id = $1 AND thread_id = 0`, id); err != nil {
		return fmt.Errorf("start thread: %w", err)
	}
	// Whatever waited for this post is looked at again at once.
	return w.exec(ctx, `UPDATE inbox SET due = 0, waits_for = '' WHERE waits_for = $1 AND state = 'new'`, p.URI)
}

func (w effectWriter) revise(ctx context.Context, p group.Post) error {
	return w.exec(ctx, `UPDATE posts SET title = $3, html = $4, warning = $5, url = $6, link = $7, language = $8,
		edited = $9, raw = $10, visibility = $11 WHERE group_id = $1 AND uri = $2`,
		w.group.ID, p.URI, p.Title, p.HTML, p.Warning, p.URL, p.Link, p.Language, unix(p.Updated), p.Raw, p.Visibility)
}

// withdraw leaves a tombstone: the words go, the place in the thread stays.
func (w effectWriter) withdraw(ctx context.Context, e group.Withdraw) error {
	return w.exec(ctx, `UPDATE posts SET state = $3, title = '', html = '', warning = '', link = '', raw = NULL
		WHERE group_id = $1 AND uri = $2`, w.group.ID, e.URI, e.State)
}

// withdrawAll withdraws each post of a person; the followers of the group see every boost of theirs undone.
func (w effectWriter) withdrawAll(ctx context.Context, person string) error {
	rows, err := w.tx.QueryContext(ctx, `SELECT p.uri FROM posts p JOIN actors a ON a.id = p.author_id
		WHERE p.group_id = $1 AND a.uri = $2 AND p.state <> 'deleted' ORDER BY p.id`, w.group.ID, person)
	if err != nil {
		return fmt.Errorf("list posts of %s: %w", person, err)
	}
	uris, err := collect(rows, func(rows *sql.Rows) (uri string, err error) { return uri, rows.Scan(&uri) })
	if err != nil {
		return err
	}
	for _, uri := range uris {
		if err := w.withdraw(ctx, group.Withdraw{URI: uri, State: group.Deleted}); err != nil {
			return fmt.Errorf("withdraw %s: %w", uri, err)
		}
		if err := w.tell(ctx, group.Tell{What: group.TellUndo, Post: uri}); err != nil {
			return err
		}
	}
	return w.exec(ctx, `UPDATE actors SET gone = 1, name = '', summary = '', avatar = '', raw = NULL WHERE uri = $1`, person)
}

func forget(ctx context.Context, tx *sql.Tx, author, uri string, at int64) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO gone (uri, author, at) VALUES ($1,$2,$3) ON CONFLICT DO NOTHING`, uri, author, at)
	return wrap(err, "remember deletion")
}

func (w effectWriter) count(ctx context.Context, e group.Count) error {
	actor, err := actorID(ctx, w.tx, e.Person)
	if err != nil {
		return err
	}
	query := `INSERT INTO counts (post_id, actor_id, kind, activity)
		SELECT id, $3, $4, $5 FROM posts WHERE group_id = $1 AND uri = $2 ON CONFLICT DO NOTHING`
	args := []any{w.group.ID, e.URI, actor, string(e.Kind), w.request.Activity}
	if e.Undo {
		query = `DELETE FROM counts WHERE actor_id = $3 AND kind = $4
			AND post_id = (SELECT id FROM posts WHERE group_id = $1 AND uri = $2)`
		args = args[:4]
	}
	if err := w.exec(ctx, query, args...); err != nil {
		return fmt.Errorf("count: %w", err)
	}
	return w.exec(ctx, `UPDATE posts SET
		likes = (SELECT COUNT(*) FROM counts WHERE post_id = posts.id AND kind = 'like'),
		boosts = (SELECT COUNT(*) FROM counts WHERE post_id = posts.id AND kind = 'boost')
		WHERE group_id = $1 AND uri = $2`, w.group.ID, e.URI)
}

// unix is the time in seconds, 0 for none.
func unix(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.Unix()
}

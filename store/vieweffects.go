package store

import (
	"context"
	"fmt"

	"folkmoot/group"
)

// writeView carries out what changes which posts are shown.
func (w effectWriter) writeView(ctx context.Context, e group.Effect) error {
	switch e := e.(type) {
	case group.Withdraw:
		if err := w.withdraw(ctx, e, false); err != nil {
			return err
		}
		return w.forgetHeld(ctx)
	case group.WithdrawAll:
		if err := w.withdrawAll(ctx, e); err != nil {
			return err
		}
		return w.forgetHeld(ctx)
	case group.Reinstate:
		return w.reinstate(ctx, e)
	case group.ReinstateAll:
		return w.reinstateAll(ctx, e)
	case group.Hand:
		return w.hand(ctx, e)
	default:
		return fmt.Errorf("no way to write %T", e)
	}
}

// beneath selects a post of the group and, where $3 is true, everything that answers it.
const beneath = `WITH RECURSIVE beneath (id) AS (
	SELECT id FROM posts WHERE group_id = $1 AND uri = $2
	UNION SELECT p.id FROM posts p JOIN beneath b ON p.parent_id = b.id WHERE $3) `

// withdraw leaves a tombstone: the place in the thread stays. A deleted post's words are erased; that it was removed before is
// remembered, so that deleting it and taking that back is no way around a moderator.
func (w effectWriter) withdraw(ctx context.Context, e group.Withdraw, atOrigin bool) error {
	if e.State == group.Deleted || e.State == group.Erased {
		if err := w.eraseHeld(ctx, e.URI); err != nil {
			return err
		}
		return w.exec(ctx, `UPDATE posts SET title = '', html = '', warning = '', link = '', media = '', raw = NULL, pinned = 0,
			state = CASE WHEN state = 'erased' OR $3 = 'erased' OR state = 'removed' AND by_origin = 0 THEN 'erased' ELSE 'deleted' END
			WHERE group_id = $1 AND uri = $2`, w.group.ID, e.URI, e.State)
	}
	// Only what was shown comes back when the author's server takes its removal back: not what waits for a moderator, or was blocked.
	return w.exec(ctx, beneath+`UPDATE posts SET state = $4, by_origin = CASE WHEN state = 'visible' THEN $5 ELSE 0 END, pinned = 0
		WHERE id IN (SELECT id FROM beneath) AND state IN ('visible', 'held', 'hidden')`, w.group.ID, e.URI, e.WithReplies, e.State, atOrigin)
}

func (w effectWriter) reinstate(ctx context.Context, e group.Reinstate) error {
	return w.exec(ctx, beneath+`UPDATE posts SET state = 'visible' WHERE id IN (SELECT id FROM beneath)
		AND (state = 'removed' OR uri = $2)`, w.group.ID, e.URI, e.WithReplies)
}

// withdrawAll withdraws each post of a person; the followers of the group see every boost of theirs undone.
func (w effectWriter) withdrawAll(ctx context.Context, e group.WithdrawAll) error {
	uris, err := w.postsOf(ctx, e.Person, `p.state NOT IN ('deleted', 'erased', '`+string(e.State)+`')`)
	if err != nil {
		return err
	}
	var shown []string
	if e.State == group.Erased {
		if shown, err = w.postsOf(ctx, e.Person, `p.state = 'visible' AND p.home = ''`); err != nil {
			return err
		}
	}
	for _, uri := range uris {
		if err := w.withdraw(ctx, group.Withdraw{URI: uri, State: e.State}, e.AtOrigin); err != nil {
			return fmt.Errorf("withdraw %s: %w", uri, err)
		}
		if err := w.tell(ctx, group.Tell{What: group.TellUndo, Post: uri}); err != nil {
			return err
		}
	}
	for _, uri := range shown { // no activity of its author says so, that could be passed on
		if err := w.tell(ctx, group.Tell{What: group.TellWrap, Post: uri}); err != nil {
			return err
		}
	}
	if e.State != group.Deleted {
		return nil
	}
	w.tx.revise(everyHost)
	return w.exec(ctx, `UPDATE actors SET gone = 1, name = '', summary = '', avatar = '', raw = NULL WHERE uri = $1`, e.Person)
}

// reinstateAll shows again what was removed of a person. Threads are boosted again, so that microblogs have them too.
func (w effectWriter) reinstateAll(ctx context.Context, e group.ReinstateAll) error {
	where := `p.state = 'removed'`
	if e.AtOrigin {
		where += ` AND p.by_origin <> 0`
	}
	uris, err := w.postsOf(ctx, e.Person, where)
	if err != nil {
		return err
	}
	for _, uri := range uris {
		if err := w.reinstate(ctx, group.Reinstate{URI: uri}); err != nil {
			return fmt.Errorf("reinstate %s: %w", uri, err)
		}
		filed, err := loadFiled(ctx, w.tx, w.group.ID, uri)
		if err != nil {
			return err
		}
		if filed.Comment {
			continue
		}
		if err := w.tell(ctx, group.Tell{What: group.TellBoost, Post: uri}); err != nil {
			return err
		}
	}
	return nil
}

func (w effectWriter) postsOf(ctx context.Context, person, where string) ([]string, error) {
	uris, err := column[string](w.tx.QueryContext(ctx, `SELECT p.uri FROM posts p JOIN actors a ON a.id = p.author_id
		WHERE p.group_id = $1 AND a.uri = $2 AND `+where+` ORDER BY p.id`, w.group.ID, person))
	return uris, wrap(err, "list posts of "+person)
}

// hand gives a thread with its comments to another group of this server, whose followers hear of it.
func (w effectWriter) hand(ctx context.Context, e group.Hand) error {
	to, err := w.tx.groupAt(ctx, e.To)
	if err != nil {
		return err
	}
	// Posts that the other group has already keep their place there.
	err = w.exec(ctx, `UPDATE posts SET group_id = $3, pinned = 0 WHERE thread_id = (SELECT thread_id FROM posts WHERE group_id = $1 AND uri = $2)
		AND NOT EXISTS (SELECT 1 FROM posts q WHERE q.group_id = $3 AND q.uri = posts.uri)`, w.group.ID, e.URI, to.ID)
	if err != nil {
		return fmt.Errorf("hand %s to %s: %w", e.URI, to.Name, err)
	}
	if err := w.handHeld(ctx, to.ID); err != nil {
		return err
	}
	w.group = to
	if err := w.tell(ctx, group.Tell{What: group.TellBoost, Post: e.URI}); err != nil {
		return err
	}
	return w.tell(ctx, group.Tell{What: group.TellWrap, Post: e.URI})
}

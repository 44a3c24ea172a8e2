package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"folkmoot/group"
)

// Appeal is what somebody answers to an act of moderation.
type Appeal struct {
	Act     int64 // number in the log
	Kind    group.Kind
	Target  string
	By      string // who acted
	Person  string
	Words   string
	At      time.Time
	Decided time.Time // zero while open
	Outcome string
	Decider string
	Answer  string
}

// Appeals lists the appeals in a group, open ones first, then the newest.
func (s *Store) Appeals(ctx context.Context, groupID int64, limit int) ([]Appeal, error) {
	rows, err := s.read.QueryContext(ctx, `SELECT p.act, a.kind, a.target, a.person, p.person, p.words, p.at, p.decided, p.outcome, p.decider, p.answer
		FROM appeals p JOIN audit a ON a.id = p.act WHERE p.group_id = $1 ORDER BY p.decided <> 0, p.act DESC LIMIT $2`, groupID, limit)
	if err != nil {
		return nil, fmt.Errorf("list appeals: %w", err)
	}
	return collect(rows, func(rows *sql.Rows) (p Appeal, err error) {
		var at, decided int64
		err = rows.Scan(&p.Act, &p.Kind, &p.Target, &p.By, &p.Person, &p.Words, &at, &decided, &p.Outcome, &p.Decider, &p.Answer)
		p.At, p.Decided = moment(at), moment(decided)
		return p, err
	})
}

// loadAppealed reads the act that an appeal is about. It concerns the account it names, or the author of the post.
func loadAppealed(ctx context.Context, tx *txn, groupID int64, r group.Request, s *group.State) error {
	if r.Kind != group.Appeal && r.Kind != group.Uphold && r.Kind != group.Overturn {
		return nil
	}
	a := group.Appealed{Number: r.Seen}
	err := tx.QueryRowContext(ctx, `SELECT a.kind, a.person, COALESCE((SELECT c.uri FROM posts p JOIN actors c ON c.id = p.author_id
			WHERE p.group_id = a.group_id AND p.uri = a.target), a.target),
		EXISTS (SELECT 1 FROM appeals p WHERE p.act = a.id), EXISTS (SELECT 1 FROM appeals p WHERE p.act = a.id AND p.decided <> 0),
		(SELECT COUNT(*) FROM memberships m JOIN actors c ON c.id = m.actor_id WHERE m.group_id = a.group_id AND m.state = 'member'
			AND m.barred = 0 AND m.role IN ('owner', 'moderator') AND c.uri <> a.person)
		FROM audit a WHERE a.group_id = $1 AND a.id = $2 AND a.verdict = 'accepted' AND (a.kind <> 'delete' OR a.reason = 'removed-by-moderator')`,
		groupID, r.Seen).Scan(&a.Kind, &a.By, &a.Person, &a.Filed, &a.Decided, &a.Others)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	s.Appealed = &a
	return wrap(err, "find what is appealed against")
}

// lastAct finds the newest act of moderation against a person, $2, or a post of theirs.
const lastAct = `SELECT COALESCE(MAX(a.id), 0) FROM audit a WHERE a.group_id = $1 AND a.verdict = 'accepted'
	AND (a.kind IN ('remove', 'ban', 'warn', 'lock', 'expel') OR a.kind = 'delete' AND a.reason = 'removed-by-moderator')
	AND a.target IN (SELECT $2 UNION SELECT p.uri FROM posts p JOIN actors c ON c.id = p.author_id WHERE c.uri = $2 AND p.group_id = $1)`

// LastAct returns the number of the last act of moderation in a group that concerns a person, 0 if there is none.
func (s *Store) LastAct(ctx context.Context, groupID int64, person string) (act int64, err error) {
	err = s.read.QueryRowContext(ctx, lastAct, groupID, person).Scan(&act)
	return act, wrap(err, "find the last act against "+person)
}

func (w effectWriter) keepAppeal(ctx context.Context, e group.KeepAppeal) error {
	return w.exec(ctx, `INSERT INTO appeals (act, group_id, person, words, at) VALUES ($1,$2,$3,$4,$5) ON CONFLICT DO NOTHING`,
		e.Act, w.group.ID, w.request.By.URI, e.Text, w.now.Unix())
}

// closeAppeal writes down the outcome. A warning that is overturned counts no longer; other acts are taken back by the act that does so.
func (w effectWriter) closeAppeal(ctx context.Context, e group.CloseAppeal) error {
	outcome := "upheld"
	if e.Overturned {
		outcome = "overturned"
		err := w.exec(ctx, `UPDATE warnings SET lifted = $3 WHERE group_id = $1 AND lifted = 0 AND EXISTS (SELECT 1 FROM audit a
			WHERE a.id = $2 AND a.kind = 'warn' AND a.target = warnings.person AND a.at = warnings.at)`, w.group.ID, e.Act, w.now.Unix())
		if err != nil {
			return fmt.Errorf("lift the warning: %w", err)
		}
	}
	return w.exec(ctx, `UPDATE appeals SET decided = $2, outcome = $3, decider = $4, answer = $5 WHERE act = $1 AND decided = 0`,
		e.Act, w.now.Unix(), outcome, w.request.By.URI, e.Text)
}

package store

import (
	"context"
	"time"

	"folkmoot/group"
)

// effectWriter carries out the effects of one decision inside its transaction.
type effectWriter struct {
	tx      *txn
	group   Group
	request group.Request
	now     time.Time
	encode  Encoder
	store   *Store
	known   loaded // what the rules were told
}

func (w effectWriter) write(ctx context.Context, e group.Effect) error {
	switch e := e.(type) {
	case group.SetMember:
		return setMember(ctx, w.tx, w.group.ID, w.now.Unix(), e)
	case group.Carry:
		return w.carry(ctx, e)
	case group.KeepReport:
		return w.exec(ctx, `INSERT INTO reports (group_id, about, reporter, words, activity, at, for_admin) VALUES ($1,$2,$3,$4,$5,$6,$7)`,
			w.group.ID, e.About, e.Person, e.Text, w.request.Activity, w.now.Unix(), e.Admin)
	case group.KeepWarning:
		return w.exec(ctx, `INSERT INTO warnings (group_id, person, by, words, at) VALUES ($1,$2,$3,$4,$5)`,
			w.group.ID, e.Person, w.request.By.URI, e.Text, w.now.Unix())
	case group.CloseReports:
		return w.closeReports(ctx, e)
	case group.MarkNoticed:
		return w.exec(ctx, `INSERT INTO notices (group_id, actor_id, at) SELECT $1, id, $3 FROM actors WHERE uri = $2
			ON CONFLICT DO NOTHING`, w.group.ID, e.Person, w.now.Unix())
	case group.SetProfile:
		return w.exec(ctx, `UPDATE groups SET title = $2, summary = $3, summary_html = $4, updated = $5 WHERE id = $1`,
			w.group.ID, e.Profile.Title, e.Profile.Summary, e.Profile.SummaryHTML, w.now.Unix())
	case group.KeepAppeal:
		return w.keepAppeal(ctx, e)
	case group.CloseAppeal:
		return w.closeAppeal(ctx, e)
	case group.SetStorm:
		return w.setStorm(ctx, e.On)
	case group.SetRule:
		return w.setRule(ctx, e)
	case group.SetBarrier:
		return w.setBarrier(ctx, e)
	case group.SetSubscription:
		return w.subscribe(ctx, e)
	case group.Tell:
		return w.tell(ctx, e)
	default:
		return w.writeJoining(ctx, e)
	}
}

func (w effectWriter) exec(ctx context.Context, query string, args ...any) error {
	_, err := w.tx.ExecContext(ctx, query, args...)
	return err
}

func setMember(ctx context.Context, tx *txn, groupID, at int64, m group.SetMember) error {
	actor, err := actorID(ctx, tx, m.Person)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO memberships (group_id, actor_id, state, role, follows, follow, since, until, host_id)
		SELECT $1,$2,$3,$4,$5,$6,$7,$8, a.host_id FROM actors a WHERE a.id = $2 ON CONFLICT (group_id, actor_id) DO UPDATE SET
			state = excluded.state, role = excluded.role, follows = excluded.follows, until = excluded.until,
			since = CASE WHEN memberships.state = excluded.state THEN memberships.since ELSE excluded.since END,
			approved = CASE WHEN excluded.state = 'member' THEN memberships.approved ELSE 0 END,
			answer = CASE WHEN excluded.state IN ('member', 'pending') THEN memberships.answer ELSE '' END,
			follow = CASE WHEN excluded.follows AND excluded.follow = '' THEN memberships.follow ELSE excluded.follow END`,
		groupID, actor, m.State, m.Role, m.Follow, m.Via, at, m.Until)
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

const dropCursors = `DELETE FROM cursors WHERE group_id = $1
	AND host_id = (SELECT host_id FROM actors WHERE id = $2)
	AND NOT EXISTS (SELECT 1 FROM memberships m
		WHERE m.group_id = $1 AND m.follows <> 0 AND m.host_id = cursors.host_id)`

// dropCursor comes after somebody follows a group no more. It forgets how far the host has read once nobody there does: nothing more is
// sent, and a later follower starts at the head again.
func dropCursor(ctx context.Context, tx *txn, groupID, actor int64) error {
	if err := reviseHostOf(ctx, tx, actor); err != nil {
		return err
	}
	_, err := tx.ExecContext(ctx, dropCursors, groupID, actor)
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

// subscribe writes how the group stands with a community elsewhere.
func (w effectWriter) subscribe(ctx context.Context, e group.SetSubscription) error {
	actor, err := actorID(ctx, w.tx, e.Community)
	if err != nil {
		return err
	}
	if e.State == group.NotFollowing {
		return w.exec(ctx, `DELETE FROM followings WHERE group_id = $1 AND actor_id = $2`, w.group.ID, actor)
	}
	return w.exec(ctx, `INSERT INTO followings (group_id, actor_id, state, since) VALUES ($1,$2,$3,$4)
		ON CONFLICT (group_id, actor_id) DO UPDATE SET state = excluded.state`, w.group.ID, actor, e.State, w.now.Unix())
}

// unix is the time in seconds, 0 for none.
func unix(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.Unix()
}

package store

import (
	"context"
	"database/sql"
	"fmt"

	"folkmoot/group"
)

// groupsConcerned finds the groups to ask: those addressed, those that have the post or its parent, those that follow the
// community that announced it, and for news about a person those that know the person.
func groupsConcerned(ctx context.Context, tx *txn, r group.Request) ([]Group, error) {
	var out []Group
	seen := map[int64]bool{}
	for _, q := range concern(r) {
		rows, err := tx.QueryContext(ctx, `SELECT `+groupColumns+` FROM groups WHERE `+q.where+` ORDER BY id`, q.args...)
		if err != nil {
			return nil, fmt.Errorf("find groups: %w", err)
		}
		found, err := collect(rows, func(rows *sql.Rows) (Group, error) { return scanGroup(rows.Scan) })
		if err != nil {
			return nil, err
		}
		for _, g := range found {
			if !seen[g.ID] {
				seen[g.ID] = true
				out = append(out, g)
			}
		}
	}
	return out, nil
}

// condition selects groups.
type condition struct {
	where string
	args  []any
}

// The groups that know something about a URI.
const (
	withPost   = `id IN (SELECT group_id FROM posts WHERE uri = $1)`
	withMember = `id IN (SELECT m.group_id FROM memberships m JOIN actors a ON a.id = m.actor_id WHERE a.uri = $1)`
	withAuthor = `id IN (SELECT p.group_id FROM posts p JOIN actors a ON a.id = p.author_id WHERE a.uri = $1)`
	following  = `id IN (SELECT f.group_id FROM followings f JOIN actors a ON a.id = f.actor_id WHERE a.uri = $1)`
)

func concern(r group.Request) []condition {
	var out []condition
	add := func(where, uri string) {
		if uri != "" {
			out = append(out, condition{where, []any{uri}})
		}
	}
	for _, uri := range r.Groups {
		add(`uri = $1`, uri)
	}
	switch r.Kind {
	case group.Move, group.DeleteActor:
		add(withMember, r.By.URI)
		add(withAuthor, r.By.URI)
	case group.Ban, group.Unban:
		if r.AtOrigin {
			add(withMember, r.Target)
			add(withAuthor, r.Target)
		}
	case group.Erase, group.Ask, group.Join, group.Leave, group.Answer, group.Admit, group.TurnDown, group.Expel, group.Invite, group.Uninvite, group.Vouch, group.Doubt,
		group.Approve, group.Refuse, group.Overdue, group.Pause, group.Resume,
		group.Offer, group.TakeUp, group.Succeed, group.Instate, group.Nominate, group.Tally:
		// of the groups addressed alone
	case group.Rekey:
		add(withMember, r.By.URI)
	case group.Confirm, group.Decline:
		add(following, r.By.URI)
	case group.Remove, group.Restore, group.Lock, group.Unlock, group.Pin, group.Unpin, group.Relocate:
		if len(r.Groups) == 0 { // a moderator of one group says nothing about another that has the post too
			add(withPost, r.Target)
		}
	default:
		for _, uri := range postsNamed(r) {
			add(withPost, uri)
		}
		if r.Kind == group.Publish && r.Via != "" {
			add(following, r.Via)
		}
	}
	return out
}

func postsNamed(r group.Request) []string {
	if r.Post == nil {
		return []string{r.Target}
	}
	return []string{r.Post.URI, r.Post.InReplyTo}
}

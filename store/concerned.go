package store

import (
	"context"
	"errors"

	"folkmoot/group"
)

// groupsConcerned finds the groups to ask: those addressed, those that have the post or its parent, those that follow the
// community that announced it, and for news about a person those that know the person.
func groupsConcerned(ctx context.Context, tx *txn, r group.Request) ([]Group, error) {
	var out []Group
	seen := map[int64]bool{}
	for _, q := range concern(r) {
		found, err := q.groups(ctx, tx)
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

// condition selects groups: the one with a URI, or those that know something about it.
type condition struct{ query, uri string }

func (c condition) groups(ctx context.Context, tx *txn) ([]Group, error) {
	switch c.query {
	case addressed:
		g, err := tx.groupAt(ctx, c.uri)
		if errors.Is(err, ErrNotFound) {
			return nil, nil
		}
		return []Group{g}, err
	case withPost:
		ids, err := tx.placesOf(ctx, c.uri)
		if err != nil {
			return nil, err
		}
		return tx.groupsOf(ctx, ids)
	}
	return tx.groupsWhere(ctx, c.query, c.uri)
}

// The numbers of the groups that know something about a URI. The writer keeps the answers of the first two.
const (
	addressed  = ``
	withPost   = `SELECT group_id FROM posts WHERE uri = $1 ORDER BY group_id`
	withMember = `SELECT DISTINCT m.group_id FROM memberships m JOIN actors a ON a.id = m.actor_id WHERE a.uri = $1 ORDER BY m.group_id`
	withAuthor = `SELECT DISTINCT p.group_id FROM posts p JOIN actors a ON a.id = p.author_id WHERE a.uri = $1 ORDER BY p.group_id`
	following  = `SELECT DISTINCT f.group_id FROM followings f JOIN actors a ON a.id = f.actor_id WHERE a.uri = $1 ORDER BY f.group_id`
)

func concern(r group.Request) []condition {
	var out []condition
	add := func(query, uri string) {
		if uri != "" {
			out = append(out, condition{query, uri})
		}
	}
	for _, uri := range r.Groups {
		add(addressed, uri)
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

package store

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"slices"

	"folkmoot/group"
)

func sortBlocks(list []group.Barrier) {
	slices.SortFunc(list, func(a, b group.Barrier) int { return cmp.Compare(a.Subject, b.Subject) })
}

func scanGroups(rows *sql.Rows) (Group, error) { return scanGroup(rows.Scan) }

// named is a row with the name or URI it stands for.
type named struct {
	id   int64
	name string
}

func listNamed(ctx context.Context, tx *txn, query string, args ...any) ([]named, error) {
	rows, err := tx.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	return collect(rows, func(rows *sql.Rows) (n named, err error) { return n, rows.Scan(&n.id, &n.name) })
}

// applyBlocks makes what a group shows and counts agree with its blocks and the server's, for everybody whose standing may have changed.
func (s *Store) applyBlocks(ctx context.Context, tx *txn, g Group, t touched, effect *BlockEffect) error {
	hosts, err := listNamed(ctx, tx, `SELECT id, name FROM hosts ORDER BY id`)
	if err != nil {
		return fmt.Errorf("list hosts: %w", err)
	}
	for _, h := range hosts {
		if !t.host(h.name) {
			continue
		}
		if err := s.enforce(ctx, tx, g, selection{`a.host_id`, h.id}, "https://"+h.name, effect); err != nil {
			return fmt.Errorf("block %s: %w", h.name, err)
		}
		t.subjects[h.name] = true // accounts there may be blocked by themselves
	}
	accounts, err := listNamed(ctx, tx, `SELECT a.id, a.uri FROM actors a WHERE a.uri IN
		(SELECT subject FROM blocks WHERE group_id IN (0, $1) AND INSTR(subject, '://') > 0)`, g.ID)
	if err != nil {
		return fmt.Errorf("list blocked accounts: %w", err)
	}
	for subject := range t.subjects {
		if isURI(subject) {
			more, err := listNamed(ctx, tx, `SELECT id, uri FROM actors WHERE uri = $1`, subject)
			if err != nil {
				return fmt.Errorf("find %s: %w", subject, err)
			}
			accounts = append(accounts, more...)
		}
	}
	for _, a := range accounts {
		if !t.subjects[a.name] && !t.host(hostName(a.name)) {
			continue
		}
		whole, err := s.standingIn(ctx, tx, g.ID, "https://"+hostName(a.name))
		if err != nil {
			return fmt.Errorf("look whether the host of %s is blocked: %w", a.name, err)
		}
		if whole.Suspended() {
			continue // with its host
		}
		if err := s.enforce(ctx, tx, g, selection{`a.id`, a.id}, a.name, effect); err != nil {
			return fmt.Errorf("block %s: %w", a.name, err)
		}
	}
	return nil
}

func isURI(subject string) bool { return group.Barrier{Subject: subject}.IsAccount() }

// selection picks accounts: all of a host, or one.
type selection struct {
	column string
	value  int64
}

// enforce hides or brings back what the selected accounts have in a group. uri is the account, or an address of the host.
func (s *Store) enforce(ctx context.Context, tx *txn, g Group, sel selection, uri string, effect *BlockEffect) error {
	st, err := s.standingIn(ctx, tx, g.ID, uri)
	if err != nil {
		return err
	}
	w := effectWriter{tx: tx, group: g, now: s.now(), encode: s.told, store: s}
	if st.Suspended() {
		return w.shutOut(ctx, sel, effect)
	}
	return w.letIn(ctx, sel, effect)
}

// shutOut ends the follows, of which each is told, and hides memberships and posts. What else was on its way there is dropped.
func (w effectWriter) shutOut(ctx context.Context, sel selection, effect *BlockEffect) error {
	where := ` AND actor_id IN (SELECT a.id FROM actors a WHERE ` + sel.column + ` = $2)`
	w.tx.revise(everyHost)
	if err := w.exec(ctx, `DELETE FROM direct WHERE done = 0 AND group_id = $1 AND inbox IN
		(SELECT a.inbox FROM actors a WHERE `+sel.column+` = $2)`, w.group.ID, sel.value); err != nil {
		return fmt.Errorf("drop what was on its way: %w", err)
	}
	followers, err := listNamed(ctx, w.tx, `SELECT a.id, a.uri FROM memberships m JOIN actors a ON a.id = m.actor_id
		WHERE m.group_id = $1 AND m.follows <> 0 AND `+sel.column+` = $2 ORDER BY a.id`, w.group.ID, sel.value)
	if err != nil {
		return fmt.Errorf("list followers: %w", err)
	}
	for _, f := range followers {
		if err := w.tell(ctx, group.Tell{What: group.TellExpel, To: f.name}); err != nil {
			return err
		}
		if err := w.exec(ctx, `UPDATE memberships SET follows = 0 WHERE group_id = $1 AND actor_id = $2`, w.group.ID, f.id); err != nil {
			return err
		}
		if err := dropCursor(ctx, w.tx, w.group.ID, f.id); err != nil {
			return err
		}
	}
	var runs int64
	err = w.tx.QueryRowContext(ctx, `SELECT COUNT(*) FROM memberships WHERE group_id = $1`+where+` AND barred = 0 AND state = 'member'
		AND role IN ('owner', 'moderator')`, w.group.ID, sel.value).Scan(&runs)
	if err != nil {
		return fmt.Errorf("count moderators: %w", err)
	}
	members, err := w.changed(ctx, `UPDATE memberships SET barred = 1 WHERE group_id = $1`+where+` AND barred = 0`, w.group.ID, sel.value)
	if err != nil {
		return fmt.Errorf("hide members: %w", err)
	}
	posts, err := w.changed(ctx, `UPDATE posts SET before_block = state, state = 'hidden' WHERE group_id = $1 AND author_id IN
		(SELECT a.id FROM actors a WHERE `+sel.column+` = $2) AND state IN ('visible', 'held')`, w.group.ID, sel.value)
	effect.Followers += len(followers)
	effect.Members, effect.Moderators, effect.Posts = effect.Members+int(members), effect.Moderators+int(runs), effect.Posts+int(posts)
	return wrap(err, "hide posts")
}

// letIn brings back what a block has hidden.
func (w effectWriter) letIn(ctx context.Context, sel selection, effect *BlockEffect) error {
	members, err := w.changed(ctx, `UPDATE memberships SET barred = 0 WHERE group_id = $1 AND barred <> 0
		AND actor_id IN (SELECT a.id FROM actors a WHERE `+sel.column+` = $2)`, w.group.ID, sel.value)
	if err != nil {
		return fmt.Errorf("show members: %w", err)
	}
	posts, err := w.changed(ctx, `UPDATE posts SET state = before_block, before_block = '' WHERE group_id = $1 AND state = 'hidden'
		AND author_id IN (SELECT a.id FROM actors a WHERE `+sel.column+` = $2)`, w.group.ID, sel.value)
	effect.MembersBack, effect.PostsBack = effect.MembersBack+int(members), effect.PostsBack+int(posts)
	return wrap(err, "show posts")
}

// setBarrier carries out a moderator's block of a host or account.
func (w effectWriter) setBarrier(ctx context.Context, e group.SetBarrier) error {
	c := BlockChange{GroupID: w.group.ID, Set: []group.Barrier{e.Barrier}}
	if e.Lift {
		c.Set, c.Lift = nil, []string{e.Barrier.Subject}
	}
	w.tx.touchAll() // what it hides is hidden everywhere
	_, err := w.store.changeBlocks(ctx, w.tx, c)
	return err
}

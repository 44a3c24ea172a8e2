package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"folkmoot/group"
)

// loaded is what the rules need, with the numbers of the rows it stands in, so that what is written need not look for them again.
type loaded struct {
	group.State
	actor int64 // who asks; 0 for nobody known yet
	post  int64 // State.Existing
}

// load reads the few rows the rules need.
func (s *Store) load(ctx context.Context, tx *txn, g Group, r group.Request) (l loaded, err error) {
	l.Group = g.info()
	for _, uri := range r.Groups {
		l.Addressed = l.Addressed || uri == g.URI
	}
	if l.actor, l.Member, err = findMember(ctx, tx, g.ID, r.By.URI); err != nil {
		return l, err
	}
	if l.post, l.Existing, err = findFiled(ctx, tx, g.ID, subject(r)); err != nil {
		return l, err
	}
	st := &l.State
	for _, more := range []func() error{
		func() error { return loadPost(ctx, tx, g, r, st) },
		func() error { return s.loadPeople(ctx, tx, g, r, st) },
		func() error { return loadOwners(ctx, tx, g.ID, r, st) },
		func() error { return loadReview(ctx, tx, g, r, st) },
		func() error { return loadJoining(ctx, tx, g.ID, r, st) },
		func() error { return loadSaid(ctx, tx, g.ID, r, st) },
		func() error { return loadMarks(ctx, tx, g.ID, r, &l) },
		func() error { return s.loadStanding(ctx, tx, g.ID, r, st) },
		func() error { return loadAppealed(ctx, tx, g.ID, r, st) },
		func() error { return s.loadRules(ctx, tx, g.ID, r, st) },
	} {
		if err := more(); err != nil {
			return l, err
		}
	}
	return l, nil
}

// loadPost reads what a post answers, and whether it says the same as the version that is held.
func loadPost(ctx context.Context, tx *txn, g Group, r group.Request, s *group.State) (err error) {
	if r.Post == nil {
		return nil
	}
	if s.Parent, err = loadFiled(ctx, tx, g.ID, r.Post.InReplyTo); err != nil {
		return err
	}
	if r.Kind == group.Edit && s.Existing != nil {
		s.Existing.Same, err = readsSame(ctx, tx, g.ID, g.Settings.Welcome.Dress(*r.Post))
	}
	return err
}

// loadPeople reads what the group knows of others than the one who asks.
func (s *Store) loadPeople(ctx context.Context, tx *txn, g Group, r group.Request, st *group.State) (err error) {
	switch r.Kind {
	case group.Move, group.Ban, group.Unban, group.Appoint, group.Dismiss, group.Admit, group.TurnDown, group.Expel, group.Invite,
		group.Uninvite, group.Vouch, group.Doubt, group.Leave:
		target, err := loadMember(ctx, tx, g.ID, r.Target)
		if err != nil {
			return err
		}
		st.Subject, st.Successor = target, target.State
	case group.Report:
		about := r.Target
		if st.Existing != nil {
			about = st.Existing.Author
		}
		if st.Subject, err = loadMember(ctx, tx, g.ID, about); err != nil {
			return err
		}
		err = tx.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM reports WHERE group_id = $1 AND about = $2 AND reporter = $3 AND resolved = 0)`,
			g.ID, r.Target, r.By.URI).Scan(&st.Reported)
		return wrap(err, "look for the same report")
	case group.Relocate:
		return s.loadDestination(ctx, tx, r, st)
	}
	return nil
}

// loadDestination reads how the other group of this server would receive the thread: what it says of whoever moves it, and of its
// author.
func (s *Store) loadDestination(ctx context.Context, tx *txn, r group.Request, st *group.State) error {
	to, err := tx.groupAt(ctx, r.To)
	if errors.Is(err, ErrNotFound) || err == nil && (to.URI == st.Group.URI || st.Existing == nil) {
		return nil
	}
	if err != nil {
		return err
	}
	there := group.State{Group: to.info()}
	if there.Member, err = loadMember(ctx, tx, to.ID, r.By.URI); err != nil {
		return err
	}
	if there.Subject, err = loadMember(ctx, tx, to.ID, st.Existing.Author); err != nil {
		return err
	}
	for _, uri := range []string{r.By.URI, st.Existing.Author} {
		one, err := s.standingIn(ctx, tx, to.ID, uri)
		if err != nil {
			return err
		}
		there.Standing = there.Standing.With(one)
	}
	st.Destination = &there
	return nil
}

func loadMember(ctx context.Context, tx *txn, groupID int64, uri string) (group.Member, error) {
	_, m, err := findMember(ctx, tx, groupID, uri)
	return m, err
}

// findMember reads where somebody stands with a group, and their number as an actor, 0 if they are unknown.
func findMember(ctx context.Context, tx *txn, groupID int64, uri string) (actor int64, m group.Member, err error) {
	key := rowKey{groupID, uri}
	if known, ok := tx.kept.members[key]; ok {
		return known.actor, known.Member, nil
	}
	var bot bool
	err = tx.QueryRowContext(ctx, `SELECT a.id, a.bot, COALESCE(m.state, ''), COALESCE(m.role, ''), COALESCE(m.follows, 0), COALESCE(m.until, 0),
		COALESCE(m.follow, ''), COALESCE(m.since, 0), COALESCE(m.approved, 0), COALESCE(m.answer, '') <> ''
		FROM actors a LEFT JOIN memberships m ON m.group_id = $1 AND m.actor_id = a.id WHERE a.uri = $2`, groupID, uri).
		Scan(&actor, &bot, &m.State, &m.Role, &m.Follows, &m.Until, &m.Via, &m.Since, &m.Approved, &m.Answered)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, m, nil
	}
	if err != nil {
		return 0, m, wrap(err, "read membership")
	}
	m.Bot = bot && m.State != group.Stranger
	tx.kept.members = keep(tx.kept.members, maxKeptRows, key, keptMember{actor, m})
	return actor, m, nil
}

// maxDepth ends the climb from a comment to the top of its thread.
const maxDepth = 100

func loadFiled(ctx context.Context, tx *txn, groupID int64, uri string) (*group.Filed, error) {
	_, f, err := findFiled(ctx, tx, groupID, uri)
	return f, err
}

// findFiled reads a post of a group and its number; nil if the group does not have it.
func findFiled(ctx context.Context, tx *txn, groupID int64, uri string) (int64, *group.Filed, error) {
	if uri == "" {
		return 0, nil, nil
	}
	key := rowKey{groupID, uri}
	if known, ok := tx.kept.posts[key]; ok {
		return known.id, &known.Filed, nil
	}
	id, f, err := readFiled(ctx, tx, groupID, uri)
	if err == nil && f != nil {
		tx.kept.posts = keep(tx.kept.posts, maxKeptRows, key, keptPost{id, *f})
	}
	return id, f, err
}

func readFiled(ctx context.Context, tx *txn, groupID int64, uri string) (id int64, _ *group.Filed, err error) {
	f := group.Filed{URI: uri}
	var parent sql.NullInt64
	err = tx.QueryRowContext(ctx, `SELECT p.id, p.parent_id, a.uri, p.thread_id, p.state,
		CASE p.edited WHEN 0 THEN p.published ELSE p.edited END, p.visibility, p.locked, p.pinned <> 0, p.home
		FROM posts p JOIN actors a ON a.id = p.author_id WHERE p.group_id = $1 AND p.uri = $2`, groupID, uri).
		Scan(&id, &parent, &f.Author, &f.Thread, &f.State, &f.Updated, &f.Visibility, &f.Locked, &f.Pinned, &f.Home)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil, nil
	}
	if f.Comment = parent.Valid; err != nil || f.Locked || !f.Comment {
		return id, &f, wrap(err, "read post "+uri)
	}
	err = tx.QueryRowContext(ctx, `WITH RECURSIVE above (id, parent_id, locked, depth) AS (
			SELECT id, parent_id, locked, 0 FROM posts WHERE id = $1
			UNION ALL SELECT p.id, p.parent_id, p.locked, above.depth + 1 FROM posts p JOIN above ON p.id = above.parent_id
				WHERE above.depth < $2)
		SELECT COALESCE(MAX(locked), 0) FROM above`, id, maxDepth).Scan(&f.Locked)
	return id, &f, wrap(err, "see whether "+uri+" is locked")
}

// readsSame says whether the version of a post that is held shows people what this one would. Bytes are not compared: forums write
// anew what they pass on.
func readsSame(ctx context.Context, tx *txn, groupID int64, p group.Post) (same bool, err error) {
	media, err := attached(p)
	if err != nil {
		return false, err
	}
	err = tx.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM posts WHERE group_id = $1 AND uri = $2 AND title = $3 AND html = $4
		AND warning = $5 AND link = $6 AND language = $7 AND visibility = $8 AND kind = $9 AND media = $10)`,
		groupID, p.URI, p.Title, p.HTML, p.Warning, p.Link, p.Language, p.Visibility, p.Kind, media).Scan(&same)
	return same, wrap(err, "compare versions of "+p.URI)
}

// loadMarks reads what was noted of who asks, as far as the request makes it matter: [group.Decide] looks at nothing else.
func loadMarks(ctx context.Context, tx *txn, groupID int64, r group.Request, l *loaded) error {
	if r.Post != nil {
		err := tx.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM notices WHERE group_id = $1 AND actor_id = $2),
			EXISTS (SELECT 1 FROM gone WHERE uri = $3 AND author = $4)`, groupID, l.actor, subject(r), r.By.URI).Scan(&l.Noticed, &l.Gone)
		if err != nil {
			return fmt.Errorf("read marks: %w", err)
		}
	}
	if r.Kind.Counts() {
		if err := loadCounted(ctx, tx, l); err != nil {
			return err
		}
	}
	community := r.Via
	switch r.Kind {
	case group.Subscribe, group.Unsubscribe:
		community = r.Target
	case group.Confirm, group.Decline:
		community = r.By.URI
	}
	if community == "" {
		return nil
	}
	err := tx.QueryRowContext(ctx, `SELECT f.state, f.since FROM followings f JOIN actors a ON a.id = f.actor_id
		WHERE f.group_id = $1 AND a.uri = $2`, groupID, community).Scan(&l.Following, &l.Since)
	return wrap(ignoreNone(err), "read what the group follows")
}

// loadCounted reads which vote and boost of the post are counted of who asks.
func loadCounted(ctx context.Context, tx *txn, l *loaded) error {
	if l.actor == 0 || l.post == 0 {
		return nil
	}
	rows, err := tx.QueryContext(ctx, `SELECT kind FROM counts WHERE post_id = $1 AND actor_id = $2`, l.post, l.actor)
	if err != nil {
		return fmt.Errorf("read votes: %w", err)
	}
	kinds, err := collect(rows, func(rows *sql.Rows) (k group.Kind, err error) { return k, rows.Scan(&k) })
	for _, k := range kinds {
		if k == group.Boost {
			l.Boosted = true
		} else {
			l.Vote = k
		}
	}
	return err
}

func ignoreNone(err error) error {
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	return err
}

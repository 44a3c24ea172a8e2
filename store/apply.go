package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"folkmoot/group"
)

// Outcome is what one group decided about a request.
type Outcome struct {
	Group    string // URI
	Decision group.Decision
}

// Apply decides a request for every group it concerns and writes what follows, in one transaction: either all of it is
// durable when Apply returns, or nothing is. row is the inbox row that the request came from, 0 for other doors.
func (s *Store) Apply(ctx context.Context, r group.Request, row int64) (outcomes []Outcome, err error) {
	err = s.updateQuietly(ctx, func(ctx context.Context, tx *txn) error {
		outcomes = nil
		if settled, err := isSettled(ctx, tx, row); err != nil || settled {
			return err
		}
		concerned, err := groupsConcerned(ctx, tx, r)
		if err != nil {
			return err
		}
		for _, g := range concerned {
			d, err := s.applyOne(ctx, tx, g, r)
			if err != nil {
				return fmt.Errorf("apply %s to %s: %w", r.Kind, g.Name, err)
			}
			outcomes = append(outcomes, Outcome{Group: g.URI, Decision: d})
			if len(d.Effects) > 0 {
				tx.touch(g.Name)
			}
		}
		if r.Kind == group.Relocate { // it carries a thread into another group
			tx.touchAll()
		}
		if err := aside(ctx, tx, r, outcomes); err != nil || row == 0 {
			return err
		}
		verdict, reason := Summary(outcomes)
		return settle(ctx, tx, row, string(verdict), string(reason))
	})
	s.wake(outcomes)
	return outcomes, err
}

// wake signals what the outcomes may have made due: a filed post may be what a reply waits for.
func (s *Store) wake(outcomes []Outcome) {
	for _, o := range outcomes {
		for _, e := range o.Decision.Effects {
			switch e.(type) {
			case group.File:
				signal(s.incoming)
			case group.Release:
				signal(s.incoming)
				signal(s.outgoing)
			case group.Hold, group.SetPaused:
				signal(s.waits)
			default:
				signal(s.outgoing)
			}
		}
	}
}

// isSettled finds activities that somebody else has decided meanwhile: each is decided once.
func isSettled(ctx context.Context, tx *txn, row int64) (settled bool, err error) {
	if row == 0 {
		return false, nil
	}
	err = tx.QueryRowContext(ctx, `SELECT state = 'done' FROM inbox WHERE id = $1`, row).Scan(&settled)
	return settled, wrap(err, "read activity")
}

// Summary is the answer shown for the activity as a whole: the first that did something.
func Summary(outcomes []Outcome) (group.Verdict, group.Reason) {
	verdict, reason := group.Ignored, group.ReasonNothingToDo
	for i, o := range outcomes {
		if i == 0 || verdict == group.Ignored {
			verdict, reason = o.Decision.Verdict, o.Decision.Reason
		}
	}
	return verdict, reason
}

// aside remembers what matters even where no group knows the post: a Delete may overtake its Create. What a community says of
// others is not remembered: it could shut out posts that are still to come.
func aside(ctx context.Context, tx *txn, r group.Request, outcomes []Outcome) error {
	if r.Kind != group.Delete || len(outcomes) > 0 || r.Via != "" {
		return nil
	}
	return forget(ctx, tx, r.By.URI, r.Target, r.At.Unix())
}

func (s *Store) applyOne(ctx context.Context, tx *txn, g Group, r group.Request) (group.Decision, error) {
	g = g.inForce()
	state, err := loadState(ctx, tx, g, r)
	if err != nil {
		return group.Decision{}, err
	}
	if err := s.loadStanding(ctx, tx, g.ID, r, &state); err != nil {
		return group.Decision{}, err
	}
	if err := loadAppealed(ctx, tx, g.ID, r, &state); err != nil {
		return group.Decision{}, err
	}
	if err := s.loadRules(ctx, tx, g.ID, r, &state); err != nil {
		return group.Decision{}, err
	}
	d := group.Decide(state, r)
	w := effectWriter{tx: tx, group: g, request: r, now: s.now(), encode: s.told, store: s}
	for _, e := range d.Effects {
		if err := w.write(ctx, e); err != nil {
			return group.Decision{}, fmt.Errorf("write %T: %w", e, err)
		}
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO audit (group_id, at, kind, person, activity, target, verdict, reason, why, words, private)
		VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11)`,
		g.ID, w.now.Unix(), r.Kind, r.By.URI, r.Activity, subject(r), d.Verdict, d.Reason, d.Why, r.Text, r.Private)
	return d, wrap(err, "write audit row")
}

// subject is the URI of the post or actor that a request is about.
func subject(r group.Request) string {
	if r.Post != nil {
		return r.Post.URI
	}
	return r.Target
}

// loadState reads the few rows the rules need.
func loadState(ctx context.Context, tx *txn, g Group, r group.Request) (s group.State, err error) {
	s.Group = g.info()
	for _, uri := range r.Groups {
		s.Addressed = s.Addressed || uri == g.URI
	}
	if s.Member, err = loadMember(ctx, tx, g.ID, r.By.URI); err != nil {
		return s, err
	}
	if s.Existing, err = loadFiled(ctx, tx, g.ID, subject(r)); err != nil {
		return s, err
	}
	if r.Post != nil {
		if s.Parent, err = loadFiled(ctx, tx, g.ID, r.Post.InReplyTo); err != nil {
			return s, err
		}
	}
	if r.Kind == group.Edit && r.Post != nil && s.Existing != nil {
		if s.Existing.Same, err = readsSame(ctx, tx, g.ID, g.Settings.Welcome.Dress(*r.Post)); err != nil {
			return s, err
		}
	}
	if err := loadPeople(ctx, tx, g, r, &s); err != nil {
		return s, err
	}
	if err := loadOwners(ctx, tx, g.ID, r, &s); err != nil {
		return s, err
	}
	if err := loadReview(ctx, tx, g, r, &s); err != nil {
		return s, err
	}
	if err := loadJoining(ctx, tx, g.ID, r, &s); err != nil {
		return s, err
	}
	if err := loadSaid(ctx, tx, g.ID, r, &s); err != nil {
		return s, err
	}
	return s, loadMarks(ctx, tx, g.ID, r, &s)
}

// loadPeople reads what the group knows of others than the one who asks.
func loadPeople(ctx context.Context, tx *txn, g Group, r group.Request, s *group.State) (err error) {
	switch r.Kind {
	case group.Move, group.Ban, group.Unban, group.Appoint, group.Dismiss, group.Admit, group.TurnDown, group.Expel, group.Invite,
		group.Uninvite, group.Vouch, group.Doubt, group.Leave:
		target, err := loadMember(ctx, tx, g.ID, r.Target)
		if err != nil {
			return err
		}
		s.Subject, s.Successor = target, target.State
	case group.Report:
		about := r.Target
		if s.Existing != nil {
			about = s.Existing.Author
		}
		if s.Subject, err = loadMember(ctx, tx, g.ID, about); err != nil {
			return err
		}
		err = tx.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM reports WHERE group_id = $1 AND about = $2 AND reporter = $3 AND resolved = 0)`,
			g.ID, r.Target, r.By.URI).Scan(&s.Reported)
		return wrap(err, "look for the same report")
	case group.Relocate:
		return loadDestination(ctx, tx, r, s)
	}
	return nil
}

// loadDestination reads how the other group of this server would receive the thread.
func loadDestination(ctx context.Context, tx *txn, r group.Request, s *group.State) error {
	to, err := scanGroup(tx.QueryRowContext(ctx, `SELECT `+groupColumns+` FROM groups WHERE uri = $1`, r.To).Scan)
	if errors.Is(err, ErrNotFound) || err == nil && to.URI == s.Group.URI {
		return nil
	}
	if err != nil {
		return err
	}
	m, err := loadMember(ctx, tx, to.ID, r.By.URI)
	s.Destination = &group.State{Group: to.info(), Member: m}
	return err
}

func loadMember(ctx context.Context, tx *txn, groupID int64, uri string) (m group.Member, err error) {
	err = tx.QueryRowContext(ctx, `SELECT m.state, m.role, m.follows, m.until, m.follow, m.since, m.approved, m.answer <> '', a.bot
		FROM memberships m JOIN actors a ON a.id = m.actor_id WHERE m.group_id = $1 AND a.uri = $2`, groupID, uri).
		Scan(&m.State, &m.Role, &m.Follows, &m.Until, &m.Via, &m.Since, &m.Approved, &m.Answered, &m.Bot)
	if errors.Is(err, sql.ErrNoRows) {
		return group.Member{}, nil
	}
	return m, wrap(err, "read membership")
}

// maxDepth ends the climb from a comment to the top of its thread.
const maxDepth = 100

func loadFiled(ctx context.Context, tx *txn, groupID int64, uri string) (*group.Filed, error) {
	if uri == "" {
		return nil, nil
	}
	f := group.Filed{URI: uri}
	var id int64
	var parent sql.NullInt64
	err := tx.QueryRowContext(ctx, `SELECT p.id, p.parent_id, a.uri, p.thread_id, p.state,
		CASE p.edited WHEN 0 THEN p.published ELSE p.edited END, p.visibility, p.locked, p.pinned <> 0, p.home
		FROM posts p JOIN actors a ON a.id = p.author_id WHERE p.group_id = $1 AND p.uri = $2`, groupID, uri).
		Scan(&id, &parent, &f.Author, &f.Thread, &f.State, &f.Updated, &f.Visibility, &f.Locked, &f.Pinned, &f.Home)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if f.Comment = parent.Valid; err != nil || f.Locked || !f.Comment {
		return &f, wrap(err, "read post "+uri)
	}
	err = tx.QueryRowContext(ctx, `WITH RECURSIVE above (id, parent_id, locked, depth) AS (
			SELECT id, parent_id, locked, 0 FROM posts WHERE id = $1
			UNION ALL SELECT p.id, p.parent_id, p.locked, above.depth + 1 FROM posts p JOIN above ON p.id = above.parent_id
				WHERE above.depth < $2)
		SELECT COALESCE(MAX(locked), 0) FROM above`, id, maxDepth).Scan(&f.Locked)
	return &f, wrap(err, "see whether "+uri+" is locked")
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

func loadMarks(ctx context.Context, tx *txn, groupID int64, r group.Request, s *group.State) error {
	community := r.Via
	switch r.Kind {
	case group.Subscribe, group.Unsubscribe:
		community = r.Target
	case group.Confirm, group.Decline:
		community = r.By.URI
	}
	return wrap(tx.QueryRowContext(ctx, `SELECT
		EXISTS (SELECT 1 FROM notices n JOIN actors a ON a.id = n.actor_id WHERE n.group_id = $1 AND a.uri = $2),
		EXISTS (SELECT 1 FROM gone WHERE uri = $3 AND author = $2),
		COALESCE((SELECT MAX(c.kind) FROM counts c JOIN posts p ON p.id = c.post_id JOIN actors a ON a.id = c.actor_id
			WHERE p.group_id = $1 AND p.uri = $3 AND a.uri = $2 AND c.kind IN ('like', 'dislike')), ''),
		EXISTS (SELECT 1 FROM counts c JOIN posts p ON p.id = c.post_id JOIN actors a ON a.id = c.actor_id
			WHERE p.group_id = $1 AND p.uri = $3 AND a.uri = $2 AND c.kind = 'boost'),
		COALESCE((SELECT MAX(f.state) FROM followings f JOIN actors a ON a.id = f.actor_id WHERE f.group_id = $1 AND a.uri = $4), ''),
		COALESCE((SELECT MAX(f.since) FROM followings f JOIN actors a ON a.id = f.actor_id WHERE f.group_id = $1 AND a.uri = $4), 0)`,
		groupID, r.By.URI, subject(r), community).Scan(&s.Noticed, &s.Gone, &s.Vote, &s.Boosted, &s.Following, &s.Since), "read marks")
}

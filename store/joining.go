package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"folkmoot/group"
)

// loadJoining reads what matters when somebody comes in or is let in.
func loadJoining(ctx context.Context, tx *txn, groupID int64, r group.Request, s *group.State) (err error) {
	person := r.By.URI
	switch r.Kind {
	case group.Follow, group.Join, group.Answer:
	case group.Admit, group.Invite, group.Uninvite, group.Vouch:
		person = r.Target
	default:
		return nil
	}
	if s.Invited, err = hasOffer(ctx, tx, groupID, person, group.Invitation, r.At); err != nil {
		return err
	}
	s.Told, err = loadTold(ctx, tx, groupID, person)
	return err
}

func hasOffer(ctx context.Context, tx *txn, groupID int64, person string, what group.Proposal, at time.Time) (has bool, err error) {
	err = tx.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM offers o JOIN actors a ON a.id = o.actor_id
		WHERE o.group_id = $1 AND a.uri = $2 AND o.kind = $3 AND o.expires > $4)`, groupID, person, what, at.Unix()).Scan(&has)
	return has, wrap(err, "look for an offer")
}

func loadTold(ctx context.Context, tx *txn, groupID int64, person string) (group.Told, error) {
	rows, err := tx.QueryContext(ctx, `SELECT t.kind, t.at FROM told t JOIN actors a ON a.id = t.actor_id
		WHERE t.group_id = $1 AND a.uri = $2`, groupID, person)
	if err != nil {
		return nil, fmt.Errorf("find what %s was told: %w", person, err)
	}
	defer rows.Close()
	told := group.Told{}
	for rows.Next() {
		var notice group.Notice
		var at int64
		if err := rows.Scan(&notice, &at); err != nil {
			return nil, fmt.Errorf("read what %s was told: %w", person, err)
		}
		told[notice] = at
	}
	return told, wrap(rows.Err(), "read what somebody was told")
}

// writeJoining carries out the effects on who belongs to the group.
func (w effectWriter) writeJoining(ctx context.Context, e group.Effect) error {
	switch e := e.(type) {
	case group.SetAnswer:
		return w.ofMember(ctx, `answer`, e.Person, e.Text)
	case group.SetApproved:
		return w.ofMember(ctx, `approved`, e.Person, e.On)
	case group.SetOffer:
		return w.offer(ctx, e)
	case group.EraseTraces:
		return w.eraseTraces(ctx, e)
	case group.MarkHeard:
		return w.exec(ctx, `INSERT INTO heard (uri, at) VALUES ($1, $2) ON CONFLICT DO NOTHING`, e.Note, w.now.Unix())
	case group.MarkTold:
		return w.exec(ctx, `INSERT INTO told (group_id, actor_id, kind, at) SELECT $1, id, $3, $4 FROM actors WHERE uri = $2
			ON CONFLICT (group_id, actor_id, kind) DO UPDATE SET at = excluded.at`, w.group.ID, e.Person, e.Notice, w.now.Unix())
	default:
		return w.writeOwner(ctx, e)
	}
}

func (w effectWriter) ofMember(ctx context.Context, column, person string, value any) error {
	return w.exec(ctx, `UPDATE memberships SET `+column+` = $3 WHERE group_id = $1
		AND actor_id = (SELECT id FROM actors WHERE uri = $2)`, w.group.ID, person, value)
}

func (w effectWriter) offer(ctx context.Context, e group.SetOffer) error {
	actor, err := actorID(ctx, w.tx, e.Person)
	if err != nil {
		return err
	}
	if e.Until == 0 {
		return w.exec(ctx, `DELETE FROM offers WHERE group_id = $1 AND actor_id = $2 AND kind = $3`, w.group.ID, actor, e.What)
	}
	return w.exec(ctx, `INSERT INTO offers (group_id, actor_id, kind, by, at, expires) VALUES ($1,$2,$3,$4,$5,$6)
		ON CONFLICT (group_id, actor_id, kind) DO UPDATE SET by = excluded.by, at = excluded.at, expires = excluded.expires`,
		w.group.ID, actor, e.What, w.request.By.URI, w.now.Unix(), e.Until)
}

// Membership is a person's standing in a group, as those who run it see it.
type Membership struct {
	Actor    Actor
	State    group.Membership
	Role     group.Role
	Follows  bool
	Approved bool
	Answer   string    // to the group's questions
	Since    time.Time // in this state
	Until    time.Time // end of a ban or cool-down, zero for none
	Barred   bool      // the host or account is blocked
}

const membershipColumns = `SELECT a.id, a.uri, a.handle, a.name, a.url, a.bot, m.state, m.role, m.follows, m.approved, m.answer, m.since, m.until, m.barred
	FROM memberships m JOIN actors a ON a.id = m.actor_id WHERE m.group_id = $1`

func scanMembership(scan func(...any) error) (m Membership, err error) {
	var since, until int64
	err = scan(&m.Actor.ID, &m.Actor.URI, &m.Actor.Handle, &m.Actor.Name, &m.Actor.URL, &m.Actor.Bot,
		&m.State, &m.Role, &m.Follows, &m.Approved, &m.Answer, &since, &until, &m.Barred)
	m.Since = time.Unix(since, 0)
	if until != 0 {
		m.Until = time.Unix(until, 0)
	}
	return m, err
}

// pendingMembers lists them in the order in which they asked.
const pendingMembers = membershipColumns + ` AND m.state = 'pending' ORDER BY m.since, m.actor_id LIMIT $2`

// Pending lists who waits to be let into a group, first come first.
func (s *Store) Pending(ctx context.Context, groupID int64, limit int) ([]Membership, error) {
	rows, err := s.read.QueryContext(ctx, pendingMembers, groupID, limit)
	if err != nil {
		return nil, fmt.Errorf("list who waits: %w", err)
	}
	return collect(rows, func(rows *sql.Rows) (Membership, error) { return scanMembership(rows.Scan) })
}

// Members lists the people a group knows who are in that state, those after a number of an actor; 0 begins.
func (s *Store) Members(ctx context.Context, groupID int64, state group.Membership, after int64, limit int) ([]Membership, error) {
	rows, err := s.read.QueryContext(ctx, membershipColumns+` AND m.state = $2 AND a.id > $3 ORDER BY a.id LIMIT $4`,
		groupID, state, after, limit)
	if err != nil {
		return nil, fmt.Errorf("list members: %w", err)
	}
	return collect(rows, func(rows *sql.Rows) (Membership, error) { return scanMembership(rows.Scan) })
}

// FindMembers is Members for those whose name or handle holds some words, in any case; "" finds all.
func (s *Store) FindMembers(ctx context.Context, groupID int64, state group.Membership, words string, after int64, limit int) ([]Membership, error) {
	rows, err := s.read.QueryContext(ctx, membershipColumns+` AND m.state = $2 AND a.id > $3
		AND ($5 = '' OR instr(lower(a.handle), lower($5)) > 0 OR instr(lower(a.name), lower($5)) > 0) ORDER BY a.id LIMIT $4`,
		groupID, state, after, limit, words)
	if err != nil {
		return nil, fmt.Errorf("find members: %w", err)
	}
	return collect(rows, func(rows *sql.Rows) (Membership, error) { return scanMembership(rows.Scan) })
}

// Member returns how a person stands with a group, or ErrNotFound.
func (s *Store) Member(ctx context.Context, groupID int64, person string) (Membership, error) {
	m, err := scanMembership(s.read.QueryRowContext(ctx, membershipColumns+` AND a.uri = $2`, groupID, person).Scan)
	if errors.Is(err, sql.ErrNoRows) {
		return Membership{}, fmt.Errorf("%s in the group: %w", person, ErrNotFound)
	}
	return m, wrap(err, "read membership")
}

// OfferTo is something that a group offers somebody.
type OfferTo struct {
	Person  Actor
	What    group.Proposal
	Expires time.Time
}

// Offers lists what a group offers at the moment.
func (s *Store) Offers(ctx context.Context, groupID int64) ([]OfferTo, error) {
	rows, err := s.read.QueryContext(ctx, `SELECT a.uri, a.handle, o.kind, o.expires FROM offers o JOIN actors a ON a.id = o.actor_id
		WHERE o.group_id = $1 AND o.expires > $2 ORDER BY o.expires, a.id`, groupID, s.now().Unix())
	if err != nil {
		return nil, fmt.Errorf("list offers: %w", err)
	}
	return collect(rows, func(rows *sql.Rows) (o OfferTo, err error) {
		var expires int64
		err = rows.Scan(&o.Person.URI, &o.Person.Handle, &o.What, &expires)
		o.Expires = time.Unix(expires, 0)
		return o, err
	})
}

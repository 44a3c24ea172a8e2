package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"folkmoot/group"
)

// loadOwners reads who owns the group, and who would next, where somebody may cease to or may come to.
func loadOwners(ctx context.Context, tx *txn, groupID int64, r group.Request, s *group.State) (err error) {
	switch r.Kind {
	case group.Offer, group.Instate, group.Succeed, group.Nominate, group.Tally, group.Erase:
		if s.Subject, err = loadMember(ctx, tx, groupID, r.Target); err != nil {
			return err
		}
	case group.Ban, group.Dismiss, group.Leave, group.DeleteActor, group.Block, group.Rekey:
	case group.TakeUp, group.Answer:
		s.Offered, err = hasOffer(ctx, tx, groupID, r.By.URI, group.Ownership, r.At)
		return err
	default:
		return nil
	}
	err = tx.QueryRowContext(ctx, `SELECT successor, (SELECT COUNT(*) FROM memberships WHERE group_id = $1 AND role = $2 AND state = $3 AND barred = 0)
		FROM groups WHERE id = $1`, groupID, group.Owner, group.Joined).Scan(&s.Heir, &s.Owners)
	if err != nil {
		return fmt.Errorf("count owners: %w", err)
	}
	if s.Heir != "" {
		if s.HeirMember, err = loadMember(ctx, tx, groupID, s.Heir); err != nil {
			return err
		}
		s.HeirMember = s.HeirMember.At(r.At)
	}
	if r.Kind == group.Nominate || r.Kind == group.Tally {
		s.Ballot, err = loadBallot(ctx, tx, groupID, r.By.URI)
	}
	return err
}

// loadBallot counts the votes of those who are still members, for those who are.
func loadBallot(ctx context.Context, tx *txn, groupID int64, voter string) (b group.Ballot, err error) {
	err = tx.QueryRowContext(ctx, `SELECT COALESCE((SELECT MIN(at) FROM nominations WHERE group_id = $1), 0),
		COALESCE((SELECT c.uri FROM nominations n JOIN actors v ON v.id = n.voter_id JOIN actors c ON c.id = n.candidate
			WHERE n.group_id = $1 AND v.uri = $2), '')`, groupID, voter).Scan(&b.Since, &b.Mine)
	if err != nil {
		return b, fmt.Errorf("read the vote for an owner: %w", err)
	}
	rows, err := tx.QueryContext(ctx, votesForOwner, groupID)
	if err != nil {
		return b, fmt.Errorf("count the votes for an owner: %w", err)
	}
	defer rows.Close()
	b.Votes = map[string]int{}
	for rows.Next() {
		var candidate string
		var n int
		if err := rows.Scan(&candidate, &n); err != nil {
			return b, fmt.Errorf("count the votes for an owner: %w", err)
		}
		b.Votes[candidate] = n
	}
	return b, wrap(rows.Err(), "count the votes for an owner")
}

const votesForOwner = `SELECT a.uri, COUNT(*) FROM nominations n JOIN actors a ON a.id = n.candidate
	JOIN memberships v ON v.group_id = n.group_id AND v.actor_id = n.voter_id AND v.state = 'member'
	JOIN memberships c ON c.group_id = n.group_id AND c.actor_id = n.candidate AND c.state = 'member'
	WHERE n.group_id = $1 GROUP BY a.id`

// writeOwner carries out the effects on who owns the group, or will.
func (w effectWriter) writeOwner(ctx context.Context, e group.Effect) error {
	switch e := e.(type) {
	case group.SetSuccessor:
		if e.Person != "" {
			if _, err := actorID(ctx, w.tx, e.Person); err != nil {
				return err
			}
		}
		return w.exec(ctx, `UPDATE groups SET successor = $2 WHERE id = $1`, w.group.ID, e.Person)
	case group.SetVote:
		return w.exec(ctx, `INSERT INTO nominations (group_id, voter_id, candidate, at)
			SELECT $1, v.id, c.id, $4 FROM actors v, actors c WHERE v.uri = $2 AND c.uri = $3
			ON CONFLICT (group_id, voter_id) DO UPDATE SET candidate = excluded.candidate`, w.group.ID, e.Voter, e.Candidate, w.now.Unix())
	case group.ClearVotes:
		return w.exec(ctx, `DELETE FROM nominations WHERE group_id = $1`, w.group.ID)
	default:
		return w.writeHeld(ctx, e)
	}
}

// Leading is who has the most votes to own a group that has no owner.
type Leading struct {
	Group     string // URI
	Candidate string
}

// leading is asked now and then; nearly always nobody votes.
const leading = `SELECT g.uri, a.uri FROM nominations n JOIN groups g ON g.id = n.group_id JOIN actors a ON a.id = n.candidate
	GROUP BY n.group_id, n.candidate HAVING MIN(n.at) <= $1 OR EXISTS (SELECT 1 FROM nominations m WHERE m.group_id = n.group_id AND m.at <= $1)
	ORDER BY g.id, COUNT(*) DESC`

// Leaders lists candidates of votes that began before a time.
func (s *Store) Leaders(ctx context.Context, before time.Time) ([]Leading, error) {
	rows, err := s.read.QueryContext(ctx, leading, before.Unix())
	if err != nil {
		return nil, fmt.Errorf("list votes for owners: %w", err)
	}
	return collect(rows, func(rows *sql.Rows) (l Leading, err error) { return l, rows.Scan(&l.Group, &l.Candidate) })
}

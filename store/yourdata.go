package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"folkmoot/group"
)

// Kept is everything a group keeps about a person, for that person.
type Kept struct {
	Person  string       `json:"person"` // URI
	Handle  string       `json:"handle,omitempty"`
	Group   string       `json:"group"` // URI
	Member  *KeptMember  `json:"membership,omitempty"`
	Posts   []KeptPost   `json:"posts"`
	Votes   []KeptVote   `json:"votes"`
	Notices []KeptNotice `json:"notices"`  // what the person was told
	Offers  []KeptNotice `json:"offers"`   // such as invitations
	Reports []KeptReport `json:"reports"`  // by the person
	Warned  []KeptReport `json:"warnings"` // of the person
	Appeals []KeptReport `json:"appeals"`  // by the person
	Log     []KeptAct    `json:"log"`      // what the person asked for, and what came of it
}

// KeptMember is how the person stands with the group.
type KeptMember struct {
	State   string    `json:"state"`
	Role    string    `json:"role"`
	Follows bool      `json:"follows"`
	Since   time.Time `json:"since"`
	Answer  string    `json:"answer,omitempty"` // to the questions asked of whoever wants to join
}

// KeptPost is a post of the person.
type KeptPost struct {
	URI       string    `json:"uri"`
	InReplyTo string    `json:"in_reply_to,omitempty"`
	Title     string    `json:"title,omitempty"`
	HTML      string    `json:"html"`
	Warning   string    `json:"warning,omitempty"`
	State     string    `json:"state"`
	Published time.Time `json:"published"`
}

// KeptVote is a vote or boost by the person.
type KeptVote struct {
	Post string `json:"post"`
	Kind string `json:"kind"`
}

// KeptNotice is something of a kind, at a time.
type KeptNotice struct {
	Kind string    `json:"kind"`
	At   time.Time `json:"at"`
}

// KeptReport is something written about something.
type KeptReport struct {
	About string    `json:"about,omitempty"`
	Words string    `json:"words"`
	At    time.Time `json:"at"`
}

// KeptAct is an entry of the log.
type KeptAct struct {
	At      time.Time `json:"at"`
	Kind    string    `json:"kind"`
	Target  string    `json:"target,omitempty"`
	Verdict string    `json:"verdict"`
	Reason  string    `json:"reason"`
	Words   string    `json:"words,omitempty"`
}

// keptRows is how many rows of each kind are given out at most.
const keptRows = 100_000

// Kept gathers what a group keeps about a person; ErrNotFound if this server does not know the account.
func (s *Store) Kept(ctx context.Context, g Group, person string) (k Kept, err error) {
	a, err := s.Actor(ctx, person)
	if err != nil {
		return k, err
	}
	k = Kept{Person: a.URI, Handle: a.Handle, Group: g.URI}
	m, err := s.Member(ctx, g.ID, person)
	switch {
	case err == nil:
		k.Member = &KeptMember{State: string(m.State), Role: string(m.Role), Follows: m.Follows, Since: m.Since.UTC(), Answer: m.Answer}
	case !errors.Is(err, ErrNotFound):
		return k, err
	}
	err = errors.Join(
		kept(ctx, s, &k.Posts, `SELECT p.uri, COALESCE((SELECT q.uri FROM posts q WHERE q.id = p.parent_id), ''), p.title, p.html, p.warning,
			p.state, p.published FROM posts p WHERE p.group_id = $1 AND p.author_id = $2`, g.ID, a.ID, func(p *KeptPost, at *int64) []any {
			return []any{&p.URI, &p.InReplyTo, &p.Title, &p.HTML, &p.Warning, &p.State, at}
		}, func(p *KeptPost, at time.Time) { p.Published = at }),
		kept(ctx, s, &k.Votes, `SELECT p.uri, c.kind, 0 FROM counts c JOIN posts p ON p.id = c.post_id WHERE p.group_id = $1 AND c.actor_id = $2`,
			g.ID, a.ID, func(v *KeptVote, at *int64) []any { return []any{&v.Post, &v.Kind, at} }, func(*KeptVote, time.Time) {}),
		kept(ctx, s, &k.Notices, `SELECT kind, at FROM told WHERE group_id = $1 AND actor_id = $2`, g.ID, a.ID, noticeFields, noticeTime),
		kept(ctx, s, &k.Offers, `SELECT kind, at FROM offers WHERE group_id = $1 AND actor_id = $2`, g.ID, a.ID, noticeFields, noticeTime),
		kept(ctx, s, &k.Reports, `SELECT about, words, at FROM reports WHERE group_id = $1 AND reporter = $2`, g.ID, a.URI, reportFields, reportTime),
		kept(ctx, s, &k.Warned, `SELECT '', words, at FROM warnings WHERE group_id = $1 AND person = $2`, g.ID, a.URI, reportFields, reportTime),
		kept(ctx, s, &k.Appeals, `SELECT '', words, at FROM appeals WHERE group_id = $1 AND person = $2`, g.ID, a.URI, reportFields, reportTime),
		kept(ctx, s, &k.Log, `SELECT kind, target, verdict, reason, words, at FROM audit WHERE group_id = $1 AND person = $2`, g.ID, a.URI,
			func(l *KeptAct, at *int64) []any {
				return []any{&l.Kind, &l.Target, &l.Verdict, &l.Reason, &l.Words, at}
			},
			func(l *KeptAct, at time.Time) { l.At = at }),
	)
	return k, err
}

func noticeFields(n *KeptNotice, at *int64) []any { return []any{&n.Kind, at} }
func noticeTime(n *KeptNotice, at time.Time)      { n.At = at }
func reportFields(r *KeptReport, at *int64) []any { return []any{&r.About, &r.Words, at} }
func reportTime(r *KeptReport, at time.Time)      { r.At = at }

// kept reads rows whose last column is a time.
func kept[T any](
	ctx context.Context, s *Store, into *[]T, query string, groupID int64, person any, fields func(*T, *int64) []any, dated func(*T, time.Time),
) error {
	rows, err := s.read.QueryContext(ctx, query+fmt.Sprintf(` LIMIT %d`, keptRows), groupID, person)
	if err != nil {
		return fmt.Errorf("gather what is kept: %w", err)
	}
	found, err := collect(rows, func(rows *sql.Rows) (v T, err error) {
		var at int64
		if err := rows.Scan(fields(&v, &at)...); err != nil {
			return v, err
		}
		dated(&v, moment(at).UTC())
		return v, nil
	})
	*into = append([]T{}, found...)
	return err
}

const (
	ticketLasts = 24 * time.Hour
	ticketAgain = 10 * time.Minute
)

// ErrTooSoon means that the same was asked for a short while ago.
var ErrTooSoon = errors.New("asked for a short while ago")

// IssueTicket lets whoever holds the secret read once, within a day, what a group keeps about a person. It takes back what was issued
// before. ErrTooSoon if that was a short while ago.
func (s *Store) IssueTicket(ctx context.Context, groupID int64, person, secret string) error {
	return s.update(ctx, func(ctx context.Context, tx *txn) error {
		actor, err := actorID(ctx, tx, person)
		if err != nil {
			return err
		}
		now := s.now()
		res, err := tx.ExecContext(ctx, `INSERT INTO tickets (hash, actor_id, group_id, at) VALUES ($1, $2, $3, $4)
			ON CONFLICT (actor_id, group_id) DO UPDATE SET hash = excluded.hash, at = excluded.at WHERE tickets.at <= $5`,
			hashOf(secret), actor, groupID, now.Unix(), now.Add(-ticketAgain).Unix())
		if err != nil {
			return fmt.Errorf("issue a ticket: %w", err)
		}
		n, err := res.RowsAffected()
		if err == nil && n == 0 {
			err = ErrTooSoon
		}
		return err
	})
}

func hashOf(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}

// Ticket says whom and which group a secret is about, or ErrNotFound. use makes it the last time.
func (s *Store) Ticket(ctx context.Context, secret string, use bool) (person, name string, err error) {
	const find = `SELECT a.uri, g.name FROM tickets t JOIN actors a ON a.id = t.actor_id JOIN groups g ON g.id = t.group_id
		WHERE t.hash = $1 AND t.at > $2`
	hash, since := hashOf(secret), s.now().Add(-ticketLasts).Unix()
	if !use {
		err = s.read.QueryRowContext(ctx, find, hash, since).Scan(&person, &name)
	} else {
		err = s.update(ctx, func(ctx context.Context, tx *txn) error {
			if err := tx.QueryRowContext(ctx, find, hash, since).Scan(&person, &name); err != nil {
				return err
			}
			_, err := tx.ExecContext(ctx, `DELETE FROM tickets WHERE hash = $1`, hash)
			return err
		})
	}
	if errors.Is(err, sql.ErrNoRows) {
		return "", "", fmt.Errorf("ticket: %w", ErrNotFound)
	}
	return person, name, wrap(err, "read a ticket")
}

// LastLetter is the private message that a group wrote last to a person within a time, or ErrNotFound.
func (s *Store) LastLetter(ctx context.Context, groupID int64, person string, within time.Duration) (l Letter, err error) {
	err = s.read.QueryRowContext(ctx, `SELECT g.uri, a.uri, l.about, l.held, l.next FROM letters l JOIN groups g ON g.id = l.group_id
		JOIN actors a ON a.id = l.actor_id WHERE l.group_id = $1 AND a.uri = $2 AND l.at > $3 ORDER BY l.at DESC, l.next = 'erase' DESC LIMIT 1`,
		groupID, person, s.now().Add(-within).Unix()).Scan(&l.Group, &l.To, &l.About, &l.Held, &l.Next)
	if errors.Is(err, sql.ErrNoRows) {
		return l, fmt.Errorf("letter to %s: %w", person, ErrNotFound)
	}
	return l, wrap(err, "read the last letter")
}

// Holds says whether there is anything to erase: posts with words, votes, a membership.
func (k Kept) Holds() bool {
	for _, p := range k.Posts {
		if p.State != string(group.Erased) {
			return true
		}
	}
	banned := k.Member != nil && k.Member.State == string(group.Banned)
	return k.Member != nil && !banned || len(k.Votes)+len(k.Offers)+len(k.Appeals) > 0 || len(k.Warned) > 0 && !banned
}

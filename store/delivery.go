package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"
)

// Delivery is one activity on its way to one host.
type Delivery struct {
	Group   Group
	Seq     int64 // place in the log, 0 for a direct delivery
	Direct  int64 // row of a direct delivery, 0 for the log
	URI     string
	Form    Form
	Body    []byte
	Prove   time.Time // the group's proof, of this time, is added to it; zero where it holds one or needs none
	Thread  int64     // what it must stay in order with, 0 for nothing in particular
	Voter   int64     // whose vote it is, 0 for what is none: it stays in order with what that person voted, and after all else of the thread
	Comment bool      // it is about a comment, not about a thread
	Source  string    // host that the wrapped activity came from, "" for none or this server
	Created time.Time // when it was written
	To      []string  // inboxes: shared ones where there are any

	Asked     int64 // of a direct delivery: how often it was asked for again
	Cancelled bool  // taken back
	Cancels   int64 // what it takes back, 0 for nothing: where that was never sent it need not be either
	Tried     int64 // nothing beyond this of the log was ever sent to the host
}

const (
	logged = `SELECT o.group_id, o.seq, 0, o.uri, o.form, o.body, o.prove, o.thread_id, o.post_id <> 0 AND o.thread_id <> o.post_id, o.source,
		o.cancelled, o.cancels, c.tried, o.voter, o.created, '' FROM cursors c JOIN outbox o ON o.group_id = c.group_id AND o.seq > c.seq
		WHERE c.host_id = $1 AND o.seq > $3 AND o.form IN ($4, $5, $6) ORDER BY o.seq LIMIT $2`

	toPeople = `SELECT d.group_id, 0, d.id, d.uri, 'direct', d.body, d.prove, d.asked, 0, '', 0, 0, 0, 0, d.created, d.inbox FROM direct d
		WHERE d.host_id = $1 AND d.done = 0 ORDER BY d.id LIMIT $2`

	followerInboxes = `SELECT DISTINCT CASE a.shared_inbox WHEN '' THEN a.inbox ELSE a.shared_inbox END
		FROM memberships m JOIN actors a ON a.id = m.actor_id
		WHERE m.group_id = $1 AND m.follows <> 0 AND m.host_id = $2 AND a.inbox <> '' AND a.gone = 0`
)

// Backlog returns what waits for a host that speaks a dialect, at most limit of each kind: answers to people first, then what it reads
// of the log of each group from its cursor on, in the order of the log, but only what comes after a place in it that was read before.
// end is how far the logs are read now.
func (s *Store) Backlog(ctx context.Context, host int64, speaks Dialect, after int64, limit int) (all []Delivery, end int64, err error) {
	direct, err := s.backlog(ctx, toPeople, host, limit)
	if err != nil {
		return nil, 0, err
	}
	if end, err = s.endOfLogs(ctx); err != nil {
		return nil, 0, err
	}
	forms := formsOf(speaks)
	log, err := s.backlog(ctx, logged, host, limit+1, after, forms[0], forms[1], forms[2])
	if err != nil {
		return nil, 0, err
	}
	if len(log) > limit {
		end, log = log[limit].Seq-1, log[:limit]
	} else if len(log) > 0 {
		end = max(end, log[len(log)-1].Seq)
	}
	all = append(direct, log...)
	return all, max(end, after), s.complete(ctx, host, all)
}

// endOfLogs returns the place of what was written last to any log.
func (s *Store) endOfLogs(ctx context.Context) (end int64, err error) {
	err = s.read.QueryRowContext(ctx, `SELECT COALESCE(MAX(seq), 0) FROM outbox`).Scan(&end)
	return end, wrap(err, "find the end of the log")
}

func (s *Store) backlog(ctx context.Context, query string, args ...any) ([]Delivery, error) {
	rows, err := s.read.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("read backlog: %w", err)
	}
	return collect(rows, func(rows *sql.Rows) (d Delivery, err error) {
		var inbox string
		var prove, created int64
		err = rows.Scan(&d.Group.ID, &d.Seq, &d.Direct, &d.URI, &d.Form, &d.Body, &prove, &d.Thread, &d.Comment, &d.Source,
			&d.Cancelled, &d.Cancels, &d.Tried, &d.Voter, &created, &inbox)
		if d.Prove, d.Created = moment(prove), moment(created); inbox != "" {
			d.To, d.Asked, d.Thread = []string{inbox}, d.Thread, 0
		}
		return d, err
	})
}

// complete fills in the groups and the inboxes of the followers.
func (s *Store) complete(ctx context.Context, host int64, all []Delivery) error {
	groups, inboxes := map[int64]Group{}, map[int64][]string{}
	for i := range all {
		d := &all[i]
		id := d.Group.ID
		if _, ok := groups[id]; !ok {
			g, err := s.groupByID(ctx, id)
			if err != nil {
				return err
			}
			groups[id] = g
			if inboxes[id], err = s.followerInboxes(ctx, id, host); err != nil {
				return err
			}
		}
		d.Group = groups[id]
		if d.Direct == 0 {
			d.To = inboxes[id]
		}
	}
	return nil
}

// followerInboxes returns where a group's followers on a host read: one shared inbox, as a rule.
func (s *Store) followerInboxes(ctx context.Context, groupID, host int64) ([]string, error) {
	inboxes, err := column[string](s.read.QueryContext(ctx, followerInboxes, groupID, host))
	return inboxes, wrap(err, "find inboxes")
}

// Mark is how far deliveries to a host have come.
type Mark struct {
	Host   int64
	Direct int64  // the direct delivery that is over, 0 for none
	Asked  int64  // how often it had been asked for again when it was sent
	URI    string // of that one: a block deletes rows, and the next one may get the number of one that is on its way
	Group  int64  // the group in whose log the host has come further, 0 for none
	Seq    int64  // up to here everything is over: accepted, given up or passed over
	Tried  int64  // nothing beyond has been sent to the host

	Well   bool   // the host takes what is sent
	Scheme string // by this signature scheme, "" to leave what is known
	Words  string // why the last delivery was given up, "" if it was not
}

// Note writes marks, in their order, in one transaction.
func (s *Store) Note(ctx context.Context, marks []Mark) error {
	return s.updateOften(ctx, func(ctx context.Context, tx *txn) error {
		for _, m := range together(marks) {
			if err := m.write(ctx, tx, s.now().Unix()); err != nil {
				return err
			}
		}
		return nil
	})
}

// together has each cursor move once: one that catches up has hundreds of marks.
func together(marks []Mark) []Mark {
	type cursor struct{ host, group int64 }
	marks, first := slices.Clone(marks), map[cursor]int{}
	for i := range marks {
		m := &marks[i]
		if m.Group == 0 {
			continue
		}
		if j, known := first[cursor{m.Host, m.Group}]; known {
			marks[j].Seq, marks[j].Tried, m.Group = max(marks[j].Seq, m.Seq), max(marks[j].Tried, m.Tried), 0
		} else {
			first[cursor{m.Host, m.Group}] = i
		}
	}
	return marks
}

func (m Mark) write(ctx context.Context, tx *txn, at int64) error {
	if m.Direct != 0 {
		if _, err := tx.ExecContext(ctx, `UPDATE direct SET done = $2 WHERE id = $1 AND uri = $3 AND asked = $4`,
			m.Direct, at, m.URI, m.Asked); err != nil {
			return fmt.Errorf("end delivery: %w", err)
		}
	}
	if m.Group != 0 {
		_, err := tx.ExecContext(ctx, `UPDATE cursors SET seq = CASE WHEN seq < $3 THEN $3 ELSE seq END,
			tried = CASE WHEN tried < $4 THEN $4 ELSE tried END WHERE group_id = $1 AND host_id = $2`, m.Group, m.Host, m.Seq, m.Tried)
		if err != nil {
			return fmt.Errorf("advance cursor: %w", err)
		}
	}
	if m.Words != "" || m.Well {
		tx.touchHost(m.Host)
	}
	switch {
	case m.Words != "":
		_, err := tx.ExecContext(ctx, `UPDATE hosts SET last_error = $2 WHERE id = $1`, m.Host, m.Words)
		return wrap(err, "note the error")
	case m.Well:
		if err := stirLogsOf(ctx, tx, m.Host); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `UPDATE hosts SET last_success = $2, failures = 0, failing = 0, next_try = 0, asked = 0,
			last_error = '', scheme = CASE $3 WHEN '' THEN scheme ELSE $3 END WHERE id = $1`, m.Host, at, m.Scheme)
		return wrap(err, "note the success")
	}
	return nil
}

// Failure is why a delivery failed that may succeed later.
type Failure struct {
	Words string    // for people
	Next  time.Time // nothing goes to the host before
	Asked time.Time // until when the host itself asked to be left alone, zero if it did not
}

// Failed notes a failure of d that may pass. What timed out may still have arrived, so d counts as tried.
func (s *Store) Failed(ctx context.Context, host Host, d Delivery, f Failure) error {
	return s.updateQuietly(ctx, func(ctx context.Context, tx *txn) error {
		tx.touchHost(host.ID)
		at := s.now().Unix()
		_, err := tx.ExecContext(ctx, `UPDATE hosts SET failures = failures + 1, next_try = $2, last_error = $3, asked = $4,
			failing = CASE failing WHEN 0 THEN $5 ELSE failing END WHERE id = $1`, host.ID, unix(f.Next), f.Words, unix(f.Asked), at)
		if err != nil || d.Direct != 0 {
			return wrap(err, "note the failure")
		}
		_, err = tx.ExecContext(ctx, `UPDATE cursors SET tried = $3 WHERE group_id = $1 AND host_id = $2 AND tried < $3`,
			d.Group.ID, host.ID, d.Seq)
		return wrap(err, "note the try")
	})
}

// Sent is an activity this server made.
type Sent struct {
	Group Group
	Body  []byte
	To    string    // the one host that may read it, "" for everybody
	Gone  bool      // it was taken back since
	Prove time.Time // the group's proof, of this time, is added to it; zero where it holds one or needs none
}

// Sent returns an activity this server made by its URI. ErrNotFound if there is none.
func (s *Store) Sent(ctx context.Context, uri string) (sent Sent, err error) {
	var prove int64
	err = s.read.QueryRowContext(ctx, `SELECT body, '', cancelled, group_id, prove FROM outbox WHERE uri = $1
		UNION ALL SELECT d.body, h.name, 0, d.group_id, d.prove FROM direct d JOIN hosts h ON h.id = d.host_id WHERE d.uri = $1`, uri).
		Scan(&sent.Body, &sent.To, &sent.Gone, &sent.Group.ID, &prove)
	if errors.Is(err, sql.ErrNoRows) {
		return Sent{}, fmt.Errorf("activity %s: %w", uri, ErrNotFound)
	}
	if err != nil {
		return Sent{}, fmt.Errorf("read activity %s: %w", uri, err)
	}
	sent.Prove = moment(prove)
	sent.Group, err = s.groupByID(ctx, sent.Group.ID)
	return sent, err
}

package store

import (
	"context"
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
	err = s.updateOften(ctx, func(ctx context.Context, tx *txn) error {
		outcomes = nil
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
		}
		if r.Kind == group.Relocate { // it carries a thread into another group
			tx.touchAll()
		}
		if err := aside(ctx, tx, r, outcomes); err != nil || row == 0 {
			return err
		}
		return settleOnce(ctx, tx, row, outcomes)
	})
	if errors.Is(err, errSettled) {
		return nil, nil
	}
	s.wake(outcomes)
	return outcomes, err
}

// errSettled undoes what was written for an activity that somebody else has decided meanwhile: each is decided once.
var errSettled = errors.New("the activity is decided already")

func settleOnce(ctx context.Context, tx *txn, row int64, outcomes []Outcome) error {
	verdict, reason := Summary(outcomes)
	res, err := tx.ExecContext(ctx, settling+` AND state <> 'done'`, row, verdict, reason)
	if err != nil {
		return fmt.Errorf("settle activity: %w", err)
	}
	n, err := res.RowsAffected()
	if err == nil && n == 0 {
		err = errSettled
	}
	return err
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
	known, err := s.load(ctx, tx, g, r)
	if err != nil {
		return group.Decision{}, err
	}
	d := group.Decide(known.State, r)
	w := effectWriter{tx: tx, group: g, request: r, now: s.now(), encode: s.told, store: s, known: known}
	for _, e := range d.Effects {
		if err := w.write(ctx, e); err != nil {
			return group.Decision{}, fmt.Errorf("write %T: %w", e, err)
		}
	}
	w.touch(d.Effects)
	return d, w.audit(ctx, d)
}

// touch notes what of the group a decision changes. To tell of a vote changes nothing that can be read.
func (w effectWriter) touch(effects []group.Effect) {
	if len(effects) == 0 {
		return
	}
	post := w.known.Existing
	for _, e := range effects {
		counted, counts := e.(group.Count)
		_, tells := e.(group.Tell)
		if post == nil || !w.request.Kind.Counts() || !tells && !(counts && counted.URI == post.URI) {
			w.tx.touch(w.group.Name)
			return
		}
	}
	w.tx.touchVotes(w.group.Name, post.Thread)
}

// audit writes down what was decided. Votes and boosts are told by what they count for, and by the activity itself as long as that is
// kept: nobody asks later why one was counted, and who took a vote back need not find it here for a year.
func (w effectWriter) audit(ctx context.Context, d group.Decision) error {
	r := w.request
	if r.Kind.Counts() && d.Why == "" {
		return nil
	}
	err := w.exec(ctx, `INSERT INTO audit (group_id, at, kind, person, activity, target, verdict, reason, why, words, private)
		VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11)`,
		w.group.ID, w.now.Unix(), r.Kind, r.By.URI, r.Activity, subject(r), d.Verdict, d.Reason, d.Why, r.Text, r.Private)
	return wrap(err, "write audit row")
}

// subject is the URI of the post or actor that a request is about.
func subject(r group.Request) string {
	if r.Post != nil {
		return r.Post.URI
	}
	return r.Target
}

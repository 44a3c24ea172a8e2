package federation

import (
	"context"
	"errors"
	"sync"
	"time"

	"folkmoot/group"
	"folkmoot/store"
)

const (
	maxQueued   = 500             // activities taken from the store ahead of their turn
	parentWait  = 5 * time.Minute // how long a reply waits for the post it answers
	maxAttempts = 10              // looks at one activity; the last comes after about a day
)

// decideLoop decides about received activities: those of one signer in the order in which they came, those of different
// signers at the same time. A slow origin delays only those whose activities need it.
func (s *Server) decideLoop(ctx context.Context) {
	q := &queue{lines: map[string][]store.Received{}, known: map[int64]bool{}}
	slots := make(chan struct{}, s.workers)
	var wg sync.WaitGroup
	defer wg.Wait()
	for ctx.Err() == nil {
		rows, err := s.store.Due(ctx, maxQueued)
		if err != nil && ctx.Err() == nil {
			s.log.Error("inbox not read", "error", err)
		}
		for _, line := range q.add(rows) {
			select {
			case slots <- struct{}{}:
			case <-ctx.Done():
				return
			}
			wg.Go(func() {
				defer func() { <-slots }()
				s.workLine(ctx, q, line)
			})
		}
		s.waitForInbox(ctx, q)
	}
}

// waitForInbox waits until there may be something to decide: a signal, or the time of the next postponed activity.
func (s *Server) waitForInbox(ctx context.Context, q *queue) {
	wait := time.Hour
	if due, err := s.store.NextDue(ctx); err == nil {
		if wait = due.Sub(s.now()); wait <= 0 {
			wait = time.Second // due, but in somebody's hands
		}
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-s.store.Incoming():
	case <-q.freed():
	case <-timer.C:
	}
}

// workLine decides one signer's activities until none is left.
func (s *Server) workLine(ctx context.Context, q *queue, signer string) {
	for {
		row, ok := q.next(signer)
		if !ok {
			return
		}
		s.process(ctx, row)
		q.done(row)
		if ctx.Err() != nil {
			q.drop(signer)
			return
		}
	}
}

// queue holds activities whose turn is near, a line for each signer.
type queue struct {
	mu    sync.Mutex
	lines map[string][]store.Received
	known map[int64]bool
	full  chan struct{} // closed once a full queue has room again, nil while it has
}

// add takes up rows that are new to it and returns the signers whose lines nobody works on yet.
func (q *queue) add(rows []store.Received) []string {
	q.mu.Lock()
	defer q.mu.Unlock()
	var started []string
	for _, row := range rows {
		if q.known[row.Row] || len(q.known) >= 2*maxQueued {
			continue
		}
		q.known[row.Row] = true
		line, busy := q.lines[row.Signer]
		q.lines[row.Signer] = append(line, row)
		if !busy {
			started = append(started, row.Signer)
		}
	}
	if len(rows) == maxQueued && q.full == nil {
		q.full = make(chan struct{})
	}
	return started
}

// next takes the first activity of a line; an empty line is closed.
func (q *queue) next(signer string) (store.Received, bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	line := q.lines[signer]
	if len(line) == 0 {
		delete(q.lines, signer)
		return store.Received{}, false
	}
	q.lines[signer] = line[1:]
	return line[0], true
}

func (q *queue) done(row store.Received) {
	q.mu.Lock()
	defer q.mu.Unlock()
	delete(q.known, row.Row)
	if q.full != nil && len(q.known) < maxQueued/2 {
		close(q.full)
		q.full = nil
	}
}

func (q *queue) drop(signer string) {
	q.mu.Lock()
	defer q.mu.Unlock()
	delete(q.lines, signer)
}

// freed is closed when a queue that could not take everything has room again; nil, for ever waiting, if it could.
func (q *queue) freed() <-chan struct{} {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.full
}

// step is what a look at an activity came to: a request for the rules, or a reason without one, or a post to wait for.
type step struct {
	request *group.Request
	verdict group.Verdict
	reason  group.Reason
	waitFor string
}

func settled(v group.Verdict, r group.Reason) step { return step{verdict: v, reason: r} }

func ask(r group.Request) step { return step{request: &r} }

// process decides about one activity and writes the outcome. It never gives up an activity because of this server's own
// trouble: that is tried again.
func (s *Server) process(ctx context.Context, row store.Received) {
	a, err := decodeActivity(row.Raw)
	var st step
	if err != nil {
		st = settled(group.Refused, group.ReasonMalformed)
	} else if err = s.notice(ctx, row, a); err == nil {
		st, err = s.look(ctx, row, a)
	}
	if err == nil && st.request != nil {
		err = s.apply(ctx, row, a, *st.request)
		if err == nil {
			return
		}
	}
	if err = s.conclude(ctx, row, a, st, err); err != nil && ctx.Err() == nil {
		s.log.Error("activity not settled", "activity", row.Activity, "error", err)
		s.postpone(ctx, row, "")
	}
}

func (s *Server) apply(ctx context.Context, row store.Received, a activity, r group.Request) error {
	if r.At = row.At; r.Via == "" {
		r.Activity, r.Raw = a.ID, a.Raw
		if byThirdHost(r) {
			r.Raw = nil // told in this server's own words
		}
	}
	if r.Kind == group.Edit && r.Post.Updated.IsZero() {
		r.Post.Updated = r.At // Mbin 1.8 does not say when: its date stands in object.object
	}
	outcomes, err := s.store.Apply(ctx, r, row.Row)
	if err != nil {
		return err
	}
	if r.Kind == group.Confirm && len(outcomes) > 0 && outcomes[0].Decision.Verdict == group.Accepted {
		if err := s.backfill(ctx, r.By.URI); err != nil {
			s.log.Info("earlier threads not taken in", "community", r.By.URI, "error", err)
		}
	}
	verdict, reason := group.Ignored, group.ReasonNothingToDo
	if len(outcomes) > 0 {
		verdict, reason = store.Summary(outcomes)
	}
	s.report(a, verdict, reason)
	return nil
}

// byThirdHost says whether a moderator takes off or restores a post from a host that is neither the group's nor the post's. NodeBB 4
// believes that of nobody (gotcha 51), and of the group's host it believes it.
func byThirdHost(r group.Request) bool {
	return (r.Kind == group.Delete || r.Kind == group.Restore) && !r.AtOrigin && !sameHost(r.By.URI, r.Target)
}

// conclude settles what leads to no request and postpones what may still do so.
func (s *Server) conclude(ctx context.Context, row store.Received, a activity, st step, err error) error {
	switch {
	case ctx.Err() != nil:
		return nil // stopping: the row stays as it is and is taken up again
	case err == nil && st.waitFor != "":
		return s.store.Postpone(ctx, row.Row, s.now().Add(parentWait), st.waitFor)
	case err == nil:
	case isFinal(err):
		s.log.Info("activity not verified", "activity", row.Activity, "error", err)
		st = settled(group.Refused, group.ReasonUnverified)
	case row.Attempts+1 >= maxAttempts:
		s.log.Info("activity put aside", "activity", row.Activity, "error", err)
		st = settled(group.Ignored, group.ReasonUnreachable)
	default:
		s.log.Info("activity postponed", "activity", row.Activity, "error", err)
		s.postpone(ctx, row, "")
		return nil
	}
	if err := s.store.Settle(ctx, row.Row, string(st.verdict), string(st.reason)); err != nil {
		return err
	}
	s.report(a, st.verdict, st.reason)
	return nil
}

// isFinal says whether asking again would lead to the same failure.
func isFinal(err error) bool {
	for _, final := range []error{
		ErrMalformed, ErrGone, ErrNotFound, ErrIdentity, ErrContentType, ErrTooLarge, ErrBadURL, ErrBlockedAddress,
	} {
		if errors.Is(err, final) {
			return true
		}
	}
	return false
}

// postpone looks at an activity again after 1, 2, 4 … minutes.
func (s *Server) postpone(ctx context.Context, row store.Received, waitFor string) {
	d := time.Minute << min(row.Attempts, maxAttempts)
	if err := s.store.Postpone(ctx, row.Row, s.now().Add(d), waitFor); err != nil && ctx.Err() == nil {
		s.log.Error("activity not postponed", "activity", row.Activity, "error", err)
	}
}

func (s *Server) report(a activity, v group.Verdict, r group.Reason) {
	peer, _ := hostOf(a.Actor)
	s.watch(Event{
		At: s.now(), Peer: peer, Type: a.Type, Activity: a.ID, About: a.Object.ID, Verdict: string(v), Reason: string(r),
		Words: r.Sentence(),
	})
}

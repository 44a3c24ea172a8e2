package federation

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"time"

	"folkmoot/group"
	"folkmoot/store"
)

const (
	turnBatch   = 32              // activities of one host taken from the store ahead of their turn
	maxRead     = 512             // of all hosts, taken at once
	maxHeld     = 4096            // taken and not decided: a batch for each fast worker
	heldOfSite  = 128             // of one site
	parentWait  = 5 * time.Minute // how long a reply waits for the post it answers
	maxAttempts = 10              // looks at one activity; the last comes after about a day
)

// decideLoop decides about received activities: those of one signer in the order in which they came, those of different
// signers at the same time. Each host has its turn, and a worker whose activity waits long for something gives its place
// away: a slow origin delays only those whose activities need it.
func (s *Server) decideLoop(ctx context.Context) {
	d := &decider{
		Server: s, turns: newTurns(max(s.workers/2, 1)), fast: make(chan struct{}, s.workers), slow: make(chan struct{}, 8*s.workers),
	}
	defer d.wg.Wait()
	var p pace
	for ctx.Err() == nil {
		began := time.Now()
		next, err := d.fill(ctx)
		rested := p.rested(began, time.Now())
		if err != nil && ctx.Err() == nil {
			s.log.Error("inbox not read", "error", err)
			next = s.now().Add(storeTrouble)
		}
		d.start(ctx)
		for !d.wait(ctx, next, rested) {
			d.start(ctx)
		}
	}
}

type decider struct {
	*Server
	*turns
	fast, slow chan struct{} // a place for each worker
	after      string        // the host whose turn was last
	wg         sync.WaitGroup
}

// fill takes activities from the store, of the hosts after those that had their turn and then of the others. It returns
// when the next one that is postponed wants a look, the zero time if none does.
func (d *decider) fill(ctx context.Context) (next time.Time, err error) {
	// Asked first: what becomes due between the two questions is then in the answer to one of them.
	next, err = d.store.NextDue(ctx)
	except, room := d.ask()
	if err != nil || !room {
		return next, err
	}
	rows, err := d.store.Due(ctx, d.after, turnBatch, maxRead, except)
	news := false
	if err == nil && len(rows) < maxRead && d.after != "" {
		news = d.add(rows)
		d.round()
		rows, err = d.store.Due(ctx, "", turnBatch, maxRead, except)
	}
	if err != nil {
		return next, err
	}
	news = d.add(rows) || news
	if d.after = ""; len(rows) == maxRead {
		d.after = rows[len(rows)-1].Host
		d.cutOff(news)
	}
	return next, nil
}

// start puts workers to work while there is something to decide and a place for them.
func (d *decider) start(ctx context.Context) {
	for _, host := range d.ready() {
		p, ok := enter(d.fast)
		if !ok {
			return // whoever ends or moves makes room
		}
		row, ok := d.begin(host)
		if !ok {
			p.leave()
			continue
		}
		d.wg.Go(func() { d.work(ctx, row, p) })
	}
}

// work decides one host's activities, a batch at most, so that the other hosts have their turn.
func (d *decider) work(ctx context.Context, row store.Received, p *place) {
	timer := time.AfterFunc(slowAfter, func() {
		if p.move(d.slow) {
			signal(d.changed)
		}
	})
	for n, ok := 1, true; ok && ctx.Err() == nil; n++ {
		d.giveWay(ctx)
		late := time.AfterFunc(slowAfter, func() { d.setAside(row) })
		for !d.process(ctx, row) && ctx.Err() == nil {
			pause(ctx, storeTrouble)
		}
		late.Stop()
		row, ok = d.next(row, n < turnBatch)
	}
	timer.Stop()
	p.leave()
	signal(d.changed)
}

// giveWay keeps deciding from slowing down what arrives: senders wait for their answer, and what is decided a moment later nobody misses.
// While somebody waits at the door, each decision is put off by how long the processors let this one wait for its turn, many times over,
// but never so long that fewer than leastDecided are made in a second. A slow disk alone makes nobody wait for a processor.
func (s *Server) giveWay(ctx context.Context) {
	if len(s.inFlight) == 0 {
		return
	}
	began := time.Now()
	runtime.Gosched()
	lag := time.Since(began)
	pause(ctx, min(wayGiven*lag, time.Duration(s.workers)*time.Second/leastDecided))
}

const (
	wayGiven     = 200
	leastDecided = 100
)

// wait waits until there may be something to decide, and says whether the store is to be asked for it: after a signal, at
// the time of the next postponed activity, or when lines have grown short. Otherwise there is a place for a worker. While there is
// something to do the store is not asked all the time, but after a rest: activities come one by one, and are found many at once. So is it
// when somebody's activity that took long is over.
func (d *decider) wait(ctx context.Context, next, rested time.Time) (ask bool) {
	incoming, pause := d.store.Incoming(), (<-chan time.Time)(nil)
	if rest := time.Until(rested); rest > 0 && d.atWork() {
		timer := time.NewTimer(rest)
		defer timer.Stop()
		incoming, pause = nil, timer.C
	} else if d.owes() {
		return true
	}
	timer := d.timerTo(next)
	defer timer.Stop()
	select {
	case <-d.changed:
		return d.lacks() || pause == nil && d.owes()
	case <-ctx.Done():
	case <-pause:
		return d.owes()
	case <-incoming:
	case <-timer.C:
	}
	d.anew()
	return true
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
// trouble: false means that not even that could be written, and that the same is to be done again.
func (s *Server) process(ctx context.Context, row store.Received) bool {
	s.news.seen()
	defer s.news.seen()
	if row.Raw == nil {
		var err error
		if row.Raw, err = s.store.RawOf(ctx, row.Row); err != nil {
			return errors.Is(err, store.ErrNotFound)
		}
	}
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
			return true
		}
	}
	if store.IsTrouble(err) && ctx.Err() == nil {
		s.log.Error("activity not decided yet", "activity", row.Activity, "error", err)
		return false
	}
	if err = s.conclude(ctx, row, a, st, err); err != nil && ctx.Err() == nil {
		s.log.Error("activity not settled", "activity", row.Activity, "error", err)
		return false
	}
	return true
}

func (s *Server) apply(ctx context.Context, row store.Received, a activity, r group.Request) error {
	if r.At = row.At; r.Via == "" {
		r.Activity, r.Raw = a.ID, a.Raw
		if byThirdHost(r) || row.Signer != a.Actor || r.Said != nil {
			r.Raw = nil // told in this server's own words: whoever only passes it on may have changed it
		}
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
	case errors.Is(err, ErrBarred):
		st = settled(group.Refused, group.ReasonBlocked)
	case isFinal(err):
		s.log.Info("activity not verified", "activity", row.Activity, "error", err)
		st = settled(group.Refused, group.ReasonUnverified)
	case row.Attempts+1 >= maxAttempts:
		s.log.Info("activity put aside", "activity", row.Activity, "error", err)
		st = settled(group.Ignored, group.ReasonUnreachable)
	default:
		s.log.Info("activity postponed", "activity", row.Activity, "error", err)
		return s.postpone(ctx, row)
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
func (s *Server) postpone(ctx context.Context, row store.Received) error {
	d := time.Minute << min(row.Attempts, maxAttempts)
	return s.store.Postpone(ctx, row.Row, s.now().Add(d), "")
}

func (s *Server) report(a activity, v group.Verdict, r group.Reason) {
	peer, _ := hostOf(a.Actor)
	s.watch(Event{
		At: s.now(), Peer: peer, Type: a.Type, Activity: a.ID, About: a.Object.ID, Verdict: string(v), Reason: string(r),
	})
}

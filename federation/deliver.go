package federation

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"sync"
	"time"

	"folkmoot/store"
)

const (
	backlogBatch  = 32
	firstBackOff  = time.Minute
	maxBackOff    = 24 * time.Hour
	unavailable   = 7 * 24 * time.Hour // from then on a host is only probed, once a day
	poisonedAfter = 5                  // failures in a row, in half an hour: perhaps the host cannot bear this one activity
	slowAfter     = time.Second        // a host that takes longer gives its place in the fast lane away
	storeTrouble  = time.Second        // until the store is asked again after it failed
)

// deliverLoop gives each host that something waits for a worker of its own, as long as there is something: a slow or dead
// host delays nobody else. What is due is in the store alone, so a restart loses nothing.
func (s *Server) deliverLoop(ctx context.Context) {
	d := &deliverer{
		Server: s, busy: map[int64]bool{}, done: make(chan int64), moved: make(chan struct{}, 1),
		fast: make(chan struct{}, s.hosts), slow: make(chan struct{}, 2*s.hosts),
	}
	defer d.wg.Wait()
	for ctx.Err() == nil {
		hosts, next, err := s.store.DueHosts(ctx, s.hosts+len(d.busy))
		if err != nil && ctx.Err() == nil {
			s.log.Error("due hosts not read", "error", err)
			next = s.now().Add(storeTrouble)
		}
		d.start(ctx, hosts)
		d.wait(ctx, next)
	}
}

type deliverer struct {
	*Server
	busy       map[int64]bool
	done       chan int64
	fast, slow chan struct{} // a place for each host
	moved      chan struct{} // a place in the fast lane has become free
	wg         sync.WaitGroup
}

// start begins to deliver to those hosts for which there is a place. Whoever ends makes room for the rest.
func (d *deliverer) start(ctx context.Context, hosts []store.Host) {
	for _, h := range hosts {
		lane := d.fast
		if h.Failures > 0 {
			lane = d.slow
		}
		if d.busy[h.ID] {
			continue
		}
		if p, ok := enter(lane); ok {
			d.busy[h.ID] = true
			d.wg.Go(func() { d.serve(ctx, h, p) })
		}
	}
}

func (d *deliverer) serve(ctx context.Context, h store.Host, p *place) {
	timer := time.AfterFunc(slowAfter, func() {
		if p.move(d.slow) {
			select {
			case d.moved <- struct{}{}:
			default:
			}
		}
	})
	d.serveHost(ctx, h)
	timer.Stop()
	p.leave()
	select {
	case d.done <- h.ID:
	case <-ctx.Done():
	}
}

// wait waits until there may be something to start: news in the store, a host served, or the back-off over that ends next.
func (d *deliverer) wait(ctx context.Context, next time.Time) {
	wait := time.Hour
	if !next.IsZero() {
		wait = max(next.Sub(d.now()), 0)
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-d.store.Outgoing():
	case <-d.moved:
	case <-timer.C:
	case id := <-d.done:
		delete(d.busy, id)
		d.reap()
	}
}

// reap takes note of everybody else who is done, so that many hosts ending at once cost one look at the store.
func (d *deliverer) reap() {
	for {
		select {
		case id := <-d.done:
			delete(d.busy, id)
		default:
			return
		}
	}
}

// serveHost delivers what waits for a host, in order, until nothing is left or a delivery fails.
func (s *Server) serveHost(ctx context.Context, h store.Host) {
	for ctx.Err() == nil {
		// Read again for each batch: the host may have shown, or the admin said, meanwhile how to speak to it.
		if known, err := s.store.Host(ctx, h.Name); err == nil {
			h = known
		}
		h = s.learn(ctx, h)
		batch, err := s.store.Backlog(ctx, h.ID, backlogBatch)
		if err != nil || len(batch) == 0 {
			if err != nil && ctx.Err() == nil {
				s.log.Error("backlog not read", "host", h.Name, "error", err)
				pause(ctx, storeTrouble)
			}
			return
		}
		if !s.deliverBatch(ctx, &h, batch) {
			return
		}
	}
}

// deliverBatch says whether the host may be sent more.
func (s *Server) deliverBatch(ctx context.Context, h *store.Host, batch []store.Delivery) bool {
	profile := ProfileOf(*h)
	for i, d := range batch {
		if !isFor(profile, d) {
			d.Skip = true
			if lastOfGroup(batch, i) && s.done(ctx, h, d, "") != nil {
				return false
			}
			continue
		}
		out := s.deliver(ctx, h, d)
		switch {
		case ctx.Err() != nil:
			return false // stopping: sent again after the restart
		case out.again && !s.unbearable(ctx, h, d, out, batch[i+1:]):
			s.backOff(ctx, h, d, out)
			return false
		}
		s.reportOut(h, d, out.words)
		if s.done(ctx, h, d, out.words) != nil {
			return false
		}
	}
	return true
}

// lastOfGroup says whether no later row of the batch moves the same cursor: then one that is passed over must.
func lastOfGroup(batch []store.Delivery, i int) bool {
	for _, later := range batch[i+1:] {
		if later.Direct == 0 && batch[i].Direct == 0 && later.Group.ID == batch[i].Group.ID {
			return false
		}
	}
	return true
}

// done notes the end of a delivery; words say why it was given up.
func (s *Server) done(ctx context.Context, h *store.Host, d store.Delivery, words string) error {
	err := s.noted(ctx, h, func() error { return s.store.Done(ctx, *h, d, h.Scheme, words) })
	if err != nil {
		return err
	}
	s.parts.over(h.ID, d)
	if words == "" && !d.Skip {
		h.Failures, h.Failing = 0, time.Time{}
	}
	return nil
}

// noted writes until it succeeds: while the disk is full, say, nothing may be sent whose end cannot be noted.
func (s *Server) noted(ctx context.Context, h *store.Host, write func() error) error {
	for wait := storeTrouble; ; wait = min(2*wait, time.Minute) {
		err := write()
		if err == nil || ctx.Err() != nil || errors.Is(err, store.ErrClosed) {
			return err
		}
		s.log.Error("delivery not noted", "host", h.Name, "error", err)
		pause(ctx, wait)
	}
}

func pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

// outcome of one POST. words is empty for success.
type outcome struct {
	words  string
	status int
	again  bool // may succeed later
	hung   bool // no answer came in time
	after  time.Duration
}

// send signs and posts. Draft-cavage goes first: snac 2.94 answers RFC 9421 with 202 and then does nothing. After 400 or
// 401 the other scheme is tried at once, and what works is remembered for the host. Where neither does, the first answer counts:
// GoToSocial and Lemmy refuse what they cannot take with 400, and answer 401 to the scheme that they do not know.
func (s *Server) send(ctx context.Context, h *store.Host, d store.Delivery, inbox string) outcome {
	keys, err := s.encoder.keys.of(d.Group.URI, d.Group.Keys)
	if err != nil {
		return outcome{words: "The group's key cannot be read.", again: true}
	}
	k := signingKey{id: s.ids.key(s.author(d)), private: keys.RSA}
	schemes := []string{schemeCavage, schemeRFC9421}
	if h.Scheme == schemeRFC9421 {
		schemes = []string{schemeRFC9421, schemeCavage}
	}
	first := s.postSigned(ctx, inbox, d.Body, schemes[0], k)
	if first.words == "" {
		h.Scheme = schemes[0]
	}
	if first.status != http.StatusBadRequest && first.status != http.StatusUnauthorized {
		return first
	}
	if second := s.postSigned(ctx, inbox, d.Body, schemes[1], k); second.words == "" {
		h.Scheme = schemes[1]
		return second
	}
	return first
}

// author is the actor of a delivery, who signs it: the group, or its agent.
func (s *Server) author(d store.Delivery) string {
	if agent := s.ids.agent(d.Group.Name); d.Direct != 0 && trimJSON(d.Body).object().get("actor").text() == agent {
		return agent
	}
	return d.Group.URI
}

func (s *Server) postSigned(ctx context.Context, inbox string, body []byte, scheme string, k signingKey) outcome {
	res, err := s.client.Post(ctx, inbox, body, func(r *http.Request, body []byte) error {
		if scheme == schemeRFC9421 {
			return signRFC9421(r, body, k, s.now())
		}
		return signCavage(r, body, k, s.now())
	})
	if err != nil {
		return outcome{words: networkWords(err), again: !errors.Is(err, ErrBadURL), hung: errors.Is(err, context.DeadlineExceeded)}
	}
	return judge(res)
}

// judge reads an answer: protocol as peers live it, Mastodon's and Lemmy's lists of what is worth a second try joined.
func judge(res *PostResult) outcome {
	out := outcome{status: res.Status, after: res.RetryAfter}
	switch {
	case res.Status >= 200 && res.Status < 300:
		return out
	case res.Status == http.StatusUnauthorized, res.Status == http.StatusRequestTimeout, res.Status == http.StatusTooEarly,
		res.Status == http.StatusTooManyRequests, res.Status >= 500 && res.Status != http.StatusNotImplemented:
		out.again = true
	}
	out.words = fmt.Sprintf("The server answered %d %s.", res.Status, http.StatusText(res.Status))
	if res.Body != "" {
		out.words += " It said: " + cutRunes(res.Body, 200)
	}
	return out
}

func networkWords(err error) string {
	switch {
	case errors.Is(err, ErrBlockedAddress):
		return "The server's address is a private one. If that is meant, allow it with fetch.allow_cidrs."
	case errors.Is(err, context.DeadlineExceeded):
		return "The server did not answer in time."
	default:
		return "The server could not be reached: " + cutRunes(cleanLine(err.Error(), 300), 200)
	}
}

// backOff waits 1, 2, 4 … minutes up to a day, a little more or less so that not all come back at once, and at least as
// long as the host asked for.
func (s *Server) backOff(ctx context.Context, h *store.Host, d store.Delivery, out outcome) {
	wait := maxBackOff
	if h.Failures < 11 && (h.Failing.IsZero() || s.now().Sub(h.Failing) < unavailable) {
		wait = min(firstBackOff<<h.Failures, maxBackOff)
	}
	wait += time.Duration((rand.Float64() - 0.5) * 0.4 * float64(wait)) //nolint:gosec // spreading load needs no secret
	wait = max(wait, min(out.after, maxBackOff))
	s.reportOut(h, d, out.words)
	f := store.Failure{Words: out.words, Next: s.afterSeconds(wait)}
	if out.after > 0 {
		f.Asked = s.afterSeconds(min(out.after, maxBackOff))
	}
	_ = s.noted(ctx, h, func() error { return s.store.Failed(ctx, *h, d, f) }) // it fails only when all ends
}

// afterSeconds is the time after a while, rounded up: the store keeps seconds, and no try may come before its time.
func (s *Server) afterSeconds(d time.Duration) time.Time {
	return s.now().Add(d + time.Second - 1).Truncate(time.Second)
}

func (s *Server) reportOut(h *store.Host, d store.Delivery, words string) {
	s.log.Debug("delivered", "host", h.Name, "activity", d.URI, "failure", words)
	a, err := decodeActivity(d.Body)
	if err != nil {
		return
	}
	s.watch(Event{
		At: s.now(), Out: true, Peer: h.Name, Type: a.Type, Activity: d.URI, About: a.Object.ID, Group: d.Group.Name,
		Words: words, Failed: words != "",
	})
}

package federation

import (
	"cmp"
	"context"
	"errors"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"folkmoot/store"
)

const (
	slowAfter    = time.Second     // a host that takes longer gives its place in the fast lane away
	stuckAfter   = slowAfter / 4   // and so much earlier where it is full and nobody in it gets on
	storeTrouble = time.Second     // until the store is asked again after it failed
	letEnd       = 5 * time.Second // what is on its way when the server stops may still arrive
	maxListed    = 8192            // hosts that are due, listed at once
	startsAtOnce = 64              // until news is looked at
	lately       = 24 * time.Hour  // whoever took something since then most likely takes more
)

// deliverLoop gives each host that something waits for a courier of its own, as long as there is something: a slow or dead
// host delays nobody else. What is due is in the store alone, so a restart loses nothing.
func (s *Server) deliverLoop(ctx context.Context) {
	sending, cut := context.WithCancel(context.WithoutCancel(ctx))
	defer cut()
	context.AfterFunc(ctx, func() { time.AfterFunc(letEnd, cut) })
	d := &deliverer{
		Server: s, sending: sending, marker: newMarker(s), couriers: map[int64]*courier{}, ahead: newAhead(), lane: newLateLane(&s.news),
		done: make(chan *courier), moved: make(chan struct{}, 1), crowds: newCrowds(s.hosts / 4),
		fast: make(chan struct{}, s.hosts), slow: make(chan struct{}, 4*s.hosts), extra: make(chan struct{}, 2*s.hosts),
		lateExtra: make(chan struct{}, 2*s.hosts),
	}
	d.run(ctx)
}

// deliverer knows which hosts are delivered to.
type deliverer struct {
	*Server
	*marker
	sending    context.Context // of what is on its way; it ends a little after everything else
	well, ill  []store.Due     // hosts without a courier that something waits for; ill are those that fail
	aside      bool            // some had to wait for others of their site since that was looked at
	unlisted   bool            // the store may know of more
	crowds     *crowds         // where others of well and ill wait for their site
	couriers   map[int64]*courier
	done       chan *courier
	fast, slow chan struct{} // a place for each courier
	landing    atomic.Int64  // when the last delivery ended, in nanoseconds
	extra      chan struct{} // a place for each delivery beside a courier's first
	lateExtra  chan struct{} // and for those of hosts that catch up
	moved      chan struct{} // a place in the fast lane has become free
	ahead      *ahead
	lane       *lateLane
	next       time.Time // when the next host that is not to be tried now is, zero for none
	wg         sync.WaitGroup
}

func (d *deliverer) run(ctx context.Context) {
	var marking sync.WaitGroup
	marking.Go(func() { d.mark(ctx, d.sending) })
	defer marking.Wait()
	defer d.marker.close()
	defer d.wg.Wait()
	look, rested, p := true, time.Now(), pace{}
	for ctx.Err() == nil {
		if look {
			began := time.Now()
			d.look(ctx)
			rested = p.rested(began, time.Now())
		}
		if d.startSome(ctx) {
			signal(d.moved)
		}
		look = d.isOutOfPlaces() || d.wait(ctx, rested)
	}
}

// look asks the store which hosts are due, and tells the couriers of those that have one.
func (d *deliverer) look(ctx context.Context) {
	before := append(d.well, d.crowds.release()...)
	hosts, next, all, err := d.store.DueHosts(ctx, maxListed, append(d.behind(), d.crowds.listed()...))
	if err != nil {
		if ctx.Err() == nil {
			d.log.Error("due hosts not read", "error", err)
		}
		d.next = d.now().Add(storeTrouble)
		return
	}
	d.next = next
	d.well, d.ill, d.unlisted = nil, nil, !all
	for _, h := range hosts {
		switch c := d.couriers[h.ID]; {
		case c == nil:
			d.list(h)
		case len(d.crowds.waiting[c.crowd]) > 0:
			c.again = true // others of its site have their turn before
		default:
			signal(c.poke)
		}
	}
	d.well = surestFirst(d.well, d.now())
	keepOrder(d.well, before)
	if len(d.well) > 0 {
		d.news.seen()
	}
}

// behind lists the hosts whose couriers come upon whatever is new by themselves.
func (d *deliverer) behind() (ids []int64) {
	for id, c := range d.couriers {
		if c.behind.Load() {
			ids = append(ids, id)
		}
	}
	return ids
}

// keepOrder puts those that waited before to the front, in the order they had. Else a group that always has something new would
// always begin with the same hosts, and never come to the last ones.
func keepOrder(due, before []store.Due) {
	place := make(map[int64]int, len(before))
	for i, h := range before {
		place[h.ID] = i - len(before)
	}
	slices.SortStableFunc(due, func(a, b store.Due) int { return cmp.Compare(place[a.ID], place[b.ID]) })
}

// surestFirst begins with the hosts that took something lately, in the order of their numbers: what is noted of neighbours is written
// together. The others are taken from several parts of their list by turns. Their numbers are by when the server met them, and hosts met
// at the same time are in trouble together: the oldest are the likeliest to be gone. All at once they would fill the lane.
func surestFirst(due []store.Due, now time.Time) []store.Due {
	const strands = 4
	out := make([]store.Due, 0, len(due))
	var others []int
	for i, h := range due {
		if now.Sub(h.LastSuccess) < lately {
			out = append(out, h)
		} else {
			others = append(others, i)
		}
	}
	part := (len(others) + strands - 1) / strands
	for i := range part {
		for at := i; at < len(others); at += part {
			out = append(out, due[others[at]])
		}
	}
	return out
}

func (d *deliverer) list(h store.Due) {
	if h.Failures > 0 {
		d.ill = append(d.ill, h)
	} else {
		d.well = append(d.well, h)
	}
}

func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// startSome sends couriers to some hosts for which there is a place, and says whether there may be another one. Between two of them
// everybody else has their turn at the processors: hundreds of handshakes begun at once would all be slow together, so slow that hosts
// seem to hang.
func (d *deliverer) startSome(ctx context.Context) (another bool) {
	for range startsAtOnce {
		if ctx.Err() != nil || !d.start(ctx) {
			return false
		}
		runtime.Gosched()
		d.reap(d.ended())
	}
	return true
}

// start sends a courier to one host of each kind for which there is a place, and says whether there may be another one. Whoever ends
// makes room for the rest.
func (d *deliverer) start(ctx context.Context) (another bool) {
	well, ill := d.startIn(ctx, d.fast, &d.well), d.startIn(ctx, d.slow, &d.ill)
	return well || ill
}

func (d *deliverer) startIn(ctx context.Context, lane chan struct{}, due *[]store.Due) bool {
	if len(*due) == 0 {
		return false
	}
	p, ok := enter(lane)
	if !ok {
		return false
	}
	h, crowd, ok := d.nextOf(due)
	if !ok {
		p.leave()
		return false
	}
	c := newCourier(d, h)
	c.crowd = crowd
	d.couriers[c.host.ID] = c
	d.running.Add(1)
	d.wg.Go(func() { d.serve(ctx, c, p) })
	return len(*due) > 0
}

// nextOf takes the first host for which its site has a place.
func (d *deliverer) nextOf(due *[]store.Due) (h store.Due, in crowd, ok bool) {
	for !ok && len(*due) > 0 {
		h, *due = (*due)[0], (*due)[1:]
		in, ok = d.crowds.enter(h.Host)
		d.aside = d.aside || !ok
	}
	return h, in, ok
}

// isOutOfPlaces says whether all that was listed had to wait for others of their sites, and there was more.
func (d *deliverer) isOutOfPlaces() bool {
	aside := d.aside
	d.aside = false
	return aside && d.isOut()
}

func (d *deliverer) serve(ctx context.Context, c *courier, p *place) {
	stop := d.watch(p)
	c.run(ctx)
	stop()
	p.leave()
	signal(d.moved)
	c.settle()
	if c.turned || c.behind.Swap(false) { // or it was not told of what came meanwhile
		signal(c.poke)
	}
	select {
	case d.done <- c:
	case <-ctx.Done():
	}
}

// watch has a courier give its place in the fast lane away after a while. That the lane is stuck is looked for more than once: to fill it
// takes longer than that, if all hosts are new.
func (d *deliverer) watch(p *place) (stop func()) {
	move := func() {
		if p.move(d.slow) {
			signal(d.moved)
		}
	}
	timers := []*time.Timer{time.AfterFunc(slowAfter, move)}
	for at := stuckAfter; at < slowAfter; at += stuckAfter {
		timers = append(timers, time.AfterFunc(at, func() {
			if d.isStuck() {
				move()
			}
		}))
	}
	return func() {
		for _, t := range timers {
			t.Stop()
		}
	}
}

// isStuck says whether the fast lane is full of hosts that hang.
func (d *deliverer) isStuck() bool {
	return len(d.fast) == cap(d.fast) && d.now().UnixNano()-d.landing.Load() > int64(stuckAfter/2)
}

// wait waits until there may be a courier to send, and says whether the store is to be asked for whom: after news in the store,
// when the back-off is over that ends next, or when all that was listed is served and there was more. Under load it is not asked
// all the time, but after a rest.
func (d *deliverer) wait(ctx context.Context, rested time.Time) (look bool) {
	outgoing, pause := d.store.Outgoing(), (<-chan time.Time)(nil)
	if rest := time.Until(rested); rest > 0 {
		timer := time.NewTimer(rest)
		defer timer.Stop()
		outgoing, pause = nil, timer.C
	}
	timer := d.timerTo(d.next)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-d.moved:
		return d.isOut()
	case <-pause:
	case <-outgoing:
		return true
	case <-timer.C:
		return true
	case c := <-d.done:
		d.reap(c)
		return d.isOut()
	}
	return false
}

// isOut says whether all that was listed is served and there was more.
func (d *deliverer) isOut() bool { return d.unlisted && len(d.well)+len(d.ill) == 0 }

// reap takes note of a courier that is done and of everybody else who is. One that was told of something new when it was about
// to leave goes again.
func (d *deliverer) reap(c *courier) {
	for ; c != nil; c = d.ended() {
		d.reapOne(c)
	}
}

// ended returns a courier that is done, nil for none.
func (d *deliverer) ended() *courier {
	select {
	case c := <-d.done:
		return c
	default:
		return nil
	}
}

func (d *deliverer) reapOne(c *courier) {
	delete(d.couriers, c.host.ID)
	if next, ok := d.crowds.leave(c.crowd); ok {
		d.list(store.Due{Host: next}) // where it stood when it was found due is long ago: it reads for itself
	}
	if !c.retry.IsZero() && (d.next.IsZero() || c.retry.Before(d.next)) {
		d.next = c.retry
	}
	select {
	case <-c.poke:
		c.again = true
	default:
	}
	if !c.retry.IsZero() {
		c.host.Failures++ // it is one of those that fail now
	}
	if c.again {
		d.list(store.Due{Host: c.host})
	}
}

// noted writes until it succeeds: while the disk is full, say, nothing may be sent whose end cannot be noted.
func (s *Server) noted(ctx context.Context, write func() error) error {
	for wait := storeTrouble; ; wait = min(2*wait, time.Minute) {
		err := write()
		if err == nil || ctx.Err() != nil || errors.Is(err, store.ErrClosed) {
			return err
		}
		s.log.Error("delivery not noted", "error", err)
		pause(ctx, wait)
	}
}

// timerTo is a timer that ends when the next thing is due; now and then if nothing is, the zero time.
func (s *Server) timerTo(next time.Time) *time.Timer {
	if next.IsZero() {
		return time.NewTimer(time.Hour)
	}
	return time.NewTimer(max(next.Sub(s.now()), 0))
}

func pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

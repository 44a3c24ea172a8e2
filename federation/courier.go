package federation

import (
	"cmp"
	"context"
	"slices"
	"sync/atomic"
	"time"

	"folkmoot/store"
)

const (
	backlogBatch = 32
	maxAhead     = 128 // of a log, read beyond what is over
	maxWindow    = 32  // deliveries at once to one host that is far
	nearWindow   = 8   // and to one that is near, when it is that far behind
	farBehind    = backlogBatch / 2
	farAway      = 50 * time.Millisecond // a host that answers later is far, or busy
	healthEvery  = 10 * time.Minute      // how often it is written down that all is well
)

// courier delivers what waits for one host. What belongs to one thread goes in order, one after the other. Other threads do not
// wait for it while the host is far: it would get one activity in each round trip (as from Lemmy 0.19: three a second).
type courier struct {
	*deliverer
	found    store.Due     // how the host was found due, until that is read
	speaks   store.Dialect // what is read of the logs is in the forms for it
	turned   bool          // the host speaks another dialect now: the rest is read anew
	host     store.Host
	crowd    crowd         // in whose place it is
	again    bool          // something new may wait, and it is to be sent again; for the deliverer alone
	scheme   string        // by which the host took something
	well     bool          // it took something
	poke     chan struct{} // of one place: something new may wait
	more     bool          // the store may hold what is not in queue
	queue    []store.Delivery
	revision uint64             // of what is in queue
	read     int64              // the end of the log as far as it is read
	logs     map[int64]*track   // by group
	direct   map[directRow]bool // direct deliveries that were read, and whether they are over
	flying   map[course]bool    // what is on its way
	extras   []chan struct{}    // whose places the others than the first of that have
	window   int                // how many may be at once
	landed   chan landing
	failed   []landing     // those that may succeed later
	last     chan struct{} // closed once all that was noted is durable
	settled  bool          // nothing is added to that
	retry    time.Time     // when the host may be tried again after a failure
	late     bool          // the host was away, and catches up with what it missed
	behind   atomic.Bool   // so far that it is not to be told of what is new
}

// directRow is a direct delivery. Its number alone may be given out again while it is on its way.
// So may the answer itself be asked for again.
type directRow struct {
	number, asked int64
	uri           string
}

func rowOf(d store.Delivery) directRow { return directRow{d.Direct, d.Asked, d.URI} }

// course is what deliveries to a host must stay in order within: a thread of a group, what one person votes in it, or a person's inbox.
type course struct {
	group, thread, voter int64
	inbox                string
}

func courseOf(d store.Delivery) course {
	if d.Direct != 0 {
		return course{group: d.Group.ID, inbox: d.To[0]}
	}
	return course{group: d.Group.ID, thread: d.Thread, voter: d.Voter}
}

// ofThread is the course of the posts that votes in it are about.
func (c course) ofThread() course {
	c.voter = 0
	return c
}

// touch says whether anything of a thread is among courses.
func touch(courses map[course]bool, thread course) bool {
	for c := range courses {
		if c.ofThread() == thread {
			return true
		}
	}
	return false
}

// landing is a delivery that ended.
type landing struct {
	store.Delivery
	outcome
	scheme string
	took   time.Duration
}

func newCourier(d *deliverer, found store.Due) *courier {
	return &courier{
		deliverer: d, host: found.Host, found: found, revision: found.Revision, poke: make(chan struct{}, 1), more: true, window: 1, landed: make(chan landing),
		logs: map[int64]*track{}, direct: map[directRow]bool{}, flying: map[course]bool{},
	}
}

// run delivers until nothing is left or a delivery fails. What is on its way when ctx ends may still arrive.
func (c *courier) run(ctx context.Context) {
	if c.late = c.host.Failures > 0; c.late {
		c.lane.wait(ctx, lateGreet)
	}
	for {
		c.depart(ctx)
		if len(c.flying) == 0 {
			if len(c.failed) == 0 || !c.recover(ctx) {
				return
			}
			continue
		}
		poke := c.poke
		if c.turned {
			poke = nil
		}
		select {
		case l := <-c.landed:
			c.land(l)
		case <-poke:
			c.more = true
		}
	}
}

// depart begins as many deliveries as may be on their way.
func (c *courier) depart(ctx context.Context) {
	for ctx.Err() == nil && len(c.failed) == 0 && len(c.flying) < c.window {
		c.recheck(ctx)
		d, ok := c.next()
		switch {
		case !ok && (!c.more || !c.mayRead() || !c.refill(ctx)):
			return
		case ok && !c.begin(d):
			c.queue = slices.Insert(c.queue, 0, d)
			return
		}
	}
}

// next takes the first delivery whose course is free out of the queue, and passes over those that are not for the host.
func (c *courier) next() (store.Delivery, bool) {
	waiting := map[course]bool{} // of what is not free
	for i := 0; i < len(c.queue); i++ {
		d := c.queue[i]
		if of := courseOf(d); !c.isFree(of, waiting) {
			waiting[of] = true
			continue
		}
		c.queue = slices.Delete(c.queue, i, i+1)
		if c.isWanted(d) {
			return d, true
		}
		c.pass(d)
		i--
	}
	return store.Delivery{}, false
}

// isFree says whether nothing is on its way or waits that must come before. Votes of several people may be on their way at once; whatever
// else there is of their thread comes before or after all of them, as it was written.
func (c *courier) isFree(of course, waiting map[course]bool) bool {
	if of.voter == 0 {
		return !touch(c.flying, of) && !touch(waiting, of)
	}
	thread := of.ofThread()
	return !c.flying[of] && !c.flying[thread] && !waiting[thread]
}

// isWanted is asked when it is the turn of a delivery: whether a boost reached the host decides whether its Undo goes there.
func (c *courier) isWanted(d store.Delivery) bool {
	if d.Direct == 0 && c.logs[d.Group.ID].passes(d) {
		return false
	}
	p := ProfileOf(c.host)
	p.Dialect = c.speaks
	return len(d.To) > 0 && wants(p, d)
}

// begin sends a delivery on its way. It says whether there was a place for it.
func (c *courier) begin(d store.Delivery) bool {
	if len(c.flying) > 0 {
		pool := c.extra
		if c.late {
			pool = c.lateExtra
		}
		if _, ok := enter(pool); !ok {
			return false
		}
		c.extras = append(c.extras, pool)
	}
	c.flying[courseOf(d)] = true
	if d.Direct == 0 {
		c.logs[d.Group.ID].begin(d.Seq)
	}
	h, late := c.host, c.late
	go func() {
		if late {
			c.lane.wait(c.sending, holdFor(h))
		} else {
			c.news.seen()
			defer c.news.seen()
		}
		began := c.now()
		out := c.deliver(c.sending, &h, d)
		c.landed <- landing{d, out, h.Scheme, c.now().Sub(began)}
	}()
	return true
}

func (c *courier) land(l landing) {
	c.deliverer.landing.Store(c.now().UnixNano())
	if last := len(c.extras) - 1; last >= 0 {
		<-c.extras[last]
		c.extras = c.extras[:last]
	}
	delete(c.flying, courseOf(l.Delivery))
	switch {
	case c.sending.Err() != nil && l.words != "":
		return // the server stops: sent again after the restart
	case l.again:
		c.failed = append(c.failed, l)
		return
	case l.words == "" && l.took >= farAway:
		c.window = min(c.window+1, maxWindow)
	case l.words == "" && len(c.queue) >= farBehind && c.speaks == store.Threadiverse:
		c.window = max(c.window, min(c.window+1, nearWindow)) // microblogs show boosts in the order in which they come
	}
	c.finish(l)
}

// finish notes the end of a delivery: it arrived, or words say why it was given up.
func (c *courier) finish(l landing) {
	c.reportOut(&c.host, l.Delivery, l.words)
	c.parts.over(c.host.ID, l.Delivery)
	k := store.Mark{Host: c.host.ID, Direct: l.Direct, URI: l.URI, Asked: l.Asked, Words: l.words}
	if l.words == "" {
		c.scheme, c.well = l.scheme, true
		c.reportRecovery()
		if c.host.Ailing() || c.host.Scheme != l.scheme || c.now().Sub(c.host.LastSuccess) >= healthEvery {
			k.Well, k.Scheme = true, l.scheme
			c.stayWell()
			c.host.LastSuccess, c.host.Scheme = c.now(), l.scheme
		}
	}
	if l.Direct != 0 {
		c.direct[rowOf(l.Delivery)] = true
	} else {
		t := c.logs[l.Group.ID]
		t.over(l.Seq)
		k.Group, k.Seq, k.Tried = l.Group.ID, t.cursor, t.tried
		t.noted()
	}
	c.last = c.note(k)
}

// reportRecovery comes before a success ends the failures before it: what began with a warning ends with a line too.
func (c *courier) reportRecovery() {
	if c.host.Failures > 0 {
		away := c.now().Sub(c.host.Failing).Round(time.Second)
		c.log.Info("server takes what is sent again", "host", c.host.Name, "failures", c.host.Failures, "after_seconds", int64(away/time.Second))
	}
}

// stayWell forgets the failures before a success, which the store may still know: the next failure is the first again.
func (c *courier) stayWell() {
	if c.well {
		c.host.Failures, c.host.Failing, c.host.LastError = 0, time.Time{}, ""
	}
}

// pass ends a delivery that is not for the host. That is noted together with the next that is, or when all is done.
func (c *courier) pass(d store.Delivery) {
	if d.Direct == 0 {
		c.logs[d.Group.ID].withdrawn(d)
		c.logs[d.Group.ID].over(d.Seq)
		return
	}
	c.direct[rowOf(d)] = true
	c.last = c.note(store.Mark{Host: c.host.ID, Direct: d.Direct, URI: d.URI, Asked: d.Asked})
}

// settle notes what was passed over, and waits until everything noted is durable: the store would list it as due.
// It is called where a host fails and when the courier ends, and counts it off once.
func (c *courier) settle() {
	if c.settled {
		return
	}
	c.settled = true
	for id, t := range c.logs {
		if t.isNews() {
			c.last = c.note(store.Mark{Host: c.host.ID, Group: id, Seq: t.cursor, Tried: t.tried})
			t.noted()
		}
	}
	if c.running.Add(-1) == 0 {
		signal(c.hurry) // nobody has anything to add
	}
	if c.last == nil {
		return
	}
	select {
	case <-c.last:
	case <-c.poke: // something new waits for the host
		signal(c.poke)
		c.await(c.last)
	}
}

// recover comes when nothing is on its way and something failed. It says whether the rest may be sent nevertheless.
func (c *courier) recover(ctx context.Context) bool {
	c.recheck(ctx) // another one may be sent in its place
	first := c.failed[0]
	if ctx.Err() == nil && c.unbearable(first) {
		for _, l := range c.failed[1:] {
			c.queue = append(c.queue, l.Delivery)
		}
		slices.SortStableFunc(c.queue, func(a, b store.Delivery) int { return cmp.Compare(a.Seq, b.Seq) })
		c.failed, c.window, c.revision = nil, 1, 0 // what failed was not looked at meanwhile
		c.finish(first)
		return true
	}
	c.settle()
	for group, t := range c.logs {
		c.ahead.keep(c.host.ID, group, t.ahead())
	}
	for _, l := range c.failed[1:] {
		first.after = max(first.after, l.after)
	}
	c.retry = c.backOff(c.sending, &c.host, first.Delivery, first.outcome)
	return false
}

// unbearable says whether it is this activity alone over which the host fails again and again: then it takes another one.
// That one is remembered as sent until its turn comes.
func (c *courier) unbearable(l landing) bool {
	if c.host.Failures+1 < poisonedAfter || l.after > 0 {
		return false
	}
	stuck := map[course]bool{}
	for _, l := range c.failed {
		stuck[courseOf(l.Delivery).ofThread()] = true
	}
	for _, other := range c.queue {
		if stuck[courseOf(other).ofThread()] || !c.isWanted(other) {
			continue
		}
		if other.Direct == 0 {
			c.logs[other.Group.ID].begin(other.Seq)
		}
		return c.deliver(c.sending, &c.host, other).words == ""
	}
	return false
}

package federation

import (
	"context"
	"slices"

	"folkmoot/store"
)

// How a courier reads what waits for its host.

// mayRead says whether there is room in the queue, and little ahead of what holds a log up.
func (c *courier) mayRead() bool {
	ahead := 0
	for _, t := range c.logs {
		ahead += len(t.rows)
	}
	return len(c.queue) < backlogBatch && ahead < maxAhead
}

// refill reads what comes next and says whether there is anything.
func (c *courier) refill(ctx context.Context) bool {
	if c.late && len(c.logs) > 0 {
		c.lane.wait(ctx, lateHold)
	}
	rows, err := c.readOn(ctx)
	if err != nil {
		if ctx.Err() == nil {
			c.log.Error("backlog not read", "host", c.host.Name, "error", err)
			pause(ctx, storeTrouble)
			signal(c.poke)
		}
		c.more = false
		return false
	}
	before := len(c.queue)
	again := c.fallBehind(rows)
	for _, d := range rows {
		c.add(d)
	}
	return len(c.queue) > before || again
}

// fallBehind notes whether what was read last is what the host has missed. Where that goes on it need not be told of what is new, and
// when that ends the store is to be asked again: something may have come meanwhile.
func (c *courier) fallBehind(rows []store.Delivery) (again bool) {
	missed := func(d store.Delivery) bool { return c.now().Sub(d.Created) > lateAfter }
	c.late = c.late && c.more || slices.ContainsFunc(rows, missed)
	behind := c.late && c.more
	again = c.behind.Swap(behind) && !behind
	c.more = c.more || again
	return again
}

// readOn reads at first what was found due, and later on what the store has, of the host too: it may have shown, or the admin
// said, meanwhile how to speak to it.
func (c *courier) readOn(ctx context.Context) ([]store.Delivery, error) {
	found := c.found
	if c.found = (store.Due{}); len(found.Behind) == 0 && !found.Direct {
		if known, err := c.store.Host(ctx, c.host.Name); err == nil {
			c.host = known
			c.stayWell()
		}
	}
	if c.more = false; !c.host.MayTry(c.now()) {
		return nil, nil
	}
	if c.scheme != "" {
		c.host.Scheme = c.scheme
	}
	c.host = c.learn(ctx, c.host)
	c.stayWell()
	if now := ProfileOf(c.host).Dialect; c.speaks == "" {
		c.speaks = now
	} else if c.speaks != now {
		c.turned = true
		return nil, nil
	}
	if rows, ok := c.readFound(ctx, found); ok {
		return rows, nil
	}
	c.forgetDirect()
	rows, end, err := c.store.Backlog(ctx, c.host.ID, c.speaks, c.read, backlogBatch+len(c.direct))
	if err != nil {
		return nil, err
	}
	c.more, c.read = len(rows) >= backlogBatch, end
	for _, t := range c.logs {
		t.end = end
	}
	return rows, nil
}

// readFound reads what was found due, if that is everything and in the forms for the dialect that the host speaks.
func (c *courier) readFound(ctx context.Context, found store.Due) ([]store.Delivery, bool) {
	if len(found.Behind) == 0 && !found.Direct {
		return nil, false
	}
	for _, p := range found.Behind {
		if p.Dialect != c.speaks {
			return nil, false
		}
	}
	rows, whole, err := c.store.Waits(ctx, found, backlogBatch)
	if err != nil || !whole || len(rows) >= maxAhead {
		return nil, false
	}
	for _, p := range found.Behind {
		c.read = max(c.read, p.End)
	}
	return rows, true
}

// forgetDirect forgets direct deliveries that are over, once the store knows that too.
func (c *courier) forgetDirect() {
	waited := false
	for row, over := range c.direct {
		if over && !waited {
			c.await(c.last)
			waited = true
		}
		if over {
			delete(c.direct, row)
		}
	}
}

func (c *courier) add(d store.Delivery) {
	if d.Direct != 0 {
		if _, known := c.direct[rowOf(d)]; !known && len(d.To) > 0 {
			c.direct[rowOf(d)] = false
			c.queue = append(c.queue, d)
		}
		return
	}
	t := c.logs[d.Group.ID]
	if t == nil {
		t = &track{end: c.read, tried: d.Tried, had: c.ahead.take(c.host.ID, d.Group.ID)}
		c.logs[d.Group.ID] = t
	}
	t.rows = append(t.rows, logRow{d.Seq, false})
	c.queue = append(c.queue, d)
}

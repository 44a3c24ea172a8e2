package federation

import "context"

// A courier holds what it has read for as long as a slow host takes, which is minutes: meanwhile people unfollow, are shut out, move their
// inboxes or delete what they posted, and the admin drops the queue.

// recheck looks at what was read again if any of it may have changed since. What waits no more is passed over.
func (c *courier) recheck(ctx context.Context) {
	if c.found.Direct || len(c.found.Behind) > 0 {
		return // what was found due is still to be read
	}
	now := c.store.Revision()
	if len(c.queue) == 0 {
		c.revision = now
		return
	}
	if !c.store.IsRevised(c.host.ID, c.revision) {
		return
	}
	rows, err := c.store.StillWaits(ctx, c.host.ID, c.queue)
	if err != nil {
		if ctx.Err() == nil {
			c.log.Error("backlog not read again", "host", c.host.Name, "error", err)
		}
		return // the next one looks again
	}
	c.revision = now
	c.queue = c.queue[:0]
	for _, d := range rows {
		if len(d.To) > 0 {
			c.queue = append(c.queue, d)
		} else {
			c.pass(d)
		}
	}
}

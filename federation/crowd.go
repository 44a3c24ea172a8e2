package federation

import (
	"maps"
	"slices"

	"folkmoot/store"
)

// crowds gives the hosts of one site no more than a part of the places for delivering. Else whoever has a domain could have thousands of
// followers below it that all hang, and everybody else would wait for them. Who waits for another one of the site keeps its turn.
type crowds struct {
	perSite int
	served  map[crowd]int          // couriers under way
	waiting map[crowd][]store.Host // hosts for which there is no place
	ids     map[int64]bool         // of these
}

// crowd is the hosts of a site that take what is sent, or those that fail: they wait for nobody but their like.
type crowd struct {
	site string
	ill  bool
}

func crowdOf(h store.Host) crowd { return crowd{siteOf(h.Name), h.Failures > 0} }

func newCrowds(perSite int) *crowds {
	return &crowds{perSite: max(perSite, 1), served: map[crowd]int{}, waiting: map[crowd][]store.Host{}, ids: map[int64]bool{}}
}

// enter says whether a host may be served now, and in whose place. Otherwise it waits.
func (c *crowds) enter(h store.Host) (of crowd, ok bool) {
	of = crowdOf(h)
	if c.served[of] >= c.perSite {
		c.waiting[of] = append(c.waiting[of], h)
		c.ids[h.ID] = true
		return of, false
	}
	c.served[of]++
	return of, true
}

// leave makes room, and returns who waits for it.
func (c *crowds) leave(of crowd) (next store.Host, ok bool) {
	if c.served[of]--; c.served[of] == 0 {
		delete(c.served, of)
	}
	if len(c.waiting[of]) == 0 {
		return next, false
	}
	next = c.waiting[of][0]
	if c.waiting[of] = c.waiting[of][1:]; len(c.waiting[of]) == 0 {
		delete(c.waiting, of)
	}
	delete(c.ids, next.ID)
	return next, true
}

// listed are the hosts that wait.
func (c *crowds) listed() []int64 { return slices.Collect(maps.Keys(c.ids)) }

// release returns those that wait although there is a place, as whoever was to take it may have had nothing to do after all.
func (c *crowds) release() (hosts []store.Due) {
	for of, waiting := range c.waiting {
		n := min(c.perSite-c.served[of], len(waiting))
		for _, h := range waiting[:n] {
			hosts = append(hosts, store.Due{Host: h})
			delete(c.ids, h.ID)
		}
		if c.waiting[of] = waiting[n:]; len(c.waiting[of]) == 0 {
			delete(c.waiting, of)
		}
	}
	return hosts
}

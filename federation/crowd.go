package federation

import "folkmoot/store"

// crowds gives the hosts of one site no more than a part of the places for delivering. Else whoever has a domain could have thousands of
// followers below it that all hang, and everybody else would wait for them.
type crowds struct {
	perSite int
	served  map[string]int         // couriers under way, by site
	waiting map[string][]store.Due // hosts for which their site has no place
}

func newCrowds(perSite int) *crowds {
	return &crowds{perSite: max(perSite, 1), served: map[string]int{}, waiting: map[string][]store.Due{}}
}

// enter says whether a host may be served now: where all may, or its site has a place. Otherwise it waits for another one of its site.
func (c *crowds) enter(h store.Due, all bool) bool {
	site := siteOf(h.Name)
	if !all && c.served[site] >= c.perSite {
		c.waiting[site] = append(c.waiting[site], h)
		return false
	}
	c.served[site]++
	return true
}

// leave makes room, and returns who waits for it.
func (c *crowds) leave(host string) (next store.Due, ok bool) {
	site := siteOf(host)
	if c.served[site]--; c.served[site] == 0 {
		delete(c.served, site)
	}
	waiting := c.waiting[site]
	if len(waiting) == 0 {
		return next, false
	}
	if c.waiting[site] = waiting[1:]; len(waiting) == 1 {
		delete(c.waiting, site)
	}
	return waiting[0], true
}

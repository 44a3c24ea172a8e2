package federation

import (
	"fmt"
	"slices"
	"testing"

	"folkmoot/store"
)

// The hosts of a site have their turn in the order in which they were found due, those that fail beside those that do not.
func TestCrowdsKeepTheirTurn(t *testing.T) {
	c := newCrowds(2)
	host := func(id, failures int) store.Host {
		return store.Host{ID: int64(id), Name: fmt.Sprintf("h%d.hosting.example:8443", id), Failures: failures}
	}
	for id := range 5 {
		if _, got := c.enter(host(id, 0)); got != (id < 2) {
			t.Errorf("host %d is served at once: %v", id, got)
		}
	}
	for _, h := range []store.Host{host(9, 1), {ID: 10, Name: "other.example"}} {
		if of, ok := c.enter(h); !ok || of != crowdOf(h) {
			t.Errorf("%+v, one that fails or one of another site, waits for those", h)
		}
	}
	ids := c.listed()
	slices.Sort(ids)
	if !slices.Equal(ids, []int64{2, 3, 4}) {
		t.Errorf("%v wait", ids)
	}
	for _, want := range []int64{2, 3, 4} {
		next, ok := c.leave(crowdOf(host(0, 0)))
		_, enters := c.enter(next)
		if !ok || next.ID != want || !enters {
			t.Errorf("%d has its turn, want %d", next.ID, want)
		}
	}
	for _, of := range []store.Host{host(3, 0), host(4, 0), host(9, 1), {Name: "other.example"}} {
		if next, ok := c.leave(crowdOf(of)); ok {
			t.Errorf("%+v waits still", next)
		}
	}
	if len(c.served)+len(c.waiting)+len(c.ids) != 0 {
		t.Errorf("left over: %+v", c)
	}
}

// Whoever is to take a place may have nothing to do after all. Those behind are told of again.
func TestCrowdsWaitForNobodyWhoIsGone(t *testing.T) {
	c := newCrowds(1)
	for id := range 3 {
		c.enter(store.Host{ID: int64(id), Name: fmt.Sprintf("h%d.hosting.example", id)})
	}
	if got := c.release(); len(got) != 0 {
		t.Errorf("%d have a place beside the one that is served", len(got))
	}
	c.leave(crowd{site: "hosting.example"}) // the second one has its turn, and does not take it
	if got := c.release(); len(got) != 1 || got[0].ID != 2 || len(c.listed()) != 0 {
		t.Errorf("%+v have a place, %v wait", got, c.listed())
	}
}

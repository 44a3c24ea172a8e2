package fedtest_test

import (
	"net/http"
	"testing"
	"time"

	"folkmoot/federation/fedtest"
	"folkmoot/group"
	"folkmoot/store"
)

// QUE-09: a clock that is wrong for a while stops what is signed, in and out, and nothing else. Once it is right again, what waited
// is delivered, in order, whatever was noted meanwhile.
func TestClockJumps(t *testing.T) {
	const day = 24 * time.Hour
	for name, tt := range map[string]struct{ ahead, within time.Duration }{
		"a year ahead": {365 * day, 10 * time.Minute}, "a day ahead": {day, 26 * time.Hour},
		"a day behind": {-day, 10 * time.Minute}, "a year behind": {-365 * day, 10 * time.Minute},
	} {
		t.Run("QUE-09 "+name, func(t *testing.T) {
			inWorldAt(t, time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), func(w *world) {
				p := w.mastodon()
				w.ahead.Store(int64(tt.ahead))
				if status := w.send(p, "ann", p.Write("ann", mention("by a right clock"))); status != http.StatusUnauthorized {
					t.Errorf("status %d", status)
				}
				g, err := w.store.Group(w.ctx, "books")
				w.must(err)
				for _, title := range []string{"one", "two", "three"} {
					g.Title = title
					w.must(w.fed.EditGroup(w.ctx, g))
					w.later(time.Minute)
				}
				w.wantArrived(p, "Update", 0)
				_, err = w.store.Retain(w.ctx, store.Retention{Inbox: 30 * day, Outbox: 180 * day, Audit: 365 * day})
				w.must(err)
				w.ahead.Store(0)
				w.publish(p, "bob", mention("right again"))
				w.later(tt.within)
				var titles []string
				for _, r := range p.Inbox("Update") {
					titles = append(titles, r.Body["object"].(object)["name"].(string))
				}
				if len(titles) != 3 || titles[0] != "one" || titles[2] != "three" {
					t.Errorf("told of %q", titles)
				}
				w.wantArrived(p, "Announce", 1)
				w.wantCounts(store.GroupCounts{Followers: 2, Members: 3, Threads: 1})
			})
		})
	}
}

// What was noted by a clock that was ahead is not taken for new: keys and accounts are fetched again when they are to be.
func TestWhatWasNotedAheadIsOld(t *testing.T) {
	inWorld(t, func(w *world) {
		p := w.mastodon()
		later := time.Now().Add(365 * 24 * time.Hour)
		keyID := p.Actor("ann") + "#main-key"
		k, err := w.store.Key(w.ctx, keyID)
		w.must(err)
		k.Fetched = later
		w.must(w.store.SaveKey(w.ctx, k))
		ann, err := w.store.Actor(w.ctx, p.Actor("ann"))
		w.must(err)
		ann.Fetched = later
		w.must(w.store.SaveActor(w.ctx, ann))
		key, err := fedtest.NewKey()
		w.must(err)
		p.Rotate("ann", key)
		p.Change("ann", func(doc object) { doc["name"] = "Ann the second" })
		update := p.Activity("ann", "Update", object{"id": p.Actor("ann"), "type": "Person"})
		if status := w.send(p, "ann", update); status != http.StatusAccepted {
			t.Errorf("status %d with a new key", status)
		}
		w.wantReason(update, group.ReasonRefreshed)
		if ann, err = w.store.Actor(w.ctx, p.Actor("ann")); err != nil || ann.Name != "Ann the second" {
			t.Errorf("known as %q, %v", ann.Name, err)
		}
	})
}

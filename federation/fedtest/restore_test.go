package fedtest_test

import (
	"testing"

	"folkmoot/group"
	"folkmoot/store"
)

// A ban that is lifted brings posts back only if the moderator says so, in the Undo itself (Lemmy 1.0): the embedded Block still
// says that they were removed.
func TestLiftedBansRestorePostsOnlyWhereAsked(t *testing.T) {
	inWorld(t, func(w *world) {
		p := w.mastodon()
		post := w.publish(p, "bob", mention("hello"))
		w.moderate(group.Appoint, p.Actor("ann"))
		block := func() object {
			a := p.Activity("ann", "Block", p.Actor("bob"))
			a["target"], a["removeData"], a["to"], a["cc"] = books, true, []string{books}, []string{}
			return a
		}
		send := func(a object) {
			t.Helper()
			if status, err := p.Send(w.ctx, "ann", books+"/inbox", a); err != nil || status != 202 {
				t.Fatalf("%v: %d, %v", a["type"], status, err)
			}
			w.settle()
		}
		for _, asked := range []bool{false, true} {
			ban := block()
			send(ban)
			w.wantReason(ban, group.ReasonBannedNow)
			w.wantCounts(store.GroupCounts{Followers: 1, Members: 2})
			undo := p.Activity("ann", "Undo", ban)
			if asked {
				undo["restoreData"] = true
			}
			send(undo)
			if res, _ := w.get("/g/books/post/1", "application/activity+json"); (res.StatusCode == 302) != asked {
				t.Errorf("restoreData %v: the post answers %d", asked, res.StatusCode)
			}
			w.follow(p, "bob", books)
			w.settle()
		}
		if res, _ := w.get("/g/books/post/1", "application/activity+json"); res.Header.Get("Location") != post {
			t.Errorf("the post leads to %s", res.Header.Get("Location"))
		}
	})
}

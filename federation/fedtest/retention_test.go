package fedtest_test

import (
	"testing"
	"time"

	"folkmoot/group"
	"folkmoot/store"
)

// What came so long ago that it is kept no longer can still be undone, by its id alone too, and done again.
func TestUndoOfWhatIsKeptNoLonger(t *testing.T) {
	inWorld(t, func(w *world) {
		p := w.mastodon()
		post := w.publish(p, "ann", mention("old"))
		follow := w.follow(p, "max", books)
		like, boost := w.act(p, "bob", "Like", post), w.act(p, "bob", "Announce", post)
		w.later(40 * 24 * time.Hour)
		day := 24 * time.Hour
		_, err := w.store.Retain(w.ctx, store.Retention{Inbox: 30 * day, Outbox: 180 * day, Audit: 365 * day})
		w.must(err)
		for _, tt := range []struct {
			by   string
			what any
			want group.Reason
		}{
			{"max", follow["id"], group.ReasonLeft}, {"bob", like["id"], group.ReasonUncounted}, {"bob", boost, group.ReasonUncounted},
		} {
			undo := w.act(p, tt.by, "Undo", tt.what)
			w.wantReason(undo, tt.want)
		}
		w.send(p, "max", follow) // the same id once more, as of Misskey
		w.wantReason(follow, group.ReasonJoined)
	})
}

package fedtest_test

import (
	"testing"
	"time"

	"folkmoot/federation"
	"folkmoot/federation/fedtest"
	"folkmoot/group"
)

// What waits for a moderator, or was never shown to one, comes out neither by taking a deletion back, nor by the word of the author's
// server, nor by that of a community which the group follows.
func TestNoWayAroundReview(t *testing.T) {
	inCase(t, "MOD-07", func(w *world) {
		p, f := w.mastodon(), w.forum(fedtest.Lemmy1(), "lemmy.example", "max", "mia")
		tea := w.community(f, "tea")
		w.takes("books", "!tea@lemmy.example", true)
		w.subscribe(f, "mia", books)
		shownBefore := w.publish(p, "ann", mention("one"))
		locked := w.publish(p, "ann", mention("enough said"))
		w.operate(federation.Act{Kind: group.Lock, Target: locked})
		w.set(func(s *group.Settings) { s.Review.All = true })
		waits := w.publish(p, "ann", mention("never seen"))
		w.wrote(f.Post(w.ctx, "mia", books, fedtest.Entry{Title: "spam", Text: "buy"}))
		w.wantShown("books", shownBefore, locked)

		for _, post := range []string{shownBefore, waits} { // deleted, written anew, and brought back
			remove := p.Activity("ann", "Delete", post)
			remove["to"], remove["cc"] = []string{everybody}, []string{books}
			w.send(p, "ann", remove)
			w.later(time.Second)
			w.must(p.Edit(w.ctx, "ann", books, post, "two"))
			w.wantReason(w.act(p, "ann", "Undo", remove), group.ReasonReviewed)
		}
		w.wantShown("books", locked)

		ban := w.did(f.BanHere(w.ctx, "max", "mia", books, fedtest.Ban{RemoveData: true}))
		w.wantReason(ban, group.ReasonBannedAtHome)
		w.did(f.UnbanHere(w.ctx, "max", "mia", books, fedtest.Ban{RemoveData: true}))
		w.wantShown("books", locked)

		w.later(time.Second)
		w.must(p.Edit(w.ctx, "ann", p.Actor("bob"), locked, "three")) // the group hears of it from the community alone
		w.did(f.Announce(w.ctx, tea, p.Activity("ann", "Update", locked)))
		if got := w.filed("books", locked).Title; got != "enough said" {
			t.Errorf("it says %q", got)
		}
		for name, title := range map[string]string{"bob": locked, "max": shownBefore} {
			create := p.Write(name, reply(title))
			w.did(f.Announce(w.ctx, tea, create))
		}
		w.wantShown("books", locked)
	})
}

// A thread comes into another group of this server as if whoever moves it posted it there.
func TestNoWayAroundABanByMoving(t *testing.T) {
	inCase(t, "MOD-03", func(w *world) {
		p, f := w.mastodon(), w.subscriber(fedtest.PieFed(), "piefed.example")
		w.appoint(f.Actor("max"))
		thread := w.publish(p, "ann", mention("a film"))
		inFilms := func(r group.Request) {
			r.By, r.Groups, r.At = group.Person{URI: "https://lee.example/users/lee"}, []string{films}, time.Now()
			_, err := w.store.Apply(w.ctx, r, 0)
			w.must(err)
		}
		w.subscribe(f, "max", films)
		for _, person := range []string{f.Actor("max"), p.Actor("ann")} {
			inFilms(group.Request{Kind: group.Ban, Target: person})
			w.wantReason(w.moves(f, "max", thread, films), group.ReasonBanned)
			inFilms(group.Request{Kind: group.Unban, Target: person})
			w.subscribe(f, "max", films)
		}
		inFilms(group.Request{Kind: group.Bar, Target: "mastodon.example", Barrier: &group.Barrier{Subject: "mastodon.example", Level: group.LevelSuspend}})
		w.wantReason(w.moves(f, "max", thread, films), group.ReasonBlocked)
		inFilms(group.Request{Kind: group.Unbar, Target: "mastodon.example"})
		inFilms(group.Request{Kind: group.Pause})
		w.wantReason(w.moves(f, "max", thread, films), group.ReasonPaused)
		inFilms(group.Request{Kind: group.Resume})
		w.wantShown("books", thread)
		w.wantShown("films")
		w.wantReason(w.moves(f, "max", thread, films), group.ReasonMovedAway)
	})
}

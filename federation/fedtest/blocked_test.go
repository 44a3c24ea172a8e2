package fedtest_test

import (
	"net/http"
	"testing"
	"time"

	"folkmoot/federation"
	"folkmoot/federation/fedtest"
	"folkmoot/group"
	"folkmoot/store"
)

// shutOut blocks a host or account on the whole server.
func (w *world) shutOut(subject string, level group.Level) store.BlockEffect {
	w.t.Helper()
	effect, err := w.fed.ChangeBlocks(w.ctx, store.BlockChange{Set: []group.Barrier{{Subject: subject, Level: level}}})
	w.must(err)
	w.settle()
	return effect
}

func (w *world) lift(subject string) {
	w.t.Helper()
	_, err := w.fed.ChangeBlocks(w.ctx, store.BlockChange{Lift: []string{subject}})
	w.must(err)
	w.settle()
}

// talked counts what this server asked of a host or delivered there.
func (w *world) talked(host string) int {
	return w.net.Count(http.MethodGet, host, "") + w.net.Count(http.MethodPost, host, "")
}

// MOD-04: whatever is sent from a blocked server, or from beneath its domain, is refused at the door, and costs no request there. The
// follows end, which is all it is told.
func TestBlockedServer(t *testing.T) {
	inCase(t, "MOD-04", func(w *world) {
		p, evil := w.mastodon(), w.peer("social.evil.example", "mastodon", "mallory")
		w.follow(evil, "mallory", books)
		w.settle()
		own := w.publish(evil, "mallory", mention("first"))
		w.later(8 * 24 * time.Hour) // the keys would be fetched anew
		if effect := w.shutOut("evil.example", group.LevelSuspend); effect.Followers != 1 || effect.Posts != 1 {
			t.Errorf("%+v", effect)
		}
		w.wantArrived(evil, "Reject", 1)
		w.wantShown("books")
		before := w.talked("social.evil.example")
		for _, a := range []object{
			evil.Activity("mallory", "Follow", books), evil.Write("mallory", mention("again")), evil.Activity("mallory", "Like", books),
			evil.Activity("mallory", "Flag", books),
		} {
			if status := w.send(evil, "mallory", a); status != http.StatusForbidden {
				t.Errorf("%s is answered %d", a["type"], status)
			}
		}
		w.publish(p, "ann", mention("for everybody else"))
		w.wantHome(evil, "mallory", own)
		if got := w.talked("social.evil.example"); got != before {
			t.Errorf("%d requests went to a blocked server", got-before)
		}
		w.lift("evil.example")
		w.wantHome(evil, "mallory", own)
		if got := w.counts(); got.Members != 4 || got.Followers != 2 || got.Threads != 2 {
			t.Errorf("after the block: %+v", got)
		}
		w.follow(evil, "mallory", books)
		w.settle()
		later := w.publish(p, "ann", mention("for all"))
		w.wantHome(evil, "mallory", own, later)
	})
}

// MOD-05: what a blocked author wrote does not come in through a community that announces it, whether the server or the group has
// blocked the author's server.
func TestBlockedAuthorsThroughACommunity(t *testing.T) {
	t.Run("MOD-05", func(t *testing.T) {
		onEachFollowed(t, func(w *world, f *fedtest.Forum, tea string, _ *fedtest.Peer, _ *fedtest.Forum) {
			evil := w.peer("evil.example", "mastodon", "mallory")
			evilPost := func() object {
				create := evil.Write("mallory", fedtest.Post{Text: "spam", Mentions: []string{tea}})
				return create
			}
			w.wantOutcome(f, tea, evilPost(), group.ReasonThread)
			w.shutOut("evil.example", group.LevelSuspend)
			before := w.talked("evil.example")
			w.wantOutcome(f, tea, evilPost(), group.ReasonBlocked)
			w.wantOutcome(f, tea, evilPost()["object"].(object)["id"], group.ReasonBlocked)
			if got := w.talked("evil.example"); got != before {
				w.t.Errorf("%d requests went to a blocked server", got-before)
			}
			w.lift("evil.example")
			d, err := w.fed.BlockFor(w.ctx, "books", group.Barrier{Subject: "evil.example", Level: group.LevelSuspend}, false)
			w.must(err)
			if d.Reason != group.ReasonBarred {
				w.t.Fatal(d.Reason)
			}
			w.wantOutcome(f, tea, evilPost(), group.ReasonBlocked)
			// A whole community is shut out in the same way.
			_, err = w.fed.BlockFor(w.ctx, "books", group.Barrier{Subject: "evil.example"}, true)
			w.must(err)
			_, err = w.fed.BlockFor(w.ctx, "books", group.Barrier{Subject: tea, Level: group.LevelSuspend}, false)
			w.must(err)
			w.wantOutcome(f, tea, evilPost(), group.ReasonBlocked)
		})
	})
}

// Nobody is let in by moving to a blocked server, and from there nobody takes a role along.
func TestMovesAndBlocks(t *testing.T) {
	inWorld(t, func(w *world) {
		p, evil := w.mastodon(), w.peer("evil.example", "mastodon", "ann", "mallory")
		w.follow(evil, "mallory", books)
		w.settle()
		w.appoint(evil.Actor("mallory"))
		w.shutOut("evil.example", group.LevelSuspend)
		evil.Change("ann", func(doc map[string]any) { doc["alsoKnownAs"] = []string{p.Actor("ann")} })
		move := p.Activity("ann", "Move", p.Actor("ann"))
		move["target"] = evil.Actor("ann")
		w.send(p, "ann", move)
		w.wantReason(move, group.ReasonBlocked)
		if got := w.counts(); got.Members != 3 {
			t.Errorf("%+v", got)
		}
		if _, err := w.fed.Moderate(w.ctx, "books", federation.Act{Kind: group.Appoint, Target: evil.Actor("ann")}); err == nil {
			t.Error("somebody on a blocked server was asked for")
		}
		thread := w.publish(p, "ann", mention("reported"))
		w.act(p, "bob", "Flag", thread)
		if notes := evil.Private("mallory"); len(notes) > 0 {
			t.Errorf("a moderator on a blocked server is told %q", notes)
		}
	})
}

// People on a blocked server may still delete what is theirs, as long as their keys are known.
func TestBlockedMayDelete(t *testing.T) {
	inWorld(t, func(w *world) {
		w.mastodon()
		evil := w.peer("evil.example", "mastodon", "mallory")
		w.follow(evil, "mallory", books)
		w.settle()
		post := w.publish(evil, "mallory", mention("I regret this"))
		w.shutOut("evil.example", group.LevelSuspend)
		gone := evil.Activity("mallory", "Delete", post)
		if status := w.send(evil, "mallory", gone); status != http.StatusAccepted {
			t.Errorf("status %d", status)
		}
		w.wantReason(gone, group.ReasonDeleted)
		w.lift("evil.example")
		w.wantShown("books")
	})
}

// lists serves one list of blocks.
type lists struct{ text string }

func (l *lists) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	if l.text == "" {
		http.Error(w, "gone", http.StatusNotFound)
		return
	}
	_, _ = w.Write([]byte(l.text)) // to a recorder
}

// A followed list is looked at again in its time. What it drops is lifted; what is too much at once waits for a yes; a list that is
// suddenly empty or gone changes nothing.
func TestFollowedListOfBlocks(t *testing.T) {
	inWorld(t, func(w *world) {
		w.mastodon()
		l := &lists{text: "#domain,#severity\nevil.example,suspend\nBÜCHER.example,silence\n"}
		w.net.Attach("lists.example", l)
		const url = "https://lists.example/tier0.csv"
		w.must(w.store.SaveBlockList(w.ctx, store.BlockList{URL: url, Hours: 12, Due: time.Now(), Entries: 5, Followers: 1}))
		level := func(host string) group.Level {
			st, err := w.store.Standing(w.ctx, "https://"+host+"/x")
			w.must(err)
			return st.Level
		}
		want := func(when string, evil, books, mastodon group.Level) {
			t.Helper()
			if e, b, m := level("evil.example"), level("xn--bcher-kva.example"), level("mastodon.example"); e != evil || b != books || m != mastodon {
				t.Errorf("%s: %q %q %q", when, e, b, m)
			}
		}
		w.later(11 * time.Minute)
		want("first", group.LevelSuspend, group.LevelSilence, "")
		l.text = "#domain,#severity\nbücher.example,suspend\n"
		w.later(time.Hour)
		want("before its time", group.LevelSuspend, group.LevelSilence, "")
		w.later(12 * time.Hour)
		want("changed", "", group.LevelSuspend, "")
		for _, l.text = range []string{"", "#domain\n", "<html>maintenance</html>"} {
			w.later(13 * time.Hour)
			want("broken", "", group.LevelSuspend, "")
		}
		l.text = "#domain,#severity\nmastodon.example,suspend\nbücher.example,suspend\n"
		w.later(13 * time.Hour)
		want("too much at once", "", group.LevelSuspend, "")
		waiting, err := w.store.BlockList(w.ctx, url)
		if w.must(err); waiting.Waiting.IsZero() || waiting.Words == "" {
			t.Errorf("%+v", waiting)
		}
		effect, err := w.fed.RefreshList(w.ctx, url, federation.Refresh{Yes: true})
		if w.must(err); effect.Followers != 2 {
			t.Errorf("%+v", effect)
		}
		want("with a yes", "", group.LevelSuspend, group.LevelSuspend)
		_, err = w.store.DropBlockList(w.ctx, url)
		w.must(err)
		want("no longer followed", "", "", "")
	})
}

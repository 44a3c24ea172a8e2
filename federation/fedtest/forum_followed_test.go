package fedtest_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"folkmoot/federation/fedtest"
	"folkmoot/group"
)

// takes has a group follow a community elsewhere, or end that.
func (w *world) takes(name, community string, on bool) group.Decision {
	w.t.Helper()
	d, err := w.fed.Subscribe(w.ctx, name, community, on)
	w.must(err)
	w.settle()
	return d
}

// onEachFollowed plays a scenario in which the book club follows the community tea, moderated by Max, at each kind of forum. Mia is
// there too; Ann and Bob follow the book club from Mastodon, Max of readers.example from a Lemmy.
func onEachFollowed(t *testing.T, scenario func(w *world, f *fedtest.Forum, tea string, p *fedtest.Peer, readers *fedtest.Forum)) {
	for name, runs := range software() {
		t.Run(name, func(t *testing.T) {
			inWorld(t, func(w *world) {
				p, f := w.mastodon(), w.forum(runs, name+".example", "max", "mia")
				readers := w.subscriber(fedtest.Lemmy1(), "readers.example")
				tea := w.community(f, "tea")
				w.takes("books", "!tea@"+name+".example", true)
				scenario(w, f, tea, p, readers)
			})
		})
	}
}

// inTea opens a thread in the community tea.
func (w *world) inTea(f *fedtest.Forum, name, title string) string {
	w.t.Helper()
	return w.wrote(f.Post(w.ctx, name, f.Community("tea"), fedtest.Entry{Title: title, Text: "words"}))
}

func TestGroupFollowsACommunity(t *testing.T) {
	onEachFollowed(t, func(w *world, f *fedtest.Forum, tea string, p *fedtest.Peer, readers *fedtest.Forum) {
		if got := f.Followers(tea); !slices.Equal(got, []string{books + "/agent"}) {
			w.t.Errorf("tea is followed by %q", got)
		}
		if got := w.document("/g/books/following")["totalItems"]; got != 1.0 {
			w.t.Errorf("the group follows %v", got)
		}
		heard := len(readers.Inbox(""))
		thread := w.inTea(f, "mia", "Green or black?")
		w.wantShown("books", thread)
		w.wantHome(p, "ann", thread)
		w.wantHome(p, "bob", thread)
		w.wantArrived(p, "Announce", 1) // though Lemmy announces it in two forms
		comment := w.wrote(f.Comment(w.ctx, "max", thread, "black"))
		w.wantShown("books", thread, comment)
		w.wantArrived(p, "Announce", 1)
		w.wantHeard(readers, heard) // one hop: those who want it follow tea themselves

		w.takes("books", tea, false)
		if got := f.Followers(tea); len(got) != 0 {
			w.t.Errorf("tea is still followed by %q", got)
		}
		w.inTea(f, "mia", "nobody hears")
		w.wantShown("books", thread, comment)
	})
}

// What was there before is taken in as it was, and boosted to nobody: it is not new.
func TestEarlierThreadsOfACommunity(t *testing.T) {
	for name, runs := range software() {
		t.Run(name, func(t *testing.T) {
			inWorld(t, func(w *world) {
				p, f := w.mastodon(), w.forum(runs, name+".example", "max", "mia")
				tea := w.community(f, "tea")
				one, two := w.inTea(f, "mia", "one"), w.inTea(f, "max", "two")
				gone := w.inTea(f, "mia", "gone")
				w.did(f.Delete(w.ctx, "mia", gone))
				w.later(time.Hour)
				w.takes("books", tea, true)
				w.wantShown("books", one, two)
				w.wantHome(p, "bob")
				three := w.inTea(f, "mia", "three")
				w.wantShown("books", one, two, three)
				w.wantHome(p, "bob", three)
			})
		})
	}
}

// The group's view follows what happens in the community.
func TestFollowedCommunityChanges(t *testing.T) {
	onEachFollowed(t, func(w *world, f *fedtest.Forum, tea string, p *fedtest.Peer, readers *fedtest.Forum) {
		heard := len(readers.Inbox(""))
		thread := w.inTea(f, "mia", "Green or black?")
		comment := w.wrote(f.Comment(w.ctx, "max", thread, "first"))
		w.later(time.Minute)
		w.did(f.Edit(w.ctx, "max", comment, "better"))
		if got := w.filed("books", comment).HTML; !strings.Contains(got, "better") {
			w.t.Errorf("the comment is filed as %q", got)
		}
		w.did(f.Vote(w.ctx, "max", thread, 1))
		w.did(f.Vote(w.ctx, "mia", thread, -1))
		w.must(f.AnnounceVotes(w.ctx, tea))
		w.settle()
		w.wantLikes(thread, 1)
		w.did(f.Vote(w.ctx, "max", thread, 0))
		w.must(f.AnnounceVotes(w.ctx, tea))
		w.settle()
		w.wantLikes(thread, 0)
		w.did(f.Pin(w.ctx, "max", thread))
		if w.filed("books", thread).Pinned.IsZero() {
			w.t.Error("not pinned")
		}
		w.did(f.Unpin(w.ctx, "max", thread))
		w.did(f.Lock(w.ctx, "max", thread, "enough"))
		if got := w.filed("books", thread); !got.Locked || !got.Pinned.IsZero() {
			w.t.Error("not locked, or still pinned")
		}
		w.did(f.Unlock(w.ctx, "max", thread, "calm"))
		w.did(f.Remove(w.ctx, "max", thread, fedtest.Removal{Reason: "spam"}))
		w.wantHome(p, "bob")
		w.did(f.Restore(w.ctx, "max", thread, fedtest.Removal{Reason: "no spam"}))
		w.wantShown("books", thread, comment)
		w.did(f.Delete(w.ctx, "max", comment))
		w.wantShown("books", thread)
		w.did(f.Undelete(w.ctx, "max", comment))
		w.wantShown("books", thread, comment)
		w.did(f.Delete(w.ctx, "mia", thread))
		w.wantShown("books")
		w.wantHome(p, "bob")
		w.wantHeard(readers, heard)
	})
}

// The one that follows for a group can be looked up, and is no group.
func TestAgentOfAGroup(t *testing.T) {
	inWorld(t, func(w *world) {
		doc := w.document("/g/books/agent")
		if doc["type"] != "Service" || doc["id"] != books+"/agent" || doc["preferredUsername"] != "books.agent" {
			t.Errorf("the agent shows %v %v %v", doc["type"], doc["id"], doc["preferredUsername"])
		}
		for _, resource := range []string{"acct:books.agent@groups.example", books + "/agent"} {
			res, jrd := w.get("/.well-known/webfinger?resource="+resource, "application/jrd+json")
			leads := strings.Contains(text(t, jrd["links"]), `"`+books+`/agent"`)
			if res.StatusCode != 200 || jrd["subject"] != "acct:books.agent@groups.example" || !leads {
				t.Errorf("%s: %d %v", resource, res.StatusCode, jrd)
			}
		}
		for _, resource := range []string{"acct:none.agent@groups.example", "acct:moderation.agent@groups.example", home + "/agent"} {
			if res, _ := w.get("/.well-known/webfinger?resource="+resource, "application/jrd+json"); res.StatusCode != 404 {
				t.Errorf("%s: %d", resource, res.StatusCode)
			}
		}
		p := w.mastodon()
		a := w.follow(p, "max", books+"/agent")
		w.settle()
		w.wantReason(a, group.ReasonNothingToDo)
	})
}

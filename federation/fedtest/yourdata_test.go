package fedtest_test

import (
	"strings"
	"testing"
	"time"

	"folkmoot/federation"
	"folkmoot/federation/fedtest"
	"folkmoot/group"
)

// link is the secret in the link that somebody was sent last.
func link(t *testing.T, p *fedtest.Peer, name string) string {
	t.Helper()
	notes := p.Private(name)
	_, secret, ok := strings.Cut(notes[len(notes)-1], "/your-data/")
	if !ok {
		t.Fatalf("%s was sent no link: %q", name, notes)
	}
	secret, _, _ = strings.Cut(secret, "<")
	return secret
}

func TestMyData(t *testing.T) {
	inWorld(t, func(w *world) {
		p := w.mastodon()
		post := w.publish(p, "ann", mention("mine"))
		w.publish(p, "bob", mention("not mine"))
		w.wantReason(w.writes(p, "ann", "mydata", ""), group.ReasonToldBack)
		w.wantTold(p, "ann", "1 posts, 0 votes, 0 reports")
		secret := link(t, p, "ann")
		w.writes(p, "ann", "mydata", "")
		w.wantTold(p, "ann", "a short while ago")

		for _, use := range []bool{false, false, true} {
			person, name, err := w.store.Ticket(w.ctx, secret, use)
			if err != nil || person != p.Actor("ann") || name != "books" {
				t.Fatalf("the link is about %s in %s: %v", person, name, err)
			}
		}
		if _, _, err := w.store.Ticket(w.ctx, secret, true); err == nil {
			t.Error("the link works twice")
		}
		kept, err := w.fed.Kept(w.ctx, "", p.Actor("ann"))
		w.must(err)
		if len(kept) != 1 || len(kept[0].Posts) != 1 || kept[0].Posts[0].URI != post || kept[0].Member == nil {
			t.Errorf("%+v", kept)
		}

		w.later(time.Hour)
		w.writes(p, "ann", "mydata", "")
		secret = link(t, p, "ann")
		w.later(25 * time.Hour)
		if _, _, err := w.store.Ticket(w.ctx, secret, true); err == nil {
			t.Error("the link works the day after")
		}
	})
}

// What is erased is gone everywhere, and the person hears how many servers have confirmed. Nobody else's "yes" counts.
func TestErase(t *testing.T) {
	inWorld(t, func(w *world) {
		p, f := w.mastodon(), w.subscriber(software()["lemmy1"], "lemmy.example")
		post := w.publish(p, "ann", mention("mine"))
		comment, _, err := p.Publish(w.ctx, "ann", books, fedtest.Post{Text: "more", InReplyTo: post, Mentions: []string{books}})
		w.must(err)
		other := w.publish(p, "bob", mention("not mine"))
		_, err = p.Like(w.ctx, "ann", other, books)
		w.must(err)
		w.settle()
		w.wantLikes(other, 1)
		w.sees("shown", post, shown, f)

		w.writes(p, "ann", "yes", "") // to no question
		w.writes(p, "ann", "erase", "")
		w.wantTold(p, "ann", "answer this message with: yes")
		question := w.lastLetter(p, "ann")
		w.writes(p, "bob", "yes", question)
		w.wantHome(p, "bob", post, other)
		w.wantReason(w.writes(p, "ann", "yes", question), group.ReasonAllErased)
		w.wantTold(p, "ann", "is erased")
		w.wantHome(p, "bob", other)
		w.sees("shown", post, removed, f)
		w.wantLikes(other, 0)
		for _, uri := range []string{post, comment} {
			if got := w.filedAs(uri); got.HTML != "" || got.State != group.Erased {
				t.Errorf("%s is %s: %q", uri, got.State, got.HTML)
			}
		}
		kept, err := w.fed.Kept(w.ctx, "books", p.Actor("ann"))
		w.must(err)
		if kept[0].Holds() || kept[0].Member != nil {
			t.Errorf("%+v", kept[0])
		}
		w.writes(p, "ann", "erase", "")
		w.wantTold(p, "ann", "Of the 2 servers that were told, 2 have confirmed.")
		w.wantReason(w.writes(p, "ann", "yes", question), group.ReasonNothingToDo) // the question was erased too
	})
}

// A ban stays when everything else goes, and a group keeps its owner.
func TestWhatErasingLeaves(t *testing.T) {
	inWorld(t, func(w *world) {
		p := w.owned()
		w.operate(federation.Act{Kind: group.Ban, Target: p.Actor("bob")})
		w.writes(p, "bob", "erase", "")
		w.wantReason(w.says(p, "bob", "yes"), group.ReasonAllErased)
		if m := w.membership(p.Actor("bob")); m.State != group.Banned {
			t.Errorf("Bob is %q", m.State)
		}
		w.writes(p, "ann", "erase", "")
		w.wantReason(w.says(p, "ann", "yes"), group.ReasonLastOwner)
		w.wantRole(p.Actor("ann"), group.Owner)
	})
}

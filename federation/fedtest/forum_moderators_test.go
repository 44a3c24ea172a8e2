package fedtest_test

import (
	"slices"
	"testing"
	"time"

	"folkmoot/federation"
	"folkmoot/federation/fedtest"
	"folkmoot/group"
)

const lee = "https://lee.example/users/lee"

// wantModerators compares who moderates, as the group's list says and as forums see it.
func (w *world) wantModerators(want []string, forums ...*fedtest.Forum) {
	w.t.Helper()
	want = slices.Sorted(slices.Values(append(want, home+"/moderation")))
	var got []string
	items, _ := w.document("/g/books/moderators")["orderedItems"].([]any)
	for _, item := range items {
		got = append(got, item.(string))
	}
	if slices.Sort(got); !slices.Equal(got, want) {
		w.t.Errorf("the list says %q, want %q", got, want)
	}
	for _, f := range forums {
		if got := f.Moderators(books); !slices.Equal(got, want) {
			w.t.Errorf("%s says %q, want %q", f.Origin, got, want)
		}
	}
}

// Moderators name moderators, on any server, who may do what they may.
func TestModeratorsOnAnyServer(t *testing.T) {
	onEach(t, func(w *world, f *fedtest.Forum, p *fedtest.Peer) {
		other := w.subscriber(fedtest.PieFed(), "other.example")
		w.appoint(f.Actor("max"))
		w.wantModerators([]string{lee, f.Actor("max")}, f, other)
		for _, next := range []string{other.Actor("max"), p.Actor("bob")} {
			w.wantReason(w.did(f.Appoint(w.ctx, "max", books, next)), group.ReasonAppointed)
		}
		w.wantModerators([]string{lee, f.Actor("max"), other.Actor("max"), p.Actor("bob")}, f, other)
		thread := w.publish(p, "ann", mention("off topic"))
		w.wantReason(w.did(other.Remove(w.ctx, "max", thread, fedtest.Removal{Reason: "off topic"})), group.ReasonByModerator)
		w.sees("removed", thread, removed, f, other)

		// They dismiss themselves, and nobody else.
		w.wantReason(w.did(f.Dismiss(w.ctx, "max", books, p.Actor("bob"))), group.ReasonHigherRole)
		w.wantReason(w.did(f.Dismiss(w.ctx, "max", books, f.Actor("max"))), group.ReasonDismissed)
		w.wantReason(w.did(f.Lock(w.ctx, "max", thread, "x")), group.ReasonUnknownPost)
		w.wantReason(w.did(f.Appoint(w.ctx, "max", books, f.Actor("mia"))), group.ReasonNotModerator)
		w.wantModerators([]string{lee, other.Actor("max"), p.Actor("bob")}, other)
	})
}

// A group always has an owner.
func TestLastOwnerStays(t *testing.T) {
	inWorld(t, func(w *world) {
		f := w.subscriber(fedtest.Lemmy1(), "lemmy.example")
		g, err := w.fed.CreateGroup(w.ctx, federation.NewGroup{Name: "garden", Title: "Garden", Owner: "@max@lemmy.example"})
		w.must(err)
		w.subscribe(f, "mia", g.URI)
		w.wantReason(w.did(f.Dismiss(w.ctx, "max", g.URI, f.Actor("max"))), group.ReasonLastOwner)
		w.wantReason(w.did(f.Appoint(w.ctx, "max", g.URI, f.Actor("mia"))), group.ReasonAppointed)
		w.wantReason(w.did(f.Dismiss(w.ctx, "mia", g.URI, f.Actor("max"))), group.ReasonHigherRole)
		w.wantReason(w.did(f.Dismiss(w.ctx, "max", g.URI, f.Actor("mia"))), group.ReasonDismissed)
		w.wantSaidBy(f, "Remove", g.URI, 1)
	})
}

func (w *world) wantSaidBy(f *fedtest.Forum, kind, community string, want int) {
	w.t.Helper()
	got := 0
	for _, r := range f.Said(kind) {
		if r.Body["audience"] == community {
			got++
		}
	}
	if got != want {
		w.t.Errorf("%d of type %s were announced by %s, want %d", got, kind, community, want)
	}
}

// The operator's appointments are told too, and stay where the person is a member already.
func TestOperatorAppointsAndDismisses(t *testing.T) {
	onEach(t, func(w *world, f *fedtest.Forum, p *fedtest.Peer) {
		for _, who := range []string{f.Actor("max"), f.Actor("mia"), p.Actor("ann")} {
			w.operate(federation.Act{Kind: group.Appoint, Target: who})
		}
		w.wantModerators([]string{lee, f.Actor("max"), f.Actor("mia"), p.Actor("ann")}, f)
		for _, who := range []string{f.Actor("mia"), p.Actor("ann")} {
			w.operate(federation.Act{Kind: group.Dismiss, Target: who})
		}
		w.wantModerators([]string{lee, f.Actor("max")}, f)
		if !p.Follows("ann", books) || !f.Subscribed("max", books) {
			w.t.Error("whoever was dismissed follows no longer")
		}
		w.wantHome(p, "ann", w.publish(p, "ann", mention("still here")))
	})
}

// Moderators change what the group says of itself from their forum.
func TestModeratorsDescribeTheGroup(t *testing.T) {
	onEach(t, func(w *world, f *fedtest.Forum, p *fedtest.Peer) {
		other := w.subscriber(fedtest.Lemmy1(), "other.example")
		w.appoint(f.Actor("max"))
		w.wantReason(w.did(f.Describe(w.ctx, "max", books, "Book club", "We read one book a month")), group.ReasonDescribed)
		doc := w.document("/g/books")
		if doc["name"] != "Book club" || doc["summary"] != "<p>We read one book a month</p>" {
			w.t.Errorf("the group says %v: %v", doc["name"], doc["summary"])
		}
		w.wantSaid(other, "Update", 1)
		w.wantArrived(p, "Update", 1)
		w.wantArrived(p, "Announce", 0)
		if f.Title(books) != "Book club" || other.Title(books) != "Book club" {
			w.t.Errorf("forums read %q and %q", f.Title(books), other.Title(books))
		}
	})
}

// So does whoever runs the server. Lemmy believes it of somebody who could be a person, PieFed and Mbin of the group.
func TestOperatorDescribesTheGroup(t *testing.T) {
	onEach(t, func(w *world, f *fedtest.Forum, p *fedtest.Peer) {
		g, err := w.store.Group(w.ctx, "books")
		w.must(err)
		for _, title := range []string{"Book club", "Reading circle", "Book club"} {
			w.later(time.Hour)
			g.Title = title
			w.must(w.fed.EditGroup(w.ctx, g))
			w.settle()
			if got := f.Title(books); got != title {
				w.t.Errorf("the forum reads %q, want %q", got, title)
			}
		}
		w.wantArrived(p, "Update", 3)
		w.wantArrived(p, "Announce", 0)
	})
}

// A warning is between the moderator's server and the person's; here it is on record.
func TestWarningIsOnRecord(t *testing.T) {
	inWorld(t, func(w *world) {
		p := w.mastodon()
		f := w.subscriber(fedtest.Lemmy1(), "lemmy.example")
		thread := w.publish(p, "ann", mention("rude"))
		w.wantReason(w.did(f.Warn(w.ctx, "max", thread, "be kind")), group.ReasonNotModerator)
		w.appoint(f.Actor("max"))
		w.wantReason(w.did(f.Warn(w.ctx, "max", thread, "be kind")), group.ReasonWarned)
		w.wantSaid(f, "Warn", 0)
		w.wantArrived(p, "Announce", 1)
	})
}

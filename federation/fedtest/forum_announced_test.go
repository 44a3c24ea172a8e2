package fedtest_test

import (
	"testing"
	"time"

	"folkmoot/federation/fedtest"
	"folkmoot/group"
)

// wantOutcome compares what became of something that a community announced.
func (w *world) wantOutcome(f *fedtest.Forum, tea string, about any, want group.Reason) {
	w.t.Helper()
	a, err := f.Announce(w.ctx, tea, about)
	w.must(err)
	w.settle()
	w.wantReason(a, want)
}

// What a community passes on of people elsewhere is believed as their servers show it, not as it says.
func TestForgedContentInAnAnnounce(t *testing.T) {
	t.Run("ORG-08", func(t *testing.T) {
		onEachFollowed(t, func(w *world, f *fedtest.Forum, tea string, p *fedtest.Peer, _ *fedtest.Forum) {
			create := p.Write("ann", mention("what she wrote"))
			note := create["object"].(object)
			real := note["id"].(string)
			forged := object{}
			for k, v := range note {
				forged[k] = v
			}
			forged["content"], forged["contentMap"] = "<p>what she never wrote</p>", object{"en": "<p>what she never wrote</p>"}
			inHerName := object{"id": create["id"], "type": "Create", "actor": p.Actor("ann"), "object": forged, "to": note["to"], "cc": note["cc"]}
			w.wantOutcome(f, tea, inHerName, group.ReasonThread)
			w.wantShown("books", real)
			if got := w.filed("books", real).HTML; !says("what she wrote")(fedtest.View{Text: got}) {
				w.t.Errorf("filed as %q", got)
			}

			// A post that its origin does not have.
			forged["id"] = p.Origin + "/users/ann/statuses/none"
			inHerName["id"] = create["id"].(string) + "2"
			w.wantOutcome(f, tea, inHerName, group.ReasonUnverified)
			// An edit that never was.
			w.later(time.Hour)
			forged["id"], forged["updated"] = real, p.Later(0)
			edit := object{"id": real + "#updates/1", "type": "Update", "actor": p.Actor("ann"), "object": forged}
			a, err := f.Announce(w.ctx, tea, edit)
			w.must(err)
			w.settle()
			w.reason(a)
			if got := w.filed("books", real).HTML; !says("what she wrote")(fedtest.View{Text: got}) {
				w.t.Errorf("edited to %q", got)
			}
			// Her post in somebody else's name, and somebody else's in hers.
			mine := w.inTea(f, "mia", "Mia's")
			page := object{"id": mine, "type": "Page", "attributedTo": p.Actor("ann"), "name": "stolen", "to": []string{asPublic}}
			w.wantOutcome(f, tea, object{"id": mine + "/1", "type": "Create", "actor": p.Actor("ann"), "object": page}, group.ReasonNotAuthor)
			if got := w.filed("books", mine).Title; got != "Mia's" {
				w.t.Errorf("Mia's post is %q", got)
			}
		})
	})
}

// A community that the group follows decides about its own threads, and about nothing of this group's.
func TestFollowedCommunityDecidesNothingHere(t *testing.T) {
	t.Run("ORG-08 MOD-01", func(t *testing.T) {
		onEachFollowed(t, func(w *world, f *fedtest.Forum, tea string, p *fedtest.Peer, readers *fedtest.Forum) {
			thread := w.publish(p, "ann", mention("ours"))
			comment := w.publish(p, "bob", reply(thread))
			heard := len(readers.Inbox(""))
			mia := f.Actor("mia")
			for kind, about := range map[string]any{
				"Like": thread, "Dislike": comment, "Delete": thread, "Lock": thread, "Add": thread, "Remove": thread,
				"Move": thread + "/context",
			} {
				a := w.handmade(f, "mia", kind, about)
				switch kind {
				case "Add":
					a["target"] = tea + "/featured"
				case "Remove":
					a["object"], a["target"] = thread+"/context", tea
				case "Move":
					a["origin"], a["target"] = tea, films
				}
				sent, err := f.Announce(w.ctx, tea, a)
				w.must(err)
				w.settle()
				if got := w.reason(sent); got != string(group.ReasonNotOurs) && got != string(group.ReasonNothingToDo) {
					w.t.Errorf("%s: %q", kind, got)
				}
			}
			for _, a := range []object{
				{"type": "Block", "object": p.Actor("ann"), "target": books},
				{"type": "Block", "object": p.Actor("ann"), "target": tea},
				{"type": "Add", "object": mia, "target": books + "/moderators"},
				{"type": "Follow", "object": books},
				{"type": "Delete", "object": mia},
				{"type": "Update", "object": object{"id": mia, "type": "Person", "name": "x"}},
				{"type": "Flag", "object": thread, "content": "x"},
				{"type": "Update", "object": object{"id": books, "type": "Group", "name": "Tea"}},
				{"type": "Warn", "object": thread, "to": []string{p.Actor("ann")}},
			} {
				a["id"], a["actor"] = f.Origin+"/activities/y/"+text(w.t, a["type"])+text(w.t, a["target"]), mia
				sent, err := f.Announce(w.ctx, tea, a)
				w.must(err)
				w.settle()
				w.wantReason(sent, group.ReasonNothingToDo)
			}
			w.wantShown("books", thread, comment)
			w.wantLikes(thread, 0)
			w.wantHome(p, "bob", thread)
			w.wantHeard(readers, heard)
			if !p.Follows("ann", books) {
				w.t.Error("Ann was thrown out")
			}
		})
	})
}

// Whoever is not followed is not listened to, whatever it announces.
func TestStrangersAnnouncesAreNotUnwrapped(t *testing.T) {
	t.Run("ORG-08", func(t *testing.T) {
		onEach(t, func(w *world, f *fedtest.Forum, p *fedtest.Peer) {
			thread := w.publish(p, "ann", mention("ours"))
			for _, kind := range []string{"Like", "Delete", "Lock"} {
				body := w.handmade(f, "max", "Announce", w.handmade(f, "mia", kind, thread))
				w.did(body, w.sent(f, "max", body))
				w.wantReason(body, group.ReasonNotFollowed)
			}
			w.wantLikes(thread, 0)
			w.wantShown("books", thread)
		})
	})
}

// PieFed announces votes in batches: a list, or a collection. Each is decided by itself.
func TestBatchOfVotes(t *testing.T) {
	inWorld(t, func(w *world) {
		p, f := w.mastodon(), w.forum(fedtest.PieFed(), "piefed.example", "max", "mia", "eve")
		tea := w.community(f, "tea")
		w.takes("books", tea, true)
		thread, ours := w.inTea(f, "mia", "vote"), w.publish(p, "ann", mention("ours"))
		for _, who := range []string{"max", "mia", "eve"} {
			w.did(f.Vote(w.ctx, who, thread, 1))
		}
		w.did(f.Vote(w.ctx, "eve", thread, 0))
		w.wantLikes(thread, 0)
		w.must(f.AnnounceVotes(w.ctx, tea))
		w.settle()
		w.wantLikes(thread, 2)
		vote := func(n, who, about string) object {
			return object{"id": f.Origin + "/activities/like/" + n, "type": "Like", "actor": f.Actor(who), "object": about}
		}
		collected := []any{vote("a", "eve", thread), vote("b", "eve", ours)}
		for _, batch := range []any{
			object{"id": f.Origin + "/batch/1", "type": "OrderedCollection", "totalItems": 2, "orderedItems": collected},
			[]any{vote("c", "eve", thread), vote("d", "max", ours), "https://piefed.example/none", 7, object{"type": "Like"}},
		} {
			w.wantOutcome(f, tea, batch, group.ReasonUnpacked)
			w.wantLikes(thread, 3)
			w.wantLikes(ours, 0)
		}
	})
}

// A member of the community at another forum writes there: its own server is asked.
func TestPostsOfOthersInAFollowedCommunity(t *testing.T) {
	onEachFollowed(t, func(w *world, f *fedtest.Forum, tea string, p *fedtest.Peer, _ *fedtest.Forum) {
		guest := w.subscriber(fedtest.PieFed(), "guest.example")
		w.subscribe(guest, "max", tea)
		thread := w.wrote(guest.Post(w.ctx, "max", tea, fedtest.Entry{Title: "From afar", Text: "words"}))
		comment := w.wrote(f.Comment(w.ctx, "mia", thread, "welcome"))
		w.sees("shown", thread, shown, f, guest)
		w.wantShown("books", thread, comment)
		w.wantHome(p, "bob", thread)
		if got := w.filed("books", thread).Author.Handle; got != "@max@guest.example" {
			w.t.Errorf("the author is %q", got)
		}
		w.wantSaidBy(guest, "Create", books, 0)
	})
}

// Members answer what was taken in; the answer stands in the group's view and goes to nobody else. This group's moderators may
// take the thread off their own view.
func TestTakenInThreadIsTheCommunitys(t *testing.T) {
	onEachFollowed(t, func(w *world, f *fedtest.Forum, tea string, p *fedtest.Peer, readers *fedtest.Forum) {
		w.appoint(readers.Actor("max"))
		thread := w.inTea(f, "mia", "Green or black?")
		heard := len(readers.Inbox(""))
		comment := w.publish(p, "bob", reply(thread))
		w.wantShown("books", thread, comment)
		w.act(p, "bob", "Like", thread)
		w.wantLikes(thread, 1)
		remove := w.handmade(readers, "max", "Delete", thread)
		remove["summary"], remove["audience"] = "not here", books
		w.did(remove, w.sent(readers, "max", remove))
		w.wantReason(remove, group.ReasonByModerator)
		w.wantShown("books")
		w.wantHome(p, "bob")
		w.wantHeard(readers, heard)
		w.sees("untouched", thread, shown, f)
	})
}

// Lemmy 1.0 communities follow groups. They get what forums get.
func TestLemmyCommunityFollowsTheGroup(t *testing.T) {
	inWorld(t, func(w *world) {
		p := w.mastodon()
		f := w.forum(fedtest.Lemmy1(), "lemmy.example", "max", "mia")
		tea, fan := w.community(f, "tea"), w.forum(fedtest.PieFed(), "fan.example", "max")
		w.subscribe(fan, "max", tea)
		w.wantReason(w.did(f.Join(w.ctx, tea, books)), group.ReasonJoined)
		thread := w.publish(p, "ann", mention("to everybody"))
		comment := w.publish(p, "bob", reply(thread))
		w.act(p, "bob", "Like", thread)
		w.sees("liked once", thread, votes(1, 0), f)
		w.sees("shown", comment, shown, f)
		w.wantSaid(f, "Create", 2)
		w.sees("passed on to the community's own people", thread, shown, fan)
		w.wantShown("books", thread, comment)
		w.wantArrived(p, "Announce", 1)
	})
}

// Two groups and a community follow each other in a circle: each thread goes round once and stops.
func TestNoLoopBetweenGroups(t *testing.T) {
	inCase(t, "OVL-04", func(w *world) {
		p := w.mastodon()
		w.follow(p, "max", films)
		f := w.forum(fedtest.Lemmy1(), "lemmy.example", "max", "mia")
		tea := w.community(f, "tea")
		w.takes("books", tea, true)
		w.takes("films", tea, true)
		w.did(f.Join(w.ctx, tea, books))
		w.did(f.Join(w.ctx, tea, films))
		thread := w.publish(p, "ann", mention("round and round"))
		comment := w.publish(p, "bob", reply(thread))
		w.act(p, "bob", "Like", thread)
		local := w.inTea(f, "mia", "From the community")
		w.later(48 * time.Hour)
		w.wantShown("books", thread, comment, local)
		w.wantShown("films", thread, comment, local)
		w.wantHome(p, "bob", thread, local)
		w.wantHome(p, "max", thread, local)
		w.wantLikes(thread, 1)
		w.wantSaid(f, "Create", 2)
		if got := len(p.Inbox("Announce")); got != 4 {
			t.Errorf("%d boosts, want one of each thread by each group", got)
		}
		if all := len(w.net.Log()); all > 400 {
			t.Errorf("%d requests", all)
		}
	})
}

// The community answers no, or ends it later.
func TestCommunityThatDeclines(t *testing.T) {
	onEachFollowed(t, func(w *world, f *fedtest.Forum, tea string, p *fedtest.Peer, _ *fedtest.Forum) {
		thread := w.inTea(f, "mia", "one")
		w.must(f.TurnAway(w.ctx, tea, books+"/agent"))
		w.settle()
		w.inTea(f, "mia", "two")
		w.wantShown("books", thread)
		if got := w.document("/g/books/following")["totalItems"]; got != 0.0 {
			w.t.Errorf("the group follows %v", got)
		}
		w.takes("books", tea, true)
		three := w.inTea(f, "mia", "three")
		if w.filed("books", three).URI == "" {
			w.t.Error("after a second try nothing comes in")
		}
	})
}

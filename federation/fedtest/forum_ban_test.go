package fedtest_test

import (
	"testing"
	"time"

	"folkmoot/federation"
	"folkmoot/federation/fedtest"
	"folkmoot/group"
	"folkmoot/store"
)

// wantBanned asks forums whether they show somebody as banned from the book club.
func (w *world) wantBanned(person string, want bool, forums ...*fedtest.Forum) {
	w.t.Helper()
	for _, f := range forums {
		if f.Banned(books, person) != want {
			w.t.Errorf("%s: banned is %v, want %v", f.Origin, !want, want)
		}
	}
}

// A ban has an end. Until then nothing the person does counts; then all is as before.
func TestBanExpires(t *testing.T) {
	onEach(t, func(w *world, f *fedtest.Forum, p *fedtest.Peer) {
		other := w.subscriber(fedtest.PieFed(), "other.example")
		w.appoint(f.Actor("max"))
		bad := other.Actor("max")
		thread := w.posts(other, "max", "before")
		until := time.Now().Add(24 * time.Hour)
		w.wantReason(w.did(f.Ban(w.ctx, "max", books, bad, fedtest.Ban{Reason: "spam", Until: until})), group.ReasonBannedNow)
		w.wantBanned(bad, true, f, other)
		w.wantShown("books", thread)

		_, refused, err := other.Post(w.ctx, "max", books, fedtest.Entry{Title: "during"})
		w.wantReason(w.did(refused, err), group.ReasonBanned)
		_, refused, err = other.Comment(w.ctx, "max", thread, "during")
		w.wantReason(w.did(refused, err), group.ReasonBanned)
		w.wantReason(w.did(other.Vote(w.ctx, "max", thread, 1)), group.ReasonBanned)
		w.later(23 * time.Hour)
		_, refused, err = other.Post(w.ctx, "max", books, fedtest.Entry{Title: "still"})
		w.wantReason(w.did(refused, err), group.ReasonBanned)

		w.later(2 * time.Hour)
		w.wantBanned(bad, false, f, other)
		after := w.posts(other, "max", "after")
		w.wantShown("books", thread, after)
		w.wantHome(p, "bob", after, thread)
		w.sees("shown", after, shown, f)
		w.sees("shown", w.publish(p, "ann", mention("hello again")), shown, other)
	})
}

// With the person goes what the person wrote, and comes back when the ban is lifted.
func TestBanWithEverything(t *testing.T) {
	for name, runs := range map[string]fedtest.Software{"lemmy019": fedtest.Lemmy019(), "lemmy1": fedtest.Lemmy1()} {
		t.Run(name, func(t *testing.T) {
			inWorld(t, func(w *world) {
				p := w.mastodon()
				f, other := w.subscriber(runs, "lemmy.example"), w.subscriber(fedtest.Lemmy1(), "other.example")
				w.appoint(f.Actor("max"))
				kept := w.publish(p, "bob", mention("stays"))
				spam := w.publish(p, "ann", mention("buy!"))
				more := w.publish(p, "ann", reply(kept))
				ban := fedtest.Ban{Reason: "spam", RemoveData: true}
				w.wantReason(w.did(f.Ban(w.ctx, "max", books, p.Actor("ann"), ban)), group.ReasonBannedNow)
				w.wantShown("books", kept)
				w.wantHome(p, "bob", kept)
				for _, post := range []string{spam, more} {
					w.sees("removed", post, removed, f, other)
				}
				if p.Follows("ann", books) {
					t.Error("Ann is banned and still follows")
				}
				a, err := p.Follow(w.ctx, "ann", books)
				w.wantReason(w.did(a, err), group.ReasonBanned)

				w.wantReason(w.did(f.Unban(w.ctx, "max", books, p.Actor("ann"), ban)), group.ReasonUnbanned)
				w.wantShown("books", kept, spam, more)
				w.wantHome(p, "bob", spam, kept)
				for _, post := range []string{spam, more} {
					w.sees("shown again", post, shown, f, other)
				}
				w.follow(p, "ann", books)
				w.settle()
				w.wantHome(p, "bob", spam, kept, w.publish(p, "ann", mention("better this time")))
			})
		})
	}
}

// The only follower of a server is banned: the server hears of it, and of the end of it. Lemmy takes nothing of a community that
// nobody there follows, so the follow stays, and a server of that kind keeps its people out itself.
func TestBanOfTheOnlyFollower(t *testing.T) {
	onEach(t, func(w *world, f *fedtest.Forum, _ *fedtest.Peer) {
		bad := f.Actor("max")
		w.operate(federation.Act{Kind: group.Ban, Target: bad, Reason: "spam"})
		w.wantBanned(bad, true, f)
		if !f.Subscribed("max", books) {
			w.t.Error("the follow was ended: the server will not hear of the end of the ban")
		}
		w.later(30 * 24 * time.Hour)
		w.operate(federation.Act{Kind: group.Unban, Target: bad})
		w.wantBanned(bad, false, f)
		w.wantShown("books", w.posts(f, "max", "I am back"))
	})
}

// On Mastodon nothing but the end of the follow tells that somebody is banned.
func TestBanOnMastodon(t *testing.T) {
	inWorld(t, func(w *world) {
		p := w.mastodon()
		f := w.subscriber(fedtest.Lemmy1(), "lemmy.example")
		w.operate(federation.Act{Kind: group.Ban, Target: p.Actor("ann"), Reason: "spam", Until: time.Now().Add(time.Hour)})
		w.wantBanned(p.Actor("ann"), true, f)
		if p.Follows("ann", books) || !p.Follows("bob", books) {
			t.Error("Ann still follows, or Bob no longer does")
		}
		w.wantArrived(p, "Reject", 1)
		w.wantArrived(p, "Announce", 0)
		w.wantCounts(store.GroupCounts{Followers: 2, Members: 3})
		w.later(2 * time.Hour)
		w.follow(p, "ann", books)
		w.settle()
		if !p.Follows("ann", books) {
			t.Error("the ban is over and Ann may not follow")
		}
	})
}

func TestUnbanBeforeTheEnd(t *testing.T) {
	onEach(t, func(w *world, f *fedtest.Forum, _ *fedtest.Peer) {
		other := w.subscriber(fedtest.Mbin(), "other.example")
		w.appoint(f.Actor("max"))
		ban := fedtest.Ban{Reason: "spam", Until: time.Now().Add(240 * time.Hour)}
		w.did(f.Ban(w.ctx, "max", books, other.Actor("max"), ban))
		w.later(time.Hour)
		w.wantReason(w.did(f.Unban(w.ctx, "max", books, other.Actor("max"), ban)), group.ReasonUnbanned)
		w.wantBanned(other.Actor("max"), false, f, other)
		w.wantShown("books", w.posts(other, "max", "thank you"))
		w.wantReason(w.did(f.Unban(w.ctx, "max", books, other.Actor("max"), ban)), group.ReasonNothingToDo)
	})
}

// Moderators are banned by owners alone, and owners by nobody.
func TestBansAmongModerators(t *testing.T) {
	inWorld(t, func(w *world) {
		f, other := w.subscriber(fedtest.Lemmy1(), "lemmy.example"), w.subscriber(fedtest.PieFed(), "piefed.example")
		w.appoint(f.Actor("max"))
		w.appoint(other.Actor("max"))
		for _, high := range []string{other.Actor("max"), "https://lee.example/users/lee"} {
			w.wantReason(w.did(f.Ban(w.ctx, "max", books, high, fedtest.Ban{Reason: "a quarrel"})), group.ReasonHigherRole)
		}
		w.wantSaid(other, "Block", 0)
		w.operate(federation.Act{Kind: group.Ban, Target: other.Actor("max"), Reason: "it was you"})
		w.wantBanned(other.Actor("max"), true, f, other)
		thread := w.posts(f, "max", "peace")
		w.wantReason(w.did(other.Lock(w.ctx, "max", thread, "no")), group.ReasonBanned)
	})
}

// A server bans one of its own people: the person is a member no longer, and others may go on.
func TestBanByThePersonsOwnServer(t *testing.T) {
	onEach(t, func(w *world, f *fedtest.Forum, p *fedtest.Peer) {
		other := w.subscriber(fedtest.Lemmy1(), "other.example")
		w.subscribe(f, "mia", books)
		thread := w.posts(f, "mia", "spam")
		before := w.counts()
		w.wantReason(w.did(f.BanHere(w.ctx, "max", "mia", books, fedtest.Ban{Reason: "spam", RemoveData: true})), group.ReasonBannedAtHome)
		before.Followers, before.Members = before.Followers-1, before.Members-1
		if f.Software == "lemmy" { // the others do not say that the posts go too
			before.Threads--
			w.wantHome(p, "bob")
		}
		w.wantCounts(before)
		ok := w.posts(f, "max", "sorry for that")
		w.sees("shown", ok, shown, other)

		w.did(f.UnbanHere(w.ctx, "max", "mia", books, fedtest.Ban{RemoveData: true}))
		w.wantShown("books", thread, ok)
		w.subscribe(f, "mia", books)
		w.posts(f, "mia", "my apologies")
	})
}

// Nobody bans people of another server from their own.
func TestBanFromAnothersServerIsNone(t *testing.T) {
	onEach(t, func(w *world, f *fedtest.Forum, p *fedtest.Peer) {
		for _, target := range []string{f.Origin + "/", p.Origin + "/", home + "/"} {
			a := w.handmade(f, "max", "Block", p.Actor("ann"))
			a["target"], a["removeData"], a["summary"] = target, true, "x"
			w.did(a, w.sent(f, "max", a))
			w.wantReason(a, group.ReasonNothingToDo)
		}
		if !p.Follows("ann", books) {
			w.t.Error("Ann was thrown out")
		}
	})
}

// Whoever leaves during a ban neither shortens nor lengthens it.
func TestLeavingDuringABan(t *testing.T) {
	onEach(t, func(w *world, f *fedtest.Forum, _ *fedtest.Peer) {
		w.operate(federation.Act{Kind: group.Ban, Target: f.Actor("max"), Reason: "spam", Until: time.Now().Add(24 * time.Hour)})
		w.wantReason(w.did(f.Unsubscribe(w.ctx, "max", books)), group.ReasonLeft)
		w.wantReason(w.subscribe(f, "max", books), group.ReasonBanned)
		w.later(25 * time.Hour)
		w.wantReason(w.subscribe(f, "max", books), group.ReasonJoined)
		w.wantShown("books", w.posts(f, "max", "here again"))
	})
}

// Whoever runs the server bans with everything, and brings everything back.
func TestOperatorBansWithEverything(t *testing.T) {
	onEach(t, func(w *world, f *fedtest.Forum, p *fedtest.Peer) {
		thread := w.publish(p, "ann", mention("buy!"))
		comment := w.publish(p, "ann", reply(thread))
		w.operate(federation.Act{Kind: group.Ban, Target: p.Actor("ann"), Reason: "spam", WithPosts: true})
		w.wantBanned(p.Actor("ann"), true, f)
		for _, post := range []string{thread, comment} {
			w.sees("removed", post, removed, f)
		}
		w.operate(federation.Act{Kind: group.Unban, Target: p.Actor("ann"), WithPosts: true})
		w.wantBanned(p.Actor("ann"), false, f)
		w.wantShown("books", thread, comment)
		for _, post := range []string{thread, comment} {
			w.sees("shown again", post, shown, f)
		}
	})
}

// A ban that took everything away may be lifted without bringing it back.
func TestUnbanWithoutTheirPosts(t *testing.T) {
	inWorld(t, func(w *world) {
		p := w.mastodon()
		f := w.subscriber(fedtest.Lemmy1(), "lemmy.example")
		w.appoint(f.Actor("max"))
		thread := w.publish(p, "ann", mention("buy!"))
		w.did(f.Ban(w.ctx, "max", books, p.Actor("ann"), fedtest.Ban{Reason: "spam", RemoveData: true}))
		w.wantReason(w.did(f.Unban(w.ctx, "max", books, p.Actor("ann"), fedtest.Ban{})), group.ReasonUnbanned)
		w.wantShown("books")
		w.sees("removed", thread, removed, f)
	})
}

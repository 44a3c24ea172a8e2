package fedtest_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"folkmoot/federation"
	"folkmoot/federation/fedtest"
	"folkmoot/group"
	"folkmoot/store"
)

// set changes the book club's settings as its owner would.
func (w *world) set(change func(*group.Settings)) {
	w.t.Helper()
	g, err := w.store.Group(w.ctx, "books")
	w.must(err)
	change(&g.Settings)
	w.must(g.Settings.Check())
	w.must(w.fed.EditGroup(w.ctx, g))
	w.settle()
}

// membership is how somebody stands with the book club.
func (w *world) membership(person string) store.Membership {
	w.t.Helper()
	g, err := w.store.Group(w.ctx, "books")
	w.must(err)
	m, err := w.store.Member(w.ctx, g.ID, person)
	w.must(err)
	return m
}

// letter answers a private message of the book club as people on microblogs do.
func (w *world) letter(p *fedtest.Peer, name, text string) object {
	w.t.Helper()
	notes := p.Inbox("Create")
	if len(notes) == 0 {
		w.t.Fatal("there is no message to answer")
	}
	about := notes[len(notes)-1].Body["object"].(object)["id"].(string)
	_, create, err := p.Publish(w.ctx, name, books, fedtest.Post{Text: text, InReplyTo: about, Mentions: []string{books}, Direct: true})
	w.must(err)
	w.settle()
	return create
}

func (w *world) wantPrivate(p *fedtest.Peer, name string, want ...string) {
	w.t.Helper()
	got := p.Private(name)
	if len(got) != len(want) {
		w.t.Fatalf("%s was told %q, want %d notes", name, got, len(want))
	}
	for i, words := range want {
		if !strings.Contains(got[i], words) {
			w.t.Errorf("%s was told %q, want %q in it", name, got[i], words)
		}
	}
}

func TestFollowWaitsForApproval(t *testing.T) {
	inWorld(t, func(w *world) {
		w.set(func(s *group.Settings) { s.Join = group.JoinApproval })
		p := w.peer("mastodon.example", "mastodon", "ann", "bob")
		follow, other := w.follow(p, "ann", books), w.follow(p, "bob", books)
		w.settle()
		w.wantReason(follow, group.ReasonApplied)
		w.wantArrived(p, "Accept", 0)
		w.wantArrived(p, "Reject", 0)
		w.wantCounts(members(0))
		w.publish(p, "ann", mention("am I in?"))
		w.wantArrived(p, "Announce", 0)
		w.wantPrivate(p, "ann", "once you are let in")

		w.operate(federation.Act{Kind: group.Admit, Target: p.Actor("ann")})
		if !p.Follows("ann", books) || p.Follows("bob", books) {
			t.Errorf("ann follows: %v, bob follows: %v", p.Follows("ann", books), p.Follows("bob", books))
		}
		if got, want := text(t, p.Inbox("Accept")[0].Body["object"]), text(t, follow); got != want {
			t.Errorf("the answer embeds %s, want the Follow as it came, %s", got, want)
		}
		w.publish(p, "ann", mention("I am in"))
		w.wantArrived(p, "Announce", 1)

		w.operate(federation.Act{Kind: group.TurnDown, Target: p.Actor("bob"), Reason: "We are full."})
		w.wantArrived(p, "Reject", 1)
		if got := p.Inbox("Reject")[0].Body["object"].(object)["id"]; got != other["id"] {
			t.Errorf("rejected %v, want %v", got, other["id"])
		}
		w.wantPrivate(p, "bob", "They say: We are full.")
		w.wantCounts(store.GroupCounts{Followers: 1, Members: 2, Threads: 1})
	})
}

// Kept for a while only: the Follow is then answered in words of this server.
func TestApprovalAfterTheFollowIsForgotten(t *testing.T) {
	inWorld(t, func(w *world) {
		w.set(func(s *group.Settings) { s.Join = group.JoinApproval })
		p := w.peer("mastodon.example", "mastodon", "ann")
		follow := w.follow(p, "ann", books)
		w.later(40 * 24 * time.Hour)
		_, err := w.store.Retain(w.ctx, store.Retention{Inbox: 24 * time.Hour, Outbox: time.Hour, Audit: 365 * 24 * time.Hour})
		w.must(err)
		w.operate(federation.Act{Kind: group.Admit, Target: p.Actor("ann")})
		if got := p.Inbox("Accept")[0].Body["object"].(object)["id"]; got != follow["id"] || !p.Follows("ann", books) {
			t.Errorf("accepted %v, want %v; follows: %v", got, follow["id"], p.Follows("ann", books))
		}
	})
}

// On forums the subscription is pending until a moderator decides, and gone when refused.
func TestForumsWaitForApproval(t *testing.T) {
	for name, runs := range software() {
		t.Run(name, func(t *testing.T) {
			inWorld(t, func(w *world) {
				w.set(func(s *group.Settings) { s.Join = group.JoinApproval })
				f := w.forum(runs, "forum.example", "kim", "max")
				w.subscribe(f, "kim", books)
				w.subscribe(f, "max", books)
				if f.Subscribed("kim", books) || f.Subscribed("max", books) {
					t.Error("subscribed before anybody decided")
				}
				w.wantCounts(members(0))
				w.operate(federation.Act{Kind: group.Admit, Target: f.Actor("kim")})
				w.operate(federation.Act{Kind: group.TurnDown, Target: f.Actor("max"), Reason: "Not now."})
				if !f.Subscribed("kim", books) || f.Subscribed("max", books) {
					t.Errorf("kim: %v, max: %v", f.Subscribed("kim", books), f.Subscribed("max", books))
				}
				if got := f.Private("max"); len(got) != 1 || !strings.Contains(got[0], "Not now.") {
					t.Errorf("max was told %q", got)
				}
				w.posts(f, "kim", "A book")
				w.wantCounts(store.GroupCounts{Followers: 1, Members: 2, Threads: 1})
			})
		})
	}
}

func TestJoiningQuestions(t *testing.T) {
	inWorld(t, func(w *world) {
		w.set(func(s *group.Settings) {
			s.Join, s.Joining = group.JoinApproval, group.Joining{Questions: []string{"Which book did you read last?"}}
			s.Welcome.Note = "Hello and welcome!"
		})
		p := w.peer("mastodon.example", "mastodon", "ann")
		w.wantReasonLater(w.follow(p, "ann", books), group.ReasonAsked)
		w.wantPrivate(p, "ann", "1. Which book did you read last?")
		w.wantReason(w.letter(p, "ann", "Middlemarch, twice"), group.ReasonAnswered)
		if m := w.membership(p.Actor("ann")); m.State != group.Applied || m.Answer != "Middlemarch, twice" {
			t.Errorf("ann is %q and says %q", m.State, m.Answer)
		}
		w.operate(federation.Act{Kind: group.Admit, Target: p.Actor("ann")})
		w.wantPrivate(p, "ann", "Which book", "A moderator reads your answer", "Hello and welcome!")
		w.wantReason(w.letter(p, "ann", "thank you"), group.ReasonNothingToDo)

		w.must(p.Unfollow(w.ctx, "ann", books))
		w.settle()
		w.follow(p, "ann", books)
		w.settle()
		if m := w.membership(p.Actor("ann")); m.State != group.Applied || m.Answer != "" {
			t.Errorf("after leaving ann is %q and says %q", m.State, m.Answer)
		}
	})
}

func (w *world) wantReasonLater(a object, want group.Reason) {
	w.t.Helper()
	w.settle()
	w.wantReason(a, want)
}

// Where no moderator decides, whoever agrees to the rules is in; on a forum too.
func TestAgreeToTheRules(t *testing.T) {
	inWorld(t, func(w *world) {
		w.set(func(s *group.Settings) { s.Joining = group.Joining{Rules: "Be kind.", Agree: true} })
		p := w.peer("mastodon.example", "mastodon", "ann", "eve")
		w.follow(p, "ann", books)
		w.settle()
		w.wantPrivate(p, "ann", "Be kind.")
		w.letter(p, "eve", "yes") // somebody else answers
		w.wantCounts(members(0))
		w.wantReason(w.letter(p, "ann", "yes"), group.ReasonJoined)
		w.wantCounts(members(1))
		if !p.Follows("ann", books) {
			t.Error("the follow still waits")
		}

		f := w.forum(fedtest.Lemmy1(), "lemmy.example", "kim")
		w.subscribe(f, "kim", books)
		if got := f.Private("kim"); len(got) != 1 || !strings.Contains(got[0], "Be kind.") || f.Subscribed("kim", books) {
			t.Fatalf("kim was told %q; subscribed: %v", got, f.Subscribed("kim", books))
		}
		agent := books + "/agent"
		id := f.Origin + "/private_message/1"
		w.send(f, "kim", object{
			"@context": "https://www.w3.org/ns/activitystreams", "id": f.Origin + "/activities/create/chat", "type": "Create",
			"actor": f.Actor("kim"), "to": []any{agent}, "object": object{
				"type": "ChatMessage", "id": id, "attributedTo": f.Actor("kim"), "to": []any{agent}, "content": "<p>I agree</p>",
			},
		})
		if !f.Subscribed("kim", books) || w.membership(f.Actor("kim")).Answer != "I agree" {
			t.Errorf("kim is %+v; subscribed: %v", w.membership(f.Actor("kim")), f.Subscribed("kim", books))
		}
	})
}

// Nobody reads a public answer or a poll vote as one.
func TestOnlyPrivateAnswersCount(t *testing.T) {
	inWorld(t, func(w *world) {
		w.set(func(s *group.Settings) { s.Joining.Questions = []string{"Why?"} })
		p := w.peer("mastodon.example", "mastodon", "ann")
		w.follow(p, "ann", books)
		w.settle()
		note := p.Inbox("Create")[0].Body["object"].(object)["id"].(string)
		w.publish(p, "ann", fedtest.Post{Text: "because", InReplyTo: note, Mentions: []string{books}})
		w.publish(p, "ann", fedtest.Post{Text: "because", InReplyTo: note, Mentions: []string{books}, Vote: true})
		if m := w.membership(p.Actor("ann")); m.State != group.Applied || m.Answer != "" {
			t.Errorf("ann is %q and says %q", m.State, m.Answer)
		}
	})
}

func TestReadingApartFromMembership(t *testing.T) {
	inWorld(t, func(w *world) {
		w.set(func(s *group.Settings) { s.Join, s.Joining.Apart = group.JoinApproval, true })
		p := w.peer("mastodon.example", "mastodon", "ann", "bob")
		w.follow(p, "ann", books)
		w.settle()
		if !p.Follows("ann", books) {
			t.Error("following waits, though it only reads")
		}
		w.wantCounts(store.GroupCounts{Followers: 1, Members: 1})
		w.publish(p, "ann", mention("may I?"))
		w.wantArrived(p, "Announce", 0)
		w.wantPrivate(p, "ann", "ask to join first")

		w.request(group.Request{Kind: group.Join, By: group.Person{URI: p.Actor("ann")}, Groups: []string{books}}, group.Held, group.ReasonApplied)
		w.operate(federation.Act{Kind: group.Admit, Target: p.Actor("ann")})
		w.publish(p, "ann", mention("now I may"))
		w.wantArrived(p, "Announce", 1)
		w.wantArrived(p, "Accept", 1)

		w.request(group.Request{Kind: group.Leave, By: group.Person{URI: p.Actor("ann")}, Groups: []string{books}}, group.Accepted, group.ReasonReads)
		w.wantCounts(store.GroupCounts{Followers: 1, Members: 1, Threads: 1})
		w.wantArrived(p, "Reject", 0)
	})
}

// request asks as somebody does whose wish came by no Follow: by a message or on a page.
func (w *world) request(r group.Request, verdict group.Verdict, reason group.Reason) {
	w.t.Helper()
	r.At = time.Now()
	outcomes, err := w.store.Apply(w.ctx, r, 0)
	w.must(err)
	w.settle()
	if len(outcomes) != 1 || outcomes[0].Decision.Verdict != verdict || outcomes[0].Decision.Reason != reason {
		w.t.Errorf("%s came to %+v, want %s (%s)", r.Kind, outcomes, verdict, reason)
	}
}

func TestInvitation(t *testing.T) {
	inWorld(t, func(w *world) {
		w.set(func(s *group.Settings) { s.Join = group.JoinInvite })
		p := w.peer("mastodon.example", "mastodon", "ann", "bob", "eve")
		w.wantReasonLater(w.follow(p, "eve", books), group.ReasonInviteOnly)
		w.wantArrived(p, "Reject", 1)
		for _, name := range []string{"ann", "bob"} {
			w.operate(federation.Act{Kind: group.Invite, Target: p.Actor(name), Until: time.Now().Add(48 * time.Hour)})
			w.wantPrivate(p, name, "You are invited to this group.")
		}
		w.wantReasonLater(w.follow(p, "ann", books), group.ReasonJoined)
		if !p.Follows("ann", books) {
			t.Error("an invited follow is not accepted")
		}
		w.later(49 * time.Hour)
		w.wantReasonLater(w.follow(p, "bob", books), group.ReasonInviteOnly)
		w.must(p.Unfollow(w.ctx, "ann", books))
		w.settle()
		w.wantReasonLater(w.follow(p, "ann", books), group.ReasonInviteOnly) // it let her in once
		w.wantCounts(members(0))
	})
}

func TestExpelAndCoolDown(t *testing.T) {
	inWorld(t, func(w *world) {
		w.set(func(s *group.Settings) { s.Joining.CoolDown = 7 })
		p := w.mastodon()
		w.operate(federation.Act{Kind: group.Expel, Target: p.Actor("bob"), Reason: "Too loud."})
		if p.Follows("bob", books) || !slices.Contains(p.Home("bob"), "") && len(p.Home("bob")) != 0 {
			t.Error("bob still follows")
		}
		w.wantPrivate(p, "bob", "Too loud.")
		w.wantCounts(members(1))
		w.wantReasonLater(w.follow(p, "bob", books), group.ReasonCooling)
		w.later(8 * 24 * time.Hour)
		w.wantReasonLater(w.follow(p, "bob", books), group.ReasonJoined)
		w.wantCounts(members(2))
	})
}

// A ban answers who waits, and an undone follow ends the wait.
func TestWaitingEnds(t *testing.T) {
	inWorld(t, func(w *world) {
		w.set(func(s *group.Settings) { s.Join = group.JoinApproval })
		p := w.peer("mastodon.example", "mastodon", "ann", "bob")
		w.follow(p, "ann", books)
		w.follow(p, "bob", books)
		w.settle()
		w.operate(federation.Act{Kind: group.Ban, Target: p.Actor("ann")})
		w.wantArrived(p, "Reject", 1)
		w.must(p.Unfollow(w.ctx, "bob", books))
		w.settle()
		d, err := w.fed.Moderate(w.ctx, "books", federation.Act{Kind: group.Admit, Target: p.Actor("bob")})
		w.must(err)
		if d.Reason != group.ReasonNotWaiting {
			t.Errorf("who had taken the request back was decided by %q", d.Reason)
		}
		w.wantArrived(p, "Accept", 0)
	})
}

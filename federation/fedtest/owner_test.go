package fedtest_test

import (
	"testing"
	"time"

	"folkmoot/federation"
	"folkmoot/federation/fedtest"
	"folkmoot/group"
)

// owned is a book club that Ann owns; its founder is gone.
func (w *world) owned() *fedtest.Peer {
	w.t.Helper()
	p := w.mastodon()
	w.operate(federation.Act{Kind: group.Instate, Target: p.Actor("ann")})
	w.request(group.Request{
		Kind: group.Dismiss, By: group.Person{URI: p.Actor("ann")}, Groups: []string{books}, Target: "https://lee.example/users/lee",
	}, group.Accepted, group.ReasonDismissed)
	return p
}

func (w *world) wantRole(person string, want group.Role) {
	w.t.Helper()
	if m := w.membership(person); m.Role != want || m.State != group.Joined {
		w.t.Errorf("%s is %s, %s; want %s", person, m.State, m.Role, want)
	}
}

func TestHandOver(t *testing.T) {
	inWorld(t, func(w *world) {
		p := w.owned()
		ann, bob := group.Person{URI: p.Actor("ann")}, group.Person{URI: p.Actor("bob")}
		w.request(group.Request{Kind: group.Offer, By: bob, Groups: []string{books}, Target: bob.URI}, group.Refused, group.ReasonNotOwner)
		w.request(group.Request{Kind: group.Dismiss, By: ann, Groups: []string{books}, Target: ann.URI}, group.Refused, group.ReasonLastOwner)
		w.request(group.Request{Kind: group.Leave, By: ann, Groups: []string{books}}, group.Refused, group.ReasonLastOwner)
		w.request(group.Request{Kind: group.Offer, By: ann, Groups: []string{books}, Target: bob.URI}, group.Accepted, group.ReasonOffered)
		w.wantRole(bob.URI, group.Ordinary)
		w.wantPrivate(p, "bob", "answer this message with: accept")
		w.wantReason(w.letter(p, "max", "accept"), group.ReasonNothingToDo)
		w.wantReason(w.letter(p, "bob", "Accept."), group.ReasonOwner)
		w.wantRole(bob.URI, group.Owner)
		w.wantReason(w.letter(p, "bob", "accept"), group.ReasonNothingToDo)
		w.request(group.Request{Kind: group.Dismiss, By: ann, Groups: []string{books}, Target: ann.URI}, group.Accepted, group.ReasonDismissed)
		w.wantRole(ann.URI, group.Ordinary)
		w.wantArrived(p, "Announce", 0) // nobody else reads the letters
	})
}

func TestOffersEnd(t *testing.T) {
	inWorld(t, func(w *world) {
		p := w.owned()
		ann, bob := group.Person{URI: p.Actor("ann")}, group.Person{URI: p.Actor("bob")}
		w.request(group.Request{Kind: group.Offer, By: ann, Groups: []string{books}, Target: bob.URI}, group.Accepted, group.ReasonOffered)
		w.later(15 * 24 * time.Hour)
		w.request(group.Request{Kind: group.TakeUp, By: bob, Groups: []string{books}}, group.Refused, group.ReasonNoOffer)
		w.wantRole(bob.URI, group.Ordinary)
	})
}

func TestSuccessor(t *testing.T) {
	inWorld(t, func(w *world) {
		p := w.owned()
		ann := group.Person{URI: p.Actor("ann")}
		w.request(group.Request{Kind: group.Succeed, By: ann, Groups: []string{books}, Target: p.Actor("bob")}, group.Accepted, group.ReasonSuccessor)
		w.must(p.Close(w.ctx, "ann", books))
		w.settle()
		w.wantRole(p.Actor("bob"), group.Owner)
		w.wantPrivate(p, "bob", "You own it now.")
	})
}

// Where the last owner is gone and nobody was named, whoever runs the server names somebody, or the members do.
func TestGroupWithoutOwner(t *testing.T) {
	inWorld(t, func(w *world) {
		p := w.owned()
		w.must(p.Close(w.ctx, "ann", books))
		w.settle()
		w.operate(federation.Act{Kind: group.Instate, Target: p.Actor("bob")})
		w.wantRole(p.Actor("bob"), group.Owner)
		w.wantPrivate(p, "bob", "Whoever runs its server has named you.")
	})
}

func TestMembersVoteForAnOwner(t *testing.T) {
	inWorld(t, func(w *world) {
		p := w.owned()
		other := w.peer("other.example", "mastodon", "one", "two", "late")
		w.follow(other, "one", books)
		w.follow(other, "two", books)
		w.settle()
		vote := func(by, candidate string, verdict group.Verdict, reason group.Reason) {
			t.Helper()
			w.request(group.Request{Kind: group.Nominate, By: group.Person{URI: by}, Groups: []string{books}, Target: candidate}, verdict, reason)
		}
		bob, one, two := p.Actor("bob"), other.Actor("one"), other.Actor("two")
		vote(one, bob, group.Refused, group.ReasonHasOwner)
		w.must(p.Close(w.ctx, "ann", books))
		w.settle()
		vote(one, bob, group.Refused, group.ReasonTooNew)
		w.later(31 * 24 * time.Hour)
		w.follow(other, "late", books)
		w.settle()
		vote(other.Actor("late"), bob, group.Refused, group.ReasonTooNew)
		vote(one, other.Actor("late"), group.Refused, group.ReasonNoCandidate)
		vote(one, bob, group.Accepted, group.ReasonVoted)
		vote(two, one, group.Accepted, group.ReasonVoted)
		vote(two, one, group.Ignored, group.ReasonDuplicate)
		w.later(8 * 24 * time.Hour)
		w.wantRole(bob, group.Ordinary) // two are too few
		vote(bob, one, group.Accepted, group.ReasonElected)
		w.wantRole(one, group.Owner)
		w.wantPrivate(other, "one", "have made you its owner")
		vote(two, bob, group.Refused, group.ReasonHasOwner)
	})
}

func TestVotesAreCountedWhenTheirTimeIsOver(t *testing.T) {
	inWorld(t, func(w *world) {
		p := w.owned()
		other := w.peer("other.example", "mastodon", "one", "two")
		w.follow(other, "one", books)
		w.follow(other, "two", books)
		w.settle()
		w.must(p.Close(w.ctx, "ann", books))
		w.later(31 * 24 * time.Hour)
		bob := p.Actor("bob")
		for _, by := range []string{bob, other.Actor("one"), other.Actor("two")} {
			w.request(group.Request{Kind: group.Nominate, By: group.Person{URI: by}, Groups: []string{books}, Target: bob}, group.Accepted, group.ReasonVoted)
		}
		w.later(6 * 24 * time.Hour)
		w.wantRole(bob, group.Ordinary)
		w.later(26 * time.Hour)
		w.wantRole(bob, group.Owner)
	})
}

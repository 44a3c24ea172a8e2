package group

import (
	"testing"
	"time"
)

const (
	books  = "https://groups.example/g/books"
	ann    = "https://mastodon.example/users/ann"
	bob    = "https://mastodon.example/users/bob"
	post1  = "https://mastodon.example/users/ann/statuses/1"
	lounge = "https://lemmy.example/c/lounge" // a community elsewhere
)

func openGroup() Info { return Info{URI: books, Name: "books", Settings: Defaults()} }

func member() Member { return Member{State: Joined, Role: Ordinary, Follows: true} }

func annsPost() *Post {
	return &Post{URI: post1, Author: ann, HTML: "<p>What next?</p>", Published: time.Unix(1000, 0)}
}

func publishing(p *Post) Request {
	return Request{Kind: Publish, By: Person{URI: p.Author}, Groups: []string{books}, Post: p}
}

func with(p *Post, change func(*Post)) *Post { change(p); return p }

func TestDecidePublish(t *testing.T) {
	thread := &Filed{URI: "https://x.example/1", Author: bob, State: Visible}
	tests := map[string]struct {
		state   State
		request Request
		verdict Verdict
		reason  Reason
		tells   []Telling
	}{
		"member starts a thread": {
			State{Member: member(), Addressed: true}, publishing(annsPost()), Accepted, ReasonThread, []Telling{TellThread},
		},
		"unlisted is shared too": {
			State{Member: member(), Addressed: true},
			publishing(with(annsPost(), func(p *Post) { p.Visibility = Unlisted })), Accepted, ReasonThread,
			[]Telling{TellThread},
		},
		"author wants no boosts": {
			State{Member: member(), Addressed: true},
			publishing(with(annsPost(), func(p *Post) { p.NoBoost = true })), Accepted, ReasonThread,
			[]Telling{TellWrap},
		},
		"followers-only is never announced": {
			State{Member: member(), Addressed: true},
			publishing(with(annsPost(), func(p *Post) { p.Visibility = Followers })), Ignored, ReasonNotPublic, nil,
		},
		"direct is never announced": {
			State{Member: member(), Addressed: true},
			publishing(with(annsPost(), func(p *Post) { p.Visibility = Direct })), Ignored, ReasonNotPublic, nil,
		},
		"reply in a known thread is a comment": {
			State{Member: member(), Parent: thread, Addressed: true},
			publishing(with(annsPost(), func(p *Post) { p.InReplyTo = thread.URI })), Accepted, ReasonComment,
			[]Telling{TellWrap},
		},
		"reply to a removed post": {
			State{Member: member(), Parent: &Filed{State: Removed}},
			publishing(with(annsPost(), func(p *Post) { p.InReplyTo = thread.URI })), Refused, ReasonParentGone, nil,
		},
		"reply in somebody else's thread": {
			State{Member: member(), Addressed: true},
			publishing(with(annsPost(), func(p *Post) { p.InReplyTo = "https://x.example/9" })), Ignored, ReasonForeignThread, nil,
		},
		"poll vote": {
			State{Member: member(), Parent: thread, Addressed: true},
			publishing(with(annsPost(), func(p *Post) { p.InReplyTo, p.Vote = thread.URI, true })), Ignored, ReasonVote, nil,
		},
		"stranger, first time": {
			State{Addressed: true}, publishing(annsPost()), Ignored, ReasonStranger, []Telling{TellNote},
		},
		"stranger, told before": {
			State{Addressed: true, Noticed: true}, publishing(annsPost()), Ignored, ReasonStranger, nil,
		},
		"stranger that is a machine": {
			State{Addressed: true},
			Request{Kind: Publish, By: Person{URI: ann, Bot: true}, Groups: []string{books}, Post: annsPost()},
			Ignored, ReasonStranger, nil,
		},
		"banned": {
			State{Member: Member{State: Banned}, Addressed: true}, publishing(annsPost()), Refused, ReasonBanned, nil,
		},
		"three groups at once": {
			State{Member: member(), Addressed: true},
			Request{Kind: Publish, By: Person{URI: ann}, Groups: []string{books, "b", "c"}, Post: annsPost()},
			Held, ReasonTooManyGroups,
			[]Telling{TellMods, TellNote},
		},
		"two groups at once": {
			State{Member: member(), Addressed: true},
			Request{Kind: Publish, By: Person{URI: ann}, Groups: []string{books, "b"}, Post: annsPost()},
			Accepted, ReasonThread,
			[]Telling{TellThread},
		},
		"again": {
			State{Member: member(), Addressed: true, Existing: &Filed{State: Visible}}, publishing(annsPost()), Ignored, ReasonDuplicate, nil,
		},
		"removed stays removed": {
			State{Member: member(), Addressed: true, Existing: &Filed{State: Removed}}, publishing(annsPost()), Refused, ReasonRemoved, nil,
		},
		"deleted before it came": {
			State{Member: member(), Addressed: true, Gone: true}, publishing(annsPost()), Refused, ReasonWithdrawnLater, nil,
		},
		"in another's name": {
			State{Member: member(), Addressed: true},
			Request{Kind: Publish, By: Person{URI: bob}, Groups: []string{books}, Post: annsPost()},
			Refused, ReasonNotAuthor, nil,
		},
		"not addressed": {State{Member: member()}, publishing(annsPost()), Ignored, ReasonNotAddressed, nil},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			tt.state.Group = openGroup()
			check(t, Decide(tt.state, tt.request), tt.verdict, tt.reason, tt.tells)
		})
	}
}

func TestDecideEditDelete(t *testing.T) {
	filed := func(change func(*Filed)) *Filed {
		f := &Filed{URI: post1, Author: ann, State: Visible, Updated: 1000}
		if change != nil {
			change(f)
		}
		return f
	}
	newer := with(annsPost(), func(p *Post) { p.Updated = time.Unix(2000, 0) })
	tests := map[string]struct {
		existing *Filed
		request  Request
		verdict  Verdict
		reason   Reason
		tells    []Telling
	}{
		"edit":                   {filed(nil), Request{Kind: Edit, By: Person{URI: ann}, Post: newer}, Accepted, ReasonEdited, []Telling{TellWrap}},
		"edit within a second":   {filed(func(f *Filed) { f.Updated = 2000 }), Request{Kind: Edit, By: Person{URI: ann}, Post: newer}, Accepted, ReasonEdited, []Telling{TellWrap}},
		"echo of the edit":       {filed(func(f *Filed) { f.Updated, f.Same = 2000, true }), Request{Kind: Edit, By: Person{URI: ann}, Post: newer}, Ignored, ReasonOldVersion, nil},
		"edit of a second ago":   {filed(func(f *Filed) { f.Updated = 2001 }), Request{Kind: Edit, By: Person{URI: ann}, Post: newer}, Ignored, ReasonOldVersion, nil},
		"edit without a date":    {filed(nil), Request{Kind: Edit, By: Person{URI: ann}, Post: annsPost()}, Ignored, ReasonOldVersion, nil},
		"edit by another":        {filed(nil), Request{Kind: Edit, By: Person{URI: bob}, Post: with(annsPost(), func(p *Post) { p.Author = bob })}, Refused, ReasonNotAuthor, nil},
		"edit of a removed post": {filed(func(f *Filed) { f.State = Removed }), Request{Kind: Edit, By: Person{URI: ann}, Post: newer}, Refused, ReasonRemoved, nil},
		"edit of an unknown one": {nil, Request{Kind: Edit, By: Person{URI: ann}, Groups: []string{books}, Post: newer}, Accepted, ReasonThread, []Telling{TellThread}},
		"edit that hides it": {
			filed(nil),
			Request{Kind: Edit, By: Person{URI: ann}, Post: with(annsPost(), func(p *Post) { p.Updated, p.Visibility = time.Unix(2000, 0), Direct })},
			Accepted, ReasonNotPublic,
			[]Telling{TellUndo},
		},
		"delete":                 {filed(nil), Request{Kind: Delete, By: Person{URI: ann}, Target: post1}, Accepted, ReasonDeleted, []Telling{TellUndo, TellWrap}},
		"delete of a comment":    {filed(func(f *Filed) { f.Comment = true }), Request{Kind: Delete, By: Person{URI: ann}, Target: post1}, Accepted, ReasonDeleted, []Telling{TellWrap}},
		"delete of a held post":  {filed(func(f *Filed) { f.State = Pending }), Request{Kind: Delete, By: Person{URI: ann}, Target: post1}, Accepted, ReasonDeleted, nil},
		"delete by another":      {filed(nil), Request{Kind: Delete, By: Person{URI: bob}, Target: post1}, Refused, ReasonNotAuthor, nil},
		"delete of an unknown":   {nil, Request{Kind: Delete, By: Person{URI: ann}, Target: post1}, Accepted, ReasonUnknownPost, nil},
		"delete twice":           {filed(func(f *Filed) { f.State = Deleted }), Request{Kind: Delete, By: Person{URI: ann}, Target: post1}, Ignored, ReasonGone, nil},
		"like":                   {filed(nil), Request{Kind: Like, By: Person{URI: bob}, Target: post1}, Accepted, ReasonCounted, []Telling{TellWrap}},
		"like of an unknown":     {nil, Request{Kind: Like, By: Person{URI: bob}, Target: post1}, Ignored, ReasonUnknownPost, nil},
		"unlike without a like":  {filed(nil), Request{Kind: Unlike, By: Person{URI: bob}, Target: post1}, Ignored, ReasonNothingToDo, nil},
		"report":                 {filed(nil), Request{Kind: Report, By: Person{URI: bob}, Target: post1}, Accepted, ReasonReported, []Telling{TellReport}},
		"the group on itself":    {filed(nil), Request{Kind: Like, By: Person{URI: books}, Target: post1}, Ignored, ReasonGroupItself, nil},
		"something else is kept": {filed(nil), Request{Kind: Note, By: Person{URI: bob}}, Ignored, ReasonNothingToDo, nil},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s := State{Group: openGroup(), Member: member(), Existing: tt.existing, Addressed: true}
			check(t, Decide(s, tt.request), tt.verdict, tt.reason, tt.tells)
		})
	}
}

func TestDecideMembership(t *testing.T) {
	tests := map[string]struct {
		member  Member
		kind    Kind
		join    JoinPolicy
		verdict Verdict
		reason  Reason
		tells   []Telling
		state   Membership // expected afterwards, if set
	}{
		"follow":               {Member{}, Follow, JoinOpen, Accepted, ReasonJoined, []Telling{TellAccept}, Joined},
		"follow again":         {member(), Follow, JoinOpen, Accepted, ReasonAlreadyMember, []Telling{TellAccept}, Joined},
		"follow after leaving": {Member{State: Left}, Follow, JoinOpen, Accepted, ReasonJoined, []Telling{TellAccept}, Joined},
		"follow when closed":   {Member{}, Follow, JoinClosed, Refused, ReasonClosed, []Telling{TellReject}, ""},
		"follow when banned":   {Member{State: Banned}, Follow, JoinOpen, Refused, ReasonBanned, []Telling{TellReject}, ""},
		"unfollow":             {member(), Unfollow, JoinOpen, Accepted, ReasonLeft, nil, Left},
		"unfollow a stranger":  {Member{}, Unfollow, JoinOpen, Ignored, ReasonNotMember, nil, ""},
		"unfollow when banned": {Member{State: Banned, Follows: true}, Unfollow, JoinOpen, Accepted, ReasonLeft, nil, Banned},
		"owner unfollows":      {Member{State: Joined, Role: Owner, Follows: true}, Unfollow, JoinOpen, Accepted, ReasonLeft, nil, Joined},
		"member blocks us":     {member(), Block, JoinOpen, Accepted, ReasonBlocksUs, nil, Left},
		"account deleted":      {member(), DeleteActor, JoinOpen, Accepted, ReasonActorGone, []Telling{TellWrap}, Left},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			g := openGroup()
			g.Join = tt.join
			d := Decide(State{Group: g, Member: tt.member}, Request{Kind: tt.kind, By: Person{URI: ann}, Activity: "https://a.example/1"})
			check(t, d, tt.verdict, tt.reason, tt.tells)
			if got := stateAfter(d); got != tt.state {
				t.Errorf("membership afterwards %q, want %q", got, tt.state)
			}
		})
	}
}

func TestDecideMove(t *testing.T) {
	r := Request{Kind: Move, By: Person{URI: ann}, Target: bob}
	if d := Decide(State{Group: openGroup(), Member: member()}, r); d.Reason != ReasonMoved || len(d.Effects) != 1 {
		t.Errorf("member moves: %+v", d)
	}
	if d := Decide(State{Group: openGroup(), Member: member(), Successor: Banned}, r); d.Verdict != Refused {
		t.Errorf("onto a banned account: %+v", d)
	}
	if d := Decide(State{Group: openGroup()}, r); d.Verdict != Ignored {
		t.Errorf("stranger moves: %+v", d)
	}
}

func stateAfter(d Decision) Membership {
	for _, e := range d.Effects {
		if m, ok := e.(SetMember); ok {
			return m.State
		}
	}
	return Stranger
}

func check(t *testing.T, d Decision, verdict Verdict, reason Reason, tells []Telling) {
	t.Helper()
	if d.Verdict != verdict || d.Reason != reason {
		t.Errorf("got %s %s, want %s %s", d.Verdict, d.Reason, verdict, reason)
	}
	got := tellings(d)
	if len(got) != len(tells) {
		t.Fatalf("tells %v, want %v", got, tells)
	}
	for i := range got {
		if got[i] != tells[i] {
			t.Errorf("tells %v, want %v", got, tells)
		}
	}
}

func tellings(d Decision) []Telling {
	var out []Telling
	for _, e := range d.Effects {
		if tell, ok := e.(Tell); ok {
			out = append(out, tell.What)
		}
	}
	return out
}

// TestDecideQuote checks that whoever asks to quote what the group wrote is told no, and that a ban does not leave them waiting.
func TestDecideQuote(t *testing.T) {
	r := Request{Kind: Quote, By: Person{URI: ann}, Groups: []string{books}, Target: "https://groups.example/a/note/1"}
	for _, m := range []Member{{}, member(), {State: Banned}} {
		check(t, Decide(State{Group: openGroup(), Member: m}, r), Refused, ReasonNotQuoted, []Telling{TellReject})
	}
}

package group

import (
	"slices"
	"testing"
	"time"
)

func following(kind Kind) Request {
	return Request{Kind: kind, By: Person{URI: ann}, Groups: []string{books}, Activity: "https://a.example/1", At: time.Unix(5000, 0)}
}

func TestDecideJoining(t *testing.T) {
	questions := Joining{Questions: []string{"Why?"}}
	apart := Joining{Apart: true}
	asked := Member{State: Applied, Role: Ordinary, Via: "https://a.example/0"}
	cool := Member{State: Left, Role: Ordinary, Until: 6000}
	chat := following(Join)
	smithereen := following(Join)
	smithereen.Reads = true
	onPage := following(Join)
	onPage.Text, onPage.Private = "so", true
	inWords := following(Join)
	inWords.Text = "please"
	answers := func(text string) Request { r := following(Answer); r.Text = text; return r }
	tests := map[string]struct {
		join    JoinPolicy
		joining Joining
		state   State
		request Request
		verdict Verdict
		reason  Reason
		after   Membership // "" for unchanged
		tells   []Telling
	}{
		"open":                       {JoinOpen, Joining{}, State{}, following(Follow), Accepted, ReasonJoined, Joined, []Telling{TellAccept}},
		"approval":                   {JoinApproval, Joining{}, State{}, following(Follow), Held, ReasonApplied, Applied, []Telling{TellMods}},
		"approval, asked again":      {JoinApproval, Joining{}, State{Member: asked}, following(Follow), Held, ReasonApplied, Applied, nil},
		"approval with questions":    {JoinApproval, questions, State{}, following(Follow), Held, ReasonAsked, Applied, []Telling{TellNote}},
		"open with questions":        {JoinOpen, questions, State{}, following(Follow), Held, ReasonAsked, Applied, []Telling{TellNote}},
		"answers on a page":          {JoinApproval, questions, State{}, onPage, Held, ReasonAsked, Applied, nil},
		"asks in more words":         {JoinApproval, questions, State{}, inWords, Held, ReasonAsked, Applied, []Telling{TellNote}},
		"opened meanwhile":           {JoinOpen, Joining{}, State{Member: asked}, following(Follow), Accepted, ReasonJoined, Joined, []Telling{TellAccept}},
		"answered, a moderator next": {JoinApproval, questions, State{Member: asked}, answers("so"), Held, ReasonAnswered, "", []Telling{TellMods, TellNote}},
		"answered, nobody next":      {JoinOpen, questions, State{Member: asked}, answers("so"), Accepted, ReasonJoined, Joined, []Telling{TellAdmit}},
		"answered without words":     {JoinOpen, questions, State{Member: asked}, answers(" "), Ignored, ReasonNoAnswer, "", nil},
		"answered by a stranger":     {JoinOpen, questions, State{}, answers("so"), Ignored, ReasonNothingToDo, "", nil},
		"answered what nobody asked": {JoinApproval, Joining{}, State{Member: asked}, answers("so"), Ignored, ReasonNothingToDo, "", nil},
		"invite only":                {JoinInvite, Joining{}, State{}, following(Follow), Refused, ReasonInviteOnly, "", []Telling{TellReject}},
		"invited":                    {JoinInvite, questions, State{Invited: true}, following(Follow), Accepted, ReasonJoined, Joined, []Telling{TellAccept}},
		"invited while it waits":     {JoinApproval, Joining{}, State{Invited: true, Member: asked}, chat, Accepted, ReasonJoined, Joined, []Telling{TellAdmit}},
		"invited, closed since":      {JoinClosed, Joining{}, State{Invited: true}, following(Follow), Refused, ReasonClosed, "", []Telling{TellReject}},
		"too soon":                   {JoinOpen, Joining{CoolDown: 1}, State{Member: cool}, following(Follow), Refused, ReasonCooling, "", []Telling{TellReject}},
		"invited in spite of that":   {JoinOpen, Joining{CoolDown: 1}, State{Member: cool, Invited: true}, following(Follow), Accepted, ReasonJoined, Joined, []Telling{TellAccept}},
		"reading is apart":           {JoinApproval, apart, State{}, following(Follow), Accepted, ReasonReads, Reader, []Telling{TellAccept}},
		"reading while it waits":     {JoinApproval, apart, State{Member: asked}, following(Follow), Accepted, ReasonReads, Applied, []Telling{TellAccept}},
		"reading where it is closed": {JoinClosed, apart, State{}, following(Follow), Accepted, ReasonReads, Reader, []Telling{TellAccept}},
		"asks by a message":          {JoinApproval, apart, State{Member: Member{State: Reader, Follows: true}}, chat, Held, ReasonApplied, Applied, []Telling{TellMods}},
		"asks by a message, no":      {JoinInvite, apart, State{}, chat, Refused, ReasonInviteOnly, "", nil},
		"Smithereen, no":             {JoinInvite, apart, State{}, smithereen, Refused, ReasonInviteOnly, "", []Telling{TellReject}},
		"Smithereen, yes":            {JoinOpen, apart, State{}, smithereen, Accepted, ReasonJoined, Joined, []Telling{TellAccept}},
		"unfollows while it waits":   {JoinApproval, Joining{}, State{Member: asked}, following(Unfollow), Accepted, ReasonLeft, Left, nil},
		"leaves and goes on reading": {JoinOpen, apart, State{Member: member()}, following(Leave), Accepted, ReasonReads, Reader, nil},
		"leaves":                     {JoinOpen, Joining{}, State{Member: member()}, following(Leave), Accepted, ReasonLeft, Left, []Telling{TellExpel}},
		"last owner leaves":          {JoinOpen, Joining{}, State{Owners: 1, Member: Member{State: Joined, Role: Owner}}, following(Leave), Refused, ReasonLastOwner, "", nil},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			tt.state.Group = openGroup()
			tt.state.Group.Join, tt.state.Group.Joining = tt.join, tt.joining
			wantJoining(t, Decide(tt.state, tt.request), tt.verdict, tt.reason, tt.after, tt.tells)
		})
	}
}

func wantJoining(t *testing.T, d Decision, verdict Verdict, reason Reason, after Membership, tells []Telling) {
	t.Helper()
	if d.Verdict != verdict || d.Reason != reason {
		t.Errorf("got %s %s, want %s %s", d.Verdict, d.Reason, verdict, reason)
	}
	var told []Telling
	var now Membership
	for _, e := range d.Effects {
		switch e := e.(type) {
		case Tell:
			told = append(told, e.What)
		case SetMember:
			now = e.State
		}
	}
	if !slices.Equal(told, tells) {
		t.Errorf("tells %v, want %v", told, tells)
	}
	if now != after {
		t.Errorf("afterwards %q, want %q", now, after)
	}
}

func TestDecideLettingIn(t *testing.T) {
	mod := Member{State: Joined, Role: Moderator}
	asked := Member{State: Applied, Role: Ordinary, Via: "https://b.example/0"}
	reading := Member{State: Applied, Role: Ordinary, Follows: true, Via: "https://b.example/0"}
	tests := map[string]struct {
		kind    Kind
		by      Member
		subject Member
		verdict Verdict
		reason  Reason
		after   Membership
		tells   []Telling
	}{
		"admit":                   {Admit, mod, asked, Accepted, ReasonAdmitted, Joined, []Telling{TellAdmit, TellNote}},
		"admit a reader":          {Admit, mod, reading, Accepted, ReasonAdmitted, Joined, []Telling{TellNote}},
		"admit by a member":       {Admit, member(), asked, Refused, ReasonNotModerator, "", nil},
		"admit by an ex-mod":      {Admit, Member{State: Left, Role: Moderator}, asked, Refused, ReasonNotModerator, "", nil},
		"admit who left":          {Admit, mod, Member{State: Left}, Ignored, ReasonNotWaiting, "", nil},
		"admit the banned":        {Admit, mod, Member{State: Banned}, Ignored, ReasonNotWaiting, "", nil},
		"turn down":               {TurnDown, mod, asked, Accepted, ReasonTurnedDown, Left, []Telling{TellExpel, TellNote}},
		"turn down a reader":      {TurnDown, mod, reading, Accepted, ReasonTurnedDown, Reader, []Telling{TellNote}},
		"turn down by a stranger": {TurnDown, Member{}, asked, Refused, ReasonNotModerator, "", nil},
		"expel":                   {Expel, mod, member(), Accepted, ReasonExpelled, Left, []Telling{TellExpel, TellNote}},
		"expel a moderator":       {Expel, mod, mod, Refused, ReasonHigherRole, "", nil},
		"expel an owner":          {Expel, Member{State: Joined, Role: Owner}, Member{State: Joined, Role: Owner}, Refused, ReasonHigherRole, "", nil},
		"expel a stranger":        {Expel, mod, Member{}, Ignored, ReasonNotMember, "", nil},
		"invite":                  {Invite, mod, Member{}, Accepted, ReasonInvited, "", []Telling{TellNote}},
		"invite who waits":        {Invite, mod, asked, Accepted, ReasonAdmitted, Joined, []Telling{TellAdmit, TellNote}},
		"invite the banned":       {Invite, mod, Member{State: Banned}, Refused, ReasonBanned, "", nil},
		"invite by a member":      {Invite, member(), Member{}, Refused, ReasonNotModerator, "", nil},
		"appoint who waits":       {Appoint, mod, asked, Accepted, ReasonAppointed, Joined, []Telling{TellAdmit, TellWrap}},
		"ban who waits":           {Ban, mod, asked, Accepted, ReasonBannedNow, Banned, []Telling{TellExpel, TellWrap}},
		"vouch":                   {Vouch, mod, member(), Accepted, ReasonVouched, "", nil},
		"vouch for a stranger":    {Vouch, mod, Member{}, Refused, ReasonNoMember, "", nil},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s := State{Group: openGroup(), Member: tt.by, Subject: tt.subject, Owners: 2}
			s.Group.Welcome.Note = "Welcome!"
			r := following(tt.kind)
			r.Target = bob
			wantJoining(t, Decide(s, r), tt.verdict, tt.reason, tt.after, tt.tells)
		})
	}
}

func TestTheWelcomeIsSentOnce(t *testing.T) {
	s := State{Group: openGroup(), Told: Told{NoticeWelcome: 1}}
	s.Group.Welcome.Note = "Welcome!"
	wantJoining(t, Decide(s, following(Follow)), Accepted, ReasonJoined, Joined, []Telling{TellAccept})
	s.Told = nil
	wantJoining(t, Decide(s, following(Follow)), Accepted, ReasonJoined, Joined, []Telling{TellAccept, TellNote})
	r := following(Follow)
	r.By.Bot = true
	wantJoining(t, Decide(s, r), Accepted, ReasonJoined, Joined, []Telling{TellAccept})
}

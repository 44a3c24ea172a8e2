package group

import (
	"testing"
	"time"
)

func moderator() Member { return Member{State: Joined, Role: Moderator} }

func owner() Member { return Member{State: Joined, Role: Owner} }

func annsFiled(change func(*Filed)) *Filed {
	f := &Filed{URI: post1, Author: ann, State: Visible, Updated: 1000}
	if change != nil {
		change(f)
	}
	return f
}

func TestDecideModeration(t *testing.T) {
	removed := func(f *Filed) { f.State = Removed }
	comment := func(f *Filed) { f.Comment = true }
	taken := func(f *Filed) { f.Home = lounge }
	ask := func(k Kind) Request { return Request{Kind: k, By: Person{URI: bob}, Target: post1} }
	announced := func(k Kind) Request { r := ask(k); r.Via = lounge; return r }
	announcedTo := func(to string) Request { r := announced(Relocate); r.To = to; return r }
	fromHome := func(r Request) Request { r.OwnWord = true; return r }
	following := State{Following: Following}
	tests := map[string]struct {
		state    State
		existing *Filed
		request  Request
		verdict  Verdict
		reason   Reason
		tells    []Telling
	}{
		"moderator removes a thread":                           {State{Member: moderator()}, annsFiled(nil), ask(Remove), Accepted, ReasonByModerator, []Telling{TellUndo, TellWrap}},
		"moderator deletes another's post":                     {State{Member: moderator()}, annsFiled(nil), ask(Delete), Accepted, ReasonByModerator, []Telling{TellUndo, TellWrap}},
		"moderator removes a comment":                          {State{Member: moderator()}, annsFiled(comment), ask(Remove), Accepted, ReasonByModerator, []Telling{TellWrap}},
		"removed twice":                                        {State{Member: moderator()}, annsFiled(removed), ask(Remove), Ignored, ReasonGone, nil},
		"member removes":                                       {State{Member: member()}, annsFiled(nil), ask(Remove), Refused, ReasonNotModerator, nil},
		"moderator who left":                                   {State{Member: Member{State: Left, Role: Moderator}}, annsFiled(nil), ask(Remove), Refused, ReasonNotModerator, nil},
		"operator removes":                                     {State{}, annsFiled(nil), Request{Kind: Remove, By: Person{URI: bob, Operator: true}}, Accepted, ReasonByModerator, []Telling{TellUndo, TellWrap}},
		"origin says it is gone":                               {State{}, annsFiled(nil), Request{Kind: Delete, By: Person{URI: bob}, AtOrigin: true}, Accepted, ReasonDeleted, []Telling{TellUndo, TellWrap}},
		"moderator where it is gone":                           {State{Member: moderator()}, annsFiled(nil), Request{Kind: Delete, By: Person{URI: bob}, AtOrigin: true}, Accepted, ReasonByModerator, []Telling{TellUndo, TellWrap}},
		"moderator restores":                                   {State{Member: moderator()}, annsFiled(removed), ask(Restore), Accepted, ReasonRestored, []Telling{TellBoost, TellWrap}},
		"member restores":                                      {State{Member: member()}, annsFiled(removed), ask(Restore), Refused, ReasonNotModerator, nil},
		"restore of what is shown":                             {State{Member: moderator()}, annsFiled(nil), ask(Restore), Ignored, ReasonNothingToDo, nil},
		"moderator restores what was removed and then deleted": {State{Member: moderator()}, annsFiled(func(f *Filed) { f.State = Erased }), ask(Restore), Ignored, ReasonNothingToDo, nil},
		"moderator removes what was removed and then deleted":  {State{Member: moderator()}, annsFiled(func(f *Filed) { f.State = Erased }), ask(Remove), Ignored, ReasonGone, nil},
		"moderator restores a deleted post":                    {State{Member: moderator()}, annsFiled(func(f *Filed) { f.State = Deleted }), ask(Restore), Ignored, ReasonNothingToDo, nil},
		"lock":                                                 {State{Member: moderator()}, annsFiled(nil), ask(Lock), Accepted, ReasonLock, []Telling{TellWrap}},
		"unlock":                                               {State{Member: moderator()}, annsFiled(nil), ask(Unlock), Accepted, ReasonUnlock, []Telling{TellWrap}},
		"member locks":                                         {State{Member: member()}, annsFiled(nil), ask(Lock), Refused, ReasonNotModerator, nil},
		"pin":                                                  {State{Member: moderator()}, annsFiled(nil), ask(Pin), Accepted, ReasonPinned, []Telling{TellWrap}},
		"pin twice":                                            {State{Member: moderator()}, annsFiled(func(f *Filed) { f.Pinned = true }), ask(Pin), Ignored, ReasonNothingToDo, nil},
		"pin a comment":                                        {State{Member: moderator()}, annsFiled(comment), ask(Pin), Ignored, ReasonUnknownPost, nil},
		"the home removes":                                     {following, annsFiled(taken), announced(Remove), Accepted, ReasonByModerator, []Telling{TellUndo}},
		"the home locks":                                       {following, annsFiled(taken), announced(Lock), Accepted, ReasonLock, nil},
		"another community removes ours":                       {following, annsFiled(nil), announced(Remove), Ignored, ReasonNotOurs, nil},
		"a community nobody follows":                           {State{}, annsFiled(taken), announced(Remove), Ignored, ReasonNotFollowed, nil},
		"our moderator on a taken thread":                      {State{Member: moderator()}, annsFiled(taken), ask(Remove), Accepted, ReasonByModerator, []Telling{TellUndo}},
		"thread moves away":                                    {State{Member: moderator()}, annsFiled(nil), Request{Kind: Relocate, By: Person{URI: bob}, To: lounge}, Accepted, ReasonMovedAway, []Telling{TellUndo, TellWrap}},
		"member moves a thread":                                {State{Member: member()}, annsFiled(nil), Request{Kind: Relocate, By: Person{URI: bob}, To: lounge}, Refused, ReasonNotModerator, nil},
		"taken thread moves here":                              {State{Member: moderator()}, annsFiled(taken), Request{Kind: Relocate, By: Person{URI: bob}, To: books}, Accepted, ReasonMovedHere, []Telling{TellWrap}},
		"its home says our moderator moves it here":            {State{Member: moderator(), Following: Following}, annsFiled(taken), announcedTo(books), Ignored, ReasonNotOurs, nil},
		"its home and our moderator's, that it moves here":     {State{Member: moderator(), Following: Following}, annsFiled(taken), fromHome(announcedTo(books)), Accepted, ReasonMovedHere, []Telling{TellWrap}},
		"its home and a member's, that it moves here":          {State{Member: member(), Following: Following}, annsFiled(taken), fromHome(announcedTo(books)), Refused, ReasonNotModerator, nil},
		"its home moves it elsewhere":                          {following, annsFiled(taken), announcedTo("https://piefed.example/c/tea"), Accepted, ReasonMovedAway, []Telling{TellUndo}},
		"vote of the home":                                     {following, annsFiled(taken), announced(Dislike), Accepted, ReasonCounted, nil},
		"vote of another community":                            {following, annsFiled(nil), announced(Like), Ignored, ReasonNotOurs, nil},
		"vote the other way":                                   {State{Vote: Like}, annsFiled(nil), ask(Dislike), Accepted, ReasonCounted, []Telling{TellWrap}},
		"the same vote again":                                  {State{Vote: Dislike}, annsFiled(nil), ask(Dislike), Ignored, ReasonDuplicate, nil},
		"undo of the other vote":                               {State{Vote: Dislike}, annsFiled(nil), ask(Unlike), Ignored, ReasonNothingToDo, nil},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s := tt.state
			s.Group, s.Existing = openGroup(), tt.existing
			check(t, Decide(s, tt.request), tt.verdict, tt.reason, tt.tells)
		})
	}
}

func TestDecideVotesAreKept(t *testing.T) {
	s := State{Group: openGroup(), Existing: annsFiled(nil)}
	s.Group.KeepVotes = true
	check(t, Decide(s, Request{Kind: Like, By: Person{URI: bob}}), Accepted, ReasonCounted, nil)
}

func TestDecideAuthorsRestore(t *testing.T) {
	s := State{Group: openGroup(), Existing: annsFiled(func(f *Filed) { f.State = Deleted })}
	r := Request{Kind: Restore, By: Person{URI: ann}, Post: annsPost()}
	check(t, Decide(s, r), Accepted, ReasonRestored, []Telling{TellBoost, TellWrap})
	r.Post.Visibility = Direct
	check(t, Decide(s, r), Ignored, ReasonNothingToDo, nil)
	r.Post.Visibility, r.By.URI = Public, bob
	check(t, Decide(s, r), Ignored, ReasonNothingToDo, nil)
	r.AtOrigin = true
	check(t, Decide(s, r), Accepted, ReasonRestored, []Telling{TellBoost, TellWrap})
	s.Existing.State = Removed
	check(t, Decide(s, r), Refused, ReasonNotModerator, nil)
}

func TestDecideLockedThread(t *testing.T) {
	reply := publishing(with(annsPost(), func(p *Post) { p.InReplyTo = "https://x.example/1" }))
	s := State{Group: openGroup(), Member: member(), Parent: &Filed{URI: "https://x.example/1", State: Visible, Locked: true}}
	check(t, Decide(s, reply), Refused, ReasonLocked, nil)
	s.Member = moderator()
	check(t, Decide(s, reply), Accepted, ReasonComment, []Telling{TellWrap})
}

func TestDecidePeople(t *testing.T) {
	tests := map[string]struct {
		member, subject Member
		kind            Kind
		verdict         Verdict
		reason          Reason
		tells           []Telling
		after           Member
	}{
		"ban a follower":            {moderator(), member(), Ban, Accepted, ReasonBannedNow, []Telling{TellExpel, TellWrap}, Member{State: Banned, Role: Ordinary}},
		"ban a stranger":            {moderator(), Member{}, Ban, Accepted, ReasonBannedNow, []Telling{TellWrap}, Member{State: Banned, Role: Ordinary}},
		"member bans":               {member(), member(), Ban, Refused, ReasonNotModerator, nil, Member{}},
		"moderator bans moderator":  {moderator(), moderator(), Ban, Refused, ReasonHigherRole, nil, Member{}},
		"owner bans moderator":      {owner(), moderator(), Ban, Accepted, ReasonBannedNow, []Telling{TellWrap}, Member{State: Banned, Role: Ordinary}},
		"owner bans owner":          {owner(), owner(), Ban, Refused, ReasonHigherRole, nil, Member{}},
		"unban":                     {moderator(), Member{State: Banned}, Unban, Accepted, ReasonUnbanned, []Telling{TellWrap}, Member{State: Left, Role: Ordinary}},
		"unban nobody":              {moderator(), member(), Unban, Ignored, ReasonNothingToDo, nil, Member{}},
		"appoint":                   {moderator(), member(), Appoint, Accepted, ReasonAppointed, []Telling{TellWrap}, Member{State: Joined, Role: Moderator, Follows: true}},
		"appoint a banned account":  {moderator(), Member{State: Banned}, Appoint, Refused, ReasonBanned, nil, Member{}},
		"appoint twice":             {moderator(), moderator(), Appoint, Ignored, ReasonNothingToDo, nil, Member{}},
		"appoint an owner":          {moderator(), owner(), Appoint, Ignored, ReasonNothingToDo, nil, Member{}},
		"member appoints":           {member(), member(), Appoint, Refused, ReasonNotModerator, nil, Member{}},
		"owner dismisses":           {owner(), moderator(), Dismiss, Accepted, ReasonDismissed, []Telling{TellWrap}, Member{State: Joined, Role: Ordinary}},
		"moderator dismisses other": {moderator(), moderator(), Dismiss, Refused, ReasonHigherRole, nil, Member{}},
		"dismiss the last owner":    {owner(), owner(), Dismiss, Refused, ReasonLastOwner, nil, Member{}},
		"warn":                      {moderator(), member(), Warn, Accepted, ReasonWarned, []Telling{TellNote}, Member{}},
		"member warns":              {member(), member(), Warn, Refused, ReasonNotModerator, nil, Member{}},
		"resolve":                   {moderator(), Member{}, Resolve, Accepted, ReasonResolved, []Telling{TellResolved}, Member{}},
		"member resolves":           {member(), Member{}, Resolve, Refused, ReasonNotModerator, nil, Member{}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s := State{Group: openGroup(), Member: tt.member, Subject: tt.subject, Owners: 1}
			d := Decide(s, Request{Kind: tt.kind, By: Person{URI: bob}, Target: ann})
			check(t, d, tt.verdict, tt.reason, tt.tells)
			var after Member
			for _, e := range d.Effects {
				if m, ok := e.(SetMember); ok {
					after = Member{State: m.State, Role: m.Role, Follows: m.Follow}
				}
			}
			if after != tt.after {
				t.Errorf("afterwards %+v, want %+v", after, tt.after)
			}
		})
	}
}

func TestDecideBansEnd(t *testing.T) {
	s := State{Group: openGroup(), Member: Member{State: Banned, Until: 2000}}
	r := Request{Kind: Follow, By: Person{URI: ann}, Activity: "https://a.example/1", At: time.Unix(1999, 0)}
	check(t, Decide(s, r), Refused, ReasonBanned, []Telling{TellReject})
	r.At = time.Unix(2000, 0)
	check(t, Decide(s, r), Accepted, ReasonJoined, []Telling{TellAccept})
}

// Where the person's server keeps the ban itself the follow goes on, and makes a member again of whoever is no longer banned.
func TestDecideBansThatAreKept(t *testing.T) {
	s := State{Group: openGroup(), Member: moderator(), Subject: member()}
	ban := Request{Kind: Ban, By: Person{URI: bob}, Target: ann, BansKept: true, Until: time.Unix(2000, 0), At: time.Unix(1000, 0)}
	d := Decide(s, ban)
	check(t, d, Accepted, ReasonBannedNow, []Telling{TellWrap})
	if m, ok := d.Effects[0].(SetMember); !ok || !m.Follow || m.State != Banned || m.Until != 2000 {
		t.Errorf("banned as %+v", d.Effects[0])
	}
	s.Subject = Member{State: Banned, Follows: true, Until: 2000}
	ban.Kind = Unban
	if m, ok := Decide(s, ban).Effects[0].(SetMember); !ok || !m.Follow || m.State != Joined {
		t.Errorf("unbanned as %+v", m)
	}
	over := State{Group: openGroup(), Member: s.Subject, Addressed: true}
	post := publishing(annsPost())
	post.At = time.Unix(2000, 0)
	check(t, Decide(over, post), Accepted, ReasonThread, []Telling{TellThread})
	leaves := Decide(over, Request{Kind: Unfollow, By: Person{URI: ann}, At: time.Unix(1999, 0)})
	if m, ok := leaves.Effects[0].(SetMember); !ok || m.State != Banned || m.Until != 2000 || m.Follow {
		t.Errorf("left as %+v", m)
	}
}

func TestDecideBannedAtHome(t *testing.T) {
	r := Request{Kind: Ban, By: Person{URI: bob}, Target: ann, AtOrigin: true}
	s := State{Group: openGroup(), Subject: member()}
	check(t, Decide(s, r), Accepted, ReasonBannedAtHome, []Telling{TellWrap})
	s.Subject = Member{}
	check(t, Decide(s, r), Ignored, ReasonNotMember, nil)
	r.WithPosts = true
	check(t, Decide(s, r), Accepted, ReasonBannedAtHome, []Telling{TellWrap})
}

func TestDecideSubscriptions(t *testing.T) {
	ask := Request{Kind: Subscribe, By: Person{URI: bob}, Target: lounge}
	check(t, Decide(State{Group: openGroup(), Member: owner()}, ask), Accepted, ReasonSubscribed, []Telling{TellFollow})
	check(t, Decide(State{Group: openGroup(), Member: member()}, ask), Refused, ReasonNotModerator, nil)
	check(t, Decide(State{Group: openGroup(), Member: owner(), Following: Following}, ask), Ignored, ReasonNothingToDo, nil)
	said := func(k Kind) Request { return Request{Kind: k, By: Person{URI: lounge}} }
	check(t, Decide(State{Group: openGroup(), Following: Asked}, said(Confirm)), Accepted, ReasonSubscribedNow, nil)
	check(t, Decide(State{Group: openGroup()}, said(Confirm)), Ignored, ReasonNothingToDo, nil)
	check(t, Decide(State{Group: openGroup(), Following: NotWanted}, said(Confirm)), Ignored, ReasonNothingToDo, nil)
	check(t, Decide(State{Group: openGroup(), Following: Following}, said(Decline)), Accepted, ReasonSubscriptionOver, nil)
	ask.Kind = Unsubscribe
	check(t, Decide(State{Group: openGroup(), Member: owner(), Following: Following}, ask), Accepted, ReasonUnsubscribed, []Telling{TellUnfollow})
	check(t, Decide(State{Group: openGroup(), Member: owner()}, ask), Ignored, ReasonNothingToDo, nil)
}

func TestDecideTakenInThreads(t *testing.T) {
	r := publishing(annsPost())
	r.Via, r.Groups = lounge, nil
	s := State{Group: openGroup(), Following: Following}
	d := Decide(s, r)
	check(t, d, Accepted, ReasonThread, []Telling{TellBoost})
	if f, ok := d.Effects[0].(File); !ok || f.Home != lounge {
		t.Errorf("filed as %+v", d.Effects[0])
	}
	s.Since = r.Post.Published.Unix() + 1
	check(t, Decide(s, r), Accepted, ReasonThread, nil)
	s.Following, s.Since = Asked, 0
	check(t, Decide(s, r), Ignored, ReasonNotFollowed, nil)
	s.Following = Following
	r.Post = with(annsPost(), func(p *Post) { p.InReplyTo = "https://x.example/1" })
	s.Parent = &Filed{URI: "https://x.example/1", State: Visible, Home: lounge}
	check(t, Decide(s, r), Accepted, ReasonComment, nil)
}

func TestDecideWall(t *testing.T) {
	onWall := publishing(with(annsPost(), func(p *Post) { p.Wall = books }))
	s := State{Group: openGroup(), Member: member(), Addressed: true}
	check(t, Decide(s, onWall), Accepted, ReasonThread, []Telling{TellThread, TellWall, TellWall})
	s.Member = Member{}
	check(t, Decide(s, onWall), Ignored, ReasonStranger, []Telling{TellRefuse, TellNote})
}

package group

import (
	"slices"
	"testing"
	"time"
)

func TestQuietHours(t *testing.T) {
	at := func(clock string) time.Time {
		c, err := time.Parse("15:04:05", clock)
		if err != nil {
			t.Fatal(err)
		}
		return time.Date(2026, 3, 1, c.Hour(), c.Minute(), c.Second(), 0, time.UTC)
	}
	for name, tt := range map[string]struct {
		quiet, at string
		opens     time.Time
	}{
		"evening":        {"22:00-07:00", "23:30:00", at("07:00:00").AddDate(0, 0, 1)},
		"early":          {"22:00-07:00", "03:00:00", at("07:00:00")},
		"first second":   {"22:00-07:00", "22:00:00", at("07:00:00").AddDate(0, 0, 1)},
		"last second":    {"22:00-07:00", "06:59:59", at("07:00:00")},
		"over":           {"22:00-07:00", "07:00:00", time.Time{}},
		"day":            {"22:00-07:00", "12:00:00", time.Time{}},
		"noon":           {"12:00-13:00", "12:30:00", at("13:00:00")},
		"before noon":    {"12:00-13:00", "11:59:59", time.Time{}},
		"after noon":     {"12:00-13:00", "13:00:00", time.Time{}},
		"from midnight":  {"00:00-06:00", "00:00:00", at("06:00:00")},
		"until midnight": {"20:00-00:00", "21:00:00", at("00:00:00").AddDate(0, 0, 1)},
		"none":           {"", "12:00:00", time.Time{}},
	} {
		if got := (Review{Quiet: tt.quiet}).opens(at(tt.at)); !got.Equal(tt.opens) {
			t.Errorf("%s: opens at %v, want %v", name, got, tt.opens)
		}
	}
	for _, bad := range []string{"22-7", "22:00", "25:00-07:00", "22:00-22:00", "late"} {
		if (Review{Quiet: bad}).check() == nil {
			t.Errorf("%q are taken for quiet hours", bad)
		}
	}
}

func TestHasLink(t *testing.T) {
	for html, want := range map[string]bool{
		"<p>plain</p>": false,
		`<p><a href="https://groups.example/g/books" class="u-url mention">@books</a> hello</p>`:         false,
		`<p><a href="https://a.example/tags/x" class="mention hashtag" rel="tag">#x</a></p>`:             false,
		`<p><a href="https://shop.example/" rel="nofollow">shop</a></p>`:                                 true,
		`<p><a href="https://a.example/@b" class="mention">@b</a> see https://shop.example/ now</p>`:     true,
		`<p><a href="https://a.example/@b" class="mention">@b</a> <a href="https://x.example">x</a></p>`: true,
	} {
		if got := hasLink(Post{HTML: html}); got != want {
			t.Errorf("%s: %v", html, got)
		}
	}
	if !hasLink(Post{Link: "https://x.example"}) || !hasLink(Post{Media: []Media{{Kind: "Link"}}}) || hasLink(Post{Media: []Media{{Kind: "Image"}}}) {
		t.Error("links beside the words are not seen, or pictures are")
	}
}

func TestDecideReview(t *testing.T) {
	linked := annsPost()
	linked.HTML = `<a href="https://shop.example/">buy</a>`
	thread := &Filed{URI: "https://x.example/1", Author: bob, State: Visible}
	waiting := &Filed{URI: "https://x.example/1", Author: bob, State: Pending}
	foreign := &Filed{URI: "https://x.example/1", Author: bob, State: Visible, Home: lounge}
	answering := func() *Post { return with(annsPost(), func(p *Post) { p.InReplyTo = thread.URI }) }
	wait := []Telling{TellMods, TellNote}
	tests := map[string]struct {
		review Review
		paused int64
		state  State
		post   *Post
		reason Reason
		tells  []Telling
	}{
		"nothing is reviewed":        {Review{}, 0, State{}, annsPost(), ReasonThread, []Telling{TellThread}},
		"everything is":              {Review{All: true}, 0, State{}, annsPost(), ReasonReviewed, wait},
		"everything, comments too":   {Review{All: true}, 0, State{Parent: thread}, answering(), ReasonReviewed, wait},
		"everything, but elsewhere":  {Review{All: true}, 0, State{Parent: foreign}, answering(), ReasonComment, nil},
		"everything, but moderators": {Review{All: true}, 0, State{Member: Member{State: Joined, Role: Moderator}}, annsPost(), ReasonThread, []Telling{TellThread}},
		"told today":                 {Review{All: true}, 0, State{Told: Told{NoticeHeld: 4000}}, annsPost(), ReasonReviewed, []Telling{TellMods}},
		"links":                      {Review{Links: true}, 0, State{}, linked, ReasonLinks, wait},
		"links, none":                {Review{Links: true}, 0, State{}, annsPost(), ReasonThread, []Telling{TellThread}},
		"newcomer":                   {Review{First: 2}, 0, State{Shown: 1}, annsPost(), ReasonNewcomer, wait},
		"no newcomer":                {Review{First: 2}, 0, State{Shown: 2}, annsPost(), ReasonThread, []Telling{TellThread}},
		"newcomer vouched for":       {Review{First: 2}, 0, State{Member: Member{State: Joined, Approved: true}}, annsPost(), ReasonThread, []Telling{TellThread}},
		"answer to what waits":       {Review{}, 0, State{Parent: waiting}, answering(), ReasonParentHeld, wait},
		"too soon":                   {Review{Slow: 60}, 0, State{LastPost: 4950}, annsPost(), ReasonSlow, []Telling{TellNote}},
		"soon enough":                {Review{Slow: 60}, 0, State{LastPost: 4940}, annsPost(), ReasonThread, []Telling{TellThread}},
		"first of all":               {Review{Slow: 60}, 0, State{}, annsPost(), ReasonThread, []Telling{TellThread}},
		"paused":                     {Review{}, Forever, State{}, annsPost(), ReasonPaused, []Telling{TellNote}},
		"paused until later":         {Review{}, 5001, State{}, annsPost(), ReasonPaused, []Telling{TellNote}},
		"no longer paused":           {Review{}, 5000, State{}, annsPost(), ReasonThread, []Telling{TellThread}},
		"paused, moderator":          {Review{}, Forever, State{Member: Member{State: Joined, Role: Owner}}, annsPost(), ReasonThread, []Telling{TellThread}},
		"at night":                   {Review{Quiet: "01:00-02:00"}, 0, State{}, annsPost(), ReasonQuiet, []Telling{TellNote}},
		"at night, reviewed":         {Review{Quiet: "01:00-02:00", All: true}, 0, State{}, annsPost(), ReasonReviewed, wait},
		"by day":                     {Review{Quiet: "02:00-01:00"}, 0, State{}, annsPost(), ReasonThread, []Telling{TellThread}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s := tt.state
			s.Group, s.Addressed = openGroup(), true
			s.Group.Review, s.Group.Paused = tt.review, tt.paused
			if s.Member.State == Stranger {
				s.Member = member()
			}
			r := publishing(tt.post)
			r.At = time.Unix(5000, 0) // 01:23 in the night
			d := Decide(s, r)
			if tells := tellings(d); d.Reason != tt.reason || tt.tells != nil && !slices.Equal(tells, tt.tells) {
				t.Errorf("got %s %s and tells %v, want %s and %v", d.Verdict, d.Reason, tells, tt.reason, tt.tells)
			}
		})
	}
}

func TestDecideHeld(t *testing.T) {
	mod, server := Member{State: Joined, Role: Moderator}, Person{URI: "https://groups.example/actor", Operator: true}
	waits := func(change func(*Filed)) *Filed {
		f := &Filed{URI: post1, Author: bob, State: Pending, Waiting: &Waiting{Number: 7, Fresh: true, Due: 6000}}
		change(f)
		return f
	}
	fresh := waits(func(*Filed) {})
	edited := waits(func(f *Filed) { f.State, f.Waiting.Fresh = Visible, false })
	reply := func(under PostState) *Filed { return waits(func(f *Filed) { f.Comment, f.Under = true, under }) }
	night := waits(func(f *Filed) { f.Waiting.Opens, f.Waiting.Due = 4000, 4000 })
	old := waits(func(f *Filed) { f.Waiting.Due = 4000 })
	wall := waits(func(f *Filed) { f.Waiting.Post.Wall = books })
	tests := map[string]struct {
		kind     Kind
		by       Member
		operator bool
		seen     int64
		author   Membership
		existing *Filed
		reason   Reason
		tells    []Telling
	}{
		"approve":                     {Approve, mod, false, 7, Joined, fresh, ReasonApproved, []Telling{TellThread}},
		"approve a change":            {Approve, mod, false, 7, Joined, edited, ReasonApproved, []Telling{TellWrap}},
		"approve on the wall":         {Approve, mod, false, 7, Joined, wall, ReasonApproved, []Telling{TellThread, TellWall, TellWall}},
		"approve a comment":           {Approve, mod, false, 7, Joined, reply(Visible), ReasonApproved, []Telling{TellWrap}},
		"approve, its thread waits":   {Approve, mod, false, 7, Joined, reply(Pending), ReasonParentHeld, nil},
		"approve, its thread is gone": {Approve, mod, false, 7, Joined, reply(Removed), ReasonParentHeld, nil},
		"approve what changed":        {Approve, mod, false, 6, Joined, fresh, ReasonChanged, nil},
		"approve what nobody saw":     {Approve, mod, false, 0, Joined, fresh, ReasonChanged, nil},
		"approve the banned":          {Approve, mod, false, 7, Banned, fresh, ReasonBanned, nil},
		"approve by a member":         {Approve, member(), false, 7, Joined, fresh, ReasonNotModerator, nil},
		"approve by whoever was one":  {Approve, Member{State: Left, Role: Moderator}, false, 7, Joined, fresh, ReasonNotModerator, nil},
		"approve what is decided":     {Approve, mod, false, 7, Joined, &Filed{URI: post1, State: Visible}, ReasonNothingWaits, nil},
		"approve what is unknown":     {Approve, mod, false, 7, Joined, nil, ReasonNothingWaits, nil},
		"refuse":                      {Refuse, mod, false, 7, Joined, fresh, ReasonNotApproved, []Telling{TellNote}},
		"refuse on the wall":          {Refuse, mod, false, 7, Joined, wall, ReasonNotApproved, []Telling{TellRefuse, TellNote}},
		"refuse what changed":         {Refuse, mod, false, 6, Joined, fresh, ReasonChanged, nil},
		"overdue":                     {Overdue, Member{}, true, 7, Joined, old, ReasonExpired, []Telling{TellNote}},
		"overdue, not yet":            {Overdue, Member{}, true, 7, Joined, fresh, ReasonNothingWaits, nil},
		"morning":                     {Overdue, Member{}, true, 7, Joined, night, ReasonApproved, []Telling{TellThread}},
		"morning, banned meanwhile":   {Overdue, Member{}, true, 7, Banned, night, ReasonNotApproved, nil},
		"overdue by a moderator":      {Overdue, mod, false, 7, Joined, old, ReasonNotModerator, nil},
		"overdue, replaced meanwhile": {Overdue, Member{}, true, 6, Joined, old, ReasonNothingWaits, nil},
		"pause":                       {Pause, mod, false, 0, Joined, nil, ReasonPausedNow, nil},
		"pause by a member":           {Pause, member(), false, 0, Joined, nil, ReasonNotModerator, nil},
		"resume what is not paused":   {Resume, mod, false, 0, Joined, nil, ReasonNothingToDo, nil},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			r := Request{Kind: tt.kind, By: Person{URI: ann}, Target: post1, Seen: tt.seen, At: time.Unix(5000, 0)}
			if tt.operator {
				r.By = server
			}
			d := Decide(State{Group: openGroup(), Member: tt.by, Subject: Member{State: tt.author}, Existing: tt.existing}, r)
			if tells := tellings(d); d.Reason != tt.reason || !slices.Equal(tells, tt.tells) {
				t.Errorf("got %s %s and tells %v, want %s and %v", d.Verdict, d.Reason, tells, tt.reason, tt.tells)
			}
		})
	}
}

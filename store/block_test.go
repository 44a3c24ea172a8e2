package store

import (
	"errors"
	"testing"

	"folkmoot/group"
)

const mallory = "https://sub.evil.example/users/mallory"

func suspended(subject string) group.Barrier {
	return group.Barrier{Subject: subject, Level: group.LevelSuspend}
}

// withMallory has Mallory of sub.evil.example follow the book club and post, beside Ann.
func withMallory(t *testing.T) *Store {
	t.Helper()
	s := founded(t)
	follow(t, s)
	publish(t, s)
	if err := s.SaveActor(t.Context(), Actor{URI: mallory, Inbox: mallory + "/inbox", Fetched: at()}); err != nil {
		t.Fatal(err)
	}
	apply(t, s, group.Request{Kind: group.Follow, By: group.Person{URI: mallory}, Activity: "f2", Groups: []string{books}})
	apply(t, s, mallorysPost("1"))
	return s
}

func mallorysPost(n string) group.Request {
	return group.Request{
		Kind: group.Publish, By: group.Person{URI: mallory}, Activity: "m" + n, Groups: []string{books},
		Post: &group.Post{URI: mallory + "/" + n, Author: mallory, HTML: "<p>Buy!</p>", Published: at()},
	}
}

func changeBlocks(t *testing.T, s *Store, c BlockChange) BlockEffect {
	t.Helper()
	effect, err := s.ChangeBlocks(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	return effect
}

func wantCounts(t *testing.T, s *Store, want GroupCounts) {
	t.Helper()
	g, err := s.Group(t.Context(), "books")
	if err != nil {
		t.Fatal(err)
	}
	if got, err := s.Counts(t.Context(), g.ID); err != nil || got != want {
		t.Errorf("%+v, %v, want %+v", got, err, want)
	}
}

// A block ends follows and hides members and posts; lifting it brings back all but the follows.
func TestBlockAndLift(t *testing.T) {
	s := withMallory(t)
	all := GroupCounts{Followers: 2, Members: 3, Threads: 2}
	wantCounts(t, s, all)
	preview := changeBlocks(t, s, BlockChange{Set: []group.Barrier{suspended("evil.example")}, Preview: true})
	wantCounts(t, s, all)
	if blocks, err := s.Blocks(t.Context(), 0); err != nil || len(blocks) > 0 {
		t.Fatalf("a preview changed something: %+v %v", blocks, err)
	}
	effect := changeBlocks(t, s, BlockChange{Set: []group.Barrier{suspended("evil.example")}, By: lee})
	if effect.Followers != 1 || effect.Members != 1 || effect.Posts != 1 || effect.Followers != preview.Followers || effect.Posts != preview.Posts {
		t.Errorf("%+v, previewed %+v", effect, preview)
	}
	wantCounts(t, s, GroupCounts{Followers: 1, Members: 2, Threads: 1})
	if got := scalar(t, s, `SELECT COUNT(*) FROM direct WHERE done = 0 AND inbox = $1 AND CAST(body AS TEXT) = 'expel'`, mallory+"/inbox"); got != "1" {
		t.Errorf("told %s times that the follow is over", got)
	}
	if got := scalar(t, s, `SELECT COUNT(*) FROM cursors c JOIN hosts h ON h.id = c.host_id WHERE h.name = 'sub.evil.example'`); got != "0" {
		t.Error("something is still delivered there")
	}
	for _, r := range []group.Request{
		mallorysPost("2"),
		{Kind: group.Follow, By: group.Person{URI: mallory}, Activity: "f3", Groups: []string{books}},
		{Kind: group.Like, By: group.Person{URI: mallory}, Activity: "l1", Target: post1},
		{Kind: group.Report, By: group.Person{URI: mallory}, Activity: "r1", Target: post1},
	} {
		if d := apply(t, s, r); d.Reason != group.ReasonBlocked || len(d.Effects) > 0 {
			t.Errorf("%s: %+v", r.Kind, d)
		}
	}
	reply := group.Request{
		Kind: group.Publish, By: group.Person{URI: ann}, Activity: "c9", Groups: []string{books},
		Post: &group.Post{URI: post1 + "9", Author: ann, InReplyTo: mallory + "/1", Published: at()},
	}
	if d := apply(t, s, reply); d.Reason != group.ReasonParentGone {
		t.Errorf("a reply to what is hidden: %+v", d)
	}
	effect = changeBlocks(t, s, BlockChange{Lift: []string{"evil.example"}, By: lee})
	if effect.MembersBack != 1 || effect.PostsBack != 1 {
		t.Errorf("lifted: %+v", effect)
	}
	wantCounts(t, s, GroupCounts{Followers: 1, Members: 3, Threads: 2})
	if got := scalar(t, s, `SELECT GROUP_CONCAT(kind || ' ' || target || ' ' || reason, ', ') FROM audit WHERE group_id = 0`); got !=
		"block-host evil.example block-set, unblock-host evil.example block-lifted" {
		t.Errorf("the log says %q", got)
	}
}

// What a moderator removed or its author deleted while it was hidden does not come back.
func TestHiddenPostsCanGo(t *testing.T) {
	s := withMallory(t)
	apply(t, s, mallorysPost("2"))
	changeBlocks(t, s, BlockChange{Set: []group.Barrier{suspended(mallory)}})
	apply(t, s, group.Request{Kind: group.Delete, By: group.Person{URI: mallory}, Activity: "d1", Target: mallory + "/1"})
	if d := apply(t, s, group.Request{Kind: group.Remove, By: group.Person{URI: lee}, Activity: "d2", Target: mallory + "/2"}); d.Reason != group.ReasonByModerator {
		t.Errorf("%+v", d)
	}
	if effect := changeBlocks(t, s, BlockChange{Lift: []string{mallory}}); effect.PostsBack != 0 || effect.MembersBack != 1 {
		t.Errorf("%+v", effect)
	}
	wantCounts(t, s, GroupCounts{Followers: 1, Members: 3, Threads: 1})
}

func TestBlockOfOneGroup(t *testing.T) {
	s := withMallory(t)
	r := group.Request{Kind: group.Bar, By: group.Person{URI: lee}, Activity: "b1", Groups: []string{books}, Barrier: &group.Barrier{Subject: "evil.example", Level: group.LevelSilence}}
	if d := apply(t, s, r); d.Reason != group.ReasonBarred {
		t.Fatalf("%+v", d)
	}
	if st, err := s.Standing(t.Context(), mallory); err != nil || st.Level != group.LevelNone {
		t.Errorf("the server says %+v, %v", st, err)
	}
	if d := apply(t, s, mallorysPost("2")); d.Verdict != group.Held || d.Reason != group.ReasonSilenced {
		t.Errorf("%+v", d)
	}
	if got := scalar(t, s, `SELECT state FROM posts WHERE uri = $1`, mallory+"/2"); got != "held" {
		t.Error(got)
	}
	edit := mallorysPost("1")
	edit.Kind, edit.Activity, edit.Post.Updated, edit.Post.HTML = group.Edit, "e1", at().Add(1e9), "<p>now worse</p>"
	if d := apply(t, s, edit); d.Verdict != group.Held {
		t.Errorf("%+v", d)
	}
	if got := scalar(t, s, `SELECT state FROM posts WHERE uri = $1`, mallory+"/1"); got != "held" {
		t.Errorf("edited and %s", got)
	}
	apply(t, s, group.Request{Kind: group.Unbar, By: group.Person{URI: lee}, Activity: "b2", Groups: []string{books}, Target: "evil.example"})
	if d := apply(t, s, mallorysPost("3")); d.Reason != group.ReasonThread {
		t.Errorf("%+v", d)
	}
}

func TestAllowList(t *testing.T) {
	s := withMallory(t)
	yes, no := true, false
	c := BlockChange{AllowOnly: &yes, Set: []group.Barrier{{Subject: "mastodon.example", Level: group.LevelAllow}}}
	if effect := changeBlocks(t, s, c); effect.Followers != 1 || effect.Members != 1 {
		t.Errorf("%+v", effect)
	}
	if d := apply(t, s, mallorysPost("2")); d.Reason != group.ReasonBlocked {
		t.Errorf("%+v", d)
	}
	if st, err := s.Standing(t.Context(), origin+"/actor"); err != nil || st.Suspended() {
		t.Errorf("the server shuts itself out: %v", err)
	}
	if effect := changeBlocks(t, s, BlockChange{AllowOnly: &no}); effect.MembersBack != 1 || effect.PostsBack != 1 {
		t.Errorf("%+v", effect)
	}
}

// A list of its own takes back what it no longer says, leaves what others say, and changes no more at once than it may.
func TestFollowedList(t *testing.T) {
	s := withMallory(t)
	const list = "https://lists.example/tier0.csv"
	changeBlocks(t, s, BlockChange{Source: list, Whole: true, Set: []group.Barrier{suspended("evil.example"), suspended("other.example")}})
	changeBlocks(t, s, BlockChange{Set: []group.Barrier{suspended("other.example")}})
	effect := changeBlocks(t, s, BlockChange{Source: list, Whole: true, Set: []group.Barrier{suspended("third.example")}})
	if len(effect.Added) != 1 || len(effect.Lifted) != 2 || effect.MembersBack != 1 {
		t.Errorf("%+v", effect)
	}
	if st, err := s.Standing(t.Context(), "https://other.example/x"); err != nil || !st.Suspended() {
		t.Errorf("what was blocked by hand was lifted by a list: %+v %v", st, err)
	}
	apply(t, s, group.Request{Kind: group.Follow, By: group.Person{URI: mallory}, Activity: "f3", Groups: []string{books}})
	for name, c := range map[string]BlockChange{
		"entries":   {Source: list, Whole: true, Set: []group.Barrier{suspended("a.example"), suspended("b.example")}, MaxEntries: 2},
		"followers": {Source: list, Whole: true, Set: []group.Barrier{suspended("evil.example"), suspended("mastodon.example"), suspended("third.example")}, MaxFollowers: 1},
	} {
		if _, err := s.ChangeBlocks(t.Context(), c); !errors.Is(err, ErrTooMuch) {
			t.Errorf("%s: %v", name, err)
		}
	}
	wantCounts(t, s, GroupCounts{Followers: 2, Members: 3, Threads: 2})
}

func TestHostName(t *testing.T) {
	for name, want := range map[string]string{
		"Evil.Example": "evil.example", "evil.example.": "evil.example", "bücher.example": "xn--bcher-kva.example",
		"xn--bcher-kva.example": "xn--bcher-kva.example", "evil.example:443": "evil.example", "evil.example:8443": "evil.example:8443",
		"EVIL。example": "evil.example", "": "", "a b": "", "evil.example/x": "evil.example", "<x>": "", "-x": "", "127.0.0.1": "127.0.0.1",
	} {
		if got := HostName(name); got != want {
			t.Errorf("%q is %q, want %q", name, got, want)
		}
	}
}

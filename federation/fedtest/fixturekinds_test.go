package fedtest_test

import (
	"maps"
	"reflect"
	"slices"
	"strings"

	"folkmoot/federation/fedtest"
	"folkmoot/store"
)

// scene sets up what the payload is about and returns what must be true once its actor has sent it.
func (s *stage) scene() (want func()) {
	inner := embedded(s.tree["object"])
	switch typeOf(s.tree) {
	case "Follow":
		return s.followScene()
	case "Create":
		return s.createScene(inner)
	case "Update":
		return s.updateScene(inner)
	case "Delete":
		return s.deleteScene(inner)
	case "Undo":
		return s.undoScene(inner)
	case "Announce":
		return s.announceScene(inner)
	case "Like", "EmojiReact", "Dislike":
		return s.voteScene()
	case "Flag":
		return s.flagScene()
	case "Move":
		return s.moveScene()
	default:
		return s.otherScene(inner)
	}
}

// followScene: the answer embeds the whole Follow and goes to the follower's own inbox.
func (s *stage) followScene() func() {
	s.tree["object"] = s.group
	return func() {
		accepts := s.arrived("Accept")
		if len(accepts) != 1 || !reflect.DeepEqual(accepts[0].body["object"], any(s.tree)) {
			s.errorf("answered with %v, want one Accept with the whole Follow", accepts)
			return
		}
		if inbox, _ := s.served(s.actor)["inbox"].(string); accepts[0].inbox != inbox {
			s.errorf("the answer went to %s, want %s", accepts[0].inbox, inbox)
		}
		s.wantFollower(true)
	}
}

func (s *stage) wantFollower(want bool) {
	s.t.Helper()
	n := s.number(`SELECT COUNT(*) FROM memberships m JOIN groups g ON g.id = m.group_id JOIN actors a ON a.id = m.actor_id
		WHERE g.uri = $1 AND a.uri = $2 AND m.follows AND m.state = 'member'`, s.group, s.actor)
	if (n == 1) != want {
		s.errorf("%s is a follower: %v, want %v", s.actor, n == 1, want)
	}
}

// undoScene: first what is taken back happens, then it must be gone.
func (s *stage) undoScene(inner object) func() {
	switch typeOf(inner) {
	case "Follow", "Join":
		inner["object"], inner["actor"] = s.group, s.actor
		s.first(inner)
		s.wantFollower(true)
		return func() { s.wantFollower(false) }
	case "Like", "EmojiReact", "Announce":
		thread := s.thread()
		inner["object"] = thread
		s.first(inner)
		s.wantVotes(thread, btoi(typeOf(inner) != "Announce"), btoi(typeOf(inner) == "Announce"))
		return func() { s.wantVotes(thread, 0, 0) }
	case "Dislike": // must not take a Like back
		thread := s.thread()
		inner["object"] = thread
		s.first(object{"id": s.actor + "/a-like", "type": "Like", "actor": s.actor, "object": thread})
		return func() { s.wantVotes(thread, 1, 0) }
	case "Block", "Lock", "Delete", "Add", "Remove":
		s.aim(inner, s.thread())
	}
	return s.nothing()
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

// first sends an activity that the payload takes back.
func (s *stage) first(inner object) {
	s.t.Helper()
	a := maps.Clone(inner)
	a["@context"] = s.tree["@context"]
	if status := s.send(a); status != 202 {
		s.errorf("what it takes back: status %d", status)
	}
}

// announceScene: a boost counts for a known post and brings in nothing of what is embedded; activities that somebody announces
// whom no group follows have no effect.
func (s *stage) announceScene(inner object) func() {
	thread := s.thread()
	if len(list(s.tree["object"])) == 1 && !isActivityType(typeOf(inner)) {
		before := s.find(thread)
		if inner != nil {
			inner["id"] = thread
		} else {
			s.tree["object"] = thread
		}
		return func() {
			s.wantVotes(thread, 0, 1)
			if after := s.find(thread); after.HTML != before.HTML || after.Title != before.Title {
				s.errorf("the boost changed the post to %q, %q", after.Title, after.HTML)
			}
			s.wantCounts(1, 0)
			s.wantBoosts(thread)
		}
	}
	for _, item := range list(s.tree["object"]) {
		part, _ := item.(object)
		s.person(s.actor, "Group")
		s.aim(part, thread)
	}
	return s.nothing()
}

// aim makes an activity one about the stage's thread and group, so that it would have an effect if anybody were believed.
func (s *stage) aim(a object, thread string) {
	for typeOf(embedded(a["object"])) != "" && isActivityType(typeOf(embedded(a["object"]))) {
		a = embedded(a["object"])
	}
	switch inner := embedded(a["object"]); {
	case typeOf(a) == "Block":
		victim := s.person("https://"+hostIn(s.actor)+"/users/victim", "Person")
		s.join(victim)
		a["object"], a["target"] = victim, s.group
	case typeOf(a) == "Create":
		s.address(a, inner)
	case inner != nil && !isActor(typeOf(inner)):
		inner["id"] = thread
	case typeOf(a) == "Add" || typeOf(a) == "Remove":
		s.aimList(a, thread)
	default:
		a["object"] = thread
	}
}

// aimList makes a list of somebody's the one of the stage's group.
func (s *stage) aimList(a object, thread string) {
	target := idOf(a["target"])
	switch {
	case strings.HasSuffix(target, "/moderators"):
		a["target"] = s.group + "/moderators"
	case strings.HasSuffix(target, "/featured"), strings.HasSuffix(target, "/pinned"):
		a["object"], a["target"] = thread, s.group+"/featured"
	default:
		a["object"], a["target"] = thread, s.group
	}
}

// voteScene: likes and reactions count one, a dislike is no like.
func (s *stage) voteScene() func() {
	thread := s.thread()
	if inner := embedded(s.tree["object"]); inner != nil {
		inner["id"] = thread
	} else {
		s.tree["object"] = thread
	}
	return func() {
		s.wantVotes(thread, btoi(typeOf(s.tree) != "Dislike"), 0)
		s.wantBoosts(thread)
	}
}

// wantVotes checks the counts of the stage's thread.
func (s *stage) wantVotes(uri string, likes, boosts int) {
	s.t.Helper()
	if p := s.find(uri); p.Likes != likes || p.Boosts != boosts {
		s.errorf("%d likes and %d boosts, want %d and %d", p.Likes, p.Boosts, likes, boosts)
	}
}

// flagScene: the report is there for the moderators, with its words and about the post.
func (s *stage) flagScene() func() {
	thread := s.thread()
	about := list(s.tree["object"])
	reported := about
	if i := slices.IndexFunc(about, func(v any) bool { return isPostAddress(idOf(v)) }); i >= 0 {
		reported[i] = thread
	} else {
		reported[len(reported)-1] = thread
	}
	s.tree["object"] = reported
	return func() {
		n := s.number(`SELECT COUNT(*) FROM reports r JOIN groups g ON g.id = r.group_id
			WHERE g.uri = $1 AND r.about = $2 AND r.reporter = $3 AND r.words <> ''`, s.group, thread, s.actor)
		if n != 1 {
			s.errorf("%d reports are kept, want 1", n)
		}
		s.wantCounts(1, 0)
	}
}

func isPostAddress(uri string) bool {
	return strings.Contains(uri, "/post/") || strings.Contains(uri, "/statuses/")
}

// moveScene: the new account names the old one, so the membership goes along. Moves of others than the actor do nothing.
func (s *stage) moveScene() func() {
	target := idOf(s.tree["target"])
	s.join(s.actor)
	if target == "" || idOf(s.tree["object"]) != s.actor {
		return s.nothing()
	}
	s.person(target, "Person")
	s.served(target)["alsoKnownAs"] = []any{s.actor}
	return func() {
		for actor, want := range map[string]string{target: "member", s.actor: "left"} {
			n := s.number(`SELECT COUNT(*) FROM memberships m JOIN groups g ON g.id = m.group_id JOIN actors a ON a.id = m.actor_id
				WHERE g.uri = $1 AND a.uri = $2 AND m.state = $3`, s.group, actor, want)
			if n != 1 {
				s.errorf("%s is not %s", actor, want)
			}
		}
	}
}

// otherScene: answers to what nobody asked, invitations, moderation by people who moderate nothing, unknown things. They are
// about the stage's thread or group where they can be, and nothing that is shown may change.
func (s *stage) otherScene(inner object) func() {
	thread := s.thread()
	switch typeOf(s.tree) {
	case "Accept", "Reject", "TentativeAccept", "Join", "Leave": // of events and of follows that never were
	default:
		s.aim(s.tree, thread)
	}
	if id := idOf(s.tree["audience"]); id != "" {
		s.tree, _ = replace(s.tree, id, s.group).(object)
	}
	return s.nothing()
}

// nothing checks that what is shown and passed on stays as it is.
func (s *stage) nothing() func() {
	before := s.shown()
	return func() {
		s.t.Helper()
		s.unchanged("it", before, s.shown())
	}
}

// thread posts a thread into the stage's group and returns its id. Ann reads the group, so every boost reaches her server.
func (s *stage) thread() string {
	s.t.Helper()
	s.read()
	uri, _, err := s.reader.Publish(s.ctx, "ann", s.group, fedtest.Post{Text: "What the thread says", Mentions: []string{s.group}})
	s.must(err)
	s.settle()
	s.wantBoosts(uri)
	return uri
}

// read makes Ann a member of the stage's group.
func (s *stage) read() {
	s.t.Helper()
	if !s.reader.Follows("ann", s.group) {
		s.follow(s.reader, "ann", s.group)
		s.settle()
	}
}

// wantBoosts checks that Ann's server was sent one boost for each of these posts and nothing else.
func (s *stage) wantBoosts(posts ...string) {
	s.t.Helper()
	var got []string
	for _, r := range s.reader.Inbox("Announce") {
		if r.Actor == s.group {
			uri, _ := r.Body["object"].(string)
			got = append(got, uri)
		}
	}
	if !slices.Equal(got, posts) {
		s.errorf("boosts of %q, want %q", got, posts)
	}
}

// wantCounts checks how many threads and comments the group shows.
func (s *stage) wantCounts(threads, comments int) {
	s.t.Helper()
	g, err := s.store.Group(s.ctx, s.group[strings.LastIndexByte(s.group, '/')+1:])
	s.must(err)
	c, err := s.store.Counts(s.ctx, g.ID)
	s.must(err)
	if c.Threads != threads || c.Comments != comments {
		s.errorf("%d threads and %d comments, want %d and %d", c.Threads, c.Comments, threads, comments)
	}
}

// find returns a post of the stage's group by its id; the zero post if it has none.
func (s *stage) find(uri string) store.Post {
	s.t.Helper()
	n := s.number(`SELECT COALESCE(MAX(p.id), 0) FROM posts p JOIN groups g ON g.id = p.group_id
		WHERE g.uri = $1 AND p.uri = $2`, s.group, uri)
	if n == 0 {
		return store.Post{}
	}
	p, err := s.store.Post(s.ctx, s.group[strings.LastIndexByte(s.group, '/')+1:], int64(n))
	s.must(err)
	return p
}

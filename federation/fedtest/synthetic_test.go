package fedtest_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"folkmoot/group"
)

// handWritten names what must come of each payload that was written to make a point. The payloads are played where they say they
// are, against the book club; scene prepares what they are about and returns what must be true afterwards.
func handWritten() map[string]func(s *stage) (want func()) {
	return map[string]func(s *stage) (want func()){
		"evil__create_note_other_host":                              forgedObject,
		"evil__deep_nesting":                                        nil, // refused before it is read
		"friendica__create_note_audience_array":                     crosspost,
		"lemmy__announce_add_featured":                              announcedByAStranger,
		"lemmy__announce_create_page":                               announcedByAStranger,
		"lemmy__announce_like":                                      announcedByAStranger,
		"lemmy__announce_lock":                                      announcedByAStranger,
		"lemmy__announce_undo_like":                                 announcedByAStranger,
		"lemmy__follow_from_community":                              communityFollows,
		"lemmy__get_followers_is_follower":                          nil, // a request, no activity
		"mastodon__create_note_followers_only":                      memberWrites(group.ReasonNotPublic),
		"mastodon__create_note_mention_group":                       mentionOpensAThread,
		"mastodon__create_note_reply_mentions_group_foreign_thread": foreignThread,
		"mastodon__delete_note":                                     deletedByItsAuthor,
		"mastodon__flag_two_posts":                                  reportedByAnInstance,
		"mastodon__move_actor":                                      memberMoves,
		"mastodon__quote_request":                                   aboutAThread(0, 0),
		"mastodon__undo_announce":                                   boostTakenBack,
		"mastodon__undo_follow":                                     memberLeaves,
		"mastodon__vote":                                            voteIsNoComment,
		"misskey__like_emoji":                                       aboutAThread(1, 0),
		"mitra__accept_follow_id_only":                              unasked,
		"mobilizon__event_join":                                     unasked,
		"nodebb__announce_announce":                                 announcedByAStranger,
		"nodebb__remove_context":                                    unasked,
		"piefed__announce_batch":                                    announcedByAStranger,
		"smithereen__create_note_wall_target":                       postOnTheWall,
		"smithereen__leave_group":                                   memberLeaves,
		"streams__add_create_container":                             unasked,
	}
}

// TestHandWritten plays each of them, and knows all there are.
func TestHandWritten(t *testing.T) {
	files := fixtures(t)["synthetic"]
	for name := range handWritten() {
		i := slices.IndexFunc(files, func(f fixture) bool { return f.name == name })
		if i < 0 {
			t.Fatalf("there is no payload %s", name)
		}
		t.Run(name, func(t *testing.T) { inWorldAt(t, fixtureTime(), func(w *world) { w.playHandWritten(files[i]) }) })
	}
	for _, f := range files {
		if _, ok := handWritten()[f.name]; !ok {
			t.Errorf("%s: nobody says what must happen", f.name)
		}
	}
}

func (w *world) playHandWritten(f fixture) {
	s := w.stage(f.name, books, nil, func(host string) string { return host })
	s.reader = w.peer("reader.example", "mastodon", "ann")
	s.read()
	s.perform(f.tree)
	scene := handWritten()[f.name]
	if scene == nil {
		s.refused(f)
		return
	}
	want := scene(s)
	s.tree, _ = rewrite(s.tree, func(uri string) string {
		if uri == home+"/p/7" || uri == home+"/p/8" { // posts of this server in the payloads
			return s.topic
		}
		return uri
	}).(object)
	if status := s.send(s.tree); status != http.StatusAccepted {
		s.errorf("status %d", status)
	}
	s.wantKept(s.encode(s.tree))
	w.later(10 * time.Minute) // a reply waits for its parent that long
	want()
	w.later(26 * time.Hour)
	want()
	w.wantNothingLeft()
}

func (s *stage) wantReasonOf(want group.Reason) {
	s.t.Helper()
	verdict, reason, err := s.store.Outcome(s.ctx, idOf(s.tree["id"]), s.actor)
	if err != nil || reason != string(want) {
		s.errorf("%s because %q (%v), want %q", verdict, reason, err, want)
	}
}

// forgedObject: what stands at the id is Ann's, so neither the forged words nor hers become a post of the forger.
func forgedObject(s *stage) func() {
	s.join(s.actor)
	o := embedded(s.tree["object"])
	real := object{"id": idOf(o), "type": "Note", "attributedTo": idOf(o["attributedTo"]), "content": "her own words", "to": o["to"]}
	s.serve(idOf(o), real)
	nothing := s.nothing()
	return func() {
		nothing()
		s.wantReasonOf(group.ReasonNotAuthor)
	}
}

// crosspost: of two groups in its audience only ours has the post, with one boost.
func crosspost(s *stage) func() {
	s.join(s.actor)
	return func() {
		s.wantReasonOf(group.ReasonThread)
		s.wantCounts(1, 0)
		s.wantBoosts("https://friendica.example/objects/1")
	}
}

// announcedByAStranger: no group here follows the announcer, so nothing it says counts, not even about posts it may have made.
func announcedByAStranger(s *stage) func() {
	s.person(s.actor, "Group")
	for _, post := range []string{"https://lemmy.example/post/1", "https://piefed.example/post/1", "https://nodebb.example/post/1"} {
		author := s.person("https://"+hostIn(post)+"/u/bob", "Person")
		s.join(author)
		if !strings.Contains(s.name, "announce_create") {
			s.older(object{"id": post}, author)
		}
	}
	if s.name == "lemmy__announce_undo_like" {
		s.first(embedded(embedded(s.tree["object"])["object"]))
		if s.find("https://lemmy.example/post/1").Likes != 1 {
			s.errorf("Bob's like is not counted")
		}
	}
	nothing := s.nothing()
	return func() {
		nothing()
		s.wantReasonOf(group.ReasonNotFollowed)
	}
}

// communityFollows: a community that follows ours is a follower like any other (FEP-d36d).
func communityFollows(s *stage) func() {
	s.person(s.actor, "Group")
	return s.followScene()
}

// memberWrites: a member's post that comes to nothing, for a reason.
func memberWrites(reason group.Reason) func(s *stage) func() {
	return func(s *stage) func() {
		s.join(s.actor)
		nothing := s.nothing()
		return func() {
			nothing()
			s.wantReasonOf(reason)
		}
	}
}

// mentionOpensAThread: the title is the first line without the mention. Microblogs get the boost, threadiverse software the
// wrapped Create byte for byte, others both.
func mentionOpensAThread(s *stage) func() {
	s.join(s.actor)
	lemmy := s.peer("forum.example", "lemmy", "kim")
	s.follow(lemmy, "kim", books)
	s.settle()
	return func() {
		id := idOf(embedded(s.tree["object"]))
		s.wantReasonOf(group.ReasonThread)
		s.wantCounts(1, 0)
		s.wantBoosts(id)
		if p := s.find(id); p.Title != "What should we read next?" || !strings.Contains(p.HTML, "I vote for Le Guin.") {
			s.errorf("title %q over %q", p.Title, p.HTML)
		}
		s.wantArrived(lemmy, "Announce", 1)
		if got := s.encode(lemmy.Inbox("Announce")[0].Body["object"]); string(got) != string(s.encode(s.tree)) {
			s.errorf("Lemmy got %s", got)
		}
		got := s.arrived("Announce")
		if len(got) != 2 || got[0].body["object"] != id || idOf(got[1].body["object"]) != idOf(s.tree["id"]) {
			s.errorf("software nobody knows got %v, want both forms", got)
		}
	}
}

// foreignThread: nothing is stored, and the people of that thread are not dragged in.
func foreignThread(s *stage) func() {
	s.join(s.actor)
	nothing := s.nothing()
	return func() {
		nothing()
		s.wantReasonOf(group.ReasonForeignThread)
	}
}

// deletedByItsAuthor: microblogs are told by the undone boost, threadiverse software by the wrapped Delete.
func deletedByItsAuthor(s *stage) func() {
	lemmy := s.peer("forum.example", "lemmy", "kim")
	s.follow(lemmy, "kim", books)
	s.join(s.actor)
	id := idOf(s.tree["object"])
	s.older(object{"id": id}, s.actor)
	return func() {
		s.wantCounts(0, 0)
		s.wantUndone(1)
		s.wantArrived(lemmy, "Announce", 2)
		s.wantArrived(lemmy, "Undo", 0)
		if got := s.encode(lemmy.Inbox("Announce")[1].Body["object"]); string(got) != string(s.encode(s.tree)) {
			s.errorf("Lemmy got %s, want the Delete", got)
		}
		res, doc := s.get("/g/books/post/1", "application/activity+json")
		if res.StatusCode != http.StatusGone || doc["type"] != "Tombstone" {
			s.errorf("in its place is %d %v", res.StatusCode, doc["type"])
		}
	}
}

// reportedByAnInstance: the report is in the queue of the group that has the post; the reporter is a server, not a member.
func reportedByAnInstance(s *stage) func() {
	s.person(s.actor, "Application")
	s.topic = s.thread()
	return func() {
		s.wantReasonOf(group.ReasonReported)
		n := s.number(`SELECT COUNT(*) FROM reports WHERE about = $1 AND reporter = $2 AND words = 'spam'`, s.topic, s.actor)
		if n != 1 {
			s.errorf("%d reports", n)
		}
		s.wantFollower(false)
	}
}

func memberMoves(s *stage) func() { return s.moveScene() }

// aboutAThread: the payload is about a thread of ours and leaves these counts behind.
func aboutAThread(likes, boosts int) func(s *stage) func() {
	return func(s *stage) func() {
		s.topic = s.thread()
		return func() {
			s.wantVotes(s.topic, likes, boosts)
			s.wantCounts(1, 0)
			s.wantBoosts(s.topic)
		}
	}
}

func boostTakenBack(s *stage) func() {
	s.topic = s.thread()
	boost := embedded(s.tree["object"])
	boost["object"] = s.topic
	s.first(boost)
	s.wantVotes(s.topic, 0, 1)
	return func() { s.wantVotes(s.topic, 0, 0) }
}

func memberLeaves(s *stage) func() {
	s.join(s.actor)
	s.wantFollower(true)
	return func() { s.wantFollower(false) }
}

// voteIsNoComment: it answers a poll in a thread we have, and is still not shown.
func voteIsNoComment(s *stage) func() {
	s.join(s.actor)
	s.topic = s.thread()
	nothing := s.nothing()
	return func() {
		nothing()
		s.wantReasonOf(group.ReasonVote)
	}
}

// unasked: an answer to what was never asked, or something about what is not here.
func unasked(s *stage) func() {
	s.join(s.actor)
	s.thread()
	nothing := s.nothing()
	return func() {
		nothing()
		s.wantReasonOf(group.ReasonNothingToDo)
	}
}

// postOnTheWall is a thread like any other, boosted once.
func postOnTheWall(s *stage) func() {
	s.join(s.actor)
	return func() {
		s.wantReasonOf(group.ReasonThread)
		s.wantCounts(1, 0)
		s.wantBoosts("https://sm.example/posts/5")
	}
}

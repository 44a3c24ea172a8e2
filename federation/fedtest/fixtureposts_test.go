package fedtest_test

import (
	"net/http"
	"slices"
	"strings"
)

const everybody = "https://www.w3.org/ns/activitystreams#Public"

// createScene: a public post becomes a thread with one boost, a reply in the stage's thread a comment without one. Poll votes,
// messages between people, unknown things and what its actor did not write are not shown.
func (s *stage) createScene(o object) func() {
	s.join(s.actor)
	s.address(s.tree, o)
	thread := ""
	if o != nil && idOf(o["inReplyTo"]) != "" {
		thread = s.thread()
		o["inReplyTo"] = thread
	}
	s.read()
	for _, v := range list(s.tree["object"]) {
		if vote := asObject(v); isVote(vote) { // as if for everybody, so that nothing else keeps it from being shown
			s.tree["to"], s.tree["cc"] = []any{everybody}, []any{s.group}
			vote["inReplyTo"], vote["to"], vote["cc"] = thread, []any{everybody}, []any{s.group}
		}
	}
	if !s.isShown(o) {
		return s.nothing()
	}
	return func() { s.wantFiled(o, thread) }
}

// isVote tells a poll vote: a name, nothing said, and a poll that it answers.
func isVote(o object) bool {
	return typeOf(o) == "Note" && o["name"] != nil && o["content"] == nil && idOf(o["inReplyTo"]) != ""
}

// wantFiled checks that a post is there, as a thread or as a comment in one.
func (s *stage) wantFiled(o object, thread string) {
	s.t.Helper()
	id := idOf(o["id"])
	p := s.find(id)
	if p.ID == 0 {
		_, reason, _ := s.store.Outcome(s.ctx, idOf(s.tree["id"]), s.actor)
		s.errorf("the post is not there: %s", reason)
		return
	}
	if thread != "" {
		s.wantCounts(1, 1)
		s.wantBoosts(thread)
		if p.Thread != s.find(thread).ID {
			s.errorf("the comment is in thread %d", p.Thread)
		}
		return
	}
	s.wantCounts(1, 0)
	s.wantTitle(o, p.Title)
	if mayBeBoosted(o) {
		s.wantBoosts(id)
	} else {
		s.wantBoosts()
	}
}

// mayBeBoosted says whether the author lets everybody boost the post (GoToSocial's interaction policy).
func mayBeBoosted(o object) bool {
	rule := asObject(asObject(o["interactionPolicy"])["canAnnounce"])
	return rule == nil || slices.Contains(append(list(rule["automaticApproval"]), list(rule["always"])...), any(everybody))
}

// wantTitle checks the title: the name, where it is short and plain, else the first words.
func (s *stage) wantTitle(o object, title string) {
	s.t.Helper()
	name, _ := o["name"].(string)
	switch plain := name != "" && !strings.ContainsAny(name, "<&\n") && len(name) < 200; {
	case title == "", strings.Contains(title, "\n"):
		s.errorf("the title is %q", title)
	case plain && title != strings.TrimSpace(name):
		s.errorf("the title is %q, want %q", title, name)
	}
}

// address makes the payload's group that of the stage: what its audience or its first other addressee was. A post to everybody
// that names none is made to name it.
func (s *stage) address(a, o object) {
	named := ""
	addressed := slices.Concat(list(a["audience"]), list(o["audience"]), list(a["to"]), list(a["cc"]), list(o["to"]), list(o["cc"]))
	for _, v := range addressed {
		uri := idOf(v)
		if named == "" && strings.HasPrefix(uri, "https://") && uri != s.actor && !strings.HasPrefix(uri, "https://www.w3.org/") &&
			!strings.Contains(uri, "/followers") && !strings.HasSuffix(uri, "/following") {
			named = uri
		}
	}
	if named == "" {
		a["cc"] = append(list(a["cc"]), s.group)
		if o != nil {
			o["cc"] = append(list(o["cc"]), s.group)
		}
		return
	}
	for _, part := range []object{a, o} {
		for k, v := range part {
			if k != "@context" && k != "id" && k != "actor" && k != "object" && k != "inReplyTo" {
				part[k] = replace(v, named, s.group)
			}
		}
	}
}

// isShown says whether a post is one to show: its actor's own, for everybody, and more than a vote.
func (s *stage) isShown(o object) bool {
	switch {
	case o == nil || !isPost(typeOf(o)) || !s.wrote(o):
		return false
	case isVote(o):
		return false
	}
	return isPublic(s.tree, o)
}

// wrote says whether the actor is the post's author; of several, the first who is no group counts.
func (s *stage) wrote(o object) bool {
	for _, by := range list(o["attributedTo"]) {
		if typeOf(asObject(by)) != "Group" {
			return idOf(by) == s.actor
		}
	}
	return false
}

func asObject(v any) object {
	o, _ := v.(object)
	return o
}

// isPublic says whether both the activity and its object, where they say anything, are for everybody.
func isPublic(a, o object) bool {
	said := false
	for _, part := range []object{a, o} {
		to := slices.Concat(list(part["to"]), list(part["cc"]))
		if len(to) == 0 {
			continue
		}
		said = true
		if !slices.ContainsFunc(to, func(v any) bool { return v == everybody || v == "as:Public" || v == "Public" }) {
			return false
		}
	}
	return said
}

// updateScene: the actor's own post is changed, once; an account's profile is fetched again; what belongs to others stays.
func (s *stage) updateScene(o object) func() {
	switch {
	case isActor(typeOf(o)) && idOf(o) == s.actor:
		return s.profileScene()
	case typeOf(o) == "Group":
		s.join(s.actor)
		o["id"] = s.group
		return s.nothing()
	case o == nil || !isPost(typeOf(o)):
		return s.nothing()
	}
	s.join(s.actor)
	s.address(s.tree, o)
	thread, threads := "", []string{}
	if idOf(o["inReplyTo"]) != "" {
		thread = s.thread()
		o["inReplyTo"], threads = thread, []string{thread}
	}
	s.read()
	if !s.wrote(o) {
		s.older(o, s.person("https://"+hostIn(idOf(o))+"/users/author", "Person"))
		return s.nothing()
	}
	s.older(o, s.actor)
	if thread == "" {
		threads = append(threads, idOf(o))
	}
	return func() {
		if p := s.find(idOf(o)); strings.Contains(p.HTML, "before the update") || p.Edited.IsZero() {
			_, reason, _ := s.store.Outcome(s.ctx, idOf(s.tree["id"]), s.actor)
			s.errorf("the post still says %q: %s", p.HTML, reason)
		}
		s.wantCounts(1, btoi(thread != ""))
		s.wantBoosts(threads...)
	}
}

// older posts what an Update or Delete is about.
func (s *stage) older(o object, author string) {
	s.t.Helper()
	if author != s.actor {
		s.join(author)
	}
	post := object{
		"id": idOf(o), "type": "Note", "attributedTo": author, "content": "<p>before the update</p>",
		"published": "2001-01-01T00:00:00Z",
		"to":        []any{everybody}, "cc": []any{s.group},
	}
	if isPost(typeOf(o)) {
		post["type"] = typeOf(o)
	}
	if thread := idOf(o["inReplyTo"]); thread != "" {
		post["inReplyTo"] = thread
	}
	s.serve(idOf(o), post)
	s.send(object{
		"id": "https://" + hostIn(author) + "/creates/" + s.next(), "type": "Create", "actor": author, "object": post,
		"to": []any{everybody}, "cc": []any{s.group},
	})
	if s.find(idOf(o)).ID == 0 {
		s.errorf("the post it is about could not be filed")
	}
}

// profileScene: the new name comes from the account's own document, not from the Update.
func (s *stage) profileScene() func() {
	s.join(s.actor)
	s.served(s.actor)["name"] = "New Name"
	return func() {
		a, err := s.store.Actor(s.ctx, s.actor)
		s.must(err)
		if a.Name != "New Name" {
			s.errorf("the account is still called %q", a.Name)
		}
	}
}

// deleteScene: an author's post goes, with its boost; a post of somebody else stays.
func (s *stage) deleteScene(o object) func() {
	id := idOf(s.tree["object"])
	switch {
	case id == s.actor || strings.Contains(s.name, "DeleteUser"): // Mbin's snapshot has the id blotted out
		s.tree["object"] = s.actor
		return s.accountScene()
	case typeOf(o) == "Feed":
		return s.nothing()
	}
	s.read()
	if _, byModerator := s.tree["summary"]; byModerator || hostIn(id) != hostIn(s.actor) {
		s.older(object{"id": id}, s.person("https://"+s.host(hostIn(id))+"/users/author", "Person"))
		return s.nothing()
	}
	s.join(s.actor)
	s.older(object{"id": id}, s.actor)
	return func() {
		s.wantCounts(0, 0)
		s.wantBoosts(id)
		s.wantUndone(1)
		if p := s.find(id); p.State != "deleted" || p.HTML != "" {
			s.errorf("the post is %s: %q", p.State, p.HTML)
		}
	}
}

func (s *stage) wantUndone(want int) {
	s.t.Helper()
	got := 0
	for _, r := range s.reader.Inbox("Undo") {
		got += btoi(r.Actor == s.group)
	}
	if got != want {
		s.errorf("%d boosts were taken back, want %d", got, want)
	}
}

// accountScene: of an account nobody knows the news costs no fetch; a member's posts go along.
func (s *stage) accountScene() func() {
	fetches := s.net.Count(http.MethodGet, hostIn(s.actor), "")
	if status := s.send(s.tree); status != http.StatusAccepted {
		s.errorf("of an unknown account: status %d", status)
	}
	if got := s.net.Count(http.MethodGet, hostIn(s.actor), "") - fetches; got != 0 {
		s.errorf("of an unknown account: %d fetches", got)
	}
	s.read()
	s.join(s.actor)
	post := "https://" + hostIn(s.actor) + "/posts/1"
	s.older(object{"id": post}, s.actor)
	return func() {
		s.wantCounts(0, 0)
		s.wantUndone(1)
		s.wantFollower(false)
	}
}

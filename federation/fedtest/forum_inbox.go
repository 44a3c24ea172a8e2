package fedtest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// ServeHTTP answers as the forum.
func (f *Forum) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch {
	case r.Method == http.MethodPost:
		f.inbox(w, r)
	case r.URL.Path == "/.well-known/webfinger":
		f.webfinger(w, r)
	case !f.nodeInfo(w, r):
		f.show(w, r)
	}
}

// inbox takes what is in order. What is refused is answered like it and kept for the test to find.
func (f *Forum) inbox(w http.ResponseWriter, r *http.Request) {
	body, a, ok := f.take(w, r)
	if !ok {
		return
	}
	var err error
	if f.known(textAt(a, "actor")) != nil || f.runs.tracks {
		err = f.runs.accepts(body) // which is about what groups send; Lemmy's about whatever is sent
	}
	if err == nil {
		err = f.receive(r.Context(), a)
	}
	if f.note(a, err) {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	w.WriteHeader(http.StatusOK)
}

// note keeps what was not taken and says whether it was refused.
func (f *Forum) note(a object, err error) bool {
	var refusal *Refusal
	f.mu.Lock()
	defer f.mu.Unlock()
	switch {
	case err == nil:
		return false
	case errors.As(err, &refusal) && refusal.Ignored:
		f.ignored = append(f.ignored, err)
		return false
	}
	f.refused = append(f.refused, fmt.Errorf("%s on %s: %w", shownShort(a), f.Origin, err))
	return true
}

// shownShort names an activity by its types.
func shownShort(a object) string {
	name := textAt(a, "type")
	if in := inner(a); in["type"] != nil {
		name += "{" + shownShort(in) + "}"
	}
	return name
}

func (f *Forum) receive(ctx context.Context, a object) error {
	in := inner(a)
	switch {
	case a["type"] == "Follow":
		return f.followed(ctx, a)
	case a["type"] == "Undo" && in["type"] == "Follow":
		return f.unfollowed(in)
	case a["type"] == "Accept" || a["type"] == "Reject":
		return f.answered(a, in)
	case a["type"] == "Announce":
		return f.announced(ctx, a)
	case a["type"] == "Create" && !isPublic(a):
		return f.message(ctx, a, in)
	case a["type"] == "Update" && in["type"] == "Group":
		return f.updated(in)
	}
	return f.submitted(ctx, a)
}

// answered ends the wait for a community.
func (f *Forum) answered(a, follow object) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	follows := f.follows[textAt(follow, "actor")]
	if _, asked := follows[textAt(a, "actor")]; !asked {
		return errUnknown
	}
	if follows[textAt(a, "actor")] = true; a["type"] == "Reject" {
		delete(follows, textAt(a, "actor"))
	}
	return nil
}

// updated takes what a community says of itself, if this software believes it directly; Lemmy does not get here.
func (f *Forum) updated(doc object) error {
	c := f.known(idOf(doc))
	f.mu.Lock()
	defer f.mu.Unlock()
	c.title, c.icon = textAt(doc, "name"), iconOf(doc)
	return nil
}

// message takes a private message of somebody who could be a person.
func (f *Forum) message(ctx context.Context, a, note object) error {
	if err := f.lookAt(ctx, textAt(a, "actor")); err != nil {
		return err
	}
	if f.runs.chats && note["type"] != "ChatMessage" {
		return fmt.Errorf("%w: a private message is a ChatMessage here (gotcha 74)", errForged)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, to := range texts(note["to"]) {
		f.notes[to] = append(f.notes[to], textAt(note, "content"))
	}
	return nil
}

// announced files what a community passes on: one activity, several, or a post by its address (PieFed).
func (f *Forum) announced(ctx context.Context, a object) error {
	c, err := f.visit(ctx, textAt(a, "actor"))
	if err != nil {
		return err
	}
	members, batch := a["object"].([]any)
	if !batch {
		members = []any{a["object"]}
	}
	reports := inner(a)["type"] == "Flag" || inner(a)["type"] == "Resolve" // meant for people here, followers or not
	if to := texts(inner(a)["to"]); reports && (len(to) != 1 || to[0] != c.uri) {
		return fmt.Errorf("%w: a report to %v, announced by %s", errForged, to, c.uri)
	}
	if f.runs.tracks && !f.hasFollowers(c.uri) && !reports {
		return errNoFollowers
	}
	for _, m := range members {
		in, ok := m.(object)
		if !ok {
			continue // the address of a post: PieFed and Mbin fetch it, others there have it
		}
		if err := f.unwrapped(ctx, c, in); err != nil {
			return err
		}
	}
	return nil
}

func (f *Forum) hasFollowers(community string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, follows := range f.follows {
		if _, ok := follows[community]; ok {
			return true
		}
	}
	return false
}

func (f *Forum) unwrapped(ctx context.Context, c *community, in object) error {
	if hostOf(textAt(in, "actor")) == f.host() {
		f.echoed(in)
		return nil
	}
	if err := f.lookAt(ctx, textAt(in, "actor")); err != nil {
		return err
	}
	if err := f.climb(ctx, c, textAt(inner(in), "inReplyTo")); err != nil {
		return err
	}
	decides := c
	if in["type"] == "Move" { // which is for the community that the thread leaves
		var err error
		if decides, err = f.visit(ctx, textAt(in, "origin")); err != nil {
			return err
		}
	}
	if err := f.judge(decides, in); err != nil {
		return err
	}
	f.file(c, in, false)
	return f.passOn(ctx, c, in)
}

// echoed takes its own word as the community's answer.
func (f *Forum) echoed(in object) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if p := f.posts[idOf(in["object"])]; p != nil {
		p.Pending = false
	}
}

// passOn announces to the followers of own communities what one of them follows (Lemmy 1.0). What has been announced once is not
// again, or groups that follow each other would never stop.
func (f *Forum) passOn(ctx context.Context, c *community, in object) error {
	f.mu.Lock()
	var own []*community
	for uri, follows := range f.follows {
		if o := f.communities[uri]; o != nil && o.signer != nil && follows[c.uri] && !o.said[idOf(in)] {
			own = append(own, o)
		}
	}
	f.mu.Unlock()
	for _, o := range own {
		if err := f.announce(ctx, o, in); err != nil {
			return err
		}
	}
	return nil
}

// climb fetches the posts between a comment and what is known here.
func (f *Forum) climb(ctx context.Context, c *community, parent string) error {
	if _, known := f.Sees(parent); parent == "" || known {
		return nil
	}
	_, o, status, err := f.get(ctx, nil, parent)
	if err != nil || status != http.StatusOK || !isPost(o) {
		return fmt.Errorf("%w: %s answers %d (%v)", errParentGone, parent, status, err)
	}
	if err := f.climb(ctx, c, textAt(o, "inReplyTo")); err != nil {
		return err
	}
	f.file(c, object{"type": "Create", "object": o}, false)
	return nil
}

// lookAt fetches who acts, once: it has to be a person, or could be one.
func (f *Forum) lookAt(ctx context.Context, actor string) error {
	f.mu.Lock()
	err, known := f.actors[actor]
	f.mu.Unlock()
	if known {
		return err
	}
	_, doc, status, err := f.get(ctx, nil, actor)
	switch {
	case err != nil || status != http.StatusOK:
		err = fmt.Errorf("%w: %s answers %d (%v)", errNobody, actor, status, err)
	case !slices.Contains(personTypes(), doc["type"]):
		err = fmt.Errorf("%w: %s is a %v (gotcha 48)", errNobody, actor, doc["type"])
	default:
		demands := []demand{must("preferredUsername", text), must("inbox", address), must("publicKey/publicKeyPem", text)}
		err = reader(f.runs.Name).check(doc, demands...)
	}
	f.mu.Lock()
	f.actors[actor] = err
	f.mu.Unlock()
	return err
}

// personTypes are the types of those who could be persons.
func personTypes() []any { return []any{"Person", "Service", "Organization", "Application"} }

// visit looks a community up: its document, who moderates it, and what it had before. What cannot be read is kept as refused.
func (f *Forum) visit(ctx context.Context, uri string) (*community, error) {
	if c := f.known(uri); c != nil {
		return c, nil
	}
	raw, doc, status, err := f.get(ctx, nil, uri)
	if err != nil || status != http.StatusOK {
		return nil, fmt.Errorf("visit %s: status %d: %w", uri, status, err)
	}
	f.note(doc, f.runs.reads(GroupDocument, raw))
	c := &community{
		uri: uri, inbox: textAt(doc, "inbox"), featured: textAt(doc, "featured"), title: textAt(doc, "name"), icon: iconOf(doc),
		moderators: map[string]bool{}, banned: map[string]string{},
	}
	if endpoints, ok := doc["endpoints"].(object); ok {
		c.inbox = textAt(endpoints, "sharedInbox")
	}
	f.mu.Lock()
	f.communities[uri] = c
	f.mu.Unlock()
	f.collection(ctx, FollowersDocument, textAt(doc, "followers"))
	moderators := f.collection(ctx, ModeratorsDocument, textAt(doc, "attributedTo"))
	f.mu.Lock()
	for _, m := range moderators {
		c.moderators[idOf(m)] = true
	}
	f.mu.Unlock()
	for _, item := range slices.Backward(f.collection(ctx, OutboxDocument, textAt(doc, "outbox"))) {
		announce, _ := item.(object)
		f.note(announce, f.unwrapped(ctx, c, inner(announce)))
	}
	for _, item := range f.collection(ctx, FeaturedDocument, c.featured) {
		f.file(c, object{"type": "Add", "target": c.featured, "object": item}, false)
	}
	return c, nil
}

func (f *Forum) collection(ctx context.Context, what Document, uri string) []any {
	if uri == "" {
		return nil
	}
	raw, doc, status, err := f.get(ctx, nil, uri)
	if err == nil && status != http.StatusOK {
		err = fmt.Errorf("%s answers %d", uri, status)
	}
	if err == nil {
		err = f.runs.reads(what, raw)
	}
	f.note(object{"type": string(what)}, err)
	items, _ := doc["orderedItems"].([]any)
	return items
}

// show serves people, communities and what they wrote.
func (f *Forum) show(w http.ResponseWriter, r *http.Request) {
	doc, status := f.document(r.URL.Path)
	if doc == nil {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", activityType)
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(doc) // to a recorder, or to somebody who hung up
}

func (f *Forum) document(path string) (object, int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	id := f.Origin + path
	if p := f.posts[id]; p != nil && hostOf(id) == f.host() {
		if p.Removed || p.Deleted {
			return object{"@context": activityStreams, "id": id, "type": "Tombstone"}, http.StatusGone
		}
		doc := object{"@context": activityStreams}
		for k, v := range p.object {
			doc[k] = v
		}
		return doc, http.StatusOK
	}
	if name, rest, ok := localName(path, "/u/"); ok && f.people[name] != nil && rest == "" {
		return f.actorDocument("Person", id, name, &f.people[name].PublicKey), http.StatusOK
	}
	if name, rest, ok := localName(path, "/"+f.runs.communities+"/"); ok {
		if c := f.communities[f.Community(name)]; c != nil {
			return f.communityDocument(c, name, rest), http.StatusOK
		}
	}
	return f.served[id], http.StatusOK
}

func (f *Forum) webfinger(w http.ResponseWriter, r *http.Request) {
	name, _ := strings.CutSuffix(strings.TrimPrefix(r.URL.Query().Get("resource"), "acct:"), "@"+f.host())
	actor := f.Actor(name)
	f.mu.Lock()
	known := f.people[name] != nil
	if f.communities[f.Community(name)] != nil {
		actor, known = f.Community(name), true
	}
	f.mu.Unlock()
	if !known {
		http.NotFound(w, r)
		return
	}
	f.jrd(w, name, actor)
}

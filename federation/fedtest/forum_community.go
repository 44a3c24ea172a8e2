package fedtest

import (
	"context"
	"crypto/rsa"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
)

// actorDocument is what people and communities show alike.
func (f *Forum) actorDocument(kind, id, name string, key *rsa.PublicKey) object {
	return object{
		"@context": []any{activityStreams, "https://w3id.org/security/v1"}, "id": id, "type": kind, "preferredUsername": name,
		"name": strings.ToUpper(name[:1]) + name[1:], "summary": "<p>about</p>", "url": id, "inbox": id + "/inbox", "outbox": id + "/outbox",
		"endpoints": object{"sharedInbox": f.Origin + f.runs.sharedInbox}, "published": "2026-01-02T03:04:05Z",
		"publicKey": object{"id": id + "#main-key", "owner": id, "publicKeyPem": publicPEM(key)},
	}
}

// communityDocument is a community or one of its lists; nil for what there is not.
func (f *Forum) communityDocument(c *community, name, list string) object {
	collection := func(kind string, items ...any) object {
		return object{
			"@context": activityStreams, "id": c.uri + "/" + list, "type": kind,
			"totalItems": len(items), "orderedItems": append([]any{}, items...),
		}
	}
	switch list {
	case "":
		doc := f.actorDocument("Group", c.uri, name, &c.signer.key.PublicKey)
		doc["followers"], doc["featured"], doc["attributedTo"] = c.uri+"/followers", c.featured, c.uri+"/moderators"
		doc["postingRestrictedToMods"], doc["sensitive"] = false, false
		return doc
	case "followers":
		doc := collection("Collection")
		doc["totalItems"], doc["items"] = len(c.followers), []any{}
		delete(doc, "orderedItems")
		return doc
	case "moderators":
		var people []any
		for _, m := range slices.Sorted(maps.Keys(c.moderators)) {
			people = append(people, m)
		}
		return collection("OrderedCollection", people...)
	case f.runs.featured:
		var pinned []any
		for _, p := range f.posts {
			if p.Community == c.uri && p.Pinned {
				pinned = append(pinned, p.object)
			}
		}
		return collection("OrderedCollection", pinned...)
	case "outbox":
		var newest []any
		for _, a := range slices.Backward(c.log) {
			if p := f.posts[idOf(inner(inner(a)))]; !p.Deleted && !p.Removed {
				newest = append(newest, a)
			}
		}
		return collection("OrderedCollection", newest...)
	}
	return nil
}

// followed lets anybody follow a community here who could be a person.
func (f *Forum) followed(ctx context.Context, a object) error {
	c := f.here(textAt(a, "object"))
	if c == nil {
		return errUnknown
	}
	actor := textAt(a, "actor")
	_, doc, status, err := f.get(ctx, nil, actor)
	if err != nil || status != http.StatusOK {
		return fmt.Errorf("%w: %s answers %d (%v)", errNobody, actor, status, err)
	}
	if !slices.Contains(personTypes(), doc["type"]) && !f.runs.groups {
		return fmt.Errorf("%w: a %v follows", errNobody, doc["type"])
	}
	inbox := textAt(doc, "inbox")
	if endpoints, ok := doc["endpoints"].(object); ok {
		inbox = textAt(endpoints, "sharedInbox")
	}
	f.mu.Lock()
	c.followers[actor] = inbox
	f.mu.Unlock()
	return f.deliver(ctx, c.signer, textAt(doc, "inbox"), object{
		"@context": activityStreams, "id": f.Origin + fmt.Sprintf(f.runs.activityID, "accept", f.newID()), "type": "Accept",
		"actor": c.uri, "to": []any{actor}, "object": a,
	})
}

func (f *Forum) unfollowed(follow object) error {
	c := f.here(textAt(follow, "object"))
	if c == nil {
		return errUnknown
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(c.followers, textAt(follow, "actor"))
	return nil
}

// TurnAway ends a follow that was accepted.
func (f *Forum) TurnAway(ctx context.Context, own, follower string) error {
	c := f.here(own)
	f.mu.Lock()
	inbox := c.followers[follower]
	delete(c.followers, follower)
	f.mu.Unlock()
	follow := object{"id": follower + "#follow", "type": "Follow", "actor": follower, "object": own}
	return f.deliver(ctx, c.signer, inbox, object{
		"@context": activityStreams, "id": f.Origin + fmt.Sprintf(f.runs.activityID, "reject", f.newID()), "type": "Reject",
		"actor": own, "to": []any{follower}, "object": follow,
	})
}

// Followers lists who follows a community here, sorted.
func (f *Forum) Followers(own string) []string {
	c := f.here(own)
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Sorted(maps.Keys(c.followers))
}

// submitted is what somebody elsewhere does in a community here.
func (f *Forum) submitted(ctx context.Context, a object) error {
	var c *community
	for _, uri := range append(append(texts(a["to"]), texts(a["cc"])...), textAt(a, "audience")) {
		if c = f.here(uri); c != nil {
			break
		}
	}
	if c == nil {
		return nil // about a community elsewhere, which tells its followers
	}
	if err := f.lookAt(ctx, textAt(a, "actor")); err != nil {
		return err
	}
	if err := f.judge(c, a); err != nil {
		return err
	}
	f.file(c, a, false)
	return f.announce(ctx, c, a)
}

// announce passes an activity on to the followers of a community here.
func (f *Forum) announce(ctx context.Context, c *community, a object) error {
	if a["type"] == "Flag" || a["type"] == "Warn" {
		return nil
	}
	in := maps.Clone(a)
	delete(in, "@context")
	f.mu.Lock()
	if c.said == nil {
		c.said = map[string]bool{}
	}
	c.said[idOf(a)] = true
	if f.runs.batches && (isVote(a) || isVote(inner(a))) {
		c.batch = append(c.batch, in)
		f.mu.Unlock()
		return nil
	}
	f.mu.Unlock()
	announce := f.announcement(c, in)
	post := inner(a)
	if a["type"] == "Create" && post["inReplyTo"] == nil {
		f.mu.Lock()
		c.log = append(c.log, announce)
		f.mu.Unlock()
	}
	if err := f.toFollowers(ctx, c, announce); err != nil || !f.runs.compat || !isPost(post) || post["inReplyTo"] != nil {
		return err
	}
	again := maps.Clone(post)
	again["actor"] = a["actor"]
	return f.toFollowers(ctx, c, f.announcement(c, again))
}

// AnnounceVotes sends the votes that wait, together in one Announce (PieFed).
func (f *Forum) AnnounceVotes(ctx context.Context, own string) error {
	c := f.here(own)
	f.mu.Lock()
	batch := c.batch
	c.batch = nil
	f.mu.Unlock()
	return f.toFollowers(ctx, c, f.announcement(c, batch))
}

// Announce sends whatever a community here is made to say, forged or not.
func (f *Forum) Announce(ctx context.Context, own string, about any) (object, error) {
	c := f.here(own)
	a := f.announcement(c, about)
	return a, f.toFollowers(ctx, c, a)
}

func (f *Forum) announcement(c *community, about any) object {
	return object{
		"@context": activityStreams, "id": f.Origin + fmt.Sprintf(f.runs.activityID, "announce", f.newID()), "type": "Announce",
		"actor": c.uri, "to": []any{public}, "cc": []any{c.uri + "/followers"}, "object": about,
	}
}

func (f *Forum) toFollowers(ctx context.Context, c *community, a object) error {
	f.mu.Lock()
	inboxes := slices.Sorted(maps.Values(c.followers))
	f.mu.Unlock()
	for _, inbox := range slices.Compact(inboxes) {
		if err := f.deliver(ctx, c.signer, inbox, a); err != nil {
			return err
		}
	}
	return nil
}

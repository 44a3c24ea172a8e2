package fedtest

import (
	"context"
	"fmt"
	"html"
	"strings"
)

// Post is what somebody writes.
type Post struct {
	Text      string   // plain
	Mentions  []string // actor URIs, with their names in the text as Mastodon writes them
	InReplyTo string
	Unlisted  bool
	Followers bool // for followers only
	Direct    bool
	Vote      bool              // a poll vote: the text is the option
	Warning   string            // content warning
	Change    func(note object) // last touches
}

// Activity wraps an object as name's activity of that type. Its id is new.
func (p *Peer) Activity(name, kind string, about any) object {
	return object{
		"@context": "https://www.w3.org/ns/activitystreams", "id": fmt.Sprintf("%s/activities/%d", p.Origin, p.newID()),
		"type": kind, "actor": p.Actor(name), "object": about,
	}
}

// Follow asks to follow an actor. It returns the activity.
func (p *Peer) Follow(ctx context.Context, name, actor string) (object, error) {
	kind := "Follow"
	if p.brand.joins {
		kind = "Join"
	}
	a := p.Activity(name, kind, actor)
	u := p.user(name)
	p.mu.Lock()
	if !u.following[actor] {
		u.following[actor] = false
		u.asked[actor] = textAt(a, "id")
	}
	p.mu.Unlock()
	return a, p.sendTo(ctx, name, actor, a)
}

// Unfollow takes a follow back.
func (p *Peer) Unfollow(ctx context.Context, name, actor string) error {
	u := p.user(name)
	p.mu.Lock()
	delete(u.following, actor)
	follow := u.asked[actor]
	p.mu.Unlock()
	if p.brand.joins {
		return p.sendTo(ctx, name, actor, p.Activity(name, "Leave", actor))
	}
	if p.brand.finish == nil {
		follow = fmt.Sprintf("%s#follows/%d", p.Actor(name), p.newID()) // Mastodon may have forgotten what it was called
	}
	return p.sendTo(ctx, name, actor, p.Activity(name, "Undo", object{
		"id": follow, "type": "Follow", "actor": p.Actor(name), "object": actor,
	}))
}

// sendTo delivers to an actor's inbox, looked up as Mastodon does.
func (p *Peer) sendTo(ctx context.Context, name, actor string, activity object) error {
	if activity["type"] != "Create" { // that is finished when it is written
		p.finish(activity)
	}
	doc, status, err := p.Fetch(ctx, name, actor)
	if err != nil || status != 200 {
		return fmt.Errorf("fetch %s: status %d: %w", actor, status, err)
	}
	inbox, _ := doc["inbox"].(string)
	status, err = p.Send(ctx, name, inbox, activity)
	if err != nil || status != 202 {
		return fmt.Errorf("deliver to %s: status %d: %w", inbox, status, err)
	}
	return nil
}

// Write makes a post without sending it. It returns the Create.
func (p *Peer) Write(name string, post Post) object {
	n := p.newID()
	id := p.postID(name, n)
	note := object{
		"id": id, "type": "Note", "summary": nil, "inReplyTo": nil, "published": p.stamp(),
		"url": strings.Replace(id, "/users/", "/@", 1), "attributedTo": p.Actor(name), "sensitive": false,
		"atomUri": id, "conversation": fmt.Sprintf("tag:%s,2026-01-01:objectId=%d:objectType=Conversation", p.host(), n),
		"attachment": []any{},
	}
	note["to"], note["cc"] = p.address(name, post)
	content, tags := p.body(post)
	note["content"], note["tag"] = content, tags
	note["contentMap"] = object{"en": content}
	if post.InReplyTo != "" {
		note["inReplyTo"] = post.InReplyTo
	}
	if post.Warning != "" {
		note["summary"], note["sensitive"] = post.Warning, true
	}
	if post.Vote {
		delete(note, "content")
		delete(note, "contentMap")
		note["name"] = post.Text
	}
	create := object{
		"@context": []any{"https://www.w3.org/ns/activitystreams", object{"ostatus": "http://ostatus.org#", "sensitive": "as:sensitive"}},
		"id":       id + p.brand.create, "type": "Create", "actor": p.Actor(name), "published": note["published"],
		"to": note["to"], "cc": note["cc"], "object": note,
	}
	if p.brand.finish == nil || !post.Vote && !post.Direct && !post.Followers {
		p.finish(create)
	}
	if post.Change != nil {
		post.Change(note)
	}
	p.keep(id, note)
	p.keep(textAt(create, "id"), create)
	return create
}

func (p *Peer) address(name string, post Post) (to, cc []string) {
	followers := p.Actor(name) + "/followers"
	switch {
	case post.Direct || post.Vote:
		return post.Mentions, []string{}
	case post.Followers:
		return []string{followers}, post.Mentions
	case post.Unlisted:
		return []string{followers}, append([]string{public}, post.Mentions...)
	default:
		return []string{public}, append([]string{followers}, post.Mentions...)
	}
}

// body writes content and tags as Mastodon does.
func (p *Peer) body(post Post) (content string, tags []object) {
	tags = []object{}
	for _, actor := range post.Mentions {
		name := actor[strings.LastIndexByte(actor, '/')+1:]
		host := strings.Split(actor, "/")[2]
		content += fmt.Sprintf(`<span class="h-card" translate="no"><a href="%s" class="u-url mention">@<span>%s</span></a></span> `, actor, name)
		tags = append(tags, object{"type": "Mention", "href": actor, "name": "@" + name + "@" + host})
	}
	return "<p>" + content + html.EscapeString(post.Text) + "</p>", tags
}

// Publish makes a post and sends it to an actor. It returns the post's URI and the Create.
func (p *Peer) Publish(ctx context.Context, name, to string, post Post) (string, object, error) {
	create := p.Write(name, post)
	id, _ := create["object"].(object)["id"].(string)
	return id, create, p.sendTo(ctx, name, to, create)
}

// Edit changes a post's words and tells an actor.
func (p *Peer) Edit(ctx context.Context, name, to, post, text string) error {
	p.mu.Lock()
	note := object{}
	for k, v := range p.served[post] {
		note[k] = v
	}
	p.mu.Unlock()
	delete(note, "@context")
	note["content"], note["updated"] = "<p>"+html.EscapeString(text)+"</p>", p.stamp()
	note["contentMap"] = object{"en": note["content"]}
	p.keep(post, note)
	update := p.Activity(name, "Update", note)
	update["id"], update["to"], update["cc"] = fmt.Sprintf("%s#updates/%d", post, p.Now().UnixNano()), note["to"], note["cc"]
	return p.sendTo(ctx, name, to, update)
}

// Delete deletes a post and tells an actor.
func (p *Peer) Delete(ctx context.Context, name, to, post string) error {
	a := p.Deletion(name, post)
	return p.sendTo(ctx, name, to, a)
}

// Deletion deletes a post without telling anybody. It returns the Delete.
func (p *Peer) Deletion(name, post string) object {
	p.mu.Lock()
	delete(p.served, post)
	p.gone[post] = true
	p.mu.Unlock()
	a := p.Activity(name, "Delete", object{"id": post, "type": "Tombstone", "atomUri": post})
	a["id"], a["to"] = post+"#delete", []string{public}
	return a
}

// Like likes a post as the brand does: with or without a picture, under this or that type. It returns the activity.
func (p *Peer) Like(ctx context.Context, name, post, to string) (object, error) {
	a := p.Activity(name, "Like", post)
	if p.brand.react != nil {
		p.brand.react(p, a)
	}
	return a, p.sendTo(ctx, name, to, a)
}

// Act sends an activity of that type about something to an actor.
func (p *Peer) Act(ctx context.Context, name, kind string, about any, to string) (object, error) {
	a := p.Activity(name, kind, about)
	return a, p.sendTo(ctx, name, to, a)
}

// Move says that name is now another account. If agreed, the new account names the old one.
func (p *Peer) Move(ctx context.Context, name, successor, to string, agreed bool) error {
	p.mu.Lock()
	p.users[name].moved = p.Actor(successor)
	if agreed {
		p.users[successor].alsoKnown = []string{p.Actor(name)}
	}
	p.mu.Unlock()
	a := p.Activity(name, "Move", p.Actor(name))
	a["target"] = p.Actor(successor)
	return p.sendTo(ctx, name, to, a)
}

// Close deletes an account and tells an actor. The account's documents answer 410 once the Delete is sent.
func (p *Peer) Close(ctx context.Context, name, to string) error {
	a := p.Activity(name, "Delete", p.Actor(name))
	a["to"] = []string{public}
	err := p.sendTo(ctx, name, to, a)
	p.mu.Lock()
	p.gone[p.Actor(name)] = true
	p.mu.Unlock()
	return err
}

// NoSharedInbox makes an account show only its own inbox, as on small servers.
func (p *Peer) NoSharedInbox(name string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.users[name].noShared = true
}

package fedtest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"maps"
	"slices"
	"strings"
)

var (
	errLacks   = errors.New("this software cannot say that")
	errUnknown = errors.New("nobody here knows it")
)

// Entry is a thread that somebody opens.
type Entry struct {
	Title, Text string
	Link        string
	Change      func(page object) // last touches
}

func (f *Forum) date() string { return f.Now().UTC().Format(f.runs.dates) }

// activity makes what somebody does in a community, as Lemmy 1.0 writes it.
func (f *Forum) activity(name, kind, community string, about any) object {
	return object{
		"id": f.Origin + fmt.Sprintf(f.runs.activityID, strings.ToLower(kind), f.newID()), "type": kind, "actor": f.Actor(name),
		"to": []any{community, public}, "cc": []any{community}, "audience": community, "object": about,
	}
}

// Do carries out what somebody here does in a community and tells the community's server, or its followers if it lives here.
// It returns the activity as it was sent. People here see their own doing at once, whatever becomes of it elsewhere.
func (f *Forum) Do(ctx context.Context, name, community string, a object) (object, error) {
	if slices.Contains(f.runs.lacks, textAt(a, "type")) {
		return nil, fmt.Errorf("%s of %s: %w", a["type"], f.runs.Name, errLacks)
	}
	f.runs.finish(f, a)
	a = plain(a)
	c, err := f.visit(ctx, community)
	if err != nil {
		return nil, err
	}
	f.file(c, a, c.signer == nil && f.runs.pending)
	if c.signer != nil {
		return a, f.announce(ctx, c, a)
	}
	return a, f.deliver(ctx, f.signer(name), c.inbox, a)
}

// plain is what a value is after its way over the wire.
func plain(a object) object {
	raw, err := json.Marshal(a)
	if err != nil {
		return nil // made of plain values: it cannot fail
	}
	var out object
	_ = json.Unmarshal(raw, &out)
	return out
}

// Subscribe asks to follow a community, after a look at its documents.
func (f *Forum) Subscribe(ctx context.Context, name, community string) (object, error) {
	c, err := f.visit(ctx, community)
	if err != nil {
		return nil, err
	}
	return f.ask(ctx, f.signer(name), c)
}

// Join has a community of this server follow another one elsewhere (Lemmy 1.0).
func (f *Forum) Join(ctx context.Context, own, community string) (object, error) {
	c, err := f.visit(ctx, community)
	if err != nil {
		return nil, err
	}
	return f.ask(ctx, f.here(own).signer, c)
}

func (f *Forum) ask(ctx context.Context, as *signer, c *community) (object, error) {
	f.mu.Lock()
	if f.follows[as.uri] == nil {
		f.follows[as.uri] = map[string]bool{}
	}
	f.follows[as.uri][c.uri] = false
	f.mu.Unlock()
	a := f.following(as, c)
	return a, f.deliver(ctx, as, c.inbox, a)
}

func (f *Forum) following(as *signer, c *community) object {
	return object{
		"@context": activityStreams, "id": f.Origin + fmt.Sprintf(f.runs.activityID, "follow", f.newID()), "type": "Follow",
		"actor": as.uri, "to": []any{c.uri}, "object": c.uri,
	}
}

// Unsubscribe takes a follow back.
func (f *Forum) Unsubscribe(ctx context.Context, name, community string) (object, error) {
	c, as := f.known(community), f.signer(name)
	f.mu.Lock()
	delete(f.follows[as.uri], community)
	f.mu.Unlock()
	a := object{
		"@context": activityStreams, "id": f.Origin + fmt.Sprintf(f.runs.activityID, "undo", f.newID()), "type": "Undo",
		"actor": as.uri, "to": []any{c.uri}, "object": f.following(as, c),
	}
	return a, f.deliver(ctx, as, c.inbox, a)
}

// Post opens a thread in a community. It returns the thread's URI and the Create.
func (f *Forum) Post(ctx context.Context, name, community string, e Entry) (string, object, error) {
	id := f.newPost(f.runs.postID, community)
	page := object{
		"id": id, "type": "Page", "attributedTo": f.Actor(name), "to": []any{community, public}, "cc": []any{}, "audience": community,
		"name": e.Title, "mediaType": "text/html", "attachment": []any{}, "sensitive": false, "tag": []any{}, "published": f.date(),
		"language": object{"identifier": "en", "name": "English"}, "context": id + "/context",
	}
	setText(page, e.Text)
	if e.Link != "" {
		page["attachment"] = []any{object{"type": "Link", "href": e.Link}}
	}
	if e.Change != nil {
		e.Change(page)
	}
	a, err := f.Do(ctx, name, community, f.activity(name, "Create", community, page))
	return id, a, err
}

func setText(o object, text string) {
	if text == "" {
		return
	}
	o["content"] = "<p>" + html.EscapeString(text) + "</p>\n"
	o["source"] = object{"content": text, "mediaType": "text/markdown"}
}

// newPost makes an id. Mbin's name the magazine.
func (f *Forum) newPost(format, community string) string {
	name := community[strings.LastIndexByte(community, '/')+1:]
	if host := hostOf(community); host != f.host() {
		name += "@" + host
	}
	return f.Origin + fmt.Sprintf(format, f.newID(), name)
}

// Comment answers a post that is known here. It returns the comment's URI and the Create.
func (f *Forum) Comment(ctx context.Context, name, parent, text string) (string, object, error) {
	v, ok := f.Sees(parent)
	if !ok {
		return "", nil, fmt.Errorf("answer %s: %w", parent, errUnknown)
	}
	id := f.newPost(f.runs.commentID, v.Community)
	author := v.Author[strings.LastIndexByte(v.Author, '/')+1:] + "@" + hostOf(v.Author)
	mention := object{"type": "Mention", "href": v.Author, "name": "@" + author}
	note := object{
		"id": id, "type": "Note", "attributedTo": f.Actor(name), "to": []any{v.Community, public}, "cc": []any{v.Community, v.Author},
		"audience": v.Community, "inReplyTo": parent, "mediaType": "text/html", "attachment": []any{}, "tag": []any{mention},
		"published": f.date(), "language": object{"identifier": "en", "name": "English"}, "context": parent + "/context",
	}
	setText(note, text)
	a := f.activity(name, "Create", v.Community, note)
	a["cc"] = note["cc"]
	a, err := f.Do(ctx, name, v.Community, a)
	return id, a, err
}

// Edit changes the words of a post of one's own.
func (f *Forum) Edit(ctx context.Context, name, post, text string) (object, error) {
	v, ok := f.Sees(post)
	if !ok {
		return nil, fmt.Errorf("edit %s: %w", post, errUnknown)
	}
	f.mu.Lock()
	changed := maps.Clone(f.posts[post].object)
	f.mu.Unlock()
	setText(changed, text)
	changed["updated"] = f.date()
	a := f.activity(name, "Update", v.Community, changed)
	if parent, _ := f.Sees(v.Parent); v.Parent != "" {
		a["cc"] = []any{v.Community, parent.Author}
	}
	return f.Do(ctx, name, v.Community, a)
}

// Delete withdraws a post of one's own; its document is gone from then on.
func (f *Forum) Delete(ctx context.Context, name, post string) (object, error) {
	return f.about(ctx, name, "Delete", post, nil)
}

// Undelete brings it back.
func (f *Forum) Undelete(ctx context.Context, name, post string) (object, error) {
	return f.takeBack(ctx, name, post, f.activityAbout(name, "Delete", post))
}

// Vote votes a post up (1), down (-1) or takes the vote back (0).
func (f *Forum) Vote(ctx context.Context, name, post string, vote int) (object, error) {
	kind := "Like"
	if vote < 0 {
		kind = "Dislike"
	}
	f.mu.Lock()
	before := f.cast[post+" "+name]
	f.mu.Unlock()
	if vote == 0 {
		again := f.activityAbout(name, textAt(before, "type"), post)
		if f.runs.Name != "piefed" { // which makes a new id for what it takes back
			again["id"] = before["id"]
		}
		return f.takeBack(ctx, name, post, again)
	}
	a, err := f.about(ctx, name, kind, post, nil)
	f.mu.Lock()
	f.cast[post+" "+name] = a
	f.mu.Unlock()
	return a, err
}

func (f *Forum) activityAbout(name, kind, post string) object {
	v, _ := f.Sees(post)
	return f.activity(name, kind, v.Community, post)
}

// about does something about a post, after a last touch.
func (f *Forum) about(ctx context.Context, name, kind, post string, change func(object)) (object, error) {
	a := f.activityAbout(name, kind, post)
	if change != nil {
		change(a)
	}
	v, _ := f.Sees(post)
	return f.Do(ctx, name, v.Community, a)
}

// takeBack undoes something about a post.
func (f *Forum) takeBack(ctx context.Context, name, post string, done object) (object, error) {
	v, _ := f.Sees(post)
	return f.Do(ctx, name, v.Community, f.activity(name, "Undo", v.Community, done))
}

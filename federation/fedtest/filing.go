package fedtest

import (
	"context"
	"maps"
	"net/http"
	"slices"
)

// filing is what a server shows of a post that a group passed on.
type filing struct {
	text  string
	likes map[string]bool // by actor
	wall  string          // the group on whose wall it is
	turn  string          // here: what the group said to a post on its wall, "" while it waits
}

func (p *Peer) filing(post string) *filing {
	f := p.filed[post]
	if f == nil {
		f = &filing{likes: map[string]bool{}}
		p.filed[post] = f
	}
	return f
}

// unwrapped files what a group announces whole (FEP-1b12).
func (p *Peer) unwrapped(actor string, a, in object) {
	post := idOf(in["object"])
	p.mu.Lock()
	defer p.mu.Unlock()
	switch in["type"] {
	case "Create":
		p.filing(post).text = textAt(inner(in), "content")
		p.show(actor, post, textAt(a, "id"))
	case "Update":
		p.filing(post).text = textAt(inner(in), "content")
	case "Delete":
		p.hide(post)
	case "Like", "EmojiReact":
		p.filing(post).likes[textAt(in, "actor")] = true
	case "Undo":
		if undone := inner(in); undone["type"] == "Like" || undone["type"] == "EmojiReact" {
			delete(p.filing(idOf(undone["object"])).likes, textAt(in, "actor"))
		} else if id, ok := in["object"].(string); ok {
			p.unlike(id, textAt(in, "actor"))
		}
	}
}

// unlike takes back a like that is named by its id alone (Mitra).
func (p *Peer) unlike(id, actor string) {
	for _, r := range p.received {
		if in := inner(r.Body); in["id"] == id {
			delete(p.filing(idOf(in["object"])).likes, actor)
		}
	}
}

// show puts a post on the home pages of those who follow the group, once.
func (p *Peer) show(group, post, boost string) {
	for _, u := range p.users {
		if _, seen := u.home[post]; u.following[group] && !seen {
			u.home[post] = boostedBy{boost: boost, group: group}
		}
	}
}

func (p *Peer) hide(post string) {
	for _, u := range p.users {
		delete(u.home, post)
	}
}

// onWall shows what a group added to its wall (FEP-400e), if the post says that it was written there.
func (p *Peer) onWall(ctx context.Context, actor string, a object) {
	post, wall := idOf(a["object"]), idOf(a["target"])
	p.mu.Lock()
	doc, own := p.served[post]
	p.mu.Unlock()
	if !own {
		var status int
		var err error
		if _, doc, status, err = p.get(ctx, nil, post); err != nil || status != http.StatusOK {
			return
		}
	}
	target, _ := doc["target"].(object)
	if textAt(target, "id") != wall || target["attributedTo"] != actor {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	f := p.filing(post)
	f.wall, f.turn, f.text = actor, "added", textAt(doc, "content")
	p.show(actor, post, textAt(a, "id"))
}

// offWall takes a post off a wall, if the group whose wall it is says so.
func (p *Peer) offWall(actor string, a object) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if f := p.filed[idOf(a["object"])]; f != nil && f.wall == actor {
		f.wall, f.turn = "", "removed"
		p.hide(idOf(a["object"]))
	}
}

// turnedAway notes that a group does not want a post that was written here.
func (p *Peer) turnedAway(kind string, a object) {
	create := inner(a)
	p.mu.Lock()
	defer p.mu.Unlock()
	if kind == "Reject" && create["type"] == "Create" {
		p.filing(idOf(create["object"])).turn = "rejected"
	}
}

// Words is the text of a post as it was passed on.
func (p *Peer) Words(post string) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.filing(post).text
}

// Likes lists who likes a post, as far as the server was told, sorted.
func (p *Peer) Likes(post string) []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Sorted(maps.Keys(p.filing(post).likes))
}

// Turn is what became of a post on a wall: added, rejected, removed, or "" while it waits.
func (p *Peer) Turn(post string) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.filing(post).turn
}

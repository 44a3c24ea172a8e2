package fedtest

import (
	"context"
	"net/http"
	"slices"
)

// inbox verifies and takes an activity.
func (p *Peer) inbox(w http.ResponseWriter, r *http.Request) {
	body, a, ok := p.take(w, r)
	if !ok {
		return
	}
	ignored, err := p.judge(body)
	if err != nil && !ignored {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	if !ignored {
		p.react(r.Context(), textAt(a, "type"), textAt(a, "actor"), a)
	}
	w.WriteHeader(http.StatusAccepted)
}

// react does what Mastodon does with an activity of a group.
func (p *Peer) react(ctx context.Context, kind, actor string, a object) {
	switch kind {
	case "Accept", "Reject":
		p.answered(kind, actor, a)
		p.turnedAway(kind, a)
	case "Announce":
		if in := inner(a); p.brand.reads == wraps && isActivity(in) {
			p.unwrapped(actor, a, in)
		} else if p.brand.reads != walls {
			p.boosted(ctx, actor, a)
		}
	case "Add":
		p.onWall(ctx, actor, a)
	case "Remove":
		p.offWall(actor, a)
	case "Undo":
		p.unboosted(actor, a)
	case "Create":
		p.mentioned(a)
	}
}

func (p *Peer) answered(kind, actor string, a object) {
	follow, _ := a["object"].(object)
	name, _ := follow["actor"].(string)
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, u := range p.users {
		if _, asked := u.following[actor]; !asked || p.Actor(u.name) != name {
			continue
		}
		if kind == "Accept" {
			u.following[actor] = true
		} else {
			delete(u.following, actor)
		}
	}
}

// boosted shows a boosted post to those who follow the group. Like Mastodon it fetches the object by its id, a wrapped
// Create included, and shows each post once.
func (p *Peer) boosted(ctx context.Context, actor string, a object) {
	id, ok := a["object"].(string)
	if inner, embedded := a["object"].(object); embedded {
		id, ok = inner["id"].(string)
	}
	if !ok {
		return
	}
	doc, status, err := p.Fetch(ctx, p.anyone(), id)
	if err != nil || status != http.StatusOK {
		return
	}
	if inner, ok := doc["object"].(object); ok && doc["type"] == "Create" {
		doc = inner
	}
	post, _ := doc["id"].(string)
	boost, _ := a["id"].(string)
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, u := range p.users {
		if _, seen := u.home[post]; u.following[actor] && !seen {
			u.home[post] = boostedBy{boost: boost, group: actor}
		}
	}
}

func (p *Peer) unboosted(actor string, a object) {
	boost, _ := a["object"].(object)
	id, _ := boost["id"].(string)
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, u := range p.users {
		for post, b := range u.home {
			if b.boost == id && b.group == actor {
				delete(u.home, post)
			}
		}
	}
}

func (p *Peer) mentioned(a object) {
	note, _ := a["object"].(object)
	content, _ := note["content"].(string)
	to, _ := a["to"].([]any)
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, u := range p.users {
		if slices.Contains(to, any(p.Actor(u.name))) {
			u.private = append(u.private, content)
		}
	}
}

// Follows says whether an account follows an actor: asked and accepted.
func (p *Peer) Follows(name, actor string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.users[name].following[actor]
}

// Home returns the boosted posts an account sees, sorted.
func (p *Peer) Home(name string) []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	var out []string
	for post := range p.users[name].home {
		out = append(out, post)
	}
	slices.Sort(out)
	return out
}

// Private returns the private mentions an account got.
func (p *Peer) Private(name string) []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.users[name].private)
}

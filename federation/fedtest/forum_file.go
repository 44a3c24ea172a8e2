package fedtest

import (
	"errors"
	"strings"
)

// file changes what people here see, after an activity that was found in order. pending marks posts that their community has
// not announced yet.
func (f *Forum) file(c *community, a object, pending bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	in := inner(a)
	switch a["type"] {
	case "Create", "Update":
		if isPost(in) {
			f.write(c, in, pending)
		} else if in["type"] == "Group" {
			c.title, c.icon = textAt(in, "name"), iconOf(in)
		}
	case "Like", "EmojiReact":
		f.vote(a, 1)
	case "Dislike":
		f.vote(a, -1)
	case "Undo":
		f.undo(c, a, in)
	case "Flag":
		f.reported(a)
	case "Resolve":
		f.resolved(in)
	default:
		f.moderated(c, a, true)
	}
}

// iconOf reads the picture of an actor, as one object with an address.
func iconOf(doc object) string {
	icon, _ := doc["icon"].(object)
	return textAt(icon, "url")
}

func (f *Forum) undo(c *community, a, in object) {
	switch in["type"] {
	case "Like", "Dislike", "EmojiReact":
		f.vote(in, 0)
	default:
		if in["type"] == "Block" {
			in["removeData"] = a["restoreData"]
		}
		f.moderated(c, in, false)
	}
}

func (f *Forum) write(c *community, o object, pending bool) {
	id := idOf(o)
	p := f.posts[id]
	if p == nil {
		p = &filed{votes: map[string]int{}}
		p.Community, p.Author, p.Pending = c.uri, textAt(o, "attributedTo"), pending
		p.Parent = textAt(o, "inReplyTo")
		f.posts[id] = p
	}
	p.object, p.Title, p.Text = o, textAt(o, "name"), textAt(o, "content")
}

func (f *Forum) vote(a object, vote int) {
	p := f.posts[idOf(a["object"])]
	if p == nil {
		return
	}
	delete(p.votes, textAt(a, "actor"))
	if vote != 0 {
		p.votes[textAt(a, "actor")] = vote
	}
}

func (f *Forum) reported(a object) {
	post := idOf(a["object"])
	if all := texts(a["object"]); len(all) > 0 {
		post = all[0]
	}
	reason := textAt(a, "summary")
	if reason == "" {
		reason = textAt(a, "content")
	}
	f.flags = append(f.flags, Flag{Post: post, By: textAt(a, "actor"), Reason: reason})
}

func (f *Forum) resolved(flag object) {
	for i := range f.flags {
		if r := &f.flags[i]; r.Post == idOf(flag["object"]) && r.By == textAt(flag, "actor") {
			r.Resolved = true
		}
	}
}

// moderated carries out what moderators do, or takes it back.
func (f *Forum) moderated(c *community, a object, on bool) {
	about := idOf(a["object"])
	p := f.posts[about]
	switch {
	case a["type"] == "Block":
		f.shutOut(c, a, about, on)
	case a["type"] == "Add" && a["target"] == c.uri+"/moderators":
		c.moderators[about] = true
	case a["type"] == "Remove" && a["target"] == c.uri+"/moderators":
		delete(c.moderators, about)
	case a["type"] == "Move" || a["type"] == "Remove" && a["target"] == c.uri:
		f.takeOff(strings.TrimSuffix(about, "/context"), a)
	case p == nil:
		return
	case a["type"] == "Lock":
		p.Locked = on
	case a["type"] == "Add" || a["type"] == "Remove":
		p.Pinned = a["type"] == "Add"
	case a["type"] == "Delete" && p.Author == a["actor"]:
		p.Deleted = on
	case a["type"] == "Delete":
		f.remove(about, on, a["withReplies"] == true)
	}
}

func (f *Forum) shutOut(c *community, a object, person string, on bool) {
	until := textAt(a, "endTime")
	if until == "" {
		until = textAt(a, "expires")
	}
	if c.banned[person] = until; !on {
		delete(c.banned, person)
	}
	for _, p := range f.posts {
		if p.Community == c.uri && p.Author == person && a["removeData"] == true {
			p.Removed = on
		}
	}
}

func (f *Forum) remove(post string, on, withReplies bool) {
	f.posts[post].Removed = on
	for uri, p := range f.posts {
		if withReplies && p.Parent == post {
			f.remove(uri, on, true)
		}
	}
}

// takeOff is what becomes of a thread that its community has given away: another one shows it, if it is known here.
func (f *Forum) takeOff(post string, a object) {
	if f.posts[post] == nil {
		return
	}
	to := f.communities[textAt(a, "target")]
	if a["type"] != "Move" || to == nil {
		f.remove(post, true, true)
		return
	}
	f.handOver(post, to.uri)
}

func (f *Forum) handOver(post, to string) {
	f.posts[post].Community = to
	for uri, p := range f.posts {
		if p.Parent == post {
			f.handOver(uri, to)
		}
	}
}

var (
	errNotModerator = errors.New("not a moderator")
	errBanned       = errors.New("banned from the community")
	errForged       = errors.New("written by somebody else")
	errLocked       = errors.New("the post is locked")
	errParentGone   = errors.New("the post that it answers is gone")
	errNoFollowers  = errors.New("community_has_no_followers (gotcha 44)")
	errNobody       = errors.New("no person")
)

// judge says whether somebody may do that in a community, as far as it can be seen from here.
func (f *Forum) judge(c *community, a object) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	in, actor := inner(a), textAt(a, "actor")
	if a["type"] == "Undo" {
		a, in = in, object{}
	}
	about := idOf(a["object"])
	p := f.posts[about]
	switch a["type"] {
	case "Create", "Update":
		if !isPost(in) {
			return f.mustModerate(c, actor, c.uri)
		}
		return f.judgePost(c, in, actor)
	case "Like", "Dislike", "EmojiReact":
		if f.isBanned(c, actor) {
			return errBanned
		}
	case "Delete":
		if p != nil && p.Author == actor {
			return nil
		}
		return f.mustModerate(c, actor, about)
	case "Lock", "Block", "Add", "Remove", "Move":
		return f.mustModerate(c, actor, about)
	}
	return nil
}

func (f *Forum) judgePost(c *community, o object, actor string) error {
	parent := f.posts[textAt(o, "inReplyTo")]
	switch {
	case o["attributedTo"] != actor || hostOf(idOf(o)) != hostOf(actor):
		return errForged
	case f.isBanned(c, actor):
		return errBanned
	case parent == nil || f.posts[idOf(o)] != nil:
		return nil
	case parent.Deleted || parent.Removed:
		return errParentGone
	case f.locked(parent) && f.mustModerate(c, actor, c.uri) != nil:
		return errLocked
	}
	return nil
}

func (f *Forum) locked(p *filed) bool {
	for ; p != nil; p = f.posts[p.Parent] {
		if p.Locked {
			return true
		}
	}
	return false
}

// mustModerate asks for a moderator. Who acts on something of their own server may be an admin there; Lemmy and Mbin believe the
// same of anybody on the server of the community, PieFed does not.
func (f *Forum) mustModerate(c *community, actor, about string) error {
	host := hostOf(actor)
	if c.moderators[actor] || host == hostOf(about) || f.runs.admins && host == hostOf(c.uri) {
		return nil
	}
	return errNotModerator
}

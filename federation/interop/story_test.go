//go:build interop

package interop

import (
	"slices"
	"strings"
	"testing"
	"time"

	"folkmoot/group"
)

// The main job with two people of one server: follow, post, answer, edit, like, delete, unfollow.
func TestStory(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	p := l.addPeer("hollo")
	l.found(p.handle("ann"))
	follows := followed(p)
	post := boosted(p)
	comment := answered(p, post)
	edited(p, post)
	likedTwice(p, post)
	deleted(p, post)
	if n := len(p.those(isBoost(comment))); n != 0 {
		t.Errorf("%d boosts of a comment", n)
	}
	unfollowed(p, follows["bob"])
	everythingWasTaken(p)
}

func followed(p *peer) map[string]string {
	follows := map[string]string{}
	for _, name := range []string{"ann", "bob"} {
		got := p.do("follow", object{"as": name, "handle": p.fed.Handle("books")})
		if got["group"] != p.group || got["type"] != "Group" || got["name"] != "Book club: slow" {
			p.t.Errorf("%s looked up %v", name, got)
		}
		follows[name], _ = got["id"].(string)
		a := p.awaits("an Accept for "+name, isAnswer("Accept", follows[name]))
		if a.Actor != p.group || !slices.Equal(a.To, []string{p.account(name)}) {
			p.t.Errorf("the Accept is %+v", a)
		}
		if a.Inner.Type != "Follow" || a.Inner.ID != follows[name] || a.Inner.Actor != p.account(name) || a.Inner.Object != p.group {
			p.t.Errorf("the Accept embeds %+v", a.Inner)
		}
		same(p.t, "what is embedded, beside the Follow itself", a.Inner, a.Confirmed)
		if d := p.deliveries(a.ID); len(d) != 1 || d[0].Path != "/users/"+name+"/inbox" {
			p.t.Errorf("the Accept came as %+v, not once to the personal inbox", d)
		}
	}
	if c := p.counts(); c.Followers != 2 {
		p.t.Errorf("%+v", c)
	}
	return follows
}

// boosted: both follow, and one boost comes, once, to the inbox they share.
func boosted(p *peer) string {
	post := p.post("ann", "What next?", "")
	a := p.awaits("a boost", isBoost(post))
	if a.Actor != p.group || !slices.Contains(a.Cc, p.group+"/followers") || !slices.Contains(a.Cc, p.account("ann")) ||
		!slices.Equal(a.To, []string{"https://www.w3.org/ns/activitystreams#Public"}) {
		p.t.Errorf("the boost is %+v", a)
	}
	if d := p.deliveries(a.ID); len(d) != 1 || d[0].Path != "/inbox" {
		p.t.Errorf("the boost came as %+v, not once to the shared inbox", d)
	}
	return post
}

func answered(p *peer, post string) string {
	comment := p.post("bob", "Middlemarch", post)
	p.eventually("a comment", func() bool { return p.counts().Comments == 1 })
	return comment
}

func edited(p *peer, post string) {
	p.do("edit", object{"as": "ann", "post": post, "text": "What now?", "group": p.group})
	p.eventually("the new words", func() bool {
		kept, err := p.store.Post(p.t.Context(), "books", 1)
		p.must(err)
		return strings.Contains(kept.HTML, "What now?") && !kept.Edited.IsZero()
	})
}

func likedTwice(p *peer, post string) {
	for _, name := range []string{"ann", "bob"} {
		p.do("like", object{"as": name, "post": post, "group": p.group})
	}
	p.eventually("two likes", func() bool {
		kept, err := p.store.Post(p.t.Context(), "books", 1)
		p.must(err)
		return kept.Likes == 2
	})
}

func deleted(p *peer, post string) {
	boost := p.those(isBoost(post))[0]
	p.do("remove", object{"as": "ann", "post": post, "group": p.group})
	undo := p.awaits("the Undo of the boost", isUndo(post))
	if undo.Actor != p.group || undo.Object != boost.ID {
		p.t.Errorf("the boost was %+v, its Undo is %+v", boost, undo)
	}
	kept, err := p.store.Post(p.t.Context(), "books", 1)
	p.must(err)
	if kept.State != group.Deleted {
		p.t.Errorf("the post is %s", kept.State)
	}
}

func unfollowed(p *peer, follow string) {
	p.do("unfollow", object{"as": "bob", "group": p.group, "follow": follow})
	p.eventually("one follower less", func() bool { return p.counts().Followers == 1 })
}

// everythingWasTaken: Fedify refused nothing that was sent, and nothing came twice.
func everythingWasTaken(p *peer) {
	p.t.Helper()
	count := map[string]int{}
	for _, d := range p.posted() {
		if d.Status/100 != 2 {
			p.t.Errorf("Fedify answered %+v", d)
		}
		if count[d.ID]++; count[d.ID] == 2 {
			p.t.Errorf("%s %s came twice", d.Type, d.ID)
		}
	}
}

// Folkmoot does not guess about software it does not know: that gets the boost and the whole activity (FEP-1b12).
func TestUnknownSoftwareGetsBothForms(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	p := l.addPeer("homegrown")
	l.found(p.handle("ann"))
	p.follow("ann")
	p.follow("bob")
	post := p.post("ann", "What next?", "")
	p.awaits("a boost", isBoost(post))
	isWrap := func(object string) func(activity) bool {
		return func(a activity) bool {
			return a.Type == "Announce" && a.Inner.Type == "Create" && a.Inner.Object == object
		}
	}
	wrap := p.awaits("the whole activity", isWrap(post))
	if wrap.Inner.ID != post+"#create" || wrap.Inner.Actor != p.account("ann") {
		t.Errorf("announced was %+v", wrap.Inner)
	}
	same(t, "the author's signatures inside", p.do("verifyInner", object{"id": wrap.ID}), object{"proof": true, "signature": true})
	comment := p.post("bob", "Middlemarch", post)
	p.awaits("the comment as an activity", isWrap(comment))
	if n := len(p.those(isBoost(comment))); n != 0 {
		t.Errorf("%d boosts of a comment", n)
	}
	everythingWasTaken(p)
}

// A stranger's post is not shared, and the stranger is told why, once and in private.
func TestStranger(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	p := l.addPeer("hollo")
	l.found(p.handle("ann"))
	p.follow("ann")
	strange := p.post("bob", "Hello, I am not here yet", "")
	isNote := func(a activity) bool { return a.Type == "Create" && a.Inner.Type == "Note" }
	note := p.awaits("a note to the stranger", isNote)
	bob := []string{p.account("bob")}
	if note.Actor != l.group || !slices.Equal(note.To, bob) || !slices.Equal(note.Inner.To, bob) ||
		len(note.Cc)+len(note.Inner.Cc) > 0 {
		t.Errorf("the note is %+v", note)
	}
	if d := p.deliveries(note.ID); len(d) != 1 || d[0].Path != "/users/bob/inbox" {
		t.Errorf("the note came as %+v, not once to the personal inbox", d)
	}
	p.post("bob", "Hello again", "")
	p.awaits("a boost of what a member posts", isBoost(p.post("ann", "What next?", "")))
	if n := len(p.those(isBoost(strange))); n != 0 {
		t.Errorf("%d boosts of a stranger's post", n)
	}
	if n := len(p.those(isNote)); n != 1 {
		t.Errorf("%d notes to the stranger", n)
	}
	everythingWasTaken(p)
}

// A server that lost the answer asks again and is answered again.
func TestLostAnswer(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	p := l.addPeer("hollo")
	l.found(p.handle("ann"))
	follow := p.follow("bob")
	// Signatures tell seconds: what is signed in the same one as before is the same request, passed on by somebody.
	signed := time.Now().Unix()
	p.eventually("the next second", func() bool { return time.Now().Unix() > signed })
	p.do("again", object{"as": "bob", "group": l.group, "id": follow})
	p.eventually("the answer once more", func() bool {
		answers := 0
		for _, d := range p.posted() {
			if d.Type == "Accept" && d.Status/100 == 2 {
				answers++
			}
		}
		return answers == 2
	})
	if c := l.counts(); c.Followers != 1 {
		t.Errorf("%+v", c)
	}
}

// Followers' servers are told that the group was changed, with the whole of it inside.
func TestGroupIsEdited(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	p := l.addPeer("hollo")
	l.found(p.handle("ann"))
	p.follow("bob")
	g, err := l.store.Group(t.Context(), "books")
	l.must(err)
	g.Title = "Book club: slower"
	l.must(l.fed.EditGroup(t.Context(), g))
	a := p.awaits("the news", func(a activity) bool { return a.Type == "Update" })
	if a.Actor != l.group || a.Inner.Type != "Group" || a.Inner.ID != l.group || a.Inner.Name != "Book club: slower" {
		t.Errorf("the news is %+v", a)
	}
	same(t, "what is embedded, beside the group itself", a.Inner, a.Confirmed)
}

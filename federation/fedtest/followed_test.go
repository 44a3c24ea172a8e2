package fedtest_test

import (
	"strings"
	"testing"

	"folkmoot/federation/fedtest"
	"folkmoot/group"
)

// category opens a community on a peer that the films follow. The answer to the Follow is made of it.
func (w *world) category(p *fedtest.Peer, name string, answer func(follow object) any) string {
	w.t.Helper()
	p.AddUser(name, keys().users[3])
	p.Change(name, func(doc map[string]any) { doc["type"] = "Group" })
	uri := p.Actor(name)
	_, err := w.fed.Subscribe(w.ctx, "films", uri, true)
	w.must(err)
	w.settle()
	follows := p.Inbox("Follow")
	if len(follows) != 1 || !strings.HasPrefix(follows[0].Actor, films) {
		w.t.Fatalf("asked by %v", follows)
	}
	accept, err := p.Act(w.ctx, name, "Accept", answer(follows[0].Body), films)
	w.must(err)
	w.settle()
	w.wantReason(accept, group.ReasonSubscribedNow)
	return uri
}

func whole(follow object) any { return follow }

// announces has a community announce something, and returns the Announce.
func (w *world) announces(p *fedtest.Peer, name string, what any) object {
	w.t.Helper()
	a := p.Activity(name, "Announce", what)
	a["to"], a["cc"] = []string{asPublic}, []string{p.Actor(name) + "/followers"}
	_, err := p.Send(w.ctx, name, films+"/inbox", a)
	w.must(err)
	w.settle()
	return a
}

// NodeBB announces what others have announced to it: the innermost activity counts, once.
func TestNodeBBAnnouncesAnnounces(t *testing.T) {
	inWorld(t, func(w *world) {
		p, forum := w.mastodon(), w.brand(fedtest.NodeBB(), "forum.example")
		w.follow(p, "ann", films)
		tea := w.category(forum, "tea", whole)
		create := forum.Write("eve", fedtest.Post{Text: "a topic", Mentions: []string{tea}})
		w.announces(forum, "tea", create)
		thread := create["object"].(object)["id"].(string)
		w.wantHome(p, "ann", thread)

		like := p.Activity("bob", "Like", thread)
		lemmy := object{"id": "https://lemmy.example/activities/announce/1", "type": "Announce", "actor": "https://lemmy.example/c/tea", "object": like}
		w.announces(forum, "tea", lemmy)
		w.announces(forum, "tea", like)
		if got := w.filed("films", thread).Likes; got != 1 {
			t.Errorf("%d likes of one person", got)
		}
		deep := any(p.Activity("max", "Like", thread))
		for range 4 {
			deep = object{"id": "https://lemmy.example/activities/announce/2", "type": "Announce", "actor": "https://lemmy.example/c/tea", "object": deep}
		}
		w.wantReason(w.announces(forum, "tea", deep), group.ReasonUnverified)

		w.announces(forum, "tea", forum.Deletion("eve", thread))
		w.wantHome(p, "ann")
	})
}

// What a community announces of people elsewhere is believed from their own servers alone (FEP-fe34).
func TestFollowedCommunityMayForgeNothing(t *testing.T) { // gotcha 50
	inCase(t, "ORG-08", func(w *world) {
		p, forum := w.mastodon(), w.brand(fedtest.NodeBB(), "forum.example")
		w.follow(p, "ann", films)
		tea := w.category(forum, "tea", whole)
		forged := p.Write("bob", fedtest.Post{Text: "what Bob said", Mentions: []string{tea}})
		note := forged["object"].(object)
		twisted := object{}
		for k, v := range note {
			twisted[k] = v
		}
		twisted["content"] = "<p>what Bob never said</p>"
		forged["object"] = twisted
		w.announces(forum, "tea", forged)
		if got := w.filed("films", note["id"].(string)); got.HTML == "" || got.Title != "what Bob said" {
			t.Errorf("filed as %q: %s", got.Title, got.HTML)
		}
		invented := p.Activity("bob", "Create", object{"id": p.Origin + "/never", "type": "Note", "attributedTo": p.Actor("bob"), "content": "x"})
		w.wantReason(w.announces(forum, "tea", invented), group.ReasonUnverified)
	})
}

// Mitra accepts by naming the Follow, and shares by naming the post. Who follows is seen from what is taken in.
func TestMitraAcceptsById(t *testing.T) { // gotcha 45
	inWorld(t, func(w *world) {
		p, mitra := w.mastodon(), w.brand(fedtest.Mitra(), "mitra.example")
		w.follow(p, "ann", films)
		w.category(mitra, "tea", func(follow object) any { return follow["id"] })
		create := mitra.Write("eve", fedtest.Post{Text: "shared by its address"})
		thread := create["object"].(object)["id"].(string)
		w.announces(mitra, "tea", thread)
		w.wantHome(p, "ann", thread)
		w.wantAllTaken(mitra)
	})
}

package fedtest_test

import (
	"strings"
	"testing"

	"folkmoot/federation/fedtest"
	"folkmoot/group"
)

// ORG-06, ORG-07: who has an account on the same server is nobody special.
func TestNeighboursHaveNoPower(t *testing.T) {
	for _, software := range []string{"mastodon", "gotosocial", "pleroma", "of-my-own", ""} {
		t.Run("ORG-06 ORG-07 MOD-01 on "+software, func(t *testing.T) {
			inWorld(t, func(w *world) {
				p := w.peer("mastodon.example", software, "ann", "bob", "mal")
				for _, name := range []string{"ann", "bob", "mal"} {
					w.follow(p, name, books)
				}
				w.settle()
				post := w.publish(p, "ann", mention("mine"))
				like := p.Activity("mal", "Like", post) // as if the server were a forum
				like["audience"] = books
				w.send(p, "mal", like)
				ann, mal := p.Actor("ann"), p.Actor("mal")
				site := func(a object, target string) object {
					a["target"], a["removeData"], a["restoreData"], a["to"] = target, true, true, []string{everybody}
					return a
				}
				for name, a := range map[string]object{
					"ban from the site":              site(p.Activity("mal", "Block", ann), "https://mastodon.example/"),
					"ban from the site, no slash":    site(p.Activity("mal", "Block", ann), "https://mastodon.example"),
					"ban by the instance's path":     site(p.Activity("mal", "Block", ann), "https://mastodon.example/actor"),
					"ban without a target":           {"id": p.Origin + "/b/4", "type": "Block", "actor": mal, "object": ann, "removeData": true},
					"ban with the person as target":  site(p.Activity("mal", "Block", ann), ann),
					"ban from the group":             site(p.Activity("mal", "Block", ann), books),
					"delete of her post":             p.Activity("mal", "Delete", post),
					"delete of her account":          p.Activity("mal", "Delete", ann),
					"undo of her follow":             p.Activity("mal", "Undo", object{"id": p.Origin + "/f", "type": "Follow", "actor": ann, "object": books}),
					"undo of her follow as her":      p.Activity("mal", "Undo", object{"id": p.Origin + "/f", "type": "Follow", "actor": mal, "object": books, "attributedTo": ann}),
					"leave for her":                  {"id": p.Origin + "/l/1", "type": "Leave", "actor": mal, "object": books, "attributedTo": ann},
					"undo of the group's boost":      p.Activity("mal", "Undo", object{"id": books + "/x", "type": "Announce", "actor": books, "object": post}),
					"update of her post":             p.Activity("mal", "Update", object{"id": post, "type": "Note", "attributedTo": ann, "content": "<p>!</p>", "updated": p.Later(0)}),
					"update of her post as the own":  p.Activity("mal", "Update", object{"id": post, "type": "Note", "attributedTo": mal, "content": "<p>!</p>", "updated": p.Later(0)}),
					"move of her account":            {"id": p.Origin + "/m/1", "type": "Move", "actor": mal, "object": ann, "target": mal},
					"her post moved away":            {"id": p.Origin + "/m/2", "type": "Move", "actor": mal, "object": post, "origin": books, "target": films},
					"her post taken out of group":    {"id": p.Origin + "/r/1", "type": "Remove", "actor": mal, "object": post, "target": books},
					"the moderators' list":           {"id": p.Origin + "/r/2", "type": "Add", "actor": mal, "object": mal, "target": books + "/moderators"},
					"the featured list":              {"id": p.Origin + "/r/3", "type": "Add", "actor": mal, "object": post, "target": books + "/featured"},
					"lock":                           p.Activity("mal", "Lock", post),
					"the group's own document":       p.Activity("mal", "Update", object{"id": books, "type": "Group", "name": "Mine", "summary": "mine"}),
					"resolve of reports about her":   {"id": p.Origin + "/r/4", "type": "Resolve", "actor": mal, "object": object{"type": "Flag", "actor": ann, "object": post}, "to": []string{books}},
					"accept in the name of the host": {"id": p.Origin + "/ac/1", "type": "Accept", "actor": mal, "object": object{"type": "Follow", "actor": books, "object": ann}},
				} {
					if name == "undo of her follow as her" || name == "leave for her" {
						continue // these end the sender's own membership, as they say
					}
					if status := w.send(p, "mal", a); status >= 500 {
						t.Errorf("%s: status %d", name, status)
					}
					w.wantShown("books", post)
					if got := w.counts(); got.Followers != 3 || got.Members != 4 {
						t.Fatalf("%s: %+v", name, got)
					}
				}
			})
		})
	}
}

// A forum's admin speaks for the forum: there only admins can say that somebody is banned from it. The forum brings back what
// the ban took off, and nothing that the group's moderators had removed.
func TestAForumBringsBackOnlyWhatItTookOff(t *testing.T) {
	inWorld(t, func(w *world) {
		p := w.mastodon()
		f := w.subscriber(fedtest.Lemmy1(), "lemmy.example")
		w.appoint(p.Actor("bob"))
		w.subscribe(f, "mia", books)
		kept, spam := w.posts(f, "mia", "kept"), w.posts(f, "mia", "spam")
		w.act(p, "bob", "Delete", spam) // by a moderator of the group
		w.wantShown("books", kept)
		ban := object{
			"id": f.Origin + "/b/1", "type": "Block", "actor": f.Actor("max"), "object": f.Actor("mia"), "target": f.Origin + "/",
			"removeData": true, "to": []string{everybody}, "cc": []string{},
		}
		w.wantReason(w.forumSends(f, ban), group.ReasonBannedAtHome)
		w.wantShown("books")
		w.wantReason(w.forumSends(f, object{
			"id": f.Origin + "/b/2", "type": "Undo", "actor": f.Actor("max"), "object": ban, "restoreData": true, "to": []string{everybody},
		}), group.ReasonUnbanned)
		w.wantShown("books", kept)
	})
}

func (w *world) forumSends(f *fedtest.Forum, a object) object {
	w.t.Helper()
	_, err := f.Send(w.ctx, "max", home+"/inbox", a)
	return w.did(a, err)
}

// MOD-06: deleting a removed post and taking that back does not bring it back, nor does closing the account.
func TestDeletingIsNoWayAroundAModerator(t *testing.T) {
	inCase(t, "MOD-06", func(w *world) {
		p := w.mastodon()
		w.appoint(p.Actor("bob"))
		create := p.Write("ann", mention("against the rules"))
		w.send(p, "ann", create)
		post := create["object"].(object)["id"].(string)
		w.act(p, "bob", "Delete", post)
		w.wantShown("books")
		remove := w.act(p, "ann", "Delete", post) // it stays where it is, on her server
		w.wantReason(remove, group.ReasonDeleted)
		undo := w.act(p, "ann", "Undo", remove)
		w.wantReason(undo, group.ReasonNothingToDo)
		again := p.Activity("ann", "Create", create["object"])
		again["to"], again["cc"] = create["to"], create["cc"]
		w.send(p, "ann", again)
		w.wantReason(again, group.ReasonRemoved)
		w.must(p.Edit(w.ctx, "ann", books, post, "the same again"))
		w.settle()
		w.wantShown("books")
		w.wantHome(p, "max")
		if got := w.filedAs(post); got.HTML != "" {
			t.Errorf("deleted words are kept: %s", got.HTML)
		}
	})
}

// Whoever passes a deletion on puts no words into it: it is believed because the post is gone, and told in the group's own words.
func TestForwardedDeletionsAreNotPassedOnAsTheyCame(t *testing.T) {
	inWorld(t, func(w *world) {
		p := w.mastodon()
		f := w.subscriber(fedtest.Lemmy1(), "lemmy.example")
		relay := w.peer("relay.example", "mastodon", "rob")
		post := w.publish(p, "ann", mention("carried"))
		a := p.Deletion("ann", post)
		a["summary"], a["content"], a["to"] = "buy at https://evil.example", "<p>buy at evil.example</p>", []string{everybody}
		w.send(relay, "rob", a)
		w.wantShown("books")
		for _, r := range f.Inbox("") {
			if strings.Contains(text(t, r.Body), "evil.example") {
				t.Errorf("passed on: %s", text(t, r.Body))
			}
		}
		w.sees("removed", post, removed, f)
	})
}

// A community that a group follows keeps nobody out by announcing deletions of what is still to come.
func TestAnnouncedDeletionsKeepNobodyOut(t *testing.T) {
	inWorld(t, func(w *world) {
		p := w.mastodon()
		f := w.forum(fedtest.Lemmy1(), "lemmy.example", "max", "mia")
		tea := w.community(f, "tea")
		w.takes("books", "!tea@lemmy.example", true)
		create := p.Write("ann", mention("still to come"))
		post := create["object"].(object)["id"].(string)
		w.did(f.Announce(w.ctx, tea, object{
			"id": p.Origin + "/d/1", "type": "Delete", "actor": p.Actor("ann"), "object": post, "to": []string{everybody},
		}))
		w.send(p, "ann", create)
		w.wantShown("books", post)
	})
}

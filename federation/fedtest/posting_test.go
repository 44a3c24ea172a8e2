package fedtest_test

import (
	"net/http"
	"slices"
	"testing"
	"time"

	"folkmoot/federation/fedtest"
	"folkmoot/group"
	"folkmoot/store"
)

func TestMentionIsBoostedOnceToEveryFollower(t *testing.T) {
	inWorld(t, func(w *world) {
		p := w.mastodon()
		q := w.peer("gts.example", "gotosocial", "eve")
		w.follow(q, "eve", books)
		w.settle()
		post := w.publish(p, "ann", mention("What next?"))
		for _, name := range []string{"ann", "bob"} {
			w.wantHome(p, name, post)
		}
		w.wantHome(q, "eve", post)
		w.wantArrived(p, "Announce", 1)
		w.wantArrived(q, "Announce", 1)
		boost := p.Inbox("Announce")[0]
		if boost.Inbox != "/inbox" || boost.Body["object"] != post || boost.Actor != books {
			t.Errorf("boost %+v", boost)
		}
		if to := text(t, boost.Body["to"]); to != `["https://www.w3.org/ns/activitystreams#Public"]` {
			t.Errorf("boost to %s", to)
		}
		w.wantCounts(store.GroupCounts{Followers: 3, Members: 4, Threads: 1})
	})
}

func TestPersonalInboxesWhereThereIsNoShared(t *testing.T) {
	inWorld(t, func(w *world) {
		p := w.peer("small.example", "", "ann", "bob")
		p.NoSharedInbox("ann")
		p.NoSharedInbox("bob")
		w.follow(p, "ann", books)
		w.follow(p, "bob", books)
		w.settle()
		w.publish(p, "ann", mention("each of you"))
		var inboxes []string
		for _, r := range p.Inbox("Announce") {
			if _, boost := r.Body["object"].(string); boost {
				inboxes = append(inboxes, r.Inbox)
			}
		}
		slices.Sort(inboxes)
		if !slices.Equal(inboxes, []string{"/users/ann/inbox", "/users/bob/inbox"}) {
			t.Errorf("boosts went to %v", inboxes)
		}
	})
}

func TestUnlistedStaysUnlisted(t *testing.T) {
	inWorld(t, func(w *world) {
		p := w.mastodon()
		post := mention("quietly")
		post.Unlisted = true
		w.publish(p, "ann", post)
		body := p.Inbox("Announce")[0].Body
		if text(t, body["to"]) != `["`+books+`/followers"]` || !slices.Contains(body["cc"].([]any), any("https://www.w3.org/ns/activitystreams#Public")) {
			t.Errorf("boost to %v cc %v", body["to"], body["cc"])
		}
	})
}

func TestPrivatePostsAreNeverAnnounced(t *testing.T) {
	for name, change := range map[string]func(*fedtest.Post){
		"followers only": func(p *fedtest.Post) { p.Followers = true },
		"direct":         func(p *fedtest.Post) { p.Direct = true },
	} {
		t.Run(name, func(t *testing.T) {
			inWorld(t, func(w *world) {
				p := w.mastodon()
				post := mention("between us")
				change(&post)
				w.publish(p, "ann", post)
				w.later(time.Hour)
				w.wantArrived(p, "Announce", 0)
				w.wantCounts(members(2))
			})
		})
	}
}

func TestReplyIsACommentAndNotBoosted(t *testing.T) {
	inCase(t, "OVL-05", func(w *world) {
		p := w.mastodon()
		lemmy := w.peer("lemmy.example", "lemmy", "kim")
		w.follow(lemmy, "kim", books)
		w.settle()
		post := w.publish(p, "ann", mention("What next?"))
		uri, create, err := p.Publish(w.ctx, "bob", books, reply(post))
		w.must(err)
		w.settle()
		w.wantArrived(p, "Announce", 1)
		w.wantArrived(lemmy, "Announce", 2)
		wrapped := lemmy.Inbox("Announce")[1].Body
		if got, want := text(t, wrapped["object"]), text(t, create); got != want {
			t.Errorf("wrapped %s, want the Create as sent: %s", got, want)
		}
		context := w.document("/g/books/post/1/context")
		if text(t, context["orderedItems"]) != text(t, []string{post, uri}) {
			t.Errorf("context %v", context["orderedItems"])
		}
	})
}

func TestThreadiverseGetsNoBoosts(t *testing.T) {
	inWorld(t, func(w *world) {
		p := w.mastodon()
		lemmy, unknown := w.peer("lemmy.example", "lemmy", "kim"), w.peer("new.example", "", "eve")
		w.follow(lemmy, "kim", books)
		w.follow(unknown, "eve", books)
		w.settle()
		post := w.publish(p, "ann", mention("What next?"))
		w.wantArrived(lemmy, "Announce", 1)
		if _, embedded := lemmy.Inbox("Announce")[0].Body["object"].(object); !embedded {
			t.Error("Lemmy got a boost, which it answers with an error")
		}
		w.wantArrived(unknown, "Announce", 2)
		w.wantHome(unknown, "eve", post)
	})
}

func TestReplyElsewhereIsNotDraggedIn(t *testing.T) {
	inWorld(t, func(w *world) {
		p := w.mastodon()
		foreign := p.Write("max", fedtest.Post{Text: "nothing to do with groups"})
		_, create, err := p.Publish(w.ctx, "ann", books, reply(foreign["object"].(object)["id"].(string)))
		w.must(err)
		w.settle()
		w.later(10 * time.Minute)
		w.wantReason(create, group.ReasonForeignThread)
		w.wantArrived(p, "Announce", 0)
	})
}

func TestReplyBeforeItsParent(t *testing.T) {
	inWorld(t, func(w *world) {
		p := w.mastodon()
		parent := p.Write("ann", mention("What next?"))
		post := parent["object"].(object)["id"].(string)
		w.publish(p, "bob", reply(post))
		w.wantCounts(members(2))
		_, err := p.Send(w.ctx, "ann", books+"/inbox", parent)
		w.must(err)
		w.settle()
		w.wantCounts(store.GroupCounts{Followers: 2, Members: 3, Threads: 1, Comments: 1})
	})
}

func TestMissingAncestorsAreFetched(t *testing.T) {
	inWorld(t, func(w *world) {
		p := w.mastodon()
		uri := w.publish(p, "ann", mention("What next?"))
		for range 3 { // never sent to the group
			create := p.Write("max", fedtest.Post{Text: "between", InReplyTo: uri})
			uri = create["object"].(object)["id"].(string)
		}
		w.publish(p, "bob", reply(uri))
		w.wantCounts(store.GroupCounts{Followers: 2, Members: 3, Threads: 1, Comments: 4})
	})
}

func TestClimbingEnds(t *testing.T) {
	inWorld(t, func(w *world) {
		p := w.mastodon()
		uri := "https://mastodon.example/users/max/statuses/none"
		for range 50 {
			create := p.Write("max", fedtest.Post{Text: "endless", InReplyTo: uri})
			uri = create["object"].(object)["id"].(string)
		}
		before := w.net.Count(http.MethodGet, "mastodon.example", "")
		w.publish(p, "bob", reply(uri))
		if got := w.net.Count(http.MethodGet, "mastodon.example", "") - before; got > 21 {
			t.Errorf("%d fetches for one reply", got)
		}
	})
}

func TestManyGroups(t *testing.T) {
	inCase(t, "OVL-03", func(w *world) {
		p := w.mastodon()
		w.follow(p, "ann", films)
		w.follow(p, "ann", games)
		w.settle()
		two := fedtest.Post{Text: "for both", Mentions: []string{books, films}}
		_, create, err := p.Publish(w.ctx, "ann", books, two)
		w.must(err)
		_, err = p.Send(w.ctx, "ann", films+"/inbox", create)
		w.must(err)
		w.settle()
		w.wantArrived(p, "Announce", 2)
		three := fedtest.Post{Text: "for all", Mentions: []string{books, films, games}}
		_, create, err = p.Publish(w.ctx, "ann", books, three)
		w.must(err)
		w.settle()
		w.wantReason(create, group.ReasonTooManyGroups)
		w.wantArrived(p, "Announce", 2)
	})
}

func TestNamesOfNoGroupsDoNotCount(t *testing.T) {
	inWorld(t, func(w *world) {
		p := w.mastodon()
		w.publish(p, "ann", fedtest.Post{Text: "x", Mentions: []string{books, home + "/g/none", home + "/g/nowhere", home + "/actor"}})
		w.wantArrived(p, "Announce", 1)
	})
}

func TestStrangersAreToldOnce(t *testing.T) {
	inWorld(t, func(w *world) {
		p := w.mastodon()
		w.publish(p, "max", mention("buy my book"))
		w.publish(p, "max", mention("buy my book now"))
		if notes := p.Private("max"); len(notes) != 1 {
			t.Errorf("max was told %q", notes)
		}
		w.wantArrived(p, "Announce", 0)
		w.wantCounts(members(2))
		note := p.Inbox("Create")[0]
		if note.Inbox != "/users/max/inbox" || slices.Contains(note.Body["to"].([]any), any("https://www.w3.org/ns/activitystreams#Public")) {
			t.Errorf("note to %v at %s", note.Body["to"], note.Inbox)
		}
	})
}

func TestDuplicates(t *testing.T) {
	inWorld(t, func(w *world) {
		p := w.mastodon()
		create := p.Write("ann", mention("once"))
		done := make(chan error)
		for _, inbox := range []string{books + "/inbox", home + "/inbox", books + "/inbox", home + "/inbox"} {
			go func() { _, err := p.Send(w.ctx, "ann", inbox, create); done <- err }()
		}
		for range 4 {
			w.must(<-done)
		}
		w.settle()
		again := p.Activity("ann", "Create", create["object"]) // the same post in another activity
		again["to"], again["cc"] = create["to"], create["cc"]
		_, err := p.Send(w.ctx, "ann", books+"/inbox", again)
		w.must(err)
		w.settle()
		w.wantArrived(p, "Announce", 1)
		w.wantReason(again, group.ReasonDuplicate)
	})
}

func TestEdit(t *testing.T) {
	inWorld(t, func(w *world) {
		p := w.mastodon()
		post := w.publish(p, "ann", mention("What nxt?"))
		w.later(time.Minute)
		w.must(p.Edit(w.ctx, "ann", books, post, "What next?"))
		w.settle()
		got, err := w.store.Post(w.ctx, "books", 1)
		w.must(err)
		if got.Title != "What next?" || got.Edited.IsZero() {
			t.Errorf("after the edit: %q", got.Title)
		}
		w.wantArrived(p, "Announce", 1)
	})
}

func TestEditOfAPostThatNeverCame(t *testing.T) {
	inWorld(t, func(w *world) {
		p := w.mastodon()
		create := p.Write("ann", mention("first words"))
		w.later(time.Minute)
		w.must(p.Edit(w.ctx, "ann", books, create["object"].(object)["id"].(string), "second words"))
		w.settle()
		w.wantArrived(p, "Announce", 1)
		w.wantCounts(store.GroupCounts{Followers: 2, Members: 3, Threads: 1})
	})
}

func TestDeleteTakesTheBoostBack(t *testing.T) {
	inWorld(t, func(w *world) {
		p := w.mastodon()
		post := w.publish(p, "ann", mention("oops"))
		w.wantHome(p, "bob", post)
		w.must(p.Delete(w.ctx, "ann", books, post))
		w.settle()
		w.wantHome(p, "bob")
		w.wantArrived(p, "Undo", 1)
		for _, path := range []string{"/g/books/post/1", p.Inbox("Announce")[0].Body["id"].(string)[len(home):]} {
			res, doc := w.get(path, "application/activity+json")
			if res.StatusCode != http.StatusGone || doc["type"] != "Tombstone" {
				t.Errorf("GET %s: %d %v", path, res.StatusCode, doc["type"])
			}
		}
	})
}

func TestDeleteBeforeTheCreate(t *testing.T) {
	inWorld(t, func(w *world) {
		p := w.mastodon()
		create := p.Write("ann", mention("oops"))
		w.must(p.Delete(w.ctx, "ann", books, create["object"].(object)["id"].(string)))
		w.settle()
		_, err := p.Send(w.ctx, "ann", books+"/inbox", create)
		w.must(err)
		w.settle()
		w.wantReason(create, group.ReasonWithdrawnLater)
		w.wantArrived(p, "Announce", 0)
	})
}

func TestLikesAndBoostsCountOnce(t *testing.T) {
	inWorld(t, func(w *world) {
		p := w.mastodon()
		post := w.publish(p, "ann", mention("like me"))
		check := func(likes, boosts int) {
			t.Helper()
			got, err := w.store.Post(w.ctx, "books", 1)
			w.must(err)
			if got.Likes != likes || got.Boosts != boosts {
				t.Errorf("%d likes and %d boosts, want %d and %d", got.Likes, got.Boosts, likes, boosts)
			}
		}
		like := w.act(p, "bob", "Like", post)
		w.act(p, "bob", "Like", post)
		w.act(p, "bob", "EmojiReact", post)
		w.act(p, "max", "Like", post)
		boost := w.act(p, "bob", "Announce", post)
		check(2, 1)
		w.act(p, "bob", "Undo", like)
		w.act(p, "bob", "Undo", boost["id"])
		check(1, 0)
		late := p.Activity("bob", "Like", post)
		w.act(p, "bob", "Undo", late)
		_, err := p.Send(w.ctx, "bob", home+"/inbox", late)
		w.must(err)
		w.settle()
		check(1, 0)
	})
}

func TestReportIsKept(t *testing.T) {
	inWorld(t, func(w *world) {
		p := w.mastodon()
		post := w.publish(p, "ann", mention("rude"))
		flag := p.Activity("bob", "Flag", []any{p.Actor("ann"), post})
		flag["content"] = "please look"
		_, err := p.Send(w.ctx, "bob", home+"/inbox", flag)
		w.must(err)
		w.settle()
		w.wantReason(flag, group.ReasonReported)
		if n := w.number(`SELECT COUNT(*) FROM reports WHERE about = $1 AND reporter = $2 AND words = 'please look'`, post, p.Actor("bob")); n != 1 {
			t.Errorf("%d reports are kept", n)
		}
	})
}

func TestUnknownThingsAreKept(t *testing.T) {
	inWorld(t, func(w *world) {
		p := w.mastodon()
		for _, kind := range []string{"Add", "Remove", "Lock", "Dislike", "QuoteRequest", "Offer", "Nonsense", "Accept", "Reject"} {
			w.wantReason(w.act(p, "ann", kind, books), group.ReasonNothingToDo)
		}
		chat := p.Activity("ann", "Create", object{"id": "https://mastodon.example/chat/1", "type": "ChatMessage", "content": "hi", "to": []string{books}})
		_, err := p.Send(w.ctx, "ann", books+"/inbox", chat)
		w.must(err)
		w.settle()
		w.wantReason(chat, group.ReasonNothingToDo)
		w.wantArrived(p, "Announce", 0)
	})
}

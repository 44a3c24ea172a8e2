package fedtest_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"folkmoot/federation"
	"folkmoot/federation/fedtest"
	"folkmoot/group"
	"folkmoot/store"
)

// GoToSocial finds nothing by the id of what is undone: the whole Announce is in the Undo, at the same addresses.
func TestUndoHoldsTheWholeAnnounce(t *testing.T) { // gotcha 46, gotcha 53
	inWorld(t, func(w *world) {
		p, far := w.mastodon(), w.brand(fedtest.GoToSocial(), "far.example")
		thread := w.publish(p, "ann", mention("soon gone"))
		w.wantHome(far, "eve", thread)
		w.must(p.Delete(w.ctx, "ann", books, thread))
		w.settle()
		w.wantHome(far, "eve")
		boost, undo := far.Inbox("Announce")[0].Body, far.Inbox("Undo")[0].Body
		inner := undo["object"].(object)
		for _, key := range []string{"id", "type", "actor", "object", "to", "cc"} {
			if text(t, inner[key]) != text(t, boost[key]) {
				t.Errorf("%s is %v in the Undo, %v in the Announce", key, inner[key], boost[key])
			}
		}
		if text(t, undo["to"]) != text(t, boost["to"]) {
			t.Errorf("the Undo is to %v", undo["to"])
		}
		w.wantAllTaken(far)
	})
}

// What stands at the address of GoToSocial's keys is no profile.
func TestStubOfAKeyIsNoProfile(t *testing.T) { // gotcha 72
	inWorld(t, func(w *world) {
		far := w.brand(fedtest.GoToSocial(), "far.example")
		w.later(30 * 24 * time.Hour)
		w.publish(far, "eve", mention("still me"))
		a, err := w.store.Actor(w.ctx, far.Actor("eve"))
		w.must(err)
		if a.Inbox != far.Actor("eve")+"/inbox" || a.URI != far.Actor("eve") {
			t.Errorf("kept as %+v", a)
		}
		if _, err := w.store.Actor(w.ctx, far.Actor("eve")+"/main-key"); err == nil {
			t.Error("the key is an account")
		}
	})
}

// An author who lets nobody share the post is not boosted. Who reads whole activities gets the one that was sent to the group.
func TestGoToSocialForbidsBoosts(t *testing.T) {
	inWorld(t, func(w *world) {
		p, far, forum := w.mastodon(), w.brand(fedtest.GoToSocial(), "far.example"), w.brand(fedtest.NodeBB(), "forum.example")
		post := mention("not to be shared")
		post.Change = func(note object) {
			note["interactionPolicy"] = object{"canAnnounce": object{"automaticApproval": []string{far.Actor("eve")}}}
		}
		thread := w.publish(far, "eve", post)
		w.wantHome(p, "ann")
		w.wantForms(p, 0, 0)
		w.wantHome(forum, "eve", thread)
	})
}

// Friendica lets people follow a post: that makes nobody a member.
func TestFriendicaFollowsAPost(t *testing.T) { // gotcha 52
	inWorld(t, func(w *world) {
		p, far := w.mastodon(), w.brand(fedtest.Friendica(), "far.example")
		thread := w.publish(p, "ann", mention("follow this"))
		far.AddUser("zoe", keys().users[0])
		w.wantReason(w.act(far, "zoe", "Follow", thread), group.ReasonNothingToDo)
		w.wantCounts(store.GroupCounts{Followers: 4, Members: 5, Threads: 1})
	})
}

// Friendica names several groups as audience: each files the post and announces it once, under an id of its own.
func TestFriendicaPostsToTwoGroups(t *testing.T) { // gotcha 39, gotcha 61, gotcha 69
	inWorld(t, func(w *world) {
		p, far, forum := w.mastodon(), w.brand(fedtest.Friendica(), "far.example"), w.brand(fedtest.NodeBB(), "forum.example")
		w.follow(far, "eve", films)
		w.follow(p, "ann", films)
		w.follow(forum, "eve", films)
		w.settle()
		post := mention("both of you")
		create := far.Write("eve", post)
		note := create["object"].(object)
		create["audience"], note["audience"] = []string{books, films}, []string{books, films}
		for range 2 {
			_, err := far.Send(w.ctx, "eve", home+"/inbox", create)
			w.must(err)
			w.settle()
		}
		for _, peer := range []*fedtest.Peer{p, forum} {
			ids, actors := []string{}, []string{}
			for _, r := range peer.Inbox("Announce") {
				ids, actors = append(ids, r.Body["id"].(string)), append(actors, r.Actor)
			}
			slices.Sort(actors)
			if len(ids) != 2 || ids[0] == ids[1] || !slices.Equal(actors, []string{books, films}) {
				t.Errorf("%s got %v by %v", peer.Origin, ids, actors)
			}
		}
		if r := forum.Inbox("Announce")[0].Body; r["audience"] != nil {
			t.Errorf("audience of the Announce: %v", r["audience"])
		}
		w.wantAllTaken(forum)
	})
}

func TestFriendicaDislikes(t *testing.T) {
	inWorld(t, func(w *world) {
		p, far := w.mastodon(), w.brand(fedtest.Friendica(), "far.example")
		thread := w.publish(p, "ann", mention("like it?"))
		dislike := w.act(far, "eve", "Dislike", thread)
		if got := w.filedAs(thread); got.Dislikes != 1 || got.Likes != 0 {
			t.Errorf("%d likes, %d dislikes", got.Likes, got.Dislikes)
		}
		w.act(far, "eve", "Like", thread)
		if got := w.filedAs(thread); got.Dislikes != 0 || got.Likes != 1 {
			t.Errorf("after a change of mind: %d likes, %d dislikes", got.Likes, got.Dislikes)
		}
		w.act(far, "eve", "Undo", dislike)
		if got := w.filedAs(thread); got.Likes != 1 {
			t.Errorf("after taking back what was replaced: %d likes", got.Likes)
		}
	})
}

// Mobilizon joins events. A post about an event is a thread like any other; joining it is between its author and the guest.
func TestMobilizonJoinsAnEvent(t *testing.T) { // gotcha 73
	inWorld(t, func(w *world) {
		p, far := w.mastodon(), w.peer("mobilizon.example", "mobilizon", "sam")
		event := mention("reading night")
		event.Change = func(note object) { note["type"], note["startTime"] = "Event", "2030-01-01T18:00:00Z" }
		thread := w.publish(p, "ann", event)
		w.wantReason(w.act(far, "sam", "Join", thread), group.ReasonNothingToDo)
		w.wantCounts(store.GroupCounts{Followers: 2, Members: 3, Threads: 1})
		w.wantArrived(far, "Accept", 0)
		w.wantReason(w.act(far, "sam", "Join", books), group.ReasonJoined)
		w.wantArrived(far, "Accept", 1)
		w.publish(p, "ann", mention("announced to Mobilizon"))
		w.wantForms(far, 1, 1)
	})
}

// However long a post is, Misskey gets its address; nobody is sent more than anybody takes.
func TestLongPosts(t *testing.T) { // gotcha 31
	inWorld(t, func(w *world) {
		p, far, forum := w.mastodon(), w.brand(fedtest.Misskey(), "far.example"), w.brand(fedtest.NodeBB(), "forum.example")
		thread := w.publish(p, "ann", mention(strings.Repeat("long ", 16<<10)))
		w.wantHome(far, "eve", thread)
		w.wantHome(forum, "eve", thread)
		w.wantAllTaken(far)
	})
}

// Everybody has three names; this server uses the one that all know.
func TestEverybodyIsNamedInFull(t *testing.T) { // gotcha 43
	for _, name := range []string{"as:Public", "Public", asPublic} {
		t.Run(name, func(t *testing.T) {
			inWorld(t, func(w *world) {
				p := w.mastodon()
				create := p.Write("ann", mention("to all"))
				note := create["object"].(object)
				create["to"], note["to"] = name, name
				_, err := p.Send(w.ctx, "ann", books+"/inbox", create)
				w.must(err)
				w.settle()
				if to := text(t, p.Inbox("Announce")[0].Body["to"]); to != `["`+asPublic+`"]` {
					t.Errorf("boost to %s", to)
				}
			})
		})
	}
}

// A group that is only talked about, in a quotation or in code, is not addressed.
func TestNamesInTheTextAreNoAddress(t *testing.T) { // gotcha 58, gotcha 60
	inWorld(t, func(w *world) {
		p := w.mastodon()
		for _, html := range []string{
			"<pre><code>@books@groups.example</code></pre>", "<blockquote><p>@books@groups.example: no</p></blockquote>",
			`<p><a href="` + books + `">@books</a></p>`,
		} {
			_, create, err := p.Publish(w.ctx, "ann", books, fedtest.Post{Text: "x", Change: func(note object) { note["content"] = html }})
			w.must(err)
			w.settle()
			w.wantReason(create, group.ReasonNotAddressed)
		}
		w.wantArrived(p, "Announce", 0)
	})
}

// A post that says it is from next year is from now.
func TestPostsFromTheFuture(t *testing.T) { // gotcha 62
	inWorld(t, func(w *world) {
		p := w.mastodon()
		post := mention("first!")
		post.Change = func(note object) { note["published"] = p.Later(365 * 24 * time.Hour) }
		thread := w.publish(p, "ann", post)
		if got := w.filedAs(thread).Published; got.After(time.Now().Add(time.Minute)) {
			t.Errorf("published %s, and it is %s", got, time.Now())
		}
	})
}

// Behind Mastodon's reports there is no person: its server reports, and is no member for it.
func TestReportsOfServers(t *testing.T) { // gotcha 71
	inWorld(t, func(w *world) {
		p := w.mastodon()
		far := w.peer("far.example", "mastodon", "instance")
		far.Change("instance", func(doc map[string]any) { doc["type"] = "Application" })
		thread := w.publish(p, "ann", mention("rude"))
		flag := far.Activity("instance", "Flag", []string{p.Actor("ann"), thread})
		flag["content"] = "this is rude"
		_, err := far.Send(w.ctx, "instance", books+"/inbox", flag)
		w.must(err)
		w.settle()
		w.wantReason(flag, group.ReasonReported)
		w.wantCounts(store.GroupCounts{Followers: 2, Members: 3, Threads: 1})
		if got := w.net.Count(http.MethodPost, "far.example", ""); got != 0 {
			t.Errorf("%d activities to the reporter", got)
		}
	})
}

// Lemmy waits ten seconds for an answer. Whatever is slow on the way, it has one before that.
func TestAnswersComeInTime(t *testing.T) { // gotcha 29
	inWorld(t, func(w *world) {
		p := w.mastodon()
		slow := w.peer("slow.example", "mastodon", "eve")
		w.net.Set("slow.example", fedtest.Silent)
		began := time.Now()
		_, err := slow.Send(w.ctx, "eve", books+"/inbox", slow.Activity("eve", "Like", books))
		w.must(err)
		if took := time.Since(began); took > 9*time.Second {
			t.Errorf("an answer after %s", took)
		}
		w.net.Set("mastodon.example", fedtest.Silent)
		began = time.Now()
		w.must(p.Delete(w.ctx, "ann", books, p.Actor("ann")+"/statuses/1"))
		if took := time.Since(began); took > time.Second {
			t.Errorf("an answer after %s though the key is known", took)
		}
	})
}

// NodeBB takes a deletion from the post's host or from the announcer's. That of a moderator elsewhere is therefore said here.
func TestRemovalByAModeratorOnAThirdHost(t *testing.T) { // gotcha 48, gotcha 51
	inWorld(t, func(w *world) {
		p, far, forum := w.mastodon(), w.brand(fedtest.Akkoma(), "far.example"), w.brand(fedtest.NodeBB(), "forum.example")
		w.operate(federation.Act{Kind: group.Appoint, Target: p.Actor("bob")})
		thread := w.publish(far, "eve", mention("buy now"))
		w.wantHome(forum, "eve", thread)
		removal := p.Activity("bob", "Delete", thread)
		removal["summary"], removal["to"], removal["cc"] = "spam", []string{books, asPublic}, []string{books}
		_, err := p.Send(w.ctx, "bob", books+"/inbox", removal)
		w.must(err)
		w.settle()
		w.wantReason(removal, group.ReasonByModerator)
		w.wantHome(p, "ann")
		w.wantHome(forum, "eve")
		w.wantAllTaken(forum)
	})
}

// Guppe tells every follower of every follow, by an Update of a whole collection; PieFed may announce as many activities at once.
func TestCollectionsInActivities(t *testing.T) { // gotcha 49
	inWorld(t, func(w *world) {
		p, guppe := w.mastodon(), w.peer("guppe.example", "guppe", "crowd")
		thread := w.publish(p, "ann", mention("listen"))
		update := guppe.Activity("crowd", "Update", object{
			"id": guppe.Actor("crowd") + "/followers", "type": "OrderedCollection", "totalItems": 1, "orderedItems": []string{p.Actor("ann")},
		})
		_, err := guppe.Send(w.ctx, "crowd", books+"/inbox", update)
		w.must(err)
		w.settle()
		w.wantReason(update, group.ReasonNothingToDo)

		tea := w.category(guppe, "tea", whole)
		create := guppe.Write("crowd", fedtest.Post{Text: "from a batch"})
		batch := []any{create, guppe.Activity("crowd", "Like", create["object"].(object)["id"]), p.Activity("bob", "Like", thread)}
		w.wantReason(w.announces(guppe, "tea", batch), group.ReasonUnpacked)
		got := w.filed("films", create["object"].(object)["id"].(string))
		if got.Likes != 1 {
			t.Errorf("%d likes of what %s announced", got.Likes, tea)
		}
		if got := w.filedAs(thread).Likes; got != 0 {
			t.Errorf("%d likes of a thread of somebody else's", got)
		}
	})
}

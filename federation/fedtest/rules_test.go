package fedtest_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"folkmoot/federation/fedtest"
	"folkmoot/group"
	"folkmoot/store"
)

// withLemmy is the usual peer and a Lemmy, whose followers see comments and edits too.
func (w *world) withLemmy() (p, lemmy *fedtest.Peer) {
	p = w.mastodon()
	lemmy = w.peer("lemmy.example", "lemmy", "kim")
	w.follow(lemmy, "kim", books)
	w.settle()
	return p, lemmy
}

// A vote looks like a reply. It stays one even if it is addressed to everybody and answers a thread of the group.
func TestVotesAreNeverShown(t *testing.T) { // gotcha 55
	inWorld(t, func(w *world) {
		p, lemmy := w.withLemmy()
		poll := w.publish(p, "ann", mention("Saturday or Sunday?"))
		before := w.shown()
		vote := fedtest.Post{Text: "Sunday", InReplyTo: poll, Change: func(note object) {
			delete(note, "content")
			delete(note, "contentMap")
			note["name"] = "Sunday"
		}}
		_, create, err := p.Publish(w.ctx, "bob", books, vote)
		w.must(err)
		w.settle()
		w.wantReason(create, group.ReasonVote)
		if d := difference(before, w.shown()); d != "" {
			t.Errorf("the vote changed:\n%s", d)
		}
		w.wantArrived(lemmy, "Announce", 1)
	})
}

func TestPrivateRepliesStayPrivate(t *testing.T) {
	for name, change := range map[string]func(*fedtest.Post){
		"followers only": func(p *fedtest.Post) { p.Followers = true },
		"direct":         func(p *fedtest.Post) { p.Direct = true },
	} {
		t.Run(name, func(t *testing.T) {
			inWorld(t, func(w *world) {
				p, lemmy := w.withLemmy()
				answer := reply(w.publish(p, "ann", mention("What next?")))
				change(&answer)
				before := w.shown()
				_, create, err := p.Publish(w.ctx, "bob", books, answer)
				w.must(err)
				w.settle()
				w.wantReason(create, group.ReasonNotPublic)
				if d := difference(before, w.shown()); d != "" {
					t.Errorf("the private reply changed:\n%s", d)
				}
				w.wantArrived(lemmy, "Announce", 1)
			})
		})
	}
}

// Who makes a post private withdraws it, and the private words are passed on to nobody.
func TestEditMakesAPostPrivate(t *testing.T) {
	inWorld(t, func(w *world) {
		p, lemmy := w.withLemmy()
		post := w.publish(p, "ann", mention("for everybody"))
		w.later(time.Minute)
		update := p.Activity("ann", "Update", object{
			"id": post, "type": "Note", "attributedTo": p.Actor("ann"), "content": "<p>my secret</p>", "updated": p.Later(0),
			"to": []string{p.Actor("ann") + "/followers"}, "cc": []string{},
		})
		update["to"] = []string{p.Actor("ann") + "/followers"}
		w.send(p, "ann", update)
		w.wantReason(update, group.ReasonNotPublic)
		w.wantHome(p, "bob")
		for _, r := range append(lemmy.Inbox(""), p.Inbox("")...) {
			if strings.Contains(text(t, r.Body), "my secret") {
				t.Errorf("passed on: %v", r.Body)
			}
		}
		if d := w.shown(); strings.Contains(strings.Join(d, "\n"), "my secret") {
			t.Error("the private words are kept where posts are shown")
		}
	})
}

// Mbin 1.8 sends edits whose object has no date of its own.
func TestEditWithoutADate(t *testing.T) { // gotcha 56
	inWorld(t, func(w *world) {
		p, lemmy := w.withLemmy()
		create := p.Write("ann", mention("What nxt?"))
		w.send(p, "ann", create)
		w.later(time.Minute)
		note := object{}
		for k, v := range create["object"].(object) {
			note[k] = v
		}
		note["content"], note["contentMap"] = "<p>What next?</p>", object{"en": "<p>What next?</p>"}
		note["object"] = object{"updated": p.Later(0)}
		update := p.Activity("ann", "Update", note)
		update["to"], update["cc"] = create["to"], create["cc"]
		w.send(p, "ann", update)
		w.wantReason(update, group.ReasonEdited)
		got, err := w.store.Post(w.ctx, "books", 1)
		if err != nil || got.Title != "What next?" || !got.Edited.Equal(time.Now().Truncate(time.Second)) {
			t.Errorf("after the edit: %q, edited %s (%v)", got.Title, got.Edited, err)
		}
		w.wantArrived(lemmy, "Announce", 2)
		w.wantArrived(p, "Announce", 1)
	})
}

func TestOlderEditComesLater(t *testing.T) {
	inWorld(t, func(w *world) {
		p := w.mastodon()
		post := w.publish(p, "ann", mention("one"))
		w.later(time.Hour)
		edit := func(words string, at time.Duration) object {
			update := p.Activity("ann", "Update", object{
				"id": post, "type": "Note", "attributedTo": p.Actor("ann"), "content": "<p>" + words + "</p>", "updated": p.Later(at),
				"to": []string{everybody}, "cc": []string{books},
			})
			w.send(p, "ann", update)
			return update
		}
		edit("three", -time.Minute)
		w.wantReason(edit("two", -2*time.Minute), group.ReasonOldVersion)
		if got, err := w.store.Post(w.ctx, "books", 1); err != nil || got.Title != "three" {
			t.Errorf("it says %q (%v)", got.Title, err)
		}
	})
}

// Mastodon tells whole seconds, and whoever is quick edits within the one in which the post was written.
func TestEditsOfOneSecond(t *testing.T) {
	inWorld(t, func(w *world) {
		p := w.mastodon()
		post := w.publish(p, "ann", mention("one"))
		edit := func(words string) object {
			update := p.Activity("ann", "Update", object{
				"id": post, "type": "Note", "attributedTo": p.Actor("ann"), "content": "<p>" + words + "</p>",
				"published": p.Later(0), "updated": p.Later(0), "to": []string{everybody}, "cc": []string{books},
			})
			w.send(p, "ann", update)
			return update
		}
		w.wantReason(edit("two"), group.ReasonEdited)
		w.wantReason(edit("three"), group.ReasonEdited)
		w.wantReason(edit("three"), group.ReasonOldVersion)
		if got, err := w.store.Post(w.ctx, "books", 1); err != nil || got.Title != "three" {
			t.Errorf("it says %q (%v)", got.Title, err)
		}
	})
}

// A post may be sent by its id alone. What its origin shows counts.
func TestPostByReference(t *testing.T) {
	inWorld(t, func(w *world) {
		p := w.mastodon()
		full := p.Write("ann", mention("fetched"))
		post := full["object"].(object)["id"].(string)
		create := p.Activity("ann", "Create", post)
		create["to"], create["cc"] = full["to"], full["cc"]
		w.send(p, "ann", create)
		w.wantReason(create, group.ReasonThread)
		w.wantHome(p, "bob", post)
		stolen := p.Activity("bob", "Create", p.Write("ann", mention("hers"))["object"].(object)["id"])
		stolen["to"], stolen["cc"] = full["to"], full["cc"]
		w.send(p, "bob", stolen)
		w.wantReason(stolen, group.ReasonNotAuthor)
		w.wantHome(p, "bob", post)
	})
}

// Nobody can make this server fetch from a third one: a post that is not on its sender's host is not the sender's.
func TestPostsOfOtherHostsCostNoFetch(t *testing.T) {
	inCase(t, "ORG-02", func(w *world) {
		p := w.mastodon()
		w.peer("victim.example", "mastodon", "eve")
		for i, about := range []any{
			"https://victim.example/users/eve/statuses/1",
			object{"id": "https://victim.example/n/1", "type": "Note", "attributedTo": p.Actor("ann"), "content": "x", "to": []string{everybody}},
		} {
			for _, kind := range []string{"Create", "Update"} {
				a := p.Activity("ann", kind, about)
				a["to"], a["cc"] = []string{everybody}, []string{books}
				w.send(p, "ann", a)
				if got := w.reason(a); got != string(group.ReasonNotAuthor) {
					t.Errorf("%s %d: %s", kind, i, got)
				}
			}
		}
		w.later(time.Hour)
		if got := w.net.Count(http.MethodGet, "victim.example", ""); got != 0 {
			t.Errorf("%d fetches from a server that has nothing to do with it", got)
		}
	})
}

func TestHeldPostIsNotShown(t *testing.T) {
	inWorld(t, func(w *world) {
		p := w.mastodon()
		post := w.publish(p, "ann", fedtest.Post{Text: "for all", Mentions: []string{books, films, games}})
		for _, path := range []string{"/g/books/post/1", "/g/books/post/1/context", "/g/books/post/1/replies"} {
			if res, _ := w.get(path, "application/activity+json"); res.StatusCode != http.StatusNotFound {
				t.Errorf("%s: status %d", path, res.StatusCode)
			}
		}
		if outbox := w.document("/g/books/outbox"); outbox["totalItems"] != 0.0 || strings.Contains(text(t, outbox), post) {
			t.Errorf("outbox %v", outbox)
		}
		w.publish(p, "bob", reply(post))
		w.wantCounts(members(2))
		w.must(p.Delete(w.ctx, "ann", books, post))
		w.settle()
		w.wantArrived(p, "Announce", 0)
		w.wantArrived(p, "Undo", 0)
		w.wantCounts(members(2))
	})
}

// Who follows today is not shown yesterday's posts as news.
func TestNewFollowersStartNow(t *testing.T) { // gotcha 66
	inWorld(t, func(w *world) {
		p := w.mastodon()
		w.publish(p, "ann", mention("old"))
		w.later(time.Hour)
		late := w.peer("late.example", "mastodon", "eve")
		w.follow(late, "eve", books)
		w.settle()
		post := w.publish(p, "ann", mention("new"))
		w.later(time.Hour)
		w.wantHome(late, "eve", post)
		w.wantArrived(late, "Announce", 1)
	})
}

// Once nobody on a host follows, what was waiting for it is not sent any more.
func TestLastFollowerLeavesWithABacklog(t *testing.T) { // gotcha 44
	inWorld(t, func(w *world) {
		p := w.mastodon()
		far := w.peer("far.example", "mastodon", "eve")
		w.follow(far, "eve", books)
		w.settle()
		posts := 0
		w.net.Attach("far.example", http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodPost {
				posts++
				http.Error(rw, "later", http.StatusServiceUnavailable)
				return
			}
			far.ServeHTTP(rw, r)
		}))
		w.publish(p, "ann", mention("waits"))
		if posts == 0 {
			t.Fatal("nothing was tried")
		}
		w.must(far.Unfollow(w.ctx, "eve", books))
		w.settle()
		w.net.Attach("far.example", far)
		w.later(48 * time.Hour)
		w.wantArrived(far, "Announce", 0)
		w.wantCounts(store.GroupCounts{Followers: 2, Members: 3, Threads: 1})
	})
}

// A reply that waits for its parent, and an answer that waits for a server, are still there after a restart.
func TestRestartWhileThingsWait(t *testing.T) {
	inWorld(t, func(w *world) {
		p := w.mastodon()
		parent := p.Write("ann", mention("What next?"))
		w.publish(p, "bob", reply(parent["object"].(object)["id"].(string)))
		far := w.peer("far.example", "mastodon", "eve")
		follow := far.Activity("eve", "Follow", books)
		w.net.Attach("far.example", http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodPost {
				http.Error(rw, "later", http.StatusServiceUnavailable)
				return
			}
			far.ServeHTTP(rw, r)
		}))
		w.send(far, "eve", follow)
		w.shut()
		w.net.Attach("far.example", far)
		w.start()
		w.send(p, "ann", parent)
		w.later(time.Hour)
		w.wantCounts(store.GroupCounts{Followers: 3, Members: 4, Threads: 1, Comments: 1})
		w.wantArrived(far, "Accept", 1)
	})
}

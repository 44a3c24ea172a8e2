package fedtest_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"folkmoot/federation/fedtest"
	"folkmoot/group"
	"folkmoot/store"
)

// file has Ann post to the group of books without the wire, or answer a post.
func (w *world) file(n int, parent string) string {
	w.t.Helper()
	uri := fmt.Sprintf("https://mastodon.example/users/ann/statuses/m%d", n)
	ann := "https://mastodon.example/users/ann"
	post := fmt.Sprintf(`{"id":%q,"type":"Note","attributedTo":%q,"content":"<p>%d</p>"}`, uri, ann, n)
	outcomes, err := w.store.Apply(w.ctx, group.Request{
		Kind: group.Publish, By: group.Person{URI: ann}, Activity: uri + "/activity", Groups: []string{books}, At: time.Now(),
		Raw:  []byte(fmt.Sprintf(`{"id":"%s/activity","type":"Create","actor":%q,"object":%s}`, uri, ann, post)),
		Post: &group.Post{URI: uri, Author: ann, InReplyTo: parent, HTML: "<p>x</p>", Title: "x", Kind: "Note", Published: time.Now(), Raw: []byte(post)},
	}, 0)
	w.must(err)
	if outcomes[0].Decision.Verdict != group.Accepted {
		w.t.Fatalf("post %d: %+v", n, outcomes[0].Decision)
	}
	return uri
}

// moderate has the group's owner ask for something.
func (w *world) moderate(kind group.Kind, target string) {
	w.t.Helper()
	outcomes, err := w.store.Apply(w.ctx, group.Request{
		Kind: kind, By: group.Person{URI: "https://lee.example/users/lee"}, Activity: fmt.Sprint("https://lee.example/", kind, target),
		Groups: []string{books}, Target: target, At: time.Now(),
	}, 0)
	w.must(err)
	if outcomes[0].Decision.Verdict != group.Accepted {
		w.t.Fatalf("%s %s: %+v", kind, target, outcomes[0].Decision)
	}
}

// crawl reads a collection from the page at path on, by the named link, and returns its items as ids.
func (w *world) crawl(path, link string) (ids []string) {
	w.t.Helper()
	for range 100 {
		page := w.document(path)
		if page["id"] != home+path || page["type"] != "OrderedCollectionPage" {
			w.t.Fatalf("%s is %v %v", path, page["type"], page["id"])
		}
		var here []string
		for _, item := range page["orderedItems"].([]any) {
			id, _ := item.(string)
			if m, ok := item.(object); ok {
				id, _ = m["object"].(object)["object"].(object)["id"].(string)
			}
			here = append(here, id)
		}
		if link == "prev" {
			slices.Reverse(here)
		}
		ids = append(ids, here...)
		next, ok := page[link].(string)
		if !ok {
			return ids
		}
		path = strings.TrimPrefix(next, home)
	}
	w.t.Fatal("the pages do not end")
	return nil
}

func TestPagesOfThreads(t *testing.T) {
	inWorld(t, func(w *world) {
		w.mastodon()
		var newest []string
		for n := range 45 {
			newest = append([]string{w.file(n, "")}, newest...)
		}
		w.moderate(group.Remove, newest[7])
		want := slices.Delete(slices.Clone(newest), 7, 8)
		for _, name := range []string{"outbox", "wall"} {
			root := w.document("/g/books/" + name)
			items := root["orderedItems"].([]any)
			if root["totalItems"] != 44.0 || len(items) != 20 || root["first"] != books+"/"+name+"?before=0" || root["last"] != books+"/"+name+"?after=0" {
				t.Errorf("%s: %v items of %v, first %v, last %v", name, len(items), root["totalItems"], root["first"], root["last"])
			}
			if got := w.crawl("/g/books/"+name+"?before=0", "next"); !slices.Equal(got, want) {
				t.Errorf("%s forwards: %d posts: %v", name, len(got), got)
			}
			back := w.crawl("/g/books/"+name+"?after=0", "prev")
			if slices.Reverse(back); !slices.Equal(back, want) {
				t.Errorf("%s backwards: %d posts: %v", name, len(back), back)
			}
		}
		if page := w.document("/g/books/outbox?before=1"); len(page["orderedItems"].([]any)) != 0 || page["next"] != nil {
			t.Errorf("before the first: %v", page)
		}
		raw := w.raw("/g/books/outbox")
		for _, read := range []func(fedtest.Document, []byte) error{fedtest.LemmyReads, fedtest.PieFedReads, fedtest.MastodonReads} {
			if err := read(fedtest.OutboxDocument, raw); err != nil {
				t.Error(err)
			}
		}
	})
}

func (w *world) raw(path string) []byte {
	w.t.Helper()
	raw, err := json.Marshal(w.document(path))
	w.must(err)
	return raw
}

// One item that Lemmy cannot read would cost a new subscription all posts.
func TestLemmyReadsTheOutboxWhateverPeersSend(t *testing.T) { // gotcha 9
	inWorld(t, func(w *world) {
		p := w.mastodon()
		w.publish(p, "ann", mention("plain"))
		odd := p.Write("ann", mention("with its author inside"))
		odd["actor"] = object{"id": p.Actor("ann"), "type": "Person", "inbox": p.Actor("ann") + "/inbox"}
		if status, err := p.Send(w.ctx, "ann", books+"/inbox", odd); err != nil || status != http.StatusAccepted {
			t.Fatalf("%d, %v", status, err)
		}
		w.settle()
		w.wantCounts(store.GroupCounts{Followers: 2, Members: 3, Threads: 2})
		if err := fedtest.LemmyReads(fedtest.OutboxDocument, w.raw("/g/books/outbox")); err != nil {
			t.Error(err)
		}
		if items := w.document("/g/books/outbox")["orderedItems"].([]any); len(items) != 1 {
			t.Errorf("%d items", len(items))
		}
	})
}

func TestFeaturedHoldsWholePosts(t *testing.T) { // gotcha 10
	inWorld(t, func(w *world) {
		p := w.mastodon()
		first := w.publish(p, "ann", mention("rules, please read"))
		second := w.publish(p, "bob", mention("welcome"))
		poll := mention("a poll")
		poll.Change = func(note object) {
			note["type"], note["oneOf"] = "Question", []object{{"type": "Note", "name": "yes"}}
		}
		asked := w.publish(p, "ann", poll)
		hidden := w.publish(p, "ann", mention("gone soon"))
		for _, uri := range []string{first, second, asked, hidden} {
			w.moderate(group.Pin, uri)
			time.Sleep(time.Second)
		}
		w.moderate(group.Remove, hidden)
		featured := w.document("/g/books/featured")
		items := featured["orderedItems"].([]any)
		if len(items) != 2 || featured["totalItems"] != 2.0 { // Lemmy reads no polls, and would read nothing beside one
			t.Fatalf("%d items, said to be %v: %v", len(items), featured["totalItems"], items)
		}
		for i, uri := range []string{second, first} {
			post := items[i].(object)
			if post["id"] != uri || post["type"] != "Note" || post["content"] == nil || post["attributedTo"] == nil {
				t.Errorf("item %d is %v", i, post)
			}
		}
		if err := fedtest.LemmyReads(fedtest.FeaturedDocument, w.raw("/g/books/featured")); err != nil {
			t.Error(err)
		}
		w.moderate(group.Unpin, second)
		if items := w.document("/g/books/featured")["orderedItems"].([]any); len(items) != 1 {
			t.Errorf("%d items after one was taken off", len(items))
		}
	})
}

func TestContextOfALongThread(t *testing.T) {
	inWorld(t, func(w *world) {
		w.mastodon()
		all := []string{w.file(0, "")}
		for n := 1; n < 505; n++ {
			all = append(all, w.file(n, all[n/2])) // answers to answers
		}
		root := w.document("/g/books/post/1/context")
		items := root["orderedItems"].([]any)
		if root["type"] != "OrderedCollection" || root["totalItems"] != 505.0 || root["attributedTo"] != books || len(items) != 500 || items[0] != all[0] {
			t.Errorf("%v of %v in the root, from %v; of %v", len(items), root["totalItems"], items[0], root["attributedTo"])
		}
		if got := w.crawl(strings.TrimPrefix(root["first"].(string), home), "next"); !slices.Equal(got, all) {
			t.Errorf("%d posts: %v", len(got), got)
		}
		raw := w.raw("/g/books/post/1/context")
		for _, read := range []func(fedtest.Document, []byte) error{fedtest.LemmyReads, fedtest.PieFedReads, fedtest.NodeBBReads} {
			if err := read(fedtest.ContextDocument, raw); err != nil {
				t.Error(err)
			}
		}
	})
}

func TestTotalsOfAPost(t *testing.T) {
	inWorld(t, func(w *world) {
		p := w.mastodon()
		post := w.publish(p, "ann", mention("What next?"))
		comment := w.publish(p, "bob", reply(post))
		for _, kind := range []string{"Like", "Announce"} {
			for _, name := range []string{"ann", "bob"} {
				_, err := p.Act(w.ctx, name, kind, post, books)
				w.must(err)
			}
		}
		_, err := p.Act(w.ctx, "ann", "Dislike", comment, books)
		w.must(err)
		w.settle()
		for path, want := range map[string]float64{
			"/post/1/likes": 2, "/post/1/dislikes": 0, "/post/1/shares": 2, "/post/1/replies": 1,
			"/comment/2/likes": 0, "/comment/2/dislikes": 1, "/comment/2/shares": 0, "/comment/2/replies": 0,
		} {
			doc := w.document("/g/books" + path)
			if doc["id"] != books+path || doc["type"] != "Collection" || doc["totalItems"] != want || doc["items"] != nil || doc["orderedItems"] != nil {
				t.Errorf("%s: %v", path, doc)
			}
		}
		for path, want := range map[string]string{ // one thing has one address
			"/comment/1/likes": "/post/1/likes", "/post/2/replies": "/comment/2/replies", "/comment/2/context": "/post/1/context",
		} {
			if res, _ := w.get("/g/books"+path, "application/activity+json"); res.StatusCode != http.StatusFound || res.Header.Get("Location") != books+want {
				t.Errorf("%s: %d to %s", path, res.StatusCode, res.Header.Get("Location"))
			}
		}
		w.moderate(group.Remove, post)
		for _, path := range []string{"/post/1/likes", "/post/1/shares", "/post/1/replies", "/post/9/likes"} {
			if res, _ := w.get("/g/books"+path, "application/activity+json"); res.StatusCode != http.StatusNotFound {
				t.Errorf("%s of what is gone: %d", path, res.StatusCode)
			}
		}
		if res, _ := w.get("/g/books/post/1/context", "application/activity+json"); res.StatusCode != http.StatusGone {
			t.Errorf("context of what is gone: %d", res.StatusCode)
		}
	})
}

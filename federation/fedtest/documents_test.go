package fedtest_test

import (
	"net/http"
	"strings"
	"testing"
)

func TestDocuments(t *testing.T) { // gotcha 16
	inWorld(t, func(w *world) {
		p := w.mastodon()
		post := w.publish(p, "ann", mention("What next?"))
		w.publish(p, "bob", reply(post))
		w.publish(p, "bob", reply(w.publish(p, "ann", reply(post))))
		for path, want := range map[string]object{
			"/g/books":                        {"id": books, "type": "Group", "preferredUsername": "books", "inbox": books + "/inbox"},
			"/actor":                          {"id": home + "/actor", "type": "Application", "preferredUsername": "groups.example"},
			"/":                               {"id": home + "/actor", "type": "Application"},
			"/g/books/followers":              {"type": "Collection", "totalItems": 2.0},
			"/g/books/following":              {"type": "Collection", "totalItems": 0.0},
			"/g/books/moderators":             {"type": "OrderedCollection", "totalItems": 2.0}, // Lee, and the server's own
			"/g/books/featured":               {"type": "OrderedCollection", "totalItems": 0.0},
			"/g/books/outbox":                 {"type": "OrderedCollection", "totalItems": 1.0},
			"/g/books/post/1/context":         {"type": "OrderedCollection", "totalItems": 4.0, "attributedTo": books},
			"/g/books/post/1/replies":         {"type": "Collection", "totalItems": 2.0}, // its own, not the answers to answers
			"/g/books/post/1/replies?after=0": {"type": "CollectionPage", "totalItems": 2.0},
		} {
			doc := w.document(path)
			for k, v := range want {
				if doc[k] != v {
					t.Errorf("%s: %s is %v, want %v", path, k, doc[k], v)
				}
			}
		}
		outbox := w.document("/g/books/outbox")["orderedItems"].([]any)
		announce, _ := outbox[0].(object)
		create, _ := announce["object"].(object)
		if announce["type"] != "Announce" || create["type"] != "Create" {
			t.Errorf("outbox holds %v of %v", announce["type"], create["type"])
		}
		if res, _ := w.get("/g/books/post/1", "application/activity+json"); res.StatusCode != http.StatusFound || res.Header.Get("Location") != post {
			t.Errorf("post: %d to %s", res.StatusCode, res.Header.Get("Location"))
		}
		for _, path := range []string{"/g/none", "/g/none/outbox", "/g/books/post/9", "/g/books/post/01", "/g/books/post/9/context", "/a/boost/none"} {
			if res, _ := w.get(path, "application/activity+json"); res.StatusCode != http.StatusNotFound {
				t.Errorf("%s: %d", path, res.StatusCode)
			}
		}
	})
}

func TestNegotiationAndCaching(t *testing.T) {
	inWorld(t, func(w *world) {
		for accept, json := range map[string]bool{
			"application/activity+json": true,
			`application/ld+json; profile="https://www.w3.org/ns/activitystreams"`: true,
			"application/activity+json, text/html;q=0.5":                           true,
			"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8":      false,
			"text/html, application/activity+json;q=0.9":                           false,
			"*/*": false,
			"":    false,
		} {
			res, _ := w.get("/g/books", accept)
			if got := res.StatusCode == http.StatusOK; got != json {
				t.Errorf("Accept %q: document %v, want %v", accept, got, json)
			}
			if !strings.Contains(res.Header.Get("Vary"), "Accept") {
				t.Errorf("Accept %q: no Vary", accept)
			}
		}
		res, _ := w.get("/g/books", "application/activity+json")
		if res.Header.Get("Content-Type") != "application/activity+json" || !strings.HasPrefix(res.Header.Get("Cache-Control"), "public") {
			t.Errorf("headers %v", res.Header)
		}
		r, err := http.NewRequestWithContext(w.ctx, http.MethodGet, books, nil)
		w.must(err)
		r.Header.Set("Accept", "application/activity+json")
		r.Header.Set("If-None-Match", res.Header.Get("ETag"))
		again, err := w.http.Do(r)
		w.must(err)
		if again.StatusCode != http.StatusNotModified {
			t.Errorf("with the ETag: %d", again.StatusCode)
		}
	})
}

func TestDiscovery(t *testing.T) { // gotcha 11
	inWorld(t, func(w *world) {
		for _, resource := range []string{
			"acct:books@groups.example", "acct:!books@groups.example", "acct:@books@groups.example", "books@groups.example", "group:books@groups.example",
			"acct:BOOKS@Groups.Example", books,
		} {
			res, doc := w.get("/.well-known/webfinger?resource="+strings.ReplaceAll(resource, "+", "%2B"), "")
			if res.StatusCode != http.StatusOK || doc["subject"] != "acct:books@groups.example" {
				t.Errorf("%s: %d %v", resource, res.StatusCode, doc["subject"])
			}
		}
		for _, resource := range []string{"acct:groups.example@groups.example", home, home + "/actor"} {
			if res, doc := w.get("/.well-known/webfinger?resource="+resource, ""); doc["subject"] != "acct:groups.example@groups.example" {
				t.Errorf("%s: %d %v", resource, res.StatusCode, doc["subject"])
			}
		}
		for resource, want := range map[string]int{"acct:none@groups.example": 404, "acct:books@other.example": 404, "": 400} {
			if res, _ := w.get("/.well-known/webfinger?resource="+resource, ""); res.StatusCode != want {
				t.Errorf("%q: %d, want %d", resource, res.StatusCode, want)
			}
		}
		w.publish(w.mastodon(), "ann", mention("count me"))
		for _, version := range []string{"2.0", "2.1"} {
			_, doc := w.get("/nodeinfo/"+version, "")
			usage, _ := doc["usage"].(object)
			if doc["version"] != version || usage["localPosts"] != 1.0 || usage["localComments"] != 0.0 {
				t.Errorf("NodeInfo %s: %v", version, doc)
			}
		}
		for path, want := range map[string]int{"/nodeinfo/3.0": 404, "/.well-known/nodeinfo": 200, "/.well-known/host-meta": 200, "/.well-known/host-meta.json": 200} {
			if res, _ := w.get(path, ""); res.StatusCode != want {
				t.Errorf("%s: %d, want %d", path, res.StatusCode, want)
			}
		}
	})
}

// What was meant for one person is shown to that person's server alone.
func TestAnswersAreForTheAddressee(t *testing.T) {
	inWorld(t, func(w *world) {
		p := w.mastodon()
		other := w.peer("other.example", "mastodon", "eve")
		id, _ := p.Inbox("Accept")[0].Body["id"].(string)
		if _, status, err := p.Fetch(w.ctx, "ann", id); err != nil || status != http.StatusOK {
			t.Errorf("the addressee's server: %d, %v", status, err)
		}
		if _, status, _ := other.Fetch(w.ctx, "eve", id); status != http.StatusNotFound {
			t.Errorf("another server: %d", status)
		}
		if _, status, _ := p.Fetch(w.ctx, "", id); status != http.StatusUnauthorized {
			t.Errorf("unsigned: %d", status)
		}
		w.publish(p, "ann", mention("for all"))
		boost, _ := p.Inbox("Announce")[0].Body["id"].(string)
		if _, status, _ := other.Fetch(w.ctx, "", boost); status != http.StatusOK {
			t.Errorf("a public boost: %d", status)
		}
	})
}

// A private community answers Lemmy whether somebody follows it. A public one has no answer: 200 would mean yes.
func TestIsFollower(t *testing.T) {
	inWorld(t, func(w *world) {
		p := w.mastodon()
		for _, actor := range []string{p.Actor("ann"), "https://lemmy.example/u/bob"} {
			_, status, err := p.Fetch(w.ctx, "ann", books+"/followers?is_follower="+actor)
			if w.must(err); status != http.StatusBadRequest {
				t.Errorf("%s: status %d", actor, status)
			}
		}
	})
}

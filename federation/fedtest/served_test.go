package fedtest_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"

	"folkmoot/federation/fedtest"
	"folkmoot/group"
)

// TestPeersReadWhatIsServed holds every document of a group that has something of everything against the peers that fetch it.
func TestPeersReadWhatIsServed(t *testing.T) { // gotcha 4, gotcha 5, gotcha 7, gotcha 8
	inWorld(t, func(w *world) {
		p := w.mastodon()
		post := w.publish(p, "ann", mention("What next?"))
		w.publish(p, "bob", reply(post))
		w.moderate(group.Pin, post)
		w.moderate(group.Appoint, p.Actor("ann"))
		readers := map[string]func(fedtest.Document, []byte) error{
			"Lemmy": fedtest.LemmyReads, "PieFed": fedtest.PieFedReads, "Mbin": fedtest.MbinReads, "NodeBB": fedtest.NodeBBReads, "Mastodon": fedtest.MastodonReads,
		}
		for path, what := range map[string]fedtest.Document{
			"/g/books": fedtest.GroupDocument, "/g/books/followers": fedtest.FollowersDocument, "/g/books/outbox": fedtest.OutboxDocument,
			"/g/books/featured": fedtest.FeaturedDocument, "/g/books/moderators": fedtest.ModeratorsDocument,
			"/g/books/post/1/context": fedtest.ContextDocument,
		} {
			for peer, read := range readers {
				if err := read(what, w.raw(path)); err != nil {
					t.Errorf("%s for %s: %v", path, peer, err)
				}
			}
		}
		for path, n := range map[string]int{"/g/books/outbox": 1, "/g/books/featured": 1, "/g/books/post/1/context": 2} {
			if items := w.document(path)["orderedItems"].([]any); len(items) != n {
				t.Errorf("%s holds %d items, want %d", path, len(items), n)
			}
		}
		if mods := w.document("/g/books/moderators")["orderedItems"].([]any); !slices.Contains(mods, any(p.Actor("ann"))) {
			t.Errorf("moderators %v", mods)
		}
	})
}

// TestEveryIDIsServed follows the ids in the documents of a group: each leads to the document that bears it.
func TestEveryIDIsServed(t *testing.T) {
	inWorld(t, func(w *world) {
		p := w.mastodon()
		w.publish(p, "ann", mention("What next?"))
		g := w.document("/g/books")
		for _, key := range []string{"id", "outbox", "followers", "following", "featured", "attributedTo", "moderators", "wall"} {
			uri, _ := g[key].(string)
			path, ours := strings.CutPrefix(uri, home)
			if !ours {
				t.Errorf("%s of the group is %q", key, uri)
				continue
			}
			if doc := w.document(path); doc["id"] != uri {
				t.Errorf("%s bears the id %v", uri, doc["id"])
			}
		}
		announce := w.document("/g/books/outbox")["orderedItems"].([]any)[0].(object)
		uri := announce["id"].(string)
		if doc := w.document(strings.TrimPrefix(uri, home)); doc["id"] != uri || doc["type"] != "Announce" {
			t.Errorf("%s bears the id %v", uri, doc["id"])
		}
	})
}

// TestDiscoveryDocumentsHaveTheirKeys lists what crawlers and peers look for (protocols of WebFinger and NodeInfo).
func TestDiscoveryDocumentsHaveTheirKeys(t *testing.T) {
	inWorld(t, func(w *world) {
		for resource, actor := range map[string]string{"acct:books@groups.example": books, "acct:groups.example@groups.example": home + "/actor"} {
			rec, doc := w.get("/.well-known/webfinger?resource="+resource, "")
			if rec.StatusCode != http.StatusOK || rec.Header.Get("Content-Type") != "application/jrd+json" || rec.Header.Get("Access-Control-Allow-Origin") != "*" {
				t.Errorf("%s: %d %v", resource, rec.StatusCode, rec.Header)
			}
			if err := fedtest.SelfLink(marshalled(t, doc), actor); err != nil {
				t.Error(err)
			}
			wantKinds(t, doc, map[string]string{"subject": "text", "aliases": "list", "links": "list"})
		}
		_, links := w.get("/.well-known/nodeinfo", "")
		for _, rel := range []string{
			"http://nodeinfo.diaspora.software/ns/schema/2.0", "http://nodeinfo.diaspora.software/ns/schema/2.1", "https://www.w3.org/ns/activitystreams#Application",
		} {
			if !slices.ContainsFunc(links["links"].([]any), func(l any) bool {
				href, _ := l.(object)["href"].(string)
				return l.(object)["rel"] == rel && strings.HasPrefix(href, home+"/")
			}) {
				t.Errorf("no link to %s in %v", rel, links)
			}
		}
		for _, version := range []string{"2.0", "2.1"} {
			rec, doc := w.get("/nodeinfo/"+version, "")
			if want := `application/json; profile="http://nodeinfo.diaspora.software/ns/schema/` + version + `#"`; rec.Header.Get("Content-Type") != want {
				t.Errorf("NodeInfo %s is of type %s", version, rec.Header.Get("Content-Type"))
			}
			wantKinds(t, doc, map[string]string{
				"version": "text", "software/name": "text", "software/version": "text", "protocols": "list", "services/inbound": "list",
				"services/outbound": "list", "openRegistrations": "bool", "usage/users": "object", "usage/localPosts": "number",
				"usage/localComments": "number", "metadata": "object",
			})
			if doc["version"] != version || len(doc["protocols"].([]any)) != 1 || doc["protocols"].([]any)[0] != "activitypub" {
				t.Errorf("NodeInfo %s: %v", version, doc)
			}
		}
	})
}

func marshalled(t *testing.T, doc object) []byte {
	t.Helper()
	raw, err := json.Marshal(doc)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// wantKinds looks for keys of a document, as paths, and the kinds of their values.
func wantKinds(t *testing.T, doc object, kinds map[string]string) {
	t.Helper()
	for path, want := range kinds {
		var v any = doc
		for key := range strings.SplitSeq(path, "/") {
			m, _ := v.(object)
			v = m[key]
		}
		got := "nothing"
		switch v.(type) {
		case string:
			got = "text"
		case bool:
			got = "bool"
		case float64:
			got = "number"
		case []any:
			got = "list"
		case object:
			got = "object"
		}
		if got != want {
			t.Errorf("%s is %s, want %s", path, got, want)
		}
	}
}

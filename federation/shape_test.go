package federation

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"folkmoot/group"
	"folkmoot/store"
)

// shape says which kind of JSON value a peer insists on, by path; "?" before the kind lets the value be absent.
type shape map[string]string

// checkShape compares every path of want ("object/to") with the document. A path ending in /* means each member of a list.
func checkShape(t *testing.T, doc map[string]any, want shape) {
	t.Helper()
	for path, kind := range want {
		kind, optional := strings.CutPrefix(kind, "?")
		values := valuesAt(doc, strings.Split(path, "/"))
		if len(values) == 0 && !optional && !strings.HasSuffix(path, "*") {
			t.Errorf("%s is missing", path)
		}
		for _, v := range values {
			if got := kindOf(v); got != kind {
				t.Errorf("%s is of kind %s, want %s: %v", path, got, kind, v)
			}
		}
	}
}

func valuesAt(v any, path []string) []any {
	if len(path) == 0 {
		return []any{v}
	}
	if list, ok := v.([]any); ok && path[0] == "*" {
		var out []any
		for _, item := range list {
			out = append(out, valuesAt(item, path[1:])...)
		}
		return out
	}
	m, _ := v.(map[string]any)
	if inner, ok := m[path[0]]; ok {
		return valuesAt(inner, path[1:])
	}
	return nil
}

func kindOf(v any) string {
	switch v.(type) {
	case nil:
		return "null"
	case string:
		return "text"
	case bool:
		return "bool"
	case float64:
		return "number"
	case []any:
		return "list"
	}
	return "object"
}

// lemmyGroup is what Lemmy 1.0 refuses a Group for: wrong kinds anywhere, even in optional properties.
func lemmyGroup() shape {
	return shape{
		"type": "text", "id": "text", "preferredUsername": "text", "inbox": "text", "outbox": "text", "followers": "?text",
		"publicKey": "object", "publicKey/id": "text", "publicKey/owner": "text", "publicKey/publicKeyPem": "text",
		"endpoints": "object", "endpoints/sharedInbox": "text", "name": "text", "summary": "?text", "mediaType": "?text",
		"source": "?object", "source/content": "?text", "source/mediaType": "?text", "icon": "?object", "icon/type": "?text",
		"icon/url": "?text", "image": "?object", "attributedTo": "text", "featured": "text", "postingRestrictedToMods": "bool",
		"manuallyApprovesFollowers": "bool", "sensitive": "bool", "language": "?list", "language/*": "?object",
		"language/*/identifier": "?text", "language/*/name": "?text", "published": "?text", "updated": "?text", "discoverable": "bool",
	}
}

func TestLemmyReadsGroup(t *testing.T) {
	for _, doc := range []groupDoc{booksDoc(), {Name: "books", PublicKeyPEM: groupPEM}} {
		raw, err := testEncoder().encodeGroup(doc)
		if err != nil {
			t.Fatal(err)
		}
		m := decoded(t, raw)
		checkShape(t, m, lemmyGroup())
		if m["manuallyApprovesFollowers"] != false || m["mediaType"] != "text/html" || m["type"] != "Group" {
			t.Errorf("Lemmy would take the group for a private one or refuse it: %s", raw)
		}
	}
}

func TestLemmyReadsMessages(t *testing.T) {
	announce := shape{"id": "text", "type": "text", "actor": "text", "to": "list", "cc": "list", "to/*": "text", "cc/*": "text"}
	wrap := one(t, telling(group.TellWrap), store.FormWrap)
	checkShape(t, decoded(t, wrap.Body), announce)
	checkShape(t, decoded(t, wrap.Body), shape{"object": "object", "object/id": "text", "object/actor": "text", "audience": "?text"})

	accept := telling(group.TellAccept)
	accept.Raw = []byte(`{"id":"https://peer.example/f/1","type":"Follow","actor":"` + peerAnn + `","object":"` + gBooks + `"}`)
	m := decoded(t, one(t, accept, store.FormDirect).Body)
	checkShape(t, m, shape{"id": "text", "actor": "text", "to": "list", "object": "object", "object/id": "text", "object/actor": "text"})
	if to := m["to"].([]any); len(to) != 1 || to[0] != peerAnn {
		t.Errorf("Lemmy compares to[0] with who followed: %v", to)
	}

	note := decoded(t, one(t, telling(group.TellNote), store.FormDirect).Body)
	checkShape(t, note, announce)
	checkShape(t, note, shape{
		"object/type": "text", "object/id": "text", "object/attributedTo": "text", "object/to": "list", "object/cc": "list",
		"object/content": "text", "object/inReplyTo": "?text", "object/tag": "list", "object/tag/*": "object", "object/published": "?text",
	})

	update, err := testEncoder().encodeGroupUpdate(booksDoc())
	if err != nil {
		t.Fatal(err)
	}
	checkShape(t, decoded(t, update.Body), announce)
	checkShape(t, decoded(t, update.Body)["object"].(map[string]any), lemmyGroup())
}

// TestMastodonReadsEverything checks the context it insists on, and what it takes boosts, undos and notes by.
func TestMastodonReadsEverything(t *testing.T) {
	var docs [][]byte
	for _, what := range []group.Telling{group.TellAccept, group.TellReject, group.TellThread, group.TellWrap, group.TellNote} {
		for _, m := range mustEncode(t, telling(what)) {
			docs = append(docs, m.Body)
		}
	}
	boost := mustEncode(t, telling(group.TellThread))[0].Body
	undo := telling(group.TellUndo)
	undo.Boost = boost
	undone := one(t, undo, store.FormBoost).Body
	actor, err := testEncoder().encodeGroup(booksDoc())
	if err != nil {
		t.Fatal(err)
	}
	for _, raw := range append(docs, undone, actor) {
		m := decoded(t, raw)
		context, ok := m["@context"].([]any)
		if m["@context"] != activityStreams && (!ok || !slices.Contains(context, any(activityStreams))) {
			t.Errorf("Mastodon refuses the context of %s", raw)
		}
		if strings.Contains(string(raw), `"http://joinmastodon.org/ns"`) {
			t.Errorf("go-fed's bogus context is in %s", raw)
		}
	}
	checkShape(t, decoded(t, boost), shape{"object": "text", "to": "list", "cc": "list", "published": "text"})
	checkShape(t, decoded(t, undone), shape{
		"object": "object", "object/id": "text", "object/type": "text", "object/actor": "text", "object/object": "text",
	})
}

// TestShapesOfLemmyFixtures compares with what Lemmy itself sends of the same kind: every key, of the same kind.
func TestShapesOfLemmyFixtures(t *testing.T) {
	files := fixtureFiles(t)["lemmy"]
	wrap := telling(group.TellThread)
	wrap.Raw = lemmyFixture(t, files, "announce_create_page", "object")
	encoded := mustEncode(t, wrap)[1].Body
	tombstone, errTombstone := encodeTombstone("https://groups.example/g/books/post/7", "Page", testNow())
	followers, errFollowers := encodeCollection(collectionDoc{ID: gBooks + "/followers", Total: 3})
	outbox, errOutbox := encodeCollection(collectionDoc{
		ID: gBooks + "/outbox", Ordered: true, Total: 1, Items: []json.RawMessage{encoded},
	})
	instance, errInstance := testEncoder().encodeApplication(applicationDoc{Title: "x", PublicKeyPEM: groupPEM, Created: testNow()})
	for _, err := range []error{errTombstone, errFollowers, errOutbox, errInstance} {
		if err != nil {
			t.Fatal(err)
		}
	}
	for name, ours := range map[string][]byte{
		"announce_create_page": encoded, "objects__tombstone": tombstone, "group_followers": followers, "group_outbox": outbox,
	} {
		checkKeys(t, name, decoded(t, lemmyFixture(t, files, name)), decoded(t, ours))
	}
	// Ours has no summary, source, icon and image here, and was never updated.
	theirs := decoded(t, lemmyFixture(t, files, "objects__instance"))
	for _, key := range []string{"id", "type", "name", "inbox", "outbox", "publicKey", "published"} {
		if kindOf(theirs[key]) != kindOf(decoded(t, instance)[key]) {
			t.Errorf("instance: %s differs", key)
		}
	}
}

// lemmyFixture returns the payload whose file name ends in name, or the member of it.
func lemmyFixture(t *testing.T, files []string, name string, member ...string) []byte {
	t.Helper()
	for _, path := range files {
		if !strings.HasSuffix(strings.TrimSuffix(filepath.Base(path), ".json"), name) {
			continue
		}
		raw, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, key := range member {
			raw = trimJSON(raw).object().get(key)
		}
		return raw
	}
	t.Fatalf("no payload %s", name)
	return nil
}

func checkKeys(t *testing.T, path string, theirs, ours any) {
	t.Helper()
	if kindOf(theirs) != kindOf(ours) {
		t.Errorf("%s is of kind %s, Lemmy sends %s", path, kindOf(ours), kindOf(theirs))
		return
	}
	switch v := theirs.(type) {
	case map[string]any:
		for key, value := range v {
			if inner, ok := ours.(map[string]any)[key]; ok {
				checkKeys(t, path+"/"+key, value, inner)
			} else {
				t.Errorf("%s/%s is missing", path, key)
			}
		}
	case []any:
		if list := ours.([]any); len(v) > 0 && len(list) > 0 {
			checkKeys(t, path+"/0", v[0], list[0])
		}
	}
}

package federation

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestEncodeCollection(t *testing.T) {
	const g = "https://groups.example/g/books"
	const head = `{"@context":"https://www.w3.org/ns/activitystreams",`
	announce := json.RawMessage(`{ "id":"https://groups.example/a/wrap/1", "type":"Announce", "object":{"name":"<&>\u00e9"} }`)
	tests := map[string]struct {
		doc  collectionDoc
		want string
	}{
		"followers": {
			collectionDoc{ID: g + "/followers", Total: 3},
			`"id":"` + g + `/followers","type":"Collection","totalItems":3,"items":[]}`,
		},
		"moderators, one": {
			collectionDoc{ID: g + "/moderators", Ordered: true, Total: 1, URIs: []string{"https://peer.example/u/x"}},
			`"id":"` + g + `/moderators","type":"OrderedCollection","totalItems":1,"orderedItems":["https://peer.example/u/x"]}`,
		},
		"moderators, none": {
			collectionDoc{ID: g + "/moderators", Ordered: true},
			`"id":"` + g + `/moderators","type":"OrderedCollection","totalItems":0,"orderedItems":[]}`,
		},
		"featured": {
			collectionDoc{ID: g + "/featured", Ordered: true, Total: 1, Items: []json.RawMessage{[]byte(`{"type":"Page"}`)}},
			`"id":"` + g + `/featured","type":"OrderedCollection","totalItems":1,"orderedItems":[{"type":"Page"}]}`,
		},
		"following": {
			collectionDoc{ID: g + "/following", Total: 1, URIs: []string{"https://lemmy.example/c/x"}},
			`"id":"` + g + `/following","type":"Collection","totalItems":1,"items":["https://lemmy.example/c/x"]}`,
		},
		"outbox": {
			collectionDoc{
				ID: g + "/outbox", Ordered: true, Total: 41, Items: []json.RawMessage{announce},
				First: g + "/outbox?page=true", Last: g + "/outbox?page=true&min_id=0",
			},
			`"id":"` + g + `/outbox","type":"OrderedCollection","totalItems":41,"orderedItems":[` + string(announce) + `],
			"first":"` + g + `/outbox?page=true","last":"` + g + `/outbox?page=true&min_id=0"}`,
		},
		"outbox page": {
			collectionDoc{
				ID: g + "/outbox?page=true&max_id=9", Ordered: true, Page: true, Total: 41, Items: []json.RawMessage{announce},
				PartOf: g + "/outbox", Next: g + "/outbox?page=true&max_id=5", Prev: g + "/outbox?page=true&min_id=9",
			},
			`"id":"` + g + `/outbox?page=true&max_id=9","type":"OrderedCollectionPage","totalItems":41,
			"orderedItems":[` + string(announce) + `],"partOf":"` + g + `/outbox",
			"next":"` + g + `/outbox?page=true&max_id=5","prev":"` + g + `/outbox?page=true&min_id=9"}`,
		},
		"replies": {
			collectionDoc{ID: g + "/post/7/replies", Total: 1, FirstPage: &collectionDoc{
				ID: g + "/post/7/replies?page=true", Page: true, Total: 1, PartOf: g + "/post/7/replies",
				URIs: []string{"https://peer.example/1"}, Next: g + "/post/7/replies?page=true&min_id=1",
			}},
			`"id":"` + g + `/post/7/replies","type":"Collection","totalItems":1,"first":{"id":"` + g + `/post/7/replies?page=true",
			"type":"CollectionPage","totalItems":1,"partOf":"` + g + `/post/7/replies","items":["https://peer.example/1"],
			"next":"` + g + `/post/7/replies?page=true&min_id=1"}}`,
		},
		"context": {
			collectionDoc{
				ID: g + "/post/7/context", Ordered: true, Total: 2, AttributedTo: g,
				URIs: []string{"https://peer.example/é#x#y", "https://peer.example/2"},
			},
			`"id":"` + g + `/post/7/context","type":"OrderedCollection","totalItems":2,"attributedTo":"` + g + `",
			"orderedItems":["https://peer.example/é#x#y","https://peer.example/2"]}`,
		},
		"likes": {
			collectionDoc{ID: g + "/post/7/likes", Total: 5, CountOnly: true},
			`"id":"` + g + `/post/7/likes","type":"Collection","totalItems":5}`,
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			raw, err := encodeCollection(test.doc)
			checkGolden(t, raw, err, head+test.want)
			checkCollectionReadBack(t, raw, test.doc)
		})
	}
}

// checkCollectionReadBack decodes raw with our own decoder and looks for the bytes of each item.
func checkCollectionReadBack(t *testing.T, raw []byte, doc collectionDoc) {
	t.Helper()
	v, err := decodeCollection(raw)
	if err != nil {
		t.Fatal(err)
	}
	got := []any{v.ID, v.Total, v.AttributedTo, v.PartOf, v.Next, len(v.Items)}
	want := []any{doc.ID, doc.Total, doc.AttributedTo, doc.PartOf, doc.Next, len(doc.URIs) + len(doc.Items)}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	for _, item := range doc.Items {
		if !bytes.Contains(raw, item) {
			t.Errorf("the bytes of %s were changed", item)
		}
	}
	if doc.FirstPage != nil {
		checkCollectionReadBack(t, v.First.Raw, *doc.FirstPage)
	}
}

func TestEncodeCollectionRefusesEmptyItems(t *testing.T) {
	if raw, err := encodeCollection(collectionDoc{ID: "https://groups.example/g/b/outbox", Items: make([]json.RawMessage, 1)}); err == nil {
		t.Errorf("encoded as %s", raw)
	}
}

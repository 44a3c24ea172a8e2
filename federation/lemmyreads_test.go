package federation

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"folkmoot/federation/fedtest"
)

// featuring is a collection of one pinned post.
func featuring(t *testing.T, post []byte) []byte {
	t.Helper()
	raw, err := encodeCollection(collectionDoc{ID: gBooks + "/featured", Ordered: true, Total: 1, Items: []json.RawMessage{post}})
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// What is let through, Lemmy reads, whatever stands in the place of each value.
func TestWhatLemmyCannotReadIsLeftOut(t *testing.T) {
	const post = `{"id":"https://peer.example/post/1","type":"Page","attributedTo":"https://peer.example/u/ann","to":["` + publicURI + `"],"cc":[],
		"name":"x","content":"<p>x</p>","mediaType":"text/html","audience":"https://groups.example/g/books","context":"https://peer.example/c",
		"published":"2026-08-01T10:00:00Z","updated":"2026-08-01T10:00:00Z","language":{"identifier":"en","name":"English"},"sensitive":false,
		"attachment":[{"type":"Link","href":"https://news.example/"},{"type":"Image","url":"https://a.example/i.png"}],
		"image":{"type":"Image","url":"https://a.example/i.png"},"tag":[],"inReplyTo":null}`
	if !lemmyReadsPost([]byte(post)) {
		t.Fatal("a post as Lemmy writes it is left out")
	}
	values := []string{
		`null`, `true`, `1`, `""`, `"x"`, `"https://a.example/x"`, `[]`, `{}`, `["https://a.example/x"]`, `[1]`, `[{}]`, `{"type":"Image"}`, `"2026-08-01"`,
		`{"identifier":"en"}`, `[{"type":"Document","mediaType":"image/png"}]`, `[{"type":"PropertyValue"}]`, `[{"type":"Person","id":"https://a.example/u"}]`,
		`"Note"`, `"Question"`, `"text/markdown"`,
	}
	var members map[string]json.RawMessage
	if err := json.Unmarshal([]byte(post), &members); err != nil {
		t.Fatal(err)
	}
	var taken, left int
	for key := range members {
		for _, value := range append(values, "") {
			changed := map[string]json.RawMessage{}
			for k, v := range members {
				changed[k] = v
			}
			if changed[key] = json.RawMessage(value); value == "" {
				delete(changed, key)
			}
			raw, err := json.Marshal(changed)
			if err != nil {
				t.Fatal(err)
			}
			if !lemmyReadsPost(raw) {
				left++
				continue
			}
			taken++
			if err := fedtest.LemmyReads(fedtest.FeaturedDocument, featuring(t, raw)); err != nil {
				t.Errorf("%s = %s is let through: %v", key, value, err)
			}
		}
	}
	if taken < 20 || left < 200 {
		t.Errorf("%d variants were let through and %d left out", taken, left)
	}
}

// Lemmy has to parse these, by its own tests, as posts; the answers among them it takes for comments.
func TestPostsOfPeersAreFeatured(t *testing.T) {
	found := 0
	for _, files := range fixtureFiles(t) {
		for _, path := range files {
			raw := readFixture(t, path)
			o := trimJSON(raw).object()
			kind := o.get("type").text()
			answer := o.get("inReplyTo").present()
			if !strings.Contains(path, "/lemmy-assets__objects__") || !slices.Contains([]string{"Page", "Article", "Note", "Video"}, kind) {
				continue
			}
			found++
			private := strings.HasSuffix(path, "private_message.json")
			if got := lemmyReadsPost(raw); got == answer && !private {
				t.Errorf("%s: let through %v", path, got)
			}
			if err := fedtest.LemmyReads(fedtest.FeaturedDocument, featuring(t, raw)); lemmyReadsPost(raw) && err != nil {
				t.Errorf("%s: %v", path, err)
			}
		}
	}
	if found < 10 {
		t.Errorf("only %d posts found", found)
	}
}

func TestOutboxItemsForLemmy(t *testing.T) {
	for raw, want := range map[string]bool{
		`{"object":{"id":"https://a.example/1","type":"Create","actor":"https://a.example/u"}}`:        true,
		`{"object":{"id":"https://a.example/1","type":"Create","actor":{"id":"https://a.example/u"}}}`: false,
		`{"object":{"id":"https://a.example/1","type":"Update","actor":"https://a.example/u"}}`:        false,
		`{"object":{"id":"https://a.example/1","type":["Create"],"actor":"https://a.example/u"}}`:      false,
		`{"object":{"type":"Create","actor":"https://a.example/u"}}`:                                   false,
		`{"object":"https://a.example/1"}`:                                                             false,
		``:                                                                                             false,
	} {
		if got := lemmyReadsWrap([]byte(raw)); got != want {
			t.Errorf("%s: %v", raw, got)
		}
	}
}

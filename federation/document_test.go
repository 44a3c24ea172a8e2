package federation

import (
	"encoding/json"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"folkmoot/store"
)

const groupPEM = "-----BEGIN PUBLIC KEY-----\nMIIB\n-----END PUBLIC KEY-----\n"

// testEncoder makes an encoder that has read its keys: that is what takes time.
func testEncoder() *encoder {
	return &encoder{ids: newIDs("https://groups.example"), keys: testKeyring(), frames: newFrames()}
}

var testKeyring = sync.OnceValue(newKeyring)

// booksDoc is the group of the protocol notes.
func booksDoc() groupDoc {
	return groupDoc{
		Name: "books", Title: "Book club", SummaryHTML: "<p>We read one book a month.</p>",
		SummaryMarkdown: "We read one book a month.",
		Created:         time.Date(2026, 1, 2, 3, 4, 5, 678, time.UTC),
		Updated:         time.Date(2026, 8, 1, 2, 0, 0, 0, time.FixedZone("", 7200)),
		PublicKeyPEM:    groupPEM, Multibase: "z6Mk", JoinOpen: true,
		Icon:      picture{"https://groups.example/media/i.png", "image/png", "Three <books>"},
		Image:     picture{"https://groups.example/media/b.jpg", "image/jpeg", ""},
		Languages: []languageTag{{"en", "English"}},
	}
}

// fataler is what tests, benchmarks and drawn tests have in common.
type fataler interface {
	Helper()
	Fatalf(format string, args ...any)
}

// decoded reads what was encoded as any program would.
func decoded(t fataler, raw []byte) map[string]any {
	t.Helper()
	var m map[string]any
	if err := json.Unmarshal(raw, &m); err != nil {
		t.Fatalf("not JSON: %v\n%s", err, raw)
	}
	return m
}

// checkGolden compares a document with what it must be, as values, but for its proof, which is checked by itself.
func checkGolden(t *testing.T, raw []byte, err error, want string) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	wanted, got := decoded(t, []byte(want)), decoded(t, raw)
	delete(wanted, "proof")
	delete(got, "proof")
	if diff := cmp.Diff(wanted, got); diff != "" {
		t.Error(diff)
	}
}

const goldenGroup = `{
  "@context": [
    "https://www.w3.org/ns/activitystreams", "https://w3id.org/security/v1", "https://w3id.org/security/multikey/v1",
    "https://w3id.org/security/data-integrity/v1", "https://purl.archive.org/socialweb/webfinger",
    {
      "lemmy": "https://join-lemmy.org/ns#", "toot": "http://joinmastodon.org/ns#",
      "litepub": "http://litepub.social/ns#", "schema": "http://schema.org#", "sm": "http://smithereen.software/ns#",
      "wall": {"@id": "sm:wall", "@type": "@id"}, "accessType": "sm:accessType",
      "moderators": {"@id": "lemmy:moderators", "@type": "@id"},
      "postingRestrictedToMods": "lemmy:postingRestrictedToMods",
      "featured": {"@id": "toot:featured", "@type": "@id"},
      "discoverable": "toot:discoverable", "indexable": "toot:indexable",
      "manuallyApprovesFollowers": "as:manuallyApprovesFollowers", "sensitive": "as:sensitive",
      "language": "schema:inLanguage", "identifier": "schema:identifier",
      "capabilities": "litepub:capabilities", "acceptsJoins": "litepub:acceptsJoins",
      "implements": {"@id": "https://w3id.org/fep/844e/implements", "@type": "@id"},
      "assertionMethod": {"@id": "https://w3id.org/security#assertionMethod", "@type": "@id", "@container": "@set"}
    }
  ],
  "type": "Group",
  "id": "https://groups.example/g/books",
  "url": "https://groups.example/g/books",
  "preferredUsername": "books",
  "webfinger": "books@groups.example",
  "name": "Book club",
  "summary": "<p>We read one book a month.</p>",
  "source": {"content": "We read one book a month.", "mediaType": "text/markdown"},
  "mediaType": "text/html",
  "inbox": "https://groups.example/g/books/inbox",
  "outbox": "https://groups.example/g/books/outbox",
  "followers": "https://groups.example/g/books/followers",
  "following": "https://groups.example/g/books/following",
  "featured": "https://groups.example/g/books/featured",
  "attributedTo": "https://groups.example/g/books/moderators",
  "moderators": "https://groups.example/g/books/moderators",
  "wall": "https://groups.example/g/books/wall",
  "accessType": "open",
  "endpoints": {"sharedInbox": "https://groups.example/inbox"},
  "publicKey": {
    "id": "https://groups.example/g/books#main-key", "owner": "https://groups.example/g/books",
    "publicKeyPem": "-----BEGIN PUBLIC KEY-----\nMIIB\n-----END PUBLIC KEY-----\n"
  },
  "assertionMethod": [{
    "id": "https://groups.example/g/books#ed25519-key", "type": "Multikey",
    "controller": "https://groups.example/g/books", "publicKeyMultibase": "z6Mk"
  }],
  "postingRestrictedToMods": false,
  "manuallyApprovesFollowers": false,
  "capabilities": {"acceptsJoins": true},
  "discoverable": true,
  "indexable": true,
  "sensitive": false,
  "language": [{"identifier": "en", "name": "English"}],
  "icon": {"type": "Image", "mediaType": "image/png", "url": "https://groups.example/media/i.png", "name": "Three <books>"},
  "image": {"type": "Image", "mediaType": "image/jpeg", "url": "https://groups.example/media/b.jpg"},
  "generator": {"type": "Application", "implements": [
    {"href": "https://datatracker.ietf.org/doc/html/rfc9421", "name": "RFC-9421: HTTP Message Signatures"}]},
  "published": "2026-01-02T03:04:05Z",
  "updated": "2026-08-01T00:00:00Z"
}`

func TestEncodeGroup(t *testing.T) {
	raw, err := testEncoder().encodeGroup(booksDoc())
	checkGolden(t, raw, err, goldenGroup)
}

// TestEncodeGroupLeavesOut checks that absent means absent: null, "" and {} each break some peer.
func TestEncodeGroupLeavesOut(t *testing.T) { // gotcha 2, gotcha 3
	raw, err := testEncoder().encodeGroup(groupDoc{Name: "books", PublicKeyPEM: groupPEM})
	if err != nil {
		t.Fatal(err)
	}
	m := decoded(t, raw)
	for _, key := range []string{
		"summary", "source", "icon", "image", "language", "published", "updated", "assertionMethod",
		"members", "tag", "attachment",
	} {
		if v, ok := m[key]; ok {
			t.Errorf("%s is there: %v", key, v)
		}
	}
	if m["name"] != "books" {
		t.Errorf("name is %v; PieFed fails without one", m["name"])
	}
	checkNothingEmpty(t, "", m)
}

func checkNothingEmpty(t *testing.T, path string, v any) {
	t.Helper()
	switch v := v.(type) {
	case nil:
		t.Errorf("%s is null", path)
	case string:
		if v == "" {
			t.Errorf("%s is empty", path)
		}
	case map[string]any:
		if len(v) == 0 {
			t.Errorf("%s is {}", path)
		}
		for key, member := range v {
			checkNothingEmpty(t, path+"/"+key, member)
		}
	}
}

func TestEncodeGroupRefuses(t *testing.T) {
	for name, doc := range map[string]groupDoc{
		"no key": {Name: "books"}, "no name": {PublicKeyPEM: groupPEM}, "capitals": {Name: "Books", PublicKeyPEM: groupPEM},
		"slash": {Name: "a/b", PublicKeyPEM: groupPEM}, "too long": {Name: "abcdefghijklmnopqrstuvwxyz_0123", PublicKeyPEM: groupPEM},
	} {
		if raw, err := testEncoder().encodeGroup(doc); err == nil {
			t.Errorf("%s: encoded as %s", name, raw)
		}
	}
	if raw, err := testEncoder().encodeApplication(applicationDoc{Title: "x"}); err == nil {
		t.Errorf("application without a key: encoded as %s", raw)
	}
}

func TestEncodeApplication(t *testing.T) {
	raw, err := testEncoder().encodeApplication(applicationDoc{
		Title: "Groups: an example", Created: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), PublicKeyPEM: groupPEM, Multibase: "z6Mk",
	})
	checkGolden(t, raw, err, `{
  "@context": [
    "https://www.w3.org/ns/activitystreams", "https://w3id.org/security/v1", "https://w3id.org/security/multikey/v1",
    "https://w3id.org/security/data-integrity/v1", "https://purl.archive.org/socialweb/webfinger",
    {"manuallyApprovesFollowers": "as:manuallyApprovesFollowers",
     "implements": {"@id": "https://w3id.org/fep/844e/implements", "@type": "@id"},
     "assertionMethod": {"@id": "https://w3id.org/security#assertionMethod", "@type": "@id", "@container": "@set"}}
  ],
  "type": "Application", "id": "https://groups.example/actor", "url": "https://groups.example/actor",
  "preferredUsername": "groups.example", "summary": "<p>The server itself. Send it the code to sign in with; nobody reads anything else that is sent here.</p>",
  "webfinger": "groups.example@groups.example", "name": "Groups: an example",
  "inbox": "https://groups.example/inbox", "outbox": "https://groups.example/actor/outbox",
  "endpoints": {"sharedInbox": "https://groups.example/inbox"},
  "publicKey": {
    "id": "https://groups.example/actor#main-key", "owner": "https://groups.example/actor",
    "publicKeyPem": "-----BEGIN PUBLIC KEY-----\nMIIB\n-----END PUBLIC KEY-----\n"
  },
  "assertionMethod": [{
    "id": "https://groups.example/actor#ed25519-key", "type": "Multikey",
    "controller": "https://groups.example/actor", "publicKeyMultibase": "z6Mk"
  }],
  "manuallyApprovesFollowers": true,
  "implements": [{"href": "https://datatracker.ietf.org/doc/html/rfc9421", "name": "RFC-9421: HTTP Message Signatures"}],
  "generator": {"type": "Application", "implements": [
    {"href": "https://datatracker.ietf.org/doc/html/rfc9421", "name": "RFC-9421: HTTP Message Signatures"}]},
  "published": "2026-01-02T03:04:05Z"
}`)
	v, err := decodeActor(raw, newSanitizer())
	if err != nil {
		t.Fatal(err)
	}
	if !v.IsBot || v.Username != "groups.example" || v.Name != "Groups: an example" || v.Inbox != v.SharedInbox {
		t.Errorf("read back as %+v", v)
	}
}

// TestOwnDecoderReadsGroup reads what is written; two servers of ours must understand each other.
func TestOwnDecoderReadsGroup(t *testing.T) {
	raw, err := testEncoder().encodeGroup(booksDoc())
	if err != nil {
		t.Fatal(err)
	}
	got, err := decodeActor(raw, newSanitizer())
	if err != nil {
		t.Fatal(err)
	}
	const g = "https://groups.example/g/books"
	want := actorView{
		ID: g, Type: "Group", Username: "books", Name: "Book club", SummaryHTML: "<p>We read one book a month.</p>",
		Inbox: g + "/inbox", SharedInbox: "https://groups.example/inbox", Outbox: g + "/outbox", Followers: g + "/followers",
		Featured: g + "/featured", URL: g, AvatarURL: "https://groups.example/media/i.png", Moderators: g + "/moderators", Wall: g + "/wall",
		Keys: []publishedKey{
			{ID: g + "#main-key", Owner: g, PEM: groupPEM},
			{ID: g + "#ed25519-key", Owner: g, Multibase: "z6Mk"},
		},
		Published: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), Discoverable: store.Agreed, Indexable: store.Agreed,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	for _, key := range want.Keys {
		if k, err := decodeKeyDocument(raw, key.ID); err != nil || k != key {
			t.Errorf("key %s was read as %+v (%v)", key.ID, k, err)
		}
	}
}

func TestEncodeTombstone(t *testing.T) {
	raw, err := encodeTombstone("https://groups.example/g/books/post/7", "Page", time.Date(2026, 8, 1, 12, 0, 0, 0, time.FixedZone("", 7200)))
	checkGolden(t, raw, err, `{"@context": "https://www.w3.org/ns/activitystreams", "type": "Tombstone",
		"id": "https://groups.example/g/books/post/7", "formerType": "Page", "deleted": "2026-08-01T10:00:00Z"}`)
	if v := mustObject(t, string(raw)); v.Type != "Tombstone" || v.FormerType != "Page" {
		t.Errorf("read back as %+v", v)
	}
	raw, err = encodeTombstone("https://groups.example/g/books/post/7", "", time.Time{})
	checkGolden(t, raw, err, `{"@context": "https://www.w3.org/ns/activitystreams", "type": "Tombstone",
		"id": "https://groups.example/g/books/post/7"}`)
}

// awkwardText draws what vocabulary libraries and hasty encoders spoil.
func awkwardText() *rapid.Generator[string] {
	return rapid.OneOf(
		rapid.String(),
		rapid.SampledFrom([]string{
			"", "Re: Meeting", "Question: who is in?", "https://Example.org/A B", "HTTP://x", "en: hello", "en:hello@de",
			"<b>&amp;</b>", "</script><!--", "\u2028\u2029", "a\u0301\u202e", "\"\\/", "null", "[]", "{}", "🦣 Ünï", "as:Public", " ",
			"2026-01-01", "#", "%41", "\t\n",
		}),
		rapid.StringMatching(`[a-zA-Z]{1,8}:[a-zA-Z /?#%]{0,20}`),
	)
}

func TestTextsSurvive(t *testing.T) { // gotcha 70
	rapid.Check(t, func(t *rapid.T) {
		doc := groupDoc{Name: "books", PublicKeyPEM: groupPEM}
		doc.Title = awkwardText().Draw(t, "title")
		doc.SummaryHTML, doc.SummaryMarkdown = awkwardText().Draw(t, "summary"), awkwardText().Draw(t, "markdown")
		raw, err := testEncoder().encodeGroup(doc)
		if err != nil {
			t.Fatal(err)
		}
		var got struct {
			Name, Summary string
			Source        struct{ Content string }
		}
		if err := json.Unmarshal(raw, &got); err != nil {
			t.Fatal(err)
		}
		if doc.Title == "" {
			doc.Title = doc.Name
		}
		if got.Name != doc.Title || got.Summary != doc.SummaryHTML || got.Source.Content != doc.SummaryMarkdown {
			t.Fatalf("%q, %q, %q became %+v", doc.Title, doc.SummaryHTML, doc.SummaryMarkdown, got)
		}
	})
}

func BenchmarkEncodeGroup(b *testing.B) {
	e, doc := testEncoder(), booksDoc()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := e.encodeGroup(doc); err != nil {
			b.Fatal(err)
		}
	}
}

package federation

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func testIDs() ids { return newIDs("https://groups.example/") }

func TestIDGrammar(t *testing.T) { // gotcha 1, gotcha 13
	i := testIDs()
	const g = "https://groups.example/g/books"
	tests := []struct {
		id, want string
		ref      idRef
	}{
		{i.application(), "https://groups.example/actor", idRef{Kind: idApplication}},
		{i.applicationOutbox(), "https://groups.example/actor/outbox", idRef{Kind: idApplicationOutbox}},
		{i.sharedInbox(), "https://groups.example/inbox", idRef{Kind: idSharedInbox}},
		{i.group("books"), g, idRef{Kind: idGroup, Name: "books"}},
		{i.inbox("books"), g + "/inbox", idRef{Kind: idInbox, Name: "books"}},
		{i.outbox("books"), g + "/outbox", idRef{Kind: idOutbox, Name: "books"}},
		{i.followers("books"), g + "/followers", idRef{Kind: idFollowers, Name: "books"}},
		{i.following("books"), g + "/following", idRef{Kind: idFollowing, Name: "books"}},
		{i.moderators("books"), g + "/moderators", idRef{Kind: idModerators, Name: "books"}},
		{i.agent("books"), g + "/agent", idRef{Kind: idAgent, Name: "books"}},
		{i.key(i.agent("books")), g + "/agent#main-key", idRef{Kind: idKey, Name: "books", Key: "main-key"}},
		{i.featured("books"), g + "/featured", idRef{Kind: idFeatured, Name: "books"}},
		{i.post("books", 7), g + "/post/7", idRef{Kind: idPost, Name: "books", N: 7}},
		{i.comment("books", 8), g + "/comment/8", idRef{Kind: idComment, Name: "books", N: 8}},
		{i.context("books", 7), g + "/post/7/context", idRef{Kind: idContext, Name: "books", N: 7}},
		{i.replies(i.post("books", 7)), g + "/post/7/replies", idRef{Kind: idPostPart, Name: "books", N: 7, Key: "replies"}},
		{i.likes(i.comment("books", 8)), g + "/comment/8/likes", idRef{Kind: idCommentPart, Name: "books", N: 8, Key: "likes"}},
		{i.dislikes(i.post("books", 7)), g + "/post/7/dislikes", idRef{Kind: idPostPart, Name: "books", N: 7, Key: "dislikes"}},
		{i.shares(i.post("books", 7)), g + "/post/7/shares", idRef{Kind: idPostPart, Name: "books", N: 7, Key: "shares"}},
		{i.wall("books"), g + "/wall", idRef{Kind: idWall, Name: "books"}},
		{i.key(i.group("books")), g + "#main-key", idRef{Kind: idKey, Name: "books", Key: "main-key"}},
		{i.edKey(i.group("books")), g + "#ed25519-key", idRef{Kind: idKey, Name: "books", Key: "ed25519-key"}},
		{i.key(i.application()), "https://groups.example/actor#main-key", idRef{Kind: idKey, Key: "main-key"}},
		{i.activity("boost", "7-ab12"), "https://groups.example/a/boost/7-ab12", idRef{Kind: idActivity, Verb: "boost", Key: "7-ab12"}},
	}
	for _, test := range tests {
		if test.id != test.want {
			t.Errorf("made %s, want %s", test.id, test.want)
		}
		ref, ok := i.parse(test.id)
		if !ok {
			t.Errorf("%s is not read back", test.id)
		}
		if diff := cmp.Diff(test.ref, ref); diff != "" {
			t.Errorf("%s: %s", test.id, diff)
		}
	}
}

func TestParseIDRefuses(t *testing.T) {
	for _, uri := range []string{
		"", "/", "https://groups.example", "https://groups.example/",
		"http://groups.example/g/books", "https://groups.example.evil.example/g/books", "https://evil.example/g/books",
		"https://groups.example@evil.example/g/books", "HTTPS://groups.example/g/books", "https://Groups.example/g/books",
		"https://groups.example:443/g/books", "https://groups.example//g/books", "https://groups.example/g//books",
		"https://groups.example/g", "https://groups.example/g/", "https://groups.example/g/Books", "https://groups.example/g/b%6foks",
		"https://groups.example/g/books/", "https://groups.example/g/books?x=1", "https://groups.example/g/books#",
		"https://groups.example/g/books#other-key", "https://groups.example/g/books/inbox#main-key", "https://groups.example/inbox#main-key",
		"https://groups.example/g/books/post", "https://groups.example/g/books/post/", "https://groups.example/g/books/post/0",
		"https://groups.example/g/books/post/07", "https://groups.example/g/books/post/+7", "https://groups.example/g/books/post/-7",
		"https://groups.example/g/books/post/99999999999999999999", "https://groups.example/g/books/post/7/",
		"https://groups.example/g/books/post/7/likes/1", "https://groups.example/g/books/comment/7/context",
		"https://groups.example/g/books/post/7/boosts", "https://groups.example/g/books/wall/", "https://groups.example/g/books/../actor", "https://groups.example/actor/",
		"https://groups.example/actor/inbox", "https://groups.example/a/boost", "https://groups.example/a/boost/",
		"https://groups.example/a/boost/A", "https://groups.example/a//x", "https://groups.example/a/boost/x/y",
		"https://groups.example/g/" + strings.Repeat("a", maxGroupName+1),
	} {
		if ref, ok := testIDs().parse(uri); ok {
			t.Errorf("%q was read as %+v", uri, ref)
		}
	}
}

// rebuild makes the id that ref came from.
func rebuild(i ids, ref idRef) string {
	actor := i.group(ref.Name)
	if ref.Name == "" {
		actor = i.application()
	}
	return map[idKind]string{
		idGroup: actor, idInbox: i.inbox(ref.Name), idOutbox: i.outbox(ref.Name), idFollowers: i.followers(ref.Name),
		idFollowing: i.following(ref.Name), idModerators: i.moderators(ref.Name), idFeatured: i.featured(ref.Name),
		idSharedInbox: i.sharedInbox(), idApplication: i.application(), idApplicationOutbox: i.applicationOutbox(),
		idPost: i.post(ref.Name, ref.N), idComment: i.comment(ref.Name, ref.N), idContext: i.context(ref.Name, ref.N),
		idWall: i.wall(ref.Name), idPostPart: i.post(ref.Name, ref.N) + "/" + ref.Key, idCommentPart: i.comment(ref.Name, ref.N) + "/" + ref.Key,
		idKey: actor + "#" + ref.Key, idActivity: i.activity(ref.Verb, ref.Key),
	}[ref.Kind]
}

func TestIDsRoundTrip(t *testing.T) {
	kinds := []idKind{
		idGroup, idInbox, idOutbox, idFollowers, idFollowing, idModerators, idFeatured, idSharedInbox, idApplication,
		idApplicationOutbox, idPost, idComment, idContext, idWall, idPostPart, idCommentPart, idKey, idActivity,
	}
	rapid.Check(t, func(t *rapid.T) {
		i := newIDs(rapid.SampledFrom([]string{"https://groups.example", "http://a.localhost:4001"}).Draw(t, "origin"))
		want := idRef{Kind: rapid.SampledFrom(kinds).Draw(t, "kind")}
		name := rapid.StringMatching(`[a-z0-9_]{1,30}`)
		switch want.Kind {
		case idSharedInbox, idApplication, idApplicationOutbox:
		case idActivity:
			want.Verb = rapid.StringMatching(`[a-z]{1,10}`).Draw(t, "verb")
			want.Key = rapid.StringMatching(`[a-z0-9-]{1,60}`).Draw(t, "key")
		case idPostPart, idCommentPart:
			want.Key = rapid.SampledFrom([]string{"replies", "likes", "dislikes", "shares"}).Draw(t, "part")
			want.Name, want.N = name.Draw(t, "name"), rapid.Int64Min(1).Draw(t, "n")
		case idPost, idComment, idContext:
			want.Name, want.N = name.Draw(t, "name"), rapid.Int64Min(1).Draw(t, "n")
		case idKey:
			want.Name = rapid.OneOf(name, rapid.Just("")).Draw(t, "name")
			want.Key = rapid.SampledFrom([]string{mainKey, ed25519Key}).Draw(t, "key")
		default:
			want.Name = name.Draw(t, "name")
		}
		uri := rebuild(i, want)
		if got, ok := i.parse(uri); !ok || got != want {
			t.Fatalf("%s was read as %+v (%v), want %+v", uri, got, ok, want)
		}
	})
}

// FuzzParseID looks for two ids of one meaning.
func FuzzParseID(f *testing.F) {
	for _, path := range []string{"actor", "g/books", "g/books#main-key", "g/books/post/7/context", "a/boost/7-ab"} {
		f.Add("https://groups.example/" + path)
	}
	f.Fuzz(func(t *testing.T, uri string) {
		ref, ok := testIDs().parse(uri)
		if ok && rebuild(testIDs(), ref) != uri {
			t.Errorf("%q was read as %+v, which is %q", uri, ref, rebuild(testIDs(), ref))
		}
	})
}

func TestIRIIsWrittenUnchanged(t *testing.T) {
	for _, uri := range []string{
		"https://a.example", "https://a.example/é#x#y", "https://a.example/%7Eann/%c3%a9?q=a b&#", "HTTPS://A.example/",
		"http://a.example:80//x/../y?", "https://a.example?",
	} {
		if got := iri(uri).String(); got != uri {
			t.Errorf("%q became %q", uri, got)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		uri := "https://" + rapid.String().Draw(t, "rest")
		if got := iri(uri).String(); got != uri {
			t.Fatalf("%q became %q", uri, got)
		}
	})
}

func TestOwns(t *testing.T) {
	i := testIDs()
	for uri, want := range map[string]bool{
		"https://groups.example/form/1": true, "https://GROUPS.example./x": true,
		"https://peer.example/": false, "": false, "groups.example/x": false,
	} {
		if got := i.owns(uri); got != want {
			t.Errorf("owns(%q) = %v", uri, got)
		}
	}
}

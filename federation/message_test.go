package federation

import (
	"bytes"
	"crypto/ed25519"
	"strings"
	"sync"
	"testing"
	"time"

	"folkmoot/group"
	"folkmoot/store"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// received is an activity as a peer might write it: with blanks, escapes and a number that decoders round.
const received = `{ "@context":["https://www.w3.org/ns/activitystreams",{"x":"y"}], "id":"https://peer.example/create/1",
  "type":"Create", "actor":"https://peer.example/u/ann", "n":1.0, "object":{"id":"https://peer.example/posts/1",
  "type":"Note", "content":"<p>caf\u00e9 &amp; <\/p>"} }`

const (
	gBooks    = "https://groups.example/g/books"
	peerAnn   = "https://peer.example/u/ann"
	peerPost  = "https://peer.example/posts/1"
	onlyHead  = `{"@context":["https://www.w3.org/ns/activitystreams","https://w3id.org/security/data-integrity/v1"],`
	publicURI = "https://www.w3.org/ns/activitystreams#Public"
)

// pemOf is how the store keeps the keys of an actor.
var pemOf = map[string]func() []byte{"books": pemOnce("books"), "server": pemOnce("server")}

func pemOnce(name string) func() []byte {
	return sync.OnceValue(func() []byte {
		keys, err := testKeys[name]()
		if err != nil {
			panic(err)
		}
		pem, err := keys.Marshal()
		if err != nil {
			panic(err)
		}
		return pem
	})
}

// telling is a telling of the given kind about Ann's first post.
func telling(what group.Telling) store.Telling {
	return store.Telling{
		What: what, Group: store.Group{ID: 1, URI: gBooks, Name: "books", Keys: pemOf["books"]()}, ServerKeys: pemOf["server"](),
		To:     store.Actor{URI: peerAnn, Handle: "@ann@peer.example", Inbox: peerAnn + "/inbox"},
		PostID: 42, PostURI: peerPost, Author: peerAnn, Text: "Join the group first, then post again.", Lang: group.English,
		Activity: "https://peer.example/create/1", Raw: []byte(received), At: time.Date(2026, 8, 1, 12, 0, 0, 5, time.FixedZone("", 7200)),
	}
}

// mustEncode encodes t and checks what holds for every message.
func mustEncode(tb testing.TB, t store.Telling) []store.Message {
	tb.Helper()
	e, messages := testEncoder(), encodeToSend(tb, t)
	for _, m := range messages {
		a, err := decodeActivity(m.Body)
		if err != nil {
			tb.Fatalf("our own decoder refuses %s: %v", m.Body, err)
		}
		if a.ID != m.URI || a.Actor != e.ids.group(t.Group.Name) || len(a.Objects) != 1 {
			tb.Errorf("%s was read back as %q by %q", m.URI, a.ID, a.Actor)
		}
		if ref, ok := e.ids.parse(m.URI); !ok || ref.Kind != idActivity {
			tb.Errorf("%s is no id of an activity here", m.URI)
		}
		checkProof(tb, m.Body, a.Actor, keysOf(tb, "books"), t.At)
	}
	return messages
}

// encodeToSend encodes t as it is sent, with all proofs.
func encodeToSend(tb testing.TB, t store.Telling) []store.Message {
	tb.Helper()
	e := testEncoder()
	messages, err := e.Encode(t)
	if err != nil {
		tb.Fatal(err)
	}
	for i, m := range messages {
		if m.Prove.IsZero() {
			continue
		}
		if messages[i].Body, err = e.byGroup(m.Body, t.Group, m.Prove); err != nil {
			tb.Fatal(err)
		}
	}
	return messages
}

// checkProof checks that a document carries one proof, by the actor.
func checkProof(tb testing.TB, raw []byte, actor string, keys Keys, at time.Time) {
	tb.Helper()
	o, err := scanObject(raw)
	if err != nil {
		tb.Fatal(err)
	}
	proofs := proofsOf(o)
	public, _ := keys.Ed25519.Public().(ed25519.PublicKey)
	if len(proofs) != 1 || !proofs[0].holds(o, public) {
		tb.Fatalf("%s has no proof", raw)
	}
	if proofs[0].method != actor+"#ed25519-key" || !proofs[0].created.Equal(at.Truncate(time.Second)) {
		tb.Errorf("the proof is by %s, made %s", proofs[0].method, proofs[0].created)
	}
}

// one encodes t, which must give one message of that form.
func one(tb testing.TB, t store.Telling, form store.Form) store.Message {
	tb.Helper()
	messages := mustEncode(tb, t)
	if len(messages) != 1 || messages[0].Form != form {
		tb.Fatalf("%s gave %d messages: %v", t.What, len(messages), messages)
	}
	return messages[0]
}

func TestEncodeAnswers(t *testing.T) {
	const follow = `{"id": "https://peer.example/f/1", "type":"Follow","actor":"` + peerAnn + `", "object":"` + gBooks + `" }`
	for what, kind := range map[group.Telling]string{group.TellAccept: "Accept", group.TellReject: "Reject"} {
		in := telling(what)
		in.Activity, in.Raw = "https://peer.example/f/1", []byte(follow)
		m := one(t, in, store.FormDirect)
		checkGolden(t, m.Body, nil, onlyHead+`"id":"`+m.URI+`","type":"`+kind+`","actor":"`+gBooks+`","to":["`+peerAnn+`"],"object":`+follow+`}`)
		if !bytes.Contains(m.Body, []byte(follow)) {
			t.Errorf("the bytes of the Follow were changed: %s", m.Body)
		}
		in.Raw = nil // a moderator answers later
		late := one(t, in, store.FormDirect)
		if late.URI != m.URI {
			t.Errorf("the same Follow is answered as %s and as %s", m.URI, late.URI)
		}
		checkGolden(t, late.Body, nil, string(m.Body))
	}
}

// TestPageRequestsAreNotAnswered checks that nobody gets an Accept for a Follow that was never sent.
func TestPageRequestsAreNotAnswered(t *testing.T) {
	in := telling(group.TellAccept)
	in.Raw, in.Activity = nil, "https://groups.example/form/77"
	if got := mustEncode(t, in); got != nil {
		t.Errorf("answered: %v", got)
	}
}

func TestEncodeThread(t *testing.T) { // gotcha 37
	messages := mustEncode(t, telling(group.TellThread))
	if len(messages) != 2 || messages[0].Form != store.FormBoost || messages[1].Form != store.FormWrap {
		t.Fatalf("want a boost, then a wrap, got %v", messages)
	}
	boost, wrap := messages[0], messages[1]
	if !strings.HasPrefix(boost.URI, "https://groups.example/a/boost/42-") {
		t.Errorf("the boost is %s", boost.URI)
	}
	checkGolden(t, boost.Body, nil, onlyHead+`"id":"`+boost.URI+`","type":"Announce","actor":"`+gBooks+`","to":["`+publicURI+`"],
		"cc":["`+gBooks+`/followers","`+peerAnn+`"],"published":"2026-08-01T10:00:00Z","object":"`+peerPost+`"}`)
	checkGolden(t, wrap.Body, nil, onlyHead+`"id":"`+wrap.URI+`","type":"Announce","actor":"`+gBooks+`",
		"to":["`+gBooks+`","`+publicURI+`"],"cc":["`+gBooks+`/followers"],"published":"2026-08-01T10:00:00Z","object":`+received+`}`)
	if !bytes.Contains(wrap.Body, []byte(received)) {
		t.Errorf("the bytes of the Create were changed: %s", wrap.Body)
	}
}

// TestVisibilityIsNeverExceeded checks both forms against what the author chose.
func TestVisibilityIsNeverExceeded(t *testing.T) {
	want := map[group.Visibility]visibility{group.Public: visibilityPublic, group.Unlisted: visibilityUnlisted}
	for _, v := range []group.Visibility{group.Public, group.Unlisted, group.Followers, group.Direct} {
		for _, what := range []group.Telling{group.TellThread, group.TellWrap} {
			in := telling(what)
			in.Visibility = v
			messages := mustEncode(t, in)
			if !v.Shareable() && messages != nil {
				t.Errorf("a post of visibility %d was told by %s", v, messages[0].Body)
			}
			for _, m := range messages {
				a, err := decodeActivity(m.Body)
				if err != nil || visibilityOf(a.To, a.Cc) != want[v] {
					t.Errorf("a post of visibility %d was told by %s (%v)", v, m.Body, err)
				}
			}
		}
	}
	in := telling(group.TellThread)
	in.Visibility = group.Unlisted
	m := mustEncode(t, in)[0]
	checkGolden(t, m.Body, nil, onlyHead+`"id":"`+m.URI+`","type":"Announce","actor":"`+gBooks+`","to":["`+gBooks+`/followers"],
		"cc":["`+publicURI+`","`+peerAnn+`"],"published":"2026-08-01T10:00:00Z","object":"`+peerPost+`"}`)
}

// TestAuthorsMayForbidBoosts reads GoToSocial's policy; the wrap is no boost.
func TestAuthorsMayForbidBoosts(t *testing.T) {
	for policy, forms := range map[string][]store.Form{
		`{"canAnnounce":{"automaticApproval":["` + publicURI + `"]}}`:         {store.FormBoost, store.FormWrap},
		`{"canAnnounce":{"always":["` + gBooks + `"]}}`:                       {store.FormBoost, store.FormWrap},
		`{"canAnnounce":{"automaticApproval":["` + peerAnn + `/followers"]}}`: {store.FormWrap},
		`{"canReply":{"always":[]}}`:                                          {store.FormBoost, store.FormWrap},
	} {
		in := telling(group.TellThread)
		in.Raw = []byte(`{"type":"Create","actor":"` + peerAnn + `","object":{"type":"Note","interactionPolicy":` + policy + `}}`)
		var got []store.Form
		for _, m := range mustEncode(t, in) {
			got = append(got, m.Form)
		}
		if diff := cmp.Diff(forms, got); diff != "" {
			t.Errorf("%s: %s", policy, diff)
		}
	}
}

func TestEncodeWrap(t *testing.T) {
	for raw, want := range map[string]int{
		received: 1,
		`{"type":"Update","actor":"https://peer.example/u/ann","object":{"id":"https://peer.example/posts/1"}}`:    1,
		` {"object":"https://peer.example/posts/1","type":["Delete"],"actor":"https://peer.example/u/ann"}` + "\n": 1,
		`{"type":"Announce","object":{"type":"Create"}}`:                                                           0,
		`{"object":{"type":"Create"}}`: 0,
		"":                             0,
		`{`:                            0,
		`"Create"`:                     0,
	} {
		in := telling(group.TellWrap)
		in.Raw = []byte(raw)
		messages := mustEncode(t, in)
		if len(messages) != want {
			t.Fatalf("%s gave %d messages", raw, len(messages))
		}
		if want == 1 && (messages[0].Form != store.FormWrap || !bytes.Contains(messages[0].Body, []byte(`"object":`+raw+`,"published"`))) {
			t.Errorf("%s was wrapped as %s %s", raw, messages[0].Form, messages[0].Body)
		}
	}
}

func TestEncodeUndo(t *testing.T) {
	for _, v := range []group.Visibility{group.Public, group.Unlisted} {
		in := telling(group.TellThread)
		in.Visibility = v
		boost := mustEncode(t, in)[0]
		in.What, in.Boost = group.TellUndo, boost.Body
		in.Activity, in.Raw = "https://peer.example/delete/1", []byte(`{"type":"Delete"}`)
		m := one(t, in, store.FormBoost)
		if want := strings.Replace(boost.URI, "/boost/", "/undo/", 1); m.URI != want {
			t.Errorf("the undo is %s, want %s", m.URI, want)
		}
		sent, got := decoded(t, boost.Body), decoded(t, m.Body)
		context := sent["@context"]
		for _, m := range []map[string]any{sent, got} {
			delete(m, "proof")
		}
		delete(sent, "@context")
		want := map[string]any{
			"@context": context, "id": m.URI, "type": "Undo", "actor": gBooks, "to": sent["to"], "cc": sent["cc"], "object": sent,
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	}
	in := telling(group.TellUndo)
	if got := mustEncode(t, in); got != nil {
		t.Errorf("what was never boosted was taken back: %v", got)
	}
	in.Boost = []byte(`{`)
	if got, err := testEncoder().Encode(in); err == nil {
		t.Errorf("a broken boost was taken back: %v", got)
	}
}

func TestEncodeNote(t *testing.T) { // gotcha 38, gotcha 40
	in := telling(group.TellNote)
	in.Text = "Re: your post <1>\nJoin first.\n\nThank you!"
	m := one(t, in, store.FormDirect)
	const html = `<p><a href=\"https://peer.example/u/ann\" class=\"u-url mention\">@ann@peer.example</a> ` +
		`Re: your post &lt;1&gt;<br>Join first.</p><p>Thank you!</p>`
	noteID := strings.Replace(m.URI, "/create/", "/note/", 1)
	const head = `{"@context":["https://www.w3.org/ns/activitystreams","https://w3id.org/security/data-integrity/v1",
		{"gts":"https://gotosocial.org/ns#","interactionPolicy":{"@id":"gts:interactionPolicy","@type":"@id"},
		 "canQuote":{"@id":"gts:canQuote","@type":"@id"},"automaticApproval":{"@id":"gts:automaticApproval","@type":"@id"}}],`
	checkGolden(t, m.Body, nil, head+`"id":"`+m.URI+`","type":"Create","actor":"`+gBooks+`","to":["`+peerAnn+`"],"cc":[],
		"published":"2026-08-01T10:00:00Z","object":{"id":"`+noteID+`","type":"Note","attributedTo":"`+gBooks+`",
		"inReplyTo":"`+peerPost+`","to":["`+peerAnn+`"],"cc":[],"published":"2026-08-01T10:00:00Z",
		"content":"`+html+`","contentMap":{"en":"`+html+`"},"mediaType":"text/html",
		"source":{"content":"Re: your post <1>\nJoin first.\n\nThank you!","mediaType":"text/plain"},
		"tag":[{"type":"Mention","href":"`+peerAnn+`","name":"@ann@peer.example"}],
		"interactionPolicy":{"canQuote":{"automaticApproval":["`+gBooks+`"]}}}}`)
	a, err := decodeActivity(m.Body)
	if err != nil {
		t.Fatal(err)
	}
	v := mustObject(t, string(a.Object.Raw))
	if visibilityOf(v.To, v.Cc) != visibilityDirect || visibilityOf(a.To, a.Cc) != visibilityDirect || v.IsVote {
		t.Errorf("the note is not private: %+v", v)
	}
}

func TestEncodeNoteWithoutHandleOrWords(t *testing.T) {
	in := telling(group.TellNote)
	in.To.Handle, in.PostURI = "", ""
	a, err := decodeActivity(one(t, in, store.FormDirect).Body)
	if err != nil {
		t.Fatal(err)
	}
	v := mustObject(t, string(a.Object.Raw))
	if diff := cmp.Diff([]mention{{Href: peerAnn}}, v.Mentions); diff != "" || v.IsReply {
		t.Errorf("read back as %+v %s", v, diff)
	}
	in.Text = " \n"
	if got := mustEncode(t, in); got != nil {
		t.Errorf("a note without words was made: %v", got)
	}
}

func TestEncodeRefuses(t *testing.T) {
	for name, change := range map[string]func(*store.Telling){
		"unknown":         func(t *store.Telling) { t.What = "shout" },
		"accept nobody":   func(t *store.Telling) { t.What, t.To.URI = group.TellAccept, "" },
		"note to nobody":  func(t *store.Telling) { t.What, t.To.URI = group.TellNote, "" },
		"thread, no post": func(t *store.Telling) { t.What, t.PostURI = group.TellThread, "" },
	} {
		in := telling(group.TellThread)
		change(&in)
		if got, err := testEncoder().Encode(in); err == nil {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// TestIDsOfTellings checks that the same telling has the same ids, at whatever time, and a different one different ids.
func TestIDsOfTellings(t *testing.T) {
	seen := map[string]string{}
	for name, change := range map[string]func(*store.Telling){
		"first": func(*store.Telling) {},
		"other group": func(t *store.Telling) {
			t.Group = store.Group{ID: 2, URI: "https://groups.example/g/films", Name: "films", Keys: pemOf["books"]()}
		},
		"second time":    func(t *store.Telling) { t.Activity = "https://groups.example/form/8" },
		"without an id":  func(t *store.Telling) { t.Activity = "" },
		"other activity": func(t *store.Telling) { t.Activity = "https://peer.example/create/2" },
	} {
		in := telling(group.TellThread)
		change(&in)
		later := in
		later.At = in.At.Add(time.Hour)
		again := mustEncode(t, later)
		for i, m := range mustEncode(t, in) {
			if m.URI != again[i].URI {
				t.Errorf("%s: %s became %s an hour later", name, m.URI, again[i].URI)
			}
			if other, ok := seen[m.URI]; ok {
				t.Errorf("%s and %s share %s", name, other, m.URI)
			}
			seen[m.URI] = name
		}
	}
}

func TestEncoderIsTheStoresEncoder(t *testing.T) {
	var encode store.Encoder = testEncoder().Encode
	if _, err := encode(telling(group.TellThread)); err != nil {
		t.Error(err)
	}
}

// TestAnyActivityIsWrappedUnchanged puts drawn objects where the remote activity goes.
func TestAnyActivityIsWrappedUnchanged(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		inner := rawJSON().Draw(t, "object")
		raw := `{"type":"Create", "object":` + string(inner) + `}`
		in := telling(group.TellWrap)
		in.Raw = []byte(raw)
		messages, err := testEncoder().Encode(in)
		if err != nil || len(messages) != 1 || !bytes.Contains(messages[0].Body, []byte(`"object":`+raw+`,`)) {
			t.Fatalf("%s was wrapped as %v (%v)", raw, messages, err)
		}
	})
}

// TestWordsOfNotesSurvive reads the words back as people will see them.
func TestWordsOfNotesSurvive(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		words := rapid.StringMatching(`[a-zA-Z:<>&;"'#/é🦣]{1,40}`).Draw(t, "words")
		in := telling(group.TellNote)
		in.Text = words
		messages, err := testEncoder().Encode(in)
		if err != nil {
			t.Fatal(err)
		}
		object := decoded(t, messages[0].Body)["object"].(map[string]any)
		if got := plainText(object["content"].(string)); got != "@ann@peer.example "+words {
			t.Fatalf("%q is shown as %q", words, got)
		}
	})
}

func TestEncodeGroupUpdate(t *testing.T) {
	e := testEncoder()
	m, err := e.encodeGroupUpdate(booksDoc())
	if err != nil {
		t.Fatal(err)
	}
	want := decoded(t, []byte(goldenGroup))
	context := want["@context"]
	delete(want, "@context")
	got := decoded(t, m.Body)
	if diff := cmp.Diff(map[string]any{
		"@context": context, "id": m.URI, "type": "Update", "actor": gBooks, "audience": gBooks, "to": []any{publicURI}, "cc": []any{gBooks + "/followers"},
		"published": "2026-08-01T00:00:00Z", "object": want,
	}, got); diff != "" {
		t.Error(diff)
	}
	a, err := decodeActivity(m.Body)
	if err != nil {
		t.Fatal(err)
	}
	if v, err := decodeActor(a.Object.Raw, newSanitizer()); err != nil || v.Name != "Book club" {
		t.Errorf("the group was read back as %+v (%v)", v, err)
	}
	changed := booksDoc()
	changed.Title = "Books: a club"
	again, errAgain := e.encodeGroupUpdate(booksDoc())
	other, errOther := e.encodeGroupUpdate(changed)
	if errAgain != nil || errOther != nil || again.URI != m.URI || other.URI == m.URI {
		t.Errorf("ids are %s, again %s, changed %s", m.URI, again.URI, other.URI)
	}
	if _, err := e.encodeGroupUpdate(groupDoc{}); err == nil {
		t.Error("an update of no group was encoded")
	}
}

// FuzzEncode hands Encode whatever bytes may lie in the inbox: it must not panic, and what it makes of JSON must be JSON.
func FuzzEncode(f *testing.F) {
	f.Add([]byte(received), "Re: x", "https://peer.example/1")
	f.Add([]byte(`{"type":"Delete","object":{"interactionPolicy":{"canAnnounce":{}}}}`), "", "")
	f.Add([]byte(`{"type":"\ud800`), "\x00", "%")
	f.Fuzz(func(t *testing.T, raw []byte, text, uri string) {
		for _, what := range []group.Telling{
			group.TellAccept, group.TellReject, group.TellThread, group.TellWrap, group.TellUndo, group.TellNote,
		} {
			in := telling(what)
			in.Raw, in.Boost, in.Text, in.PostURI = raw, raw, text, uri
			messages, err := testEncoder().Encode(in)
			for _, m := range messages {
				if scanned := prescan(raw, defaultJSONLimits()) == nil; err == nil && scanned {
					decoded(t, m.Body)
				}
			}
		}
	})
}

func BenchmarkEncodeBoost(b *testing.B) {
	in := telling(group.TellThread)
	in.Raw = nil
	benchmarkEncode(b, in)
}

func BenchmarkEncodeWrap(b *testing.B) { benchmarkEncode(b, telling(group.TellWrap)) }

func BenchmarkEncodeWrapLarge(b *testing.B) {
	in := telling(group.TellWrap)
	in.Raw = []byte(strings.Replace(received, "caf", strings.Repeat("long ", 12_000), 1))
	benchmarkEncode(b, in)
}

// BenchmarkProve adds the proof to an Announce of 2 KB.
func BenchmarkProve(b *testing.B) {
	in := telling(group.TellWrap)
	in.Raw = []byte(strings.Replace(received, "caf", strings.Repeat("long ", 300), 1))
	e := testEncoder()
	messages, err := e.Encode(in)
	if err != nil || len(messages) != 1 {
		b.Fatal(messages, err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := e.byGroup(messages[0].Body, in.Group, in.At); err != nil {
			b.Fatal(err)
		}
	}
}

func benchmarkEncode(b *testing.B, in store.Telling) {
	e := testEncoder()
	b.ReportAllocs()
	for b.Loop() {
		if messages, err := e.Encode(in); err != nil || len(messages) != 1 {
			b.Fatal(messages, err)
		}
	}
}

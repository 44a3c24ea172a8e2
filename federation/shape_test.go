package federation

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"folkmoot/federation/fedtest"
	"folkmoot/group"
	"folkmoot/store"
)

// specimen is one activity that this server sends, and who has to take it.
type specimen struct {
	body   []byte
	takers string // names of peers
	theirs string // end of the name of the file in which Lemmy says the same, "" if there is none
	within string // where in the body that stands: "" or "object"
}

// Who gets what: see wants in dialect.go. Friendica, Mitra and the Discourse plugin know a few kinds of wraps and ignore the rest.
const (
	microblogs = "Mastodon Misskey Akkoma GoToSocial"
	forums     = "Lemmy PieFed Mbin NodeBB"
	allForums  = forums + " Friendica Mitra Discourse"
	everybody  = microblogs + " " + allForums + " Smithereen"
)

func judges() map[string]func([]byte) error {
	return map[string]func([]byte) error{
		"Lemmy": fedtest.LemmyAccepts, "PieFed": fedtest.PieFedAccepts, "Mbin": fedtest.MbinAccepts, "NodeBB": fedtest.NodeBBAccepts,
		"Friendica": fedtest.FriendicaAccepts, "Mitra": fedtest.MitraAccepts, "Discourse": fedtest.DiscourseAccepts,
		"Mastodon": fedtest.MastodonAccepts, "Misskey": fedtest.MisskeyAccepts, "Akkoma": fedtest.AkkomaAccepts,
		"GoToSocial": fedtest.GoToSocialAccepts, "Smithereen": fedtest.SmithereenAccepts,
	}
}

// only encodes a telling and returns its message of that form.
func only(t *testing.T, tell store.Telling, form store.Form) []byte {
	t.Helper()
	var found []byte
	for _, m := range encodeToSend(t, tell) {
		if m.Form == form && found != nil {
			t.Fatalf("%s gives two messages of form %s", tell.What, form)
		} else if m.Form == form {
			found = m.Body
		}
	}
	if found == nil {
		t.Fatalf("%s gives no message of form %s", tell.What, form)
	}
	return found
}

// act is the wrap of a moderator's act that came by no activity.
func act(t *testing.T, kind group.Kind) []byte {
	t.Helper()
	tell := telling(group.TellWrap)
	tell.Raw, tell.Activity = nil, ""
	tell.Request = group.Request{
		Kind: kind, Target: "https://peer.example/u/bob", Text: "spam", WithReplies: true, WithPosts: true, Until: testNow().Add(time.Hour),
	}
	return only(t, tell, store.FormWrap)
}

func wrapOf(t *testing.T, raw string) []byte {
	t.Helper()
	tell := telling(group.TellWrap)
	tell.Raw = []byte(raw)
	return only(t, tell, store.FormWrap)
}

const (
	sampleFollow = `{"id":"https://peer.example/f/1","type":"Follow","actor":"` + peerAnn + `","object":"` + gBooks + `"}`
	sampleHead   = `{"id":"https://peer.example/a/1","actor":"` + peerAnn + `","to":["` + gBooks + `","` + publicURI + `"],"cc":["https://peer.example/u/ann/followers"],`
	samplePost   = `"id":"https://peer.example/post/1","attributedTo":"` + peerAnn + `","to":["` + gBooks + `","` + publicURI + `"],"cc":[],"published":"2026-08-01T10:00:00Z"`
	sampleLike   = `{"id":"https://peer.example/l/1","type":"Like","actor":"` + peerAnn + `","object":"https://peer.example/post/1"}`
	sampleFlag   = `{"id":"https://peer.example/r/1","type":"Flag","actor":"` + peerAnn + `","to":["` + gBooks + `"],"audience":"` + gBooks + `","object":"https://peer.example/post/1","summary":"spam"}`
)

// answers, boosts and other messages of the group itself.
func ownSpecimens(t *testing.T) map[string]specimen {
	t.Helper()
	accept := telling(group.TellAccept)
	accept.Activity, accept.Raw = "https://peer.example/f/1", []byte(sampleFollow)
	late, reject, expel, refuse := accept, accept, accept, telling(group.TellRefuse)
	late.Raw, reject.What, expel.What, expel.Raw = nil, group.TellReject, group.TellExpel, nil
	undo := telling(group.TellUndo)
	undo.Boost = only(t, telling(group.TellThread), store.FormBoost)
	wall := telling(group.TellWall)
	wall.To = store.Actor{}
	changed := telling(group.TellGroup)
	changed.Group.Title, changed.Group.Created, changed.Group.Updated = "Book club", testNow(), testNow()
	report, resolved := telling(group.TellReport), telling(group.TellResolved)
	report.Dialect, report.Raw = store.Threadiverse, []byte(sampleFlag)
	resolved.Dialect, resolved.Raw = store.Threadiverse, []byte(`{"id":"https://peer.example/r/2","type":"Resolve","actor":"`+peerAnn+`","to":["`+gBooks+`"],"audience":"`+gBooks+`","object":`+sampleFlag+`}`)
	note := only(t, telling(group.TellNote), store.FormDirect)
	return map[string]specimen{
		"Accept": {only(t, accept, store.FormDirect), everybody, "", ""}, "Accept, later": {only(t, late, store.FormDirect), everybody, "", ""},
		"Reject": {only(t, reject, store.FormDirect), everybody, "", ""}, "Reject, of a member": {only(t, expel, store.FormDirect), everybody, "", ""},
		"Reject of a post on the wall": {only(t, refuse, store.FormDirect), "Smithereen", "", ""},
		"boost":                        {undo.Boost, microblogs, "", ""}, "Undo of a boost": {only(t, undo, store.FormBoost), microblogs, "", ""},
		"Add to the wall":        {only(t, wall, store.FormWall), "Smithereen", "", ""},
		"note":                   {note, microblogs + " Lemmy", "create_private_message", ""},
		"Update of the group":    {only(t, changed, store.FormAll), "Mastodon PieFed Mbin", "", ""},
		"Flag, to a moderator":   {only(t, report, store.FormDirect), "Lemmy", "report_page", "object"},
		"Resolve, to a reporter": {only(t, resolved, store.FormDirect), "Lemmy", "resolve_report_page", "object"},
		"Follow":                 {only(t, telling(group.TellFollow), store.FormDirect), "Lemmy Mbin NodeBB Mastodon GoToSocial", "", ""},
		"Undo of a Follow":       {only(t, telling(group.TellUnfollow), store.FormDirect), "Lemmy Mbin NodeBB GoToSocial", "undo_follow", ""},
	}
}

// wraps of what others did.
func wrapSpecimens(t *testing.T) map[string]specimen {
	t.Helper()
	const page, comment = `{` + samplePost + `,"type":"Page","name":"What next?"}`, `{` + samplePost + `,"type":"Note","content":"x","inReplyTo":"https://peer.example/post/2"}`
	listed := `"object":"https://peer.example/u/bob","target":"` + gBooks + `/moderators"}`
	thread := telling(group.TellThread)
	thread.Raw = []byte(sampleHead + `"type":"Create","object":` + page + `}`)
	return map[string]specimen{
		"Create Page": {only(t, thread, store.FormWrap), allForums, "", ""},
		"Create Note": {wrapOf(t, sampleHead+`"type":"Create","object":`+comment+`}`), allForums, "", ""},
		"Update":      {wrapOf(t, sampleHead+`"type":"Update","object":`+page+`}`), allForums, "", ""},
		"Delete":      {wrapOf(t, sampleHead+`"type":"Delete","object":"https://peer.example/post/1"}`), allForums, "", ""},
		"Undo Delete": {wrapOf(t, sampleHead+`"type":"Undo","object":`+sampleHead+`"type":"Delete","object":"https://peer.example/post/1"}}`), forums, "", ""},
		"Like":        {wrapOf(t, sampleLike), allForums, "", ""},
		"Dislike":     {wrapOf(t, strings.Replace(sampleLike, "Like", "Dislike", 1)), forums + " Friendica Mitra", "", ""},
		"Undo Like":   {wrapOf(t, sampleHead+`"type":"Undo","object":`+sampleLike+`}`), forums, "", ""},
		"Add, Remove": {wrapOf(t, sampleHead+`"type":"Remove",`+listed), forums, "", ""},
		"Lock":        {wrapOf(t, sampleHead+`"type":"Lock","object":"https://peer.example/post/1"}`), forums, "", ""},
		"Block":       {wrapOf(t, sampleHead+`"type":"Block","object":"https://peer.example/u/bob","target":"`+gBooks+`"}`), forums, "", ""},
		"EmojiReact":  {wrapOf(t, strings.Replace(sampleLike, "Like", "EmojiReact", 1)), "PieFed Mbin NodeBB", "", ""}, // Lemmy has no such type
		"own Delete":  {act(t, group.Remove), forums, "remove_note", "object"},
		"own Undo":    {act(t, group.Restore), forums, "undo_delete_page", "object"},
		"own Lock":    {act(t, group.Lock), forums, "__lock_note", "object"},
		"own unlock":  {act(t, group.Unlock), forums, "undo_lock_note", "object"},
		"own pin":     {act(t, group.Pin), forums, "add_mod", "object"},
		"own unpin":   {act(t, group.Unpin), forums, "remove_mod", "object"},
		"own appoint": {act(t, group.Appoint), forums, "add_mod", "object"},
		"own dismiss": {act(t, group.Dismiss), forums, "remove_mod", "object"},
		"own ban":     {act(t, group.Ban), forums, "__block_user", "object"},
		"own unban":   {act(t, group.Unban), forums, "undo_block_user", "object"},
	}
}

// TestPeersTakeWhatIsSent holds every kind of activity against the strictness of those who get it.
func TestPeersTakeWhatIsSent(t *testing.T) {
	judges := judges()
	for _, specimens := range []map[string]specimen{ownSpecimens(t), wrapSpecimens(t)} {
		for name, s := range specimens {
			for _, peer := range strings.Fields(s.takers) {
				if err := judges[peer](s.body); err != nil {
					t.Errorf("%s: %v\n%s", name, err, s.body)
				}
			}
		}
	}
}

// TestMicroblogsAreNotFlooded is the other half: what only forums get, microblogs could not read, and the other way round.
func TestMicroblogsAreNotFlooded(t *testing.T) {
	for name, s := range wrapSpecimens(t) {
		var r *fedtest.Refusal
		if err := fedtest.MastodonAccepts(s.body); !errors.As(err, &r) || r.Gotcha != 36 {
			t.Errorf("%s: Mastodon takes it: %v", name, err)
		}
	}
	if err := fedtest.LemmyAccepts(ownSpecimens(t)["boost"].body); err == nil {
		t.Error("Lemmy takes a boost")
	}
}

// TestPeersReadTheGroup checks the fullest and the barest document of a group.
func TestPeersReadTheGroup(t *testing.T) {
	for _, doc := range []groupDoc{booksDoc(), {Name: "books", PublicKeyPEM: groupPEM}} {
		raw, err := testEncoder().encodeGroup(doc)
		if err != nil {
			t.Fatal(err)
		}
		for _, read := range []func(fedtest.Document, []byte) error{
			fedtest.LemmyReads, fedtest.PieFedReads, fedtest.MbinReads, fedtest.NodeBBReads, fedtest.MastodonReads,
		} {
			if err := read(fedtest.GroupDocument, raw); err != nil {
				t.Error(err)
			}
		}
	}
}

// TestShapesOfLemmyFixtures compares with what Lemmy itself sends of the same kind: every key, of the same kind.
func TestShapesOfLemmyFixtures(t *testing.T) {
	files := fixtureFiles(t)["lemmy"]
	for _, specimens := range []map[string]specimen{ownSpecimens(t), wrapSpecimens(t)} {
		for name, s := range specimens {
			ours := any(decoded(t, s.body))
			if s.within != "" {
				ours = ours.(map[string]any)[s.within]
			}
			if s.theirs != "" {
				checkKeys(t, name+" against "+s.theirs, decoded(t, lemmyFixture(t, files, s.theirs)), ours)
			}
		}
	}
	update, err := testEncoder().encodeGroupUpdate(booksDoc())
	if err != nil {
		t.Fatal(err)
	}
	checkKeys(t, "update_community", decoded(t, lemmyFixture(t, files, "update_community")), decoded(t, update.Body))
	wrap := telling(group.TellThread)
	wrap.Raw = lemmyFixture(t, files, "announce_create_page", "object")
	announce := only(t, wrap, store.FormWrap)
	for name, doc := range servedSpecimens(t, announce) {
		checkKeys(t, name, decoded(t, lemmyFixture(t, files, name)), decoded(t, doc))
	}
	checkKeys(t, "announce_create_page", decoded(t, lemmyFixture(t, files, "announce_create_page")), decoded(t, announce))
}

func servedSpecimens(t *testing.T, announce []byte) map[string][]byte {
	t.Helper()
	out := map[string][]byte{}
	keep := func(name string, raw []byte, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		out[name] = raw
	}
	raw, err := encodeTombstone("https://groups.example/g/books/post/7", "Page", testNow())
	keep("objects__tombstone", raw, err)
	raw, err = encodeCollection(collectionDoc{ID: gBooks + "/followers", Total: 3})
	keep("group_followers", raw, err)
	raw, err = encodeCollection(collectionDoc{ID: gBooks + "/outbox", Ordered: true, Total: 1, Items: []json.RawMessage{announce}})
	keep("group_outbox", raw, err)
	raw, err = encodeCollection(collectionDoc{ID: "https://groups.example/actor/outbox", Ordered: true})
	keep("person_outbox", raw, err)
	return out
}

// TestShapeOfTheServersActor leaves out what servers may say of themselves and ours does not: pictures, a description, a language.
func TestShapeOfTheServersActor(t *testing.T) {
	raw, err := testEncoder().encodeApplication(applicationDoc{Title: "x", PublicKeyPEM: groupPEM, Created: testNow()})
	if err != nil {
		t.Fatal(err)
	}
	theirs := decoded(t, lemmyFixture(t, fixtureFiles(t)["lemmy"], "objects__instance"))
	ours := decoded(t, raw)
	for _, key := range []string{"id", "type", "name", "inbox", "outbox", "publicKey", "published"} {
		checkKeys(t, "instance/"+key, theirs[key], ours[key])
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

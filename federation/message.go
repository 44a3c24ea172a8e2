package federation

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"strconv"
	"strings"

	"folkmoot/group"
	"folkmoot/store"
)

// encoder makes the activities and documents of one server. It does no I/O and remembers nothing but keys: the same telling gives
// the same bytes, so that whatever is encoded twice is stored and delivered once.
type encoder struct {
	ids    ids
	keys   *keyring
	frames *frames
}

// newEncoder takes the public origin, such as https://groups.example.
func newEncoder(origin string) *encoder {
	return &encoder{ids: newIDs(origin), keys: newKeyring(), frames: newFrames()}
}

var (
	errNobody = errors.New("a message for one person has nobody to go to")
	errNoPost = errors.New("a message about a post names none")
)

// Encode makes the activities that carry a telling, each with a proof of who says so, but for votes that are passed on: nobody
// believes a vote from third hand, and they are most of what is said. What a group says gets its proof later, when it is sent (see
// [Server.proven]). It satisfies [store.Encoder].
func (e *encoder) Encode(t store.Telling) ([]store.Message, error) {
	messages, err := e.unproven(t)
	if err != nil {
		return nil, err
	}
	if t.What == group.TellWrap && isVote(t.Request.Kind) {
		return messages, nil
	}
	for i, m := range messages {
		actor, pem := trimJSON(m.Body).object().get("actor").text(), t.Group.Keys
		if actor == e.ids.moderation() {
			pem = t.ServerKeys
		}
		keys, err := e.keys.of(actor, pem)
		if err != nil {
			return nil, err
		}
		if actor == t.Group.URI {
			messages[i].Prove = t.At
		} else if messages[i].Body, err = e.prove(m.Body, actor, keys, t.At); err != nil {
			return nil, err
		}
	}
	return messages, nil
}

func isVote(k group.Kind) bool {
	return k == group.Like || k == group.Unlike || k == group.Dislike || k == group.Undislike
}

// unproven makes the activities that carry a telling.
func (e *encoder) unproven(t store.Telling) ([]store.Message, error) {
	switch t.What {
	case group.TellAccept, group.TellAdmit:
		return e.answer(t, "accept", vocabAccept)
	case group.TellReject, group.TellRefuse:
		return e.answer(t, "reject", vocabReject)
	case group.TellExpel:
		return e.expel(t)
	case group.TellThread:
		return e.thread(t)
	case group.TellBoost:
		return e.boost(t)
	case group.TellWrap:
		return e.wrap(t)
	case group.TellUndo:
		return e.undo(t)
	case group.TellWall:
		return e.wall(t)
	case group.TellNote:
		return e.note(t)
	default:
		return e.encodeRare(t)
	}
}

// encodeRare is unproven for what happens now and then.
func (e *encoder) encodeRare(t store.Telling) ([]store.Message, error) {
	switch t.What {
	case group.TellGroup:
		return e.groupChanged(t)
	case group.TellReport:
		return e.report(t)
	case group.TellMods:
		return e.note(forMods(t)) // it answers nobody's post
	case group.TellResolved:
		return e.resolved(t)
	case group.TellFollow:
		return e.follow(t)
	case group.TellUnfollow:
		return e.unfollow(t)
	}
	return nil, fmt.Errorf("no activity is known for the telling %q", t.What)
}

// answer accepts or rejects a Follow or Join. The whole of it is embedded: Mbin ignores answers that only name it.
func (e *encoder) answer(t store.Telling, verb string, build func(envelope) (document, error)) ([]store.Message, error) {
	if t.To.URI == "" {
		return nil, fmt.Errorf("%s: %w", verb, errNobody)
	}
	if len(t.Raw) == 0 && (t.Activity == "" || e.ids.owns(t.Activity)) {
		return nil, nil // asked on a page of this server: it has been answered there
	}
	id := e.ids.activity(verb, e.hash(t, t.To.URI, activityKey(t)))
	d, err := e.frames.of(verb, build, envelope{ID: id, Actor: e.ids.group(t.Group.Name)})
	if err != nil {
		return nil, err
	}
	d["to"], d["object"] = []string{t.To.URI}, json.RawMessage(t.Raw)
	if len(t.Raw) == 0 { // answered later, when the bytes are no longer at hand
		d["object"] = document{"id": t.Activity, "type": "Follow", "actor": t.To.URI, "object": e.ids.group(t.Group.Name)}
	}
	return message(id, store.FormDirect, d)
}

// thread tells of a new thread in both forms; delivery picks. The boost comes first, for hosts that get both.
func (e *encoder) thread(t store.Telling) ([]store.Message, error) {
	if !t.Visibility.Shareable() {
		return nil, nil // a group never shows a post to more people than its author did
	}
	boost, err := e.boost(t)
	if err != nil {
		return nil, err
	}
	wrap, err := e.wrap(t)
	return append(boost, wrap...), err
}

// boost shares the post by its id. The id of the boost also depends on the activity that led to it: a thread that was taken back
// and returns needs a new one, because peers remember what they undid.
func (e *encoder) boost(t store.Telling) ([]store.Message, error) {
	if t.PostURI == "" {
		return nil, fmt.Errorf("boost: %w", errNoPost)
	}
	if !t.Visibility.Shareable() || !mayBoost(t.Raw, e.ids.group(t.Group.Name)) {
		return nil, nil
	}
	to, cc := []string{addressPublic}, []string{e.ids.followers(t.Group.Name)}
	if t.Visibility == group.Unlisted {
		to, cc = cc, to
	}
	id := e.ids.activity("boost", strconv.FormatInt(t.PostID, 10)+"-"+e.hash(t, t.PostURI, activityKey(t)))
	d, err := e.frames.announce(envelope{ID: id, Actor: e.ids.group(t.Group.Name), To: to, Cc: cc, Published: t.At})
	if err != nil {
		return nil, err
	}
	d["object"] = t.PostURI
	if t.Author != "" {
		d["cc"] = append(cc, t.Author)
	}
	return message(id, store.FormBoost, d)
}

// mayBoost says whether the author lets the group boost the post unasked (GoToSocial's interactionPolicy.canAnnounce). A post that
// is not embedded in raw says nothing about it.
func mayBoost(raw []byte, actor string) bool {
	var v objectView
	v.readPolicy(trimJSON(raw).object().get("object").object())
	return v.canAnnounce(actor)
}

// wrap passes on the received activity (FEP-1b12), byte for byte, so that proofs inside it stay valid.
func (e *encoder) wrap(t store.Telling) ([]store.Message, error) {
	if !t.Visibility.Shareable() {
		return nil, nil
	}
	inner, kept, err := e.wrapped(t)
	if err != nil || inner == nil {
		return nil, err
	}
	actor, followers := e.ids.group(t.Group.Name), e.ids.followers(t.Group.Name)
	to, cc := []string{actor, addressPublic}, []string{followers}
	if t.Visibility == group.Unlisted {
		to, cc = []string{actor, followers}, []string{addressPublic}
	}
	id := e.ids.activity("wrap", e.hash(t, activityKey(t)))
	if t.Request.Kind == group.Erase { // of many posts at once
		id = e.ids.activity("wrap", e.hash(t, t.PostURI, activityKey(t)))
	}
	d, err := e.frames.announce(envelope{ID: id, Actor: actor, To: to, Cc: cc, Published: t.At})
	if err != nil {
		return nil, err
	}
	d["object"] = inner
	wrap, err := message(id, store.FormWrap, d)
	return append(kept, wrap...), err
}

// wrapped is what a wrap holds: the bytes as received, or what this server says for a moderator, which is then also kept to be
// fetched by its own id; nil for neither.
func (e *encoder) wrapped(t store.Telling) (inner any, kept []store.Message, err error) {
	if len(t.Raw) > 0 {
		if !wrappable(t.Raw) {
			return nil, nil, nil
		}
		return json.RawMessage(t.Raw), nil, nil
	}
	d, err := e.authored(t)
	if err != nil || d == nil {
		return nil, nil, err
	}
	id, _ := d["id"].(string)
	kept, err = message(id, store.FormKept, d.addressed())
	return d.nested(), kept, err
}

// wrappable says whether raw is an activity that a group passes on; requests made on pages have none. It looks at the type only:
// the bytes were scanned when they came in.
func wrappable(raw []byte) bool {
	switch typeOf(trimJSON(raw).object().get("type")) {
	case "Create", "Update", "Delete", "Undo", "Like", "Dislike", "EmojiReact", "Add", "Remove", "Lock", "Block", "Move":
		return true
	}
	return false
}

// undo takes a boost back, at the same addresses. The boost is embedded whole, for Mbin ignores an Undo that only names it, but
// without its proof, which does not hold without its context; the Undo has its own.
func (e *encoder) undo(t store.Telling) ([]store.Message, error) {
	if len(t.Boost) == 0 {
		return nil, nil // never boosted: nothing to take back
	}
	boost, err := scanObject(t.Boost)
	if err != nil {
		return nil, fmt.Errorf("read the boost to take back: %w", err)
	}
	if typeOf(boost.get("type")) == "Add" {
		return e.offWall(t, boost)
	}
	sent := boost.document("proof")
	boostID := boost.get("id").text()
	key := e.hash(t, boostID)
	if ref, ok := e.ids.parse(boostID); ok && ref.Kind == idActivity {
		key = ref.Key
	}
	id := e.ids.activity("undo", key)
	d, err := vocabUndo(envelope{ID: id, Actor: e.ids.group(t.Group.Name)})
	if err != nil {
		return nil, err
	}
	d["object"] = sent.nested()
	for _, address := range []string{"to", "cc"} {
		if value, ok := sent[address]; ok {
			d[address] = value
		}
	}
	return message(id, store.FormBoost, d.addressed())
}

// note writes a private message to one person. Mastodon shows it only with a Mention tag, and as an answer where it names the post.
func (e *encoder) note(t store.Telling) ([]store.Message, error) {
	if t.To.URI == "" {
		return nil, fmt.Errorf("note: %w", errNobody)
	}
	if strings.TrimSpace(t.Text) == "" {
		return nil, nil
	}
	actor, key := e.ids.group(t.Group.Name), e.hash(t, t.To.URI, t.PostURI, activityKey(t), t.Text)
	if hearsPeopleOnly(t) {
		return e.chat(t, key)
	}
	d, err := e.privately(actor, key, t)
	if err != nil {
		return nil, err
	}
	return letter(e.ids.activity("note", key), e.ids.activity("create", key), d)
}

// privately makes the activity by which an actor here writes to one person.
func (e *encoder) privately(actor, key string, t store.Telling) (document, error) {
	note, err := vocabNote(noteParts{
		ID: e.ids.activity("note", key), Author: actor, InReplyTo: t.PostURI, To: t.To.URI, Published: t.At,
	})
	if err != nil {
		return nil, err
	}
	note.setContent(noteHTML(t.To, t.Text), t.Lang)
	note["mediaType"] = "text/html"
	note["source"] = document{"content": strings.TrimSpace(t.Text), "mediaType": "text/plain"} // Lemmy would show Markdown instead
	mention := document{"type": "Mention", "href": t.To.URI}
	mention.set("name", t.To.Handle)
	note["tag"] = []any{mention}
	note["interactionPolicy"] = ownQuotesOnly(actor)
	d, err := vocabCreate(envelope{ID: e.ids.activity("create", key), Actor: actor, To: []string{t.To.URI}, Published: t.At})
	if err != nil {
		return nil, err
	}
	d["@context"] = noteContext()
	d["object"] = note.addressed().nested()
	return d.addressed(), nil
}

// noteHTML greets the person by the mention that Mastodon wants in the text, then says what there is to say. Line ends stay.
func noteHTML(to store.Actor, text string) string {
	name := to.Handle
	if name == "" {
		name = to.URI
	}
	body := html.EscapeString(strings.TrimSpace(strings.ReplaceAll(text, "\r\n", "\n")))
	body = strings.ReplaceAll(strings.ReplaceAll(body, "\n\n", "</p><p>"), "\n", "<br>")
	return `<p><a href="` + html.EscapeString(to.URI) + `" class="u-url mention">` + html.EscapeString(name) + `</a> ` + body + `</p>`
}

// encodeGroupUpdate tells followers that the group's document changed, with the whole of it inside as Lemmy wants. The same document
// has the same id. Its Form is empty: hosts of every dialect read it, so the caller says whom it is for.
func (e *encoder) encodeGroupUpdate(g groupDoc) (store.Message, error) {
	inner, err := e.groupDocument(g)
	if err != nil {
		return store.Message{}, err
	}
	actor := e.ids.group(g.Name)
	object, err := inner.nested().encode()
	if err != nil {
		return store.Message{}, err
	}
	id := e.ids.activity("update", shortHash(actor, string(object)))
	d, err := vocabUpdate(envelope{
		ID: id, Actor: actor, To: []string{addressPublic}, Cc: []string{e.ids.followers(g.Name)}, Published: g.Updated,
	})
	if err != nil {
		return store.Message{}, err
	}
	d["@context"] = inner["@context"]
	d["object"] = json.RawMessage(object)
	d["audience"] = actor
	body, err := d.encode()
	return store.Message{URI: id, Body: body}, err
}

// message encodes one activity.
func message(uri string, form store.Form, d document) ([]store.Message, error) {
	body, err := d.encode()
	if err != nil {
		return nil, fmt.Errorf("encode %s: %w", uri, err)
	}
	return []store.Message{{URI: uri, Form: form, Body: body}}, nil
}

// activityKey names what led to a telling: the activity's id, or its bytes if it had none, or the moment.
func activityKey(t store.Telling) string {
	switch {
	case t.Activity != "":
		return t.Activity
	case len(t.Raw) > 0:
		return string(t.Raw)
	}
	return t.At.UTC().String()
}

// hash names a telling of a group: two groups of one server never share an id, even about one post.
func (e *encoder) hash(t store.Telling, parts ...string) string {
	return shortHash(append([]string{e.ids.group(t.Group.Name)}, parts...)...)
}

// shortHash is 128 bits of SHA-256 over the parts, each with its length, so that no two lists of parts are one text.
func shortHash(parts ...string) string {
	h := sha256.New()
	for _, p := range parts {
		fmt.Fprintf(h, "%d:%s", len(p), p)
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}

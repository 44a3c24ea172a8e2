package federation

import (
	"encoding/json"
	"slices"
	"strings"
	"time"
)

// addressPublic is the one spelling of "everybody" inside the server; "as:Public" and "Public" become it.
const addressPublic = "https://www.w3.org/ns/activitystreams#Public"

// maxRemark bounds summaries and contents of activities (reasons, report texts, emoji), in runes.
const maxRemark = 5000

// ref points at another object: by id, or embedded, or both.
type ref struct {
	ID   string          // "" when only an object without a usable id was given
	Type string          // of the embedded object, "" when only an id was given
	Raw  json.RawMessage // the embedded object as received, nil when only an id was given
}

// embedded says whether more than an id was given.
func (r ref) embedded() bool { return r.Raw != nil }

// activity is the strict small view of an inbound activity. Fields that were missing or of a wrong kind are zero; what they
// must be for the activity to mean something is decided by whoever handles its Type.
type activity struct {
	ID    string // "" for transient activities, and for ids that are not usable
	Type  string
	Actor string // never "", exactly one

	Object     ref   // the first of Objects, zero when there is none
	Objects    []ref // all: reports name a user and posts, PieFed announces batches
	Target     ref
	Origin     ref
	Instrument ref // of QuoteRequest and its kin: the interacting post
	Result     ref

	To, Cc, Audience []string

	Published time.Time // as claimed, not clamped
	Updated   time.Time
	EndTime   time.Time // of a ban; PieFed also writes "expires"

	Summary string // reasons; plain text, cleaned
	Content string // report texts, emoji reactions, messages with a Join; plain text, cleaned

	RemoveData, RestoreData, WithReplies bool

	Raw json.RawMessage // the bytes received
}

// decodeActivity reads raw as an activity. It takes every shape seen in the wild (id or embedded object, one or a list, a list
// of types) but insists on a type and on exactly one actor with a usable id; errors wrap ErrMalformed. Nothing is compared
// here: whether the actor signed, and whether ids lie on its host, is for the caller (see sameHost).
func decodeActivity(raw []byte) (activity, error) {
	o, err := scanObject(raw)
	if err != nil {
		return activity{}, err
	}
	a := activity{
		ID: uriOf(o.get("id")), Type: typeOf(o.get("type")), Raw: raw,
		Objects: refsOf(o.get("object")), Target: refOf(o.get("target")), Origin: refOf(o.get("origin")),
		Instrument: refOf(o.get("instrument")), Result: refOf(o.get("result")),
		To: addressesOf(o.get("to")), Cc: addressesOf(o.get("cc")), Audience: addressesOf(o.get("audience")),
		Published: timeOf(o.get("published")), Updated: timeOf(o.get("updated")), EndTime: timeOf(o.get("endTime")),
		Summary:    remarkOf(o, "summary"),
		Content:    remarkOf(o, "content", "_misskey_reaction", "participationMessage"),
		RemoveData: o.get("removeData").truth(), RestoreData: o.get("restoreData").truth(),
		WithReplies: o.get("withReplies").truth(),
	}
	if a.Type == "" {
		return activity{}, missing("activity", "type")
	}
	if a.Actor = onlyActor(o.get("actor")); a.Actor == "" {
		return activity{}, missing("activity", "actor")
	}
	if len(a.Objects) > 0 {
		a.Object = a.Objects[0]
	}
	if a.EndTime.IsZero() {
		a.EndTime = timeOf(o.get("expires"))
	}
	return a, nil
}

// onlyActor reads the actor. Two different ones would let the signature check and the rules disagree, so they are none.
func onlyActor(v rawValue) string {
	actor := ""
	for _, item := range v.list() {
		id := uriOf(item)
		if id == "" || (actor != "" && id != actor) {
			return ""
		}
		actor = id
	}
	return actor
}

// uriOf reads an id: a string, an embedded object's id, or where a Link leads. Numbers and everything that is not an absolute
// http(s) URI count as missing (NodeBB once took "attributedTo": 1 for its own first user).
func uriOf(v rawValue) string {
	s := ""
	switch v.kind() {
	case '"':
		s = v.text()
	case '{':
		o := v.object()
		if s = o.get("id").text(); s == "" && isLinkType(typeOf(o.get("type"))) {
			s = o.get("href").text()
		}
	}
	if !validURI(s) {
		return ""
	}
	return s
}

func isLinkType(t string) bool { return t == "Link" || t == "Mention" }

// firstURI reads one id where a list may stand: the first usable one.
func firstURI(v rawValue) string {
	for _, item := range v.list() {
		if id := uriOf(item); id != "" {
			return id
		}
	}
	return ""
}

// refsOf reads a property whose value is one object or several. What is neither a usable id nor an object is left out.
func refsOf(v rawValue) []ref {
	var out []ref
	for _, item := range v.list() {
		r := ref{ID: uriOf(item)}
		if item.kind() == '{' {
			r.Type = typeOf(item.object().get("type"))
			r.Raw = json.RawMessage(item)
		}
		if r.ID != "" || r.Raw != nil {
			out = append(out, r)
		}
	}
	return out
}

func refOf(v rawValue) ref {
	if refs := refsOf(v); len(refs) > 0 {
		return refs[0]
	}
	return ref{}
}

// typeOf reads a type. Of several the first that this server knows counts, else the first: ["farm:Plant","Create"] is a Create.
func typeOf(v rawValue) string {
	first := ""
	for _, item := range v.list() {
		t := item.text()
		if t == "" || len(t) > 100 {
			continue
		}
		if isKnownType(t) {
			return t
		}
		if first == "" {
			first = t
		}
	}
	return first
}

func isKnownType(t string) bool {
	switch t {
	case "Create", "Update", "Delete", "Undo", "Announce", "Add", "Remove", "Move",
		"Follow", "Accept", "Reject", "Join", "Leave", "Invite", "Offer", "Ignore", "TentativeAccept", "TentativeReject",
		"Like", "Dislike", "EmojiReact", "Flag", "Block", "Lock", "Resolve", "Warn", "QuoteRequest", "PollVote":
		return true
	case "Note", "Page", "Article", "Question", "Event", "Video", "Audio", "Image", "Document", "Link", "Tombstone",
		"Collection", "OrderedCollection", "CollectionPage", "OrderedCollectionPage":
		return true
	}
	return isActorType(t)
}

func isActorType(t string) bool {
	switch t {
	case "Person", "Group", "Organization", "Service", "Application":
		return true
	}
	return false
}

// timeOf reads a date: RFC 3339 with any number of fractional digits, without a zone (taken as UTC, Pleroma polls), or a day.
func timeOf(v rawValue) time.Time {
	s := strings.ToUpper(v.text())
	if s == "" { // most activities have one date of three, and each layout that does not fit makes an error
		return time.Time{}
	}
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05", "2006-01-02T15:04Z07:00", "2006-01-02"} {
		if t, err := time.Parse(layout, s); err == nil && t.Year() >= 1970 && t.Year() < 10000 {
			return t.UTC()
		}
	}
	return time.Time{}
}

// remarkOf reads the first of the given keys that holds text, as plain text. Lemmy's reasons are plain, Mastodon's report
// comments too; should there be markup, only its words are kept.
func remarkOf(o rawObject, keys ...string) string {
	for _, key := range keys {
		if s := o.get(key).text(); s != "" {
			if strings.ContainsRune(s, '<') {
				s = plainText(s)
			}
			return cutRunes(strings.TrimSpace(cleanText(s)), maxRemark)
		}
	}
	return ""
}

// addressesOf reads to, cc or audience: a string or a list, ids or embedded objects; each once, in order.
func addressesOf(v rawValue) []string {
	var out []string
	for _, item := range v.list() {
		id := uriOf(item)
		switch item.text() {
		case "as:Public", "Public":
			id = addressPublic
		}
		if id != "" && !slices.Contains(out, id) {
			out = append(out, id)
		}
	}
	return out
}

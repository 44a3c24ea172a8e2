package fedtest

import (
	"encoding/json"
	"slices"
)

// Software is one kind of forum, as far as it differs from the others on the wire.
type Software struct {
	Name, Version string // as its NodeInfo says

	communities string // where communities live: c or m
	featured    string // last part of the id of the list of what a community shows first
	sharedInbox string
	activityID  string // path of ids, from kind and number
	postID      string // from number and community
	commentID   string
	dates       string // layout
	hand        hand

	accepts func(activity []byte) error
	reads   func(what Document, raw []byte) error
	finish  func(f *Forum, a object) // makes of Lemmy 1.0's form its own

	lacks   []string // kinds of activity that it cannot write
	pending bool     // shows a post as pending until its community has announced it
	compat  bool     // announces each post a second time for Mastodon: embedded, with an actor
	batches bool     // announces votes together
	admins  bool     // takes anybody on a community's own server for an admin, who may moderate
	chats   bool     // takes private messages as ChatMessage alone
	groups  bool     // lets communities follow its own
	tracks  bool     // takes nothing of a community that nobody there follows (gotcha 44)
}

// Lemmy1 is Lemmy 1.0.
func Lemmy1() Software {
	return Software{
		Name: "lemmy", Version: "1.0.0", communities: "c", featured: "featured", sharedInbox: "/inbox",
		activityID: "/activities/%[1]s/%[2]d", postID: "/post/%[1]d", commentID: "/comment/%[1]d", dates: "2006-01-02T15:04:05.000000Z",
		hand: hand{
			get: "(request-target) host date", post: "(request-target) content-type date digest host",
			format: `keyId="%[1]s",algorithm="hs2019",headers="%[2]s",signature="%[3]s"`,
		},
		accepts: LemmyAccepts, reads: LemmyReads, finish: finishLemmy,
		pending: true, compat: true, admins: true, groups: true, tracks: true,
	}
}

// Lemmy019 is Lemmy 0.19.
func Lemmy019() Software {
	s := Lemmy1()
	s.Version, s.accepts, s.finish, s.lacks = "0.19.14", Lemmy019Accepts, finishLemmy019, []string{"Resolve", "Warn"}
	s.groups, s.chats = false, true
	return s
}

// PieFed is PieFed 1.4.
func PieFed() Software {
	return Software{
		Name: "piefed", Version: "1.4.0", communities: "c", featured: "featured", sharedInbox: "/inbox",
		activityID: "/activities/%[1]s/%[2]d", postID: "/post/%[1]d", commentID: "/comment/%[1]d",
		dates: "2006-01-02T15:04:05.000000-07:00",
		hand: hand{
			get: "(request-target) host date", post: "(request-target) host date digest content-type", pathOnly: true,
			format: `keyId="%[1]s",headers="%[2]s",signature="%[3]s",algorithm="rsa-sha256"`,
		},
		accepts: PieFedAccepts, reads: PieFedReads, finish: finishPieFed, batches: true, lacks: []string{"Resolve", "Warn"},
	}
}

// Mbin is Mbin 1.9.
func Mbin() Software {
	return Software{
		Name: "mbin", Version: "1.9.0", communities: "m", featured: "pinned", sharedInbox: "/f/inbox",
		activityID: "/f/object/%[2]d", postID: "/m/%[2]s/t/%[1]d", commentID: "/m/%[2]s/t/%[1]d/-/comment/%[1]d",
		dates: "2006-01-02T15:04:05-07:00",
		hand: hand{
			get: "(request-target) host date", post: "digest host date (request-target)",
			format: `keyId="%[1]s",headers="%[2]s",algorithm="rsa-sha256",signature="%[3]s"`,
		},
		accepts: MbinAccepts, reads: MbinReads, finish: finishMbin, admins: true, lacks: []string{"Resolve", "Warn", "Move"},
	}
}

// Lemmy019Accepts judges as Lemmy 0.19 does: like 1.0, without what came with that (gotcha 74).
func Lemmy019Accepts(activity []byte) error {
	if err := LemmyAccepts(activity); err != nil {
		return err
	}
	var a object
	if err := json.Unmarshal(activity, &a); err != nil {
		return err
	}
	if a["type"] == "Announce" {
		a = inner(a)
	}
	if slices.Contains([]any{"Resolve", "Warn"}, a["type"]) {
		return lemmy.ignore(74, "%v came with 1.0", a["type"])
	}
	return nil
}

// finishLemmy leaves the addresses out of votes.
func finishLemmy(_ *Forum, a object) {
	a["@context"] = []any{activityStreams, "https://join-lemmy.org/context.json"}
	if isVote(a) || isVote(inner(a)) {
		unaddressed(a)
	}
}

func isVote(a object) bool { return a["type"] == "Like" || a["type"] == "Dislike" }

func isPost(o object) bool { return o["attributedTo"] != nil && o["type"] != "Group" }

func unaddressed(a object) {
	for _, part := range []object{a, inner(a)} {
		delete(part, "to")
		delete(part, "cc")
	}
}

// toAll addresses an activity, and one inside it, to everybody alone.
func toAll(a object) {
	for _, part := range []object{a, inner(a)} {
		if part["actor"] != nil && slices.Contains(texts(part["to"]), public) {
			part["to"] = []any{public}
		}
		delete(part, "withReplies")
	}
}

// finishLemmy019 addresses activities to everybody alone, and posts to the community too.
func finishLemmy019(f *Forum, a object) {
	finishLemmy(f, a)
	toAll(a)
	if o := inner(a); o["type"] == "Page" {
		o["commentsEnabled"] = true
	}
}

// finishPieFed addresses pages to the community and everything else to everybody.
func finishPieFed(f *Forum, a object) {
	finishLemmy(f, a)
	own := object{"lemmy": "https://join-lemmy.org/ns#", "nsfl": "lemmy:nsfl"}
	a["@context"] = []any{activityStreams, "https://w3id.org/security/v1", own}
	o := inner(a)
	switch {
	case isPost(o) && o["inReplyTo"] == nil:
		a["cc"] = []any{}
		o["commentsEnabled"], o["nsfl"], o["genAI"], o["stickied"] = true, false, false, false
		o["interactionPolicy"] = object{"canQuote": object{"automaticApproval": []any{public}}}
	case isPost(o):
		toAll(a)
		o["to"], o["cc"], o["url"], o["distinguished"] = a["to"], a["cc"], o["id"], false
		o["contentMap"] = object{"en": o["content"]}
		delete(o, "updated") // as written until 2025: the key was annotated, never set
	default:
		toAll(a)
	}
	delete(o, "context")
	for _, part := range []object{a, o} {
		if part["type"] == "Block" {
			if part["endTime"] == nil {
				part["endTime"] = "2100-01-01T00:00:00.000000+00:00"
			}
			part["expires"], part["removeData"] = part["endTime"], false
		}
	}
}

// finishMbin has followers of people in copy, tombstones in deletions, and the date of an edit one level too deep.
func finishMbin(f *Forum, a object) {
	a["@context"] = []any{activityStreams, "https://w3id.org/security/v1", f.Origin + "/contexts"}
	toAll(a)
	o := inner(a)
	switch a["type"] {
	case "Create", "Update":
		finishMbinPost(a, o)
	case "Delete":
		finishMbinDelete(a)
	case "Lock":
		delete(a, "audience")
	case "Undo":
		if o["type"] == "Delete" {
			finishMbinDelete(o)
		}
	case "Flag":
		a["content"], a["audience"] = a["summary"], texts(a["to"])[0]
		a["object"] = []any{a["object"], a["author"]}
	}
	delete(a, "author")
	for _, part := range []object{a, o} {
		if part["type"] == "Block" {
			part["expires"] = part["endTime"]
			delete(part, "endTime")
			delete(part, "removeData")
		}
	}
}

func finishMbinDelete(a object) {
	a["object"] = object{"id": a["object"], "type": "Tombstone"}
	delete(a, "audience")
	if a["summary"] == "" {
		a["summary"] = " "
	}
}

func finishMbinPost(a, o object) {
	if !isPost(o) {
		return
	}
	followers := textAt(o, "attributedTo") + "/followers"
	if updated, edited := o["updated"]; edited {
		delete(o, "updated")
		o["object"] = object{"updated": updated}
	}
	o["contentMap"] = object{"en": o["content"]}
	delete(o, "context")
	delete(o, "language")
	delete(o, "attachment")
	if o["inReplyTo"] != nil {
		community, author := texts(a["cc"])[0], texts(a["cc"])[len(texts(a["cc"]))-1]
		a["to"], a["cc"] = []any{public, author}, []any{community, followers}
	} else {
		a["to"], a["cc"] = o["to"], []any{followers}
		o["inReplyTo"], o["commentsEnabled"], o["stickied"] = nil, true, false
		if o["content"] == nil {
			o["content"], o["source"], o["summary"] = nil, nil, textAt(o, "name")+" #books"
		}
	}
	o["to"], o["cc"] = a["to"], a["cc"]
	o["tag"] = []any{object{"type": "Hashtag", "href": "https://mbin.example/tag/books", "name": "#books"}}
}

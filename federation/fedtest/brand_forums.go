package fedtest

import (
	"fmt"
	"net/http"
	"strings"
	"time"
)

// NodeBB is NodeBB 4.5. It compares the key id with the actor's stored key, and finds it by cutting the header at commas.
func NodeBB() Brand {
	return Brand{
		Name: "nodebb", Version: "4.5.0", people: "uid", posts: "/post/%[2]d", create: "#activity/create/1764090000000",
		hand: hand{
			get: "(request-target) host date", post: "(request-target) host date digest", key: "#key",
			format: `keyId="%[1]s",headers="%[2]s",signature="%[3]s",algorithm="rsa-sha256"`,
		},
		reads: wraps, accepts: NodeBBAccepts, finish: finishNodeBB,
		demands: func(r *http.Request, _ []byte, sig signature, _ time.Time) error {
			if !strings.HasPrefix(r.Header.Get("Signature"), `keyId="`) || strings.Contains(r.Header.Get("Signature"), ", ") {
				return nodebb.refuse(23, "the key id is not found in %q", r.Header.Get("Signature"))
			}
			return needsAlgorithm(nodebb, sig)
		},
	}
}

func finishNodeBB(p *Peer, a object) {
	o := inner(a)
	if !isWritten(a) {
		return
	}
	group := mentionedIn(o)
	a["to"], o["to"] = []string{public}, []string{public}
	a["cc"], o["cc"] = []string{followersOf(a), group}, []string{followersOf(a), group}
	o["audience"], o["context"] = group, p.Origin+"/topic/7"
	o["source"] = object{"content": words(o), "mediaType": "text/markdown"}
	o["content"] = "<p dir=\"auto\">" + words(o) + "</p>\n"
	writeFraction(o, ".176")
	delete(o, "contentMap")
	if o["inReplyTo"] == nil {
		o["type"], o["name"] = "Article", "Titled"
		o["preview"] = object{"type": "Note", "attributedTo": o["attributedTo"], "content": o["content"], "published": o["published"], "attachment": []any{}}
		o["summary"] = o["content"]
	}
}

// Discourse is Discourse with its ActivityPub plugin. Its posts name no addressees: the activity does.
func Discourse() Brand {
	return Brand{
		Name: "discourse", Version: "3.6.0", people: "ap/actor", posts: "/ap/object/%[1]s%[2]d", create: "/create",
		hand: mastodonHand(), reads: wraps, accepts: DiscourseAccepts, finish: finishDiscourse,
	}
}

func finishDiscourse(p *Peer, a object) {
	o := inner(a)
	a["@context"] = activityStreams
	if !isWritten(a) {
		return
	}
	group := mentionedIn(o)
	a["to"], a["cc"], a["audience"] = []string{public}, []string{group, followersOf(a)}, group
	o["content"] = words(o)
	for _, key := range []string{"to", "cc", "tag", "contentMap", "atomUri", "conversation", "summary", "sensitive", "attachment"} {
		delete(o, key)
	}
	o["audience"], o["context"] = group, p.Origin+"/ap/collection/7"
	if o["inReplyTo"] == nil {
		delete(o, "inReplyTo")
		o["name"] = "Titled"
	}
}

// Friendica is Friendica 2024.09. It keeps its clock close and signs what its proxy may drop: content-length.
func Friendica() Brand {
	return Brand{
		Name: "friendica", Version: "2024.09", people: "profile", posts: "/objects/ec054ce7-%[2]d", create: "/Create",
		hand: hand{
			get: "(request-target) date host", post: "(request-target) date content-length digest host",
			format: `keyId="%[1]s",algorithm="rsa-sha256",headers="%[2]s",signature="%[3]s"`, pathOnly: true,
		},
		reads: wraps, accepts: FriendicaAccepts, finish: finishFriendica, demands: within(friendica, 5*time.Minute),
	}
}

func finishFriendica(p *Peer, a object) {
	o := inner(a)
	a["instrument"] = object{"type": "Service", "name": "Friendica 'Yellow Archangel' 2024.09-1571", "url": p.Origin}
	a["signature"] = object{"type": "RsaSignature2017", "creator": textAt(a, "actor") + "#main-key", "signatureValue": "eA=="}
	if !isWritten(a) {
		return
	}
	group := mentionedIn(o)
	for _, part := range []object{a, o} {
		part["to"], part["cc"], part["audience"] = []string{public}, []string{followersOf(a), group}, []string{group}
	}
	o["summary"], o["diaspora:guid"], o["content"] = "", "ec054ce7", words(o)
	o["source"] = object{"content": words(o), "mediaType": "text/bbcode"}
	if o["inReplyTo"] == nil {
		o["type"], o["name"] = "Article", "Titled"
	}
}

// Mitra is Mitra 4. It names what it undoes and accepts by id alone.
func Mitra() Brand {
	return Brand{
		Name: "mitra", Version: "4.9.0", people: "users", posts: "/objects/0185f5f8-%[2]d", create: "/create",
		hand: mastodonHand(), reads: wraps, accepts: MitraAccepts, finish: finishMitra,
		self: `application/ld+json; profile="https://www.w3.org/ns/activitystreams"`,
	}
}

func finishMitra(_ *Peer, a object) {
	a["@context"] = []any{activityStreams, "https://w3id.org/security/data-integrity/v1"}
	if in := inner(a); a["type"] == "Undo" && in != nil {
		a["object"] = in["id"]
	}
	if o := inner(a); isWritten(a) {
		o["context"] = fmt.Sprintf("%v/context", o["id"])
		delete(o, "conversation")
		delete(o, "atomUri")
	}
}

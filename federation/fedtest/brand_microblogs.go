package fedtest

import (
	"net/http"
	"slices"
	"strings"
	"time"
)

// Misskey is Misskey 2025. It reads no more than 64 KiB, from nobody who thinks it has another name.
func Misskey() Brand {
	return Brand{
		Name: "misskey", Version: "2025.10.0", people: "users", posts: "/notes/9a%[2]d", create: "/activity",
		hand: hand{
			get: "(request-target) date host accept", post: "(request-target) date host digest", pathOnly: true,
			format: `keyId="%[1]s",algorithm="rsa-sha256",headers="%[2]s",signature="%[3]s"`,
		},
		accepts: MisskeyAccepts, finish: finishMisskey,
		react: func(p *Peer, like object) {
			like["content"], like["_misskey_reaction"] = ":blobcat:", ":blobcat:"
			like["tag"] = []object{emoji(p, ":blobcat:")}
		},
		demands: func(r *http.Request, body []byte, sig signature, now time.Time) error {
			switch {
			case !slices.Contains(sig.names, "host") || !slices.Contains(sig.names, "digest"):
				return misskey.refuse(18, "host and digest must be signed, not only %v", sig.names)
			case !strings.HasPrefix(r.Header.Get("Digest"), "SHA-256="):
				return misskey.refuse(21, "digest %q", r.Header.Get("Digest"))
			case len(body) > misskeyLimit:
				return misskey.refuse(31, "%d bytes", len(body))
			}
			if err := needsAlgorithm(misskey, sig); err != nil {
				return err
			}
			return within(misskey, 5*time.Minute)(r, body, sig, now)
		},
	}
}

func emoji(p *Peer, name string) object {
	return object{
		"id": p.Origin + "/emojis/" + strings.Trim(name, ":"), "type": "Emoji", "name": name, "updated": p.stamp(),
		"icon": object{"type": "Image", "mediaType": "image/png", "url": p.Origin + "/e.png"},
	}
}

func finishMisskey(_ *Peer, a object) {
	o := inner(a)
	if isWritten(a) {
		o["_misskey_content"] = words(o)
		o["source"] = object{"content": words(o), "mediaType": "text/x.misskeymarkdown"}
		writeFraction(o, ".368")
		for _, key := range []string{"contentMap", "atomUri", "conversation"} {
			delete(o, key)
		}
	}
}

// GoToSocial is GoToSocial 0.20. Its keys have addresses of their own, which show little of their owner, and it answers nobody
// who does not sign.
func GoToSocial() Brand {
	return Brand{
		Name: "gotosocial", Version: "0.20.2", people: "users", posts: "/users/%[1]s/statuses/01HEN2R6%[2]d", create: "/activity#Create",
		hand: hand{
			get: "(request-target) host date", post: "(request-target) host date digest", key: "/main-key",
			format: `keyId="%[1]s",algorithm="hs2019",headers="%[2]s",signature="%[3]s"`,
		},
		secure: true, accepts: GoToSocialAccepts, finish: finishGoToSocial,
	}
}

// finishGoToSocial writes a list of one as that one, and gives deletions no id.
func finishGoToSocial(_ *Peer, a object) {
	o := inner(a)
	if a["type"] == "Delete" && o != nil {
		a["object"] = o["id"]
		delete(a, "id")
	}
	if isWritten(a) {
		policy := object{"automaticApproval": []string{public}, "manualApproval": []string{}}
		o["interactionPolicy"] = object{"canLike": policy, "canReply": policy, "canAnnounce": policy}
	}
	for _, part := range []object{a, o} {
		for _, key := range []string{"to", "cc"} {
			if list, ok := part[key].([]string); ok && len(list) == 1 {
				part[key] = list[0]
			}
		}
	}
}

// Akkoma is Akkoma 3.15, and near enough Pleroma. It reacts with a type of its own.
func Akkoma() Brand {
	return Brand{
		Name: "akkoma", Version: "3.15.2", people: "users", posts: "/objects/89937a53-%[2]d", create: "/activity",
		hand: hand{
			get: "(request-target) date host", post: "(request-target) content-length date digest host",
			format: `keyId="%[1]s",algorithm="rsa-sha256",headers="%[2]s",signature="%[3]s"`,
		},
		accepts: AkkomaAccepts, finish: finishAkkoma,
		react: func(_ *Peer, like object) { like["type"], like["content"] = "EmojiReact", "🎉" },
	}
}

func finishAkkoma(p *Peer, a object) {
	a["@context"] = []any{activityStreams, p.Origin + "/schemas/litepub-0.1.jsonld", object{"@language": "und"}}
	if a["type"] == "Follow" {
		a["state"], a["cc"], a["to"] = "pending", []string{}, []any{a["object"]}
	}
	o := inner(a)
	if a["type"] == "Delete" && o != nil {
		a["object"] = o["id"]
	}
	if isWritten(a) {
		o["actor"], o["context"], o["source"] = o["attributedTo"], p.Origin+"/contexts/34cba3d2", words(o)
		writeFraction(o, ".552500")
		o["sensitive"] = nil
		tags, _ := o["tag"].([]object)
		for _, tag := range tags { // Pleroma names people of its own server without the host
			tag["name"] = strings.Join(strings.Split(textAt(tag, "name"), "@")[:2], "@")
		}
		delete(o, "contentMap")
	}
}

// Smithereen is Smithereen 0.10. People join groups and write on their walls; a mention has no name.
func Smithereen() Brand {
	return Brand{
		Name: "smithereen", Version: "0.10.0", people: "users", posts: "/posts/%[2]d", create: "/activityCreate",
		hand: hand{
			get: "(request-target) host date", post: "(request-target) host date digest",
			format: `keyId="%[1]s",algorithm="rsa-sha256",headers="%[2]s",signature="%[3]s"`,
		},
		reads: walls, joins: true, accepts: SmithereenAccepts, finish: finishSmithereen,
		demands: func(r *http.Request, body []byte, sig signature, now time.Time) error {
			if err := needsAlgorithm(smithereen, sig); err != nil {
				return err
			}
			return within(smithereen, 5*time.Minute)(r, body, sig, now)
		},
	}
}

func finishSmithereen(_ *Peer, a object) {
	a["signature"] = object{"type": "RsaSignature2017", "creator": textAt(a, "actor") + "#main-key", "signatureValue": "eA=="}
	o := inner(a)
	if !isWritten(a) {
		return
	}
	group := mentionedIn(o)
	a["to"], o["to"], a["cc"], o["cc"] = []string{public, group}, []string{public, group}, []string{}, []string{}
	for _, key := range []string{"contentMap", "atomUri", "conversation", "summary"} {
		delete(o, key)
	}
	o["content"] = "<p>" + words(o) + "</p>"
	o["replies"] = object{"type": "Collection", "id": textAt(o, "id") + "/replies"}
	if o["inReplyTo"] == nil {
		delete(o, "inReplyTo")
		o["tag"] = []object{{"type": "Mention", "href": group}}
		o["target"] = object{"type": "OrderedCollection", "id": group + "/wall", "attributedTo": group}
	}
}

func needsAlgorithm(p reader, sig signature) error {
	if sig.algorithm != "rsa-sha256" && sig.algorithm != "hs2019" {
		return p.refuse(18, "algorithm %q", sig.algorithm)
	}
	return nil
}

// within lets a request be that old at most, or that much ahead.
func within(p reader, window time.Duration) demands {
	return func(r *http.Request, _ []byte, _ signature, now time.Time) error {
		date, err := http.ParseTime(r.Header.Get("Date"))
		if err != nil || now.Sub(date).Abs() > window {
			return p.refuse(22, "the date %q is too far from %s", r.Header.Get("Date"), now)
		}
		return nil
	}
}

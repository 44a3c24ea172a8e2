package federation

import (
	"errors"
	"fmt"
	"time"
)

// groupDoc is what the document of a group says.
type groupDoc struct {
	Name            string // preferredUsername and last part of the id
	Title           string
	SummaryHTML     string // sanitised
	SummaryMarkdown string // what SummaryHTML was made of
	Created         time.Time
	Updated         time.Time // zero when never edited

	PublicKeyPEM string
	Multibase    string // Ed25519 key (FEP-521a); "" for none

	JoinOpen                bool // following makes a member
	PostingRestrictedToMods bool
	Sensitive               bool
	Unindexed               bool // search engines are asked to leave it out

	Icon, Image picture
	Languages   []languageTag
}

// languageTag is a language as Lemmy writes one: BCP 47 tag and the name people read.
type languageTag struct{ Identifier, Name string }

// applicationDoc is what the document of the server's own actor says: it signs fetches and passes on reports.
type applicationDoc struct {
	Title        string
	Created      time.Time
	PublicKeyPEM string
	Multibase    string
	Icon         picture
}

var (
	errNoKey     = errors.New("an actor needs a public key: Mastodon and Lemmy refuse one without")
	errGroupName = errors.New("a group's name is 1 to 30 of a-z, 0-9 and _")
)

// encodeGroup makes the document of a group that all known peers can read.
func (e *encoder) encodeGroup(g groupDoc) ([]byte, error) {
	d, err := e.groupDocument(g)
	if err != nil {
		return nil, err
	}
	return d.encode()
}

func (e *encoder) groupDocument(g groupDoc) (document, error) {
	if !validGroupName(g.Name) {
		return nil, fmt.Errorf("group %q: %w", g.Name, errGroupName)
	}
	id := e.ids.group(g.Name)
	d, err := vocabGroup(actorLinks{
		ID: id, Inbox: e.ids.inbox(g.Name), Outbox: e.ids.outbox(g.Name), Followers: e.ids.followers(g.Name),
		Following: e.ids.following(g.Name), Featured: e.ids.featured(g.Name), Moderators: e.ids.moderators(g.Name),
		Key:  publicKey{ID: e.ids.key(id), PEM: g.PublicKeyPEM},
		Icon: g.Icon, Image: g.Image, Published: g.Created, Updated: g.Updated,
	})
	if err != nil {
		return nil, err
	}
	if err := e.completeActor(d, id, g.PublicKeyPEM, g.Multibase); err != nil {
		return nil, fmt.Errorf("group %s: %w", g.Name, err)
	}
	d["@context"] = groupContext()
	d["moderators"] = e.ids.moderators(g.Name) // kbin and Mbin look here
	d["wall"] = e.ids.wall(g.Name)             // Smithereen posts here (FEP-400e)
	d["accessType"] = "open"                   // as Smithereen reads it: whoever joins reads
	setGroupTexts(d, g, e.ids.host())
	setGroupSwitches(d, g)
	return d, nil
}

func setGroupTexts(d document, g groupDoc, host string) {
	d["preferredUsername"] = g.Name
	d["webfinger"] = g.Name + "@" + host // FEP-2c59
	d["name"] = g.Title
	if g.Title == "" {
		d["name"] = g.Name // PieFed and Mbin fail without one
	}
	d.set("summary", g.SummaryHTML)
	if g.SummaryMarkdown != "" {
		d["source"] = document{"content": g.SummaryMarkdown, "mediaType": "text/markdown"}
	}
	d["mediaType"] = "text/html" // the only one Lemmy takes
	if len(g.Languages) > 0 {
		d["language"] = languageList(g.Languages)
	}
}

// setGroupSwitches says false aloud. manuallyApprovesFollowers is never true: Lemmy takes such a group for a private one and then
// refuses its public posts. Who may become a member is a rule of this server, told as acceptsJoins.
func setGroupSwitches(d document, g groupDoc) {
	d["manuallyApprovesFollowers"] = false
	d["postingRestrictedToMods"] = g.PostingRestrictedToMods
	d["capabilities"] = document{"acceptsJoins": g.JoinOpen}
	d["discoverable"] = true
	d["indexable"] = !g.Unindexed
	d["sensitive"] = g.Sensitive
}

// languageList writes a list even of one: Lemmy refuses the whole group for a string here.
func languageList(tags []languageTag) []any {
	list := make([]any, 0, len(tags))
	for _, tag := range tags {
		name := tag.Name
		if name == "" {
			name = tag.Identifier // Lemmy needs both
		}
		list = append(list, document{"identifier": tag.Identifier, "name": name})
	}
	return list
}

// encodeApplication makes the document of the server's own actor, named by its host as Mastodon, Lemmy and PieFed do it.
func (e *encoder) encodeApplication(a applicationDoc) ([]byte, error) {
	id := e.ids.application()
	d, err := vocabApplication(actorLinks{
		ID: id, Inbox: e.ids.sharedInbox(), Outbox: e.ids.applicationOutbox(),
		Key: publicKey{ID: e.ids.key(id), PEM: a.PublicKeyPEM}, Icon: a.Icon, Published: a.Created,
	})
	if err != nil {
		return nil, err
	}
	if err := e.completeActor(d, id, a.PublicKeyPEM, a.Multibase); err != nil {
		return nil, fmt.Errorf("application actor: %w", err)
	}
	host := e.ids.host()
	d["@context"] = applicationContext()
	d["preferredUsername"] = host
	d["webfinger"] = host + "@" + host
	d["name"] = a.Title
	if a.Title == "" {
		d["name"] = host
	}
	d["summary"] = "<p>The server itself. Send it the code to sign in with; nobody reads anything else that is sent here.</p>"
	d["manuallyApprovesFollowers"] = true // nobody follows a server
	d["implements"] = implements()
	return d.encode()
}

// encodeModeration makes the document of the actor in whose name this server tells of moderators' acts.
func (e *encoder) encodeModeration(a applicationDoc) ([]byte, error) {
	id, host := e.ids.moderation(), e.ids.host()
	d, err := vocabService(actorLinks{
		ID: id, Inbox: e.ids.sharedInbox(), Outbox: e.ids.applicationOutbox(),
		Key: publicKey{ID: e.ids.key(id), PEM: a.PublicKeyPEM}, Icon: a.Icon, Published: a.Created,
	})
	if err != nil {
		return nil, err
	}
	if err := e.completeActor(d, id, a.PublicKeyPEM, a.Multibase); err != nil {
		return nil, fmt.Errorf("moderation actor: %w", err)
	}
	d["@context"] = applicationContext()
	d["preferredUsername"] = moderationName
	d["webfinger"] = moderationName + "@" + host
	d["name"] = "Moderation at " + host
	d["summary"] = "<p>Tells of what the moderators of the groups at " + host + " do. Nobody reads what is sent here.</p>"
	d["manuallyApprovesFollowers"] = true
	return d.encode()
}

// completeActor puts in what groups and the application share and go-fed does not know.
func (e *encoder) completeActor(d document, id, pem, multibase string) error {
	if pem == "" {
		return errNoKey
	}
	// Lemmy and PieFed fail on endpoints without sharedInbox, Smithereen on an actor without endpoints.
	d["endpoints"] = document{"sharedInbox": e.ids.sharedInbox()}
	d["generator"] = document{"type": "Application", "implements": implements()}
	if multibase != "" {
		d["assertionMethod"] = []any{document{
			"id": e.ids.edKey(id), "type": "Multikey", "controller": id, "publicKeyMultibase": multibase,
		}}
	}
	return nil
}

// implements tells peers what they may use without trying (FEP-844e).
func implements() []any {
	return []any{document{
		"href": "https://datatracker.ietf.org/doc/html/rfc9421", "name": "RFC-9421: HTTP Message Signatures",
	}}
}

// encodeTombstone makes what is served in the place of something deleted.
func encodeTombstone(id, formerType string, deleted time.Time) ([]byte, error) {
	d, err := vocabTombstone(id, formerType, deleted)
	if err != nil {
		return nil, err
	}
	return d.encode()
}

// actorContexts also defines assertionMethod, which none of the named contexts does: the one of FEP-521a that does is protected
// and refuses terms that others define.
func actorContexts(terms document) []any {
	terms["assertionMethod"] = document{"@id": "https://w3id.org/security#assertionMethod", "@type": "@id", "@container": "@set"}
	return []any{
		activityStreams, "https://w3id.org/security/v1", "https://w3id.org/security/multikey/v1", dataIntegrity,
		"https://purl.archive.org/socialweb/webfinger", terms,
	}
}

// applicationContext explains the terms of encodeApplication.
func applicationContext() []any {
	return actorContexts(document{
		"manuallyApprovesFollowers": "as:manuallyApprovesFollowers",
		"implements":                idTerm("https://w3id.org/fep/844e/implements"),
	})
}

// groupContext explains the terms of encodeGroup.
func groupContext() []any {
	return actorContexts(document{
		"lemmy":                     "https://join-lemmy.org/ns#",
		"toot":                      "http://joinmastodon.org/ns#",
		"litepub":                   "http://litepub.social/ns#",
		"schema":                    "http://schema.org#",
		"sm":                        "http://smithereen.software/ns#",
		"wall":                      idTerm("sm:wall"),
		"accessType":                "sm:accessType",
		"moderators":                idTerm("lemmy:moderators"),
		"postingRestrictedToMods":   "lemmy:postingRestrictedToMods",
		"featured":                  idTerm("toot:featured"),
		"discoverable":              "toot:discoverable",
		"indexable":                 "toot:indexable",
		"manuallyApprovesFollowers": "as:manuallyApprovesFollowers",
		"sensitive":                 "as:sensitive",
		"language":                  "schema:inLanguage",
		"identifier":                "schema:identifier",
		"capabilities":              "litepub:capabilities",
		"acceptsJoins":              "litepub:acceptsJoins",
		"implements":                idTerm("https://w3id.org/fep/844e/implements"),
	})
}

// idTerm defines a term whose values are ids.
func idTerm(id string) document { return document{"@id": id, "@type": "@id"} }

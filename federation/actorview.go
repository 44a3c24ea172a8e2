package federation

import (
	"fmt"
	"strings"
	"time"
	"unicode"

	"folkmoot/store"
)

const (
	maxUsername = 100 // runes
	maxKeys     = 16  // keys of one actor; Misskey's limit
	maxPEM      = 10_000
)

// actorView is the strict small view of an actor document.
type actorView struct {
	ID          string
	Type        string // Person, Group, Organization, Service or Application
	Username    string // preferredUsername; "" when missing or not usable in a handle
	Name        string // one clean line, "" when it shows nothing
	SummaryHTML string // sanitised

	// Inbox is never "". It and the others lie on the host of ID; those that did not were dropped.
	Inbox, SharedInbox, Outbox, Followers, Featured, Wall string

	URL       string // the page for people, on the host of ID
	AvatarURL string // anywhere

	Keys []publishedKey // of this actor, on its host

	// Moderators is the collection (Lemmy: attributedTo; kbin: moderators) and ModeratorIDs the list PeerTube-like groups embed.
	Moderators   string
	ModeratorIDs []string

	AlsoKnownAs []string
	MovedTo     string
	Published   time.Time

	ManuallyApproves, PostingRestricted, Suspended bool

	Discoverable, Indexable store.Consent

	IsBot bool // Service or Application: nobody to talk to
}

// publishedKey is a public key as its owner's server shows it: PEM (publicKey) or Multibase (assertionMethod, FEP-521a).
type publishedKey struct {
	ID        string
	Owner     string
	PEM       string
	Multibase string
}

// decodeActor reads raw as a complete actor. A document without id, type or inbox is refused with ErrMalformed: Sharkey answers
// wrongly signed requests with a stripped actor and 200, GoToSocial's /main-key shows only a key, and neither may replace what
// is known. An inbox on another host is refused too. The caller compares ID with what it asked for.
func decodeActor(raw []byte, clean *sanitizer) (actorView, error) {
	o, err := scanObject(raw)
	if err != nil {
		return actorView{}, err
	}
	v := actorView{ID: uriOf(o.get("id")), Type: typeOf(o.get("type"))}
	switch {
	case v.ID == "":
		return actorView{}, missing("actor", "id")
	case !isActorType(v.Type):
		return actorView{}, fmt.Errorf("%w: %q is not a type of actor", ErrMalformed, cutRunes(v.Type, 40))
	}
	if v.Inbox = onHostOf(v.ID, uriOf(o.get("inbox"))); v.Inbox == "" {
		return actorView{}, missing("actor", "inbox on its own host")
	}
	v.readLinks(o)
	v.readPerson(o, clean)
	v.readModerators(o)
	v.Keys = actorKeys(o, v.ID)
	return v, nil
}

// readLinks reads the other collections and addresses.
func (v *actorView) readLinks(o rawObject) {
	own := func(key string) string { return onHostOf(v.ID, firstURI(o.get(key))) }
	v.Outbox, v.Followers, v.Featured, v.Wall = own("outbox"), own("followers"), own("featured"), own("wall")
	v.SharedInbox = onHostOf(v.ID, uriOf(o.get("endpoints").object().get("sharedInbox")))
	if v.SharedInbox == "" {
		v.SharedInbox = own("sharedInbox") // Pleroma relays and old Mastodon
	}
	for _, link := range linksOf(o.get("url")) {
		if v.URL == "" {
			v.URL = onHostOf(v.ID, link.URL)
		}
	}
	v.MovedTo = firstURI(o.get("movedTo"))
	for _, alias := range o.get("alsoKnownAs").list() {
		if id := uriOf(alias); id != "" { // microblog.pub lists "name@host"
			v.AlsoKnownAs = append(v.AlsoKnownAs, id)
		}
	}
}

// readPerson reads what people see, and the switches.
func (v *actorView) readPerson(o rawObject, clean *sanitizer) {
	v.Username = usernameOf(o.get("preferredUsername").text())
	v.Name = cleanLine(textOf(o, "name"), maxName)
	v.SummaryHTML = clean.sanitizeHTML(textOf(o, "summary"))
	if icons := imagesOf(o.get("icon")); len(icons) > 0 {
		v.AvatarURL = icons[len(icons)-1] // PeerTube lists sizes, largest last
	}
	v.Published = timeOf(o.get("published"))
	v.ManuallyApproves = o.get("manuallyApprovesFollowers").truth()
	v.Discoverable, v.Indexable = consentOf(o.get("discoverable")), consentOf(o.get("indexable"))
	v.PostingRestricted = o.get("postingRestrictedToMods").truth()
	v.Suspended = o.get("suspended").truth()
	v.IsBot = v.Type == "Service" || v.Type == "Application"
}

// consentOf reads a switch that software without it does not write.
func consentOf(v rawValue) store.Consent {
	switch {
	case !v.present():
		return store.NotSaid
	case v.truth():
		return store.Agreed
	}
	return store.Refused
}

// readModerators reads the three ways in which groups name theirs.
func (v *actorView) readModerators(o rawObject) {
	by := o.get("attributedTo")
	if by.kind() == '"' {
		v.Moderators = onHostOf(v.ID, uriOf(by))
	}
	for _, item := range by.list() {
		if item.kind() == '{' && typeOf(item.object().get("type")) == "Person" {
			if id := uriOf(item); id != "" {
				v.ModeratorIDs = append(v.ModeratorIDs, id)
			}
		}
	}
	if v.Moderators == "" {
		v.Moderators = onHostOf(v.ID, firstURI(o.get("moderators")))
	}
}

// usernameOf keeps a preferredUsername that can stand in a handle: letters, digits, and _ . - ~ in between.
func usernameOf(s string) string {
	odd := func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r) && !strings.ContainsRune("_.-~", r)
	}
	if s == "" || cutRunes(s, maxUsername) != s || strings.ContainsFunc(s, odd) || cleanText(s) != s {
		return ""
	}
	return s
}

// imagesOf reads an icon or image: an address, an Image with one, or a list.
func imagesOf(v rawValue) []string {
	var out []string
	for _, item := range v.list() {
		if item.kind() == '{' && item.object().get("url").present() {
			item = item.object().get("url")
		}
		if links := linksOf(item); len(links) > 0 {
			out = append(out, links[0].URL)
		}
	}
	return out
}

// actorKeys reads the keys of the actor with the given id. A key that names another owner or lies on another host is not the
// actor's and is left out; a missing owner is the document's own actor.
func actorKeys(o rawObject, id string) []publishedKey {
	var keys []publishedKey
	for _, property := range []string{"publicKey", "assertionMethod"} {
		for _, item := range o.get(property).list() {
			k, ok := keyOf(item.object())
			if k.Owner == "" {
				k.Owner = id
			}
			if ok && k.Owner == id && sameHost(k.ID, id) && len(keys) < maxKeys {
				keys = append(keys, k)
			}
		}
	}
	return keys
}

// keyOf reads one key object.
func keyOf(o rawObject) (publishedKey, bool) {
	k := publishedKey{ID: uriOf(o.get("id")), Owner: uriOf(o.get("owner"))}
	if k.Owner == "" {
		k.Owner = uriOf(o.get("controller"))
	}
	k.PEM, k.Multibase = o.get("publicKeyPem").text(), o.get("publicKeyMultibase").text()
	ok := k.ID != "" && k.PEM+k.Multibase != "" && len(k.PEM) <= maxPEM && len(k.Multibase) <= maxPEM
	return k, ok
}

// decodeKeyDocument finds the key with the id keyID in what its address answered: a whole actor, GoToSocial's stub of an actor
// with only publicKey, or the bare key. The key must have exactly that id and an owner on the same host; a document about another
// key is refused, so that it cannot be remembered under this one's name. Errors wrap ErrMalformed.
func decodeKeyDocument(raw []byte, keyID string) (publishedKey, error) {
	o, err := scanObject(raw)
	if err != nil {
		return publishedKey{}, err
	}
	candidates := []publishedKey{}
	if k, ok := keyOf(o); ok {
		candidates = append(candidates, k)
	}
	if id := uriOf(o.get("id")); id != "" {
		candidates = append(candidates, actorKeys(o, id)...)
	}
	for _, k := range candidates {
		if k.ID == keyID && sameHost(k.Owner, keyID) {
			return k, nil
		}
	}
	return publishedKey{}, fmt.Errorf("%w: no key with the id %q and an owner on its host", ErrMalformed, cutRunes(keyID, 200))
}

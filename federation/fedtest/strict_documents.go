package fedtest

import (
	"encoding/json"
	"slices"
	"strings"
)

// Document names what a peer fetches of a group.
type Document string

// The documents that peers read by these names.
const (
	GroupDocument      Document = "group"
	FollowersDocument  Document = "followers"
	OutboxDocument     Document = "outbox"
	FeaturedDocument   Document = "featured"
	ModeratorsDocument Document = "moderators"
	ContextDocument    Document = "context" // of a thread
)

// LemmyReads judges a document as Lemmy 1.0 reads it.
func LemmyReads(what Document, raw []byte) error {
	doc, err := lemmy.read(raw)
	if err != nil {
		return err
	}
	ordered := []demand{must("type", oneOf("OrderedCollection")), must("totalItems", count), must("orderedItems", list)}
	switch what {
	case GroupDocument:
		return lemmyGroup(doc)
	case FollowersDocument:
		return lemmyFollowers(doc)
	case OutboxDocument:
		for i := range ordered {
			ordered[i].gotcha = 9
		}
		if err := lemmy.check(doc, ordered...); err != nil {
			return err
		}
		return eachItem(doc, lemmyOutboxItem)
	case FeaturedDocument:
		if err := lemmy.check(doc, append(ordered, must("orderedItems/*", whole).because(10), must("orderedItems/*/id", address).because(10))...); err != nil {
			return err
		}
		return eachItem(doc, lemmyPage)
	default:
		return lemmy.check(doc, append(ordered, must("orderedItems", addresses))...)
	}
}

func eachItem(doc object, judge func(object) error) error {
	items, _ := doc["orderedItems"].([]any)
	for _, item := range items {
		o, _ := item.(object)
		if err := judge(o); err != nil {
			return err
		}
	}
	return nil
}

// lemmyOutboxItem is one announced post; a single one that cannot be read loses the whole list. What is in the announced activity
// is looked at later, one by one.
func lemmyOutboxItem(o object) error {
	if o["type"] != "Announce" {
		return lemmy.refuse(9, "an outbox holds announced posts: %s", shown(o))
	}
	return lemmy.check(o, must("id", address).because(9), must("actor", address).because(9), must("to", oneOrMore).because(9),
		must("cc", oneOrMore).because(9), must("object/id", address).because(9), must("object/actor", address).because(9))
}

func lemmyFollowers(doc object) error {
	err := lemmy.check(doc, must("type", oneOf("Collection")).because(8), must("totalItems", count).because(8), must("items", list).because(8))
	if items, _ := doc["items"].([]any); err == nil && len(items) > 0 {
		return lemmy.refuse(8, "the list of followers is not empty")
	}
	return err
}

func lemmyGroup(doc object) error {
	err := lemmy.check(doc, must("type", oneOf("Group")), must("id", address), must("preferredUsername", text), must("inbox", address),
		must("outbox", address), may("followers", address), must("publicKey", whole), must("publicKey/id", address),
		must("publicKey/owner", address), must("publicKey/publicKeyPem", text), may("name", text), may("summary", text),
		may("mediaType", oneOf("text/html")).because(5), may("language", list).because(4), may("language/*", languageTag).because(4),
		may("icon/type", oneOf("Image")), may("image/type", oneOf("Image")), may("icon/url", address), may("image/url", address), may("featured", address), may("sensitive", yesNo),
		may("postingRestrictedToMods", yesNo), may("manuallyApprovesFollowers", yesNo), may("discoverable", yesNo),
		may("published", date), may("updated", date))
	if err != nil {
		return err
	}
	if _, there := doc["endpoints"]; there {
		if err := lemmy.check(doc, must("endpoints/sharedInbox", address).because(2)); err != nil {
			return err
		}
	}
	if err := lemmy.check(doc, must("attributedTo", address).because(6)); err != nil {
		return err
	}
	if doc["manuallyApprovesFollowers"] == true {
		return lemmy.refuse(7, "the group looks private, so public posts in it are errors")
	}
	return nil
}

// PieFedReads judges a document as PieFed reads it.
func PieFedReads(what Document, raw []byte) error {
	doc, err := piefed.read(raw)
	switch {
	case err != nil:
		return err
	case what != GroupDocument:
		return piefed.check(doc, must("totalItems", count), may("orderedItems", list))
	case doc["id"] != strings.ToLower(textAt(doc, "id")):
		return piefed.refuse(1, "ids are stored lower-cased: %v", doc["id"])
	}
	if endpoints, there := doc["endpoints"]; there {
		if m, _ := endpoints.(object); !isAddress(m["sharedInbox"]) {
			return piefed.refuse(2, "endpoints without sharedInbox")
		}
	}
	return piefed.check(doc, must("type", oneOf("Group")), must("preferredUsername", text), must("name", text).because(3),
		must("outbox", address), must("inbox", address), must("publicKey/publicKeyPem", text), may("language", list).because(4),
		must("attributedTo", address).because(6), may("icon/url", address), may("image/url", address))
}

// MbinReads judges a document as Mbin reads it.
func MbinReads(what Document, raw []byte) error {
	doc, err := mbin.read(raw)
	if err != nil || what != GroupDocument {
		return firstOf(err, mbin.check(doc, must("totalItems", count)))
	}
	return mbin.check(doc, must("type", oneOf("Group")), must("preferredUsername", text), must("name", text).because(3), must("inbox", address),
		must("publicKey/publicKeyPem", text), may("attributedTo", address).because(6), may("published", date))
}

// NodeBBReads judges a document as NodeBB reads it.
func NodeBBReads(what Document, raw []byte) error {
	doc, err := nodebb.read(raw)
	switch {
	case err != nil:
		return err
	case what == ContextDocument:
		return nodebb.check(doc, must("type", oneOf("OrderedCollection")), must("orderedItems", addresses))
	case what == GroupDocument:
		return nodebb.check(doc, must("type", oneOf("Group")), must("inbox", address), must("preferredUsername", text),
			must("publicKey/id", address), must("publicKey/publicKeyPem", text))
	}
	return nil
}

// MastodonReads judges a document as Mastodon reads it.
func MastodonReads(what Document, raw []byte) error {
	doc, err := mastodon.read(raw)
	if err == nil {
		err = mastodonContext(doc)
	}
	switch {
	case err != nil:
		return err
	case what == GroupDocument:
		return mastodon.check(doc, must("preferredUsername", text), must("inbox", address), must("publicKey/id", address),
			must("publicKey/owner", address), must("publicKey/publicKeyPem", text), may("endpoints/sharedInbox", address),
			may("followers", address), may("published", date))
	case what == FollowersDocument || what == OutboxDocument:
		return mastodon.check(doc, must("totalItems", count))
	}
	return nil
}

// SelfLink judges what WebFinger says of a group, as Mastodon and NodeBB do: one self link, and it is the actor's id.
func SelfLink(webfinger []byte, actor string) error {
	var jrd struct {
		Subject string
		Links   []struct{ Rel, Type, Href string }
	}
	if err := json.Unmarshal(webfinger, &jrd); err != nil {
		return mastodon.refuse(11, "not a JSON object (%v)", err)
	}
	var self []string
	for _, l := range jrd.Links {
		if l.Rel == "self" && slices.Contains([]string{activityType, `application/ld+json; profile="https://www.w3.org/ns/activitystreams"`}, l.Type) {
			self = append(self, l.Href)
		}
	}
	if len(self) != 1 || self[0] != actor {
		return mastodon.refuse(11, "self links %v, want the one of %s", self, actor)
	}
	if !strings.HasPrefix(jrd.Subject, "acct:") || !strings.HasSuffix(jrd.Subject, "@"+hostOf(actor)) {
		return mastodon.refuse(11, "the subject %q does not lead back", jrd.Subject)
	}
	return nil
}

func firstOf(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

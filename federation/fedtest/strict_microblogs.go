package fedtest

import "slices"

const (
	mastodon   = reader("Mastodon")
	misskey    = reader("Misskey")
	akkoma     = reader("Akkoma")
	gotosocial = reader("GoToSocial")
	smithereen = reader("Smithereen")

	activityStreams = "https://www.w3.org/ns/activitystreams"
	misskeyLimit    = 64 << 10 // bytes of a request to an inbox
)

// MastodonAccepts judges as Mastodon 4.5 does.
func MastodonAccepts(activity []byte) error {
	a, err := mastodon.activity(activity)
	if err == nil {
		err = mastodonContext(a)
	}
	if err != nil {
		return err
	}
	switch a["type"] {
	case "Announce":
		return boostReader(mastodon, a)
	case "Accept", "Reject", "Undo":
		return mastodon.check(a, must("object", idOrObject))
	case "Create", "Update":
		return mastodonContent(a)
	case "Delete":
		if hostOf(idOf(a["object"])) != hostOf(textAt(a, "actor")) {
			return mastodon.ignore(53, "a Delete of somebody else's post")
		}
	case "Follow", "Like", "Block", "Flag", "Move", "QuoteRequest":
	case "Add", "Remove":
		return mastodon.ignore(10, "of collections it knows the actor's own featured only")
	default:
		return mastodon.ignore(0, "%v is nothing it knows", a["type"])
	}
	return nil
}

// mastodonContext looks for the one name of the vocabulary that Mastodon knows.
func mastodonContext(a object) error {
	if !slices.Contains(texts(a["@context"]), activityStreams) {
		return mastodon.refuse(14, "@context does not name %s: %s", activityStreams, shown(a["@context"]))
	}
	if slices.Contains(texts(a["@context"]), "http://joinmastodon.org/ns") {
		return mastodon.refuse(15, "http://joinmastodon.org/ns is no document")
	}
	return nil
}

func mastodonContent(a object) error {
	o := inner(a)
	if !slices.Contains([]any{"Note", "Question"}, o["type"]) || a["object"] == nil {
		return nil // converted, or an actor
	}
	if a["type"] == "Update" && !isDate(o["updated"]) {
		return mastodon.ignore(56, "an edit without updated")
	}
	return mastodon.check(o, must("id", address), must("attributedTo", idOrObject), must("content", text), may("published", date),
		may("inReplyTo", address))
}

// boostReader takes the address of a post. Mastodon fetches whatever has an id: the id of a Create leads to a boost of what
// was created, and so of every comment.
func boostReader(p reader, a object) error {
	if isActivity(inner(a)) {
		return p.ignore(36, "the announced activity is no post; Mastodon boosts what is behind it")
	}
	return p.check(a, must("object", idOrObject))
}

// MisskeyAccepts judges as Misskey does.
func MisskeyAccepts(activity []byte) error {
	a, err := misskey.activity(activity)
	switch {
	case err != nil:
		return err
	case len(activity) > misskeyLimit:
		return misskey.refuse(31, "%d bytes are more than 64 KiB", len(activity))
	case a["type"] == "Announce":
		return boostReader(misskey, a)
	}
	return nil
}

// AkkomaAccepts judges as Akkoma and Pleroma do.
func AkkomaAccepts(activity []byte) error {
	a, err := akkoma.activity(activity)
	if err != nil || a["type"] != "Announce" {
		return err
	}
	if err := akkoma.check(a, must("to", addresses).because(37), must("cc", addresses).because(37)); err != nil {
		return err
	}
	return boostReader(akkoma, a)
}

// GoToSocialAccepts judges as GoToSocial 0.20 does: it finds nothing by the id of a Follow or Announce that is to be undone.
func GoToSocialAccepts(activity []byte) error {
	a, err := gotosocial.activity(activity)
	switch {
	case err != nil:
		return err
	case a["type"] == "Announce":
		return boostReader(gotosocial, a)
	case a["type"] == "Undo":
		return gotosocial.check(a, must("object", whole), must("object/type", text))
	}
	return nil
}

// SmithereenAccepts judges as Smithereen does what a group sends: posts get there by the wall (FEP-400e).
func SmithereenAccepts(activity []byte) error {
	a, err := smithereen.activity(activity)
	if err != nil {
		return err
	}
	switch a["type"] {
	case "Announce":
		return smithereen.ignore(0, "groups do not announce, they Add to their wall")
	case "Accept", "Reject", "Undo":
		return smithereen.check(a, must("object", idOrObject))
	case "Add", "Remove":
		if err := smithereen.check(a, must("object", idOrObject), must("target", idOrObject)); err != nil {
			return err
		}
		if target := idOf(a["target"]); hostOf(target) != hostOf(textAt(a, "actor")) {
			return smithereen.refuse(0, "the wall %s is not the group's", target)
		}
	}
	return nil
}

package fedtest

import "slices"

const lemmy = reader("Lemmy")

// LemmyAccepts judges as Lemmy 1.0 does: the parser first (a wrong kind anywhere refuses the whole), then what it verifies.
// What it has no type for is refused too and costs nothing but the delivery; such a Refusal says Ignored.
func LemmyAccepts(activity []byte) error {
	a, err := lemmy.activity(activity)
	if err != nil {
		return err
	}
	switch a["type"] {
	case "Announce":
		return lemmyAnnounce(a)
	case "Follow":
		return lemmy.check(a, must("object", address), may("to", oneAddress))
	case "Accept", "Reject":
		return lemmyAnswer(a)
	case "Undo":
		if inner(a)["type"] == "Follow" {
			return lemmy.check(a, append(lemmyEmbedded(), must("object/object", address), may("to", oneAddress))...)
		}
	}
	return lemmyActs(a)
}

// lemmyAnswer checks an answer to a Follow: to, if it is there, is who asked and nobody else.
func lemmyAnswer(a object) error {
	follow := append(lemmyEmbedded(), must("object/object", address), may("to", oneAddress))
	if err := lemmy.check(a, follow...); err != nil {
		return err
	}
	if f := inner(a); a["actor"] != f["object"] {
		return lemmy.refuse(0, "the answer is by %v, the Follow was for %v", a["actor"], f["object"])
	} else if to := texts(a["to"]); len(to) == 1 && to[0] != f["actor"] {
		return lemmy.refuse(0, "to is %v, the Follow was by %v", to, f["actor"])
	}
	return nil
}

func lemmyEmbedded() []demand {
	return []demand{must("object", whole), must("object/id", address), must("object/type", text), must("object/actor", address)}
}

func lemmyAnnounce(a object) error {
	if err := lemmy.check(a, must("to", oneOrMore).because(37), must("cc", oneOrMore).because(37)); err != nil {
		return err
	}
	in := inner(a)
	if !isActivity(in) {
		return lemmy.refuse(36, "the object of an Announce is an activity, embedded: %s", shown(a["object"]))
	}
	if err := lemmy.check(in, must("id", address), must("type", text), must("actor", address)); err != nil {
		return err
	}
	for _, o := range []object{in, inner(in)} {
		if audience, ok := o["audience"].(string); ok && audience != a["actor"] {
			return lemmy.refuse(39, "audience is %s, the community is %v", audience, a["actor"])
		}
	}
	return lemmyActs(in)
}

// lemmyActs checks what happens in a community, announced or sent to it.
func lemmyActs(a object) error {
	if err := lemmy.check(a, may("audience", address).because(39)); err != nil {
		return err
	}
	target := []demand{must("to", oneOrMore), must("cc", oneOrMore), must("object", address), must("target", address)}
	switch a["type"] {
	case "Create", "Update":
		return lemmyContent(a)
	case "Like", "Dislike":
		return lemmy.check(a, must("object", address))
	case "Delete":
		return lemmy.check(a, must("to", oneOrMore), must("object", idOrObject), may("cc", oneOrMore), may("summary", text),
			may("withReplies", yesNo), may("removeData", yesNo))
	case "Undo":
		return lemmyUndo(a)
	case "Block":
		return lemmy.check(a, append(target, may("removeData", yesNo), may("summary", text), may("endTime", date))...)
	case "Add", "Remove":
		return lemmy.check(a, target...)
	case "Lock":
		return lemmy.check(a, must("to", oneOrMore), must("cc", oneOrMore), must("object", address), may("summary", text))
	case "Flag", "Resolve", "Warn":
		return lemmyReport(a)
	}
	return lemmy.ignore(74, "%v is no activity it knows", a["type"])
}

func lemmyUndo(a object) error {
	in := inner(a)
	if err := lemmy.check(a, lemmyEmbedded()...); err != nil {
		return err
	}
	if !slices.Contains([]any{"Like", "Dislike"}, in["type"]) {
		if err := lemmy.check(a, must("to", oneOrMore)); err != nil {
			return err
		}
	}
	switch in["type"] {
	case "Like", "Dislike", "Delete", "Block", "Lock":
		return lemmyActs(in)
	}
	return lemmy.ignore(74, "it cannot undo %v", in["type"])
}

// lemmyReport checks what goes to one person or community.
func lemmyReport(a object) error {
	if err := lemmy.check(a, must("to", oneAddress)); err != nil {
		return err
	}
	switch a["type"] {
	case "Resolve":
		if err := lemmy.check(a, lemmyEmbedded()...); err != nil {
			return err
		}
		return lemmyReport(inner(a))
	case "Warn":
		return lemmy.check(a, must("object", address), must("summary", text), must("audience", address))
	}
	if !text.is(a["summary"]) && !text.is(a["content"]) {
		return lemmy.refuse(0, "a Flag needs summary or content")
	}
	return lemmy.check(a, must("object", oneOrMore))
}

// lemmyContent checks a Create or Update by what is inside.
func lemmyContent(a object) error {
	o := inner(a)
	if err := lemmy.check(a, must("object", whole), must("object/id", address), must("object/type", text)); err != nil {
		return err
	}
	switch o["type"] {
	case "Group":
		return lemmyProfile(a, o)
	case "ChatMessage":
		return lemmyPrivate(o)
	case "Note":
		if !isPublic(o) && !isPublic(a) && len(texts(o["to"])) == 1 && o["audience"] == nil {
			return lemmyPrivate(o)
		}
		if err := lemmyNote(a); err != nil {
			return err
		}
	case "Page", "Article", "Video", "Event":
		if err := lemmyPage(o); err != nil {
			return err
		}
	default:
		return lemmy.ignore(74, "%v is no post it knows", o["type"])
	}
	if err := lemmy.check(a, must("to", oneOrMore), must("cc", oneOrMore)); err != nil {
		return err
	}
	if !isPublic(a) && !isPublic(o) {
		return lemmy.refuse(43, "nothing is addressed to %s", public)
	}
	return nil
}

// lemmyProfile checks an Update of a community. Lemmy looks for a person behind it.
func lemmyProfile(a, group object) error {
	if err := lemmy.check(a, must("to", oneOrMore), must("cc", oneOrMore)); err != nil {
		return err
	}
	if a["actor"] == group["id"] {
		return lemmy.ignore(0, "a community is updated by a moderator, not by itself; it is fetched again within a day")
	}
	return lemmyGroup(group)
}

func lemmyPrivate(o object) error {
	return lemmy.check(o, must("attributedTo", address), must("to", oneAddress), must("content", text), may("published", date))
}

// lemmyNote checks a comment, or the post of a microblog.
func lemmyNote(a object) error {
	o := inner(a)
	if o["inReplyTo"] == nil {
		return lemmyPage(o)
	}
	if err := lemmy.check(o, must("inReplyTo", address).because(42), must("content", text).because(55)); err != nil {
		return err
	}
	err := lemmy.check(a, must("to", addresses).because(38), must("cc", addresses).because(38))
	if err != nil {
		return err
	}
	return lemmy.check(o, append(lemmyPosted(), must("attributedTo", address), must("to", oneOrMore),
		may("tag", list).because(40), may("attachment", list).because(40))...)
}

func lemmyPosted() []demand {
	return []demand{
		may("cc", oneOrMore), may("audience", address).because(39), may("published", date).because(62), may("updated", date).because(62),
		may("language", languageTag).because(4), may("sensitive", yesNo), may("context", text), may("content", text),
		may("mediaType", oneOf("text/html", "text/markdown")).because(5),
	}
}

func lemmyPage(o object) error {
	if o["inReplyTo"] != nil {
		return lemmy.refuse(42, "a post answers nothing, but inReplyTo is %s", shown(o["inReplyTo"]))
	}
	demands := append(lemmyPosted(), may("to", oneOrMore), may("name", text),
		may("attachment", list).because(40), may("image/type", oneOf("Image")), may("image/url", address))
	if err := lemmy.check(o, demands...); err != nil {
		return err
	}
	authors, several := o["attributedTo"].([]any) // as PeerTube writes it
	for _, a := range authors {
		m, _ := a.(object)
		several = several && address.is(m["id"]) && text.is(m["type"])
	}
	if !several && !address.is(o["attributedTo"]) {
		return lemmy.refuse(0, "attributedTo is neither one address nor a list of actors: %s", shown(o["attributedTo"]))
	}
	if !text.is(o["name"]) && !text.is(o["content"]) {
		return lemmy.refuse(0, "a post needs name or content")
	}
	return lemmyAttachments(o)
}

// lemmyAttachments knows three kinds, each with its address.
func lemmyAttachments(o object) error {
	attachments, _ := o["attachment"].([]any)
	for _, item := range attachments {
		a, _ := item.(object)
		where := map[any]string{"Link": "href", "Image": "url", "Document": "url"}[a["type"]]
		if where == "" || !isAddress(a[where]) {
			return lemmy.refuse(41, "an attachment is Link, Image or Document with an address: %s", shown(item))
		}
	}
	return nil
}

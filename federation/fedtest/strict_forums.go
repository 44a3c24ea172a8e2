package fedtest

import (
	"slices"
	"strings"
)

const (
	piefed    = reader("PieFed")
	mbin      = reader("Mbin")
	nodebb    = reader("NodeBB")
	friendica = reader("Friendica")
	discourse = reader("Discourse")
	mitra     = reader("Mitra")
)

// PieFedAccepts judges as PieFed does what a group sends.
func PieFedAccepts(activity []byte) error {
	a, err := piefed.activity(activity)
	if err != nil {
		return err
	}
	switch a["type"] {
	case "Announce":
		return piefedAnnounce(a)
	case "Accept", "Reject":
		return piefed.check(a, must("object", whole).because(45), must("object/actor", address).because(45))
	case "Update":
		if inner(a)["type"] != "Group" {
			return piefed.ignore(47, "a group updates nothing but itself")
		}
		return piefed.check(a, must("object/endpoints/sharedInbox", address).because(2), must("object/name", text).because(3))
	}
	return piefed.ignore(47, "%v of a group", a["type"])
}

// piefedAnnounce takes the address of a post, an activity, or a list of activities.
func piefedAnnounce(a object) error {
	if isAddress(a["object"]) {
		return nil
	}
	members, batch := a["object"].([]any)
	if !batch {
		members = []any{a["object"]}
	}
	for _, m := range members {
		in, _ := m.(object)
		if !isActivity(in) {
			return piefed.ignore(36, "an embedded post is meant for Mastodon: %v", in["type"])
		}
		if err := piefedAnnounced(a, in); err != nil {
			return err
		}
	}
	return nil
}

func piefedAnnounced(a, in object) error {
	if err := piefed.check(in, must("id", address), must("type", text), must("actor", address), must("object", anything)); err != nil {
		return err
	}
	if in["actor"] == a["actor"] {
		return piefed.ignore(48, "what a group announces was done by a person, not by the group")
	}
	switch in["type"] {
	case "Create", "Update":
		return piefed.check(in, must("object/id", address), must("object/type", text))
	case "Block":
		if strings.Count(textAt(in, "target"), "/") < 4 {
			return piefed.refuse(13, "a Block whose target has fewer than four slashes bans from the site: %v", in["target"])
		}
		return piefed.check(in, must("object", address))
	case "Add", "Remove":
		return piefed.check(in, must("target", address), must("object", address))
	case "Undo":
		return piefed.check(in, must("object", whole).because(46), must("object/type", text))
	}
	return nil
}

// MbinAccepts judges as Mbin does.
func MbinAccepts(activity []byte) error {
	a, err := mbin.activity(activity)
	if err != nil {
		return err
	}
	if id := textAt(a, "id"); !strings.HasPrefix(id, "https://") || hostOf(id) != hostOf(textAt(a, "actor")) {
		return mbin.refuse(0, "the id %s is not https or not on the actor's host", id)
	}
	switch a["type"] {
	case "Accept", "Reject":
		return mbin.check(a, must("object", whole).because(45), must("object/type", text).because(45), must("object/actor", address).because(45))
	case "Undo":
		return mbin.check(a, must("object", whole).because(46), must("object/type", text).because(46))
	case "Update":
		if inner(a)["type"] == "Group" {
			return mbin.check(a, must("object/name", text).because(3))
		}
	case "Announce":
		if in := inner(a); in["type"] == "Undo" {
			return mbin.check(in, must("object", whole).because(46))
		}
		return mbin.check(a, must("object", idOrObject))
	}
	return nil
}

// NodeBBAccepts judges as NodeBB does.
func NodeBBAccepts(activity []byte) error {
	a, err := nodebb.activity(activity)
	if err != nil {
		return err
	}
	in := inner(a)
	if a["type"] != "Announce" || !isActivity(in) {
		return nil
	}
	actor := hostOf(textAt(in, "actor"))
	if slices.Contains([]any{"Delete", "Update"}, in["type"]) && actor != hostOf(textAt(a, "actor")) && actor != hostOf(idOf(in["object"])) {
		return nodebb.refuse(51, "a %v by %v, neither of the announcer's host nor of the post's", in["type"], in["actor"])
	}
	return nodebb.check(in, must("id", address))
}

// FriendicaAccepts judges as Friendica does what a group sends.
func FriendicaAccepts(activity []byte) error {
	return wrapReader(friendica, activity, "Create", "Like", "Dislike", "Delete", "Undo", "Update")
}

// MitraAccepts judges as Mitra does what a group sends.
func MitraAccepts(activity []byte) error {
	return wrapReader(mitra, activity, "Create", "Update", "Delete", "Like", "Dislike")
}

// DiscourseAccepts judges as the ActivityPub plugin of Discourse does what a group sends.
func DiscourseAccepts(activity []byte) error {
	return wrapReader(discourse, activity, "Create", "Update", "Delete", "Like", "Undo")
}

// wrapReader takes any Announce that has an object, and of announced activities these kinds.
func wrapReader(p reader, activity []byte, kinds ...any) error {
	a, err := p.activity(activity)
	if err != nil || a["type"] != "Announce" {
		return err
	}
	if in := inner(a); isActivity(in) && !slices.Contains(kinds, in["type"]) {
		return p.ignore(0, "it does not know an announced %v", in["type"])
	}
	return p.check(a, must("object", idOrObject))
}

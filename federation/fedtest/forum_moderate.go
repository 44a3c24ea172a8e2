package fedtest

import (
	"context"
	"time"
)

// Removal is how a moderator takes a post off.
type Removal struct {
	Reason      string
	WithReplies bool // Lemmy 1.0
}

// Remove takes a post off its community. The reason is what tells it from an author's deletion.
func (f *Forum) Remove(ctx context.Context, name, post string, r Removal) (object, error) {
	return f.about(ctx, name, "Delete", post, r.put)
}

func (r Removal) put(a object) {
	a["summary"] = r.Reason
	if r.WithReplies {
		a["withReplies"] = true
	}
}

// Restore brings it back.
func (f *Forum) Restore(ctx context.Context, name, post string, r Removal) (object, error) {
	removal := f.activityAbout(name, "Delete", post)
	r.put(removal)
	return f.takeBack(ctx, name, post, removal)
}

// Ban is how somebody is shut out of a community.
type Ban struct {
	Reason     string
	Until      time.Time // zero for ever
	RemoveData bool      // with everything the person wrote; when it is lifted, restored
}

func (f *Forum) block(name, community, person string, b Ban) object {
	a := f.activity(name, "Block", community, person)
	a["target"], a["summary"], a["removeData"] = community, b.Reason, b.RemoveData
	if !b.Until.IsZero() {
		a["endTime"] = b.Until.UTC().Format(f.runs.dates)
	}
	return a
}

// Ban shuts somebody out of a community.
func (f *Forum) Ban(ctx context.Context, name, community, person string, b Ban) (object, error) {
	return f.Do(ctx, name, community, f.block(name, community, person, b))
}

// Unban lets somebody in again.
func (f *Forum) Unban(ctx context.Context, name, community, person string, b Ban) (object, error) {
	return f.Do(ctx, name, community, f.unblock(name, community, person, b))
}

// unblock takes a block back. Whether posts come back too is said outside of it.
func (f *Forum) unblock(name, community, person string, b Ban) object {
	block := f.block(name, community, person, b)
	delete(block, "removeData")
	a := f.activity(name, "Undo", community, block)
	a["restoreData"] = b.RemoveData
	return a
}

// BanHere shuts one of this server's own people out of the server. All servers are told; here the one of a community.
func (f *Forum) BanHere(ctx context.Context, admin, person, community string, b Ban) (object, error) {
	a := f.block(admin, community, f.Actor(person), b)
	f.runs.finish(f, a)
	f.siteWide(a)
	return a, f.deliver(ctx, f.signer(admin), f.known(community).inbox, a)
}

// UnbanHere lets one of this server's own people in again.
func (f *Forum) UnbanHere(ctx context.Context, admin, person, community string, b Ban) (object, error) {
	a := f.unblock(admin, community, f.Actor(person), b)
	f.runs.finish(f, a)
	f.siteWide(inner(a))
	f.siteWide(a)
	return a, f.deliver(ctx, f.signer(admin), f.known(community).inbox, a)
}

// siteWide makes of a ban from a community one from this server.
func (f *Forum) siteWide(a object) {
	a["to"], a["cc"] = []any{public}, []any{}
	if a["type"] == "Block" {
		a["target"] = f.Origin + "/"
	}
	delete(a, "audience")
}

// Lock ends the comments beneath a post.
func (f *Forum) Lock(ctx context.Context, name, post, reason string) (object, error) {
	return f.about(ctx, name, "Lock", post, func(a object) { a["summary"] = reason })
}

// Unlock allows them again.
func (f *Forum) Unlock(ctx context.Context, name, post, reason string) (object, error) {
	return f.takeBack(ctx, name, post, f.activityAbout(name, "Lock", post))
}

// Pin shows a thread first.
func (f *Forum) Pin(ctx context.Context, name, post string) (object, error) {
	return f.list(ctx, name, "Add", post)
}

// Unpin no longer does.
func (f *Forum) Unpin(ctx context.Context, name, post string) (object, error) {
	return f.list(ctx, name, "Remove", post)
}

func (f *Forum) list(ctx context.Context, name, kind, post string) (object, error) {
	v, _ := f.Sees(post)
	return f.about(ctx, name, kind, post, func(a object) { a["target"] = f.known(v.Community).featured })
}

// Appoint makes somebody a moderator of a community.
func (f *Forum) Appoint(ctx context.Context, name, community, person string) (object, error) {
	a := f.activity(name, "Add", community, person)
	a["target"] = community + "/moderators"
	return f.Do(ctx, name, community, a)
}

// Dismiss makes somebody a moderator no longer.
func (f *Forum) Dismiss(ctx context.Context, name, community, person string) (object, error) {
	a := f.activity(name, "Remove", community, person)
	a["target"] = community + "/moderators"
	return f.Do(ctx, name, community, a)
}

// Report tells a community's moderators about a post.
func (f *Forum) Report(ctx context.Context, name, post, reason string) (object, error) {
	return f.about(ctx, name, "Flag", post, func(a object) { f.flag(a, post, reason) })
}

func (f *Forum) flag(a object, post, reason string) {
	v, _ := f.Sees(post)
	a["to"], a["summary"], a["author"] = []any{v.Community}, reason, v.Author
	delete(a, "cc")
	switch f.runs.Name {
	case "lemmy":
		delete(a, "audience")
		delete(a, "author")
	case "piefed":
		delete(a, "author")
	}
}

// Resolve says that a report by somebody is dealt with. Lemmy makes the report anew, with another id.
func (f *Forum) Resolve(ctx context.Context, name, post, reporter string) (object, error) {
	v, _ := f.Sees(post)
	flag := f.activityAbout(name, "Flag", post)
	f.flag(flag, post, "x")
	flag["actor"] = reporter
	return f.about(ctx, name, "Resolve", post, func(a object) {
		a["object"], a["to"] = flag, []any{v.Community}
		delete(a, "cc")
	})
}

// Warn warns the author of a post.
func (f *Forum) Warn(ctx context.Context, name, post, reason string) (object, error) {
	return f.about(ctx, name, "Warn", post, func(a object) {
		v, _ := f.Sees(post)
		a["to"], a["summary"] = []any{v.Author}, reason
		delete(a, "cc")
	})
}

// Move gives a thread of one community to another (FEP-f15d).
func (f *Forum) Move(ctx context.Context, name, post, target string) (object, error) {
	return f.about(ctx, name, "Move", post, func(a object) {
		a["origin"], a["target"] = a["audience"], target
		delete(a, "audience")
	})
}

// TakeOff removes a whole thread from its community (FEP-f15d).
func (f *Forum) TakeOff(ctx context.Context, name, post string) (object, error) {
	return f.about(ctx, name, "Remove", post, func(a object) { a["object"], a["target"] = post+"/context", a["audience"] })
}

// Describe changes what a community says of itself.
func (f *Forum) Describe(ctx context.Context, name, community, title, text string) (object, error) {
	_, doc, status, err := f.get(ctx, f.signer(name), community)
	if err != nil || status != 200 {
		return nil, err
	}
	delete(doc, "@context")
	doc["name"], doc["summary"] = title, "<p>"+text+"</p>"
	doc["source"] = object{"content": text, "mediaType": "text/markdown"}
	doc["updated"] = f.date()
	return f.Do(ctx, name, community, f.activity(name, "Update", community, doc))
}

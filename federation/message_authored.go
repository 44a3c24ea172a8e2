package federation

import (
	"fmt"

	"folkmoot/group"
	"folkmoot/store"
)

// authored makes the activity that stands for a moderator's act which came by no activity: through the server's socket, or by a
// message from software that has no word for it. Its actor is a Service of this server: Lemmy 1.0 and
// PieFed want somebody who could be a person, and take a moderator on the group's own host at its word. nil for what needs no telling.
func (e *encoder) authored(t store.Telling) (document, error) {
	r := t.Request
	switch r.Kind {
	case group.Remove, group.Delete, group.Erase:
		return e.ownDelete(t)
	case group.Restore:
		return e.undone(t, e.ownDelete)
	case group.Lock:
		return e.ownLock(t)
	case group.Unlock:
		return e.undone(t, e.ownLock)
	case group.Pin:
		return e.listed(t, vocabAdd, "add", e.ids.featured(t.Group.Name), t.PostURI)
	case group.Unpin:
		return e.listed(t, vocabRemove, "remove", e.ids.featured(t.Group.Name), t.PostURI)
	case group.Appoint:
		return e.listed(t, vocabAdd, "add", e.ids.moderators(t.Group.Name), r.Target)
	case group.Dismiss:
		return e.listed(t, vocabRemove, "remove", e.ids.moderators(t.Group.Name), r.Target)
	case group.Relocate:
		return e.ownMove(t)
	case group.Describe:
		return e.ownUpdate(t)
	case group.Ban:
		return e.ownBlock(t)
	case group.Unban:
		return e.undone(t, e.ownBlock)
	}
	return nil, nil
}

// byServer addresses an activity of the server's own actor about a group.
func (e *encoder) byServer(t store.Telling, verb, object string, build func(envelope) (document, error)) (document, error) {
	g := e.ids.group(t.Group.Name)
	d, err := build(envelope{
		ID: e.ids.activity(verb, e.hash(t, object, activityKey(t))), Actor: e.ids.moderation(), Object: object,
		To: []string{g, addressPublic}, Cc: []string{g}, Published: t.At,
	})
	if err != nil {
		return nil, fmt.Errorf("author %s: %w", verb, err)
	}
	d["audience"] = g
	return d, nil
}

func (e *encoder) listed(t store.Telling, build func(envelope) (document, error), verb, list, object string) (document, error) {
	d, err := e.byServer(t, verb, object, build)
	if err == nil {
		d["target"] = list
	}
	return d, err
}

// ownDelete removes a post. The summary is what tells a moderator's removal from an author's deletion (Lemmy 1.0).
func (e *encoder) ownDelete(t store.Telling) (document, error) {
	d, err := e.byServer(t, "delete", t.PostURI, vocabDelete)
	if err != nil {
		return nil, err
	}
	if d["summary"] = t.Request.Text; t.Request.Text == "" {
		d["summary"] = "Removed by a moderator"
	}
	if t.Request.Kind == group.Erase {
		d["summary"] = "Erased at the wish of its author"
	}
	if t.Request.WithReplies {
		d["withReplies"] = true
	}
	return d, nil
}

// ownUpdate says what the group says of itself now: Lemmy 1.0 looks for a person behind it.
func (e *encoder) ownUpdate(t store.Telling) (document, error) {
	doc, err := e.groupDocOf(t.Group)
	if err != nil {
		return nil, err
	}
	inner, err := e.groupDocument(doc)
	if err != nil {
		return nil, err
	}
	d, err := e.byServer(t, "update", "", vocabUpdate)
	if err == nil {
		d["@context"], d["object"] = inner["@context"], inner.nested()
	}
	return d, err
}

// ownLock is written by hand: go-fed knows no Lock.
func (e *encoder) ownLock(t store.Telling) (document, error) {
	d, err := e.byServer(t, "lock", t.PostURI, vocabUpdate)
	if err != nil {
		return nil, err
	}
	d["type"] = "Lock"
	d.set("summary", t.Request.Text)
	return d, nil
}

// ownMove moves a thread, named by its context (FEP-f15d; PieFed and NodeBB read it).
func (e *encoder) ownMove(t store.Telling) (document, error) {
	d, err := e.byServer(t, "move", e.ids.context(t.Group.Name, t.PostID), vocabMove)
	if err != nil {
		return nil, err
	}
	d["origin"], d["target"] = e.ids.group(t.Group.Name), t.Request.To
	return d, nil
}

func (e *encoder) ownBlock(t store.Telling) (document, error) {
	d, err := e.byServer(t, "block", t.Request.Target, vocabBlock)
	if err != nil {
		return nil, err
	}
	d["target"] = e.ids.group(t.Group.Name)
	d["removeData"] = t.Request.WithPosts
	d.set("summary", t.Request.Text)
	if !t.Request.Until.IsZero() {
		d["endTime"] = timestamp(t.Request.Until) // Lemmy and Mbin
		d["expires"] = d["endTime"]               // PieFed
	}
	return d, nil
}

// undone takes an act back, with the whole of it embedded: Mbin ignores an Undo that only names it.
func (e *encoder) undone(t store.Telling, act func(store.Telling) (document, error)) (document, error) {
	inner, err := act(t)
	if err != nil {
		return nil, err
	}
	d, err := e.byServer(t, "undo", "", vocabUndo)
	if err != nil {
		return nil, err
	}
	d["object"] = inner.nested()
	d.set("summary", t.Request.Text)
	if inner["type"] == "Block" {
		d["restoreData"] = t.Request.WithPosts // of the Undo, in Lemmy 1.0
	}
	return d, nil
}

package federation

import (
	"cmp"
	"fmt"

	"folkmoot/group"
	"folkmoot/store"
)

// expel ends a follow that was accepted: Mastodon, Lemmy and PieFed take a Reject of it as removal.
func (e *encoder) expel(t store.Telling) ([]store.Message, error) {
	if t.Activity == "" {
		return nil, nil // never followed by an activity: there is nothing to reject
	}
	return e.answer(t, "reject", vocabReject)
}

// wall says that a post is on the group's wall (FEP-400e): to Smithereen servers, and to its author, who sees it waiting
// until then.
func (e *encoder) wall(t store.Telling) ([]store.Message, error) {
	if t.PostURI == "" {
		return nil, fmt.Errorf("wall: %w", errNoPost)
	}
	name := t.Group.Name
	id := e.ids.activity("add", e.hash(t, t.PostURI, activityKey(t)))
	d, err := vocabAdd(envelope{
		ID: id, Actor: e.ids.group(name), Object: t.PostURI, To: []string{addressPublic},
		Cc: []string{e.ids.followers(name), t.Author}, Published: t.At,
	})
	if err != nil {
		return nil, err
	}
	d["target"] = e.ids.wall(name)
	form := store.FormWall
	if t.To.URI != "" {
		form = store.FormDirect
	}
	return message(id, form, d)
}

// offWall says that a post is on the wall no longer, to whom it was said that it is.
func (e *encoder) offWall(t store.Telling, add rawObject) ([]store.Message, error) {
	id := e.ids.activity("remove", e.hash(t, add.get("id").text()))
	d, err := vocabRemove(envelope{
		ID: id, Actor: e.ids.group(t.Group.Name), Object: add.get("object").text(), To: addressesOf(add.get("to")),
		Cc: addressesOf(add.get("cc")), Published: t.At,
	})
	if err != nil {
		return nil, err
	}
	d["target"] = e.ids.wall(t.Group.Name)
	return message(id, store.FormWall, d)
}

// groupChanged tells every follower's server what the group says of itself now.
func (e *encoder) groupChanged(t store.Telling) ([]store.Message, error) {
	doc, err := e.groupDocOf(t.Group)
	if err != nil {
		return nil, err
	}
	m, err := e.encodeGroupUpdate(doc)
	if err != nil {
		return nil, err
	}
	m.Form = store.FormAll
	return []store.Message{m}, nil
}

// report tells a moderator of a report: as it came, where the moderator's server has a queue for reports, else in a private
// note. A report goes to nobody else (Lemmy 1.0, report.rs).
func (e *encoder) report(t store.Telling) ([]store.Message, error) {
	if t.Dialect == store.Threadiverse {
		return e.reportOnForum(t)
	}
	t.Text = group.Reported(t.Lang, t.PostURI, cutRunes(cleanLine(t.Text, maxRemark), 500))
	t.PostURI = "" // an answer to the post itself would show its author that it is talked about
	return e.note(t)
}

// resolved tells whoever reported that the report is dealt with: Lemmy and its kind by the report they know, people elsewhere in a note,
// and a server that reports for its people nothing, for it would not know what it is about. Who dealt with it is not said, and to
// nobody what others had reported.
func (e *encoder) resolved(t store.Telling) ([]store.Message, error) {
	switch {
	case t.Dialect == store.Threadiverse && t.Activity != "":
		return e.resolvedOnForum(t)
	case t.To.Bot:
		return nil, nil
	}
	t.Text = group.Resolved(t.Lang, t.PostURI, t.Request.Kind == group.Discard, cutRunes(cleanLine(t.Text, maxRemark), 500))
	t.PostURI = ""
	return e.note(t)
}

func (e *encoder) resolvedOnForum(t store.Telling) ([]store.Message, error) {
	g := e.ids.group(t.Group.Name)
	d, err := e.byServer(t, "resolve", t.PostURI, vocabUpdate) // go-fed knows no Resolve
	if err != nil {
		return nil, err
	}
	d["type"], d["to"], d["cc"] = "Resolve", []string{g}, []string{}
	words := cmp.Or(t.Reported, group.NoReason(t.Lang))
	d["object"] = document{
		"id": t.Activity, "type": "Flag", "actor": t.To.URI, "to": []string{g}, "audience": g, "object": t.PostURI, "summary": words,
	}
	return e.passOn(t, d.nested())
}

// reportOnForum makes a report anew in the name of the group's agent: who reported stays with the group. Lemmy looks for the community
// in to.
func (e *encoder) reportOnForum(t store.Telling) ([]store.Message, error) {
	g := e.ids.group(t.Group.Name)
	if t.PostURI == "" {
		return nil, nil
	}
	d, err := vocabUpdate(envelope{ // go-fed's Flag takes no single object
		ID: e.ids.activity("flag", e.hash(t, t.PostURI, activityKey(t))), Actor: e.ids.agent(t.Group.Name), Object: t.PostURI, To: []string{g},
	})
	if err != nil {
		return nil, err
	}
	d["type"], d["audience"] = "Flag", g
	if d["summary"] = cutRunes(cleanLine(t.Text, maxRemark), 500); d["summary"] == "" {
		d["summary"] = group.NoReason(t.Lang)
	}
	return e.passOn(t, d.nested())
}

// passOn announces an activity to one person's server.
func (e *encoder) passOn(t store.Telling, activity any) ([]store.Message, error) {
	if t.To.URI == "" {
		return nil, fmt.Errorf("pass on: %w", errNobody)
	}
	actor := e.ids.group(t.Group.Name)
	id := e.ids.activity("wrap", e.hash(t, t.To.URI, activityKey(t)))
	d, err := vocabAnnounce(envelope{ID: id, Actor: actor, To: []string{t.To.URI}, Published: t.At})
	if err != nil {
		return nil, err
	}
	d["cc"] = []string{} // Lemmy 1.0 requires the key
	d["object"] = activity
	return message(id, store.FormDirect, d)
}

// follow asks a community elsewhere, in the name of the group's agent, to send what happens in it. The id says who follows whom, so
// that a repeated Follow is the same one.
func (e *encoder) follow(t store.Telling) ([]store.Message, error) {
	d, err := e.followOf(t)
	if err != nil {
		return nil, err
	}
	id, _ := d["id"].(string)
	return message(id, store.FormDirect, d)
}

func (e *encoder) followOf(t store.Telling) (document, error) {
	if t.To.URI == "" {
		return nil, fmt.Errorf("follow: %w", errNobody)
	}
	return vocabFollow(envelope{
		ID: e.ids.activity("follow", e.hash(t, t.To.URI)), Actor: e.ids.agent(t.Group.Name), Object: t.To.URI, To: []string{t.To.URI},
	})
}

func (e *encoder) unfollow(t store.Telling) ([]store.Message, error) {
	follow, err := e.followOf(t)
	if err != nil {
		return nil, err
	}
	id := e.ids.activity("undo", e.hash(t, t.To.URI, t.At.UTC().String()))
	d, err := vocabUndo(envelope{ID: id, Actor: e.ids.agent(t.Group.Name), To: []string{t.To.URI}})
	if err != nil {
		return nil, err
	}
	d["object"] = follow.nested()
	return message(id, store.FormDirect, d)
}

// groupDocOf is what a group shows of itself.
func (e *encoder) groupDocOf(g store.Group) (groupDoc, error) {
	keys, err := e.keys.of(g.URI, g.Keys)
	if err != nil {
		return groupDoc{}, err
	}
	pem, err := keys.PublicPEM()
	if err != nil {
		return groupDoc{}, err
	}
	return groupDoc{
		Name: g.Name, Title: g.Title, SummaryHTML: g.SummaryHTML, SummaryMarkdown: g.Summary, Created: g.Created, Updated: g.Updated,
		PublicKeyPEM: pem, Multibase: keys.Multibase(), JoinOpen: g.Settings.Join == group.JoinOpen && !g.InStorm(),
		PostingRestrictedToMods: g.Settings.Posting == group.PostingMods, Unindexed: g.Settings.Unindexed,
		Icon: e.pictureOf(g.Icon), Image: e.pictureOf(g.Header),
	}, nil
}

func (e *encoder) pictureOf(p store.Picture) picture {
	if p.Name == "" {
		return picture{}
	}
	return picture{URL: e.ids.picture(p.Name), MediaType: p.Type, Alt: p.Alt}
}

// forMods is a private message for moderators, who are told how to decide. It answers nobody's post.
func forMods(t store.Telling) store.Telling {
	switch {
	case t.Waits != 0:
		t.Text += "\n\n" + group.Hint(t.Lang, group.AskHeld, t.Waits)
	case t.PostURI != "" && t.PostURI == t.Request.By.URI:
		t.Text += "\n\n" + group.Hint(t.Lang, group.AskApplied, 0)
	}
	t.PostURI = ""
	return t
}

// letter is a message that carries a private note, which people answer.
func letter(note, uri string, d document) ([]store.Message, error) {
	out, err := message(uri, store.FormDirect, d)
	for i := range out {
		out[i].Note = note
	}
	return out, err
}

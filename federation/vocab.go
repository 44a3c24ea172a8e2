package federation

import (
	"fmt"
	"time"

	"github.com/go-fed/activity/streams"
	"github.com/go-fed/activity/streams/vocab"
)

// This file alone knows go-fed/activity. It builds the ids, types, links, addresses and dates of what this server authors; texts,
// extensions and everything remote are put in afterwards (normalize.go), because go-fed takes a text with a colon for an IRI and
// collapses lists (protocol notes, measured against v1.0.0). It never reads what others send.

// envelope is what all activities have.
type envelope struct {
	ID, Actor string
	Object    string // "" when the object is put in later, as bytes
	To, Cc    []string
	Published time.Time
}

// vocabActivityType is what go-fed's types of activity have in common.
type vocabActivityType interface {
	vocab.Type
	SetActivityStreamsActor(vocab.ActivityStreamsActorProperty)
	SetActivityStreamsObject(vocab.ActivityStreamsObjectProperty)
	SetActivityStreamsTo(vocab.ActivityStreamsToProperty)
	SetActivityStreamsCc(vocab.ActivityStreamsCcProperty)
	SetActivityStreamsPublished(vocab.ActivityStreamsPublishedProperty)
}

func vocabAccept(e envelope) (document, error) {
	return vocabActivity(streams.NewActivityStreamsAccept(), e)
}

func vocabReject(e envelope) (document, error) {
	return vocabActivity(streams.NewActivityStreamsReject(), e)
}

func vocabAnnounce(e envelope) (document, error) {
	return vocabActivity(streams.NewActivityStreamsAnnounce(), e)
}

func vocabUndo(e envelope) (document, error) {
	return vocabActivity(streams.NewActivityStreamsUndo(), e)
}

func vocabCreate(e envelope) (document, error) {
	return vocabActivity(streams.NewActivityStreamsCreate(), e)
}

func vocabUpdate(e envelope) (document, error) {
	return vocabActivity(streams.NewActivityStreamsUpdate(), e)
}

func vocabAdd(e envelope) (document, error) { return vocabActivity(streams.NewActivityStreamsAdd(), e) }

func vocabRemove(e envelope) (document, error) {
	return vocabActivity(streams.NewActivityStreamsRemove(), e)
}

func vocabDelete(e envelope) (document, error) {
	return vocabActivity(streams.NewActivityStreamsDelete(), e)
}

func vocabMove(e envelope) (document, error) {
	return vocabActivity(streams.NewActivityStreamsMove(), e)
}

func vocabBlock(e envelope) (document, error) {
	return vocabActivity(streams.NewActivityStreamsBlock(), e)
}

func vocabFollow(e envelope) (document, error) {
	return vocabActivity(streams.NewActivityStreamsFollow(), e)
}

func vocabActivity(t vocabActivityType, e envelope) (document, error) {
	setID(t, e.ID)
	actor := streams.NewActivityStreamsActorProperty()
	actor.AppendIRI(iri(e.Actor))
	t.SetActivityStreamsActor(actor)
	if e.Object != "" {
		object := streams.NewActivityStreamsObjectProperty()
		object.AppendIRI(iri(e.Object))
		t.SetActivityStreamsObject(object)
	}
	setAddresses(t, e.To, e.Cc)
	setPublished(t, e.Published)
	d, err := serialized(t)
	if err != nil {
		return nil, err
	}
	d["@context"] = activityContext()
	return d, nil
}

// noteParts is a private note of a group.
type noteParts struct {
	ID, Author, InReplyTo string
	To                    string
	Published             time.Time
}

func vocabNote(p noteParts) (document, error) {
	note := streams.NewActivityStreamsNote()
	setID(note, p.ID)
	author := streams.NewActivityStreamsAttributedToProperty()
	author.AppendIRI(iri(p.Author))
	note.SetActivityStreamsAttributedTo(author)
	if p.InReplyTo != "" {
		reply := streams.NewActivityStreamsInReplyToProperty()
		reply.AppendIRI(iri(p.InReplyTo))
		note.SetActivityStreamsInReplyTo(reply)
	}
	setAddresses(note, []string{p.To}, nil)
	setPublished(note, p.Published)
	return serialized(note)
}

// actorLinks is where an actor's parts are; an empty one is left out.
type actorLinks struct {
	ID, Inbox, Outbox, Followers, Following, Featured, Moderators string

	Key                publicKey
	Icon, Image        picture
	Published, Updated time.Time
}

// publicKey is the RSA key of an actor.
type publicKey struct{ ID, PEM string }

// picture is an image on this server; no URL, no picture.
type picture struct{ URL, MediaType, Alt string }

// vocabActorType is what go-fed's types of actor have in common, as far as it is used.
type vocabActorType interface {
	vocab.Type
	SetActivityStreamsUrl(vocab.ActivityStreamsUrlProperty)
	SetActivityStreamsInbox(vocab.ActivityStreamsInboxProperty)
	SetActivityStreamsOutbox(vocab.ActivityStreamsOutboxProperty)
	SetActivityStreamsFollowers(vocab.ActivityStreamsFollowersProperty)
	SetActivityStreamsFollowing(vocab.ActivityStreamsFollowingProperty)
	SetTootFeatured(vocab.TootFeaturedProperty)
	SetActivityStreamsAttributedTo(vocab.ActivityStreamsAttributedToProperty)
	SetActivityStreamsIcon(vocab.ActivityStreamsIconProperty)
	SetActivityStreamsImage(vocab.ActivityStreamsImageProperty)
	SetActivityStreamsPublished(vocab.ActivityStreamsPublishedProperty)
	SetActivityStreamsUpdated(vocab.ActivityStreamsUpdatedProperty)
	SetW3IDSecurityV1PublicKey(vocab.W3IDSecurityV1PublicKeyProperty)
}

func vocabGroup(l actorLinks) (document, error) {
	return vocabActor(streams.NewActivityStreamsGroup(), l)
}

func vocabApplication(l actorLinks) (document, error) {
	return vocabActor(streams.NewActivityStreamsApplication(), l)
}

func vocabService(l actorLinks) (document, error) {
	return vocabActor(streams.NewActivityStreamsService(), l)
}

func vocabActor(t vocabActorType, l actorLinks) (document, error) {
	setID(t, l.ID)
	page := streams.NewActivityStreamsUrlProperty()
	page.AppendIRI(iri(l.ID))
	t.SetActivityStreamsUrl(page)
	setBoxes(t, l)
	setCollections(t, l)
	setPictures(t, l)
	setPublished(t, l.Published)
	if !l.Updated.IsZero() {
		updated := streams.NewActivityStreamsUpdatedProperty()
		updated.Set(l.Updated)
		t.SetActivityStreamsUpdated(updated)
	}
	t.SetW3IDSecurityV1PublicKey(vocabKey(l.ID, l.Key))
	return serialized(t)
}

func setBoxes(t vocabActorType, l actorLinks) {
	inbox := streams.NewActivityStreamsInboxProperty()
	inbox.SetIRI(iri(l.Inbox))
	t.SetActivityStreamsInbox(inbox)
	outbox := streams.NewActivityStreamsOutboxProperty()
	outbox.SetIRI(iri(l.Outbox))
	t.SetActivityStreamsOutbox(outbox)
}

func setCollections(t vocabActorType, l actorLinks) {
	if l.Followers != "" {
		p := streams.NewActivityStreamsFollowersProperty()
		p.SetIRI(iri(l.Followers))
		t.SetActivityStreamsFollowers(p)
	}
	if l.Following != "" {
		p := streams.NewActivityStreamsFollowingProperty()
		p.SetIRI(iri(l.Following))
		t.SetActivityStreamsFollowing(p)
	}
	if l.Featured != "" {
		p := streams.NewTootFeaturedProperty()
		p.SetIRI(iri(l.Featured))
		t.SetTootFeatured(p)
	}
	if l.Moderators != "" { // a string: Lemmy, PieFed, Mbin and NodeBB read it as the moderators collection
		p := streams.NewActivityStreamsAttributedToProperty()
		p.AppendIRI(iri(l.Moderators))
		t.SetActivityStreamsAttributedTo(p)
	}
}

func setPictures(t vocabActorType, l actorLinks) {
	if l.Icon.URL != "" {
		p := streams.NewActivityStreamsIconProperty()
		p.AppendActivityStreamsImage(vocabImage(l.Icon))
		t.SetActivityStreamsIcon(p)
	}
	if l.Image.URL != "" {
		p := streams.NewActivityStreamsImageProperty()
		p.AppendActivityStreamsImage(vocabImage(l.Image))
		t.SetActivityStreamsImage(p)
	}
}

func vocabImage(p picture) vocab.ActivityStreamsImage {
	image := streams.NewActivityStreamsImage()
	address := streams.NewActivityStreamsUrlProperty()
	address.AppendIRI(iri(p.URL))
	image.SetActivityStreamsUrl(address)
	if p.MediaType != "" {
		kind := streams.NewActivityStreamsMediaTypeProperty()
		kind.Set(p.MediaType)
		image.SetActivityStreamsMediaType(kind)
	}
	if p.Alt != "" {
		name := streams.NewActivityStreamsNameProperty()
		name.AppendXMLSchemaString(p.Alt)
		image.SetActivityStreamsName(name)
	}
	return image
}

func vocabKey(owner string, k publicKey) vocab.W3IDSecurityV1PublicKeyProperty {
	key := streams.NewW3IDSecurityV1PublicKey()
	setID(key, k.ID)
	of := streams.NewW3IDSecurityV1OwnerProperty()
	of.Set(iri(owner))
	key.SetW3IDSecurityV1Owner(of)
	pem := streams.NewW3IDSecurityV1PublicKeyPemProperty()
	pem.Set(k.PEM)
	key.SetW3IDSecurityV1PublicKeyPem(pem)
	p := streams.NewW3IDSecurityV1PublicKeyProperty()
	p.AppendW3IDSecurityV1PublicKey(key)
	return p
}

func vocabTombstone(id, formerType string, deleted time.Time) (document, error) {
	t := streams.NewActivityStreamsTombstone()
	setID(t, id)
	if formerType != "" {
		former := streams.NewActivityStreamsFormerTypeProperty()
		former.AppendXMLSchemaString(formerType)
		t.SetActivityStreamsFormerType(former)
	}
	if !deleted.IsZero() {
		at := streams.NewActivityStreamsDeletedProperty()
		at.Set(deleted)
		t.SetActivityStreamsDeleted(at)
	}
	return serialized(t)
}

func setID(t vocab.Type, id string) {
	p := streams.NewJSONLDIdProperty()
	p.Set(iri(id))
	t.SetJSONLDId(p)
}

// setAddresses leaves an empty list out; normalize puts it back, because Lemmy and Akkoma want both to and cc there.
func setAddresses(t interface {
	SetActivityStreamsTo(vocab.ActivityStreamsToProperty)
	SetActivityStreamsCc(vocab.ActivityStreamsCcProperty)
}, to, cc []string,
) {
	if len(to) > 0 {
		p := streams.NewActivityStreamsToProperty()
		for _, uri := range to {
			p.AppendIRI(iri(uri))
		}
		t.SetActivityStreamsTo(p)
	}
	if len(cc) > 0 {
		p := streams.NewActivityStreamsCcProperty()
		for _, uri := range cc {
			p.AppendIRI(iri(uri))
		}
		t.SetActivityStreamsCc(p)
	}
}

func setPublished(t interface {
	SetActivityStreamsPublished(vocab.ActivityStreamsPublishedProperty)
}, at time.Time,
) {
	if at.IsZero() {
		return
	}
	p := streams.NewActivityStreamsPublishedProperty()
	p.Set(at)
	t.SetActivityStreamsPublished(p)
}

// serialized is go-fed's map, made what peers parse.
func serialized(t vocab.Type) (document, error) {
	m, err := streams.Serialize(t)
	if err != nil {
		return nil, fmt.Errorf("build %s: %w", t.GetTypeName(), err)
	}
	return normalize(m), nil
}

// vocabCollectionType is what go-fed's collections and pages have in common.
type vocabCollectionType interface {
	vocab.Type
	SetActivityStreamsTotalItems(vocab.ActivityStreamsTotalItemsProperty)
	SetActivityStreamsAttributedTo(vocab.ActivityStreamsAttributedToProperty)
	SetActivityStreamsFirst(vocab.ActivityStreamsFirstProperty)
	SetActivityStreamsLast(vocab.ActivityStreamsLastProperty)
}

// vocabPageType is what only pages have.
type vocabPageType interface {
	vocabCollectionType
	SetActivityStreamsPartOf(vocab.ActivityStreamsPartOfProperty)
	SetActivityStreamsNext(vocab.ActivityStreamsNextProperty)
	SetActivityStreamsPrev(vocab.ActivityStreamsPrevProperty)
}

// vocabCollection builds everything of a collection but its items.
func vocabCollection(c collectionDoc) (document, error) {
	switch {
	case c.Page && c.Ordered:
		return vocabPage(streams.NewActivityStreamsOrderedCollectionPage(), c)
	case c.Page:
		return vocabPage(streams.NewActivityStreamsCollectionPage(), c)
	case c.Ordered:
		return vocabRoot(streams.NewActivityStreamsOrderedCollection(), c)
	}
	return vocabRoot(streams.NewActivityStreamsCollection(), c)
}

func vocabRoot(t vocabCollectionType, c collectionDoc) (document, error) {
	setID(t, c.ID)
	total := streams.NewActivityStreamsTotalItemsProperty()
	total.Set(c.Total)
	t.SetActivityStreamsTotalItems(total)
	if c.AttributedTo != "" {
		p := streams.NewActivityStreamsAttributedToProperty()
		p.AppendIRI(iri(c.AttributedTo))
		t.SetActivityStreamsAttributedTo(p)
	}
	if c.First != "" {
		p := streams.NewActivityStreamsFirstProperty()
		p.SetIRI(iri(c.First))
		t.SetActivityStreamsFirst(p)
	}
	if c.Last != "" {
		p := streams.NewActivityStreamsLastProperty()
		p.SetIRI(iri(c.Last))
		t.SetActivityStreamsLast(p)
	}
	return serialized(t)
}

func vocabPage(t vocabPageType, c collectionDoc) (document, error) {
	if c.PartOf != "" {
		p := streams.NewActivityStreamsPartOfProperty()
		p.SetIRI(iri(c.PartOf))
		t.SetActivityStreamsPartOf(p)
	}
	if c.Next != "" {
		p := streams.NewActivityStreamsNextProperty()
		p.SetIRI(iri(c.Next))
		t.SetActivityStreamsNext(p)
	}
	if c.Prev != "" {
		p := streams.NewActivityStreamsPrevProperty()
		p.SetIRI(iri(c.Prev))
		t.SetActivityStreamsPrev(p)
	}
	return vocabRoot(t, c)
}

package federation

import (
	"fmt"
	"time"

	propertyactor "github.com/go-fed/activity/streams/impl/activitystreams/property_actor"
	propertyattributedto "github.com/go-fed/activity/streams/impl/activitystreams/property_attributedto"
	propertycc "github.com/go-fed/activity/streams/impl/activitystreams/property_cc"
	propertydeleted "github.com/go-fed/activity/streams/impl/activitystreams/property_deleted"
	propertyinreplyto "github.com/go-fed/activity/streams/impl/activitystreams/property_inreplyto"
	propertyobject "github.com/go-fed/activity/streams/impl/activitystreams/property_object"
	propertypublished "github.com/go-fed/activity/streams/impl/activitystreams/property_published"
	propertyto "github.com/go-fed/activity/streams/impl/activitystreams/property_to"
	typeaccept "github.com/go-fed/activity/streams/impl/activitystreams/type_accept"
	typeadd "github.com/go-fed/activity/streams/impl/activitystreams/type_add"
	typeannounce "github.com/go-fed/activity/streams/impl/activitystreams/type_announce"
	typeblock "github.com/go-fed/activity/streams/impl/activitystreams/type_block"
	typecreate "github.com/go-fed/activity/streams/impl/activitystreams/type_create"
	typedelete "github.com/go-fed/activity/streams/impl/activitystreams/type_delete"
	typefollow "github.com/go-fed/activity/streams/impl/activitystreams/type_follow"
	typemove "github.com/go-fed/activity/streams/impl/activitystreams/type_move"
	typenote "github.com/go-fed/activity/streams/impl/activitystreams/type_note"
	typereject "github.com/go-fed/activity/streams/impl/activitystreams/type_reject"
	typeremove "github.com/go-fed/activity/streams/impl/activitystreams/type_remove"
	typetombstone "github.com/go-fed/activity/streams/impl/activitystreams/type_tombstone"
	typeundo "github.com/go-fed/activity/streams/impl/activitystreams/type_undo"
	typeupdate "github.com/go-fed/activity/streams/impl/activitystreams/type_update"
	propertyid "github.com/go-fed/activity/streams/impl/jsonld/property_id"
	propertytype "github.com/go-fed/activity/streams/impl/jsonld/property_type"
	"github.com/go-fed/activity/streams/vocab"
)

// The vocab files alone know go-fed/activity. They build the ids, types, links, addresses and dates of what this server authors; texts,
// extensions and everything remote are put in afterwards (normalize.go), because go-fed takes a text with a colon for an IRI and
// collapses lists (protocol notes, measured against v1.0.0). They never read what others send.

// typed says what a value is. go-fed's constructors of types do, but need the package streams, whose start sets all of them up: every type
// and property that there is would be in the program, and its pages be touched, for the few that are used here.
func typed[T interface {
	vocab.Type
	SetJSONLDType(vocab.JSONLDTypeProperty)
}](t T) T {
	p := propertytype.NewJSONLDTypeProperty()
	p.AppendXMLSchemaString(t.GetTypeName())
	t.SetJSONLDType(p)
	return t
}

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
	return vocabActivity(typed(&typeaccept.ActivityStreamsAccept{}), e)
}

func vocabReject(e envelope) (document, error) {
	return vocabActivity(typed(&typereject.ActivityStreamsReject{}), e)
}

func vocabAnnounce(e envelope) (document, error) {
	return vocabActivity(typed(&typeannounce.ActivityStreamsAnnounce{}), e)
}

func vocabUndo(e envelope) (document, error) {
	return vocabActivity(typed(&typeundo.ActivityStreamsUndo{}), e)
}

func vocabCreate(e envelope) (document, error) {
	return vocabActivity(typed(&typecreate.ActivityStreamsCreate{}), e)
}

func vocabUpdate(e envelope) (document, error) {
	return vocabActivity(typed(&typeupdate.ActivityStreamsUpdate{}), e)
}

func vocabAdd(e envelope) (document, error) {
	return vocabActivity(typed(&typeadd.ActivityStreamsAdd{}), e)
}

func vocabRemove(e envelope) (document, error) {
	return vocabActivity(typed(&typeremove.ActivityStreamsRemove{}), e)
}

func vocabDelete(e envelope) (document, error) {
	return vocabActivity(typed(&typedelete.ActivityStreamsDelete{}), e)
}

func vocabMove(e envelope) (document, error) {
	return vocabActivity(typed(&typemove.ActivityStreamsMove{}), e)
}

func vocabBlock(e envelope) (document, error) {
	return vocabActivity(typed(&typeblock.ActivityStreamsBlock{}), e)
}

func vocabFollow(e envelope) (document, error) {
	return vocabActivity(typed(&typefollow.ActivityStreamsFollow{}), e)
}

func vocabActivity(t vocabActivityType, e envelope) (document, error) {
	setID(t, e.ID)
	actor := propertyactor.NewActivityStreamsActorProperty()
	actor.AppendIRI(iri(e.Actor))
	t.SetActivityStreamsActor(actor)
	if e.Object != "" {
		object := propertyobject.NewActivityStreamsObjectProperty()
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
	note := typed(&typenote.ActivityStreamsNote{})
	setID(note, p.ID)
	author := propertyattributedto.NewActivityStreamsAttributedToProperty()
	author.AppendIRI(iri(p.Author))
	note.SetActivityStreamsAttributedTo(author)
	if p.InReplyTo != "" {
		reply := propertyinreplyto.NewActivityStreamsInReplyToProperty()
		reply.AppendIRI(iri(p.InReplyTo))
		note.SetActivityStreamsInReplyTo(reply)
	}
	setAddresses(note, []string{p.To}, nil)
	setPublished(note, p.Published)
	return serialized(note)
}

func vocabTombstone(id, formerType string, deleted time.Time) (document, error) {
	t := typed(&typetombstone.ActivityStreamsTombstone{})
	setID(t, id)
	if !deleted.IsZero() {
		at := propertydeleted.NewActivityStreamsDeletedProperty()
		at.Set(deleted)
		t.SetActivityStreamsDeleted(at)
	}
	d, err := serialized(t)
	if err == nil && formerType != "" {
		d["formerType"] = formerType
	}
	return d, err
}

func setID(t vocab.Type, id string) {
	p := propertyid.NewJSONLDIdProperty()
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
		p := propertyto.NewActivityStreamsToProperty()
		for _, uri := range to {
			p.AppendIRI(iri(uri))
		}
		t.SetActivityStreamsTo(p)
	}
	if len(cc) > 0 {
		p := propertycc.NewActivityStreamsCcProperty()
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
	p := propertypublished.NewActivityStreamsPublishedProperty()
	p.Set(at)
	t.SetActivityStreamsPublished(p)
}

// serialized is go-fed's map, made what peers parse.
func serialized(t vocab.Type) (document, error) {
	m, err := t.Serialize()
	if err != nil {
		return nil, fmt.Errorf("build %s: %w", t.GetTypeName(), err)
	}
	return normalize(m), nil
}

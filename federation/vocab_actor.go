package federation

import (
	"time"

	propertyattributedto "github.com/go-fed/activity/streams/impl/activitystreams/property_attributedto"
	propertyfollowers "github.com/go-fed/activity/streams/impl/activitystreams/property_followers"
	propertyfollowing "github.com/go-fed/activity/streams/impl/activitystreams/property_following"
	propertyicon "github.com/go-fed/activity/streams/impl/activitystreams/property_icon"
	propertyimage "github.com/go-fed/activity/streams/impl/activitystreams/property_image"
	propertyinbox "github.com/go-fed/activity/streams/impl/activitystreams/property_inbox"
	propertymediatype "github.com/go-fed/activity/streams/impl/activitystreams/property_mediatype"
	propertyname "github.com/go-fed/activity/streams/impl/activitystreams/property_name"
	propertyoutbox "github.com/go-fed/activity/streams/impl/activitystreams/property_outbox"
	propertyupdated "github.com/go-fed/activity/streams/impl/activitystreams/property_updated"
	propertyurl "github.com/go-fed/activity/streams/impl/activitystreams/property_url"
	typeapplication "github.com/go-fed/activity/streams/impl/activitystreams/type_application"
	typegroup "github.com/go-fed/activity/streams/impl/activitystreams/type_group"
	typeimage "github.com/go-fed/activity/streams/impl/activitystreams/type_image"
	typeservice "github.com/go-fed/activity/streams/impl/activitystreams/type_service"
	propertyfeatured "github.com/go-fed/activity/streams/impl/toot/property_featured"
	propertyowner "github.com/go-fed/activity/streams/impl/w3idsecurityv1/property_owner"
	propertypublickey "github.com/go-fed/activity/streams/impl/w3idsecurityv1/property_publickey"
	propertypublickeypem "github.com/go-fed/activity/streams/impl/w3idsecurityv1/property_publickeypem"
	typepublickey "github.com/go-fed/activity/streams/impl/w3idsecurityv1/type_publickey"
	"github.com/go-fed/activity/streams/vocab"
)

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
	return vocabActor(typed(&typegroup.ActivityStreamsGroup{}), l)
}

func vocabApplication(l actorLinks) (document, error) {
	return vocabActor(typed(&typeapplication.ActivityStreamsApplication{}), l)
}

func vocabService(l actorLinks) (document, error) {
	return vocabActor(typed(&typeservice.ActivityStreamsService{}), l)
}

func vocabActor(t vocabActorType, l actorLinks) (document, error) {
	setID(t, l.ID)
	page := propertyurl.NewActivityStreamsUrlProperty()
	page.AppendIRI(iri(l.ID))
	t.SetActivityStreamsUrl(page)
	setBoxes(t, l)
	setCollections(t, l)
	setPictures(t, l)
	setPublished(t, l.Published)
	if !l.Updated.IsZero() {
		updated := propertyupdated.NewActivityStreamsUpdatedProperty()
		updated.Set(l.Updated)
		t.SetActivityStreamsUpdated(updated)
	}
	t.SetW3IDSecurityV1PublicKey(vocabKey(l.ID, l.Key))
	return serialized(t)
}

func setBoxes(t vocabActorType, l actorLinks) {
	inbox := propertyinbox.NewActivityStreamsInboxProperty()
	inbox.SetIRI(iri(l.Inbox))
	t.SetActivityStreamsInbox(inbox)
	outbox := propertyoutbox.NewActivityStreamsOutboxProperty()
	outbox.SetIRI(iri(l.Outbox))
	t.SetActivityStreamsOutbox(outbox)
}

func setCollections(t vocabActorType, l actorLinks) {
	if l.Followers != "" {
		p := propertyfollowers.NewActivityStreamsFollowersProperty()
		p.SetIRI(iri(l.Followers))
		t.SetActivityStreamsFollowers(p)
	}
	if l.Following != "" {
		p := propertyfollowing.NewActivityStreamsFollowingProperty()
		p.SetIRI(iri(l.Following))
		t.SetActivityStreamsFollowing(p)
	}
	if l.Featured != "" {
		p := propertyfeatured.NewTootFeaturedProperty()
		p.SetIRI(iri(l.Featured))
		t.SetTootFeatured(p)
	}
	if l.Moderators != "" { // a string: Lemmy, PieFed, Mbin and NodeBB read it as the moderators collection
		p := propertyattributedto.NewActivityStreamsAttributedToProperty()
		p.AppendIRI(iri(l.Moderators))
		t.SetActivityStreamsAttributedTo(p)
	}
}

func setPictures(t vocabActorType, l actorLinks) {
	if l.Icon.URL != "" {
		p := propertyicon.NewActivityStreamsIconProperty()
		p.AppendActivityStreamsImage(vocabImage(l.Icon))
		t.SetActivityStreamsIcon(p)
	}
	if l.Image.URL != "" {
		p := propertyimage.NewActivityStreamsImageProperty()
		p.AppendActivityStreamsImage(vocabImage(l.Image))
		t.SetActivityStreamsImage(p)
	}
}

func vocabImage(p picture) vocab.ActivityStreamsImage {
	image := typed(&typeimage.ActivityStreamsImage{})
	address := propertyurl.NewActivityStreamsUrlProperty()
	address.AppendIRI(iri(p.URL))
	image.SetActivityStreamsUrl(address)
	if p.MediaType != "" {
		kind := propertymediatype.NewActivityStreamsMediaTypeProperty()
		kind.Set(p.MediaType)
		image.SetActivityStreamsMediaType(kind)
	}
	if p.Alt != "" {
		name := propertyname.NewActivityStreamsNameProperty()
		name.AppendXMLSchemaString(p.Alt)
		image.SetActivityStreamsName(name)
	}
	return image
}

func vocabKey(owner string, k publicKey) vocab.W3IDSecurityV1PublicKeyProperty {
	key := typepublickey.NewW3IDSecurityV1PublicKey()
	setID(key, k.ID)
	of := propertyowner.NewW3IDSecurityV1OwnerProperty()
	of.Set(iri(owner))
	key.SetW3IDSecurityV1Owner(of)
	pem := propertypublickeypem.NewW3IDSecurityV1PublicKeyPemProperty()
	pem.Set(k.PEM)
	key.SetW3IDSecurityV1PublicKeyPem(pem)
	p := propertypublickey.NewW3IDSecurityV1PublicKeyProperty()
	p.AppendW3IDSecurityV1PublicKey(key)
	return p
}

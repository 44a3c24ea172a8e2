package federation

import (
	propertyattributedto "github.com/go-fed/activity/streams/impl/activitystreams/property_attributedto"
	propertyfirst "github.com/go-fed/activity/streams/impl/activitystreams/property_first"
	propertylast "github.com/go-fed/activity/streams/impl/activitystreams/property_last"
	propertynext "github.com/go-fed/activity/streams/impl/activitystreams/property_next"
	propertypartof "github.com/go-fed/activity/streams/impl/activitystreams/property_partof"
	propertyprev "github.com/go-fed/activity/streams/impl/activitystreams/property_prev"
	propertytotalitems "github.com/go-fed/activity/streams/impl/activitystreams/property_totalitems"
	typecollection "github.com/go-fed/activity/streams/impl/activitystreams/type_collection"
	typecollectionpage "github.com/go-fed/activity/streams/impl/activitystreams/type_collectionpage"
	typeorderedcollection "github.com/go-fed/activity/streams/impl/activitystreams/type_orderedcollection"
	typeorderedcollectionpage "github.com/go-fed/activity/streams/impl/activitystreams/type_orderedcollectionpage"
	"github.com/go-fed/activity/streams/vocab"
)

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
		return vocabPage(typed(&typeorderedcollectionpage.ActivityStreamsOrderedCollectionPage{}), c)
	case c.Page:
		return vocabPage(typed(&typecollectionpage.ActivityStreamsCollectionPage{}), c)
	case c.Ordered:
		return vocabRoot(typed(&typeorderedcollection.ActivityStreamsOrderedCollection{}), c)
	}
	return vocabRoot(typed(&typecollection.ActivityStreamsCollection{}), c)
}

func vocabRoot(t vocabCollectionType, c collectionDoc) (document, error) {
	setID(t, c.ID)
	total := propertytotalitems.NewActivityStreamsTotalItemsProperty()
	total.Set(c.Total)
	t.SetActivityStreamsTotalItems(total)
	if c.AttributedTo != "" {
		p := propertyattributedto.NewActivityStreamsAttributedToProperty()
		p.AppendIRI(iri(c.AttributedTo))
		t.SetActivityStreamsAttributedTo(p)
	}
	if c.First != "" {
		p := propertyfirst.NewActivityStreamsFirstProperty()
		p.SetIRI(iri(c.First))
		t.SetActivityStreamsFirst(p)
	}
	if c.Last != "" {
		p := propertylast.NewActivityStreamsLastProperty()
		p.SetIRI(iri(c.Last))
		t.SetActivityStreamsLast(p)
	}
	return serialized(t)
}

func vocabPage(t vocabPageType, c collectionDoc) (document, error) {
	if c.PartOf != "" {
		p := propertypartof.NewActivityStreamsPartOfProperty()
		p.SetIRI(iri(c.PartOf))
		t.SetActivityStreamsPartOf(p)
	}
	if c.Next != "" {
		p := propertynext.NewActivityStreamsNextProperty()
		p.SetIRI(iri(c.Next))
		t.SetActivityStreamsNext(p)
	}
	if c.Prev != "" {
		p := propertyprev.NewActivityStreamsPrevProperty()
		p.SetIRI(iri(c.Prev))
		t.SetActivityStreamsPrev(p)
	}
	return vocabRoot(t, c)
}

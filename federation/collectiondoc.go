package federation

import "encoding/json"

// collectionDoc is a collection, or one page of one, to be served. Peers are particular about the shapes: followers must be an
// unordered Collection whose items are an empty list (Lemmy), moderators an OrderedCollection of ids, featured one of whole
// objects, and an outbox must have its newest items in the root (Lemmy reads no page).
type collectionDoc struct {
	ID      string
	Ordered bool
	Page    bool

	Total        int
	AttributedTo string // who owns it: the group, for contexts (FEP-7888)

	URIs      []string          // the items, as ids
	Items     []json.RawMessage // or as documents, written byte for byte; used when URIs is nil
	CountOnly bool              // no list at all, as in likes and shares; otherwise there is one, even if empty

	First, Last        string         // of a root
	FirstPage          *collectionDoc // instead of First and of items: Mastodon reads replies from the embedded page
	PartOf, Next, Prev string         // of a page
}

// encodeCollection writes c; its list of items is a list even of one.
func encodeCollection(c collectionDoc) ([]byte, error) {
	d, err := collectionDocument(c)
	if err != nil {
		return nil, err
	}
	return d.encode()
}

func collectionDocument(c collectionDoc) (document, error) {
	d, err := vocabCollection(c)
	if err != nil {
		return nil, err
	}
	if c.FirstPage != nil {
		first, err := collectionDocument(*c.FirstPage)
		if err != nil {
			return nil, err
		}
		d["first"] = first.nested()
		return d, nil
	}
	if c.CountOnly {
		return d, nil
	}
	key := "items"
	if c.Ordered {
		key = "orderedItems"
	}
	d[key] = c.Items
	if c.URIs != nil {
		d[key] = c.URIs
	}
	return d, nil
}

package federation

import "fmt"

// collectionView is the strict small view of a collection or of one page of one.
type collectionView struct {
	ID           string // "" for embedded pages without an id
	Type         string
	AttributedTo string // who owns it (contexts, FEP-7888)
	PartOf       string
	Total        int // as the peer says; may have nothing to do with Items
	Items        []ref
	First        ref // by id, or embedded (then decode First.Raw)
	Next         string
}

// decodeCollection reads raw as one of the four collection types; errors wrap ErrMalformed. items and orderedItems may each be a
// list, a single value or missing; items that are neither an id nor an object are left out. How many pages to follow, and whether
// they lie on the host of the collection, is for the caller.
func decodeCollection(raw []byte) (collectionView, error) {
	o, err := scanObject(raw)
	if err != nil {
		return collectionView{}, err
	}
	v := collectionView{
		ID: uriOf(o.get("id")), Type: typeOf(o.get("type")), AttributedTo: firstURI(o.get("attributedTo")),
		PartOf: firstURI(o.get("partOf")), Total: o.get("totalItems").count(),
		First: refOf(o.get("first")), Next: firstURI(o.get("next")),
	}
	switch v.Type {
	case "Collection", "OrderedCollection", "CollectionPage", "OrderedCollectionPage":
	default:
		return collectionView{}, fmt.Errorf("%w: %q is not a type of collection", ErrMalformed, cutRunes(v.Type, 40))
	}
	v.Items = append(refsOf(o.get("orderedItems")), refsOf(o.get("items"))...)
	return v, nil
}

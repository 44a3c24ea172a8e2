package federation

import (
	"sync"

	"folkmoot/store"
)

// sketchbook remembers what the last activity was, for whoever watches: one goes to very many hosts, one after the other, and is
// read once.
type sketchbook struct {
	mu               sync.Mutex
	uri, kind, about string
}

// of returns the type of an outgoing activity and the id of its object.
func (b *sketchbook) of(d store.Delivery) (kind, about string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.uri != d.URI {
		said := trimJSON(d.Body).object() // this server's own words, which need no scan
		b.uri, b.kind, b.about = d.URI, typeOf(said.get("type")), refOf(said.get("object")).ID
	}
	return b.kind, b.about
}

package federation

import (
	"maps"
	"strings"
	"sync"
)

// frames keeps what is the same in all that a group passes on: to build it takes ten times as long as to fill it in.
type frames struct {
	mu    sync.RWMutex
	known map[string]document // by actor and addresses: two for each group at most
}

func newFrames() *frames { return &frames{known: map[string]document{}} }

// announce builds an Announce without its object.
func (f *frames) announce(e envelope) (document, error) {
	key := strings.Join([]string{e.Actor, strings.Join(e.To, " "), strings.Join(e.Cc, " ")}, "\n")
	f.mu.RLock()
	known, ok := f.known[key]
	f.mu.RUnlock()
	if !ok {
		built, err := vocabAnnounce(e)
		if err != nil {
			return nil, err
		}
		known = built
		f.mu.Lock()
		f.known[key] = built
		f.mu.Unlock()
	}
	d := maps.Clone(known)
	d["id"] = e.ID
	delete(d, "published")
	if !e.Published.IsZero() {
		d["published"] = timestamp(e.Published)
	}
	return d, nil
}

package federation

import (
	"maps"
	"strings"
	"sync"
)

// frames keeps what is the same in all that a group passes on or answers: to build it takes ten times as long as to fill it in.
type frames struct {
	mu    sync.RWMutex
	known map[string]document // by verb, actor and addresses: six for each group at most
}

func newFrames() *frames { return &frames{known: map[string]document{}} }

// announce builds an Announce without its object.
func (f *frames) announce(e envelope) (document, error) { return f.of("announce", vocabAnnounce, e) }

// of builds an activity without its object. The addresses are those that are the same for many: the frames are kept.
func (f *frames) of(verb string, build func(envelope) (document, error), e envelope) (document, error) {
	key := strings.Join([]string{verb, e.Actor, strings.Join(e.To, " "), strings.Join(e.Cc, " ")}, "\n")
	f.mu.RLock()
	known, ok := f.known[key]
	f.mu.RUnlock()
	if !ok {
		built, err := build(e)
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

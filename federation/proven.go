package federation

import (
	"sync"
	"time"

	"folkmoot/store"
)

// proofs remembers what got its proof last: one activity goes to very many hosts. Proofs are made here and not where the activity is
// decided: that is the one place through which everything must pass, and a proof costs more than all else there.
type proofs struct {
	mu   sync.Mutex
	kept map[string]func() ([]byte, error) // by URI
}

// keptProofs is how many are remembered, in memory alone: they can be made again at any time, and are the same then.
const keptProofs = 64

// of returns what is remembered under a URI, or makes it, once for all who ask.
func (p *proofs) of(uri string, make func() ([]byte, error)) ([]byte, error) {
	p.mu.Lock()
	body, ok := p.kept[uri]
	if !ok {
		if p.kept == nil || len(p.kept) >= keptProofs {
			p.kept = map[string]func() ([]byte, error){}
		}
		body = sync.OnceValues(make)
		p.kept[uri] = body
	}
	p.mu.Unlock()
	return body()
}

// proven returns an activity as it is sent: with the proof of its group, of the time when it was said, if that is not zero.
func (s *Server) proven(uri string, body []byte, g store.Group, said time.Time) ([]byte, error) {
	if said.IsZero() {
		return body, nil
	}
	return s.proofs.of(uri, func() ([]byte, error) { return s.encoder.byGroup(body, g, said) })
}

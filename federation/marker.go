package federation

import (
	"context"
	"time"

	"folkmoot/store"
)

const (
	// maxUnnoted bounds the deliveries whose end is not durable yet. After a crash those are sent once more, with the same id.
	maxUnnoted = 512

	// Noting takes one part in ten of the time at most: each commit costs much, and each mark in it little.
	noteShare = 9
	noteRest  = 40 * time.Millisecond
)

// marker notes the ends of deliveries, in one commit what has come together since the one before: a courier goes on meanwhile.
type marker struct {
	*Server
	marks chan mark
}

type mark struct {
	store.Mark
	noted chan struct{} // closed once it is durable, and all before it
}

func newMarker(s *Server) *marker { return &marker{s, make(chan mark, maxUnnoted/2)} }

// note hands over a mark. It waits where too many are not durable yet.
func (m *marker) note(k store.Mark) (noted chan struct{}) {
	noted = make(chan struct{})
	m.marks <- mark{k, noted}
	return noted
}

func (m *marker) close() { close(m.marks) }

// mark writes what is noted until close. ctx ends only when what cannot be written is to be given up.
func (m *marker) mark(ctx context.Context) {
	rested := time.Now()
	for first := range m.marks {
		if rest := time.Until(rested); rest > 0 {
			time.Sleep(rest)
		}
		began := time.Now()
		batch := []mark{first}
		for more := true; more && len(batch) < maxUnnoted/2; {
			select {
			case k, ok := <-m.marks:
				if more = ok; ok {
					batch = append(batch, k)
				}
			default:
				more = false
			}
		}
		marks := make([]store.Mark, len(batch))
		for i, k := range batch {
			marks[i] = k.Mark
		}
		_ = m.noted(ctx, func() error { return m.store.Note(context.WithoutCancel(ctx), marks) }) // it fails only when all ends
		for _, k := range batch {
			close(k.noted)
		}
		rested = time.Now().Add(min(noteShare*time.Since(began), noteRest))
	}
}

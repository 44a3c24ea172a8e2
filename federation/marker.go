package federation

import (
	"context"
	"sync/atomic"
	"time"

	"folkmoot/store"
)

const (
	// maxUnnoted bounds the deliveries whose end is not durable yet. After a crash those are sent once more, with the same id.
	maxUnnoted  = 512
	notedAtOnce = maxUnnoted * 3 / 4

	// Noting takes one part in ten of the time at most: each commit costs much, and each mark in it little.
	noteShare = 9
	noteRest  = 40 * time.Millisecond

	// noteWait is how long the end of a delivery waits for others while nobody waits for it. Each commit writes whole pages, and the
	// marks of a post to thousands of hosts, which come in the order of their rows, share them.
	noteWait = time.Second
)

// marker notes the ends of deliveries, in one commit what has come together since the one before: a courier goes on meanwhile.
type marker struct {
	*Server
	marks   chan mark
	hurry   chan struct{} // of one place: somebody waits for what was handed over
	running atomic.Int64  // couriers that may hand over more
}

type mark struct {
	store.Mark
	noted chan struct{} // closed once it is durable, and all before it
}

func newMarker(s *Server) *marker {
	return &marker{Server: s, marks: make(chan mark, maxUnnoted-notedAtOnce), hurry: make(chan struct{}, 1)}
}

// note hands over a mark. It waits where too many are not durable yet.
func (m *marker) note(k store.Mark) (noted chan struct{}) {
	noted = make(chan struct{})
	m.marks <- mark{k, noted}
	return noted
}

// await waits until what note returned is durable, which is to be soon.
func (m *marker) await(noted <-chan struct{}) {
	signal(m.hurry)
	<-noted
}

func (m *marker) close() { close(m.marks) }

// mark writes what is noted until close, without waiting for more once ctx ends. What cannot be written is given up when sending ends.
func (m *marker) mark(ctx, sending context.Context) {
	wrote, rest := time.Time{}, time.Duration(0)
	for first := range m.marks {
		batch := m.gather(ctx, first, wrote, rest)
		began := time.Now()
		marks := make([]store.Mark, len(batch))
		for i, k := range batch {
			marks[i] = k.Mark
		}
		_ = m.noted(sending, func() error { return m.store.Note(context.WithoutCancel(sending), marks) }) // it fails only when all ends
		for _, k := range batch {
			close(k.noted)
		}
		wrote = time.Now()
		rest = min(noteShare*wrote.Sub(began), noteRest)
	}
}

// gather takes what else is to be noted with the first: for a while after the last commit, or for a short one if somebody waits.
func (m *marker) gather(ctx context.Context, first mark, wrote time.Time, rest time.Duration) []mark {
	batch := []mark{first}
	patience := time.NewTimer(time.Until(wrote.Add(noteWait)))
	defer patience.Stop()
	ending, hurry := ctx.Done(), m.hurry
	for len(batch) < notedAtOnce {
		select {
		case k, ok := <-m.marks:
			if !ok {
				return batch
			}
			batch = append(batch, k)
		case <-ending:
			ending = nil
			patience.Reset(time.Until(wrote.Add(rest)))
		case <-hurry:
			hurry = nil
			patience.Reset(time.Until(wrote.Add(rest)))
		case <-patience.C:
			if len(m.marks) == 0 {
				return batch
			}
			patience.Reset(0) // what is there already goes along
		}
	}
	if hurry == nil {
		signal(m.hurry) // what somebody waits for may be among those for which there was no room
	}
	return batch
}

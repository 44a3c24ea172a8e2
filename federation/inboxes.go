package federation

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"time"

	"folkmoot/store"
)

// lameFor is how long an inbox that fails while others on its host take everything is asked once for each activity only.
const lameFor = 24 * time.Hour

var errLame = errors.New("the inbox fails while others on its host do not")

// deliver sends one activity to those inboxes on a host that have not had it yet; a host has several where people share
// none. The outcome is that of the host: taken if any of them took it and none is to be tried again, so that one that is
// gone, or breaks, takes nothing from the others.
func (s *Server) deliver(ctx context.Context, h *store.Host, d store.Delivery) outcome {
	var failed, refused outcome
	var failing []string
	taken := false
	for _, inbox := range d.To {
		p := part{h.ID, d.URI, inbox}
		if s.parts.has(p) {
			taken = true
			continue
		}
		out := s.send(ctx, h, d, inbox)
		switch {
		case out.words == "":
			s.parts.add(p)
			s.lame.forget(inbox)
			taken = true
		case !out.again:
			s.parts.add(p)
			refused = out
		case ctx.Err() != nil || out.ofHost():
			return out
		default:
			failed, failing = out, append(failing, inbox)
		}
	}
	switch {
	case len(failing) > 0 && !(taken && s.areLame(h, failing)):
		return failed
	case taken:
		return outcome{}
	}
	return refused
}

// areLame says whether inboxes that fail are not to be waited for, because they have failed often while others on their
// host did not.
func (s *Server) areLame(h *store.Host, failing []string) bool {
	lame := true
	for _, inbox := range failing {
		if h.Failures+1 >= poisonedAfter {
			s.lame.put(inbox, errLame, lameFor)
		}
		lame = lame && s.lame.get(inbox) != nil
	}
	return lame
}

// ofHost says whether a failure is one of the whole host, so that its other inboxes need not be asked.
func (o outcome) ofHost() bool {
	return o.status == 0 || o.status == http.StatusTooManyRequests || o.after > 0
}

// part is one inbox that has had its part of a delivery that is not over yet.
type part struct {
	host       int64
	uri, inbox string
}

// partSet remembers parts in memory: after a restart the inbox gets the same activity again, and knows it by its id.
type partSet struct {
	mu   sync.Mutex
	have map[part]struct{}
}

func newPartSet() *partSet { return &partSet{have: map[part]struct{}{}} }

func (s *partSet) has(p part) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, ok := s.have[p]
	return ok
}

func (s *partSet) add(p part) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.have) >= maxRemembered {
		s.have = map[part]struct{}{}
	}
	s.have[p] = struct{}{}
}

// over forgets the parts of a delivery.
func (s *partSet) over(host int64, d store.Delivery) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, inbox := range d.To {
		delete(s.have, part{host, d.URI, inbox})
	}
}

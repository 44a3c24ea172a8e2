package federation

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"sync"
	"time"

	"folkmoot/store"
)

const (
	lameFor  = 24 * time.Hour   // an inbox that fails while others on its host take everything is asked once for each activity only
	maxAlone = 10 * time.Minute // for which such an inbox may have its whole host left alone
	mutes    = 2                // inboxes that give no answer, or ask to be left alone, are not two inboxes but their host
)

var errLame = errors.New("the inbox fails while others on its host do not")

// deliver sends one activity to those inboxes on a host that have not had it yet; a host has several where people share
// none. The outcome is that of the host: taken if any of them took it and none is to be tried again, so that one that is
// gone, or breaks, takes nothing from the others.
func (s *Server) deliver(ctx context.Context, h *store.Host, d store.Delivery) outcome {
	var r round
	order := s.lameLast(d.To, int(d.Seq)+h.Failures)
	for i, inbox := range order {
		p := part{h.ID, d.URI, inbox}
		if s.parts.has(p) {
			r.taken, r.had = true, inbox
			continue
		}
		out := s.send(ctx, h, d, inbox)
		if out.again && ctx.Err() != nil {
			return out
		}
		r.note(inbox, out)
		if !out.again {
			s.parts.add(p)
			r.had = inbox
		}
		if out.words == "" {
			s.lame.forget(inbox)
		}
		if r.mute == mutes && i+1 < len(order) {
			r.cut = slices.ContainsFunc(order[i+1:], func(inbox string) bool { return s.awaits(h, d, inbox) })
			break
		}
	}
	return s.sum(ctx, h, d, r)
}

// round is how it went at the inboxes of a host.
type round struct {
	failed, refused outcome
	failing         []string // inboxes that are to be asked again
	mute            int      // how many came one after the other where it may be the whole host that fails
	had             string   // an inbox that is not to be asked again
	taken, now      bool     // somebody has it, and took it just now
	cut             bool     // the host fails: others were not asked
}

func (r *round) note(inbox string, out outcome) {
	if r.mute++; !out.again || !out.ofHost() {
		r.mute = 0
	}
	switch {
	case out.words == "":
		r.taken, r.now = true, true
	case !out.again:
		r.refused = out
	default:
		out.after = max(out.after, r.failed.after)
		r.failed, r.failing = out, append(r.failing, inbox)
	}
}

// sum is the outcome of the host.
func (s *Server) sum(ctx context.Context, h *store.Host, d store.Delivery, r round) outcome {
	if r.now && !r.cut {
		r.failed.after = min(r.failed.after, maxAlone)
	}
	switch {
	case len(r.failing) > 0 && (r.cut || !r.taken || !s.areLame(ctx, h, d, r)):
		return r.failed
	case r.taken:
		return outcome{}
	}
	return r.refused
}

// lameLast is the order in which inboxes are asked: those that are lame come last, so that nobody waits for them. Each try begins with
// another one: two that hang do not hide those after them for ever.
func (s *Server) lameLast(inboxes []string, try int) []string {
	if len(inboxes) < 2 {
		return inboxes
	}
	var order, lame []string
	for i := range inboxes {
		inbox := inboxes[(i+try)%len(inboxes)]
		if s.lame.get(inbox) == nil {
			order = append(order, inbox)
		} else {
			lame = append(lame, inbox)
		}
	}
	return append(order, lame...)
}

// awaits says whether an inbox is to get an activity yet, and is not one that fails alone.
func (s *Server) awaits(h *store.Host, d store.Delivery, inbox string) bool {
	return s.lame.get(inbox) == nil && !s.parts.has(part{h.ID, d.URI, inbox})
}

// areLame says whether inboxes that fail are not to be waited for, because they have failed often while others on their host do not:
// one that had the activity already takes it, or refuses it, once more after them, and then they fail once more. Else an outage that begins
// or ends between two inboxes would take from one of them what it is to get.
func (s *Server) areLame(ctx context.Context, h *store.Host, d store.Delivery, r round) bool {
	if !slices.ContainsFunc(r.failing, func(inbox string) bool { return s.lame.get(inbox) == nil }) {
		return true
	}
	if h.Failures+1 < poisonedAfter || s.send(ctx, h, d, r.had).again {
		return false
	}
	for _, inbox := range r.failing {
		if !s.send(ctx, h, d, inbox).again {
			s.parts.add(part{h.ID, d.URI, inbox})
			s.lame.forget(inbox)
		} else if ctx.Err() == nil {
			s.lame.put(inbox, errLame, lameFor)
		}
	}
	return ctx.Err() == nil
}

// ofHost says whether a failure may be one of the whole host. Where another inbox fails like that too, the rest need not be asked.
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

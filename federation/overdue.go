package federation

import (
	"context"
	"time"

	"folkmoot/group"
)

const (
	overdueBatch = 100
	overdueLook  = time.Hour // the longest between two looks, should the clock be set
)

// overdueLoop sees to posts that have waited until their time: when the quiet hours are over, or when no moderator has come.
func (s *Server) overdueLoop(ctx context.Context) {
	for ctx.Err() == nil {
		wait := overdueLook
		next, err := s.settleOverdue(ctx)
		if err == nil {
			err = s.countVotes(ctx)
		}
		switch {
		case err != nil && ctx.Err() == nil:
			s.log.Error("held posts not seen to", "error", err)
			wait = storeTrouble
		case !next.IsZero():
			wait = min(max(next.Sub(s.now()), 0), overdueLook)
		}
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
		case <-s.store.HeldChanged():
		case <-timer.C:
		}
		timer.Stop()
	}
}

// settleOverdue asks the rules about each post whose time has come. It returns when the next one's does.
func (s *Server) settleOverdue(ctx context.Context) (next time.Time, err error) {
	for {
		over, next, err := s.store.OverdueHeld(ctx, overdueBatch)
		if err != nil || len(over) == 0 {
			return next, err
		}
		for _, h := range over {
			_, err := s.store.Apply(ctx, group.Request{
				Kind: group.Overdue, By: s.operator(), Groups: []string{h.Group}, Target: h.URI, Seen: h.Number, At: s.now(),
				Activity: s.ids.activity(string(group.Overdue), shortHash(h.Group, h.URI, s.now().String())),
			}, 0)
			if err != nil {
				return next, err
			}
		}
		if len(over) < overdueBatch {
			return next, nil
		}
	}
}

// countVotes asks the rules about votes for an owner that have had their time.
func (s *Server) countVotes(ctx context.Context) error {
	leaders, err := s.store.Leaders(ctx, s.now().Add(-group.VoteLasts))
	if err != nil {
		return err
	}
	for _, l := range leaders {
		_, err := s.store.Apply(ctx, group.Request{
			Kind: group.Tally, By: s.operator(), Groups: []string{l.Group}, Target: l.Candidate, At: s.now(),
			Activity: s.ids.activity(string(group.Tally), shortHash(l.Group, l.Candidate, s.now().String())),
		}, 0)
		if err != nil {
			return err
		}
	}
	return nil
}

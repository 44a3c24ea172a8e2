package federation

import (
	"context"

	"folkmoot/group"
)

// Storm begins or ends a storm in one group, or with no name on the whole server. Errors: store.ErrNotFound for the group.
func (s *Server) Storm(ctx context.Context, name string, on bool) (group.Decision, error) {
	kind, reason := group.Calm, group.ReasonCalm
	if on {
		kind, reason = group.Storm, group.ReasonStormNow
	}
	if name != "" {
		return s.operate(ctx, name, group.Request{Kind: kind})
	}
	return group.Decision{Verdict: group.Accepted, Reason: reason}, s.store.SetStorm(ctx, on, s.ids.application())
}

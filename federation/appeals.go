package federation

import (
	"context"

	"folkmoot/group"
)

// DecideAppeal decides about the appeal against the act numbered in a group's log, in the name of whoever runs the server.
func (s *Server) DecideAppeal(ctx context.Context, name string, act int64, overturn bool, words string) (group.Decision, error) {
	kind := group.Uphold
	if overturn {
		kind = group.Overturn
	}
	return s.operate(ctx, name, group.Request{Kind: kind, Seen: act, Text: cleanLine(words, maxRemark)})
}

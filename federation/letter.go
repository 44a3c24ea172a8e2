package federation

import (
	"context"
	"strings"

	"folkmoot/group"
)

// People answer what a group writes to them: on microblogs by a direct Note in reply, on forums by a ChatMessage to the group's agent.

// acquaint learns what a person's server runs before the group writes to that person, perhaps for the first time: forums take private
// messages in another form.
func (s *Server) acquaint(ctx context.Context, person string) error {
	name, _ := hostOf(person)
	h, err := s.store.Host(ctx, name)
	if err == nil {
		s.learn(ctx, h)
	}
	return ignoreMissing(err)
}

// acquaintMembers is acquaint for whoever joins a group, if that writes to new members. All others need not wait for the answer.
func (s *Server) acquaintMembers(ctx context.Context, uri, person string) error {
	ref, _ := s.ids.parse(uri)
	g, err := s.store.Group(ctx, ref.Name)
	if err != nil || !g.Settings.Writes() {
		return ignoreMissing(err)
	}
	return s.acquaint(ctx, person)
}

// isLetter says whether a post is a private answer to something this server wrote.
func (s *Server) isLetter(a activity, o objectView) bool {
	ref, ok := s.ids.parse(o.InReplyTo)
	return ok && ref.Kind == idActivity && ref.Verb == "note" && !o.IsVote && narrower(visibilityOf(a.To, a.Cc), visibilityOf(o.To, o.Cc), a, o) == group.Direct
}

// lookChat reads a private message from a forum.
func (s *Server) lookChat(ctx context.Context, a activity) (step, error) {
	o := trimJSON(a.Object.Raw).object()
	var named []string
	for _, to := range append(addressesOf(o.get("to")), a.To...) {
		if g := s.ids.agentOf(to); g != "" {
			named = append(named, g)
		}
	}
	switch {
	case len(named) == 0:
		return kept(), nil
	case uriOf(o.get("attributedTo")) != a.Actor || !sameHost(a.Object.ID, a.Actor):
		return settled(group.Refused, group.ReasonNotAuthor), nil
	}
	groups, err := s.localGroups(ctx, named[:1])
	if err != nil {
		return step{}, err
	}
	return s.letterTo(ctx, a, groups, s.clean.sanitizeHTML(o.get("content").text()))
}

// letterTo is what somebody writes to one group alone.
func (s *Server) letterTo(ctx context.Context, a activity, groups []string, content string) (step, error) {
	if len(groups) != 1 {
		return kept(), nil
	}
	by, err := s.person(ctx, a.Actor)
	if err != nil {
		return step{}, err
	}
	text := cutRunes(withoutGreeting(plainText(content)), maxRemark)
	return ask(group.Request{Kind: group.Answer, By: by, Groups: groups, Text: text, Letter: true}), nil
}

// withoutGreeting takes off the names that a message begins with, which say whom it goes to.
func withoutGreeting(s string) string {
	for s = strings.TrimSpace(s); strings.HasPrefix(s, "@"); {
		_, rest, _ := strings.Cut(s, " ")
		if line := strings.IndexByte(s, '\n'); line >= 0 && line < len(s)-len(rest)-1 {
			rest = s[line+1:]
		}
		s = strings.TrimSpace(rest)
	}
	return s
}

package federation

import (
	"context"
	"slices"
	"strings"

	"golang.org/x/net/html"

	"folkmoot/group"
	"folkmoot/store"
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

// isPrivate says whether a post is for people it names and nobody else.
func (s *Server) isPrivate(a activity, o objectView) bool {
	return !o.IsVote && narrower(visibilityOf(a.To, a.Cc), visibilityOf(o.To, o.Cc), a, o) == group.Direct
}

// privateMessage is what somebody writes to a group in private.
type privateMessage struct {
	id, inReplyTo  string
	html, language string
	answers        bool // it may answer a letter: on forums there is no telling
	others         []string
	mentions       []mention
}

// lookPrivate reads a private message from a microblog. Only what its author's server delivers itself counts: what others pass on could
// be old.
func (s *Server) lookPrivate(ctx context.Context, row store.Received, a activity, o objectView, groups []string) (step, error) {
	ref, ok := s.ids.parse(o.InReplyTo)
	m := privateMessage{
		id: o.ID, inReplyTo: o.InReplyTo, html: o.ContentHTML, language: o.Language, mentions: o.Mentions,
		answers: ok && ref.Kind == idActivity && ref.Verb == "note",
	}
	for _, uri := range addressees(a, o) {
		if uri != a.Actor && !slices.Contains(groups, uri) && s.ids.agentOf(uri) == "" {
			m.others = append(m.others, uri)
		}
	}
	return s.letterTo(ctx, row, a, groups, m)
}

// lookChat reads a private message from a forum.
func (s *Server) lookChat(ctx context.Context, row store.Received, a activity) (step, error) {
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
	return s.letterTo(ctx, row, a, groups, privateMessage{
		id: a.Object.ID, html: s.clean.sanitizeHTML(o.get("content").text()), answers: true,
		language: o.get("language").object().get("identifier").text(),
	})
}

// letterTo is what somebody writes to one group alone: a command, or an answer to what the group asks of whoever wants to join.
func (s *Server) letterTo(ctx context.Context, row store.Received, a activity, groups []string, m privateMessage) (step, error) {
	switch {
	case len(groups) != 1:
		return kept(), nil
	case row.Signed.IsZero():
		return settled(group.Refused, group.ReasonUnverified), nil
	}
	by, err := s.speaker(ctx, a.Actor)
	if err != nil {
		return step{}, err
	}
	c := commander{Server: s, message: m, by: by, now: row.At}
	if err := c.know(ctx, groups[0]); err != nil {
		return step{}, err
	}
	text := plainText(withoutQuotes(m.html))
	if code := signInCode(text); code != "" {
		r, err := c.signIn(ctx, code)
		return ask(r), err
	}
	command, ok := group.ParseCommand(text, m.language)
	if ok && command.Verb == group.VerbYes {
		if ok, err = c.mayErase(ctx); err != nil {
			return step{}, err
		}
	}
	asked := m.answers && c.member.State == group.Applied
	switch {
	case ok && (!asked || command.Bare):
		r, err := c.request(ctx, command)
		return ask(r), err
	case m.answers:
		r := c.ask("", m.language)
		r.Kind, r.Text, r.Private = group.Answer, cutRunes(withoutGreeting(plainText(m.html)), maxRemark), true
		return ask(r), nil
	}
	if len(m.others) > 0 {
		return ask(c.silent(m.language)), nil // talk among people
	}
	return ask(c.ask("", m.language)), nil
}

// speaker is whoever writes to a group. What is no person is not answered, so that two machines never talk in circles.
func (s *Server) speaker(ctx context.Context, uri string) (group.Person, error) {
	a, err := s.actor(ctx, uri, actorMaxAge)
	if err != nil {
		return group.Person{}, err
	}
	by := personOf(a)
	by.Bot = by.Bot || a.Type == "Group" || a.Type == "Organization"
	return by, nil
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

// withoutQuotes leaves out what a fragment of HTML quotes. A quotation that is not closed goes on to the end.
func withoutQuotes(fragment string) string {
	z := html.NewTokenizer(strings.NewReader(fragment))
	var out strings.Builder
	depth := 0
	for {
		kind := z.Next()
		if kind == html.ErrorToken {
			return out.String()
		}
		name, _ := z.TagName()
		quote := kind != html.TextToken && string(name) == "blockquote"
		switch {
		case quote && kind == html.StartTagToken:
			depth++
		case quote && kind == html.EndTagToken:
			depth = max(depth-1, 0)
			out.WriteString("<br>")
		case depth == 0:
			out.Write(z.Raw())
		}
	}
}

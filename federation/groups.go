package federation

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"folkmoot/group"
	"folkmoot/store"
)

// ErrName means that a group cannot have this name.
var ErrName = errors.New("a group's name has 3 to 30 small letters a to z, digits and underscores, and starts with a letter")

// ErrOwner means that the account of the owner could not be found; what it wraps says why.
var ErrOwner = errors.New("the owner's account could not be found")

// NewGroup is a group to be founded.
type NewGroup struct {
	Name        string
	Title       string // "" for the name
	Summary     string // Markdown
	SummaryHTML string // the same, sanitised
	Owner       string // @user@host or actor URI
}

// CreateGroup founds a group whose owner has an account anywhere on the fediverse. ErrName and store.ErrTaken are about
// the name, ErrOwner about the owner.
func (s *Server) CreateGroup(ctx context.Context, n NewGroup) (store.Group, error) {
	if !newGroupName(n.Name) {
		return store.Group{}, fmt.Errorf("%q: %w", n.Name, ErrName)
	}
	owner, err := s.Person(ctx, n.Owner)
	if err != nil {
		return store.Group{}, fmt.Errorf("%w: %w", ErrOwner, err)
	}
	keys, err := GenerateKeys()
	if err != nil {
		return store.Group{}, fmt.Errorf("make the group's keys: %w", err)
	}
	pem, err := keys.Marshal()
	if err != nil {
		return store.Group{}, fmt.Errorf("make the group's keys: %w", err)
	}
	g := store.Group{
		URI: s.ids.group(n.Name), Name: n.Name, Title: cleanLine(n.Title, maxName), Summary: n.Summary, SummaryHTML: n.SummaryHTML,
		Settings: group.Defaults(), Keys: pem,
	}
	if g.Title == "" {
		g.Title = n.Name
	}
	if err := s.store.CreateGroup(ctx, g, owner.URI); err != nil {
		return store.Group{}, err
	}
	return s.store.Group(ctx, n.Name)
}

// ErrCommunity means that an actor is no community elsewhere that a group could follow.
var ErrCommunity = errors.New("this is no group or community of another server")

// Subscribe has a group follow a community elsewhere, named by handle (@lounge@lemmy.example) or URI, or ends that. The
// community's threads come in once it accepts. Errors: store.ErrNotFound for the group, ErrCommunity, or why it was not found.
func (s *Server) Subscribe(ctx context.Context, name, community string, on bool) (group.Decision, error) {
	g, err := s.store.Group(ctx, name)
	if err != nil {
		return group.Decision{}, err
	}
	c, err := s.Person(ctx, strings.Replace(community, "!", "@", 1))
	if err != nil {
		return group.Decision{}, fmt.Errorf("%w: %w", ErrCommunity, err)
	}
	if c.Type != "Group" || s.ids.owns(c.URI) {
		return group.Decision{}, fmt.Errorf("%s: %w", community, ErrCommunity)
	}
	kind := group.Subscribe
	if !on {
		kind = group.Unsubscribe
	}
	outcomes, err := s.store.Apply(ctx, group.Request{
		Kind: kind, By: s.operator(), Groups: []string{g.URI}, Target: c.URI, At: s.now(),
		Activity: s.ids.activity(string(kind), shortHash(g.URI, c.URI, s.now().String())),
	}, 0)
	if err != nil {
		return group.Decision{}, err
	}
	return outcomes[0].Decision, nil
}

// operator is whoever runs the server, in whose name its own actor asks.
func (s *Server) operator() group.Person {
	return group.Person{URI: s.ids.application(), Operator: true}
}

// newGroupName is stricter than validGroupName: Mastodon finds no names of one or two characters by typing, and one name is taken.
func newGroupName(name string) bool {
	return validGroupName(name) && len(name) >= 3 && 'a' <= name[0] && name[0] <= 'z' && name != moderationName
}

// EditGroup saves a group's title, summary, pictures and settings and tells the followers' servers.
func (s *Server) EditGroup(ctx context.Context, g store.Group) error {
	g.Title, g.Updated = cleanLine(g.Title, maxName), s.now()
	g.Icon.Alt, g.Header.Alt = cleanLine(g.Icon.Alt, maxAlt), cleanLine(g.Header.Alt, maxAlt)
	keys, err := s.keys.Marshal()
	if err != nil {
		return err
	}
	told := store.Telling{Group: g, At: g.Updated, Request: group.Request{Kind: group.Describe, By: s.operator()}, ServerKeys: keys}
	var updates []store.Message
	for _, told.What = range []group.Telling{group.TellGroup, group.TellWrap} {
		messages, err := s.encoder.Encode(told)
		if err != nil {
			return fmt.Errorf("encode the update of %s: %w", g.Name, err)
		}
		updates = append(updates, messages...)
	}
	return s.store.EditGroup(ctx, g, updates)
}

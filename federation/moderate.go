package federation

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"folkmoot/group"
	"folkmoot/store"
)

// ErrAct means that an act of moderation is none, or lacks what it is about.
var ErrAct = errors.New("there is no such act of moderation")

// ErrHeld means that no held post has that number, or no longer.
var ErrHeld = errors.New("nothing waits under this number")

// Act is what whoever runs the server does for a group's moderators.
type Act struct {
	Kind        group.Kind // what a moderator does with a post, a thread or a person
	Target      string     // URI of the post, or handle or URI of the person
	To          string     // for Relocate: name of a group here, or URI of one elsewhere
	Reason      string
	Number      int64     // for Approve and Refuse: of the held version
	Until       time.Time // end of a ban or an invitation, zero for none
	WithPosts   bool
	WithReplies bool
	Private     bool // the public log does not give the reason
}

// Moderate does what a moderator would, in the name of this server. Errors: store.ErrNotFound for the group, ErrAct, ErrOwner where
// the person cannot be found.
func (s *Server) Moderate(ctx context.Context, name string, act Act) (group.Decision, error) {
	g, err := s.store.Group(ctx, name)
	if err != nil {
		return group.Decision{}, err
	}
	r := group.Request{
		Kind: act.Kind, By: s.operator(), Groups: []string{g.URI}, Text: cleanLine(act.Reason, maxRemark), Until: act.Until, At: s.now(),
		WithPosts: act.WithPosts, WithReplies: act.WithReplies, Private: act.Private,
	}
	switch act.Kind {
	case group.Ban, group.Unban, group.Appoint, group.Dismiss, group.Admit, group.TurnDown, group.Expel, group.Invite, group.Uninvite,
		group.Vouch, group.Doubt, group.Warn, group.Offer, group.Instate:
		person, err := s.Person(ctx, act.Target)
		if err != nil {
			return group.Decision{}, fmt.Errorf("%w: %w", ErrOwner, err)
		}
		r.Target = person.URI
		if err := s.acquaint(ctx, r.Target); err != nil {
			return group.Decision{}, err
		}
		if r.BansKept, err = s.keepsBans(ctx, r.Target); err != nil {
			return group.Decision{}, err
		}
	case group.Remove, group.Restore, group.Lock, group.Unlock, group.Pin, group.Unpin:
		if r.Target, err = s.postNamed(ctx, act.Target); err != nil {
			return group.Decision{}, err
		}
	case group.Approve, group.Refuse:
		held, err := s.store.HeldVersion(ctx, g.ID, act.Number)
		if err != nil {
			return group.Decision{}, fmt.Errorf("%w: %w", ErrHeld, err)
		}
		r.Target, r.Seen = held.URI, held.Number
	case group.Pause, group.Resume:
	case group.Succeed:
		if act.Target != "" {
			person, err := s.Person(ctx, act.Target)
			if err != nil {
				return group.Decision{}, fmt.Errorf("%w: %w", ErrOwner, err)
			}
			r.Target = person.URI
		}
	case group.Relocate:
		if r.Target, err = s.postNamed(ctx, act.Target); err != nil {
			return group.Decision{}, err
		}
		if r.To, err = s.groupNamed(ctx, act.To); err != nil {
			return group.Decision{}, err
		}
	default:
		return group.Decision{}, fmt.Errorf("%q: %w", act.Kind, ErrAct)
	}
	r.Activity = s.ids.activity(string(act.Kind), shortHash(g.URI, r.Target, r.At.String()))
	outcomes, err := s.store.Apply(ctx, r, 0)
	if err != nil {
		return group.Decision{}, err
	}
	for _, o := range outcomes {
		if o.Group == g.URI {
			return o.Decision, nil
		}
	}
	return group.Decision{}, fmt.Errorf("group %s: %w", name, store.ErrNotFound)
}

// Prepare finds out what a request about a person has to know of their server, for those who moderate from the pages.
func (s *Server) Prepare(ctx context.Context, r *group.Request) error {
	switch r.Kind {
	case group.Ban, group.Unban, group.Appoint, group.Dismiss, group.Admit, group.TurnDown, group.Expel, group.Invite, group.Uninvite,
		group.Vouch, group.Doubt, group.Warn, group.Offer:
	default:
		return nil
	}
	if err := s.acquaint(ctx, r.Target); err != nil {
		return err
	}
	var err error
	r.BansKept, err = s.keepsBans(ctx, r.Target)
	return err
}

// groupNamed is the URI of a group: of this server by its name, or of another as it is.
func (s *Server) groupNamed(ctx context.Context, name string) (string, error) {
	if validURI(name) && !s.ids.owns(name) {
		return name, nil
	}
	g, err := s.store.Group(ctx, name[strings.LastIndexByte(name, '/')+1:])
	return g.URI, err
}

// postNamed finds a post by its own URI or by its address on this server.
func (s *Server) postNamed(ctx context.Context, uri string) (string, error) {
	ref, ok := s.ids.parse(uri)
	if !ok || ref.Kind != idPost && ref.Kind != idComment {
		return uri, nil
	}
	p, err := s.store.Post(ctx, ref.Name, ref.N)
	return p.URI, err
}

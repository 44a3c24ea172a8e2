package federation

import (
	"context"
	"crypto/rand"
	"errors"
	"time"

	"folkmoot/group"
	"folkmoot/store"
)

// eraseWithin is how long the question whether everything is to be erased can be answered.
const eraseWithin = 24 * time.Hour

// ownData is about what the group keeps of whoever writes.
func (c *commander) ownData(ctx context.Context, r group.Request, v group.Command) (group.Request, error) {
	r.Private = true
	switch v.Verb {
	case group.VerbYes:
		r.Kind = group.Erase
		return r, nil
	case group.VerbErase:
		words := group.AskErase(v.Lang)
		e, err := c.store.Erasure(ctx, c.group.ID, c.by.URI)
		if err == nil {
			words = group.ErasedSoFar(v.Lang, e.Told, e.Confirmed) + "\n\n" + words
		}
		r.Said.Words = words
		return r, ignoreMissing(err)
	}
	secret := rand.Text() + rand.Text()
	err := c.store.IssueTicket(ctx, c.group.ID, c.by.URI, secret)
	if errors.Is(err, store.ErrTooSoon) {
		r.Said.Words = group.DataAt(v.Lang, 0, 0, 0, "")
		return r, nil
	}
	if err != nil {
		return r, err
	}
	k, err := c.store.Kept(ctx, c.group, c.by.URI)
	r.Said.Words = group.DataAt(v.Lang, len(k.Posts), len(k.Votes), len(k.Reports), c.origin+"/your-data/"+secret)
	return r, err
}

// mayErase says whether a "yes" answers the question whether everything is to be erased. On forums, where nothing says what a message
// answers, that is the last thing the group has written.
func (c *commander) mayErase(ctx context.Context) (bool, error) {
	if c.message.inReplyTo != "" {
		return c.letter != nil && c.letter.Next == group.Erase, nil
	}
	l, err := c.store.LastLetter(ctx, c.group.ID, c.by.URI, eraseWithin)
	return err == nil && l.Next == group.Erase, ignoreMissing(err)
}

// Erased is what came of erasing in one group.
type Erased struct {
	Group    string // its name
	Decision group.Decision
	News     store.Erasure // how far the news of it has come
}

// Erase erases what groups keep of a person, in the name of whoever runs the server: the group named, or with no name all of them.
// Errors: store.ErrNotFound for the group, or for a person who is not known here.
func (s *Server) Erase(ctx context.Context, name, person string) ([]Erased, error) {
	groups, err := s.groupsNamed(ctx, name)
	if err != nil {
		return nil, err
	}
	var out []Erased
	for _, g := range groups {
		k, err := s.store.Kept(ctx, g, person)
		if err != nil {
			return out, err
		}
		done := Erased{Group: g.Name, Decision: group.Decision{Verdict: group.Ignored, Reason: group.ReasonNothingToDo}}
		if k.Holds() {
			if done.Decision, err = s.operate(ctx, g.Name, group.Request{Kind: group.Erase, Target: person, Private: true}); err != nil {
				return out, err
			}
		}
		done.News, err = s.store.Erasure(ctx, g.ID, person)
		if errors.Is(err, store.ErrNotFound) && done.Decision.Reason == group.ReasonNothingToDo {
			continue // nothing was ever kept
		}
		if ignoreMissing(err) != nil {
			return out, err
		}
		out = append(out, done)
	}
	return out, nil
}

// Kept gathers what groups keep of a person: the group named, or with no name all that keep anything.
func (s *Server) Kept(ctx context.Context, name, person string) ([]store.Kept, error) {
	groups, err := s.groupsNamed(ctx, name)
	if err != nil {
		return nil, err
	}
	out := []store.Kept{}
	for _, g := range groups {
		k, err := s.store.Kept(ctx, g, person)
		if err != nil {
			return nil, err
		}
		if name != "" || k.Holds() || len(k.Log) > 0 {
			out = append(out, k)
		}
	}
	return out, nil
}

func (s *Server) groupsNamed(ctx context.Context, name string) ([]store.Group, error) {
	if name == "" {
		return s.store.Groups(ctx)
	}
	g, err := s.store.Group(ctx, name)
	return []store.Group{g}, err
}

package federation

import (
	"context"
	"errors"
	"fmt"

	"folkmoot/group"
	"folkmoot/store"
)

// ErrRule means that a text is no rule for posts; what is around it says why, for people.
var ErrRule = errors.New("that is no rule")

// ReadRule reads a rule as people write it.
func ReadRule(text string) (group.Rule, error) {
	r, err := group.ParseRule(text)
	if err == nil {
		_, err = group.CompileRules([]group.Rule{r}, store.HostName)
	}
	if err != nil {
		return r, fmt.Errorf("%w: %w", ErrRule, err)
	}
	return r, nil
}

// SetRule gives a group a rule for posts, or takes one away, in the name of whoever runs the server. Errors: ErrRule, store.ErrNotFound.
func (s *Server) SetRule(ctx context.Context, name, text string, drop bool) (group.Decision, error) {
	rule, err := ReadRule(text)
	if err != nil {
		return group.Decision{}, err
	}
	kind := group.AddRule
	if drop {
		kind = group.DropRule
	}
	return s.operate(ctx, name, group.Request{Kind: kind, Text: rule.String()})
}

// operate asks one group for something in the name of whoever runs the server.
func (s *Server) operate(ctx context.Context, name string, r group.Request) (group.Decision, error) {
	g, err := s.store.Group(ctx, name)
	if err != nil {
		return group.Decision{}, err
	}
	r.By, r.Groups, r.At = s.operator(), []string{g.URI}, s.now()
	r.Activity = s.ids.activity(string(r.Kind), shortHash(g.URI, r.Target, r.Text, r.At.String()))
	outcomes, err := s.store.Apply(ctx, r, 0)
	for _, o := range outcomes {
		if o.Group == g.URI {
			return o.Decision, err
		}
	}
	return group.Decision{}, errors.Join(err, fmt.Errorf("group %s: %w", name, store.ErrNotFound))
}

// Tried is a post that rules would have acted on.
type Tried struct {
	URI, Author, Title string
	Hits               []group.Hit
}

// TryRules tells which of a group's last posts rules would have acted on, and why: the group's own, or those given. It changes nothing.
// looked is how many posts there were to look at.
func (s *Server) TryRules(ctx context.Context, name string, texts []string, last int) (hits []Tried, looked int, err error) {
	g, err := s.store.Group(ctx, name)
	if err != nil {
		return nil, 0, err
	}
	if len(texts) == 0 {
		kept, err := s.store.Rules(ctx, g.ID)
		if err != nil {
			return nil, 0, err
		}
		for _, r := range kept {
			texts = append(texts, r.Text)
		}
	}
	var rules []group.Rule
	for _, text := range texts {
		r, err := ReadRule(text)
		if err != nil {
			return nil, 0, err
		}
		rules = append(rules, r)
	}
	set, err := group.CompileRules(rules, store.HostName)
	if err != nil {
		return nil, 0, fmt.Errorf("%w: %w", ErrRule, err)
	}
	posts, err := s.store.LastPosts(ctx, g.ID, last)
	if err != nil {
		return nil, 0, err
	}
	for _, p := range posts {
		if found := set.Check(s.writtenOf(p), store.HostName); len(found) > 0 {
			hits = append(hits, Tried{URI: p.Post.URI, Author: p.Author.URI, Title: titleOf(p.Post), Hits: found})
		}
	}
	return hits, len(posts), nil
}

// writtenOf is a kept post as rules look at it, with its author as old as at the time of writing.
func (s *Server) writtenOf(p store.Sample) group.Written {
	by := personOf(p.Author)
	w := group.Written{Post: p.Post, Since: by.Since, NoAvatar: by.NoAvatar, At: p.Post.Published}
	if o, err := decodeObject(p.Post.Raw, s.now(), s.clean); err == nil {
		w.Mentions = len(o.Mentions)
	}
	return w
}

func titleOf(p group.Post) string {
	if p.Title != "" {
		return p.Title
	}
	return cutWords(cleanLine(plainText(p.HTML), 200), 80)
}

package main

import (
	"context"
	"errors"
	"fmt"

	"folkmoot/federation"
	"folkmoot/store"
	"folkmoot/web"
)

// found founds a group for somebody who fills in the form on the pages.
func (a *app) found(ctx context.Context, g store.Group, owner string) (store.Group, error) {
	made, err := a.fed.CreateGroup(ctx, federation.NewGroup{Name: g.Name, Title: g.Title, Summary: g.Summary, SummaryHTML: g.SummaryHTML, Owner: owner})
	if errors.Is(err, federation.ErrName) {
		return made, fmt.Errorf("%w: %w", web.ErrName, err)
	}
	return made, err
}

// tryRule tells the pages which of a group's last posts a rule would have acted on.
func (a *app) tryRule(ctx context.Context, name, rule string, last int) ([]web.TriedPost, int, error) {
	tried, looked, err := a.fed.TryRules(ctx, name, []string{rule}, last)
	var out []web.TriedPost
	for _, t := range tried {
		p := web.TriedPost{Post: t.URI, Author: t.Author, Title: t.Title}
		for _, h := range t.Hits {
			p.Hits = append(p.Hits, h.String())
		}
		out = append(out, p)
	}
	return out, looked, err
}

package web

import (
	"context"
	"net/http"

	"folkmoot/store"
)

type homeData struct {
	Groups []listedGroup
}

type listedGroup struct {
	store.Group
	Handle string
	Counts store.GroupCounts
}

// home lists the groups.
func (s *Site) home(r *http.Request) (view, error) {
	groups, err := s.Store.Groups(r.Context())
	if err != nil {
		return view{}, err
	}
	var data homeData
	if data.Groups, err = s.listed(r.Context(), groups); err != nil {
		return view{}, err
	}
	return view{Page: "home", Title: s.Title, About: excerpt(string(s.summary)), Address: "/", Data: data}, nil
}

// listed are groups as lists show them.
func (s *Site) listed(ctx context.Context, groups []store.Group) (out []listedGroup, err error) {
	for _, g := range groups {
		counts, err := s.Store.Counts(ctx, g.ID)
		if err != nil {
			return nil, err
		}
		out = append(out, listedGroup{Group: g, Handle: s.handle(g.Name), Counts: counts})
	}
	return out, nil
}

func (s *Site) handle(name string) string { return "@" + name + "@" + s.Domain }

// Description is what the server is for.
func (s *Site) Description() any { return s.summary }

// ServerRules are the rules of the whole server.
func (s *Site) ServerRules() any { return s.rules }

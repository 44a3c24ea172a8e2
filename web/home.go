package web

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"folkmoot/store"
)

type homeData struct {
	Groups []listedGroup
	Orders []orderLink // to choose from, where there is a choice
	Found  bool        // groups may be founded by whoever reads, or by anyone who signs in
}

// The orders of the groups.
const (
	groupsByActivity = "active"
	groupsByName     = "name"
	groupsBySize     = "size"
)

type listedGroup struct {
	store.Group
	Handle string
	Counts store.GroupCounts
	Active time.Time // when the last post was filed, zero for never
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
	sort := r.URL.Query().Get("sort")
	if sort != groupsByName && sort != groupsBySize {
		sort = groupsByActivity
	}
	sortGroups(data.Groups, sort)
	if len(data.Groups) > 1 {
		for _, by := range []string{groupsByActivity, groupsByName, groupsBySize} {
			data.Orders = append(data.Orders, orderLink{Name: "reading.home.by." + by, To: "/?sort=" + by, Here: by == sort})
		}
		data.Orders[0].To = "/"
	}
	if data.Found, err = s.offersFounding(r); err != nil {
		return view{}, err
	}
	return view{Page: "home", Title: s.Title, About: excerpt(string(s.summary)), Address: "/", Data: data}, nil
}

// sortGroups puts groups into the order that is asked for; those that are alike in it stay in that of their names.
func sortGroups(groups []listedGroup, by string) {
	slices.SortStableFunc(groups, func(a, b listedGroup) int {
		switch by {
		case groupsByName:
			return strings.Compare(strings.ToLower(a.Title), strings.ToLower(b.Title))
		case groupsBySize:
			return b.Counts.Members - a.Counts.Members
		}
		return b.Active.Compare(a.Active)
	})
}

// offersFounding says whether the way to found a group is shown: to those who run the server, and to all where anyone may.
func (s *Site) offersFounding(r *http.Request) (bool, error) {
	who, err := s.account(r)
	if err != nil {
		return false, err
	}
	if who == nil {
		who = &account{} // whoever signs in
	}
	may, _, err := s.mayFound(r.Context(), who)
	return may, err
}

// listed are groups as lists show them.
func (s *Site) listed(ctx context.Context, groups []store.Group) (out []listedGroup, err error) {
	for _, g := range groups {
		counts, err := s.Store.Counts(ctx, g.ID)
		if err != nil {
			return nil, err
		}
		active, err := s.Store.LastPost(ctx, g.ID)
		if err != nil {
			return nil, err
		}
		out = append(out, listedGroup{Group: g, Handle: s.handle(g.Name), Counts: counts, Active: active})
	}
	return out, nil
}

func (s *Site) handle(name string) string { return "@" + name + "@" + s.Domain }

// Description is what the server is for.
func (s *Site) Description() any { return s.summary }

// ServerRules are the rules of the whole server.
func (s *Site) ServerRules() any { return s.rules }

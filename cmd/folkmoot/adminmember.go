package main

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"time"

	"folkmoot/group"
	"folkmoot/store"
)

// memberInfo is how somebody stands with a group.
type memberInfo struct {
	Person   string     `json:"person"`
	URI      string     `json:"uri"`
	State    string     `json:"state"`
	Role     string     `json:"role"`
	Follows  bool       `json:"follows"`
	Approved bool       `json:"approved"`
	Answer   string     `json:"answer,omitempty"`
	Since    time.Time  `json:"since"`
	Until    *time.Time `json:"until,omitempty"`
}

// offerInfo is something that a group offers somebody.
type offerInfo struct {
	Person  string    `json:"person"`
	URI     string    `json:"uri"`
	What    string    `json:"what"`
	Expires time.Time `json:"expires"`
}

// membersShown is how many people are listed at once.
const membersShown = 10_000

func (a *app) listMembers(r *http.Request) (any, error) {
	g, err := a.store.Group(r.Context(), r.PathValue("name"))
	if err != nil {
		return nil, err
	}
	state := group.Membership(r.URL.Query().Get("state"))
	known := []group.Membership{group.Joined, group.Reader, group.Applied, group.Left, group.Banned}
	if !slices.Contains(known, state) {
		return nil, &adminError{status: http.StatusBadRequest, Words: `state is "member", "reader", "pending", "left" or "banned".`}
	}
	members, err := a.store.Members(r.Context(), g.ID, state, 0, membersShown)
	if state == group.Applied {
		members, err = a.store.Pending(r.Context(), g.ID, membersShown)
	}
	if err != nil {
		return nil, err
	}
	out := []memberInfo{}
	for _, m := range members {
		out = append(out, memberInfoOf(m))
	}
	return out, nil
}

func memberInfoOf(m store.Membership) memberInfo {
	return memberInfo{
		Person: nameOf(m.Actor), URI: m.Actor.URI, State: string(m.State), Role: string(m.Role), Follows: m.Follows, Approved: m.Approved,
		Answer: m.Answer, Since: m.Since.UTC(), Until: moment(m.Until),
	}
}

// nameOf is the handle of an account, or its address while that is not known.
func nameOf(a store.Actor) string {
	if a.Handle != "" {
		return a.Handle
	}
	return a.URI
}

// handleOf names an account by its address, "" for none.
func (a *app) handleOf(ctx context.Context, uri string) (string, error) {
	if uri == "" {
		return "", nil
	}
	known, err := a.store.Actor(ctx, uri)
	if errors.Is(err, store.ErrNotFound) {
		return uri, nil
	}
	return nameOf(known), err
}

func (a *app) listOffers(r *http.Request) (any, error) {
	g, err := a.store.Group(r.Context(), r.PathValue("name"))
	if err != nil {
		return nil, err
	}
	offers, err := a.store.Offers(r.Context(), g.ID)
	if err != nil {
		return nil, err
	}
	out := []offerInfo{}
	for _, o := range offers {
		out = append(out, offerInfo{Person: nameOf(o.Person), URI: o.Person.URI, What: string(o.What), Expires: o.Expires.UTC()})
	}
	return out, nil
}

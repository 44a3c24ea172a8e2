package web

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"folkmoot/group"
	"folkmoot/store"
)

const runMembersShown = 50

type runMembersData struct {
	RunData
	State   group.Membership
	States  []group.Membership
	Words   string // looked for
	Members []store.Membership
	Offers  []store.OfferTo
	More    string // link to those after, "" for none
}

// runMembers lists whom a group knows, or finds some of them.
func (s *Site) runMembers(r *http.Request, a acting) (view, error) {
	asked := r.URL.Query()
	d := runMembersData{
		RunData: a.run(r, "members"), State: group.Membership(asked.Get("state")), Words: cutBytes(strings.TrimSpace(asked.Get("q")), longestQuery),
		States: []group.Membership{group.Joined, group.Reader, group.Banned, group.Left},
	}
	if !slices.Contains(d.States, d.State) {
		d.State = group.Joined
	}
	after, _ := strconv.ParseInt(asked.Get("after"), 10, 64) // 0 begins
	var err error
	d.Members, err = s.Store.FindMembers(r.Context(), a.Group.ID, d.State, d.Words, after, runMembersShown+1)
	if err != nil {
		return view{}, err
	}
	if len(d.Members) > runMembersShown {
		d.Members = d.Members[:runMembersShown]
		last := strconv.FormatInt(d.Members[runMembersShown-1].Actor.ID, 10)
		d.More = "/g/" + a.Group.Name + "/run/members?" + url.Values{"state": {string(d.State)}, "q": {d.Words}, "after": {last}}.Encode()
	}
	d.Offers, err = s.Store.Offers(r.Context(), a.Group.ID)
	return s.runView(r, "runmembers", d.RunData, d), err
}

type runPersonData struct {
	RunData
	Person   store.Actor
	Member   store.Membership // zero for whoever the group does not know
	Warnings []store.Warning
}

// Joined says whether the person belongs to the group.
func (d runPersonData) Joined() bool { return d.Member.State == group.Joined }

// Banned says whether the person is banned.
func (d runPersonData) Banned() bool { return d.Member.State == group.Banned }

// runPerson shows how somebody stands with the group, and what moderators can do about that.
func (s *Site) runPerson(r *http.Request, a acting) (view, error) {
	d := runPersonData{RunData: a.run(r, "members")}
	var err error
	who := r.URL.Query().Get("who")
	d.Person, err = s.somebody(r.Context(), who)
	if errors.Is(err, store.ErrNotFound) {
		v := s.message(r, http.StatusNotFound, "run.unknown", who)
		v.Data = notice{Words: s.languageOf(r).T("run.unknown.words", who), Link: "/g/" + a.Group.Name + "/run/members", To: s.languageOf(r).T("run.tab.members")}
		return v, nil
	}
	if err != nil {
		return view{}, err
	}
	d.Member, err = s.Store.Member(r.Context(), a.Group.ID, d.Person.URI)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return view{}, err
	}
	d.Warnings, err = s.Store.Warnings(r.Context(), a.Group.ID, d.Person.URI, waitingShown)
	return s.runView(r, "runperson", d.RunData, d), err
}

type runPostData struct {
	RunData
	Post    store.Post
	Visible bool
}

// runPost shows a post to moderators, whatever became of it, and what they can do about it.
func (s *Site) runPost(r *http.Request, a acting) (view, error) {
	n, err := number(r)
	if err != nil {
		return view{}, err
	}
	d := runPostData{RunData: a.run(r, "post")}
	if d.Post, err = s.Store.Post(r.Context(), a.Group.Name, n); err != nil {
		return view{}, err
	}
	d.Visible = d.Post.State == group.Visible
	return s.runView(r, "runpost", d.RunData, d), nil
}

package web

import (
	"errors"
	"net/http"

	"folkmoot/group"
	"folkmoot/store"
)

// ErrName means that a group cannot have a name.
var ErrName = errors.New("a group cannot have this name")

const (
	maxGroupTitle   = 100
	maxGroupSummary = 5000
)

type newGroupData struct {
	Domain string
	Form   *form
}

// mayFound says whether somebody may found a group.
func mayFound(who *account) bool { return who.Admin }

// newGroupPage asks what a new group is called.
func (s *Site) newGroupPage(r *http.Request, who *account) (view, error) {
	if !mayFound(who) || s.Found == nil {
		return s.message(r, http.StatusForbidden, "run.new.not-you"), nil
	}
	return s.newGroupForm(r, nil), nil
}

func (s *Site) newGroupForm(r *http.Request, f *form) view {
	return view{
		Page: "newgroup", Title: s.languageOf(r).T("run.new.title"), Unlisted: true, Status: f.Answer(), Data: newGroupData{Domain: s.Domain, Form: f},
	}
}

// foundGroup founds a group that belongs to whoever asks.
func (s *Site) foundGroup(r *http.Request, who *account) (view, error) {
	if !mayFound(who) || s.Found == nil {
		return s.message(r, http.StatusForbidden, "run.new.not-you"), nil
	}
	f, err := s.readForm(r)
	if err != nil {
		return view{}, err
	}
	c := s.languageOf(r)
	g := store.Group{Name: f.Line("name", 30), Title: f.Line("title", maxGroupTitle), Summary: f.Text("summary", maxGroupSummary)}
	g.Settings = group.Defaults()
	if g.SummaryHTML, err = Markdown(g.Summary); err != nil {
		return view{}, err
	}
	if !f.OK() {
		return s.newGroupForm(r, f), nil
	}
	made, err := s.Found(r.Context(), g, who.Actor.URI)
	switch {
	case errors.Is(err, ErrName):
		f.Fail("name", "run.new.name-wrong")
	case errors.Is(err, store.ErrTaken):
		f.Fail("name", "run.new.name-taken")
	case err != nil:
		return view{}, err
	}
	if !f.OK() {
		return s.newGroupForm(r, f), nil
	}
	return s.done(r, who, "/g/"+made.Name+"/run/settings", said{Words: c.T("run.new.done", made.Title, s.handle(made.Name))})
}

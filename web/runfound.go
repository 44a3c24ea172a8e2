package web

import (
	"context"
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
	Asks   bool // whoever runs the server decides
	Form   *form
}

// mayFound says whether somebody may found a group, or (asks) may ask for one.
func (s *Site) mayFound(ctx context.Context, who *account) (may, asks bool, err error) {
	if s.Found == nil {
		return false, false, nil
	}
	if who.Admin {
		return true, false, nil
	}
	choice, err := s.Store.Founding(ctx)
	return choice == store.FoundAnyone || choice == store.FoundApproval, choice == store.FoundApproval, err
}

// newGroupPage asks what a new group is called.
func (s *Site) newGroupPage(r *http.Request, who *account) (view, error) {
	may, asks, err := s.mayFound(r.Context(), who)
	if err != nil || !may {
		return s.message(r, http.StatusForbidden, "run.new.not-you"), err
	}
	return s.newGroupForm(r, asks, nil), nil
}

func (s *Site) newGroupForm(r *http.Request, asks bool, f *form) view {
	title := "run.new.title"
	if asks {
		title = "run.new.ask-title"
	}
	d := newGroupData{Domain: s.Domain, Asks: asks, Form: f}
	return view{Page: "newgroup", Title: s.languageOf(r).T(title), Unlisted: true, Status: f.Answer(), Data: d}
}

// foundGroup founds a group that belongs to whoever asks, or passes the wish on to whoever runs the server.
func (s *Site) foundGroup(r *http.Request, who *account) (view, error) {
	may, asks, err := s.mayFound(r.Context(), who)
	if err != nil || !may {
		return s.message(r, http.StatusForbidden, "run.new.not-you"), err
	}
	f, err := s.readForm(r)
	if err != nil {
		return view{}, err
	}
	g := store.Group{Name: f.Line("name", 30), Title: f.Line("title", maxGroupTitle), Summary: f.Text("summary", maxGroupSummary)}
	if g.Title == "" {
		f.Fail("title", "run.settings.no-title", maxGroupTitle)
	}
	if !f.OK() {
		return s.newGroupForm(r, asks, f), nil
	}
	if asks {
		return s.askForGroup(r, who, f, g)
	}
	if !who.Admin && !s.foundings.take(who.Actor.URI) {
		f.Fail("", "run.new.enough")
		return s.newGroupForm(r, asks, f), nil
	}
	made, err := s.found(r, g, who.Actor.URI)
	switch {
	case errors.Is(err, ErrName):
		f.Fail("name", "run.new.name-wrong")
	case errors.Is(err, store.ErrTaken):
		f.Fail("name", "run.new.name-taken")
	case err != nil:
		return view{}, err
	}
	if !f.OK() {
		return s.newGroupForm(r, asks, f), nil
	}
	return s.done(r, who, "/g/"+made.Name+"/run/settings", said{Words: s.languageOf(r).T("run.new.done", made.Title, s.handle(made.Name))})
}

// found founds a group with the settings that groups begin with.
func (s *Site) found(r *http.Request, g store.Group, owner string) (store.Group, error) {
	var err error
	g.Settings = group.Defaults()
	if g.SummaryHTML, err = Markdown(g.Summary); err != nil {
		return g, err
	}
	return s.Found(r.Context(), g, owner)
}

// isGroupName says whether a group may be called so. Names that are kept for something else are found out when it is founded.
func isGroupName(name string) bool {
	for i, r := range name {
		if letter := 'a' <= r && r <= 'z'; !letter && (i == 0 || r != '_' && (r < '0' || r > '9')) {
			return false
		}
	}
	return len(name) >= 3 && len(name) <= 30
}

// askForGroup keeps a wish for whoever runs the server.
func (s *Site) askForGroup(r *http.Request, who *account, f *form, g store.Group) (view, error) {
	_, err := s.Store.Group(r.Context(), g.Name)
	switch {
	case !isGroupName(g.Name):
		f.Fail("name", "run.new.name-wrong")
	case err == nil:
		f.Fail("name", "run.new.name-taken")
	case !errors.Is(err, store.ErrNotFound):
		return view{}, err
	}
	if !f.OK() {
		return s.newGroupForm(r, true, f), nil
	}
	err = s.Store.AskForGroup(r.Context(), who.Actor.ID, store.WantedGroup{Name: g.Name, Title: g.Title, Summary: g.Summary})
	if errors.Is(err, store.ErrWanted) {
		f.Fail("", "run.new.waits")
		return s.newGroupForm(r, true, f), nil
	}
	if err != nil {
		return view{}, err
	}
	return s.done(r, who, "/account", said{Words: s.languageOf(r).T("run.new.asked", g.Title)})
}

package web

import (
	"errors"
	"net/http"
	"strconv"

	"folkmoot/store"
)

type serverGroup struct {
	listedGroup
	store.Doing
}

type serverGroupsData struct {
	ServerData
	Groups    []serverGroup
	Founding  store.Founding
	Foundings []store.Founding
}

func foundings() []store.Founding {
	return []store.Founding{store.FoundAdmins, store.FoundApproval, store.FoundAnyone}
}

// serverGroups lists all groups with how they are doing.
func (s *Site) serverGroups(r *http.Request, _ *account) (view, error) {
	d := serverGroupsData{ServerData: serverData("groups"), Foundings: foundings()}
	groups, err := s.Store.Groups(r.Context())
	if err != nil {
		return view{}, err
	}
	listed, err := s.listed(r.Context(), groups)
	if err != nil {
		return view{}, err
	}
	doing, err := s.Store.Doings(r.Context())
	if err != nil {
		return view{}, err
	}
	for _, g := range listed {
		d.Groups = append(d.Groups, serverGroup{listedGroup: g, Doing: doing[g.ID]})
	}
	d.Founding, err = s.Store.Founding(r.Context())
	return s.serverView(r, "servergroups", "groups", d), err
}

// setFounding says who may found groups from now on.
func (s *Site) setFounding(r *http.Request, who *account) (view, error) {
	f, err := s.readForm(r)
	if err != nil {
		return view{}, err
	}
	for _, choice := range foundings() {
		if f.Value("founding") != string(choice) {
			continue
		}
		was, err := s.Store.Founding(r.Context())
		if err == nil {
			err = s.Store.SetFounding(r.Context(), choice, who.Actor.URI)
		}
		if err != nil {
			return view{}, err
		}
		n := said{Words: s.languageOf(r).T("server.founding.now", s.languageOf(r).T("server.founding."+string(choice)))}
		if was != choice {
			n.Undo = &undo{Action: "/server/founding", Fields: map[string]string{"founding": string(was)}}
		}
		return s.done(r, who, "/server/groups", n)
	}
	return view{}, errForm
}

// decideWanted founds a group that somebody asked for, or turns them down.
func (s *Site) decideWanted(r *http.Request, who *account) (view, error) {
	f, err := s.readForm(r)
	if err != nil {
		return view{}, err
	}
	c := s.languageOf(r)
	answer := f.Line("answer", maxReason)
	if !f.OK() {
		return s.done(r, who, "/server", said{Words: f.Wrong("answer")})
	}
	w, err := s.Store.WantedGroup(r.Context(), f.number("wanted"))
	if errors.Is(err, store.ErrNotFound) {
		return s.done(r, who, "/server", said{Words: c.T("server.wanted.over")})
	}
	if err != nil {
		return view{}, err
	}
	switch f.Value("do") {
	case "refuse":
		err := s.Store.DecideWanted(r.Context(), w.ID, false, answer, who.Actor.URI)
		if err != nil {
			return view{}, err
		}
		return s.done(r, who, "/server", said{Words: c.T("server.wanted.refused", personName(w.Person), w.Title)})
	case "found":
		return s.foundWanted(r, who, f, w)
	}
	return view{}, errForm
}

// foundWanted founds a group that somebody asked for. That cannot be taken back: other servers will know its name.
func (s *Site) foundWanted(r *http.Request, who *account, f *form, w store.WantedGroup) (view, error) {
	c := s.languageOf(r)
	if s.Found == nil {
		return view{}, store.ErrNotFound
	}
	if !meant(f) {
		return s.confirm(r, confirmation{
			ServerData: ServerData{Tab: "overview"}, Title: c.T("server.wanted.sure", w.Title), Action: "/server/wanted", Back: "/server",
			Lines:  []string{c.T("server.wanted.follows", s.handle(w.Name), personName(w.Person))},
			Fields: map[string]string{"wanted": strconv.FormatInt(w.ID, 10), "do": "found", "answer": f.Value("answer")}, Button: c.T("server.wanted.found"),
		}), nil
	}
	g := store.Group{Name: w.Name, Title: w.Title, Summary: w.Summary}
	made, err := s.found(r, g, w.Person.URI)
	switch {
	case errors.Is(err, ErrName):
		return s.done(r, who, "/server", said{Words: c.T("server.wanted.name-wrong", w.Name)})
	case errors.Is(err, store.ErrTaken):
		return s.done(r, who, "/server", said{Words: c.T("server.wanted.name-taken", w.Name)})
	case err != nil:
		return view{}, err
	}
	if err := s.Store.DecideWanted(r.Context(), w.ID, true, f.Line("answer", maxReason), who.Actor.URI); err != nil && !errors.Is(err, store.ErrNotFound) {
		return view{}, err
	}
	return s.done(r, who, "/server/groups", said{Words: c.T("server.wanted.done", made.Title, s.handle(made.Name), personName(w.Person))})
}

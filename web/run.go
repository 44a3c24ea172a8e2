package web

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"folkmoot/group"
	"folkmoot/store"
)

// runRoutes are the pages of those who run a group.
func (s *Site) runRoutes(mux *http.ServeMux) {
	const at = "/g/{name}/run"
	mux.HandleFunc("GET "+at, s.moderates(s.waitingPage))
	mux.HandleFunc("POST "+at+"/act", s.moderates(s.runAct))
	mux.HandleFunc("GET "+at+"/members", s.moderates(s.runMembers))
	mux.HandleFunc("GET "+at+"/person", s.moderates(s.runPerson))
	mux.HandleFunc("GET "+at+"/post/{number}", s.moderates(s.runPost))
	mux.HandleFunc("GET "+at+"/rules", s.moderates(s.rulesPage))
	mux.HandleFunc("POST "+at+"/rules", s.moderates(s.makeRule))
	mux.HandleFunc("GET "+at+"/settings", s.owns(s.settingsPage))
	mux.HandleFunc("POST "+at+"/settings", s.owns(s.changeSettings))
	mux.HandleFunc("POST "+at+"/pictures", s.patient(s.owns(s.changePictures)))
	mux.HandleFunc("GET "+at+"/log", s.moderates(s.runLog))
	mux.HandleFunc("GET "+at+"/owners", s.owns(s.ownersPage))
	mux.HandleFunc("GET /g/{name}/log", s.page(s.publicLog))
	mux.HandleFunc("GET /g/{name}/appeal", s.inGroup(s.appealPage))
	mux.HandleFunc("POST /g/{name}/appeal", s.inGroup(s.sendAppeal))
	mux.HandleFunc("GET /new-group", s.signedIn(s.newGroupPage))
	mux.HandleFunc("POST /new-group", s.signedIn(s.foundGroup))
}

// RunData is what every page of those who run a group shows.
type RunData struct {
	Group store.Group
	Tab   string // which of the pages it is
	Here  string // where acts lead back to
	Owner bool   // who looks owns the group
}

func (a acting) run(r *http.Request, tab string) RunData {
	return RunData{Group: a.Group, Tab: tab, Here: localPath(r.URL.RequestURI()), Owner: a.Owns()}
}

// runView is a page of those who run a group.
func (s *Site) runView(r *http.Request, page string, d RunData, data any) view {
	return view{Page: page, Title: s.languageOf(r).T("run.tab."+d.Tab) + " · " + d.Group.Title, Unlisted: true, Data: data}
}

const waitingShown = 50

type waitingData struct {
	RunData
	Pending []store.Membership
	Held    []store.HeldPost
	Reports []reported
	Appeals []store.Appeal
}

// reported is a report with what it is about, where that is known. Who sent it is nobody's business here.
type reported struct {
	store.Report
	Post   *store.Post
	Person *store.Actor
}

// Blamed is the person whom a report is about.
func (r reported) Blamed() *store.Actor {
	if r.Post != nil {
		return &r.Post.Author
	}
	return r.Person
}

// waitingPage shows what moderators are asked to decide about.
func (s *Site) waitingPage(r *http.Request, a acting) (view, error) {
	d := waitingData{RunData: a.run(r, "waiting")}
	var err error
	if d.Pending, err = s.Store.Pending(r.Context(), a.Group.ID, waitingShown); err != nil {
		return view{}, err
	}
	if d.Held, err = s.Store.Held(r.Context(), a.Group.ID, waitingShown); err != nil {
		return view{}, err
	}
	if d.Reports, err = s.reports(r.Context(), a.Group); err != nil {
		return view{}, err
	}
	appeals, err := s.Store.Appeals(r.Context(), a.Group.ID, logShown)
	for _, p := range appeals {
		if p.Decided.IsZero() {
			d.Appeals = append(d.Appeals, p)
		}
	}
	return s.runView(r, "waiting", d.RunData, d), err
}

// reports are the open reports that a group's moderators decide about. Those about whoever runs the group are for the admin alone.
func (s *Site) reports(ctx context.Context, g store.Group) ([]reported, error) {
	open, err := s.Store.Reports(ctx, store.ReportQuery{GroupID: g.ID, Limit: waitingShown})
	var out []reported
	for _, p := range open {
		if err == nil && !p.ForAdmin {
			n := reported{Report: p}
			err = s.lookUp(ctx, g, &n)
			out = append(out, n)
		}
	}
	return out, err
}

func (s *Site) lookUp(ctx context.Context, g store.Group, n *reported) error {
	p, err := s.Store.PostByURI(ctx, g.Name, n.About)
	if err == nil {
		n.Post = &p
		return nil
	}
	if !errors.Is(err, store.ErrNotFound) {
		return err
	}
	person, err := s.Store.Actor(ctx, n.About)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	n.Person = &person
	return err
}

// somebody finds a person by handle or address: one whom the store knows, else as their own server shows them.
func (s *Site) somebody(ctx context.Context, who string) (store.Actor, error) {
	if strings.Contains(who, "://") {
		return s.Store.Actor(ctx, who)
	}
	who = "@" + strings.TrimPrefix(strings.ToLower(strings.TrimSpace(who)), "@")
	known, err := s.Store.ActorByHandle(ctx, who)
	if !errors.Is(err, store.ErrNotFound) || s.Person == nil || strings.Count(who, "@") != 2 {
		return known, err
	}
	found, err := s.Person(ctx, who)
	if err != nil {
		s.Log.InfoContext(ctx, "account not found", "account", who, "error", err)
		return store.Actor{}, store.ErrNotFound
	}
	return found, nil
}

// managePlace is where moderators of a group decide about a person.
func managePlace(name string, who store.Actor) string {
	return "/g/" + url.PathEscape(name) + "/run/person?who=" + url.QueryEscape(who.URI)
}

// isAct says whether moderators do it by a button.
func isAct(k group.Kind) bool {
	switch k {
	case group.Admit, group.TurnDown, group.Approve, group.Refuse, group.Resolve, group.Discard, group.Remove, group.Restore, group.Lock,
		group.Unlock, group.Pin, group.Unpin, group.Ban, group.Unban, group.Warn, group.Expel, group.Appoint, group.Dismiss, group.Invite,
		group.Uninvite, group.Vouch, group.Doubt, group.Pause, group.Resume, group.Storm, group.Calm, group.Uphold, group.Overturn,
		group.AddRule, group.DropRule, group.Offer, group.Succeed:
		return true
	}
	return false
}

package web

import (
	"errors"
	"net/http"
	"strconv"

	"folkmoot/group"
	"folkmoot/store"
)

const logShown = 50

type logData struct {
	RunData
	Acts  []store.Act
	Older string // link to the next page, "" on the last
}

func (s *Site) readLog(r *http.Request, d *logData, public bool, address string) error {
	var err error
	d.Acts, err = s.Store.ModLog(r.Context(), d.Group.ID, public, beforeAsked(r), logShown+1)
	if len(d.Acts) > logShown {
		d.Acts = d.Acts[:logShown]
		d.Older = address + "?before=" + strconv.FormatInt(d.Acts[logShown-1].ID, 10)
	}
	return err
}

// runLog shows those who run a group all that was done to keep order.
func (s *Site) runLog(r *http.Request, a acting) (view, error) {
	d := logData{RunData: a.run(r, "log")}
	err := s.readLog(r, &d, false, "/g/"+a.Group.Name+"/run/log")
	return s.runView(r, "runlog", d.RunData, d), err
}

// publicLog shows everybody what was done and why, but not by whom, and no reason that is private.
func (s *Site) publicLog(r *http.Request) (view, error) {
	g, err := s.Store.Group(r.Context(), r.PathValue("name"))
	if err != nil {
		return view{}, err
	}
	d := logData{RunData: RunData{Group: g, Tab: "log"}}
	err = s.readLog(r, &d, true, "/g/"+g.Name+"/log")
	return s.runView(r, "grouplog", d.RunData, d), err
}

// doneWords says what was done, by the kind of act.
func (c *catalogue) doneWords(k group.Kind) string {
	key := "run.log." + string(k)
	if words := c.T(key); words != key {
		return words
	}
	return c.T("run.log.other")
}

type appealData struct {
	Group store.Group
	Form  *form
}

// appealPage lets somebody object to what a moderator did last to them or a post of theirs.
func (s *Site) appealPage(r *http.Request, a acting) (view, error) {
	act, err := s.Store.LastAct(r.Context(), a.Group.ID, a.Actor.URI)
	if err == nil && act == 0 {
		return s.message(r, http.StatusNotFound, "run.appeal.nothing"), nil
	}
	return s.appealForm(r, a, nil), err
}

func (s *Site) appealForm(r *http.Request, a acting, f *form) view {
	return view{
		Page: "appeal", Title: s.languageOf(r).T("run.appeal.title"), Unlisted: true, Status: f.Answer(), Data: appealData{Group: a.Group, Form: f},
	}
}

// sendAppeal files the objection. Once is all there can be; the rules see to it.
func (s *Site) sendAppeal(r *http.Request, a acting) (view, error) {
	f, err := s.readForm(r)
	if err != nil {
		return view{}, err
	}
	words := f.Text("words", maxRemark)
	if words == "" {
		f.Fail("words", "run.appeal.empty")
	}
	if !f.OK() {
		return s.appealForm(r, a, f), nil
	}
	act, err := s.Store.LastAct(r.Context(), a.Group.ID, a.Actor.URI)
	if err != nil {
		return view{}, err
	}
	d, err := s.apply(r, a, group.Request{Kind: group.Appeal, Seen: act, Text: words, Private: true})
	if err != nil {
		return view{}, err
	}
	return s.done(r, a.account, "/g/"+a.Group.Name, said{Words: s.outcome(r, d)})
}

type ownersData struct {
	RunData
	Successor *store.Actor
	Offers    []store.OfferTo
}

// ownersPage is where a group is handed over.
func (s *Site) ownersPage(r *http.Request, a acting) (view, error) {
	d := ownersData{RunData: a.run(r, "owners")}
	offers, err := s.Store.Offers(r.Context(), a.Group.ID)
	for _, o := range offers {
		if o.What == group.Ownership {
			d.Offers = append(d.Offers, o)
		}
	}
	if err == nil && a.Group.Successor != "" {
		heir, known := s.Store.Actor(r.Context(), a.Group.Successor)
		if errors.Is(known, store.ErrNotFound) {
			heir, known = store.Actor{URI: a.Group.Successor}, nil
		}
		d.Successor, err = &heir, known
	}
	return s.runView(r, "runowners", d.RunData, d), err
}

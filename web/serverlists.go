package web

import (
	"errors"
	"net/http"
	"net/url"

	"folkmoot/group"
	"folkmoot/store"
)

// What a list that is followed may change without asking, as on the command line.
const (
	listHours     = 24
	listEntries   = 200
	listFollowers = 20
)

// changeLists follows a list of blocks elsewhere, looks at it again, or no longer follows it.
func (s *Site) changeLists(r *http.Request, who *account) (view, error) {
	f, err := s.readForm(r)
	if err != nil {
		return view{}, err
	}
	if s.Running.TryList == nil || s.Running.Refresh == nil {
		return view{}, store.ErrNotFound
	}
	list := f.Line("url", 500)
	if u, err := url.Parse(list); err != nil || u.Scheme != "https" || u.Host == "" {
		f.Fail("url", "server.lists.no-url")
	}
	if !f.OK() {
		return s.blocksForm(r, f)
	}
	known, err := s.Store.BlockList(r.Context(), list)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return view{}, err
	}
	follows := err == nil
	switch do := f.Value("do"); {
	case do == "follow" && !follows:
		return s.takeOver(r, who, f, store.BlockList{URL: list, Hours: listHours, Entries: listEntries, Followers: listFollowers, Due: s.now()})
	case do == "follow", do == "refresh" && follows:
		return s.takeOver(r, who, f, known)
	case do == "unfollow" && follows:
		return s.unfollow(r, who, f, list)
	case do == "refresh", do == "unfollow":
		return view{}, store.ErrNotFound
	}
	return view{}, errForm
}

// takeOver shows what a list would change, and then follows it and takes it over.
func (s *Site) takeOver(r *http.Request, who *account, f *form, l store.BlockList) (view, error) {
	c := s.languageOf(r)
	if !meant(f) {
		effect, err := s.Running.TryList(r.Context(), l.URL)
		if err != nil {
			return s.listFailed(r, f, err)
		}
		return s.confirm(r, confirmation{
			ServerData: ServerData{Tab: "blocks"}, Title: c.T("server.lists.sure", l.URL),
			Lines:  append(c.effectLines(effect), c.T("server.lists.follows", l.Hours, l.Entries, l.Followers)),
			Action: "/server/lists", Fields: map[string]string{"do": f.Value("do"), "url": l.URL}, Button: c.T("server.lists.take"), Back: "/server/blocks",
		}), nil
	}
	if err := s.Store.SaveBlockList(r.Context(), l); err != nil {
		return view{}, err
	}
	effect, err := s.Running.Refresh(r.Context(), l.URL)
	if err != nil {
		if !l.Fetched.IsZero() {
			return s.listFailed(r, f, err)
		}
		_, dropped := s.Store.DropBlockList(r.Context(), l.URL)
		return s.listFailed(r, f, errors.Join(err, dropped))
	}
	words := c.T("server.lists.taken", len(effect.Added), len(effect.Changed), len(effect.Lifted))
	return s.notes(r, who, store.ServerAct{Kind: "take-list", Target: l.URL}, "/server/blocks", said{Words: words})
}

// listFailed shows the form again where a list cannot be used.
func (s *Site) listFailed(r *http.Request, f *form, err error) (view, error) {
	fault := group.Fault{}
	switch {
	case errors.Is(err, ErrBarred):
		f.Fail("url", "server.lists.barred")
	case errors.As(err, &fault):
		f.Fail("url", "server.lists.failed", f.words.fault(fault))
	case errors.Is(err, ErrList):
		s.Log.InfoContext(r.Context(), "list of blocks not read", "error", err)
		f.Fail("url", "server.lists.unread")
	default:
		return view{}, err
	}
	return s.blocksForm(r, f)
}

// unfollow no longer follows a list; what came from it alone is lifted.
func (s *Site) unfollow(r *http.Request, who *account, f *form, list string) (view, error) {
	c := s.languageOf(r)
	if !meant(f) {
		entries, err := s.Store.Blocks(r.Context(), 0)
		return s.confirm(r, confirmation{
			ServerData: ServerData{Tab: "blocks"}, Title: c.T("server.lists.end-sure", list), Lines: []string{c.T("server.lists.end-follows", from(entries, list))},
			Action: "/server/lists", Fields: map[string]string{"do": "unfollow", "url": list}, Button: c.T("server.lists.end"), Back: "/server/blocks",
		}), err
	}
	effect, err := s.Store.DropBlockList(r.Context(), list)
	if err != nil {
		return view{}, err
	}
	act := store.ServerAct{Kind: "drop-list", Target: list}
	return s.notes(r, who, act, "/server/blocks", said{Words: c.T("server.lists.ended", len(effect.Lifted))})
}

// from counts the entries that came from a list.
func from(entries []group.Barrier, list string) (n int) {
	for _, b := range entries {
		if b.Source == list {
			n++
		}
	}
	return n
}

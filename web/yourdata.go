package web

import (
	"encoding/json"
	"errors"
	"net/http"

	"folkmoot/store"
)

// What a group keeps about somebody is read once, by a link that the group sent to that person in private. To look at the link takes
// nothing: servers look at links by themselves to preview them.

type yourDataData struct {
	Group  store.Group
	Action string // where the button leads
}

// yourData shows the button.
func (s *Site) yourData(r *http.Request) (view, error) {
	_, name, err := s.Store.Ticket(r.Context(), r.PathValue("secret"), false)
	if errors.Is(err, store.ErrNotFound) {
		return s.message(r, http.StatusNotFound, "account.data-over"), nil
	}
	if err != nil {
		return view{}, err
	}
	g, err := s.Store.Group(r.Context(), name)
	return view{Page: "yourdata", Title: s.languageOf(r).T("account.data.title"), Unlisted: true, Data: yourDataData{Group: g, Action: r.URL.Path}}, err
}

// takeYourData gives the data out, once.
func (s *Site) takeYourData(w http.ResponseWriter, r *http.Request) {
	k, err := s.keptBy(r)
	var body []byte
	if err == nil {
		body, err = json.MarshalIndent(k, "", "  ")
	}
	if err != nil {
		s.page(func(r *http.Request) (view, error) {
			if errors.Is(err, store.ErrNotFound) {
				return s.message(r, http.StatusNotFound, "account.data-over"), nil
			}
			return view{}, err
		})(w, r)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "application/json; charset=utf-8")
	h.Set("Content-Disposition", `attachment; filename="my-data.json"`)
	_, _ = w.Write(body) // a reader that hung up has used the link up
}

func (s *Site) keptBy(r *http.Request) (store.Kept, error) {
	person, name, err := s.Store.Ticket(r.Context(), r.PathValue("secret"), true)
	if err != nil {
		return store.Kept{}, err
	}
	g, err := s.Store.Group(r.Context(), name)
	if err != nil {
		return store.Kept{}, err
	}
	return s.Store.Kept(r.Context(), g, person)
}

// unseen keeps what is one person's out of search engines, of caches and of what other sites are told.
func unseen(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("X-Robots-Tag", "noindex, nofollow")
		h.Set("Referrer-Policy", "no-referrer")
		next(private{w}, r)
	}
}

// private is an answer that nobody keeps.
type private struct{ http.ResponseWriter }

func (p private) WriteHeader(status int) {
	p.Header().Set("Cache-Control", "no-store")
	p.ResponseWriter.WriteHeader(status)
}

func (p private) Write(b []byte) (int, error) {
	p.Header().Set("Cache-Control", "no-store")
	return p.ResponseWriter.Write(b)
}

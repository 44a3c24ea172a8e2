package web

import (
	"context"
	"errors"
	"net"
	"net/http"
	"time"

	"folkmoot/group"
	"folkmoot/store"
)

// doorRoutes is where people come in and go out.
func (s *Site) doorRoutes(mux *http.ServeMux) {
	mux.HandleFunc("GET /sign-in", unseen(s.page(s.signInPage)))
	mux.HandleFunc("POST /sign-in", unseen(s.beginSignIn))
	mux.HandleFunc("GET /sign-in/from/{host}", unseen(s.finishSignIn))
	mux.HandleFunc("GET /sign-in/code", unseen(s.page(s.codePage)))
	mux.HandleFunc("POST /sign-in/code", unseen(s.beginCode))
	mux.HandleFunc("POST /sign-in/code/use", unseen(s.useCode))
	mux.HandleFunc("GET /sign-in/link/{secret}", unseen(s.page(s.linkPage)))
	mux.HandleFunc("POST /sign-in/link/{secret}", unseen(s.useLink))
	mux.HandleFunc("GET /account", s.signedIn(s.accountPage))
	mux.HandleFunc("POST /account/sessions", s.signedIn(s.endSessions))
	mux.HandleFunc("POST /sign-out", unseen(s.signOut))
}

// guarded refuses forms that other sites send, and more than a form takes.
func (s *Site) guarded(next http.Handler) http.Handler {
	p := http.NewCrossOriginProtection()
	_ = p.AddTrustedOrigin(s.Origin) // a proxy in front may ask under another name; the configuration has seen to it that this is an origin
	p.SetDenyHandler(s.page(func(r *http.Request) (view, error) { return s.message(r, http.StatusForbidden, "common.foreign"), nil }))
	limited := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		limit := int64(maxForm)
		switch {
		case sendsFiles(r):
			limit = maxUpload
		case r.URL.Path == blocksPath:
			limit = maxImported // read for those alone who run the server
		}
		r.Body = http.MaxBytesReader(w, r.Body, limit)
		next.ServeHTTP(w, r)
	})
	return p.Handler(limited)
}

func (s *Site) now() time.Time {
	if s.Now != nil {
		return s.Now()
	}
	return time.Now()
}

// speaker is an actor as the rules know people.
func (s *Site) speaker(ctx context.Context, a store.Actor) (group.Person, error) {
	if s.Speaker != nil {
		return s.Speaker(ctx, a.URI)
	}
	return group.Person{URI: a.URI, Handle: a.Handle, Bot: a.Bot}, nil
}

// client is the address of whoever makes a request.
func (s *Site) client(r *http.Request) string {
	if s.Client != nil {
		return s.Client(r)
	}
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}

// A link that whoever runs the server hands out signs somebody in once. To look at it takes nothing: servers look at links by
// themselves to preview them.

type linkData struct {
	Person store.Actor
	Action string // where the button leads
}

// linkPage shows whom the link is for, and the button.
func (s *Site) linkPage(r *http.Request) (view, error) {
	n, err := s.Store.SignIn(r.Context(), r.PathValue("secret"), store.ByLink, false)
	if errors.Is(err, store.ErrNotFound) {
		return s.message(r, http.StatusNotFound, "account.link-over"), nil
	}
	if err != nil {
		return view{}, err
	}
	person, err := s.Store.Actor(r.Context(), n.Person)
	return view{Page: "link", Title: s.languageOf(r).T("account.sign-in.title"), Unlisted: true, Data: linkData{Person: person, Action: r.URL.Path}}, err
}

// useLink signs in whoever presses the button.
func (s *Site) useLink(w http.ResponseWriter, r *http.Request) {
	s.page(func(r *http.Request) (view, error) {
		n, err := s.Store.SignIn(r.Context(), r.PathValue("secret"), store.ByLink, true)
		if errors.Is(err, store.ErrNotFound) {
			return s.message(r, http.StatusNotFound, "account.link-over"), nil
		}
		if err == nil {
			err = s.open(w, r, n.Person, store.ByLink, "")
		}
		return view{Location: "/account", Status: http.StatusSeeOther}, err
	})(w, r)
}

// signOut signs this browser out.
func (s *Site) signOut(w http.ResponseWriter, r *http.Request) {
	s.page(func(r *http.Request) (view, error) {
		who, err := s.account(r)
		if err == nil && who != nil {
			err = s.Store.EndSession(r.Context(), who.Actor.ID, who.ID)
			if p, ok := who.permission(); ok && err == nil {
				s.giveBack(r.Context(), p)
			}
		}
		if err == nil {
			s.setCookie(w, sessionCookie, "", 0)
		}
		return view{Location: "/", Status: http.StatusSeeOther}, err
	})(w, r)
}

// wantedShown is how many of the groups that somebody asked for are shown.
const wantedShown = 5

type accountData struct {
	Groups   []store.Belonging
	Founds   bool // may found a group, or ask for one
	Wanted   []store.WantedGroup
	Sessions []store.Session
}

// accountPage says who is signed in, where, and what for.
func (s *Site) accountPage(r *http.Request, who *account) (view, error) {
	groups, err := s.Store.Belongings(r.Context(), who.Actor.ID)
	if err != nil {
		return view{}, err
	}
	d := accountData{Groups: groups}
	if d.Sessions, err = s.Store.Sessions(r.Context(), who.Actor.ID); err != nil {
		return view{}, err
	}
	if d.Wanted, err = s.Store.WantedBy(r.Context(), who.Actor.ID, wantedShown); err != nil {
		return view{}, err
	}
	d.Founds, _, err = s.mayFound(r.Context(), who)
	return view{Page: "account", Title: s.languageOf(r).T("account.title"), Unlisted: true, Data: d}, err
}

// endSessions signs somebody out of one browser, or of all others.
func (s *Site) endSessions(r *http.Request, who *account) (view, error) {
	f, err := s.readForm(r)
	if err != nil {
		return view{}, err
	}
	if f.Value("session") == "others" {
		if err := s.Store.EndSessions(r.Context(), who.Actor.ID, who.ID); err != nil {
			return view{}, err
		}
		return s.done(r, who, "/account", said{Words: s.languageOf(r).T("account.said.others")})
	}
	id := f.number("session")
	if err := s.Store.EndSession(r.Context(), who.Actor.ID, id); err != nil {
		return view{}, err
	}
	if id == who.ID {
		return view{Location: "/", Status: http.StatusSeeOther}, nil
	}
	return s.done(r, who, "/account", said{Words: s.languageOf(r).T("account.said.one")})
}

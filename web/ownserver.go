package web

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"folkmoot/store"
)

// Call is a request to the client API of a person's own server: Mastodon's, which many others speak too.
type Call struct {
	Method, URI string
	Token       string
	Type        string
	Body        []byte
	Key         string // what is sent twice with the same one is done once
}

// application is what this server is known as to another.
type application struct {
	ID     string `json:"id"`
	Secret string `json:"secret"`
	Posts  string `json:"posts"` // scopes that it may ask for to take part
	Knows  string `json:"knows"` // scope that says who somebody is, and no more than there is to that

	Checks bool      `json:"checks"` // the other server says that it checks who a code is for
	Made   time.Time `json:"made"`
}

// serves says whether an application is good for more sign-ins than the one it was made for. Where a code is not tied to who asked for it
// (RFC 7636), it is not: snac 2.75 takes any code, and gives a token of whoever came through the application last. Mastodon (4.2) forgets
// applications without tokens after a day.
func (a application) serves(now time.Time) bool {
	return a.Checks && a.Posts == postingScopes && now.Sub(a.Made) < applicationLasts
}

const applicationLasts = 20 * time.Hour

// The scopes that taking part from here needs: to post, with pictures, to find the post that is answered, and to read what was typed to
// edit it.
const postingScopes = "write:statuses write:media read:search read:statuses"

// errNoAPI means that a server does not speak Mastodon's client API.
var errNoAPI = errors.New("the server has no client API as Mastodon has it")

// returnTo is where another server sends people back to. Each has a place of its own, so that none can pass on to this server what a
// person was given by another (RFC 9700 section 4.4.2).
func (s *Site) returnTo(origin string) string {
	return s.Origin + "/sign-in/from/" + url.PathEscape(hostOf(origin))
}

func hostOf(origin string) string {
	_, host, _ := strings.Cut(origin, "://")
	return host
}

// application is what this server is known as to another, which it makes itself known to where it must.
func (s *Site) application(ctx context.Context, origin string) (app application, err error) {
	known, err := s.Store.Application(ctx, origin)
	if err == nil {
		err = json.Unmarshal([]byte(known), &app)
	}
	if err != nil && !errors.Is(err, store.ErrNotFound) || err == nil && app.serves(s.now()) {
		return app, err
	}
	app = s.aboutSigningIn(ctx, origin)
	var given struct {
		ID     string `json:"client_id"`
		Secret string `json:"client_secret"`
	}
	err = s.ask(ctx, Call{Method: http.MethodPost, URI: origin + "/api/v1/apps"}, url.Values{
		"client_name": {s.Title}, "redirect_uris": {s.returnTo(origin)}, "scopes": {app.Knows + " " + postingScopes}, "website": {s.Origin},
	}, &given)
	if err == nil && given.ID == "" {
		err = errNoAPI
	}
	app.ID, app.Secret = given.ID, given.Secret
	if err != nil || !app.Checks {
		return app, err
	}
	data, err := json.Marshal(app) // #nosec G117 -- for the database, which keeps it for the next who sign in there
	if err != nil {
		return app, fmt.Errorf("keep an application: %w", err)
	}
	return app, s.Store.SaveApplication(ctx, origin, string(data))
}

// aboutSigningIn is what another server says of how people sign in there: the smallest scope that says who somebody is (profile since
// Mastodon 4.3), and whether it checks who a code is for.
func (s *Site) aboutSigningIn(ctx context.Context, origin string) application {
	var about struct {
		Scopes     []string `json:"scopes_supported"`
		Challenges []string `json:"code_challenge_methods_supported"` // RFC 8414
	}
	app := application{Knows: "read:accounts", Posts: postingScopes, Made: s.now()}
	if s.ask(ctx, Call{Method: http.MethodGet, URI: origin + "/.well-known/oauth-authorization-server"}, nil, &about) != nil {
		return app // many have no such page
	}
	if slices.Contains(about.Scopes, "profile") {
		app.Knows = "profile"
	}
	app.Checks = slices.Contains(about.Challenges, "S256")
	return app
}

// refusal is an answer other than success.
type refusal struct {
	status int
	Code   string `json:"error"`
}

// Error has only words of OAuth (RFC 6749 section 5.2, RFC 6750 section 3.1): errors are logged, and others' words may hold what they
// were sent.
func (e *refusal) Error() string {
	switch e.Code {
	case "invalid_request", "invalid_client", "invalid_grant", "unauthorized_client", "unsupported_grant_type", "invalid_scope", "invalid_token",
		"insufficient_scope":
		return fmt.Sprintf("the server answered %d %s", e.status, e.Code)
	}
	return fmt.Sprintf("the server answered %d", e.status)
}

// ask sends a form, if there is one, to the client API of another server and reads the JSON it answers.
func (s *Site) ask(ctx context.Context, c Call, form url.Values, into any) error {
	if s.Ask == nil {
		return errNoAPI
	}
	if form != nil {
		c.Type, c.Body = "application/x-www-form-urlencoded", []byte(form.Encode())
	}
	status, body, err := s.Ask(ctx, c)
	if err != nil {
		return err
	}
	if status != http.StatusOK && status != http.StatusAccepted {
		refused := &refusal{status: status}
		_ = json.Unmarshal(body, refused) // it may be a page
		return refused
	}
	if into == nil {
		return nil
	}
	if err := json.Unmarshal(body, into); err != nil {
		return fmt.Errorf("%w: %w", errNoAPI, err)
	}
	return nil
}

// permission is what a person's own server lets this one do there.
type permission struct {
	Origin string      `json:"origin"`
	App    application `json:"app"` // which it was given to
	Token  string      `json:"token"`
}

// permission is what the own server of whoever is signed in lets this one do; false for nothing.
func (a *account) permission() (p permission, ok bool) {
	text := a.token()
	if text == "" {
		return p, false
	}
	err := json.Unmarshal([]byte(text), &p)
	return p, err == nil && p.Token != ""
}

// giveBack has a person's own server forget what it let this one do. Should it not answer, it is forgotten here at least.
func (s *Site) giveBack(ctx context.Context, p permission) {
	err := s.ask(ctx, Call{Method: http.MethodPost, URI: p.Origin + "/oauth/revoke"},
		url.Values{"client_id": {p.App.ID}, "client_secret": {p.App.Secret}, "token": {p.Token}}, nil)
	if err != nil {
		s.Log.InfoContext(ctx, "permission not given back", "server", p.Origin, "error", err)
	}
}

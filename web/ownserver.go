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
	ID     string `json:"client_id"`
	Secret string `json:"client_secret"`
	Posts  string `json:"posts"` // scopes that it may ask for to take part
	Knows  string `json:"knows"` // scope that says who somebody is, and no more than there is to that
}

// The scopes that taking part from here needs: to post, with pictures, and to find the post that is answered.
const postingScopes = "write:statuses write:media read:search"

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

// application makes this server known to another, once, and again when it asks for more than it did.
func (s *Site) application(ctx context.Context, origin string) (app application, err error) {
	known, err := s.Store.Application(ctx, origin)
	if err == nil {
		err = json.Unmarshal([]byte(known), &app)
	}
	if err == nil && app.Posts == postingScopes || err != nil && !errors.Is(err, store.ErrNotFound) {
		return app, err
	}
	app = application{}
	knows := s.scopeToKnow(ctx, origin)
	err = s.ask(ctx, Call{Method: http.MethodPost, URI: origin + "/api/v1/apps"}, url.Values{
		"client_name": {s.Title}, "redirect_uris": {s.returnTo(origin)}, "scopes": {knows + " " + postingScopes}, "website": {s.Origin},
	}, &app)
	if err != nil {
		return app, err
	}
	if app.ID == "" {
		return app, errNoAPI
	}
	app.Knows, app.Posts = knows, postingScopes
	data, err := json.Marshal(app)
	if err != nil {
		return app, fmt.Errorf("keep an application: %w", err)
	}
	return app, s.Store.SaveApplication(ctx, origin, string(data))
}

// scopeToKnow is the smallest scope that says who somebody is: profile since Mastodon 4.3.
func (s *Site) scopeToKnow(ctx context.Context, origin string) string {
	var about struct {
		Scopes []string `json:"scopes_supported"`
	}
	err := s.ask(ctx, Call{Method: http.MethodGet, URI: origin + "/.well-known/oauth-authorization-server"}, nil, &about)
	if err == nil && slices.Contains(about.Scopes, "profile") {
		return "profile"
	}
	return "read:accounts"
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
	Origin string `json:"origin"`
	Token  string `json:"token"`
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
	app, err := s.application(ctx, p.Origin)
	if err == nil {
		err = s.ask(ctx, Call{Method: http.MethodPost, URI: p.Origin + "/oauth/revoke"},
			url.Values{"client_id": {app.ID}, "client_secret": {app.Secret}, "token": {p.Token}}, nil)
	}
	if err != nil {
		s.Log.Info("permission not given back", "server", p.Origin, "error", err)
	}
}

package web

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"folkmoot/store"
)

// People sign in at their own server: it asks them, and tells this one who they are (OAuth 2.0 with PKCE, RFC 7636). Who they are is
// the actor that this very server shows at its own address, never what it merely says.

// signInLasts is how long a sign-in waits for the person.
const signInLasts = 10 * time.Minute

// underway is a sign-in at a person's own server, bound to the browser that asked by a cookie.
type underway struct {
	Origin   string      `json:"origin"`
	App      application `json:"app"`
	State    string      `json:"state"`
	Verifier string      `json:"verifier"`
	To       string      `json:"to"`
	Posts    bool        `json:"posts"` // this server is to post for the person
}

type signInData struct {
	To     string // path to go to afterwards
	Form   *form
	Server string // to continue at
	Link   string
}

func (s *Site) signInView(r *http.Request, d signInData) view {
	return view{Page: "signin", Title: s.languageOf(r).T("account.sign-in.title"), Unlisted: true, Status: d.Form.Answer(), Data: d}
}

// signInPage is where strangers say who they are.
func (s *Site) signInPage(r *http.Request) (view, error) {
	return s.signInView(r, signInData{To: localPath(r.URL.Query().Get("to")), Form: &form{}}), nil
}

// beginSignIn asks the server that somebody entered whether it helps, and shows the way there. A link leads on instead of a redirect, so
// that people see where they go, and nobody uses this server's good name to send them elsewhere.
func (s *Site) beginSignIn(w http.ResponseWriter, r *http.Request) {
	s.page(func(r *http.Request) (view, error) {
		f, err := s.readForm(r)
		if err != nil {
			return view{}, err
		}
		d := signInData{To: localPath(f.Value("to")), Form: f}
		if !s.mayTry(r, serverOf(f.Value("server"))) {
			return s.message(r, http.StatusTooManyRequests, "account.too-often"), nil
		}
		origin, err := s.ownOrigin(r.Context(), f)
		if err == nil && f.OK() {
			d.Link, err = s.leadAway(w, r, origin, d.To, f.Value("posts") != "")
			d.Server = hostOf(origin)
		}
		if err != nil {
			s.Log.InfoContext(r.Context(), "sign-in not begun", "server", serverOf(f.Value("server")), "error", err)
			f.Fail("server", "account.sign-in.not-asked")
		}
		return s.signInView(r, d), nil
	})(w, r)
}

// mayTry says whether whoever asks has tried too often, or too many have with the same server.
func (s *Site) mayTry(r *http.Request, host string) bool {
	return s.triesFrom.take(networkOf(s.client(r))) && (host == "" || s.triesAt.take(host))
}

// ownOrigin is where somebody signs in: the server that shows the account with the handle they entered, which may be another than the
// handle says, or the server they entered.
func (s *Site) ownOrigin(ctx context.Context, f *form) (string, error) {
	entered := strings.TrimSpace(f.Value("server"))
	host := serverOf(entered)
	if host == "" {
		f.Fail("server", "account.sign-in.no-server")
		return "", nil
	}
	user, _, whole := strings.Cut(strings.TrimPrefix(entered, "@"), "@")
	if !whole || strings.ContainsAny(user, "/:") || s.Person == nil {
		return "https://" + host, nil
	}
	a, err := s.Person(ctx, "@"+user+"@"+host)
	if err != nil {
		return "", err
	}
	return originOf(a.URI)
}

// originOf is the scheme and authority of a URI.
func originOf(uri string) (string, error) {
	u, err := url.Parse(uri)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return "", fmt.Errorf("%.200q is no address of an account", uri)
	}
	return u.Scheme + "://" + strings.ToLower(u.Host), nil
}

// leadAway is the address at a person's own server where it asks them.
func (s *Site) leadAway(w http.ResponseWriter, r *http.Request, origin, to string, posts bool) (string, error) {
	app, err := s.application(r.Context(), origin)
	if err != nil {
		return "", err
	}
	key, n := secret(), underway{Origin: origin, App: app, State: secret(), Verifier: secret(), To: to, Posts: posts}
	data, err := json.Marshal(n)
	if err != nil {
		return "", fmt.Errorf("begin a sign-in: %w", err)
	}
	begun := store.SignIn{Kind: store.ByServer, Data: string(data), Expires: s.now().Add(signInLasts)}
	if err := s.Store.BeginSignIn(r.Context(), key, begun); err != nil {
		return "", err
	}
	s.setCookie(w, signInCookie, key, signInLasts)
	challenge := sha256.Sum256([]byte(n.Verifier))
	scopes := app.Knows
	if posts {
		scopes += " " + postingScopes
	}
	return origin + "/oauth/authorize?" + url.Values{
		"response_type": {"code"}, "client_id": {app.ID}, "redirect_uri": {s.returnTo(origin)}, "scope": {scopes}, "state": {n.State},
		"code_challenge": {base64.RawURLEncoding.EncodeToString(challenge[:])}, "code_challenge_method": {"S256"},
	}.Encode(), nil
}

// errNotAsked means that somebody comes back from a server whom this browser did not ask to be sent there.
var errNotAsked = errors.New("nobody asked for this sign-in")

// finishSignIn signs in whoever comes back from their own server.
func (s *Site) finishSignIn(w http.ResponseWriter, r *http.Request) {
	s.page(func(r *http.Request) (view, error) {
		n, err := s.asked(w, r)
		if err != nil {
			return s.signInFailed(r, err), nil
		}
		if r.URL.Query().Get("error") != "" {
			return s.messageTo(r, http.StatusOK, "/sign-in?to="+url.QueryEscape(n.To), "account.try-again", "account.said-no", hostOf(n.Origin)), nil
		}
		p, err := s.permitted(r.Context(), n, r.URL.Query().Get("code"))
		if err != nil {
			return s.signInFailed(r, err), nil
		}
		person, err := s.whoIs(r.Context(), p)
		if err != nil {
			s.giveBack(r.Context(), p)
			return s.signInFailed(r, err), nil
		}
		kept, err := s.keep(r.Context(), n, p)
		if err == nil {
			err = s.open(w, r, person, store.ByServer, kept)
		}
		return view{Location: localPath(n.To), Status: http.StatusSeeOther}, err
	})(w, r)
}

// asked is the sign-in that somebody comes back from. It is over with that, whatever comes of it.
func (s *Site) asked(w http.ResponseWriter, r *http.Request) (n underway, err error) {
	cookie, err := r.Cookie(s.cookieName(signInCookie))
	if err != nil {
		return n, errNotAsked
	}
	begun, err := s.Store.SignIn(r.Context(), cookie.Value, store.ByServer, true)
	if errors.Is(err, store.ErrNotFound) {
		err = errNotAsked
	}
	if err != nil {
		return n, err
	}
	s.setCookie(w, signInCookie, "", 0)
	if err := json.Unmarshal([]byte(begun.Data), &n); err != nil {
		return n, fmt.Errorf("read a sign-in: %w", err)
	}
	q := r.URL.Query()
	same := subtle.ConstantTimeCompare([]byte(q.Get("state")), []byte(n.State)) == 1
	issuer := q.Get("iss") // RFC 9207
	if !same || r.PathValue("host") != hostOf(n.Origin) || issuer != "" && strings.TrimSuffix(issuer, "/") != n.Origin {
		return n, errNotAsked
	}
	return n, nil
}

// permitted exchanges the code that a person brings for a token.
func (s *Site) permitted(ctx context.Context, n underway, code string) (p permission, err error) {
	var answer struct {
		Token string `json:"access_token"`
	}
	err = s.ask(ctx, Call{Method: http.MethodPost, URI: n.Origin + "/oauth/token"}, url.Values{
		"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {s.returnTo(n.Origin)},
		"client_id": {n.App.ID}, "client_secret": {n.App.Secret}, "code_verifier": {n.Verifier},
	}, &answer)
	refused := (*refusal)(nil)
	if errors.As(err, &refused) && refused.Code == "invalid_client" { // it has forgotten this server, which introduces itself anew next time
		err = errors.Join(err, s.Store.SaveApplication(ctx, n.Origin, ""))
	}
	if err == nil && answer.Token == "" {
		err = errNoAPI
	}
	return permission{Origin: n.Origin, App: n.App, Token: answer.Token}, err
}

// errIdentity means that a server says somebody is whom it does not show.
var errIdentity = errors.New("the server does not show the account that it names")

// whoIs is the URI of the actor whose token it is: the one that the server which gave the token shows at its own address under the name
// it gives. What it says of other servers' accounts counts for nothing.
func (s *Site) whoIs(ctx context.Context, p permission) (string, error) {
	var said struct {
		Name string `json:"username"`
	}
	if err := s.ask(ctx, Call{Method: http.MethodGet, URI: p.Origin + "/api/v1/accounts/verify_credentials", Token: p.Token}, nil, &said); err != nil {
		return "", err
	}
	if said.Name == "" || strings.ContainsAny(said.Name, "@/?#:% \t\r\n") {
		return "", errIdentity
	}
	a, err := s.Person(ctx, "@"+said.Name+"@"+hostOf(p.Origin))
	if err != nil {
		return "", err
	}
	origin, err := originOf(a.URI)
	if err != nil || origin != p.Origin || a.Type != "Person" && a.Type != "Service" {
		return "", fmt.Errorf("%w: %s at %s", errIdentity, a.URI, p.Origin)
	}
	return a.URI, nil
}

// keep is what is kept of a permission: nothing, unless the person asked to post from here.
func (s *Site) keep(ctx context.Context, n underway, p permission) (string, error) {
	if !n.Posts {
		s.giveBack(ctx, p)
		return "", nil
	}
	text, err := json.Marshal(p)
	return string(text), err
}

// signInFailed says that a sign-in came to nothing, and what to do.
func (s *Site) signInFailed(r *http.Request, err error) view {
	s.Log.InfoContext(r.Context(), "sign-in failed", "server", r.PathValue("host"), "error", err)
	key := "account.failed"
	switch {
	case errors.Is(err, errNotAsked):
		key = "account.unasked"
	case errors.Is(err, errIdentity):
		key = "account.not-yours"
	}
	return s.messageTo(r, http.StatusBadRequest, "/sign-in", "account.try-again", key)
}

package web

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"folkmoot/group"
	"folkmoot/store"
)

// visitor is a browser without scripts: it keeps cookies and sends forms.
type visitor struct {
	*testing.T
	h       http.Handler
	cookies map[string]*http.Cookie
}

func browse(t *testing.T, h http.Handler) *visitor {
	return &visitor{T: t, h: h, cookies: map[string]*http.Cookie{}}
}

func (v *visitor) ask(method, path string, form url.Values, header ...string) *httptest.ResponseRecorder {
	v.Helper()
	r := httptest.NewRequestWithContext(v.Context(), method, path, strings.NewReader(form.Encode()))
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	for _, c := range v.cookies {
		r.AddCookie(c)
	}
	w := httptest.NewRecorder()
	v.h.ServeHTTP(w, r)
	for _, c := range w.Result().Cookies() {
		if v.cookies[c.Name] = c; c.MaxAge < 0 {
			delete(v.cookies, c.Name)
		}
	}
	return w
}

func (v *visitor) get(path string) *httptest.ResponseRecorder {
	v.Helper()
	return v.ask(http.MethodGet, path, nil)
}

func (v *visitor) post(path string, pairs ...string) *httptest.ResponseRecorder {
	v.Helper()
	form := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		form.Add(pairs[i], pairs[i+1])
	}
	return v.ask(http.MethodPost, path, form, "Sec-Fetch-Site", "same-origin")
}

// leads fails unless an answer leads on to a path.
func (v *visitor) leads(w *httptest.ResponseRecorder, to string) {
	v.Helper()
	if got := w.Header().Get("Location"); w.Code != http.StatusSeeOther || got != to {
		v.Errorf("%d to %q, want 303 to %q\n%s", w.Code, got, to, w.Body)
	}
}

func (v *visitor) shows(w *httptest.ResponseRecorder, status int, words ...string) {
	v.Helper()
	for _, word := range words {
		if !strings.Contains(w.Body.String(), word) {
			v.Errorf("does not show %q:\n%s", word, w.Body)
		}
	}
	if w.Code != status {
		v.Errorf("status %d, want %d\n%s", w.Code, status, w.Body)
	}
}

// enter signs the visitor in by a link.
func (v *visitor) enter(st *store.Store, person string) {
	v.Helper()
	link(v.T, st, "of "+person, person, clock().Add(time.Minute))
	v.leads(v.post("/sign-in/link/of%20"+url.PathEscape(person)), "/account")
}

func link(t *testing.T, st *store.Store, secret, person string, until time.Time) {
	t.Helper()
	if err := st.BeginSignIn(t.Context(), secret, store.SignIn{Kind: store.ByLink, Person: person, Expires: until}); err != nil {
		t.Fatal(err)
	}
}

func TestLinkSignsInOnce(t *testing.T) {
	h, st := site(t)
	link(t, st, "first", ann, clock().Add(time.Minute))
	link(t, st, "secret", ann, clock().Add(time.Minute)) // takes the first back
	v := browse(t, h)
	for range 2 { // looking takes nothing
		w := v.get("/sign-in/link/secret")
		v.shows(w, http.StatusOK, "@ann@mastodon.example", "Sign in</button>")
		if w.Header().Get("Cache-Control") != "no-store" || w.Header().Get("Referrer-Policy") != "no-referrer" || len(v.cookies) != 0 {
			t.Errorf("%v %v", w.Header(), v.cookies)
		}
	}
	v.shows(v.post("/sign-in/link/first"), http.StatusNotFound, "used up")
	v.leads(v.post("/sign-in/link/secret"), "/account")
	c := v.cookies["__Host-folkmoot"]
	if c == nil || !c.Secure || !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Path != "/" || c.Domain != "" || c.MaxAge != 30*24*3600 {
		t.Fatalf("cookie %+v", c)
	}
	w := v.get("/account")
	v.shows(w, http.StatusOK, "@ann@mastodon.example", "Book &lt;club&gt;", "this browser")
	if w.Header().Get("Cache-Control") != "no-store" || w.Header().Get("ETag") != "" {
		t.Errorf("a page about a person may be kept: %v", w.Header())
	}
	v.shows(browse(t, h).post("/sign-in/link/secret"), http.StatusNotFound, "used up")
	link(t, st, "late", bob, clock())
	v.shows(browse(t, h).post("/sign-in/link/late"), http.StatusNotFound, "used up")
}

func TestStrangersSignInFirst(t *testing.T) {
	h, _ := site(t)
	v := browse(t, h)
	v.leads(v.get("/account?x=1"), "/sign-in?to=%2Faccount%3Fx%3D1")
	v.leads(v.post("/account/sessions", "session", "others"), "/sign-in?to=%2Faccount%2Fsessions")
	v.cookies["__Host-folkmoot"] = &http.Cookie{Name: "__Host-folkmoot", Value: "guessed"}
	v.leads(v.get("/account"), "/sign-in?to=%2Faccount")
	if w := v.get("/g/books"); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), `href="/sign-in`) {
		t.Errorf("a page that anybody may read: %d", w.Code)
	}
}

func TestSessionsEnd(t *testing.T) {
	h, st := site(t)
	here, there, other := browse(t, h), browse(t, h), browse(t, h)
	here.enter(st, ann)
	there.enter(st, ann)
	other.enter(st, bob)
	sessions, err := st.Sessions(t.Context(), mustActor(t, st, ann).ID)
	if err != nil || len(sessions) != 2 {
		t.Fatalf("%v %v", sessions, err)
	}
	// Nobody ends what is somebody else's.
	for _, n := range sessions {
		other.leads(other.post("/account/sessions", "session", strconv.FormatInt(n.ID, 10)), "/account")
	}
	here.shows(here.get("/account"), http.StatusOK, "Sign out everywhere but here")
	here.leads(here.post("/account/sessions", "session", "others"), "/account")
	here.shows(here.get("/account"), http.StatusOK, `role="status"`, "signed out everywhere but here")
	if strings.Contains(here.get("/account").Body.String(), `role="status"`) {
		t.Error("it is said twice")
	}
	there.leads(there.get("/account"), "/sign-in?to=%2Faccount")
	kept := here.cookies["__Host-folkmoot"]
	here.leads(here.post("/sign-out"), "/")
	if len(here.cookies) != 0 {
		t.Errorf("cookies %v", here.cookies)
	}
	here.cookies[kept.Name] = kept // somebody kept a copy
	here.leads(here.get("/account"), "/sign-in?to=%2Faccount")
	other.shows(other.get("/account"), http.StatusOK, "@bob@mastodon.example")
}

// Signing in gives a browser a new secret and ends the old session, so that nobody prepares one for another.
func TestSigningInChangesTheSecret(t *testing.T) {
	h, st := site(t)
	v := browse(t, h)
	v.enter(st, bob)
	old := v.cookies["__Host-folkmoot"]
	v.enter(st, ann)
	if v.cookies["__Host-folkmoot"].Value == old.Value {
		t.Error("the secret stays")
	}
	v.cookies[old.Name] = old
	v.leads(v.get("/account"), "/sign-in?to=%2Faccount")
}

// Who is blocked, or whose account is gone, is signed in no longer.
func TestBlockedPeopleAreStrangers(t *testing.T) {
	h, st := site(t)
	v, w := browse(t, h), browse(t, h)
	v.enter(st, ann)
	w.enter(st, bob)
	_, err := st.ChangeBlocks(t.Context(), store.BlockChange{Set: []group.Barrier{{Subject: ann, Level: group.LevelSuspend}}})
	if err != nil {
		t.Fatal(err)
	}
	v.leads(v.get("/account"), "/sign-in?to=%2Faccount")
	remove(t, st, group.DeleteActor, bob, bob)
	w.leads(w.get("/account"), "/sign-in?to=%2Faccount")
}

// Forms that other sites send do nothing, whatever they know.
func TestForeignFormsAreRefused(t *testing.T) {
	h, st := site(t)
	v := browse(t, h)
	v.enter(st, ann)
	for name, header := range map[string][]string{
		"cross-site":      {"Sec-Fetch-Site", "cross-site"},
		"same-site":       {"Sec-Fetch-Site", "same-site"},
		"another origin":  {"Origin", "https://evil.example"},
		"hidden origin":   {"Origin", "null"},
		"another port":    {"Origin", "https://groups.example:444"},
		"without the TLS": {"Origin", "http://groups.example.evil.example"},
	} {
		for _, path := range []string{"/sign-out", "/account/sessions", "/sign-in/link/x", "/your-data/x"} {
			if w := v.ask(http.MethodPost, path, url.Values{"session": {"others"}}, header...); w.Code != http.StatusForbidden {
				t.Errorf("%s: %s answers %d", name, path, w.Code)
			}
		}
	}
	v.shows(v.get("/account"), http.StatusOK, "@ann@mastodon.example")
	long := v.post("/account/sessions", "session", strings.Repeat("x", maxForm))
	if long.Code >= 500 {
		t.Errorf("a form that is too long answers %d", long.Code)
	}
}

func TestLocalPath(t *testing.T) {
	for to, want := range map[string]string{
		"/g/books": "/g/books", "/g/books?a=b#c": "/g/books?a=b#c", "/%2Fevil": "/%2Fevil",
		"": "/", "//evil.example": "/", "/\\evil.example": "/", "\\\\evil": "/", "https://evil.example": "/", "/\t/evil.example": "/",
		"/\n/evil": "/", "javascript:alert(1)": "/", "g/books": "/", "/ /evil": "/", "/\x7f/evil": "/", "///evil.example": "/",
		"/x\r\nSet-Cookie: a=b": "/", "/" + strings.Repeat("x", 2000): "/", "https:/evil.example": "/", "/%zz": "/",
	} {
		if got := localPath(to); got != want {
			t.Errorf("localPath(%q) = %q, want %q", to, got, want)
		}
	}
}

func TestSeal(t *testing.T) {
	box, err := seal("secret", "token")
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(box), "token") {
		t.Error("the token is in the clear")
	}
	for key, want := range map[string]string{"secret": "token", "other": ""} {
		a := account{Session: store.Session{Token: box}, secret: key}
		if got := a.token(); got != want {
			t.Errorf("with %q: %q", key, got)
		}
	}
}

func mustActor(t *testing.T, st *store.Store, uri string) store.Actor {
	t.Helper()
	a, err := st.Actor(t.Context(), uri)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// Only those who run a group, or the server, see the pages for them.
func TestWhoMaySeeWhat(t *testing.T) {
	_, st := site(t)
	s, err := New(Options{Store: st, Origin: origin, Domain: "groups.example", Title: "Moot", Now: clock})
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	s.doorRoutes(mux)
	page := func(r *http.Request, a acting) (view, error) {
		f, err := s.readForm(r)
		if err != nil || r.Method == http.MethodGet {
			return view{Page: "message", Title: "Inside", Data: notice{Words: a.Group.Name}}, err
		}
		why := f.Line("why", 10)
		if !f.OK() {
			return view{Page: "message", Title: "Again", Status: f.Answer(), Data: notice{Words: f.Wrong("why")}}, nil
		}
		d, err := s.apply(r, a, group.Request{Kind: group.Ban, Target: bob, Text: why})
		if err != nil {
			return view{}, err
		}
		back := &undo{Action: "/g/books/unban", Fields: map[string]string{"who": bob}}
		return s.done(r, a.account, "/g/books", said{Words: string(d.Verdict), Undo: back})
	}
	mux.HandleFunc("GET /g/{name}/run", s.moderates(page))
	mux.HandleFunc("POST /g/{name}/run", s.moderates(page))
	mux.HandleFunc("GET /g/{name}/own", s.owns(page))
	mux.HandleFunc("GET /run", s.adminOnly(func(*http.Request, *account) (view, error) {
		return view{Page: "message", Title: "Server", Data: notice{}}, nil
	}))
	h := headers(s.guarded(s.recognise(mux)))
	if err := st.SetAdmin(t.Context(), bob, true); err != nil {
		t.Fatal(err)
	}
	a, b, stranger := browse(t, h), browse(t, h), browse(t, h)
	a.enter(st, ann)
	b.enter(st, bob)
	for _, tt := range []struct {
		v      *visitor
		path   string
		status int
	}{
		{a, "/g/books/run", 200},
		{a, "/g/books/own", 200},
		{a, "/run", 404},
		{a, "/g/none/run", 404},
		{b, "/g/books/run", 403},
		{b, "/g/books/own", 403},
		{b, "/run", 200},
		{stranger, "/g/books/run", 303},
		{stranger, "/run", 303},
		{stranger, "/g/none/run", 303},
	} {
		w := tt.v.get(tt.path)
		if w.Code != tt.status || w.Header().Get("Cache-Control") != "no-store" && tt.status != 303 {
			t.Errorf("%s: %d, want %d; %v", tt.path, w.Code, tt.status, w.Header())
		}
	}
	b.shows(b.post("/g/books/run", "why", "I"), http.StatusForbidden, "For moderators")
	a.shows(a.post("/g/books/run", "why", "far too long"), http.StatusUnprocessableEntity, "Shorten it to 10")
	a.leads(a.post("/g/books/run", "why", "spam"), "/g/books")
	a.shows(a.get("/account"), http.StatusOK, `role="status"`, `action="/g/books/unban"`, `name="who" value="`+bob+`"`, "Undo")
	g, err := st.Group(t.Context(), "books")
	if err != nil {
		t.Fatal(err)
	}
	if m, err := st.Member(t.Context(), g.ID, bob); err != nil || m.State != group.Banned {
		t.Errorf("%+v %v", m, err)
	}
}

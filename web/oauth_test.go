package web

import (
	"html"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"folkmoot/store"
)

// door is a site whose people come from two servers, of which one lies.
type door struct {
	h          http.Handler
	st         *store.Store
	fediverse  fediverse
	good, evil *ownHost
}

func newDoor(t *testing.T) door {
	t.Helper()
	_, st := site(t)
	const eve = "https://evil.example/users/eve"
	for _, uri := range []string{ann, bob, eve} {
		a := mustActorOr(t, st, uri)
		a.Type, a.Inbox, a.Fetched = "Person", uri+"/inbox", clock()
		save(t, st, a)
	}
	d := door{st: st, good: newOwnHost(t, "https://mastodon.example", "ann"), evil: newOwnHost(t, "https://evil.example", "eve")}
	d.fediverse = fediverse{
		st:    st,
		hosts: map[string]*ownHost{d.good.origin: d.good, d.evil.origin: d.evil},
		named: map[string]string{
			"@ann@mastodon.example": ann, "@bob@mastodon.example": bob, "@eve@evil.example": eve,
			"@ann@example.org": ann, "@bob@evil.example": bob, // evil.example says that Bob is its own
		},
	}
	s, err := New(Options{
		Store: st, Origin: origin, Domain: "groups.example", Title: "Moot", Now: clock, Ask: d.fediverse.ask, Person: d.fediverse.person,
		Client: func(r *http.Request) string { return r.Header.Get("Test-Client") },
		Found:  foundIn(st), Running: quietServer(),
	})
	if err != nil {
		t.Fatal(err)
	}
	if d.h, err = s.Handler(); err != nil {
		t.Fatal(err)
	}
	return d
}

func mustActorOr(t *testing.T, st *store.Store, uri string) store.Actor {
	t.Helper()
	a, err := st.Actor(t.Context(), uri)
	if err != nil {
		a = store.Actor{URI: uri}
	}
	return a
}

// away asks to sign in and returns where the link leads.
func (v *visitor) away(server, to string, more ...string) string {
	v.Helper()
	w := v.post("/sign-in", append([]string{"server", server, "to", to}, more...)...)
	link := regexp.MustCompile(`class="button" href="(https://[^"]+/oauth/authorize[^"]+)"`).FindStringSubmatch(w.Body.String())
	if link == nil {
		v.Fatalf("%d, no way to %s:\n%s", w.Code, server, w.Body)
	}
	return html.UnescapeString(link[1])
}

// yes says yes at the own server and returns where that sends the browser.
func (o *ownHost) yes(link string) *url.URL {
	o.Helper()
	w := httptest.NewRecorder()
	o.handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, link, nil))
	back, err := url.Parse(w.Header().Get("Location"))
	if err != nil || w.Code != http.StatusFound {
		o.Fatalf("%d %v", w.Code, err)
	}
	return back
}

func TestSignInWithOwnServer(t *testing.T) {
	for name, tt := range map[string]struct{ entered, scope string }{
		"handle":         {"@ann@mastodon.example", "profile"},
		"server":         {"Mastodon.example", "profile"},
		"another domain": {"ann@example.org", "profile"},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDoor(t)
			v := browse(t, d.h)
			link := v.away(tt.entered, "/g/books?x=1")
			if !strings.HasPrefix(link, "https://mastodon.example/oauth/authorize?") {
				t.Fatalf("leads to %s", link)
			}
			back := d.good.yes(link)
			if back.Host != "groups.example" || back.Path != "/sign-in/from/mastodon.example" {
				t.Fatalf("comes back to %s", back)
			}
			v.leads(v.get(back.RequestURI()), "/g/books?x=1")
			v.shows(v.get("/account"), http.StatusOK, "@ann@mastodon.example")
			if len(v.cookies) != 1 {
				t.Errorf("cookies %v", v.cookies)
			}
			if len(d.good.tokens) != 0 {
				t.Errorf("a token is kept that nobody needs: %v", d.good.tokens)
			}
			// The same code once more, by whoever saw the address.
			v.shows(v.get(back.RequestURI()), http.StatusBadRequest, "did not ask for this")
			browse(t, d.h).shows(browse(t, d.h).get(back.RequestURI()), http.StatusBadRequest, "did not ask for this")
		})
	}
}

// Whoever wants to post from here gives a permission, which is kept sealed and given back in the end. This server introduces itself once.
func TestPermissionToPost(t *testing.T) {
	d := newDoor(t)
	v := browse(t, d.h)
	for range 2 {
		v.leads(v.get(d.good.yes(v.away("mastodon.example", "/", "posts", "yes")).RequestURI()), "/")
	}
	if d.good.appCalls != 1 {
		t.Errorf("introduced %d times", d.good.appCalls)
	}
	for token, scope := range d.good.tokens {
		if scope != "profile write:statuses write:media read:search read:statuses" {
			t.Errorf("%s for %s", token, scope)
		}
	}
	sessions, err := d.st.Sessions(t.Context(), mustActor(t, d.st, ann).ID)
	if err != nil || len(sessions) != 1 || len(sessions[0].Token) == 0 || strings.Contains(string(sessions[0].Token), "token-") {
		t.Fatalf("%+v %v", sessions, err)
	}
	v.leads(v.post("/sign-out"), "/")
	if d.good.tokens["token-1"] != "" {
		t.Errorf("the token works on: %v", d.good.tokens)
	}
}

// Where codes are not checked, each sign-in has an application of its own, so that no made-up code gives anybody the account of whoever
// signed in before; nor does it matter that the server forgets it with the first sign-out.
func TestServerThatTakesAnyCode(t *testing.T) {
	d := newDoor(t)
	d.good.lax = true
	for range 2 {
		v := browse(t, d.h)
		v.leads(v.get(d.good.yes(v.away("mastodon.example", "/", "posts", "yes")).RequestURI()), "/")
		v.shows(v.get("/account"), http.StatusOK, "@ann@mastodon.example")
		thief := browse(t, d.h)
		link, err := url.Parse(thief.away("mastodon.example", "/"))
		if err != nil {
			t.Fatal(err)
		}
		thief.shows(thief.get("/sign-in/from/mastodon.example?code=any&state="+link.Query().Get("state")), http.StatusBadRequest, "Not signed in")
		if thief.cookies["__Host-folkmoot"] != nil {
			t.Error("a made-up code is good for somebody else's account")
		}
		v.leads(v.post("/sign-out"), "/")
	}
	if d.good.appCalls != 4 || len(d.good.tokens) != 0 {
		t.Errorf("introduced %d times, tokens %v", d.good.appCalls, d.good.tokens)
	}
}

// An application that nobody has used for a day is made anew: the other server may have tidied it away, and would not say so here.
func TestOldApplication(t *testing.T) {
	now := clock()
	a := application{Checks: true, Posts: postingScopes, Made: now}
	for after, serves := range map[time.Duration]bool{0: true, 19 * time.Hour: true, 24 * time.Hour: false} {
		if a.serves(now.Add(after)) != serves {
			t.Errorf("after %v", after)
		}
	}
}

func TestSignInIsBoundToTheBrowser(t *testing.T) {
	d := newDoor(t)
	change := func(back *url.URL, name, value string) string {
		q := back.Query()
		q.Set(name, value)
		return back.Path + "?" + q.Encode()
	}
	for name, attack := range map[string]func(v *visitor) string{
		"no state":      func(v *visitor) string { return change(d.good.yes(v.away("mastodon.example", "/")), "state", "") },
		"another state": func(v *visitor) string { return change(d.good.yes(v.away("mastodon.example", "/")), "state", "x") },
		"another issuer": func(v *visitor) string {
			return change(d.good.yes(v.away("mastodon.example", "/")), "iss", "https://evil.example")
		},
		"another browser": func(*visitor) string {
			return d.good.yes(browse(t, d.h).away("mastodon.example", "/")).RequestURI()
		},
		"state of another browser": func(v *visitor) string {
			theirs := d.good.yes(browse(t, d.h).away("mastodon.example", "/"))
			return change(d.good.yes(v.away("mastodon.example", "/")), "state", theirs.Query().Get("state"))
		},
		// Evil sends the browser on to the good server, whose code would then be brought to Evil.
		"mix-up": func(v *visitor) string {
			mine, err := url.Parse(v.away("evil.example", "/"))
			if err != nil {
				t.Fatal(err)
			}
			back := d.good.yes(browse(t, d.h).away("mastodon.example", "/"))
			return change(back, "state", mine.Query().Get("state"))
		},
	} {
		v := browse(t, d.h)
		w := v.get(attack(v))
		if w.Code != http.StatusBadRequest || v.cookies["__Host-folkmoot"] != nil {
			t.Errorf("%s: %d %v", name, w.Code, v.cookies)
		}
	}
	if len(d.evil.codes) != 0 || len(d.evil.tokens) != 0 {
		t.Errorf("evil got %v %v", d.evil.codes, d.evil.tokens)
	}
}

// A code is of no use without what only the browser that asked for it can have sent for (PKCE), and none works twice.
func TestInjectedCode(t *testing.T) {
	d := newDoor(t)
	stolen := d.good.yes(browse(t, d.h).away("mastodon.example", "/")).Query().Get("code")
	thief := browse(t, d.h)
	back := d.good.yes(thief.away("mastodon.example", "/"))
	q := back.Query()
	q.Set("code", stolen)
	thief.shows(thief.get(back.Path+"?"+q.Encode()), http.StatusBadRequest, "could not be used")
	if len(d.good.tokens) != 0 || thief.cookies["__Host-folkmoot"] != nil {
		t.Errorf("the code of another works: %v", d.good.tokens)
	}
}

// What a server says of itself is believed; what it says of others' accounts is not, however it says it.
func TestServersSpeakForThemselves(t *testing.T) {
	d := newDoor(t)
	for _, name := range []string{"bob", "bob@mastodon.example", "", "../bob", "bob/x"} {
		d.evil.person = name
		v := browse(t, d.h)
		w := v.get(d.evil.yes(v.away("evil.example", "/")).RequestURI())
		if w.Code != http.StatusBadRequest || v.cookies["__Host-folkmoot"] != nil {
			t.Errorf("%q: %d %v", name, w.Code, v.cookies)
		}
	}
	if len(d.evil.tokens) != 0 {
		t.Errorf("tokens are kept: %v", d.evil.tokens)
	}
	d.evil.person = "eve"
	v := browse(t, d.h)
	v.leads(v.get(d.evil.yes(v.away("evil.example", "https://evil.example/")).RequestURI()), "/") // and leads nobody away
	v.shows(v.get("/account"), http.StatusOK, "https://evil.example/users/eve")
}

func TestSignInSaysWhatIsWrong(t *testing.T) {
	d := newDoor(t)
	v := browse(t, d.h)
	v.shows(v.get("/sign-in?to=//evil.example"), http.StatusOK, `name="to" value="/"`)
	v.shows(v.post("/sign-in", "server", "javascript:x", "to", "/g/books"), http.StatusUnprocessableEntity,
		"does not look like a server", `value="javascript:x"`, `name="to" value="/g/books"`)
	v.shows(v.post("/sign-in", "server", "down.example"), http.StatusUnprocessableEntity, "could not be asked", `value="down.example"`)
	back := d.good.yes(v.away("mastodon.example", "/g/books"))
	v.shows(v.get(back.Path+"?error=access_denied&state="+back.Query().Get("state")), http.StatusOK, "Not signed in", "/sign-in?to=%2Fg%2Fbooks")
}

// An application that the other server has forgotten is made anew.
func TestForgottenApplication(t *testing.T) {
	d := newDoor(t)
	v := browse(t, d.h)
	back := d.good.yes(v.away("mastodon.example", "/"))
	d.good.secrets = map[string]string{}
	v.shows(v.get(back.RequestURI()), http.StatusBadRequest, "Try again")
	v.leads(v.get(d.good.yes(v.away("mastodon.example", "/")).RequestURI()), "/")
}

// Whoever tries very often has to wait, whatever address they claim; others do not.
func TestSignInIsLimited(t *testing.T) {
	d := newDoor(t)
	ask := func(client string) int {
		v := browse(t, d.h)
		return v.ask(http.MethodPost, "/sign-in", url.Values{"server": {"x"}}, "Test-Client", client, "X-Forwarded-For", secret()).Code
	}
	for i := range 21 {
		want := http.StatusUnprocessableEntity
		if i == 20 {
			want = http.StatusTooManyRequests
		}
		if got := ask("192.0.2." + string(rune('1'+i%9))); got != want {
			t.Errorf("try %d: %d", i+1, got)
		}
	}
	if got := ask("192.0.3.1"); got != http.StatusUnprocessableEntity {
		t.Errorf("the neighbour: %d", got)
	}
	for address, want := range map[string]string{
		"192.0.2.77": "192.0.2.0/24", "2001:db8:1:2::3": "2001:db8:1::/48", "::ffff:192.0.2.77": "192.0.2.0/24", "fe80::1%eth0": "fe80::/48", "odd": "odd",
	} {
		if got := networkOf(address); got != want {
			t.Errorf("networkOf(%q) = %q", address, got)
		}
	}
}

// A server that knows this one from before pictures could be posted is asked anew, for what it takes now.
func TestIntroducedAgainForMore(t *testing.T) {
	d := newDoor(t)
	if err := d.st.SaveApplication(t.Context(), d.good.origin, `{"client_id":"old","client_secret":"old","knows":"profile"}`); err != nil {
		t.Fatal(err)
	}
	v := browse(t, d.h)
	v.leads(v.get(d.good.yes(v.away("mastodon.example", "/", "posts", "yes")).RequestURI()), "/")
	if d.good.appCalls != 1 || !strings.Contains(d.good.tokens["token-0"], "write:media") {
		t.Errorf("introduced %d times, allowed %v", d.good.appCalls, d.good.tokens)
	}
}

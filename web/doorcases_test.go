package web

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"folkmoot/group"
	"folkmoot/store"
)

// What the tests of the door show, under the ids of the cases.
func TestTheDoorIsGuarded(t *testing.T) {
	t.Run("WEB-01 foreign forms", TestForeignFormsAreRefused)
	t.Run("WEB-02 too many tries", TestSignInIsLimited)
	t.Run("WEB-03 sessions end", TestSessionsEnd)
	t.Run("WEB-03 the secret changes", TestSigningInChangesTheSecret)
	t.Run("WEB-03 blocked and gone", TestBlockedPeopleAreStrangers)
	t.Run("WEB-05 who may see what", TestWhoMaySeeWhat)
	t.Run("WEB-06 paths to come back to", TestLocalPath)
	t.Run("WEB-08 bound to the browser", TestSignInIsBoundToTheBrowser)
	t.Run("WEB-08 injected code", TestInjectedCode)
	t.Run("WEB-08 what servers say of others", TestServersSpeakForThemselves)
}

// routes reads from the sources which forms the pages take, so that none is left out.
func routes(t *testing.T, method string) []string {
	t.Helper()
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	var paths []string
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		base := ""
		if at := regexp.MustCompile(`\bat\b[^"\n]*=[^"\n]*"(/[^"]*)"`).FindSubmatch(text); at != nil {
			base = string(at[1])
		}
		for _, line := range strings.Split(string(text), "\n") {
			if !strings.Contains(line, `"`+method+" ") || !strings.Contains(line, "mux.Handle") {
				continue
			}
			route := regexp.MustCompile(`"` + method + ` (?:"\+at(?:\+")?)?([^",]*)`).FindStringSubmatch(line)
			path := route[1]
			if strings.Contains(line, `"`+method+` "+`) {
				path = base + path
			}
			if !strings.HasPrefix(path, "/") && method != http.MethodGet { // what is read may be added up in other ways
				t.Fatalf("%s: the route is not understood: %s", name, line)
			}
			path = strings.NewReplacer("{name}", "books", "{number}", "1", "{host}", "mastodon.example", "{handle}", "@ann@mastodon.example", "{$}", "").Replace(path)
			if path = regexp.MustCompile(`\{[^}]*\}`).ReplaceAllString(path, "1"); strings.HasPrefix(path, "/") {
				paths = append(paths, path)
			}
		}
	}
	slices.Sort(paths)
	if paths = slices.Compact(paths); len(paths) < 4 {
		t.Fatalf("only %q are found", paths)
	}
	return paths
}

// Every form there is, or comes to be, is refused when another site sends it, and takes nothing from a stranger.
func TestEveryFormIsGuarded(t *testing.T) {
	h, st := site(t)
	v := browse(t, h)
	v.enter(st, ann)
	if err := st.SetAdmin(t.Context(), ann, true); err != nil {
		t.Fatal(err)
	}
	fields := url.Values{"session": {"others"}, "server": {"mastodon.example"}, "language": {"de"}, "text": {"forged"}, "confirm": {"yes"}}
	for _, path := range routes(t, "POST") {
		t.Run("WEB-01 "+path, func(t *testing.T) {
			for _, header := range [][]string{
				{"Sec-Fetch-Site", "cross-site"},
				{"Sec-Fetch-Site", "same-site"},
				{"Origin", "https://evil.example"},
				{"Origin", "null"},
				{"Origin", "https://groups.example.evil.example"},
				{"Origin", "https://evil.groups.example"},
				{"Sec-Fetch-Site", "cross-site", "Origin", "https://groups.example:8443"},
			} {
				v.T = t
				if w := v.ask(http.MethodPost, path, fields, header...); w.Code != http.StatusForbidden || len(w.Result().Cookies()) > 0 {
					t.Errorf("%q: %d", header, w.Code)
				}
			}
			w := v.ask(http.MethodGet, path, nil, "X-HTTP-Method-Override", "POST", "X-Method-Override", "POST")
			if w.Code == http.StatusSeeOther && strings.HasPrefix(w.Header().Get("Location"), "/account") {
				t.Errorf("asked for with another method: %d to %s", w.Code, w.Header().Get("Location"))
			}
		})
	}
	v.T = t
	v.shows(v.get("/account"), http.StatusOK, "@ann@mastodon.example")
}

// No cookie can be read by scripts, sent without TLS, set by another host or sent along by another site's form.
func TestEveryCookieIsKeptClose(t *testing.T) {
	h, st := site(t)
	d := newDoor(t)
	look := func(t *testing.T, w *httptest.ResponseRecorder) int {
		t.Helper()
		for _, c := range w.Result().Cookies() {
			if !strings.HasPrefix(c.Name, "__Host-") || !c.Secure || !c.HttpOnly || c.SameSite == http.SameSiteNoneMode || c.SameSite == 0 || c.Path != "/" || c.Domain != "" {
				t.Errorf("cookie %s", c)
			}
		}
		return len(w.Result().Cookies())
	}
	t.Run("WEB-04 of a sign-in", func(t *testing.T) {
		v := browse(t, d.h)
		first := v.post("/sign-in", "server", "mastodon.example", "to", "/")
		link := regexp.MustCompile(`href="(https://mastodon[^"]+)"`).FindStringSubmatch(first.Body.String())
		if look(t, first) != 1 || link == nil {
			t.Fatalf("%d\n%s", first.Code, first.Body)
		}
		second := v.get(d.good.yes(strings.ReplaceAll(link[1], "&amp;", "&")).RequestURI())
		if look(t, second) == 0 {
			t.Errorf("no cookie: %d", second.Code)
		}
	})
	v := browse(t, h)
	v.enter(st, ann)
	for _, path := range append(routes(t, "POST"), routes(t, "GET")...) {
		t.Run("WEB-04 "+path, func(t *testing.T) {
			v.T = t
			v.enter(st, ann)
			look(t, v.get(path))
			look(t, v.post(path, "session", "others", "language", "de", "lang", "de"))
		})
	}
}

// What is somebody else's is neither shown nor changed by its number, and looks like nothing.
func TestOthersNumbers(t *testing.T) {
	h, st := site(t)
	victim, thief := browse(t, h), browse(t, h)
	victim.enter(st, ann)
	thief.enter(st, bob)
	sessions, err := st.Sessions(t.Context(), mustActor(t, st, ann).ID)
	if err != nil {
		t.Fatal(err)
	}
	none := thief.post("/account/sessions", "session", "987654")
	for i, number := range []string{fmt.Sprint(sessions[0].ID), " " + fmt.Sprint(sessions[0].ID), fmt.Sprintf("%d.0", sessions[0].ID), "-1", "0", "all", "1 OR 1=1", "99999999999999999999"} {
		t.Run(fmt.Sprintf("WEB-05 number %d", i), func(t *testing.T) {
			thief.T = t
			if w := thief.post("/account/sessions", "session", number, "session", fmt.Sprint(sessions[0].ID)); w.Code != none.Code || w.Header().Get("Location") != none.Header().Get("Location") {
				t.Errorf("%d %s, for one that is not there %d", w.Code, w.Header().Get("Location"), none.Code)
			}
			victim.T = t
			victim.shows(victim.get("/account"), http.StatusOK, "@ann@mastodon.example")
		})
	}
	page := thief.get("/account").Body.String()
	if strings.Contains(page, "@ann@mastodon.example") {
		t.Errorf("shows who else is signed in:\n%s", page)
	}
}

// Who may come in, has been here, or runs the server cannot be found out by guessing.
func TestNobodyIsFoundOut(t *testing.T) {
	h, st := site(t)
	link(t, st, "qqq2", ann, clock())
	link(t, st, "qqq1", bob, clock().Add(time.Minute))
	if w := browse(t, h).post("/sign-in/link/qqq1"); w.Code != http.StatusSeeOther {
		t.Fatal(w.Code)
	}
	if err := st.SetAdmin(t.Context(), ann, true); err != nil {
		t.Fatal(err)
	}
	strip := func(w *httptest.ResponseRecorder, secret string) string {
		return fmt.Sprint(w.Code, w.Header(), strings.ReplaceAll(w.Body.String(), secret, "…"))
	}
	for _, method := range []string{http.MethodGet, http.MethodPost} {
		t.Run("WEB-09 links, "+method, func(t *testing.T) {
			want := strip(browse(t, h).ask(method, "/sign-in/link/qqq3", nil), "qqq3")
			for _, secret := range []string{"qqq1", "qqq2"} {
				if got := strip(browse(t, h).ask(method, "/sign-in/link/"+secret, nil), secret); got != want {
					t.Errorf("%s:\n%s\nnone:\n%s", secret, got, want)
				}
			}
		})
	}
	t.Run("WEB-09 people", func(t *testing.T) {
		stranger := browse(t, h)
		page := stranger.get("/people/@ann@mastodon.example").Body.String() + stranger.get("/").Body.String()
		for _, bad := range []string{"signed in", "admin", "last seen"} {
			if strings.Contains(strings.ToLower(page), bad) {
				t.Errorf("says %q of somebody:\n%s", bad, page)
			}
		}
	})
}

// Wherever a form or an address says to go on to, it is here.
func TestFormsLeadNowhereElse(t *testing.T) {
	h, st := site(t)
	for _, to := range []string{"//evil.example", "https://evil.example", `/\evil.example`, `\\evil.example`, "/\t/evil.example", "///evil.example", "/%0d%0aLocation:https://evil.example", "javascript:alert(1)", "https:evil.example", "/..//evil.example"} {
		t.Run("WEB-06 "+to, func(t *testing.T) {
			for _, signed := range []bool{false, true} {
				v := browse(t, h)
				if signed {
					v.enter(st, ann)
				}
				for _, path := range routes(t, "POST") {
					pairs := []string{"session", "others", "language", "de", "server", "x"}
					for _, name := range []string{"to", "next", "back", "from", "return", "url", "redirect_uri"} {
						pairs = append(pairs, name, to)
					}
					w := v.post(path+"?to="+url.QueryEscape(to)+"&next="+url.QueryEscape(to), pairs...)
					stays(t, path, w.Header().Get("Location"))
					w = v.ask(http.MethodPost, path, url.Values{"to": {to}, "language": {"de"}}, "Sec-Fetch-Site", "same-origin", "Referer", "https://evil.example/"+to)
					stays(t, path, w.Header().Get("Location"))
				}
			}
		})
	}
}

func stays(t *testing.T, path, to string) {
	t.Helper()
	if to == "" {
		return
	}
	u, err := (&url.URL{Scheme: "https", Host: "groups.example"}).Parse(to)
	if err != nil || u.Host != "groups.example" || u.Scheme != "https" || strings.HasPrefix(to, "//") || strings.HasPrefix(u.Path, "//") || strings.ContainsAny(to, "\\\r\n\t") {
		t.Errorf("%s leads to %q", path, to)
	}
}

// Nobody but its moderators changes anything through a form for those who run a group, nor through one of another group.
func TestFormsOfThoseWhoRunAGroup(t *testing.T) {
	h, st := site(t)
	other := store.Group{URI: origin + "/g/films", Name: "films", Title: "Films", Keys: []byte("pem"), Settings: group.Defaults()}
	if err := st.CreateGroup(t.Context(), other, bob); err != nil {
		t.Fatal(err)
	}
	fields := url.Values{
		"act": {"ban"}, "do": {"ban"}, "kind": {"ban"}, "who": {ann}, "person": {ann}, "target": {ann + "/1"}, "post": {ann + "/1"}, "number": {"1"}, "group": {"films"},
		"title": {"Mine"}, "summary": {"mine"}, "rule": {"hold word x"}, "text": {"hold word x"}, "words": {"x"}, "sure": {"yes"}, "confirm": {"yes"}, "posting": {"mods"},
	}
	state := func() string {
		g, err := st.Group(t.Context(), "books")
		if err != nil {
			t.Fatal(err)
		}
		m, err := st.Member(t.Context(), g.ID, ann)
		if err != nil {
			t.Fatal(err)
		}
		first, err := st.Post(t.Context(), "books", 1)
		if err != nil {
			t.Fatal(err)
		}
		return fmt.Sprintf("%+v %+v %+v", g, m, first)
	}
	thief, stranger, before, found := browse(t, h), browse(t, h), state(), 0
	thief.enter(st, bob) // runs the films
	for _, path := range routes(t, "POST") {
		if !strings.HasPrefix(path, "/g/books/run") {
			continue
		}
		found++
		for name, v := range map[string]*visitor{"the owner of another group": thief, "a stranger": stranger} {
			t.Run("WEB-05 "+name+" at "+path, func(t *testing.T) {
				v.T = t
				for _, act := range []string{"ban", "remove", "appoint", "approve", "lock", "pin", "dismiss", "unban", "refuse", "handover"} {
					for _, key := range []string{"act", "do", "kind", "what"} {
						fields.Set(key, act)
					}
					w := v.ask(http.MethodPost, path, fields, "Sec-Fetch-Site", "same-origin")
					if to := w.Header().Get("Location"); w.Code != http.StatusForbidden && w.Code != http.StatusNotFound && !strings.HasPrefix(to, "/sign-in") {
						t.Errorf("%s: %d to %q", act, w.Code, to)
					}
				}
				if got := state(); got != before {
					t.Errorf("now %s\nbefore %s", got, before)
				}
			})
		}
	}
	if found < 3 {
		t.Errorf("only %d such forms are found", found)
	}
}

package web

import (
	"context"
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

// ask sends a request with headers, given as name and value in turn.
func ask(t *testing.T, h http.Handler, method, path string, headers ...string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequest(method, path, nil)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// remove lets somebody delete a post: its author, or a moderator.
func remove(t *testing.T, st *store.Store, kind group.Kind, by, uri string) {
	t.Helper()
	d, err := st.Apply(t.Context(), group.Request{
		Kind: kind, By: group.Person{URI: by}, Target: uri, Groups: []string{origin + "/g/books"}, Activity: uri + "/" + string(kind),
	}, 0)
	if err != nil {
		t.Fatal(err)
	}
	if len(d) != 1 || d[0].Decision.Verdict != group.Accepted {
		t.Fatalf("%s of %s by %s: %+v", kind, uri, by, d)
	}
}

func TestOddRequests(t *testing.T) {
	h, st := site(t)
	publish(t, st, &group.Post{URI: ann + "/held", Author: ann, Title: "Waits", HTML: "<p>waiting words</p>"}, origin+"/g/films", origin+"/g/poems")
	tests := map[string]struct {
		method, path string
		status       int
		location     string
	}{
		"a held post":                  {"GET", "/g/books/post/3", 404, ""},
		"a held post as a comment":     {"GET", "/g/books/comment/3", 404, ""},
		"a comment as a thread":        {"GET", "/g/books/post/2", 302, "/g/books/post/1#comment-2"},
		"a thread as a comment":        {"GET", "/g/books/comment/1", 302, "/g/books/post/1"},
		"a number spelt oddly":         {"GET", "/g/books/post/01", 404, ""},
		"a number with a sign":         {"GET", "/g/books/post/+1", 404, ""},
		"a number too large":           {"GET", "/g/books/post/99999999999999999999", 404, ""},
		"a thread of another group":    {"GET", "/g/films/post/1", 404, ""},
		"a name in capitals":           {"GET", "/g/Books", 301, "/g/books"},
		"a slash too many":             {"GET", "/g/books/", 301, "/g/books"},
		"a handle as a path":           {"GET", "/@books", 301, "/g/books"},
		"a whole handle as a path":     {"GET", "/@books@groups.example", 301, "/g/books"},
		"somebody else's handle":       {"GET", "/@books@evil.example", 404, ""},
		"two slashes":                  {"GET", "//evil.example/g/books", 0, "/evil.example/g/books"},
		"dots":                         {"GET", "/g/../g/books", 0, "/g/books"},
		"an escaped slash":             {"GET", "/g/%2Fevil.example", 404, ""},
		"an escaped slash in a person": {"GET", "/people/%2F%2Fevil.example", 404, ""},
		"a nul":                        {"GET", "/g/a%00b", 404, ""},
		"bytes that are no text":       {"GET", "/g/%ff%fe", 404, ""},
		"a name of great length":       {"GET", "/g/" + strings.Repeat("a", 20000), 404, ""},
		"older than nothing":           {"GET", "/g/books?before=-5", 200, ""},
		"older than no number":         {"GET", "/g/books?before=x&before=1&y[]=%00", 200, ""},
		"a post to a page":             {"POST", "/g/books", 405, ""},
		"a deletion":                   {"DELETE", "/g/books/post/1", 405, ""},
		"a folder of files":            {"GET", "/static/", 404, ""},
		"no such file":                 {"GET", "/static/x.css", 404, ""},
		"a file out of reach":          {"GET", "/static/..%2ftemplates%2flayout.html", 404, ""},
	}
	for name, tt := range tests {
		t.Run("WEB-07 "+name, func(t *testing.T) {
			w := ask(t, h, tt.method, tt.path)
			if tt.status != 0 && w.Code != tt.status {
				t.Errorf("status %d, want %d", w.Code, tt.status)
			}
			if got := w.Header().Get("Location"); got != tt.location {
				t.Errorf("leads to %q, want %q", got, tt.location)
			}
			if strings.Contains(w.Body.String(), "waiting words") {
				t.Error("shows what waits for a moderator")
			}
			if tt.status == 404 && !strings.Contains(w.Body.String(), "Nothing here") {
				t.Errorf("does not say so kindly: %s", w.Body)
			}
			if tt.status == 405 && w.Header().Get("Allow") != "GET, HEAD" {
				t.Errorf("allows %q", w.Header().Get("Allow"))
			}
		})
	}
}

func TestReaderHangsUp(t *testing.T) {
	h, _ := site(t)
	for _, path := range []string{"/", "/g/books", "/g/books/post/1", "/g/books/comment/2", "/people/@ann@mastodon.example"} {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil).WithContext(ctx)) // must not panic
		if w.Body.Len() > 0 {
			t.Errorf("%s: wrote %q to nobody", path, w.Body)
		}
	}
}

func TestUnchangedPagesAreNotSentAgain(t *testing.T) {
	h, st := site(t)
	first := ask(t, h, "GET", "/g/books")
	etag := first.Header().Get("ETag")
	if etag == "" {
		t.Fatal("no ETag")
	}
	for _, tag := range []string{etag, "W/" + etag, `"x", ` + etag, "*"} {
		w := ask(t, h, "GET", "/g/books", "If-None-Match", tag)
		if w.Code != http.StatusNotModified || w.Body.Len() != 0 || w.Header().Get("ETag") != etag {
			t.Errorf("If-None-Match: %s: %d, %d bytes, ETag %s", tag, w.Code, w.Body.Len(), w.Header().Get("ETag"))
		}
	}
	if w := ask(t, h, "GET", "/g/none", "If-None-Match", "*"); w.Code != http.StatusNotFound {
		t.Errorf("a page that is not there: %d", w.Code)
	}
	publish(t, st, &group.Post{URI: bob + "/2", Author: bob, InReplyTo: ann + "/1", HTML: "<p>Or Emma</p>"})
	if w := ask(t, h, "GET", "/g/books", "If-None-Match", etag); w.Code != http.StatusOK {
		t.Errorf("after a comment: %d", w.Code)
	}
}

func TestHead(t *testing.T) {
	h, _ := site(t)
	for _, path := range []string{"/", "/g/books", "/g/books/post/1", "/g/none", "/static/style.css"} {
		get, head := ask(t, h, "GET", path), ask(t, h, "HEAD", path)
		if head.Body.Len() != 0 || head.Code != get.Code {
			t.Errorf("HEAD %s: %d with %d bytes, GET %d", path, head.Code, head.Body.Len(), get.Code)
		}
		if got, want := head.Header().Get("Content-Length"), strconv.Itoa(get.Body.Len()); got != want {
			t.Errorf("HEAD %s: length %q, GET sends %s", path, got, want)
		}
	}
}

func TestStaticFilesChangeAddressWhenTheyChange(t *testing.T) {
	h, _ := site(t)
	_, rest, ok := strings.Cut(get(t, h, "/").Body.String(), `href="/static/style.css?v=`)
	if !ok {
		t.Fatal("the style sheet has no version")
	}
	version, _, _ := strings.Cut(rest, `"`)
	w := ask(t, h, "GET", "/static/style.css?v="+version)
	if got := w.Header().Get("Cache-Control"); w.Code != 200 || !strings.Contains(got, "immutable") {
		t.Errorf("%d, Cache-Control %q", w.Code, got)
	}
	if got := w.Header().Get("Content-Type"); !strings.HasPrefix(got, "text/css") {
		t.Errorf("type %q", got)
	}
	old := ask(t, h, "GET", "/static/style.css?v=before")
	if got := old.Header().Get("Cache-Control"); old.Code != 200 || strings.Contains(got, "immutable") {
		t.Errorf("of another version: %d, Cache-Control %q", old.Code, got)
	}
	if again := ask(t, h, "GET", "/static/style.css", "If-None-Match", w.Header().Get("ETag")); again.Code != http.StatusNotModified {
		t.Errorf("unchanged: %d", again.Code)
	}
}

// Whatever others write, the only markup in a page is the template's and what the sanitiser let through.
func TestHostileWords(t *testing.T) {
	t.Run("HTM-01", func(t *testing.T) {
		h, st := site(t)
		hostile := `"><script>alert(1)</script><img src=x onerror=alert(1)>'` + "`{{.}}</title></style><!--"
		mallory := "https://evil.example/users/mallory"
		save(t, st, store.Actor{
			URI: mallory, Handle: "@" + hostile + "@evil.example", Name: hostile, URL: "javascript:alert(1)", Inbox: mallory + "/inbox",
		})
		publish(t, st, &group.Post{
			URI: mallory + "/1", Author: mallory, Title: hostile, HTML: "<p>x</p>", Warning: hostile, Link: "javascript:alert(1)//" + hostile,
			URL: "data:text/html,<script>alert(1)</script>", Language: hostile, InReplyTo: ann + "/1",
		})
		person := "/people/" + url.PathEscape("@"+hostile+"@evil.example")
		for _, path := range []string{"/g/books", "/g/books/post/1", person, "/g/books/follow?server=" + url.QueryEscape(hostile)} {
			page := get(t, h, path).Body.String()
			for _, bad := range []string{"<script", "<img src=x", `"javascript:`, `"data:`, "<!--", "onerror=alert(1)>"} {
				if strings.Contains(page, bad) {
					t.Errorf("%.40s holds %s:\n%s", path, bad, page)
				}
			}
		}
		if w := get(t, h, person); w.Code != 200 {
			t.Errorf("the person's page: %d", w.Code)
		}
	})
}

func TestImpossibleTimes(t *testing.T) {
	h, st := site(t)
	for i, at := range []time.Time{{}, time.Unix(1<<40, 0), time.Unix(-1<<40, 0)} {
		p := &group.Post{URI: bob + "/odd/" + strconv.Itoa(i), Author: bob, InReplyTo: ann + "/1", HTML: "<p>odd</p>"}
		apply(t, st, p, at)
	}
	page := get(t, h, "/g/books/post/1").Body.String()
	for _, bad := range []string{"0001", "36812", "-328", "1 January 1970"} {
		if strings.Contains(page, bad) {
			t.Errorf("shows a time with %s:\n%s", bad, page)
		}
	}
}

package web

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"folkmoot/group"
	"folkmoot/store"
)

// somePaths are pages of every kind, and what is none.
func somePaths() []string {
	return []string{
		"/", "/g/books", "/g/books/", "/g/books/post/1", "/g/books/post/1?page=2", "/g/books/comment/2", "/g/books/post/99", "/g/none",
		"/g/books/follow", "/g/books/follow?server=mastodon.example", "/g/books/follow?server=%22%3E", "/people/@ann@mastodon.example",
		"/people/@x@y.example", "/@books", "/your-data/guessed", "/static/style.css", "/static/none", "/static/", "/x", "/favicon.ico", "/robots.txt", "/.well-known/security.txt",
	}
}

// Whatever is answered, and to whatever, no browser may run or load anything of it that the pages do not need.
func TestEveryAnswerForbidsScripts(t *testing.T) {
	h, _ := site(t)
	for _, path := range append(somePaths(), routes(t, "GET")...) {
		for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodOptions} {
			t.Run("HTM-04 "+method+" "+path, func(t *testing.T) {
				w := ask(t, h, method, path)
				policy := w.Header().Get("Content-Security-Policy")
				for _, want := range []string{"default-src 'none'", "base-uri 'none'", "frame-ancestors 'none'", "form-action 'self'"} {
					if !strings.Contains(policy, want) {
						t.Errorf("%d without %s: %q", w.Code, want, policy)
					}
				}
				for _, bad := range []string{"unsafe", "*", "data:", "http:", "https:", "blob:", "script-src"} {
					if strings.Contains(policy, bad) {
						t.Errorf("%d with %s: %q", w.Code, bad, policy)
					}
				}
				if got := w.Header().Get("X-Content-Type-Options"); got != "nosniff" || w.Header().Get("Referrer-Policy") == "" {
					t.Errorf("%d: nosniff %q, Referrer-Policy %q", w.Code, got, w.Header().Get("Referrer-Policy"))
				}
				if body := w.Body.String(); strings.Contains(body, "<script") || strings.Contains(body, " style=\"") || strings.Contains(body, " onclick") {
					t.Errorf("holds a script or a style of its own:\n%s", body)
				}
			})
		}
	}
}

// No page is ever an ActivityPub document or something a browser runs, whatever is asked for.
func TestPagesAreNoDocuments(t *testing.T) {
	h, st := site(t)
	publish(t, st, &group.Post{
		URI: ann + "/json", Author: ann, Title: `{"id":"https://groups.example/g/books","type":"Person"}`,
		HTML: `<p>{"@context":"https://www.w3.org/ns/activitystreams","type":"Group"}</p>`,
	})
	for _, accept := range []string{
		"application/activity+json", `application/ld+json; profile="https://www.w3.org/ns/activitystreams"`, "image/svg+xml", "text/xml", "*/*", "text/javascript",
	} {
		for _, path := range append(somePaths(), "/g/books/post/3") {
			t.Run("HTM-05 "+accept+" "+path, func(t *testing.T) {
				media := ask(t, h, "GET", path, "Accept", accept).Header().Get("Content-Type")
				if !strings.HasPrefix(media, "text/html; charset=utf-8") && !strings.HasPrefix(media, "text/css") && !strings.HasPrefix(media, "text/plain") {
					t.Errorf("is %q", media)
				}
			})
		}
	}
}

// No address of this server sends anybody to another one.
func TestNothingLeadsElsewhere(t *testing.T) {
	h, _ := site(t)
	paths := append(somePaths(),
		"//evil.example", "//evil.example/", "///evil.example", "/%2Fevil.example", "/%2F%2Fevil.example/", "/%5Cevil.example", "/\\evil.example",
		"/.//evil.example", "/g//evil.example", "/g/%2F%2Fevil.example/", "/@evil.example", "/@books@evil.example", "/@%2Fevil.example",
		"/@books%0d%0aLocation:%20https://evil.example", "/%0d%0aSet-Cookie:%20a=b", "/g/books/%0aevil", "/people/%2F%2Fevil.example", "/https://evil.example",
		"/https:%2F%2Fevil.example", "/g/books/follow?server=evil.example&next=//evil.example", "/g/books/follow?next=https://evil.example",
		"/?next=//evil.example&url=https://evil.example&return_to=/%5Cevil.example", "/g/Books?next=//evil.example", "/@Books?r=https://evil.example",
		"/g/books/post/2?next=//evil.example", "/g/books/..%2f..%2f/evil.example", "/g/books/post/1/../../../../evil.example", "/static/..//evil.example",
	)
	for _, path := range paths {
		t.Run("WEB-06 "+path, func(t *testing.T) {
			r := httptest.NewRequest("GET", "/", nil)
			u, err := url.ParseRequestURI(path)
			if err != nil {
				return // net/http answers that it is no request
			}
			r.URL, r.RequestURI, r.Host = u, path, "groups.example"
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			if to := w.Header().Get("Location"); to != "" {
				resolved, err := (&url.URL{Scheme: "https", Host: "groups.example"}).Parse(to)
				if err != nil || resolved.Host != "groups.example" || resolved.Scheme != "https" || strings.ContainsAny(to, "\\\r\n") || strings.HasPrefix(to, "//") {
					t.Errorf("%d leads to %q", w.Code, to)
				}
			}
			if len(w.Header().Values("Set-Cookie")) > 0 || w.Header().Get("Refresh") != "" {
				t.Errorf("headers %v", w.Header())
			}
			if strings.Contains(w.Body.String(), `http-equiv="refresh"`) {
				t.Error("the page leads on by itself")
			}
		})
	}
}

// What the pages call themselves comes from the settings, not from what a request says of the host.
func TestForgedHostsChangeNothing(t *testing.T) {
	h, _ := site(t)
	for _, path := range append(somePaths(), routes(t, "GET")...) {
		t.Run("WEB-11 "+path, func(t *testing.T) {
			r := httptest.NewRequest("GET", path, nil)
			r.Host = "evil.example"
			for _, name := range []string{"X-Forwarded-Host", "X-Original-Host", "X-Host", "X-Forwarded-Server", "X-Original-URL", "X-Rewrite-URL"} {
				r.Header.Set(name, "evil.example")
			}
			r.Header.Set("Forwarded", "host=evil.example;proto=http")
			r.Header.Set("X-Forwarded-Proto", "gopher")
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			for name, values := range w.Header() {
				if strings.Contains(strings.Join(values, " "), "evil.example") {
					t.Errorf("%s: %q", name, values)
				}
			}
			if strings.Contains(w.Body.String(), "evil.example") || strings.Contains(w.Body.String(), "gopher") {
				t.Errorf("the page names it:\n%s", w.Body)
			}
		})
	}
}

// Whatever was stored as a link, scripts are none. (That addresses are whole and without user names is seen to where they come in.)
func TestLinksOfOthers(t *testing.T) {
	h, st := site(t)
	for i, link := range []string{
		"javascript:alert(1)", "JAVASCRIPT:alert(1)", " javascript:alert(1)", "java\tscript:alert(1)", "data:text/html,x", "vbscript:x", "file:///etc/passwd", "blob:https://a.example/x",
	} {
		t.Run("ORG-13 "+link, func(t *testing.T) {
			uri := "https://evil.example/users/mal/" + string(rune('a'+i))
			publish(t, st, &group.Post{
				URI: uri, Author: ann, Title: "x", HTML: "<p>x</p>", InReplyTo: ann + "/1", Link: link, URL: link,
				Media: []group.Media{{Kind: "Link", URL: link, Alt: "good.example"}},
			})
			for _, path := range []string{"/g/books/post/1", "/g/books"} {
				page := get(t, h, path).Body.String()
				for _, bad := range []string{`href="javascript`, `href="JAVASCRIPT`, `href="data:`, `href="vbscript`, `href="file:`, `href=" `, `href="java`, `href="blob:`} {
					if strings.Contains(page, bad) {
						t.Errorf("%s holds %s", path, bad)
					}
				}
			}
		})
	}
}

// Feeds are well-formed and hold no script, whatever posts, titles and names are made of.
func TestFeedsHoldNoScripts(t *testing.T) {
	h, st := site(t)
	hostile := "]]></title><script>alert(1)</script>&lt;x\x00\x1b[2J\ufffe\"'=cmd|' /C calc'!A0"
	save(t, st, store.Actor{URI: ann, Handle: "@ann@mastodon.example", Name: hostile, URL: "javascript:alert(1)", Inbox: ann + "/inbox", Fetched: clock()})
	publish(t, st, &group.Post{
		URI: ann + "/feed", Author: ann, Title: hostile, HTML: "<p>words ]]&gt;</p>", Link: "javascript:alert(1)", Language: hostile, Tags: []string{hostile, "cats"},
		Media: []group.Media{{Kind: "Link", URL: "data:text/html,<script>alert(1)</script>"}, {Kind: "Image", URL: "https://a.example/\"onerror=alert(1)"}},
	})
	for _, path := range []string{"/g/books/feed.atom", "/g/books/feed.rss", "/g/books/feed.json", "/g/books/post/3/feed.atom", "/tag/cats/feed.rss", "/g/books/tag/cats/feed.json", "/sitemap.xml"} {
		t.Run("HTM-08 "+path, func(t *testing.T) {
			w := get(t, h, path)
			body := w.Body.String()
			if w.Code != http.StatusOK {
				t.Fatalf("status %d", w.Code)
			}
			for _, bad := range []string{"<script", ">javascript:", "\"javascript:", "href=\"javascript", "href=\\\"javascript", "href=&#34;javascript", "href=&#34;data", "href=\\\"data", "\x00", "\x1b"} {
				if strings.Contains(body, bad) {
					t.Errorf("holds %q:\n%s", bad, body)
				}
			}
			if w.Header().Get("X-Content-Type-Options") != "nosniff" || strings.Contains(w.Header().Get("Content-Type"), "html") {
				t.Errorf("headers %v", w.Header())
			}
			if strings.HasSuffix(path, ".json") {
				if !json.Valid([]byte(body)) {
					t.Errorf("no JSON:\n%s", body)
				}
				return
			}
			d := xml.NewDecoder(strings.NewReader(body))
			for {
				token, err := d.Token()
				if errors.Is(err, io.EOF) {
					break
				}
				if err != nil {
					t.Fatalf("%v:\n%s", err, body)
				}
				if e, ok := token.(xml.StartElement); ok && strings.EqualFold(e.Name.Local, "script") {
					t.Errorf("has a script:\n%s", body)
				}
			}
		})
	}
}

// What is asked for stands in the page as words.
func TestQuestionsAreWords(t *testing.T) {
	h, _ := site(t)
	for _, words := range []string{`"><script>alert(1)</script>`, `' onfocus=alert(1) autofocus '`, "</title><img src=x onerror=alert(1)>", "{{.}}", "\x00\x1b", "javascript:alert(1)", "\u202egnp", strings.Repeat("(", 5000), `" OR "" NEAR("`, "a*b^c:d-e"} {
		t.Run("HTM-01 asked for "+words[:min(20, len(words))], func(t *testing.T) {
			q := url.QueryEscape(words)
			for _, path := range []string{"/search?q=" + q + "&group=" + q + "&by=" + q, "/g/books?q=" + q, "/tag/" + url.PathEscape(words), "/g/books/tag/" + url.PathEscape(words), "/sign-in?to=" + q, "/g/books/follow?server=" + q} {
				w := get(t, h, path)
				body := w.Body.String()
				for _, bad := range []string{"<script", "<img src=x", `href="javascript:`, `action="javascript:`, "' onfocus=alert", "\x00"} {
					if strings.Contains(body, bad) {
						t.Errorf("%.40s holds %q:\n%s", path, bad, body)
					}
				}
				if w.Code >= 500 {
					t.Errorf("%.40s: status %d", path, w.Code)
				}
			}
		})
	}
}

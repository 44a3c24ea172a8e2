package web

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"folkmoot/group"
	"folkmoot/store"
)

// Whatever goes wrong, the page says it in the reader's language, with a way to go on, and asks search engines to stay away.
func TestErrorPages(t *testing.T) {
	h, st := site(t)
	s, err := New(Options{Store: st, Origin: origin, Title: "Moot"})
	if err != nil {
		t.Fatal(err)
	}
	failing := func(err error) http.Handler { return s.page(func(*http.Request) (view, error) { return view{}, err }) }
	publish(t, st, &group.Post{URI: ann + "/gone", Author: ann, Title: "Gone"})
	remove(t, st, group.Delete, ann, ann+"/gone")
	for range 60 { // as many searches as one network has a minute
		get(t, h, "/search?q=x")
	}
	for name, tt := range map[string]struct {
		h      http.Handler
		method string
		path   string
		form   url.Values
		header []string
		status int
		words  string // key of what it says
	}{
		"no form":        {h: failing(errForm), status: http.StatusBadRequest, words: "common.form.words"},
		"another site's": {h: h, method: http.MethodPost, path: "/sign-in", header: []string{"Sec-Fetch-Site", "cross-site"}, status: http.StatusForbidden, words: "common.foreign.words"},
		"no such page":   {h: h, path: "/g/none", status: http.StatusNotFound, words: "common.nothing.words"},
		"gone":           {h: h, path: "/g/books/post/3", status: http.StatusGone, words: "reading.thread.deleted"},
		"too large":      {h: h, method: http.MethodPost, path: "/sign-in", form: url.Values{"server": {strings.Repeat("x", maxForm)}}, status: http.StatusRequestEntityTooLarge, words: "common.too-long"},
		"too often":      {h: h, path: "/search?q=x", status: http.StatusTooManyRequests, words: "search.often.words"},
		"failed":         {h: failing(errors.New("disk I/O error")), status: http.StatusInternalServerError, words: "common.error.words"},
		"closing":        {h: failing(store.ErrClosed), status: http.StatusServiceUnavailable, words: "common.closing.words"},
	} {
		t.Run(name, func(t *testing.T) {
			for _, c := range s.languages {
				w := errorPage(t, tt.h, tt.method, tt.path, tt.form, append(tt.header, "Accept-Language", c.Code())...)
				page := w.Body.String()
				if w.Code != tt.status || !strings.Contains(page, c.T(tt.words)) || !strings.Contains(page, `<html lang="`+c.Code()+`"`) {
					t.Errorf("%s: %d, want %d and %q:\n%s", c.Code(), w.Code, tt.status, c.T(tt.words), page)
				}
				main := page[strings.Index(page, "<main"):]
				if !strings.Contains(main, `<a href="/`) && !strings.Contains(main, "<form") {
					t.Errorf("%s: no way to go on:\n%s", c.Code(), main)
				}
				if strings.Contains(page, "disk I/O") || w.Header().Get("X-Robots-Tag") != "noindex" {
					t.Errorf("%s: says what is nobody's business, or to whom:\n%s", c.Code(), page)
				}
				if later := tt.status == http.StatusTooManyRequests || tt.status == http.StatusServiceUnavailable; later != (w.Header().Get("Retry-After") != "") {
					t.Errorf("%s: try again after %q", c.Code(), w.Header().Get("Retry-After"))
				}
			}
		})
	}
}

func errorPage(t *testing.T, h http.Handler, method, path string, form url.Values, header ...string) *httptest.ResponseRecorder {
	t.Helper()
	if method == "" {
		method = http.MethodGet
	}
	if path == "" {
		path = "/"
	}
	return browse(t, h).ask(method, path, form, header...)
}

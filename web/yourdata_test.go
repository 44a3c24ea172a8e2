package web

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"folkmoot/store"
)

// To look at the link takes nothing; the button gives the data out once. Nobody keeps a copy or shows it in a search.
func TestYourData(t *testing.T) {
	h, st := site(t)
	g, err := st.Group(t.Context(), "books")
	if err != nil {
		t.Fatal(err)
	}
	const person = "https://mastodon.example/users/ann"
	if err := st.IssueTicket(t.Context(), g.ID, person, "secret"); err != nil {
		t.Fatal(err)
	}
	ask := func(method, path string) *httptest.ResponseRecorder {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), method, path, nil))
		if w.Header().Get("Cache-Control") != "no-store" || !strings.Contains(w.Header().Get("X-Robots-Tag"), "noindex") {
			t.Errorf("%s %s: %v", method, path, w.Header())
		}
		return w
	}
	for range 2 {
		if page := ask(http.MethodGet, "/your-data/secret"); page.Code != http.StatusOK || !strings.Contains(page.Body.String(), "Download my data") {
			t.Errorf("%d %s", page.Code, page.Body)
		}
	}
	var k store.Kept
	given := ask(http.MethodPost, "/your-data/secret")
	if err := json.Unmarshal(given.Body.Bytes(), &k); err != nil || k.Person != person || k.Group != g.URI {
		t.Errorf("%v: %s", err, given.Body)
	}
	for _, method := range []string{http.MethodPost, http.MethodGet} {
		for _, path := range []string{"/your-data/secret", "/your-data/guessed"} {
			if w := ask(method, path); w.Code != http.StatusNotFound || !strings.Contains(w.Body.String(), "used up") {
				t.Errorf("%s %s: %d %s", method, path, w.Code, w.Body)
			}
		}
	}
}

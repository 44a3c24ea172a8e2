package federation

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"testing"

	"folkmoot/store"
)

// behind puts a server behind a proxy on loopback that does something to each request before it passes it on.
func behind(t *testing.T, proxy func(r *http.Request)) *Server {
	t.Helper()
	var handler http.Handler
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		proxy(r)
		handler.ServeHTTP(w, r)
	}))
	t.Cleanup(front.Close)
	st, err := store.Open(store.Options{Path: filepath.Join(t.TempDir(), "folkmoot.db"), Origin: front.URL})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { st.Close() })
	s, err := New(t.Context(), Options{Store: st, Origin: front.URL, Version: "1", Client: ClientOptions{AllowHTTP: true}})
	if err != nil {
		t.Fatal(err)
	}
	handler = s.Handler(http.NotFoundHandler())
	return s
}

// What proxies do to requests is seen, and whether signatures survive it.
func TestSelfCheck(t *testing.T) {
	for name, tt := range map[string]struct {
		proxy     func(r *http.Request)
		changed   string
		signature bool // holds
	}{
		"nothing":    {func(*http.Request) {}, "", true},
		"host":       {func(r *http.Request) { r.Host = "127.0.0.1:1" }, "Host", false},
		"no digest":  {func(r *http.Request) { r.Header.Del("Digest") }, "Digest", false},
		"date":       {func(r *http.Request) { r.Header.Set("Date", "Mon, 02 Jan 2006 15:04:05 GMT") }, "Date", false},
		"no signing": {func(r *http.Request) { r.Header.Del("Signature") }, "Signature", false},
		"query": {func(r *http.Request) {
			r.RequestURI = strings.ReplaceAll(r.RequestURI, "%2F", "/")
			r.URL, _ = url.ParseRequestURI(r.RequestURI)
		}, "address", false},
		"body": {func(r *http.Request) {
			b, _ := io.ReadAll(r.Body)
			r.Body = io.NopCloser(bytes.NewReader(bytes.ReplaceAll(b, []byte("ü"), []byte("ue"))))
		}, "body", false},
		"type": {func(r *http.Request) { r.Header.Set("Content-Type", "application/json") }, "Content-Type", false},
	} {
		t.Run(name, func(t *testing.T) {
			s := behind(t, tt.proxy)
			j, err := s.CheckSelf(t.Context(), http.DefaultClient)
			if err != nil || !j.Arrived || j.Status != http.StatusNoContent {
				t.Fatalf("%+v, %v", j, err)
			}
			var changed []string
			for _, c := range j.Changed {
				changed = append(changed, c.What)
			}
			if got := strings.Join(changed, " "); got != tt.changed {
				t.Errorf("changed %v", j.Changed)
			}
			if (j.Signature == "") != tt.signature {
				t.Errorf("signature: %s", j.Signature)
			}
		})
	}
}

// There is nothing for others at that address.
func TestSelfCheckIsForNobodyElse(t *testing.T) {
	s := behind(t, func(*http.Request) {})
	for _, word := range []string{"x", "", "..%2fx"} {
		res, err := http.Post(s.origin+selfCheckPath+word, activityMedia, strings.NewReader("{}"))
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if res.StatusCode != http.StatusNotFound {
			t.Errorf("%q: %d", word, res.StatusCode)
		}
	}
	if len(s.travellers.all) > 0 {
		t.Error("something is left")
	}
}

// A proxy that answers itself is no arrival.
func TestSelfCheckThatDoesNotArrive(t *testing.T) {
	s := behind(t, func(r *http.Request) { r.URL.Path = "/elsewhere" })
	j, err := s.CheckSelf(t.Context(), http.DefaultClient)
	if err != nil || j.Arrived || j.Status == http.StatusNoContent {
		t.Errorf("%+v, %v", j, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.CheckSelf(ctx, http.DefaultClient); err == nil {
		t.Error("no error without an answer")
	}
}

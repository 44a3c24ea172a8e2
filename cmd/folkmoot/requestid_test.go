package main

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"folkmoot/config"
)

// What is logged while a request is served carries the id that the answer has too, so that an admin finds what belongs together.
func TestLinesCarryTheirRequest(t *testing.T) {
	var out bytes.Buffer
	log := newLog(config.Log{Level: "debug", Format: "json"}, &out)
	a, err := openApp(t.Context(), appOptions{
		Origin: "https://groups.example", Domain: "groups.example", DataDir: t.TempDir(), Title: "Groups", BodyBytes: 1 << 20, InFlight: 4,
		Waiting: 4, Workers: 1, Peers: 1, Log: log,
	})
	must(t, err)
	defer a.Close()
	public := markRequests(logRequests(log, a.meters, nil, a.handler))
	unsigned := `{"id":"https://far.example/1","type":"Like","actor":"https://far.example/eve","object":"https://groups.example/g/books"}`
	for _, tt := range []struct {
		handler            http.Handler
		method, path, body string
		lines              []string
	}{
		{public, http.MethodGet, "/", "", []string{"request"}},
		{public, http.MethodPost, "/inbox", unsigned, []string{"signature refused", "request"}},
		{markRequests(a.adminHandler()), http.MethodPost, "/v1/groups", `{"name":"books","owner":"@ann@127.0.0.1"}`, []string{"owner not found"}},
	} {
		out.Reset()
		r := httptest.NewRequest(tt.method, "https://groups.example"+tt.path, strings.NewReader(tt.body))
		r.Header.Set("Content-Type", "application/activity+json")
		r.Header.Set(requestHeader, "made up")
		w := httptest.NewRecorder()
		tt.handler.ServeHTTP(w, r)
		id := w.Header().Get(requestHeader)
		if !regexp.MustCompile(`^[a-z2-7]{12}$`).MatchString(id) {
			t.Errorf("%s %s has the id %q", tt.method, tt.path, id)
		}
		if got := linesOf(t, &out, id); strings.Join(got, ", ") != strings.Join(tt.lines, ", ") {
			t.Errorf("%s %s: of its request are the lines %q, want %q:\n%s", tt.method, tt.path, got, tt.lines, out.String())
		}
	}
	out.Reset()
	log.With("of", "all").InfoContext(t.Context(), "no request")
	log.With("of", "one").InfoContext(context.WithValue(t.Context(), requestKey{}, "x-1"), "a request")
	if got := strings.Split(out.String(), "\n"); strings.Contains(got[0], `"request"`) || !strings.Contains(got[1], `"request":"x-1"`) {
		t.Errorf("a line that has more to say: %q", got)
	}
}

// linesOf returns what the lines that carry an id say.
func linesOf(t *testing.T, out *bytes.Buffer, id string) (said []string) {
	t.Helper()
	for line := range strings.Lines(out.String()) {
		var l struct {
			Msg, Request string
		}
		must(t, json.Unmarshal([]byte(line), &l))
		if l.Request == id {
			said = append(said, l.Msg)
		}
	}
	return said
}

// An answer that was kept has the id of the request that got it now.
func TestRequestIDsAreNotKept(t *testing.T) {
	a, err := openApp(t.Context(), appOptions{
		Origin: "https://groups.example", Domain: "groups.example", DataDir: t.TempDir(), Title: "Groups", BodyBytes: 1 << 20, InFlight: 4,
		Waiting: 4, Workers: 1, Peers: 1, Log: newLog(config.Log{}, &bytes.Buffer{}),
	})
	must(t, err)
	defer a.Close()
	handler := markRequests(a.handler)
	seen := map[string]bool{}
	for range 3 {
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "https://groups.example/actor", nil))
		if w.Code != http.StatusOK {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
		seen[w.Header().Get(requestHeader)] = true
	}
	if len(seen) != 3 {
		t.Errorf("three answers have the ids %v", seen)
	}
}

// What an id costs an answer that is kept.
func BenchmarkKeptAnswer(b *testing.B) {
	a, err := openApp(b.Context(), appOptions{
		Origin: "https://groups.example", Domain: "groups.example", DataDir: b.TempDir(), Title: "Groups", BodyBytes: 1 << 20, InFlight: 4,
		Waiting: 4, Workers: 1, Peers: 1, Log: newLog(config.Log{}, &bytes.Buffer{}),
	})
	if err != nil {
		b.Fatal(err)
	}
	defer a.Close()
	for name, handler := range map[string]http.Handler{"plain": a.handler, "with an id": markRequests(a.handler)} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				handler.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "https://groups.example/actor", nil))
			}
		})
	}
}

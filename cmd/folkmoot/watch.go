package main

import (
	_ "embed"
	"fmt"
	"html/template"
	"net/http"
	"net/http/pprof"
	"slices"
	"sync"
	"time"

	"folkmoot/federation"
)

//go:embed watch.html
var watchPage string

// passed holds the activities that passed last, for the live page.
type passed struct {
	mu     sync.Mutex
	events []federation.Event
	oldest int // its place, once there are as many as are held
}

// maxPassed is how many are held.
const maxPassed = 200

func (p *passed) add(e federation.Event) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.events) < maxPassed {
		p.events = append(p.events, e)
		return
	}
	p.events[p.oldest] = e
	p.oldest = (p.oldest + 1) % maxPassed
}

// newest returns them, the newest first.
func (p *passed) newest() []federation.Event {
	p.mu.Lock()
	defer p.mu.Unlock()
	out := append(slices.Clone(p.events[p.oldest:]), p.events[:p.oldest]...)
	slices.Reverse(out)
	return out
}

// watchHandler is what the admin listener answers: metrics, health, profiles, and a page of what passes and what waits.
func (a *app) watchHandler() http.Handler {
	words := template.FuncMap{
		"clock": clock, "time": timeWords, "state": stateWords, "software": softwareWords, "signature": signatureWords, "next": nextTryWords,
	}
	page := template.Must(template.New("watch").Funcs(words).Parse(watchPage))
	mux := http.NewServeMux()
	mux.HandleFunc("GET /livez", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "alive") })
	mux.HandleFunc("GET /readyz", a.meters.ready)
	mux.HandleFunc("GET /metrics", a.meters.write)
	mux.HandleFunc("GET /debug/pprof/", pprof.Index) // where time and memory go, for go tool pprof
	mux.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("GET /debug/pprof/trace", pprof.Trace)
	mux.HandleFunc("GET /debug/pprof/symbol", pprof.Symbol)
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) {
		data, err := a.watchData(r)
		if err != nil {
			a.log.ErrorContext(r.Context(), "live page not made", "error", err)
			http.Error(w, "The database does not answer; look at the log.", http.StatusServiceUnavailable)
			return
		}
		h := w.Header()
		h.Set("Content-Type", "text/html; charset=utf-8")
		h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'")
		_ = page.Execute(w, data) // a reader that hung up wants nothing more
	})
	return mux
}

func clock(t time.Time) string { return t.UTC().Format("15:04:05") }

func (a *app) watchData(r *http.Request) (map[string]any, error) {
	st, err := a.store.Status(r.Context())
	if err != nil {
		return nil, err
	}
	peers, err := a.store.Peers(r.Context())
	if err != nil {
		return nil, err
	}
	behind := []peerInfo{}
	for _, p := range peers {
		if p.Logged+p.Direct > 0 || p.Failures > 0 {
			behind = append(behind, peerInfoOf(p))
		}
	}
	return map[string]any{"Status": st, "Megabytes": st.Bytes >> 20, "Behind": behind, "Events": a.passed.newest(), "Version": programVersion()}, nil
}

//go:build interop

package interop

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"folkmoot/federation"
	"folkmoot/store"
)

// patience is how long the tests wait for something that takes a moment.
const patience = time.Minute

// lab is one Folkmoot with one group, and a clock that can be put forward.
type lab struct {
	t      *testing.T
	dir    string
	port   string
	origin string
	plain  bool              // http, without TLS
	hosts  map[string]string // where names lead
	ahead  atomic.Int64

	store *store.Store
	fed   *federation.Server
	stop  func()

	group string // its id
	peers []*peer

	mu     sync.Mutex
	posts  []request                        // what came to the inboxes
	tamper func(r *http.Request) (did bool) // changes requests before they are looked at
}

// request is a POST to one of Folkmoot's inboxes and what was answered.
type request struct {
	path, scheme, input string
	status              int
	challenge           string
}

func newLab(t *testing.T) *lab {
	t.Helper()
	l := &lab{t: t, dir: t.TempDir(), port: freePort(t)}
	l.origin = "https://127.0.0.1:" + l.port
	l.start()
	t.Cleanup(func() { l.stop() })
	return l
}

// start opens the server, with the data it had before if it ran before.
func (l *lab) start() {
	l.t.Helper()
	now := func() time.Time { return time.Now().Add(time.Duration(l.ahead.Load())) }
	var err error
	l.store, err = store.Open(store.Options{
		Path: filepath.Join(l.dir, "folkmoot.db"), Origin: l.origin, Now: now, Encode: federation.NewEncoder(l.origin),
	})
	l.must(err)
	o := federation.Options{
		Store: l.store, Origin: l.origin, Version: "1.2.3", Title: "The lab", Contact: "lee@example.org", Now: now,
		Client: federation.ClientOptions{
			AllowCIDRs: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}, AllowHTTP: l.plain, Hosts: l.hosts,
		},
	}
	if os.Getenv("FOLKMOOT_TEST_LOG") != "" {
		o.Log = slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelDebug}))
	}
	l.fed, err = federation.New(l.t.Context(), o)
	l.must(err)
	listener, err := net.Listen("tcp", "127.0.0.1:"+l.port)
	l.must(err)
	srv := &http.Server{Handler: l.recorded(l.fed.Handler(http.NotFoundHandler())), ReadHeaderTimeout: 10 * time.Second}
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	wg.Go(func() { // ends with Close
		if l.plain {
			_ = srv.Serve(listener)
			return
		}
		_ = srv.ServeTLS(listener, shared("cert.pem"), shared("key.pem"))
	})
	wg.Go(func() { _ = l.fed.Run(ctx) })
	l.stop = func() {
		cancel()
		_ = srv.Close()
		wg.Wait()
		if err := l.store.Close(); err != nil {
			l.t.Errorf("close the store: %v", err)
		}
	}
}

// recorded notes what comes to the inboxes, after any tampering.
func (l *lab) recorded(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPost {
			next.ServeHTTP(w, r)
			return
		}
		l.mu.Lock()
		if l.tamper != nil && l.tamper(r) {
			l.tamper = nil
		}
		l.mu.Unlock()
		status := &statusWriter{ResponseWriter: w}
		next.ServeHTTP(status, r)
		l.mu.Lock()
		defer l.mu.Unlock()
		l.posts = append(l.posts, request{
			path: r.URL.Path, scheme: schemeOf(r.Header), input: r.Header.Get("Signature-Input"),
			status: status.status, challenge: w.Header().Get("Accept-Signature"),
		})
	})
}

type statusWriter struct {
	http.ResponseWriter
	status int
}

func (w *statusWriter) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}

const (
	cavage  = "draft-cavage-http-signatures-12"
	rfc9421 = "rfc9421"
)

func schemeOf(h http.Header) string {
	switch {
	case h.Get("Signature-Input") != "":
		return rfc9421
	case h.Get("Signature") != "":
		return cavage
	}
	return ""
}

// received returns what came to the inboxes since the last call.
func (l *lab) received() []request {
	l.mu.Lock()
	defer l.mu.Unlock()
	out := l.posts
	l.posts = nil
	return out
}

// found founds the group; its owner is the first peer's Ann.
func (l *lab) found(owner string) {
	l.t.Helper()
	g, err := l.fed.CreateGroup(l.t.Context(), federation.NewGroup{
		Name: "books", Title: "Book club: slow", Summary: "We *read*.", SummaryHTML: "<p>We <em>read</em>.</p>", Owner: owner,
	})
	l.must(err)
	l.group = g.URI
}

func (l *lab) counts() store.GroupCounts {
	l.t.Helper()
	c, err := l.store.Counts(l.t.Context(), 1)
	l.must(err)
	return c
}

func (l *lab) must(err error) {
	l.t.Helper()
	if err != nil {
		l.t.Fatal(err)
	}
}

// later puts Folkmoot's clock forward.
func (l *lab) later(d time.Duration) { l.ahead.Add(int64(d)) }

// eventually waits until something holds; it fails if it does not within reason.
func (l *lab) eventually(what string, holds func() bool) {
	l.t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(patience)
	for !holds() {
		select {
		case <-tick.C:
		case <-deadline:
			for _, p := range l.peers {
				l.t.Logf("%s saw %+v\nposted %+v", p.software, p.seen(), p.posted())
			}
			l.t.Fatalf("waited in vain for %s", what)
		}
	}
}

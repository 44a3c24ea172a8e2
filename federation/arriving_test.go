package federation

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"folkmoot/store"
)

// OVL-07: bodies that trickle in keep nobody out whose activity is there, not even with few places.
func TestBodiesThatTrickleKeepNobodyOut(t *testing.T) {
	t.Run("OVL-07", func(t *testing.T) {
		st, err := store.Open(store.Options{Path: filepath.Join(t.TempDir(), "folkmoot.db"), Origin: "https://groups.example"})
		if err != nil {
			t.Fatal(err)
		}
		defer st.Close()
		s, err := New(t.Context(), Options{Store: st, Origin: "https://groups.example", InFlight: 2})
		if err != nil {
			t.Fatal(err)
		}
		arrived := make(chan struct{}, 20)
		handler := s.Handler(http.NotFoundHandler())
		srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			arrived <- struct{}{}
			handler.ServeHTTP(w, r)
		}))
		defer srv.Close()
		for range 10 {
			conn, err := net.Dial("tcp", srv.Listener.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			fmt.Fprintf(conn, "POST /inbox HTTP/1.1\r\nHost: groups.example\r\nContent-Type: application/activity+json\r\nContent-Length: 1000\r\n\r\n{")
			<-arrived
		}
		res, err := http.Post(srv.URL+"/inbox", "application/activity+json", strings.NewReader(
			`{"id":"https://a.example/1","type":"Delete","actor":"https://a.example/u","object":"https://a.example/u"}`))
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		if res.StatusCode != http.StatusUnauthorized { // it is not signed: it was heard out, and read
			t.Errorf("status %d while ten others trickle in", res.StatusCode)
		}
	})
}

// Of what is large only a few may be on their way at once, whether they say how large they are or not.
func TestFewLargeBodiesAtOnce(t *testing.T) {
	s := &Server{bodyBytes: 1 << 20, arriving: newGate(5, 5), arrivingLarge: newGate(1, 1)}
	s.arrivingLarge.enter("") // somebody's is on its way
	for name, tt := range map[string]struct {
		length int64
		body   int
		busy   bool
	}{
		"small":   {100, 100, false},
		"large":   {100_000, 100_000, true},
		"unknown": {-1, 100, true},
	} {
		r := httptest.NewRequest(http.MethodPost, "/inbox", bytes.NewReader(make([]byte, tt.body)))
		r.ContentLength = tt.length
		if _, err := s.readBody(httptest.NewRecorder(), r); (err != nil) != tt.busy {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Whoever breaks off, or sends too much and then nothing, is answered and their connection ends.
func TestABodyThatDoesNotComeIsAnswered(t *testing.T) {
	for name, tt := range map[string]struct {
		rest  string
		after time.Duration
	}{
		"short":               {"Content-Length: 50\r\n\r\n{", bodyPatience},
		"too large, chunked":  {"Transfer-Encoding: chunked\r\n\r\n70\r\n" + strings.Repeat(" ", 0x70) + "\r\n", 0},
		"too large, declared": {"Content-Length: 150\r\n\r\n" + strings.Repeat(" ", 120), 0},
		"it waits to be told": {"Content-Length: 150\r\nExpect: 100-continue\r\n\r\n", 0},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &Server{bodyBytes: 100, arriving: newGate(5, 5), arrivingLarge: newGate(5, 5)}
				srv := &http.Server{ReadTimeout: time.Minute, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					if _, err := s.readBody(wrapper{w}, r); err != nil {
						http.Error(w, "It did not arrive.", http.StatusTeapot)
					}
				})}
				here, there := net.Pipe()
				served := make(chan error, 1)
				go func() { served <- srv.Serve(&onePipe{conns: []net.Conn{there}, ended: make(chan struct{})}) }()
				began := time.Now()
				go func() { _, _ = io.WriteString(here, "POST /inbox HTTP/1.1\r\nHost: groups.example\r\n"+tt.rest) }()
				said, err := io.ReadAll(here)
				if took := time.Since(began); err != nil || !bytes.HasPrefix(said, []byte("HTTP/1.1 418")) || took > tt.after+time.Second {
					t.Errorf("%q, %v after %s", said, err, took)
				}
				_ = srv.Close()
				<-served
			})
		})
	}
}

// wrapper hides what net/http's own writer can do, as a middleware does.
type wrapper struct{ http.ResponseWriter }

func (w wrapper) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// onePipe is a listener to whom one connection comes.
type onePipe struct {
	conns []net.Conn
	ended chan struct{}
}

func (l *onePipe) Accept() (net.Conn, error) {
	if len(l.conns) == 0 {
		<-l.ended
		return nil, net.ErrClosed
	}
	conn := l.conns[0]
	l.conns = nil
	return conn, nil
}

func (l *onePipe) Close() error {
	close(l.ended)
	return nil
}

func (l *onePipe) Addr() net.Addr { return &net.UnixAddr{} }

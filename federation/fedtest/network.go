package fedtest

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
)

// Network carries requests between hosts inside one process. It is an http.RoundTripper.
type Network struct {
	mu    sync.Mutex
	hosts map[string]http.Handler
	state map[string]Trouble
	log   []Exchange
}

// Trouble is what is wrong with a host.
type Trouble int

// The troubles a host can have.
const (
	Fine    Trouble = iota
	Refused         // nobody listens
	Silent          // connections open and nothing comes back
	Broken          // every answer is 502
	Busy            // every answer is 429 with Retry-After: 600
)

// Exchange is one request that was carried.
type Exchange struct {
	Host, Method, Path string
	Status             int // 0 if there was no answer
}

// NewNetwork makes a network without hosts.
func NewNetwork() *Network {
	return &Network{hosts: map[string]http.Handler{}, state: map[string]Trouble{}}
}

// Attach answers for a host (authority, e.g. "mastodon.example") with h; nil takes it away.
func (n *Network) Attach(host string, h http.Handler) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.hosts[host] = h
}

// Set puts a host into trouble, or ends it with Fine.
func (n *Network) Set(host string, t Trouble) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.state[host] = t
}

// Log returns what was carried so far.
func (n *Network) Log() []Exchange {
	n.mu.Lock()
	defer n.mu.Unlock()
	return append([]Exchange(nil), n.log...)
}

// Count says how many requests of that method went to host and path; "" stands for any path.
func (n *Network) Count(method, host, path string) int {
	count := 0
	for _, e := range n.Log() {
		if e.Method == method && e.Host == host && (path == "" || e.Path == path) {
			count++
		}
	}
	return count
}

var errRefused = errors.New("connection refused")

// RoundTrip carries one request.
func (n *Network) RoundTrip(r *http.Request) (*http.Response, error) {
	n.mu.Lock()
	h, trouble := n.hosts[r.URL.Host], n.state[r.URL.Host]
	n.mu.Unlock()
	res, err := n.carry(r, h, trouble)
	e := Exchange{Host: r.URL.Host, Method: r.Method, Path: r.URL.Path}
	if err == nil {
		e.Status = res.StatusCode
	}
	n.mu.Lock()
	n.log = append(n.log, e)
	n.mu.Unlock()
	return res, err
}

func (n *Network) carry(r *http.Request, h http.Handler, trouble Trouble) (*http.Response, error) {
	switch {
	case trouble == Silent:
		<-r.Context().Done()
		return nil, r.Context().Err()
	case h == nil || trouble == Refused:
		return nil, fmt.Errorf("dial %s: %w", r.URL.Host, errRefused)
	case trouble == Broken:
		return canned(r, http.StatusBadGateway, nil), nil
	case trouble == Busy:
		return canned(r, http.StatusTooManyRequests, http.Header{"Retry-After": {"600"}}), nil
	}
	in, err := serverSide(r)
	if err != nil {
		return nil, err
	}
	answer := make(chan *http.Response, 1)
	go func() {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, in)
		answer <- w.Result()
	}()
	select {
	case res := <-answer:
		res.Request = r
		return res, nil
	case <-r.Context().Done():
		return nil, r.Context().Err()
	}
}

// serverSide turns a client's request into what the server would read from the wire.
func serverSide(r *http.Request) (*http.Request, error) {
	var body []byte
	if r.Body != nil {
		var err error
		if body, err = io.ReadAll(r.Body); err != nil {
			return nil, fmt.Errorf("read request: %w", err)
		}
		_ = r.Body.Close()
	}
	in := r.Clone(r.Context())
	in.Body, in.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	in.RequestURI = r.URL.RequestURI()
	in.RemoteAddr = "192.0.2.1:1234"
	if in.Host == "" {
		in.Host = r.URL.Host
	}
	in.URL.Scheme, in.URL.Host = "", ""
	return in, nil
}

func canned(r *http.Request, status int, h http.Header) *http.Response {
	w := httptest.NewRecorder()
	for k, v := range h {
		w.Header()[k] = v
	}
	w.WriteHeader(status)
	res := w.Result()
	res.Request = r
	return res
}

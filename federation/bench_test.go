package federation

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"folkmoot/group"
	"folkmoot/store"
)

// taking is a network on which every host takes everything at once.
type taking struct{ posts atomic.Int64 }

func (n *taking) RoundTrip(r *http.Request) (*http.Response, error) {
	status := http.StatusNotFound
	if r.Method == http.MethodPost {
		n.posts.Add(1)
		status = http.StatusAccepted
	}
	return &http.Response{StatusCode: status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader("")), Request: r}, nil
}

// BenchmarkFanOut delivers one post after the other to 1,000 hosts: all that a delivery costs but the connection.
func BenchmarkFanOut(b *testing.B) {
	for _, scheme := range []string{schemeCavage, schemeEdwards} {
		b.Run(scheme, func(b *testing.B) { fanOut(b, scheme, 1000) })
	}
}

func fanOut(b *testing.B, scheme string, hosts int) {
	s, _, network := benchServer(b, hosts, scheme)
	b.ResetTimer()
	for i := range b.N {
		benchPublish(b, s, "https://h0.example/ann", fmt.Sprintf("https://h0.example/notes/%d", i))
		for network.posts.Load() < int64((i+1)*hosts) {
			time.Sleep(100 * time.Microsecond)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*hosts), "ns/delivery")
}

const benchBooks = "https://groups.example/g/books"

// benchServer runs a server with one group that somebody on each of some hosts follows.
func benchServer(b *testing.B, hosts int, scheme string) (*store.Store, *Server, *taking) {
	b.Helper()
	const origin = "https://groups.example"
	s, err := store.Open(store.Options{Path: filepath.Join(b.TempDir(), "folkmoot.db"), Origin: origin, Encode: NewEncoder(origin)})
	if err != nil {
		b.Fatal(err)
	}
	pem, err := keysOf(b, "ann").Marshal()
	if err != nil {
		b.Fatal(err)
	}
	g := store.Group{URI: benchBooks, Name: "books", Title: "Books", Settings: group.Defaults(), Keys: pem}
	if err := s.CreateGroup(b.Context(), g, "https://lee.example/lee"); err != nil {
		b.Fatal(err)
	}
	for i := range hosts {
		followFrom(b, s, fmt.Sprintf("h%d.example", i), scheme)
	}
	network := &taking{}
	fed, err := New(b.Context(), Options{Store: s, Origin: origin, Version: "test", Client: ClientOptions{Transport: network}})
	if err != nil {
		b.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { _ = fed.Run(ctx); close(done) }()
	b.Cleanup(func() { cancel(); <-done; s.Close() })
	waitFor(b, s)
	network.posts.Store(0)
	return s, fed, network
}

// waitFor waits until everything is decided and delivered.
func waitFor(b *testing.B, s *store.Store) {
	b.Helper()
	for {
		st, err := s.Status(b.Context())
		if err != nil {
			b.Fatal(err)
		}
		if st.Undecided == 0 && st.Behind == 0 {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
}

func benchPublish(b *testing.B, s *store.Store, by, id string) {
	b.Helper()
	post := &group.Post{URI: id, Author: by, HTML: "<p>x</p>", Published: time.Now()}
	publish := group.Request{
		Kind: group.Publish, By: group.Person{URI: by}, Groups: []string{benchBooks}, Activity: id + "/create",
		Raw: []byte(`{"type":"Create"}`), Post: post, At: time.Now(),
	}
	if _, err := s.Apply(b.Context(), publish, 0); err != nil {
		b.Fatal(err)
	}
}

func benchFollow(b *testing.B, s *store.Store, ann string) {
	b.Helper()
	follow := group.Request{
		Kind: group.Follow, By: group.Person{URI: ann}, Groups: []string{benchBooks}, Activity: ann + "/follow", At: time.Now(),
	}
	if _, err := s.Apply(b.Context(), follow, 0); err != nil {
		b.Fatal(err)
	}
}

func followFrom(b *testing.B, s *store.Store, host, scheme string) {
	b.Helper()
	ann := "https://" + host + "/ann"
	err := s.SaveActor(b.Context(), store.Actor{URI: ann, Inbox: ann + "/inbox", SharedInbox: "https://" + host + "/inbox", Handle: "ann", Fetched: time.Now()})
	if err != nil {
		b.Fatal(err)
	}
	benchFollow(b, s, ann)
	_, err = s.ChangeHost(b.Context(), host, func(h *store.Host) {
		h.Software, h.Dialect, h.Checked, h.Said, h.Scheme = "mastodon", store.Microblog, time.Now(), time.Now(), scheme
	})
	if err != nil {
		b.Fatal(err)
	}
}

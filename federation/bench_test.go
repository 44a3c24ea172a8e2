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
	const origin = "https://groups.example"
	s, err := store.Open(store.Options{Path: filepath.Join(b.TempDir(), "folkmoot.db"), Origin: origin, Encode: NewEncoder(origin)})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	keys, err := GenerateKeys()
	if err != nil {
		b.Fatal(err)
	}
	pem, err := keys.Marshal()
	if err != nil {
		b.Fatal(err)
	}
	books := origin + "/g/books"
	g := store.Group{URI: books, Name: "books", Title: "Books", Settings: group.Defaults(), Keys: pem}
	if err := s.CreateGroup(b.Context(), g, "https://lee.example/lee"); err != nil {
		b.Fatal(err)
	}
	for i := range hosts {
		followFrom(b, s, fmt.Sprintf("h%d.example", i), scheme, books)
	}
	network := &taking{}
	fed, err := New(b.Context(), Options{Store: s, Origin: origin, Version: "test", Client: ClientOptions{Transport: network}})
	if err != nil {
		b.Fatal(err)
	}
	ctx, cancel := context.WithCancel(b.Context())
	done := make(chan struct{})
	go func() { _ = fed.Run(ctx); close(done) }()
	defer func() { cancel(); <-done }()
	for network.posts.Load() < int64(hosts) { // the answers to the follows
		time.Sleep(time.Millisecond)
	}
	network.posts.Store(0)
	b.ResetTimer()
	for i := range b.N {
		id := fmt.Sprintf("https://h0.example/notes/%d", i)
		post := &group.Post{URI: id, Author: "https://h0.example/ann", HTML: "<p>x</p>", Published: time.Now()}
		publish := group.Request{
			Kind: group.Publish, By: group.Person{URI: post.Author}, Groups: []string{books}, Activity: id + "/create",
			Raw: []byte(`{"type":"Create"}`), Post: post, At: time.Now(),
		}
		if _, err := s.Apply(b.Context(), publish, 0); err != nil {
			b.Fatal(err)
		}
		for network.posts.Load() < int64((i+1)*hosts) {
			time.Sleep(100 * time.Microsecond)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*hosts), "ns/delivery")
}

func followFrom(b *testing.B, s *store.Store, host, scheme, books string) {
	b.Helper()
	ann := "https://" + host + "/ann"
	err := s.SaveActor(b.Context(), store.Actor{URI: ann, Inbox: ann + "/inbox", SharedInbox: "https://" + host + "/inbox", Handle: "ann"})
	if err != nil {
		b.Fatal(err)
	}
	follow := group.Request{Kind: group.Follow, By: group.Person{URI: ann}, Groups: []string{books}, Activity: ann + "/follow", At: time.Now()}
	if _, err := s.Apply(b.Context(), follow, 0); err != nil {
		b.Fatal(err)
	}
	_, err = s.ChangeHost(b.Context(), host, func(h *store.Host) {
		h.Software, h.Dialect, h.Checked, h.Said, h.Scheme = "mastodon", store.Microblog, time.Now(), time.Now(), scheme
	})
	if err != nil {
		b.Fatal(err)
	}
}

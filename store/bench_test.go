package store

import (
	"fmt"
	"path/filepath"
	"sync/atomic"
	"testing"

	"folkmoot/group"
)

// BenchmarkLikes receives and decides likes of one post by ever new people, 64 at once for each core.
func BenchmarkLikes(b *testing.B) {
	s, err := Open(Options{Path: filepath.Join(b.TempDir(), "folkmoot.db"), Origin: origin, Encode: plain})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	g := Group{URI: books, Name: "books", Title: "Book club", Settings: group.Defaults(), Keys: make([]byte, 2500)}
	if err := s.CreateGroup(b.Context(), g, lee); err != nil {
		b.Fatal(err)
	}
	post := &group.Post{URI: post1, Author: lee, HTML: "<p>x</p>", Published: at()}
	publish := group.Request{Kind: group.Publish, By: group.Person{URI: lee}, Groups: []string{books}, Activity: "c", Post: post, At: at()}
	if _, err := s.Apply(b.Context(), publish, 0); err != nil {
		b.Fatal(err)
	}
	raw := make([]byte, 1000)
	var n atomic.Int64
	b.SetParallelism(64)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			i := n.Add(1)
			by := fmt.Sprintf("https://h%d.example/u/%d", i%500, i)
			like := group.Request{Kind: group.Like, By: group.Person{URI: by}, Target: post1, Activity: by + "#like", At: at()}
			if _, err := s.Receive(b.Context(), Received{Activity: like.Activity, Signer: by, Raw: raw, At: at(), Signed: at()}); err != nil {
				b.Error(err)
			}
			if _, err := s.Apply(b.Context(), like, i); err != nil {
				b.Error(err)
			}
		}
	})
}

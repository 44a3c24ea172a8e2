package store

import (
	"fmt"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"

	"folkmoot/group"
)

// BenchmarkLikes receives and decides likes of one post by ever new people, 64 at once for each core.
func BenchmarkLikes(b *testing.B) {
	s := openForBench(b)
	g := Group{URI: books, Name: "books", Title: "Book club", Settings: group.Defaults(), Keys: make([]byte, 2500)}
	if err := s.CreateGroup(b.Context(), g, lee); err != nil {
		b.Fatal(err)
	}
	post := &group.Post{URI: post1, Author: lee, HTML: "<p>x</p>", Published: at()}
	publish := group.Request{Kind: group.Publish, By: group.Person{URI: lee}, Groups: []string{books}, Activity: "c", Post: post, At: at()}
	if _, err := s.Apply(b.Context(), publish, 0); err != nil {
		b.Fatal(err)
	}
	var n atomic.Int64
	b.SetParallelism(64)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			i := n.Add(1)
			by := fmt.Sprintf("https://h%d.example/u/%d", i%500, i)
			like := group.Request{Kind: group.Like, By: group.Person{URI: by}, Target: post1, Activity: activityOf(by), At: at()}
			receiveOne(b, s, by)
			if _, err := s.Apply(b.Context(), like, i); err != nil {
				b.Error(err)
			}
		}
	})
}

func openForBench(b *testing.B) *Store {
	s, err := Open(Options{Path: filepath.Join(b.TempDir(), "folkmoot.db"), Origin: origin, Encode: plain})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { s.Close() })
	return s
}

func activityOf(by string) string { return by + "#like" }

func receiveOne(b *testing.B, s *Store, by string) {
	got := Received{Activity: activityOf(by), Signer: by, Raw: make([]byte, 1000), At: at(), Signed: at()}
	if _, err := s.Receive(b.Context(), got); err != nil {
		b.Error(err)
	}
}

// BenchmarkLook looks for one of many activities, on all cores. Beside a writer, what a reader has read of the file is void after each
// commit.
func BenchmarkLook(b *testing.B) {
	s := openForBench(b)
	const stored = 20_000
	by := func(i int64) string { return fmt.Sprintf("https://h%d.example/u/%d", i%500, i) }
	var filled sync.WaitGroup
	for from := range int64(maxBatch) {
		filled.Go(func() {
			for i := from; i < stored; i += maxBatch {
				receiveOne(b, s, by(i))
			}
		})
	}
	filled.Wait()
	look := func(b *testing.B) {
		var n atomic.Int64
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				who := by(n.Add(7919) % stored)
				if _, err := s.ReceivedRaw(b.Context(), activityOf(who), who); err != nil {
					b.Error(err)
				}
			}
		})
	}
	b.Run("alone", look)
	b.Run("beside a writer", func(b *testing.B) {
		written := make(chan struct{})
		var writer sync.WaitGroup
		writer.Go(func() {
			for i := int64(stored); ; i++ {
				select {
				case <-written:
					return
				default:
					receiveOne(b, s, by(i)+"/more")
				}
			}
		})
		look(b)
		close(written)
		writer.Wait()
	})
}

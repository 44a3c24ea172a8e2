package store

import (
	"fmt"
	"strings"
	"testing"

	"folkmoot/group"
)

// write files a post by Ann and returns its number.
func write(t *testing.T, s *Store, n int, parent string) int64 {
	t.Helper()
	uri := fmt.Sprintf("https://mastodon.example/p/%d", n)
	d := apply(t, s, group.Request{
		Kind: group.Publish, By: group.Person{URI: ann}, Activity: uri + "/create", Groups: []string{books},
		Raw: []byte("{}"), Post: &group.Post{URI: uri, Author: ann, InReplyTo: parent, HTML: "<p>x</p>", Published: at(), Raw: []byte(fmt.Sprint(n))},
	})
	if d.Verdict != group.Accepted {
		t.Fatalf("post %d: %+v", n, d)
	}
	var id int64
	if err := s.read.QueryRow(`SELECT id FROM posts WHERE uri = $1`, uri).Scan(&id); err != nil {
		t.Fatal(err)
	}
	return id
}

// numbers writes a page of a collection as the numbers of its posts.
func numbers(page []Numbered) string {
	var out []string
	for _, n := range page {
		out = append(out, fmt.Sprint(n.ID))
	}
	return strings.Join(out, " ")
}

func TestPagesOfThreadsByNumber(t *testing.T) {
	s := founded(t)
	follow(t, s)
	for n := range 5 { // 1 to 5
		write(t, s, n, "")
	}
	apply(t, s, group.Request{Kind: group.Delete, By: group.Person{URI: ann}, Activity: "d", Target: "https://mastodon.example/p/1"})
	write(t, s, 9, "https://mastodon.example/p/0") // a comment, no thread
	g, err := s.Group(t.Context(), "books")
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		span Span
		want string
	}{
		{Span{}, "5 4"},
		{Span{Before: 4}, "3 1"},
		{Span{Before: 3}, "1"},
		{Span{Before: 1}, ""},
		{Span{Up: true}, "3 1"},
		{Span{Up: true, After: 3}, "5 4"},
		{Span{Up: true, After: 1}, "4 3"},
		{Span{Up: true, After: 9}, ""},
	} {
		page, err := s.ThreadPage(t.Context(), g.ID, test.span, 2)
		if err != nil || numbers(page) != test.want {
			t.Errorf("%+v: %s (%v), want %s", test.span, numbers(page), err, test.want)
		}
		page, err = s.AnnouncedPage(t.Context(), g.ID, test.span, 2)
		if err != nil || numbers(page) != test.want {
			t.Errorf("announced, %+v: %s (%v), want %s", test.span, numbers(page), err, test.want)
		}
		for _, n := range page {
			if want := "wrap " + n.URI; string(n.Body) != want {
				t.Errorf("%d was announced as %q, want %q", n.ID, n.Body, want)
			}
		}
	}
}

func TestContextPages(t *testing.T) {
	s := founded(t)
	follow(t, s)
	root := write(t, s, 1, "")
	write(t, s, 2, "")
	for n := 3; n <= 6; n++ {
		write(t, s, n, "https://mastodon.example/p/1")
	}
	write(t, s, 7, "https://mastodon.example/p/4") // an answer to an answer is of the thread too
	apply(t, s, group.Request{Kind: group.Delete, By: group.Person{URI: ann}, Activity: "d", Target: "https://mastodon.example/p/5"})
	g, err := s.Group(t.Context(), "books")
	if err != nil {
		t.Fatal(err)
	}
	for after, want := range map[int64]string{0: "1 3 4", 4: "6 7", 7: ""} {
		if page, err := s.ContextPage(t.Context(), g.ID, root, after, 3); err != nil || numbers(page) != want {
			t.Errorf("after %d: %s (%v), want %s", after, numbers(page), err, want)
		}
	}
	if n, err := s.ContextSize(t.Context(), g.ID, root); err != nil || n != 5 {
		t.Errorf("%d posts (%v), want 5", n, err)
	}
}

func TestPinned(t *testing.T) {
	s := founded(t)
	follow(t, s)
	for n := range 4 {
		write(t, s, n, "")
	}
	for _, n := range []int{0, 2, 3} {
		apply(t, s, group.Request{
			Kind: group.Pin, By: group.Person{URI: lee}, Activity: fmt.Sprint("pin", n), Groups: []string{books}, Target: fmt.Sprintf("https://mastodon.example/p/%d", n),
		})
	}
	apply(t, s, group.Request{Kind: group.Delete, By: group.Person{URI: ann}, Activity: "d", Target: "https://mastodon.example/p/2"})
	g, err := s.Group(t.Context(), "books")
	if err != nil {
		t.Fatal(err)
	}
	pinned, err := s.Pinned(t.Context(), g.ID)
	if err != nil || numbers(pinned) != "4 1" || string(pinned[0].Body) != "3" {
		t.Errorf("pinned %s (%v)", numbers(pinned), err)
	}
}

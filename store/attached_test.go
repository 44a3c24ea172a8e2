package store

import (
	"testing"
	"time"

	"folkmoot/group"

	"github.com/google/go-cmp/cmp"
)

func TestPostsKeepWhatHangsOnThem(t *testing.T) {
	s := founded(t)
	follow(t, s)
	post := group.Post{
		URI: post1, Author: ann, Title: "Cats", HTML: "<p>x</p>", Kind: "Page", Published: at(), Flairs: []string{"news"},
		Media: []group.Media{{Kind: "Image", URL: "https://a.example/c.png", Type: "image/png", Alt: "a \"cat\""}},
	}
	apply(t, s, group.Request{Kind: group.Publish, By: group.Person{URI: ann}, Activity: "c1", Groups: []string{books}, Post: &post})
	look := func() Post {
		t.Helper()
		p, err := s.Post(t.Context(), "books", 1)
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	if p := look(); p.Kind != "Page" || cmp.Diff(post.Media, p.Media) != "" || cmp.Diff(post.Flairs, p.Flairs) != "" || !p.Pinned.IsZero() || p.Locked {
		t.Errorf("filed as %+v", p)
	}
	edited := post
	edited.Kind, edited.Media, edited.Flairs, edited.Updated = "Question", nil, nil, at().Add(time.Hour)
	apply(t, s, group.Request{Kind: group.Edit, By: group.Person{URI: ann}, Activity: "e1", Groups: []string{books}, Post: &edited})
	if p := look(); p.Kind != "Question" || p.Media != nil || p.Flairs != nil {
		t.Errorf("edited to %+v", p)
	}
	edited.Media, edited.Updated = post.Media, at().Add(2*time.Hour)
	apply(t, s, group.Request{Kind: group.Edit, By: group.Person{URI: ann}, Activity: "e2", Groups: []string{books}, Post: &edited})
	apply(t, s, group.Request{Kind: group.Delete, By: group.Person{URI: ann}, Activity: "d1", Target: post1})
	if p := look(); p.State != group.Deleted || p.Media != nil {
		t.Errorf("the tombstone keeps %+v", p)
	}
}

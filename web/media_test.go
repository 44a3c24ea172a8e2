package web

import (
	"strings"
	"testing"

	"folkmoot/group"
)

func TestMediaWords(t *testing.T) {
	for want, m := range map[string]group.Media{
		"Picture: a cat":                {Kind: "Image", Alt: "a cat", URL: "https://a.example/c.png"},
		"Picture without a description": {Kind: "Image", URL: "https://a.example/c.png"},
		"Recording: birds":              {Kind: "Audio", Alt: "birds", URL: "https://a.example/b.ogg"},
		"File: minutes.pdf":             {Kind: "Document", URL: "https://a.example/files/minutes.pdf"},
		"news.example":                  {Kind: "Link", URL: "https://www.news.example/1"},
		"The news":                      {Kind: "Link", URL: "https://news.example/1", Alt: "The news"},
	} {
		if got := english(t).mediaWords(m); got != want {
			t.Errorf("%+v: %q, want %q", m, got, want)
		}
	}
}

func TestMediaAreLinksWithWords(t *testing.T) {
	h, st := site(t)
	publish(t, st, &group.Post{
		URI: ann + "/2", Author: ann, Title: "Cats", Kind: "Page", Flairs: []string{"<news>"},
		Media: []group.Media{
			{Kind: "Image", URL: "https://cdn.example/c.png", Alt: `a "cat" & <b>`},
			{Kind: "Video", URL: "javascript:alert(1)"},
		},
	})
	page := get(t, h, "/g/books/post/3").Body.String()
	for _, want := range []string{
		`<a href="https://cdn.example/c.png" rel="nofollow noopener ugc">Picture: a &#34;cat&#34; &amp; &lt;b&gt;`, "cdn.example", "&lt;news&gt;",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("does not show %s:\n%s", want, page)
		}
	}
	for _, not := range []string{`src="https:`, "javascript:", "No words"} {
		if strings.Contains(page, not) {
			t.Errorf("shows %s:\n%s", not, page)
		}
	}
	if list := get(t, h, "/g/books").Body.String(); !strings.Contains(list, "&lt;news&gt;") {
		t.Errorf("the list of threads shows no flair:\n%s", list)
	}
}

package web

import (
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"folkmoot/group"
	"folkmoot/store"
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

// Pages load nothing from anywhere else, whatever posts and people have pictures of, and no address here fetches for others.
func TestPagesHoldNothingOfOtherServers(t *testing.T) {
	h, st := site(t)
	raw := `{"icon":{"type":"Image","url":"https://cdn.example/face.png"}}`
	save(t, st, store.Actor{URI: ann, Handle: "@ann@mastodon.example", Name: "Ann", URL: "https://mastodon.example/@ann", Inbox: ann + "/inbox", Raw: []byte(raw), Fetched: clock()})
	publish(t, st, &group.Post{
		URI: ann + "/2", Author: ann, Title: "Cats", HTML: `<p>Look <a href="https://cdn.example/c.png">here</a></p>`, Link: "https://cdn.example/page", Warning: "cats",
		Media: []group.Media{
			{Kind: "Image", URL: "https://cdn.example/c.png", Type: "image/png", Alt: "a cat"},
			{Kind: "Video", URL: "https://cdn.example/c.mp4"},
			{Kind: "Audio", URL: "https://cdn.example/c.ogg"},
			{Kind: "Document", URL: "https://cdn.example/c.svg", Type: "image/svg+xml"},
		},
	})
	for _, path := range append(somePaths(), "/g/books/post/3", "/g/books/members", "/search?q=cats", "/g/books/post/3/reply") {
		t.Run("HTM-07 "+path, func(t *testing.T) {
			for _, address := range loaded(t, get(t, h, path).Body.String()) {
				if !strings.HasPrefix(address, "/") || strings.HasPrefix(address, "//") || strings.Contains(address, "\\") {
					t.Errorf("loads %s", address)
				}
			}
		})
	}
	// The picture stands behind the warning, as a link with its description.
	page := get(t, h, "/g/books/post/3").Body.String()
	warned, shown := strings.Index(page, "<details class=\"warning\">"), strings.Index(page, "Picture: a cat")
	if warned < 0 || shown < warned || strings.Index(page[warned:], "</details>") < shown-warned {
		t.Errorf("the picture is not behind the warning:\n%s", page)
	}
	for _, path := range []string{
		"/media/https://cdn.example/c.png", "/media/https%3A%2F%2Fcdn.example%2Fc.png", "/media/cdn.example", "/media?url=https://cdn.example/c.png",
		"/proxy?url=https://cdn.example/c.png", "/media_proxy/https://cdn.example/c.png", "/api/v3/image_proxy?url=https://cdn.example/c.png",
	} {
		t.Run("HTM-07 "+path, func(t *testing.T) {
			w := get(t, h, path)
			if to := w.Header().Get("Location"); w.Code == http.StatusOK || strings.Contains(to, "cdn.example") && !strings.HasPrefix(to, "/") {
				t.Errorf("%d to %q", w.Code, to)
			}
		})
	}
}

// loaded are the addresses that a browser fetches by itself for a page.
func loaded(t *testing.T, page string) (out []string) {
	t.Helper()
	z := html.NewTokenizer(strings.NewReader(page))
	for {
		switch z.Next() {
		case html.ErrorToken:
			if !errors.Is(z.Err(), io.EOF) {
				t.Fatal(z.Err())
			}
			return out
		case html.StartTagToken, html.SelfClosingTagToken:
			token := z.Token()
			for _, a := range token.Attr {
				loads := slices.Contains([]string{"src", "srcset", "poster", "data", "background", "style", "ping"}, a.Key) ||
					token.Data == "link" && a.Key == "href" && !slices.Contains(token.Attr, html.Attribute{Key: "rel", Val: "alternate"})
				if loads {
					out = append(out, a.Val)
				}
			}
		}
	}
}

package web

import (
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"folkmoot/group"
	"folkmoot/store"
)

const (
	origin = "https://groups.example"
	ann    = "https://mastodon.example/users/ann"
	bob    = "https://mastodon.example/users/bob"
)

// site is a server with one group, one thread by Ann and a comment by Bob.
func site(t *testing.T) (http.Handler, *store.Store) {
	t.Helper()
	st, err := store.Open(store.Options{Path: filepath.Join(t.TempDir(), "folkmoot.db"), Origin: origin, Now: clock})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { st.Close() })
	s, err := New(Options{Store: st, Origin: origin, Domain: "groups.example", Title: "Moot", Rules: "Be **kind**.\n\n<script>alert(1)</script>"})
	if err != nil {
		t.Fatal(err)
	}
	h, err := s.Handler()
	if err != nil {
		t.Fatal(err)
	}
	for uri, handle := range map[string]string{ann: "@ann@mastodon.example", bob: "@bob@mastodon.example"} {
		save(t, st, store.Actor{URI: uri, Handle: handle, Name: "<b>" + handle, Inbox: uri + "/inbox", Fetched: clock()})
	}
	g := store.Group{URI: origin + "/g/books", Name: "books", Title: "Book <club>", SummaryHTML: "<p>We read.</p>", Keys: []byte("pem"), Settings: group.Defaults()}
	if err := st.CreateGroup(t.Context(), g, ann); err != nil {
		t.Fatal(err)
	}
	publish(t, st, &group.Post{URI: ann + "/1", Author: ann, Title: "What next?", HTML: "<p>Ideas?</p>", Warning: "spoilers"})
	publish(t, st, &group.Post{URI: bob + "/1", Author: bob, InReplyTo: ann + "/1", HTML: "<p>Middlemarch</p>"})
	return h, st
}

func clock() time.Time { return time.Unix(1_800_000_000, 0) }

func save(t *testing.T, st *store.Store, a store.Actor) {
	t.Helper()
	if err := st.SaveActor(t.Context(), a); err != nil {
		t.Fatal(err)
	}
}

// publish files a post of the group of books that names other groups too.
func publish(t *testing.T, st *store.Store, p *group.Post, others ...string) {
	t.Helper()
	apply(t, st, p, clock(), others...)
}

func apply(t *testing.T, st *store.Store, p *group.Post, published time.Time, others ...string) {
	t.Helper()
	p.Published = published
	_, err := st.Apply(t.Context(), group.Request{
		Kind: group.Publish, By: group.Person{URI: p.Author}, Groups: append([]string{origin + "/g/books"}, others...), Post: p,
		Activity: p.URI + "/activity",
	}, 0)
	if err != nil {
		t.Fatal(err)
	}
}

func get(t *testing.T, h http.Handler, path string) *httptest.ResponseRecorder {
	t.Helper()
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
	return w
}

func TestPages(t *testing.T) {
	h, _ := site(t)
	tests := map[string]struct {
		path   string
		status int
		shows  []string
	}{
		"home":            {"/", 200, []string{"Moot", "Book &lt;club&gt;", "@books@groups.example", "Be <strong>kind</strong>."}},
		"group":           {"/g/books", 200, []string{`<code class="copy">@books@groups.example</code>`, "We read.", "What next?", "1 comment", "Members start a thread"}},
		"thread":          {"/g/books/post/1", 200, []string{">What next?</h1>", "spoilers", "Ideas?", "Middlemarch", "&lt;b&gt;@ann"}},
		"person":          {"/people/@ann@mastodon.example", 200, []string{"What next?"}},
		"person, by case": {"/people/@Ann@Mastodon.example", 200, []string{"What next?"}},
		"follow":          {"/g/books/follow?server=@ann@Mastodon.example", 200, []string{"https://mastodon.example/authorize_interaction?uri=https%3A%2F%2Fgroups.example%2Fg%2Fbooks"}},
		"follow, first":   {"/g/books/follow", 200, []string{"Follow <bdi>Book &lt;club&gt;</bdi>", "<form"}},
		"follow nonsense": {"/g/books/follow?server=javascript:alert(1)", 400, []string{"does not look like a server"}},
		"no such group":   {"/g/none", 404, []string{"Nothing here"}},
		"no such thread":  {"/g/books/post/99", 404, []string{"Nothing here"}},
		"odd number":      {"/g/books/post/x", 404, []string{"Nothing here"}},
		"no such person":  {"/people/@nobody@x.example", 404, []string{"Nothing here"}},
		"no such page":    {"/x", 404, []string{"Nothing here"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			w := get(t, h, tt.path)
			if w.Code != tt.status {
				t.Errorf("status %d, want %d", w.Code, tt.status)
			}
			for _, want := range tt.shows {
				if !strings.Contains(w.Body.String(), want) {
					t.Errorf("does not show %q:\n%s", want, w.Body)
				}
			}
			if strings.Contains(w.Body.String(), "<script") {
				t.Error("holds a script")
			}
			if csp := w.Header().Get("Content-Security-Policy"); !strings.HasPrefix(csp, "default-src 'none'") {
				t.Errorf("policy %q", csp)
			}
		})
	}
}

func TestCommentLeadsToItsPlace(t *testing.T) {
	h, _ := site(t)
	w := get(t, h, "/g/books/comment/2")
	if got := w.Header().Get("Location"); w.Code != http.StatusFound || got != "/g/books/post/1#comment-2" {
		t.Errorf("%d to %s", w.Code, got)
	}
}

func TestDeletedPosts(t *testing.T) {
	h, st := site(t)
	publish(t, st, &group.Post{URI: ann + "/2", Author: ann, InReplyTo: bob + "/1", HTML: "<p>Good choice</p>"})
	remove(t, st, group.Delete, bob, bob+"/1")
	page := get(t, h, "/g/books/post/1").Body.String()
	if strings.Contains(page, "Middlemarch") || !strings.Contains(page, "This comment was deleted by its author.") || !strings.Contains(page, "Good choice") {
		t.Errorf("after the deletion of a comment with an answer:\n%s", page)
	}
	remove(t, st, group.Delete, ann, ann+"/1")
	if w := get(t, h, "/g/books/post/1"); w.Code != http.StatusGone || strings.Contains(w.Body.String(), "Ideas?") {
		t.Errorf("deleted thread: %d", w.Code)
	}
	if strings.Contains(get(t, h, "/g/books").Body.String(), "What next?") {
		t.Error("the group still lists the deleted thread")
	}
}

func TestMarkdown(t *testing.T) {
	tests := map[string]string{
		"We *read* https://books.example": `<p>We <em>read</em> <a href="https://books.example" rel="nofollow">https://books.example</a></p>`,
		"[x](javascript:alert(1))":        `<p>x</p>`,
		"<img src=x onerror=alert(1)>":    ``,
		"![x](https://t.example/pixel)":   `<p></p>`,
		"# Rules\n\n##### Small print":    "<h3>Rules</h3>\n<h6>Small print</h6>", // the page's own headings stand above
	}
	for in, want := range tests {
		if got, err := Markdown(in); err != nil || got != want {
			t.Errorf("Markdown(%q) = %q, %v; want %q", in, got, err, want)
		}
	}
}

func TestServerOf(t *testing.T) {
	for in, want := range map[string]string{
		"mastodon.example": "mastodon.example", " @ann@Mastodon.Example ": "mastodon.example", "acct:ann@m.example": "m.example",
		"https://m.example/@ann": "m.example", "m.example/@ann@other.example": "m.example", "https://m.example?x=@y.example": "m.example",
		"m.example:8443": "m.example:8443", "xn--bcher-kva.example": "xn--bcher-kva.example", "bücher.example": "xn--bcher-kva.example",
		"mastоdon.example": "xn--mastdon-djg.example", // with a Cyrillic о: shown as what it is
		"ann":              "", "a b.example": "", "": "", "1.2.3.4": "", "[::1]": "", "m.example:x": "", "m.example:": "m.example",
		"javascript:alert(1)": "", "javascript://m.example/": "", "//m.example": "", "-m.example": "", "m..example": "",
		"m.example\nx": "", "m.example%00": "", strings.Repeat("a", 64) + ".example": "", strings.Repeat("a.", 150) + "example": "",
	} {
		if got := serverOf(in); got != want {
			t.Errorf("serverOf(%q) = %q, want %q", in, got, want)
		}
	}
}

package web

import (
	"encoding/json"
	"encoding/xml"
	"html"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"folkmoot/group"
	"folkmoot/store"
)

// indexed is the site of the other tests with a few more posts, in the index.
func indexed(t *testing.T) (http.Handler, *store.Store) {
	t.Helper()
	h, st := site(t)
	publish(t, st, &group.Post{
		URI: ann + "/2", Author: ann, Title: "Tea & <i>books</i>", HTML: `<p>Thé &lt;script&gt;alert(1)&lt;/script&gt; for #Düsseldorf</p>`, Tags: []string{"Düsseldorf"},
	})
	putInIndex(t, st)
	return h, st
}

func putInIndex(t *testing.T, st *store.Store) {
	t.Helper()
	if _, err := st.Index(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func TestSearchShowsWhereTheWordsStand(t *testing.T) {
	h, _ := indexed(t)
	page := get(t, h, "/search?q=the+scri").Body.String()
	for _, want := range []string{
		`<mark>Thé</mark> &lt;<mark>script</mark>&gt;alert(1)&lt;/<mark>script</mark>&gt;`, `Tea &amp; &lt;i&gt;books&lt;/i&gt;`,
		`<meta name="robots" content="noindex">`, `value="the scri"`,
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %s", want)
		}
	}
	if page := get(t, h, "/search?q=ideas").Body.String(); strings.Contains(page, "Ideas") || !strings.Contains(page, `href="/g/books/post/1"`) {
		t.Error("words behind a content warning are not found, or shown")
	}
	if page := get(t, h, "/search?q=club&in=groups").Body.String(); !strings.Contains(page, `href="/g/books"`) {
		t.Error("the group is not found")
	}
	if page := get(t, h, "/search?q=ann&in=people").Body.String(); strings.Contains(page, "/people/@ann") {
		t.Error("somebody is found who did not agree")
	}
}

func TestNoQuestionBreaksTheSearch(t *testing.T) {
	h, _ := indexed(t)
	for _, typed := range []string{"", `"`, "AND", "a*b", "NEAR(", "\x00", "\xff", "{{.}}", `"><script>`, strings.Repeat("é", 999), "'; --"} {
		for _, more := range []string{"", "&in=people&page=9", "&in=groups&page=-1", "&in=%00&page=999999999999999999999"} {
			w := get(t, h, "/search?q="+url.QueryEscape(typed)+more)
			if w.Code != http.StatusOK || strings.Contains(w.Body.String(), "<script>") {
				t.Errorf("%q%s: %d", typed, more, w.Code)
			}
		}
	}
}

func TestSearchingTooOftenIsRefused(t *testing.T) {
	h, _ := indexed(t)
	for range 60 {
		if w := get(t, h, "/search?q=tea"); w.Code != http.StatusOK {
			t.Fatalf("%d", w.Code)
		}
	}
	if w := get(t, h, "/search?q=tea"); w.Code != http.StatusTooManyRequests {
		t.Errorf("%d", w.Code)
	}
	if w := get(t, h, "/search"); w.Code != http.StatusOK {
		t.Errorf("the empty page: %d", w.Code)
	}
}

func TestTagsLeadToPosts(t *testing.T) {
	h, st := indexed(t)
	for _, path := range []string{"/g/books/post/3", "/g/books"} {
		if page := get(t, h, path).Body.String(); !strings.Contains(page, `href="/g/books/tag/d%c3%bcsseldorf"`) && !strings.Contains(page, `href="/g/books/tag/d%C3%BCsseldorf"`) {
			t.Errorf("%s does not link to the tag", path)
		}
	}
	for _, path := range []string{"/g/books/tag/d%C3%BCsseldorf", "/tag/d%C3%BCsseldorf"} {
		if page := get(t, h, path).Body.String(); !strings.Contains(page, `href="/g/books/post/3"`) {
			t.Errorf("%s lacks the post", path)
		}
	}
	if w := get(t, h, "/tag/D%C3%BCsseldorf"); w.Code != http.StatusMovedPermanently || w.Header().Get("Location") != "/tag/d%C3%BCsseldorf" {
		t.Errorf("capitals: %d %s", w.Code, w.Header().Get("Location"))
	}
	save(t, st, store.Actor{URI: ann, Handle: "@ann@mastodon.example", Inbox: ann + "/inbox", Fetched: clock(), Indexed: store.Refused})
	if page := get(t, h, "/tag/d%C3%BCsseldorf").Body.String(); strings.Contains(page, "/post/3") {
		t.Error("a post of somebody who refuses is found by its tag")
	}
}

func TestMembersAreListedByConsent(t *testing.T) {
	h, st := indexed(t)
	page := get(t, h, "/g/books/members").Body.String()
	if strings.Contains(page, "@ann@mastodon.example") || !strings.Contains(page, "1 member") {
		t.Error("somebody is listed who did not agree, or members are not counted")
	}
	save(t, st, store.Actor{URI: ann, Handle: "@ann@mastodon.example", Name: "<i>Ann", Inbox: ann + "/inbox", Fetched: clock(), Found: store.Agreed})
	if page := get(t, h, "/g/books/members").Body.String(); !strings.Contains(page, "&lt;i&gt;Ann") || !strings.Contains(page, "noindex") {
		t.Error("Ann agreed and is not listed")
	}
	if w := get(t, h, "/g/none/members"); w.Code != http.StatusNotFound {
		t.Errorf("no group: %d", w.Code)
	}
}

func TestWhoRefusesIsLeftOutOfSearchEngines(t *testing.T) {
	h, st := indexed(t)
	robots := func(path string) bool {
		w := get(t, h, path)
		header := w.Header().Get("X-Robots-Tag") == "noindex"
		if strings.HasSuffix(path, ".atom") {
			return header
		}
		if meta := strings.Contains(w.Body.String(), `<meta name="robots" content="noindex">`); meta != header {
			t.Errorf("%s: header %v, page %v", path, header, meta)
		}
		return header
	}
	paths := []string{"/g/books", "/g/books/post/3", "/g/books/feed.atom", "/g/books/post/3/feed.atom"}
	for _, path := range paths {
		if robots(path) {
			t.Errorf("%s is kept from search engines though nobody asked", path)
		}
	}
	maps := func() string { return get(t, h, "/sitemap.xml").Body.String() }
	if m := maps(); !strings.Contains(m, "<loc>"+origin+"/g/books/post/3</loc>") || !strings.Contains(get(t, h, "/robots.txt").Body.String(), origin+"/sitemap.xml") {
		t.Errorf("the map lacks the thread: %s", m)
	}
	save(t, st, store.Actor{URI: ann, Handle: "@ann@mastodon.example", Inbox: ann + "/inbox", Fetched: clock(), Indexed: store.Refused})
	if !robots("/g/books/post/3") || !robots("/g/books/post/3/feed.atom") || robots("/g/books") || strings.Contains(maps(), "/post/") {
		t.Error("the author's wish does not count")
	}
	g, err := st.Group(t.Context(), "books")
	if err != nil {
		t.Fatal(err)
	}
	g.Settings.Unindexed = true
	if err := st.EditGroup(t.Context(), g, nil); err != nil {
		t.Fatal(err)
	}
	for _, path := range paths {
		if !robots(path) {
			t.Errorf("%s: the group's wish does not count", path)
		}
	}
	if strings.Contains(maps(), "/g/") {
		t.Error("the group is on the map")
	}
}

func TestPreviewsSayWhatThePageIs(t *testing.T) {
	h, st := indexed(t)
	page := get(t, h, "/g/books/post/3").Body.String()
	for _, want := range []string{
		`<meta property="og:title" content="Tea &amp; &lt;i&gt;books&lt;/i&gt;">`, `<meta property="og:type" content="article">`,
		`<meta property="og:url" content="` + origin + `/g/books/post/3">`, `<meta property="og:site_name" content="Moot">`,
		`<link rel="alternate" type="application/rss&#43;xml"`, `href="/g/books/post/3/feed.rss"`,
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %s", want)
		}
	}
	if strings.Contains(page, "og:image") {
		t.Error("a picture would come from elsewhere")
	}
	g, err := st.Group(t.Context(), "books")
	if err != nil {
		t.Fatal(err)
	}
	for _, picture := range []*store.Picture{&g.Icon, &g.Header} { // the header, once there is one
		kind := "summary"
		if picture == &g.Header {
			kind = "summary_large_image"
		}
		*picture = store.NewPicture("image/png", []byte(kind))
		picture.Alt = "A shelf"
		if err := st.EditGroup(t.Context(), g, nil); err != nil {
			t.Fatal(err)
		}
		for _, path := range []string{"/g/books", "/g/books/post/3"} {
			page := get(t, h, path).Body.String()
			for _, want := range []string{
				`og:image" content="` + origin + `/media/` + picture.Name + `"`, `og:image:alt" content="A shelf"`, `twitter:card" content="` + kind + `"`,
			} {
				if !strings.Contains(page, want) {
					t.Errorf("%s lacks %s", path, want)
				}
			}
		}
	}
	if warned := get(t, h, "/g/books/post/1").Body.String(); strings.Contains(strings.SplitN(warned, "<body", 2)[0], "Ideas") {
		t.Error("the preview shows what is behind a content warning")
	}
}

func TestFeedsHaveWhatReadersNeed(t *testing.T) {
	h, st := indexed(t)
	publish(t, st, &group.Post{URI: ann + "/odd", Author: ann, Title: "Odd \x01 ]]>", HTML: "<p>bell \x07</p>"})
	for _, uri := range []string{bob + "/c1", bob + "/c2"} {
		publish(t, st, &group.Post{URI: uri, Author: bob, InReplyTo: ann + "/2", HTML: "<p>yes</p>"})
	}
	putInIndex(t, st)
	for path, want := range map[string]string{
		"/g/books/feed": "/g/books/post/3", "/g/books/post/3/feed": "/g/books/comment/", "/tag/d%C3%BCsseldorf/feed": "/g/books/post/3",
		"/g/books/tag/d%C3%BCsseldorf/feed": "/g/books/post/3",
	} {
		atom(t, h, path+".atom", want)
		rss(t, h, path+".rss", want)
		jsonOf(t, h, path+".json", want)
	}
	for _, path := range []string{"/g/none/feed.atom", "/g/books/post/99/feed.atom", "/g/books/post/2/feed.rss", "/g/books/feed.xml"} {
		if w := get(t, h, path); w.Code != http.StatusNotFound {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
}

func fetched(t *testing.T, h http.Handler, path, kind string) []byte {
	t.Helper()
	w := get(t, h, path)
	if w.Code != http.StatusOK || !strings.HasPrefix(w.Header().Get("Content-Type"), kind) {
		t.Fatalf("%s: %d %s", path, w.Code, w.Header().Get("Content-Type"))
	}
	if again := ask(t, h, "GET", path, "If-None-Match", w.Header().Get("ETag")); again.Code != http.StatusNotModified {
		t.Errorf("%s again: %d", path, again.Code)
	}
	if again := ask(t, h, "GET", path, "If-Modified-Since", w.Header().Get("Last-Modified")); again.Code != http.StatusNotModified {
		t.Errorf("%s again by date: %d", path, again.Code)
	}
	return w.Body.Bytes()
}

// atom checks what RFC 4287 asks for.
func atom(t *testing.T, h http.Handler, path, want string) {
	t.Helper()
	var f atomFeed
	if err := xml.Unmarshal(fetched(t, h, path, "application/atom+xml"), &f); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	if f.ID == "" || f.Title == "" || len(f.Links) < 2 || f.Links[0].Href != origin+path || len(f.Entries) == 0 {
		t.Fatalf("%s: %+v", path, f)
	}
	ids := map[string]bool{}
	for _, e := range f.Entries {
		if ids[e.ID] || !strings.HasPrefix(e.ID, origin) || e.Author.Name == "" || e.Title == "" || e.Content.Type != "html" {
			t.Errorf("%s: %+v", path, e)
		}
		ids[e.ID] = true
		for _, date := range []string{e.Published, e.Updated, f.Updated} {
			if _, err := time.Parse(time.RFC3339, date); err != nil {
				t.Errorf("%s: %v", path, err)
			}
		}
	}
	if !strings.Contains(f.Entries[0].ID+f.Entries[len(f.Entries)-1].ID, want) && !ids[origin+want] {
		t.Errorf("%s lacks %s", path, want)
	}
}

func rss(t *testing.T, h http.Handler, path, want string) {
	t.Helper()
	body := fetched(t, h, path, "application/rss+xml")
	for d := xml.NewDecoder(strings.NewReader(string(body))); ; {
		if _, err := d.Token(); err == io.EOF {
			break
		} else if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
	}
	for _, part := range []string{`<rss version="2.0"`, `<atom:link rel="self"`, "<description>", "<guid>" + origin, "<dc:creator>", "<pubDate>", want} {
		if !strings.Contains(string(body), part) {
			t.Errorf("%s lacks %s", path, part)
		}
	}
}

func jsonOf(t *testing.T, h http.Handler, path, want string) {
	t.Helper()
	var f jsonFeed
	if err := json.Unmarshal(fetched(t, h, path, "application/feed+json"), &f); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	if f.Version != "https://jsonfeed.org/version/1.1" || f.Title == "" || f.Self != origin+path || len(f.Items) == 0 {
		t.Fatalf("%s: %+v", path, f)
	}
	found := false
	for _, i := range f.Items {
		found = found || strings.Contains(i.ID, want)
		if i.ID == "" || i.URL == "" || i.Published.IsZero() || len(i.Authors) != 1 {
			t.Errorf("%s: %+v", path, i)
		}
	}
	if !found {
		t.Errorf("%s lacks %s", path, want)
	}
}

func TestFeedsArePaged(t *testing.T) {
	h, st := site(t)
	for i := range feedItems + 2 {
		publish(t, st, &group.Post{URI: ann + "/t" + strings.Repeat("x", i), Author: ann, Title: "T", HTML: "<p>x</p>"})
	}
	seen, pages := map[string]bool{}, 0
	for path := "/g/books/feed.json"; path != ""; pages++ {
		var f jsonFeed
		if err := json.Unmarshal(fetched(t, h, path, "application/feed+json"), &f); err != nil {
			t.Fatal(err)
		}
		for _, i := range f.Items {
			if seen[i.ID] {
				t.Errorf("%s twice", i.ID)
			}
			seen[i.ID] = true
		}
		path = strings.TrimPrefix(f.Next, origin)
	}
	if len(seen) != feedItems+3 || pages != 2 {
		t.Errorf("%d threads on %d pages", len(seen), pages)
	}
}

func TestFeedsKeepContentWarnings(t *testing.T) {
	h, st := site(t)
	publish(t, st, &group.Post{URI: ann + "/9", Author: ann, Title: "x", HTML: "<p>secret</p>", Warning: "a <b>", Media: []group.Media{{Kind: "Image", URL: "https://m.example/secret.png"}}})
	for _, ending := range []string{"atom", "rss", "json"} {
		body := get(t, h, "/g/books/feed."+ending).Body.String()
		if strings.Contains(body, "secret") || !strings.Contains(html.UnescapeString(body), "a &lt;b&gt;") && ending != "json" {
			t.Errorf("%s: %s", ending, body)
		}
	}
}

package web

import (
	"html"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"folkmoot/group"
	"folkmoot/store"
)

// settle changes a group's settings.
func settle(t *testing.T, st *store.Store, change func(*group.Settings)) {
	t.Helper()
	g, err := st.Group(t.Context(), "books")
	if err != nil {
		t.Fatal(err)
	}
	change(&g.Settings)
	if err := st.EditGroup(t.Context(), g, nil); err != nil {
		t.Fatal(err)
	}
}

func TestAClosedGroupInvitesNobody(t *testing.T) {
	h, st := site(t)
	settle(t, st, func(s *group.Settings) { s.Join = group.JoinClosed })
	for _, path := range []string{"/g/books", "/g/books/follow", "/g/books/follow?server=m.example"} {
		page := get(t, h, path).Body.String()
		if !strings.Contains(page, "takes no new members") || strings.Contains(page, `<form class="follow"`) || strings.Contains(page, "authorize_interaction") {
			t.Errorf("%s still invites:\n%s", path, page)
		}
	}
}

func TestWhoStartsThreads(t *testing.T) {
	h, st := site(t)
	settle(t, st, func(s *group.Settings) { s.Posting, s.TagCap = group.PostingMods, 1 })
	page := get(t, h, "/g/books").Body.String()
	if !strings.Contains(page, "The moderators start threads.") || strings.Contains(page, "to start a thread") {
		t.Errorf("invites to start threads where only moderators do:\n%s", page)
	}
	if !strings.Contains(page, "names more than 1 group of this server") {
		t.Errorf("does not count groups in English:\n%s", page)
	}
}

func TestPagesOfThreads(t *testing.T) {
	h, st := site(t)
	for i := range threadsShown + 4 {
		publish(t, st, &group.Post{URI: ann + "/more/" + strconv.Itoa(i), Author: ann, Title: "Thread " + strconv.Itoa(i)})
	}
	for _, start := range []string{"/g/books", "/g/books?sort=active", "/g/books?sort=top", "/g/books?sort=top&in=week", "/g/books?sort=top&in=all"} {
		pagesOfThreads(t, h, start)
	}
	if page := get(t, h, "/g/books?before=1").Body.String(); !strings.Contains(page, "There are no older threads.") {
		t.Errorf("older than the oldest:\n%s", page)
	}
}

func pagesOfThreads(t *testing.T, h http.Handler, path string) {
	t.Helper()
	start, seen := path, map[string]bool{}
	for pages := 0; path != ""; pages++ {
		page := get(t, h, path).Body.String()
		for _, m := range regexp.MustCompile(`<h3 dir="auto"><a href="(/g/books/post/\d+)">`).FindAllStringSubmatch(page, -1) {
			if seen[m[1]] {
				t.Errorf("%s shows %s twice", start, m[1])
			}
			seen[m[1]] = true
		}
		if first := pages == 0; strings.Contains(page, ">Back to the first page</a>") == first || strings.Contains(page, `<form class="follow"`) != first {
			t.Errorf("page %d:\n%s", pages, page)
		}
		_, rest, _ := strings.Cut(page, `rel="next" href="`)
		path, _, _ = strings.Cut(rest, `"`)
		path = html.UnescapeString(path)
	}
	if len(seen) != threadsShown+5 {
		t.Errorf("%d threads on all pages of %s, want %d", len(seen), start, threadsShown+5)
	}
}

// A group shows its threads in the order that the reader asks for.
func TestOrdersOfThreads(t *testing.T) {
	h, st := site(t)
	for _, title := range []string{"Older", "Newer"} {
		publish(t, st, &group.Post{URI: ann + "/order/" + title, Author: ann, Title: title})
	}
	publish(t, st, &group.Post{URI: ann + "/order/answer", Author: ann, HTML: "Yes", InReplyTo: ann + "/order/Older"})
	like := group.Request{Kind: group.Like, By: group.Person{URI: bob}, Target: ann + "/order/Older", Groups: []string{origin + "/g/books"}, Activity: bob + "/like"}
	for asked, olderFirst := range map[string]bool{
		"": false, "?sort=latest": false, "?sort=nonsense": false, "?sort=top": true, "?sort=top&in=week": true, "?sort=top&after=x.y": true, "?sort=active": true,
	} {
		if _, err := st.Apply(t.Context(), like, 0); err != nil { // the first time counts
			t.Fatal(err)
		}
		page := get(t, h, "/g/books"+asked).Body.String()
		older, newer := strings.Index(page, ">Older</a>"), strings.Index(page, ">Newer</a>")
		if older < 0 || newer < 0 || (older < newer) != olderFirst {
			t.Errorf("%q: older at %d, newer at %d:\n%s", asked, older, newer, page)
		}
		if n := strings.Count(page, `aria-current="page"`); n != 1 && !strings.Contains(asked, "top") || n > 2 {
			t.Errorf("%q: %d places are said to be here", asked, n)
		}
	}
	if page := get(t, h, "/g/books?sort=active").Body.String(); !strings.Contains(page, "last comment") {
		t.Errorf("does not say when the last comment was:\n%s", page)
	}
}

func TestEmptyPlaces(t *testing.T) {
	st, err := store.Open(store.Options{Path: t.TempDir() + "/folkmoot.db", Origin: origin})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { st.Close() })
	s, err := New(Options{Store: st, Origin: origin, Domain: "groups.example", Title: "Moot", Contact: "sam@groups.example"})
	if err != nil {
		t.Fatal(err)
	}
	h, err := s.Handler()
	if err != nil {
		t.Fatal(err)
	}
	page := get(t, h, "/").Body.String()
	if !strings.Contains(page, "folkmoot group create") || !strings.Contains(page, `href="mailto:sam@groups.example"`) {
		t.Errorf("a new server:\n%s", page)
	}
	g := store.Group{URI: origin + "/g/books", Name: "books", Title: "Books", Keys: []byte("pem"), Settings: group.Defaults()}
	if err := st.CreateGroup(t.Context(), g, ann); err != nil {
		t.Fatal(err)
	}
	w := get(t, h, "/g/books")
	if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "the first thread could be yours") {
		t.Errorf("a new group:\n%s", w.Body)
	}
	if strings.Contains(w.Body.String(), "0 members") || !strings.Contains(w.Body.String(), ann) {
		t.Errorf("does not name its owner, of whom only the address is known:\n%s", w.Body)
	}
}

func TestServersFindTheDocument(t *testing.T) {
	h, _ := site(t)
	for path, uri := range map[string]string{"/g/books": origin + "/g/books", "/g/books/post/1": origin + "/g/books/post/1"} {
		want := `<link rel="alternate" type="application/activity+json" href="` + uri + `">`
		if page := get(t, h, path).Body.String(); !strings.Contains(page, want) {
			t.Errorf("%s does not name its document:\n%s", path, page)
		}
	}
	if page := get(t, h, "/people/@ann@mastodon.example").Body.String(); !strings.Contains(page, `<meta name="robots" content="noindex">`) {
		t.Error("search engines may gather what a person wrote")
	}
}

package web

import (
	"compress/gzip"
	"io"
	"net/http"
	"strings"
	"testing"

	"folkmoot/group"
	"folkmoot/store"
)

// found founds another group of the site.
func foundGroup(t *testing.T, st *store.Store, name, title string) {
	t.Helper()
	g := store.Group{URI: origin + "/g/" + name, Name: name, Title: title, Keys: []byte("pem"), Settings: group.Defaults()}
	if err := st.CreateGroup(t.Context(), g, ann); err != nil {
		t.Fatal(err)
	}
}

func TestOrderOfGroups(t *testing.T) {
	h, st := site(t)
	foundGroup(t, st, "zebras", "Animals")
	_, err := st.Apply(t.Context(), group.Request{Kind: group.Follow, By: group.Person{URI: bob}, Groups: []string{origin + "/g/zebras"}, Activity: bob + "/follow"}, 0)
	if err != nil {
		t.Fatal(err)
	}
	for asked, first := range map[string]string{"/": "books", "/?sort=nonsense": "books", "/?sort=name": "zebras", "/?sort=size": "zebras"} {
		page := get(t, h, asked).Body.String()
		_, rest, _ := strings.Cut(page, `<ul class="groups">`)
		_, rest, _ = strings.Cut(rest, `<h3 dir="auto"><a href="/g/`)
		if got, _, _ := strings.Cut(rest, `"`); got != first {
			t.Errorf("%s: the first group is %s, want %s", asked, got, first)
		}
		if strings.Count(page, "last post ") != 1 {
			t.Errorf("%s: does not say of the one group that has posts when the last was:\n%s", asked, page)
		}
	}
}

// A page is drawn with no more than a phone on a slow line loads at once.
func TestAssetsAreSmall(t *testing.T) {
	h, _ := site(t)
	count := new(counter)
	z := gzip.NewWriter(count)
	for _, name := range []string{"style.css", "icon.svg"} {
		w := get(t, h, "/static/"+name)
		if w.Code != http.StatusOK {
			t.Fatalf("%s: %d", name, w.Code)
		}
		if _, err := io.Copy(z, w.Body); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	if *count > 50<<10 || *count < 1000 {
		t.Errorf("style sheet and scripts are %d bytes compressed, want 50 kB at most", *count)
	}
}

type counter int

func (c *counter) Write(p []byte) (int, error) {
	*c += counter(len(p))
	return len(p), nil
}

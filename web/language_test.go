package web

import (
	"html/template"
	"io/fs"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/text/feature/plural"
)

func languages(t *testing.T) []*catalogue {
	t.Helper()
	all, err := readLanguages()
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func english(t *testing.T) *catalogue {
	t.Helper()
	return languages(t)[0]
}

// Every language has every text, with the same places for arguments and with every plural form that it needs.
func TestCataloguesAreComplete(t *testing.T) {
	all := languages(t)
	place := regexp.MustCompile(`\{\d+\}`)
	places := func(w wording) []string {
		found := place.FindAllString(w.words, -1)
		slices.Sort(found)
		return slices.Compact(found)
	}
	for _, c := range all[1:] {
		for key := range all[0].texts {
			if _, ok := c.texts[key]; !ok {
				t.Errorf("%s lacks %s", c.Code(), key)
			}
		}
		for key, w := range c.texts {
			own, ok := all[0].texts[key]
			if !ok {
				t.Errorf("%s has %s, which English lacks", c.Code(), key)
			} else if !slices.Equal(places(w), places(own)) {
				t.Errorf("%s in %s has the places %v, in English %v", key, c.Code(), places(w), places(own))
			} else if (len(w.forms) > 1) != (len(own.forms) > 1) {
				t.Errorf("%s in %s has the forms %v, in English %v", key, c.Code(), w, own)
			}
		}
	}
	for _, c := range all {
		for key, w := range c.texts {
			if strings.TrimSpace(w.words) == "" || len(w.forms) > 1 && w.forms[plural.One] == "" {
				t.Errorf("%s in %s is empty or lacks a form: %v", key, c.Code(), w)
			}
		}
	}
}

// Every text that the pages name is in the catalogues, and no other.
func TestTextsAreUsed(t *testing.T) {
	known := english(t).texts
	areas := map[string]bool{}
	for key := range known {
		area, _, _ := strings.Cut(key, ".")
		areas[area] = true
	}
	literal := regexp.MustCompile("[\"`]((?:" + strings.Join(slices.Sorted(maps.Keys(areas)), "|") + `)\.[a-zA-Z0-9.%-]*)["` + "`]")
	used := map[string]bool{}
	for _, name := range sources(t) {
		raw, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range literal.FindAllStringSubmatch(string(raw), -1) {
			name := m[1]
			used[name] = true
			whole := strings.ContainsAny(name, "%") || strings.HasSuffix(name, ".")
			if _, ok := known[name]; !ok && !whole && known[name+".title"].words == "" {
				t.Errorf("no catalogue has %q", name)
			}
		}
	}
	for key := range known {
		if !isUsed(key, used) {
			t.Errorf("nothing uses %q", key)
		}
	}
}

// isUsed says whether a key is named whole, as a page that says .title and .words, or by its beginning.
func isUsed(key string, used map[string]bool) bool {
	if used[key] || used[strings.TrimSuffix(strings.TrimSuffix(key, ".title"), ".words")] {
		return true
	}
	for name := range used {
		before, _, _ := strings.Cut(name, "%")
		if before != name && strings.HasPrefix(key, before) || strings.HasSuffix(name, ".") && strings.HasPrefix(key, name) {
			return true
		}
	}
	return false
}

func sources(t *testing.T) (names []string) {
	t.Helper()
	err := filepath.WalkDir(".", func(path string, _ fs.DirEntry, err error) error {
		if strings.HasSuffix(path, ".html") || strings.HasSuffix(path, ".go") && !strings.HasSuffix(path, "_test.go") {
			names = append(names, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

func TestPlurals(t *testing.T) {
	for _, tt := range []struct {
		language int
		n        int
		want     string
	}{
		{0, 0, "no comments"},
		{0, 1, "1 comment"},
		{0, 2, "2 comments"},
		{1, 1, "1 Kommentar"},
		{1, 0, "keine Kommentare"},
		{2, 1, "1 commentaire"},
		{2, 2, "2 commentaires"},
		{3, 1, "1 comentario"},
		{3, 11, "11 comentarios"},
		{0, 1_000_000_001, "1000000001 comments"},
	} {
		if got := languages(t)[tt.language].count("comments", tt.n); got != tt.want {
			t.Errorf("%d in %s: %q, want %q", tt.n, languages(t)[tt.language].Code(), got, tt.want)
		}
	}
}

func TestTextsWithHTMLEscapeTheirArguments(t *testing.T) {
	got := english(t).H("account.sign-in.link", `<script>`)
	if strings.Contains(string(got), "<script>") || !strings.Contains(string(got), "&lt;script&gt;") {
		t.Errorf("%s", got)
	}
	if got, want := english(t).T("account.since", "{1}", "{0}"), "since {1}, last used {0}"; got != want {
		t.Errorf("%q, want %q: an argument is no place for others", got, want)
	}
	if got := english(t).H("account.sign-in.link", template.HTML("<b>ann</b>")); !strings.Contains(string(got), "<b>ann</b>") {
		t.Errorf("%s", got)
	}
}

// A reader gets the language they chose here, else the first they ask for that there is.
func TestLanguageOfTheReader(t *testing.T) {
	h, _ := site(t)
	for header, want := range map[string]string{
		"": "en", "de": "de", "de-AT,en;q=0.5": "de", "fr-CA": "fr", "es-419,es;q=0.9": "es", "ja": "en", "ja,fr;q=0.3": "fr", "en-GB,de": "en",
		"*": "en", "not a language": "en", "de;q=0,fr": "fr",
	} {
		v := browse(t, h)
		w := v.ask(http.MethodGet, "/", nil, "Accept-Language", header)
		if !strings.Contains(w.Body.String(), `<html lang="`+want+`" dir="ltr">`) || w.Header().Get("Content-Language") != want {
			t.Errorf("asked for %q: %s, want %s", header, w.Header().Get("Content-Language"), want)
		}
		if vary := strings.Join(w.Header().Values("Vary"), ","); !strings.Contains(vary, "Accept-Language") || !strings.Contains(vary, "Cookie") {
			t.Errorf("Vary: %s", vary)
		}
	}
	v := browse(t, h)
	v.leads(v.post("/language", "language", "es", "to", "/g/books?before=3"), "/g/books?before=3")
	v.shows(v.ask(http.MethodGet, "/", nil, "Accept-Language", "de"), http.StatusOK, `<html lang="es"`)
	v.leads(v.post("/language", "language", "xx", "to", "//evil.example"), "/")
	v.shows(v.get("/"), http.StatusOK, `<html lang="es"`)
}

// Pages are read when somebody first asks for them: here somebody asks for each.
func TestEveryPageIsRead(t *testing.T) {
	s, err := New(Options{Origin: origin, Title: "Moot"})
	if err != nil {
		t.Fatal(err)
	}
	for c, pages := range s.pages {
		for name, page := range pages {
			if p, err := page(); err != nil || p.Lookup("main") == nil {
				t.Errorf("%s in %s: %v", name, c.Code(), err)
			}
		}
	}
}

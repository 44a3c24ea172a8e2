package web

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"
)

// Whoever runs the server reads there what this version means for them, and what those before it did.
func TestVersionSaysWhatToDo(t *testing.T) {
	h, st := admins(t, Running{Version: "0.1.0 (abc123)", Since: clock().Add(-time.Hour)})
	v := browse(t, h)
	v.enter(st, bob)
	v.shows(v.get("/server"), http.StatusOK, "Folkmoot 0.1.0 (abc123)", `href="/server/version"`)
	w := v.get("/server/version")
	v.shows(w, http.StatusOK, "Folkmoot 0.1.0 (abc123)", "Runs since 15 Jan 2027, 07:00 UTC", "What is new in 0.1.0, and what to do", `lang="en"`,
		"<h3>To do on a new server</h3>", "<code>folkmoot doctor</code>")
	if strings.Contains(w.Body.String(), "<details") {
		t.Error("notes of this version are folded, or others made up")
	}
	w = v.ask(http.MethodGet, "/server/version", nil, "Accept-Language", "de")
	v.shows(w, http.StatusOK, "Läuft seit", "Was in 0.1.0 neu ist", `<div class="words" lang="en"`)
	h, st = admins(t, Running{Version: "0.1.0"})
	v = browse(t, h)
	v.enter(st, bob)
	if strings.Contains(v.get("/server/version").Body.String(), "Runs since") {
		t.Error("a start is made up")
	}
}

func TestOlderNotesAreFolded(t *testing.T) {
	_, st := site(t)
	s, err := New(Options{Store: st, Origin: origin, Domain: "groups.example", Now: clock})
	if err != nil {
		t.Fatal(err)
	}
	s.upgrades = func() ([]versionNotes, error) {
		return readUpgrades("# Upgrades\n\nWhat.\n\n## 0.2.0\n\n### To do\n\n* Sing <b>loud</b>.\n\n## 0.1.0\n\n* Dance.\n")
	}
	v, err := s.versionPage(httptest.NewRequest(http.MethodGet, "/server/version", nil), nil)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := s.execute(&out, s.languages[0], frame{Site: s, Words: s.languages[0], view: v}); err != nil {
		t.Fatal(err)
	}
	now, older, found := strings.Cut(out.String(), "<details")
	if !found || !strings.Contains(now, "<h3>To do</h3>") || !strings.Contains(now, "Sing loud.") || strings.Contains(now, "Dance") {
		t.Errorf("of this version: %s", now)
	}
	if !strings.Contains(older, "<summary>0.1.0</summary>") || !strings.Contains(older, "Dance.") {
		t.Errorf("of older ones: %s", older)
	}
}

// Whatever CHANGELOG.md has a part about has notes for those who run a server, in the same order.
func TestEachVersionHasNotes(t *testing.T) {
	text, err := os.ReadFile("../CHANGELOG.md")
	if err != nil {
		t.Fatal(err)
	}
	notes, err := ownUpgrades()
	if err != nil {
		t.Fatal(err)
	}
	versions := regexp.MustCompile(`(?m)^## ([^,\s]+)`).FindAllStringSubmatch(string(text), -1)
	if len(versions) == 0 || len(versions) != len(notes) {
		t.Fatalf("%d versions, notes of %d", len(versions), len(notes))
	}
	for i, v := range versions {
		if notes[i].Version != v[1] || notes[i].Notes == "" {
			t.Errorf("of %s there is %q: %s", v[1], notes[i].Version, notes[i].Notes)
		}
	}
}

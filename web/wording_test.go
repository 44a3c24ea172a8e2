package web

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"folkmoot/group"
	"folkmoot/store"
)

// What is wrong with something that people have typed is said in their language, whatever it is.
func TestFaultsInEveryLanguage(t *testing.T) {
	fault := regexp.MustCompile(`(?:Fault\{What: |tooMuch\(|instead\(|inLine\([a-z]+, )"([a-z-]+)"`)
	sources, err := filepath.Glob("../group/*.go")
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]bool{}
	for _, name := range sources {
		raw, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range fault.FindAllStringSubmatch(string(raw), -1) {
			found[m[1]] = true
		}
	}
	if len(found) < 38 {
		t.Errorf("only %d faults are found", len(found))
	}
	for _, c := range languages(t) {
		for what := range found {
			if c.T("run.fault."+what) == "run.fault."+what {
				t.Errorf("%s has no words for the fault %q", c.Code(), what)
			}
		}
	}
}

// An error's own words are English and for the log: no page takes them.
func TestPagesShowNoErrors(t *testing.T) {
	for _, name := range sources(t) {
		raw, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(name, ".go") && strings.Contains(string(raw), ".Error()") {
			t.Errorf("%s takes the words of an error", name)
		}
	}
}

func TestRulesAreRefusedInTheLanguageOfTheReader(t *testing.T) {
	h, st := site(t)
	v := browse(t, h)
	v.enter(st, ann)
	v.post("/language", "language", "de", "to", "/")
	for rule, want := range map[string]string{
		"melde if words x":      "nicht mit „melde“",
		"hold if links x":       "„and“ oder „or“, nicht „x“",
		"hold if words ***":     "keine Buchstaben",
		"hold if pattern /a(/":  "nicht zu verstehen: (?i)a(",
		"hold if links > viele": "nicht „viele“",
		`hold if words "auf`:    "das schließende",
	} {
		v.shows(v.post("/g/books/run/rules", "rule", rule, "do", "add"), http.StatusUnprocessableEntity, "Das ist keine Regel", want)
	}
}

func TestFailuresInTheLanguageOfTheReader(t *testing.T) {
	german := languages(t)[1]
	for words, want := range map[string]string{
		store.FailedKey:                       "Der Schlüssel der Gruppe ist nicht zu lesen.",
		store.FailedLate:                      "nicht rechtzeitig",
		store.FailedPrivate:                   "fetch.allow_cidrs",
		store.FailedReach + "no route":        "nicht zu erreichen: no route",
		store.FailedAnswer + "404 Not Found.": "antwortete: 404 Not Found",
		store.FailedAnswer + "403 Forbidden" + store.FailedSaid + "Go away.": "403 Forbidden. In seinen Worten: Go away.",
	} {
		if got := german.failure(words); !strings.Contains(got, want) {
			t.Errorf("%q is said as %q, want %q", words, got, want)
		}
	}
	for _, why := range []string{
		store.WhyRefused, store.WhyNoWay, store.WhyClosed, store.WhyNoName, store.WhyNameUnread, store.WhyOtherName, store.WhyExpired, store.WhyNoTrust, store.WhyNoTLS,
	} {
		got := german.failure(store.FailedReach + why)
		if !strings.HasPrefix(got, "Der Server war nicht zu erreichen: ") || strings.Contains(got, why) || strings.Contains(got, "server.failure") {
			t.Errorf("%q is said as %q", why, got)
		}
	}
}

// A large list is taken over from the page, as a form that is three times as long.
func TestLargeListsAreTakenOver(t *testing.T) {
	h, st := admins(t, Running{ReadBlocks: group.ParseBlockList})
	v := browse(t, h)
	v.enter(st, bob)
	var list strings.Builder
	for i := range 400 {
		fmt.Fprintf(&list, "bad%d.example\n# %s\n", i, strings.Repeat("#,", 700))
	}
	if list.Len() < 500<<10 {
		t.Fatalf("the list has only %d bytes", list.Len())
	}
	v.shows(v.post("/server/blocks", "do", "import", "text", list.String()), http.StatusOK, "Take over 400 entries?")
	v.leads(v.post("/server/blocks", "do", "import", "text", list.String(), "confirm", "yes"), "/server/blocks")
	if got := blocked(t, st); len(got) != 400 {
		t.Errorf("%d entries are taken over", len(got))
	}
}

package group

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// Every phrase has the same places in all languages, and words of its own in each.
func TestPhrasesInEveryLanguage(t *testing.T) {
	place := regexp.MustCompile(`%(\[\d\])?[sd]`)
	places := func(text string) []string {
		found := place.FindAllString(text, -1)
		slices.Sort(found)
		return found
	}
	for lang := range languages() {
		for p := range phraseCount {
			here, english := say(lang, p), say(English, p)
			if p != sayDay && !slices.Equal(places(here), places(english)) {
				t.Errorf("%s: %q has other places than %q", lang, here, english)
			}
			if lang != English && here == english && p != sayDay {
				t.Errorf("%s says in English: %q", lang, here)
			}
		}
	}
}

// What people are told is in the catalogues: elsewhere in this package no text reads like a sentence.
func TestSentencesAreInCatalogues(t *testing.T) {
	entries, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	sentence := regexp.MustCompile(`^\s*[A-Z][a-z]* .*[a-z]`)
	for _, e := range entries {
		name := e.Name()
		if !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") || strings.HasPrefix(name, "catalogue") || strings.HasPrefix(name, "reason") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			lit, ok := n.(*ast.BasicLit)
			if !ok || lit.Kind != token.STRING {
				return true
			}
			if text, err := strconv.Unquote(lit.Value); err != nil || sentence.MatchString(text) {
				t.Errorf("%s says %s to everybody in English (%v)", name, lit.Value, err)
			}
			return true
		})
	}
}

func TestSayingInTheLanguageOfWhoeverHears(t *testing.T) {
	invitation := Saying{fill(sayInvitedYou, time.Date(2026, 3, 7, 0, 0, 0, 0, time.UTC))}
	for lang, want := range map[string]string{English: "7 March 2026", "de": "7. März 2026", "fr": "7 mars 2026", "es": "7 de marzo de 2026", "xx": "7 March 2026"} {
		if got := invitation.In(lang); !strings.Contains(got, want) {
			t.Errorf("%s: %q lacks %q", lang, got, want)
		}
	}
	objection := Saying{fill(sayObjects, "@ann@x.example", deed(Ban), int64(7), "100 %d sure")}.and("so")
	if got, want := objection.In("de"), "gesperrt, Nummer 7 im Protokoll): 100 %d sure"; !strings.Contains(got, want) || !strings.Contains(got, "aufheben 7") {
		t.Errorf("%q lacks %q", got, want)
	}
	if got := own("%d 100 %").In("fr"); got != "%d 100 %" {
		t.Errorf("somebody's own words came out as %q", got)
	}
}

func TestOffersAreAcceptedInEveryLanguage(t *testing.T) {
	for _, yes := range []string{"accept", "Yes.", "ja", "oui", "sí", "si"} {
		if !accepts(yes) {
			t.Errorf("%q is no yes", yes)
		}
	}
	if accepts("nein") || accepts("") {
		t.Error("no is yes")
	}
}

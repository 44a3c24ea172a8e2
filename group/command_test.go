package group

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestParseCommand(t *testing.T) {
	for text, want := range map[string]Command{
		"help":                                       {Verb: VerbHelp, Lang: "en", Bare: true},
		"@books@groups.example HELP!":                {Verb: VerbHelp, Lang: "en", Bare: true},
		"@books \uff48\uff45\uff4c\uff50":            {Verb: VerbHelp, Lang: "en", Bare: true},
		"h\u200be\u00adl\ufe0fp":                     {Verb: VerbHelp, Lang: "en", Bare: true},
		"approve":                                    {Verb: VerbApprove, Lang: "en", Bare: true},
		"approve 12":                                 {Verb: VerbApprove, Lang: "en", Number: 12},
		"Approve #12.":                               {Verb: VerbApprove, Lang: "en", Number: 12},
		"refuse because it sells things":             {Verb: VerbRefuse, Lang: "en", Text: "it sells things"},
		"refuse 7: off topic":                        {Verb: VerbRefuse, Lang: "en", Number: 7, Text: "off topic"},
		"remove https://a.example/@b/1 spam":         {Verb: VerbRemove, Lang: "en", Link: "https://a.example/@b/1", Text: "spam"},
		"ban @eve@a.example 7d for spam":             {Verb: VerbBan, Lang: "en", Person: "@eve@a.example", For: 7 * day, Text: "spam"},
		"ban eve@a.example":                          {Verb: VerbBan, Lang: "en", Person: "eve@a.example"},
		"ban @eve 2w":                                {Verb: VerbBan, Lang: "en", Person: "@eve", For: 14 * day},
		"ban 7d spam":                                {Verb: VerbBan, Lang: "en", For: 7 * day, Text: "spam"},
		"unban https://a.example/users/eve":          {Verb: VerbUnban, Lang: "en", Person: "https://a.example/users/eve"},
		"warn eve@a.example\n\nBe kind.":             {Verb: VerbWarn, Lang: "en", Person: "eve@a.example", Text: "Be kind."},
		"describe We read.\nEverybody may come.":     {Verb: VerbDescribe, Lang: "en", Text: "We read.\nEverybody may come."},
		"pause 2h":                                   {Verb: VerbPause, Lang: "en", For: 2 * time.Hour},
		"pause":                                      {Verb: VerbPause, Lang: "en", Bare: true},
		"storm on":                                   {Verb: VerbStorm, Lang: "en"},
		"storm off":                                  {Verb: VerbCalm, Lang: "en"},
		"annehmen":                                   {Verb: VerbApprove, Lang: "de", Bare: true},
		"refuser parce que c'est de la publicité":    {Verb: VerbRefuse, Lang: "fr", Text: "c'est de la publicité"},
		"expulsar eve@a.example 3d porque molesta":   {Verb: VerbBan, Lang: "es", Person: "eve@a.example", For: 3 * day, Text: "molesta"},
		"report https://a.example/1 it is a lie":     {Verb: VerbReport, Lang: "en", Link: "https://a.example/1", Text: "it is a lie"},
		"> remove\nRE: https://a.example/2\napprove": {Verb: VerbApprove, Lang: "en", Bare: true},
		"leave\n\n> help\n> join":                    {Verb: VerbLeave, Lang: "en", Bare: true},
	} {
		got, ok := ParseCommand(text, "")
		if diff := cmp.Diff(want, got); !ok || diff != "" {
			t.Errorf("%q: %v %s", text, ok, diff)
		}
	}
}

// Talk is no command, however it begins.
func TestNoCommand(t *testing.T) {
	for _, text := range []string{
		"", "@books", "hello", "leave it to me", "help me please with this", "join us tomorrow", "I will remove it", "> remove", ">approve\n> ban",
		"remove?", "refuse this one?", "approve of him", "approve that?", "\"remove\" is a word", "?leave", "pause for a moment", "storm in a teacup",
		"undo what you did", "lock the door", "@ann remove this?", "RE: remove", "rules of the game",
	} {
		if c, ok := ParseCommand(text, "en"); ok {
			t.Errorf("%q is %+v", text, c)
		}
	}
}

// In each language a word means one thing, and the same as in every other that has it.
func TestWordsMeanOneThing(t *testing.T) {
	meant := map[string]Verb{}
	for lang, l := range languages() {
		for word, verb := range l.words {
			if had, ok := meant[word]; ok && had != verb {
				t.Errorf("%q is %s in %s and %s elsewhere", word, verb, lang, had)
			}
			meant[word] = verb
			if c, ok := ParseCommand(strings.ToUpper(word), lang); !ok && verb.takes() != takesNothing || ok && c.Verb != verb {
				t.Errorf("%s: %q is read as %+v", lang, word, c)
			}
		}
	}
}

// Every language has a word for each verb, but for those that it takes over, and says everything.
func TestLanguagesAreWhole(t *testing.T) {
	for lang, l := range languages() {
		for p := range phraseCount {
			if l.says[p] == "" {
				t.Errorf("%s does not say phrase %d", lang, p)
			}
		}
		for _, v := range Verbs() {
			if len(Words(lang, v)) == 0 && v != VerbCalm {
				t.Errorf("%s has no word for %s", lang, v)
			}
		}
		if lang == English {
			continue
		}
		for r := range german().answers {
			if l.answers[r] == "" {
				t.Errorf("%s does not say %s", lang, r)
			}
		}
		// What help shows can be written so.
		for line := range strings.SplitSeq(l.says[sayModHelp]+"\n"+l.says[sayHelp], "\n") {
			word, _ := firstWord(line)
			if _, _, ok := verbOf(word, lang); !ok && strings.HasPrefix(line, strings.ToLower(word)) && word != "" {
				t.Errorf("%s: help shows %q", lang, line)
			}
		}
	}
}

func TestParsedCommandsAreSmall(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		words := []string{
			"ban", "approve", "@eve", "eve@a.example", "7d", "> quoted", "\n", "https://a.example/1", "help", "12", "because", "\uff42\uff41\uff4e", "\u200b", "?",
		}
		text := strings.Join(rapid.SliceOf(rapid.OneOf(rapid.SampledFrom(words), rapid.String())).Draw(t, "text"), " ")
		checkCommand(t, text)
		quoted := "> " + strings.ReplaceAll(strings.Map(func(r rune) rune {
			if r == '\r' {
				return -1
			}
			return r
		}, text), "\n", "\n> ")
		if c, ok := ParseCommand(quoted, ""); ok {
			t.Fatalf("quoted, %q is %+v", quoted, c)
		}
	})
}

// checkCommand holds for whatever anybody writes.
func checkCommand(t interface{ Fatalf(string, ...any) }, text string) {
	c, ok := ParseCommand(text, "")
	switch {
	case ok != (c.Verb != "") && ok:
		t.Fatalf("%q is a command without a verb", text)
	case len([]rune(c.Text)) > maxCommand || c.For < 0 || c.For > maxSpan || c.Number < 0:
		t.Fatalf("%q: %+v", text, c)
	case c.Bare && (c.Text != "" || c.Person != "" || c.Link != "" || c.Number != 0 || c.For != 0):
		t.Fatalf("%q is said to be a word alone: %+v", text, c)
	}
}

func FuzzParseCommand(f *testing.F) {
	for _, text := range []string{"help", "@books ban @eve 7d spam", "> remove\nrefuse because", "\uff48\uff45\uff4c\uff50", "approve 99999999999999999999", "\xff\xfe", "pause 9999999999w"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) { checkCommand(t, text) })
}

// Whatever somebody asks by private message is followed once and answered in words, to that person and with a way back where there is
// one; machines are never answered.
func TestMessagesAreAnsweredOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s, r := anyState(t), anyRequest(t)
		r.Via = ""
		r.Said = &Said{Verb: rapid.SampledFrom(append(Verbs(), "")).Draw(t, "verb"), Lang: "en", Note: "https://a.example/note"}
		d := Decide(s, r)
		heard, told := 0, 0
		for _, e := range d.Effects {
			switch e := e.(type) {
			case MarkHeard:
				heard++
			case Tell:
				if e.What == TellNote && e.Post == r.Said.Note {
					told++
					if e.To != r.By.URI || strings.TrimSpace(e.Text.In(English)) == "" && r.Said.Verb != VerbLog && r.Kind != Ask {
						t.Fatalf("%+v", e)
					}
				}
			}
		}
		switch {
		case told > 1, told > 0 && r.By.Bot, told > 0 && heard != 1:
			t.Fatalf("%+v", d)
		case r.Said.Verb != "" && r.Kind != Ask && heard == 1 && told == 0 && !r.By.Bot && d.Reason != ReasonAsked:
			t.Fatalf("not answered: %+v", d)
		}
		s.Heard = true
		if again := Decide(s, r); len(again.Effects) > 0 {
			t.Fatalf("heard again: %+v", again)
		}
	})
}

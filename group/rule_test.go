package group

import (
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func lower(host string) string { return strings.ToLower(strings.TrimSuffix(host, ".")) }

func ruleset(t *testing.T, texts ...string) *Ruleset {
	t.Helper()
	var rules []Rule
	for _, text := range texts {
		r, err := ParseRule(text)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		rules = append(rules, r)
	}
	set, err := CompileRules(rules, lower)
	if err != nil {
		t.Fatal(err)
	}
	return set
}

func TestRulesMatch(t *testing.T) {
	day := 24 * time.Hour
	now := time.Unix(1_800_000_000, 0)
	says := func(html string) Written { return Written{Post: Post{HTML: html}} }
	casino := `hold if words casino, "free money", crypto*`
	evil := "hold if domain evil.example"
	tests := map[string]struct {
		rule string
		w    Written
		want bool
	}{
		"a word":                       {casino, says("<p>the Casino is open</p>"), true},
		"part of a word":               {casino, says("<p>casinos</p>"), false},
		"a phrase":                     {casino, says("<p>FREE   money!</p>"), true},
		"a phrase across a line":       {casino, says("<p>free</p><p>money</p>"), true},
		"the beginning of a word":      {casino, says("<p>cryptocurrency</p>"), true},
		"in the title":                 {casino, Written{Post: Post{Title: "Casino"}}, true},
		"in the content warning":       {casino, Written{Post: Post{Warning: "casino"}}, true},
		"in what a picture shows":      {casino, Written{Post: Post{Media: []Media{{Alt: "a casino"}}}}, true},
		"markup within the word":       {casino, says("<p>ca<b>si</b>no</p>"), true},
		"no width within the word":     {casino, says("<p>ca\u200bsi\u00adno\u2060</p>"), true},
		"no width as an entity":        {casino, says("<p>ca&#8203;si&zwnj;no</p>"), true},
		"full width":                   {casino, says("<p>ｃａｓｉｎｏ</p>"), true},
		"mathematical":                 {casino, says("<p>𝓬𝓪𝓼𝓲𝓷𝓸 𝐜𝐚</p>"), true},
		"circled":                      {casino, says("<p>ⓒⓐⓢⓘⓝⓞ</p>"), true},
		"with marks":                   {casino, says("<p>cásînø</p>"), true},
		"with combining marks":         {casino, says("<p>ca\u0301si\u0302no</p>"), true},
		"marks in the rule":            {`hold if words Café`, says("<p>CAFE</p>"), true},
		"sharp s":                      {`hold if words STRASSE`, says("<p>straße</p>"), true},
		"Greek in capitals":            {`hold if words ΤΙΜΗΣ`, says("<p>τιμής</p>"), true},
		"two words run together":       {casino, says("<p>ca</p><p>sino</p>"), false},
		"a pattern":                    {`hold if pattern /buy\s+(now|here)/`, says("<p>BUY&nbsp;now</p>"), true},
		"a pattern that is not there":  {`hold if pattern /buy\s+now/`, says("<p>buy it now</p>"), false},
		"a pattern with a slash":       {`hold if pattern /a\/b/`, says("<p>a/b</p>"), true},
		"a link hidden behind text":    {evil, says(`<p><a href="https://www.evil.example/x">https://good.example</a></p>`), true},
		"a link in capitals":           {evil, says(`<p><a href="HTTPS://EVIL.example./x">x</a></p>`), true},
		"a link with a name in it":     {evil, says(`<p><a href="https://good.example@evil.example/">x</a></p>`), true},
		"a bare link":                  {evil, says("<p>see https://evil.example/now.</p>"), true},
		"a link with a port":           {evil, says(`<p><a href="https://evil.example:8443/">x</a></p>`), true},
		"what the post links to":       {evil, Written{Post: Post{Link: "https://evil.example"}}, true},
		"a name that ends alike":       {evil, says(`<p><a href="https://notevil.example/">x</a></p>`), false},
		"the name in the path":         {evil, says(`<p><a href="https://good.example/evil.example">x</a></p>`), false},
		"more links":                   {"hold if links > 1", says(`<a href="https://a.example/1">a</a><a href="https://a.example/2">b</a>`), true},
		"one link twice":               {"hold if links > 1", says(`<a href="https://a.example/1">https://a.example/1</a>`), false},
		"mentions are no links":        {"hold if links", says(`<a href="https://a.example/@ann" class="u-url mention">@ann</a>`), false},
		"any link":                     {"hold if links", says(`<a href="https://a.example/1">a</a>`), true},
		"a new account":                {"hold if account < 7 days", Written{Since: now.Add(-day), At: now}, true},
		"an old account":               {"hold if account < 7 days", Written{Since: now.Add(-8 * day), At: now}, false},
		"an account of unknown age":    {"hold if account < 7 days", Written{At: now}, false},
		"no picture":                   {"hold if no avatar", Written{NoAvatar: true}, true},
		"a picture":                    {"hold if no avatar", Written{}, false},
		"another language":             {"hold if not language en, de", Written{Post: Post{Language: "fr"}}, true},
		"a kind of that language":      {"hold if not language en, de", Written{Post: Post{Language: "de-AT"}}, false},
		"more mentions":                {"hold if mentions > 5", Written{Mentions: 6}, true},
		"few mentions":                 {"hold if mentions > 5", Written{Mentions: 5}, false},
		"media":                        {"hold if media", Written{Post: Post{Media: []Media{{Kind: "Image"}}}}, true},
		"all of them":                  {"hold if words casino and links", says("<p>casino</p>"), false},
		"any of them":                  {"hold if words casino or links", says("<p>casino</p>"), true},
		"none of them":                 {"hold if words casino or links", says("<p>books</p>"), false},
		"quotes that a phone writes":   {"hold if words “free money”", says("<p>free money</p>"), true},
		"markup that is no word's end": {`hold if words bold`, says("<p>bold<br>ly</p>"), true},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			hits := ruleset(t, tt.rule).Check(tt.w, lower)
			if got := len(hits) > 0; got != tt.want {
				t.Errorf("%s: %v, want %v: %+v", tt.rule, got, tt.want, hits)
			}
			for _, h := range hits {
				if len(h.Why) == 0 || h.Why[0] == "" {
					t.Errorf("not explained: %+v", h)
				}
			}
		})
	}
}

func TestRulesThatAreNone(t *testing.T) {
	for text, want := range map[string]string{
		"":                                      "begins with hold",
		"praise if media":                       "begins with hold",
		"hold words casino":                     `comes "if"`,
		"hold if":                               "no condition",
		"hold if luck":                          `no condition "luck"`,
		"hold if words":                         "after words comes",
		"hold if media and":                     "no condition",
		"hold if media, links":                  `stands "and" or "or"`,
		"hold if media and links or avatar":     "make two rules",
		"hold if pattern casino":                "between slashes",
		"hold if pattern /(/":                   "not understood",
		"hold if pattern /(a{1,1000}){1,1000}/": "not understood",
		"hold if pattern /a{1,400}b{1,400}/":    "too much work",
		"hold if account > 7":                   "write the age",
		"hold if links > many":                  "a number",
		`hold if words "casino`:                 "without a closing one",
		"hold if words " + strings.Repeat("x,", 1500) + "x":  "at most 2000",
		"hold if media" + strings.Repeat(" and media", 11):   "at most 10 conditions",
		"hold if pattern /" + strings.Repeat("a", 501) + "/": "at most 500",
	} {
		if r, err := ParseRule(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.60q: %+v, %v", text, r, err)
		}
	}
	for _, text := range []string{`hold if words "!!"`, `hold if domain ""`} {
		r, err := ParseRule(text)
		if err == nil {
			_, err = CompileRules([]Rule{r}, func(string) string { return "" })
		}
		if err == nil {
			t.Errorf("%s is a rule", text)
		}
	}
}

// What a rule does to a post that would be shown, and what the log says of it.
func TestRulesAct(t *testing.T) {
	publishing := Request{Kind: Publish, By: Person{URI: ann}, Groups: []string{books}, Post: helloPost(), At: time.Unix(3000, 0)}
	editing := publishing
	editing.Kind, editing.Post = Edit, helloPost()
	editing.Post.Updated = time.Unix(3000, 0)
	tests := map[string]struct {
		rules    []string
		request  Request
		existing *Filed
		role     Role
		verdict  Verdict
		reason   Reason
		tells    []Telling
	}{
		"held":                    {[]string{"hold if not media"}, publishing, nil, Ordinary, Held, ReasonRuleHeld, []Telling{TellMods, TellNote}},
		"refused":                 {[]string{`refuse "No." if not media`}, publishing, nil, Ordinary, Refused, ReasonRule, []Telling{TellNote}},
		"the strictest counts":    {[]string{"report if not media", `refuse "No." if not media`, "hold if not media"}, publishing, nil, Ordinary, Refused, ReasonRule, []Telling{TellNote}},
		"warned":                  {[]string{`warn "spoilers" if not media`}, publishing, nil, Ordinary, Accepted, ReasonThread, []Telling{TellThread}},
		"reported":                {[]string{"report if not media"}, publishing, nil, Ordinary, Accepted, ReasonThread, []Telling{TellThread, TellReport}},
		"a moderator's":           {[]string{"hold if not media"}, publishing, nil, Moderator, Accepted, ReasonThread, []Telling{TellThread}},
		"not hit":                 {[]string{"hold if media"}, publishing, nil, Ordinary, Accepted, ReasonThread, []Telling{TellThread}},
		"an edit that is held":    {[]string{"hold if not media"}, editing, annsFiled(nil), Ordinary, Held, ReasonRuleHeld, []Telling{TellUndo, TellMods, TellNote}},
		"an edit that is refused": {[]string{`refuse "No." if not media`}, editing, annsFiled(nil), Ordinary, Held, ReasonRuleHeld, []Telling{TellUndo, TellMods, TellNote}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s := State{Group: openGroup(), Member: Member{State: Joined, Role: tt.role}, Addressed: true, Existing: tt.existing}
			s.Hits = ruleset(t, tt.rules...).Check(Written{Post: *tt.request.Post}, lower)
			d := Decide(s, tt.request)
			var tells []Telling
			for _, e := range d.Effects {
				switch e := e.(type) {
				case Tell:
					tells = append(tells, e.What)
				case File:
					if strings.Contains(tt.rules[0], "warn") && e.Post.Warning != "spoilers" {
						t.Errorf("warning %q", e.Post.Warning)
					}
				}
			}
			if d.Verdict != tt.verdict || d.Reason != tt.reason || strings.Join(texts(tells), " ") != strings.Join(texts(tt.tells), " ") {
				t.Errorf("%s %s %v", d.Verdict, d.Reason, tells)
			}
			if hit := len(s.Hits) > 0 && tt.role == Ordinary; hit != (d.Why != "") {
				t.Errorf("the log says %q", d.Why)
			}
		})
	}
}

func texts(list []Telling) (out []string) {
	for _, t := range list {
		out = append(out, string(t))
	}
	return out
}

func helloPost() *Post {
	return &Post{URI: post1, Author: ann, HTML: "<p>Hello</p>", Published: time.Unix(2000, 0)}
}

// No dress and no markup hides a word from a rule.
func TestWordsAreFoundInEveryDress(t *testing.T) {
	set := ruleset(t, "hold if words casino")
	rapid.Check(t, func(t *rapid.T) {
		var b strings.Builder
		for _, r := range "casino" {
			switch rapid.IntRange(0, 6).Draw(t, "dress") {
			case 1:
				r = r - 'a' + 'A'
			case 2:
				r = r - 'a' + 0xFF41
			case 3:
				r = r - 'a' + 0x1D41A
			case 4:
				b.WriteString("<b></b>")
			case 5:
				b.WriteString("&#8203;")
			case 6:
				b.WriteRune(rapid.SampledFrom([]rune("\u200b\u200d\u2060\ufeff\u00ad\u034f\u180e\ufe0f\u0301")).Draw(t, "hidden"))
			}
			b.WriteRune(r)
		}
		if hits := set.Check(Written{Post: Post{HTML: "<p>to the " + b.String() + ", now</p>"}}, lower); len(hits) != 1 {
			t.Fatalf("%q is not found", b.String())
		}
	})
}

// A rule that is read is written and read again as the same rule.
func FuzzRule(f *testing.F) {
	for _, text := range []string{
		`hold if words casino, "free money", crypto* and links > 2`, `refuse "No adverts, \"please\"." if domain spam.example or pattern /buy\s+now\/x/`,
		`report if account < 7 days and no avatar`, `warn "x" if not language en, de and mentions > 5`, `hold if media or links`, `hold if words "and", or`,
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		r, err := ParseRule(text)
		if err != nil {
			return
		}
		written := r.String()
		again, err := ParseRule(written)
		if err != nil && len(written) <= maxRuleText {
			t.Fatalf("%q is written as %q: %v", text, written, err)
		}
		if err == nil && again.String() != written {
			t.Fatalf("%q, then %q", written, again.String())
		}
		if set, err := CompileRules([]Rule{r}, lower); err == nil {
			set.Check(Written{Post: Post{HTML: text, Title: text}}, lower)
		}
	})
}

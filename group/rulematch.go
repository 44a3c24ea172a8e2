package group

import (
	"errors"
	"fmt"
	"regexp"
	"regexp/syntax"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	maxPattern = 500 // bytes
	maxProgram = 500 // steps of the compiled pattern: it is run at each letter of a post
)

// Ruleset is the rules of a group, ready to be asked. It is never changed once made, so that many may ask it at once.
type Ruleset struct{ rules []compiledRule }

type compiledRule struct {
	Rule
	conditions []compiledCondition
}

type compiledCondition struct {
	Condition
	phrases [][]string // of words
	pattern *regexp.Regexp
	hosts   []string
}

// Written is what rules look at: a post, and what is known of its author.
type Written struct {
	Post     Post
	Mentions int
	Since    time.Time // when the author's account was made, as its server says; zero if it does not
	NoAvatar bool
	At       time.Time
}

// Hit says which rule applies to a post and why.
type Hit struct {
	Number int // of the rule in its list, from 1
	Rule   Rule
	Why    []string // for each condition that holds, what was found
}

// String says it in one line, for the log: in the words of rules, which are the same in all languages.
func (h Hit) String() string {
	return fmt.Sprintf("%d. %s: %s", h.Number, h.Rule.Do, strings.Join(h.Why, "; "))
}

// CompileRules makes rules ready. hostName brings a host into the one spelling.
func CompileRules(rules []Rule, hostName func(string) string) (*Ruleset, error) {
	set, patterns := &Ruleset{}, 0
	for i, r := range rules {
		c := compiledRule{Rule: r}
		for _, cond := range r.Conditions {
			one, err := compileCondition(cond, hostName)
			if err != nil {
				return nil, fmt.Errorf("rule %d: %w", i+1, err)
			}
			if one.pattern != nil {
				patterns++
			}
			c.conditions = append(c.conditions, one)
		}
		set.rules = append(set.rules, c)
	}
	if patterns > maxPatterns {
		return nil, tooMuch("rule-patterns-many", "a group has at most %d patterns", maxPatterns)
	}
	return set, nil
}

func compileCondition(cond Condition, hostName func(string) string) (c compiledCondition, err error) {
	c.Condition = cond
	switch cond.About {
	case AboutWords:
		for _, v := range cond.Values {
			words := wordsOf(seen(v))
			if len(words) == 0 {
				return c, instead("rule-no-letters", "%q has no letters to look for", v)
			}
			if strings.HasSuffix(v, "*") {
				words[len(words)-1] += "*"
			}
			c.phrases = append(c.phrases, words)
		}
	case AboutDomain:
		for _, v := range cond.Values {
			host := hostName(strings.TrimPrefix(v, "*."))
			if host == "" {
				return c, instead("rule-no-domain", "%q is no domain", v)
			}
			c.hosts = append(c.hosts, host)
		}
	case AboutPattern:
		c.pattern, err = compilePattern(cond.Values[0])
	}
	return c, err
}

// compilePattern refuses patterns that would cost too much at each post. RE2 takes time in proportion to program and text.
func compilePattern(text string) (*regexp.Regexp, error) {
	if len(text) > maxPattern {
		return nil, tooMuch("rule-pattern-long", "a pattern has at most %d characters", maxPattern)
	}
	parsed, err := syntax.Parse("(?i)"+text, syntax.Perl)
	if err != nil {
		return nil, instead("rule-pattern", "the pattern is not understood: %s", misread(err))
	}
	prog, err := syntax.Compile(parsed.Simplify())
	if err != nil {
		return nil, instead("rule-pattern", "the pattern is not understood: %s", misread(err))
	}
	if len(prog.Inst) > maxProgram {
		return nil, Fault{What: "rule-pattern-heavy", says: "the pattern is too much work: write it without large repetitions"}
	}
	return regexp.Compile("(?i)" + text)
}

// misread is the part of a pattern that is not understood.
func misread(err error) string {
	part := (*syntax.Error)(nil)
	if errors.As(err, &part) {
		return part.Expr
	}
	return ""
}

// Check finds the rules that apply to a post.
func (s *Ruleset) Check(w Written, hostName func(string) string) []Hit {
	if s == nil || len(s.rules) == 0 {
		return nil
	}
	read := readingOf(w, hostName)
	var hits []Hit
	for i, r := range s.rules {
		if why, ok := r.applies(read); ok {
			hits = append(hits, Hit{Number: i + 1, Rule: r.Rule, Why: why})
		}
	}
	return hits
}

func (r compiledRule) applies(read reading) (why []string, ok bool) {
	for _, c := range r.conditions {
		found, holds := c.holds(read)
		switch {
		case holds:
			why = append(why, found)
		case !r.Any:
			return nil, false
		}
	}
	return why, len(why) > 0
}

// holds says whether a condition is met, and by what.
func (c compiledCondition) holds(r reading) (found string, ok bool) {
	found, ok = c.finds(r)
	if c.Not {
		return c.String(), !ok
	}
	return found, ok
}

func (c compiledCondition) finds(r reading) (found string, ok bool) {
	switch c.About {
	case AboutWords:
		for i, p := range c.phrases {
			if containsPhrase(r.words, p) {
				return "words " + inQuotes(c.Values[i]), true
			}
		}
	case AboutPattern:
		if m := c.pattern.FindString(r.text); m != "" {
			return "pattern " + inQuotes(cut(m, 80)), true
		}
	case AboutLinks:
		return "links " + strconv.Itoa(len(r.links)), len(r.links) > c.Number
	case AboutDomain:
		for _, host := range r.hosts {
			for _, above := range HostsAbove(host) {
				if slices.Contains(c.hosts, above) {
					return "domain " + host, true
				}
			}
		}
	case AboutAccount:
		age := r.At.Sub(r.Since)
		return fmt.Sprintf("account %d days", int(age.Hours()/24)), !r.Since.IsZero() && age < time.Duration(c.Number)*24*time.Hour
	case AboutAvatar:
		return "avatar", !r.NoAvatar
	case AboutLanguage:
		return "language " + inQuotes(r.Post.Language), speaks(r.Post.Language, c.Values)
	case AboutMentions:
		return "mentions " + strconv.Itoa(r.Mentions), r.Mentions > c.Number
	case AboutMedia:
		return "media", len(r.Post.Media) > 0
	}
	return "", false
}

// speaks compares languages as RFC 4647 looks them up: de means de-AT too.
func speaks(language string, wanted []string) bool {
	for _, w := range wanted {
		if strings.EqualFold(language, w) || len(language) > len(w) && language[len(w)] == '-' && strings.EqualFold(language[:len(w)], w) {
			return true
		}
	}
	return false
}

func containsPhrase(words, phrase []string) bool {
	for i := 0; i+len(phrase) <= len(words); i++ {
		if matchesAt(words[i:], phrase) {
			return true
		}
	}
	return false
}

func matchesAt(words, phrase []string) bool {
	for j, want := range phrase {
		start, open := strings.CutSuffix(want, "*")
		if words[j] != want && (!open || !strings.HasPrefix(words[j], start)) {
			return false
		}
	}
	return true
}

// reading is a post as rules see it.
type reading struct {
	Written
	text  string
	words []string
	links []string // each once, without mentions and hashtags
	hosts []string // of the links
}

func readingOf(w Written, hostName func(string) string) reading {
	r := reading{Written: w}
	parts := []string{seen(w.Post.Title), seen(w.Post.Warning), shownText(w.Post.HTML)}
	for _, m := range w.Post.Media {
		parts = append(parts, seen(m.Alt))
	}
	r.text = cut(strings.Join(parts, "\n"), maxRuleRead)
	r.words = wordsOf(r.text)
	r.addLink(w.Post.Link, hostName)
	for _, link := range linksIn(w.Post.HTML) {
		r.addLink(link, hostName)
	}
	for _, word := range strings.Fields(r.text) {
		if i := strings.Index(word, "://"); i > 0 && (strings.HasSuffix(word[:i], "http") || strings.HasSuffix(word[:i], "https")) {
			r.addLink(strings.TrimRight("https"+word[i:], ".,;:!?)]}\"'…"), hostName)
		}
	}
	return r
}

func (r *reading) addLink(link string, hostName func(string) string) {
	_, rest, ok := strings.Cut(link, "://")
	if !ok {
		return
	}
	if i := strings.IndexAny(rest, "/?#"); i >= 0 {
		rest = rest[:i]
	}
	key := strings.TrimPrefix(strings.TrimPrefix(link, "https"), "http")
	if slices.Contains(r.links, key) {
		return
	}
	r.links = append(r.links, key)
	if host := hostName(rest[strings.LastIndexByte(rest, '@')+1:]); host != "" {
		r.hosts = append(r.hosts, host)
	}
}

func cut(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	return strings.ToValidUTF8(s[:limit], "")
}

package web

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"folkmoot/store"
)

// excerptRunes is how much of a post a finding shows.
const excerptRunes = 220

// stretch is a part of a text, and whether it is what was asked for.
type stretch struct {
	Text string
	Hit  bool
}

// marked parts a text into what was asked for and the rest. Nothing of it is HTML: the template escapes each part.
func marked(text string, q store.Query) (out []stretch) {
	done := 0
	for from, to := range words(text) {
		if !asked(text[from:to], q) {
			continue
		}
		if from > done {
			out = append(out, stretch{Text: text[done:from]})
		}
		out = append(out, stretch{Text: text[from:to], Hit: true})
		done = to
	}
	if done < len(text) {
		out = append(out, stretch{Text: text[done:]})
	}
	return out
}

// around is the part of a text in which something asked for stands, the beginning if it stands nowhere.
func around(text string, q store.Query) string {
	start := 0
	for from, to := range words(text) {
		if asked(text[from:to], q) {
			start = from
			break
		}
	}
	before := []rune(text[:start])
	cutBefore := len(before) > excerptRunes/4
	if cutBefore {
		before = before[len(before)-excerptRunes/4:]
	}
	out := []rune(string(before) + text[start:])
	cutAfter := len(out) > excerptRunes
	if cutAfter {
		out = out[:excerptRunes]
	}
	shown := string(out)
	if _, rest, ok := strings.Cut(shown, " "); ok && cutBefore {
		shown = "… " + rest
	}
	if i := strings.LastIndexByte(shown, ' '); cutAfter && i > len(shown)/2 {
		shown = shown[:i] + " …"
	}
	return shown
}

// words yields where each word of a text begins and ends.
func words(text string) func(yield func(from, to int) bool) {
	return func(yield func(from, to int) bool) {
		from := -1
		for i, r := range text {
			inside := unicode.In(r, unicode.L, unicode.N, unicode.M, unicode.Co)
			switch {
			case inside && from < 0:
				from = i
			case !inside && from >= 0:
				if !yield(from, i) {
					return
				}
				from = -1
			}
		}
		if from >= 0 {
			yield(from, len(text))
		}
	}
}

// asked says whether a word of a text is one that was asked for.
func asked(word string, q store.Query) bool {
	word = folded(word)
	for i, term := range q.Terms {
		term = folded(term)
		if word == term || q.Open && i == len(q.Terms)-1 && strings.HasPrefix(word, term) {
			return true
		}
	}
	return false
}

// folded is a word as the index compares it: in lower case and without the marks on its letters.
func folded(word string) string {
	return strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) {
			return -1
		}
		return unicode.ToLower(r)
	}, norm.NFD.String(word))
}

// cutBytes cuts a text at the end of a rune.
func cutBytes(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	for limit > 0 && !utf8.RuneStart(s[limit]) {
		limit--
	}
	return s[:limit]
}

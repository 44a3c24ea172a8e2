package web

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/html"

	"folkmoot/store"
)

// opening is the first line of an HTML fragment that says something beside mentioning people, as plain text.
func opening(fragment string) string {
	z := html.NewTokenizer(strings.NewReader(fragment))
	var line strings.Builder
	for {
		switch z.Next() {
		case html.ErrorToken:
			return withoutMentions(line.String())
		case html.TextToken:
			line.Write(z.Text())
		case html.StartTagToken, html.EndTagToken, html.SelfClosingTagToken:
			name, _ := z.TagName()
			if inline(string(name)) {
				continue
			}
			if words := withoutMentions(line.String()); words != "" {
				return words
			}
			line.Reset()
		}
	}
}

// inline says whether an element that the sanitiser lets through stands inside a line.
func inline(name string) bool {
	switch name {
	case "a", "span", "strong", "em", "b", "i", "u", "del", "s", "code", "sub", "sup", "ruby", "rt", "rp":
		return true
	}
	return false
}

// withoutMentions takes the words that begin with @ out of a line. What then holds nothing but punctuation is empty.
func withoutMentions(line string) string {
	words := strings.Fields(line)
	kept := words[:0]
	for _, word := range words {
		if !strings.HasPrefix(strings.TrimLeft(word, "(:,;"), "@") {
			kept = append(kept, word)
		}
	}
	out := strings.TrimLeft(strings.Join(kept, " "), ":,;.– ")
	if !strings.ContainsFunc(out, func(r rune) bool { return unicode.In(r, unicode.L, unicode.N, unicode.S) }) {
		return ""
	}
	return out
}

// excerpt is the opening of a fragment, cut at the end of a word.
func excerpt(fragment string) string {
	const limit = 160 // runes: what previews of links show
	line := opening(fragment)
	if utf8.RuneCountInString(line) <= limit {
		return line
	}
	cut := string([]rune(line)[:limit-1])
	if i := strings.LastIndexByte(cut, ' '); i > len(cut)/2 {
		cut = cut[:i]
	}
	return strings.TrimRight(cut, " ,;:.-–") + "…"
}

// repeats says whether a post's title is but the beginning of its words: microblogs have no titles.
func repeats(p store.Post) bool {
	title := withoutMentions(strings.TrimSuffix(p.Title, "…"))
	return title != "" && strings.HasPrefix(opening(p.HTML), title)
}

// heading is what a thread is called. Words behind a content warning stay there.
func (c *catalogue) heading(p store.Post) string {
	switch {
	case p.Warning != "" && repeats(p):
		return p.Warning
	case p.Title == "":
		return c.T("reading.post.no-title")
	}
	return p.Title
}

// speaksForItself says whether the words of a post can stand without the title above them.
func speaksForItself(p store.Post) bool { return p.Warning == "" && repeats(p) }

package federation

import (
	"regexp"
	"slices"
	"strings"

	"github.com/microcosm-cc/bluemonday"
	"golang.org/x/net/html"
)

const (
	maxHTMLIn  = 300 << 10 // bytes read of one fragment; prescan lets less through
	maxHTMLOut = 256 << 10 // bytes written before the closing tags; less than maxHTMLIn, so that a second pass changes nothing
	linkRel    = "nofollow noopener noreferrer ugc"
)

// sanitizer turns HTML from other servers into HTML that can stand inside a page of ours. It is safe for concurrent use.
type sanitizer struct{ policy *bluemonday.Policy }

// newSanitizer builds the allow-list: text structure, links, ruby. No images (tidy makes links of them, so that a post cannot
// make readers fetch from anywhere), no styles, no tables, no SVG or MathML.
func newSanitizer() *sanitizer {
	p := bluemonday.NewPolicy()
	p.RequireParseableURLs(true)
	p.AllowURLSchemes("http", "https")
	for _, name := range allowedElements() {
		p.AllowElements(name)
		p.AllowNoAttrs().OnElements(name)
	}
	// These pass the filter only to end a paragraph in tidy; they are never written.
	for _, name := range breakElements() {
		p.AllowElements(name)
		p.AllowNoAttrs().OnElements(name)
	}
	p.AllowAttrs("href").OnElements("a")
	p.AllowAttrs("class").OnElements("a", "span", "img")
	p.AllowAttrs("src", "alt").OnElements("img")
	p.AllowAttrs("value").Matching(regexp.MustCompile(`^-?[0-9]{1,6}$`)).OnElements("li")
	p.SkipElementsContent("template", "annotation", "annotation-xml", "object", "iframe", "noscript", "title")
	return &sanitizer{policy: p}
}

func allowedElements() []string {
	return []string{
		"p", "br", "hr", "a", "strong", "em", "b", "i", "u", "del", "s", "code", "sub", "sup", "pre", "blockquote",
		"ul", "ol", "li", "h1", "h2", "h3", "h4", "h5", "h6", "span", "ruby", "rt", "rp",
	}
}

// breakElements are not allowed, but words on both sides of them must not run together.
func breakElements() []string {
	return []string{
		"div", "section", "article", "header", "footer", "main", "aside", "nav", "figure", "figcaption", "details",
		"summary", "table", "caption", "tr", "td", "th", "dl", "dt", "dd", "center", "address",
	}
}

// sanitizeHTML returns the fragment reduced to the allow-list, in a form that needs no repair: every element is closed, none
// stands where a browser would move it, so the tree a browser builds is the tree that was checked. Sanitising twice changes
// nothing. Links lead to http and https only, carry rel, and show where they lead when their words name another host.
func (s *sanitizer) sanitizeHTML(fragment string) string {
	if len(fragment) > maxHTMLIn {
		fragment = cutBytes(fragment, maxHTMLIn)
	}
	z := html.NewTokenizer(strings.NewReader(s.policy.Sanitize(fragment)))
	var t tidy
	for !t.full {
		switch z.Next() {
		case html.ErrorToken:
			return t.finish()
		case html.TextToken:
			t.text(z.Token().Data)
		case html.StartTagToken, html.SelfClosingTagToken:
			t.start(z.Token())
		case html.EndTagToken:
			t.end(z.Token().Data)
		}
	}
	return t.finish()
}

// plainToHTML shows plain text (PeerTube comments, Markdown without HTML) as HTML: paragraphs at empty lines, breaks at others.
func plainToHTML(text string) string {
	var b strings.Builder
	for para := range strings.SplitSeq(strings.ReplaceAll(text, "\r\n", "\n"), "\n\n") {
		if para = strings.TrimSpace(para); para != "" {
			b.WriteString("<p>" + strings.ReplaceAll(html.EscapeString(para), "\n", "<br>") + "</p>")
		}
	}
	return b.String()
}

// elementKind is what tidy has to know of an element.
type elementKind int

const (
	inlineElement    elementKind = iota
	voidElement                  // br
	leafElement                  // holds text and inline elements only
	containerElement             // holds blocks
	ruleElement                  // hr
	breakElement                 // ends a paragraph and is not written
	imageElement                 // img, which is written as words
)

func blockOf(name string) elementKind {
	switch name {
	case "br":
		return voidElement
	case "img":
		return imageElement
	case "hr":
		return ruleElement
	case "p", "pre", "h1", "h2", "h3", "h4", "h5", "h6":
		return leafElement
	case "blockquote", "ul", "ol", "li":
		return containerElement
	case "div", "section", "article", "header", "footer", "main", "aside", "nav", "figure", "figcaption", "details",
		"summary", "table", "caption", "tr", "td", "th", "dl", "dt", "dd", "center", "address":
		return breakElement
	}
	return inlineElement
}

// classOf keeps the classes the style sheet knows. "invisible" may hide the parts of a long link, nothing else: elsewhere it
// would hide words from moderators.
func classOf(tok html.Token, inLink bool) string {
	var kept []string
	for _, c := range strings.Fields(attrOf(tok, "class")) {
		known := c == "mention" || c == "hashtag" || c == "ellipsis" || (c == "invisible" && inLink)
		if known && !slices.Contains(kept, c) {
			kept = append(kept, c)
		}
	}
	return strings.Join(kept, " ")
}

func attrOf(tok html.Token, key string) string {
	for _, a := range tok.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

func cutBytes(s string, limit int) string {
	return strings.ToValidUTF8(s[:min(limit, len(s))], "")
}

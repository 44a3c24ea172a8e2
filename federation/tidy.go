package federation

import (
	"net/url"
	"strings"
	"unicode"

	"golang.org/x/net/html"
)

// maxOpen is how many elements may be open at once. Browsers give up at 512; readers long before.
const maxOpen = 32

// tidy writes allowed tokens as a well-formed tree. Its rules are a subset of the HTML parsing rules chosen so that no parser
// needs to repair the result: blocks never stand inside inline elements or paragraphs, links never inside links, list items
// only in lists.
type tidy struct {
	out    []byte
	open   []openElement
	marks  runeFilter
	broken bool // text that follows directly in a container starts a paragraph
	full   bool
}

// openElement is an element whose start tag has been written.
type openElement struct {
	name   string
	at     int    // where its start tag begins in out
	body   int    // where its contents begin
	hidden bool   // class "invisible"
	href   string // of a link
	shown  string // visible words of a link, for the comparison with href
}

// write appends s unless the output would grow above its limit; then reading ends.
func (t *tidy) write(s string) bool {
	if len(t.out)+len(s) > maxHTMLOut {
		t.full = true
		return false
	}
	t.out = append(t.out, s...)
	return true
}

func (t *tidy) text(s string) {
	s = strings.Map(func(r rune) rune {
		if !t.marks.keep(r) {
			return -1
		}
		return r
	}, s)
	if s == "" {
		return
	}
	blank := strings.TrimSpace(s) == ""
	if t.broken && blank {
		return
	}
	t.beginParagraph()
	if n := len(t.open); n > 0 && t.open[n-1].name == "pre" && len(t.out) == t.open[n-1].body {
		s = strings.TrimLeft(s, "\n") // browsers drop the first; leave them nothing to drop
	}
	t.showInLink(s)
	t.write(html.EscapeString(t.fitting(s)))
}

// fitting returns as much of s as there is room for. An escaped character has at most five bytes.
func (t *tidy) fitting(s string) string {
	if room := (maxHTMLOut - len(t.out)) / 5; len(s) > room {
		if len(t.out)+len(html.EscapeString(s)) > maxHTMLOut {
			t.full = true
			return cutBytes(s, max(room, 0))
		}
	}
	return s
}

// beginParagraph opens a paragraph where a dropped block element has ended one.
func (t *tidy) beginParagraph() {
	if t.broken {
		t.broken = false
		t.push("p", "<p>", openElement{})
	}
}

// showInLink notes visible words of the open link.
func (t *tidy) showInLink(s string) {
	link := t.find("a")
	if link < 0 {
		return
	}
	for _, e := range t.open[link:] {
		if e.hidden {
			return
		}
	}
	if l := &t.open[link]; len(l.shown) < maxURI {
		l.shown += s
	}
}

// find returns the index of the innermost open element of that name, or -1.
func (t *tidy) find(name string) int {
	for i := len(t.open) - 1; i >= 0; i-- {
		if t.open[i].name == name {
			return i
		}
	}
	return -1
}

// top is the innermost open container or leaf, or "".
func (t *tidy) top() string {
	for i := len(t.open) - 1; i >= 0; i-- {
		if blockOf(t.open[i].name) != inlineElement {
			return t.open[i].name
		}
	}
	return ""
}

func (t *tidy) start(tok html.Token) {
	name := tok.Data
	if name == "h1" || name == "h2" {
		name = "h3" // the page's own headings stand above those of a post
	}
	switch blockOf(name) {
	case imageElement:
		t.image(tok)
	case voidElement:
		if !t.broken {
			t.write("<br>")
		}
	case ruleElement:
		t.closeToContainer()
		t.broken = false
		t.write("<hr>")
	case breakElement:
		t.separate(name)
	case leafElement, containerElement:
		t.startBlock(name, tok)
	case inlineElement:
		t.startInline(name, tok)
	}
}

// image writes what an image says: its description as a link to it, or the name of a custom emoji.
func (t *tidy) image(tok html.Token) {
	alt, src := cleanLine(attrOf(tok, "alt"), maxAlt), attrOf(tok, "src")
	words := "Image: " + alt
	if alt == "" {
		words = "Image"
	}
	switch {
	case isEmoji(tok, alt):
		t.text(alt)
	case validURI(src) && t.find("a") < 0:
		t.startInline("a", html.Token{Data: "a", Attr: []html.Attribute{{Key: "href", Val: src}}})
		t.text(words)
		t.end("a")
	case alt != "" || t.find("a") >= 0:
		t.text(words)
	}
}

// isEmoji says whether an image stands for a character: its class says so (Akkoma, Hubzilla), or its description is a short name
// between colons.
func isEmoji(tok html.Token, alt string) bool {
	name := strings.TrimSuffix(strings.TrimPrefix(alt, ":"), ":")
	named := len(name) == len(alt)-2 && name != "" && !strings.ContainsAny(name, ": ")
	return alt != "" && (named || strings.Contains(attrOf(tok, "class"), "emoji"))
}

// separate stands in for a block element that is not allowed. Cells of one row stay on a line.
func (t *tidy) separate(name string) {
	if name == "td" || name == "th" {
		if n := len(t.out); n > 0 && !t.broken && t.out[n-1] != ' ' {
			t.text(" ")
		}
		return
	}
	t.closeToContainer()
	t.broken = true
}

func (t *tidy) startBlock(name string, tok html.Token) {
	t.closeToContainer()
	if name == "li" {
		if i := t.find("li"); i >= 0 && i > t.list() {
			t.closeTo(i)
		}
		if top := t.top(); top != "ul" && top != "ol" {
			t.broken = true
			return
		}
	}
	tag := "<" + name + ">"
	if v := attrOf(tok, "value"); name == "li" && v != "" {
		tag = `<li value="` + html.EscapeString(v) + `">`
	}
	// Text right inside a quotation or list item may stay bare, but not after something else has ended a paragraph there.
	t.broken = !t.push(name, tag, openElement{})
}

// list returns the index of the innermost open list, or -1.
func (t *tidy) list() int { return max(t.find("ul"), t.find("ol")) }

func (t *tidy) startInline(name string, tok html.Token) {
	e := openElement{}
	tag := "<" + name + ">"
	switch name {
	case "a":
		if i := t.find("a"); i >= 0 {
			t.closeTo(i)
		}
		e.href = attrOf(tok, "href")
		if !validURI(e.href) {
			return
		}
		tag = linkTag(e.href, classOf(tok, false))
	case "span":
		class := classOf(tok, t.find("a") >= 0)
		if class == "" {
			return
		}
		e.hidden = strings.Contains(class, "invisible")
		tag = `<span class="` + class + `">`
	case "rt", "rp":
		if !t.insideRuby() {
			return
		}
	}
	t.beginParagraph()
	t.push(name, tag, e)
}

func linkTag(href, class string) string {
	tag := "<a"
	if class != "" {
		tag += ` class="` + class + `"`
	}
	return tag + ` href="` + html.EscapeString(href) + `" rel="` + linkRel + `">`
}

// insideRuby closes an earlier annotation and says whether a new one may start.
func (t *tidy) insideRuby() bool {
	ruby := t.find("ruby")
	if ruby < 0 {
		return false
	}
	if ruby+1 < len(t.open) {
		t.closeTo(ruby + 1)
	}
	return true
}

// push writes a start tag and remembers the element. Too many open elements, and it is left out; its end tag then finds nothing
// to close, or closes one more of the same name, which is harmless.
func (t *tidy) push(name, tag string, e openElement) bool {
	at := len(t.out)
	if len(t.open) >= maxOpen || !t.write(tag) {
		return false
	}
	e.name, e.at, e.body = name, at, len(t.out)
	t.open = append(t.open, e)
	return true
}

func (t *tidy) end(name string) {
	if name == "h1" || name == "h2" {
		name = "h3"
	}
	kind := blockOf(name)
	if kind == breakElement {
		t.separate(name)
		return
	}
	i := t.find(name)
	if i < 0 || (name == "li" && i < t.list()) {
		return
	}
	if kind != inlineElement {
		t.broken = false
	}
	t.closeTo(i)
}

// closeToContainer closes inline elements, paragraphs, headings and preformatted text, so that a block may start.
func (t *tidy) closeToContainer() {
	for i, e := range t.open {
		if k := blockOf(e.name); k == inlineElement || k == leafElement {
			t.closeTo(i)
			return
		}
	}
}

// closeTo closes the open elements from the innermost to the one with index i.
func (t *tidy) closeTo(i int) {
	for n := len(t.open) - 1; n >= i; n-- {
		e := t.open[n]
		t.open = t.open[:n]
		if len(t.out) == e.body { // nothing in it
			t.out = t.out[:e.at]
			t.broken = t.broken || blockOf(e.name) == leafElement
			continue
		}
		if e.href != "" && deceives(e.shown, e.href) {
			t.out = append(t.out[:e.body], html.EscapeString(e.href)...)
		}
		t.out = append(t.out, "</"+e.name+">"...)
	}
}

func (t *tidy) finish() string {
	t.closeTo(0)
	return string(t.out)
}

// deceives says whether the words of a link read like an address on another host than the one it leads to.
func deceives(shown, href string) bool {
	named, ok := namedHost(shown)
	if !ok {
		return false
	}
	host, _ := hostOf(href)
	host = strings.TrimPrefix(host, "www.")
	return named != host && !strings.HasSuffix(host, "."+named)
}

// namedHost finds the host that a text claims to be the address of: "https://bank.example/x", "www.bank.example",
// "bank.example/x" or just "bank.example". A full address that cannot be read claims something too: host "".
func namedHost(shown string) (string, bool) {
	s := strings.TrimSpace(shown)
	at := strings.Index(s, "://")
	if at < 0 {
		return bareHost(s)
	}
	rest := s[at+len("://"):]
	if i := strings.IndexFunc(rest, func(r rune) bool { return unicode.IsSpace(r) || r == '…' }); i >= 0 {
		rest = rest[:i]
	}
	u, err := url.Parse("https://" + rest)
	if err != nil || u.User != nil {
		return "", true
	}
	host, _ := canonicalHost(u)
	return strings.TrimPrefix(host, "www."), true
}

// bareHost is namedHost for a text without a scheme. Sentences and mentions ("@ann@peer.example") are no addresses.
func bareHost(s string) (string, bool) {
	if strings.ContainsFunc(s, unicode.IsSpace) {
		return "", false
	}
	s, _, _ = strings.Cut(s, "…")
	u, err := url.Parse("https://" + s)
	if err != nil || u.User != nil {
		return "", false
	}
	host, ok := canonicalHost(u)
	if !ok || !looksLikeDomain(host) {
		return "", false
	}
	return strings.TrimPrefix(host, "www."), true
}

// looksLikeDomain asks for a dot and a last part of letters, so that "3.5" and "etc." are words.
func looksLikeDomain(host string) bool {
	name, _, _ := strings.Cut(host, ":")
	i := strings.LastIndexByte(name, '.')
	if i <= 0 || len(name)-i < 3 {
		return false
	}
	return !strings.ContainsFunc(name[i+1:], func(r rune) bool { return !unicode.IsLetter(r) && r != '-' })
}

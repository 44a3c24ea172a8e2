package federation

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/html"
)

const (
	maxName  = 200 // runes of a display name, an alternative name, a poll option
	maxTitle = 200 // runes of a thread title; Lemmy's limit too
	maxAlt   = 1500
	// maxMarks is how many combining marks one letter keeps. Vietnamese and pointed Hebrew need up to four; hundreds of them
	// paint over the rest of the page.
	maxMarks = 6
)

// runeFilter drops characters that deceive or disfigure. The zero value is ready; it remembers the marks on the current letter,
// so one filter must see a text from its start to its end.
type runeFilter struct{ marks int }

// keep says whether r stays. Line feeds and tabs do; other control characters do not.
func (f *runeFilter) keep(r rune) bool {
	if unicode.In(r, unicode.Mn, unicode.Me) {
		f.marks++
		return f.marks <= maxMarks
	}
	f.marks = 0
	if r == '\n' || r == '\t' {
		return true
	}
	return !unicode.IsControl(r) && !isHidden(r)
}

// isHidden finds characters without a shape that change how their neighbours are read: overrides and embeddings of writing
// direction ("gpj.exe" shown as "exe.jpg"), blanks of no width, letters that are blank, annotations, tags. Joiners stay: emoji and Persian need them.
func isHidden(r rune) bool {
	switch {
	case 0x202A <= r && r <= 0x202E, 0x2066 <= r && r <= 0x2069: // direction
		return true
	case r == 0x200B, r == 0x2060, r == 0xFEFF, r == 0x00AD, 0x2061 <= r && r <= 0x2064: // no width
		return true
	case r == 0x2028, r == 0x2029: // line ends to some programs only
		return true
	case 0x115F <= r && r <= 0x1160, r == 0x3164, r == 0xFFA0, r == 0x2800, r == 0x180E: // letters, as Unicode has it, that look like blanks
		return true
	case 0xFFF9 <= r && r <= 0xFFFB, 0xE0000 <= r && r <= 0xE007F, 0x206A <= r && r <= 0x206F:
		return true
	}
	return false
}

// cleanText drops deceiving characters from a text of several lines.
func cleanText(s string) string {
	var f runeFilter
	return strings.Map(func(r rune) rune {
		if !f.keep(r) {
			return -1
		}
		return r
	}, s)
}

// cleanLine makes one line of plain text out of a name: deceiving characters dropped, runs of blanks and line ends made one
// blank, at most limit runes. A name that shows nothing becomes "".
func cleanLine(s string, limit int) string {
	s = strings.Join(strings.FieldsFunc(cleanText(lineEndsToBlanks(s)), unicode.IsSpace), " ")
	if !strings.ContainsFunc(s, unicode.IsGraphic) {
		return ""
	}
	return strings.TrimSpace(cutRunes(s, limit))
}

func lineEndsToBlanks(s string) string {
	if !strings.ContainsAny(s, "\r\u2028\u2029\u0085") {
		return s // as nearly always: to make a replacer costs more than all else that is done with a line
	}
	return strings.NewReplacer("\r", " ", "\u2028", " ", "\u2029", " ", "\u0085", " ").Replace(s)
}

// cutRunes returns the first limit runes of s.
func cutRunes(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	n := 0
	for i := range s {
		if n == limit {
			return s[:i]
		}
		n++
	}
	return s
}

// cutWords shortens s to at most limit runes at the end of a word and marks the cut. A word longer than half the limit is cut
// inside.
func cutWords(s string, limit int) string {
	if utf8.RuneCountInString(s) <= limit {
		return s
	}
	cut := cutRunes(s, limit-1)
	if i := strings.LastIndexByte(cut, ' '); i > len(cut)/2 {
		cut = cut[:i]
	}
	return strings.TrimRight(cut, " ,;:.-") + "…"
}

// plainText returns what a reader sees of an HTML fragment: blocks and line breaks become line ends, mentions and links keep
// their words, the contents of script and style vanish. It is for titles, searching and notices, never for showing as HTML.
func plainText(fragment string) string {
	if len(fragment) > maxHTMLIn {
		fragment = cutBytes(fragment, maxHTMLIn)
	}
	z := html.NewTokenizer(strings.NewReader(fragment))
	var w lineWriter
	skip := ""
	for {
		switch z.Next() {
		case html.ErrorToken:
			return w.String()
		case html.TextToken:
			if skip == "" {
				w.text(string(z.Text()))
			}
		case html.StartTagToken, html.SelfClosingTagToken:
			name, _ := z.TagName()
			skip = enterSkipped(skip, string(name))
			w.tag(string(name))
		case html.EndTagToken:
			name, _ := z.TagName()
			if string(name) == skip {
				skip = ""
			}
			w.tag(string(name))
		}
	}
}

// enterSkipped returns the element whose contents are not text for readers, if one starts here or is open.
func enterSkipped(open, name string) string {
	if open == "" && isSkippedElement(name) {
		return name
	}
	return open
}

func isSkippedElement(name string) bool {
	switch name {
	case "script", "style", "template", "noscript", "iframe", "object", "annotation", "annotation-xml":
		return true
	}
	return false
}

// lineWriter gathers text in lines without blanks at their ends and without empty ones.
type lineWriter struct {
	lines []string
	line  strings.Builder
}

// text takes what the tokenizer gives, which is unescaped already: "&amp;lt;" is written to be read as "&lt;".
func (w *lineWriter) text(s string) {
	for i, part := range strings.Split(s, "\n") {
		if i > 0 {
			w.line.WriteByte(' ') // a line end in HTML is a blank
		}
		w.line.WriteString(part)
	}
}

func (w *lineWriter) tag(name string) {
	switch kind := blockOf(name); {
	case name == "td" || name == "th":
		w.line.WriteByte(' ')
	case kind != inlineElement && kind != imageElement:
		w.flush()
	}
}

func (w *lineWriter) flush() {
	if line := cleanLine(w.line.String(), maxHTMLIn); line != "" {
		w.lines = append(w.lines, line)
	}
	w.line.Reset()
}

func (w *lineWriter) String() string {
	w.flush()
	return strings.Join(w.lines, "\n")
}

// threadTitle finds a title for a new thread: the post's name; else its content warning, because what stands behind one must not be
// in a list; else the first line that says something once the group's mentions ("@books", "@books@groups.example") are taken out of
// it, as Lemmy does; else what is attached. At most maxTitle runes.
func threadTitle(o objectView, groupMentions []string) string {
	for _, title := range []string{o.Name, o.Summary} {
		if title != "" {
			return cutWords(title, maxTitle)
		}
	}
	for line := range strings.SplitSeq(plainText(o.ContentHTML), "\n") {
		if line = withoutMentions(line, groupMentions); line != "" {
			return cutWords(line, maxTitle)
		}
	}
	return attachmentTitle(o)
}

// withoutMentions takes the given mentions out of a line, wherever they stand as words. A line that then holds nothing but
// punctuation is empty.
func withoutMentions(line string, mentions []string) string {
	words := strings.Fields(line)
	kept := words[:0]
	for _, w := range words {
		if !isMention(w, mentions) {
			kept = append(kept, w)
		}
	}
	out := strings.TrimLeft(strings.Join(kept, " "), ":,;.– ")
	if !strings.ContainsFunc(out, func(r rune) bool { return unicode.In(r, unicode.L, unicode.N, unicode.S) }) {
		return ""
	}
	return out
}

func isMention(word string, mentions []string) bool {
	word = strings.Trim(word, ":,;.!?()")
	for _, m := range mentions {
		if strings.HasPrefix(word, "@") && strings.EqualFold(word[1:], strings.TrimPrefix(m, "@")) {
			return true
		}
	}
	return false
}

func attachmentTitle(o objectView) string {
	media := ""
	for _, a := range o.Attachments {
		if a.Alt != "" {
			return cutWords(a.Alt, maxTitle)
		}
		if media == "" {
			media = mediaWord(a)
		}
	}
	if media != "" {
		return media + " without a title"
	}
	if host, ok := hostOf(o.LinkURL); ok {
		return cutWords("Link to "+host, maxTitle)
	}
	return "Post without a title"
}

// mediaWord names what an attachment is, "" for a link.
func mediaWord(a attachment) string {
	kind, _, _ := strings.Cut(a.MediaType, "/")
	switch {
	case kind == "image" || a.Type == "Image":
		return "Image"
	case kind == "video" || a.Type == "Video":
		return "Video"
	case kind == "audio" || a.Type == "Audio":
		return "Recording"
	}
	return ""
}

// PlainText is what sanitised HTML says, in lines.
func PlainText(html string) string { return plainText(html) }

package federation

import (
	"html"
	"slices"
	"strings"

	"folkmoot/group"
)

const (
	maxAbstract = 1000 // runes
	maxFlairs   = 20   // of one post
	sensitive   = "Marked as sensitive"
)

// This file says what pages show of a post: whatever its kind, it is words, a link, and a list of what hangs on it. Nothing of
// another server is shown but words; pictures are links that say what they lead to.

// displayHTML is what there is to read: when and where an event takes place, the abstract of an article, the text, the answers a
// poll offers. It is sanitised.
func (v objectView) displayHTML() string {
	return v.Event.html() + v.abstractHTML() + v.ContentHTML + v.Poll.html()
}

// readSummary tells a content warning from an abstract. On notes it is a warning, as in Mastodon, unless it is too long to be
// one; on everything with a title it is an abstract (WordPress, NodeBB, Mitra), unless the author calls the post sensitive.
func (v *objectView) readSummary(o rawObject) {
	summary := cleanLine(plainIfMarkup(textOf(o, "summary")), maxAbstract+1)
	long := cutRunes(summary, maxSummary) != summary
	switch v.Sensitive = o.get("sensitive").truth(); {
	case v.Sensitive || v.isMicroblog() && !long:
		v.Summary = cutWords(summary, maxSummary)
	default:
		v.Abstract = cutWords(summary, maxAbstract)
	}
	if v.Sensitive && v.Summary == "" && !v.isMicroblog() { // in microblogs the media are meant, and those are never shown
		v.Summary = sensitive
	}
}

// isMicroblog says whether the object is of the kinds that microblogs know.
func (v objectView) isMicroblog() bool { return v.Type == "Note" || v.Type == "Question" }

// abstractHTML shows the abstract where the title and the text do not already say the same.
func (v objectView) abstractHTML() string {
	bare := withoutHashtags(strings.TrimRight(strings.TrimSuffix(v.Abstract, "[…]"), "….[] "))
	if bare == "" || strings.HasPrefix(v.Name, bare) {
		return ""
	}
	if text := strings.ReplaceAll(plainText(v.ContentHTML), "\n", " "); strings.Contains(text, bare) {
		return ""
	}
	return "<p><em>" + html.EscapeString(v.Abstract) + "</em></p>"
}

// withoutHashtags takes hashtags off the end: Mbin and Funkwhale put all of a post's into the summary.
func withoutHashtags(s string) string {
	words := strings.Fields(s)
	for len(words) > 0 && strings.HasPrefix(words[len(words)-1], "#") {
		words = words[:len(words)-1]
	}
	return strings.Join(words, " ")
}

// media is what hangs on the post beside the link it is about.
func (v objectView) media() []group.Media {
	var out []group.Media
	for _, a := range v.Attachments {
		m := group.Media{Kind: mediaKind(a), URL: a.URL, Type: a.MediaType, Alt: a.Alt}
		if m.Kind != "Link" || m.URL != v.LinkURL {
			out = append(out, m)
		}
	}
	return out
}

// link is the address a post is about, "" for a picture or recording: that is among the media, with its description.
func (v objectView) link() string {
	isMedia := func(a attachment) bool { return a.URL == v.LinkURL && mediaKind(a) != "Link" }
	if slices.ContainsFunc(v.Attachments, isMedia) {
		return ""
	}
	return v.LinkURL
}

// mediaKind names what an attachment is. Mastodon calls every file a Document.
func mediaKind(a attachment) string {
	kind, _, _ := strings.Cut(a.MediaType, "/")
	switch {
	case kind == "image" || a.Type == "Image":
		return "Image"
	case kind == "video" || a.Type == "Video":
		return "Video"
	case kind == "audio" || a.Type == "Audio":
		return "Audio"
	case a.Type == "Document":
		return "Document"
	}
	return "Link"
}

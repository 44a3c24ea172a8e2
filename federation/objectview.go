package federation

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

const (
	maxAttachments = 32
	maxHashtags    = 100
	maxSummary     = 500 // runes of a content warning; longer ones are abstracts (Mitra, WordPress)
)

// objectView is the strict small view of a post or another object.
type objectView struct {
	ID         string
	Type       string
	FormerType string // of a Tombstone

	AttributedTo string   // the one author; of PeerTube's list the Person
	GroupTo      []string // groups among the authors
	TargetID     string   // FEP-400e: the wall the post was written on,
	TargetOwner  string   // and whose wall it says it is
	InReplyTo    string   // "" when there is none or its id is not usable
	IsReply      bool     // inReplyTo says something, usable or not
	Context      string
	QuoteURL     string

	Name        string // title, one clean line
	Summary     string // content warning, one clean line
	Abstract    string // what it is about, one clean line
	ContentHTML string // sanitised
	SourceText  string // what the author typed, when the peer tells
	SourceType  string // its media type
	Language    string // BCP 47 tag, "" when not known

	URL         string // the page for people: on the host of ID, else ""
	LinkURL     string // what a link post is about: http(s), any host
	Attachments []attachment

	To, Cc, Audience []string
	Mentions         []mention
	Hashtags         []string // without #
	Flairs           []string // labels the community offers

	Published, Updated time.Time // not after now, zero when missing

	Sensitive bool
	IsVote    bool // a poll vote: name and inReplyTo but nothing said

	Poll  pollView
	Event eventView

	limitsAnnounce bool // GoToSocial's interactionPolicy.canAnnounce is there,
	announcers     []string

	hasContent bool
}

// mention is a Mention tag. Name may be "" (Smithereen) or lack the host (Pleroma).
type mention struct{ Href, Name string }

// attachment is a media file or link shown with a post.
type attachment struct{ Type, URL, MediaType, Alt string }

// decodeObject reads raw as a post, a poll, an event or any other object with an id and a type; errors wrap ErrMalformed. Dates in
// the future become now, so that no post sticks to the top. All HTML has gone through clean. Nothing is compared: whether the
// author is the actor, and whether the ids lie on one host, is for the caller.
func decodeObject(raw []byte, now time.Time, clean *sanitizer) (objectView, error) {
	o, err := scanObject(raw)
	if err != nil {
		return objectView{}, err
	}
	v := objectView{ID: uriOf(o.get("id")), Type: typeOf(o.get("type"))}
	if v.ID == "" {
		return objectView{}, missing("object", "id")
	}
	if v.Type == "" {
		return objectView{}, missing("object", "type")
	}
	v.FormerType = typeOf(o.get("formerType"))
	v.readPlace(o)
	v.readText(o, clean)
	v.readLinks(o)
	v.readTags(o)
	v.readPolicy(o)
	v.Published, v.Updated = notAfter(timeOf(o.get("published")), now), notAfter(timeOf(o.get("updated")), now)
	v.Poll = pollOf(o)
	v.Event = eventOf(o, v.Type)
	v.IsVote = v.Type == "Note" && v.Name != "" && v.IsReply && !v.hasContent
	return v, nil
}

func notAfter(t, now time.Time) time.Time {
	if t.After(now) {
		return now.UTC()
	}
	return t
}

// readPlace reads who wrote the object, for whom, and what it belongs to.
func (v *objectView) readPlace(o rawObject) {
	v.AttributedTo, v.GroupTo = authorsOf(o.get("attributedTo"))
	target := o.get("target")
	v.TargetID, v.TargetOwner = firstURI(target), uriOf(target.object().get("attributedTo"))
	reply := o.get("inReplyTo")
	v.InReplyTo = firstURI(reply)
	v.IsReply = v.InReplyTo != "" || saysSomething(reply)
	v.Context = firstURI(o.get("context"))
	v.To, v.Cc = addressesOf(o.get("to")), addressesOf(o.get("cc"))
	v.Audience = addressesOf(o.get("audience"))
	for _, key := range []string{"quote", "quoteUrl", "quoteUri", "_misskey_quote"} {
		if v.QuoteURL == "" {
			v.QuoteURL = firstURI(o.get(key))
		}
	}
}

// saysSomething tells null, "" and [] from a value that is there, even if it is not usable: a reply to an unusable id is no new
// thread.
func saysSomething(v rawValue) bool {
	return slices.ContainsFunc(v.list(), func(item rawValue) bool { return item.present() && string(item) != `""` })
}

// authorsOf splits attributedTo. The first author that is not a group counts, always the same one, whoever asks: NodeBB let the
// check and the use pick different ones.
func authorsOf(v rawValue) (author string, groups []string) {
	for _, item := range v.list() {
		id := uriOf(item)
		if id == "" {
			continue
		}
		if typeOf(item.object().get("type")) == "Group" {
			groups = append(groups, id)
		} else if author == "" {
			author = id
		}
	}
	return author, groups
}

// readText reads the words. Content that is declared as plain text or Markdown (PeerTube) is shown as written.
func (v *objectView) readText(o rawObject, clean *sanitizer) {
	v.Language = languageOf(o)
	v.Name = cleanLine(plainIfMarkup(textOf(o, "name")), maxName*2)
	v.readSummary(o)
	content := textOf(o, "content")
	v.hasContent = strings.TrimSpace(content) != ""
	switch mediaTypeOf(o.get("mediaType")) {
	case "text/plain", "text/markdown":
		content = plainToHTML(content)
	}
	v.ContentHTML = clean.sanitizeHTML(content)
	source := o.get("source").object()
	v.SourceText = cleanText(strings.ReplaceAll(source.get("content").text(), "\r\n", "\n"))
	v.SourceType = mediaTypeOf(source.get("mediaType"))
}

func plainIfMarkup(s string) string {
	if strings.ContainsAny(s, "<&") {
		return plainText(s)
	}
	return s
}

// textOf reads a text property: the property itself, else its Map in the object's language, else the Map's first text.
func textOf(o rawObject, key string) string {
	if s := o.get(key).text(); s != "" {
		return s
	}
	texts := o.get(key + "Map").object()
	if s := texts.get(languageOf(o)).text(); s != "" {
		return s
	}
	for _, f := range texts {
		if s := f.value.text(); s != "" {
			return s
		}
	}
	return ""
}

// languageOf reads the language: Lemmy's object, a plain tag, or the key of contentMap under which the shown text stands.
func languageOf(o rawObject) string {
	lang := o.get("language")
	tag := lang.text()
	if list := lang.list(); len(list) > 0 && tag == "" {
		tag = list[0].object().get("identifier").text()
	}
	texts, content := o.get("contentMap").object(), o.get("content").text()
	for _, f := range texts {
		text := f.value.text()
		shown := text != "" && (text == content || content == "")
		if tag == "" && (shown || len(texts) == 1) {
			tag = f.key
		}
	}
	if tag == "und" || len(tag) > 35 || strings.ContainsFunc(tag, oddInLanguage) {
		return ""
	}
	return tag
}

func oddInLanguage(r rune) bool {
	letter := 'a' <= r|0x20 && r|0x20 <= 'z'
	return r > 0x7e || (!letter && r != '-' && (r < '0' || '9' < r))
}

func mediaTypeOf(v rawValue) string {
	t, _, _ := strings.Cut(strings.ToLower(v.text()), ";")
	if t = strings.TrimSpace(t); len(t) > 100 || strings.Count(t, "/") != 1 || cleanLine(t, 100) != t {
		return ""
	}
	return t
}

// readPolicy reads who may announce the post (GoToSocial: automaticApproval, before 0.20 always).
func (v *objectView) readPolicy(o rawObject) {
	rule := o.get("interactionPolicy").object().get("canAnnounce")
	if !rule.present() {
		return
	}
	v.limitsAnnounce = true
	v.announcers = addressesOf(rule.object().get("automaticApproval"))
	v.announcers = append(v.announcers, addressesOf(rule.object().get("always"))...)
}

// canAnnounce says whether the author lets group boost the post without being asked.
func (v objectView) canAnnounce(group string) bool {
	return !v.limitsAnnounce || slices.Contains(v.announcers, addressPublic) || slices.Contains(v.announcers, group)
}

// String names the object in logs.
func (v objectView) String() string { return fmt.Sprintf("%s %s", v.Type, v.ID) }

package federation

import (
	"slices"
	"time"
)

// Lemmy 1.0 reads a collection whole or not at all: a single item with a value of the wrong kind, and a new subscription stays
// empty. What others wrote is shown byte for byte, so what Lemmy cannot read is left out of the two collections it reads.

// lemmyReadsWrap says whether Lemmy can read an announced activity in an outbox: a Create whose id and actor are plain.
func lemmyReadsWrap(announce []byte) bool {
	inner := trimJSON(announce).object().get("object").object()
	return inner.get("type").text() == "Create" && inner.get("id").text() != "" && inner.get("actor").text() != ""
}

// lemmyReadsPost says whether Lemmy can read a post in featured (its Page, and what it takes for one).
func lemmyReadsPost(raw []byte) bool {
	o := trimJSON(raw).object()
	if !slices.Contains([]string{"Page", "Article", "Note", "Video", "Event"}, o.get("type").text()) || !validURI(o.get("id").text()) {
		return false
	}
	if o.get("inReplyTo").present() || o.get("name").text() == "" && o.get("content").text() == "" {
		return false
	}
	if audience := o.get("audience"); audience.present() && !validURI(audience.text()) {
		return false
	}
	for _, key := range []string{"name", "content", "context"} {
		if v := o.get(key); v.present() && v.kind() != '"' {
			return false
		}
	}
	if v := o.get("sensitive"); v.present() && v.kind() != 't' && v.kind() != 'f' {
		return false
	}
	return lemmyReadsDates(o) && lemmyReadsLanguage(o) && lemmyReadsPeople(o) && lemmyReadsMedia(o)
}

func lemmyReadsDates(o rawObject) bool {
	for _, key := range []string{"published", "updated"} {
		if v := o.get(key); v.present() {
			if _, err := time.Parse(time.RFC3339, v.text()); err != nil {
				return false
			}
		}
	}
	return true
}

func lemmyReadsLanguage(o rawObject) bool {
	media, language := o.get("mediaType"), o.get("language")
	if media.present() && !slices.Contains([]string{"text/html", "text/markdown"}, media.text()) {
		return false
	}
	tag := language.object()
	return !language.present() || tag.get("identifier").text() != "" && tag.get("name").text() != ""
}

// lemmyReadsPeople looks at author and addressees: one author by id, or a list of actors as PeerTube writes it.
func lemmyReadsPeople(o rawObject) bool {
	authors := o.get("attributedTo")
	if authors.kind() != '[' && !validURI(authors.text()) {
		return false
	}
	for _, a := range authors.list() {
		if authors.kind() == '[' && (!validURI(a.object().get("id").text()) || a.object().get("type").text() == "") {
			return false
		}
	}
	for _, key := range []string{"to", "cc"} {
		if o.get(key).kind() == 'n' {
			return false
		}
		for _, address := range o.get(key).list() {
			if !validURI(address.text()) {
				return false
			}
		}
	}
	return true
}

// lemmyReadsMedia looks at what hangs on the post: an attachment of another kind, or without an address, fails the whole.
func lemmyReadsMedia(o rawObject) bool {
	attachments, image := o.get("attachment"), o.get("image")
	for _, list := range []rawValue{attachments, o.get("tag")} {
		if list.kind() != 0 && list.kind() != '[' {
			return false
		}
	}
	for _, item := range attachments.list() {
		key := "url"
		switch item.object().get("type").text() {
		case "Link":
			key = "href"
		case "Image", "Document":
		default:
			return false
		}
		if !validURI(item.object().get(key).text()) {
			return false
		}
	}
	picture := image.object()
	return !image.present() || picture.get("type").text() == "Image" && validURI(picture.get("url").text())
}

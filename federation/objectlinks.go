package federation

import (
	"slices"
	"strings"
)

// webLink is one address of an object.
type webLink struct{ URL, MediaType string }

// linksOf reads a url property: an address, a Link, or a list of both. Only http and https are kept.
func linksOf(v rawValue) []webLink {
	var out []webLink
	for _, item := range v.list() {
		l := webLink{URL: item.text()}
		if o := item.object(); o != nil {
			l.URL, l.MediaType = o.get("href").text(), mediaTypeOf(o.get("mediaType"))
			if l.MediaType == "" {
				l.MediaType = mediaTypeOf(o.get("mimeType")) // Funkwhale
			}
		}
		if validURI(l.URL) {
			out = append(out, l)
		}
	}
	return out
}

// readLinks reads attachments and the two addresses that are easily mixed up: the page about the object, which must be on its own
// host or readers are led elsewhere, and the address a link post is about.
func (v *objectView) readLinks(o rawObject) {
	for _, item := range o.get("attachment").list() {
		if a, ok := attachmentOf(item.object()); ok && len(v.Attachments) < maxAttachments {
			v.Attachments = append(v.Attachments, a)
		}
	}
	v.readImages(o)
	if len(v.Attachments) > 0 {
		v.LinkURL = v.Attachments[0].URL
	}
	addresses := append(linksOf(o.get("url")), linksOf(o.get("href"))...)
	for _, l := range addresses {
		switch page := l.MediaType == "" || l.MediaType == "text/html"; {
		case page && v.URL == "" && sameHost(v.ID, l.URL):
			v.URL = l.URL
		case page && v.LinkURL == "" && !sameHost(v.ID, l.URL):
			v.LinkURL = l.URL
		}
	}
	v.readRecording(addresses)
}

// readImages reads the picture of an article. Beside a link it is but the link's thumbnail (Lemmy), or the link leads to it.
func (v *objectView) readImages(o rawObject) {
	for _, image := range imagesOf(o.get("image")) {
		i := slices.IndexFunc(v.Attachments, func(a attachment) bool { return a.URL == image })
		linked := slices.ContainsFunc(v.Attachments, func(a attachment) bool { return a.Type == "Link" })
		switch {
		case i >= 0:
			v.Attachments[i].Type = "Image"
		case !linked && len(v.Attachments) < maxAttachments:
			v.Attachments = append(v.Attachments, attachment{Type: "Image", URL: image})
		}
	}
}

// readRecording finds where to watch or hear an object that is itself a recording or a file (PeerTube, Funkwhale): its page, else
// the file.
func (v *objectView) readRecording(addresses []webLink) {
	switch v.Type {
	case "Video", "Audio", "Image", "Document":
	default:
		return
	}
	a := attachment{Type: v.Type, URL: v.URL}
	for _, l := range addresses {
		if a.URL == "" {
			a.URL, a.MediaType = l.URL, l.MediaType
		}
	}
	if a.URL != "" && len(v.Attachments) < maxAttachments {
		v.Attachments = append([]attachment{a}, v.Attachments...)
	}
}

func attachmentOf(o rawObject) (attachment, bool) {
	a := attachment{
		Type: typeOf(o.get("type")), MediaType: mediaTypeOf(o.get("mediaType")),
		Alt: cleanLine(textOf(o, "name"), maxAlt),
	}
	if a.Alt == "" {
		a.Alt = cleanLine(textOf(o, "summary"), maxAlt)
	}
	switch a.Type {
	case "Link", "Image", "Document", "Video", "Audio", "Page":
	default:
		return attachment{}, false // PropertyValue, polls of other kinds
	}
	links := append(linksOf(o.get("href")), linksOf(o.get("url"))...)
	if len(links) == 0 {
		return attachment{}, false
	}
	a.URL = links[0].URL
	if a.MediaType == "" {
		a.MediaType = links[0].MediaType
	}
	return a, true
}

// readTags reads mentions, hashtags and flairs. All mentions are kept: one may be what addresses the post to a group.
func (v *objectView) readTags(o rawObject) {
	for _, item := range o.get("tag").list() {
		tag := item.object()
		name := cleanLine(tag.get("name").text(), maxName)
		switch typeOf(tag.get("type")) {
		case "Mention":
			if href := uriOf(tag.get("href")); href != "" {
				v.Mentions = append(v.Mentions, mention{Href: href, Name: name})
			}
		case "Hashtag":
			v.Hashtags = appendNew(v.Hashtags, strings.TrimLeft(name, "#"), maxHashtags)
		case "CommunityPostTag":
			if name == "" { // Lemmy 1.0 leaves it out where it is the same
				name = cleanLine(tag.get("preferredUsername").text(), maxName)
			}
			v.Flairs = appendNew(v.Flairs, name, maxFlairs)
		}
	}
}

// appendNew appends a name that is not there yet, while there is room.
func appendNew(names []string, name string, limit int) []string {
	if name == "" || len(names) >= limit || slices.Contains(names, name) {
		return names
	}
	return append(names, name)
}

package fedtest_test

import (
	"net/url"
	"strings"
)

// A recorded payload names hosts of the real world. To play it, every http address in it is moved to a host of the test, the
// same one to the same place, so that what refers to each other still does.

// rewrite moves every address in a JSON value with move. Contexts stay: their addresses are names.
func rewrite(v any, move func(string) string) any {
	switch v := v.(type) {
	case string:
		return move(v)
	case []any:
		out := make([]any, len(v))
		for i, item := range v {
			out[i] = rewrite(item, move)
		}
		return out
	case object:
		out := object{}
		for k, item := range v {
			if k == "@context" {
				out[k] = item
				continue
			}
			out[k] = rewrite(item, move)
		}
		return out
	}
	return v
}

// moveHost gives an address the host that place says. What is no address, or is the name of a term, stays as it is.
func moveHost(s string, place func(host string) string) string {
	scheme, rest, ok := strings.Cut(s, "://")
	if !ok || scheme != "http" && scheme != "https" || strings.ContainsAny(s, " <>\"\n") {
		return s
	}
	u, err := url.Parse(s)
	if err != nil || u.Host == "" || isVocabulary(u.Hostname()) {
		return s
	}
	_, tail, _ := strings.Cut(rest, "/")
	if slash := strings.IndexByte(rest, '/'); slash < 0 {
		if i := strings.IndexAny(rest, "?#"); i >= 0 {
			return "https://" + place(u.Host) + rest[i:]
		}
		return "https://" + place(u.Host)
	}
	return "https://" + place(u.Host) + "/" + tail
}

// isVocabulary names the hosts whose addresses in payloads are words of a vocabulary or types of links.
func isVocabulary(host string) bool {
	switch host {
	case "www.w3.org", "w3id.org", "joinmastodon.org", "join-lemmy.org", "nodeinfo.diaspora.software", "webfinger.net", "ostatus.org",
		"schemas.google.com", "microformats.org", "purl.org", "gotosocial.org", "spec.example.com":
		return true
	}
	return false
}

// plainHost makes a host name out of an authority, which may have a port or letters that a scripted host need not have.
func plainHost(host string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case 'a' <= r && r <= 'z', '0' <= r && r <= '9', r == '.', r == '-':
			return r
		case 'A' <= r && r <= 'Z':
			return r + 'a' - 'A'
		}
		return '-'
	}, host)
}

// replace puts one address in the place of another, and of whatever is below it.
func replace(v any, from, to string) any {
	return rewrite(v, func(s string) string {
		if s == from {
			return to
		}
		if rest, ok := strings.CutPrefix(s, from+"/"); ok {
			return to + "/" + rest
		}
		return s
	})
}

// list is a JSON value as a list: a single value is a list of one.
func list(v any) []any {
	switch v := v.(type) {
	case nil:
		return nil
	case []any:
		return v
	default:
		return []any{v}
	}
}

// idOf reads an id: a string, or that of an embedded object; of several the first.
func idOf(v any) string {
	for _, item := range list(v) {
		switch item := item.(type) {
		case string:
			return item
		case object:
			s, _ := item["id"].(string)
			return s
		}
	}
	return ""
}

// embedded is the object inside, nil where only an id stands. Of several the first counts.
func embedded(v any) object {
	for _, item := range list(v) {
		o, _ := item.(object)
		return o
	}
	return nil
}

// typeOf reads a type; of several the one that says what is done counts.
func typeOf(o object) string {
	first := ""
	for _, item := range list(o["type"]) {
		s, _ := item.(string)
		if isActivityType(s) {
			return s
		}
		if first == "" {
			first = s
		}
	}
	return first
}

func isActivityType(t string) bool {
	switch t {
	case "Create", "Update", "Delete", "Undo", "Announce", "Add", "Remove", "Move", "Follow", "Accept", "Reject", "Join", "Leave",
		"Invite", "Offer", "Ignore", "TentativeAccept", "Like", "Dislike", "EmojiReact", "Flag", "Block", "Lock", "Resolve", "Warn":
		return true
	}
	return false
}

func isActor(t string) bool {
	switch t {
	case "Person", "Group", "Organization", "Service", "Application":
		return true
	}
	return false
}

// isPost names what can be shown as a post.
func isPost(t string) bool {
	switch t {
	case "Note", "Page", "Article", "Question", "Event", "Video", "Audio", "Image", "Document":
		return true
	}
	return false
}

package federation

import (
	"net/url"
	"slices"
	"strings"
)

// visibility is who a post was meant for, from its addressing alone.
type visibility int

const (
	visibilityDirect    visibility = iota // only those named
	visibilityFollowers                   // a followers collection, but not everybody
	visibilityUnlisted                    // everybody who has the link: Public in cc
	visibilityPublic                      // everybody: Public in to
)

// visibilityOf reads addressing as Mastodon does. The lists come from decodeActivity or decodeObject, which know all spellings
// of Public.
func visibilityOf(to, cc []string) visibility {
	switch {
	case slices.Contains(to, addressPublic):
		return visibilityPublic
	case slices.Contains(cc, addressPublic):
		return visibilityUnlisted
	case slices.ContainsFunc(to, isFollowersURI) || slices.ContainsFunc(cc, isFollowersURI):
		return visibilityFollowers
	}
	return visibilityDirect
}

// isFollowersURI guesses that a URI names a followers collection. Nearly everybody ends it in /followers; Friendica writes
// /followers/kim, GNU social /subscribers.
func isFollowersURI(uri string) bool {
	u, err := url.Parse(uri)
	if err != nil {
		return false
	}
	for part := range strings.SplitSeq(u.Path, "/") {
		if part == "followers" || part == "subscribers" {
			return true
		}
	}
	return false
}

// addressees returns everybody the post may be meant for, each once, those first whose claim to be its group is strongest: the
// owner of the wall (FEP-400e), audience (FEP-1b12), to and cc, mentions, groups among the authors (PeerTube). Public and
// followers collections are left out. The caller keeps its own groups; a reply's group is found through its thread instead.
func addressees(a activity, o objectView) []string {
	var out []string
	add := func(uris ...string) {
		for _, uri := range uris {
			if uri != "" && uri != addressPublic && !isFollowersURI(uri) && !slices.Contains(out, uri) {
				out = append(out, uri)
			}
		}
	}
	add(o.TargetOwner)
	add(a.Audience...)
	add(o.Audience...)
	add(a.To...)
	add(a.Cc...)
	add(o.To...)
	add(o.Cc...)
	for _, m := range o.Mentions {
		add(m.Href)
	}
	add(o.GroupTo...)
	return out
}

package fedtest

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

// Brand is one kind of software whose people take part by mentioning groups, as far as it differs from Mastodon on the wire.
// NewPeerOf plays it: what it sends has its shapes, and what it is sent is held against what it insists on.
type Brand struct {
	Name, Version string // as its NodeInfo says

	people string // path of people
	posts  string // path of posts, from the author's name and a number
	create string // what the id of a Create has after that of its post

	hand   hand
	reads  reading
	joins  bool   // groups are joined and left, not followed
	secure bool   // shows nothing to whoever does not sign
	self   string // media type of people's documents in WebFinger, if it is another

	accepts func(activity []byte) error
	demands demands
	finish  func(p *Peer, a object) // makes of Mastodon's form its own
	react   func(p *Peer, like object)
}

// reading is the form in which software takes a group's threads.
type reading int

const (
	boosts reading = iota // by their address
	wraps                 // whole activities, FEP-1b12
	walls                 // what is on the group's wall, FEP-400e
)

// demands is what software insists on in a request to its inbox, beside a signature that holds.
type demands func(r *http.Request, body []byte, sig signature, now time.Time) error

// Brands lists every kind of software that is played.
func Brands() []Brand {
	return []Brand{NodeBB(), Discourse(), Friendica(), Mitra(), Smithereen(), Misskey(), GoToSocial(), Akkoma()}
}

func mastodonBrand(name string) Brand {
	return Brand{Name: name, Version: "4.5.0", people: "users", posts: "/users/%[1]s/statuses/%[2]d", create: "/activity", hand: mastodonHand()}
}

// NewPeerOf makes a server of that brand, without people.
func NewPeerOf(b Brand, origin string, client *http.Client, now func() time.Time) *Peer {
	p := &Peer{
		site: newSite(origin, b.Name, b.Version, client, now), brand: b, users: map[string]*user{}, filed: map[string]*filing{},
	}
	p.hand, p.demands = b.hand, b.demands
	if b.self != "" {
		p.media = b.self
	}
	return p
}

func (p *Peer) postID(name string, n int) string {
	return p.Origin + fmt.Sprintf(p.brand.posts, name, n)
}

// finish gives an activity the form of the brand.
func (p *Peer) finish(a object) {
	if p.brand.finish != nil {
		p.brand.finish(p, a)
	}
}

// judge says what the brand has against an activity, and keeps it. What is ignored is answered like any other.
func (p *Peer) judge(body []byte) (ignored bool, err error) {
	if p.brand.accepts == nil {
		return false, nil
	}
	if err = p.brand.accepts(body); err == nil {
		return false, nil
	}
	var r *Refusal
	ignored = errors.As(err, &r) && r.Ignored
	p.mu.Lock()
	defer p.mu.Unlock()
	if !ignored || r.Gotcha != 0 { // an announced kind that it does not know does no harm
		p.refused = append(p.refused, fmt.Errorf("%w: %s", err, body))
	}
	return ignored, err
}

// Refused lists what the server would not take, and what it misread.
func (p *Peer) Refused() []error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.refused)
}

// mentionedIn is the group that a post is for: named as its audience, or mentioned.
func mentionedIn(o object) string {
	if list, ok := o["audience"].([]string); ok && len(list) > 0 {
		return list[0]
	}
	if audience := textAt(o, "audience"); audience != "" {
		return audience
	}
	tags, _ := o["tag"].([]object)
	for _, tag := range tags {
		if tag["type"] == "Mention" {
			return textAt(tag, "href")
		}
	}
	return ""
}

func followersOf(a object) string { return textAt(a, "actor") + "/followers" }

// writeFraction writes the time of a post with a part of a second.
func writeFraction(o object, part string) {
	if t := textAt(o, "published"); !strings.Contains(t, ".") {
		o["published"] = strings.TrimSuffix(t, "Z") + part + "Z"
	}
}

// words is the text of a post as somebody wrote it.
func words(o object) string {
	content := textAt(o, "content")
	if i := strings.LastIndex(content, "</a></span> "); i >= 0 {
		content = content[i+len("</a></span> "):]
	}
	return strings.TrimSuffix(strings.TrimPrefix(content, "<p>"), "</p>")
}

// isWritten says whether an activity is about a post with words, so that it has the post's form too.
func isWritten(a object) bool {
	o := inner(a)
	return (a["type"] == "Create" || a["type"] == "Update") && o != nil && textAt(o, "content") != ""
}

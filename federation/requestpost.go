package federation

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"folkmoot/group"
	"folkmoot/store"
)

const (
	maxClimb    = 18 // documents fetched at most for one reply, to find a thread the group has
	climbBudget = 30 * time.Second
)

// lookPost turns a Create or Update into a request to publish or edit.
func (s *Server) lookPost(ctx context.Context, row store.Received, a activity, kind group.Kind) (step, error) {
	switch {
	case a.Object.Type == "ChatMessage" && kind == group.Publish:
		return s.lookChat(ctx, row, a)
	case a.Object.embedded() && !isPostType(a.Object.Type):
		return kept(), nil // chat messages, playlists, unknown things
	case a.Object.ID != "" && !sameHost(a.Object.ID, a.Actor):
		return settled(group.Refused, group.ReasonNotAuthor), nil // its origin could say nothing else, and is not bothered
	}
	o, raw, err := s.objectOf(ctx, a)
	if err != nil {
		return step{}, err
	}
	switch {
	case !isPostType(o.Type):
		return kept(), nil
	case o.AttributedTo != a.Actor || !sameHost(o.ID, a.Actor):
		return settled(group.Refused, group.ReasonNotAuthor), nil
	case o.IsReply && o.InReplyTo == "":
		return settled(group.Ignored, group.ReasonForeignThread), nil
	}
	groups, err := s.localGroups(ctx, addressees(a, o))
	if err != nil {
		return step{}, err
	}
	toServer := len(groups) == 0 && slices.Contains(addressees(a, o), s.ids.application())
	if (toServer || len(groups) > 0) && s.isPrivate(a, o) {
		known, err := s.store.HasPost(ctx, o.ID)
		switch {
		case err != nil:
			return step{}, err
		case !known && kind == group.Edit:
			return kept(), nil // whoever changes what they wrote in private gives no order again
		case !known && toServer:
			return s.lookServerLetter(ctx, row, a, o)
		case !known:
			return s.lookPrivate(ctx, row, a, o, groups)
		}
	}
	if st, err := s.place(ctx, row, o, groups); err != nil || st.reason != "" || st.waitFor != "" {
		return st, err
	}
	by, err := s.person(ctx, a.Actor)
	if err != nil {
		return step{}, err
	}
	p := s.postOf(a, o, raw, groups)
	dateEdit(p, kind, a, row.At)
	return ask(group.Request{Kind: kind, By: by, Groups: groups, Post: p}), nil
}

// dateEdit says when an edit was made where the post itself does not: Mbin 1.8 writes it one level too deep, PieFed 1.1 not at all
// for comments. Failing all that it is as new as its arrival.
func dateEdit(p *group.Post, kind group.Kind, a activity, arrived time.Time) {
	if kind != group.Edit || !p.Updated.IsZero() {
		return
	}
	p.Updated = timeOf(trimJSON(p.Raw).object().get("object").object().get("updated"))
	for _, t := range []time.Time{a.Updated, a.Published, arrived} {
		if !p.Updated.After(p.Published) || p.Updated.After(arrived) {
			p.Updated = t
		}
	}
}

// isPostType says which objects can be shown as posts.
func isPostType(t string) bool {
	switch t {
	case "Note", "Page", "Article", "Question", "Event", "Video", "Audio", "Image", "Document", "Link":
		return true
	}
	return false
}

// objectOf reads the object of an activity: embedded, or as its origin shows it.
func (s *Server) objectOf(ctx context.Context, a activity) (objectView, []byte, error) {
	raw := []byte(a.Object.Raw)
	if !a.Object.embedded() {
		if a.Object.ID == "" {
			return objectView{}, nil, missing(a.Type, "object")
		}
		var err error
		if raw, err = s.object(ctx, a.Object.ID); err != nil {
			return objectView{}, nil, fmt.Errorf("fetch the object of %s: %w", a.ID, err)
		}
	}
	o, err := decodeObject(raw, s.now(), s.clean)
	return o, raw, err
}

// place sees whether a post belongs to a thread the server has or may open one. A step with a reason or a wait ends the
// look: traffic that concerns no group costs no fetch.
func (s *Server) place(ctx context.Context, row store.Received, o objectView, groups []string) (step, error) {
	if !o.IsReply && len(groups) > 0 {
		return step{}, nil
	}
	ids := []string{o.ID}
	if o.IsReply {
		ids = []string{o.InReplyTo, o.ID} // the parent is here nearly always, and remembered
	}
	for _, id := range ids {
		known, err := s.store.HasPost(ctx, id)
		if err != nil || known {
			return step{}, err
		}
	}
	if !o.IsReply {
		return settled(group.Ignored, group.ReasonNotAddressed), nil
	}
	if row.Attempts > 0 {
		return step{}, nil // waited long enough: the rules say what becomes of it
	}
	if len(groups) > 0 {
		if found, err := s.climb(ctx, o); err != nil || found {
			return step{}, err
		}
	}
	// Activities overtake each other: the parent may be on its way.
	return step{waitFor: o.InReplyTo}, nil
}

// climb fetches the posts between a reply and a thread the server has, and files them. It says whether it got there. What it
// asks of others is bounded, in requests and in time: a reply chain may have no end, or lead in a circle.
func (s *Server) climb(ctx context.Context, o objectView) (bool, error) {
	var between []group.Request
	seen := map[string]bool{o.ID: true}
	hurried, cancel := context.WithTimeout(ctx, climbBudget)
	defer cancel()
	for range maxClimb {
		known, err := s.store.HasPost(ctx, o.InReplyTo)
		if err != nil {
			return false, err
		}
		if known {
			return true, s.file(ctx, hurried, between)
		}
		if seen[o.InReplyTo] {
			return false, nil
		}
		seen[o.InReplyTo] = true
		raw, err := s.objectNow(hurried, o.InReplyTo) // it is looked for only once
		if err != nil {
			s.log.InfoContext(ctx, "ancestor not fetched", "post", o.InReplyTo, "error", err)
			return false, nil
		}
		parent, err := decodeObject(raw, s.now(), s.clean)
		if err != nil || parent.ID != o.InReplyTo || parent.InReplyTo == "" || !sameHost(parent.ID, parent.AttributedTo) {
			return false, nil // the top of a thread that is not ours, or nothing to build on
		}
		a := activity{ID: parent.ID, Actor: parent.AttributedTo}
		between = append(between, group.Request{
			Kind: group.Publish, By: group.Person{URI: a.Actor}, Activity: a.ID, At: s.now(), Post: s.postOf(a, parent, raw, nil),
		})
		o = parent
	}
	return false, nil
}

// file takes in what was fetched, from the top. Authors are fetched as long as there are requests left to ask; the others are shown
// by their ids.
func (s *Server) file(ctx, hurried context.Context, between []group.Request) error {
	left := maxClimb - len(between)
	for _, r := range slices.Backward(between) {
		if left--; left >= 0 {
			if _, err := s.person(hurried, r.By.URI); err != nil {
				s.log.InfoContext(ctx, "author not fetched", "actor", r.By.URI, "error", err)
			}
		}
		if _, err := s.store.Apply(ctx, r, 0); err != nil {
			return fmt.Errorf("file %s: %w", r.Post.URI, err)
		}
	}
	return nil
}

// postOf reads a post for the rules.
func (s *Server) postOf(a activity, o objectView, raw []byte, groups []string) *group.Post {
	p := &group.Post{
		URI: o.ID, Author: a.Actor, InReplyTo: o.InReplyTo, HTML: o.displayHTML(), Warning: o.Summary, URL: o.URL, Link: o.link(),
		Language: o.Language, Visibility: narrower(visibilityOf(a.To, a.Cc), visibilityOf(o.To, o.Cc), a, o), Vote: o.IsVote,
		Published: o.Published, Updated: o.Updated, Raw: raw, Kind: o.Type, Media: o.media(), Tags: o.Hashtags, Flairs: o.Flairs,
		Mentions: len(o.Mentions),
	}
	if p.Published.IsZero() {
		p.Published = s.now()
	}
	if !o.IsReply {
		p.Title = threadTitle(o, groupMentions(groups))
	}
	for _, g := range groups {
		p.NoBoost = p.NoBoost || !o.canAnnounce(g)
		if o.TargetOwner == g && o.TargetID == g+"/wall" {
			p.Wall = g
		}
	}
	return p
}

// narrower is the visibility of a post whose activity and object may be addressed differently: whoever widened one of
// them by mistake meant the other.
func narrower(ofActivity, ofObject visibility, a activity, o objectView) group.Visibility {
	v := ofObject
	switch {
	case len(o.To)+len(o.Cc) == 0:
		v = ofActivity
	case len(a.To)+len(a.Cc) > 0:
		v = min(ofActivity, ofObject)
	}
	switch v {
	case visibilityPublic:
		return group.Public
	case visibilityUnlisted:
		return group.Unlisted
	case visibilityFollowers:
		return group.Followers
	default:
		return group.Direct
	}
}

// groupMentions are the spellings under which posts mention groups, without the first @.
func groupMentions(groups []string) []string {
	var out []string
	for _, uri := range groups {
		name := uri[strings.LastIndexByte(uri, '/')+1:]
		out = append(out, name)
		if host, ok := hostOf(uri); ok {
			out = append(out, name+"@"+host)
		}
	}
	return out
}

package web

import (
	"errors"
	"net/http"
	"strings"

	"folkmoot/group"
	"folkmoot/store"
)

const (
	threadsShown = 20 // on a page of a group
	tagsShown    = 15
)

type groupData struct {
	joinData
	Counts     store.GroupCounts
	Moderators []store.Actor
	Rules      []string
	Pinned     []store.Post // shown first; they stand in Threads too
	Threads    []store.Post
	Older      string // link to the next page, "" on the last
	First      bool   // of the pages
	Order      order
	Tags       []store.Tag // most used
}

// joinData is what people need to know to take part in a group.
type joinData struct {
	Group   store.Group
	Handle  string
	Closed  bool   // to new members
	Entered string // what was entered as the reader's server
}

func (s *Site) join(g store.Group) joinData {
	return joinData{Group: g, Handle: s.handle(g.Name), Closed: g.Settings.Join == group.JoinClosed}
}

// group shows what a group is, how to take part, and its newest threads.
func (s *Site) group(r *http.Request) (view, error) {
	g, err := s.Store.Group(r.Context(), r.PathValue("name"))
	if errors.Is(err, store.ErrNotFound) {
		return s.groupAddress(r)
	}
	if err != nil {
		return view{}, err
	}
	data := groupData{joinData: s.join(g), Rules: s.languageOf(r).rulesOf(g.Settings, s.handle(g.Name))}
	if data.Counts, err = s.Store.Counts(r.Context(), g.ID); err != nil {
		return view{}, err
	}
	if data.Moderators, err = s.Store.Moderators(r.Context(), g.ID); err != nil {
		return view{}, err
	}
	data.Order = orderAsked(g.Name, r.URL.Query())
	data.First = data.Order.First()
	if data.Threads, data.Older, err = s.orderedThreads(r.Context(), data.Order); err != nil {
		return view{}, err
	}
	if data.First {
		if data.Pinned, err = s.Store.PinnedThreads(r.Context(), g.Name); err != nil {
			return view{}, err
		}
	}
	if data.Tags, err = s.Store.PopularTags(r.Context(), g.ID, tagsShown); err != nil {
		return view{}, err
	}
	address := "/g/" + g.Name
	return view{
		Page: "group", Title: g.Title, About: excerpt(g.SummaryHTML), Card: cardOf(g), Document: g.URI, Address: address, Feeds: feedLinks(address, g.Title),
		Unlisted: g.Settings.Unindexed || data.Order.Sort != orderLatest, Data: data,
	}, nil
}

// groupAddress leads from other spellings of a group's address to the right one: capitals, a slash too many, its handle.
func (s *Site) groupAddress(r *http.Request) (view, error) {
	name := strings.ToLower(r.PathValue("name"))
	if handle := r.PathValue("handle"); handle != "" {
		user, host, whole := strings.Cut(strings.ToLower(strings.TrimPrefix(handle, "@")), "@")
		if !strings.HasPrefix(handle, "@") || whole && host != s.Domain {
			return view{}, store.ErrNotFound
		}
		name = user
	}
	g, err := s.Store.Group(r.Context(), name)
	if err != nil {
		return view{}, err
	}
	return view{Status: http.StatusMovedPermanently, Location: "/g/" + g.Name}, nil
}

// joinRule says who becomes a member.
func (c *catalogue) joinRule(s group.Settings) string {
	apart := s.Joining.Apart
	rule := "reading.rule.open"
	switch {
	case s.Join == group.JoinClosed:
		rule = "reading.rule.closed"
	case s.Join == group.JoinInvite:
		rule = "reading.rule.invite"
	case s.Join == group.JoinApproval && apart:
		rule = "reading.rule.ask-approval"
	case s.Join == group.JoinApproval:
		rule, apart = "reading.rule.approval", false
	case apart:
		rule = "reading.rule.ask"
	}
	if apart {
		return c.T("reading.rule.read") + " " + c.T(rule)
	}
	return c.T(rule)
}

// reviewOf says which posts wait, and for whom.
func (c *catalogue) reviewOf(v group.Review) (rules []string) {
	switch {
	case v.All:
		rules = append(rules, c.T("reading.rule.review-all"))
	case v.First > 0:
		rules = append(rules, c.T("reading.rule.review-first"))
	}
	if v.Links && !v.All {
		rules = append(rules, c.T("reading.rule.review-links"))
	}
	if v.Quiet != "" {
		rules = append(rules, c.T("reading.rule.quiet", v.Quiet))
	}
	return rules
}

// rulesOf says a group's settings in words.
func (c *catalogue) rulesOf(s group.Settings, handle string) []string {
	posting := "reading.rule.members"
	switch s.Posting {
	case group.PostingAnyone:
		posting = "reading.rule.anyone"
	case group.PostingApproved:
		posting = "reading.rule.approved"
	case group.PostingMods:
		posting = "reading.rule.mods"
	}
	rules := append([]string{c.joinRule(s), c.T(posting, handle)}, c.reviewOf(s.Review)...)
	return append(append(rules, ruleLines(s.Joining.Rules)...), c.T("reading.rule.boost"), c.T("reading.rule.tags", s.TagCap), c.T("reading.rule.private"))
}

// ruleLines are the rules of conduct as the owner wrote them, one in a line.
func ruleLines(text string) (rules []string) {
	for line := range strings.SplitSeq(text, "\n") {
		if line = strings.TrimSpace(line); line != "" {
			rules = append(rules, line)
		}
	}
	return rules
}

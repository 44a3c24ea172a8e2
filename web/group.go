package web

import (
	"fmt"
	"net/http"
	"strconv"

	"folkmoot/group"
	"folkmoot/store"
)

// threadsShown is how many threads a page of a group shows.
const threadsShown = 20

type groupData struct {
	Group      store.Group
	Handle     string
	Counts     store.GroupCounts
	Moderators []store.Actor
	Rules      []string
	Threads    []store.Post
	Older      string // link to the next page, "" on the last
	First      bool   // of the pages
}

// group shows what a group is, how to take part, and its newest threads.
func (s *Site) group(r *http.Request) (view, error) {
	g, err := s.Store.Group(r.Context(), r.PathValue("name"))
	if err != nil {
		return view{}, err
	}
	data := groupData{Group: g, Handle: s.handle(g.Name), Rules: rulesOf(g.Settings, s.handle(g.Name))}
	if data.Counts, err = s.Store.Counts(r.Context(), g.ID); err != nil {
		return view{}, err
	}
	if data.Moderators, err = s.Store.Moderators(r.Context(), g.ID); err != nil {
		return view{}, err
	}
	before, _ := strconv.ParseInt(r.URL.Query().Get("before"), 10, 64) // anything else shows the newest
	data.First = before == 0
	if data.Threads, err = s.Store.Threads(r.Context(), g.Name, before, threadsShown+1); err != nil {
		return view{}, err
	}
	if len(data.Threads) > threadsShown {
		data.Threads = data.Threads[:threadsShown]
		data.Older = fmt.Sprintf("/g/%s?before=%d", g.Name, data.Threads[threadsShown-1].ID)
	}
	return view{Page: "group", Title: g.Title, Data: data}, nil
}

// rulesOf says a group's settings in words.
func rulesOf(s group.Settings, handle string) []string {
	var rules []string
	switch s.Join {
	case group.JoinClosed:
		rules = append(rules, "The group takes no new members at the moment.")
	default:
		rules = append(rules, "Anyone may follow. Whoever follows is a member.")
	}
	switch s.Posting {
	case group.PostingAnyone:
		rules = append(rules, "Anyone starts a thread by mentioning "+handle+" in a public post.")
	case group.PostingMods:
		rules = append(rules, "Only the moderators start threads.")
	default:
		rules = append(rules, "Members start a thread by mentioning "+handle+" in a public post.")
	}
	return append(rules,
		"Each thread is boosted once. Answers are comments and are not boosted.",
		fmt.Sprintf("A post that names more than %d groups waits for a moderator.", s.TagCap),
		"Posts for followers only, and private ones, are never shown.")
}

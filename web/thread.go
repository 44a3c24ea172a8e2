package web

import (
	"errors"
	"net/http"
	"slices"
	"strconv"

	"folkmoot/group"
	"folkmoot/store"
)

// commentsShown is how many comments a page of a thread shows.
const commentsShown = 500

type threadData struct {
	Group    store.Group
	Post     store.Post
	Gone     string // why the first post is not shown, "" if it is
	Comments []node
	Start    string // link to the first page, "" on it
	Later    string // link to the next page, "" on the last
	Run      bool   // who reads runs the group
	Open     string // link to the same page with all branches open, "" where none is folded
}

// thread shows a first post and what is under it.
func (s *Site) thread(r *http.Request) (view, error) {
	n, err := number(r)
	if err != nil {
		return view{}, err
	}
	g, err := s.Store.Group(r.Context(), r.PathValue("name"))
	if err != nil {
		return view{}, err
	}
	after, err := strconv.ParseInt(r.URL.Query().Get("after"), 10, 64)
	if err != nil || after < n {
		after = n // anything else begins at the beginning
	}
	posts, err := s.Store.PartOfThread(r.Context(), g.Name, n, after, commentsShown+1)
	if errors.Is(err, store.ErrNotFound) {
		return s.comment(r) // the number may be a comment's
	}
	if err != nil {
		return view{}, err
	}
	if posts[0].ID != n {
		return view{}, store.ErrNotFound // it waits for a moderator
	}
	v := s.languageOf(r).showThread(g, posts, after, r.URL.Query().Get("open") == "all")
	data, ok := v.Data.(threadData)
	if who, err := s.account(r); ok && err == nil && who != nil {
		a, err := s.acting(r, who)
		if err != nil {
			return view{}, err
		}
		if a.Moderates() {
			data.Run = true
			forModerators(data.Comments)
			v.Data = data
		}
	}
	return v, nil
}

// forModerators shows with each comment the way to decide about it.
func forModerators(comments []node) {
	for i := range comments {
		comments[i].Run = true
		forModerators(comments[i].Answers)
	}
}

// showThread shows the part of a thread that begins after a post, with all its branches open or the long ones folded.
func (c *catalogue) showThread(g store.Group, posts []store.Post, after int64, open bool) view {
	first := posts[0]
	data := threadData{Group: g, Post: first, Gone: goneBecause(first)}
	if after > first.ID {
		data.Start = place(first)
	}
	if len(posts) > commentsShown+1 {
		posts = posts[:commentsShown+1]
		data.Later = placeAfter(first, posts[commentsShown].ID)
	}
	data.Comments = tree(posts, after)
	long := len(posts) > unfoldedThread && !open
	fold(data.Comments, long)
	if long && slices.ContainsFunc(data.Comments, func(n node) bool { return n.Folded }) {
		data.Open = place(first) + "?open=all"
		if after > first.ID {
			data.Open = placeAfter(first, after) + "&open=all"
		}
	}
	if data.Gone != "" {
		return view{Page: "thread", Title: c.T("reading.thread.gone"), Status: http.StatusGone, Unlisted: true, Data: data}
	}
	return view{
		Page: "thread", Title: c.heading(first), About: about(first), Card: cardOf(g), Data: data,
		Document: g.URI + "/post/" + strconv.FormatInt(first.ID, 10), Address: place(first), Written: true,
		Feeds: feedLinks(place(first), c.heading(first)), Unlisted: g.Settings.Unindexed || first.Unindexed,
	}
}

// goneBecause says in a word why a post is not shown, "" if it is.
func goneBecause(p store.Post) string {
	switch p.State {
	case group.Visible:
		return ""
	case group.Removed:
		return "removed"
	default:
		return "deleted"
	}
}

// about says in a line what a thread is about, and nothing that is behind a content warning.
func about(p store.Post) string {
	if p.Warning != "" {
		return p.Warning
	}
	return excerpt(p.HTML)
}

// comment leads to the place of a comment in its thread.
func (s *Site) comment(r *http.Request) (view, error) {
	n, err := number(r)
	if err != nil {
		return view{}, err
	}
	p, err := s.Store.Post(r.Context(), r.PathValue("name"), n)
	if err != nil {
		return view{}, err
	}
	c := s.languageOf(r)
	first := store.Post{ID: p.Thread, Thread: p.Thread, Group: p.Group}
	switch {
	case p.State == group.Pending:
		return view{}, store.ErrNotFound
	case p.Parent == 0:
		return view{Status: http.StatusFound, Location: place(p)}, nil
	case p.State != group.Visible:
		return view{
			Page: "message", Title: c.T("reading.comment.gone"), Status: http.StatusGone, Unlisted: true,
			Data: notice{Words: c.T("reading.comment." + goneBecause(p)), Link: place(first), To: c.T("reading.comment.to-thread")},
		}, nil
	}
	before, err := s.Store.PlaceInThread(r.Context(), p)
	if err != nil {
		return view{}, err
	}
	page := place(first)
	if before > commentsShown {
		page = placeAfter(first, p.ID-1)
	} else if before > unfoldedThread/2 {
		page += "?open=all" // not every browser opens a branch to show what is in it
	}
	return view{Status: http.StatusFound, Location: page + "#comment-" + strconv.FormatInt(p.ID, 10)}, nil
}

// number is a post's number from the path, spelt in the one way that links spell it.
func number(r *http.Request) (int64, error) {
	n, err := strconv.ParseInt(r.PathValue("number"), 10, 64)
	if err != nil || n <= 0 || strconv.FormatInt(n, 10) != r.PathValue("number") {
		return 0, store.ErrNotFound
	}
	return n, nil
}

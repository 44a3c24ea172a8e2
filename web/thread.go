package web

import (
	"errors"
	"net/http"
	"strconv"

	"folkmoot/group"
	"folkmoot/store"
)

type threadData struct {
	Group    store.Group
	Post     store.Post
	Gone     string // why the first post is not shown, "" if it is
	Comments []node
}

// thread shows a first post and everything under it.
func (s *Site) thread(r *http.Request) (view, error) {
	n, err := number(r)
	if err != nil {
		return view{}, err
	}
	g, err := s.Store.Group(r.Context(), r.PathValue("name"))
	if err != nil {
		return view{}, err
	}
	posts, err := s.Store.Thread(r.Context(), g.Name, n)
	if errors.Is(err, store.ErrNotFound) {
		return s.comment(r) // the number may be a comment's
	}
	if err != nil {
		return view{}, err
	}
	first := posts[0]
	if first.ID != n {
		return view{}, store.ErrNotFound // it waits for a moderator
	}
	data := threadData{Group: g, Post: first, Gone: goneBecause(first), Comments: tree(posts)}
	v := view{Page: "thread", Title: heading(first), About: about(first), Document: g.URI + "/post/" + strconv.FormatInt(n, 10), Data: data}
	if data.Gone != "" {
		v = view{Page: "thread", Title: "A thread that is gone", Status: http.StatusGone, Unlisted: true, Data: data}
	}
	return v, nil
}

// goneBecause says why a post is not shown, "" if it is.
func goneBecause(p store.Post) string {
	switch p.State {
	case group.Visible:
		return ""
	case group.Removed:
		return "removed by a moderator"
	default:
		return "deleted by its author"
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
	switch {
	case p.State == group.Pending:
		return view{}, store.ErrNotFound
	case p.Parent != 0 && p.State != group.Visible:
		return view{
			Page: "message", Title: "A comment that is gone", Status: http.StatusGone, Unlisted: true,
			Data: notice{
				Words: "This comment was " + goneBecause(p) + ".",
				Link:  "/g/" + p.Group + "/post/" + strconv.FormatInt(p.Thread, 10), To: "To its thread",
			},
		}, nil
	}
	return view{Status: http.StatusFound, Location: place(p)}, nil
}

// number is a post's number from the path, spelt in the one way that links spell it.
func number(r *http.Request) (int64, error) {
	n, err := strconv.ParseInt(r.PathValue("number"), 10, 64)
	if err != nil || n <= 0 || strconv.FormatInt(n, 10) != r.PathValue("number") {
		return 0, store.ErrNotFound
	}
	return n, nil
}

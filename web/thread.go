package web

import (
	"fmt"
	"net/http"
	"strconv"

	"folkmoot/group"
	"folkmoot/store"
)

// maxIndent is how deep comments are set in; deeper ones stay at that depth, so that a phone can show them.
const maxIndent = 5

type threadData struct {
	Group    store.Group
	Handle   string
	Post     store.Post
	Gone     bool
	Comments []node
}

// node is a comment with its answers.
type node struct {
	store.Post
	Answers []node
	Gone    bool
	Indent  bool // set in from its parent
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
	if err != nil {
		return view{}, err
	}
	data := threadData{Group: g, Handle: s.handle(g.Name), Post: posts[0], Gone: posts[0].State != group.Visible}
	data.Comments = answers(posts[1:], posts[0].ID, 1)
	v := view{Page: "thread", Title: posts[0].Title, Data: data}
	if data.Gone {
		v.Title, v.Status = "A deleted thread", http.StatusGone
	}
	return v, nil
}

// answers builds the tree of comments under a post. Tombstones stay where something visible hangs on them.
func answers(posts []store.Post, parent int64, depth int) []node {
	byParent := map[int64][]store.Post{}
	for _, p := range posts {
		byParent[p.Parent] = append(byParent[p.Parent], p)
	}
	return grow(byParent, parent, depth)
}

func grow(byParent map[int64][]store.Post, parent int64, depth int) []node {
	var out []node
	for _, p := range byParent[parent] {
		n := node{Post: p, Gone: p.State != group.Visible, Indent: depth <= maxIndent}
		n.Answers = grow(byParent, p.ID, depth+1)
		if !n.Gone || len(n.Answers) > 0 {
			out = append(out, n)
		}
	}
	return out
}

// comment leads to the place of a comment in its thread.
func (s *Site) comment(w http.ResponseWriter, r *http.Request) {
	n, err := number(r)
	p := store.Post{}
	if err == nil {
		p, err = s.Store.Post(r.Context(), r.PathValue("name"), n)
	}
	if err != nil {
		s.page(func(*http.Request) (view, error) { return view{}, err })(w, r)
		return
	}
	http.Redirect(w, r, fmt.Sprintf("/g/%s/post/%d#comment-%d", p.Group, p.Thread, p.ID), http.StatusFound)
}

func number(r *http.Request) (int64, error) {
	n, err := strconv.ParseInt(r.PathValue("number"), 10, 64)
	if err != nil || n <= 0 {
		return 0, store.ErrNotFound
	}
	return n, nil
}

package web

import (
	"folkmoot/group"
	"folkmoot/store"
)

// maxIndent is how deep comments are set in. Deeper ones stand below each other and say whom they answer, so that a phone
// can show them and no thread is too deep for a browser, which gives up nesting at 512 elements.
const maxIndent = 5

// node is a comment with its answers.
type node struct {
	store.Post
	Gone    string      // why it is not shown, "" if it is
	Answers []node      // set in from it
	To      *store.Post // what it answers, where its place does not show that
	Earlier int64       // number of what it answers, where that is on an earlier page
	Run     bool        // who reads runs the group
	Under   int         // comments seen in the branch below it
	Folded  bool        // the branch below it is shown when asked for
}

// grower builds the tree of a thread.
type grower struct {
	first store.Post
	under map[int64][]store.Post // by parent
	alive map[int64]bool         // it is visible, or something under it is
	after int64                  // the page begins after this one
}

// tree arranges the comments of a page of a thread. Tombstones stay where something visible hangs on them.
func tree(posts []store.Post, after int64) []node {
	g := grower{first: posts[0], under: map[int64][]store.Post{}, alive: map[int64]bool{}, after: after}
	known := map[int64]bool{}
	for _, p := range posts {
		known[p.ID] = true
	}
	for _, p := range posts[1:] {
		parent := p.Parent
		if !known[parent] {
			parent = g.first.ID // what it answers is on an earlier page, or waits for a moderator
		}
		g.under[parent] = append(g.under[parent], p)
	}
	for i := len(posts) - 1; i > 0; i-- { // a comment comes after what it answers
		if p := posts[i]; p.State == group.Visible || g.alive[p.ID] {
			g.alive[p.ID], g.alive[p.Parent] = true, true
		}
	}
	var out []node
	g.grow(&out, g.first, 0)
	return out
}

// grow adds the answers to a parent at that depth.
func (g grower) grow(out *[]node, parent store.Post, depth int) {
	for _, p := range g.under[parent.ID] {
		if !g.alive[p.ID] {
			continue
		}
		n := node{Post: p, Gone: goneBecause(p)}
		if p.Parent != parent.ID && p.Parent <= g.after {
			n.Earlier = p.Parent
		}
		if depth < maxIndent {
			g.grow(&n.Answers, p, depth+1)
			*out = append(*out, n)
			continue
		}
		if depth > maxIndent {
			n.To = &parent
		}
		*out = append(*out, n)
		g.grow(out, p, depth+1)
	}
}

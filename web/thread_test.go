package web

import (
	"net/http"
	"strconv"
	"strings"
	"testing"

	"folkmoot/group"
	"folkmoot/store"
)

// thread is a first post with comments, each under the one that parents names for it.
func thread(parents ...int64) []store.Post {
	posts := []store.Post{{ID: 1, Thread: 1, State: group.Visible}}
	for i, parent := range parents {
		posts = append(posts, store.Post{ID: int64(i + 2), Thread: 1, Parent: parent, State: group.Visible})
	}
	return posts
}

// shape writes a tree as "2(3 4(5))", with what a comment answers where its place does not show it.
func shape(nodes []node) string {
	var parts []string
	for _, n := range nodes {
		s := strconv.FormatInt(n.ID, 10)
		if n.Gone != "" {
			s += "†"
		}
		if n.To != nil {
			s += "→" + strconv.FormatInt(n.To.ID, 10)
		}
		if len(n.Answers) > 0 {
			s += "(" + shape(n.Answers) + ")"
		}
		parts = append(parts, s)
	}
	return strings.Join(parts, " ")
}

func TestTree(t *testing.T) {
	removed := func(posts []store.Post, ids ...int64) []store.Post {
		for _, id := range ids {
			posts[id-1].State = group.Removed
		}
		return posts
	}
	tests := map[string]struct {
		posts []store.Post
		want  string
	}{
		"none":                         {thread(), ""},
		"as they came":                 {thread(1, 1, 2, 1, 3), "2(4) 3(6) 5"},
		"deep, then flat":              {thread(1, 2, 3, 4, 5, 6, 7, 8, 6, 1), "2(3(4(5(6(7 8→7 9→8 10))))) 11"},
		"a tombstone holds its answer": {removed(thread(1, 2), 2), "2†(3)"},
		"a tombstone that holds none":  {removed(thread(1, 2, 1), 2, 3), "4"},
		"a tombstone far down":         {removed(thread(1, 2, 3, 4, 5, 6, 7, 8), 7, 8), "2(3(4(5(6(7† 8†→7 9→8)))))"},
		"under something held":         {thread(1, 99, 3), "2 3(4)"},
		"the first post is gone":       {removed(thread(1), 1), "2"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if got := shape(tree(tt.posts, 1)); got != tt.want {
				t.Errorf("%s, want %s", got, tt.want)
			}
		})
	}
}

// Of a long thread, branches that have many comments are folded, each by itself; of a short one none.
func TestFold(t *testing.T) {
	parents := []int64{1, 1}
	for len(parents) < unfoldedThread {
		parents = append(parents, 2)
	}
	parents[len(parents)-1] = 3
	for _, long := range []bool{true, false} {
		nodes := tree(thread(parents...), 1)
		if seen := fold(nodes, long); seen != len(parents) {
			t.Errorf("%d comments, want %d", seen, len(parents))
		}
		if many, one := nodes[0], nodes[1]; many.Folded != long || many.Under != unfoldedThread-3 || one.Folded || one.Under != 1 {
			t.Errorf("long %v: %v with %d, %v with %d", long, many.Folded, many.Under, one.Folded, one.Under)
		}
	}
}

func TestFoldedThread(t *testing.T) {
	h, st := site(t)
	for i := range unfoldedThread + 1 {
		publish(t, st, &group.Post{URI: ann + "/many/" + strconv.Itoa(i), Author: ann, InReplyTo: bob + "/1", HTML: "<p>one of many</p>"})
	}
	page := get(t, h, "/g/books/post/1").Body.String()
	if !strings.Contains(page, `<details class="fold"><summary>61 answers</summary>`) || !strings.Contains(page, `href="/g/books/post/1?open=all"`) {
		t.Errorf("not folded:\n%.6000s", page)
	}
	if page := get(t, h, "/g/books/post/1?open=all").Body.String(); !strings.Contains(page, `<details class="fold" open>`) || strings.Contains(page, `href="/g/books/post/1?open=all"`) {
		t.Errorf("not opened:\n%.6000s", page)
	}
	if got := get(t, h, "/g/books/comment/60").Header().Get("Location"); got != "/g/books/post/1?open=all#comment-60" {
		t.Errorf("a comment in the fold is at %s", got)
	}
}

func TestTreeOfALaterPage(t *testing.T) {
	posts := thread(1, 2, 3, 4, 1, 6)
	page := append(posts[:1:1], posts[3:]...) // after comment 3
	nodes := tree(page, 3)
	if got := shape(nodes); got != "4(5) 6(7)" || nodes[0].Earlier != 3 || nodes[1].Earlier != 0 || nodes[0].Answers[0].Earlier != 0 {
		t.Errorf("%s, %+v", got, nodes)
	}
}

// A browser nests 512 elements, and somebody will answer themselves more often than that.
func TestEndlessThreadsStayShallow(t *testing.T) {
	parents := make([]int64, 20_000)
	for i := range parents {
		parents[i] = int64(i + 1)
	}
	depth, n := 0, 0
	var look func(nodes []node, at int)
	look = func(nodes []node, at int) {
		depth, n = max(depth, at), n+len(nodes)
		for _, node := range nodes {
			look(node.Answers, at+1)
		}
	}
	look(tree(thread(parents...), 1), 0)
	if depth != maxIndent+1 || n != len(parents) {
		t.Errorf("%d comments at most %d deep, want %d and %d", n, depth, len(parents), maxIndent+1)
	}
}

func TestDeepCommentsSayWhomTheyAnswer(t *testing.T) {
	h, st := site(t)
	parent := bob + "/1"
	for i := range 12 {
		uri := ann + "/deep/" + strconv.Itoa(i)
		publish(t, st, &group.Post{URI: uri, Author: ann, InReplyTo: parent, HTML: "<p>deep</p>"})
		parent = uri
	}
	page := get(t, h, "/g/books/post/1").Body.String()
	if got := strings.Count(page, "deep</p>"); got != 12 {
		t.Errorf("%d comments shown, want 12", got)
	}
	if got := strings.Count(page, `<p class="to">answers <a href="#comment-`); got != 12-maxIndent {
		t.Errorf("%d say whom they answer, want %d", got, 12-maxIndent)
	}
}

func TestRemovedPosts(t *testing.T) {
	h, st := site(t)
	publish(t, st, &group.Post{URI: ann + "/2", Author: ann, InReplyTo: bob + "/1", HTML: "<p>Good choice</p>"})
	publish(t, st, &group.Post{URI: bob + "/2", Author: bob, InReplyTo: ann + "/2", HTML: "<p>Rude words</p>"})
	remove(t, st, group.Remove, ann, bob+"/1")
	page := get(t, h, "/g/books/post/1").Body.String()
	if strings.Contains(page, "Middlemarch") || !strings.Contains(page, "removed by a moderator") || !strings.Contains(page, "Good choice") {
		t.Errorf("after a moderator removed a comment:\n%s", page)
	}
	remove(t, st, group.Remove, ann, bob+"/2")
	w := get(t, h, "/g/books/comment/4")
	if body := w.Body.String(); w.Code != http.StatusGone || strings.Contains(body, "Rude") || !strings.Contains(body, `href="/g/books/post/1"`) {
		t.Errorf("the removed comment: %d\n%s", w.Code, body)
	}
	if w := get(t, h, "/people/@bob@mastodon.example"); w.Code != http.StatusNotFound {
		t.Errorf("a person of whom nothing is left: %d", w.Code)
	}
	remove(t, st, group.Remove, ann, ann+"/1")
	w = get(t, h, "/g/books/post/1")
	if body := w.Body.String(); w.Code != http.StatusGone || strings.Contains(body, "What next?") || !strings.Contains(body, "removed by a moderator") {
		t.Errorf("the removed thread: %d\n%s", w.Code, body)
	}
}

func TestPagesOfAThread(t *testing.T) {
	h, st := site(t)
	parent := ann + "/1"
	const comments = commentsShown + 10
	for i := range comments - 1 { // and Bob's
		p := &group.Post{URI: ann + "/many/" + strconv.Itoa(i), Author: ann, InReplyTo: parent, HTML: "<p>one of many</p>"}
		publish(t, st, p)
		if i%3 > 0 {
			parent = p.URI
		}
	}
	seen, path := 0, "/g/books/post/1"
	for pages := 0; path != "" && pages < 9; pages++ {
		page := get(t, h, path).Body.String()
		n := strings.Count(page, `<li class="comment"`)
		if seen += n; n > commentsShown || !strings.Contains(page, "What next?") {
			t.Errorf("page %d has %d comments", pages, n)
		}
		if first := pages == 0; strings.Contains(page, "From the first comment on") == first || strings.Contains(page, "an earlier comment") == first {
			t.Errorf("page %d: %.2000s", pages, page)
		}
		_, rest, _ := strings.Cut(page, `rel="next" href="`)
		path, _, _ = strings.Cut(rest, `"`)
	}
	if seen != comments {
		t.Errorf("%d comments on all pages, want %d", seen, comments)
	}
	for _, id := range []int{2, commentsShown + 1, commentsShown + 2, comments + 1} {
		anchor := "#comment-" + strconv.Itoa(id)
		w := get(t, h, "/g/books/comment/"+strconv.Itoa(id))
		page, fragment, _ := strings.Cut(w.Header().Get("Location"), "#")
		if "#"+fragment != anchor || !strings.Contains(get(t, h, page).Body.String(), `id="comment-`+strconv.Itoa(id)+`"`) {
			t.Errorf("comment %d is not on %s", id, w.Header().Get("Location"))
		}
	}
	if page := get(t, h, "/g/books/post/1?after=99999").Body.String(); !strings.Contains(page, "There are no later comments.") {
		t.Error("after the last comment")
	}
	for _, odd := range []string{"-1", "x", "0", "9999999999999999999999"} {
		if page := get(t, h, "/g/books/post/1?after="+odd).Body.String(); !strings.Contains(page, "Middlemarch") {
			t.Errorf("after %s does not begin at the beginning", odd)
		}
	}
}

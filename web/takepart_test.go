package web

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"folkmoot/group"
	"folkmoot/store"
)

// writer is Ann, who lets this server post for her.
func (d door) writer(t *testing.T) *visitor {
	t.Helper()
	v := browse(t, d.h)
	v.leads(v.get(d.good.yes(v.away("mastodon.example", "/", "posts", "yes")).RequestURI()), "/")
	return v
}

// key is what a form is sent with so that it counts once.
func (v *visitor) key(path string) string {
	v.Helper()
	found := regexp.MustCompile(`name="key" value="([^"]+)"`).FindStringSubmatch(v.get(path).Body.String())
	if found == nil {
		v.Fatalf("%s has no form", path)
	}
	return found[1]
}

func TestThreadIsPostedByTheOwnServer(t *testing.T) {
	d := newDoor(t)
	v := d.writer(t)
	key := v.key("/g/books/new")
	v.shows(v.post("/g/books/new", "do", "preview", "key", key, "title", "Next <book>", "words", "*This* <script>one</script>", "warning", "spoilers"),
		http.StatusOK, "<em>This</em>", `value="Next &lt;book&gt;"`, `value="spoilers"`, `value="`+key+`"`)
	if len(d.good.posted) != 0 {
		t.Errorf("a preview is posted: %v", d.good.posted)
	}
	v.leads(v.post("/g/books/new", "do", "post", "key", key, "title", "Next book", "words", "*This* one", "warning", "spoilers", "language", "de"), "/g/books")
	v.shows(v.get("/g/books"), http.StatusOK, "mastodon.example has posted it")
	if len(d.good.posted) != 1 {
		t.Fatalf("posted %v", d.good.posted)
	}
	p := d.good.posted[0]
	if p.Get("status") != "Next book\n\n*This* one\n\n@books@groups.example" || p.Get("visibility") != "public" ||
		p.Get("spoiler_text") != "spoilers" || p.Get("language") != "de" || p.Has("in_reply_to_id") || d.good.keys[0] != key {
		t.Errorf("posted %v with %v", p, d.good.keys)
	}
}

func TestReplyIsPostedByTheOwnServer(t *testing.T) {
	d := newDoor(t)
	v := d.writer(t)
	v.shows(v.get("/g/books/post/2/reply"), http.StatusOK, "Middlemarch", `value="like"`, "/g/books/post/2/report")
	v.leads(v.post("/g/books/post/2/reply", "words", "Yes!"), "/g/books/comment/2")
	if p := d.good.posted[0]; p.Get("status") != "@bob@mastodon.example @books@groups.example Yes!" || p.Get("in_reply_to_id") != "id of "+bob+"/1" {
		t.Errorf("posted %v", p)
	}
	v.shows(v.get("/g/books/post/1/reply"), http.StatusOK, "edit or delete it where you wrote it")
	v.leads(v.post("/g/books/post/1/reply", "words", "To myself"), "/g/books/post/1")
	if p := d.good.posted[1]; p.Get("status") != "@books@groups.example To myself" {
		t.Errorf("posted %v", p)
	}
	// What the own server does not find is answered nowhere, and not as if it were a new thread.
	publish(t, d.st, &group.Post{URI: ann + "/far.example", Author: ann, HTML: "<p>x</p>", InReplyTo: ann + "/1"})
	v.shows(v.post("/g/books/post/3/reply", "words", "Lost?"), http.StatusUnprocessableEntity, "does not find the post", "Lost?")
	if len(d.good.posted) != 2 {
		t.Errorf("posted %v", d.good.posted)
	}
}

// Whatever goes wrong, what was written stays in the form, and it says what to do.
func TestNothingWrittenIsLost(t *testing.T) {
	d := newDoor(t)
	v := d.writer(t)
	const words = "A long thought"
	v.shows(v.post("/g/books/new", "words", "  "), http.StatusUnprocessableEntity, "Write something first")
	d.good.refuses = http.StatusUnprocessableEntity
	v.shows(v.post("/g/books/new", "words", words), http.StatusUnprocessableEntity, words, "did not take it", "Text too long")
	d.good.refuses = http.StatusInternalServerError
	v.shows(v.post("/g/books/new", "words", words, "key", "same"), http.StatusUnprocessableEntity, words, `value="same"`)
	d.good.refuses = 0
	clear(d.good.tokens) // taken back at the own server
	v.shows(v.post("/g/books/new", "words", words), http.StatusUnprocessableEntity, words, "no longer lets you post")
	delete(d.fediverse.hosts, d.good.origin)
	v.shows(v.post("/g/books/new", "words", words), http.StatusUnprocessableEntity, words, "did not answer")
	v.shows(v.post("/g/books/new", "title", strings.Repeat("x", maxTitle+1), "words", words), http.StatusUnprocessableEntity, "Shorten it to 200", words)
	v.shows(v.post("/g/books/new", "words", strings.Repeat("x", maxForm)), http.StatusRequestEntityTooLarge, "That is too long")
}

// Whose server posts nothing for them gets the text ready, and the way there.
func TestTextReadyToPost(t *testing.T) {
	d := newDoor(t)
	v := browse(t, d.h)
	v.enter(d.st, bob)
	v.shows(v.post("/g/books/new", "title", "Hello", "words", "a & b"), http.StatusOK, "Hello\n\na &amp; b\n\n@books@groups.example",
		`href="https://mastodon.example/share?text=Hello%0A%0Aa&#43;%26&#43;b%0A%0A%40books%40groups.example"`, "Only members start threads", "/g/books/join")
	v.shows(v.post("/g/books/post/1/reply", "words", "Yes"), http.StatusOK, "@ann@mastodon.example @books@groups.example Yes",
		`href="https://mastodon.example/authorize_interaction?uri=https%3A%2F%2Fmastodon.example%2Fusers%2Fann%2F1"`)
}

func TestVotes(t *testing.T) {
	d := newDoor(t)
	v := browse(t, d.h)
	v.enter(d.st, bob)
	likes := func() int {
		p, err := d.st.Post(t.Context(), "books", 1)
		if err != nil {
			t.Fatal(err)
		}
		return p.Likes - p.Dislikes
	}
	for _, step := range []struct {
		vote string
		want int
		says string
	}{
		{"like", 1, "You like this post"}, {"like", 1, `value="none"`}, {"dislike", -1, "You dislike this post"}, {"none", 0, "taken back"}, {"none", 0, "status"},
	} {
		v.leads(v.post("/g/books/post/1/vote", "vote", step.vote), "/g/books/post/1")
		v.shows(v.get("/g/books/post/1"), http.StatusOK, step.says)
		if got := likes(); got != step.want {
			t.Errorf("after %s: %d, want %d", step.vote, got, step.want)
		}
	}
	v.shows(v.post("/g/books/post/1/vote", "vote", "twice"), http.StatusBadRequest)
	v.shows(v.post("/g/books/post/99/vote", "vote", "like"), http.StatusNotFound)
}

func TestReport(t *testing.T) {
	d := newDoor(t)
	v := browse(t, d.h)
	v.enter(d.st, bob)
	v.shows(v.get("/g/books/post/1/report"), http.StatusOK, "What next?", "Only the moderators")
	v.shows(v.post("/g/books/post/1/report", "why", " "), http.StatusUnprocessableEntity, "Say in a few words")
	v.leads(v.post("/g/books/post/2/report", "why", "It is spam"), "/g/books/comment/2")
	reports, err := d.st.Reports(t.Context(), store.ReportQuery{Limit: 10})
	if err != nil || len(reports) != 1 || reports[0].Reporter != bob || reports[0].About != bob+"/1" || reports[0].Words != "It is spam" {
		t.Errorf("%+v %v", reports, err)
	}
	// What nobody may see is not there to be reported, and nothing of it comes back.
	remove(t, d.st, group.Delete, bob, bob+"/1")
	v.shows(v.get("/g/books/post/2/report"), http.StatusNotFound)
	v.shows(v.post("/g/books/post/2/reply", "words", "x"), http.StatusNotFound)
}

func TestJoinAndLeave(t *testing.T) {
	d := newDoor(t)
	v := browse(t, d.h)
	v.enter(d.st, bob)
	state := func() string {
		g, err := d.st.Group(t.Context(), "books")
		if err != nil {
			t.Fatal(err)
		}
		m, _ := d.st.Member(t.Context(), g.ID, bob)
		return string(m.State) + " " + m.Answer
	}
	v.shows(v.get("/g/books/join"), http.StatusOK, "Join Book &lt;club&gt;", "/g/books/follow?server=mastodon.example")
	v.leads(v.post("/g/books/join", "do", "join"), "/g/books/join")
	v.shows(v.get("/g/books/join"), http.StatusOK, "You are a member of the group now", `name="do" value="leave"`)
	v.leads(v.post("/g/books/join", "do", "leave"), "/g/books/join")
	if got := state(); got != "left " {
		t.Errorf("after leaving: %s", got)
	}
	g, err := d.st.Group(t.Context(), "books")
	if err != nil {
		t.Fatal(err)
	}
	g.Settings.Join = group.JoinApproval
	g.Settings.Joining = group.Joining{Questions: []string{"Why books?"}, Rules: "Be kind.", Agree: true}
	if err := d.st.EditGroup(t.Context(), g, nil); err != nil {
		t.Fatal(err)
	}
	v.shows(v.get("/g/books/join"), http.StatusOK, "Why books?", "Be kind.")
	v.shows(v.post("/g/books/join", "do", "join"), http.StatusUnprocessableEntity, "Answer first")
	v.leads(v.post("/g/books/join", "do", "join", "answer", "I read"), "/g/books/join")
	v.shows(v.get("/g/books/join"), http.StatusOK, "A moderator decides", "leave")
	if got := state(); got != "pending I read" {
		t.Errorf("after asking: %s", got)
	}
}

// Strangers are sent to sign in and come back; nothing is done for them.
func TestStrangersTakeNoPart(t *testing.T) {
	d := newDoor(t)
	v := browse(t, d.h)
	v.leads(v.get("/g/books/post/1/reply"), "/sign-in?to=%2Fg%2Fbooks%2Fpost%2F1%2Freply")
	for _, path := range []string{"/g/books/new", "/g/books/join", "/g/books/post/1/reply", "/g/books/post/1/vote", "/g/books/post/1/report"} {
		if w := v.post(path, "vote", "like", "why", "x", "words", "x", "do", "join"); !strings.HasPrefix(w.Header().Get("Location"), "/sign-in?to=") {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
}

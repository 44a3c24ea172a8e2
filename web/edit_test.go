package web

import (
	"net/http"
	"slices"
	"strings"
	"testing"
)

// What is one's own is changed where it is, with its pictures, and deleted there after one has said so twice.
func TestOwnPostIsEditedAtTheOwnServer(t *testing.T) {
	d := newDoor(t)
	v := d.writer(t)
	d.good.kept = map[string]any{
		"text": "What *next*?", "spoiler_text": "spoilers", "language": "de", "media_attachments": []map[string]string{{"id": "7"}, {"id": "8"}},
	}
	v.shows(v.get("/g/books/post/1/reply"), http.StatusOK, "/g/books/post/1/edit", "/g/books/post/1/delete")
	v.shows(v.get("/g/books/post/1/edit"), http.StatusOK, "What *next*?", `value="spoilers"`, `value="de" lang="de" selected`)
	v.shows(v.post("/g/books/post/1/edit", "words", " ", "warning", "w"), http.StatusUnprocessableEntity, "Write something first", `value="w"`)
	v.leads(v.post("/g/books/post/1/edit", "words", "What then?", "warning", "", "language", "fr"), "/g/books/post/1")
	v.shows(v.get("/g/books/post/1"), http.StatusOK, "mastodon.example has changed it and is telling the group")
	sent := d.good.posted[0]
	if !slices.Equal(sent["media_ids[]"], []string{"7", "8"}) || sent.Get("status") != "What then?" || sent.Get("language") != "fr" || !sent.Has("spoiler_text") {
		t.Errorf("sent %v", sent)
	}
	d.good.refuses = http.StatusUnprocessableEntity
	v.shows(v.post("/g/books/post/1/edit", "words", "Too long"), http.StatusUnprocessableEntity, "did not take it", "Too long")
	v.shows(v.post("/g/books/post/1/delete"), http.StatusUnprocessableEntity, "no longer lets you")
	d.good.refuses = 0

	v.shows(v.get("/g/books/post/1/delete"), http.StatusOK, "for everybody and for good")
	if len(d.good.deleted) != 0 {
		t.Error("looking at it deletes it")
	}
	v.leads(v.post("/g/books/post/1/delete"), "/g/books")
	if !slices.Equal(d.good.deleted, []string{"id of " + ann + "/1"}) {
		t.Errorf("deleted %q", d.good.deleted)
	}
}

// Where it cannot be done from here, the page says where; nobody edits what is another's.
func TestWhatIsNotEditedHere(t *testing.T) {
	there := "This cannot be done from here"
	d := newDoor(t)
	v := d.writer(t)
	for _, page := range []string{"/edit", "/delete"} {
		v.shows(v.get("/g/books/post/2"+page), http.StatusNotFound)
		v.shows(v.post("/g/books/post/2"+page, "words", "x"), http.StatusNotFound)
	}
	d.good.kept = map[string]any{"poll": map[string]string{}}
	v.shows(v.get("/g/books/post/1/edit"), http.StatusOK, there)
	v.shows(v.post("/g/books/post/1/edit", "words", "x"), http.StatusOK, there)
	d.good.lax, d.good.kept = true, map[string]any{"text": "As it was"}
	v.shows(v.get("/g/books/post/1/edit"), http.StatusOK, "As it was")
	v.shows(v.post("/g/books/post/1/delete"), http.StatusOK, there)
	if len(d.good.posted) != 0 || len(d.good.deleted) != 0 {
		t.Errorf("changed %v, deleted %v", d.good.posted, d.good.deleted)
	}
	reader := browse(t, d.h)
	reader.leads(reader.get(d.good.yes(reader.away("mastodon.example", "/")).RequestURI()), "/")
	w := reader.get("/g/books/post/1/reply")
	reader.shows(w, http.StatusOK, "edit or delete it where you wrote it")
	if strings.Contains(w.Body.String(), "/post/1/edit") {
		t.Error("offers what the own server has not allowed")
	}
	reader.shows(reader.get("/g/books/post/1/edit"), http.StatusOK, there)
	reader.shows(reader.post("/g/books/post/1/delete"), http.StatusOK, there)
}

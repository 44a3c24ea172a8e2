package web

import (
	"bytes"
	"encoding/binary"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// described are the fields of the pictures that a page asks to describe, in order.
func described(page string) (out []string) {
	for _, found := range regexp.MustCompile(`name="(alt-[0-9]+)"`).FindAllStringSubmatch(page, -1) {
		out = append(out, found[1])
	}
	return out
}

func TestPicturesArePostedByTheOwnServer(t *testing.T) {
	d := newDoor(t)
	v := d.writer(t)
	const to = "/g/books/new"
	key := upload{name: "key", value: v.key(to)}
	words, title := upload{name: "words", value: "Look"}, upload{name: "title", value: "My shelf"}
	photo := withExif(asJPEG(t, corners(120, 60)), exifOf(binary.BigEndian, "MM", 6))
	none := upload{name: "picture", media: "application/octet-stream"}

	// A preview loses no files.
	w := v.sends(to, upload{name: "do", value: "preview"}, key, title, words, upload{name: "picture", file: "a.jpg", data: photo}, upload{name: "picture", file: "b.png", data: asPNG(t, corners(40, 40))})
	alts := described(w.Body.String())
	if len(alts) != 2 {
		t.Fatalf("asks to describe %v:\n%s", alts, w.Body)
	}
	v.shows(w, http.StatusOK, "Preview", `value="My shelf"`)
	held := v.get("/account/picture/" + strings.TrimPrefix(alts[0], "alt-"))
	if held.Code != http.StatusOK || held.Header().Get("Cache-Control") != "no-store" || held.Header().Get("Content-Type") != "image/jpeg" {
		t.Errorf("%d %v", held.Code, held.Header())
	}
	other := browse(t, d.h)
	other.enter(d.st, bob)
	other.shows(other.get("/account/picture/"+strings.TrimPrefix(alts[0], "alt-")), http.StatusNotFound)

	// One picture more, one less; the new one is asked about before anything is posted.
	w = v.sends(to, upload{name: "do", value: "post"}, key, title, words, upload{name: alts[0], value: "A shelf"}, upload{name: alts[1], value: "x"},
		upload{name: strings.Replace(alts[1], "alt", "remove", 1), value: "on"}, upload{name: "picture", file: "c.png", data: asPNG(t, corners(50, 50))})
	v.shows(w, http.StatusOK, "Please say what the pictures show", ">A shelf</textarea>")
	alts = described(w.Body.String())
	if len(alts) != 2 || len(d.good.posted)+len(d.good.media) != 0 {
		t.Fatalf("asks to describe %v, posted %v", alts, d.good.posted)
	}
	// What the server does not take is not lost, and what it has is not sent again.
	d.good.refuses = http.StatusUnprocessableEntity
	last := []upload{{name: "do", value: "post"}, key, title, words, {name: alts[0], value: "A shelf"}, {name: alts[1], value: ""}, none}
	v.shows(v.sends(to, last...), http.StatusUnprocessableEntity, "Text too long", ">A shelf</textarea>")
	d.good.refuses = 0
	v.leads(v.sends(to, last...), "/g/books")
	if len(d.good.posted) != 1 || len(d.good.media) != 2 || !slices.Equal(d.good.posted[0]["media_ids[]"], []string{"1", "2"}) {
		t.Fatalf("posted %v with %d pictures", d.good.posted, len(d.good.media))
	}
	first, second := d.good.media[0], d.good.media[1]
	if first.alt != "A shelf" || first.media != "image/jpeg" || second.alt != "" || second.media != "image/png" || first.asked < 2 {
		t.Errorf("sent %q %s, %q %s", first.alt, first.media, second.alt, second.media)
	}
	if bytes.Contains(first.file, []byte("GPS")) || http.DetectContentType(first.file) != "image/jpeg" {
		t.Error("the photo still says where it was taken")
	}
	v.shows(v.get("/account/picture/"+strings.TrimPrefix(alts[0], "alt-")), http.StatusNotFound)
}

func TestPicturesThatAreNotTaken(t *testing.T) {
	d := newDoor(t)
	v := d.writer(t)
	const to = "/g/books/post/1/reply"
	key := upload{name: "key", value: v.key(to)}
	words := upload{name: "words", value: "Look"}
	red := asPNG(t, corners(20, 20))
	var five []upload
	for range 5 {
		five = append(five, upload{name: "picture", file: "x.png", data: red})
	}
	w := v.sends(to, append(five, key, words, upload{name: "do", value: "add"})...)
	v.shows(w, http.StatusUnprocessableEntity, "A post has 4 pictures at most", ">Look</textarea>")
	alts := described(w.Body.String())
	if len(alts) != maxPostPictures {
		t.Fatalf("holds %v", alts)
	}
	v.shows(v.sends(to, key, words, upload{name: "do", value: "add"}, upload{name: "picture", file: "x.png", data: []byte("<svg/>")}), http.StatusUnprocessableEntity, "no picture that can be read")
	post := []upload{key, words, {name: "do", value: "post"}}
	for _, alt := range alts {
		post = append(post, upload{name: alt, value: "red"})
	}
	for status, said := range map[int]string{http.StatusForbidden: "does not let this server add pictures", http.StatusUnprocessableEntity: "did not take a picture"} {
		d.good.noMedia = status
		v.shows(v.sends(to, post...), http.StatusUnprocessableEntity, said, ">Look</textarea>", ">red</textarea>")
	}
	if len(d.good.posted) != 0 {
		t.Errorf("posted %v", d.good.posted)
	}
}

// Who signed in by code posts at their own server: this one says so, and keeps no file.
func TestPicturesOfWhomThisServerDoesNotPostFor(t *testing.T) {
	h, st := site(t)
	v := browse(t, h)
	v.enter(st, ann)
	w := v.get("/g/books/new")
	v.shows(w, http.StatusOK, "Pictures can only be added where you post")
	if strings.Contains(w.Body.String(), `type="file"`) {
		t.Error("asks for files")
	}
	w = v.sends("/g/books/new", upload{name: "do", value: "post"}, upload{name: "key", value: "k"}, upload{name: "title", value: "T"}, upload{name: "picture", file: "a.png", data: asPNG(t, corners(20, 20))})
	v.shows(w, http.StatusOK, "T\n\n@books@groups.example")
	who, err := st.Sessions(t.Context(), mustActor(t, st, ann).ID)
	if err != nil || len(who) != 1 {
		t.Fatal(err)
	}
	if held, err := st.Uploads(t.Context(), who[0].ID, "k"); err != nil || len(held) != 0 {
		t.Errorf("holds %v, %v", held, err)
	}
}

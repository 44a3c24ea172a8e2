package fedtest_test

import (
	"testing"
	"time"

	"folkmoot/federation/fedtest"
	"folkmoot/store"
)

// The pictures of a group are in its document, one object each; when they change, every follower's server is told, and sees them.
func TestPicturesOfAGroup(t *testing.T) {
	onEach(t, func(w *world, f *fedtest.Forum, p *fedtest.Peer) {
		g, err := w.store.Group(w.ctx, "books")
		w.must(err)
		if w.document("/g/books")["icon"] != nil || f.Icon(books) != "" {
			w.t.Error("there is a picture from the start")
		}
		w.later(time.Hour)
		g.Icon, g.Header = store.NewPicture("image/png", []byte("square")), store.NewPicture("image/jpeg", []byte("wide"))
		g.Icon.Alt = "Old\nbooks"
		w.must(w.fed.EditGroup(w.ctx, g))
		w.settle()
		doc := w.document("/g/books")
		icon, _ := doc["icon"].(map[string]any)
		image, _ := doc["image"].(map[string]any)
		if icon["type"] != "Image" || icon["mediaType"] != "image/png" || icon["url"] != home+"/media/"+g.Icon.Name || icon["name"] != "Old books" {
			w.t.Errorf("icon %v", doc["icon"])
		}
		if image["type"] != "Image" || image["mediaType"] != "image/jpeg" || image["url"] != home+"/media/"+g.Header.Name || image["name"] != nil {
			w.t.Errorf("image %v", doc["image"])
		}
		if got := f.Icon(books); got != icon["url"] {
			w.t.Errorf("the forum shows %q", got)
		}
		told := p.Inbox("Update")
		if len(told) != 1 {
			w.t.Fatalf("%d updates arrived", len(told))
		}
		if update, _ := told[0].Body["object"].(map[string]any); update["icon"].(map[string]any)["url"] != icon["url"] {
			w.t.Errorf("told %v", update["icon"])
		}
		w.later(time.Hour)
		g, err = w.store.Group(w.ctx, "books")
		w.must(err)
		g.Icon = store.Picture{}
		w.must(w.fed.EditGroup(w.ctx, g))
		w.settle()
		if w.document("/g/books")["icon"] != nil || f.Icon(books) != "" {
			w.t.Errorf("the picture is still there: %q", f.Icon(books))
		}
	})
}

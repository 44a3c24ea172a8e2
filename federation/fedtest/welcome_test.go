package fedtest_test

import (
	"strings"
	"testing"
	"time"

	"folkmoot/federation/fedtest"
	"folkmoot/group"
)

// Whoever joins is greeted once, on forums too, with the rules and where to introduce themselves.
func TestWelcome(t *testing.T) {
	inWorld(t, func(w *world) {
		w.set(func(s *group.Settings) {
			s.Joining.Rules, s.Welcome = "Be kind.", group.Welcome{Note: "Hello!", Introductions: "https://groups.example/g/books/post/1"}
		})
		p := w.peer("mastodon.example", "mastodon", "ann")
		w.follow(p, "ann", books)
		w.settle()
		w.wantPrivate(p, "ann", "Hello!")
		for _, words := range []string{"The rules of this group", "Be kind.", "https://groups.example/g/books/post/1"} {
			if note := p.Private("ann")[0]; !strings.Contains(note, words) {
				t.Errorf("%q lacks %q", note, words)
			}
		}
		w.must(p.Unfollow(w.ctx, "ann", books))
		w.settle()
		w.follow(p, "ann", books)
		w.settle()
		w.wantPrivate(p, "ann", "Hello!")
		for name, runs := range software() {
			f := w.forum(runs, name+".example", "kim")
			w.subscribe(f, "kim", books)
			if got := f.Private("kim"); len(got) != 1 || !strings.Contains(got[0], "Be kind.") {
				t.Errorf("on %s kim was told %q", name, got)
			}
		}
	})
}

// The words are seen by their author's server, the group and nobody else; help comes in private.
func TestHelpAndNotices(t *testing.T) {
	inWorld(t, func(w *world) {
		w.set(func(s *group.Settings) {
			s.Welcome = group.Welcome{HelpWords: []string{"alone"}, Help: "You can call us: 116 123", Warnings: map[string]string{"war": "War"}}
		})
		p := w.mastodon()
		post := mention("I feel alone #war")
		post.Change = func(note object) {
			note["tag"] = append(note["tag"].([]object), object{"type": "Hashtag", "name": "#war", "href": "https://mastodon.example/tags/war"})
		}
		uri := w.publish(p, "ann", post)
		w.wantPrivate(p, "ann", "116 123")
		w.wantHome(p, "bob", uri)
		if got := w.filed("books", uri); got.Warning != "War" {
			t.Errorf("it warns of %q", got.Warning)
		}
		w.publish(p, "ann", mention("still alone"))
		w.wantPrivate(p, "ann", "116 123")
		w.later(8 * 24 * time.Hour)
		w.publish(p, "ann", fedtest.Post{Text: "alone again", InReplyTo: uri, Mentions: []string{books}})
		w.wantPrivate(p, "ann", "116 123", "116 123")
		w.wantPrivate(p, "bob")
	})
}

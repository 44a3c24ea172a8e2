package fedtest_test

import (
	"strings"
	"testing"

	"folkmoot/federation/fedtest"
	"folkmoot/group"
)

// rule gives the book club a rule of its own.
func (w *world) rule(text string) {
	w.t.Helper()
	d, err := w.fed.SetRule(w.ctx, "books", text, false)
	w.must(err)
	if d.Verdict != group.Accepted {
		w.t.Fatalf("%s: %s", text, d.Reason)
	}
}

// A post that a rule refuses is shown to nobody, and its author is told why in the group's words; of what is held, that it waits, once a day.
func TestOwnRulesOfAGroup(t *testing.T) {
	inWorld(t, func(w *world) {
		p := w.mastodon()
		w.rule(`refuse "No adverts, please." if words advert`)
		w.rule("hold if mentions > 2")
		w.rule("hold if no avatar and links")
		fine := w.publish(p, "ann", mention("about a book"))
		w.publish(p, "ann", mention("my ADVERT"))
		w.publish(p, "ann", mention("see https://a.example/shop"))
		w.publish(p, "ann", fedtest.Post{Text: "hey all", Mentions: []string{books, p.Actor("bob"), p.Actor("max")}})
		w.wantHome(p, "bob", fine)
		w.wantShown("books", fine)
		if notes := p.Private("ann"); len(notes) != 2 || !strings.Contains(notes[0], "No adverts, please.") || !strings.Contains(notes[1], "asks a moderator") {
			t.Errorf("Ann was told %q", notes)
		}
		tried, looked, err := w.fed.TryRules(w.ctx, "books", []string{"hold if mentions > 2 or words book"}, 10)
		if w.must(err); looked != 3 || len(tried) != 2 {
			t.Errorf("%d looked at, %+v", looked, tried)
		}
	})
}

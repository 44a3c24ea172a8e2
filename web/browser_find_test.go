//go:build browser

package web

import (
	"testing"

	"github.com/chromedp/chromedp"
)

// searchByKeyboard looks for something with the keyboard alone, on a phone: from the page of a group to a thread.
func searchByKeyboard(t *testing.T, w world) {
	if _, err := w.club.store.Index(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, l := range looks()[1:3] {
		t.Run(l.name, func(t *testing.T) {
			tab := w.open(t, l)
			tab.visit("/g/books")
			tabTo(tab, ".search-box input")
			tab.do(chromedp.KeyEvent("footnotes railways"))
			submit(tab)
			if got := tab.location(); got != "/search?q=footnotes+railways" {
				t.Fatalf("the form leads to %s", got)
			}
			tab.wantWords([]string{"Search", "Posts", "Groups", "People"})
			tab.wantFit(l.width)
			if !tab.shows("mark") {
				t.Error("the words are not marked")
			}
			tabTo(tab, ".found a")
			submit(tab)
			if got := see[int](tab, `document.querySelectorAll('main.thread').length`); got != 1 {
				t.Errorf("the finding leads to %s", tab.location())
			}
			tab.visit("/search?q=nothingatall&in=people")
			tab.wantWords([]string{"Nothing was found."})
			tab.visit("/g/books/members")
			tab.wantFit(l.width)
		})
	}
}

// tabTo presses the tabulator until an element has the focus.
func tabTo(b *tab, selector string) {
	b.Helper()
	for range 60 {
		b.do(chromedp.KeyEvent("\t"))
		if see[bool](b, `document.activeElement.matches(%q)`, selector) {
			return
		}
	}
	b.Fatalf("the tabulator does not reach %s", selector)
}

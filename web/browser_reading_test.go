//go:build browser

package web

import (
	"fmt"
	"maps"
	"net/url"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"folkmoot/group"
	"folkmoot/store"
)

// pages are what somebody reads of the book club, and what must be seen there.
func (w world) pages() map[string][]string {
	return map[string][]string{
		"/": {
			"Riverside groups", "Nothing to sign up for", "Book club", "@books@groups.example", "48 members · 7 threads", "No advertising.",
		},
		"/g/books": {
			"Book club", "In March: Middlemarch", "@books@groups.example", "Threads Latest Active Top", "Is Dorothea wise", "8 comments", "Rules", "Lee Whitcombe",
		},
		w.newest: {
			"Ann Okafor", "@ann@mastodon.example", "Chapter twenty, in Rome", "8 comments", "Hard on everybody",
			"This comment was deleted by its author.", "As if that were easy.", "Answer from your own account",
		},
		"/people/" + url.PathEscape("@farid@social.example"): {
			"فريد حداد", "Reads on trains", "Their own page at social.example", "Audiobook readers",
		},
		"/g/books/follow?server=mastodon.example": {"Follow Book club", "Continue at mastodon.example"},
		"/g/books/follow":                         {"Your server, or your handle"},
	}
}

// reading reads each page in each look.
func reading(t *testing.T, w world) {
	for _, l := range looks() {
		t.Run(l.name, func(t *testing.T) {
			tab := w.open(t, l)
			measured := map[string]float64{}
			for path, want := range w.pages() {
				tab.visit(path)
				tab.wantWords(want, "outgrows him", "would actually burn it", "Never mind.")
				tab.wantFit(l.width)
				maps.Copy(measured, tab.wantContrast())
			}
			// What was measured is what matters, not nothing.
			for _, kind := range []string{
				"p", "h1", "h2", "p.tally", "bdi.handle", "p.handle", "code.copy", "button", "a.button", "span.label", "p.gone", "input", "time",
			} {
				if measured[kind] == 0 && measured["bdi."+kind] == 0 {
					t.Errorf("the contrast of %s was not measured; %d kinds were", kind, len(measured))
				}
			}
			if got, want := see[string](tab, "getComputedStyle(document.body).backgroundColor"), paper(l); got != want {
				t.Errorf("paper %s, want %s", got, want)
			}
		})
	}
}

func paper(l look) string {
	if l.dark {
		return "rgb(20, 24, 22)"
	}
	return "rgb(250, 248, 243)"
}

// keyboard goes through each page by the tabulator alone.
func keyboard(t *testing.T, w world) {
	for _, l := range looks() {
		t.Run(l.name, func(t *testing.T) {
			tab := w.open(t, l)
			for _, path := range []string{"/", "/g/books", w.newest, "/g/books/follow?server=m.example"} {
				tab.visit(path)
				of := 1
				for i := 0; i < of; i++ {
					tab.do(chromedp.KeyEvent(kb.Tab))
					at := see[focus](tab, focused)
					of = at.Of
					if at.Place != i {
						t.Fatalf("%s: stop %d of the tabulator is element %d (%s)", path, i, at.Place, at.What)
					}
					if at.Ring < 2 || !at.Inside {
						t.Errorf("%s: %s has the focus, and nobody sees it: %+v", path, at.What, at)
					}
				}
				if of < 4 {
					t.Errorf("%s: only %d stops", path, of)
				}
			}
		})
	}
}

func skipLink(t *testing.T, w world) {
	tab := w.open(t, phone())
	tab.visit(w.newest)
	if see[float64](tab, `document.querySelector('.skip').getBoundingClientRect().right`) > 0 {
		t.Error("the link is in the way of everybody else")
	}
	tab.do(chromedp.KeyEvent(kb.Tab))
	if at := see[focus](tab, focused); !strings.HasSuffix(at.What, "Skip to the content") || !at.Inside {
		t.Fatalf("the first stop is %+v", at)
	}
	tab.do(chromedp.KeyEvent(kb.Enter), chromedp.KeyEvent(kb.Tab))
	if !see[bool](tab, `document.querySelector('main').querySelector('a') === document.activeElement`) {
		t.Errorf("the next stop is %+v, want the first link of the content", see[focus](tab, focused))
	}
}

func contentWarnings(t *testing.T, w world) {
	for _, l := range looks() {
		t.Run(l.name, func(t *testing.T) {
			tab := w.open(t, l)
			tab.visit(w.newest)
			tab.wantWords([]string{"Content warning What becomes of Casaubon"}, "outgrows him")
			if tab.shows(".warning .words") {
				t.Error("the words are seen before anybody asked")
			}
			tab.do(chromedp.Click(chromedp.CSS(".warning > summary")))
			tab.wantWords([]string{"What becomes of Casaubon", "She outgrows him"})
			if !tab.shows(".warning .words") {
				t.Error("a click does not open the warning")
			}
			tab.wantFit(l.width)
			tab.do(chromedp.KeyEvent(kb.Enter)) // by the keyboard, back
			if tab.shows(".warning .words") {
				t.Error("the Enter key does not close it")
			}
		})
	}
}

// deepThread follows a conversation of two people to where a phone has no more room to set it in.
func deepThread(t *testing.T, w world) {
	club := emptyBookClub(t)
	const deepest = 12
	parent := club.say("ann", 2, 0, group.Post{Title: "Who will bring the cake?", HTML: "<p>Who will bring the cake?</p>"})
	for i := range deepest {
		user := []string{"ben", "eva"}[i%2]
		words := fmt.Sprintf("<p>Depth %d: I brought it last time, and the time before that, so it is somebody else's turn.</p>", i+1)
		parent = club.say(user, 1, 0, group.Post{InReplyTo: parent, HTML: words})
	}
	w = w.holding(t, club)
	for _, l := range append(looks(), look{name: "small phone", width: 320, height: 600}) {
		t.Run(l.name, func(t *testing.T) {
			tab := w.open(t, l)
			tab.visit(w.newest)
			tab.wantFit(l.width)
			boxes := see[[][2]float64](tab, `[...document.querySelectorAll('.comment > .said > .words')].map(e => {
				const box = e.getBoundingClientRect(); return [box.left, box.width];
			})`)
			if len(boxes) != deepest {
				t.Fatalf("%d comments are shown, want %d", len(boxes), deepest)
			}
			for i, box := range boxes {
				if i > 0 && i <= maxIndent && box[0] <= boxes[i-1][0] {
					t.Errorf("depth %d begins at %v, no further in than its parent at %v", i+1, box[0], boxes[i-1][0])
				}
				if i > maxIndent && box[0] != boxes[maxIndent][0] {
					t.Errorf("depth %d begins at %v, want %v: nothing is set in that far", i+1, box[0], boxes[maxIndent][0])
				}
				if box[1] < 220 {
					t.Errorf("depth %d is %v wide: too narrow to read", i+1, box[1])
				}
			}
			tab.wantWords([]string{"Depth 12", "answers Ben", "answers Eva Marková"})
			to := see[string](tab, `(() => { const all = document.querySelectorAll('.to a'); return all[all.length - 1].hash; })()`)
			tab.do(chromedp.Click(chromedp.CSS(`.comment:last-child > .said .to a`)))
			right := see[bool](tab, `document.querySelector(':target .words').textContent.includes('Depth 11')`)
			if got := tab.location(); !strings.HasSuffix(got, to) || !right {
				t.Errorf("the last comment says it answers %s", got)
			}
		})
	}
}

// permalinks opens the addresses of comments, as others link to them.
func permalinks(t *testing.T, w world) {
	threads, err := w.club.store.Threads(t.Context(), "books", 0, 1)
	if err != nil {
		t.Fatal(err)
	}
	posts, err := w.club.store.Thread(t.Context(), "books", threads[0].ID)
	if err != nil {
		t.Fatal(err)
	}
	last := posts[len(posts)-1]
	for _, l := range looks() {
		t.Run(l.name, func(t *testing.T) {
			tab := w.open(t, l)
			here := fmt.Sprintf("%s#comment-%d", w.newest, last.ID)
			for _, path := range []string{place(last), here} {
				tab.visit("/")
				tab.visit(path)
				if got := tab.location(); got != here {
					t.Errorf("%s leads to %s", path, got)
				}
				box := see[[2]float64](tab, `(() => {
					const box = document.querySelector(':target > .said').getBoundingClientRect(); return [box.top, box.bottom];
				})()`)
				if box[0] < 0 || box[1] > float64(l.height) {
					t.Errorf("%s is at %v of a window of %d", path, box, l.height)
				}
				if see[float64](tab, "scrollY") == 0 {
					t.Error("the page is too short to show that it scrolls")
				}
				ground := see[string](tab, `getComputedStyle(document.querySelector(':target > .said')).backgroundColor`)
				if ground == "rgba(0, 0, 0, 0)" {
					t.Errorf("%s does not stand out", path)
				}
				tab.wantContrast()
			}
		})
	}
}

// hostilePages shows what somebody sent who wants to run scripts, disfigure pages or hide in them, with scripts on.
func hostilePages(t *testing.T, w world) {
	club := emptyBookClub(t)
	const attack = `"><script>alert(1)</script><img src=x onerror=alert(1)><iframe src=//evil.example></iframe>`
	long := strings.Repeat("Donaudampfschifffahrtsgesellschaftskapitän", 12)
	club.home["mallory"] = "evil.example"
	save(t, club.store, store.Actor{
		URI: club.actor("mallory"), Handle: "@" + long + "@evil.example", Name: attack + long, URL: "javascript:alert(1)",
		Inbox: club.actor("mallory") + "/inbox", Fetched: closing(), Summary: "<p>" + long + "</p>",
	})
	club.ask(group.Request{Kind: group.Follow, By: group.Person{URI: club.actor("mallory")}, Groups: []string{origin + "/g/books"}})
	words := "<p>" + long + "</p><pre><code>" + long + "</code></pre><blockquote><ul><li>" + long + "</li></ul></blockquote>"
	first := club.say("mallory", 1, 0, group.Post{Title: attack + long, HTML: words, Warning: attack + long, Link: "javascript:alert(1)"})
	club.say("mallory", 1, 0, group.Post{InReplyTo: first, HTML: words, Link: "https://" + strings.Repeat("a", 63) + ".evil.example/"})
	handle := url.PathEscape("@" + long + "@evil.example")
	w = w.holding(t, club)
	for _, l := range []look{
		{name: "desktop", width: 1280, height: 900, scripts: true},
		{name: "phone", width: 360, height: 740, scripts: true},
		{name: "small phone", width: 320, height: 600, scripts: true},
	} {
		t.Run(l.name, func(t *testing.T) {
			tab := w.open(t, l)
			for _, path := range []string{"/g/books", w.newest, "/people/" + handle} {
				tab.visit(path)
				tab.wantFit(l.width)
				tab.wantWords([]string{"<script>alert(1)</script><img src=x"})
				n := see[int](tab, `document.querySelectorAll(
					'script, iframe, [onerror], img:not([src^="/static/icon.svg"]), a[href^="javascript:"]').length`)
				if n != 0 {
					t.Errorf("%s: %d hostile elements", path, n)
				}
			}
			tab.visit(w.newest)
			tab.do(chromedp.Click(chromedp.CSS(".warning > summary")))
			tab.wantFit(l.width)
			if n := see[int](tab, `document.querySelectorAll('a[href]').length`); n < 5 {
				t.Errorf("only %d links", n)
			}
		})
	}
}

// mirrored turns the pages round, as a language that is written from right to left would: they fit, and what was at one side is at
// the other.
func mirrored(t *testing.T, w world) {
	const sides = `(() => Object.fromEntries(['.face', '.site', '.by p', '.me', '.comments .comments'].map(s => [s, document.querySelector(s)])
		.filter(([, e]) => e !== null && e.checkVisibility()).map(([s, e]) => {
			const box = e.getBoundingClientRect(), width = document.documentElement.clientWidth;
			return [s, [Math.round(box.left), Math.round(width - box.right)]];
		})))()`
	for _, l := range []look{looks()[0], phone()} {
		tab := w.open(t, l)
		for _, path := range []string{"/", "/g/books", "/g/books?sort=top", w.newest, "/people/@ann@mastodon.example", "/search?q=book", "/sign-in", "/g/books/members"} {
			tab.visit(path)
			before := see[map[string][2]int](tab, sides)
			see[any](tab, "document.documentElement.dir = 'rtl', null")
			tab.wantFit(l.width)
			for what, side := range see[map[string][2]int](tab, sides) {
				if was := before[what]; abs(side[0]-was[1]) > 2 && abs(side[1]-was[0]) > 2 {
					t.Errorf("%s, %s: %s is %v from the sides, turned round %v", l.name, path, what, was, side)
				}
			}
		}
	}
}

func abs(n int) int { return max(n, -n) }

// folding closes and opens a branch by the keyboard, without scripts.
func folding(t *testing.T, w world) {
	tab := w.open(t, phone())
	tab.visit(w.newest)
	if !tab.shows(".fold .comment") {
		t.Fatal("the answers to a comment are not shown")
	}
	see[any](tab, `document.querySelector('.fold > summary').focus(), null`)
	tab.do(chromedp.KeyEvent(kb.Enter))
	if tab.shows(".fold:not([open]) .comment .words") {
		t.Error("the Enter key does not fold the branch")
	}
	call(tab, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: "print"})
	if !tab.shows(".fold:not([open]) .comment .words") {
		t.Error("what is folded is not printed")
	}
}

// paperPrint prints.
func paperPrint(t *testing.T, w world) {
	tab := w.open(t, look{width: 700, height: 1000, dark: true})
	call(tab, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Media: "print", Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: "dark"}},
	})
	for _, path := range []string{"/g/books", "/g/books/follow", w.newest} {
		tab.visit(path)
		if tab.shows("form") {
			t.Errorf("%s: a form on paper", path)
		}
		tab.wantContrast()
		if got := see[string](tab, "getComputedStyle(document.body).backgroundColor"); got != "rgb(255, 255, 255)" {
			t.Errorf("%s: paper is %s", path, got)
		}
		tab.wantFit(700)
	}
}

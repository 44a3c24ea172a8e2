//go:build browser

package web

import (
	"net/url"
	"testing"

	"github.com/chromedp/chromedp"

	"folkmoot/group"
)

// running lets somebody run a group from a phone without scripts, and somebody who was banned object.
func (d door) running(t *testing.T, w world) {
	g, err := d.st.Group(t.Context(), "books")
	if err != nil {
		t.Fatal(err)
	}
	g.Settings.Join, g.Settings.Review.All = group.JoinApproval, true
	if err := d.st.EditGroup(t.Context(), g, nil); err != nil {
		t.Fatal(err)
	}
	wish(t, d.st, group.Request{Kind: group.Follow, By: group.Person{URI: eve}})
	first := &group.Post{URI: bob + "/held", Author: bob, Title: "Hello", HTML: "<p>I am new here.</p>", Published: clock()}
	wish(t, d.st, group.Request{Kind: group.Publish, By: group.Person{URI: bob}, Post: first})
	wish(t, d.st, group.Request{Kind: group.Report, By: group.Person{URI: ann}, Target: bob + "/1", Text: "Unkind."})

	b := w.open(t, phone())
	d.enter(b, ann, "phone")
	b.visit("/g/books/run")
	b.wantWords([]string{"Wants to join (1)", "Posts held back (1)", "Reports (1)"})
	b.look("run-waiting")
	b.click(`form:has([value="admit"]) button`)
	b.wantWords([]string{"The account is a member now."})
	b.click(`form:has([value="approve"]) button`)
	b.wantWords([]string{"Undo"})
	ban := "/g/books/run/person?who=" + url.QueryEscape(bob)
	b.visit(ban)
	b.look("run-person")
	b.do(chromedp.Click(chromedp.CSS(`details:has([value="ban"]) summary`)))
	b.click(`details:has([value="ban"]) button`)
	b.wantWords([]string{"is banned", "Undo"})
	b.visit("/g/books/run/settings")
	b.choose("#icon", asPNG(t, corners(500, 400)))
	b.choose("#header", asJPEG(t, corners(1600, 600)))
	b.do(chromedp.Click(chromedp.CSS("#icon-alt")), chromedp.KeyEvent("Red and blue"))
	b.click(".pictures button")
	b.wantWords([]string{"The pictures are saved"})
	b.visit("/g/books")
	b.look("group-pictures")
	if got := see[string](b, "document.querySelector('.title img').naturalWidth + ' ' + document.querySelector('img.header').naturalWidth"); got != "400 1500" {
		t.Errorf("the pictures are %s points wide", got)
	}
	for name, path := range runPages() {
		b.visit(path)
		b.look(name)
	}

	banned := w.open(t, phone())
	d.enter(banned, bob, "banned")
	banned.visit("/g/books/appeal")
	banned.look("appeal")

	b = w.open(t, look{name: "desktop", width: 1280, height: 900, scripts: true})
	d.enter(b, ann, "desktop")
	for _, path := range runPages() {
		b.visit(path)
		b.axeClean()
	}
}

func runPages() map[string]string {
	return map[string]string{
		"run": "/g/books/run", "run-members": "/g/books/run/members?state=banned", "run-rules": "/g/books/run/rules",
		"run-settings": "/g/books/run/settings", "run-log": "/g/books/run/log", "run-owners": "/g/books/run/owners", "log": "/g/books/log",
		"run-post": "/g/books/run/post/1",
	}
}

// enter signs somebody in by a link.
func (d door) enter(b *tab, person, secret string) {
	b.Helper()
	link(b.T, d.st, secret, person, clock().Add(signInLasts))
	b.visit("/sign-in/link/" + secret)
	b.click("main form button")
}

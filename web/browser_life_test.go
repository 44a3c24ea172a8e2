//go:build browser

package web

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"folkmoot/group"
)

// life is that of a group, from its founding to a ban that is taken back: first on phones without scripts, then at desks with them.
func (d door) life(t *testing.T, w world) {
	if err := d.st.SetAdmin(t.Context(), ann, true); err != nil {
		t.Fatal(err)
	}
	ask := w.open(t, phone())
	d.enter(ask, ann, "life, phone")
	d.founds(ask)
	guest := w.open(t, phone())
	d.comesFromHome(guest, "/g/walks/join")
	d.isLetIn(ask, guest)
	d.writes(guest)

	desk := look{name: "desktop", width: 1280, height: 900, scripts: true}
	mod := w.open(t, desk)
	d.enter(mod, ann, "life, desktop")
	approves(mod)
	d.isReported(w.open(t, desk))
	bans(mod)
	guest = w.open(t, desk)
	d.comesFromHome(guest, "/g/walks/join")
	objects(guest)
	takesBack(mod)
	isBack(guest)
}

// fill types into a field that is empty.
func (b *tab) fill(field, words string) {
	b.Helper()
	b.do(chromedp.Click(chromedp.CSS(field)), chromedp.KeyEvent(words))
}

// founds lets an admin found a group whose moderators let people in and read first.
func (d door) founds(b *tab) {
	b.Helper()
	b.visit("/account")
	b.click(`a[href="/new-group"]`)
	b.look("life-new-group")
	b.fill("#title", "Slow walks")
	b.fill("#name", "walks")
	b.fill("#summary", "Flat, short, with a bench halfway.")
	b.click(".stack > button")
	b.wantWords([]string{"Slow walks is there", "@walks@groups.example"})
	see[any](b, `document.querySelector('#join').value = 'approval'`)
	b.fill("#questions", "Where do you like to walk?")
	b.do(chromedp.Click(chromedp.CSS("#all")))
	b.look("life-settings")
	b.click(".settings > button")
	b.wantWords([]string{"Undo"})
	b.visit("/g/walks")
	b.wantWords([]string{"Slow walks", "a bench halfway"})
}

// comesFromHome signs somebody in with their own server, which may post from here.
func (d door) comesFromHome(b *tab, to string) {
	b.Helper()
	b.visit("/sign-in?to=" + to)
	b.fill("#server", "@eve@evil.example")
	submit(b)
	b.click("main a.button") // says yes there
	if got := b.location(); got != to {
		b.Fatalf("comes back to %s", got)
	}
	b.elsewhere = nil // it was sent there by choice
}

// isLetIn answers the question, and waits until a moderator has read the answer.
func (d door) isLetIn(mod, guest *tab) {
	guest.Helper()
	guest.wantWords([]string{"Where do you like to walk?"})
	guest.fill("#answer", "Along the river, slowly.")
	guest.look("life-join")
	guest.click(`button[value="join"]`)
	guest.wantWords([]string{"You have asked to join."})
	mod.visit("/g/walks/run")
	mod.wantWords([]string{"Wants to join (1)", "Along the river, slowly."})
	mod.look("life-waiting")
	mod.click(`form:has([value="admit"]) button`)
	mod.wantWords([]string{"The account is a member now."})
	guest.visit("/g/walks/join")
	guest.wantWords([]string{"You are a member of this group."})
}

// writes has the own server publish a post. Enter in a line of the form shows it first, and posts nothing.
func (d door) writes(b *tab) {
	b.Helper()
	before := len(d.evil.posted)
	b.visit("/g/walks/new")
	b.fill("#words", "Is the towpath *dry* again?")
	b.fill("#title", "The towpath")
	submit(b)
	b.wantWords([]string{"Preview", "Is the towpath dry again?"}, "has posted it")
	b.look("life-compose")
	b.click(`.row button[value="post"]`)
	b.wantWords([]string{"evil.example has posted it"})
	if len(d.evil.posted) != before+1 {
		b.Fatalf("posted %v", d.evil.posted[before:])
	}
	d.arrives(d.evil.posted[before].Get("status"), b)
}

const eve = "https://evil.example/users/eve"

// arrives brings what the own server published, as the inbox does.
func (d door) arrives(words string, b *tab) {
	b.Helper()
	title, text, _ := strings.Cut(words, "\n\n")
	html, err := Markdown(text)
	if err != nil || !strings.Contains(text, "@walks@groups.example") {
		b.Fatalf("%q: %v", words, err)
	}
	p := &group.Post{URI: eve + "/1", Author: eve, Title: title, HTML: html, Published: clock()}
	outcomes, err := d.st.Apply(b.Context(), group.Request{
		Kind: group.Publish, By: group.Person{URI: eve}, Groups: []string{origin + "/g/walks"}, Post: p, At: clock(), Activity: eve + "/1/create",
	}, 0)
	if err != nil || len(outcomes) != 1 || outcomes[0].Decision.Verdict != group.Held {
		b.Fatalf("%+v %v", outcomes, err)
	}
	b.visit("/g/walks")
	b.wantWords(nil, "The towpath")
}

// tabTo goes to what a selector finds by the tabulator alone, and expects that the eye can follow.
func (b *tab) tabTo(selector string) {
	b.Helper()
	for range 80 {
		b.do(chromedp.KeyEvent(kb.Tab))
		if !see[bool](b, `document.activeElement.matches(%q)`, selector) {
			continue
		}
		if at := see[focus](b, focused); at.Ring < 2 || !at.Inside {
			b.Errorf("%s has the focus, and nobody sees it: %+v", selector, at)
		}
		return
	}
	b.Fatalf("the tabulator never comes to %s", selector)
}

// approves lets a post be shown, without a pointer.
func approves(b *tab) {
	b.Helper()
	b.visit("/g/walks/run")
	b.wantWords([]string{"Posts held back (1)", "Is the towpath dry again?"})
	b.axeClean()
	b.tabTo(`form:has([value="approve"]) button`)
	submit(b)
	b.wantWords([]string{"The post is shown now.", "Undo"}, "Posts held back")
	b.visit("/g/walks")
	b.wantWords([]string{"The towpath"})
}

// isReported tells the moderators about the post.
func (d door) isReported(b *tab) {
	b.Helper()
	d.enter(b, bob, "life, reporter")
	b.visit("/g/walks")
	b.click("h3 a[href*='/post/']")
	b.click("a[href$='/reply']")
	b.click("a[href$='/report']")
	b.fill("#why", "Advertises boots.")
	b.click("main .stack button")
	b.wantWords([]string{"Thank you. The moderators can see your report."})
}

// bans shuts the author out, for a reason, without a pointer.
func bans(b *tab) {
	b.Helper()
	b.visit("/g/walks/run")
	b.wantWords([]string{"Reports (1)", "Advertises boots."})
	b.axeClean()
	b.tabTo(`details:has([value="ban"]) > summary`)
	b.do(chromedp.KeyEvent(kb.Enter))
	b.tabTo(`details:has([value="ban"]) [name="reason"]`)
	b.do(chromedp.KeyEvent("No advertising here."))
	submit(b)
	b.wantWords([]string{"is banned", "Undo"}, "Reports (1)")
}

// objects finds the way to an appeal from where it says that one is banned. The pages about one's own post are looked at on the way.
func objects(b *tab) {
	b.Helper()
	b.wantWords([]string{"A moderator has shut you out of this group."})
	b.axeClean()
	b.visit("/g/walks")
	post := see[string](b, "document.querySelector(`h3 a[href*='/post/']`).getAttribute('href')")
	for _, path := range []string{"/edit", "/delete"} {
		b.visit(post + path)
		b.wantWords([]string{"evil.example"})
		b.axeClean()
	}
	b.visit("/g/walks/join")
	b.click(`a[href$="/appeal"]`)
	b.axeClean()
	b.fill("#words", "I asked about the path, and sell nothing.")
	b.click("main .stack button")
	b.wantWords([]string{"The appeal is kept"})
}

// takesBack decides for whoever objected, and lifts the ban.
func takesBack(b *tab) {
	b.Helper()
	b.visit("/g/walks/run")
	b.wantWords([]string{"Objections (1)", "sell nothing"})
	b.axeClean()
	b.do(chromedp.Click(chromedp.CSS(`details:has([value="overturn"]) > summary`)))
	b.fill(`details:has([value="overturn"]) [name="reason"]`, "It was a mistake.")
	b.click(`details:has([value="overturn"]) form button`)
	b.wantWords([]string{"The person concerned is told."}, "Objections (1)")
	b.visit("/g/walks/run/person?who=" + eve)
	b.axeClean()
	b.click(`form:has([value="unban"]) button`)
	b.wantWords([]string{"no longer banned"})
	b.visit("/g/walks/log")
	words := b.words()
	for _, act := range []string{"Banned", "No advertising here.", "Ban lifted"} {
		if !strings.Contains(words, act) {
			b.Errorf("the log does not show %q:\n%s", act, words)
		}
	}
	b.axeClean()
}

// isBack may ask to join again, as anybody may.
func isBack(b *tab) {
	b.Helper()
	b.visit("/g/walks/join")
	b.wantWords([]string{"Join Slow walks", "Where do you like to walk?"}, "shut you out")
	b.axeClean()
}

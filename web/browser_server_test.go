//go:build browser

package web

import (
	"errors"
	"path/filepath"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"folkmoot/group"
	"folkmoot/store"
)

// runningServer lets somebody run the server from a phone without scripts, and then from a desk.
func (d door) runningServer(t *testing.T, w world) {
	err := errors.Join(d.st.SetAdmin(t.Context(), ann, true), d.st.SetFounding(t.Context(), store.FoundApproval, ann),
		d.st.ReportServer(t.Context(), bob, "https://groups.example", "Where are the rules?", bob+"/flag"))
	wish(t, d.st, group.Request{Kind: group.Follow, By: group.Person{URI: eve}})
	for uri, name := range map[string]string{ann: "Ann", bob: "Bob"} {
		a := mustActorOr(t, d.st, uri)
		a.Name = name
		save(t, d.st, a)
	}
	known, found := d.st.Actor(t.Context(), bob)
	asks := store.WantedGroup{Name: "films", Title: "Films", Summary: "We watch one film a week and talk about it."}
	err = errors.Join(err, found, d.st.AskForGroup(t.Context(), known.ID, asks))
	peer, found := d.st.Host(t.Context(), "mastodon.example")
	failed := d.st.Failed(t.Context(), peer, store.Delivery{Seq: 1}, store.Failure{Words: "It answered 502 Bad Gateway.", Next: clock().Add(time.Hour)})
	if err = errors.Join(err, found, failed); err != nil {
		t.Fatal(err)
	}

	b := w.open(t, phone())
	d.enter(b, ann, "admin, phone")
	b.visit("/server")
	b.wantWords([]string{"1 group is asked for", "1 report only you can decide", "1 server does not take what is sent to it"})
	b.look("server")
	b.visit("/server/blocks?subject=evil.example#block")
	b.click(`form:has([name="level"]) button`)
	b.wantWords([]string{"Block evil.example?", "Followers lost: 1."})
	b.look("server-block")
	b.keep("server-block")
	b.click(`main form button`)
	b.wantWords([]string{"is in force", "Undo"})
	b.click(`.notice button`)
	b.wantWords([]string{"is lifted"})
	for name, path := range serverPages() {
		b.visit(path)
		b.look(name)
	}

	b = w.open(t, look{name: "desktop", width: 1200, height: 900, scripts: true})
	d.enter(b, ann, "admin, desktop")
	b.visit("/server/settings")
	b.do(chromedp.Click(chromedp.CSS("#text-")), chromedp.KeyEvent("We move house on **Sunday** evening."))
	b.click(`form[action="/server/announcement"] button`)
	b.wantWords([]string{"We move house on Sunday evening.", "Undo"})
	for _, path := range serverPages() {
		b.visit(path)
		b.axeClean()
	}
	b.click(`.me a`)
	b.keep("server")
}

func serverPages() map[string]string {
	return map[string]string{
		"server-groups": "/server/groups", "server-peers": "/server/peers", "server-peer": "/server/peers/mastodon.example",
		"server-blocks": "/server/blocks", "server-settings": "/server/settings", "server-activity": "/server/activity", "server-version": "/server/version", "server-log": "/server/log",
		"server-new-group": "/new-group",
	}
}

// keep keeps a picture of what is seen for the documentation, where -screenshots says where to.
func (b *tab) keep(name string) {
	b.Helper()
	if *screenshots == "" {
		return
	}
	picture, err := chromedp.Run(b.ctx, chromedp.CaptureScreenshot())
	if err == nil {
		err = savePicture(filepath.Join(*screenshots, name+".png"), picture)
	}
	if err != nil {
		b.Fatal(err)
	}
}

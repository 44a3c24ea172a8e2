//go:build browser

package web

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/chromedp"
)

// doors are the addresses at which the browser reaches the site over TLS, as people do, and a server of its reader.
type doors struct{ front, home *httptest.Server }

func newDoors() doors {
	return doors{front: httptest.NewUnstartedServer(nil), home: httptest.NewUnstartedServer(nil)}
}

// hosts are the names of both, for the browser.
func (d doors) hosts(more map[string]string) map[string]string {
	more["groups.example"], more["evil.example"] = d.front.Listener.Addr().String(), d.home.Listener.Addr().String()
	return more
}

func (d doors) serve(t *testing.T, site, own http.Handler) {
	t.Helper()
	d.front.Config.Handler, d.home.Config.Handler = site, own
	for _, s := range []*httptest.Server{d.front, d.home} {
		s.StartTLS()
		t.Cleanup(s.Close)
	}
}

// click presses what a selector finds and waits for the page it leads to.
func (b *tab) click(selector string) {
	b.Helper()
	if _, err := chromedp.RunResponse(b.ctx, chromedp.Click(chromedp.CSS(selector))); err != nil {
		b.Fatalf("click %s: %v", selector, err)
	}
}

// choose has a field of files send one.
func (b *tab) choose(selector string, file []byte) {
	b.Helper()
	path := filepath.Join(b.TempDir(), "picture")
	if err := os.WriteFile(path, file, 0o600); err != nil {
		b.Fatal(err)
	}
	b.do(chromedp.SetUploadFiles(chromedp.CSS(selector), []string{path}))
}

// comingIn signs in both ways, writes and joins, on a phone without scripts, and looks at each page on the way.
func comingIn(t *testing.T, w world) {
	d := newDoor(t)
	w.doors.serve(t, d.h, d.evil.handler())
	w.base = "https://groups.example"
	t.Run("own server", func(t *testing.T) {
		b := w.open(t, phone())
		b.visit("/sign-in?to=%2Fg%2Fbooks%2Fnew")
		b.look("sign-in")
		b.do(chromedp.Click(chromedp.CSS("#server")), chromedp.KeyEvent("@eve@evil.example"))
		submit(b)
		b.wantWords([]string{"Continue at evil.example"})
		b.click("main a.button") // says yes there
		if got := b.location(); got != "/g/books/new" {
			t.Fatalf("comes back to %s", got)
		}
		b.elsewhere = nil // it was sent there by choice
		b.do(chromedp.Click(chromedp.CSS("#words")), chromedp.KeyEvent("What about *Emma*?"))
		b.choose("#picture", asJPEG(t, corners(120, 90)))
		b.click(`.row button[value="preview"]`)
		b.wantWords([]string{"What about Emma?", "Preview", "What it shows"})
		b.do(chromedp.Click(chromedp.CSS(".attachment textarea")), chromedp.KeyEvent("Emma, red and blue"))
		b.look("compose")
		b.click(`button[value="post"]`)
		b.wantWords([]string{"evil.example has posted it"})
		if n := len(d.evil.posted); n != 1 || len(d.evil.media) != 1 || d.evil.media[0].alt != "Emma, red and blue" {
			t.Errorf("posted %d times, %v", n, d.evil.posted)
		}
	})
	t.Run("code", func(t *testing.T) {
		b := w.open(t, phone())
		b.visit("/sign-in?to=%2Fg%2Fbooks%2Fjoin")
		b.click(`form[action="/sign-in/code"] button`)
		b.look("code")
		if err := d.st.ConfirmSignIn(t.Context(), see[string](b, "document.querySelector('.code code').textContent"), bob); err != nil {
			t.Fatal(err)
		}
		b.click("main a.button") // I have sent it
		b.wantWords([]string{"@bob@mastodon.example"})
		b.click(`form[action="/sign-in/code/use"] button`)
		b.click(`button[value="join"]`)
		b.wantWords([]string{"You are a member of the group now.", "Undo"})
		b.look("join")
		b.visit("/g/books/post/1/reply")
		b.look("reply")
		b.click(`button[value="like"]`)
		b.wantWords([]string{"You like this post."})
		b.visit("/account")
		b.look("account")
		b.visit("/g/books/post/1/report")
		b.look("report")
	})
	t.Run("accessible", func(t *testing.T) { d.accessible(t, w) })
	t.Run("the life of a group", func(t *testing.T) { d.life(t, w) })
	t.Run("running a group", func(t *testing.T) { d.running(t, w) })
	t.Run("running the server", func(t *testing.T) { d.runningServer(t, w) })
}

// accessible looks at the pages of whoever is signed in.
func (d door) accessible(t *testing.T, w world) {
	link(t, d.st, "axe", ann, clock().Add(signInLasts))
	b := w.open(t, look{name: "phone", width: 360, height: 740, scripts: true})
	b.visit("/sign-in/link/axe")
	b.axeClean()
	b.click("main form button")
	for _, path := range []string{"/account", "/g/books/new", "/g/books/join", "/g/books/post/1/reply", "/g/books/post/2/report", "/g/books"} {
		b.visit(path)
		b.axeClean()
	}
}

// look fails unless a page fits the screen, and keeps a picture of it where FOLKMOOT_LOOK names a folder.
func (b *tab) look(name string) {
	b.Helper()
	b.wantFit(360)
	folder := os.Getenv("FOLKMOOT_LOOK")
	if folder == "" {
		return
	}
	shot, err := chromedp.Run(b.ctx, chromedp.FullScreenshot(100))
	if err == nil {
		err = os.WriteFile(filepath.Join(folder, name+".png"), shot, 0o600)
	}
	if err != nil {
		b.Fatal(err)
	}
}

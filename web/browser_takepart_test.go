//go:build browser

package web

import (
	"fmt"
	"html"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// copyHandle copies the handle as people do, where no script may help.
func copyHandle(t *testing.T, w world) {
	for _, l := range looks()[:3] {
		t.Run(l.name, func(t *testing.T) {
			tab := w.open(t, l)
			tab.visit("/g/books")
			tab.do(chromedp.Click(chromedp.CSS("code.copy")))
			if got := see[string](tab, "String(getSelection())"); got != "@books@groups.example" {
				t.Fatalf("a click selects %q", got)
			}
			press(tab, "c", "copy")
			tab.do(chromedp.Click(chromedp.CSS("#server")))
			press(tab, "v", "paste")
			if got := see[string](tab, "document.querySelector('#server').value"); got != "@books@groups.example" {
				t.Errorf("what was copied is %q", got)
			}
		})
	}
}

// press presses a key with Ctrl, which stands for an editing command.
func press(b *tab, key, command string) {
	b.Helper()
	call(b, input.DispatchKeyEvent, input.DispatchKeyEventParams{
		Type: input.DispatchKeyEventTypeKeyDown, Key: key, Code: "Key" + strings.ToUpper(key), Modifiers: int64(chromedp.ModifierCtrl),
		Commands: []string{command},
	})
}

// ownServer is the server of a reader, on loopback.
type ownServer struct {
	*httptest.Server
	told atomic.Int32 // how often it was told where its reader came from
}

func newOwnServer(t *testing.T) *ownServer {
	t.Helper()
	s := &ownServer{}
	s.Server = httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Referer") != "" {
			s.told.Add(1)
		}
		w.Header().Set("Content-Type", "text/html")
		fmt.Fprintf(w, "<!doctype html><link rel=icon href=data:,><p>Follow %s?", html.EscapeString(r.URL.Query().Get("uri")))
	}))
	t.Cleanup(s.Close)
	return s
}

// followFromHere goes from the group's page to the reader's own server.
func followFromHere(t *testing.T, w world) {
	const authorize = "https://mastodon.example/authorize_interaction?uri=https%3A%2F%2Fgroups.example%2Fg%2Fbooks"
	for _, l := range looks()[1:3] {
		t.Run(l.name, func(t *testing.T) {
			tab := w.open(t, l)
			tab.visit("/g/books")
			tab.do(chromedp.Click(chromedp.CSS("#server")), chromedp.KeyEvent("ann"))
			submit(tab)
			tab.wantWords([]string{"That does not look like a server."})
			tab.expectComplaint("a status of 400")
			if got := see[string](tab, "document.querySelector('#server').value"); got != "ann" {
				t.Errorf("what was entered is gone: %q", got)
			}
			tab.do(chromedp.Click(chromedp.CSS("#server")), chromedp.KeyEvent(kb.End), chromedp.KeyEvent("@Mastodon.example"))
			submit(tab)
			if got := tab.location(); got != "/g/books/follow?server=ann%40Mastodon.example" {
				t.Errorf("the form leads to %s", got)
			}
			tab.wantWords([]string{"Continue at mastodon.example", "@books@groups.example"})
			if _, err := chromedp.RunResponse(tab.ctx, chromedp.Click(chromedp.CSS("a.button"))); err != nil {
				t.Fatal(err)
			}
			if got := see[string](tab, "location.href"); got != authorize {
				t.Errorf("the reader is at %s", got)
			}
			tab.wantWords([]string{"Follow https://groups.example/g/books?"})
			tab.expectElsewhere(authorize)
		})
	}
	if n := w.own.told.Load(); n > 0 {
		t.Errorf("the own server was told %d times where its reader came from", n)
	}
}

// submit presses Enter in the form and waits for the answer.
func submit(b *tab) {
	b.Helper()
	if _, err := chromedp.RunResponse(b.ctx, chromedp.KeyEvent(kb.Enter)); err != nil {
		b.Fatal(err)
	}
}

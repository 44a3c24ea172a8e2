//go:build browser

// These tests look at the pages in a real Chromium, which must be installed: go test -tags browser ./web

package web

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// look is what somebody looks at the pages with.
type look struct {
	name          string
	width, height int64
	dark          bool
	scripts       bool // left on, for pages that must not run any
}

func looks() []look {
	return []look{
		{name: "desktop, light", width: 1280, height: 900},
		{name: "desktop, dark", width: 1280, height: 900, dark: true},
		{name: "phone, light", width: 360, height: 740},
		{name: "phone, dark", width: 360, height: 740, dark: true},
	}
}

func phone() look { return looks()[2] }

// world is what the tests share: a browser, the site it reads, and the server that its reader has an account at.
type world struct {
	browser context.Context
	own     *ownServer
	doors   doors
	club    *bookClub
	base    string // of the site
	newest  string // where the newest thread is shown
}

func TestPagesInChromium(t *testing.T) {
	own := newOwnServer(t)
	d := newDoors()
	w := world{browser: chromium(t, d.hosts(map[string]string{"mastodon.example": own.Listener.Addr().String()})), own: own, doors: d}
	w = w.holding(t, newBookClub(t))
	for _, test := range []struct {
		name string
		run  func(*testing.T, world)
	}{
		{"accessible", accessible},
		{"reading", reading},
		{"keyboard", keyboard},
		{"skip link", skipLink},
		{"content warnings", contentWarnings},
		{"deep thread", deepThread},
		{"permalinks", permalinks},
		{"hostile pages", hostilePages},
		{"paper", paperPrint},
		{"folding", folding},
		{"mirrored", mirrored},
		{"copy the handle", copyHandle},
		{"follow from here", followFromHere},
		{"search by keyboard", searchByKeyboard},
		{"coming in", comingIn},
	} {
		t.Run(test.name, func(t *testing.T) { test.run(t, w) })
	}
}

// holding is the same world with another site.
func (w world) holding(t *testing.T, club *bookClub) world {
	t.Helper()
	threads, err := club.store.Threads(t.Context(), "books", 0, 1)
	if err != nil || len(threads) != 1 {
		t.Fatalf("the newest thread: %v %v", threads, err)
	}
	w.club, w.base, w.newest = club, serveSite(t, club.site), place(threads[0])
	return w
}

// chromium starts a browser that reaches loopback alone. Hosts maps names to loopback addresses.
func chromium(t *testing.T, hosts map[string]string) context.Context {
	t.Helper()
	rules := "MAP * ~NOTFOUND , EXCLUDE 127.0.0.1"
	for name, addr := range hosts {
		rules = "MAP " + name + " " + addr + " , " + rules
	}
	options := []chromedp.ExecAllocatorOption{
		chromedp.NoFirstRun, chromedp.NoDefaultBrowserCheck, chromedp.Headless, chromedp.UserDataDir(t.TempDir()),
		chromedp.Flag("no-sandbox", true), // tests run as root in containers, and show the browser nothing but our pages
		chromedp.Flag("host-resolver-rules", rules), chromedp.Flag("ignore-certificate-errors", true),
	}
	for _, flag := range []string{
		"disable-gpu", "disable-quic", "disable-background-networking", "disable-component-update", "disable-sync",
		"disable-dev-shm-usage", "disable-extensions", "disable-lcd-text", "hide-scrollbars",
	} {
		options = append(options, chromedp.Flag(flag, true))
	}
	options = append(options, chromedp.Flag("force-color-profile", "srgb"))
	ctx, cancel := chromedp.NewExecAllocator(context.Background(), options...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("start Chromium, which these tests need (Debian: apt-get install chromium): %v", err)
	}
	return ctx
}

// tab is a page open in the browser. It fails its test when the page complains, runs a script, or asks another server.
type tab struct {
	*testing.T
	ctx  context.Context
	base string

	mu        sync.Mutex
	noticed   []string // complaints
	elsewhere []string // addresses on other servers that were asked for
}

func (w world) open(t *testing.T, l look) *tab {
	t.Helper()
	b := &tab{T: t, base: w.base}
	ctx, cancel := chromedp.NewContext(w.browser, chromedp.WithNewBrowserContext())
	t.Cleanup(cancel)
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("open a tab: %v", err)
	}
	ctx, cancel = context.WithTimeout(ctx, time.Minute)
	t.Cleanup(cancel)
	b.ctx = ctx
	if err := chromedp.Listen(ctx, b.notice); err != nil {
		t.Fatal(err)
	}
	scheme := "light"
	if l.dark {
		scheme = "dark"
	}
	if l.width < 600 {
		b.do(chromedp.EmulateViewport(l.width, l.height, chromedp.EmulateMobile, chromedp.EmulateTouch, chromedp.EmulatePortrait))
	} else {
		b.do(chromedp.EmulateViewport(l.width, l.height))
	}
	call(b, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}},
	})
	call(b, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: !l.scripts})
	t.Cleanup(func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		if len(b.noticed) > 0 {
			t.Errorf("the browser complains:\n%s", strings.Join(b.noticed, "\n"))
		}
		if len(b.elsewhere) > 0 {
			t.Errorf("the page asked other servers:\n%s", strings.Join(b.elsewhere, "\n"))
		}
	})
	return b
}

// notice collects what must not happen.
func (b *tab) notice(event any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch e := event.(type) {
	case *log.EventEntryAdded: // violations of the policy among them
		b.noticed = append(b.noticed, fmt.Sprintf("%s %s: %s %s", e.Entry.Source, e.Entry.Level, e.Entry.Text, e.Entry.URL))
	case *runtime.EventConsoleAPICalled:
		b.noticed = append(b.noticed, "a script wrote to the console")
	case *runtime.EventExceptionThrown:
		b.noticed = append(b.noticed, "a script failed: "+e.ExceptionDetails.Text)
	case *page.EventJavascriptDialogOpening:
		b.noticed = append(b.noticed, "a script opened a dialog: "+e.Message)
	case *network.EventRequestWillBeSent:
		if !strings.HasPrefix(e.Request.URL, b.base+"/") {
			b.elsewhere = append(b.elsewhere, e.Request.URL)
		}
	}
}

// expectComplaint takes note of the one complaint that belongs to the test.
func (b *tab) expectComplaint(words string) {
	b.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.noticed) != 1 || !strings.Contains(b.noticed[0], words) {
		b.Errorf("the browser complains %q, want %q alone", b.noticed, words)
	}
	b.noticed = nil
}

// expectElsewhere takes note of the one address on another server that the reader chose to go to.
func (b *tab) expectElsewhere(want string) {
	b.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.elsewhere) != 1 || b.elsewhere[0] != want {
		b.Errorf("asked other servers for %q, want %q alone", b.elsewhere, want)
	}
	b.elsewhere = nil
}

func (b *tab) do(steps ...chromedp.Action[chromedp.Void]) {
	b.Helper()
	if err := chromedp.Do(b.ctx, steps...); err != nil {
		b.Fatal(err)
	}
}

func call[P, R any](b *tab, command cdp.Command[P, R], params P) R {
	b.Helper()
	answer, err := chromedp.Call(b.ctx, command, params)
	if err != nil {
		b.Fatalf("%s: %v", command.Method, err)
	}
	return answer
}

// visit opens a page and expects its status.
func (b *tab) visit(path string) {
	b.Helper()
	answer, err := chromedp.Run(b.ctx, chromedp.NavigateResponse(b.base+path))
	if err != nil {
		b.Fatalf("%s: %v", path, err)
	}
	if answer == nil || answer.Status != http.StatusOK {
		b.Fatalf("%s: %+v", path, answer)
	}
}

// see evaluates an expression in the page. The browser can do so where the page itself may run nothing.
func see[T any](b *tab, expression string, args ...any) T {
	b.Helper()
	v, err := chromedp.Run(b.ctx, chromedp.Evaluate[T](fmt.Sprintf(expression, args...)))
	if err != nil {
		b.Fatalf("%s: %v", expression, err)
	}
	return v
}

// location is where the tab is, without the server.
func (b *tab) location() string {
	b.Helper()
	u, err := url.Parse(see[string](b, "location.href"))
	if err != nil {
		b.Fatal(err)
	}
	return u.RequestURI() + strings.TrimSuffix("#"+u.Fragment, "#")
}

// serveSite serves the pages over loopback.
func serveSite(t *testing.T, s *Site) string {
	t.Helper()
	h, err := s.Handler()
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	return srv.URL
}

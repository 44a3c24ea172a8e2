//go:build browser

package web

import (
	"os"
	"testing"

	"github.com/chromedp/chromedp"
)

// axeScript is axe-core, which finds faults of accessibility; npm puts it there (see .ci/run).
const axeScript = "testdata/axe/node_modules/axe-core/axe.min.js"

// axeRun looks for what WCAG 2.2 AA forbids. It lists the rule, what is wrong, and where.
const axeRun = `axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'], resultTypes: ['violations']})
	.then(r => r.violations.flatMap(v => v.nodes.map(n => v.id + ': ' + n.failureSummary.replaceAll('\n', ' ') + ' ' + n.html)))`

// axeClean fails its test for whatever on the page WCAG 2.2 AA forbids. The tab must be open with scripts.
func (b *tab) axeClean() {
	b.Helper()
	source, err := os.ReadFile(axeScript)
	if err != nil {
		b.Fatalf("%v; get it with: (cd web/testdata/axe && npm ci)", err)
	}
	see[any](b, "%s", string(source)+"\nnull")
	found, err := chromedp.Run(b.ctx, chromedp.Evaluate[[]string](axeRun, chromedp.EvalAwaitPromise))
	if err != nil {
		b.Fatalf("axe: %v", err)
	}
	for _, fault := range found {
		b.Errorf("%s: %s", b.location(), fault)
	}
}

// accessible looks at every page that strangers see.
func accessible(t *testing.T, w world) {
	for _, l := range []look{
		{name: "desktop, light", width: 1280, height: 900, scripts: true}, {name: "phone, dark", width: 360, height: 740, dark: true, scripts: true},
	} {
		t.Run(l.name, func(t *testing.T) {
			b := w.open(t, l)
			for _, path := range []string{
				"/", "/g/books", "/g/books?before=2", "/g/books/follow", w.newest, "/people/@ann@mastodon.example", "/sign-in", "/search?q=book",
				"/g/books/members",
			} {
				b.visit(path)
				b.axeClean()
			}
		})
	}
}

package web

import (
	"net/http"
	"sync"
	"testing"
)

// Many read, search and come in at once, in all languages, strangers and people who come in. The race detector looks on in CI.
func TestManyReadersAtOnce(t *testing.T) {
	d := newDoor(t)
	var wg sync.WaitGroup
	for _, language := range []string{"en", "de", "fr", "es", "en", "de", "fr", "es"} {
		v := browse(t, d.h)
		wg.Go(func() {
			for range 3 {
				for _, path := range []string{
					"/", "/g/books", "/g/books/post/1", "/people/@ann@mastodon.example", "/sign-in", "/search?q=book", "/g/books/members",
					"/g/books/feed.atom", "/account",
				} {
					w := v.ask(http.MethodGet, path, nil, "Accept-Language", language)
					if w.Code != http.StatusOK && w.Code != http.StatusSeeOther {
						t.Errorf("%s in %s: %d", path, language, w.Code)
					}
				}
				v.post("/sign-in/code")
				v.post("/language", "language", language)
			}
		})
	}
	wg.Wait()
}

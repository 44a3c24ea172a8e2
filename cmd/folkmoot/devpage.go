package main

import (
	_ "embed"
	"html/template"
	"net/http"
	"slices"
)

//go:embed devpage.html
var devPage string

// pageHandler shows what has passed so far, newest first. The page asks again every two seconds, without a script.
func (d *demo) pageHandler() http.Handler {
	page := template.Must(template.New("dev").Parse(devPage))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/" {
			http.NotFound(w, r)
			return
		}
		d.mu.Lock()
		events := slices.Clone(d.events)
		d.mu.Unlock()
		slices.Reverse(events)
		rows := []devRow{}
		for _, s := range events {
			rows = append(rows, devRow{At: s.At.Format("15:04:05"), Step: s.Server == "", Out: s.Out, Way: s.way(), shown: s})
		}
		h := w.Header()
		h.Set("Content-Type", "text/html; charset=utf-8")
		h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'")
		_ = page.Execute(w, map[string]any{ // a reader that hung up wants nothing more
			"Rows": rows, "Books": d.books.origin + "/g/books", "Town": d.town.origin + "/g/town",
			"Ann": d.peer.Home("ann"), "Bob": d.peer.Home("bob"), "Max": d.peer.Private("max"),
		})
	})
}

type devRow struct {
	At, Way   string
	Step, Out bool
	shown
}

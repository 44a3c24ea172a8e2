package web

import (
	"html/template"
	"net/url"
	"strconv"
	"strings"
	"time"

	"folkmoot/store"
)

// functions are what templates may call.
func functions() template.FuncMap {
	return template.FuncMap{
		"sanitised": func(html string) template.HTML { return template.HTML(html) }, //nolint:gosec // sanitised when it was received
		"date":      func(t time.Time) string { return t.UTC().Format("2 January 2006, 15:04") + " UTC" },
		"day":       func(t time.Time) string { return t.UTC().Format("2 January 2006") },
		"iso":       func(t time.Time) string { return t.UTC().Format(time.RFC3339) },
		"person":    personName,
		"personURL": personURL,
		"original":  original,
		"hostname":  hostname,
		"count":     count,
	}
}

// personName is what people are called by: their name, else their handle, else their URI.
func personName(a store.Actor) string {
	for _, name := range []string{a.Name, a.Handle} {
		if name != "" {
			return name
		}
	}
	return a.URI
}

// personURL is the page about a person here, or their own page if no handle is known.
func personURL(a store.Actor) string {
	if a.Handle == "" {
		return a.URI
	}
	return "/people/" + url.PathEscape(a.Handle)
}

// original is where a post lives.
func original(p store.Post) string {
	if p.URL != "" {
		return p.URL
	}
	return p.URI
}

func hostname(uri string) string {
	u, err := url.Parse(uri)
	if err != nil {
		return ""
	}
	return strings.TrimPrefix(u.Hostname(), "www.")
}

// count says how many of something there are: "1 comment", "3 comments".
func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.Itoa(n) + " " + many
}

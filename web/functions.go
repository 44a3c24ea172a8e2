package web

import (
	"hash/fnv"
	"html"
	"html/template"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode"

	"folkmoot/group"
	"folkmoot/store"
)

// functions are what templates may call, in one language.
func functions(c *catalogue) template.FuncMap {
	return template.FuncMap{
		"t":          c.T,
		"h":          c.H,
		"sanitised":  func(html string) template.HTML { return template.HTML(html) }, // #nosec G203 -- sanitised when it was received
		"date":       c.date,
		"day":        c.day,
		"time":       c.timeElement,
		"iso":        func(t time.Time) string { return t.UTC().Format(time.RFC3339) },
		"when":       when,
		"person":     personName,
		"personURL":  personURL,
		"profile":    profile,
		"original":   original,
		"place":      place,
		"hostname":   hostname,
		"count":      c.count,
		"excerpt":    excerpt,
		"heading":    c.heading,
		"tagsOf":     tagsOf,
		"tagPlace":   tagPlace,
		"speaks":     speaksForItself,
		"media":      c.mediaWords,
		"initial":    initial,
		"hue":        hue,
		"reached":    reached,
		"bold":       element("b"),
		"code":       element("code"),
		"apart":      element("bdi"),
		"link":       anchor,
		"named":      named,
		"act":        newActForm,
		"because":    func(r group.Reason) string { return r.SentenceIn(c.Code()) },
		"manage":     managePlace,
		"done":       c.doneWords,
		"serverDone": c.serverDone,
		"size":       c.megabytes,
		"keptFor":    c.days,
		"failure":    c.failure,
		"scheme":     schemeName,
	}
}

// when is the time to show for a post: its author's, unless that cannot be.
func when(p store.Post) time.Time {
	if p.Published.Unix() <= 0 || p.Published.After(p.Filed.Add(24*time.Hour)) {
		return p.Filed
	}
	return p.Published
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

// profile is a person's page at their own server.
func profile(a store.Actor) string {
	if a.URL != "" {
		return a.URL
	}
	return a.URI
}

// original is where a post lives.
func original(p store.Post) string {
	if p.URL != "" {
		return p.URL
	}
	return p.URI
}

// place is where a post is shown here. A comment's address leads to the page of its thread that shows it.
func place(p store.Post) string {
	kind := "/post/"
	if p.Parent != 0 {
		kind = "/comment/"
	}
	return "/g/" + url.PathEscape(p.Group) + kind + strconv.FormatInt(p.ID, 10)
}

// placeAfter is the page of a thread that begins after a comment.
func placeAfter(first store.Post, comment int64) string {
	return place(first) + "?after=" + strconv.FormatInt(comment, 10)
}

func hostname(uri string) string {
	u, err := url.Parse(uri)
	if err != nil {
		return ""
	}
	return strings.TrimPrefix(u.Hostname(), "www.")
}

// count says how many of something there are: "no comments", "1 comment", "3 comments".
func (c *catalogue) count(what string, n int) string {
	if n == 0 {
		return c.T("reading.none." + what)
	}
	return c.T("reading.count."+what, n)
}

// element puts words into an HTML element, for texts that take one as an argument.
func element(name string) func(string) template.HTML {
	return func(words string) template.HTML {
		return template.HTML("<" + name + ">" + html.EscapeString(words) + "</" + name + ">") // #nosec G203 -- escaped here
	}
}

// anchor is a link to a place here.
func anchor(to, words string) template.HTML {
	return template.HTML(`<a href="` + html.EscapeString(localPlace(to)) + `"><bdi>` + html.EscapeString(words) + `</bdi></a>`) // #nosec G203 -- escaped here
}

// localPlace is a path here, or a place on the same page.
func localPlace(to string) string {
	if strings.HasPrefix(to, "#") {
		return to
	}
	return localPath(to)
}

// timeElement is a day that programs can read too.
func (c *catalogue) timeElement(t time.Time) template.HTML {
	at := t.UTC().Format(time.RFC3339)
	return template.HTML(`<time datetime="` + at + `">` + html.EscapeString(c.day(t)) + `</time>`) // #nosec G203 -- escaped here
}

// named is a person with their handle.
func named(a store.Actor) template.HTML {
	out := "<b><bdi>" + html.EscapeString(personName(a)) + "</bdi></b>"
	if a.Handle != "" {
		out += ` <bdi class="handle">` + html.EscapeString(a.Handle) + "</bdi>"
	}
	return template.HTML(out) // #nosec G203 -- escaped here
}

// reached is who runs the server, with a link where there is one.
func reached(contact string) template.HTML {
	words := html.EscapeString(contact)
	if to := reach(contact); to != "" {
		return template.HTML(`<a href="` + html.EscapeString(to) + `">` + words + "</a>") // #nosec G203 -- escaped here
	}
	return template.HTML(`<span class="pick">` + words + "</span>") // #nosec G203 -- escaped here
}

// initial stands for a picture: pictures would have to come from elsewhere, and tell who reads.
func initial(name string) string {
	for _, r := range name {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return string(unicode.ToUpper(r))
		}
	}
	return "·"
}

// hue picks one of the style sheet's colours for an address, always the same.
func hue(uri string) string {
	const colours = 6
	h := fnv.New32a()
	_, _ = h.Write([]byte(uri)) // a hash takes everything
	return "c" + strconv.Itoa(int(h.Sum32()%colours))
}

// reach is a link to whoever runs the server, "" if what they gave is none: an e-mail address, a page, or a handle, which
// every server has at a place of its own.
func reach(contact string) string {
	switch {
	case strings.HasPrefix(contact, "https://"):
		return contact
	case strings.Count(contact, "@") == 1 && strings.Index(contact, "@") > 0 && !strings.ContainsAny(contact, " :/?"):
		return "mailto:" + contact
	}
	return ""
}

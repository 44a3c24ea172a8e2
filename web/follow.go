package web

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"golang.org/x/net/idna"
)

type followData struct {
	joinData
	Server string // as entered, checked; "" if it names no server
	Link   string
}

// follow leads people to their own server, where they can follow. It shows a link instead of redirecting, so that nobody
// can use this server's good name to send people elsewhere.
func (s *Site) follow(r *http.Request) (view, error) {
	g, err := s.Store.Group(r.Context(), r.PathValue("name"))
	if err != nil {
		return view{}, err
	}
	data := followData{joinData: s.join(g)}
	data.Entered = strings.TrimSpace(r.URL.Query().Get("server"))
	data.Server = serverOf(data.Entered)
	v := view{Page: "follow", Title: s.languageOf(r).T("reading.follow.title", g.Title), Unlisted: true}
	switch {
	case data.Server != "":
		data.Link = "https://" + data.Server + "/authorize_interaction?uri=" + url.QueryEscape(g.URI)
	case data.Entered != "":
		v.Status = http.StatusBadRequest
	}
	v.Data = data
	return v, nil
}

// serverOf reads the server from what people enter: "mastodon.example", "@ann@mastodon.example" or the address of any of
// its pages. Names in other scripts come back as they travel (xn--…), which no look-alike survives.
func serverOf(entered string) string {
	name := strings.ToLower(strings.TrimSpace(entered))
	if scheme, rest, ok := strings.Cut(name, "://"); ok {
		if scheme != "https" && scheme != "http" {
			return ""
		}
		name = rest
	}
	if i := strings.IndexAny(name, "/?#"); i >= 0 {
		name = name[:i]
	}
	name = name[strings.LastIndexByte(name, '@')+1:]
	host, port, _ := strings.Cut(name, ":")
	host, err := idna.New(idna.MapForLookup(), idna.BidiRule(), idna.VerifyDNSLength(true)).ToASCII(host)
	if err != nil {
		return ""
	}
	if port != "" {
		host += ":" + port
	}
	if !regexp.MustCompile(`^([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z][a-z0-9-]*[a-z0-9](:[0-9]{1,5})?$`).MatchString(host) {
		return ""
	}
	return host
}

package web

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"folkmoot/store"
)

type followData struct {
	Group  store.Group
	Handle string
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
	data := followData{Group: g, Handle: s.handle(g.Name), Server: serverOf(r.URL.Query().Get("server"))}
	v := view{Page: "follow", Title: "Follow " + g.Title}
	if data.Server == "" {
		v.Status = http.StatusBadRequest
	} else {
		data.Link = "https://" + data.Server + "/authorize_interaction?uri=" + url.QueryEscape(g.URI)
	}
	v.Data = data
	return v, nil
}

// serverOf reads the server from what people enter: "mastodon.example", "@ann@mastodon.example" or an address.
func serverOf(entered string) string {
	name := strings.ToLower(strings.TrimSpace(entered))
	if _, rest, ok := strings.Cut(name, "://"); ok {
		name, _, _ = strings.Cut(rest, "/")
	}
	name = name[strings.LastIndexByte(name, '@')+1:]
	if len(name) > 253 || !regexp.MustCompile(`^([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z][a-z0-9-]*[a-z0-9](:[0-9]{1,5})?$`).MatchString(name) {
		return ""
	}
	return name
}

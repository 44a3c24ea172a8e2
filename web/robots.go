package web

import (
	"bytes"
	"encoding/xml"
	"io"
	"net/http"
	"time"
)

// robots tells search engines what is not for them. Pages that they may read and not show say so themselves (noindex).
func (s *Site) robots(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "public, max-age=3600")
	_, _ = io.WriteString(w, "User-agent: *\nDisallow: /search\nDisallow: /account\nDisallow: /sign-in\nDisallow: /your-data/\n\nSitemap: "+
		s.Origin+"/sitemap.xml\n") // a reader that hung up wants nothing more
}

// siteMapThreads is how many threads the site map names, the newest: a map may name 50,000 places.
const siteMapThreads = 5_000

// mapped is a map as sitemaps.org has it.
type mapped struct {
	XMLName xml.Name      `xml:"http://www.sitemaps.org/schemas/sitemap/0.9 urlset"`
	Places  []mappedPlace `xml:"url"`
}

type mappedPlace struct {
	Address string `xml:"loc"`
	Changed string `xml:"lastmod,omitempty"`
}

// siteMap names the groups that want to be found, and their threads by people who do not mind.
func (s *Site) siteMap(w http.ResponseWriter, r *http.Request) {
	body, err := s.makeSiteMap(r)
	if err != nil {
		s.Log.ErrorContext(r.Context(), "site map not made", "error", err)
		http.Error(w, "The site map could not be made. Please try again in a moment.", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/xml; charset=utf-8")
	w.Header().Set("Cache-Control", "public, max-age=3600")
	w.Header().Set("ETag", etag(body))
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(body))
}

func (s *Site) makeSiteMap(r *http.Request) ([]byte, error) {
	groups, err := s.Store.Groups(r.Context())
	if err != nil {
		return nil, err
	}
	out, named := mapped{Places: []mappedPlace{{Address: s.Origin + "/"}}}, map[string]bool{}
	for _, g := range groups {
		if !g.Settings.Unindexed {
			named[g.Name] = true
			out.Places = append(out.Places, mappedPlace{Address: s.Origin + "/g/" + g.Name})
		}
	}
	threads, err := s.Store.IndexedThreads(r.Context(), siteMapThreads)
	if err != nil {
		return nil, err
	}
	for _, t := range threads {
		if named[t.Group] {
			out.Places = append(out.Places, mappedPlace{Address: s.Origin + place(t), Changed: t.Filed.UTC().Format(time.RFC3339)})
		}
	}
	return document(out)
}

package web

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"html"
	"net/http"
	"strings"
	"time"

	"folkmoot/store"
)

// feedItems is how many items a page of a feed has.
const feedItems = 30

// feed is what a feed says in whichever format.
type feed struct {
	Title, About string
	Language     string
	Home         string // path of the page it is the feed of
	Unindexed    bool   // search engines are asked to leave it out
	Since        time.Time
	Items        []feedItem
	Older        int64 // the next page begins before this post, 0 on the last

	Origin, Self, Next string // set for each format
}

type feedItem struct {
	Place     string // path; with the origin it is the id, too
	Title     string
	HTML      string
	Author    string
	Profile   string
	Published time.Time
	Edited    time.Time // as Published if never
	Tags      []string
	Language  string
}

// ID is what an item is known by, and where it is read.
func (f feed) ID(i feedItem) string { return f.Origin + i.Place }

// Updated is when something of the feed was written last.
func (f feed) Updated() time.Time {
	last := f.Since
	for _, i := range f.Items {
		if i.Edited.After(last) {
			last = i.Edited
		}
	}
	return last.UTC()
}

// feedFormat is a way to write a feed.
type feedFormat struct {
	ending, name, kind string
	write              func(feed) ([]byte, error)
}

func feedFormats() []feedFormat {
	return []feedFormat{
		{"atom", "Atom", "application/atom+xml", writeAtom},
		{"rss", "RSS", "application/rss+xml", writeRSS},
		{"json", "JSON Feed", "application/feed+json", writeJSONFeed},
	}
}

// feedLink is a link to a feed of a page.
type feedLink struct{ Type, Title, To, Name string }

// feedLinks are the links to the feeds of a page.
func feedLinks(place, title string) (links []feedLink) {
	for _, f := range feedFormats() {
		links = append(links, feedLink{Type: f.kind, Title: title + " (" + f.name + ")", To: place + "/feed." + f.ending, Name: f.name})
	}
	return links
}

// feed serves a feed in a format. Whoever has this version already is told so, by its ETag or its date.
func (s *Site) feed(make func(*http.Request) (feed, error), format feedFormat) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		f, err := make(r)
		if errors.Is(err, store.ErrNotFound) {
			http.Error(w, "There is no such feed.", http.StatusNotFound)
			return
		}
		var body []byte
		if err == nil {
			f.Origin, f.Self = s.Origin, s.Origin+r.URL.EscapedPath()
			if f.Older != 0 {
				f.Next = fmt.Sprintf("%s?before=%d", f.Self, f.Older)
			}
			body, err = format.write(f)
		}
		if err != nil {
			s.Log.ErrorContext(r.Context(), "feed not made", "path", r.URL.Path, "error", err)
			http.Error(w, "The feed could not be made. Please try again in a moment.", http.StatusInternalServerError)
			return
		}
		h := w.Header()
		h.Set("Content-Type", format.kind+"; charset=utf-8")
		h.Set("Cache-Control", "no-cache")
		h.Set("ETag", etag(body))
		if f.Unindexed {
			h.Set("X-Robots-Tag", "noindex")
		}
		http.ServeContent(w, r, "", f.Updated(), bytes.NewReader(body))
	}
}

// groupFeed has the newest threads of a group.
func (s *Site) groupFeed(r *http.Request) (feed, error) {
	g, err := s.Store.Group(r.Context(), r.PathValue("name"))
	if err != nil {
		return feed{}, err
	}
	posts, err := s.Store.Threads(r.Context(), g.Name, beforeAsked(r), feedItems+1)
	f := feed{
		Title: g.Title, About: excerpt(g.SummaryHTML), Home: "/g/" + g.Name, Since: g.Created, Unindexed: g.Settings.Unindexed,
	}
	return s.filled(f, posts), err
}

// threadFeed has the newest posts of a thread.
func (s *Site) threadFeed(r *http.Request) (feed, error) {
	n, err := number(r)
	if err != nil {
		return feed{}, err
	}
	first, g, err := s.shownThread(r.Context(), r.PathValue("name"), n)
	if err != nil {
		return feed{}, err
	}
	posts, err := s.Store.LatestInThread(r.Context(), g.Name, n, beforeAsked(r), feedItems+1)
	f := feed{
		Title: s.languages[0].heading(first), About: about(first), Home: place(first), Since: first.Filed, Language: first.Language,
		Unindexed: g.Settings.Unindexed || first.Unindexed,
	}
	return s.filled(f, posts), err
}

// shownThread is the first post of a thread that is shown, and its group.
func (s *Site) shownThread(ctx context.Context, name string, n int64) (first store.Post, g store.Group, err error) {
	if g, err = s.Store.Group(ctx, name); err != nil {
		return first, g, err
	}
	first, err = s.Store.Post(ctx, name, n)
	if err == nil && (first.Parent != 0 || goneBecause(first) != "") {
		err = store.ErrNotFound
	}
	return first, g, err
}

// tagFeed has the newest posts with a hashtag, of a group or of all.
func (s *Site) tagFeed(r *http.Request) (feed, error) {
	tag, name := store.FoldTag(r.PathValue("tag")), r.PathValue("name")
	f := feed{Title: "#" + tag, About: s.Title, Home: tagPlace(name, tag), Since: time.Unix(0, 0)}
	if tag == "" {
		return f, store.ErrNotFound
	}
	if name != "" {
		g, err := s.Store.Group(r.Context(), name)
		if err != nil {
			return f, err
		}
		f.About, f.Unindexed, f.Since = g.Title, g.Settings.Unindexed, g.Created
	}
	posts, err := s.Store.TaggedPosts(r.Context(), tag, name, beforeAsked(r), feedItems+1)
	return s.filled(f, posts), err
}

// filled puts posts into a feed: as many as a page has, and where the next one begins.
func (s *Site) filled(f feed, posts []store.Post) feed {
	if len(posts) > feedItems {
		posts = posts[:feedItems]
		f.Older = posts[feedItems-1].ID
	}
	for _, p := range posts {
		f.Items = append(f.Items, s.feedItem(p))
	}
	return f
}

func (s *Site) feedItem(p store.Post) feedItem {
	i := feedItem{
		Place: place(p), Title: p.Warning, HTML: feedHTML(p), Author: personName(p.Author), Profile: profile(p.Author),
		Published: when(p).UTC(), Edited: when(p).UTC(), Tags: p.Tags, Language: p.Language,
	}
	if !isWeb(i.Profile) {
		i.Profile = ""
	}
	switch {
	case p.Warning != "":
	case p.Parent == 0:
		i.Title = s.languages[0].heading(p)
	default:
		i.Title = i.Author
		if words := excerpt(p.HTML); words != "" {
			i.Title += ": " + words
		}
	}
	if p.Edited.After(i.Edited) && !p.Edited.After(s.now()) {
		i.Edited = p.Edited.UTC()
	}
	return i
}

// feedHTML is a post as feed readers show it. What is behind a content warning is read on the page, where it opens by a click.
func feedHTML(p store.Post) string {
	if p.Warning != "" {
		return "<p>" + html.EscapeString(p.Warning) + "</p>"
	}
	var out strings.Builder
	out.WriteString(p.HTML)
	for _, to := range append([]string{p.Link}, mediaLinks(p)...) {
		if isWeb(to) {
			fmt.Fprintf(&out, `<p><a href="%s" rel="nofollow noopener ugc">%s</a></p>`, html.EscapeString(to), html.EscapeString(hostname(to)))
		}
	}
	return out.String()
}

// isWeb says whether an address is one of a page. Nothing checks that again after the feed, as the templates do in pages.
func isWeb(to string) bool {
	return strings.HasPrefix(to, "https://") || strings.HasPrefix(to, "http://")
}

func mediaLinks(p store.Post) (links []string) {
	for _, m := range p.Media {
		links = append(links, m.URL)
	}
	return links
}

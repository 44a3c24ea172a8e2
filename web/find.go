package web

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"

	"folkmoot/store"
)

const (
	foundShown   = 20  // of what a page of findings shows
	foundPages   = 50  // that are shown; who has not found it by then asks otherwise
	longestQuery = 200 // bytes
)

// findRoutes is how people and their programs find what is here: search, tags, members, feeds, and what search engines ask for.
func (s *Site) findRoutes(mux *http.ServeMux) {
	mux.HandleFunc("GET /search", s.page(s.search))
	mux.HandleFunc("GET /g/{name}/members", s.page(s.members))
	for _, at := range []string{"/tag/{tag}", "/g/{name}/tag/{tag}"} {
		mux.HandleFunc("GET "+at, s.page(s.tag))
	}
	for _, f := range feedFormats() {
		mux.HandleFunc("GET /g/{name}/feed."+f.ending, s.feed(s.groupFeed, f))
		mux.HandleFunc("GET /g/{name}/post/{number}/feed."+f.ending, s.feed(s.threadFeed, f))
		mux.HandleFunc("GET /tag/{tag}/feed."+f.ending, s.feed(s.tagFeed, f))
		mux.HandleFunc("GET /g/{name}/tag/{tag}/feed."+f.ending, s.feed(s.tagFeed, f))
	}
	mux.HandleFunc("GET /robots.txt", s.robots)
	mux.HandleFunc("GET /sitemap.xml", s.siteMap)
	mux.HandleFunc("GET /.well-known/security.txt", s.securityTxt)
}

// The kinds of things that are looked for.
const (
	inThreads = "threads"
	inGroups  = "groups"
	inPeople  = "people"
)

type searchData struct {
	Typed, In string
	Asked     bool // something was asked
	Ways      []searchWay
	Posts     []foundPost
	Groups    []listedGroup
	People    []store.Actor
	pageLinks
}

// searchWay is a link to the same question about something else.
type searchWay struct{ In, To string }

// foundPost is a post with what of it a question found.
type foundPost struct {
	store.Post
	Heading, Excerpt []stretch
}

// pageLinks lead to the pages before and after, "" for none.
type pageLinks struct{ Before, After string }

// search shows what of this server's groups, their posts, and the people who agreed to it answers a question.
func (s *Site) search(r *http.Request) (view, error) {
	c, asked := s.languageOf(r), r.URL.Query()
	data := searchData{Typed: cutBytes(asked.Get("q"), longestQuery), In: asked.Get("in")}
	if data.In != inGroups && data.In != inPeople {
		data.In = inThreads
	}
	for _, in := range []string{inThreads, inGroups, inPeople} {
		data.Ways = append(data.Ways, searchWay{In: in, To: searchPlace(data.Typed, in, 1)})
	}
	v := view{Page: "search", Title: c.T("search.title"), Unlisted: true}
	q := store.ParseQuery(data.Typed)
	if data.Asked = !q.Empty(); data.Asked {
		if !s.searches.take(networkOf(s.client(r))) {
			return s.message(r, http.StatusTooManyRequests, "search.often"), nil
		}
		v.Title = c.T("search.title.for", data.Typed)
		if err := s.find(r, q, &data, pageAsked(r)); err != nil {
			return view{}, err
		}
	}
	v.Data = data
	return v, nil
}

// find looks for one page of what is asked for, and one thing more to know whether there is another.
func (s *Site) find(r *http.Request, q store.Query, data *searchData, page int) (err error) {
	skip, n := (page-1)*foundShown, 0
	switch data.In {
	case inGroups:
		var groups []store.Group
		groups, err = s.Store.FindGroups(r.Context(), q, skip, foundShown+1)
		n = len(groups)
		if err == nil {
			data.Groups, err = s.listed(r.Context(), groups[:min(n, foundShown)])
		}
	case inPeople:
		data.People, err = s.Store.FindPeople(r.Context(), q, skip, foundShown+1)
		n = len(data.People)
		data.People = data.People[:min(n, foundShown)]
	default:
		var posts []store.Post
		posts, err = s.Store.FindPosts(r.Context(), q, "", skip, foundShown+1)
		n = len(posts)
		for _, p := range posts[:min(n, foundShown)] {
			data.Posts = append(data.Posts, s.languageOf(r).foundPost(p, q))
		}
	}
	data.pageLinks = linksAround(page, n > foundShown, func(page int) string { return searchPlace(data.Typed, data.In, page) })
	return err
}

// foundPost shows where the words that were asked for stand. What is behind a content warning stays there.
func (c *catalogue) foundPost(p store.Post, q store.Query) foundPost {
	words := ""
	if p.Warning == "" {
		words = store.PlainText(p.HTML, excerptRunes*50)
	}
	title := c.heading(p)
	if p.Parent != 0 {
		title = p.Warning
	}
	return foundPost{Post: p, Heading: marked(title, q), Excerpt: marked(around(words, q), q)}
}

// linksAround are the links from one page to those before and after it.
func linksAround(page int, more bool, to func(page int) string) (l pageLinks) {
	if page > 1 {
		l.Before = to(page - 1)
	}
	if more && page < foundPages {
		l.After = to(page + 1)
	}
	return l
}

// pageAsked is the page that is asked for; anything but a number is the first.
func pageAsked(r *http.Request) int {
	page, err := strconv.Atoi(r.URL.Query().Get("page"))
	if err != nil || page < 1 {
		return 1
	}
	return min(page, foundPages)
}

func searchPlace(typed, in string, page int) string {
	to := "/search?" + url.Values{"q": {typed}, "in": {in}}.Encode()
	if page > 1 {
		to += fmt.Sprintf("&page=%d", page)
	}
	return to
}

type membersData struct {
	Group  store.Group
	Counts store.GroupCounts
	People []store.Actor
	pageLinks
}

// members lists who of a group agreed to be found, and says how many there are in all.
func (s *Site) members(r *http.Request) (view, error) {
	g, err := s.Store.Group(r.Context(), r.PathValue("name"))
	if err != nil {
		return view{}, err
	}
	data, page := membersData{Group: g}, pageAsked(r)
	if data.Counts, err = s.Store.Counts(r.Context(), g.ID); err != nil {
		return view{}, err
	}
	data.People, err = s.Store.ListedMembers(r.Context(), g.ID, (page-1)*membersShown, membersShown+1)
	if err != nil {
		return view{}, err
	}
	more := len(data.People) > membersShown
	data.People = data.People[:min(len(data.People), membersShown)]
	data.pageLinks = linksAround(page, more, func(page int) string { return fmt.Sprintf("/g/%s/members?page=%d", g.Name, page) })
	title := s.languageOf(r).T("search.members.title", g.Title)
	return view{Page: "members", Title: title, Unlisted: true, Data: data}, nil
}

// membersShown is how many members a page lists.
const membersShown = 60

type tagData struct {
	Tag    string
	Group  *store.Group // nil for the tag in all groups
	Posts  []store.Post
	Older  string // link to the next page, "" on the last
	Newest string // link to the first page, "" on it
}

// tag shows the newest posts with a hashtag, of a group or of all.
func (s *Site) tag(r *http.Request) (view, error) {
	tag, c := store.FoldTag(r.PathValue("tag")), s.languageOf(r)
	if tag == "" {
		return view{}, store.ErrNotFound
	}
	data := tagData{Tag: tag}
	name := r.PathValue("name")
	if name != "" {
		g, err := s.Store.Group(r.Context(), name)
		if err != nil {
			return view{}, err
		}
		data.Group = &g
	}
	place, before := tagPlace(name, tag), beforeAsked(r)
	if r.PathValue("tag") != tag {
		return view{Status: http.StatusMovedPermanently, Location: place}, nil
	}
	posts, err := s.Store.TaggedPosts(r.Context(), tag, name, before, foundShown+1)
	if err != nil {
		return view{}, err
	}
	if before > 0 {
		data.Newest = place
	}
	if len(posts) > foundShown {
		posts = posts[:foundShown]
		data.Older = fmt.Sprintf("%s?before=%d", place, posts[foundShown-1].ID)
	}
	data.Posts = posts
	v := view{Page: "tag", Title: "#" + tag, Address: place, Feeds: feedLinks(place, "#"+tag), Data: data}
	v.Unlisted = len(posts) == 0 || before > 0 || data.Group != nil && data.Group.Settings.Unindexed
	if data.Group != nil {
		v.Title = c.T("search.tag.of", tag, data.Group.Title)
	}
	return v, nil
}

// tagPlace is where the posts with a tag are shown, of one group or of all.
func tagPlace(group, tag string) string {
	if group == "" {
		return "/tag/" + url.PathEscape(tag)
	}
	return "/g/" + url.PathEscape(group) + "/tag/" + url.PathEscape(tag)
}

// beforeAsked is the number of the post that a page begins before, 0 for the newest; anything but a number shows those.
func beforeAsked(r *http.Request) int64 {
	before, err := strconv.ParseInt(r.URL.Query().Get("before"), 10, 64)
	if err != nil || before < 0 {
		return 0
	}
	return before
}

// tagsOf are the hashtags of a post that lead somewhere. Of an author who refuses to be found none do.
func tagsOf(p store.Post) (tags []string) {
	for _, tag := range p.Tags {
		if tag = store.FoldTag(tag); tag != "" && !p.Unindexed {
			tags = append(tags, tag)
		}
	}
	return tags
}

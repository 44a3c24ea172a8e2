package federation

import (
	"context"
	"encoding/json"
	"net/http"
	"path"
	"strconv"
	"strings"

	"folkmoot/group"
	"folkmoot/store"
)

const (
	outboxShown  = 20  // of a page; Lemmy 1.0 reads no more
	repliesShown = 60  // of a page; Mastodon's own size
	contextShown = 500 // of a page, and at once of a thread
)

// followers tells how many there are, never who: Lemmy 1.0 wants an empty list. It also asks private communities whether
// somebody follows them, and takes 200 for a yes; a public one has no answer.
func (s *Server) followers(r *http.Request) (served, error) {
	if r.URL.Query().Has("is_follower") {
		return served{}, &answerError{status: http.StatusBadRequest, words: "The group is public; nobody is told who follows it."}
	}
	g, err := s.store.Group(r.Context(), r.PathValue("name"))
	if err != nil {
		return served{}, err
	}
	counts, err := s.store.Counts(r.Context(), g.ID)
	if err != nil {
		return served{}, err
	}
	return collection(encodeCollection(collectionDoc{ID: s.ids.followers(g.Name), Total: counts.Followers}))
}

// following lists the communities elsewhere whose threads the group takes in.
func (s *Server) following(r *http.Request) (served, error) {
	g, err := s.store.Group(r.Context(), r.PathValue("name"))
	if err != nil {
		return served{}, err
	}
	uris, err := s.store.Followings(r.Context(), g.ID)
	if err != nil {
		return served{}, err
	}
	return collection(encodeCollection(collectionDoc{ID: s.ids.following(g.Name), Total: len(uris), URIs: append([]string{}, uris...)}))
}

// moderators lists who moderates, and last the actor in whose name this server tells of moderators' acts: PieFed 1.4 takes them from
// nobody who is not listed.
func (s *Server) moderators(r *http.Request) (served, error) {
	g, err := s.store.Group(r.Context(), r.PathValue("name"))
	if err != nil {
		return served{}, err
	}
	people, err := s.store.Moderators(r.Context(), g.ID)
	if err != nil {
		return served{}, err
	}
	items := []string{}
	for _, a := range people {
		items = append(items, a.URI)
	}
	items = append(items, s.ids.moderation())
	return collection(encodeCollection(collectionDoc{
		ID: s.ids.moderators(g.Name), Ordered: true, Total: len(items), URIs: items, AttributedTo: g.URI,
	}))
}

// featured shows the pinned threads whole, as their servers wrote them: Lemmy reads no ids there. It reads nothing at all if there
// is one among them that it cannot read, so those are left out.
func (s *Server) featured(r *http.Request) (served, error) {
	g, err := s.store.Group(r.Context(), r.PathValue("name"))
	if err != nil {
		return served{}, err
	}
	pinned, err := s.store.Pinned(r.Context(), g.ID)
	if err != nil {
		return served{}, err
	}
	items := []json.RawMessage{}
	for _, p := range pinned {
		if lemmyReadsPost(p.Body) {
			items = append(items, p.Body)
		}
	}
	return collection(encodeCollection(collectionDoc{
		ID: s.ids.featured(g.Name), Ordered: true, Total: len(items), Items: items, AttributedTo: g.URI,
	}))
}

// outbox shows the threads as they were announced, the newest inline: Lemmy and PieFed fill a new subscription from it, and read no
// pages. One item that Lemmy cannot read would cost it all of them.
func (s *Server) outbox(r *http.Request) (served, error) {
	return s.threads(r, s.ids.outbox, s.store.AnnouncedPage, func(c *collectionDoc, list []store.Numbered) {
		c.Items = []json.RawMessage{}
		for _, n := range list {
			if lemmyReadsWrap(n.Body) {
				c.Items = append(c.Items, n.Body)
			}
		}
	})
}

// wall lists the ids of the threads, whoever wrote them where (FEP-400e).
func (s *Server) wall(r *http.Request) (served, error) {
	return s.threads(r, s.ids.wall, s.store.ThreadPage, func(c *collectionDoc, list []store.Numbered) { c.URIs = urisOf(list) })
}

func urisOf(list []store.Numbered) []string {
	uris := []string{}
	for _, n := range list {
		uris = append(uris, n.URI)
	}
	return uris
}

// pageReader reads a page of a group's threads.
type pageReader func(ctx context.Context, groupID int64, span store.Span, limit int) ([]store.Numbered, error)

// threads serves a collection of the group's threads, newest first, or a page of it.
func (s *Server) threads(
	r *http.Request, id func(string) string, read pageReader, fill func(*collectionDoc, []store.Numbered),
) (served, error) {
	g, err := s.store.Group(r.Context(), r.PathValue("name"))
	if err != nil {
		return served{}, err
	}
	counts, err := s.store.Counts(r.Context(), g.ID)
	if err != nil {
		return served{}, err
	}
	span, page := spanOf(r)
	list, err := read(r.Context(), g.ID, span, outboxShown)
	if err != nil {
		return served{}, err
	}
	c := collectionDoc{ID: id(g.Name), Ordered: true, Total: counts.Threads, AttributedTo: g.URI}
	if page {
		c = pageOf(c.ID, span, list)
		c.Total = counts.Threads
	} else if len(list) == outboxShown {
		c.First, c.Last = c.ID+"?before=0", c.ID+"?after=0"
	}
	fill(&c, list)
	return collection(encodeCollection(c))
}

// spanOf reads which page is asked for: ?before=0 is the newest, ?after=0 the oldest. Without either it is the whole collection.
func spanOf(r *http.Request) (store.Span, bool) {
	q := r.URL.Query()
	if q.Has("after") {
		return store.Span{Up: true, After: parseNumber(q.Get("after"))}, true
	}
	return store.Span{Before: parseNumber(q.Get("before"))}, q.Has("before")
}

// parseNumber reads a number of a post; anything else counts as 0, which leads to the beginning.
func parseNumber(s string) int64 {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n < 0 {
		return 0
	}
	return n
}

// pageOf is a page of a collection that is kept newest first. A page that is not full is the last in its direction.
func pageOf(id string, span store.Span, list []store.Numbered) collectionDoc {
	at := func(key string, n int64) string { return id + "?" + key + "=" + strconv.FormatInt(n, 10) }
	c := collectionDoc{ID: at("before", span.Before), Ordered: true, Page: true, PartOf: id}
	full := len(list) == outboxShown
	if span.Up {
		c.ID = at("after", span.After)
	}
	if len(list) == 0 {
		return c
	}
	if full || span.Up && span.After > 0 {
		c.Next = at("before", list[len(list)-1].ID)
	}
	if span.Before > 0 || span.Up && full {
		c.Prev = at("after", list[0].ID)
	}
	return c
}

// threadContext lists a thread in the order in which it grew (FEP-7888, f228), owned by the group: the first post first. What of a
// long one does not fit is on pages.
func (s *Server) threadContext(r *http.Request) (served, error) {
	g, p, err := s.postAt(r)
	if err != nil {
		return served{}, err
	}
	if p.Parent != 0 {
		return served{}, &answerError{status: http.StatusFound, location: s.ids.context(g.Name, p.Thread), words: "The thread has a context."}
	}
	id := s.ids.context(g.Name, p.ID)
	if p.State != group.Visible {
		return served{}, s.tombstone(id, "OrderedCollection", p.Filed)
	}
	total, err := s.store.ContextSize(r.Context(), g.ID, p.ID)
	if err != nil {
		return served{}, err
	}
	after := parseNumber(r.URL.Query().Get("after"))
	list, err := s.store.ContextPage(r.Context(), g.ID, p.ID, after, contextShown)
	if err != nil {
		return served{}, err
	}
	page := growingPage(id, after, contextShown, list)
	page.Ordered, page.Total = true, total
	if r.URL.Query().Has("after") {
		return collection(encodeCollection(page))
	}
	c := collectionDoc{ID: id, Ordered: true, Total: total, AttributedTo: g.URI, URIs: page.URIs}
	if page.Next != "" {
		c.First = page.ID
	}
	return collection(encodeCollection(c))
}

// replies lists the direct answers to a post, a page at a time by number (Mastodon 4.5 crawls them).
func (s *Server) replies(r *http.Request) (served, error) {
	g, p, err := s.visibleAt(r)
	if err != nil {
		return served{}, err
	}
	after := parseNumber(r.URL.Query().Get("after"))
	posts, err := s.store.Replies(r.Context(), g.Name, p.ID, after, repliesShown)
	if err != nil {
		return served{}, err
	}
	total, err := s.store.RepliesCount(r.Context(), g.Name, p.ID)
	if err != nil {
		return served{}, err
	}
	var list []store.Numbered
	for _, answer := range posts {
		list = append(list, store.Numbered{ID: answer.ID, URI: answer.URI})
	}
	page := growingPage(s.ids.replies(s.idOf(g, p)), after, repliesShown, list)
	page.Total = total
	if r.URL.Query().Has("after") {
		return collection(encodeCollection(page))
	}
	return collection(encodeCollection(collectionDoc{ID: page.PartOf, Total: total, FirstPage: &page}))
}

// growingPage is a page of a collection that grows at its end, after the post numbered after.
func growingPage(id string, after int64, full int, list []store.Numbered) collectionDoc {
	at := func(after int64) string { return id + "?after=" + strconv.FormatInt(after, 10) }
	page := collectionDoc{ID: at(after), Page: true, PartOf: id, URIs: urisOf(list)}
	if len(list) == full {
		page.Next = at(list[len(list)-1].ID)
	}
	return page
}

// votes serves how many like, dislike or shared a post, never who.
func (s *Server) votes(id func(string) string, count func(store.Post) int) maker {
	return func(r *http.Request) (served, error) {
		g, p, err := s.visibleAt(r)
		if err != nil {
			return served{}, err
		}
		return collection(encodeCollection(collectionDoc{ID: id(s.idOf(g, p)), Total: count(p), CountOnly: true}))
	}
}

// postAt finds the group and the post whose part the path names. One thing has one id: a comment's parts are below /comment/.
func (s *Server) postAt(r *http.Request) (store.Group, store.Post, error) {
	n, err := number(r)
	if err != nil {
		return store.Group{}, store.Post{}, err
	}
	g, err := s.store.Group(r.Context(), r.PathValue("name"))
	if err != nil {
		return store.Group{}, store.Post{}, err
	}
	p, err := s.store.Post(r.Context(), g.Name, n)
	switch {
	case err != nil:
		return store.Group{}, store.Post{}, err
	case p.State == group.Pending:
		return store.Group{}, store.Post{}, store.ErrNotFound // nothing of it may be seen before a moderator lets it in
	}
	if part := path.Base(r.URL.Path); r.URL.Path != strings.TrimPrefix(s.idOf(g, p), s.origin)+"/"+part {
		return g, p, &answerError{status: http.StatusFound, location: s.idOf(g, p) + "/" + part, words: "It has another address."}
	}
	return g, p, nil
}

func (s *Server) visibleAt(r *http.Request) (store.Group, store.Post, error) {
	g, p, err := s.postAt(r)
	if err == nil && p.State != group.Visible {
		err = store.ErrNotFound
	}
	return g, p, err
}

// idOf is the place of a post on this server.
func (s *Server) idOf(g store.Group, p store.Post) string {
	if p.Parent == 0 {
		return s.ids.post(g.Name, p.ID)
	}
	return s.ids.comment(g.Name, p.ID)
}

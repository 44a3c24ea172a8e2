package federation

import (
	"encoding/json"
	"net/http"
	"strconv"
	"time"

	"folkmoot/group"
	"folkmoot/store"
)

const (
	outboxShown  = 20  // Lemmy 1.0 reads no more
	repliesShown = 60  // a page; Mastodon's own size
	contextShown = 500 // of a thread
)

func (s *Server) group(r *http.Request) (served, error) {
	g, err := s.store.Group(r.Context(), r.PathValue("name"))
	if err != nil {
		return served{}, err
	}
	doc, err := s.encoder.groupDocOf(g)
	if err != nil {
		return served{}, err
	}
	body, err := s.encoder.encodeGroup(doc)
	if err != nil {
		return served{}, err
	}
	keys, err := s.encoder.keys.of(g.URI, g.Keys)
	if err != nil {
		return served{}, err
	}
	return activityDocument(s.encoder.prove(body, g.URI, keys, g.Updated))
}

func (s *Server) application(*http.Request) (served, error) {
	pem, err := s.keys.PublicPEM()
	if err != nil {
		return served{}, err
	}
	body, err := s.encoder.encodeApplication(applicationDoc{Title: s.title, PublicKeyPEM: pem, Multibase: s.keys.Multibase()})
	if err != nil {
		return served{}, err
	}
	return activityDocument(s.encoder.prove(body, s.ids.application(), s.keys, s.started))
}

// moderation shows the actor in whose name moderators' acts are told.
func (s *Server) moderation(*http.Request) (served, error) {
	pem, err := s.keys.PublicPEM()
	if err != nil {
		return served{}, err
	}
	body, err := s.encoder.encodeModeration(applicationDoc{PublicKeyPEM: pem, Multibase: s.keys.Multibase()})
	if err != nil {
		return served{}, err
	}
	return activityDocument(s.encoder.prove(body, s.ids.moderation(), s.keys, s.started))
}

func (s *Server) applicationOutbox(*http.Request) (served, error) {
	return collection(encodeCollection(collectionDoc{ID: s.ids.applicationOutbox(), Ordered: true}))
}

// followers tells how many there are, never who: Lemmy 1.0 wants an empty list.
func (s *Server) followers(r *http.Request) (served, error) {
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
	return collection(encodeCollection(collectionDoc{
		ID: s.ids.moderators(g.Name), Ordered: true, Total: len(items), URIs: items, AttributedTo: g.URI,
	}))
}

// featured is empty: nothing is pinned yet.
func (s *Server) featured(r *http.Request) (served, error) {
	g, err := s.store.Group(r.Context(), r.PathValue("name"))
	if err != nil {
		return served{}, err
	}
	return collection(encodeCollection(collectionDoc{ID: s.ids.featured(g.Name), Ordered: true}))
}

// outbox shows the newest threads as they were announced, inline: Lemmy and PieFed fill a new subscription from it.
func (s *Server) outbox(r *http.Request) (served, error) {
	g, err := s.store.Group(r.Context(), r.PathValue("name"))
	if err != nil {
		return served{}, err
	}
	counts, err := s.store.Counts(r.Context(), g.ID)
	if err != nil {
		return served{}, err
	}
	bodies, err := s.store.Announced(r.Context(), g.ID, outboxShown)
	if err != nil {
		return served{}, err
	}
	items := []json.RawMessage{}
	for _, body := range bodies {
		items = append(items, body)
	}
	return collection(encodeCollection(collectionDoc{ID: s.ids.outbox(g.Name), Ordered: true, Total: counts.Threads, Items: items}))
}

// post sends servers on to where the post lives. Deleted and removed ones leave a tombstone.
func (s *Server) post(r *http.Request) (served, error) {
	n, err := number(r)
	if err != nil {
		return served{}, err
	}
	p, err := s.store.Post(r.Context(), r.PathValue("name"), n)
	switch {
	case err != nil:
		return served{}, err
	case p.State == group.Visible:
		return served{}, &answerError{status: http.StatusFound, location: p.URI, words: "The post is at its origin."}
	case p.State == group.Pending:
		return served{}, store.ErrNotFound
	default:
		return served{}, s.tombstone(s.origin+r.URL.EscapedPath(), "Note", p.Filed)
	}
}

// tombstone is the answer for what is gone.
func (s *Server) tombstone(id, formerType string, at time.Time) error {
	body, err := encodeTombstone(id, formerType, at)
	if err != nil {
		return err
	}
	return &answerError{status: http.StatusGone, words: "It is gone.", body: body}
}

// threadContext lists a thread in the order in which it grew (FEP-7888), owned by the group.
func (s *Server) threadContext(r *http.Request) (served, error) {
	n, err := number(r)
	if err != nil {
		return served{}, err
	}
	name := r.PathValue("name")
	posts, err := s.store.Thread(r.Context(), name, n)
	if err != nil {
		return served{}, err
	}
	if posts[0].State != group.Visible {
		return served{}, s.tombstone(s.ids.context(name, n), "OrderedCollection", posts[0].Filed)
	}
	items := []string{}
	for _, p := range posts {
		if p.State == group.Visible && len(items) < contextShown {
			items = append(items, p.URI)
		}
	}
	return collection(encodeCollection(collectionDoc{
		ID: s.ids.context(name, n), Ordered: true, Total: len(items), URIs: items, AttributedTo: s.ids.group(name),
	}))
}

// replies lists the direct answers to a post, a page at a time by number (Mastodon 4.5 crawls them).
func (s *Server) replies(r *http.Request) (served, error) {
	n, err := number(r)
	if err != nil {
		return served{}, err
	}
	name := r.PathValue("name")
	parent, err := s.store.Post(r.Context(), name, n)
	if err != nil {
		return served{}, err
	}
	if parent.State != group.Visible {
		return served{}, store.ErrNotFound
	}
	after, _ := strconv.ParseInt(r.URL.Query().Get("after"), 10, 64) // anything else starts at the beginning
	posts, err := s.store.Replies(r.Context(), name, n, after, repliesShown)
	if err != nil {
		return served{}, err
	}
	total, err := s.store.RepliesCount(r.Context(), name, n)
	if err != nil {
		return served{}, err
	}
	page := repliesPage(s.ids.replies(name, n), after, total, posts)
	if r.URL.Query().Has("after") {
		return collection(encodeCollection(page))
	}
	return collection(encodeCollection(collectionDoc{ID: page.PartOf, Total: total, FirstPage: &page}))
}

// repliesPage is the page of answers after the post numbered after, of the collection of that id.
func repliesPage(id string, after int64, total int, posts []store.Post) collectionDoc {
	at := func(after int64) string { return id + "?after=" + strconv.FormatInt(after, 10) }
	page := collectionDoc{ID: at(after), Page: true, PartOf: id, Total: total, URIs: []string{}}
	for _, p := range posts {
		page.URIs = append(page.URIs, p.URI)
	}
	if len(posts) == repliesShown {
		page.Next = at(posts[len(posts)-1].ID)
	}
	return page
}

package federation

import (
	"net/http"
	"time"

	"folkmoot/group"
	"folkmoot/store"
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

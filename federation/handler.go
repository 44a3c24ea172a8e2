package federation

import (
	"errors"
	"net/http"
	"strconv"
	"strings"

	"folkmoot/store"
)

// Handler serves everything other servers ask for, and passes on to pages what people ask for.
func (s *Server) Handler(pages http.Handler) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /inbox", s.inbox)
	mux.HandleFunc("POST /g/{name}/inbox", s.groupInbox)
	mux.HandleFunc("GET /.well-known/webfinger", s.webfinger)
	mux.HandleFunc("GET /.well-known/host-meta", s.hostMeta)
	mux.HandleFunc("GET /.well-known/host-meta.json", s.hostMetaJSON)
	mux.HandleFunc("GET /.well-known/nodeinfo", s.nodeInfoLinks)
	mux.HandleFunc("GET /nodeinfo/{version}", s.nodeInfo)
	mux.Handle("GET /{$}", s.either(s.application, pages))
	mux.HandleFunc("GET /actor", s.serve(s.application))
	mux.HandleFunc("GET /"+moderationName, s.serve(s.moderation))
	mux.HandleFunc("GET /actor/outbox", s.serve(s.applicationOutbox))
	mux.Handle("GET /g/{name}", s.either(s.group, pages))
	mux.HandleFunc("GET /g/{name}/"+agentName, s.serve(s.agent))
	mux.HandleFunc("GET /g/{name}/followers", s.serve(s.followers))
	mux.HandleFunc("GET /g/{name}/following", s.serve(s.following))
	mux.HandleFunc("GET /g/{name}/moderators", s.serve(s.moderators))
	mux.HandleFunc("GET /g/{name}/modlog", s.serve(s.modLog))
	mux.HandleFunc("GET /g/{name}/featured", s.serve(s.featured))
	mux.HandleFunc("GET /g/{name}/outbox", s.serve(s.outbox))
	mux.HandleFunc("GET /g/{name}/wall", s.serve(s.wall))
	for _, kind := range []string{"post", "comment"} {
		mux.Handle("GET /g/{name}/"+kind+"/{number}", s.either(s.post, pages))
		mux.HandleFunc("GET /g/{name}/"+kind+"/{number}/context", s.serve(s.threadContext))
		mux.HandleFunc("GET /g/{name}/"+kind+"/{number}/replies", s.serve(s.replies))
		mux.HandleFunc("GET /g/{name}/"+kind+"/{number}/likes", s.serve(s.votes(s.ids.likes, func(p store.Post) int { return p.Likes })))
		mux.HandleFunc("GET /g/{name}/"+kind+"/{number}/dislikes", s.serve(s.votes(s.ids.dislikes, func(p store.Post) int { return p.Dislikes })))
		mux.HandleFunc("GET /g/{name}/"+kind+"/{number}/shares", s.serve(s.votes(s.ids.shares, func(p store.Post) int { return p.Boosts })))
	}
	mux.HandleFunc("GET /a/{kind}/{key}", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Vary", "Accept, Signature") // who asks decides what is shown, and that nobody else's copy is
		s.serve(s.sent)(w, r)
	})
	mux.HandleFunc("POST "+selfCheckPath+"{word}", s.selfCheck(pages))
	mux.Handle("/", pages)
	return newReadCache(mux, s.store.Version, s.now)
}

// answerError is an answer that is no document.
type answerError struct {
	status   int
	words    string
	location string
	body     []byte // a Tombstone
}

func (e *answerError) Error() string { return e.words }

// maker makes the document that a request asks for, or an answerError, or store.ErrNotFound.
type maker func(r *http.Request) (served, error)

// either serves the document to servers and the page to people.
func (s *Server) either(make maker, pages http.Handler) http.Handler {
	serve := s.serve(make)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Add("Vary", "Accept")
		if wantsActivity(r) {
			serve(w, r)
			return
		}
		pages.ServeHTTP(w, r)
	})
}

func (s *Server) serve(make maker) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if len(w.Header().Values("Vary")) == 0 {
			w.Header().Set("Vary", "Accept")
		}
		d, err := make(r)
		var answer *answerError
		switch {
		case err == nil:
			serveDocument(w, r, d)
		case errors.As(err, &answer):
			answer.write(w, r)
		case errors.Is(err, store.ErrNotFound):
			http.Error(w, "There is nothing here.", http.StatusNotFound)
		case r.Context().Err() != nil:
			return
		default:
			s.log.ErrorContext(r.Context(), "document not made", "path", r.URL.Path, "error", err)
			http.Error(w, "The server could not read its data; try again later.", http.StatusInternalServerError)
		}
	}
}

func (e *answerError) write(w http.ResponseWriter, r *http.Request) {
	switch {
	case e.location != "":
		http.Redirect(w, r, e.location, e.status)
	case e.body != nil:
		w.Header().Set("Content-Type", activityMedia)
		w.Header().Set("X-Content-Type-Options", "nosniff")
		w.Header().Set("Cache-Control", "public, max-age=180")
		w.WriteHeader(e.status)
		if r.Method != http.MethodHead {
			_, _ = w.Write(e.body)
		}
	default:
		refuse(w, e.status, e.words)
	}
}

// groupInbox takes activities for one group. Whom an activity concerns is read from the activity itself, so both inboxes
// do the same; but there must be such a group.
func (s *Server) groupInbox(w http.ResponseWriter, r *http.Request) {
	if has, err := s.store.HasGroup(r.Context(), r.PathValue("name")); err == nil && !has {
		http.Error(w, "There is no such group.", http.StatusNotFound)
		return
	}
	s.inbox(w, r)
}

func activityDocument(body []byte, err error) (served, error) {
	return served{media: activityMedia, body: body, maxAge: 180}, err
}

func collection(body []byte, err error) (served, error) {
	return served{media: activityMedia, body: body, maxAge: 60}, err
}

// number reads a post's number from the path.
func number(r *http.Request) (int64, error) {
	n, err := strconv.ParseInt(r.PathValue("number"), 10, 64)
	if err != nil || n <= 0 || strconv.FormatInt(n, 10) != r.PathValue("number") {
		return 0, store.ErrNotFound
	}
	return n, nil
}

// sent serves an activity this server made. What was meant for one person is shown to that person's server alone, which
// signs to show who asks.
func (s *Server) sent(r *http.Request) (served, error) {
	uri := s.origin + r.URL.EscapedPath()
	sent, err := s.store.Sent(r.Context(), uri)
	switch {
	case err != nil:
		return served{}, err
	case sent.Gone:
		return served{}, s.tombstone(uri, "Announce", s.now())
	case sent.To == "":
		return activityDocument(s.proven(uri, sent.Body, sent.Group, sent.Prove))
	}
	sig, err := s.verifier.Verify(r.Context(), r, nil)
	switch {
	case errors.Is(err, ErrBusy):
		return served{}, &answerError{status: http.StatusTooManyRequests, words: tooMany}
	case err != nil:
		return served{}, &answerError{status: http.StatusUnauthorized, words: signatureWords(err)}
	}
	if host, ok := hostOf(sig.Owner); !ok || !strings.EqualFold(host, sent.To) {
		return served{}, store.ErrNotFound
	}
	body, err := s.proven(uri, sent.Body, sent.Group, sent.Prove)
	return served{media: activityMedia, body: body, private: true}, err
}

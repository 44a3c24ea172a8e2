package federation

import (
	"context"
	"net/http"
	"sync"
	"time"

	"folkmoot/store"
)

// webfinger answers for groups, in every spelling peers use, and for the Application actor.
func (s *Server) webfinger(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Access-Control-Allow-Origin", "*")
	s.serve(func(r *http.Request) (served, error) {
		resource := r.URL.Query().Get("resource")
		if resource == "" {
			return served{}, &answerError{status: http.StatusBadRequest, words: "Ask with ?resource=acct:name@" + s.domain + "."}
		}
		found, ok := parseResource(resource, s.origin, s.domain)
		if !ok {
			return served{}, store.ErrNotFound
		}
		if found.application {
			return jrd(buildJRD(jrdSubject{Name: s.domain, Domain: s.domain, ID: s.ids.application(), Page: s.origin + "/", Type: "Application"}))
		}
		if found.name == moderationName && !found.agent {
			id := s.ids.moderation()
			return jrd(buildJRD(jrdSubject{Name: moderationName, Domain: s.domain, ID: id, Page: id, Type: "Service"}))
		}
		g, err := s.store.Group(r.Context(), found.name)
		if err != nil {
			return served{}, err
		}
		if found.agent {
			return jrd(buildJRD(jrdSubject{Name: g.Name + agentSuffix, Domain: s.domain, ID: s.ids.agent(g.Name), Page: g.URI, Type: "Service"}))
		}
		return jrd(buildJRD(jrdSubject{Name: g.Name, Domain: s.domain, ID: g.URI, Page: g.URI, Type: "Group"}))
	})(w, r)
}

func jrd(body []byte, err error) (served, error) {
	return served{media: "application/jrd+json", body: body, maxAge: 180}, err
}

func (s *Server) hostMeta(w http.ResponseWriter, r *http.Request) {
	serveDocument(w, r, served{media: "application/xrd+xml; charset=utf-8", body: buildHostMeta(s.origin), maxAge: 86400})
}

func (s *Server) hostMetaJSON(w http.ResponseWriter, r *http.Request) {
	s.serve(func(*http.Request) (served, error) { return jrd(buildHostMetaJSON(s.origin)) })(w, r)
}

func (s *Server) nodeInfoLinks(w http.ResponseWriter, r *http.Request) {
	s.serve(func(*http.Request) (served, error) {
		body, err := buildNodeInfoLinks(s.origin)
		return served{media: "application/json", body: body, maxAge: 3600}, err
	})(w, r)
}

// nodeInfo tells what runs here, in true numbers. The accounts of this server are its groups: people keep theirs elsewhere.
func (s *Server) nodeInfo(w http.ResponseWriter, r *http.Request) {
	s.serve(func(r *http.Request) (served, error) {
		version := r.PathValue("version")
		if version != "2.0" && version != "2.1" {
			return served{}, store.ErrNotFound
		}
		counts, err := s.figures.get(r.Context(), s.now(), s.store.ServerCounts)
		if err != nil {
			return served{}, err
		}
		body, err := buildNodeInfo(version, nodeInfoStats{
			SoftwareVersion: s.version, Users: counts.Groups, ActiveMonth: counts.ActiveMonth, ActiveHalfyear: counts.ActiveHalfyear,
			Posts: counts.Threads, Comments: counts.Comments, Title: s.title, Contact: s.contact,
		})
		media := `application/json; profile="http://nodeinfo.diaspora.software/ns/schema/` + version + `#"`
		return served{media: media, body: body, maxAge: 600}, err
	})(w, r)
}

// figuresMaxAge is how old the figures of NodeInfo may be: crawlers ask at once, and counting reads much.
const figuresMaxAge = time.Minute

// figures keeps the server's counts.
type figures struct {
	mu     sync.Mutex
	counts store.ServerCounts
	at     time.Time
}

// get counts again where the last counting is too old; whoever asks meanwhile waits for it.
func (f *figures) get(
	ctx context.Context, now time.Time, count func(context.Context) (store.ServerCounts, error),
) (store.ServerCounts, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if now.Sub(f.at) < figuresMaxAge && !now.Before(f.at) {
		return f.counts, nil
	}
	counts, err := count(ctx)
	if err == nil {
		f.counts, f.at = counts, now
	}
	return counts, err
}

// Handle is the address under which people follow a group, e.g. @books@groups.example.
func (s *Server) Handle(name string) string { return "@" + name + "@" + s.domain }

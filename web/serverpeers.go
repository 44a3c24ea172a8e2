package web

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"folkmoot/store"
)

// peersShown is how many servers are listed at a time; the others are found by name.
const peersShown = 100

type peersData struct {
	ServerData
	Peers []store.Peer
	Words string // looked for
	All   int    // of those, how many there are
}

// Healthy says whether a server takes what is sent to it.
func (peersData) Healthy(p store.Peer) bool { return p.Failures == 0 }

// peersPage lists the servers met so far: those that fail first, then those that something waits for.
func (s *Site) peersPage(r *http.Request, _ *account) (view, error) {
	d := peersData{ServerData: serverData("peers"), Words: cutBytes(strings.ToLower(strings.TrimSpace(r.URL.Query().Get("q"))), longestQuery)}
	peers, err := s.Store.Peers(r.Context())
	if err != nil {
		return view{}, err
	}
	peers = slices.DeleteFunc(peers, func(p store.Peer) bool { return !strings.Contains(p.Name, d.Words) })
	slices.SortStableFunc(peers, func(a, b store.Peer) int {
		return cmp.Or(cmp.Compare(min(b.Failures, 1), min(a.Failures, 1)), cmp.Compare(b.Logged+b.Direct, a.Logged+a.Direct), cmp.Compare(a.Name, b.Name))
	})
	d.All = len(peers)
	d.Peers = peers[:min(peersShown, len(peers))]
	return s.serverView(r, "serverpeers", "peers", d), nil
}

// waitingInQueue is how many activities that wait for a server are listed.
const waitingInQueue = 20

type peerData struct {
	ServerData
	Peer     store.Peer
	Speaks   store.Dialect
	Basis    string
	Why      string
	Waiting  []waiting
	Dialects []store.Dialect // that may be chosen, "" for what it says and shows
}

type waiting struct {
	store.Waiting
	Skipped bool
}

func dialects() []store.Dialect {
	return []store.Dialect{"", store.Microblog, store.Threadiverse, store.Smithereen}
}

// peerPage says how a server is spoken to, how that went, and what waits for it and why.
func (s *Site) peerPage(r *http.Request, _ *account) (view, error) {
	p, err := s.Store.Peer(r.Context(), r.PathValue("host"))
	if err != nil {
		return view{}, err
	}
	d := peerData{ServerData: serverData("peers"), Peer: p, Speaks: p.Dialect, Dialects: dialects(), Why: s.whyWaiting(s.languageOf(r), p)}
	if s.Running.Speaks != nil {
		d.Speaks, d.Basis = s.Running.Speaks(p.Host)
	}
	all, err := s.Store.Waiting(r.Context(), p.ID, waitingInQueue)
	for _, w := range all {
		d.Waiting = append(d.Waiting, waiting{w, w.Skip || s.Running.Wants != nil && !s.Running.Wants(p.Host, w)})
	}
	v := s.serverView(r, "serverpeer", "peers", d)
	v.Title = p.Name + " · " + v.Title
	return v, err
}

// whyWaiting says in a sentence why a server has not got everything yet.
func (s *Site) whyWaiting(c *catalogue, p store.Peer) string {
	switch {
	case p.Logged+p.Direct == 0:
		return c.T("server.peer.why.nothing")
	case p.Failures == 0:
		return c.T("server.peer.why.now")
	case p.NextTry.After(s.now()):
		return c.T("server.peer.why.failed", p.Failures, c.date(p.NextTry))
	}
	return c.T("server.peer.why.under-way", p.Failures)
}

// failure says how a delivery failed. What a server or the network said of it stays as it was said.
func (c *catalogue) failure(words string) string {
	switch words {
	case store.FailedKey:
		return c.T("server.failure.key")
	case store.FailedPrivate:
		return c.T("server.failure.private")
	case store.FailedLate:
		return c.T("server.failure.late")
	}
	if why, ok := strings.CutPrefix(words, store.FailedReach); ok {
		return c.T("server.failure.reach", c.unreached(why))
	}
	if status, ok := strings.CutPrefix(words, store.FailedAnswer); ok {
		status, its, said := strings.Cut(status, store.FailedSaid)
		if said {
			return c.T("server.failure.said", status, its)
		}
		return c.T("server.failure.answer", strings.TrimSuffix(status, "."))
	}
	return words
}

// unreached says why a server could not be reached, as the network says it if it is none of the usual reasons.
func (c *catalogue) unreached(why string) string {
	key, usual := map[string]string{
		store.WhyRefused: "refused", store.WhyNoWay: "no-way", store.WhyClosed: "closed", store.WhyNoName: "no-name", store.WhyNameUnread: "name-unread",
		store.WhyOtherName: "other-name", store.WhyExpired: "expired", store.WhyNoTrust: "no-trust", store.WhyNoTLS: "no-tls",
	}[why]
	if !usual {
		return why
	}
	return c.T("server.failure.why." + key)
}

// schemeName is what the standards call a signature scheme that a server takes.
func schemeName(scheme string) string {
	switch scheme {
	case "cavage":
		return "draft-cavage-http-signatures"
	case "rfc9421":
		return "RFC 9421"
	case "ed25519":
		return "RFC 9421, Ed25519"
	}
	return scheme
}

// changePeer tries what waits for a server again, gives it up, or says how it is spoken to.
func (s *Site) changePeer(r *http.Request, who *account) (view, error) {
	f, err := s.readForm(r)
	if err != nil {
		return view{}, err
	}
	c := s.languageOf(r)
	p, err := s.Store.Peer(r.Context(), f.Value("host"))
	if err != nil {
		return view{}, err
	}
	to := "/server/peers/" + url.PathEscape(p.Name)
	switch f.Value("do") {
	case "retry":
		if err := s.Store.Retry(r.Context(), p.Name); err != nil {
			return view{}, err
		}
		return s.notes(r, who, store.ServerAct{Kind: "retry", Target: p.Name}, to, said{Words: c.T("server.peer.retried", p.Name)})
	case "drop":
		return s.dropQueue(r, who, f, p, to)
	case "dialect":
		return s.setDialect(r, who, f, p, to)
	}
	return view{}, errForm
}

// dropQueue gives up what waits for a server. That cannot be taken back.
func (s *Site) dropQueue(r *http.Request, who *account, f *form, p store.Peer, to string) (view, error) {
	c := s.languageOf(r)
	if !meant(f) {
		return s.confirm(r, confirmation{
			ServerData: ServerData{Tab: "peers"}, Title: c.T("server.peer.drop-sure", p.Name), Lines: []string{c.T("server.peer.drop-follows", p.Logged+p.Direct)},
			Action: "/server/peer", Fields: map[string]string{"host": p.Name, "do": "drop"}, Button: c.T("server.peer.drop"), Back: to,
		}), nil
	}
	n, err := s.Store.Drop(r.Context(), p.Name)
	if err != nil {
		return view{}, err
	}
	act := store.ServerAct{Kind: "drop", Target: p.Name, Words: strconv.Itoa(n)}
	return s.notes(r, who, act, to, said{Words: c.T("server.peer.dropped", n)})
}

// setDialect says how a server is spoken to from now on; what it has been sent or spared stays so.
func (s *Site) setDialect(r *http.Request, who *account, f *form, p store.Peer, to string) (view, error) {
	c := s.languageOf(r)
	choice := store.Dialect(f.Value("dialect"))
	if !slices.Contains(dialects(), choice) {
		return view{}, errForm
	}
	was := p.Override
	if _, err := s.Store.ChangeHost(r.Context(), p.Name, func(h *store.Host) { h.Override = choice }); err != nil {
		return view{}, err
	}
	n := said{Words: c.T("server.peer.speaks-now", p.Name, c.dialect(choice))}
	if was != choice {
		n.Undo = &undo{Action: "/server/peer", Fields: map[string]string{"host": p.Name, "do": "dialect", "dialect": string(was)}}
	}
	return s.notes(r, who, store.ServerAct{Kind: "dialect", Target: p.Name, Words: string(choice)}, to, n)
}

// dialect is how a server is spoken to, in words.
func (c *catalogue) dialect(d store.Dialect) string {
	if d == "" {
		return c.T("server.dialect.auto")
	}
	return c.T("server.dialect." + string(d))
}

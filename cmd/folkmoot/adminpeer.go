package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"folkmoot/federation"
	"folkmoot/store"
)

// peerInfo is another server as the administration shows it. Times that never were are left out.
type peerInfo struct {
	Host        string    `json:"host"`
	Software    string    `json:"software"`
	Version     string    `json:"version"`
	Dialect     string    `json:"dialect"`
	Basis       string    `json:"dialect_from"` // said, shown or set; "" while nothing is known
	Signature   string    `json:"signature"`
	Followers   int       `json:"followers"`
	LastSuccess time.Time `json:"last_success,omitzero"`
	LastError   string    `json:"last_error"`
	Failures    int       `json:"failures"`
	Failing     time.Time `json:"failing_since,omitzero"`
	NextTry     time.Time `json:"next_try,omitzero"`
	Logged      int       `json:"waiting_log"`
	Direct      int       `json:"waiting_direct"`
	Asked       time.Time `json:"software_asked,omitzero"`
}

// peerChange sets how a server is spoken to.
type peerChange struct {
	Dialect string `json:"dialect"` // dialectAuto: by what it says and shows
}

const dialectAuto = "auto"

func peerInfoOf(p store.Peer) peerInfo {
	profile := federation.ProfileOf(p.Host)
	return peerInfo{
		Host: p.Name, Software: p.Software, Version: p.Version, Dialect: string(profile.Dialect), Basis: string(profile.Basis),
		Signature: p.Scheme, Followers: p.Followers, LastSuccess: inUTC(p.LastSuccess), LastError: p.LastError, Failures: p.Failures,
		Failing: inUTC(p.Failing), NextTry: inUTC(p.NextTry), Logged: p.Logged, Direct: p.Direct, Asked: inUTC(p.Checked),
	}
}

// inUTC keeps the zero time zero, which another zone would not.
func inUTC(t time.Time) time.Time {
	if t.IsZero() {
		return t
	}
	return t.UTC()
}

func (a *app) listPeers(r *http.Request) (any, error) {
	peers, err := a.store.Peers(r.Context())
	if err != nil {
		return nil, err
	}
	out := make([]peerInfo, 0, len(peers))
	for _, p := range peers {
		out = append(out, peerInfoOf(p))
	}
	return out, nil
}

func (a *app) showPeer(r *http.Request) (any, error) {
	p, err := a.store.Peer(r.Context(), r.PathValue("host"))
	if err != nil {
		return nil, peerWords(r, err)
	}
	return peerInfoOf(p), nil
}

// setPeer changes how a server is spoken to from now on; what it has been sent or spared stays so.
func (a *app) setPeer(r *http.Request) (any, error) {
	var c peerChange
	if err := json.NewDecoder(io.LimitReader(r.Body, 1<<20)).Decode(&c); err != nil {
		return nil, &adminError{status: http.StatusBadRequest, Words: "The request is not understood: " + err.Error()}
	}
	override := store.Dialect(c.Dialect)
	switch override {
	case dialectAuto:
		override = ""
	case store.Microblog, store.Threadiverse, store.Smithereen:
	default:
		return nil, &adminError{
			status: http.StatusBadRequest,
			Words: `dialect is "microblog" (Mastodon and its kind), "threadiverse" (Lemmy and its kind), "smithereen", ` +
				`or "auto" (by what the server says and shows).`,
		}
	}
	host := r.PathValue("host")
	if _, err := a.store.ChangeHost(r.Context(), host, func(h *store.Host) { h.Override = override }); err != nil {
		return nil, peerWords(r, err)
	}
	a.log.InfoContext(r.Context(), "dialect set", "host", host, "dialect", c.Dialect)
	return a.showPeer(r)
}

func peerWords(r *http.Request, err error) error {
	if !errors.Is(err, store.ErrNotFound) {
		return err
	}
	return &adminError{
		status: http.StatusNotFound,
		Words:  fmt.Sprintf("This server has not met %q. See those it knows with: folkmoot peer list", r.PathValue("host")),
	}
}

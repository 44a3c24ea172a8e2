package main

import (
	"fmt"
	"net/http"
	"time"

	"folkmoot/federation"
	"folkmoot/store"
)

// queueInfo is what waits for one server and why.
type queueInfo struct {
	Peer    peerInfo      `json:"peer"`
	Why     string        `json:"why"`
	Waiting []waitingInfo `json:"waiting"`
}

type waitingInfo struct {
	Activity string    `json:"activity"`
	Group    string    `json:"group"`
	Form     string    `json:"form"`
	About    string    `json:"about,omitempty"`
	Since    time.Time `json:"since"`
}

// explained is how many waiting activities are listed at most.
const explained = 20

func (a *app) listQueue(r *http.Request) (any, error) {
	peers, err := a.store.Peers(r.Context())
	if err != nil {
		return nil, err
	}
	out := []peerInfo{}
	for _, p := range peers {
		if p.Logged+p.Direct > 0 {
			out = append(out, peerInfoOf(p))
		}
	}
	return out, nil
}

func (a *app) explainQueue(r *http.Request) (any, error) {
	p, err := a.store.Peer(r.Context(), r.PathValue("host"))
	if err != nil {
		return nil, peerWords(r, err)
	}
	waiting, err := a.store.Waiting(r.Context(), p.ID, explained)
	if err != nil {
		return nil, err
	}
	q := queueInfo{Peer: peerInfoOf(p), Why: whyWaiting(p, time.Now()), Waiting: []waitingInfo{}}
	for _, w := range waiting {
		form := string(w.Form)
		if w.Skip || !federation.Wants(p.Host, w) {
			form += ", passed over"
		}
		q.Waiting = append(q.Waiting, waitingInfo{Activity: w.Activity, Group: w.Group, Form: form, About: w.About, Since: w.Since.UTC()})
	}
	return q, nil
}

// whyWaiting says in a sentence why a host has not got everything yet.
func whyWaiting(p store.Peer, now time.Time) string {
	failed := fmt.Sprintf("The last %s failed", plural(p.Failures, "try", "tries"))
	switch nothing := p.Logged+p.Direct == 0; {
	case nothing && p.Failures == 0:
		return "Nothing waits for " + p.Name + "."
	case nothing: // it was given up
		return fmt.Sprintf("Nothing waits for %s. %s. %s", p.Name, failed, p.LastError)
	case p.Failures == 0:
		return "It is being delivered right now; look again in a moment."
	case p.NextTry.After(now):
		return fmt.Sprintf("%s, the next comes at %s, or at once with: folkmoot queue retry %s. %s", failed, timeWords(p.NextTry), p.Name, p.LastError)
	default:
		return fmt.Sprintf("%s; the next is under way. %s", failed, p.LastError)
	}
}

func plural(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return fmt.Sprintf("%d %s", n, many)
}

func (a *app) retryQueue(r *http.Request) (any, error) {
	host := r.PathValue("host")
	if err := a.store.Retry(r.Context(), host); err != nil {
		return nil, peerWords(r, err)
	}
	a.log.InfoContext(r.Context(), "queue to be tried again", "host", host)
	return said{Words: host + " is tried again now; see how it went with: folkmoot queue explain " + host}, nil
}

func (a *app) dropQueue(r *http.Request) (any, error) {
	host := r.PathValue("host")
	n, err := a.store.Drop(r.Context(), host)
	if err != nil {
		return nil, peerWords(r, err)
	}
	a.log.InfoContext(r.Context(), "queue dropped", "host", host, "activities", n)
	return said{Words: fmt.Sprintf("Given up for %s: %s. What is sent from now on is delivered again.", host, plural(n, "1 activity", "activities"))}, nil
}

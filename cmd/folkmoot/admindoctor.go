package main

import (
	"context"
	"net/http"
	"time"

	"folkmoot/federation"
	"folkmoot/store"
)

// healthInfo is what the running server knows of itself.
type healthInfo struct {
	Version   string       `json:"version"`
	Group     string       `json:"group"`             // name of one; "" if there is none
	Undecided int          `json:"undecided"`         // activities whose turn it is, without those that are put off
	Received  time.Time    `json:"received,omitzero"` // since when the oldest of these waits
	Behind    int          `json:"behind"`            // servers for which something waits
	Failing   int          `json:"failing"`           // those of them that cannot be reached
	Oldest    *oldestInfo  `json:"oldest,omitempty"`  // of what waits to be delivered
	Peers     []string     `json:"peers"`             // a few that were reached lately, as addresses
	Backup    *backupState `json:"backup,omitempty"`
}

// oldestInfo is what waits longest to be delivered.
type oldestInfo struct {
	Host  string    `json:"host"`
	Since time.Time `json:"since"`
	Error string    `json:"error"`
}

// asked is how many other servers are asked what time it is.
const asked = 3

func (a *app) health(r *http.Request) (any, error) {
	ctx := r.Context()
	st, err := a.store.Status(ctx)
	if err != nil {
		return nil, err
	}
	h := healthInfo{Version: programVersion(), Undecided: st.Due, Received: inUTC(st.OldestDue), Peers: []string{}}
	groups, err := a.store.Groups(ctx)
	if err != nil {
		return nil, err
	}
	if len(groups) > 0 {
		h.Group = groups[0].Name
	}
	peers, err := a.store.Peers(ctx)
	if err != nil {
		return nil, err
	}
	if err := a.behind(ctx, peers, &h); err != nil {
		return nil, err
	}
	if a.backups != nil {
		s := a.backups.now()
		h.Backup = &s
	}
	return h, nil
}

// behind counts the servers for which something waits, and finds what waits longest.
func (a *app) behind(ctx context.Context, peers []store.Peer, h *healthInfo) error {
	scheme := "https://"
	if !isHTTPS(a.origin) {
		scheme = "http://"
	}
	for _, p := range peers {
		if p.Failures == 0 && !p.LastSuccess.IsZero() && len(h.Peers) < asked {
			h.Peers = append(h.Peers, scheme+p.Name)
		}
		if p.Logged+p.Direct == 0 {
			continue
		}
		h.Behind++
		if p.Failures > 0 {
			h.Failing++
		}
		waiting, err := a.store.Waiting(ctx, p.ID, 1)
		if err != nil {
			return err
		}
		if len(waiting) > 0 && (h.Oldest == nil || waiting[0].Since.Before(h.Oldest.Since)) {
			h.Oldest = &oldestInfo{Host: p.Name, Since: inUTC(waiting[0].Since), Error: p.LastError}
		}
	}
	return nil
}

// journeyInfo is how a request of the server to itself went.
type journeyInfo struct {
	federation.Journey
	Error  string `json:"error,omitempty"` // there was no answer
	Client string `json:"client"`          // who asked, as the server sees it behind its trusted proxies
}

func (a *app) travel(r *http.Request) (any, error) {
	j, err := a.fed.CheckSelf(r.Context(), a.outside)
	info := journeyInfo{Journey: j}
	if err != nil {
		info.Error = err.Error()
	}
	if j.Arrived {
		info.Client = clientAddress(&http.Request{RemoteAddr: j.From, Header: http.Header{"X-Forwarded-For": j.Forwarded}}, a.trusted)
	}
	return info, nil
}

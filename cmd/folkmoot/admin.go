package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"syscall"
	"time"

	"folkmoot/federation"
	"folkmoot/group"
	"folkmoot/store"
	"folkmoot/web"
)

// groupInfo is a group as the administration shows it.
type groupInfo struct {
	Name       string    `json:"name"`
	Handle     string    `json:"handle"`
	URI        string    `json:"uri"`
	Title      string    `json:"title"`
	Summary    string    `json:"summary"`
	Icon       string    `json:"icon,omitempty"` // address
	IconAlt    string    `json:"icon_alt,omitempty"`
	Header     string    `json:"header,omitempty"`
	HeaderAlt  string    `json:"header_alt,omitempty"`
	Join       string    `json:"join"`
	Posting    string    `json:"posting"`
	TagCap     int       `json:"tag_cap"`
	Votes      string    `json:"votes"`
	Storm      string    `json:"storm"` // no, in this group, or on the whole server
	Successor  string    `json:"successor,omitempty"`
	Paused     string    `json:"paused"` // no, until a time, or until it is lifted
	Following  []string  `json:"following"`
	Moderators []string  `json:"moderators"`
	Followers  int       `json:"followers"`
	Members    int       `json:"members"`
	Threads    int       `json:"threads"`
	Comments   int       `json:"comments"`
	Created    time.Time `json:"created"`
}

// groupChange creates a group or edits one; what is nil stays as it is.
type groupChange struct {
	Name    string  `json:"name,omitempty"`
	Owner   string  `json:"owner,omitempty"`
	Title   *string `json:"title,omitempty"`
	Summary *string `json:"summary,omitempty"`
	Join    *string `json:"join,omitempty"`
	Posting *string `json:"posting,omitempty"`
	TagCap  *int    `json:"tag_cap,omitempty"`
	Votes   *string `json:"votes,omitempty"`

	Icon      *[]byte `json:"icon,omitempty"` // a file; an empty one takes the picture away
	IconAlt   *string `json:"icon_alt,omitempty"`
	Header    *[]byte `json:"header,omitempty"`
	HeaderAlt *string `json:"header_alt,omitempty"`
}

// maxChange is how much a change of a group may be: two pictures in Base64 and what else there is to say.
const maxChange = 32 << 20

// adminError is an answer of the administration that is no success.
type adminError struct {
	status int
	Words  string `json:"error"`
}

func (e *adminError) Error() string { return e.Words }

// adminHandler is what the unix socket answers. Whoever may open the socket is trusted: its file mode is the lock.
func (a *app) adminHandler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /v1/groups", a.admin(a.listGroups))
	mux.HandleFunc("POST /v1/groups", a.admin(a.createGroup))
	mux.HandleFunc("GET /v1/groups/{name}", a.admin(a.showGroup))
	mux.HandleFunc("PATCH /v1/groups/{name}", a.admin(a.editGroup))
	mux.HandleFunc("GET /v1/groups/{name}/settings", a.admin(a.showSettings))
	mux.HandleFunc("PATCH /v1/groups/{name}/settings", a.admin(a.changeSettings))
	mux.HandleFunc("GET /v1/groups/{name}/held", a.admin(a.listHeld))
	mux.HandleFunc("GET /v1/groups/{name}/members", a.admin(a.listMembers))
	mux.HandleFunc("GET /v1/groups/{name}/offers", a.admin(a.listOffers))
	mux.HandleFunc("POST /v1/groups/{name}/moderate", a.admin(a.moderate))
	mux.HandleFunc("PUT /v1/groups/{name}/following", a.admin(a.followCommunity))
	mux.HandleFunc("DELETE /v1/groups/{name}/following", a.admin(a.followCommunity))
	a.blockRoutes(mux)
	a.ruleRoutes(mux)
	a.reportRoutes(mux)
	a.operatorRoutes(mux)
	mux.HandleFunc("GET /v1/people/data", a.admin(a.exportPerson))
	mux.HandleFunc("DELETE /v1/people/data", a.admin(a.erasePerson))
	mux.HandleFunc("POST /v1/storm", a.admin(a.setStorm))
	mux.HandleFunc("GET /v1/health", a.admin(a.health))
	mux.HandleFunc("POST /v1/self-check", a.admin(a.travel))
	mux.HandleFunc("GET /v1/peers", a.admin(a.listPeers))
	mux.HandleFunc("GET /v1/peers/{host}", a.admin(a.showPeer))
	mux.HandleFunc("PATCH /v1/peers/{host}", a.admin(a.setPeer))
	mux.HandleFunc("GET /v1/queue", a.admin(a.listQueue))
	mux.HandleFunc("GET /v1/queue/{host}", a.admin(a.explainQueue))
	mux.HandleFunc("POST /v1/queue/{host}/retry", a.admin(a.retryQueue))
	mux.HandleFunc("DELETE /v1/queue/{host}", a.admin(a.dropQueue))
	return mux
}

func (a *app) admin(do func(*http.Request) (any, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		answer, err := do(r)
		status := http.StatusOK
		var refused *adminError
		switch {
		case errors.As(err, &refused):
			answer, status = refused, refused.status
		case errors.Is(err, store.ErrNotFound):
			answer = &adminError{Words: fmt.Sprintf("There is no group %q. See the names with: folkmoot group list", r.PathValue("name"))}
			status = http.StatusNotFound
		case err != nil:
			a.log.ErrorContext(r.Context(), "administration failed", "path", r.URL.Path, "error", err)
			answer = &adminError{Words: "The server could not do it; its log says why."}
			status = http.StatusInternalServerError
		}
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_ = json.NewEncoder(w).Encode(answer) // a client that hung up wants nothing more
	}
}

func (a *app) listGroups(r *http.Request) (any, error) {
	groups, err := a.store.Groups(r.Context())
	if err != nil {
		return nil, err
	}
	out := []groupInfo{}
	for _, g := range groups {
		info, err := a.groupInfo(r.Context(), g)
		if err != nil {
			return nil, err
		}
		out = append(out, info)
	}
	return out, nil
}

func (a *app) showGroup(r *http.Request) (any, error) {
	g, err := a.store.Group(r.Context(), r.PathValue("name"))
	if err != nil {
		return nil, err
	}
	return a.groupInfo(r.Context(), g)
}

func (a *app) groupInfo(ctx context.Context, g store.Group) (groupInfo, error) {
	counts, err := a.store.Counts(ctx, g.ID)
	if err != nil {
		return groupInfo{}, err
	}
	moderators, err := a.store.Moderators(ctx, g.ID)
	if err != nil {
		return groupInfo{}, err
	}
	info := groupInfo{
		Name: g.Name, Handle: a.fed.Handle(g.Name), URI: g.URI, Title: g.Title, Summary: g.Summary, Join: string(g.Settings.Join),
		Posting: string(g.Settings.Posting), TagCap: g.Settings.TagCap, Moderators: []string{}, Followers: counts.Followers,
		Paused:  pausedWords(g.Paused),
		Storm:   stormWords(g),
		Members: counts.Members, Threads: counts.Threads, Comments: counts.Comments, Created: g.Created.UTC(), Votes: votesPass,
	}
	if g.Settings.KeepVotes {
		info.Votes = votesKeep
	}
	info.Icon, info.IconAlt = a.pictureAddress(g.Icon), g.Icon.Alt
	info.Header, info.HeaderAlt = a.pictureAddress(g.Header), g.Header.Alt
	following, err := a.store.Followings(ctx, g.ID)
	if err != nil {
		return groupInfo{}, err
	}
	info.Following = append([]string{}, following...)
	if info.Successor, err = a.handleOf(ctx, g.Successor); err != nil {
		return groupInfo{}, err
	}
	for _, m := range moderators {
		name := m.Handle
		if name == "" {
			name = m.URI
		}
		info.Moderators = append(info.Moderators, name)
	}
	return info, nil
}

func readChange(r *http.Request) (groupChange, error) {
	var c groupChange
	d := json.NewDecoder(io.LimitReader(r.Body, maxChange))
	d.DisallowUnknownFields()
	if err := d.Decode(&c); err != nil {
		return c, &adminError{status: http.StatusBadRequest, Words: "The request is not understood: " + err.Error()}
	}
	return c, nil
}

func (a *app) createGroup(r *http.Request) (any, error) {
	c, err := readChange(r)
	if err != nil {
		return nil, err
	}
	if c.Owner == "" {
		return nil, &adminError{status: http.StatusBadRequest, Words: "A group needs an owner: name one with --owner @ann@mastodon.example"}
	}
	n := federation.NewGroup{Name: c.Name, Owner: c.Owner}
	if c.Title != nil {
		n.Title = *c.Title
	}
	if c.Summary != nil {
		n.Summary = *c.Summary
	}
	if n.SummaryHTML, err = web.Markdown(n.Summary); err != nil {
		return nil, err
	}
	g, err := a.fed.CreateGroup(r.Context(), n)
	switch {
	case errors.Is(err, federation.ErrName), errors.Is(err, store.ErrTaken):
		return nil, &adminError{status: http.StatusConflict, Words: sentence(err)}
	case errors.Is(err, federation.ErrOwner):
		a.log.InfoContext(r.Context(), "owner not found", "owner", c.Owner, "error", err)
		return nil, &adminError{status: http.StatusBadGateway, Words: accountWords(c.Owner, err)}
	case err != nil:
		return nil, err
	}
	return a.groupInfo(r.Context(), g)
}

func accountWords(account string, err error) string {
	why := "Check the spelling, and that the account's server is up."
	if errors.Is(err, federation.ErrBlockedAddress) {
		why = "Its server has a private address. If that is meant, allow it with fetch.allow_cidrs."
	}
	return fmt.Sprintf("The account %s could not be found. %s", account, why)
}

func (a *app) editGroup(r *http.Request) (any, error) {
	c, err := readChange(r)
	if err != nil {
		return nil, err
	}
	g, err := a.store.Group(r.Context(), r.PathValue("name"))
	if err != nil {
		return nil, err
	}
	if err := change(&g, c); err != nil {
		return nil, err
	}
	if g.SummaryHTML, err = web.Markdown(g.Summary); err != nil {
		return nil, err
	}
	if err := a.fed.EditGroup(r.Context(), g); err != nil {
		return nil, err
	}
	return a.showGroup(r)
}

// What becomes of votes.
const (
	votesPass = "pass"
	votesKeep = "keep"
)

// followCommunity has a group follow a community elsewhere (PUT), or ends that (DELETE).
func (a *app) followCommunity(r *http.Request) (any, error) {
	var c struct {
		Community string `json:"community"`
	}
	if err := json.NewDecoder(io.LimitReader(r.Body, 1<<20)).Decode(&c); err != nil {
		return nil, &adminError{status: http.StatusBadRequest, Words: "The request is not understood: " + err.Error()}
	}
	d, err := a.fed.Subscribe(r.Context(), r.PathValue("name"), c.Community, r.Method == http.MethodPut)
	if errors.Is(err, federation.ErrCommunity) {
		a.log.InfoContext(r.Context(), "community not found", "community", c.Community, "error", err)
		return nil, &adminError{status: http.StatusBadGateway, Words: fmt.Sprintf(
			"No community was found as %s. Check the spelling (such as !lounge@lemmy.example) and that its server is up.", c.Community)}
	}
	if err != nil {
		return nil, err
	}
	return said{Words: d.Reason.Sentence()}, nil
}

// said is an answer in words.
type said struct {
	Words string `json:"said"`
}

// change writes into g what c names, or says what is wrong with it.
func change(g *store.Group, c groupChange) error {
	bad := func(words string) error { return &adminError{status: http.StatusBadRequest, Words: words} }
	if c.Title != nil {
		if g.Title = *c.Title; g.Title == "" {
			return bad("A group needs a title.")
		}
	}
	if c.Summary != nil {
		g.Summary = *c.Summary
	}
	if err := changePictures(g, c); err != nil {
		return bad(sentence(err))
	}
	if c.Join != nil {
		g.Settings.Join = group.JoinPolicy(*c.Join)
	}
	if c.Posting != nil {
		g.Settings.Posting = group.PostingPolicy(*c.Posting)
	}
	if c.Votes != nil {
		if *c.Votes != votesPass && *c.Votes != votesKeep {
			return bad(`votes is "pass" (announced to servers that show them) or "keep" (only counted).`)
		}
		g.Settings.KeepVotes = *c.Votes == votesKeep
	}
	if c.TagCap != nil {
		g.Settings.TagCap = *c.TagCap
	}
	if err := g.Settings.Check(); err != nil {
		return bad(sentence(err))
	}
	return nil
}

// adminClient speaks to the running server.
type adminClient struct {
	socket string
	http   *http.Client
}

func newAdminClient(socket string) *adminClient {
	return &adminClient{socket: socket, http: &http.Client{Timeout: time.Minute, Transport: &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "unix", socket)
		},
	}}}
}

// do sends in (nil for none) and reads the answer into out.
func (c *adminClient) do(ctx context.Context, method, path string, in, out any) error {
	var body bytes.Buffer
	if in != nil {
		if err := json.NewEncoder(&body).Encode(in); err != nil {
			return fmt.Errorf("write request: %w", err)
		}
	}
	r, err := http.NewRequestWithContext(ctx, method, "http://folkmoot"+path, &body)
	if err != nil {
		return fmt.Errorf("make request: %w", err)
	}
	res, err := c.http.Do(r)
	switch {
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("you may not open %s: run this as the user that runs the server, for example with sudo -u folkmoot", c.socket)
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ECONNREFUSED):
		return fmt.Errorf("no server is running (nothing answers at %s): start it with: folkmoot serve", c.socket)
	case err != nil:
		return fmt.Errorf("ask the server at %s: %w", c.socket, err)
	}
	defer res.Body.Close()
	if res.StatusCode >= 300 {
		var refused adminError
		if err := json.NewDecoder(res.Body).Decode(&refused); err != nil || refused.Words == "" {
			return fmt.Errorf("the server at %s answered %s; is it a Folkmoot of another version?", c.socket, res.Status)
		}
		return &refused
	}
	if err := json.NewDecoder(res.Body).Decode(out); err != nil {
		return fmt.Errorf("read the answer of %s: %w", c.socket, err)
	}
	return nil
}

// listenSocket opens the administration's socket for the owner alone. A socket left behind by a crash is replaced; one
// that answers belongs to a running server.
func listenSocket(path string) (net.Listener, error) {
	if conn, err := net.Dial("unix", path); err == nil {
		_ = conn.Close()
		return nil, fmt.Errorf("another server is running with the socket %s: stop it first, or give this one another data_dir or socket", path)
	}
	if info, err := os.Lstat(path); err == nil && info.Mode()&fs.ModeSocket != 0 {
		if err := os.Remove(path); err != nil {
			return nil, fmt.Errorf("replace the old socket %s: %w", path, err)
		}
	}
	l, err := net.Listen("unix", path)
	if err != nil {
		return nil, fmt.Errorf("open the socket %s: %w", path, err)
	}
	if err := os.Chmod(path, 0o600); err != nil {
		return nil, errors.Join(fmt.Errorf("lock the socket %s: %w", path, err), l.Close())
	}
	return l, nil
}

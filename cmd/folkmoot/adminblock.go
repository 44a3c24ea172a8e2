package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"folkmoot/federation"
	"folkmoot/group"
	"folkmoot/store"
)

// blockInfo is an entry as the administration shows and takes it.
type blockInfo struct {
	Subject       string    `json:"subject"`
	Level         string    `json:"level"`
	Public        string    `json:"public,omitempty"`
	Private       string    `json:"private,omitempty"`
	RejectMedia   bool      `json:"reject_media,omitempty"`
	RejectReports bool      `json:"reject_reports,omitempty"`
	Obfuscate     bool      `json:"obfuscate,omitempty"`
	Source        string    `json:"source,omitempty"`
	At            time.Time `json:"at,omitzero"`
}

// blockPage is a list of blocks.
type blockPage struct {
	AllowOnly bool        `json:"allow_only"`
	Blocks    []blockInfo `json:"blocks"`
	CSV       string      `json:"csv"`
}

// blockRequest changes a list of blocks.
type blockRequest struct {
	Group     string      `json:"group,omitempty"` // "" for the whole server
	Set       []blockInfo `json:"set,omitempty"`
	Lift      []string    `json:"lift,omitempty"`
	CSV       string      `json:"csv,omitempty"`
	AllowOnly *bool       `json:"allow_only,omitempty"`
	Preview   bool        `json:"preview,omitempty"`
}

// blockAnswer is what a change comes to.
type blockAnswer struct {
	Preview    bool        `json:"preview"`
	Waiting    bool        `json:"waiting"` // the change is larger than the list may make without a yes
	Added      []blockInfo `json:"added"`
	Changed    []blockInfo `json:"changed"`
	Lifted     []blockInfo `json:"lifted"`
	Followers  int         `json:"followers"`
	Members    int         `json:"members"`
	Moderators int         `json:"moderators"`
	Posts      int         `json:"posts"`

	MembersBack int      `json:"members_back"`
	PostsBack   int      `json:"posts_back"`
	Problems    []string `json:"problems"`
}

// listRequest follows a list, or takes it over.
type listRequest struct {
	URL       string `json:"url"`
	Hours     int    `json:"hours,omitempty"`
	Entries   int    `json:"entries,omitempty"`
	Followers int    `json:"followers,omitempty"`
	Preview   bool   `json:"preview,omitempty"`
	Yes       bool   `json:"yes,omitempty"`
}

// listInfo is a list that is followed.
type listInfo struct {
	URL       string    `json:"url"`
	Hours     int       `json:"hours"`
	Entries   int       `json:"max_entries"`
	Followers int       `json:"max_followers"`
	Fetched   time.Time `json:"fetched,omitzero"`
	Due       time.Time `json:"due,omitzero"`
	Waiting   time.Time `json:"waiting_since,omitzero"`
	Words     string    `json:"words,omitempty"`
}

func (a *app) blockRoutes(mux *http.ServeMux) {
	mux.HandleFunc("GET /v1/blocks", a.admin(a.listBlocks))
	mux.HandleFunc("POST /v1/blocks", a.admin(a.changeBlocks))
	mux.HandleFunc("GET /v1/blocklists", a.admin(a.listLists))
	mux.HandleFunc("PUT /v1/blocklists", a.admin(a.followList))
	mux.HandleFunc("DELETE /v1/blocklists", a.admin(a.dropList))
	mux.HandleFunc("POST /v1/blocklists", a.admin(a.refreshList))
}

func blockInfos(list []group.Barrier) []blockInfo {
	out := make([]blockInfo, 0, len(list))
	for _, b := range list {
		out = append(out, blockInfo{
			Subject: b.Subject, Level: string(b.Level), Public: b.Public, Private: b.Private, RejectMedia: b.RejectMedia,
			RejectReports: b.RejectReports, Obfuscate: b.Obfuscate, Source: b.Source, At: inUTC(b.At),
		})
	}
	return out
}

func blockAnswerOf(e store.BlockEffect, preview bool) blockAnswer {
	return blockAnswer{
		Preview: preview, Added: blockInfos(e.Added), Changed: blockInfos(e.Changed), Lifted: blockInfos(e.Lifted), Followers: e.Followers,
		Members: e.Members, Moderators: e.Moderators, Posts: e.Posts, MembersBack: e.MembersBack, PostsBack: e.PostsBack, Problems: []string{},
	}
}

// readJSON reads what a command sends.
func readJSON[T any](r *http.Request, limit int64) (in T, err error) {
	d := json.NewDecoder(io.LimitReader(r.Body, limit))
	d.DisallowUnknownFields()
	if err := d.Decode(&in); err != nil {
		return in, &adminError{status: http.StatusBadRequest, Words: "The request is not understood: " + err.Error()}
	}
	return in, nil
}

// scopeID is the number of the group that a request names, 0 for the whole server.
func (a *app) scopeID(r *http.Request, name string) (int64, error) {
	if name == "" {
		return 0, nil
	}
	g, err := a.store.Group(r.Context(), name)
	if errors.Is(err, store.ErrNotFound) {
		return 0, &adminError{status: http.StatusNotFound, Words: fmt.Sprintf("There is no group %q. See the names with: folkmoot group list", name)}
	}
	return g.ID, err
}

func (a *app) listBlocks(r *http.Request) (any, error) {
	id, err := a.scopeID(r, r.URL.Query().Get("group"))
	if err != nil {
		return nil, err
	}
	entries, err := a.store.Blocks(r.Context(), id)
	if err != nil {
		return nil, err
	}
	page := blockPage{Blocks: blockInfos(entries)}
	if page.AllowOnly, err = a.store.AllowOnly(r.Context(), id); err != nil {
		return nil, err
	}
	page.CSV, err = group.FormatBlockList(entries)
	return page, err
}

func (a *app) changeBlocks(r *http.Request) (any, error) {
	in, err := readJSON[blockRequest](r, 16<<20)
	if err != nil {
		return nil, err
	}
	c := store.BlockChange{Preview: in.Preview, AllowOnly: in.AllowOnly}
	if c.GroupID, err = a.scopeID(r, in.Group); err != nil {
		return nil, err
	}
	problems := []string{}
	if in.CSV != "" {
		read, wrong, err := federation.ParseBlocks(in.CSV)
		if err != nil {
			return nil, &adminError{status: http.StatusBadRequest, Words: sentence(err)}
		}
		c.Set = read
		for _, w := range wrong {
			problems = append(problems, sentence(w))
		}
	}
	if err := a.readBlocks(r, in, &c); err != nil {
		return nil, err
	}
	effect, err := a.fed.ChangeBlocks(r.Context(), c)
	answer := blockAnswerOf(effect, in.Preview)
	answer.Problems = problems
	return answer, err
}

// readBlocks finds out what the entries of a request are about.
func (a *app) readBlocks(r *http.Request, in blockRequest, c *store.BlockChange) error {
	for _, b := range in.Set {
		subject, err := a.blockSubject(r, b.Subject)
		if err != nil {
			return err
		}
		level := group.Level(b.Level)
		switch level {
		case group.LevelSuspend, group.LevelSilence, group.LevelNoop, group.LevelAllow:
		default:
			return &adminError{status: http.StatusBadRequest, Words: `level is "suspend" (nothing in, nothing out), "silence" (posts wait for a moderator), ` +
				`"noop" (only what else is said) or "allow" (an exception, or one of an allow-list).`}
		}
		if level == group.LevelAllow && (group.Barrier{Subject: subject}).IsAccount() {
			return &adminError{status: http.StatusBadRequest, Words: "Only servers can be allowed; a block of an account is lifted with: folkmoot block remove"}
		}
		c.Set = append(c.Set, group.Barrier{
			Subject: subject, Level: level, Public: b.Public, Private: b.Private, RejectMedia: b.RejectMedia, RejectReports: b.RejectReports,
			Obfuscate: b.Obfuscate,
		})
	}
	for _, name := range in.Lift {
		subject, err := a.blockSubject(r, name)
		if err != nil {
			return err
		}
		c.Lift = append(c.Lift, subject)
	}
	return nil
}

func (a *app) blockSubject(r *http.Request, name string) (string, error) {
	subject, err := a.fed.BlockSubject(r.Context(), name)
	switch {
	case errors.Is(err, federation.ErrBarred):
		return "", &adminError{status: http.StatusConflict, Words: "The server of " + name + " is blocked, so it is not asked: give the account's address (https://...) instead."}
	case errors.Is(err, federation.ErrBadURL):
		return "", &adminError{status: http.StatusBadRequest, Words: sentence(err)}
	case err != nil:
		a.log.InfoContext(r.Context(), "account not found", "account", name, "error", err)
		return "", &adminError{status: http.StatusBadGateway, Words: accountWords(name, err)}
	}
	return subject, nil
}

func (a *app) listLists(r *http.Request) (any, error) {
	lists, err := a.store.BlockLists(r.Context())
	out := make([]listInfo, 0, len(lists))
	for _, l := range lists {
		out = append(out, listInfo{
			URL: l.URL, Hours: l.Hours, Entries: l.Entries, Followers: l.Followers, Fetched: inUTC(l.Fetched), Due: inUTC(l.Due),
			Waiting: inUTC(l.Waiting), Words: l.Words,
		})
	}
	return out, err
}

// followList follows a list from now on. It is taken over at once, unless that needs a yes.
func (a *app) followList(r *http.Request) (any, error) {
	in, err := readJSON[listRequest](r, 1<<20)
	if err != nil {
		return nil, err
	}
	if in.Hours < 1 || in.Entries < 0 || in.Followers < 0 {
		return nil, &adminError{status: http.StatusBadRequest, Words: "A list is looked at every hour at most, and the limits are numbers from 0 (no limit) on."}
	}
	l, err := a.store.BlockList(r.Context(), in.URL)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return nil, err
	}
	l.URL, l.Hours, l.Entries, l.Followers = in.URL, in.Hours, in.Entries, in.Followers
	if l.Due.IsZero() {
		l.Due = time.Now()
	}
	if err := a.store.SaveBlockList(r.Context(), l); err != nil {
		return nil, err
	}
	answer, err := a.refresh(r, in)
	if errors.Is(err, federation.ErrList) && l.Fetched.IsZero() {
		_, dropped := a.store.DropBlockList(r.Context(), l.URL)
		return nil, errors.Join(a.listWords(in.URL, err), dropped)
	}
	return answer, a.listWords(in.URL, err)
}

func (a *app) refreshList(r *http.Request) (any, error) {
	in, err := readJSON[listRequest](r, 1<<20)
	if err != nil {
		return nil, err
	}
	answer, err := a.refresh(r, in)
	return answer, a.listWords(in.URL, err)
}

func (a *app) refresh(r *http.Request, in listRequest) (blockAnswer, error) {
	effect, err := a.fed.RefreshList(r.Context(), in.URL, federation.Refresh{Preview: in.Preview, Yes: in.Yes})
	answer := blockAnswerOf(effect, in.Preview)
	if errors.Is(err, store.ErrTooMuch) {
		answer.Waiting, err = true, nil
	}
	return answer, err
}

func (a *app) listWords(url string, err error) error {
	switch {
	case errors.Is(err, store.ErrNotFound):
		return &adminError{status: http.StatusNotFound, Words: fmt.Sprintf("The list %s is not followed. See those that are with: folkmoot block lists", url)}
	case errors.Is(err, federation.ErrList), errors.Is(err, federation.ErrBarred):
		return &adminError{status: http.StatusBadGateway, Words: sentence(err)}
	}
	return err
}

func (a *app) dropList(r *http.Request) (any, error) {
	in, err := readJSON[listRequest](r, 1<<20)
	if err != nil {
		return nil, err
	}
	effect, err := a.store.DropBlockList(r.Context(), in.URL)
	return blockAnswerOf(effect, false), a.listWords(in.URL, err)
}

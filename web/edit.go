package web

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"folkmoot/store"
)

// What somebody has published through their own server they change and delete there, from here too. The group hears of it as it does of
// everything: through the inbox.

// status is a post as the person's own server keeps it.
type status struct {
	ID       string `json:"id"`
	URI      string `json:"uri"`
	Language string `json:"language"`
	Media    []struct {
		ID string `json:"id"`
	} `json:"media_attachments"`
	Poll    *struct{} `json:"poll"`
	Boosted *status   `json:"reblog"`
}

// itself is the post where a server shows it as the boost by a group: snac (2.75) does so with one's own posts too.
func (n status) itself() status {
	if n.Boosted != nil {
		return *n.Boosted
	}
	return n
}

// source is what was typed.
type source struct {
	Text    string `json:"text"`
	Warning string `json:"spoiler_text"`
}

type editData struct {
	Group   store.Group
	Post    store.Post
	Form    *form
	Tongues []tongue
	Server  string
}

// errElsewhere means that a post cannot be changed from here.
var errElsewhere = errors.New("the own server does not let this be changed from here")

// editing is a post of one's own, and the permission to change it where it is; errElsewhere if there is none.
func (s *Site) editing(r *http.Request, a acting) (d editData, p permission, err error) {
	d = editData{Group: a.Group, Tongues: tongues(), Server: a.ownHost()}
	if d.Post, err = s.shownPost(r); err != nil {
		return d, p, err
	}
	if d.Post.Author.URI != a.Actor.URI {
		return d, p, store.ErrNotFound
	}
	if d.Form, err = s.readForm(r); err != nil {
		return d, p, err
	}
	p, ok := a.permission()
	if origin, err := originOf(d.Post.URI); !ok || err != nil || origin != p.Origin {
		return d, p, errElsewhere
	}
	return d, p, nil
}

func (s *Site) editView(r *http.Request, page string, d editData) view {
	return view{Page: page, Title: s.languageOf(r).T("takepart." + page + ".title"), Unlisted: true, Status: d.Form.Answer(), Data: d}
}

// elsewhere says that something is done at the own server, with the way there.
func (s *Site) elsewhere(r *http.Request, d editData, err error) (view, error) {
	if errors.Is(err, store.ErrNotFound) || d.Form == nil {
		return view{}, err
	}
	s.Log.InfoContext(r.Context(), "post not to be changed from here", "server", d.Server, "error", err)
	return s.editView(r, "editthere", d), nil
}

// editPage shows what was typed.
func (s *Site) editPage(r *http.Request, a acting) (view, error) {
	d, p, err := s.editing(r, a)
	if err != nil {
		return s.elsewhere(r, d, err)
	}
	kept, err := s.keptStatus(r.Context(), p, d.Post.URI)
	var typed source
	if err == nil {
		err = s.ask(r.Context(), Call{Method: http.MethodGet, URI: p.Origin + statusPath(kept.ID) + "/source", Token: p.Token}, nil, &typed)
	}
	if err == nil && kept.Poll != nil {
		err = errElsewhere // what is changed of it ends the poll
	}
	if err != nil {
		return s.elsewhere(r, d, err)
	}
	d.Form.set("words", typed.Text)
	d.Form.set("warning", typed.Warning)
	d.Form.set("language", kept.Language)
	return s.editView(r, "edit", d), nil
}

// editPost has the own server change a post. The pictures stay as they are.
func (s *Site) editPost(r *http.Request, a acting) (view, error) {
	d, p, err := s.editing(r, a)
	if err != nil {
		return s.elsewhere(r, d, err)
	}
	words, warning := d.Form.Text("words", maxWords), d.Form.Line("warning", maxWarning)
	if words == "" {
		d.Form.Fail("words", "takepart.empty")
	}
	if !d.Form.OK() {
		return s.editView(r, "edit", d), nil
	}
	kept, err := s.keptStatus(r.Context(), p, d.Post.URI)
	if err == nil && kept.Poll != nil {
		return s.elsewhere(r, d, errElsewhere)
	}
	if err == nil {
		send := url.Values{"status": {words}, "spoiler_text": {warning}, "language": {d.Form.Value("language")}, "content_type": {"text/markdown"}}
		for _, m := range kept.Media {
			send.Add("media_ids[]", m.ID) // those that are not named are taken away
		}
		err = s.ask(r.Context(), Call{Method: http.MethodPut, URI: p.Origin + statusPath(kept.ID), Token: p.Token}, send, nil)
	}
	if err != nil {
		s.Log.InfoContext(r.Context(), "post not changed", "server", d.Server, "error", err)
		s.unpublished(composeData{Form: d.Form, Server: d.Server}, err)
		return s.editView(r, "edit", d), nil
	}
	return s.done(r, a.account, place(d.Post), said{Words: s.languageOf(r).T("takepart.edited", d.Server)})
}

// deletePage asks whether a post is to be deleted.
func (s *Site) deletePage(r *http.Request, a acting) (view, error) {
	d, _, err := s.editing(r, a)
	if err != nil {
		return s.elsewhere(r, d, err)
	}
	return s.editView(r, "delete", d), nil
}

// deletePost has the own server delete a post. snac (2.75) does not do that for others: there, people do it themselves.
func (s *Site) deletePost(r *http.Request, a acting) (view, error) {
	d, p, err := s.editing(r, a)
	if err != nil {
		return s.elsewhere(r, d, err)
	}
	kept, err := s.keptStatus(r.Context(), p, d.Post.URI)
	if err == nil {
		err = s.ask(r.Context(), Call{Method: http.MethodDelete, URI: p.Origin + statusPath(kept.ID), Token: p.Token}, nil, nil)
	}
	if refused := (*refusal)(nil); errors.As(err, &refused) && (refused.status == http.StatusNotFound || refused.status == http.StatusMethodNotAllowed) {
		return s.elsewhere(r, d, err)
	}
	if err != nil {
		s.Log.InfoContext(r.Context(), "post not deleted", "server", d.Server, "error", err)
		s.unpublished(composeData{Form: d.Form, Server: d.Server}, err)
		return s.editView(r, "delete", d), nil
	}
	return s.done(r, a.account, "/g/"+a.Group.Name, said{Words: s.languageOf(r).T("takepart.deleted", d.Server)})
}

// keptStatus is what the own server keeps of a post.
func (s *Site) keptStatus(ctx context.Context, p permission, uri string) (kept status, err error) {
	found, err := s.findStatus(ctx, p, uri)
	if err == nil {
		err = s.ask(ctx, Call{Method: http.MethodGet, URI: p.Origin + statusPath(found), Token: p.Token}, nil, &kept)
	}
	if kept = kept.itself(); err == nil && (kept.ID == "" || kept.URI != uri) {
		err = fmt.Errorf("%w: it shows %.200q", errNoSuchPost, kept.URI)
	}
	return kept, err
}

func statusPath(id string) string { return "/api/v1/statuses/" + url.PathEscape(id) }

// findStatus is the id that the own server has for a post.
func (s *Site) findStatus(ctx context.Context, p permission, uri string) (string, error) {
	var found struct {
		Statuses []status `json:"statuses"`
	}
	query := url.Values{"q": {uri}, "resolve": {"true"}, "type": {"statuses"}, "limit": {"1"}}
	if err := s.ask(ctx, Call{Method: http.MethodGet, URI: p.Origin + "/api/v2/search?" + query.Encode(), Token: p.Token}, nil, &found); err != nil {
		return "", err
	}
	for _, one := range found.Statuses {
		if one = one.itself(); one.URI == uri && strings.Trim(one.ID, ".") != "" {
			return one.ID, nil
		}
	}
	return "", fmt.Errorf("%w: it finds %.300v", errNoSuchPost, found.Statuses)
}

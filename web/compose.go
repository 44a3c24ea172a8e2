package web

import (
	"context"
	"errors"
	"html/template"
	"net/http"
	"net/url"
	"strings"

	"golang.org/x/text/language"
	"golang.org/x/text/language/display"

	"folkmoot/group"
	"folkmoot/store"
)

// What people write here is published by their own server, so that it is theirs: in their own timeline, edited and deleted there. It
// comes back as everything does, through the inbox. Where that server has not been allowed to, they get the text ready to post.

const (
	maxWords   = 10_000 // servers take less; each says so itself
	maxTitle   = 200
	maxWarning = 300
)

// tongue is a language to write in.
type tongue struct{ Code, Name string }

// tongues are the languages to choose from, in their own names.
func tongues() (out []tongue) {
	for _, code := range strings.Fields("ar bg bn ca cs cy da de el en eo es et eu fa fi fr ga gl he hi hr hu id is it ja ko lt lv nb nl nn pl pt ro ru sk sl sq sr sv th tr uk vi zh") {
		out = append(out, tongue{Code: code, Name: display.Self.Name(language.MustParse(code))})
	}
	return out
}

type composeData struct {
	Group    store.Group
	Handle   string
	To       *store.Post // that is answered, nil for a new thread
	Mine     bool        // it is the writer's own
	Form     *form
	Tongues  []tongue
	Posts    bool // the writer's own server publishes it
	Pictures []postPicture
	Describe bool // the writer is asked what the pictures show
	Server   string
	Outside  bool // who is no member, where only members write
	Preview  template.HTML
	Ready    string // the text to copy
	Link     string // to the own server, where it is posted
}

func (s *Site) composing(r *http.Request, a acting, to *store.Post) (composeData, error) {
	shapes := map[string]pictureShape{}
	_, posts := a.permission()
	if posts {
		shapes["picture"] = postShape()
	}
	f, err := s.readUpload(r, a.account, shapes)
	d := composeData{Group: a.Group, Handle: s.handle(a.Group.Name), To: to, Form: f, Tongues: tongues()}
	if err != nil {
		return d, err
	}
	if f.Value("key") == "" {
		f.set("key", secret())
		f.set("language", s.languageOf(r).Code())
	}
	d.Posts, d.Server = posts, a.ownHost()
	if d.Posts && r.Method == http.MethodPost {
		if d.Pictures, err = s.attach(r, a, f); err != nil {
			return d, err
		}
	}
	d.Outside = a.Member.State != group.Joined && a.Group.Settings.Posting != group.PostingAnyone
	d.Mine = to != nil && to.Author.URI == a.Actor.URI
	return d, nil
}

func (s *Site) composeView(r *http.Request, d composeData) view {
	page, key := "compose", "takepart.compose.title"
	if d.To != nil {
		page, key = "reply", "takepart.reply.title"
	}
	return view{Page: page, Title: s.languageOf(r).T(key), Unlisted: true, Status: d.Form.Answer(), Data: d}
}

// composePage is where a thread begins.
func (s *Site) composePage(r *http.Request, a acting) (view, error) {
	d, err := s.composing(r, a, nil)
	return s.composeView(r, d), err
}

// compose begins a thread.
func (s *Site) compose(r *http.Request, a acting) (view, error) {
	d, err := s.composing(r, a, nil)
	if err != nil {
		return view{}, err
	}
	title := d.Form.Line("title", maxTitle)
	words := strings.TrimSpace(title + "\n\n" + d.Form.Text("words", maxWords))
	return s.write(r, a, d, words, words+"\n\n"+d.Handle)
}

// replyPage is where a post is answered, voted on and reported.
func (s *Site) replyPage(r *http.Request, a acting) (view, error) {
	p, err := s.shownPost(r)
	if err != nil {
		return view{}, err
	}
	d, err := s.composing(r, a, &p)
	return s.composeView(r, d), err
}

// reply answers a post.
func (s *Site) reply(r *http.Request, a acting) (view, error) {
	p, err := s.shownPost(r)
	if err != nil {
		return view{}, err
	}
	d, err := s.composing(r, a, &p)
	if err != nil {
		return view{}, err
	}
	words, to := d.Form.Text("words", maxWords), d.Handle
	if len(strings.Fields(p.Author.Handle)) == 1 && !d.Mine { // what has spaces in it could name anybody
		to = p.Author.Handle + " " + to
	}
	return s.write(r, a, d, words, to+" "+words)
}

// shownPost is the post of the path, if people may see it.
func (s *Site) shownPost(r *http.Request) (store.Post, error) {
	n, err := number(r)
	if err != nil {
		return store.Post{}, err
	}
	p, err := s.Store.Post(r.Context(), r.PathValue("name"), n)
	if err == nil && p.State != group.Visible {
		err = store.ErrNotFound
	}
	return p, err
}

// write shows what was written, or has it published, or ready to be.
func (s *Site) write(r *http.Request, a acting, d composeData, words, status string) (view, error) {
	warning := d.Form.Line("warning", maxWarning)
	if words == "" && d.Form.Value("do") != "add" {
		d.Form.Fail("words", "takepart.empty")
	}
	if !d.Form.OK() {
		return s.composeView(r, d), nil
	}
	if d.Form.Value("do") == "preview" {
		shown, err := Markdown(words)
		d.Preview = template.HTML(shown) // #nosec G203 -- sanitised by Markdown
		return s.composeView(r, d), err
	}
	if d.Describe = d.undescribed() && d.Form.Value("do") == "post"; d.Describe || d.Form.Value("do") == "add" {
		return s.composeView(r, d), nil
	}
	p, ok := a.permission()
	if !ok {
		d.Ready, d.Link = status, "https://"+d.Server+"/share?text="+url.QueryEscape(status)
		if d.To != nil {
			d.Link = "https://" + d.Server + "/authorize_interaction?uri=" + url.QueryEscape(d.To.URI)
		}
		return s.composeView(r, d), nil
	}
	send := url.Values{
		"status": {status}, "visibility": {"public"}, "language": {d.Form.Value("language")}, "content_type": {"text/markdown"},
	}
	if warning != "" {
		send.Set("spoiler_text", warning)
	}
	ids, err := s.publishPictures(r.Context(), a, p, d.Pictures)
	if err == nil {
		send["media_ids[]"] = ids
		err = s.publish(r.Context(), p, d.To, send, d.Form.Value("key"))
	}
	if err != nil {
		s.Log.InfoContext(r.Context(), "post not published", "server", d.Server, "error", err)
		s.unpublished(d, err)
		return s.composeView(r, d), nil
	}
	if err := s.Store.DropUploads(r.Context(), a.ID, d.Form.Value("key")); err != nil {
		return view{}, err
	}
	to := "/g/" + a.Group.Name
	if d.To != nil {
		to = place(*d.To)
	}
	return s.done(r, a.account, to, said{Words: s.languageOf(r).T("takepart.published", d.Server)})
}

// errNoSuchPost means that a person's own server does not find the post that is answered.
var errNoSuchPost = errors.New("the own server does not find the post")

// publish has a person's own server publish a post. The key keeps what is sent twice from being posted twice.
func (s *Site) publish(ctx context.Context, p permission, to *store.Post, status url.Values, key string) error {
	if to != nil {
		found, err := s.findStatus(ctx, p, to.URI)
		if err != nil {
			return err
		}
		status.Set("in_reply_to_id", found)
	}
	return s.ask(ctx, Call{Method: http.MethodPost, URI: p.Origin + "/api/v1/statuses", Token: p.Token, Key: key}, status, nil)
}

// unpublished says why the own server did not publish a post, and what to do.
func (s *Site) unpublished(d composeData, err error) {
	refused := (*refusal)(nil)
	switch {
	case errors.Is(err, errPictures) && errors.As(err, &refused) && (refused.status == http.StatusUnauthorized || refused.status == http.StatusForbidden):
		d.Form.Fail("", "takepart.pictures.not-allowed", d.Server)
	case errors.Is(err, errPictures):
		d.Form.Fail("", "takepart.pictures.not-taken", d.Server)
	case errors.Is(err, errNoSuchPost):
		d.Form.Fail("", "takepart.not-found", d.Server)
	case errors.As(err, &refused) && (refused.status == http.StatusUnauthorized || refused.status == http.StatusForbidden):
		d.Form.Fail("", "takepart.not-allowed", d.Server)
	case errors.As(err, &refused) && refused.Code != "":
		d.Form.Fail("", "takepart.refused", d.Server, excerpt(refused.Code))
	default:
		d.Form.Fail("", "takepart.no-answer", d.Server)
	}
}

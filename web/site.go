package web

import (
	"bytes"
	"context"
	"embed"
	"errors"
	"fmt"
	"html/template"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/text/language"

	"folkmoot/group"
	"folkmoot/store"
)

//go:embed templates/*.html static/* upgrades.md
var files embed.FS

// Options say what the pages show.
type Options struct {
	Store   *store.Store
	Origin  string // public origin, e.g. https://groups.example
	Domain  string // the part after the second @ of handles
	Title   string // name of the server
	Summary string // what the server is for, Markdown
	Rules   string // the server's rules, Markdown
	Contact string // how to reach whoever runs it
	Log     *slog.Logger
	Now     func() time.Time // nil for the real clock

	// Speaker returns an actor, by its URI, as the rules know people. nil for what the store knows.
	Speaker func(ctx context.Context, uri string) (group.Person, error)
	// Person finds somebody by handle, as their own server shows them.
	Person func(ctx context.Context, handle string) (store.Actor, error)
	// Ask asks the client API of another server. nil if nobody signs in with their own.
	Ask func(context.Context, Call) (status int, body []byte, err error)
	// Prepare finds out what the rules need to know before a moderator's request about a person. nil for nothing.
	Prepare func(context.Context, *group.Request) error
	// Found founds a group for an owner, by handle or URI. Errors: ErrName, store.ErrTaken.
	Found func(ctx context.Context, g store.Group, owner string) (store.Group, error)
	// Edit saves what a group's owner has changed and tells its followers' servers. nil to save alone.
	Edit func(context.Context, store.Group) error
	// Try tells which of a group's last posts a rule would have acted on. nil if rules are not tried.
	Try func(ctx context.Context, name, rule string, last int) (hits []TriedPost, looked int, err error)
	// Running is for the pages of those who run the server.
	Running Running
	// Client is the address of whoever makes a request, behind proxies that are trusted. nil for the other end of the connection.
	Client func(*http.Request) string
}

// Site makes the pages.
type Site struct {
	Options
	summary, rules template.HTML
	pages          map[*catalogue]map[string]func() (*template.Template, error) // by language and name, made when first asked for
	languages      []*catalogue
	matcher        language.Matcher
	assets         map[string]asset
	upgrades       func() ([]versionNotes, error) // newest first; read for the first admin who looks

	triesFrom, triesAt *allowance // to sign in: from one network, and at one server
	searches           *allowance // from one network
	foundings          *allowance // of groups, for one person
	pictures           *allowance // that one person sends

	uploading chan struct{} // holds one for each form with pictures that is being read
	picturing sync.Mutex    // held while a picture is made
}

// New reads the templates.
func New(o Options) (*Site, error) {
	s := &Site{Options: o, pages: map[*catalogue]map[string]func() (*template.Template, error){}}
	if s.Log == nil {
		s.Log = slog.New(slog.DiscardHandler)
	}
	s.triesFrom, s.triesAt = newAllowance(20, 15*time.Minute, s.now), newAllowance(200, 15*time.Minute, s.now)
	s.searches = newAllowance(60, time.Minute, s.now)
	s.foundings = newAllowance(3, 24*time.Hour, s.now)
	s.pictures, s.uploading = newAllowance(picturesHourly, time.Hour, s.now), make(chan struct{}, uploadsAtOnce)
	var err error
	if s.summary, err = trustedMarkdown(o.Summary); err != nil {
		return nil, err
	}
	if s.rules, err = trustedMarkdown(o.Rules); err != nil {
		return nil, err
	}
	s.upgrades = sync.OnceValues(ownUpgrades)
	if s.assets, err = readAssets(); err != nil {
		return nil, err
	}
	if s.languages, err = readLanguages(); err != nil {
		return nil, err
	}
	s.matcher = language.NewMatcher(languageTags())
	names, err := pageNames()
	if err != nil {
		return nil, err
	}
	frame, err := template.New("layout.html").Funcs(functions(s.languages[0])).Funcs(template.FuncMap{"asset": s.assetPath}).
		ParseFS(files, "templates/layout.html", "templates/parts.html", "templates/runparts.html", "templates/serverparts.html")
	if err != nil {
		return nil, fmt.Errorf("read the templates of all pages: %w", err)
	}
	for _, c := range s.languages {
		s.pages[c] = map[string]func() (*template.Template, error){}
		for _, name := range names {
			s.pages[c][name] = sync.OnceValues(func() (*template.Template, error) { return pageIn(frame, c, name) })
		}
	}
	return s, nil
}

// pageNames are the templates that are pages by themselves.
func pageNames() (names []string, err error) {
	entries, err := files.ReadDir("templates")
	if err != nil {
		return nil, fmt.Errorf("list templates: %w", err)
	}
	for _, e := range entries {
		if name := strings.TrimSuffix(e.Name(), ".html"); name != "layout" && !strings.HasSuffix(name, "parts") {
			names = append(names, name)
		}
	}
	return names, nil
}

// pageIn makes a page in one language out of the frame of all pages.
func pageIn(frame *template.Template, c *catalogue, name string) (*template.Template, error) {
	page, err := frame.Clone()
	if err == nil {
		page, err = page.Funcs(functions(c)).ParseFS(files, "templates/"+name+".html")
	}
	if err != nil {
		return nil, fmt.Errorf("read template %s in %s: %w", name, c.Code(), err)
	}
	return page, nil
}

// Languages are the languages the pages speak.
func (s *Site) Languages() []*catalogue { return s.languages }

// Handler serves the pages and what they are made of.
func (s *Site) Handler() (http.Handler, error) {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", s.page(s.home))
	mux.HandleFunc("GET /g/{name}", s.page(s.group))
	mux.HandleFunc("GET /g/{name}/{$}", s.page(s.groupAddress))
	mux.HandleFunc("GET /{handle}", s.page(s.groupAddress))
	mux.HandleFunc("GET /g/{name}/follow", s.page(s.follow))
	mux.HandleFunc("GET /g/{name}/post/{number}", s.page(s.thread))
	mux.HandleFunc("GET /g/{name}/comment/{number}", s.page(s.comment))
	mux.HandleFunc("GET /people/{handle}", s.page(s.person))
	mux.HandleFunc("GET /your-data/{secret}", unseen(s.page(s.yourData)))
	mux.HandleFunc("POST /your-data/{secret}", unseen(s.takeYourData))
	mux.HandleFunc("GET /static/{file}", s.static)
	mux.HandleFunc("GET /media/{file}", s.picture)
	mux.HandleFunc("POST /language", unseen(s.chooseLanguage))
	s.doorRoutes(mux)
	s.findRoutes(mux)
	s.takePartRoutes(mux)
	s.runRoutes(mux)
	s.serverRoutes(mux)
	mux.HandleFunc("/", s.page(s.nothing))
	return headers(s.guarded(s.recognise(mux))), nil
}

// view is what a page shows.
type view struct {
	Page     string // template
	Title    string
	Status   int    // 0 for 200
	Location string // where to go instead, on this server; then nothing else is shown
	About    string // what it is, for previews of links to it
	Card     card   // picture for those previews
	Document string // URI under which servers find the same, "" for none
	Unlisted bool   // search engines are asked to leave it out
	Address  string // path that links to it should have, "" for a page nobody links to
	Written  bool   // it is something somebody wrote, for previews
	Feeds    []feedLink
	Refresh  int // seconds after which the page looks again, 0 for never
	Data     any
}

// card is the picture that previews of links show: the group's, and never one from elsewhere, whose server would learn who looks.
type card struct {
	store.Picture
	Wide bool
}

func cardOf(g store.Group) card {
	if g.Header.Name != "" {
		return card{Picture: g.Header, Wide: true}
	}
	return card{Picture: g.Icon}
}

// frame is what the layout shows around a view.
type frame struct {
	Site    *Site
	Words   *catalogue    // of the reader's language
	Here    string        // path and query of the page, to come back to
	Account *account      // nil for a stranger
	Said    *said         // what was done last, nil for nothing
	Told    template.HTML // what whoever runs the server tells everybody
	view
}

// page shows a view, or says kindly that there is none.
func (s *Site) page(make func(*http.Request) (view, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		v, err := make(r)
		switch {
		case r.Context().Err() != nil:
			return // the reader hung up
		case errors.Is(err, errForm):
			v = s.message(r, http.StatusBadRequest, "common.form")
		case errors.Is(err, store.ErrNotFound):
			v = s.message(r, http.StatusNotFound, "common.nothing")
		case errors.Is(err, store.ErrClosed):
			v = s.message(r, http.StatusServiceUnavailable, "common.closing")
		case err != nil:
			s.Log.ErrorContext(r.Context(), "page not made", "page", r.Pattern, "error", err) // not the path: some hold secrets
			v = s.message(r, http.StatusInternalServerError, "common.error")
		case v.Location != "":
			http.Redirect(w, r, v.Location, v.Status)
			return
		}
		if v.Status == http.StatusMethodNotAllowed {
			w.Header().Set("Allow", "GET, HEAD")
		}
		s.show(w, r, v)
	}
}

// notice is a page that says one thing, and where to go from there.
type notice struct{ Words, Link, To string }

// message is a page that says what KEY.title and KEY.words say, with the arguments of the words.
func (s *Site) message(r *http.Request, status int, key string, args ...any) view {
	return s.messageTo(r, status, "/", "common.to-groups", key, args...)
}

// messageTo is message with another way to go on.
func (s *Site) messageTo(r *http.Request, status int, link, to, key string, args ...any) view {
	c := s.languageOf(r)
	return view{
		Page: "message", Title: c.T(key + ".title"), Status: status, Unlisted: true,
		Data: notice{Words: c.T(key+".words", args...), Link: link, To: c.T(to)},
	}
}

// nothing is what every address shows that has no page.
func (s *Site) nothing(r *http.Request) (view, error) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		return s.message(r, http.StatusMethodNotAllowed, "common.no-post"), nil
	}
	return view{}, store.ErrNotFound
}

func (s *Site) execute(out *bytes.Buffer, c *catalogue, f frame) error {
	page, err := s.pages[c][f.Page]()
	if err != nil {
		return err
	}
	return page.Execute(out, f)
}

func (s *Site) show(w http.ResponseWriter, r *http.Request, v view) {
	var out bytes.Buffer
	who, err := s.account(r)
	if err != nil {
		s.Log.ErrorContext(r.Context(), "nobody recognised", "page", r.Pattern, "error", err) // the page is shown as to a stranger
	}
	words := s.languageOf(r)
	f := frame{Site: s, view: v, Words: words, Here: localPath(r.URL.RequestURI()), Account: who, Said: s.heard(r, who)}
	if f.Told, err = s.told(r); err != nil {
		s.Log.ErrorContext(r.Context(), "announcement not shown", "error", err)
	}
	if err := s.execute(&out, words, f); err != nil {
		s.Log.ErrorContext(r.Context(), "template failed", "page", r.Pattern, "error", err)
		http.Error(w, "The page could not be made. Please try again in a moment.", http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Language", words.Code())
	if v.Unlisted {
		h.Set("X-Robots-Tag", "noindex")
	}
	h.Add("Vary", "Accept-Language, Cookie")
	if v.Status == http.StatusTooManyRequests || v.Status == http.StatusServiceUnavailable {
		h.Set("Retry-After", "60") // RFC 9110 section 10.2.3
	}
	if v.Refresh > 0 {
		h.Set("Refresh", strconv.Itoa(v.Refresh))
	}
	h.Set("Cache-Control", "no-cache") // ask each time; the ETag keeps the answer short
	if who != nil {
		h.Set("Cache-Control", "no-store")
	}
	if v.Status == 0 && who == nil {
		h.Set("ETag", etag(out.Bytes()))
		if unchanged(r, h.Get("ETag")) {
			w.WriteHeader(http.StatusNotModified)
			return
		}
	}
	h.Set("Content-Length", strconv.Itoa(out.Len()))
	if v.Status != 0 {
		w.WriteHeader(v.Status)
	}
	if r.Method != http.MethodHead {
		_, _ = out.WriteTo(w) // a reader that hung up wants nothing more
	}
}

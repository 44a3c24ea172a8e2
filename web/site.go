package web

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"html/template"
	"io/fs"
	"log/slog"
	"net/http"

	"folkmoot/store"
)

//go:embed templates/*.html static/*
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
}

// Site makes the pages.
type Site struct {
	Options
	summary, rules template.HTML
	pages          map[string]*template.Template
}

// New reads the templates.
func New(o Options) (*Site, error) {
	s := &Site{Options: o, pages: map[string]*template.Template{}}
	if s.Log == nil {
		s.Log = slog.New(slog.DiscardHandler)
	}
	var err error
	if s.summary, err = trustedMarkdown(o.Summary); err != nil {
		return nil, err
	}
	if s.rules, err = trustedMarkdown(o.Rules); err != nil {
		return nil, err
	}
	for _, name := range []string{"home", "group", "thread", "person", "follow", "message"} {
		s.pages[name], err = template.New("layout.html").Funcs(functions()).
			ParseFS(files, "templates/layout.html", "templates/parts.html", "templates/"+name+".html")
		if err != nil {
			return nil, fmt.Errorf("read template %s: %w", name, err)
		}
	}
	return s, nil
}

// Handler serves the pages and what they are made of.
func (s *Site) Handler() (http.Handler, error) {
	static, err := fs.Sub(files, "static")
	if err != nil {
		return nil, fmt.Errorf("find static files: %w", err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", s.page(s.home))
	mux.HandleFunc("GET /g/{name}", s.page(s.group))
	mux.HandleFunc("GET /g/{name}/follow", s.page(s.follow))
	mux.HandleFunc("GET /g/{name}/post/{number}", s.page(s.thread))
	mux.HandleFunc("GET /g/{name}/comment/{number}", s.comment)
	mux.HandleFunc("GET /people/{handle}", s.page(s.person))
	mux.Handle("GET /static/", cached(http.StripPrefix("/static/", http.FileServerFS(static))))
	mux.HandleFunc("/", s.page(func(*http.Request) (view, error) { return view{}, store.ErrNotFound }))
	return headers(mux), nil
}

// view is what a page shows.
type view struct {
	Page   string // template
	Title  string
	Status int // 0 for 200
	Data   any
}

// frame is what the layout shows around a view.
type frame struct {
	Site  *Site
	Title string
	Data  any
}

// page shows a view, or says kindly that there is none.
func (s *Site) page(make func(*http.Request) (view, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		v, err := make(r)
		switch {
		case errors.Is(err, store.ErrNotFound):
			v = view{
				Page: "message", Title: "Nothing here", Status: http.StatusNotFound,
				Data: "This page does not exist, or what it showed is gone.",
			}
		case err != nil && r.Context().Err() == nil:
			s.Log.Error("page not made", "path", r.URL.Path, "error", err)
			v = view{
				Page: "message", Title: "Something went wrong", Status: http.StatusInternalServerError,
				Data: "The page could not be made. Please try again in a moment.",
			}
		}
		s.show(w, r, v)
	}
}

func (s *Site) show(w http.ResponseWriter, r *http.Request, v view) {
	var out bytes.Buffer
	if err := s.pages[v.Page].Execute(&out, frame{Site: s, Title: v.Title, Data: v.Data}); err != nil {
		s.Log.Error("template failed", "path", r.URL.Path, "error", err)
		http.Error(w, "The page could not be made. Please try again in a moment.", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-cache")
	if v.Status != 0 {
		w.WriteHeader(v.Status)
	}
	if r.Method != http.MethodHead {
		_, _ = out.WriteTo(w) // a reader that hung up wants nothing more
	}
}

// headers forbid browsers everything the pages do not need: scripts, frames, and anything from other servers, which would
// learn who reads what.
func headers(next http.Handler) http.Handler {
	const policy = "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		next.ServeHTTP(w, r)
	})
}

func cached(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "public, max-age=3600")
		next.ServeHTTP(w, r)
	})
}

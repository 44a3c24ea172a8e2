package web

import (
	"errors"
	"net/http"
	"strconv"

	"folkmoot/store"
)

// picture serves a picture, as what it was written as and nothing else, whatever is asked for. What is at an address never changes.
func (s *Site) picture(w http.ResponseWriter, r *http.Request) {
	p, err := s.Store.Picture(r.Context(), r.PathValue("file"))
	if errors.Is(err, store.ErrNotFound) {
		s.page(s.nothing)(w, r)
		return
	}
	if err != nil {
		s.page(func(*http.Request) (view, error) { return view{}, err })(w, r)
		return
	}
	h := w.Header()
	pictureHeaders(h, p)
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	h.Set("ETag", `"`+p.Name+`"`)
	if unchanged(r, h.Get("ETag")) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	h.Set("Content-Length", strconv.Itoa(len(p.Body)))
	if r.Method != http.MethodHead {
		_, _ = w.Write(p.Body) // a reader that hung up wants nothing more
	}
}

// pictureHeaders say what a picture is, and that it is nothing else.
func pictureHeaders(h http.Header, p store.Picture) {
	h.Set("Content-Type", p.Type)
	h.Set("Content-Disposition", `inline; filename="`+p.Name+`"`)
	h.Set("Content-Security-Policy", "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox")
}

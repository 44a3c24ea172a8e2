package web

import (
	"bytes"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// asset is a file that pages are made of.
type asset struct {
	body []byte
	tag  string // ETag
}

// version changes with the file, so that browsers may keep what they have for good.
func (a asset) version() string { return strings.Trim(a.tag, `"`) }

func readAssets() (map[string]asset, error) {
	entries, err := files.ReadDir("static")
	if err != nil {
		return nil, fmt.Errorf("list static files: %w", err)
	}
	assets := map[string]asset{}
	for _, e := range entries {
		body, err := files.ReadFile("static/" + e.Name())
		if err != nil {
			return nil, fmt.Errorf("read static file: %w", err)
		}
		assets[e.Name()] = asset{body: body, tag: etag(body)}
	}
	return assets, nil
}

// assetPath is where pages find a file.
func (s *Site) assetPath(name string) (string, error) {
	a, ok := s.assets[name]
	if !ok {
		return "", fmt.Errorf("no static file %s", name)
	}
	return "/static/" + name + "?v=" + a.version(), nil
}

// static serves the files that pages are made of, and no list of them.
func (s *Site) static(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("file")
	a, ok := s.assets[name]
	if !ok {
		s.page(s.nothing)(w, r)
		return
	}
	if r.URL.Query().Get("v") == a.version() {
		w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	} else {
		w.Header().Set("Cache-Control", "public, max-age=300") // a page of another version of this program asks
	}
	w.Header().Set("ETag", a.tag)
	http.ServeContent(w, r, name, time.Time{}, bytes.NewReader(a.body))
}

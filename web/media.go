package web

import (
	"path"

	"folkmoot/group"
)

// mediaWords says what a link to a picture or file leads to: nothing of other servers is shown here, so that reading tells them
// nothing.
func (c *catalogue) mediaWords(m group.Media) string {
	kind := map[string]string{"Image": "image", "Video": "video", "Audio": "audio", "Document": "file"}[m.Kind]
	if kind != "" {
		kind = c.T("reading.media." + kind)
	}
	switch {
	case kind == "" && m.Alt != "":
		return m.Alt
	case kind == "":
		return hostname(m.URL)
	case m.Alt != "":
		return c.T("reading.media.described", kind, m.Alt)
	case m.Kind == "Document":
		return c.T("reading.media.described", kind, path.Base(m.URL))
	}
	return c.T("reading.media.bare", kind)
}

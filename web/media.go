package web

import (
	"path"

	"folkmoot/group"
)

// mediaWords says what a link to a picture or file leads to: nothing of other servers is shown here, so that reading tells them
// nothing.
func mediaWords(m group.Media) string {
	kind := map[string]string{"Image": "Picture", "Video": "Video", "Audio": "Recording", "Document": "File"}[m.Kind]
	switch {
	case kind == "" && m.Alt != "":
		return m.Alt
	case kind == "":
		return hostname(m.URL)
	case m.Alt != "":
		return kind + ": " + m.Alt
	case m.Kind == "Document":
		return kind + ": " + path.Base(m.URL)
	}
	return kind + " without a description"
}

package web

import (
	"fmt"
	"html/template"
	"net/http"
	"strings"
	"time"
)

// versionNotes are what one version changes for whoever runs a server, and what they have to do.
type versionNotes struct {
	Version string
	Notes   template.HTML
}

// ownUpgrades are the notes of this version and those before it, the newest first.
func ownUpgrades() ([]versionNotes, error) {
	text, err := files.ReadFile("upgrades.md")
	if err != nil {
		return nil, fmt.Errorf("read what each version changes: %w", err)
	}
	return readUpgrades(string(text))
}

// readUpgrades reads the notes of each version. Headings in them come right below that of the version.
func readUpgrades(text string) (out []versionNotes, err error) {
	for _, part := range strings.Split(text, "\n## ")[1:] {
		name, notes, _ := strings.Cut(part, "\n")
		v := versionNotes{Version: name}
		if v.Notes, err = trustedMarkdown(strings.ReplaceAll(notes, "\n### ", "\n# ")); err != nil {
			return nil, fmt.Errorf("read what version %s changes: %w", name, err)
		}
		out = append(out, v)
	}
	return out, nil
}

type versionData struct {
	ServerData
	Version string
	Since   time.Time // zero if nobody knows
	Now     versionNotes
	Older   []versionNotes
}

// versionPage says what runs, and what it changes for whoever runs it.
func (s *Site) versionPage(r *http.Request, _ *account) (view, error) {
	notes, err := s.upgrades()
	if err != nil {
		return view{}, err
	}
	d := versionData{ServerData: serverData("overview"), Version: s.Running.Version, Since: s.Running.Since, Now: notes[0], Older: notes[1:]}
	v := s.serverView(r, "serverversion", "overview", d)
	v.Title = s.languageOf(r).T("server.version") + " · " + s.languageOf(r).T("server.title")
	return v, nil
}

package web

import (
	"net/http"
	"strings"

	"folkmoot/group"
	"folkmoot/store"
)

// setMode lets in everybody who is not blocked, or, once it was shown what that costs, only the servers that an entry allows.
func (s *Site) setMode(r *http.Request, who *account, f *form) (view, error) {
	c, only := s.languageOf(r), f.Value("mode") == "allow"
	if !only && f.Value("mode") != "open" {
		return view{}, errForm
	}
	allowed, in, err := s.allowed(r, who)
	if err != nil {
		return view{}, err
	}
	if only && !in {
		f.Fail("mode", "server.mode.yourself", who.ownHost())
		return s.blocksForm(r, f)
	}
	effect, err := s.Store.ChangeBlocks(r.Context(), store.BlockChange{AllowOnly: &only, By: who.Actor.URI, Preview: only && !meant(f)})
	if err != nil {
		return view{}, err
	}
	if only && !meant(f) {
		return s.confirm(r, confirmation{
			ServerData: ServerData{Tab: "blocks"}, Title: c.T("server.mode.sure"), Action: "/server/blocks", Back: "/server/blocks",
			Lines:  append([]string{c.T("server.mode.follows", strings.Join(allowed, ", "))}, c.effectLines(effect)[1:]...),
			Fields: map[string]string{"do": "mode", "mode": "allow"}, Button: c.T("server.mode.allow"),
		}), nil
	}
	act, n := "allow-all", said{Words: c.T("server.mode.off"), Undo: &undo{Action: "/server/blocks", Fields: map[string]string{"do": "mode", "mode": "allow"}}}
	if only {
		act, n.Words = "allow-only", c.T("server.mode.on")
		n.Undo.Fields["mode"] = "open"
	}
	return s.notes(r, who, store.ServerAct{Kind: act}, "/server/blocks", n)
}

// allowed are the servers that entries let in, and whether whoever asks could go on if it were only those.
func (s *Site) allowed(r *http.Request, who *account) (names []string, in bool, err error) {
	entries, err := s.Store.Blocks(r.Context(), 0)
	for _, b := range entries {
		if !b.IsAccount() && b.Level != group.LevelNone && b.Level != group.LevelSuspend {
			names = append(names, b.Subject)
		}
	}
	own := who.ownHost() == hostOf(s.Origin) // of this very server nobody is shut out
	return names, own || !group.Judge(entries, who.ownHost(), who.Actor.URI, true).Suspended(), err
}

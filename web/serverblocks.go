package web

import (
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"

	"folkmoot/group"
	"folkmoot/store"
)

const (
	blocksShown = 200
	maxImport   = 4 << 20 // bytes of a list that is pasted or sent: as many entries as are read of one
	blocksPath  = "/server/blocks"
	maxImported = 3*maxImport + maxForm // bytes of the form that takes it over: there each sign may be three
)

type blocksData struct {
	ServerData
	Blocks    []group.Barrier
	All       int
	Words     string // looked for
	AllowOnly bool
	Lists     []store.BlockList
	Levels    []group.Level
	Form      *form
	Follows   bool // lists can be followed
	Imports   bool
}

func levels() []group.Level {
	return []group.Level{group.LevelSuspend, group.LevelSilence, group.LevelNoop, group.LevelAllow}
}

// blocksPage lists what is blocked on the whole server, and the lists that are followed.
func (s *Site) blocksPage(r *http.Request, _ *account) (view, error) {
	f := &form{words: s.languageOf(r)}
	f.set("subject", cutBytes(r.URL.Query().Get("subject"), longestQuery))
	return s.blocksForm(r, f)
}

func (s *Site) blocksForm(r *http.Request, f *form) (view, error) {
	d := blocksData{ServerData: serverData("blocks"), Levels: levels(), Form: f, Follows: s.Running.TryList != nil, Imports: s.Running.ReadBlocks != nil}
	d.Words = cutBytes(strings.ToLower(strings.TrimSpace(r.URL.Query().Get("q"))), longestQuery)
	entries, err := s.Store.Blocks(r.Context(), 0)
	if err != nil {
		return view{}, err
	}
	entries = slices.DeleteFunc(entries, func(b group.Barrier) bool { return !strings.Contains(strings.ToLower(b.Subject), d.Words) })
	d.All = len(entries)
	d.Blocks = entries[:min(blocksShown, len(entries))]
	if d.AllowOnly, err = s.Store.AllowOnly(r.Context(), 0); err != nil {
		return view{}, err
	}
	d.Lists, err = s.Store.BlockLists(r.Context())
	v := s.serverView(r, "serverblocks", "blocks", d)
	v.Status = f.Answer()
	return v, err
}

// changeBlocks puts up a block, takes one away, or takes a list over. What loses somebody something is shown first.
func (s *Site) changeBlocks(r *http.Request, who *account) (view, error) {
	if strings.HasPrefix(r.Header.Get("Content-Type"), "multipart/form-data") {
		_ = r.ParseMultipartForm(maxImport) // what is wrong with it, readForm says
	}
	f, err := s.readForm(r)
	if err != nil {
		return view{}, err
	}
	switch f.Value("do") {
	case "set":
		return s.setBlock(r, who, f)
	case "lift":
		return s.liftBlock(r, who, f)
	case "import":
		return s.importBlocks(r, who, f)
	case "mode":
		return s.setMode(r, who, f)
	}
	return view{}, errForm
}

// entry reads the form of a block.
func (s *Site) entry(r *http.Request, f *form) group.Barrier {
	b := group.Barrier{
		Level: group.Level(f.Value("level")), Public: f.Line("public", maxReason), Private: f.Line("private", maxReason),
		RejectMedia: f.Value("media") != "", RejectReports: f.Value("reports") != "", Obfuscate: f.Value("obfuscate") != "",
	}
	if !slices.Contains(levels(), b.Level) {
		f.Fail("level", "run.settings.wrong")
	}
	name := strings.TrimSpace(f.Value("subject"))
	var err error
	if s.Running.Subject != nil && name != "" {
		b.Subject, err = s.Running.Subject(r.Context(), name)
	} else {
		b.Subject = store.HostName(name)
	}
	switch {
	case errors.Is(err, ErrBarred):
		f.Fail("subject", "server.blocks.barred")
	case errors.Is(err, ErrSubject), err == nil && b.Subject == "":
		f.Fail("subject", "server.blocks.no-subject")
	case err != nil:
		s.Log.InfoContext(r.Context(), "account not found", "account", name, "error", err)
		f.Fail("subject", "run.nobody", name)
	case b.Level == group.LevelAllow && b.IsAccount():
		f.Fail("level", "server.blocks.allow-account")
	}
	return b
}

// fieldsOf is the form that puts up a block.
func fieldsOf(b group.Barrier) map[string]string {
	fields := map[string]string{"do": "set", "subject": b.Subject, "level": string(b.Level), "public": b.Public, "private": b.Private, "confirm": "yes"}
	for name, on := range map[string]bool{"media": b.RejectMedia, "reports": b.RejectReports, "obfuscate": b.Obfuscate} {
		if on {
			fields[name] = "1"
		}
	}
	return fields
}

// byHand is what was entered by hand about a subject.
func (s *Site) byHand(r *http.Request, subject string) (b group.Barrier, had bool, err error) {
	entries, err := s.Store.Blocks(r.Context(), 0)
	for _, b := range entries {
		if b.Subject == subject && b.Source == "" {
			return b, true, nil
		}
	}
	return b, false, err
}

func (s *Site) setBlock(r *http.Request, who *account, f *form) (view, error) {
	c, b := s.languageOf(r), s.entry(r, f)
	if !f.OK() {
		return s.blocksForm(r, f)
	}
	effect, err := s.Store.ChangeBlocks(r.Context(), store.BlockChange{Set: []group.Barrier{b}, By: who.Actor.URI, Preview: !meant(f)})
	if err != nil {
		return view{}, err
	}
	if !meant(f) {
		return s.confirm(r, confirmation{
			ServerData: ServerData{Tab: "blocks"}, Title: c.T("server.blocks.sure", b.Subject), Action: "/server/blocks", Back: "/server/blocks",
			Lines: append([]string{c.T("server.level."+string(b.Level)) + ": " + c.T("server.level.means."+string(b.Level))}, c.effectLines(effect)...), Fields: fieldsOf(b), Button: c.T("server.blocks.set"),
		}), nil
	}
	n := said{Words: c.T("server.blocks.done", b.Subject)}
	if len(effect.Added) > 0 {
		n.Undo = &undo{Action: "/server/blocks", Fields: map[string]string{"do": "lift", "subject": b.Subject}}
	}
	return s.done(r, who, "/server/blocks", n)
}

func (s *Site) liftBlock(r *http.Request, who *account, f *form) (view, error) {
	c, subject := s.languageOf(r), f.Value("subject")
	was, had, err := s.byHand(r, subject)
	if err != nil {
		return view{}, err
	}
	if !had {
		return s.done(r, who, "/server/blocks", said{Words: c.T("server.blocks.none-by-hand", cutBytes(subject, longestQuery))})
	}
	effect, err := s.Store.ChangeBlocks(r.Context(), store.BlockChange{Lift: []string{subject}, By: who.Actor.URI})
	if err != nil {
		return view{}, err
	}
	n := said{
		Words: c.T("server.blocks.lifted", subject) + " " + c.T("server.effect.back", effect.MembersBack, effect.PostsBack),
		Undo:  &undo{Action: "/server/blocks", Fields: fieldsOf(was)},
	}
	return s.done(r, who, "/server/blocks", n)
}

// effectLines say what a change of blocks comes to.
func (c *catalogue) effectLines(e store.BlockEffect) []string {
	out := []string{c.T("server.effect.entries", len(e.Added), len(e.Changed), len(e.Lifted)), c.T("server.effect.followers", e.Followers)}
	if e.Members > 0 || e.Posts > 0 {
		out = append(out, c.T("server.effect.lost", e.Members, e.Moderators, e.Posts))
	}
	if e.MembersBack > 0 || e.PostsBack > 0 {
		out = append(out, c.T("server.effect.back", e.MembersBack, e.PostsBack))
	}
	return out
}

// importBlocks takes over a list that is pasted or sent as a file, after it was shown what would follow.
func (s *Site) importBlocks(r *http.Request, who *account, f *form) (view, error) {
	c := s.languageOf(r)
	if s.Running.ReadBlocks == nil {
		return view{}, store.ErrNotFound
	}
	text := importText(r, f)
	entries, problems, err := s.Running.ReadBlocks(text)
	switch {
	case len(text) > maxImport:
		f.Fail("text", "server.blocks.import-long")
	case err != nil || len(entries) == 0:
		f.Fail("text", "server.blocks.import-wrong")
	}
	if !f.OK() {
		return s.blocksForm(r, f)
	}
	effect, err := s.Store.ChangeBlocks(r.Context(), store.BlockChange{Set: entries, By: who.Actor.URI, Preview: !meant(f)})
	if err != nil {
		return view{}, err
	}
	if meant(f) {
		return s.done(r, who, "/server/blocks", said{Words: c.T("server.blocks.imported", len(effect.Added), len(effect.Changed))})
	}
	lines := c.effectLines(effect)
	if len(problems) > 0 {
		lines = append(lines, c.T("server.blocks.problems", len(problems), c.fault(problems[0])))
	}
	return s.confirm(r, confirmation{
		ServerData: ServerData{Tab: "blocks"}, Title: c.T("server.blocks.import-sure", len(entries)), Lines: lines, Action: "/server/blocks",
		Fields: map[string]string{"do": "import", "text": text}, Button: c.T("server.blocks.import"), Back: "/server/blocks",
	}), nil
}

// importText is the file of a form, else what was pasted.
func importText(r *http.Request, f *form) string {
	file, _, err := r.FormFile("file")
	if err != nil {
		return f.Value("text")
	}
	defer file.Close()
	var text strings.Builder
	if _, err := io.Copy(&text, io.LimitReader(file, maxImport+1)); err != nil || text.Len() == 0 {
		return f.Value("text")
	}
	return strings.ToValidUTF8(text.String(), "\uFFFD")
}

// exportBlocks writes the blocks as a list that other servers read. What a spreadsheet would run is made harmless.
func (s *Site) exportBlocks(w http.ResponseWriter, r *http.Request) {
	who, err := s.account(r)
	if err != nil || who == nil || !who.Admin {
		s.adminOnly(func(*http.Request, *account) (view, error) { return view{}, store.ErrNotFound })(w, r)
		return
	}
	entries, err := s.Store.Blocks(r.Context(), 0)
	var text string
	if err == nil {
		text, err = group.FormatBlockList(entries)
	}
	if err != nil {
		s.page(func(*http.Request) (view, error) { return view{}, err })(w, r)
		return
	}
	w.Header().Set("Content-Type", "text/csv; charset=utf-8")
	w.Header().Set("Content-Disposition", `attachment; filename="blocks.csv"`)
	w.Header().Set("X-Robots-Tag", "noindex")
	w.Header().Set("Cache-Control", "no-store")
	_, _ = io.WriteString(w, text) // a reader that hung up wants nothing more
}

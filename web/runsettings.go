package web

import (
	"errors"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"folkmoot/group"
	"folkmoot/store"
)

// setting is something that an owner chooses, as a field of a form. What it is called and what it means is in the catalogues.
type setting struct {
	Name    string
	Kind    string   // choice, switch, number, line or text
	Choices []string // of a choice
	Wide    bool     // the catalogues say what it means on Mastodon and on Lemmy
	get     func(*store.Group) string
	set     func(*store.Group, string)
	reads   func(string) bool // whether what was typed can be understood; nil for always
}

func choice[T ~string](name string, of func(*store.Group) *T, choices ...T) setting {
	out := setting{
		Name: name, Kind: "choice", Wide: true,
		get: func(g *store.Group) string { return string(*of(g)) },
		set: func(g *store.Group, v string) { *of(g) = T(v) },
	}
	for _, c := range choices {
		out.Choices = append(out.Choices, string(c))
	}
	return out
}

func switched(name string, wide bool, of func(*store.Group) *bool) setting {
	return setting{
		Name: name, Kind: "switch", Wide: wide,
		get: func(g *store.Group) string {
			if *of(g) {
				return "on"
			}
			return ""
		},
		set: func(g *store.Group, v string) { *of(g) = v != "" },
	}
}

// numbered is a whole number, -1 for what is none: the settings are checked as a whole.
func numbered(name string, of func(*store.Group) *int) setting {
	return setting{
		Name: name, Kind: "number",
		get: func(g *store.Group) string { return strconv.Itoa(*of(g)) },
		set: func(g *store.Group, v string) {
			n, err := strconv.Atoi(strings.TrimSpace(v))
			if err != nil {
				n = -1
			}
			*of(g) = n
		},
	}
}

func written(name, kind string, wide bool, of func(*store.Group) *string) setting {
	return setting{
		Name: name, Kind: kind, Wide: wide,
		get: func(g *store.Group) string { return *of(g) },
		set: func(g *store.Group, v string) { *of(g) = strings.TrimSpace(strings.ReplaceAll(v, "\r\n", "\n")) },
	}
}

// lines is a list, one entry on a line.
func lines(name string, of func(*store.Group) *[]string) setting {
	return setting{
		Name: name, Kind: "text",
		get: func(g *store.Group) string { return strings.Join(*of(g), "\n") },
		set: func(g *store.Group, v string) {
			*of(g) = nil
			for line := range strings.Lines(v) {
				if line = strings.TrimSpace(line); line != "" {
					*of(g) = append(*of(g), line)
				}
			}
		},
	}
}

// warnings are content warnings by hashtag, one on a line.
func warnings() setting {
	return setting{
		Name: "warnings", Kind: "text", Wide: true,
		get: func(g *store.Group) string { return strings.Join(warningLines(g.Settings.Welcome.Warnings), "\n") },
		set: func(g *store.Group, v string) { g.Settings.Welcome.Warnings, _ = readWarnings(v) },
		reads: func(v string) bool {
			_, ok := readWarnings(v)
			return ok
		},
	}
}

func warningLines(known map[string]string) (out []string) {
	for _, tag := range slices.Sorted(maps.Keys(known)) {
		if known[tag] != "" {
			out = append(out, "#"+strings.TrimPrefix(tag, "#")+" = "+known[tag])
		}
	}
	return out
}

// readWarnings reads lines such as: #food = Food. It says whether all of them are so.
func readWarnings(text string) (map[string]string, bool) {
	var out map[string]string
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		tag, words, found := strings.Cut(line, "=")
		tag, words = store.FoldTag(strings.TrimSpace(tag)), strings.TrimSpace(words)
		if !found || tag == "" || words == "" || len([]rune(words)) > maxWarning {
			return nil, false
		}
		if out == nil {
			out = map[string]string{}
		}
		out[tag] = words
	}
	return out, true
}

// settingsPart is some settings under a heading.
type settingsPart struct {
	Name     string
	Settings []setting
}

func settingsParts() []settingsPart {
	return []settingsPart{
		{"about", []setting{
			written("title", "line", true, func(g *store.Group) *string { return &g.Title }),
			written("summary", "text", true, func(g *store.Group) *string { return &g.Summary }),
			switched("unindexed", false, func(g *store.Group) *bool { return &g.Settings.Unindexed }),
		}},
		{"people", []setting{
			choice("join", func(g *store.Group) *group.JoinPolicy { return &g.Settings.Join },
				group.JoinOpen, group.JoinApproval, group.JoinInvite, group.JoinClosed),
			switched("apart", true, func(g *store.Group) *bool { return &g.Settings.Joining.Apart }),
			lines("questions", func(g *store.Group) *[]string { return &g.Settings.Joining.Questions }),
			written("conduct", "text", true, func(g *store.Group) *string { return &g.Settings.Joining.Rules }),
			switched("agree", false, func(g *store.Group) *bool { return &g.Settings.Joining.Agree }),
			numbered("cooldown", func(g *store.Group) *int { return &g.Settings.Joining.CoolDown }),
			numbered("invitefor", func(g *store.Group) *int { return &g.Settings.Joining.InviteFor }),
			written("note", "text", false, func(g *store.Group) *string { return &g.Settings.Welcome.Note }),
			written("introductions", "line", false, func(g *store.Group) *string { return &g.Settings.Welcome.Introductions }),
		}},
		{"posts", []setting{
			choice("posting", func(g *store.Group) *group.PostingPolicy { return &g.Settings.Posting },
				group.PostingMembers, group.PostingAnyone, group.PostingApproved, group.PostingMods),
			switched("all", true, func(g *store.Group) *bool { return &g.Settings.Review.All }),
			switched("links", false, func(g *store.Group) *bool { return &g.Settings.Review.Links }),
			numbered("first", func(g *store.Group) *int { return &g.Settings.Review.First }),
			numbered("heldfor", func(g *store.Group) *int { return &g.Settings.Review.Days }),
			numbered("slow", func(g *store.Group) *int { return &g.Settings.Review.Slow }),
			written("quiet", "line", false, func(g *store.Group) *string { return &g.Settings.Review.Quiet }),
			warnings(),
			numbered("tagcap", func(g *store.Group) *int { return &g.Settings.TagCap }),
			switched("votes", true, func(g *store.Group) *bool { return &g.Settings.KeepVotes }),
		}},
		{"help", []setting{
			lines("helpwords", func(g *store.Group) *[]string { return &g.Settings.Welcome.HelpWords }),
			written("helptext", "text", false, func(g *store.Group) *string { return &g.Settings.Welcome.Help }),
		}},
	}
}

type settingsData struct {
	RunData
	Parts       []settingsPart
	Form        *form
	PictureForm *form
}

// Value is what a field shows.
func (d settingsData) Value(n setting) string {
	if d.Form != nil && d.Form.values != nil {
		return d.Form.Value(n.Name)
	}
	return n.get(&d.Group)
}

// settingsPage shows what the owners of a group choose.
func (s *Site) settingsPage(r *http.Request, a acting) (view, error) {
	return s.showSettings(r, a, nil, nil), nil
}

// showSettings shows the settings with a form that something is wrong with, if there is one: that of the settings or of the pictures.
func (s *Site) showSettings(r *http.Request, a acting, f, pictures *form) view {
	d := settingsData{RunData: a.run(r, "settings"), Parts: settingsParts(), Form: f, PictureForm: pictures}
	v := s.runView(r, "runsettings", d.RunData, d)
	v.Status = max(f.Answer(), pictures.Answer())
	return v
}

// changeSettings saves all settings of a group, or says what is wrong with one and loses nothing.
func (s *Site) changeSettings(r *http.Request, a acting) (view, error) {
	f, err := s.readForm(r)
	if err != nil {
		return view{}, err
	}
	g, c := a.Group, s.languageOf(r)
	fillIn(f, &a.Group)
	g.Settings.Joining.Questions, g.Settings.Welcome.HelpWords = nil, nil
	for _, part := range settingsParts() {
		for _, n := range part.Settings {
			value := f.Text(n.Name, maxGroupSummary)
			if n.Kind == "choice" && !slices.Contains(n.Choices, value) || n.Kind == "number" && !isNumber(value) {
				f.Fail(n.Name, "run.settings.wrong")
				continue
			}
			if n.reads != nil && !n.reads(value) {
				f.Fail(n.Name, "run.set."+n.Name+".wrong")
				continue
			}
			n.set(&g, value)
		}
	}
	if g.Title == "" || len([]rune(g.Title)) > maxGroupTitle {
		f.Fail("title", "run.settings.no-title", maxGroupTitle)
	}
	if f.OK() {
		settingsFault(f, g.Settings.Check())
	}
	if g.SummaryHTML, err = Markdown(g.Summary); err != nil {
		return view{}, err
	}
	if !f.OK() {
		return s.showSettings(r, a, f, nil), nil
	}
	if err := s.edit(r, g); err != nil {
		return view{}, err
	}
	to := "/g/" + g.Name + "/run/settings"
	return s.done(r, a.account, to, said{Words: c.T("run.settings.saved"), Undo: unchange(to, &a.Group, &g)})
}

// settingsFault says what is wrong with settings beside the field that it is about.
func settingsFault(f *form, err error) {
	fault := group.Fault{}
	switch {
	case err == nil:
	case errors.As(err, &fault):
		f.Fail(faultyField(fault), "run.fault."+fault.What, fault.Most, fault.Given)
	default:
		f.Fail("", "run.settings.wrong")
	}
}

// fault says what is wrong with something that somebody typed or sent.
func (c *catalogue) fault(f group.Fault) string { return c.T("run.fault."+f.What, f.Most, f.Given) }

// faultOf is fault for an error that holds one.
func (c *catalogue) faultOf(err error) string {
	f := group.Fault{}
	if errors.As(err, &f) {
		return c.fault(f)
	}
	return c.T("run.settings.wrong")
}

// faultyField is the setting that a fault is about, "" for none in particular.
func faultyField(fault group.Fault) string {
	return map[string]string{
		"questions-many": "questions", "question-long": "questions", "rules-long": "conduct", "no-rules": "agree", "quiet-hours": "quiet",
		"tag-cap": "tagcap", "note-long": "note", "help-long": "helptext", "words-many": "helpwords", "warnings-many": "warnings",
		"no-help": "helptext", "introductions": "introductions",
	}[fault.What]
}

// onlyField names the settings that a form is about, where it is not about all.
const onlyField = "only"

// fillIn leaves what a form is not about as it is.
func fillIn(f *form, g *store.Group) {
	only := strings.Fields(f.Value(onlyField))
	for _, part := range settingsParts() {
		for _, n := range part.Settings {
			if len(only) > 0 && !slices.Contains(only, n.Name) {
				f.set(n.Name, n.get(g))
			}
		}
	}
}

// unchange takes back what was changed, and nothing that others have changed since; nil if nothing was.
func unchange(to string, was, now *store.Group) *undo {
	fields, only := map[string]string{}, []string{}
	for _, part := range settingsParts() {
		for _, n := range part.Settings {
			if before := n.get(was); before != n.get(now) {
				fields[n.Name], only = before, append(only, n.Name)
			}
		}
	}
	if len(only) == 0 {
		return nil
	}
	fields[onlyField] = strings.Join(only, " ")
	return &undo{Action: to, Fields: fields}
}

func isNumber(text string) bool {
	n, err := strconv.Atoi(text)
	return err == nil && n >= 0 && n <= 1_000_000
}

func (s *Site) edit(r *http.Request, g store.Group) error {
	if s.Edit != nil {
		return s.Edit(r.Context(), g)
	}
	return s.Store.EditGroup(r.Context(), g, nil)
}

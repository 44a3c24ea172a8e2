package web

import (
	"context"
	"errors"
	"html"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"folkmoot/group"
	"folkmoot/store"
)

// does sends the form of an act and shows the page it leads to.
func (v *visitor) does(act, target, to string, more ...string) string {
	v.Helper()
	w := v.post("/g/books/run/act", append([]string{"act", act, "target", target, "to", to}, more...)...)
	v.leads(w, to)
	return v.get(to).Body.String()
}

func wish(t *testing.T, st *store.Store, r group.Request) {
	t.Helper()
	r.Groups, r.At = []string{origin + "/g/books"}, clock()
	r.Activity = r.By.URI + "/" + string(r.Kind) + "/" + r.Target
	if _, err := st.Apply(t.Context(), r, 0); err != nil {
		t.Fatal(err)
	}
}

func memberOf(t *testing.T, st *store.Store, person string) store.Membership {
	t.Helper()
	g, err := st.Group(t.Context(), "books")
	if err != nil {
		t.Fatal(err)
	}
	m, err := st.Member(t.Context(), g.ID, person)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// Only those who run a group see its pages or do anything by them.
func TestOnlyModeratorsRunAGroup(t *testing.T) {
	h, st := site(t)
	wish(t, st, group.Request{Kind: group.Follow, By: group.Person{URI: bob}})
	stranger, member := browse(t, h), browse(t, h)
	member.enter(st, bob)
	for _, page := range []string{"", "/members", "/person?who=" + ann, "/post/1", "/rules", "/settings", "/log", "/owners"} {
		to := "/g/books/run" + page
		stranger.leads(stranger.get(to), "/sign-in?to="+url.QueryEscape(to))
		member.shows(member.get(to), http.StatusForbidden, "signed in as")
	}
	for _, path := range []string{"/act", "/rules", "/settings"} {
		member.shows(member.post("/g/books/run"+path, "act", "ban", "target", ann), http.StatusForbidden)
	}
	wish(t, st, group.Request{Kind: group.Appoint, By: group.Person{URI: ann}, Target: bob})
	member.shows(member.get("/g/books/run/members"), http.StatusOK, "@ann@mastodon.example")
	member.shows(member.get("/g/books/run/settings"), http.StatusForbidden, "owners")
	if got := member.does("ban", ann, "/g/books/run"); !strings.Contains(got, "owner") || memberOf(t, st, ann).State == group.Banned {
		t.Errorf("a moderator bans an owner: %s", got)
	}
	if w := member.get("/g/books/run"); w.Header().Get("Cache-Control") != "no-store" {
		t.Errorf("may be kept: %v", w.Header())
	}
}

func TestPeopleAreLetInBannedAndLetInAgain(t *testing.T) {
	h, st := site(t)
	g, _ := st.Group(t.Context(), "books")
	g.Settings.Join = group.JoinApproval
	if err := st.EditGroup(t.Context(), g, nil); err != nil {
		t.Fatal(err)
	}
	wish(t, st, group.Request{Kind: group.Follow, By: group.Person{URI: bob}})
	v := browse(t, h)
	v.enter(st, ann)
	v.shows(v.get("/g/books/run"), http.StatusOK, "Wants to join (1)", "@bob@mastodon.example")
	if got := v.does("admit", bob, "/g/books/run"); !strings.Contains(got, "The account is a member now.") {
		t.Errorf("admitted: %s", got)
	}
	if m := memberOf(t, st, bob); m.State != group.Joined {
		t.Fatalf("%+v", m)
	}
	person := "/g/books/run/person?who=" + url.QueryEscape(bob)
	w := v.post("/g/books/run/act", "act", "ban", "target", bob, "to", person, "days", "soon", "reason", "spam", "posts", "1")
	v.shows(w, http.StatusUnprocessableEntity, "Write a number of days from 1 to 3650", `value="soon"`, ">spam</textarea>", `name="posts" value="1"`)
	got := v.does("ban", bob, person, "days", "7", "reason", "spam", "posts", "1")
	if m := memberOf(t, st, bob); m.State != group.Banned || m.Until.IsZero() || !strings.Contains(got, "is banned") || !strings.Contains(got, ">Undo<") {
		t.Fatalf("%+v %s", m, got)
	}
	v.shows(v.get("/g/books/run/members?state=banned&q=BOB"), http.StatusOK, "@bob@mastodon.example", "until ")
	v.shows(v.get("/g/books/log"), http.StatusOK, "spam", "Banned")

	banned := browse(t, h)
	banned.enter(st, bob)
	banned.shows(banned.post("/g/books/appeal", "words", " "), http.StatusUnprocessableEntity, "Write why")
	banned.leads(banned.post("/g/books/appeal", "words", "It was not me."), "/g/books")
	banned.shows(banned.get("/g/books"), http.StatusOK, "The appeal is kept")
	v.shows(v.get("/g/books/run"), http.StatusOK, "Objections (1)", "It was not me.")
	acts, err := st.Appeals(t.Context(), 1, 10)
	if err != nil || len(acts) != 1 {
		t.Fatalf("%v %v", acts, err)
	}
	v.does("overturn", "", "/g/books/run", "number", "1"+strings.Repeat("0", 6)) // of nothing
	v.does("unban", bob, person, "posts", "1")
	if m := memberOf(t, st, bob); m.State == group.Banned {
		t.Errorf("%+v", m)
	}
}

func TestPostsAreRemovedAndBroughtBack(t *testing.T) {
	h, st := site(t)
	v := browse(t, h)
	v.enter(st, ann)
	v.shows(v.get("/g/books/post/1"), http.StatusOK, `href="/g/books/run/post/1"`, `href="/g/books/run/post/2"`)
	if strings.Contains(get(t, h, "/g/books/post/1").Body.String(), "/run/post/") {
		t.Error("strangers are shown what moderators do")
	}
	to := "/g/books/run/post/2"
	if got := v.does("remove", bob+"/1", to, "reason", "off topic"); !strings.Contains(got, ">Bring the post back<") || !strings.Contains(got, ">Undo<") {
		t.Errorf("removed: %s", got)
	}
	if got := v.does("restore", bob+"/1", to); !strings.Contains(got, ">Remove the post<") {
		t.Errorf("restored: %s", got)
	}
	if got := v.does("lock", ann+"/1", "/g/books/run/post/1"); !strings.Contains(got, ">Open to comments<") {
		t.Errorf("locked: %s", got)
	}
	v.shows(v.post("/g/books/run/act", "act", "erase", "target", bob), http.StatusBadRequest)
	v.leads(v.post("/g/books/run/act", "act", "pin", "target", ann+"/1", "to", "//evil.example"), "/")
}

func TestHeldPostsAndReportsAreDecided(t *testing.T) {
	h, st := site(t)
	g, _ := st.Group(t.Context(), "books")
	g.Settings.Review.All = true
	if err := st.EditGroup(t.Context(), g, nil); err != nil {
		t.Fatal(err)
	}
	wish(t, st, group.Request{Kind: group.Follow, By: group.Person{URI: bob}})
	publish(t, st, &group.Post{URI: bob + "/2", Author: bob, Title: "Held", HTML: "<p>Please look</p>"})
	wish(t, st, group.Request{Kind: group.Report, By: group.Person{URI: ann}, Target: bob + "/1", Text: "rude"})
	v := browse(t, h)
	v.enter(st, ann)
	v.shows(v.get("/g/books/run"), http.StatusOK, "Posts held back (1)", "Please look", "Reports (1)", "rude", "Middlemarch")
	v.shows(v.ask(http.MethodGet, "/g/books/run", nil, "Accept-Language", "de"), http.StatusOK, "In dieser Gruppe sieht sich die Moderation jeden Beitrag an")
	held, err := st.Held(t.Context(), g.ID, 10)
	if err != nil || len(held) != 1 {
		t.Fatalf("%v %v", held, err)
	}
	if got := v.does("approve", "", "/g/books/run", "number", "1"); strings.Contains(got, "Please look") || !strings.Contains(got, ">Undo<") {
		t.Errorf("approved: %s", got)
	}
	if got := v.does("approve", "", "/g/books/run", "number", "1"); !strings.Contains(got, "Nothing waits there") {
		t.Errorf("approved twice: %s", got)
	}
	if got := v.does("warn", bob, "/g/books/run", "reason", "Be kind.", "reported", bob+"/1"); strings.Contains(got, "Reports (1)") {
		t.Errorf("the report is still open: %s", got)
	}
	v.shows(v.get("/g/books/run/person?who=@Bob@mastodon.example"), http.StatusOK, "Be kind.")
	v.shows(v.get("/g/books/run/person?who=@nobody@x.example"), http.StatusNotFound, "No account is called @nobody@x.example")
}

func TestSettingsAreSavedAndTakenBack(t *testing.T) {
	h, st := site(t)
	v := browse(t, h)
	v.enter(st, ann)
	v.shows(v.get("/g/books/run/settings"), http.StatusOK, "Who may join", "Lemmy", `value="Book &lt;club&gt;"`)
	fields := []string{"title", "Books", "join", "approval", "posting", "members", "questions", "Why?\r\n\r\nWhat?", "cooldown", "0", "invitefor", "30", "first", "2", "heldfor", "3", "slow", "0", "tagcap", "2", "warnings", "#Food = Food, and drink\r\n\r\nspoilers=The end"}
	wrong := append([]string{"quiet", "at night", "conduct", "Be kind"}, fields...)
	v.shows(v.post("/g/books/run/settings", wrong...), http.StatusUnprocessableEntity, "Write quiet hours like this", "Be kind", `value="at night"`)
	for _, warnings := range []string{"food", "= Food", "#food =", "two words = Food"} {
		w := v.post("/g/books/run/settings", append([]string{"warnings", "#a = b\n" + warnings}, fields...)...)
		v.shows(w, http.StatusUnprocessableEntity, "Write each line like this: #food = Food", "\n"+warnings+"</textarea>")
	}
	if g, _ := st.Group(t.Context(), "books"); g.Title != "Book <club>" {
		t.Errorf("saved what is wrong: %+v", g)
	}
	v.leads(v.post("/g/books/run/settings", fields...), "/g/books/run/settings")
	g, _ := st.Group(t.Context(), "books")
	if g.Title != "Books" || g.Settings.Join != group.JoinApproval || len(g.Settings.Joining.Questions) != 2 || g.Settings.Review.First != 2 || g.Settings.Review.Days != 3 {
		t.Errorf("%+v", g)
	}
	if want := map[string]string{"food": "Food, and drink", "spoilers": "The end"}; !maps.Equal(g.Settings.Welcome.Warnings, want) {
		t.Errorf("warnings %v", g.Settings.Welcome.Warnings)
	}
	page := v.get("/g/books/run/settings")
	v.shows(page, http.StatusOK, "The settings are saved", ">Undo<", ">#food = Food, and drink\n#spoilers = The end</textarea>")

	// Another owner has changed something else before it is taken back.
	g.Settings.TagCap, g.Summary = 5, "We read slowly."
	if err := st.EditGroup(t.Context(), g, nil); err != nil {
		t.Fatal(err)
	}
	v.leads(v.post("/g/books/run/settings", undoOf(t, page.Body.String())...), "/g/books/run/settings")
	g, _ = st.Group(t.Context(), "books")
	if g.Title != "Book <club>" || g.Settings.Join != group.JoinOpen || len(g.Settings.Joining.Questions) != 0 || g.Settings.Joining.InviteFor != 0 || len(g.Settings.Welcome.Warnings) != 0 {
		t.Errorf("not taken back: %+v", g)
	}
	if g.Settings.TagCap != 5 || g.Summary != "We read slowly." {
		t.Errorf("what others changed is taken back too: %+v", g)
	}
	v.shows(v.get("/g/books/run/settings"), http.StatusOK, ">Undo<")
}

// Whatever an owner may type wrong is said beside its field, in words that the catalogues have.
func TestFaultsOfSettings(t *testing.T) {
	long, many := strings.Repeat("a", 5001), make([]string, 201)
	warnings := map[string]string{}
	for i := range many {
		warnings[strings.Repeat("b", i+1)] = "x"
	}
	_, st := site(t)
	s, err := New(Options{Store: st, Origin: origin})
	if err != nil {
		t.Fatal(err)
	}
	for what, change := range map[string]func(*group.Settings){
		"questions-many": func(g *group.Settings) { g.Joining.Questions = many },
		"question-long":  func(g *group.Settings) { g.Joining.Questions = []string{long} },
		"rules-long":     func(g *group.Settings) { g.Joining.Rules = long },
		"no-rules":       func(g *group.Settings) { g.Joining.Agree = true },
		"quiet-hours":    func(g *group.Settings) { g.Review.Quiet = "at night" },
		"tag-cap":        func(g *group.Settings) { g.TagCap = 0 },
		"note-long":      func(g *group.Settings) { g.Welcome.Note = long },
		"help-long":      func(g *group.Settings) { g.Welcome.Help = long },
		"words-many":     func(g *group.Settings) { g.Welcome.HelpWords = many },
		"warnings-many":  func(g *group.Settings) { g.Welcome.Warnings = warnings },
		"no-help":        func(g *group.Settings) { g.Welcome.HelpWords = []string{"help"} },
		"introductions":  func(g *group.Settings) { g.Welcome.Introductions = "here" },
	} {
		settings, fault := group.Defaults(), group.Fault{}
		change(&settings)
		if err := settings.Check(); !errors.As(err, &fault) || fault.What != what {
			t.Errorf("%s: %v", what, err)
			continue
		}
		known := slices.ContainsFunc(settingsParts(), func(p settingsPart) bool {
			return slices.ContainsFunc(p.Settings, func(n setting) bool { return n.Name == faultyField(fault) })
		})
		if key := "run.fault." + what; !known || s.languages[0].T(key) == key {
			t.Errorf("%s has no field, or no words", what)
		}
	}
}

// undoOf is what the form sends that takes back what was done.
func undoOf(t *testing.T, page string) (fields []string) {
	t.Helper()
	form := regexp.MustCompile(`(?s)<form[^>]*class="undo"[^>]*>.*?</form>|<div class="notice".*?</form>`).FindString(page)
	for _, f := range regexp.MustCompile(`name="([^"]*)" value="([^"]*)"`).FindAllStringSubmatch(form, -1) {
		fields = append(fields, f[1], html.UnescapeString(f[2]))
	}
	if len(fields) == 0 {
		t.Fatalf("no undo in\n%s", page)
	}
	return fields
}

func TestRulesAreTriedAndAdded(t *testing.T) {
	h, st := site(t)
	v := browse(t, h)
	v.enter(st, ann)
	v.shows(v.post("/g/books/run/rules", "rule", "hold when bad", "do", "add"), http.StatusUnprocessableEntity, "That is no rule", "hold when bad")
	v.leads(v.post("/g/books/run/rules", "rule", "hold if words casino", "do", "add"), "/g/books/run/rules")
	v.shows(v.get("/g/books/run/rules"), http.StatusOK, "<code>hold if words casino</code>", ">Undo<")
	if got := v.does("drop-rule", "hold if words casino", "/g/books/run/rules"); strings.Contains(got, "<code>hold if words casino</code>") {
		t.Errorf("still there: %s", got)
	}
}

// founding is a site whose admin is Ann.
func TestAdminsFoundGroups(t *testing.T) {
	_, st := site(t)
	s, err := New(Options{Store: st, Origin: origin, Domain: "groups.example", Title: "Moot", Found: func(ctx context.Context, g store.Group, owner string) (store.Group, error) {
		if g.Name == "x" {
			return g, ErrName
		}
		g.URI, g.Keys = origin+"/g/"+g.Name, []byte("pem")
		return g, st.CreateGroup(ctx, g, owner)
	}})
	if err != nil {
		t.Fatal(err)
	}
	h, err := s.Handler()
	if err != nil {
		t.Fatal(err)
	}
	v := browse(t, h)
	v.enter(st, ann)
	v.shows(v.get("/new-group"), http.StatusForbidden, "Ask whoever runs this server")
	v.shows(v.post("/new-group", "name", "films", "title", "Films"), http.StatusForbidden)
	if err := st.SetAdmin(t.Context(), ann, true); err != nil {
		t.Fatal(err)
	}
	v.shows(v.post("/new-group", "name", "x", "title", "Films"), http.StatusUnprocessableEntity, "Use 3 to 30 small letters", `value="Films"`)
	v.shows(v.post("/new-group", "name", "books", "title", "Films"), http.StatusUnprocessableEntity, "Another group has this name")
	v.leads(v.post("/new-group", "name", "films", "title", "Films", "summary", "We **watch**."), "/g/films/run/settings")
	v.shows(v.get("/g/films/run/settings"), http.StatusOK, "Films is there: @films@groups.example")
	v.shows(v.get("/g/films/run/owners"), http.StatusOK, "Own it together")
}

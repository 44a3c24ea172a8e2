package web

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"folkmoot/group"
	"folkmoot/store"
)

// admins is a site whose groups Ann runs and whose server Bob runs.
func admins(t *testing.T, r Running) (http.Handler, *store.Store) {
	t.Helper()
	_, st := site(t)
	s, err := New(Options{Store: st, Origin: origin, Domain: "groups.example", Title: "Moot", Now: clock, Found: foundIn(st), Running: r})
	if err != nil {
		t.Fatal(err)
	}
	h, err := s.Handler()
	if err != nil {
		t.Fatal(err)
	}
	if err := st.SetAdmin(t.Context(), bob, true); err != nil {
		t.Fatal(err)
	}
	return h, st
}

func foundIn(st *store.Store) func(context.Context, store.Group, string) (store.Group, error) {
	return func(ctx context.Context, g store.Group, owner string) (store.Group, error) {
		if g.Name == "inbox" {
			return g, ErrName
		}
		g.URI, g.Keys = origin+"/g/"+g.Name, []byte("pem")
		return g, st.CreateGroup(ctx, g, owner)
	}
}

// quietServer is a server about which there is a little to see.
func quietServer() Running {
	return Running{
		Version: "0.1.0", Keep: store.Retention{Inbox: 30 * 24 * time.Hour, Outbox: 180 * 24 * time.Hour, Audit: 365 * 24 * time.Hour},
		Space: func() []Space { return []Space{{"folkmoot.db", 64 << 20}, {"media", 3 << 20}} },
		Passed: func() []Passage {
			return []Passage{
				{At: clock(), Peer: "lemmy.example", Type: "Create", Verdict: "refused", Reason: group.ReasonNothingToDo, Words: "x"},
				{At: clock(), Out: true, Peer: "gone.example", Type: "Announce", Group: "books", Failed: true, Words: "It answered 500."},
			}
		},
		ReadBlocks: group.ParseBlockList,
		TryList:    func(context.Context, string) (store.BlockEffect, error) { return store.BlockEffect{}, ErrList },
		Close: func(context.Context, int64, bool, string) (group.Decision, error) {
			return group.Decision{Verdict: group.Accepted, Reason: group.ReasonResolved}, nil
		},
	}
}

// Everything that whoever runs the server sees or does is nothing to everybody else, not even that it is there.
func TestOnlyAdminsRunTheServer(t *testing.T) {
	h, st := admins(t, Running{Close: func(context.Context, int64, bool, string) (group.Decision, error) {
		t.Error("a report is dealt with")
		return group.Decision{}, nil
	}})
	stranger, owner, admin := browse(t, h), browse(t, h), browse(t, h)
	owner.enter(st, ann)
	admin.enter(st, bob)
	fields := []string{
		"confirm", "yes", "do", "found", "founding", "anyone", "storm", "on", "wanted", "1", "report", "1", "host", "mastodon.example",
		"person", "@ann@mastodon.example", "subject", "evil.example", "level", "suspend", "text", "Hello", "url", "https://lists.example/a.csv",
	}
	isServer := func(path string) bool { return path == "/server" || strings.HasPrefix(path, "/server/") }
	seen := 0
	for _, path := range slices.DeleteFunc(routes(t, "GET"), func(p string) bool { return !isServer(p) }) {
		t.Run("WEB-05 see "+path, func(t *testing.T) {
			stranger.T, owner.T, admin.T = t, t, t
			stranger.leads(stranger.get(path), "/sign-in?to="+url.QueryEscape(path))
			w := owner.get(path)
			owner.shows(w, http.StatusNotFound, "Nothing here")
			for _, w := range []string{w.Header().Get("Cache-Control"), admin.get(path).Header().Get("Cache-Control")} {
				if w != "no-store" {
					t.Errorf("may be kept: %q", w)
				}
			}
		})
		seen++
	}
	for _, path := range slices.DeleteFunc(routes(t, "POST"), func(p string) bool { return !isServer(p) }) {
		t.Run("WEB-05 do "+path, func(t *testing.T) {
			stranger.T, owner.T, admin.T = t, t, t
			if w := stranger.post(path, fields...); w.Code != http.StatusSeeOther || !strings.HasPrefix(w.Header().Get("Location"), "/sign-in") {
				t.Errorf("a stranger: %d to %q", w.Code, w.Header().Get("Location"))
			}
			owner.shows(owner.post(path, fields...), http.StatusNotFound, "Nothing here")
			if w := admin.ask(http.MethodPost, path, url.Values{"confirm": {"yes"}}, "Sec-Fetch-Site", "cross-site"); w.Code != http.StatusForbidden {
				t.Errorf("WEB-01 from another site: %d", w.Code)
			}
		})
		seen++
	}
	if seen < 17 {
		t.Errorf("only %d routes are found", seen)
	}
	if acts, err := st.ServerLog(t.Context(), 0, 10); err != nil || len(acts) > 0 {
		t.Errorf("somebody did %+v %v", acts, err)
	}
	owner.T, admin.T = t, t
	if w := owner.get("/account"); strings.Contains(w.Body.String(), "/server") {
		t.Error("others are shown the way")
	}
	admin.shows(admin.get("/account"), http.StatusOK, `href="/server"`)
	if w := admin.get("/server"); w.Header().Get("X-Robots-Tag") != "noindex" {
		t.Errorf("search engines are let in: %v", w.Header())
	}
}

func TestOverviewSaysWhatNeedsAttention(t *testing.T) {
	closed := int64(0)
	var st *store.Store
	h, st := admins(t, Running{
		Version: "0.1.0", Space: func() []Space { return []Space{{"media", 3 << 20}} },
		Close: func(ctx context.Context, id int64, discard bool, words string) (group.Decision, error) {
			closed = id
			return group.Decision{Verdict: group.Accepted, Reason: group.ReasonDiscarded}, st.CloseServerReport(ctx, id, discard, origin, words)
		},
	})
	v := browse(t, h)
	v.enter(st, bob)
	v.shows(v.get("/server"), http.StatusOK, "Nothing needs your attention.", "Folkmoot 0.1.0", "<bdi>media</bdi>", "3 MB")
	if err := st.ReportServer(t.Context(), ann, origin, "Is anybody there?", ann+"/flag"); err != nil {
		t.Fatal(err)
	}
	wish(t, st, group.Request{Kind: group.Report, By: group.Person{URI: ann}, Target: bob + "/1", Text: "rude"})
	v.shows(v.get("/server"), http.StatusOK, "1 report only you can decide", "1 open report in the groups", "Is anybody there?")
	v.leads(v.post("/server/report", "report", "1", "do", "discard", "words", "Yes."), "/server")
	if got := v.get("/server").Body.String(); closed != 1 || strings.Contains(got, "Is anybody there?") {
		t.Errorf("closed %d: %s", closed, got)
	}
	v.leads(v.post("/server/report", "report", "99", "do", "discard"), "/server")
	v.shows(v.get("/server"), http.StatusOK, "Nothing waits there")

	v.leads(v.post("/server/storm", "storm", "on"), "/server")
	v.shows(v.get("/server"), http.StatusOK, "is on for all groups", ">Undo<", "The storm is over")
	v.leads(v.post("/server/storm", "storm", "off"), "/server")
	v.shows(v.post("/server/storm", "storm", "perhaps"), http.StatusBadRequest)
	if on, err := st.Storm(t.Context()); on || err != nil {
		t.Errorf("still on: %v", err)
	}
	v.shows(v.get("/server/groups"), http.StatusOK, "Book &lt;club&gt;", "@ann@mastodon.example", "Waiting: held posts 0, reports 1", " followers")
	v.shows(v.get("/server/log"), http.StatusOK, "Storm began", "Storm ended", "Report: nothing wrong", bob)
}

func TestWhoMayFoundGroups(t *testing.T) {
	h, st := admins(t, Running{})
	admin, v := browse(t, h), browse(t, h)
	admin.enter(st, bob)
	v.enter(st, ann)
	v.shows(v.get("/new-group"), http.StatusForbidden)
	admin.shows(admin.post("/server/founding", "founding", "nobody"), http.StatusBadRequest)
	admin.leads(admin.post("/server/founding", "founding", "approval"), "/server/groups")
	admin.shows(admin.get("/server/groups"), http.StatusOK, "those who run the server decide.", ">Undo<", `value="approval" checked`)

	v.shows(v.get("/account"), http.StatusOK, `href="/new-group"`)
	v.shows(v.post("/new-group", "name", "Films", "title", "Films"), http.StatusUnprocessableEntity, "Use 3 to 30 small letters", `value="Films"`)
	v.shows(v.post("/new-group", "name", "books", "title", "Films"), http.StatusUnprocessableEntity, "Another group has this name")
	for _, name := range []string{"films", "inbox", "music"} {
		v.leads(v.post("/new-group", "name", name, "title", "On "+name, "summary", "We *look*."), "/account")
	}
	v.shows(v.post("/new-group", "name", "fourth", "title", "Fourth"), http.StatusUnprocessableEntity, "still wait", `value="Fourth"`)
	v.shows(v.get("/account"), http.StatusOK, "On films", "waits since")

	admin.shows(admin.get("/server"), http.StatusOK, "3 groups are asked for", "We *look*.", "@ann@mastodon.example")
	admin.shows(admin.post("/server/wanted", "wanted", "1", "do", "found"), http.StatusOK, "Found the group “On films”?", `name="confirm" value="yes"`)
	if _, err := st.Group(t.Context(), "films"); err == nil {
		t.Error("founded without a yes")
	}
	admin.leads(admin.post("/server/wanted", "wanted", "1", "do", "found", "confirm", "yes"), "/server/groups")
	if m, err := st.Group(t.Context(), "films"); err != nil || m.Title != "On films" || !strings.Contains(m.SummaryHTML, "<em>") {
		t.Errorf("%+v %v", m, err)
	}
	admin.leads(admin.post("/server/wanted", "wanted", "1", "do", "found", "confirm", "yes"), "/server")
	admin.shows(admin.get("/server"), http.StatusOK, "Somebody has decided about this already.")
	admin.leads(admin.post("/server/wanted", "wanted", "2", "do", "found", "confirm", "yes"), "/server")
	admin.shows(admin.get("/server"), http.StatusOK, "No group can be called inbox")
	admin.leads(admin.post("/server/wanted", "wanted", "2", "do", "refuse", "answer", "Choose another name."), "/server")
	v.shows(v.get("/account"), http.StatusOK, "Choose another name.", "turned down", "founded")
	v.shows(v.get("/g/films/run/settings"), http.StatusOK, "On films")

	admin.leads(admin.post("/server/founding", "founding", "anyone"), "/server/groups")
	for _, name := range []string{"one1", "two2", "three3"} {
		v.leads(v.post("/new-group", "name", name, "title", name), "/g/"+name+"/run/settings")
	}
	v.shows(v.post("/new-group", "name", "four4", "title", "Four"), http.StatusUnprocessableEntity, "Come back tomorrow")
	admin.leads(admin.post("/server/founding", "founding", "admins"), "/server/groups")
	v.shows(v.post("/new-group", "name", "five5", "title", "Five"), http.StatusForbidden)
	admin.shows(admin.get("/server/log"), http.StatusOK, "Who may found groups", "Group founded on request", "Wish for a group turned down")
}

func TestPeersAreLookedAfter(t *testing.T) {
	h, st := admins(t, Running{
		Speaks: func(h store.Host) (store.Dialect, string) {
			if h.Override != "" {
				return h.Override, "set"
			}
			return store.Unknown, ""
		},
		Wants: func(store.Host, store.Waiting) bool { return false },
	})
	v := browse(t, h)
	v.enter(st, bob)
	wish(t, st, group.Request{Kind: group.Follow, By: group.Person{URI: bob}}) // has Bob's server be told of what comes
	g, err := st.Group(t.Context(), "books")
	if err == nil {
		err = st.EditGroup(t.Context(), g, []store.Message{{URI: origin + "/a/1", Form: store.FormAll, Body: []byte(`{"content":"Secret words"}`)}})
	}
	peer, found := st.Host(t.Context(), "mastodon.example")
	for range 3 {
		failed := st.Failed(t.Context(), peer, store.Delivery{Group: g, Seq: 1}, store.Failure{Words: "It answered 500.", Next: clock().Add(time.Hour)})
		err = errors.Join(err, failed, found)
	}
	if err != nil {
		t.Fatal(err)
	}
	const page = "/server/peers/mastodon.example"
	v.shows(v.get("/server/peers"), http.StatusOK, "3 tries in a row failed", "It answered 500.", `href="`+page+`"`)
	v.shows(v.get("/server/peers?q=lemmy"), http.StatusOK, "No server by that name was met")
	v.shows(v.get("/server"), http.StatusOK, "1 server does not take what is sent to it")
	got := v.get(page)
	v.shows(got, http.StatusOK, "The last 3 tries failed; the next comes", "passed over", "Both forms, until more is known", "Give up what waits")
	if strings.Contains(got.Body.String(), "Secret words") {
		t.Error("shows what somebody wrote")
	}
	v.leads(v.post("/server/peer", "host", "mastodon.example", "do", "dialect", "dialect", "threadiverse"), page)
	v.shows(v.get(page), http.StatusOK, "is spoken to from now on as: Forum", ">Undo<", "You have set it.", `name="dialect" value=""`)
	v.leads(v.post("/server/peer", "host", "mastodon.example", "do", "retry"), page)
	v.shows(v.get(page), http.StatusOK, "mastodon.example is tried again now")
	v.shows(v.post("/server/peer", "host", "mastodon.example", "do", "drop"), http.StatusOK, "This cannot be taken back.")
	v.leads(v.post("/server/peer", "host", "mastodon.example", "do", "drop", "confirm", "yes"), page)
	v.shows(v.get(page), http.StatusOK, "given up", "Nothing waits")
	for _, bad := range [][]string{{"do", "dialect", "dialect", "klingon"}, {"do", "hack"}} {
		v.shows(v.post("/server/peer", append(bad, "host", "mastodon.example")...), http.StatusBadRequest)
	}
	v.shows(v.post("/server/peer", "host", "never.example", "do", "drop", "confirm", "yes"), http.StatusNotFound)
	v.shows(v.get("/server/peers/never.example"), http.StatusNotFound)
	v.shows(v.get("/server/log"), http.StatusOK, "How a server is spoken to", "Tried again at once", "What waited was given up", "mastodon.example")
}

func blocked(t *testing.T, st *store.Store) (subjects []string) {
	t.Helper()
	all, err := st.Blocks(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range all {
		subjects = append(subjects, b.Subject)
	}
	return subjects
}

func TestBlocksAreShownBeforeTheyHold(t *testing.T) {
	h, st := admins(t, Running{
		ReadBlocks: group.ParseBlockList,
		Subject: func(_ context.Context, name string) (string, error) {
			switch name {
			case "@max@shut.example":
				return "", ErrBarred
			case "@nobody@x.example":
				return "", store.ErrNotFound
			case "groups.example":
				return "", ErrSubject
			}
			return name, nil
		},
	})
	const eve = "https://evil.example/users/eve"
	save(t, st, store.Actor{URI: eve, Handle: "@eve@evil.example", Inbox: eve + "/inbox", Fetched: clock()})
	wish(t, st, group.Request{Kind: group.Follow, By: group.Person{URI: eve}})
	v := browse(t, h)
	v.enter(st, bob)
	set := []string{"do", "set", "subject", "evil.example", "level", "suspend", "public", "Spam", "private", "=HYPERLINK(1)"}
	v.shows(v.post("/server/blocks", set...), http.StatusOK, "Block evil.example?", "Followers lost: 1.", `name="confirm" value="yes"`)
	if got := blocked(t, st); len(got) > 0 {
		t.Errorf("blocked without a yes: %v", got)
	}
	v.leads(v.post("/server/blocks", append(set, "confirm", "yes")...), "/server/blocks")
	v.shows(v.get("/server/blocks"), http.StatusOK, "is in force", ">Undo<", "Spam", "=HYPERLINK(1)")
	w := v.get("/server/blocks.csv")
	v.shows(w, http.StatusOK, "#domain,#severity", "evil.example,suspend")
	if strings.Contains(w.Body.String(), ",=") || !strings.HasPrefix(w.Header().Get("Content-Type"), "text/csv") || w.Header().Get("Cache-Control") != "no-store" {
		t.Errorf("the list: %v %s", w.Header(), w.Body)
	}
	v.leads(v.post("/server/blocks", "do", "lift", "subject", "evil.example"), "/server/blocks")
	v.shows(v.get("/server/blocks"), http.StatusOK, "is lifted", `name="private" value="=HYPERLINK(1)"`)
	v.leads(v.post("/server/blocks", "do", "lift", "subject", "evil.example"), "/server/blocks")
	v.shows(v.get("/server/blocks"), http.StatusOK, "Nothing was entered by hand")
	for _, wrong := range [][]string{
		{"groups.example", "suspend", "neither another server nor an account"},
		{"@max@shut.example", "suspend", "Its server is blocked"},
		{"@nobody@x.example", "suspend", "No account is called"},
		{eve, "allow", "Only servers can be allowed"},
		{"evil.example", "shame", "Choose one of these"},
	} {
		w := v.post("/server/blocks", "do", "set", "subject", wrong[0], "level", wrong[1], "public", "typed", "confirm", "yes")
		v.shows(w, http.StatusUnprocessableEntity, wrong[2], `value="typed"`)
	}
	const list = "#domain,#severity\nspam.example,silence\nbad.example,suspend\n"
	v.shows(v.post("/server/blocks", "do", "import", "text", list), http.StatusOK, "Take over 2 entries?", "Entries: 2 added")
	v.leads(v.post("/server/blocks", "do", "import", "text", list, "confirm", "yes"), "/server/blocks")
	if got := blocked(t, st); !slices.Equal(got, []string{"bad.example", "spam.example"}) {
		t.Errorf("%v", got)
	}
	v.shows(v.post("/server/blocks", "do", "import", "text", "no list"), http.StatusUnprocessableEntity, "This is no list of blocks", ">no list</textarea>")
	v.shows(v.post("/server/blocks", "do", "import", "text", strings.Repeat("a", maxImport+1)), http.StatusUnprocessableEntity, "folkmoot block import")
	v.shows(v.post("/server/blocks", "do", "hack"), http.StatusBadRequest)
	v.shows(v.get("/server/log"), http.StatusOK, "Block put up", "Block taken away", "spam.example", bob)
}

func TestListsAreFollowed(t *testing.T) {
	const list = "https://lists.example/a.csv"
	var st *store.Store
	change := func(ctx context.Context, preview bool) (store.BlockEffect, error) {
		return st.ChangeBlocks(ctx, store.BlockChange{
			Source: list, Whole: true, Preview: preview, By: origin, Set: []group.Barrier{{Subject: "spam.example", Level: group.LevelSuspend}},
		})
	}
	h, st := admins(t, Running{
		TryList: func(ctx context.Context, url string) (store.BlockEffect, error) {
			if url != list {
				return store.BlockEffect{}, fmt.Errorf("%w: %w", ErrList, group.EmptyList())
			}
			return change(ctx, true)
		},
		Refresh: func(ctx context.Context, _ string) (store.BlockEffect, error) { return change(ctx, false) },
	})
	v := browse(t, h)
	v.enter(st, bob)
	v.shows(v.post("/server/lists", "do", "follow", "url", "ftp://lists.example/a"), http.StatusUnprocessableEntity, "begins with https", "ftp://")
	v.shows(v.post("/server/lists", "do", "follow", "url", "https://lists.example/b"), http.StatusUnprocessableEntity, "The list cannot be used: It is empty.")
	v.shows(v.post("/server/lists", "do", "refresh", "url", list), http.StatusNotFound)
	v.shows(v.post("/server/lists", "do", "follow", "url", list), http.StatusOK, "Take over "+list, "Entries: 1 added")
	if lists, err := st.BlockLists(t.Context()); err != nil || len(lists)+len(blocked(t, st)) > 0 {
		t.Errorf("followed without a yes: %v %v", lists, err)
	}
	v.leads(v.post("/server/lists", "do", "follow", "url", list, "confirm", "yes"), "/server/blocks")
	v.shows(v.get("/server/blocks"), http.StatusOK, "1 added", "spam.example", list)
	v.shows(v.post("/server/lists", "do", "unfollow", "url", list), http.StatusOK, "1 entry that comes from it")
	v.leads(v.post("/server/lists", "do", "unfollow", "url", list, "confirm", "yes"), "/server/blocks")
	if got := blocked(t, st); len(got) > 0 {
		t.Errorf("still blocked: %v", got)
	}
	v.shows(v.get("/server/log"), http.StatusOK, "List of blocks taken over", "List of blocks no longer followed")
}

func TestEverybodyIsTold(t *testing.T) {
	h, st := admins(t, Running{})
	v := browse(t, h)
	v.enter(st, bob)
	before := get(t, h, "/").Header().Get("ETag")
	v.shows(v.post("/server/announcement", "text-de", "Nur auf Deutsch"), http.StatusUnprocessableEntity, "Write the text for all languages too", ">Nur auf Deutsch</textarea>")
	v.shows(v.post("/server/announcement", "text-", "x", "days", "never"), http.StatusUnprocessableEntity, "Write a number of days", `value="never"`)
	text := []string{"text-", "We move on **Sunday**. <script>alert(1)</script>", "text-de", "Wir ziehen um.", "days", "3"}
	v.leads(v.post("/server/announcement", text...), "/server/settings")
	w := get(t, h, "/")
	if got := w.Body.String(); !strings.Contains(got, "We move on <strong>Sunday</strong>.") || strings.Contains(got, "<script") || w.Header().Get("ETag") == before {
		t.Errorf("%v %s", w.Header(), got)
	}
	v.shows(ask(t, h, "GET", "/g/books", "Accept-Language", "de"), http.StatusOK, "Wir ziehen um.")
	v.shows(ask(t, h, "GET", "/g/none", "Accept-Language", "fr"), http.StatusNotFound, "We move on")
	v.shows(v.get("/server/settings"), http.StatusOK, "is on every page", "It ends", ">Undo<", `name="days" inputmode="numeric" value="3"`)
	b, err := st.Banner(t.Context())
	if err != nil || !b.Over(clock().Add(72*time.Hour)) || b.Over(clock().Add(71*time.Hour)) {
		t.Errorf("%+v %v", b, err)
	}
	v.leads(v.post("/server/announcement", "text-", ""), "/server/settings")
	if got := get(t, h, "/").Body.String(); strings.Contains(got, "We move on") {
		t.Error("still told")
	}
	v.shows(v.get("/server/log"), http.StatusOK, "Announcement", "Announcement ended", "We move on")
}

func TestAdminsNameOthers(t *testing.T) {
	h, st := admins(t, Running{})
	v, other := browse(t, h), browse(t, h)
	v.enter(st, bob)
	other.enter(st, ann)
	v.leads(v.post("/server/admins", "do", "remove", "person", bob), "/server/settings")
	v.shows(v.get("/server/settings"), http.StatusOK, "Nobody else runs this server")
	v.shows(v.post("/server/admins", "do", "add", "person", "@nobody@x.example"), http.StatusUnprocessableEntity, "No account is called", `value="@nobody@x.example"`)
	v.shows(v.post("/server/admins", "do", "crown", "person", ann), http.StatusBadRequest)
	other.shows(other.get("/server"), http.StatusNotFound)
	v.leads(v.post("/server/admins", "do", "add", "person", "@Ann@mastodon.example"), "/server/settings")
	v.shows(v.get("/server/settings"), http.StatusOK, "runs this server, too", ">Undo<")
	other.shows(other.get("/server"), http.StatusOK)
	other.leads(other.post("/server/admins", "do", "remove", "person", bob), "/server/settings")
	v.shows(v.get("/server"), http.StatusNotFound)
	other.leads(other.post("/server/admins", "do", "remove", "person", ann), "/server/settings")
	other.shows(other.get("/server/log"), http.StatusOK, "Admin added", "Admin removed", bob)
}

func TestWhatPassesIsShown(t *testing.T) {
	h, st := admins(t, quietServer())
	v := browse(t, h)
	v.enter(st, bob)
	w := v.get("/server/activity")
	v.shows(w, http.StatusOK, "lemmy.example", "refused", group.ReasonNothingToDo.SentenceIn("en"), "gone.example", "It answered 500.", "failed")
	if w.Header().Get("Refresh") != "" || v.get("/server/activity?watch=1").Header().Get("Refresh") != "5" {
		t.Error("looks again unasked, or not when asked")
	}
}

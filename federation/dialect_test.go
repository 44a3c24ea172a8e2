package federation

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"folkmoot/store"
)

// software lists what is known to run out there, by the name it has in NodeInfo, with the dialect it speaks and whether it
// wants the activities of its own people back.
func software() map[string]struct {
	dialect store.Dialect
	echoes  bool
} {
	type want = struct {
		dialect store.Dialect
		echoes  bool
	}
	all := map[string]want{"smithereen": {store.Smithereen, true}}
	add := func(d store.Dialect, echoes bool, names string) {
		for _, name := range strings.Fields(names) {
			all[name] = want{d, echoes}
		}
	}
	add(store.Threadiverse, true, "lemmy friendica hubzilla streams forte mitra lotide bonfire folkmoot")
	add(store.Threadiverse, false, "piefed mbin kbin nodebb discourse")
	add(store.Microblog, true, `mastodon hometown glitch fedibird kmyblue misskey sharkey firefish calckey iceshrimp iceshrimp.net
		foundkey cherrypick catodon pleroma akkoma gotosocial pixelfed snac snac2 ktistec takahe honk bookwyrm wildebeest microblogpub
		tootik hollo threads bridgy-fed`)
	add(store.Unknown, true, `mobilizon peertube wordpress guppe gancio ghost hackerspub emissary manyfold writefreely gnusocial
		activitypub.bot relay owncast something-new`)
	return all
}

// fresh is a host that has just been asked what it runs, "" for a host that does not say.
func fresh(name, software string) store.Host {
	h := store.Host{Name: name, Software: software, Checked: testNow()}
	if software != "" {
		h.Said = testNow()
	}
	h.Dialect, _ = dialectFrom(h)
	return h
}

// TestFormsBySoftware says for all software what it is sent of each form.
func TestFormsBySoftware(t *testing.T) {
	const host, elsewhere = "there.example", "elsewhere.example"
	forms := map[string]store.Delivery{
		"boost":         {Form: store.FormBoost},
		"comment boost": {Form: store.FormBoost, Comment: true},
		"wrap":          {Form: store.FormWrap, Source: elsewhere},
		"comment wrap":  {Form: store.FormWrap, Source: elsewhere, Comment: true},
		"own wrap":      {Form: store.FormWrap, Source: ""},
		"echo":          {Form: store.FormWrap, Source: host},
		"wall":          {Form: store.FormWall},
		"all":           {Form: store.FormAll},
		"kept":          {Form: store.FormKept},
		"direct":        {Form: store.FormDirect},
	}
	byDialect := map[store.Dialect]string{
		store.Microblog:    "all boost direct",
		store.Threadiverse: "all comment-wrap direct own-wrap wrap",
		store.Smithereen:   "all direct wall",
		store.Unknown:      "all boost comment-wrap direct own-wrap wrap",
	}
	for name, is := range software() {
		for _, spelling := range []string{name, strings.ToUpper(name)} {
			p := ProfileOf(fresh(host, spelling))
			if p.Dialect != is.dialect || p.Echoes != is.echoes {
				t.Errorf("%s: %+v", spelling, p)
			}
			var got []string
			for form, d := range forms {
				if wants(p, d) {
					got = append(got, strings.ReplaceAll(form, " ", "-"))
				}
			}
			want := strings.Fields(byDialect[is.dialect])
			if is.echoes && slices.Contains(want, "wrap") {
				want = append(want, "echo")
			}
			slices.Sort(got)
			slices.Sort(want)
			if !slices.Equal(got, want) {
				t.Errorf("%s is sent %v, want %v", spelling, got, want)
			}
		}
	}
}

func anyHost(t *rapid.T) store.Host {
	when := func(label string) time.Time {
		if rapid.Bool().Draw(t, label+" never") {
			return time.Time{}
		}
		return testNow().Add(time.Duration(rapid.IntRange(-400, 0).Draw(t, label)) * time.Hour)
	}
	names := []string{""}
	for name := range software() {
		names = append(names, name)
	}
	slices.Sort(names)
	dialects := []store.Dialect{"", store.Microblog, store.Threadiverse, store.Smithereen}
	h := store.Host{
		Name:     rapid.SampledFrom([]string{"a.example", "b.example"}).Draw(t, "host"),
		Software: rapid.SampledFrom(names).Draw(t, "software"),
		Override: rapid.SampledFrom(dialects).Draw(t, "override"),
		Shown:    rapid.SampledFrom([]store.Dialect{"", store.Threadiverse, store.Smithereen}).Draw(t, "shown"),
		ShownAt:  when("shown at"), Checked: when("checked"), Said: when("said"), Failing: when("failing"),
	}
	h.Dialect, _ = dialectFrom(h)
	return h
}

func anyDelivery(t *rapid.T) store.Delivery {
	return store.Delivery{
		Form: rapid.SampledFrom([]store.Form{
			store.FormBoost, store.FormWrap, store.FormWall, store.FormAll, store.FormDirect, store.FormKept,
		}).Draw(t, "form"),
		Comment: rapid.Bool().Draw(t, "comment"),
		Source:  rapid.SampledFrom([]string{"", "a.example", "b.example"}).Draw(t, "source"),
	}
}

// TestNoHostGetsWhatItMisreads holds for every host in any state and for every delivery.
func TestNoHostGetsWhatItMisreads(t *testing.T) { // gotcha 47
	rapid.Check(t, func(t *rapid.T) {
		h, d := anyHost(t), anyDelivery(t)
		p := ProfileOf(h)
		sent := wants(p, d)
		switch {
		case h.Override != "" && p.Dialect != h.Override:
			t.Fatalf("the admin said %s, it is %s", h.Override, p.Dialect)
		case sent && d.Form == store.FormWrap && (p.Dialect == store.Microblog || p.Dialect == store.Smithereen):
			t.Fatalf("a wrap to a %s", p.Dialect)
		case sent && d.Form == store.FormBoost && (p.Dialect == store.Threadiverse || p.Dialect == store.Smithereen):
			t.Fatalf("a boost to a %s", p.Dialect)
		case sent && d.Form == store.FormWall && p.Dialect != store.Smithereen:
			t.Fatalf("a wall to a %s", p.Dialect)
		case sent && d.Form == store.FormBoost && d.Comment:
			t.Fatal("a comment is boosted")
		case sent && d.Form == store.FormWrap && d.Source == h.Name && !wantsEchoes(h.Software):
			t.Fatalf("an echo to %s", h.Software)
		case sent && d.Form == store.FormKept:
			t.Fatal("what is for nobody")
		case !sent && (d.Form == store.FormAll || d.Form == store.FormDirect):
			t.Fatalf("no %s", d.Form)
		case !sent && p.Dialect == store.Unknown && d.Form == store.FormBoost && !d.Comment:
			t.Fatal("no boost to an unknown host")
		case !sent && p.Dialect == store.Unknown && d.Form == store.FormWrap && d.Source != h.Name:
			t.Fatal("no wrap to an unknown host")
		}
	})
}

// TestSaidAndShown: of what a host says and shows the newer counts, and the admin before both.
func TestSaidAndShown(t *testing.T) {
	before, after := testNow().Add(-time.Hour), testNow().Add(time.Hour)
	tests := []struct {
		name  string
		edit  func(*store.Host)
		want  store.Dialect
		basis Basis
	}{
		{"nothing known", func(h *store.Host) { h.Software = "" }, store.Unknown, BasisNone},
		{"said", func(*store.Host) {}, store.Microblog, BasisSaid},
		{"said something unlisted", func(h *store.Host) { h.Software = "new" }, store.Unknown, BasisNone},
		{"shown, says nothing", func(h *store.Host) { h.Software, h.Shown = "", store.Threadiverse }, store.Threadiverse, BasisShown},
		{"shown long before it says something unlisted", func(h *store.Host) {
			h.Software, h.Shown, h.ShownAt = "new", store.Threadiverse, before
		}, store.Threadiverse, BasisShown},
		{"says another since", func(h *store.Host) { h.Shown, h.ShownAt = store.Threadiverse, before }, store.Microblog, BasisSaid},
		{"shows another since", func(h *store.Host) { h.Shown, h.ShownAt = store.Threadiverse, after }, store.Threadiverse, BasisShown},
		{"shows what it says", func(h *store.Host) {
			h.Software, h.Shown, h.ShownAt = "lemmy", store.Threadiverse, after
		}, store.Threadiverse, BasisSaid},
		{"set", func(h *store.Host) {
			h.Shown, h.ShownAt, h.Override = store.Threadiverse, after, store.Smithereen
		}, store.Smithereen, BasisSet},
	}
	for _, test := range tests {
		h := fresh("there.example", "mastodon")
		test.edit(&h)
		if p := ProfileOf(h); p.Dialect != test.want || p.Basis != test.basis {
			t.Errorf("%s: %s (%s)", test.name, p.Dialect, p.Basis)
		}
	}
}

func TestAskAgain(t *testing.T) {
	ago := func(d time.Duration) time.Time { return testNow().Add(-d) }
	const day = 24 * time.Hour
	tests := []struct {
		name string
		host store.Host
		want bool
	}{
		{"never asked", store.Host{}, true},
		{"answered six days ago", store.Host{Checked: ago(6 * day), Said: ago(6 * day)}, false},
		{"answered a week ago", store.Host{Checked: ago(7 * day), Said: ago(7 * day)}, true},
		{"unanswered for 23 hours", store.Host{Checked: ago(23 * time.Hour)}, false},
		{"unanswered for a day", store.Host{Checked: ago(day)}, true},
		{"answered before, not a day ago", store.Host{Checked: ago(day), Said: ago(9 * day)}, true},
		{"down for an hour", store.Host{Checked: ago(2 * day), Said: ago(2 * day), Failing: ago(time.Hour)}, false},
		{"down for a day", store.Host{Checked: ago(2 * day), Said: ago(2 * day), Failing: ago(day)}, true},
		{"down for a day, asked since", store.Host{Checked: ago(time.Hour), Said: ago(2 * day), Failing: ago(2 * day)}, false},
		{"contradicted", store.Host{
			Software: "mastodon", Checked: ago(2 * time.Hour), Said: ago(2 * time.Hour), Shown: store.Threadiverse, ShownAt: ago(0),
		}, true},
		{"contradicted within the cool-down", store.Host{
			Software: "mastodon", Checked: ago(time.Minute), Said: ago(time.Minute), Shown: store.Threadiverse, ShownAt: ago(0),
		}, false},
		{"contradicted, asked since in vain", store.Host{
			Software: "mastodon", Checked: ago(2 * time.Hour), Said: ago(5 * day), Shown: store.Threadiverse, ShownAt: ago(3 * time.Hour),
		}, false},
		{"confirmed", store.Host{
			Software: "lemmy", Checked: ago(2 * time.Hour), Said: ago(2 * time.Hour), Shown: store.Threadiverse, ShownAt: ago(0),
		}, false},
	}
	for _, test := range tests {
		if got := askAgain(test.host, testNow()); got != test.want {
			t.Errorf("%s: %v", test.name, got)
		}
	}
}

// TestAskedAtMostOncePerCoolDown whatever a host shows and however it fails.
func TestAskedAtMostOncePerCoolDown(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := anyHost(t)
		h.Checked = testNow().Add(-time.Duration(rapid.IntRange(0, int(learnCoolDown)-1).Draw(t, "asked before")))
		if askAgain(h, testNow()) {
			t.Fatalf("asked twice in the hour: %+v", h)
		}
	})
}

// TestWhatIsNews: contradictions of a host that was just asked are no news, so that they cost one write and one question in
// the cool-down.
func TestWhatIsNews(t *testing.T) {
	old := fresh("there.example", "mastodon")
	later := testNow().Add(2 * time.Hour)
	for _, test := range []struct {
		name  string
		host  store.Host
		shown store.Dialect
		at    time.Time
		want  bool
	}{
		{"unknown shows something", fresh("there.example", ""), store.Threadiverse, testNow(), true},
		{"unlisted shows something", fresh("there.example", "new"), store.Threadiverse, testNow(), true},
		{"the same again", fresh("there.example", "lemmy"), store.Threadiverse, later, false},
		{"another at once", old, store.Threadiverse, testNow(), false},
		{"another later", old, store.Threadiverse, later, true},
		{"another, noted just now", store.Host{
			Software: "mastodon", Said: testNow(), Checked: testNow(), Shown: store.Threadiverse, ShownAt: later,
		}, store.Smithereen, later, false},
	} {
		known, _ := dialectFrom(test.host)
		if got := mayLearn(test.host, test.at) && test.shown != known; got != test.want {
			t.Errorf("%s: %v", test.name, got)
		}
	}
}

func TestWallsOfThisServer(t *testing.T) {
	s := &Server{ids: newIDs("https://groups.example")}
	for uri, want := range map[string]bool{
		"https://groups.example/g/books/wall":        true,
		"https://groups.example/g/books":             false,
		"https://groups.example/g/books/post/1/wall": false,
		"https://groups.example/wall":                false,
		"https://other.example/g/books/wall":         false,
		"":                                           false,
	} {
		if got := s.isWall(uri); got != want {
			t.Errorf("%q: %v", uri, got)
		}
	}
}

func ExampleProfileOf() {
	p := ProfileOf(store.Host{Name: "forum.example", Software: "nodebb"})
	fmt.Println(p.Dialect, p.Basis, p.Echoes)
	// Output: threadiverse said false
}

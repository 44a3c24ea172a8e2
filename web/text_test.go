package web

import (
	"strings"
	"testing"

	"folkmoot/group"
	"folkmoot/store"
)

func TestOpening(t *testing.T) {
	const mention = `<a class="mention" href="https://groups.example/g/books">@books</a>`
	for in, want := range map[string]string{
		"": "", "<p></p>": "", "plain": "plain",
		"<p>One.</p><p>Two.</p>":                         "One.",
		"<p>" + mention + "</p><p>Then this</p>":         "Then this",
		"<p>" + mention + ": what next? &amp; why</p>":   "what next? & why",
		"<p>So " + mention + ", <em>what</em> next?</p>": "So what next?",
		"<p>(@books) what</p>":                           "what",
		"<p>!!!<br>And then</p>":                         "And then",
		"<ul><li>One</li><li>Two</li></ul>":              "One",
		"<h3>Head</h3><p>Body</p>":                       "Head",
		"<p>a\n  b</p>":                                  "a b",
		"<p>שלום</p>":                                    "שלום",
		"<p>🎉</p>":                                       "🎉",
	} {
		if got := opening(in); got != want {
			t.Errorf("opening(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestExcerpt(t *testing.T) {
	if got := excerpt("<p>" + strings.Repeat("long words ", 30) + "</p>"); len(got) > 160+len("…") || !strings.HasSuffix(got, "words…") && !strings.HasSuffix(got, "long…") {
		t.Errorf("words: %q", got)
	}
	if got := excerpt("<p>" + strings.Repeat("é", 300) + "</p>"); got != strings.Repeat("é", 159)+"…" {
		t.Errorf("one word: %q", got)
	}
}

// Microblogs have no titles: theirs is the beginning of the words, and must not say before a warning what stands behind it.
func TestHeading(t *testing.T) {
	const words = `<p><a class="mention" href="https://groups.example/g/books">@books</a> The butler did it, and here is why.</p>`
	tests := map[string]struct {
		post   store.Post
		want   string
		speaks bool
	}{
		"title from the words":             {store.Post{Title: "The butler did it, and here is why.", HTML: words}, "The butler did it, and here is why.", true},
		"title cut from the words":         {store.Post{Title: "The butler did it…", HTML: words}, "The butler did it…", true},
		"title from the words, warned":     {store.Post{Title: "The butler did it, and here is why.", HTML: words, Warning: "Ending"}, "Ending", false},
		"title cut from the words, warned": {store.Post{Title: "The butler did it…", HTML: words, Warning: "Ending"}, "Ending", false},
		"a title of its own":               {store.Post{Title: "Whodunnit", HTML: words}, "Whodunnit", false},
		"a title of its own, warned":       {store.Post{Title: "Whodunnit", HTML: words, Warning: "Ending"}, "Whodunnit", false},
		"no title":                         {store.Post{HTML: words}, "A post without a title", false},
		"nothing":                          {store.Post{}, "A post without a title", false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if got := english(t).heading(tt.post); got != tt.want {
				t.Errorf("heading %q, want %q", got, tt.want)
			}
			if got := speaksForItself(tt.post); got != tt.speaks {
				t.Errorf("stands without its title: %v, want %v", got, tt.speaks)
			}
		})
	}
}

func TestWarnedWordsStayBehindTheWarning(t *testing.T) {
	h, st := site(t)
	publish(t, st, &group.Post{
		URI: ann + "/2", Author: ann, Title: "The butler did it", HTML: "<p>@books The butler did it</p>", Warning: "The ending",
	})
	for path, closed := range map[string]bool{"/": false, "/g/books": false, "/people/@ann@mastodon.example": false, "/g/books/post/3": true} {
		page := get(t, h, path).Body.String()
		before, _, found := strings.Cut(page, "<details")
		if closed != found || strings.Contains(before, "butler") {
			t.Errorf("%s tells the ending:\n%s", path, page)
		}
	}
}

func TestNames(t *testing.T) {
	for name, want := range map[string]string{"ann": "A", "@bob@x.example": "B", "élise": "É", "דנה": "ד", "🎉": "·", "": "·", "李": "李", "7": "7"} {
		if got := initial(name); got != want {
			t.Errorf("initial(%q) = %q, want %q", name, got, want)
		}
	}
	for contact, want := range map[string]string{
		"admin@groups.example": "mailto:admin@groups.example", "@sam@m.example": "", "https://groups.example/about": "https://groups.example/about",
		"javascript:alert@x.example": "", "call 555": "", "http://x.example": "", "a@b?bcc=c": "",
	} {
		if got := reach(contact); got != want {
			t.Errorf("reach(%q) = %q, want %q", contact, got, want)
		}
	}
}

package federation

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"folkmoot/group"
)

func TestAbstractIsShownOnce(t *testing.T) { // gotcha 65
	tests := []struct{ name, members, want string }{
		{"beside the text", `"summary":"About <b>tea</b> & more","content":"<p>Long.</p>"`, "<p><em>About tea &amp; more</em></p><p>Long.</p>"},
		{"alone", `"summary":"<p>About tea</p>"`, "<p><em>About tea</em></p>"},
		{"the start of the text (NodeBB)", `"summary":" <h3>Welcome</h3> <p>To the forum […]</p>","content":"<h3>Welcome</h3>\n<p>To the forum of ours.</p>"`, "<h3>Welcome</h3>\n<p>To the forum of ours.</p>"},
		{"cut by dots (WordPress)", `"summary":"To the forum…","content":"<p>To the forum of ours.</p>"`, "<p>To the forum of ours.</p>"},
		{"the title (old Lemmy)", `"name":"Hello Federation!","summary":"Hello Federation!"`, ""},
		{"the title and hashtags (Mbin)", `"name":"test","summary":"test #test #tea","content":"<p>x</p>"`, "<p>x</p>"},
		{"hashtags (Funkwhale)", `"summary":"#a #b","content":"<p>x</p>"`, "<p>x</p>"},
		{"a warning is none", `"sensitive":true,"summary":"About tea","content":"<p>x</p>"`, "<p>x</p>"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := mustObject(t, `{"id":"https://a.example/1","type":"Article",`+test.members+`}`).displayHTML()
			if got != test.want {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
			checkSafe(t, got)
		})
	}
}

func TestMediaAndLink(t *testing.T) {
	const file = "https://a.example/f"
	tests := []struct {
		name, doc string
		link      string
		media     []group.Media
	}{
		{
			"pictures of Mastodon", note(`"attachment":[{"type":"Document","mediaType":"image/png","url":"https://a.example/f","name":"a cat"},{"type":"Document","mediaType":"video/mp4","url":"https://a.example/v"}]`),
			"",
			[]group.Media{{Kind: "Image", URL: file, Type: "image/png", Alt: "a cat"}, {Kind: "Video", URL: "https://a.example/v", Type: "video/mp4"}},
		},
		{"link of Lemmy", note(`"attachment":[{"type":"Link","href":"https://news.example/1"}],"image":{"type":"Image","url":"https://lemmy.example/thumb.png"}`), "https://news.example/1", nil},
		{
			"picture of Lemmy", note(`"attachment":[{"type":"Link","href":"https://a.example/f"}],"image":{"type":"Image","url":"https://a.example/f"}`),
			"",
			[]group.Media{{Kind: "Image", URL: file}},
		},
		{
			"link and files", note(`"attachment":[{"type":"Link","href":"https://news.example/1"},{"type":"Audio","url":"https://a.example/f"},{"type":"Document","url":"https://a.example/d.pdf","mediaType":"application/pdf"},{"type":"Link","href":"https://news.example/2"}]`),
			"https://news.example/1",
			[]group.Media{
				{Kind: "Audio", URL: file},
				{Kind: "Document", URL: "https://a.example/d.pdf", Type: "application/pdf"},
				{Kind: "Link", URL: "https://news.example/2"},
			},
		},
		{
			"video with a page (PeerTube)", `{"id":"https://a.example/1","type":"Video","url":[{"type":"Link","mediaType":"text/html","href":"https://a.example/w"},{"type":"Link","mediaType":"video/mp4","href":"https://a.example/f"}]}`,
			"",
			[]group.Media{{Kind: "Video", URL: "https://a.example/w"}},
		},
		{
			"recording without a page", `{"id":"https://a.example/1","type":"Audio","url":{"type":"Link","mediaType":"audio/ogg","href":"https://a.example/f"}}`,
			"",
			[]group.Media{{Kind: "Audio", URL: file, Type: "audio/ogg"}},
		},
		{"no files", note(`"url":"https://news.example/1"`), "https://news.example/1", nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			v := mustObject(t, test.doc)
			if diff := cmp.Diff(test.media, v.media()); diff != "" || v.link() != test.link {
				t.Errorf("link %q, want %q; media:\n%s", v.link(), test.link, diff)
			}
		})
	}
}

func TestFlairs(t *testing.T) {
	v := mustObject(t, note(`"tag":[{"type":"CommunityPostTag","id":"https://a.example/t/1","preferredUsername":"news"},
		{"type":"CommunityPostTag","name":"Long read","preferredUsername":"long"},{"type":"CommunityPostTag","name":"news"},{"type":"CommunityPostTag"}]`))
	if diff := cmp.Diff([]string{"news", "Long read"}, v.Flairs); diff != "" {
		t.Error(diff)
	}
}

func TestImagesBecomeWords(t *testing.T) { // gotcha 64
	const rel = ` rel="nofollow noopener noreferrer ugc"`
	s := newSanitizer()
	for in, want := range map[string]string{
		`<p>a <img src="https://x.example/c.png" alt="a cat"> b</p>`:                   `<p>a <a href="https://x.example/c.png"` + rel + `>Image: a cat</a> b</p>`,
		`<img src="https://x.example/c.png">`:                                          `<a href="https://x.example/c.png"` + rel + `>Image</a>`,
		`<p>hi <img class="emoji" alt=":blobcat:" src="https://x.example/b.png"></p>`:  `<p>hi :blobcat:</p>`,
		`<p>hi <img alt=":blobcat:" src="https://x.example/b.png"></p>`:                `<p>hi :blobcat:</p>`,
		`<p>hi <img class="emojione" alt="😀" src="https://x.example/b.png"></p>`:       `<p>hi 😀</p>`,
		`<a href="https://x.example/"><img src="https://y.example/c.png" alt="c"></a>`: `<a href="https://x.example/"` + rel + `>Image: c</a>`,
		`<img src="javascript:alert(1)" alt="x">`:                                      `Image: x`,
		`<img src="data:image/png;base64,AA">`:                                         ``,
		`<img src="https://x.example/c.png" alt="https://bank.example/">`:              `<a href="https://x.example/c.png"` + rel + `>https://x.example/c.png</a>`,
		`<div>a</div><img src="https://x.example/c.png" alt="c"><div>b</div>`:          `<p>a</p><p><a href="https://x.example/c.png"` + rel + `>Image: c</a></p><p>b</p>`,
	} {
		got := s.sanitizeHTML(in)
		if got != want {
			t.Errorf("%s\ngot  %s\nwant %s", in, got, want)
		}
		if again := s.sanitizeHTML(got); again != got {
			t.Errorf("sanitised twice, %s becomes %s", got, again)
		}
		checkSafe(t, got)
	}
}

package federation

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// testNow is later than every date in the documents of these tests.
func testNow() time.Time { return time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC) }

func mustObject(t *testing.T, doc string) objectView {
	t.Helper()
	v, err := decodeObject([]byte(doc), testNow(), newSanitizer())
	if err != nil {
		t.Fatalf("%v\n%s", err, doc)
	}
	return v
}

// words puts blanks between values.
func words(values ...any) string { return strings.TrimSpace(fmt.Sprintln(values...)) }

// note builds a Note with the given further members.
func note(members string) string {
	return `{"id":"https://a.example/n/1","type":"Note","attributedTo":"https://a.example/u/ann","content":"<p>x</p>",` + members + `}`
}

func TestDecodeActivityRefuses(t *testing.T) {
	tests := map[string]string{
		"no type":           `{"id":"https://a.example/1","actor":"https://a.example/u"}`,
		"type null":         `{"type":null,"actor":"https://a.example/u"}`,
		"type a number":     `{"type":1,"actor":"https://a.example/u"}`,
		"type an object":    `{"type":{"id":"Create"},"actor":"https://a.example/u"}`,
		"type of 101 bytes": `{"type":"` + strings.Repeat("x", 101) + `","actor":"https://a.example/u"}`,
		"no actor":          `{"type":"Create"}`,
		"actor null":        `{"type":"Create","actor":null}`,
		"actor a number":    `{"type":"Create","actor":1}`,
		"actor empty":       `{"type":"Create","actor":""}`,
		"actor no id":       `{"type":"Create","actor":{"type":"Person"}}`,
		"actor a handle":    `{"type":"Create","actor":"@ann@a.example"}`,
		"actor a script":    `{"type":"Create","actor":"javascript:alert(1)"}`,
		"two actors":        `{"type":"Create","actor":["https://a.example/u","https://b.example/u"]}`,
		"one actor broken":  `{"type":"Create","actor":["https://a.example/u",7]}`,
		"actor in capitals": `{"type":"Create","Actor":"https://a.example/u"}`,
		"actor twice":       `{"type":"Create","actor":"https://a.example/u","\u0061ctor":"https://b.example/u"}`,
	}
	for name, doc := range tests {
		t.Run(name, func(t *testing.T) {
			if a, err := decodeActivity([]byte(doc)); !errors.Is(err, ErrMalformed) {
				t.Errorf("decoded as %q by %q (err %v)", a.Type, a.Actor, err)
			}
		})
	}
}

func TestDecodeActivityShapes(t *testing.T) {
	const pre = `{"id":"https://a.example/1","actor":"https://a.example/u",`
	tests := []struct {
		name, doc string
		got       func(activity) any
		want      any
	}{
		{"keys are matched exactly", pre + `"type":"Like","Type":"Delete","OBJECT":"https://b.example/x"}`, func(a activity) any { return words(a.Type, a.Object.ID) }, "Like"},
		{"known type first", pre + `"type":["farm:Plant","Create"]}`, func(a activity) any { return a.Type }, "Create"},
		{"unknown type", pre + `"type":["Bite"]}`, func(a activity) any { return a.Type }, "Bite"},
		{"actor in a list", `{"type":"Like","actor":[{"type":"Person","id":"https://a.example/u"}]}`, func(a activity) any { return a.Actor }, "https://a.example/u"},
		{"same actor twice", `{"type":"Like","actor":["https://a.example/u",{"id":"https://a.example/u"}]}`, func(a activity) any { return a.Actor }, "https://a.example/u"},
		{"id null", `{"type":"Like","actor":"https://a.example/u","id":null}`, func(a activity) any { return a.ID }, ""},
		{"id a number", `{"type":"Like","actor":"https://a.example/u","id":5}`, func(a activity) any { return a.ID }, ""},
		{"object id", pre + `"type":"Like","object":"https://b.example/x"}`, func(a activity) any { return words(a.Object.ID, a.Object.embedded(), len(a.Objects)) }, "https://b.example/x false 1"},
		{"object embedded, bytes kept", pre + `"type":"Like","object": {"id":"https://b.example/x", "type":["Note"]} }`, func(a activity) any { return a.Object.Type + string(a.Object.Raw) }, `Note{"id":"https://b.example/x", "type":["Note"]}`},
		{"object without id", pre + `"type":"Undo","object":{"type":"Like"}}`, func(a activity) any { return words(a.Object.ID, a.Object.Type, a.Object.embedded()) }, "Like true"},
		{"objects", pre + `"type":"Flag","object":["https://b.example/u",null,3,"x",{"id":"https://b.example/p"}]}`, func(a activity) any { return words(a.Objects[0].ID, a.Objects[1].ID, len(a.Objects)) }, "https://b.example/u https://b.example/p 2"},
		{"no object", pre + `"type":"Like","object":7}`, func(a activity) any { return words(a.Object.ID, len(a.Objects)) }, "0"},
		{"to a string", pre + `"type":"Like","to":"https://b.example/u"}`, func(a activity) any { return a.To }, []string{"https://b.example/u"}},
		{"every Public", pre + `"type":"Like","to":["as:Public"],"cc":"Public","audience":["https://www.w3.org/ns/activitystreams#Public"]}`, func(a activity) any { return [][]string{a.To, a.Cc, a.Audience} }, [][]string{{addressPublic}, {addressPublic}, {addressPublic}}},
		{"addresses once, in order", pre + `"type":"Like","to":["https://b.example/2",{"id":"https://b.example/1"},"https://b.example/2",false,"mailto:x"]}`, func(a activity) any { return a.To }, []string{"https://b.example/2", "https://b.example/1"}},
		{"ban", pre + `"type":"Block","expires":"2026-09-01T00:00:00Z","removeData":true,"summary":"spam\u202e"}`, func(a activity) any { return words(a.EndTime.Format(time.DateOnly), a.RemoveData, a.Summary) }, "2026-09-01 true spam"},
		{"reaction", pre + `"type":"Like","_misskey_reaction":":blobcat:"}`, func(a activity) any { return a.Content }, ":blobcat:"},
		{"report with markup", pre + `"type":"Flag","content":"<p>bad<script>x</script></p>"}`, func(a activity) any { return a.Content }, "bad"},
		{"quote request", pre + `"type":"QuoteRequest","instrument":{"id":"https://a.example/q","type":"Note"}}`, func(a activity) any { return a.Instrument.ID + a.Instrument.Type }, "https://a.example/qNote"},
		{"target collection", pre + `"type":"Add","target":{"type":"Collection","id":"https://g.example/wall"}}`, func(a activity) any { return a.Target.ID }, "https://g.example/wall"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			a, err := decodeActivity([]byte(test.doc))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, test.got(a)); diff != "" {
				t.Error(diff)
			}
			if string(a.Raw) != test.doc {
				t.Error("the bytes were not kept")
			}
		})
	}
}

func TestTimeOf(t *testing.T) {
	tests := map[string]string{ // "" means missing
		"2026-08-01T10:00:00Z":              "2026-08-01T10:00:00Z",
		"2026-08-01T10:00:00.1234567+00:00": "2026-08-01T10:00:00.1234567Z",
		"2026-08-01t10:00:00z":              "2026-08-01T10:00:00Z",
		"2026-08-01T12:00:00+02:00":         "2026-08-01T10:00:00Z",
		"2019-09-19T00:32:36.785333":        "2019-09-19T00:32:36.785333Z",
		"2026-08-01T10:00Z":                 "2026-08-01T10:00:00Z",
		"2026-08-01":                        "2026-08-01T00:00:00Z",
		"0001-01-01T00:00:00Z":              "",
		"2026-13-01T00:00:00Z":              "",
		"20260801T10:00:00Z":                "",
		"yesterday":                         "",
		"":                                  "",
	}
	for in, want := range tests {
		got := ""
		if at := timeOf(rawValue(`"` + in + `"`)); !at.IsZero() {
			got = at.Format(time.RFC3339Nano)
		}
		if got != want {
			t.Errorf("%q is %q, want %q", in, got, want)
		}
	}
	if !timeOf(rawValue(`1754042400`)).IsZero() {
		t.Error("a number is a date")
	}
}

func TestVisibilityOf(t *testing.T) {
	followers, ann := "https://a.example/u/ann/followers", "https://a.example/u/ann"
	tests := []struct {
		to, cc []string
		want   visibility
	}{
		{[]string{addressPublic}, []string{followers}, visibilityPublic},
		{[]string{followers}, []string{ann, addressPublic}, visibilityUnlisted},
		{[]string{addressPublic}, []string{addressPublic}, visibilityPublic},
		{[]string{followers}, []string{ann}, visibilityFollowers},
		{nil, []string{"https://f.example/followers/kim"}, visibilityFollowers},
		{[]string{"https://s.example/actor/1/subscribers"}, nil, visibilityFollowers},
		{[]string{ann}, nil, visibilityDirect},
		{[]string{"https://a.example/u/followersfan"}, nil, visibilityDirect},
		{[]string{"https://evil.example/?x=https://www.w3.org/ns/activitystreams#Public"}, nil, visibilityDirect},
		{nil, nil, visibilityDirect},
	}
	for _, test := range tests {
		if got := visibilityOf(test.to, test.cc); got != test.want {
			t.Errorf("to %v cc %v: %v, want %v", test.to, test.cc, got, test.want)
		}
	}
}

func TestAddressees(t *testing.T) {
	a, err := decodeActivity([]byte(`{"type":"Create","actor":"https://a.example/u","audience":"https://g.example/2",
		"to":["as:Public","https://g.example/4"],"cc":["https://a.example/u/followers","https://g.example/5"]}`))
	if err != nil {
		t.Fatal(err)
	}
	o := mustObject(t, note(`"target":{"type":"OrderedCollection","id":"https://g.example/1/wall","attributedTo":"https://g.example/1"},
		"audience":["https://g.example/2","https://g.example/3"],"to":"https://g.example/6","cc":["https://g.example/7","Public"],
		"tag":[{"type":"Mention","href":"https://g.example/8"},{"type":"Mention","href":"https://g.example/4"},{"type":"Hashtag","href":"https://g.example/9"}]`))
	want := []string{
		"https://g.example/1", "https://g.example/2", "https://g.example/3", "https://g.example/4", "https://g.example/5",
		"https://g.example/6", "https://g.example/7", "https://g.example/8",
	}
	if diff := cmp.Diff(want, addressees(a, o)); diff != "" {
		t.Error(diff)
	}
}

func TestDecodeCollection(t *testing.T) {
	tests := []struct{ name, doc, want string }{ // want: total, item ids, first id, first embedded, next
		{"plain", `{"id":"https://a.example/c","type":"OrderedCollection","totalItems":2,"orderedItems":["https://a.example/1","https://a.example/2"]}`, "2 [https://a.example/1 https://a.example/2]  false "},
		{"single item", `{"type":"Collection","items":"https://a.example/1"}`, "0 [https://a.example/1]  false "},
		{"embedded items", `{"type":"CollectionPage","items":[{"type":"Like","id":"https://a.example/1"},{"type":"Like"}],"next":"https://a.example/c?2"}`, "0 [https://a.example/1 ]  false https://a.example/c?2"},
		{"useless items", `{"type":"Collection","items":[1,null,"x",["https://a.example/1"],true]}`, "0 []  false "},
		{"first by id", `{"type":"Collection","first":"https://a.example/c?1"}`, "0 [] https://a.example/c?1 false "},
		{"first inline", `{"type":"Collection","first":{"id":"https://a.example/c?1","type":"CollectionPage"}}`, "0 [] https://a.example/c?1 true "},
		{"odd total", `{"type":"Collection","totalItems":-5}`, "0 []  false "},
		{"huge total", `{"type":"Collection","totalItems":1e300}`, "0 []  false "},
		{"next on a script", `{"type":"CollectionPage","next":"javascript:alert(1)"}`, "0 []  false "},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			v, err := decodeCollection([]byte(test.doc))
			if err != nil {
				t.Fatal(err)
			}
			ids := []string{}
			for _, item := range v.Items {
				ids = append(ids, item.ID)
			}
			got := fmt.Sprint(v.Total, " [", strings.Join(ids, " "), "] ", v.First.ID, " ", v.First.embedded(), " ", v.Next)
			if got != test.want {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
		})
	}
	if _, err := decodeCollection([]byte(`{"id":"https://a.example/c","type":"Note","items":[]}`)); !errors.Is(err, ErrMalformed) {
		t.Errorf("a Note is a collection (err %v)", err)
	}
}

func TestThreadTitle(t *testing.T) { // gotcha 54
	mentions := []string{"@books", "@books@groups.example"}
	long := strings.TrimSpace(strings.Repeat("word ", 60))
	tests := []struct{ name, members, want string }{
		{"name", `"name":" Question:  who is in? "`, "Question: who is in?"},
		{"name with markup", `"name":"<b>a</b> &amp; b"`, "a & b"},
		{"first line", `"content":"<p>one</p><p>two</p>"`, "one"},
		{"break", `"content":"one<br>two"`, "one"},
		{"empty lines first", `"content":"<p> </p><p><br></p><p>one</p>"`, "one"},
		{"mention first", `"content":"<p><a href='https://groups.example/g/books'>@<span>books</span></a> What next?</p>"`, "What next?"},
		{"mention with host, colon", `"content":"<p>@books@groups.example: What next?</p>"`, "What next?"},
		{"mention in another case", `"content":"@Books hi"`, "hi"},
		{"mention inside", `"content":"<p>what does @books think?</p>"`, "what does think?"},
		{"mention alone on its line", `"content":"<p>@books</p><p>What next?</p>"`, "What next?"},
		{"other mention stays", `"content":"@booksellers @bob hi @books"`, "@booksellers @bob hi"},
		{"the word stays", `"content":"books are good"`, "books are good"},
		{"punctuation line", `"content":"<p>@books -- !</p><p>x</p>"`, "x"},
		{"emoji line", `"content":"<p>🎉</p>"`, "🎉"},
		{"cut at a word", `"name":"` + long + `"`, strings.TrimSpace(strings.Repeat("word ", 39)) + "…"},
		{"cut inside a word", `"content":"` + strings.Repeat("ü", 300) + `"`, strings.Repeat("ü", 199) + "…"},
		{"two hundred", `"content":"` + strings.Repeat("ü", 200) + `"`, strings.Repeat("ü", 200)},
		{"behind a warning", `"summary":"the ending","sensitive":true,"content":"<p>She dies.</p>"`, "the ending"},
		{"name before the warning", `"name":"Book three","summary":"the ending","content":"<p>She dies.</p>"`, "Book three"},
		{"script is no line", `"content":"<script>x</script><style>y</style>z"`, "z"},
		{"alternative text", `"content":"@books","attachment":{"type":"Image","url":"https://a.example/i.png","name":"a cat"}`, "a cat"},
		{"image", `"content":"","attachment":[{"type":"Document","mediaType":"image/png","url":"https://files.example/i.png"}]`, "Image without a title"},
		{"link", `"content":"","attachment":[{"type":"Link","href":"https://news.example/1"}]`, "Link to news.example"},
		{"nothing", `"content":""`, "Post without a title"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			o := mustObject(t, `{"id":"https://a.example/n/1","type":"Note",`+test.members+`}`)
			if got := threadTitle(o, mentions); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestCleanLine(t *testing.T) {
	tests := []struct {
		in, want string
		limit    int
	}{
		{"Ann", "Ann", 10},
		{"  a\t\tb\r\nc\u2028d ", "a b c d", 20},
		{"ann\u202egpj.exe\u2066", "anngpj.exe", 20},
		{"a\x00\x1b[31mb", "a[31mb", 20},
		{"\u200b\ufeff\u2060", "", 20},
		{"\u3164\u2800\u115f\u1160\uffa0", "", 20},
		{"\u200d", "", 20},
		{" \u00a0 ", "", 20},
		{"👩\u200d👩\u200d👧", "👩\u200d👩\u200d👧", 20},
		{"می\u200cخواهم", "می\u200cخواهم", 20},
		{"é" + strings.Repeat("\u0300", 10_000), "é" + strings.Repeat("\u0300", maxMarks), 100},
		{"abcdef", "abc", 3},
		{"äöüäöü", "äöü", 3},
		{"ab cdef", "ab", 3},
	}
	for _, test := range tests {
		if got := cleanLine(test.in, test.limit); got != test.want {
			t.Errorf("cleanLine(%.40q, %d) = %q, want %q", test.in, test.limit, got, test.want)
		}
	}
}

func TestPlainText(t *testing.T) {
	tests := []struct{ in, want string }{
		{`<p>one</p><p>two<br>three</p>`, "one\ntwo\nthree"},
		{`<p>a&amp;b &lt;c&gt;</p>`, "a&b <c>"},
		{`<p>write &amp;lt; and &amp;lt for a</p>`, "write &lt; and &lt for a"},
		{`<ul><li>a</li><li>b</li></ul>`, "a\nb"},
		{`<a href="https://a.example/">@<span>ann</span></a>, hi`, "@ann, hi"},
		{"<p>line\nend</p>", "line end"},
		{`<style>p{}</style><script>x</script>y`, "y"},
		{`<noscript><b>x</b></noscript>y`, "y"},
		{`<table><tr><td>a</td><td>b</td></tr></table>`, "a b"},
		{`x <y`, "x"},
		{`1 < 2`, "1 < 2"},
		{``, ""},
	}
	for _, test := range tests {
		if got := plainText(test.in); got != test.want {
			t.Errorf("plainText(%q) = %q, want %q", test.in, got, test.want)
		}
	}
}

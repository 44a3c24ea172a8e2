package federation

import (
	"bytes"
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestNormalize(t *testing.T) {
	type object = map[string]any
	tests := map[string]struct{ in, want object }{
		"to of one":         {object{"to": "x"}, object{"to": []any{"x"}}},
		"to of none":        {object{"to": []any{}}, object{"to": []any{}}},
		"tag of one":        {object{"tag": object{"type": "Mention"}}, object{"tag": []any{document{"type": "Mention"}}}},
		"items of one":      {object{"orderedItems": "x"}, object{"orderedItems": []any{"x"}}},
		"audience in list":  {object{"audience": []any{"x"}}, object{"audience": "x"}},
		"two authors stay":  {object{"attributedTo": []any{"x", "y"}}, object{"attributedTo": []any{"x", "y"}}},
		"null":              {object{"inReplyTo": nil, "cc": nil}, object{}},
		"empty text":        {object{"published": "", "summary": ""}, object{}},
		"empty object":      {object{"endpoints": object{}}, object{}},
		"empty list":        {object{"url": []any{}}, object{}},
		"hollow object":     {object{"endpoints": object{"sharedInbox": nil}}, object{}},
		"list of null":      {object{"url": []any{nil}, "tag": []any{nil, ""}}, object{"tag": []any{}}},
		"date":              {object{"published": "2026-08-01T12:00:00.5+02:00"}, object{"published": "2026-08-01T10:00:00Z"}},
		"not a date":        {object{"updated": "soon"}, object{"updated": "soon"}},
		"a date in a title": {object{"name": "2026-08-01T12:00:00+02:00"}, object{"name": "2026-08-01T12:00:00+02:00"}},
		"inner context":     {object{"object": object{"@context": "x", "to": "y"}}, object{"object": document{"to": []any{"y"}}}},
		"false and zero":    {object{"sensitive": false, "totalItems": 0}, object{"sensitive": false, "totalItems": 0}},
		"bogus context":     {object{"@context": []any{"http://joinmastodon.org/ns"}}, object{}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			test.want["@context"] = activityStreams
			if diff := cmp.Diff(document(test.want), normalize(test.in)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestDocumentTexts(t *testing.T) {
	d := document{"@context": "x"}
	d.set("name", "Re: x")
	d.set("summary", "")
	d.setContent("<p>a</p>", "en")
	want := document{"name": "Re: x", "content": "<p>a</p>", "contentMap": document{"en": "<p>a</p>"}}
	if diff := cmp.Diff(want, d.nested()); diff != "" {
		t.Error(diff)
	}
	if _, ok := d["@context"]; !ok {
		t.Error("nested changed the document itself")
	}
}

func TestDocumentEncode(t *testing.T) {
	raw, err := document{
		"b": []any{1, true, "<&>"}, "a": json.RawMessage(" {\"x\" : 1.0} "), "c": document{}, "d": []string(nil),
		"e": []json.RawMessage{[]byte("1e2")}, "@context": timestamp(time.Unix(0, 0)),
	}.encode()
	if err != nil {
		t.Fatal(err)
	}
	const want = `{"@context":"1970-01-01T00:00:00Z","a": {"x" : 1.0} ,"b":[1,true,"<&>"],"c":{},"d":[],"e":[1e2]}`
	if string(raw) != want {
		t.Errorf("encoded as %s, want %s", raw, want)
	}
	if raw, err := (document{"object": json.RawMessage(nil)}).encode(); err == nil {
		t.Errorf("an object without bytes was encoded as %s", raw)
	}
	if raw, err := (document{"object": func() {}}).encode(); err == nil {
		t.Errorf("a function was encoded as %s", raw)
	}
}

// rawJSON draws a JSON object as awkwardly written as can be.
func rawJSON() *rapid.Generator[[]byte] {
	space := rapid.SampledFrom([]string{"", " ", "\n\t", "\r\n "})
	var value func(depth int) *rapid.Generator[string]
	object := func(depth int) *rapid.Generator[string] {
		return rapid.Custom(func(t *rapid.T) string {
			var b bytes.Buffer
			b.WriteString("{" + space.Draw(t, "space"))
			for i, key := range rapid.SliceOfNDistinct(rapid.StringMatching(`[a-z@<>&é]{1,6}`), 0, 4, rapid.ID).Draw(t, "keys") {
				if i > 0 {
					b.WriteString("," + space.Draw(t, "space"))
				}
				b.WriteString(`"` + key + `"` + space.Draw(t, "space") + ":" + value(depth+1).Draw(t, "value") + space.Draw(t, "space"))
			}
			return b.String() + "}"
		})
	}
	value = func(depth int) *rapid.Generator[string] {
		simple := rapid.SampledFrom([]string{
			`1`, `1.0`, `-0`, `1E300`, `123456789012345678901`, `null`, `true`, `"<b>&amp;\u003c\/"`, `"\ud83e\udda3"`, `"a\u2028b"`, `[]`, `[ 1 , 2 ]`, `{ }`,
		})
		if depth > 3 {
			return simple
		}
		return rapid.OneOf(simple, object(depth))
	}
	return rapid.Map(object(0), func(s string) []byte { return []byte(s) })
}

func TestRawJSONIsEmbeddedUnchanged(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		inner := rawJSON().Draw(t, "inner")
		raw, err := document{"a": "x", "object": json.RawMessage(inner), "z": []any{json.RawMessage(inner)}}.encode()
		if err != nil {
			t.Fatal(err)
		}
		want := `{"a":"x","object":` + string(inner) + `,"z":[` + string(inner) + `]}`
		if string(raw) != want {
			t.Fatalf("encoded as %s, want %s", raw, want)
		}
		if !json.Valid(raw) {
			t.Fatalf("not JSON: %s", raw)
		}
	})
}

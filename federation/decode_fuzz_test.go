package federation

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func FuzzActivity(f *testing.F) {
	f.Add([]byte(`{"id":"https://a.example/1","type":["x","Create"],"actor":[{"id":"https://a.example/u"}],"object":[{"type":"Note"},"https://a.example/2"],"to":"as:Public"}`))
	f.Add([]byte(`{"type":"Block","actor":"https://a.example/u","target":{"id":"https://g.example/g"},"expires":"2026-09-01T00:00:00Z","removeData":"true"}`))
	clean := newSanitizer()
	f.Fuzz(func(t *testing.T, raw []byte) {
		decodeEverything(t, raw, clean)
		a, err := decodeActivity(raw)
		if err != nil {
			return
		}
		if a.Actor == "" || a.Type == "" || string(a.Raw) != string(raw) {
			t.Fatalf("incomplete: %+v", a)
		}
		for _, r := range a.Objects { // embedded objects are pieces of the document and can be decoded in turn
			if r.embedded() && (!strings.Contains(string(raw), string(r.Raw)) || prescan(r.Raw, defaultJSONLimits()) != nil) {
				t.Fatalf("%s is no piece of %s", r.Raw, raw)
			}
		}
	})
}

func FuzzActor(f *testing.F) {
	f.Add([]byte(testActor + `,"publicKey":{"id":"https://a.example/u/ann#main-key","publicKeyPem":"x"},"icon":[{"url":{"href":"https://c.example/i.png"}}],"attributedTo":[{"type":"Person","id":"https://a.example/m"}]}`))
	f.Add([]byte(testActor + `,"outbox":"https://b.example/o","endpoints":{"sharedInbox":"https://a.example/inbox"},"summary":"<p>x","preferredUsername":"ann"}`))
	clean := newSanitizer()
	f.Fuzz(func(t *testing.T, raw []byte) {
		v, err := decodeActor(raw, clean)
		if err != nil {
			return
		}
		for _, uri := range []string{v.Inbox, v.SharedInbox, v.Outbox, v.Followers, v.Featured, v.Wall, v.URL, v.Moderators} {
			if uri != "" && !sameHost(uri, v.ID) {
				t.Fatalf("%q is not on the host of %q", uri, v.ID)
			}
		}
		for _, k := range v.Keys {
			if k.Owner != v.ID || !sameHost(k.ID, v.ID) {
				t.Fatalf("key %q of %q belongs to %q", k.ID, v.ID, k.Owner)
			}
		}
		checkSafe(t, v.SummaryHTML)
	})
}

func FuzzObject(f *testing.F) {
	f.Add([]byte(note(`"name":"x","inReplyTo":["https://b.example/1"],"tag":{"type":"Mention","href":"https://g.example/g"},"url":[{"href":"https://a.example/1"}],"attachment":{"type":"Image","url":"https://c.example/i.png","name":"cat"}`)))
	f.Add([]byte(`{"id":"https://a.example/1","type":"Question","oneOf":[{"name":"a<b","replies":{"totalItems":3}}],"closed":"2026-01-01T00:00:00","contentMap":{"en":"<p>x"}}`))
	f.Add([]byte(`{"id":"https://a.example/1","type":"Event","startTime":"2026-01-01T00:00:00Z","location":{"name":"<i>","address":{"streetAddress":"x"}}}`))
	clean := newSanitizer()
	f.Fuzz(func(t *testing.T, raw []byte) {
		decodeEverything(t, raw, clean)
		v, err := decodeObject(raw, testNow(), clean)
		if err != nil {
			return
		}
		if v.URL != "" && !sameHost(v.URL, v.ID) {
			t.Fatalf("the page %q is not on the host of %q", v.URL, v.ID)
		}
		if shown := v.displayHTML(); clean.sanitizeHTML(v.ContentHTML) != v.ContentHTML || len(shown) > maxHTMLIn*2 {
			t.Fatalf("not sanitised: %.500s", shown)
		}
	})
}

func FuzzCollection(f *testing.F) {
	f.Add([]byte(`{"id":"https://a.example/c","type":"OrderedCollection","totalItems":3,"orderedItems":["https://a.example/1",{"id":"https://a.example/2"}],"first":{"type":"CollectionPage"}}`))
	f.Add([]byte(`{"type":"CollectionPage","items":"https://a.example/1","next":"https://a.example/c?2","partOf":"https://a.example/c"}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		v, err := decodeCollection(raw)
		if err != nil {
			return
		}
		if v.Total < 0 {
			t.Fatalf("total %d", v.Total)
		}
		for _, item := range append(v.Items, v.First) {
			if item.ID != "" && !validURI(item.ID) || (item.embedded() && item.Raw[0] != '{') {
				t.Fatalf("item %+v", item)
			}
		}
	})
}

func FuzzTitle(f *testing.F) {
	f.Add("", "<p>@books</p><p>What next?</p>", "@books")
	f.Add("Question: who?", "x", "")
	f.Add("", strings.Repeat("ü", 400), "@")
	clean := newSanitizer()
	f.Fuzz(func(t *testing.T, name, content, mention string) {
		o := objectView{Name: cleanLine(name, maxName*2), ContentHTML: clean.sanitizeHTML(content)}
		title := threadTitle(o, []string{mention, "@books"})
		if title == "" || utf8.RuneCountInString(title) > maxTitle || strings.ContainsAny(title, "\n\r\x00") || !utf8.ValidString(title) {
			t.Fatalf("title %q", title)
		}
	})
}

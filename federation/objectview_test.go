package federation

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestDecodeObjectRefuses(t *testing.T) {
	for name, doc := range map[string]string{
		"no id":     `{"type":"Note","content":"x"}`,
		"id a tag":  `{"id":"tag:a.example,2026:1","type":"Note"}`,
		"no type":   `{"id":"https://a.example/1"}`,
		"id a list": `{"id":["https://a.example/1"],"type":"Note"}`,
		"a list":    `[{"id":"https://a.example/1","type":"Note"}]`,
		"nothing":   ``,
	} {
		if v, err := decodeObject([]byte(doc), testNow(), newSanitizer()); !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: decoded as %v (err %v)", name, v, err)
		}
	}
}

// TestDecodeObjectPlace covers whose the object is and where it belongs.
func TestDecodeObjectPlace(t *testing.T) { // gotcha 42
	const bare = `{"id":"https://a.example/n/1","type":"Note",`
	tests := []struct {
		name, doc string
		got       func(objectView) any
		want      any
	}{
		{"author", bare + `"attributedTo":"https://a.example/u"}`, func(v objectView) any { return v.AttributedTo }, "https://a.example/u"},
		{"author a number", bare + `"attributedTo":1}`, func(v objectView) any { return v.AttributedTo }, ""},
		{"author true", bare + `"attributedTo":true}`, func(v objectView) any { return v.AttributedTo }, ""},
		{"author embedded", bare + `"attributedTo":{"type":"Person","id":"https://a.example/u"}}`, func(v objectView) any { return v.AttributedTo }, "https://a.example/u"},
		{"PeerTube", bare + `"attributedTo":[{"type":"Group","id":"https://a.example/c"},{"type":"Person","id":"https://a.example/u"}]}`, func(v objectView) any { return words(v.AttributedTo, v.GroupTo) }, "https://a.example/u [https://a.example/c]"},
		{"first of two authors", bare + `"attributedTo":["https://a.example/1","https://b.example/2"]}`, func(v objectView) any { return v.AttributedTo }, "https://a.example/1"},
		{"author after rubbish", bare + `"attributedTo":[7,{"type":"Person"},"https://a.example/1"]}`, func(v objectView) any { return v.AttributedTo }, "https://a.example/1"},
		{"no reply: null", bare + `"inReplyTo":null}`, func(v objectView) any { return v.IsReply }, false},
		{"no reply: empty", bare + `"inReplyTo":""}`, func(v objectView) any { return v.IsReply }, false},
		{"no reply: empty list", bare + `"inReplyTo":[]}`, func(v objectView) any { return v.IsReply }, false},
		{"no reply: list of null", bare + `"inReplyTo":[null,""]}`, func(v objectView) any { return v.IsReply }, false},
		{"reply", bare + `"inReplyTo":"https://b.example/1"}`, func(v objectView) any { return words(v.IsReply, v.InReplyTo) }, "true https://b.example/1"},
		{"reply embedded", bare + `"inReplyTo":{"type":"Note","id":"https://b.example/1"}}`, func(v objectView) any { return words(v.IsReply, v.InReplyTo) }, "true https://b.example/1"},
		{"reply in a list", bare + `"inReplyTo":["https://b.example/1"]}`, func(v objectView) any { return words(v.IsReply, v.InReplyTo) }, "true https://b.example/1"},
		{"reply to the unusable", bare + `"inReplyTo":"tag:b.example,2026:1"}`, func(v objectView) any { return words(v.IsReply, v.InReplyTo) }, "true"},
		{"reply to a number", bare + `"inReplyTo":7}`, func(v objectView) any { return v.IsReply }, true},
		{"wall", bare + `"target":{"type":"OrderedCollection","id":"https://g.example/w","attributedTo":"https://g.example/g"}}`, func(v objectView) any { return words(v.TargetID, v.TargetOwner) }, "https://g.example/w https://g.example/g"},
		{"context embedded", bare + `"context":{"type":"Collection","id":"https://a.example/c"}}`, func(v objectView) any { return v.Context }, "https://a.example/c"},
		{"quote", bare + `"quoteUrl":"https://b.example/1"}`, func(v objectView) any { return v.QuoteURL }, "https://b.example/1"},
		{"addresses", bare + `"to":"Public","cc":["https://g.example/g"],"audience":["https://g.example/g","https://g.example/h"]}`, func(v objectView) any { return [][]string{v.To, v.Cc, v.Audience} }, [][]string{{addressPublic}, {"https://g.example/g"}, {"https://g.example/g", "https://g.example/h"}}},
		{"mentions", bare + `"tag":[{"type":"Mention","href":"https://b.example/u"},{"type":"Mention","name":"@x"},{"type":"Mention","href":"https://c.example/u","name":"@c"},7,null]}`, func(v objectView) any { return v.Mentions }, []mention{{"https://b.example/u", ""}, {"https://c.example/u", "@c"}}},
		{"one tag", bare + `"tag":{"type":"Hashtag","name":"#Tea"}}`, func(v objectView) any { return v.Hashtags }, []string{"Tea"}},
		{"announce allowed", bare + `"interactionPolicy":{"canLike":{"always":[]}}}`, func(v objectView) any { return v.canAnnounce("https://g.example/g") }, true},
		{"announce by all", bare + `"interactionPolicy":{"canAnnounce":{"always":"as:Public"}}}`, func(v objectView) any { return v.canAnnounce("https://g.example/g") }, true},
		{"announce by the group", bare + `"interactionPolicy":{"canAnnounce":{"automaticApproval":["https://g.example/g"]}}}`, func(v objectView) any { return v.canAnnounce("https://g.example/g") }, true},
		{"announce by others", bare + `"interactionPolicy":{"canAnnounce":{"automaticApproval":["https://a.example/u"],"manualApproval":["as:Public"]}}}`, func(v objectView) any { return v.canAnnounce("https://g.example/g") }, false},
		{"announce by nobody", bare + `"interactionPolicy":{"canAnnounce":{}}}`, func(v objectView) any { return v.canAnnounce("https://g.example/g") }, false},
		{"tombstone", `{"id":"https://a.example/n/1","type":"Tombstone","formerType":"Page"}`, func(v objectView) any { return v.Type + v.FormerType }, "TombstonePage"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, test.got(mustObject(t, test.doc))); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestDecodeObjectText(t *testing.T) {
	const bare = `{"id":"https://a.example/n/1","type":"Note",`
	tests := []struct {
		name, doc string
		got       func(objectView) any
		want      any
	}{
		{"content", bare + `"content":"<p onclick=x>hi</p>"}`, func(v objectView) any { return v.ContentHTML }, "<p>hi</p>"},
		{"content in a map", bare + `"contentMap":{"fr":"<p>salut</p>"}}`, func(v objectView) any { return v.ContentHTML + v.Language }, "<p>salut</p>fr"},
		{"content in the object's language", bare + `"language":{"identifier":"de","name":"Deutsch"},"contentMap":{"en":"hi","de":"hallo"}}`, func(v objectView) any { return v.ContentHTML + v.Language }, "hallode"},
		{"content null (Mbin)", bare + `"content":null,"contentMap":{"en":null},"summary":"x"}`, func(v objectView) any { return words(v.ContentHTML, v.Summary, v.Language) }, "x en"},
		{"content a list", bare + `"content":["<p>x</p>"]}`, func(v objectView) any { return v.ContentHTML }, ""},
		{"Markdown (PeerTube)", bare + `"content":"**a** <b>\r\nb\r\n\r\nc","mediaType":"text/markdown"}`, func(v objectView) any { return v.ContentHTML }, "<p>**a** &lt;b&gt;<br>b</p><p>c</p>"},
		{"plain text", bare + `"content":"<script>x</script>","mediaType":"text/plain; charset=utf-8"}`, func(v objectView) any { return v.ContentHTML }, "<p>&lt;script&gt;x&lt;/script&gt;</p>"},
		{"language a string", bare + `"language":"pt-BR"}`, func(v objectView) any { return v.Language }, "pt-BR"},
		{"language a list", bare + `"language":[{"identifier":"fr","name":"Français"}]}`, func(v objectView) any { return v.Language }, "fr"},
		{"language of the text that is shown", bare + `"content":"hallo","contentMap":{"en":"hi","de":"hallo"}}`, func(v objectView) any { return v.Language }, "de"},
		{"no language fits the text", bare + `"content":"salut","contentMap":{"en":"hi","de":"hallo"}}`, func(v objectView) any { return v.Language }, ""},
		{"first of several languages", bare + `"contentMap":{"en":"","de":"hallo","fr":"salut"}}`, func(v objectView) any { return v.ContentHTML + v.Language }, "hallode"},
		{"title in a map", bare + `"nameMap":{"de":"Tee"},"content":"x"}`, func(v objectView) any { return v.Name }, "Tee"},
		{"language undetermined", bare + `"language":"und"}`, func(v objectView) any { return v.Language }, ""},
		{"language with markup", bare + `"language":"en\" onclick=\"x"}`, func(v objectView) any { return v.Language }, ""},
		{"language beyond bytes", bare + `"language":"\u0141\u0131"}`, func(v objectView) any { return v.Language }, ""},
		{"source", bare + `"source":{"content":"*hi*\r\n","mediaType":"text/markdown"}}`, func(v objectView) any { return words(v.SourceText, v.SourceType) }, "*hi*\n text/markdown"},
		{"source a string", bare + `"source":"x"}`, func(v objectView) any { return v.SourceText }, ""},
		{"long warning", bare + `"sensitive":true,"summary":"` + strings.Repeat("word ", 200) + `"}`, func(v objectView) any { return len(v.Summary) < maxSummary+3 && strings.HasSuffix(v.Summary, "…") }, true},
		{"warning", bare + `"summary":"<b>food</b>","sensitive":false}`, func(v objectView) any { return words(v.Summary, v.Abstract) }, "food"},
		{"too long for a warning", bare + `"summary":"` + strings.Repeat("word ", 200) + `"}`, func(v objectView) any { return words(v.Summary, len(v.Abstract)) }, "999"},
		{"abstract", `{"id":"https://a.example/1","type":"Article","summary":"About tea"}`, func(v objectView) any { return words(v.Summary, v.Abstract) }, "About tea"},
		{"warning of an article", `{"id":"https://a.example/1","type":"Article","summary":"Food","sensitive":true}`, func(v objectView) any { return words(v.Summary, v.Abstract) }, "Food"},
		{"sensitive link", `{"id":"https://a.example/1","type":"Page","name":"x","sensitive":true}`, func(v objectView) any { return v.Summary }, sensitive},
		{"sensitive media of a note", bare + `"content":"x","sensitive":true}`, func(v objectView) any { return v.Summary }, ""},
		{"sensitive as text", bare + `"sensitive":"true"}`, func(v objectView) any { return v.Sensitive }, true},
		{"vote", bare + `"name":"Sunday","inReplyTo":"https://b.example/1"}`, func(v objectView) any { return v.IsVote }, true},
		{"vote with empty content", bare + `"name":"Sunday","content":" ","inReplyTo":"https://b.example/1"}`, func(v objectView) any { return v.IsVote }, true},
		{"reply with a title is no vote", bare + `"name":"Re","content":"x","inReplyTo":"https://b.example/1"}`, func(v objectView) any { return v.IsVote }, false},
		{"reply with an image only is no vote", bare + `"content":"","inReplyTo":"https://b.example/1"}`, func(v objectView) any { return v.IsVote }, false},
		{"named post is no vote", bare + `"name":"Sunday"}`, func(v objectView) any { return v.IsVote }, false},
		{"content in another tongue is no vote", bare + `"name":"x","contentMap":{"en":"x"},"inReplyTo":"https://b.example/1"}`, func(v objectView) any { return v.IsVote }, false},
		{"future", bare + `"published":"2099-01-01T00:00:00Z","updated":"2026-10-01T00:00:00Z"}`, func(v objectView) any { return words(v.Published.Equal(testNow()), v.Updated.Format(time.DateOnly)) }, "true 2026-10-01"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, test.got(mustObject(t, test.doc))); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestDecodeObjectLinks(t *testing.T) { // gotcha 63
	tests := []struct{ name, members, page, link string }{
		{"own page", `"url":"https://a.example/@ann/1"`, "https://a.example/@ann/1", ""},
		{"page elsewhere is what the post is about", `"url":"https://news.example/1"`, "", "https://news.example/1"},
		{"script", `"url":"javascript:alert(1)"`, "", ""},
		{"data", `"url":["data:text/html,x",{"type":"Link","href":"javascript:alert(1)"}]`, "", ""},
		{"Link", `"url":{"type":"Link","mimeType":"text/html","href":"https://a.example/1"}`, "https://a.example/1", ""},
		{"page among files", `"url":[{"type":"Link","mediaType":"video/mp4","href":"https://a.example/v.mp4"},{"type":"Link","mediaType":"text/html","href":"https://a.example/w"},{"type":"Link","href":"magnet:?x"}]`, "https://a.example/w", ""},
		{"attachment before url", `"attachment":[{"type":"Link","href":"https://news.example/1"}],"url":"https://other.example/"`, "", "https://news.example/1"},
		{"attachment single", `"attachment":{"type":"Image","url":"https://cdn.example/i.png"}`, "", "https://cdn.example/i.png"},
		{"attachment with Links", `"attachment":[{"type":"Document","url":[{"href":"https://cdn.example/i.png","mediaType":"image/png"}]}]`, "", "https://cdn.example/i.png"},
		{"attachment of no use", `"attachment":[7,null,"x",{"type":"PropertyValue","name":"a","value":"b"},{"type":"Image"},{"type":"Link","href":"file:///x"}]`, "", ""},
		{"image", `"image":{"type":"Image","url":"https://cdn.example/i.png"}`, "", "https://cdn.example/i.png"},
		{"link object", `"href":"https://news.example/1"`, "", "https://news.example/1"},
		{"file before page (Funkwhale)", `"url":[{"type":"Link","mimeType":"audio/ogg","href":"https://a.example/1.ogg"},{"type":"Link","mimeType":"text/html","href":"https://a.example/1"}]`, "https://a.example/1", ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			v := mustObject(t, note(test.members))
			if v.URL != test.page || v.LinkURL != test.link {
				t.Errorf("page %q link %q, want %q and %q", v.URL, v.LinkURL, test.page, test.link)
			}
		})
	}
	many := strings.TrimSuffix(strings.Repeat(`{"type":"Image","url":"https://a.example/i.png","name":"a\ncat"},`, 900), ",")
	v := mustObject(t, note(`"attachment":[`+many+`]`))
	if len(v.Attachments) != maxAttachments || v.Attachments[0].Alt != "a cat" {
		t.Errorf("%d attachments, alternative text %q", len(v.Attachments), v.Attachments[0].Alt)
	}
}

func TestPollsAndEvents(t *testing.T) {
	tests := []struct{ name, doc, html string }{
		{
			"poll", `{"id":"https://a.example/1","type":"Question","content":"<p>tea?</p>","oneOf":[{"type":"Note","name":"<b>yes</b>","replies":{"totalItems":4}},{"type":"Note","name":"no"},{"type":"Note"}]}`,
			"<p>tea?</p><ul><li>&lt;b&gt;yes&lt;/b&gt;: 4 votes</li><li>no: 0 votes</li></ul>",
		},
		{
			"one option", `{"id":"https://a.example/1","type":"Question","anyOf":{"name":"yes","replies":{"totalItems":-1}}}`,
			"<ul><li>yes: 0 votes</li></ul><p>Several answers are possible.</p>",
		},
		{
			"open poll", `{"id":"https://a.example/1","type":"Question","oneOf":[{"name":"a","replies":{"totalItems":1}}],"votersCount":1,"endTime":"2026-05-11T09:03:36Z"}`,
			"<ul><li>a: 1 vote</li></ul><p>1 person voted so far. Votes are taken until 11 May 2026, 09:03 UTC.</p>",
		},
		{
			"closed poll", `{"id":"https://a.example/1","type":"Question","oneOf":[{"name":"a"}],"closed":true,"endTime":"2026-05-11T09:03:36Z"}`,
			"<ul><li>a: 0 votes</li></ul><p>The poll is closed.</p>",
		},
		{
			"event", `{"id":"https://a.example/1","type":"Event","name":"x","startTime":"2026-12-31T23:00:00-08:00","endTime":"2027-01-01T04:00:00-08:00","location":[{"type":"Place","name":"Hall <1>","address":{"type":"PostalAddress","streetAddress":" ","addressLocality":"Nantes","postalCode":null}},{"type":"VirtualLocation","name":"Call","url":"https://bbb.example/1"},"Upstairs"]}`,
			`<ul><li>When: 1 January 2027, 07:00 – 12:00 UTC</li><li>Where: Hall &lt;1&gt;, Nantes</li><li>Where: Call</li><li>Where: Upstairs</li>` +
				`<li>Online: <a href="https://bbb.example/1" rel="nofollow noopener noreferrer ugc">https://bbb.example/1</a></li></ul>`,
		},
		{
			"event of two days, cancelled", `{"id":"https://a.example/1","type":"Event","startTime":"2026-12-31T23:00:00Z","endTime":"2027-01-01T04:00:00Z","eventStatus":"EventCancelled","onlineLink":"https://x.example/?a=1&b=2","externalParticipationUrl":"https://x.example/in","buyTicketsLink":"javascript:alert(1)","content":"<p>Come!</p>"}`,
			`<ul><li>This event is cancelled.</li><li>When: 31 December 2026, 23:00 UTC – 1 January 2027, 04:00 UTC</li>` +
				`<li>Online: <a href="https://x.example/?a=1&amp;b=2" rel="nofollow noopener noreferrer ugc">https://x.example/?a=1&amp;b=2</a></li>` +
				`<li>Sign up: <a href="https://x.example/in" rel="nofollow noopener noreferrer ugc">https://x.example/in</a></li></ul><p>Come!</p>`,
		},
		{"event without an end", `{"id":"https://a.example/1","type":"Event","startTime":"2026-12-31T23:00:00Z","endTime":"2026-12-31T23:00:00Z"}`, "<ul><li>When: 31 December 2026, 23:00 UTC</li></ul>"},
		{"event of nothing", `{"id":"https://a.example/1","type":"Event","content":"x"}`, "x"},
		{"live video is no event", `{"id":"https://a.example/1","type":"Video","startTime":"2026-12-31T23:00:00Z","content":"x"}`, "x"},
	}
	s := newSanitizer()
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := mustObject(t, test.doc).displayHTML()
			if got != test.html {
				t.Errorf("got  %s\nwant %s", got, test.html)
			}
			checkSafe(t, got)
			if s.sanitizeHTML(got) != got {
				t.Errorf("the sanitiser would change it: %s", s.sanitizeHTML(got))
			}
		})
	}
	v := mustObject(t, `{"id":"https://a.example/1","type":"Question","anyOf":[{"name":"a"}],"closed":"2026-09-19T00:32:36.785333","votersCount":7}`)
	if want := (pollView{Options: []pollOption{{"a", 0}}, Multiple: true, Voters: 7, Closes: time.Date(2026, 9, 19, 0, 32, 36, 785333000, time.UTC)}); !cmp.Equal(want, v.Poll) {
		t.Error(cmp.Diff(want, v.Poll))
	}
	if v := mustObject(t, `{"id":"https://a.example/1","type":"Question","oneOf":[{"name":"a"}],"closed":true}`); !v.Poll.Closed {
		t.Error("a closed poll is open")
	}
}

// TestWrongKindsEverywhere puts a value of every kind in every field: nothing may panic, and the HTML stays clean (security: PAY-05).
func TestWrongKindsEverywhere(t *testing.T) {
	t.Run("PAY-05", func(t *testing.T) {
		fields := strings.Fields(`id type actor object target origin instrument result to cc audience published updated endTime expires
		summary content contentMap nameMap name source mediaType language attributedTo inReplyTo url attachment image icon tag context
		interactionPolicy oneOf anyOf closed votersCount startTime location inbox outbox endpoints publicKey assertionMethod featured
		alsoKnownAs movedTo moderators preferredUsername items orderedItems first next partOf totalItems sensitive quoteUrl onlineLink`)
		kinds := []string{
			`null`, `true`, `0`, `-1e9`, `""`, `"x"`, `"https://b.example/x"`, `"javascript:alert(1)"`, `"<script>x</script>"`, `[]`, `{}`, `[[]]`, `[null]`, `[{}]`, `{"id":[]}`,
			`{"id":"https://b.example/x","type":["Mention"],"href":{},"url":[[{}]],"name":{},"content":[1]}`, `{"en":null}`, `[["https://b.example/x"]]`,
			`{"canAnnounce":[{}],"sharedInbox":{}}`, `{"@value":"x"}`, `"\ud83d\ude00"`,
		}
		clean := newSanitizer()
		for _, field := range fields {
			for _, kind := range kinds {
				rest := `"id":"https://a.example/1","type":"Event","actor":"https://a.example/u","inbox":"https://a.example/inbox","content":"x"`
				for _, doc := range []string{`{"` + field + `":` + kind + `}`, `{"` + field + `":` + kind + `,` + without(rest, field) + `}`} {
					decodeEverything(t, []byte(doc), clean)
				}
			}
		}
	})
}

// without drops a member from a comma-separated list of plain members.
func without(members, field string) string {
	var kept []string
	for m := range strings.SplitSeq(members, ",") {
		if !strings.HasPrefix(m, `"`+field+`"`) {
			kept = append(kept, m)
		}
	}
	return strings.Join(kept, ",")
}

// decodeEverything runs all decoders over raw and checks what holds for any input.
func decodeEverything(t *testing.T, raw []byte, clean *sanitizer) {
	t.Helper()
	scanned := prescan(raw, defaultJSONLimits())
	a, errA := decodeActivity(raw)
	o, errO := decodeObject(raw, testNow(), clean)
	v, errV := decodeActor(raw, clean)
	c, errC := decodeCollection(raw)
	_, errK := decodeKeyDocument(raw, "https://a.example/u#main-key")
	for _, err := range []error{errA, errO, errV, errC, errK} {
		if err != nil && !errors.Is(err, ErrMalformed) {
			t.Fatalf("%v does not wrap ErrMalformed", err)
		}
		if err == nil && scanned != nil {
			t.Fatalf("decoded what prescan refuses: %.300s", raw)
		}
	}
	checkSafe(t, o.displayHTML())
	checkSafe(t, v.SummaryHTML)
	uris := []string{a.ID, a.Actor, a.Object.ID, a.Target.ID, o.ID, o.AttributedTo, o.InReplyTo, o.URL, o.LinkURL, o.Context, v.ID, v.Inbox, v.SharedInbox, v.AvatarURL, v.URL, c.ID, c.Next, c.First.ID}
	for _, uri := range append(uris, addressees(a, o)...) {
		if uri != "" && !validURI(uri) {
			t.Fatalf("%q came out of %.300s", uri, raw)
		}
	}
	for _, line := range []string{o.Name, o.Summary, v.Name, v.Username, threadTitle(o, []string{"@books"})} {
		if strings.ContainsFunc(line, func(r rune) bool { return r < ' ' || isHidden(r) }) {
			t.Fatalf("the line %q came out of %.300s", line, raw)
		}
	}
	if o.Published.After(testNow()) || o.Updated.After(testNow()) {
		t.Fatalf("a date in the future came out of %.300s", raw)
	}
}

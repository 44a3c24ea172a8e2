package fedtest_test

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"folkmoot/group"
)

func (w *world) send(p peer, name string, a object) int {
	w.t.Helper()
	status, err := p.Send(w.ctx, name, home+"/inbox", a)
	w.must(err)
	w.settle()
	return status
}

// peer is what a test needs of a fedtest.Peer to send.
type peer interface {
	Send(ctx context.Context, name, inbox string, activity map[string]any) (int, error)
}

func TestForgedAuthors(t *testing.T) {
	inCase(t, "ORG-01", func(w *world) {
		p := w.mastodon()
		evil := w.peer("evil.example", "mastodon", "mal")
		note := func(id, author string) object {
			return object{
				"id": id, "type": "Note", "attributedTo": author, "content": "<p>forged</p>", "published": p.Later(0),
				"to": []string{"https://www.w3.org/ns/activitystreams#Public"}, "cc": []string{books},
			}
		}
		create := func(id, actor string, about any) object {
			return object{
				"@context": "https://www.w3.org/ns/activitystreams", "id": id, "type": "Create", "actor": actor, "object": about,
				"to": []string{"https://www.w3.org/ns/activitystreams#Public"}, "cc": []string{books},
			}
		}
		ann, mal := p.Actor("ann"), evil.Actor("mal")
		w.follow(evil, "mal", books)
		w.settle()
		for name, a := range map[string]object{
			"in Ann's name":                 create("https://mastodon.example/a/1", ann, note("https://mastodon.example/n/1", ann)),
			"in Ann's name, own id":         create("https://evil.example/a/1", ann, note("https://evil.example/n/1", ann)),
			"her post, as the actor's own":  create("https://evil.example/a/2", mal, note("https://mastodon.example/n/2", ann)),
			"her post under the own host":   create("https://evil.example/a/3", mal, note("https://evil.example/n/3", ann)),
			"own post under her host":       create("https://evil.example/a/4", mal, note("https://mastodon.example/n/4", mal)),
			"own activity under her host":   create("https://mastodon.example/a/5", mal, note("https://evil.example/n/5", mal)),
			"by reference to what is not":   create("https://evil.example/a/6", mal, "https://mastodon.example/n/6"),
			"two actors":                    create("https://evil.example/a/7", "", note("https://evil.example/n/7", mal)),
			"delete of hers":                {"id": "https://evil.example/a/8", "type": "Delete", "actor": mal, "object": ann},
			"undo of hers":                  {"id": "https://evil.example/a/9", "type": "Undo", "actor": mal, "object": object{"id": "https://mastodon.example/f", "type": "Follow", "actor": ann, "object": books}},
			"her unfollow":                  {"id": "https://mastodon.example/a/10", "type": "Undo", "actor": ann, "object": object{"id": "https://mastodon.example/f", "type": "Follow", "actor": ann, "object": books}},
			"her move to the forger's":      {"id": "https://mastodon.example/a/11", "type": "Move", "actor": ann, "object": ann, "target": mal},
			"the forger moves as her":       {"id": "https://evil.example/a/12", "type": "Move", "actor": mal, "object": ann, "target": mal},
			"an update of her profile":      {"id": "https://evil.example/a/13", "type": "Update", "actor": mal, "object": object{"id": ann, "type": "Person", "inbox": "https://evil.example/inbox"}},
			"the group's own announcement":  {"id": home + "/a/boost/1", "type": "Announce", "actor": books, "object": "https://evil.example/n/9"},
			"a follow in the group's name":  {"id": home + "/a/follow/1", "type": "Follow", "actor": films, "object": books},
			"an accept in the group's name": {"id": home + "/a/accept/1", "type": "Accept", "actor": books, "object": mal},
		} {
			if name == "two actors" {
				a["actor"] = []string{mal, ann}
			}
			if status := w.send(evil, "mal", a); status >= 500 || status == http.StatusGone || status == http.StatusTeapot {
				t.Errorf("%s: status %d", name, status)
			}
		}
		w.later(2 * time.Hour)
		w.wantCounts(members(3))
		w.wantArrived(p, "Announce", 0)
		w.wantArrived(evil, "Announce", 0)
	})
}

func TestDeleteAndEditByAnother(t *testing.T) {
	inCase(t, "ORG-06 ORG-07", func(w *world) {
		p := w.mastodon()
		post := w.publish(p, "ann", mention("mine"))
		remove := p.Activity("bob", "Delete", post)
		w.send(p, "bob", remove)
		w.wantReason(remove, group.ReasonNotAuthor)
		edit := p.Activity("bob", "Update", object{
			"id": post, "type": "Note", "attributedTo": p.Actor("bob"), "content": "<p>bob's now</p>", "updated": p.Later(time.Minute),
			"to": []string{"https://www.w3.org/ns/activitystreams#Public"},
		})
		w.send(p, "bob", edit)
		w.wantReason(edit, group.ReasonNotAuthor)
		w.wantHome(p, "bob", post)
	})
}

// Somebody passes on what Ann really wrote: it is looked up at her server and counts as hers.
func TestForwardedActivityIsConfirmedAtItsOrigin(t *testing.T) {
	inCase(t, "SIG-15", func(w *world) {
		p := w.mastodon()
		relay := w.peer("relay.example", "mastodon", "rob")
		create := p.Write("ann", mention("carried by others"))
		w.send(relay, "rob", create)
		w.wantReason(create, group.ReasonThread)
		w.wantArrived(p, "Announce", 1)
		post := create["object"].(object)["id"].(string)
		w.send(relay, "rob", object{"id": post + "#delete", "type": "Delete", "actor": p.Actor("ann"), "object": post})
		w.wantHome(p, "bob", post) // not deleted at its origin
		deletion := p.Deletion("ann", post)
		w.send(relay, "rob", deletion)
		w.wantHome(p, "bob")
	})
}

// Nobody can use up the id of an activity that is still to come.
func TestIdsCannotBeSquatted(t *testing.T) {
	inWorld(t, func(w *world) {
		p := w.mastodon()
		evil := w.peer("evil.example", "mastodon", "mal")
		create := p.Write("ann", mention("mine"))
		w.send(evil, "mal", object{"id": create["id"], "type": "Like", "actor": evil.Actor("mal"), "object": books})
		w.send(p, "max", object{"id": create["id"], "type": "Like", "actor": p.Actor("max"), "object": books})
		w.send(p, "ann", create)
		w.wantArrived(p, "Announce", 1)
	})
}

func TestKeyRotation(t *testing.T) {
	inCase(t, "SIG-13", func(w *world) {
		p := w.mastodon()
		p.Rotate("ann", keys().users[4])
		w.later(time.Hour)
		w.publish(p, "ann", mention("new key"))
		w.wantArrived(p, "Announce", 1)
		fetches := w.net.Count(http.MethodGet, "mastodon.example", "/users/ann")
		p.Rotate("ann", keys().users[5])
		for range 5 { // within the cool-down: refused, and not fetched each time
			create := p.Write("ann", mention("newer key"))
			if status := w.send(p, "ann", create); status != http.StatusUnauthorized {
				t.Errorf("status %d", status)
			}
		}
		if got := w.net.Count(http.MethodGet, "mastodon.example", "/users/ann") - fetches; got > 0 {
			t.Errorf("%d fetches within the cool-down", got)
		}
		w.later(6 * time.Minute)
		w.publish(p, "ann", mention("newer key"))
		w.wantArrived(p, "Announce", 2)
	})
}

func TestKeysThatCannotBeFetchedAreAskedForOnce(t *testing.T) {
	inCase(t, "SIG-13", func(w *world) {
		p := w.peer("mastodon.example", "mastodon", "ann")
		follow := p.Activity("ann", "Follow", books)
		w.net.Set("mastodon.example", 1)
		for range 5 {
			if status := w.send(p, "ann", follow); status != http.StatusUnauthorized {
				t.Errorf("status %d", status)
			}
		}
		if got := w.net.Count(http.MethodGet, "mastodon.example", "/users/ann"); got != 1 {
			t.Errorf("%d fetches of a key that is not there", got)
		}
		w.net.Set("mastodon.example", 0)
		w.later(11 * time.Minute)
		w.send(p, "ann", p.Activity("ann", "Follow", books))
		w.wantCounts(members(1))
	})
}

func TestStatusesOfBadRequests(t *testing.T) { // gotcha 25, gotcha 26, gotcha 27, gotcha 28
	inCase(t, "PAY-07", func(w *world) {
		p := w.peer("mastodon.example", "mastodon", "ann")
		raw := func(name, body, media string, change func(*http.Request)) int {
			if media == "" {
				status, err := p.SendBytes(w.ctx, name, home+"/inbox", []byte(body))
				w.must(err)
				return status
			}
			r, err := http.NewRequestWithContext(w.ctx, http.MethodPost, home+"/inbox", strings.NewReader(body))
			w.must(err)
			r.Header.Set("Content-Type", media)
			if change != nil {
				change(r)
			}
			res, err := w.http.Do(r)
			w.must(err)
			return res.StatusCode
		}
		good, err := json.Marshal(p.Activity("ann", "Follow", books))
		w.must(err)
		for name, tt := range map[string]struct{ got, want int }{
			"unsigned":         {raw("", string(good), "", nil), 401},
			"no JSON":          {raw("ann", "hello", "", nil), 400},
			"an array":         {raw("ann", "[]", "", nil), 400},
			"no actor":         {raw("ann", `{"id":"https://mastodon.example/1","type":"Like"}`, "", nil), 400},
			"no type":          {raw("ann", `{"id":"https://mastodon.example/1","actor":"https://mastodon.example/users/ann"}`, "", nil), 400},
			"duplicate keys":   {raw("ann", `{"type":"Like","type":"Follow","actor":"https://mastodon.example/users/ann"}`, "", nil), 400},
			"very deep":        {raw("ann", `{"type":"Like","actor":"https://mastodon.example/users/ann","object":`+strings.Repeat("[", 100)+strings.Repeat("]", 100)+"}", "", nil), 400},
			"very large":       {raw("ann", `{"x":"`+strings.Repeat("a", 1<<20)+`"}`, "", nil), 413},
			"a form":           {raw("", "a=b", "application/x-www-form-urlencoded", nil), 415},
			"compressed":       {raw("", "x", "application/activity+json", func(r *http.Request) { r.Header.Set("Content-Encoding", "gzip") }), 415},
			"half a signature": {raw("", string(good), "application/activity+json", func(r *http.Request) { r.Header.Set("Signature", `keyId="x"`) }), 401},
			"good":             {raw("ann", string(good), "", nil), 202},
		} {
			if tt.got != tt.want {
				t.Errorf("%s: status %d, want %d", name, tt.got, tt.want)
			}
		}
	})
}

func TestTamperedAndStaleRequests(t *testing.T) { // gotcha 75
	inCase(t, "SIG-03 SIG-05 SIG-06", func(w *world) {
		p := w.peer("mastodon.example", "mastodon", "ann")
		catch := &recorder{}
		w.net.Attach("elsewhere.example", catch)
		send := func() *http.Request { // a genuine request, for another server
			_, _ = p.Send(w.ctx, "ann", "https://elsewhere.example/inbox", p.Activity("ann", "Follow", books))
			return catch.last
		}
		replay := func(r *http.Request, host, path string, body []byte) int {
			in, err := http.NewRequestWithContext(w.ctx, r.Method, "https://groups.example"+path, bytes.NewReader(body))
			w.must(err)
			in.Header, in.Host = r.Header.Clone(), host
			res, err := w.http.Do(in)
			w.must(err)
			return res.StatusCode
		}
		if got := replay(send(), "groups.example", "/inbox", catch.body); got != http.StatusUnauthorized {
			t.Errorf("signed for another host: %d", got)
		}
		if got := replay(send(), "elsewhere.example", "/inbox", catch.body); got != http.StatusUnauthorized {
			t.Errorf("signed for another host, with its Host header: %d", got)
		}
		w.net.Attach("groups.example", catch)
		_, _ = p.Send(w.ctx, "ann", home+"/inbox", p.Activity("ann", "Follow", books))
		w.net.Attach("groups.example", w.fed.Handler(http.NotFoundHandler()))
		real, body := catch.last, catch.body
		if got := replay(real, "groups.example", "/inbox", append(bytes.Clone(body), ' ')); got != http.StatusUnauthorized {
			t.Errorf("another body: %d", got)
		}
		if got := replay(real, "groups.example", "/g/books/inbox", body); got != http.StatusUnauthorized {
			t.Errorf("another path: %d", got)
		}
		w.later(13 * time.Hour)
		if got := replay(real, "groups.example", "/inbox", body); got != http.StatusUnauthorized {
			t.Errorf("half a day late: %d", got)
		}
		w.settle()
		w.wantCounts(members(0))
	})
}

// recorder keeps the last request it got.
type recorder struct {
	last *http.Request
	body []byte
}

func (c *recorder) ServeHTTP(_ http.ResponseWriter, r *http.Request) {
	var b bytes.Buffer
	_, _ = b.ReadFrom(r.Body)
	c.last, c.body = r, b.Bytes()
}

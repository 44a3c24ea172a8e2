package fedtest_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"folkmoot/federation"
	"folkmoot/federation/fedtest"
	"folkmoot/group"
	"folkmoot/store"
)

// What moderators of another group may, and what one may no longer who was dismissed, though it waits or was sent before.
func TestModeratorsOfSomethingElse(t *testing.T) {
	inCase(t, "MOD-01 MOD-02", func(w *world) {
		p := w.mastodon()
		other := w.peer("other.example", "mastodon", "mia", "moe")
		for _, name := range []string{"mia", "moe"} {
			w.follow(other, name, books)
			w.follow(other, name, films)
		}
		w.settle()
		w.appoint(other.Actor("mia"))
		d, err := w.fed.Moderate(w.ctx, "films", federation.Act{Kind: group.Appoint, Target: other.Actor("moe")})
		w.must(err)
		if d.Verdict != group.Accepted {
			t.Fatal(d.Reason)
		}
		post := w.publish(p, "ann", mention("what stays"))
		ann := p.Actor("ann")
		tries := func(name string) map[string]object {
			at := fmt.Sprint(name, len(w.net.Log()))
			a := func(kind string, more object) object {
				a := object{
					"id": other.Origin + "/" + kind + at + fmt.Sprint(len(text(t, more))), "type": kind, "actor": other.Actor(name),
					"to": []string{everybody, books}, "cc": []string{}, "audience": books,
				}
				for k, v := range more {
					a[k] = v
				}
				return a
			}
			return map[string]object{
				"delete":   a("Delete", object{"object": post, "summary": "spam"}),
				"remove":   a("Remove", object{"object": post, "target": books}),
				"lock":     a("Lock", object{"object": post}),
				"pin":      a("Add", object{"object": post, "target": books + "/featured"}),
				"ban":      a("Block", object{"object": ann, "target": books, "removeData": true}),
				"appoint":  a("Add", object{"object": other.Actor("moe"), "target": books + "/moderators"}),
				"dismiss":  a("Remove", object{"object": "https://lee.example/users/lee", "target": books + "/moderators"}),
				"describe": a("Update", object{"object": object{"id": books, "type": "Group", "name": "Mine", "summary": "mine", "preferredUsername": "mine"}}),
				"as actor": a("Delete", object{"object": object{"id": post, "type": "Tombstone"}, "attributedTo": books, "instrument": books}),
			}
		}
		group0, before := text(t, w.document("/g/books")), w.counts()
		refused := func(who string, acts map[string]object) {
			t.Helper()
			for name, a := range acts {
				w.send(other, a["actor"].(string)[strings.LastIndexByte(a["actor"].(string), '/')+1:], a)
				if got := w.counts(); got != before {
					t.Fatalf("%s, %s: %+v, want %+v (%s)", who, name, got, before, w.reason(a))
				}
				w.wantShown("books", post)
				if got := w.filedAs(post); got.Locked || !got.Pinned.IsZero() {
					t.Errorf("%s, %s: the post is now %+v", who, name, got)
				}
			}
			if got := text(t, w.document("/g/books")); got != group0 {
				t.Errorf("%s: the group is now %s", who, got)
			}
			if got := text(t, w.document("/g/books/moderators")); strings.Contains(got, other.Actor("moe")) || !strings.Contains(got, "lee.example") {
				t.Errorf("%s: moderators %s", who, got)
			}
		}
		refused("a moderator of the films", tries("moe"))

		w.shut()
		w.open() // what mia asks now is not decided before she is dismissed
		waiting := tries("mia")
		for _, a := range waiting {
			if status, err := other.Send(w.ctx, "mia", home+"/inbox", a); err != nil || status != http.StatusAccepted {
				t.Fatalf("status %d, %v", status, err)
			}
		}
		w.operate(federation.Act{Kind: group.Dismiss, Target: other.Actor("mia")})
		w.shut()
		w.start()
		group0, before = text(t, w.document("/g/books")), w.counts()
		w.later(time.Minute)
		w.wantShown("books", post)
		refused("whoever was a moderator", tries("mia"))
		again := map[string]object{}
		for name, a := range waiting { // the same bytes, under ids that were decided
			again[name] = a
		}
		refused("what waited, sent again", again)
	})
}

// A report about what the reporter cannot see is answered like one about nothing, whatever waits or was removed, and brings no words back.
func TestReportsShowNothing(t *testing.T) {
	inCase(t, "MOD-08", func(w *world) {
		p, evil := w.mastodon(), w.peer("evil.example", "mastodon", "mal")
		w.set(func(s *group.Settings) { s.Review.All = true })
		held := w.publish(p, "ann", mention("the secret word is xyzzy"))
		w.oneHeld()
		private, _, err := p.Publish(w.ctx, "ann", books, fedtest.Post{Text: "xyzzy, in private", Mentions: []string{books}, Direct: true})
		w.must(err)
		w.settle()
		before := len(evil.Inbox(""))
		answers := map[string]string{}
		for name, about := range map[string]any{
			"held": held, "private": private, "never": p.Origin + "/users/ann/statuses/999999", "held, as a list": []string{held},
			"held, embedded": object{"id": held, "type": "Note"}, "here, held": books + "/post/1", "here, never": books + "/post/99",
		} {
			a := evil.Activity("mal", "Flag", about)
			a["content"], a["to"] = "let me see", []string{books}
			status := w.send(evil, "mal", a)
			answers[name] = fmt.Sprint(status)
		}
		for name, got := range answers {
			if got != answers["never"] {
				t.Errorf("%s is answered %q, what never was %q", name, got, answers["never"])
			}
		}
		w.later(time.Hour)
		for _, a := range evil.Inbox("")[before:] {
			t.Errorf("the reporter is sent %s", text(t, a.Body))
		}
		for _, path := range []string{"/g/books/post/1", "/g/books/post/99", "/g/books/modlog", "/g/books/outbox"} {
			res, doc := w.get(path, "application/activity+json")
			if strings.Contains(text(t, doc), "xyzzy") || strings.HasPrefix(path, "/g/books/post") && res.StatusCode != http.StatusNotFound {
				t.Errorf("%s: %s %s", path, res.Status, text(t, doc))
			}
		}
	})
}

// A ban while a thousand deliveries of a post wait: those who have it are told to take it away, the others never see it.
func TestABanOvertakesItsPost(t *testing.T) {
	inCase(t, "MOD-09", func(w *world) {
		p := w.mastodon()
		up, down := w.peer("up.example", "mastodon", "una"), w.peer("down.example", "mastodon", "dan")
		w.follow(up, "una", books)
		w.follow(down, "dan", books)
		w.settle()
		w.net.Set("down.example", fedtest.Refused)
		var posts []string
		for i := range 5 {
			posts = append(posts, w.publish(p, "ann", mention(fmt.Sprint("spam ", i))))
		}
		w.wantHome(up, "una", posts...)
		w.operate(federation.Act{Kind: group.Ban, Target: p.Actor("ann"), WithPosts: true})
		w.later(time.Minute)
		w.wantHome(up, "una")
		w.net.Set("down.example", fedtest.Fine)
		w.later(26 * time.Hour)
		w.wantHome(down, "dan")
		if got := down.Inbox("Announce"); len(got) > 1 { // of the one that was on its way it is not known whether it arrived
			t.Errorf("%d boosts of a banned account went out after the ban", len(got))
		}
		w.wantShown("books")
	})
}

// A wave of fresh accounts mentions the group: nothing of it is passed on, and nobody is called again and again for it.
func TestAWaveOfFreshAccounts(t *testing.T) {
	inCase(t, "OVL-02", func(w *world) {
		p := w.mastodon()
		w.appoint(p.Actor("bob"))
		post := w.publish(p, "ann", mention("as always"))
		before := len(p.Private("bob"))
		const hosts, each = 40, 5
		for i := range hosts {
			var people []string
			for k := range each {
				people = append(people, fmt.Sprint("s", k))
			}
			spam := w.peer(fmt.Sprintf("fresh%d.example", i), "mastodon", people...)
			for _, name := range people {
				if _, _, err := spam.Publish(w.ctx, name, books, mention("buy")); err != nil {
					t.Fatal(err)
				}
			}
		}
		w.later(time.Hour)
		w.wantArrived(p, "Announce", 1)
		w.wantShown("books", post)
		w.wantHome(p, "ann", post)
		if got := len(p.Private("bob")) - before; got > 1 {
			t.Errorf("the moderator is told %d times", got)
		}
		if got := w.counts(); got.Threads != 1 || got.Members != 3 {
			t.Errorf("%+v", got)
		}
	})
}

// Ghost's wave: about 1,450 copies of the deletions of two accounts within a minute, each of which cost a request; and ten thousand
// deletions of accounts nobody knows (TryGhost/ActivityPub 2034).
func TestStormsOfDeletions(t *testing.T) {
	inCase(t, "OVL-06", func(w *world) {
		p := w.mastodon()
		gone := w.peer("gone.example", "mastodon", "eve", "mal")
		gone.Vanish("eve")
		gone.Vanish("mal")
		before, kept := len(w.net.Log()), w.number(`SELECT count(*) FROM inbox`)
		storm := func(name, id string, about any) {
			a := object{"id": id, "type": "Delete", "actor": gone.Actor(name), "object": about, "to": []string{everybody}}
			if status := w.sendAs(gone, name, a); status != http.StatusAccepted {
				t.Fatalf("status %d", status)
			}
		}
		for i := range 1450 {
			name := []string{"eve", "mal"}[i%2]
			storm(name, fmt.Sprintf("%s#delete%d", gone.Actor(name), i%7), gone.Actor(name))
		}
		for i := range 500 { // embedded, as a Tombstone, and with ids that differ
			storm("eve", fmt.Sprintf("%s#delete-%d", gone.Actor("eve"), i), object{"id": gone.Actor("eve"), "type": "Tombstone"})
		}
		w.later(time.Hour)
		asked := 0
		for _, e := range w.net.Log()[before:] {
			if e.Method == http.MethodGet || e.Host != "groups.example" {
				asked++
			}
		}
		if asked > 2 {
			t.Errorf("%d requests for two accounts that nobody knows", asked)
		}
		if got := w.number(`SELECT count(*) FROM inbox`) - kept; got > 2 {
			t.Errorf("%d of them are kept", got)
		}
		w.publish(p, "ann", mention("still here"))
		w.wantArrived(p, "Announce", 1)
	})
}

// sendAs signs and sends without waiting for what follows.
func (w *world) sendAs(p *fedtest.Peer, name string, a object) int {
	w.t.Helper()
	status, err := p.Send(w.ctx, name, home+"/inbox", a)
	w.must(err)
	return status
}

// Whoever makes requests fail to have keys fetched anew gets one fetch for each cool-down, whatever the ids of keys look like.
func TestKeysAreNotFetchedOnDemand(t *testing.T) {
	inCase(t, "SIG-13", func(w *world) {
		p := w.mastodon()
		ann := p.Actor("ann")
		before := w.net.Count(http.MethodGet, "mastodon.example", "/users/ann")
		wrong := keys().users[5]
		for i := range 300 {
			body := []byte(text(t, object{"id": fmt.Sprintf("%s#x%d", ann, i), "type": "Like", "actor": ann, "object": books}))
			keyID := ann + "#main-key"
			if i%3 == 1 {
				keyID = ann
			}
			if i%3 == 2 {
				keyID = ann + fmt.Sprint("#k", i)
			}
			res := w.post(body, func(r *http.Request) error { return signCavage(r, body, keyID, wrong, time.Now()) })
			if res.StatusCode != http.StatusUnauthorized && res.StatusCode != http.StatusTooManyRequests {
				t.Errorf("%s: status %d", keyID, res.StatusCode)
			}
		}
		if got := w.net.Count(http.MethodGet, "mastodon.example", "/users/ann") - before; got > 3 {
			t.Errorf("%d fetches of one account's keys", got)
		}
		w.publish(p, "ann", mention("it is me"))
		w.wantArrived(p, "Announce", 1)
	})
}

// Names and words with characters that deceive, or far too many of them: refused or cut, and pages and documents stay readable.
func TestNamesThatDeceive(t *testing.T) {
	inCase(t, "PAY-04", func(w *world) {
		p := w.mastodon()
		filed := 0
		for name, words := range map[string]string{
			"NUL": "a\x00b", "escape": "\x1b[2J\x1b]0;x\x07red", "right to left": "gnp.\u202eexe\u202c\u2066x", "accents": "e" + strings.Repeat("\u0301", 10_000),
			"long": strings.Repeat("x", 90_000), "invisible": "\u200b\u2060\ufeff\u00ad\U000e0041", "new lines": "one\r\ntwo\u2028three\u0085four",
			"private use": "\ue000\U000f0000", "unpaired": "half \ufffd",
		} {
			create := p.Write("ann", mention("x"))
			note := create["object"].(object)
			note["name"], note["summary"], note["content"] = words, words, "<p>"+words+"</p>"
			note["tag"] = append(note["tag"].([]object), object{"type": "Hashtag", "name": "#" + words, "href": p.Origin + "/tags/x"})
			status := w.sendQuietly(p, create)
			if status != http.StatusAccepted && status != http.StatusBadRequest {
				t.Errorf("%s: status %d", name, status)
			}
			w.settle()
			if status == http.StatusBadRequest {
				continue
			}
			filed++
			got := w.filedAs(note["id"].(string))
			for what, shown := range map[string]string{"title": got.Title, "warning": got.Warning, "words": got.HTML} {
				if strings.ContainsAny(shown, "\x00\x1b\x07\u202e\u2066\u2028\u0085") || strings.Contains(shown, strings.Repeat("\u0301", 20)) {
					t.Errorf("%s: the %s is %.200q", name, what, shown)
				}
			}
			if len(got.Title) > 1000 || len(got.Warning) > 2000 {
				t.Errorf("%s: %d and %d bytes of title and warning", name, len(got.Title), len(got.Warning))
			}
		}
		if filed < 6 {
			t.Errorf("only %d posts are filed", filed)
		}
	})
}

// However a blocked server is named, by whoever blocks it or by itself, it is the same server.
func TestSpellingsOfABlockedServer(t *testing.T) {
	inCase(t, "MOD-04", func(w *world) {
		p := w.mastodon()
		evil := w.peer("xn--bcher-kva.example", "mastodon", "mal")
		for _, subject := range []string{
			"xn--bcher-kva.example", "bücher.example", "BÜCHER.Example", "XN--BCHER-KVA.EXAMPLE", "xn--bcher-kva.example.", "bücher.example:443",
		} {
			w.shutOut(store.HostName(subject), group.LevelSuspend)
			if status := w.send(evil, "mal", evil.Activity("mal", "Follow", books)); status != http.StatusForbidden {
				t.Errorf("with a block of %q the follow is answered %d", subject, status)
			}
			w.lift(store.HostName(subject))
		}
		w.shutOut("xn--bcher-kva.example", group.LevelSuspend)
		before := w.counts()
		for _, origin := range []string{
			"https://BÜCHER.example", "https://bücher.example.", "https://xn--bcher-kva.example:443", "http://xn--bcher-kva.example", "https://xn--bcher-kva.example:8443",
			"https://sub.xn--bcher-kva.example", "https://XN--bcher-kva.example.", "https://user@xn--bcher-kva.example", "https://xn--bcher-kva.example:0443", "https://x.BÜCHER.example.:443",
		} {
			mal := origin + "/users/mal"
			body := []byte(text(t, object{"id": mal + "#follow", "type": "Follow", "actor": mal, "object": books, "to": []string{books}}))
			res := w.post(body, func(r *http.Request) error {
				return signCavage(r, body, mal+"#main-key", keys().users[w.made-1], time.Now())
			})
			if res.StatusCode != http.StatusForbidden && res.StatusCode != http.StatusUnauthorized && res.StatusCode != http.StatusBadRequest {
				t.Errorf("%s: status %d", origin, res.StatusCode)
			}
		}
		if got := w.counts(); got != before {
			t.Errorf("%+v, want %+v", got, before)
		}
		if got := w.number(`SELECT count(*) FROM inbox WHERE activity LIKE '%#follow'`); got != 0 {
			t.Errorf("%d of them are kept", got)
		}
		w.publish(p, "ann", mention("as always"))
		w.wantArrived(p, "Announce", 1)
	})
}

// lossy loses some requests on the way there and some answers on the way back.
type lossy struct {
	net  http.RoundTripper
	mu   sync.Mutex
	luck *rand.Rand
	over bool
}

func (l *lossy) RoundTrip(r *http.Request) (*http.Response, error) {
	l.mu.Lock()
	luck, over := l.luck.Float64(), l.over
	l.mu.Unlock()
	if !over && luck < 0.2 {
		return nil, errors.New("lost on the way there")
	}
	res, err := l.net.RoundTrip(r)
	if !over && luck > 0.8 {
		return nil, errors.New("lost on the way back")
	}
	return res, err
}

// A third of all that is sent or answered is lost for an hour: afterwards everybody has everything, in order, and what came twice came
// under one id.
func TestALossyNetwork(t *testing.T) {
	inCase(t, "QUE-14", func(w *world) {
		line := &lossy{net: w.net, luck: rand.New(rand.NewPCG(7, 11))}
		w.shut()
		w.tune = func(o *federation.Options) { o.Client.Transport = line }
		w.start()
		line.over = true
		p, far := w.mastodon(), w.peer("far.example", "mastodon", "eve")
		w.follow(far, "eve", books)
		w.settle()
		line.mu.Lock()
		line.over = false
		line.mu.Unlock()
		var posts []string
		for i := range 30 {
			uri, create, err := p.Publish(w.ctx, "ann", books, mention(fmt.Sprint("number ", i)))
			w.must(err)
			w.later(2 * time.Minute)
			w.wantReason(create, group.ReasonThread)
			posts = append(posts, uri)
		}
		line.mu.Lock()
		line.over = true
		line.mu.Unlock()
		w.later(26 * time.Hour)
		w.wantHome(far, "eve", posts...)
		w.wantHome(p, "bob", posts...)
		for _, at := range []*fedtest.Peer{p, far} {
			first := map[string]string{} // id of each post's boost
			var order []string
			for _, a := range at.Inbox("Announce") {
				about, id := fmt.Sprint(a.Body["object"]), fmt.Sprint(a.Body["id"])
				if first[about] == "" {
					first[about], order = id, append(order, about)
				}
				if first[about] != id {
					t.Errorf("%s: %s came as %s and as %s", at.Origin, about, first[about], id)
				}
			}
			if !slices.Equal(order, posts) {
				t.Errorf("%s got them in the order %q", at.Origin, order)
			}
		}
	})
}

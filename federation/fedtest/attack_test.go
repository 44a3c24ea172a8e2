package fedtest_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"folkmoot/federation/fedtest"
	"folkmoot/group"
	"folkmoot/store"
)

// anyType is every type of activity that this server knows, and one that it does not.
func anyType() []string {
	return []string{
		"Follow", "Join", "Leave", "Accept", "Reject", "Undo", "Create", "Update", "Delete", "Announce", "Like", "Dislike", "EmojiReact", "Move",
		"Flag", "Block", "Lock", "Add", "Remove", "Resolve", "Warn", "QuoteRequest", "Offer", "Invite", "Ignore", "Nonsense",
	}
}

// SIG-01, SIG-15: what is not signed is refused at both inboxes, whatever it is and whatever signatures stand in it, and costs no
// request to anybody.
func TestUnsignedIsRefusedEverywhere(t *testing.T) {
	inCase(t, "SIG-01 SIG-15", func(w *world) {
		p := w.mastodon()
		post := w.publish(p, "ann", mention("here"))
		before := len(w.net.Log())
		for _, kind := range anyType() {
			for _, inbox := range []string{home + "/inbox", books + "/inbox"} {
				for name, change := range map[string]func(object){
					"plain": func(object) {},
					"with an LD signature": func(a object) {
						a["signature"] = object{
							"type": "RsaSignature2017", "creator": p.Actor("ann") + "#main-key", "created": p.Later(0), "signatureValue": "AAAA",
						}
					},
				} {
					stranger := "https://unknown.example/users/eve"
					itself := object{"id": stranger + "#1", "type": kind, "actor": stranger, "object": stranger} // what storms are made of
					for _, a := range []object{p.Activity("ann", kind, post), itself} {
						change(a)
						if status, err := p.Send(w.ctx, "", inbox, a); err != nil || status != http.StatusUnauthorized {
							t.Errorf("%s of %s, %s, to %s: status %d, %v", kind, a["actor"], name, inbox, status, err)
						}
					}
				}
			}
		}
		w.later(time.Hour)
		for _, e := range w.net.Log()[before:] {
			if e.Host != "groups.example" {
				t.Errorf("%s %s%s", e.Method, e.Host, e.Path)
			}
		}
		w.wantShown("books", post)
		w.wantCounts(storeCounts(2, 3, 1))
	})
}

// SIG-08: nobody signs for somebody else, neither a stranger nor a neighbour; what is then asked of the origin does not exist there.
func TestNobodySignsForSomebodyElse(t *testing.T) {
	inCase(t, "SIG-08", func(w *world) {
		p := w.mastodon()
		post := w.publish(p, "ann", mention("mine"))
		evil := w.peer("evil.example", "mastodon", "mal")
		for name, forger := range map[string]struct {
			site *fedtest.Peer
			name string
		}{"a stranger": {evil, "mal"}, "a neighbour": {p, "max"}} {
			for _, kind := range anyType() {
				about := any(post)
				switch kind {
				case "Follow", "Join", "Leave", "Block":
					about = books
				case "Undo":
					about = object{"id": p.Origin + "/f", "type": "Follow", "actor": p.Actor("ann"), "object": books}
				case "Create":
					about = object{"id": p.Origin + "/n/forged", "type": "Note", "attributedTo": p.Actor("ann"), "content": "<p>forged</p>", "to": []string{everybody, books}}
				case "Update":
					about = object{"id": post, "type": "Note", "attributedTo": p.Actor("ann"), "content": "<p>forged</p>", "to": []string{everybody}, "updated": p.Later(time.Hour)}
				}
				a := p.Activity("ann", kind, about)
				a["to"], a["cc"], a["target"] = []string{everybody, books}, []string{}, films
				if status := w.send(forger.site, forger.name, a); status >= 500 {
					t.Errorf("%s, %s: status %d", name, kind, status)
				}
			}
		}
		w.later(time.Hour)
		w.wantShown("books", post)
		if got := w.filedAs(post); strings.Contains(got.HTML, "forged") || got.Likes+got.Boosts != 0 {
			t.Errorf("the post is now %+v", got)
		}
		w.wantCounts(storeCounts(2, 3, 1))
	})
}

// SIG-09: a key that says it is somebody else's proves nothing, and is not remembered as theirs.
func TestKeysOfOthersAreNotTaken(t *testing.T) {
	inCase(t, "SIG-09", func(w *world) {
		p := w.mastodon()
		evil := w.peer("evil.example", "mastodon", "mal")
		ann, victims := p.Actor("ann"), []string{p.Actor("ann") + "#main-key", p.Actor("bob") + "#main-key"}
		documents := map[string]object{
			"/key":   {"id": "https://evil.example/key", "type": "Key", "owner": ann},
			"/named": {"id": victims[0], "type": "Key", "owner": ann},
			"/actor": {"id": "https://evil.example/actor", "type": "Person", "inbox": "https://evil.example/inbox", "publicKey": object{"id": victims[0], "owner": ann}},
			"/both":  {"id": ann, "type": "Person", "inbox": "https://evil.example/inbox", "publicKey": object{"id": "https://evil.example/both", "owner": ann}},
		}
		forged := 0
		w.net.Attach("evil.example", http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			doc, ok := documents[r.URL.Path]
			if !ok {
				evil.ServeHTTP(rw, r)
				return
			}
			pem := fedtest.PublicPEM(&keys().users[w.made-1].PublicKey)
			if inner, ok := doc["publicKey"].(object); ok {
				inner["publicKeyPem"] = pem
			} else {
				doc["publicKeyPem"] = pem
			}
			rw.Header().Set("Content-Type", "application/activity+json")
			_ = json.NewEncoder(rw).Encode(doc)
		}))
		for path := range documents {
			forged++
			body := []byte(text(t, object{"id": fmt.Sprintf("https://mastodon.example/a/%d", forged), "type": "Undo", "actor": ann, "object": object{"type": "Follow", "actor": ann, "object": books}}))
			for _, keyID := range []string{"https://evil.example" + path, "https://evil.example" + path + "#main-key"} {
				res := w.post(body, func(r *http.Request) error {
					return signCavage(r, body, keyID, keys().users[w.made-1], time.Now())
				})
				w.settle()
				if res.StatusCode != http.StatusUnauthorized {
					t.Errorf("%s: status %d", keyID, res.StatusCode)
				}
			}
		}
		w.wantCounts(storeCounts(2, 3, 0))
		w.publish(p, "ann", mention("it is still me"))
		w.wantArrived(p, "Announce", 1)
	})
}

// SIG-14, PRV-09: what is shown to one server is kept by no cache for another.
func TestSignedAnswersAreNobodyElses(t *testing.T) {
	inCase(t, "SIG-14", func(w *world) {
		p := w.mastodon()
		accept, _ := p.Inbox("Accept")[0].Body["id"].(string)
		path := strings.TrimPrefix(accept, home)
		res, _ := w.get(path, "application/activity+json")
		if res.StatusCode != http.StatusUnauthorized || !strings.Contains(res.Header.Get("Vary"), "Signature") {
			t.Errorf("unsigned: status %d, Vary %q", res.StatusCode, res.Header.Get("Vary"))
		}
		var h http.Header
		p.Client = &http.Client{Transport: carrier(func(r *http.Request) (*http.Response, error) {
			res, err := w.net.RoundTrip(r)
			if err == nil {
				h = res.Header
			}
			return res, err
		})}
		_, status, err := p.Fetch(w.ctx, "ann", accept)
		w.must(err)
		if status != http.StatusOK || !strings.Contains(h.Get("Vary"), "Signature") || !strings.Contains(h.Get("Cache-Control"), "private") {
			t.Errorf("signed: status %d, Vary %q, Cache-Control %q", status, h.Get("Vary"), h.Get("Cache-Control"))
		}
	})
}

// carrier is a function that carries requests.
type carrier func(*http.Request) (*http.Response, error)

func (c carrier) RoundTrip(r *http.Request) (*http.Response, error) { return c(r) }

// ORG-09: an id on this server, or one of its actors as the author, is nobody else's to use.
func TestNobodyWritesInThisServersName(t *testing.T) {
	inCase(t, "ORG-09", func(w *world) {
		p := w.mastodon()
		post := w.publish(p, "ann", mention("first"))
		before := w.document("/g/books")
		for name, note := range map[string]object{
			"the group's id":       {"id": books},
			"a post's id here":     {"id": books + "/post/1"},
			"a made up id here":    {"id": home + "/notes/1"},
			"in capitals":          {"id": "https://GROUPS.example/notes/2"},
			"with the port":        {"id": "https://groups.example:443/notes/3"},
			"by the group":         {"id": p.Origin + "/n/4", "attributedTo": books},
			"by the server":        {"id": p.Origin + "/n/5", "attributedTo": home + "/actor"},
			"by a number":          {"id": p.Origin + "/n/6", "attributedTo": 1},
			"by nobody":            {"id": p.Origin + "/n/7", "attributedTo": nil},
			"by two":               {"id": p.Origin + "/n/8", "attributedTo": []any{books, p.Actor("max")}},
			"by the group, nested": {"id": p.Origin + "/n/9", "attributedTo": []any{object{"id": books, "type": "Person"}}},
		} {
			maps.Copy(note, object{"type": "Note", "content": "<p>forged</p>", "to": []string{everybody, books}, "published": p.Later(0)})
			if _, ok := note["attributedTo"]; !ok {
				note["attributedTo"] = p.Actor("max")
			}
			for _, kind := range []string{"Create", "Update"} {
				a := p.Activity("max", kind, note)
				a["to"] = []string{everybody, books}
				if status := w.send(p, "max", a); status >= 500 {
					t.Errorf("%s: status %d", name, status)
				}
			}
		}
		w.wantShown("books", post)
		if after := w.document("/g/books"); text(t, after) != text(t, before) {
			t.Errorf("the group is now %v", after)
		}
	})
}

// ORG-10: news of an account come from its own document, in which nothing may lead to another server.
func TestProfilesCannotLeadElsewhere(t *testing.T) {
	for name, change := range map[string]func(object){
		"inbox elsewhere":        func(a object) { a["inbox"] = "https://evil.example/inbox" },
		"shared inbox elsewhere": func(a object) { a["endpoints"] = object{"sharedInbox": "https://evil.example/inbox"} },
		"another id":             func(a object) { a["id"] = "https://evil.example/users/mal" },
		"no inbox":               func(a object) { delete(a, "inbox") },
		"inbox by http":          func(a object) { a["inbox"] = "http://evil.example/inbox" },
	} {
		t.Run("ORG-10 "+name, func(t *testing.T) {
			inWorld(t, func(w *world) {
				p, other := w.mastodon(), w.peer("other.example", "mastodon", "eve")
				evil := w.peer("evil.example", "mastodon", "mal")
				w.follow(other, "eve", books)
				w.settle()
				doc, _, err := other.Fetch(w.ctx, "", other.Actor("eve"))
				w.must(err)
				change(doc)
				// The document that comes along says so, and from now on the one at its address too.
				w.send(other, "eve", other.Activity("eve", "Update", doc))
				w.net.Attach("other.example", http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
					if r.Method == http.MethodGet && r.URL.Path == "/users/eve" {
						rw.Header().Set("Content-Type", "application/activity+json")
						_ = json.NewEncoder(rw).Encode(doc)
						return
					}
					other.ServeHTTP(rw, r)
				}))
				w.send(other, "eve", other.Activity("eve", "Update", doc))
				w.later(8 * 24 * time.Hour)
				post := w.publish(p, "ann", mention("where does it go?"))
				w.later(time.Hour)
				if got := evil.Inbox(""); len(got) > 0 {
					t.Errorf("sent elsewhere: %v", got)
				}
				w.wantHome(other, "eve", post)
			})
		})
	}
}

// ORG-12: a post is in the groups that it addresses, whichever inbox it comes to and whatever else it names.
func TestPostsAreInTheGroupsTheyAddress(t *testing.T) {
	inCase(t, "ORG-12", func(w *world) {
		p := w.mastodon()
		w.follow(p, "ann", films)
		w.settle()
		create := p.Write("ann", fedtest.Post{Text: "for the book club", Mentions: []string{books}, Change: func(note object) {
			note["context"], note["conversation"] = films+"/post/1/context", films
			note["generator"], note["target"] = films, object{"type": "Collection", "id": films + "/wall"}
		}})
		if status, err := p.Send(w.ctx, "ann", films+"/inbox", create); err != nil || status != http.StatusAccepted {
			t.Fatalf("status %d, %v", status, err)
		}
		w.settle()
		w.wantShown("books", create["object"].(object)["id"].(string))
		w.wantShown("films")
	})
}

// ORG-14: answers to what nobody asked change nothing, nor do those of somebody else on the host.
func TestAnswersToNothing(t *testing.T) {
	inCase(t, "ORG-14", func(w *world) {
		p := w.mastodon()
		f := w.forum(fedtest.Lemmy1(), "lemmy.example", "max", "mia")
		tea := w.community(f, "tea")
		asks := object{"id": books + "/x", "type": "Follow", "actor": books, "object": tea}
		for _, kind := range []string{"Accept", "Reject"} {
			for _, about := range []any{asks, books + "/x", object{"type": "Follow", "actor": books, "object": f.Actor("max")}} {
				a := object{"id": fmt.Sprintf("%s/%s/%d", f.Origin, kind, len(w.net.Log())), "type": kind, "actor": f.Actor("max"), "object": about}
				if _, err := f.Send(w.ctx, "max", home+"/inbox", a); err != nil {
					t.Error(err)
				}
				a["id"], a["actor"] = a["id"].(string)+"b", p.Actor("max")
				w.send(p, "max", a)
			}
		}
		w.settle()
		if got := w.document("/g/books/following")["totalItems"]; got != 0.0 {
			t.Errorf("the group follows %v", got)
		}
		w.must(p.Move(w.ctx, "max", "bob", books, false)) // bob does not know of it
		w.settle()
		w.wantCounts(storeCounts(2, 3, 0))
	})
}

// ORG-15: whoever gets a lapsed domain gets its accounts. They are members as before, but run nothing.
func TestLapsedDomainsLoseTheirRoles(t *testing.T) {
	for _, tt := range []struct {
		name  string
		quiet time.Duration
		rekey bool
		shows bool // the old key as well
		keeps bool
	}{
		{"new owner after half a year", 180 * 24 * time.Hour, true, false, false},
		{"new owner who shows the old key too", 180 * 24 * time.Hour, true, true, false},
		{"same owner after half a year", 180 * 24 * time.Hour, false, false, true},
		{"new key after a week", 7 * 24 * time.Hour, true, false, true},
	} {
		t.Run("ORG-15 "+tt.name, func(t *testing.T) {
			inWorld(t, func(w *world) {
				p, other := w.mastodon(), w.peer("lapsed.example", "mastodon", "mod")
				w.follow(other, "mod", books)
				w.settle()
				w.appoint(other.Actor("mod"))
				w.must(w.store.SetAdmin(w.ctx, other.Actor("mod"), true))
				post := w.publish(p, "ann", mention("unloved"))
				w.act(other, "mod", "Like", post)
				w.later(tt.quiet)
				before := w.keyShown(other, "mod")
				if tt.rekey {
					other.Rotate("mod", keys().users[5])
				}
				if tt.shows {
					other.Change("mod", func(doc map[string]any) { doc["publicKey"] = []any{doc["publicKey"], before} })
				}
				w.send(other, "mod", other.Activity("mod", "Like", post)) // anything that needs the key
				w.later(10 * time.Minute)
				a := other.Activity("mod", "Delete", post)
				a["summary"] = "spam"
				w.send(other, "mod", a)
				if admins, err := w.store.Admins(w.ctx); err != nil || (len(admins) == 1) != tt.keeps {
					t.Errorf("%d run the server (%v)", len(admins), err)
				}
				if tt.keeps {
					w.wantReason(a, group.ReasonByModerator)
					return
				}
				w.wantReason(a, group.ReasonNotAuthor)
				w.wantShown("books", post)
				w.wantCounts(storeCounts(3, 4, 1))
				w.appoint(other.Actor("mod")) // confirmed by whoever runs the server
				a["id"] = a["id"].(string) + "again"
				w.send(other, "mod", a)
				w.wantReason(a, group.ReasonByModerator)
			})
		})
	}
}

// keyShown is the key that an account's document shows, under another id.
func (w *world) keyShown(p *fedtest.Peer, name string) object {
	w.t.Helper()
	doc, _, err := p.Fetch(w.ctx, "", p.Actor(name))
	w.must(err)
	key := maps.Clone(doc["publicKey"].(object))
	key["id"] = p.Actor(name) + "#old-key"
	return key
}

// FET-08: reply chains that lead in circles cost no more than their length, and none costs more than twenty requests.
func TestCirclesOfReplies(t *testing.T) {
	for _, length := range []int{1, 2, 3, 7} {
		t.Run("FET-08 "+fmt.Sprint(length), func(t *testing.T) {
			inWorld(t, func(w *world) {
				p, evil := w.mastodon(), w.peer("evil.example", "mastodon", "mal")
				w.follow(evil, "mal", books)
				w.settle()
				var uris []string
				for i := range length {
					uris = append(uris, fmt.Sprintf("https://evil.example/users/mal/statuses/circle%d", i))
				}
				for i, uri := range uris {
					evil.Keep(uri, object{
						"id": uri, "type": "Note", "attributedTo": evil.Actor("mal"), "content": "<p>round</p>", "to": []string{everybody},
						"inReplyTo": uris[(i+1)%length], "published": evil.Later(0),
					})
				}
				before := w.net.Count(http.MethodGet, "evil.example", "")
				_, _, err := evil.Publish(w.ctx, "mal", books, reply(uris[0]))
				w.must(err)
				w.later(time.Hour)
				if got := w.net.Count(http.MethodGet, "evil.example", "") - before; got > min(length, 20) {
					t.Errorf("%d requests for a circle of %d", got, length)
				}
				w.wantArrived(p, "Announce", 0)
			})
		})
	}
}

// FET-08: nor do slow servers hold up a reply for longer than half a minute.
func TestLongChainsOfAuthors(t *testing.T) {
	inCase(t, "FET-08", func(w *world) {
		p := w.mastodon()
		evil := w.peer("evil.example", "mastodon", "mal")
		root := w.publish(p, "ann", mention("a thread"))
		uri := root
		for i := range 15 { // each answer by somebody else
			next := fmt.Sprintf("https://evil.example/notes/%d", i)
			evil.Keep(next, object{
				"id": next, "type": "Note", "attributedTo": fmt.Sprintf("https://evil.example/users/x%d", i), "content": "<p>x</p>",
				"to": []string{everybody}, "inReplyTo": uri, "published": evil.Later(0),
			})
			uri = next
		}
		before := w.net.Count(http.MethodGet, "evil.example", "")
		_, create, err := evil.Publish(w.ctx, "mal", books, reply(uri))
		w.must(err)
		w.settle()
		w.wantReason(create, group.ReasonComment)
		if got := w.net.Count(http.MethodGet, "evil.example", "") - before; got > 20 {
			t.Errorf("%d requests for one reply", got)
		}
	})
}

// FET-10: one activity that names a thousand things elsewhere costs next to no requests.
func TestOneActivityNamesAThousand(t *testing.T) {
	inCase(t, "FET-10", func(w *world) {
		evil := w.peer("evil.example", "mastodon", "mal")
		w.follow(evil, "mal", books)
		w.settle()
		var many []string
		var tags []object
		for i := range 900 {
			uri := fmt.Sprintf("https://victim%d.example/users/%d", i%50, i)
			many = append(many, uri)
			tags = append(tags, object{"type": "Mention", "href": uri, "name": "@" + fmt.Sprint(i)})
		}
		before := len(w.net.Log())
		note := object{
			"id": evil.Origin + "/n/1", "type": "Note", "attributedTo": evil.Actor("mal"), "content": "<p>hello</p>", "to": append([]string{everybody, books}, many[:90]...),
			"cc": many, "tag": tags, "attachment": tags, "published": evil.Later(0), "replies": many, "context": many[0], "quoteUrl": many[1],
		}
		for _, kind := range anyType() {
			for _, about := range []any{many, note, many[0]} {
				a := evil.Activity("mal", kind, about)
				a["to"], a["cc"], a["audience"], a["target"], a["origin"], a["instrument"] = many, []string{books, everybody}, many, many[2], many[3], many[4]
				at := len(w.net.Log())
				if status := w.send(evil, "mal", a); status != http.StatusAccepted {
					t.Errorf("%s: status %d", kind, status)
				}
				others := map[string]bool{}
				for _, e := range w.net.Log()[at:] {
					if strings.HasPrefix(e.Host, "victim") {
						others[e.Host+e.Path] = true
					}
				}
				if len(others) > 10 {
					t.Errorf("%s: %d requests", kind, len(others))
				}
			}
		}
		w.later(48 * time.Hour)
		asked := 0
		for _, e := range w.net.Log()[before:] {
			if strings.HasPrefix(e.Host, "victim") {
				asked++
			}
		}
		if asked > 100 {
			t.Errorf("%d requests in two days for %d activities", asked, 3*len(anyType()))
		}
	})
}

// PAY-05: whatever kind of value stands in whatever place, nothing is answered with a failure, and the server goes on.
func TestEveryValueInEveryPlace(t *testing.T) {
	inCase(t, "PAY-05", func(w *world) {
		p := w.mastodon()
		odd := []any{
			nil, true, false, 0, -1, 1.5e308, "", " ", "x", "https://", "https://mastodon.example/users/ann",
			[]any{},
			[]any{nil},
			[]any{[]any{}},
			object{},
			object{"id": 1},
			object{"type": []any{"Note", nil}},
			[]any{object{"@value": "x"}},
			strings.Repeat("x", 5000),
		}
		n := 0
		for _, kind := range []string{"Create", "Follow", "Undo", "Announce", "Flag", "Block", "Move", "Delete"} {
			for _, value := range odd {
				for _, at := range []int{0, 1} {
					a := p.Write("ann", mention("fine"))
					a["type"], a["target"], a["origin"], a["audience"], a["summary"] = kind, books, films, books, "why"
					in := []object{a, a["object"].(object)}[at]
					for _, key := range slices.Sorted(maps.Keys(in)) {
						if n++; n%5 != 0 { // the rest is left to the other kinds and values
							continue
						}
						old := in[key]
						in[key] = value
						if status := w.sendQuietly(p, a); status >= 500 || status == http.StatusGone || status == http.StatusTeapot {
							t.Errorf("%s with %s = %v: status %d", kind, key, value, status)
						}
						in[key] = old
					}
				}
			}
			w.settle()
		}
		w.later(24 * time.Hour)
		post := w.publish(p, "bob", mention("still there?"))
		if !slices.Contains(p.Home("ann"), post) && !slices.Contains(p.Home("max"), post) {
			w.follow(p, "max", books)
			w.settle()
			w.wantHome(p, "max", w.publish(p, "max", mention("still there?")))
		}
	})
}

func (w *world) sendQuietly(p *fedtest.Peer, a object) int {
	w.t.Helper()
	body, err := json.Marshal(a)
	w.must(err)
	status, err := p.SendBytes(w.ctx, "ann", home+"/inbox", body)
	w.must(err)
	return status
}

// PAY-01: what is too large is refused however it comes, before it is looked at.
func TestTooLargeIsRefused(t *testing.T) {
	inCase(t, "PAY-01", func(w *world) {
		handler := w.fed.Handler(http.NotFoundHandler())
		for name, length := range map[string]int64{"announced": 1<<20 + 1, "chunked": -1, "less announced": 1 << 10} {
			body := &counter{Reader: bytes.NewReader(append([]byte(`{"type":"Like","x":"`), make([]byte, 8<<20)...))}
			r := httptest.NewRequest(http.MethodPost, home+"/inbox", body)
			r.Header.Set("Content-Type", "application/activity+json")
			r.ContentLength = length
			rec := httptest.NewRecorder()
			handler.ServeHTTP(rec, r)
			if rec.Code != http.StatusRequestEntityTooLarge || body.read > 1<<20+64<<10 {
				t.Errorf("%s: status %d after %d bytes", name, rec.Code, body.read)
			}
		}
	})
}

// counter counts what is read.
type counter struct {
	*bytes.Reader
	read int
}

func (c *counter) Read(b []byte) (int, error) {
	n, err := c.Reader.Read(b)
	c.read += n
	return n, err
}

// Reports reach the moderators once each, and only about what the group has; strangers cannot write to moderators through them.
func TestReportsAreNoWayToWriteToModerators(t *testing.T) {
	inWorld(t, func(w *world) {
		p, evil := w.mastodon(), w.peer("evil.example", "mastodon", "mal", "mel")
		w.appoint(p.Actor("bob"))
		post := w.publish(p, "ann", mention("reported"))
		report := func(name string, about any, words string) object {
			a := evil.Activity(name, "Flag", about)
			a["content"], a["to"] = words, []string{books}
			w.send(evil, name, a)
			return a
		}
		for range 5 {
			report("mal", []string{post}, "spam!")
		}
		w.wantReason(report("mal", []string{post}, "spam!"), group.ReasonDuplicate)
		if got := len(p.Private("bob")); got != 1 {
			t.Errorf("the moderator is told %d times", got)
		}
		w.wantReason(report("mal", []string{"https://evil.example/buy"}, "buy here"), group.ReasonUnknownPost)
		w.wantReason(report("mel", []string{p.Actor("max")}, "he is a stranger"), group.ReasonUnknownPost)
		w.wantReason(report("mel", []string{p.Actor("ann"), post}, "ann again"), group.ReasonReported)
		w.wantReason(report("mel", []string{p.Actor("ann")}, "she herself"), group.ReasonReported)
		w.wantReason(report("mel", []string{books}, "the group"), group.ReasonReported)
		if got := len(p.Private("bob")); got != 4 {
			t.Errorf("the moderator is told %d times: %q", got, p.Private("bob"))
		}
	})
}

// A flood of news of one account costs one look at it.
func TestNewsOfOneAccountInFloods(t *testing.T) {
	inWorld(t, func(w *world) {
		p := w.mastodon()
		w.shut()
		w.open() // so that all of it waits at once
		for range 50 {
			_, err := p.Send(w.ctx, "ann", home+"/inbox", p.Activity("ann", "Update", object{"id": p.Actor("ann"), "type": "Person"}))
			w.must(err)
		}
		before := w.net.Count(http.MethodGet, "mastodon.example", "/users/ann")
		w.shut()
		time.Sleep(2 * time.Second)
		w.start()
		w.settle()
		if got := w.net.Count(http.MethodGet, "mastodon.example", "/users/ann") - before; got != 1 {
			t.Errorf("%d requests", got)
		}
	})
}

func storeCounts(followers, members, threads int) store.GroupCounts {
	return store.GroupCounts{Followers: followers, Members: members, Threads: threads}
}

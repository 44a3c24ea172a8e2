package fedtest_test

import (
	"maps"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"folkmoot/federation"
	"folkmoot/federation/fedtest"
	"folkmoot/group"
)

// proving is a world in which Ann and Bob have keys for proofs, and Rob passes on what others wrote.
type proving struct {
	*world
	home, relay *fedtest.Peer
	ann, bob    fedtest.Prover
}

func newProving(w *world) proving {
	p := proving{world: w, home: w.peer("hollo.example", "hollo", "ann", "bob"), relay: w.peer("relay.example", "mastodon", "rob")}
	p.ann, p.bob = p.prover(p.home.Actor("ann")), p.prover(p.home.Actor("bob"))
	p.show("ann", p.ann.Multikey())
	p.show("bob", p.bob.Multikey())
	w.follow(p.home, "ann", books)
	w.follow(p.home, "bob", books)
	w.settle()
	return p
}

func (p proving) prover(actor string) fedtest.Prover {
	p.t.Helper()
	made, err := fedtest.NewProver(actor)
	p.must(err)
	return made
}

// show has an actor's document list keys.
func (p proving) show(name string, keys ...any) {
	p.home.Change(name, func(doc object) { doc["assertionMethod"] = keys })
}

// write is a Create by Ann that her server shows to nobody: only a proof can confirm it.
func (p proving) write(text string) object {
	create := p.home.Write("ann", mention(text))
	create["id"] = create["id"].(string) + "/unseen"
	return create
}

func (p proving) prove(by fedtest.Prover, a object, change func(object)) object {
	p.t.Helper()
	proven, err := by.Prove(a, p.home.Later(0), change)
	p.must(err)
	return proven
}

// asked counts how often an activity was looked for at its origin.
func (p proving) asked(a object) int {
	return p.net.Count(http.MethodGet, "hollo.example", strings.TrimPrefix(a["id"].(string), "https://hollo.example"))
}

// TestEverythingSaidHereIsProven reads all that a group says to the people of two dialects, and what its actors show.
func TestEverythingSaidHereIsProven(t *testing.T) {
	inWorld(t, func(w *world) {
		p := w.mastodon()
		forum := w.peer("lemmy.example", "lemmy", "lea")
		w.follow(forum, "lea", books)
		w.settle()
		post := w.publish(p, "ann", mention("a thread"))
		w.publish(p, "bob", reply(post))
		w.publish(p, "max", mention("Max is no member and gets a note"))
		w.act(p, "bob", "Like", post)
		w.operate(federation.Act{Kind: group.Lock, Target: post})
		w.must(p.Delete(w.ctx, "ann", books, post))
		g, err := w.store.Group(w.ctx, "books")
		w.must(err)
		g.Title = "The books & more"
		w.must(w.fed.EditGroup(w.ctx, g))
		w.settle()
		shown := map[string]object{}
		for _, path := range []string{"/g/books", "/actor", "/moderation"} {
			doc := w.document(path)
			shown[home+path] = doc
			if keys, _ := doc["assertionMethod"].([]any); fedtest.Proven(doc, keys) != home+path+"#ed25519-key" {
				t.Errorf("%s is not proven: %v", path, doc)
			}
		}
		said := map[string]int{}
		for _, r := range append(p.Inbox(""), forum.Inbox("")...) {
			said[r.Type]++
			if inner, _ := r.Body["object"].(object); r.Type == "Announce" && inner["type"] == "Like" {
				if said["passed on votes"]++; r.Body["proof"] != nil {
					t.Errorf("the boost of a vote has a proof, which nobody reads: %v", r.Body)
				}
				continue
			}
			keys, _ := shown[r.Actor]["assertionMethod"].([]any)
			if fedtest.Proven(r.Body, keys) != r.Actor+"#ed25519-key" {
				t.Errorf("not proven: %v", r.Body)
			}
		}
		for _, r := range forum.Inbox("Announce") {
			inner, _ := r.Body["object"].(object)
			if inner["actor"] != home+"/moderation" {
				continue
			}
			said["for a moderator"]++
			keys, _ := shown[home+"/moderation"]["assertionMethod"].([]any)
			doc := w.document(strings.TrimPrefix(inner["id"].(string), home))
			if fedtest.Proven(doc, keys) != home+"/moderation#ed25519-key" {
				t.Errorf("not proven: %v", doc)
			}
		}
		for _, kind := range []string{"for a moderator", "passed on votes", "Accept", "Announce", "Create", "Undo", "Update"} {
			if said[kind] == 0 {
				t.Errorf("no %s among %v", kind, said)
			}
		}
	})
}

// TestForwardedActivitiesWithProofs passes on what Ann wrote. Who proves that she did needs no word of her server.
func TestForwardedActivitiesWithProofs(t *testing.T) {
	set := func(key string, value any) func(object) { return func(proof object) { proof[key] = value } }
	for name, tt := range map[string]struct {
		make func(p proving, a object) object
		want bool
	}{
		"good": {func(p proving, a object) object { return p.prove(p.ann, a, nil) }, true},
		"none": {func(_ proving, a object) object { return a }, false},
		"tampered": {func(p proving, a object) object {
			proven := p.prove(p.ann, a, nil)
			note := maps.Clone(proven["object"].(object))
			note["content"] = "<p>forged</p>"
			proven["object"] = note
			return proven
		}, false},
		"by Bob": {func(p proving, a object) object { return p.prove(p.bob, a, nil) }, false},
		"by Bob in Ann's name": {func(p proving, a object) object {
			return p.prove(p.bob, a, set("verificationMethod", p.ann.Method))
		}, false},
		"by a key on another host": {func(p proving, a object) object {
			evil := p.prover("https://relay.example/users/rob")
			p.show("ann", evil.Multikey())
			return p.prove(evil, a, nil)
		}, false},
		"by a key of hers that she does not show": {func(p proving, a object) object {
			return p.prove(p.prover(p.home.Actor("ann")), a, nil)
		}, false},
		"for another purpose":    {func(p proving, a object) object { return p.prove(p.ann, a, set("proofPurpose", "authentication")) }, false},
		"by another cryptosuite": {func(p proving, a object) object { return p.prove(p.ann, a, set("cryptosuite", "eddsa-rdfc-2022")) }, false},
		"expired": {func(p proving, a object) object {
			return p.prove(p.ann, a, set("expires", p.home.Later(-time.Minute)))
		}, false},
		"not yet expired": {func(p proving, a object) object {
			return p.prove(p.ann, a, set("expires", p.home.Later(time.Minute)))
		}, true},
		"without a time": {func(p proving, a object) object {
			return p.prove(p.ann, a, func(proof object) { delete(proof, "created") })
		}, false},
		"made an hour ago": {func(p proving, a object) object { return p.prove(p.ann, a, set("created", p.home.Later(-time.Hour))) }, true},
		"made eight days ago": {func(p proving, a object) object {
			return p.prove(p.ann, a, set("created", p.home.Later(-192*time.Hour)))
		}, false},
		"made in two hours":     {func(p proving, a object) object { return p.prove(p.ann, a, set("created", p.home.Later(2*time.Hour))) }, false},
		"twice, the second odd": {func(p proving, a object) object { return twice(p, a, "future-2030") }, true},
		"twice, one by Bob": {func(p proving, a object) object {
			good, bad := p.prove(p.ann, a, nil), p.prove(p.bob, a, nil)
			good["proof"] = []any{bad["proof"], good["proof"]}
			return good
		}, true},
		"of another post": {func(p proving, a object) object {
			proven := maps.Clone(a)
			proven["proof"] = p.prove(p.ann, p.write("another"), nil)["proof"]
			return proven
		}, false},
		"too large to check": {func(p proving, a object) object {
			for i := range 3 {
				a["x"+strconv.Itoa(i)] = strings.Repeat("x", 90_000)
			}
			return p.prove(p.ann, a, nil)
		}, false},
		"under an id on another host": {func(p proving, a object) object {
			a["id"] = "https://relay.example/unseen"
			return p.prove(p.ann, a, nil)
		}, false},
	} {
		t.Run(name, func(t *testing.T) {
			inWorld(t, func(w *world) {
				p := newProving(w)
				a := tt.make(p, p.write("carried by others"))
				w.send(p.relay, "rob", a)
				want := 0
				if tt.want {
					want = 1
				}
				w.wantArrived(p.home, "Announce", want)
				own := strings.HasPrefix(a["id"].(string), p.home.Origin+"/")
				if asked := p.asked(a); own && asked > 0 == tt.want {
					t.Errorf("its origin was asked %d times", asked)
				}
			})
		})
	}
}

// twice adds a proof of a kind that nobody here knows.
func twice(p proving, a object, suite string) object {
	good := p.prove(p.ann, a, nil)
	odd := maps.Clone(good["proof"].(object))
	odd["cryptosuite"] = suite
	good["proof"] = []any{good["proof"], odd}
	return good
}

// TestKeysForProofs shows keys as actors may list them.
func TestKeysForProofs(t *testing.T) {
	changed := func(key object, name string, value any) object {
		key[name] = value
		return key
	}
	for name, tt := range map[string]struct {
		keys func(p proving) []any
		want bool
	}{
		"among others": {func(p proving) []any {
			return []any{"https://hollo.example/k", p.prover(p.home.Actor("ann") + "2").Multikey(), p.ann.Multikey()}
		}, true},
		"the seventeenth": {func(p proving) []any {
			var keys []any
			for i := range 16 {
				keys = append(keys, changed(p.prover(p.home.Actor("ann")).Multikey(), "id", p.home.Actor("ann")+"#"+strconv.Itoa(i)))
			}
			return append(keys, p.ann.Multikey())
		}, false},
		"of somebody else": {func(p proving) []any {
			return []any{changed(p.ann.Multikey(), "controller", p.home.Actor("bob"))}
		}, false},
		"of nobody": {func(p proving) []any { return []any{changed(p.ann.Multikey(), "controller", "")} }, false},
		"revoked":   {func(p proving) []any { return []any{changed(p.ann.Multikey(), "revoked", p.home.Later(-time.Minute))} }, false},
		"expired":   {func(p proving) []any { return []any{changed(p.ann.Multikey(), "expires", p.home.Later(-time.Minute))} }, false},
		"in force":  {func(p proving) []any { return []any{changed(p.ann.Multikey(), "expires", p.home.Later(time.Hour))} }, true},
		"of another type": {func(p proving) []any {
			return []any{changed(p.ann.Multikey(), "type", "JsonWebKey")}
		}, false},
		"no key": {func(p proving) []any { return []any{changed(p.ann.Multikey(), "publicKeyMultibase", "z6Mk")} }, false},
	} {
		t.Run(name, func(t *testing.T) {
			inWorld(t, func(w *world) {
				p := newProving(w)
				w.later(25 * time.Hour) // what is known of Ann is too old
				p.show("ann", tt.keys(p)...)
				w.send(p.relay, "rob", p.prove(p.ann, p.write("carried by others"), nil))
				want := 0
				if tt.want {
					want = 1
				}
				w.wantArrived(p.home, "Announce", want)
			})
		})
	}
}

// TestKeysForProofsChange checks that a new key is found, and that a flood of wrong proofs costs her server next to nothing.
func TestKeysForProofsChange(t *testing.T) {
	inWorld(t, func(w *world) {
		p := newProving(w)
		fetched := func() int { return w.net.Count(http.MethodGet, "hollo.example", "/users/ann") }
		old, fresh := p.ann, p.prover(p.home.Actor("ann"))
		p.show("ann", fresh.Multikey())
		w.later(time.Hour)
		before := fetched()
		w.send(p.relay, "rob", p.prove(fresh, p.write("new key"), nil))
		w.wantArrived(p.home, "Announce", 1)
		if got := fetched() - before; got != 1 {
			t.Errorf("%d fetches for a new key", got)
		}
		for range 5 {
			w.send(p.relay, "rob", p.prove(old, p.write("old key"), nil))
		}
		w.wantArrived(p.home, "Announce", 1)
		if got := fetched() - before; got != 1 {
			t.Errorf("%d fetches for wrong proofs", got-1)
		}
	})
}

// TestForwardedByStrangersOfStrangers checks that whoever is not known is looked up once for their keys.
func TestForwardedByStrangersOfStrangers(t *testing.T) {
	inWorld(t, func(w *world) {
		p := newProving(w)
		p.home.AddUser("eve", keys().users[0])
		eve := p.prover(p.home.Actor("eve"))
		p.show("eve", eve.Multikey())
		follow := p.prove(eve, p.home.Activity("eve", "Follow", books), nil)
		w.send(p.relay, "rob", follow)
		w.wantCounts(members(3))
		if p.asked(follow) > 0 {
			t.Error("its origin was asked")
		}
		w.net.Set("hollo.example", fedtest.Refused)
		mal := p.prover("https://hollo.example/users/mal")
		for range 3 {
			a := p.home.Activity("mal", "Follow", books)
			w.send(p.relay, "rob", p.prove(mal, a, nil))
		}
		if got := w.net.Count(http.MethodGet, "hollo.example", "/users/mal"); got != 1 {
			t.Errorf("%d fetches of somebody who is not there", got)
		}
		w.net.Set("hollo.example", fedtest.Fine)
		w.later(12 * time.Hour)
		w.wantCounts(members(3))
	})
}

// TestAnnouncedActivitiesWithProofs has a community pass on what Ann wrote elsewhere: with a proof nobody asks her server.
func TestAnnouncedActivitiesWithProofs(t *testing.T) {
	inWorld(t, func(w *world) {
		p := newProving(w)
		lounge := p.relay.AddUser("lounge", keys().users[5])
		p.relay.Change("lounge", func(doc object) { doc["type"] = "Group" })
		if d, err := w.fed.Subscribe(w.ctx, "books", lounge, true); err != nil || d.Verdict != group.Accepted {
			t.Fatal(d, err)
		}
		w.settle()
		follow := p.relay.Inbox("Follow")
		if len(follow) != 1 {
			t.Fatalf("%d follows arrived", len(follow))
		}
		w.send(p.relay, "lounge", p.relay.Activity("lounge", "Accept", follow[0].Body))
		unseen := func() object { // her server shows the post to nobody
			create := p.home.Write("ann", fedtest.Post{Text: "elsewhere"})
			note := create["object"].(object)
			note["id"] = note["id"].(string) + "/unseen"
			return create
		}
		filed := func(a object) bool {
			w.send(p.relay, "lounge", p.relay.Activity("lounge", "Announce", a))
			has, err := w.store.HasPost(w.ctx, a["object"].(object)["id"].(string))
			w.must(err)
			return has
		}
		if !filed(p.prove(p.ann, unseen(), nil)) {
			t.Error("a proof was not enough")
		}
		for name, a := range map[string]object{"none": unseen(), "one by Bob": p.prove(p.bob, unseen(), nil)} {
			if filed(a) {
				t.Errorf("with %s it counts", name)
			}
		}
		stolen := unseen() // Bob proves that he says so, about a post by Ann
		stolen["actor"] = p.bob.Actor
		if filed(p.prove(p.bob, stolen, nil)) {
			t.Error("Bob speaks for Ann")
		}
	})
}

// TestForwardedDeletionsAndVotesWithProofs takes everything in that a proof confirms, a deletion too.
func TestForwardedDeletionsAndVotesWithProofs(t *testing.T) {
	inWorld(t, func(w *world) {
		p := newProving(w)
		post := w.publish(p.home, "ann", mention("mine"))
		w.wantHome(p.home, "bob", post)
		like := p.prove(p.bob, p.home.Activity("bob", "Like", post), nil)
		w.send(p.relay, "rob", like)
		w.wantReason(like, group.ReasonCounted)
		forged := p.prove(p.bob, p.home.Activity("bob", "Delete", post), nil)
		w.send(p.relay, "rob", forged)
		w.wantReason(forged, group.ReasonNotAuthor)
		w.wantHome(p.home, "bob", post)
		deletion := p.prove(p.ann, p.home.Activity("ann", "Delete", object{"id": post, "type": "Tombstone"}), nil)
		w.send(p.relay, "rob", deletion)
		w.wantHome(p.home, "bob")
	})
}

package fedtest_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"folkmoot/federation"
	"folkmoot/federation/fedtest"
	"folkmoot/group"
	"folkmoot/store"
)

// An account's own document says what it is called; the Update only says that it changed.
func TestProfileChanges(t *testing.T) {
	inWorld(t, func(w *world) {
		s := w.stage("", books, nil, func(host string) string { return host })
		ann := s.person("https://mastodon.example/users/ann", "Person")
		s.join(ann)
		s.served(ann)["name"] = "Ann of the Books"
		update := object{
			"id": "https://mastodon.example/u/1", "type": "Update", "actor": ann,
			"object": object{"id": ann, "type": "Person", "name": "Somebody Else", "inbox": "https://mastodon.example/other"},
		}
		s.send(update)
		w.wantReason(update, group.ReasonRefreshed)
		a, err := w.store.Actor(w.ctx, ann)
		if err != nil || a.Name != "Ann of the Books" || a.Inbox == "https://mastodon.example/other" {
			t.Errorf("known as %q at %s (%v)", a.Name, a.Inbox, err)
		}
	})
}

// Mastodon answers 410 for an account before it tells that it was deleted. Its key is known from better times.
func TestAccountIsGoneBeforeTheNewsComes(t *testing.T) {
	for name, age := range map[string]time.Duration{"of today": time.Hour, "of last month": 30 * 24 * time.Hour} {
		t.Run(name, func(t *testing.T) {
			inWorld(t, func(w *world) {
				p := w.mastodon()
				w.publish(p, "ann", mention("soon gone"))
				w.later(age)
				deletion := p.Activity("ann", "Delete", p.Actor("ann"))
				p.Vanish("ann")
				if status := w.send(p, "ann", deletion); status != http.StatusAccepted {
					t.Errorf("status %d", status)
				}
				w.wantCounts(members(1))
				w.wantHome(p, "bob")
			})
		})
	}
}

// Who blocks somebody on their own server does not decide who is a member here.
func TestBlockOfAPersonIsNoBan(t *testing.T) {
	inWorld(t, func(w *world) {
		p := w.mastodon()
		post := w.publish(p, "ann", mention("mine"))
		block := p.Activity("bob", "Block", p.Actor("ann"))
		block["removeData"] = true
		w.send(p, "bob", block)
		w.wantReason(block, group.ReasonNothingToDo)
		w.wantHome(p, "bob", post)
		w.wantCounts(store.GroupCounts{Followers: 2, Members: 3, Threads: 1})
	})
}

func TestMoveCarriesTheRole(t *testing.T) {
	inWorld(t, func(w *world) {
		p := w.mastodon()
		_, err := w.fed.CreateGroup(w.ctx, federation.NewGroup{Name: "garden", Owner: "@ann@mastodon.example"})
		w.must(err)
		w.must(p.Move(w.ctx, "ann", "max", home+"/g/garden", true))
		w.settle()
		mods := text(t, w.document("/g/garden/moderators")["orderedItems"])
		if !strings.Contains(mods, p.Actor("max")) || strings.Contains(mods, p.Actor("ann")) {
			t.Errorf("moderators %v", mods)
		}
	})
}

func (w *world) ban(actor string) {
	w.t.Helper()
	outcomes, err := w.store.Apply(w.ctx, group.Request{
		Kind: group.Ban, By: group.Person{URI: "https://lee.example/users/lee"}, Groups: []string{books}, Target: actor, At: time.Now(),
	}, 0)
	w.must(err)
	if len(outcomes) != 1 || outcomes[0].Decision.Reason != group.ReasonBannedNow {
		w.t.Fatalf("not banned: %+v", outcomes)
	}
	w.settle()
}

func TestBannedPeopleHaveNoEffect(t *testing.T) {
	inCase(t, "MOD-03", func(w *world) {
		p := w.mastodon()
		post := w.publish(p, "ann", mention("What next?"))
		own := w.publish(p, "bob", reply(post))
		w.ban(p.Actor("bob"))
		before := w.shown()
		rejects := len(p.Inbox("Reject"))
		w.wantReason(w.act(p, "bob", "Follow", books), group.ReasonBanned)
		if got := len(p.Inbox("Reject")) - rejects; got != 1 {
			t.Errorf("%d answers to the follow", got)
		}
		for name, what := range map[string]fedtest.Post{"a thread": mention("spam"), "a comment": reply(post)} {
			_, create, err := p.Publish(w.ctx, "bob", books, what)
			w.must(err)
			w.settle()
			if got := w.reason(create); got != string(group.ReasonBanned) {
				t.Errorf("%s: %s", name, got)
			}
		}
		for _, kind := range []string{"Like", "Announce"} {
			w.wantReason(w.act(p, "bob", kind, post), group.ReasonBanned)
		}
		w.later(time.Minute)
		w.must(p.Edit(w.ctx, "bob", books, own, "something else now"))
		w.settle()
		flag := p.Activity("bob", "Flag", post)
		flag["content"], flag["to"] = "she is rude", []string{books}
		w.send(p, "bob", flag)
		if got := w.reason(flag); got == string(group.ReasonReported) {
			t.Errorf("a banned account's report is %s", got)
		}
		if d := difference(before, w.shown()); d != "" {
			t.Errorf("the banned account changed:\n%s", d)
		}
		if notes := p.Private("bob"); len(notes) != 0 {
			t.Errorf("bob was told %q", notes)
		}
	})
}

// Two machines that explain themselves to each other would never stop.
func TestMachinesAreNotWrittenTo(t *testing.T) {
	inWorld(t, func(w *world) {
		s := w.stage("", books, nil, func(host string) string { return host })
		bot := s.person("https://bots.example/users/news", "Service")
		note := object{
			"id": "https://bots.example/n/1", "type": "Note", "attributedTo": bot, "content": "News!",
			"to": []any{everybody}, "cc": []any{books},
		}
		create := object{
			"id": "https://bots.example/c/1", "type": "Create", "actor": bot, "object": note, "to": note["to"], "cc": note["cc"],
		}
		s.send(create)
		w.wantReason(create, group.ReasonStranger)
		if got := s.arrived("Create"); len(got) != 0 {
			t.Errorf("the machine was written %v", got)
		}
	})
}

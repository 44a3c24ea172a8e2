package fedtest_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"folkmoot/federation/fedtest"
	"folkmoot/group"
)

// lastLetter is the note that the book club wrote last to somebody.
func (w *world) lastLetter(p *fedtest.Peer, name string) string {
	w.t.Helper()
	notes := p.Inbox("Create")
	for _, n := range slices.Backward(notes) {
		note, _ := n.Body["object"].(object)
		if to, _ := note["to"].([]any); slices.Contains(to, any(p.Actor(name))) {
			return note["id"].(string)
		}
	}
	w.t.Fatalf("%s has no message", name)
	return ""
}

// writes sends the book club a private message, in answer to a note ("" for none).
func (w *world) writes(p *fedtest.Peer, name, text, about string, change ...func(note object)) object {
	w.t.Helper()
	post := fedtest.Post{Text: text, InReplyTo: about, Mentions: []string{books}, Direct: true}
	if len(change) > 0 {
		post.Change = change[0]
	}
	_, create, err := p.Publish(w.ctx, name, books, post)
	w.must(err)
	w.settle()
	return create
}

// says answers the last message.
func (w *world) says(p *fedtest.Peer, name, text string) object {
	w.t.Helper()
	return w.writes(p, name, text, w.lastLetter(p, name))
}

// wantTold looks at the last private message of somebody.
func (w *world) wantTold(p *fedtest.Peer, name, words string) {
	w.t.Helper()
	got := p.Private(name)
	if len(got) == 0 || !strings.Contains(got[len(got)-1], words) {
		w.t.Errorf("%s was told %q at last, want %q", name, got, words)
	}
}

// moderated is a book club in which every post waits, with Mia on another server as moderator, and a post of Ann's that waits.
func (w *world) moderated() (p, far *fedtest.Peer, post string) {
	w.t.Helper()
	w.set(func(s *group.Settings) { s.Review.All = true })
	p, far = w.mastodon(), w.peer("far.example", "mastodon", "mia", "tom")
	w.follow(far, "mia", books)
	w.follow(far, "tom", books)
	w.settle()
	w.appoint(far.Actor("mia"))
	return p, far, w.publish(p, "ann", mention("look at this"))
}

func TestModeratorDecidesByAnswering(t *testing.T) {
	inWorld(t, func(w *world) {
		p, far, post := w.moderated()
		w.wantTold(far, "mia", "Answer this message with: approve")
		w.wantReason(w.says(far, "mia", "Approve!"), group.ReasonApproved)
		w.wantTold(far, "mia", "The post is shown now.")
		w.wantHome(p, "bob", post)
		w.wantReason(w.says(far, "mia", "undo"), group.ReasonByModerator)
		w.wantHome(p, "bob")
		w.wantTold(far, "mia", "The post is removed.")
		w.wantReason(w.says(far, "mia", "undo"), group.ReasonRestored)
		w.wantHome(p, "bob", post)

		w.publish(p, "ann", mention("buy my book"))
		w.wantReason(w.says(far, "mia", "refuse because it is advertising"), group.ReasonNotApproved)
		w.wantTold(p, "ann", "They say: it is advertising")
		w.wantArrived(p, "Create", 2) // to Ann alone
	})
}

// Nothing but the moderator's own word, as moderator, counts.
func TestOthersDoNotDecide(t *testing.T) {
	inWorld(t, func(w *world) {
		p, far, post := w.moderated()
		letter := w.lastLetter(far, "mia")
		w.wantReason(w.writes(far, "tom", "approve", letter), group.ReasonNotModerator)
		w.wantReason(w.writes(p, "ann", "approve", letter), group.ReasonNotModerator)

		forged := far.Write("mia", fedtest.Post{Text: "approve", InReplyTo: letter, Mentions: []string{books}, Direct: true})
		w.send(far, "tom", forged) // signed by Tom
		stolen := far.Write("tom", fedtest.Post{
			Text: "approve", InReplyTo: letter, Mentions: []string{books}, Direct: true,
			Change: func(note object) { note["attributedTo"] = far.Actor("mia") },
		})
		w.send(far, "tom", stolen)
		w.send(p, "bob", p.Activity("bob", "Announce", forged))
		_, _, err := far.Publish(w.ctx, "mia", books, fedtest.Post{Text: "approve", InReplyTo: letter, Mentions: []string{books}}) // in public
		w.must(err)
		w.settle()
		w.writes(far, "mia", "> approve\nWhat do you think of this?", letter)
		w.writes(far, "mia", "So?", letter, func(note object) {
			note["content"] = "<blockquote><p>approve</p></blockquote>"
			delete(note, "contentMap")
		})
		w.writes(far, "mia", "approve", w.lastLetter(p, "ann")) // what Ann was told
		if h := w.held(); len(h) == 0 || h[0].URI != post {
			t.Errorf("%d wait", len(h))
		}
		w.wantHome(p, "bob")

		w.request(group.Request{Kind: group.Dismiss, By: group.Person{URI: "https://lee.example/users/lee"}, Groups: []string{books}, Target: far.Actor("mia")},
			group.Accepted, group.ReasonDismissed)
		w.wantReason(w.writes(far, "mia", "approve", letter), group.ReasonNotModerator)
		w.wantHome(p, "bob")
	})
}

// A message is followed once, and not again when it is edited or comes under another id.
func TestCommandsRunOnce(t *testing.T) {
	inWorld(t, func(w *world) {
		_, far, _ := w.moderated()
		create := w.writes(far, "mia", "pause 2h", "")
		w.wantReason(create, group.ReasonPausedNow)
		w.wantReason(w.says(far, "mia", "undo"), group.ReasonResumed)
		w.send(far, "mia", create)
		again := object{}
		for k, v := range create {
			again[k] = v
		}
		again["id"] = create["id"].(string) + "/again"
		w.send(far, "mia", again)
		w.wantReason(again, group.ReasonDuplicate)
		w.must(far.Edit(w.ctx, "mia", books, create["object"].(object)["id"].(string), "pause 3h"))
		w.settle()
		unsent := far.Write("mia", fedtest.Post{Text: "hello", Mentions: []string{books}, Direct: true})
		w.must(far.Edit(w.ctx, "mia", books, unsent["object"].(object)["id"].(string), "pause 3h"))
		w.settle()
		g, err := w.store.Group(w.ctx, "books")
		w.must(err)
		if g.Paused != 0 {
			t.Error("the group is paused")
		}
	})
}

// Whoever is not understood is told what to write, and not again for a while; machines are told nothing.
func TestUnknownWords(t *testing.T) {
	inWorld(t, func(w *world) {
		p := w.mastodon()
		far := w.peer("bots.example", "mastodon", "bot")
		far.Change("bot", func(doc map[string]any) { doc["type"] = "Service" })
		w.writes(p, "bob", "what is this?", "")
		w.wantPrivate(p, "bob", "did not understand")
		w.writes(p, "bob", "hello?", "")
		w.says(p, "bob", "I am away")
		w.wantPrivate(p, "bob", "did not understand")
		w.later(31 * time.Minute)
		w.writes(p, "bob", "hello?", "")
		w.wantPrivate(p, "bob", "did not understand", "did not understand")
		for _, text := range []string{"hello", "help", "rules", "join"} {
			w.writes(far, "bot", text, "")
		}
		w.wantPrivate(far, "bot")
	})
}

func TestMembersByMessage(t *testing.T) {
	inWorld(t, func(w *world) {
		w.set(func(s *group.Settings) { s.Joining.Apart, s.Joining.Rules = true, "Be kind." })
		p := w.mastodon()
		w.writes(p, "bob", "rules", "")
		w.wantTold(p, "bob", "Be kind.")
		w.wantReason(w.writes(p, "bob", "join", ""), group.ReasonJoined)
		w.wantTold(p, "bob", "You are a member of the group now.")
		w.wantReason(w.says(p, "bob", "undo"), group.ReasonReads)
		w.wantReason(w.writes(p, "ann", "join", ""), group.ReasonJoined)
		post := w.publish(p, "ann", mention("a lie"))
		page := strings.Replace(post, "/users/", "/@", 1)
		w.wantReason(w.writes(p, "bob", "report "+page+" it is a lie", ""), group.ReasonReported)
		w.wantTold(p, "bob", "The moderators can see your report")
		if r := w.reports(); len(r) != 1 || r[0].About != post || r[0].Words != "it is a lie" {
			t.Errorf("reported: %+v", r)
		}
		w.wantReason(w.writes(p, "bob", "remove "+post, ""), group.ReasonNotModerator)
		w.wantReason(w.writes(p, "ann", "leave", ""), group.ReasonReads)
		w.writes(p, "ann", "help", "")
		w.wantTold(p, "ann", "the rules of this group")
	})
}

// In French, whichever language the message says it is in.
func TestFrenchModerator(t *testing.T) {
	inWorld(t, func(w *world) {
		p, far, post := w.moderated()
		w.wantReason(w.writes(far, "mia", "approuver", w.lastLetter(far, "mia"), func(note object) {
			note["contentMap"] = object{"fr": note["content"]}
		}), group.ReasonApproved)
		w.wantHome(p, "bob", post)
		w.wantTold(far, "mia", "répondez à ce message par : annuler")
		w.wantReason(w.says(far, "mia", "Annuler"), group.ReasonByModerator)
		w.wantHome(p, "bob")
	})
}

// A report is dealt with by answering the message about it, and whoever sent it hears so.
func TestReportIsDecidedByAnswering(t *testing.T) {
	inWorld(t, func(w *world) {
		p, far, post := w.moderated()
		w.says(far, "mia", "approve")
		w.writes(p, "bob", "report "+post+" spam", "")
		w.wantTold(far, "mia", "Somebody reported")
		w.wantReason(w.says(far, "mia", "ban 7d spam"), group.ReasonBannedNow)
		if m := w.membership(p.Actor("ann")); m.State != group.Banned || m.Until.IsZero() {
			t.Errorf("Ann is %s until %s", m.State, m.Until)
		}
		w.wantTold(p, "bob", "The moderators have looked at what you reported")
		w.wantReason(w.says(far, "mia", "undo"), group.ReasonUnbanned)
	})
}

// Names are found by their mentions, or by asking their servers; talk among people is no command.
func TestNamesInMessages(t *testing.T) {
	inWorld(t, func(w *world) {
		p, far, _ := w.moderated()
		w.wantReason(w.writes(far, "mia", "warn bob@mastodon.example be kind", ""), group.ReasonWarned)
		w.wantTold(p, "bob", "The moderators warn you: be kind")
		w.wantReason(w.writes(far, "mia", "invite new@mastodon.example", ""), group.ReasonToldBack)
		w.wantTold(far, "mia", "I do not find that account")
		talk := fedtest.Post{Text: "leave", Mentions: []string{books, far.Actor("tom")}, Direct: true}
		_, create, err := far.Publish(w.ctx, "mia", books, talk)
		w.must(err)
		w.settle()
		w.wantReason(create, group.ReasonNothingToDo)
		_, create, err = far.Publish(w.ctx, "mia", books, fedtest.Post{Text: "ban @bob 1d", Mentions: []string{books, p.Actor("bob")}, Direct: true})
		w.must(err)
		w.settle()
		w.wantReason(create, group.ReasonBannedNow)
		w.wantReason(w.writes(far, "mia", "describe We read <b>books</b>.", ""), group.ReasonDescribed)
		if g, err := w.store.Group(w.ctx, "books"); err != nil || g.Summary != "We read <b>books</b>." || strings.Contains(g.SummaryHTML, "<b>") {
			t.Errorf("%q %q %v", g.Summary, g.SummaryHTML, err)
		}
	})
}

// Whoever a moderator acted against objects by message, and somebody else than who acted decides.
func TestAppealByMessage(t *testing.T) {
	inWorld(t, func(w *world) {
		p, far, _ := w.moderated()
		w.appoint(far.Actor("tom"))
		w.wantReason(w.writes(p, "ann", "appeal I did nothing", ""), group.ReasonNoAppeal)
		w.writes(far, "mia", "warn ann@mastodon.example do not sell things", "")
		w.wantReason(w.writes(p, "ann", "appeal I sold nothing", ""), group.ReasonAppealed)
		w.wantTold(far, "tom", "I sold nothing")
		notes := far.Private("tom")
		_, rest, _ := strings.Cut(notes[len(notes)-1], "uphold ")
		number, _, _ := strings.Cut(rest, " ")
		w.wantReason(w.writes(far, "mia", "uphold "+number+" it was so", ""), group.ReasonOwnAppeal)
		w.wantReason(w.writes(p, "bob", "overturn "+number, ""), group.ReasonNotModerator)
		w.wantReason(w.writes(far, "tom", "overturn "+number+" sorry", ""), group.ReasonOverturned)
		w.wantTold(p, "ann", "They say: sorry")
		w.wantReason(w.writes(p, "ann", "appeal again", ""), group.ReasonAppealedOnce)
	})
}

// Owners hand the group over by message, and members vote by it where nobody owns the group.
func TestOwnersByMessage(t *testing.T) {
	inWorld(t, func(w *world) {
		p := w.owned()
		w.wantReason(w.writes(p, "bob", "offer bob@mastodon.example", ""), group.ReasonNotModerator)
		w.wantReason(w.writes(p, "ann", "successor bob@mastodon.example", ""), group.ReasonSuccessor)
		w.wantReason(w.writes(p, "bob", "nominate bob@mastodon.example", ""), group.ReasonHasOwner)
		w.wantReason(w.writes(p, "ann", "offer bob@mastodon.example", ""), group.ReasonOffered)
		w.wantReason(w.says(p, "bob", "yes"), group.ReasonOwner)
		w.wantRole(p.Actor("bob"), group.Owner)
		w.wantReason(w.writes(p, "ann", "vouch bob@mastodon.example", ""), group.ReasonVouched)
		w.wantReason(w.says(p, "ann", "undo"), group.ReasonDoubted)
	})
}

// chat writes the group's agent a private message as people on Lemmy do: nothing says what it answers.
func (w *world) chat(f *fedtest.Forum, name, text string) object {
	w.t.Helper()
	w.made++
	agent, id := books+"/agent", fmt.Sprintf("%s/private_message/%d", f.Origin, w.made)
	create := object{
		"@context": "https://www.w3.org/ns/activitystreams", "id": id + "/create", "type": "Create", "actor": f.Actor(name), "to": []any{agent},
		"object": object{"type": "ChatMessage", "id": id, "attributedTo": f.Actor(name), "to": []any{agent}, "content": "<p>" + text + "</p>"},
	}
	w.send(f, name, create)
	w.settle()
	return create
}

// On forums messages answer nothing in particular: numbers say what is meant, and a yes is for the last question.
func TestMessagesFromForums(t *testing.T) {
	for name, runs := range software() {
		t.Run(name, func(t *testing.T) {
			inWorld(t, func(w *world) {
				w.set(func(s *group.Settings) { s.Review.All = true })
				p, f := w.mastodon(), w.forum(runs, "forum.example", "kim")
				w.subscribe(f, "kim", books)
				w.appoint(f.Actor("kim"))
				told := func(words string) {
					t.Helper()
					if got := f.Private("kim"); len(got) == 0 || !strings.Contains(got[len(got)-1], words) {
						t.Errorf("kim was told %q at last, want %q", got, words)
					}
				}
				post := w.publish(p, "ann", mention("look at this"))
				w.wantReason(w.chat(f, "kim", "approve"), group.ReasonToldBack)
				told("I do not know what this is about")
				w.wantReason(w.chat(f, "kim", fmt.Sprintf("approve %d", w.oneHeld().Number)), group.ReasonApproved)
				told("The post is shown now.")
				w.wantHome(p, "bob", post)
				w.chat(f, "kim", "yes")
				w.chat(f, "kim", "erase")
				told("It cannot be taken back")
				w.wantReason(w.chat(f, "kim", "yes"), group.ReasonAllErased)
				if kept, err := w.fed.Kept(w.ctx, "books", f.Actor("kim")); err != nil || kept[0].Member != nil {
					t.Errorf("kim is %+v: %v", kept[0].Member, err)
				}
			})
		})
	}
}

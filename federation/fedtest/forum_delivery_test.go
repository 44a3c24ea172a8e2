package fedtest_test

import (
	"strings"
	"testing"
	"time"

	"folkmoot/federation/fedtest"
	"folkmoot/group"
	"folkmoot/store"
)

// A forum that was away for a day gets everything that happened, in order.
func TestForumThatWasAway(t *testing.T) {
	onEach(t, func(w *world, f *fedtest.Forum, p *fedtest.Peer) {
		w.appoint(f.Actor("max"))
		host := f.Origin[len("https://"):]
		w.net.Set(host, fedtest.Refused)
		thread := w.publish(p, "ann", mention("while you were away"))
		comment := w.publish(p, "bob", reply(thread))
		gone := w.publish(p, "bob", reply(comment))
		w.act(p, "bob", "Like", thread)
		like := w.act(p, "ann", "Like", comment)
		w.later(time.Minute)
		w.must(p.Edit(w.ctx, "ann", books, thread, "while you were away, and more"))
		w.act(p, "ann", "Undo", like)
		w.must(p.Delete(w.ctx, "bob", books, gone))
		w.later(24 * time.Hour)
		w.net.Set(host, fedtest.Fine)
		w.later(24 * time.Hour)
		w.sees("as it is now", thread, says("and more"), f)
		w.sees("liked", thread, votes(1, 0), f)
		w.sees("no longer liked", comment, votes(0, 0), f)
		w.sees("deleted", gone, deleted, f)
	})
}

// A forum without subscribers is sent nothing more.
func TestForumWithoutSubscribers(t *testing.T) {
	onEach(t, func(w *world, f *fedtest.Forum, p *fedtest.Peer) {
		w.did(f.Unsubscribe(w.ctx, "max", books))
		heard := len(f.Inbox(""))
		thread := w.publish(p, "ann", mention("nobody there"))
		w.publish(p, "bob", reply(thread))
		w.later(24 * time.Hour)
		w.wantHeard(f, heard)
	})
}

// A comment whose parent got lost brings it along; other forums find it at its origin.
func TestLostCommentIsFetched(t *testing.T) {
	onEach(t, func(w *world, f *fedtest.Forum, p *fedtest.Peer) {
		other := w.subscriber(fedtest.Lemmy1(), "other.example")
		thread := w.publish(p, "ann", mention("a thread"))
		w.net.Set("groups.example", fedtest.Refused)
		lost, _, err := f.Comment(w.ctx, "mia", thread, "is lost")
		if err == nil {
			w.t.Fatal("the comment arrived")
		}
		w.net.Set("groups.example", fedtest.Fine)
		answer := w.wrote(f.Comment(w.ctx, "max", lost, "I saw it"))
		w.wantShown("books", thread, lost, answer)
		w.sees("shown", lost, shown, other)
		w.sees("shown", answer, shown, other)
		w.wantArrived(p, "Announce", 1)
	})
}

// A deletion that overtakes its post is remembered.
func TestDeletionBeforeThePost(t *testing.T) {
	onEach(t, func(w *world, f *fedtest.Forum, p *fedtest.Peer) {
		w.net.Set("groups.example", fedtest.Refused)
		uri, create, err := f.Post(w.ctx, "max", books, fedtest.Entry{Title: "Oops", Text: "words"})
		if err == nil {
			w.t.Fatal("the Create arrived")
		}
		w.net.Set("groups.example", fedtest.Fine)
		w.did(f.Delete(w.ctx, "max", uri))
		w.did(create, w.sent(f, "max", create))
		w.wantReason(create, group.ReasonWithdrawnLater)
		w.wantShown("books")
		w.wantHome(p, "bob")
	})
}

// Somebody deletes an account, with everything.
func TestForumAccountIsDeleted(t *testing.T) {
	onEach(t, func(w *world, f *fedtest.Forum, p *fedtest.Peer) {
		other := w.subscriber(fedtest.Lemmy1(), "other.example")
		thread := w.posts(f, "max", "Mine")
		comment := w.publish(p, "ann", reply(thread))
		a := w.handmade(f, "max", "Delete", f.Actor("max"))
		a["removeData"] = true
		w.did(a, w.sent(f, "max", a))
		w.wantReason(a, group.ReasonActorGone)
		w.wantShown("books")
		if w.filed("books", thread).HTML != "" || w.filed("books", comment).URI != "" {
			w.t.Error("the words are still there")
		}
		w.wantHome(p, "bob")
		w.wantCounts(store.GroupCounts{Followers: 3, Members: 4, Comments: 1})
		w.wantSaid(other, "Delete", 1)
	})
}

// Unlisted posts are shared too, no wider than their author did.
func TestUnlistedThreadForForums(t *testing.T) {
	onEach(t, func(w *world, f *fedtest.Forum, p *fedtest.Peer) {
		post := mention("quietly")
		post.Unlisted = true
		thread := w.publish(p, "ann", post)
		w.sees("shown", thread, shown, f)
		announce := f.Inbox("Announce")[0].Body
		to, cc := text(w.t, announce["to"]), text(w.t, announce["cc"])
		if to != `["`+books+`","`+books+`/followers"]` || cc != `["`+asPublic+`"]` {
			w.t.Errorf("to %s, cc %s", to, cc)
		}
	})
}

// Nobody has spoken to the stranger's forum before; what it sends shows what it is.
func TestStrangerAtAnUnknownForum(t *testing.T) {
	for name, runs := range software() {
		t.Run(name, func(t *testing.T) {
			inWorld(t, func(w *world) {
				f := w.forum(runs, name+".example", "mia")
				_, a, err := f.Post(w.ctx, "mia", books, fedtest.Entry{Title: "Hello", Text: "words"})
				w.wantReason(w.did(a, err), group.ReasonStranger)
				if got := f.Private("mia"); len(got) != 1 {
					t.Errorf("Mia got %q", got)
				}
			})
		})
	}
}

// A comment in a thread that nobody here knows is waited for, and then left alone.
func TestCommentInAForeignThread(t *testing.T) {
	onEach(t, func(w *world, f *fedtest.Forum, p *fedtest.Peer) {
		other := w.subscriber(fedtest.Lemmy1(), "other.example")
		heard := len(other.Inbox(""))
		id := f.Origin + "/comment/99"
		note := object{
			"id": id, "type": "Note", "attributedTo": f.Actor("max"), "to": []string{books, asPublic}, "cc": []string{books}, "audience": books,
			"inReplyTo": "https://elsewhere.example/post/1", "content": "<p>?</p>", "published": f.Later(0),
		}
		a := w.handmade(f, "max", "Create", note)
		w.did(a, w.sent(f, "max", a))
		w.later(time.Hour)
		w.wantReason(a, group.ReasonForeignThread)
		w.wantShown("books")
		w.wantHeard(other, heard)
		w.wantArrived(p, "Announce", 0)
	})
}

// A stranger's thread is not shared; the stranger is told why, once.
func TestStrangerAtAForum(t *testing.T) {
	onEach(t, func(w *world, f *fedtest.Forum, p *fedtest.Peer) {
		for range 2 {
			_, a, err := f.Post(w.ctx, "mia", books, fedtest.Entry{Title: "Hello", Text: "words"})
			w.wantReason(w.did(a, err), group.ReasonStranger)
		}
		w.wantShown("books")
		w.wantHome(p, "bob")
		if got := f.Private("mia"); len(got) != 1 || !strings.Contains(got[0], "Only members") {
			w.t.Errorf("Mia got %q", got)
		}
	})
}

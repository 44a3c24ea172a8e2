package fedtest_test

import (
	"testing"
	"time"

	"folkmoot/federation/fedtest"
	"folkmoot/group"
	"folkmoot/store"
)

// begin has a browser wait for a code.
func (w *world) begin(browser, code string) {
	w.t.Helper()
	w.must(w.store.BeginSignIn(w.ctx, browser, store.SignIn{Kind: store.ByCode, Code: code, Expires: time.Now().Add(10 * time.Minute)}))
}

// wantSignedIn looks whose code a browser has.
func (w *world) wantSignedIn(browser, person string) {
	w.t.Helper()
	n, err := w.store.SignIn(w.ctx, browser, store.ByCode, false)
	if err != nil || n.Person != person {
		w.t.Errorf("%s is %q, want %q; %v", browser, n.Person, person, err)
	}
}

// A code counts for whoever sends it in private, once; what others pass on, say in public, or forge does not.
func TestSignInByPrivateMessage(t *testing.T) {
	inWorld(t, func(w *world) {
		p, far := w.mastodon(), w.peer("far.example", "mastodon", "mia", "tom")
		const code, other = "BCDF-2345", "GHJK-6789"
		w.begin("browser", code)
		w.begin("other browser", other)

		in := fedtest.Post{Text: code, Mentions: []string{books}, Direct: true}
		forged := far.Write("mia", in)
		w.send(far, "tom", forged) // signed by Tom
		stolen := far.Write("tom", fedtest.Post{
			Text: code, Mentions: []string{books}, Direct: true, Change: func(note object) { note["attributedTo"] = far.Actor("mia") },
		})
		w.send(far, "tom", stolen)
		w.send(p, "bob", p.Activity("bob", "Announce", far.Write("mia", in)))
		_, _, err := far.Publish(w.ctx, "tom", books, fedtest.Post{Text: code, Mentions: []string{books}}) // in public
		w.must(err)
		w.settle()
		w.writes(far, "tom", "My code is "+code, "")
		w.writes(far, "tom", code+" "+other, "")
		w.wantSignedIn("browser", "")

		w.wantReason(w.writes(far, "mia", "bcdf-2345", ""), group.ReasonToldBack)
		w.wantTold(far, "mia", "may now sign in to groups.example as you")
		w.wantSignedIn("browser", far.Actor("mia"))
		w.writes(p, "ann", code, "")
		w.wantTold(p, "ann", "Nobody waits for this code")
		w.wantSignedIn("browser", far.Actor("mia"))

		w.writes(p, "ann", other, "") // too soon after a wrong one
		w.wantSignedIn("other browser", "")
		w.later(2 * time.Minute)
		w.writes(p, "ann", other, "")
		w.wantSignedIn("other browser", p.Actor("ann"))
		w.begin("late browser", "BBBB-2222")
		w.later(11 * time.Minute)
		w.writes(far, "tom", "BBBB-2222", "")
		w.wantTold(far, "tom", "Nobody waits for this code")
	})
}

// A code counts just as well when it is sent to the server's own actor, which people need no group for, and under the same conditions.
func TestSignInByMessageToTheServer(t *testing.T) {
	inWorld(t, func(w *world) {
		p, far := w.mastodon(), w.peer("far.example", "mastodon", "mia", "tom")
		const code, other, server = "BCDF-2345", "GHJK-6789", home + "/actor"
		w.begin("browser", code)
		w.begin("other browser", other)
		sends := func(by *fedtest.Peer, name string, post fedtest.Post) object {
			post.Mentions = []string{server}
			_, create, err := by.Publish(w.ctx, name, server, post)
			w.must(err)
			w.settle()
			return create
		}

		in := fedtest.Post{Text: code, Mentions: []string{server}, Direct: true}
		w.send(far, "tom", far.Write("mia", in)) // signed by Tom
		w.send(far, "tom", far.Write("tom", fedtest.Post{
			Text: code, Mentions: []string{server}, Direct: true, Change: func(note object) { note["attributedTo"] = far.Actor("mia") },
		}))
		w.send(p, "bob", p.Activity("bob", "Announce", far.Write("mia", in)))
		w.settle()
		sends(far, "tom", fedtest.Post{Text: code}) // in public
		sends(far, "tom", fedtest.Post{Text: code, Unlisted: true})
		sends(far, "tom", fedtest.Post{Text: code, Followers: true})
		sends(far, "tom", fedtest.Post{Text: "My code is " + code, Direct: true})
		w.wantSignedIn("browser", "")
		w.wantArrived(far, "Create", 0)

		w.wantReason(sends(far, "mia", fedtest.Post{Text: "bcdf-2345", Direct: true}), group.ReasonToldBack)
		w.wantTold(far, "mia", "may now sign in to groups.example as you")
		w.wantSignedIn("browser", far.Actor("mia"))
		sends(p, "ann", fedtest.Post{Text: code, Direct: true})
		w.wantTold(p, "ann", "Nobody waits for this code")
		w.writes(p, "ann", other, "") // to a group, too soon after a wrong one
		w.wantSignedIn("other browser", "")
		w.later(2 * time.Minute)
		sends(p, "ann", fedtest.Post{Text: other, Direct: true})
		w.wantSignedIn("other browser", p.Actor("ann"))
	})
}

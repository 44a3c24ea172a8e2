//go:build interop

package interop

import (
	"slices"
	"strings"
	"testing"
	"time"

	"folkmoot/store"
)

// A moderator reviews posts from an account elsewhere: a private note says what waits, and a private answer decides it.
func TestModeratingByMessage(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	p := l.addPeer("hollo")
	l.found(p.handle("ann"))
	followed(p)
	l.reviewEverything()

	asked := p.id("whisper", object{"as": "bob", "text": "help", "to": p.group})
	if a := p.awaits("help", isNoteTo(p.account("bob"), asked)); !strings.Contains(a.Inner.Content, "leave") {
		t.Errorf("help says %q", a.Inner.Content)
	}

	held := p.post("bob", "May I?", "")
	told := p.awaits("word of what waits", func(a activity) bool {
		return isNote(a, p.account("ann")) && strings.Contains(a.Inner.Content, held)
	})
	// Bob is no moderator: what he says about his own post changes nothing.
	p.id("whisper", object{"as": "bob", "text": "approve", "to": p.group, "inReplyTo": told.Inner.ID})
	after := p.id("whisper", object{"as": "bob", "text": "rules", "to": p.group})
	p.awaits("the rules", isNoteTo(p.account("bob"), after)) // of one person everything is decided in order
	if n := len(p.those(isBoost(held))); n != 0 {
		t.Errorf("%d boosts of a post that only its author has approved", n)
	}
	answer := p.id("whisper", object{"as": "ann", "text": "approve", "to": p.group, "inReplyTo": told.Inner.ID})
	p.awaits("the boost", isBoost(held))
	done := p.awaits("what was done", isNoteTo(p.account("ann"), answer))

	p.id("whisper", object{"as": "ann", "text": "remove", "to": p.group, "inReplyTo": done.Inner.ID})
	p.awaits("the boost taken back", isUndo(held))
	everythingWasTaken(p)
}

// People sign in with the account that they have: Fedify carries the code to the server's own actor, or to a group. What it carries in
// public signs nobody in.
func TestSignInByCode(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	p := l.addPeer("hollo")
	l.found(p.handle("ann"))
	const first, second = "BCDF-2345", "GHJK-6789"
	l.begin("first browser", first)
	l.begin("second browser", second)

	p.post("ann", first, "")
	sent := p.id("whisper", object{"as": "bob", "text": first, "to": l.origin + "/actor"})
	told := p.awaits("the server's answer", isNoteTo(p.account("bob"), sent))
	if told.Actor != l.origin+"/actor" || !strings.Contains(told.Inner.Content, "sign in to") {
		t.Errorf("the answer is %+v", told)
	}
	sent = p.id("whisper", object{"as": "ann", "text": second, "to": p.group})
	p.awaits("the group's answer", isNoteTo(p.account("ann"), sent))
	for browser, person := range map[string]string{"first browser": "bob", "second browser": "ann"} {
		if n, err := l.store.SignIn(t.Context(), browser, store.ByCode, false); err != nil || n.Person != p.account(person) {
			t.Errorf("%s is %q, want %s; %v", browser, n.Person, person, err)
		}
	}
	everythingWasTaken(p)
}

// begin has a browser wait for a code.
func (l *lab) begin(browser, code string) {
	l.t.Helper()
	l.must(l.store.BeginSignIn(l.t.Context(), browser, store.SignIn{Kind: store.ByCode, Code: code, Expires: time.Now().Add(10 * time.Minute)}))
}

func (l *lab) reviewEverything() {
	l.t.Helper()
	g, err := l.store.Group(l.t.Context(), "books")
	l.must(err)
	g.Settings.Review.All = true
	l.must(l.store.EditGroup(l.t.Context(), g, []store.Message{}))
}

func isNote(a activity, to string) bool {
	return a.Type == "Create" && a.Inner.Type == "Note" && slices.Contains(a.Inner.To, to)
}

func isNoteTo(to, inReplyTo string) func(activity) bool {
	return func(a activity) bool { return isNote(a, to) && a.Inner.InReplyTo == inReplyTo }
}

package fedtest_test

import (
	"testing"
	"time"

	"folkmoot/federation"
	"folkmoot/group"
	"folkmoot/store"
)

// held lists what waits in the book club.
func (w *world) held() []store.HeldPost {
	w.t.Helper()
	g, err := w.store.Group(w.ctx, "books")
	w.must(err)
	held, err := w.store.Held(w.ctx, g.ID, 100)
	w.must(err)
	return held
}

// oneHeld is the only version that waits.
func (w *world) oneHeld() store.HeldPost {
	w.t.Helper()
	held := w.held()
	if len(held) != 1 {
		w.t.Fatalf("%d versions wait, want one", len(held))
	}
	return held[0]
}

func (w *world) wantDecision(act federation.Act, want group.Reason) {
	w.t.Helper()
	d, err := w.fed.Moderate(w.ctx, "books", act)
	w.must(err)
	w.settle()
	if d.Reason != want {
		w.t.Errorf("%s came to %q, want %q", act.Kind, d.Reason, want)
	}
}

func TestEveryPostIsReviewed(t *testing.T) {
	inWorld(t, func(w *world) {
		w.set(func(s *group.Settings) { s.Review.All = true })
		p, f := w.mastodon(), w.subscriber(software()["lemmy1"], "lemmy.example")
		_, create, err := p.Publish(w.ctx, "ann", books, mention("look at this"))
		w.must(err)
		w.settle()
		w.wantReason(create, group.ReasonReviewed)
		w.wantHome(p, "bob")
		w.wantPrivate(p, "ann", "a moderator looks at each post")
		w.wantCounts(members(3))

		w.operate(federation.Act{Kind: group.Approve, Number: w.oneHeld().Number})
		post := create["object"].(object)["id"].(string)
		w.wantHome(p, "bob", post)
		w.sees("shown", post, shown, f)
		w.wantDecision(federation.Act{Kind: group.Remove, Target: post}, group.ReasonByModerator)
	})
}

func TestPostIsRefused(t *testing.T) {
	inWorld(t, func(w *world) {
		w.set(func(s *group.Settings) { s.Review.First = 1 })
		p := w.mastodon()
		post := w.publish(p, "ann", mention("buy my book"))
		number := w.oneHeld().Number
		w.operate(federation.Act{Kind: group.Refuse, Number: number, Reason: "No advertising."})
		w.wantPrivate(p, "ann", "first posts", "They say: No advertising.")
		w.wantHome(p, "bob")
		if _, err := w.fed.Moderate(w.ctx, "books", federation.Act{Kind: group.Approve, Number: number}); err == nil {
			t.Error("what was refused is approved")
		}
		w.must(p.Edit(w.ctx, "ann", books, post, "buy it all the same"))
		w.settle()
		if len(w.held()) != 0 {
			t.Error("an edit of a refused post waits")
		}

		second := w.publish(p, "ann", mention("what do you read?"))
		w.operate(federation.Act{Kind: group.Approve, Number: w.oneHeld().Number})
		third := w.publish(p, "ann", mention("and now?"))
		w.wantHome(p, "bob", second, third)
	})
}

// What was approved cannot become something else, and no moderator approves what they have not seen.
func TestEditsAreReviewedAgain(t *testing.T) {
	inCase(t, "MOD-07", func(w *world) {
		w.set(func(s *group.Settings) { s.Review.All = true })
		p := w.mastodon()
		post := w.publish(p, "ann", mention("one"))
		first := w.oneHeld().Number
		w.later(time.Second)
		w.must(p.Edit(w.ctx, "ann", books, post, "two"))
		w.settle()
		if _, err := w.fed.Moderate(w.ctx, "books", federation.Act{Kind: group.Approve, Number: first}); err == nil {
			t.Error("a version that the author has replaced is approved")
		}
		w.wantHome(p, "bob")
		w.operate(federation.Act{Kind: group.Approve, Number: w.oneHeld().Number})
		w.wantTitle("two")

		w.later(time.Second)
		w.must(p.Edit(w.ctx, "ann", books, post, "three"))
		w.settle()
		w.wantTitle("two")
		w.operate(federation.Act{Kind: group.Refuse, Number: w.oneHeld().Number})
		w.wantTitle("two")
		w.wantHome(p, "bob", post)
		w.later(time.Second)
		w.must(p.Edit(w.ctx, "ann", books, post, "four"))
		w.settle()
		w.operate(federation.Act{Kind: group.Approve, Number: w.oneHeld().Number})
		w.wantTitle("four")
	})
}

func (w *world) wantTitle(want string) {
	w.t.Helper()
	if got, err := w.store.Post(w.ctx, "books", 1); err != nil || got.Title != want {
		w.t.Errorf("it says %q (%v), want %q", got.Title, err, want)
	}
}

func TestLinksAreReviewed(t *testing.T) {
	inWorld(t, func(w *world) {
		w.set(func(s *group.Settings) { s.Review.Links = true })
		p := w.mastodon()
		plain := w.publish(p, "ann", mention("no link here"))
		post := mention("with a link")
		post.Change = func(note object) {
			note["content"] = note["content"].(string) + `<p><a href="https://shop.example/">buy</a></p>`
		}
		w.publish(p, "ann", post)
		w.wantHome(p, "bob", plain)
		w.oneHeld()
		w.later(time.Second)
		w.must(p.Edit(w.ctx, "ann", books, plain, "see https://shop.example/"))
		w.settle()
		if len(w.held()) != 2 {
			t.Error("a link that was edited in is shown")
		}
		w.later(time.Second)
		w.must(p.Edit(w.ctx, "ann", books, plain, "no link again"))
		w.settle()
		if len(w.held()) != 1 {
			t.Error("a version goes on waiting that the author has replaced")
		}
		w.wantTitle("no link again")
	})
}

// A reply to what waits is not lost.
func TestRepliesWaitWithTheirThread(t *testing.T) {
	inWorld(t, func(w *world) {
		w.set(func(s *group.Settings) { s.Review.First = 1 })
		p := w.mastodon()
		post := w.publish(p, "ann", mention("first"))
		w.publish(p, "bob", reply(post))
		held := w.held()
		if len(held) != 2 {
			t.Fatalf("%d wait, want 2", len(held))
		}
		w.wantDecision(federation.Act{Kind: group.Approve, Number: held[1].Number}, group.ReasonParentHeld)
		w.operate(federation.Act{Kind: group.Approve, Number: held[0].Number})
		w.operate(federation.Act{Kind: group.Approve, Number: held[1].Number})
		w.wantCounts(store.GroupCounts{Followers: 2, Members: 3, Threads: 1, Comments: 1})
	})
}

func TestHeldPostsExpire(t *testing.T) {
	inWorld(t, func(w *world) {
		w.set(func(s *group.Settings) { s.Review = group.Review{All: true, Days: 3} })
		p := w.mastodon()
		w.publish(p, "ann", mention("anybody there?"))
		w.later(2 * 24 * time.Hour)
		w.oneHeld()
		w.later(25 * time.Hour)
		if len(w.held()) != 0 {
			t.Error("it still waits")
		}
		w.wantPrivate(p, "ann", "a moderator looks", "No moderator has looked at your post in time")
		w.wantHome(p, "bob")
	})
}

func TestQuietHours(t *testing.T) {
	inWorldAt(t, time.Date(2026, 3, 1, 23, 0, 0, 0, time.UTC), func(w *world) {
		w.set(func(s *group.Settings) { s.Review.Quiet = "22:00-07:00" })
		p := w.mastodon()
		post := w.publish(p, "ann", mention("good night"))
		w.publish(p, "bob", mention("from somebody banned by the morning"))
		w.wantHome(p, "bob")
		w.operate(federation.Act{Kind: group.Ban, Target: p.Actor("bob")})
		w.later(7*time.Hour + 50*time.Minute)
		w.wantHome(p, "ann")
		w.later(20 * time.Minute)
		w.wantHome(p, "ann", post)
		if len(w.held()) != 0 {
			t.Errorf("%d still wait", len(w.held()))
		}
		w.later(time.Hour)
		day := w.publish(p, "ann", mention("good morning"))
		w.wantHome(p, "ann", post, day)
	})
}

func TestSlowModeAndPause(t *testing.T) {
	inWorld(t, func(w *world) {
		w.set(func(s *group.Settings) { s.Review.Slow = 600 })
		p := w.mastodon()
		first := w.publish(p, "ann", mention("one"))
		w.publish(p, "ann", mention("two"))
		w.publish(p, "ann", reply(first))
		w.wantPrivate(p, "ann", "slow mode")
		w.wantHome(p, "bob", first)
		w.later(11 * time.Minute)
		second := w.publish(p, "ann", mention("three"))
		w.wantHome(p, "bob", first, second)

		w.operate(federation.Act{Kind: group.Pause, Until: time.Now().Add(time.Hour)})
		w.later(30 * time.Minute)
		w.publish(p, "bob", mention("while it is paused"))
		w.wantPrivate(p, "bob", "paused the group")
		w.later(31 * time.Minute)
		third := w.publish(p, "bob", mention("after it"))
		w.wantHome(p, "ann", first, second, third)
		w.operate(federation.Act{Kind: group.Pause})
		w.later(400 * time.Hour)
		w.publish(p, "bob", mention("while it is paused for good"))
		w.operate(federation.Act{Kind: group.Resume})
		fourth := w.publish(p, "bob", mention("and again"))
		w.wantHome(p, "ann", first, second, third, fourth)
	})
}

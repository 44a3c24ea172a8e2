package store

import (
	"sync/atomic"
	"testing"
	"time"

	"folkmoot/group"
)

func reviewing(t *testing.T, now func() time.Time) *Store {
	t.Helper()
	r := race{settings: func(s *group.Settings) { s.Review.All = true }, before: []group.Request{by(ann, group.Follow, "")}}
	return r.beginAt(t, now)
}

// A deleted post leaves no words, whichever versions of it waited.
func TestDeletedPostsLeaveNoVersions(t *testing.T) {
	s := reviewing(t, at)
	apply(t, s, writes(group.Publish, "old words", 0))
	approves := by(lee, group.Approve, post1)
	approves.Seen = 1
	apply(t, s, approves)
	apply(t, s, writes(group.Edit, "new words", time.Second))
	apply(t, s, by(ann, group.Delete, post1))
	wantNone(t, s, "words that are left", `SELECT COUNT(*) FROM held WHERE post <> '' OR raw IS NOT NULL`)
	nothingWaits(t, s)
}

// A number stands for one version for ever, even when the last one is gone.
func TestNumbersOfVersionsAreNeverGivenTwice(t *testing.T) {
	var later atomic.Int64
	s := reviewing(t, func() time.Time { return at().Add(time.Duration(later.Load())) })
	apply(t, s, writes(group.Publish, "old words", 0))
	refuses := by(lee, group.Refuse, post1)
	refuses.Seen = 1
	apply(t, s, refuses)
	later.Store(int64(48 * time.Hour))
	if _, err := s.Retain(t.Context(), Retention{Inbox: time.Hour, Outbox: time.Hour, Audit: time.Hour}); err != nil {
		t.Fatal(err)
	}
	wantNone(t, s, "versions after their time", `SELECT COUNT(*) FROM held`)
	again := writes(group.Publish, "other words", 0)
	again.Post.URI, again.Activity = post1+"1", "post-other"
	apply(t, s, again)
	if got := scalar(t, s, `SELECT MIN(id) FROM held`); got == "1" {
		t.Error("a number is given twice")
	}
}

func TestMovedThreadsTakeAlongWhatWaits(t *testing.T) {
	s := reviewing(t, at)
	films := origin + "/g/films"
	err := s.CreateGroup(t.Context(), Group{URI: films, Name: "films", Title: "Films", Settings: group.Defaults(), Keys: []byte("pem")}, lee)
	if err != nil {
		t.Fatal(err)
	}
	apply(t, s, writes(group.Publish, "old words", 0))
	approves := by(lee, group.Approve, post1)
	approves.Seen = 1
	apply(t, s, approves)
	apply(t, s, writes(group.Edit, "new words", time.Second))
	moves := by(lee, group.Relocate, post1)
	moves.To = films
	apply(t, s, moves)
	g, err := s.Group(t.Context(), "films")
	if err != nil {
		t.Fatal(err)
	}
	if held, err := s.Held(t.Context(), g.ID, 10); err != nil || len(held) != 1 || held[0].Post.HTML != "new words" {
		t.Errorf("waits there: %+v, %v", held, err)
	}
}

// Whatever the reason, an author is told once a day that posts wait.
func TestAuthorsOfHeldPostsAreToldOnce(t *testing.T) {
	s := race{before: []group.Request{by(ann, group.Follow, "")}}.begin(t)
	bars := by(lee, group.Bar, "mastodon.example")
	bars.Barrier = &group.Barrier{Subject: "mastodon.example", Level: group.LevelSilence}
	apply(t, s, bars)
	for _, n := range []string{"1", "2"} {
		r := writes(group.Publish, "words "+n, 0)
		r.Post.URI += n
		if d := apply(t, s, r); d.Reason != group.ReasonSilenced {
			t.Errorf("%+v", d)
		}
	}
	if n := scalar(t, s, `SELECT COUNT(*) FROM direct WHERE uri LIKE '%/note/%'`); n != "1" {
		t.Errorf("ann was told %s times", n)
	}
}

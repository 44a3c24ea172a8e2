package store

import (
	"context"
	"fmt"
	"testing"
	"time"

	"folkmoot/group"
)

// aged opens a store whose clock the test moves, with a thread, a deleted thread, a vote and what came and went for them.
func aged(t *testing.T, now *time.Time) *Store {
	t.Helper()
	s := foundedAt(t, func() time.Time { return *now })
	ask := func(r group.Request) {
		r.By, r.Groups, r.At = group.Person{URI: ann}, []string{books}, *now
		apply(t, s, r)
	}
	ask(group.Request{Kind: group.Follow, Activity: "follow-1"})
	for _, uri := range []string{post1, post1 + "/gone"} {
		p := &group.Post{URI: uri, Author: ann, HTML: "<p>x</p>", Published: *now}
		ask(group.Request{Kind: group.Publish, Activity: "create " + uri, Raw: []byte(`{"type":"Create"}`), Post: p})
	}
	ask(group.Request{Kind: group.Delete, Activity: "delete", Target: post1 + "/gone", Raw: []byte(`{"type":"Delete"}`)})
	ask(group.Request{Kind: group.Like, Activity: "like", Target: post1, Raw: []byte(`{"type":"Like"}`)})
	if _, err := s.Receive(t.Context(), Received{Activity: "a-1", Signer: ann, Raw: []byte("{}"), At: *now}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Receive(t.Context(), Received{Activity: "a-2", Signer: ann, Raw: []byte("{}"), At: *now}); err != nil {
		t.Fatal(err)
	}
	if err := s.Settle(t.Context(), 1, "ignored", "nothing-to-do"); err != nil {
		t.Fatal(err)
	}
	stranger := Actor{URI: "https://far.example/users/eve", Inbox: "https://far.example/users/eve/inbox", Fetched: *now}
	if err := s.SaveActor(t.Context(), stranger); err != nil {
		t.Fatal(err)
	}
	return s
}

func rows(t *testing.T, s *Store, table string) (n int) {
	t.Helper()
	err := s.update(t.Context(), func(ctx context.Context, tx *txn) error {
		return tx.QueryRowContext(ctx, `SELECT COUNT(*) FROM `+table).Scan(&n)
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestRetainKeepsWhatIsNeeded(t *testing.T) {
	now := at()
	s := aged(t, &now)
	keep := Retention{Inbox: 30 * 24 * time.Hour, Outbox: 180 * 24 * time.Hour, Audit: 365 * 24 * time.Hour}
	before := rows(t, s, "outbox")
	if n, err := s.Retain(t.Context(), keep); err != nil || n != 0 {
		t.Errorf("at once it deleted %d, %v", n, err)
	}

	now = now.Add(31 * 24 * time.Hour)
	if n, err := s.Retain(t.Context(), keep); err != nil || n == 0 {
		t.Errorf("after a month it deleted %d, %v", n, err)
	}
	if got := rows(t, s, "inbox"); got != 1 {
		t.Errorf("%d activities left, want the undecided one", got)
	}
	if _, err := s.Actor(t.Context(), "https://far.example/users/eve"); err == nil {
		t.Error("an account nobody refers to is kept")
	}
	if _, err := s.Actor(t.Context(), ann); err != nil {
		t.Errorf("a member's account is gone: %v", err)
	}
	if rows(t, s, "outbox") != before || rows(t, s, "audit") == 0 {
		t.Error("it deleted more than it was told to")
	}

	now = now.Add(150 * 24 * time.Hour)
	if _, err := s.Retain(t.Context(), keep); err != nil {
		t.Fatal(err)
	}
	if got := rows(t, s, "outbox"); got != 3 {
		t.Errorf("%d rows of the log left, want the boost and the wrap of the thread that is shown, and the last", got)
	}
	if shown, err := s.AnnouncedPage(t.Context(), 1, Span{}, 10); err != nil || len(shown) != 1 {
		t.Errorf("the outbox shows %d, %v", len(shown), err)
	}

	now = now.Add(365 * 24 * time.Hour)
	if _, err := s.Retain(t.Context(), keep); err != nil {
		t.Fatal(err)
	}
	if rows(t, s, "audit") != 0 || rows(t, s, "posts") != 2 || rows(t, s, "memberships") == 0 {
		t.Error("after a year and more: audit is kept or posts and members are not")
	}
}

// What is deleted leaves the file.
func TestRetainGivesPagesBack(t *testing.T) {
	now := at()
	s := aged(t, &now)
	var mode int
	if err := s.read.QueryRow(`PRAGMA auto_vacuum`).Scan(&mode); err != nil || mode != 2 {
		t.Fatalf("auto_vacuum is %d (%v), want 2, incremental", mode, err)
	}
	for i := range 200 {
		r := Received{Activity: fmt.Sprint("big-", i), Signer: ann, Raw: make([]byte, 8<<10), At: now}
		if _, err := s.Receive(t.Context(), r); err != nil {
			t.Fatal(err)
		}
		if err := s.Settle(t.Context(), int64(i+3), "ignored", "x"); err != nil {
			t.Fatal(err)
		}
	}
	full, err := s.Status(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	now = now.Add(31 * 24 * time.Hour)
	day := 24 * time.Hour
	if n, err := s.Retain(t.Context(), Retention{Inbox: 30 * day, Outbox: 180 * day, Audit: 365 * day}); err != nil || n < 200 {
		t.Fatalf("deleted %d, %v", n, err)
	}
	if left, err := s.Status(t.Context()); err != nil || left.Bytes > full.Bytes/2 {
		t.Errorf("%d of %d bytes are left (%v)", left.Bytes, full.Bytes, err)
	}
}

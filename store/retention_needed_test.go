package store

import (
	"context"
	"fmt"
	"testing"
	"time"

	"folkmoot/group"
)

func month() Retention {
	const day = 24 * time.Hour
	return Retention{Inbox: 30 * day, Outbox: 30 * day, Audit: 30 * day}
}

// After a quiet time the newest row of the log is deleted too; what comes next still reaches everybody.
func TestWhatComesAfterRetainIsDelivered(t *testing.T) {
	now := at()
	s := aged(t, &now)
	h, err := s.Host(t.Context(), "mastodon.example")
	if err != nil {
		t.Fatal(err)
	}
	deliver(t, s, h, backlog(t, s, h)...)
	now = now.Add(100 * 24 * time.Hour)
	if n, err := s.Retain(t.Context(), month()); err != nil || n == 0 {
		t.Fatalf("deleted %d, %v", n, err)
	}
	for i := range 5 {
		uri := fmt.Sprint(post1, "/later/", i)
		apply(t, s, group.Request{
			Kind: group.Publish, By: group.Person{URI: ann}, Groups: []string{books}, Activity: "create " + uri, Raw: []byte(`{"type":"Create"}`),
			Post: &group.Post{URI: uri, Author: ann, HTML: "<p>x</p>", Published: now},
		})
	}
	if got := len(backlog(t, s, h)); got != 10 {
		t.Errorf("%d deliveries of five threads in two forms, want 10", got)
	}
	if due(t, s) != 1 {
		t.Error("the host is not due")
	}
}

// A server with a hundred thousand accounts and votes is tidied without reading all of one for each of the other.
func TestRetainReadsNoWholeTables(t *testing.T) {
	now := at()
	s := aged(t, &now)
	for _, old := range outdated(1, 1, 1, 1) {
		if old.table == "reports" || old.table == "notices" || old.table == "hosts" {
			continue // small, and read once an hour
		}
		find := fmt.Sprintf(`SELECT %s, %s FROM %s WHERE %s AND %s >= $2 ORDER BY %s LIMIT 1`,
			old.key, old.time, old.table, old.condition(), old.time, old.time)
		noScans(t, s, old.table, find, 2, nil)
		noScans(t, s, old.table, fmt.Sprintf(`DELETE FROM %s WHERE %s IN (2, 3) AND %s`, old.table, old.key, old.condition()), 1, nil)
	}
}

// Who has not been heard of for long is still known by the Follow that is to be undone.
func TestAnOldFollowIsKnownByItsID(t *testing.T) {
	now := at()
	s := aged(t, &now)
	now = now.Add(100 * 24 * time.Hour)
	if _, err := s.Retain(t.Context(), month()); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		by, activity string
		kind         group.Kind
		about        string
	}{
		{ann, "follow-1", group.Follow, books}, {ann, "like", group.Like, post1}, {lee, "follow-1", "", ""}, {ann, "other", "", ""}, {ann, "", "", ""},
	} {
		kind, about, err := s.Counted(t.Context(), tt.activity, tt.by)
		if err != nil || kind != tt.kind || about != tt.about {
			t.Errorf("%s of %s: %q of %q, %v", tt.activity, tt.by, kind, about, err)
		}
	}
}

// FET-11: hosts that were only met, or have been dead for long, leave no rows behind.
func TestDeadHostsAgeOut(t *testing.T) {
	t.Run("FET-11", func(t *testing.T) {
		now := at()
		s := foundedAt(t, func() time.Time { return now })
		for i := range 50 {
			uri := fmt.Sprintf("https://dead.example:%d/u", 2000+i)
			if err := s.SaveActor(t.Context(), Actor{URI: uri, Inbox: uri + "/inbox", Fetched: now}); err != nil {
				t.Fatal(err)
			}
			r := group.Request{Kind: group.Follow, By: group.Person{URI: uri}, Groups: []string{books}, Activity: uri + "#f", At: now}
			apply(t, s, r)
		}
		alive, err := s.Host(t.Context(), "mastodon.example")
		if err != nil {
			t.Fatal(err)
		}
		hosts, _, _, err := s.DueHosts(t.Context(), 100, nil)
		if err != nil || len(hosts) != 50 {
			t.Fatalf("%d hosts due, %v", len(hosts), err)
		}
		for _, h := range hosts {
			if err := s.Failed(t.Context(), h.Host, backlog(t, s, h.Host)[0], Failure{Words: "nobody there", Next: now.Add(time.Hour)}); err != nil {
				t.Fatal(err)
			}
		}
		now = now.Add(29 * 24 * time.Hour)
		if _, err := s.Retain(t.Context(), month()); err != nil {
			t.Fatal(err)
		}
		if got := rows(t, s, "cursors"); got != 50 {
			t.Errorf("%d hosts are followed after a month, want all", got)
		}
		now = now.Add(62 * 24 * time.Hour)
		if _, err := s.Retain(t.Context(), month()); err != nil {
			t.Fatal(err)
		}
		if got := rows(t, s, "cursors"); got != 50 {
			t.Errorf("%d hosts are followed after a leap of the clock, want all: they have failed once", got)
		}
		err = s.update(t.Context(), func(ctx context.Context, tx *txn) error {
			_, err := tx.ExecContext(ctx, `UPDATE hosts SET failures = 93 WHERE failures > 0`) // as often as they were tried meanwhile
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		for range 2 { // what nobody refers to any more is found the next time
			if _, err := s.Retain(t.Context(), month()); err != nil {
				t.Fatal(err)
			}
		}
		g, err := s.Group(t.Context(), "books")
		if err != nil {
			t.Fatal(err)
		}
		if c, err := s.Counts(t.Context(), g.ID); err != nil || c.Followers != 0 {
			t.Errorf("%d followers, %v", c.Followers, err)
		}
		if rows(t, s, "cursors") != 0 || rows(t, s, "hosts") != 1 {
			t.Errorf("%d cursors and %d hosts are left over", rows(t, s, "cursors"), rows(t, s, "hosts"))
		}
		if h, err := s.Host(t.Context(), alive.Name); err != nil || h.ID != alive.ID {
			t.Errorf("the host of the owner: %+v, %v", h, err)
		}
	})
}

// An activity that a wrong clock has put off for a year is looked at after all.
func TestActivitiesOfAWrongClockAreNotStuck(t *testing.T) {
	now := at().Add(365 * 24 * time.Hour)
	s := foundedAt(t, func() time.Time { return now })
	if _, err := s.Receive(t.Context(), Received{Activity: "a", Signer: ann, Raw: []byte("{}"), At: now}); err != nil {
		t.Fatal(err)
	}
	now = at()
	if _, err := s.Retain(t.Context(), month()); err != nil {
		t.Fatal(err)
	}
	if due, err := s.Due(t.Context(), "", 10, 10, nil); err != nil || len(due) != 1 {
		t.Errorf("%d due, %v", len(due), err)
	}
}

// What is decided while old rows are deleted is not among them.
func TestRetainTakesNothingThatIsNeededAgain(t *testing.T) {
	now := at()
	s := aged(t, &now)
	now = now.Add(31 * 24 * time.Hour)
	err := s.update(t.Context(), func(ctx context.Context, tx *txn) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO notices (group_id, actor_id, at) SELECT 1, id, $2 FROM actors WHERE uri = $1`,
			"https://far.example/users/eve", now.Unix())
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Retain(t.Context(), month()); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Actor(t.Context(), "https://far.example/users/eve"); err != nil {
		t.Errorf("somebody who was told something a moment ago: %v", err)
	}
}

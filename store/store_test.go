package store

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"folkmoot/group"
)

const (
	origin = "https://groups.example"
	books  = origin + "/g/books"
	ann    = "https://mastodon.example/users/ann"
	lee    = "https://mastodon.example/users/lee"
	post1  = "https://mastodon.example/users/ann/statuses/1"
)

func at() time.Time { return time.Unix(1_800_000_000, 0) }

// plain encodes tellings as their names, so that tests see what would leave without knowing the wire.
func plain(t Telling) ([]Message, error) {
	uri := func(kind string) string { return fmt.Sprintf("%s/a/%s/%s", origin, kind, t.Activity) }
	switch t.What {
	case group.TellThread:
		return []Message{
			{URI: uri("boost"), Form: FormBoost, Body: []byte("boost " + t.PostURI)},
			{URI: uri("wrap"), Form: FormWrap, Body: []byte("wrap " + t.PostURI)},
		}, nil
	case group.TellUndo:
		return []Message{{URI: uri("undo"), Form: FormBoost, Body: []byte("undo " + string(t.Boost))}}, nil
	case group.TellWrap:
		return []Message{{URI: uri("wrap"), Form: FormWrap, Body: []byte("wrap " + t.Activity)}}, nil
	default:
		return []Message{{URI: uri(string(t.What)), Form: FormDirect, Body: []byte(t.What)}}, nil
	}
}

func open(t *testing.T, path string) *Store {
	t.Helper()
	return openAt(t, path, at)
}

func openAt(t *testing.T, path string, now func() time.Time) *Store {
	t.Helper()
	s, err := Open(Options{Path: path, Origin: origin, Now: now, Encode: plain})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func founded(t *testing.T) *Store {
	t.Helper()
	return foundedAt(t, at)
}

func foundedAt(t *testing.T, now func() time.Time) *Store {
	t.Helper()
	s := openAt(t, filepath.Join(t.TempDir(), "folkmoot.db"), now)
	t.Cleanup(func() { s.Close() })
	err := s.CreateGroup(t.Context(), Group{URI: books, Name: "books", Title: "Book club", Settings: group.Defaults(), Keys: []byte("pem")}, lee)
	if err != nil {
		t.Fatal(err)
	}
	for _, uri := range []string{ann, lee} {
		if err := s.SaveActor(t.Context(), Actor{URI: uri, Inbox: uri + "/inbox", Fetched: at()}); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

func apply(t *testing.T, s *Store, r group.Request) group.Decision {
	t.Helper()
	r.At = at()
	outcomes, err := s.Apply(t.Context(), r, 0)
	if err != nil {
		t.Fatal(err)
	}
	if len(outcomes) != 1 {
		t.Fatalf("%d groups decided, want 1", len(outcomes))
	}
	return outcomes[0].Decision
}

func follow(t *testing.T, s *Store) {
	t.Helper()
	apply(t, s, group.Request{Kind: group.Follow, By: group.Person{URI: ann}, Activity: "f1", Groups: []string{books}})
}

func publish(t *testing.T, s *Store) group.Decision {
	t.Helper()
	return apply(t, s, group.Request{
		Kind: group.Publish, By: group.Person{URI: ann}, Activity: "c1", Groups: []string{books},
		Post: &group.Post{URI: post1, Author: ann, HTML: "<p>What next?</p>", Published: at()},
	})
}

func scalar(t *testing.T, s *Store, query string, args ...any) string {
	t.Helper()
	var v string
	if err := s.read.QueryRow(query, args...).Scan(&v); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return v
}

func TestFollowPostDelete(t *testing.T) {
	s := founded(t)
	follow(t, s)
	if d := publish(t, s); d.Reason != group.ReasonThread {
		t.Fatalf("post: %+v", d)
	}
	if d := publish(t, s); d.Reason != group.ReasonDuplicate {
		t.Fatalf("post again: %+v", d)
	}
	if got := scalar(t, s, `SELECT COUNT(*) FROM outbox WHERE form = 'boost'`); got != "1" {
		t.Fatalf("%s boosts in the log, want 1", got)
	}
	d := apply(t, s, group.Request{Kind: group.Delete, By: group.Person{URI: ann}, Activity: "d1", Target: post1})
	if d.Reason != group.ReasonDeleted {
		t.Fatalf("delete: %+v", d)
	}
	if got := scalar(t, s, `SELECT html || state FROM posts`); got != "deleted" {
		t.Errorf("tombstone still says %q", got)
	}
	if got := scalar(t, s, `SELECT CAST(body AS TEXT) FROM outbox WHERE cancels <> 0`); got != "undo boost "+post1 {
		t.Errorf("undo is %q", got)
	}
	if got := scalar(t, s, `SELECT cancelled FROM outbox WHERE form = 'boost' AND cancels = 0`); got != "1" {
		t.Errorf("the boost is not marked as taken back")
	}
}

func TestDeleteOvertakesCreate(t *testing.T) {
	s := founded(t)
	follow(t, s)
	_, err := s.Apply(t.Context(), group.Request{Kind: group.Delete, By: group.Person{URI: ann}, Target: post1, At: at()}, 0)
	if err != nil {
		t.Fatal(err)
	}
	if d := publish(t, s); d.Reason != group.ReasonWithdrawnLater {
		t.Errorf("a post deleted before it came: %+v", d)
	}
}

func TestSomebodyElsesDeleteDoesNotBlockAPost(t *testing.T) {
	s := founded(t)
	follow(t, s)
	_, err := s.Apply(t.Context(), group.Request{Kind: group.Delete, By: group.Person{URI: lee}, Target: post1, At: at()}, 0)
	if err != nil {
		t.Fatal(err)
	}
	if d := publish(t, s); d.Reason != group.ReasonThread {
		t.Errorf("blocked by a forged deletion: %+v", d)
	}
}

func TestLikesCountOncePerPerson(t *testing.T) {
	s := founded(t)
	follow(t, s)
	publish(t, s)
	like := group.Request{Kind: group.Like, By: group.Person{URI: lee}, Activity: "l1", Target: post1}
	apply(t, s, like)
	apply(t, s, like)
	if got := scalar(t, s, `SELECT likes FROM posts`); got != "1" {
		t.Errorf("%s likes, want 1", got)
	}
	apply(t, s, group.Request{Kind: group.Unlike, By: group.Person{URI: lee}, Target: post1})
	if got := scalar(t, s, `SELECT likes FROM posts`); got != "0" {
		t.Errorf("%s likes after undo, want 0", got)
	}
}

// However people vote, boost and take it back, a post shows as many as are counted.
func TestCountersAreRightInTheEnd(t *testing.T) {
	t.Run("OVL-08", func(t *testing.T) {
		s := founded(t)
		follow(t, s)
		publish(t, s)
		rapid.Check(t, func(rt *rapid.T) {
			for i := range rapid.IntRange(1, 10).Draw(rt, "steps") {
				apply(t, s, group.Request{
					Kind: rapid.SampledFrom([]group.Kind{
						group.Like, group.Unlike, group.Dislike, group.Undislike, group.Boost, group.Unboost,
					}).Draw(rt, "kind"),
					By:     group.Person{URI: rapid.SampledFrom([]string{ann, lee, lee + "2"}).Draw(rt, "by")},
					Target: post1, Activity: fmt.Sprint("v", i),
				})
			}
			const shown = `SELECT likes || ' ' || dislikes || ' ' || boosts FROM posts`
			const counted = `SELECT SUM(kind = 'like') || ' ' || SUM(kind = 'dislike') || ' ' || SUM(kind = 'boost') FROM counts`
			if got, want := scalar(t, s, shown), scalar(t, s, `SELECT COALESCE((`+counted+`), '0 0 0')`); got != want {
				rt.Fatalf("the post shows %s, counted are %s", got, want)
			}
		})
	})
}

func TestMoveCarriesTheRoleOnly(t *testing.T) {
	s := founded(t)
	newLee := "https://elsewhere.example/users/lee"
	apply(t, s, group.Request{Kind: group.Move, By: group.Person{URI: lee}, Target: newLee})
	const role = `SELECT m.state || ' ' || m.role FROM memberships m JOIN actors a ON a.id = m.actor_id WHERE a.uri = $1`
	if got := scalar(t, s, role, newLee); got != "member owner" {
		t.Errorf("new account is %q", got)
	}
	if got := scalar(t, s, role, lee); got != "left member" {
		t.Errorf("old account is %q", got)
	}
}

func TestReceiveIsDurableAndOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "folkmoot.db")
	s := open(t, path)
	r := Received{Activity: "https://a.example/1", Signer: ann, Raw: []byte(`{}`), At: at()}
	for i, want := range []bool{true, false} {
		if isNew, err := s.Receive(t.Context(), r); err != nil || isNew != want {
			t.Fatalf("copy %d: new %v, %v", i+1, isNew, err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = open(t, path)
	defer s.Close()
	due, err := s.Due(t.Context(), "", 10, 10, nil)
	if err != nil || len(due) != 1 || due[0].Activity != r.Activity {
		t.Fatalf("after restart: %+v, %v", due, err)
	}
	if _, err := s.Apply(t.Context(), group.Request{Kind: group.Note, At: at()}, due[0].Row); err != nil {
		t.Fatal(err)
	}
	if due, _ := s.Due(t.Context(), "", 10, 10, nil); len(due) != 0 {
		t.Errorf("still due: %+v", due)
	}
}

func TestAReplyWaitsForItsParent(t *testing.T) {
	s := founded(t)
	follow(t, s)
	if _, err := s.Receive(t.Context(), Received{Activity: "r1", Signer: lee, Raw: []byte(`{}`), At: at()}); err != nil {
		t.Fatal(err)
	}
	if err := s.Postpone(t.Context(), 1, at().Add(5*time.Minute), post1); err != nil {
		t.Fatal(err)
	}
	if due, _ := s.Due(t.Context(), "", 10, 10, nil); len(due) != 0 {
		t.Fatalf("due too early: %+v", due)
	}
	publish(t, s)
	if due, _ := s.Due(t.Context(), "", 10, 10, nil); len(due) != 1 {
		t.Errorf("the parent came, and the reply still waits")
	}
}

func TestOneFailureUndoesNothingOfTheOthers(t *testing.T) {
	s := founded(t)
	var wg sync.WaitGroup
	for i := range 50 {
		wg.Go(func() {
			actor := Actor{URI: fmt.Sprintf("https://h%d.example/u", i), Fetched: at()}
			if i%5 == 0 {
				actor.URI = "no host"
			}
			err := s.SaveActor(context.Background(), actor)
			if (err != nil) != (i%5 == 0) {
				t.Errorf("actor %d: %v", i, err)
			}
		})
	}
	wg.Wait()
	if got := scalar(t, s, `SELECT COUNT(*) FROM actors WHERE uri LIKE 'https://h%'`); got != "40" {
		t.Errorf("%s actors saved, want 40", got)
	}
}

func TestOpenRefusesWhatIsNotOurs(t *testing.T) {
	path := filepath.Join(t.TempDir(), "folkmoot.db")
	s := open(t, path)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(Options{Path: path, Origin: "https://other.example"}); !errors.Is(err, ErrOtherOrigin) {
		t.Errorf("another origin: %v", err)
	}
	s = open(t, path)
	if _, err := s.conn.ExecContext(t.Context(), `PRAGMA user_version = 9999`); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(Options{Path: path, Origin: origin}); !errors.Is(err, ErrNewer) {
		t.Errorf("newer schema: %v", err)
	}
}

func TestGroupNamesAreUnique(t *testing.T) {
	s := founded(t)
	err := s.CreateGroup(t.Context(), Group{URI: books, Name: "books", Settings: group.Defaults(), Keys: []byte("x")}, lee)
	if !errors.Is(err, ErrTaken) {
		t.Errorf("second group of the name: %v", err)
	}
	if g, err := s.Group(t.Context(), "books"); err != nil || g.Title != "Book club" {
		t.Errorf("the first group is %+v, %v", g, err)
	}
	if _, err := s.Group(t.Context(), "nobody"); !errors.Is(err, ErrNotFound) {
		t.Errorf("unknown group: %v", err)
	}
}

func TestNothingOfARefreshErasesAnInbox(t *testing.T) { // gotcha 17
	s := founded(t)
	if err := s.SaveActor(t.Context(), Actor{URI: ann, Name: "Ann", Fetched: at()}); err != nil {
		t.Fatal(err)
	}
	if a, err := s.Actor(t.Context(), ann); err != nil || a.Inbox != ann+"/inbox" || a.Name != "Ann" {
		t.Errorf("after a stripped document: %+v, %v", a, err)
	}
}

// A Follow that a peer sends again is looked at again, if it was signed since; a recorded copy of the first is not.
func TestReceiveAgainOnlyWhatIsSignedSince(t *testing.T) {
	s := founded(t)
	r := Received{Activity: "f1", Signer: ann, Raw: []byte(`{}`), At: at(), Signed: at().Add(-time.Minute), Again: true}
	for i, tt := range []struct {
		signed time.Time
		want   bool
	}{{r.Signed, true}, {r.Signed, false}, {r.Signed.Add(-time.Hour), false}, {r.Signed.Add(time.Second), true}, {r.Signed, false}} {
		r.Signed = tt.signed
		if got, err := s.Receive(t.Context(), r); err != nil || got != tt.want {
			t.Errorf("copy %d is taken: %v, %v", i+1, got, err)
		}
	}
}

// Each host has its turn, and those after the host named come first.
func TestDueIsFair(t *testing.T) {
	s := founded(t)
	for _, host := range []string{"b.example", "a.example", "c.example"} {
		for i := range 20 {
			signer := fmt.Sprintf("https://%s/u/%d", host, i%3)
			if _, err := s.Receive(t.Context(), Received{Activity: fmt.Sprint(host, i), Signer: signer, Raw: []byte(`{}`), At: at()}); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, tt := range []struct {
		after    string
		per, max int
		except   []string
		want     string
	}{
		{"", 2, 100, nil, "a.example0 a.example1 b.example0 b.example1 c.example0 c.example1"},
		{"a.example", 1, 100, nil, "b.example0 c.example0"},
		{"c.example", 1, 100, nil, ""},
		{"", 3, 4, nil, "a.example0 a.example1 a.example2 b.example0"},
		{"", 3, 4, []string{"https://a.example/u/0", "https://b.example/u/1"}, "a.example1 a.example2 b.example0 b.example2"},
	} {
		rows, err := s.Due(t.Context(), tt.after, tt.per, tt.max, tt.except)
		var got []string
		for _, r := range rows {
			got = append(got, r.Activity)
		}
		if strings.Join(got, " ") != tt.want || err != nil {
			t.Errorf("after %q: %v, %v", tt.after, got, err)
		}
	}
}

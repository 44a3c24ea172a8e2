package store

import (
	"errors"
	"io/fs"
	"path/filepath"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"folkmoot/group"
)

func change(t *testing.T, s *Store, name string, edit func(*Host)) Host {
	t.Helper()
	h, err := s.ChangeHost(t.Context(), name, edit)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func TestChangeHost(t *testing.T) {
	s, h := joined(t)
	if err := s.Failed(t.Context(), h, backlog(t, s, h)[0], Failure{Words: "It is down.", Next: at().Add(time.Minute)}); err != nil {
		t.Fatal(err)
	}
	changed := change(t, s, h.Name, func(h *Host) {
		h.Software, h.Version, h.Dialect, h.Override = "mastodon", "4.5.0", Microblog, Smithereen
		h.Shown, h.ShownAt, h.Checked, h.Said = Threadiverse, at(), at().Add(time.Hour), at().Add(-time.Hour)
	})
	kept, err := s.Host(t.Context(), h.Name)
	if err != nil || kept != changed {
		t.Errorf("kept %+v, %v, returned %+v", kept, err, changed)
	}
	if kept.Override != Smithereen || kept.Shown != Threadiverse || !kept.Said.Equal(at().Add(-time.Hour)) || kept.Failures != 1 {
		t.Errorf("kept %+v", kept)
	}
	_, err = s.ChangeHost(t.Context(), "nobody.example", func(*Host) { t.Error("asked about a server never met") })
	if !errors.Is(err, ErrNotFound) {
		t.Errorf("a server never met: %v", err)
	}
}

// What is learnt from NodeInfo and what is shown by activities arrive at the same time.
func TestChangesOfAHostDoNotUndoEachOther(t *testing.T) {
	s, h := joined(t)
	var wg sync.WaitGroup
	change(t, s, h.Name, func(h *Host) { h.Software, h.ShownAt = "", at() })
	for range 10 {
		for _, edit := range []func(*Host){
			func(h *Host) { h.Software += "x" },
			func(h *Host) { h.ShownAt = h.ShownAt.Add(time.Second) },
		} {
			wg.Go(func() {
				if _, err := s.ChangeHost(t.Context(), h.Name, edit); err != nil {
					t.Error(err)
				}
			})
		}
	}
	wg.Wait()
	kept, err := s.Host(t.Context(), h.Name)
	if err != nil || len(kept.Software) != 10 || !kept.ShownAt.Equal(at().Add(10*time.Second)) {
		t.Errorf("ten changes of each kind leave %+v, %v", kept, err)
	}
}

func TestAServerBackAfterADayIsAskedAgain(t *testing.T) {
	for _, test := range []struct {
		down  time.Duration
		again bool
	}{{time.Hour, false}, {23 * time.Hour, false}, {24 * time.Hour, true}, {240 * time.Hour, true}} {
		s, h := joined(t)
		if err := s.Failed(t.Context(), h, backlog(t, s, h)[0], Failure{Words: "It is down.", Next: at()}); err != nil {
			t.Fatal(err)
		}
		change(t, s, h.Name, func(h *Host) { h.Checked = at() })
		s.now = func() time.Time { return at().Add(test.down) }
		if err := s.Revive(t.Context(), h.Name); err != nil {
			t.Fatal(err)
		}
		h, err := s.Host(t.Context(), h.Name)
		if err != nil || h.Checked.IsZero() != test.again || !h.NextTry.IsZero() {
			t.Errorf("after %v: %+v, %v", test.down, h, err)
		}
	}
}

// The log knows where a wrapped activity came from and whether it is about a comment.
func TestBacklogNamesSourceAndComments(t *testing.T) {
	s, h := joined(t)
	published(t, s, post1)
	bob := "https://Lemmy.example/u/bob" // capitals in a host mean the same host
	apply(t, s, group.Request{Kind: group.Follow, By: group.Person{URI: ann}, Groups: []string{books}, Activity: "follow-1"})
	if err := s.SaveActor(t.Context(), Actor{URI: bob, Inbox: bob + "/inbox", Fetched: at()}); err != nil {
		t.Fatal(err)
	}
	apply(t, s, group.Request{
		Kind: group.Publish, By: group.Person{URI: bob}, Activity: "c2", Raw: []byte("{}"),
		Post: &group.Post{URI: "https://lemmy.example/comment/1", Author: bob, InReplyTo: post1, HTML: "<p>y</p>", Published: at()},
	})
	apply(t, s, group.Request{Kind: group.Remove, By: group.Person{URI: lee}, Activity: "r1", Target: "https://lemmy.example/comment/1"})
	type row struct {
		form    Form
		source  string
		comment bool
	}
	want := []row{{FormBoost, "", false}, {FormWrap, "mastodon.example", false}, {FormWrap, "lemmy.example", true}, {FormWrap, "", true}}
	var got []row
	for _, d := range backlog(t, s, h) {
		if d.Direct == 0 {
			got = append(got, row{d.Form, d.Source, d.Comment})
		} else if d.Source != "" || d.Comment {
			t.Errorf("direct delivery %+v", d)
		}
	}
	if len(got) != len(want) {
		t.Fatalf("log %+v, want %+v", got, want)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("row %d is %+v, want %+v", i, got[i], want[i])
		}
	}
}

func TestPeers(t *testing.T) {
	s, h := joined(t)
	published(t, s, post1)
	p, err := s.Peer(t.Context(), h.Name)
	if err != nil || p.Followers != 1 || p.Logged != 2 || p.Direct != 1 || p.Name != h.Name {
		t.Errorf("with everything waiting: %+v, %v", p, err)
	}
	deliver(t, s, h, backlog(t, s, h)...)
	apply(t, s, group.Request{Kind: group.Unfollow, By: group.Person{URI: ann}, Groups: []string{books}, Activity: "undo-1"})
	all, err := s.Peers(t.Context())
	if err != nil || len(all) != 1 || all[0].Followers != 0 || all[0].Logged != 0 || !all[0].LastSuccess.Equal(at()) {
		t.Errorf("with nothing waiting: %+v, %v", all, err)
	}
	if _, err := s.Peer(t.Context(), "nobody.example"); !errors.Is(err, ErrNotFound) {
		t.Errorf("a server never met: %v", err)
	}
}

// Databases of before know one dialect for each server, without saying where it came from.
func TestOldHostsKeepTheirDialect(t *testing.T) {
	path := filepath.Join(t.TempDir(), "folkmoot.db")
	db, err := openPool(path, 1)
	if err != nil {
		t.Fatal(err)
	}
	old := fstest.MapFS{}
	for _, name := range []string{"migrations/0001_start.sql", "migrations/0002_community.sql"} {
		script, err := fs.ReadFile(migrations, name)
		if err != nil {
			t.Fatal(err)
		}
		old[name] = &fstest.MapFile{Data: script}
	}
	if err := migrate(db, path, old); err != nil {
		t.Fatal(err)
	}
	_, err = db.Exec(`INSERT INTO hosts (name, software, dialect, checked) VALUES ('said.example', 'mastodon', 'microblog', 7),
		('shown.example', '', 'threadiverse', 8), ('silent.example', '', 'unknown', 9)`)
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	s := open(t, path)
	defer s.Close()
	for name, want := range map[string]Host{
		"said.example":   {Dialect: Microblog, Said: time.Unix(7, 0)},
		"shown.example":  {Dialect: Threadiverse, Shown: Threadiverse, ShownAt: time.Unix(8, 0)},
		"silent.example": {Dialect: Unknown},
	} {
		h, err := s.Host(t.Context(), name)
		if err != nil || h.Dialect != want.Dialect || !h.Said.Equal(want.Said) || h.Shown != want.Shown || !h.ShownAt.Equal(want.ShownAt) {
			t.Errorf("%s is %+v, %v", name, h, err)
		}
	}
}

package store

import (
	"context"
	"errors"
	"testing"
	"time"

	"folkmoot/group"
)

// joined has Ann follow; what she is answered is in the direct backlog of her host.
func joined(t *testing.T) (*Store, Host) {
	t.Helper()
	s := founded(t)
	apply(t, s, group.Request{Kind: group.Follow, By: group.Person{URI: ann}, Groups: []string{books}, Activity: "follow-1"})
	h, err := s.Host(t.Context(), "mastodon.example")
	if err != nil {
		t.Fatal(err)
	}
	return s, h
}

// joinedTwice has Ann follow two groups; nothing waits for her host.
func joinedTwice(t *testing.T) (s *Store, films string) {
	t.Helper()
	s, h := joined(t)
	films = "https://groups.example/g/films"
	if err := s.CreateGroup(t.Context(), Group{URI: films, Name: "films", Settings: group.Defaults(), Keys: []byte("pem")}, lee); err != nil {
		t.Fatal(err)
	}
	apply(t, s, group.Request{Kind: group.Follow, By: group.Person{URI: ann}, Groups: []string{films}, Activity: "follow-2"})
	deliver(t, s, h, backlog(t, s, h)...)
	return s, films
}

func published(t *testing.T, s *Store, uri string) {
	t.Helper()
	publishedIn(t, s, books, uri)
}

func publishedIn(t *testing.T, s *Store, in, uri string) {
	t.Helper()
	apply(t, s, group.Request{
		Kind: group.Publish, By: group.Person{URI: ann}, Groups: []string{in}, Activity: "create " + uri, Raw: []byte("{}"),
		Post: &group.Post{URI: uri, Author: ann, HTML: "<p>x</p>", Published: at()},
	})
}

func backlog(t *testing.T, s *Store, h Host) []Delivery {
	t.Helper()
	all, _, err := s.Backlog(t.Context(), h.ID, Unknown, 0, 100)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func deliver(t *testing.T, s *Store, h Host, all ...Delivery) {
	t.Helper()
	for _, d := range all {
		m := Mark{Host: h.ID, Direct: d.Direct, URI: d.URI, Asked: d.Asked, Group: d.Group.ID, Seq: d.Seq, Tried: d.Seq, Well: true, Scheme: "cavage"}
		if err := s.Note(t.Context(), []Mark{m}); err != nil {
			t.Fatal(err)
		}
	}
}

func due(t *testing.T, s *Store) int {
	t.Helper()
	hosts, _, _, err := s.DueHosts(t.Context(), 100, nil)
	if err != nil {
		t.Fatal(err)
	}
	return len(hosts)
}

func TestBacklogInOrderUntilDone(t *testing.T) {
	s, h := joined(t)
	published(t, s, post1)
	all := backlog(t, s, h)
	if len(all) != 3 || all[0].Form != FormDirect || all[1].Form != FormBoost || all[2].Form != FormWrap {
		t.Fatalf("backlog %+v", all)
	}
	if all[0].To[0] != ann+"/inbox" || len(all[1].To) != 1 {
		t.Errorf("inboxes %v and %v", all[0].To, all[1].To)
	}
	if due(t, s) != 1 {
		t.Error("the host is not due")
	}
	deliver(t, s, h, all...)
	if left := backlog(t, s, h); len(left) != 0 || due(t, s) != 0 {
		t.Errorf("left over: %+v", left)
	}
	h, _ = s.Host(t.Context(), h.Name)
	if h.Scheme != "cavage" || !h.LastSuccess.Equal(at()) {
		t.Errorf("host afterwards: %+v", h)
	}
}

func TestSharedInboxOnce(t *testing.T) {
	s, h := joined(t)
	for _, uri := range []string{ann, lee} {
		err := s.SaveActor(t.Context(), Actor{URI: uri, Inbox: uri + "/inbox", SharedInbox: "https://mastodon.example/inbox", Fetched: at()})
		if err != nil {
			t.Fatal(err)
		}
	}
	apply(t, s, group.Request{Kind: group.Follow, By: group.Person{URI: lee}, Groups: []string{books}, Activity: "follow-2"})
	published(t, s, post1)
	for _, d := range backlog(t, s, h) {
		if d.Form == FormBoost && (len(d.To) != 1 || d.To[0] != "https://mastodon.example/inbox") {
			t.Errorf("boost goes to %v", d.To)
		}
	}
}

func TestBackOffIsKept(t *testing.T) {
	s, h := joined(t)
	d := backlog(t, s, h)[0]
	next := at().Add(time.Minute)
	if err := s.Failed(t.Context(), h, d, Failure{Words: "the server did not answer", Next: next}); err != nil {
		t.Fatal(err)
	}
	if due(t, s) != 0 {
		t.Error("due during back-off")
	}
	if _, when, _, err := s.DueHosts(t.Context(), 100, nil); err != nil || !when.Equal(next) {
		t.Errorf("next try %v, %v", when, err)
	}
	h, _ = s.Host(t.Context(), h.Name)
	if h.Failures != 1 || h.LastError == "" || !h.Failing.Equal(at()) {
		t.Errorf("host %+v", h)
	}
	if err := s.Revive(t.Context(), h.Name); err != nil {
		t.Fatal(err)
	}
	if due(t, s) != 1 {
		t.Error("a host that came back is not due")
	}
}

func withdrawPost1(t *testing.T, s *Store) {
	t.Helper()
	apply(t, s, group.Request{Kind: group.Delete, By: group.Person{URI: ann}, Target: post1, Activity: "delete-1", Raw: []byte("{}")})
}

func forms(all []Delivery, skipped bool) (out []Form) {
	for _, d := range all {
		if (d.Cancelled || d.Cancels > d.Tried) == skipped && d.Direct == 0 {
			out = append(out, d.Form)
		}
	}
	return out
}

func TestWithdrawnBeforeDeliveryIsPassedOver(t *testing.T) {
	s, h := joined(t)
	published(t, s, post1)
	withdrawPost1(t, s)
	if got := forms(backlog(t, s, h), true); len(got) != 2 {
		t.Errorf("passed over %v, want the boost and its Undo", got)
	}
}

// A boost whose delivery timed out may have arrived, so its Undo must go out.
func TestUndoAfterAnUncertainDelivery(t *testing.T) {
	s, h := joined(t)
	published(t, s, post1)
	for _, d := range backlog(t, s, h) {
		if d.Form == FormBoost {
			if err := s.Failed(t.Context(), h, d, Failure{Words: "timeout", Next: at()}); err != nil {
				t.Fatal(err)
			}
		}
	}
	withdrawPost1(t, s)
	if got := forms(backlog(t, s, h), true); len(got) != 1 {
		t.Errorf("passed over %v, want the boost alone", got)
	}
}

func TestUndoAfterDelivery(t *testing.T) {
	s, h := joined(t)
	published(t, s, post1)
	deliver(t, s, h, backlog(t, s, h)...)
	withdrawPost1(t, s)
	if got := forms(backlog(t, s, h), false); len(got) != 2 || got[0] != FormBoost {
		t.Errorf("to send: %v, want the Undo and the wrapped Delete", got)
	}
}

func TestLastFollowerLeaves(t *testing.T) {
	s, h := joined(t)
	published(t, s, post1)
	apply(t, s, group.Request{Kind: group.Unfollow, By: group.Person{URI: ann}, Groups: []string{books}, Activity: "undo-1"})
	if got := forms(backlog(t, s, h), false); len(got) != 0 {
		t.Errorf("still to send: %v", got)
	}
	apply(t, s, group.Request{Kind: group.Follow, By: group.Person{URI: ann}, Groups: []string{books}, Activity: "follow-2"})
	if got := forms(backlog(t, s, h), false); len(got) != 0 {
		t.Errorf("old posts come again: %v", got)
	}
}

func TestAccountGoneTakesItsPostsAlong(t *testing.T) {
	s, h := joined(t)
	apply(t, s, group.Request{Kind: group.Follow, By: group.Person{URI: lee}, Groups: []string{books}, Activity: "follow-2"})
	published(t, s, post1)
	deliver(t, s, h, backlog(t, s, h)...)
	apply(t, s, group.Request{Kind: group.DeleteActor, By: group.Person{URI: ann}, Activity: "gone", Raw: []byte("{}")})
	if got := forms(backlog(t, s, h), false); len(got) != 2 || got[0] != FormBoost || got[1] != FormWrap {
		t.Errorf("to send: %v, want the Undo and the wrapped Delete", got)
	}
	p, err := s.Post(t.Context(), "books", 1)
	if err != nil || p.State != group.Deleted || p.HTML != "" {
		t.Errorf("post afterwards: %+v, %v", p, err)
	}
}

func TestSentIsReadable(t *testing.T) {
	s, _ := joined(t)
	published(t, s, post1)
	boost := origin + "/a/boost/create " + post1
	if sent, err := s.Sent(t.Context(), boost); err != nil || sent.To != "" || sent.Gone || len(sent.Body) == 0 {
		t.Errorf("%+v %v", sent, err)
	}
	if sent, err := s.Sent(t.Context(), origin+"/a/accept/follow-1"); err != nil || sent.To != "mastodon.example" {
		t.Errorf("accept is for %q, %v", sent.To, err)
	}
	withdrawPost1(t, s)
	if sent, err := s.Sent(t.Context(), boost); err != nil || !sent.Gone {
		t.Errorf("after the Undo: gone %v, %v", sent.Gone, err)
	}
	if _, err := s.Sent(t.Context(), origin+"/a/none"); !errors.Is(err, ErrNotFound) {
		t.Errorf("unknown: %v", err)
	}
}

func TestServerKeysAreMadeOnce(t *testing.T) {
	s := founded(t)
	calls := 0
	make1 := func() ([]byte, error) { calls++; return []byte("pem"), nil }
	for range 2 {
		if keys, err := s.ServerKeys(t.Context(), make1); err != nil || string(keys) != "pem" {
			t.Errorf("%s, %v", keys, err)
		}
	}
	if calls != 1 {
		t.Errorf("made %d times", calls)
	}
}

func TestPages(t *testing.T) {
	s, _ := joined(t)
	published(t, s, post1)
	apply(t, s, group.Request{
		Kind: group.Publish, By: group.Person{URI: lee}, Activity: "c2",
		Post: &group.Post{URI: post1 + "/reply", Author: lee, InReplyTo: post1, HTML: "<p>y</p>", Published: at()},
	})
	threads, err := s.Threads(t.Context(), "books", 0, 10)
	if err != nil || len(threads) != 1 || threads[0].Comments != 1 || threads[0].Author.URI != ann {
		t.Errorf("threads %+v, %v", threads, err)
	}
	thread, err := s.Thread(t.Context(), "books", threads[0].ID)
	if err != nil || len(thread) != 2 || thread[1].Parent != threads[0].ID {
		t.Errorf("thread %+v, %v", thread, err)
	}
	if _, err := s.Thread(t.Context(), "books", 99); !errors.Is(err, ErrNotFound) {
		t.Errorf("unknown thread: %v", err)
	}
	for after, want := range map[int64]int{0: 2, thread[0].ID: 2, thread[1].ID: 1} {
		if part, err := s.PartOfThread(t.Context(), "books", thread[0].ID, after, 5); err != nil || len(part) != want || part[0].URI != post1 {
			t.Errorf("part after %d: %+v, %v", after, part, err)
		}
	}
	if part, err := s.PartOfThread(t.Context(), "books", thread[0].ID, 0, 0); err != nil || len(part) != 1 {
		t.Errorf("the first post alone: %+v, %v", part, err)
	}
	if _, err := s.PartOfThread(t.Context(), "books", thread[1].ID, 0, 5); !errors.Is(err, ErrNotFound) {
		t.Errorf("a comment as a thread: %v", err)
	}
	for i, p := range thread {
		if n, err := s.PlaceInThread(t.Context(), p); err != nil || n != i {
			t.Errorf("place of post %d: %d, %v", i, n, err)
		}
	}
	g, err := s.Group(t.Context(), "books")
	if err != nil {
		t.Fatal(err)
	}
	if c, err := s.Counts(t.Context(), g.ID); err != nil || c != (GroupCounts{Followers: 1, Members: 2, Threads: 1, Comments: 1}) {
		t.Errorf("counts %+v, %v", c, err)
	}
	if c, err := s.ServerCounts(t.Context()); err != nil || c.Groups != 1 || c.Threads != 1 || c.ActiveMonth != 1 {
		t.Errorf("server counts %+v, %v", c, err)
	}
	if mods, err := s.Moderators(t.Context(), g.ID); err != nil || len(mods) != 1 || mods[0].URI != lee {
		t.Errorf("moderators %+v, %v", mods, err)
	}
}

// A clock that was a year ahead for a while leaves no host waiting for a year.
func TestAClockThatWasWrongStopsNobody(t *testing.T) {
	s, h := joined(t)
	d := backlog(t, s, h)[0]
	if err := s.Failed(t.Context(), h, d, Failure{Words: "the server did not answer", Next: at().Add(365 * 24 * time.Hour)}); err != nil {
		t.Fatal(err)
	}
	if due(t, s) != 1 {
		t.Error("the host waits for a year")
	}
}

// No more hosts are read than there are workers for.
func TestDueHostsAreLimited(t *testing.T) {
	s, _ := joined(t)
	for _, uri := range []string{"https://a.example/u", "https://b.example/u"} {
		follows(t, s, uri)
	}
	if hosts, _, _, err := s.DueHosts(t.Context(), 2, nil); err != nil || len(hosts) != 2 {
		t.Errorf("%d hosts, %v", len(hosts), err)
	}
}

// What only forums read makes nobody else wait for anything.
func TestHostsWaitForWhatTheyRead(t *testing.T) {
	for speaks, want := range map[Dialect][]int{
		Microblog: {1, 0}, Threadiverse: {1, 1}, Unknown: {1, 1}, Smithereen: {0, 0},
	} {
		s, h := joined(t)
		deliver(t, s, h, backlog(t, s, h)...)
		if _, err := s.ChangeHost(t.Context(), h.Name, func(h *Host) { h.Dialect = speaks }); err != nil {
			t.Fatal(err)
		}
		published(t, s, post1)
		if got := due(t, s); got != want[0] {
			t.Errorf("%s: %d hosts wait for a thread, want %d", speaks, got, want[0])
		}
		deliver(t, s, h, backlog(t, s, h)...)
		apply(t, s, group.Request{Kind: group.Like, By: group.Person{URI: ann}, Target: post1, Activity: "like-1", Raw: []byte("{}")})
		if got := due(t, s); got != want[1] {
			t.Errorf("%s: %d hosts wait for a like, want %d", speaks, got, want[1])
		}
		p, err := s.Peer(t.Context(), h.Name)
		if err != nil || p.Logged != want[1] {
			t.Errorf("%s: %d activities wait, want %d (%v)", speaks, p.Logged, want[1], err)
		}
	}
}

// A host of which only a part of what it is behind in was listed is to find out for itself: what it is sent begins where it stands in
// each group.
func TestWhatIsListedOfAHostIsWhole(t *testing.T) {
	s, films := joinedTwice(t)
	for i, g := range []string{books, films} {
		publishedIn(t, s, g, []string{post1, post1 + "0"}[i])
	}
	for limit, want := range map[int]int{1: 0, 3: 2} {
		hosts, _, all, err := s.DueHosts(t.Context(), limit, nil)
		if err != nil || len(hosts) != 1 || len(hosts[0].Behind) != want || all != (want > 0) {
			t.Errorf("of %d: hosts %+v, all %t, %v", limit, hosts, all, err)
		}
	}
}

// The end of a delivery that a block took back is not that of the next one, which may have got its number.
func TestANumberGivenOutAgainEndsNothing(t *testing.T) {
	s, h := joined(t)
	old := backlog(t, s, h)[0]
	err := s.update(t.Context(), func(ctx context.Context, tx *txn) error {
		_, err := tx.ExecContext(ctx, `DELETE FROM direct`)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	apply(t, s, group.Request{Kind: group.Follow, By: group.Person{URI: ann}, Groups: []string{books}, Activity: "follow-2"})
	next := backlog(t, s, h)[0]
	if next.Direct != old.Direct || next.URI == old.URI {
		t.Fatalf("number %d of %s after %d of %s", next.Direct, next.URI, old.Direct, old.URI)
	}
	deliver(t, s, h, old)
	if left := backlog(t, s, h); len(left) != 1 || left[0].URI != next.URI {
		t.Errorf("left %+v", left)
	}
}

// A host that changes its dialect is not sent what it did not read before, but what it still waits for in what it reads.
func TestAnotherDialectMakesNothingOldNew(t *testing.T) {
	speak := func(s *Store, h Host, d Dialect) {
		if _, err := s.ChangeHost(t.Context(), h.Name, func(h *Host) { h.Dialect = d }); err != nil {
			t.Fatal(err)
		}
	}
	s, h := joined(t)
	speak(s, h, Microblog)
	published(t, s, post1)
	deliver(t, s, h, backlogIn(t, s, h, Microblog)...)
	apply(t, s, group.Request{Kind: group.Like, By: group.Person{URI: ann}, Target: post1, Activity: "like-1", Raw: []byte("{}")})
	speak(s, h, Threadiverse)
	if got := backlogIn(t, s, h, Threadiverse); len(got) != 0 {
		t.Errorf("%d old activities are new to it", len(got))
	}
	published(t, s, "https://a.example/2")
	speak(s, h, Microblog)
	if got := backlogIn(t, s, h, Microblog); len(got) != 1 {
		t.Errorf("of a thread that it had not got yet it is sent %d activities, want the boost", len(got))
	}
}

func backlogIn(t *testing.T, s *Store, h Host, d Dialect) []Delivery {
	t.Helper()
	all, _, err := s.Backlog(t.Context(), h.ID, d, 0, 100)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// A peer that lost an answer asks again just when the end of the first delivery is noted.
func TestAnAnswerAskedForAgainIsSentAgain(t *testing.T) {
	s, h := joined(t)
	first := backlog(t, s, h)
	if len(first) != 1 || first[0].Direct == 0 {
		t.Fatalf("to send: %+v, want the Accept", first)
	}
	apply(t, s, group.Request{Kind: group.Follow, By: group.Person{URI: ann}, Groups: []string{books}, Activity: "follow-1"})
	deliver(t, s, h, first...)
	again := backlog(t, s, h)
	if len(again) != 1 || again[0].URI != first[0].URI {
		t.Fatalf("to send once more: %+v", again)
	}
	deliver(t, s, h, again...)
	if left := backlog(t, s, h); len(left) != 0 {
		t.Errorf("left: %+v", left)
	}
}

// A host that catches up has many marks: its cursor moves once, as far as the furthest of them. Whoever comes upon what is new by
// themselves are not listed as due.
func TestManyMarksMoveACursorOnce(t *testing.T) {
	s, h := joined(t)
	published(t, s, post1)
	var marks []Mark
	for _, d := range backlog(t, s, h) {
		m := Mark{Host: h.ID, Direct: d.Direct, URI: d.URI, Asked: d.Asked}
		if d.Direct == 0 {
			m.Group, m.Seq, m.Tried = d.Group.ID, d.Seq, d.Seq
		}
		marks = append(marks, m, Mark{Host: h.ID, Group: d.Group.ID})
	}
	moved := 0
	for _, m := range together(marks) {
		if m.Group != 0 {
			moved++
		}
	}
	if moved != 1 {
		t.Errorf("the cursor moves %d times, want once", moved)
	}
	if hosts, _, _, err := s.DueHosts(t.Context(), 100, []int64{h.ID + 1, h.ID}); err != nil || len(hosts) != 0 {
		t.Errorf("listed nevertheless: %+v, %v", hosts, err)
	}
	if due(t, s) != 1 {
		t.Error("the host is not due")
	}
	if err := s.Note(t.Context(), marks); err != nil {
		t.Fatal(err)
	}
	if left := backlog(t, s, h); len(left) != 0 {
		t.Errorf("left over: %+v", left)
	}
}

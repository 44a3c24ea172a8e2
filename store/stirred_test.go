package store

import (
	"slices"
	"testing"
	"time"
)

// A log is looked at for those who take what is sent until nobody of them is behind in it. What a host that fails is behind in is found by
// when it may be tried; once it takes something again, by the log, though nothing was written there since.
func TestALogIsLookedAtWhileSomebodyIsBehind(t *testing.T) {
	s, h := joined(t)
	deliver(t, s, h, backlog(t, s, h)...)
	stirred := func(want int) {
		t.Helper()
		due(t, s)
		if logs := s.stirred.list(); len(logs) != want {
			t.Errorf("%d logs are looked at, want %d", len(logs), want)
		}
	}
	stirred(0)
	published(t, s, post1)
	stirred(1)
	all := backlog(t, s, h)
	if err := s.Failed(t.Context(), h, all[0], Failure{Words: "the server did not answer", Next: at().Add(time.Minute)}); err != nil {
		t.Fatal(err)
	}
	stirred(0)
	deliver(t, s, h, all[0])
	if due(t, s) != 1 {
		t.Error("what else waits for the host that is back is not found")
	}
	deliver(t, s, h, all[1:]...)
	stirred(0)
}

// Whatever a server before this one left undone is found: a store that was just opened knows of no log in particular.
func TestAllLogsAreLookedAtAfterAStart(t *testing.T) {
	s, h := joined(t)
	deliver(t, s, h, backlog(t, s, h)...)
	published(t, s, post1)
	s.stirred.all = time.Time{}
	clear(s.stirred.groups)
	hosts, _, _, err := s.DueHosts(t.Context(), 100, nil)
	if err != nil || len(hosts) != 1 || len(hosts[0].Behind) != 1 {
		t.Errorf("%+v, %v", hosts, err)
	}
}

// What was written since a look began may not be forgotten by it, and what can be read must be looked at.
func TestWhatIsWrittenDuringALookIsLookedAtAgain(t *testing.T) {
	s := stirred{groups: map[int64]uint64{}}
	s.addAll([]int64{1, 2, 3}, at())
	s.begin(map[int64]bool{5: true})
	l := logsToLookAt{age: s.now(), groups: s.list()}
	if !slices.Equal(l.groups, []int64{1, 2, 3, 5}) {
		t.Errorf("looked at, though 5 is about to be committed: %v", l.groups)
	}
	s.end()
	s.begin(map[int64]bool{2: true, 4: true})
	s.end()
	s.settle(l, map[int64]bool{3: true})
	if logs := s.list(); !slices.Equal(logs, []int64{2, 3, 4, 5}) {
		t.Errorf("looked at: %v", logs)
	}
	if s.wantsAll(at().Add(stirAgain - time.Second)) {
		t.Error("all logs are looked at too often")
	}
	if !s.wantsAll(at().Add(stirAgain)) || !s.wantsAll(at().Add(-time.Second)) {
		t.Error("all logs are not looked at after a while, or with another clock")
	}
}

// What was written since the logs to look at were listed is left for the next look: a courier takes everything before the end that it is
// told for read, whatever log it is in.
func TestWhatIsTooNewIsLeftForTheNextLook(t *testing.T) {
	s, films := joinedTwice(t)
	due(t, s)
	behind := func(l logsToLookAt) (all []Position) {
		hosts, _, err := s.dueIn(t.Context(), at(), l, 100, nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, h := range hosts {
			all = append(all, h.Behind...)
		}
		return all
	}
	listed := func() logsToLookAt {
		l, err := s.stirredLogs(t.Context(), at())
		if err != nil {
			t.Fatal(err)
		}
		return l
	}
	published(t, s, post1)
	l := listed()
	publishedIn(t, s, films, post1+"0")
	published(t, s, post1+"1")
	if got := behind(l); len(got) != 1 || got[0].End > l.upTo || got[0].Head > l.upTo {
		t.Errorf("of what came after %d, %+v is told", l.upTo, got)
	}
	s.stirred.settle(l, nil)
	if got := behind(listed()); len(got) != 2 {
		t.Errorf("afterwards %+v is told, want both groups", got)
	}
}

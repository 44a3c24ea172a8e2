package store

import (
	"errors"
	"testing"
	"time"
)

func TestQueueIsListedRetriedAndDropped(t *testing.T) {
	s, h := joined(t)
	published(t, s, post1)
	w, err := s.Waiting(t.Context(), h.ID, 10)
	if err != nil || len(w) == 0 {
		t.Fatalf("%+v, %v", w, err)
	}
	for i := range w {
		if w[i].Activity == "" || w[i].Group != "books" || w[i].Since.IsZero() || i > 0 && w[i].Since.Before(w[i-1].Since) {
			t.Errorf("%+v", w[i])
		}
	}
	st, err := s.Status(t.Context())
	if err != nil || st.Behind != 1 || st.Groups != 1 || st.Bytes == 0 {
		t.Errorf("%+v, %v", st, err)
	}
	n, err := s.Drop(t.Context(), "mastodon.example")
	if err != nil || n != len(w) {
		t.Errorf("dropped %d of %d, %v", n, len(w), err)
	}
	if w, err = s.Waiting(t.Context(), h.ID, 10); err != nil || len(w) != 0 {
		t.Errorf("after the drop: %+v, %v", w, err)
	}
	if due(t, s) != 0 {
		t.Error("due after the drop")
	}
	if _, err := s.Drop(t.Context(), "nowhere.example"); !errors.Is(err, ErrNotFound) {
		t.Errorf("drop of a stranger: %v", err)
	}
	if err := s.Retry(t.Context(), "nowhere.example"); !errors.Is(err, ErrNotFound) {
		t.Errorf("retry of a stranger: %v", err)
	}
}

func TestRetryEndsTheBackOff(t *testing.T) {
	s, h := joined(t)
	if err := s.Failed(t.Context(), h, Delivery{Direct: 1}, Failure{Words: "down", Next: at().Add(time.Hour)}); err != nil {
		t.Fatal(err)
	}
	if due(t, s) != 0 {
		t.Fatal("due although backed off")
	}
	if err := s.Retry(t.Context(), h.Name); err != nil {
		t.Fatal(err)
	}
	if due(t, s) != 1 {
		t.Error("not due after retry")
	}
}

// What is put off until later says nothing of how this server is doing. When its time has come it waits since then.
func TestWhatIsPutOffIsNotOverdue(t *testing.T) {
	now := at()
	s := foundedAt(t, func() time.Time { return now })
	for _, id := range []string{"1", "2"} {
		by := "https://" + id + ".example/u/mal"
		if _, err := s.Receive(t.Context(), Received{Activity: by + "/1", Signer: by, Raw: []byte(`{}`), At: now}); err != nil {
			t.Fatal(err)
		}
	}
	rows, err := s.Due(t.Context(), "", 10, 10, nil)
	if err != nil || len(rows) != 2 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	want := func(when string, due int, oldest time.Time) {
		t.Helper()
		st, err := s.Status(t.Context())
		if err != nil || st.Undecided != 2 || st.Due != due || !st.OldestDue.Equal(oldest) {
			t.Errorf("%s: %d of %d are due, the oldest since %v, %v; want %d since %v", when, st.Due, st.Undecided, st.OldestDue, err, due, oldest)
		}
	}
	want("both new", 2, at())
	if err := s.Postpone(t.Context(), rows[0].Row, now.Add(time.Hour), ""); err != nil {
		t.Fatal(err)
	}
	if err := s.Postpone(t.Context(), rows[1].Row, now.Add(2*time.Hour), "https://nowhere.example/1"); err != nil {
		t.Fatal(err)
	}
	now = now.Add(30 * time.Minute)
	want("both put off", 0, time.Time{})
	now = now.Add(40 * time.Minute)
	want("one due again", 1, at().Add(time.Hour))
}

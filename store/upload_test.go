package store

import (
	"errors"
	"path/filepath"
	"testing"
	"time"
)

// Pictures of posts that are being written are for their session alone, bounded in number and size, and gone after an hour.
func TestUploadsAreBoundedAndShortLived(t *testing.T) {
	now := time.Unix(1_800_000_000, 0)
	s, err := Open(Options{Path: filepath.Join(t.TempDir(), "folkmoot.db"), Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	var sessions []int64
	for _, who := range []string{"ann", "bob"} {
		uri := "https://a.example/u/" + who
		if err := s.SaveActor(t.Context(), Actor{URI: uri, Inbox: uri + "/inbox", Fetched: now}); err != nil {
			t.Fatal(err)
		}
		if err := s.OpenSession(t.Context(), who, uri, Session{}); err != nil {
			t.Fatal(err)
		}
		n, err := s.Session(t.Context(), who)
		if err != nil {
			t.Fatal(err)
		}
		sessions = append(sessions, n.ID)
	}
	hold := func(session int64, form string, size int) error {
		return s.HoldUpload(t.Context(), session, form, NewPicture("image/png", make([]byte, size)))
	}
	count := func(session int64, form string) int {
		t.Helper()
		list, err := s.Uploads(t.Context(), session, form)
		if err != nil {
			t.Fatal(err)
		}
		return len(list)
	}
	for range maxUploads {
		if err := hold(sessions[0], "a", 1); err != nil {
			t.Fatal(err)
		}
	}
	if err := hold(sessions[0], "b", 1); !errors.Is(err, ErrFull) {
		t.Errorf("one more: %v", err)
	}
	if err := hold(sessions[1], "a", maxUploadsBytes); !errors.Is(err, ErrFull) {
		t.Errorf("too much in all: %v", err)
	}
	if err := hold(sessions[1], "a", 5); err != nil || count(sessions[1], "a") != 1 || count(sessions[0], "b") != 0 {
		t.Errorf("bob has %d, %v", count(sessions[1], "a"), err)
	}
	list, _ := s.Uploads(t.Context(), sessions[1], "a")
	if _, err := s.Upload(t.Context(), sessions[0], list[0].ID); !errors.Is(err, ErrNotFound) {
		t.Errorf("ann reads bob's: %v", err)
	}
	for _, err := range []error{s.NameUpload(t.Context(), sessions[1], list[0].ID, "77"), s.DropUpload(t.Context(), sessions[0], list[0].ID)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	if list, _ = s.Uploads(t.Context(), sessions[1], "a"); len(list) != 1 || list[0].Remote != "77" {
		t.Errorf("bob has %+v", list)
	}
	if err := s.DropUploads(t.Context(), sessions[0], "a"); err != nil || count(sessions[0], "a") != 0 {
		t.Errorf("ann has %d, %v", count(sessions[0], "a"), err)
	}
	now = now.Add(uploadLasts)
	if count(sessions[1], "a") != 0 {
		t.Error("an hour later it is still shown")
	}
	if err := s.DropOldUploads(t.Context()); err != nil {
		t.Fatal(err)
	}
	if now = now.Add(-time.Minute); count(sessions[1], "a") != 0 {
		t.Error("an hour later it is still there")
	}
	if err := hold(sessions[1], "a", 5); err != nil {
		t.Fatal(err)
	}
	if err := s.EndSessions(t.Context(), mustActorID(t, s, "https://a.example/u/bob"), 0); err != nil || count(sessions[1], "a") != 0 {
		t.Errorf("after the session: %d, %v", count(sessions[1], "a"), err)
	}
}

func mustActorID(t *testing.T, s *Store, uri string) int64 {
	t.Helper()
	a, err := s.Actor(t.Context(), uri)
	if err != nil {
		t.Fatal(err)
	}
	return a.ID
}

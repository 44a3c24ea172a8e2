package store

import "testing"

// Every page shows it, so it is read once and not again until somebody changes it.
func TestBannerIsReadOnce(t *testing.T) {
	s := founded(t)
	tell := func(words string) {
		t.Helper()
		if err := s.SetBanner(t.Context(), Banner{Texts: map[string]string{"": words}}, "https://groups.example/actor"); err != nil {
			t.Fatal(err)
		}
	}
	want := func(words string) {
		t.Helper()
		if b, err := s.Banner(t.Context()); err != nil || b.Texts[""] != words {
			t.Errorf("%q is told, want %q: %v", b.Texts[""], words, err)
		}
	}
	want("")
	tell("Back at noon.")
	want("Back at noon.")
	if _, _, ok := s.banner.get(""); !ok {
		t.Error("it is not remembered")
	}
	tell("Back at one.")
	want("Back at one.")
	tell("")
	want("")
}

package store

import (
	"errors"
	"path/filepath"
	"testing"

	"folkmoot/group"
)

// A picture is kept once for all groups that show it, and goes with the last of them.
func TestPicturesGoWhenNoGroupShowsThem(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "folkmoot.db"))
	defer s.Close()
	var groups []Group
	for _, name := range []string{"books", "films"} {
		g := Group{URI: "https://groups.example/g/" + name, Name: name, Title: name, Keys: []byte("pem"), Settings: group.Defaults()}
		if err := s.CreateGroup(t.Context(), g, "https://a.example/u/ann"); err != nil {
			t.Fatal(err)
		}
		g, err := s.Group(t.Context(), name)
		if err != nil || g.Icon.Name != "" || g.Header.Type != "" {
			t.Fatalf("%+v, %v", g, err)
		}
		groups = append(groups, g)
	}
	edit := func(n int, icon, header Picture) {
		t.Helper()
		groups[n].Icon, groups[n].Header = icon, header
		if err := s.EditGroup(t.Context(), groups[n], nil); err != nil {
			t.Fatal(err)
		}
		g, err := s.Group(t.Context(), groups[n].Name)
		if err != nil || g.Icon.Name != icon.Name || g.Icon.Type != icon.Type || g.Icon.Alt != icon.Alt || g.Header.Name != header.Name {
			t.Errorf("%+v, %v", g, err)
		}
	}
	kept := func(p Picture, want bool) {
		t.Helper()
		got, err := s.Picture(t.Context(), p.Name)
		if !want && !errors.Is(err, ErrNotFound) || want && (err != nil || string(got.Body) != string(p.Body) || got.Type != p.Type) {
			t.Errorf("%q: %v, want it kept: %v", p.Body, err, want)
		}
	}
	red, blue := NewPicture("image/png", []byte("red")), NewPicture("image/jpeg", []byte("blue"))
	red.Alt = "A red one"
	edit(0, red, blue)
	edit(1, red, Picture{})
	edit(0, Picture{Name: red.Name, Type: red.Type, Alt: "Still red"}, Picture{})
	kept(red, true)
	kept(blue, false)
	edit(0, blue, red)
	edit(1, Picture{}, Picture{})
	kept(red, true)
	edit(0, blue, Picture{})
	kept(red, false)
	kept(blue, true)
	groups[1].Icon = Picture{Name: red.Name}
	if err := s.EditGroup(t.Context(), groups[1], nil); err == nil {
		t.Error("a group shows a picture that is gone")
	}
	kept(Picture{Name: "../folkmoot.db"}, false)
}

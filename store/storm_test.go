package store

import (
	"testing"

	"folkmoot/group"
)

// A storm, of one group or of the server, is over as it began: the settings are what they were.
func TestStorm(t *testing.T) {
	s := withMallory(t)
	settings := func() group.Settings {
		g, err := s.Group(t.Context(), "books")
		if err != nil {
			t.Fatal(err)
		}
		return g.Settings
	}
	before := settings()
	newcomer := func(n string) group.Decision {
		return apply(t, s, group.Request{Kind: group.Follow, By: group.Person{URI: "https://new.example/" + n}, Activity: "f-" + n, Groups: []string{books}})
	}
	switches := map[string]func(on bool){
		"group": func(on bool) {
			kind := group.Calm
			if on {
				kind = group.Storm
			}
			apply(t, s, group.Request{Kind: kind, By: group.Person{URI: lee}, Activity: string(kind), Groups: []string{books}})
		},
		"server": func(on bool) {
			if err := s.SetStorm(t.Context(), on, lee); err != nil {
				t.Fatal(err)
			}
		},
	}
	for name, turn := range switches {
		if err := s.SaveActor(t.Context(), Actor{URI: "https://new.example/" + name, Inbox: "https://new.example/inbox", Fetched: at()}); err != nil {
			t.Fatal(err)
		}
		turn(true)
		if d := newcomer(name); d.Verdict != group.Refused {
			t.Errorf("%s: somebody came in: %+v", name, d)
		}
		if d := apply(t, s, mallorysPost(name)); d.Reason != group.ReasonThread {
			t.Errorf("%s: a member whose posts are known: %+v", name, d)
		}
		if settings().Join != before.Join || settings().Review != before.Review || settings().Posting != before.Posting {
			t.Errorf("%s: the settings became %+v", name, settings())
		}
		turn(false)
		if d := newcomer(name); d.Reason != group.ReasonJoined {
			t.Errorf("%s: after the storm: %+v", name, d)
		}
	}
}

package store

import (
	"fmt"
	"reflect"
	"slices"
	"testing"

	"folkmoot/group"
)

// person is somebody on one of many hosts.
func person(host, number int) string {
	return fmt.Sprintf("https://h%d.example/u/%d", host, number)
}

func follows(t *testing.T, s *Store, who string) {
	t.Helper()
	if err := s.SaveActor(t.Context(), Actor{URI: who, Inbox: who + "/inbox", Fetched: at()}); err != nil {
		t.Fatal(err)
	}
	apply(t, s, group.Request{Kind: group.Follow, By: group.Person{URI: who}, Groups: []string{books}, Activity: who + "#follow"})
}

// passedOn delivers everything there is and returns where posts went, by host.
func passedOn(t *testing.T, s *Store) map[string][]string {
	t.Helper()
	hosts, _, _, err := s.DueHosts(t.Context(), 1000, nil)
	if err != nil {
		t.Fatal(err)
	}
	went := map[string][]string{}
	for _, h := range hosts {
		all, _, err := s.Waits(t.Context(), h, 100)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range all {
			if d.Form == FormBoost {
				went[h.Name] = slices.Sorted(slices.Values(d.To))
			}
		}
		deliver(t, s, h.Host, all...)
	}
	return went
}

// Where the followers on many hosts read is kept from one post to the next, but not beyond a change of it.
func TestKeptInboxesAreThoseOfNow(t *testing.T) {
	s := founded(t)
	follows(t, s, ann) // who posts
	want := map[string][]string{"mastodon.example": {ann + "/inbox"}}
	for i := range manyHosts + 4 {
		follows(t, s, person(i, 1))
		want[fmt.Sprintf("h%d.example", i)] = []string{person(i, 1) + "/inbox"}
	}
	passedOn(t, s) // they are told that they follow
	moved, newcomer := person(4, 1), person(3, 2)
	for i, step := range []struct {
		name   string
		change func()
	}{
		{"the first post", func() {}},
		{"the next post", func() {
			if len(s.sections.kept) == 0 {
				t.Error("nothing is kept")
			}
		}},
		{"somebody more follows", func() {
			follows(t, s, newcomer)
			want["h3.example"] = append(want["h3.example"], newcomer+"/inbox")
		}},
		{"an inbox moves", func() {
			if err := s.SaveActor(t.Context(), Actor{URI: moved, Inbox: moved + "/new", Fetched: at()}); err != nil {
				t.Fatal(err)
			}
			want["h4.example"] = []string{moved + "/new"}
		}},
		{"somebody leaves", func() {
			apply(t, s, group.Request{Kind: group.Unfollow, By: group.Person{URI: person(3, 1)}, Groups: []string{books}, Activity: "undo"})
			want["h3.example"] = []string{newcomer + "/inbox"}
		}},
		{"an account is gone", func() {
			apply(t, s, group.Request{Kind: group.DeleteActor, By: group.Person{URI: person(5, 1)}, Activity: "gone", Raw: []byte("{}")})
			delete(want, "h5.example")
		}},
		{"a host is new", func() {
			follows(t, s, person(99, 1))
			want["h99.example"] = []string{person(99, 1) + "/inbox"}
		}},
	} {
		step.change()
		published(t, s, fmt.Sprintf("%s-%d", post1, i))
		if got := passedOn(t, s); !reflect.DeepEqual(got, want) {
			t.Errorf("%s: posts went to %v, want %v", step.name, got, want)
		}
	}
}

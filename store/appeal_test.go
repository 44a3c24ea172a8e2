package store

import (
	"testing"

	"folkmoot/group"
)

// The person concerned answers once, somebody else than who acted decides, once, and the person hears of it.
func TestAppeal(t *testing.T) {
	s := withMallory(t)
	bob := "https://mastodon.example/users/bob"
	if err := s.SaveActor(t.Context(), Actor{URI: bob, Inbox: bob + "/inbox", Fetched: at()}); err != nil {
		t.Fatal(err)
	}
	ask := func(kind group.Kind, by, target string, act int64) group.Reason {
		t.Helper()
		return apply(t, s, group.Request{
			Kind: kind, By: group.Person{URI: by}, Activity: string(kind) + by, Groups: []string{books}, Target: target, Seen: act, Text: "words",
		}).Reason
	}
	ask(group.Warn, lee, mallory, 0)
	ask(group.Ban, lee, mallory, 0)
	g, err := s.Group(t.Context(), "books")
	if err != nil {
		t.Fatal(err)
	}
	acts, err := s.ModLog(t.Context(), g.ID, false, 0, 2)
	if err != nil || len(acts) != 2 {
		t.Fatalf("%+v %v", acts, err)
	}
	warning := acts[1].ID
	for _, step := range []struct {
		kind group.Kind
		by   string
		want group.Reason
	}{
		{group.Appeal, ann, group.ReasonNoAppeal},     // not about her
		{group.Overturn, lee, group.ReasonNoAppeal},   // nobody objected
		{group.Appeal, mallory, group.ReasonAppealed}, // although banned
		{group.Appeal, mallory, group.ReasonAppealedOnce},
		{group.Overturn, ann, group.ReasonNotModerator},
	} {
		if got := ask(step.kind, step.by, "", warning); got != step.want {
			t.Errorf("%s by %s: %s, want %s", step.kind, step.by, got, step.want)
		}
	}
	ask(group.Appoint, lee, bob, 0)
	if got := ask(group.Uphold, lee, "", warning); got != group.ReasonOwnAppeal {
		t.Errorf("decided in his own case: %s", got)
	}
	if got := ask(group.Overturn, bob, "", warning); got != group.ReasonOverturned {
		t.Errorf("%s", got)
	}
	if got := ask(group.Uphold, bob, "", warning); got != group.ReasonNoAppeal {
		t.Errorf("decided twice: %s", got)
	}
	list, err := s.Appeals(t.Context(), g.ID, 10)
	if err != nil || len(list) != 1 || list[0].Outcome != "overturned" || list[0].Decider != bob {
		t.Errorf("%+v %v", list, err)
	}
	if w, err := s.Warnings(t.Context(), g.ID, mallory, 10); err != nil || len(w) != 1 || w[0].Lifted.IsZero() || w[0].Count != 0 {
		t.Errorf("%+v %v", w, err)
	}
	if got := scalar(t, s, `SELECT COUNT(*) FROM direct WHERE inbox = $1 AND CAST(body AS TEXT) = 'note'`, mallory+"/inbox"); got == "0" {
		t.Error("the outcome was not told")
	}
}

package store

import (
	"context"
	"errors"
	"strings"
	"testing"

	"folkmoot/group"
)

// A rule holds from the moment it is made, and no longer than it is there; the log says what was hit and by what.
func TestRulesOfAGroup(t *testing.T) {
	s := withMallory(t)
	rule := func(kind group.Kind, text string) group.Decision {
		return apply(t, s, group.Request{Kind: kind, By: group.Person{URI: lee}, Activity: string(kind), Groups: []string{books}, Text: text})
	}
	if d := rule(group.AddRule, "hold if words BUY"); d.Reason != group.ReasonRuleAdded {
		t.Fatalf("%+v", d)
	}
	if d := apply(t, s, mallorysPost("2")); d.Verdict != group.Held || d.Reason != group.ReasonRuleHeld {
		t.Errorf("%+v", d)
	}
	why := scalar(t, s, `SELECT why FROM audit WHERE target = $1`, mallory+"/2")
	if !strings.Contains(why, `1. hold: words "BUY"`) {
		t.Errorf("the log says %q", why)
	}
	// An edit that adds what was not there.
	edit := group.Request{Kind: group.Edit, By: group.Person{URI: ann}, Activity: "e1", Target: post1, Post: &group.Post{
		URI: post1, Author: ann, HTML: "<p>b<i>u</i>y</p>", Published: at(), Updated: at().Add(1e9),
	}}
	if d := apply(t, s, edit); d.Verdict != group.Held {
		t.Errorf("%+v", d)
	}
	if got := scalar(t, s, `SELECT state FROM posts WHERE uri = $1`, post1); got != "held" {
		t.Error(got)
	}
	if d := rule(group.DropRule, "hold if words BUY"); d.Reason != group.ReasonRuleDropped {
		t.Errorf("%+v", d)
	}
	if d := apply(t, s, mallorysPost("3")); d.Reason != group.ReasonThread {
		t.Errorf("%+v", d)
	}
	rule(group.AddRule, `report "look" if words buy`)
	apply(t, s, mallorysPost("4"))
	if got := scalar(t, s, `SELECT words FROM reports WHERE about = $1`, mallory+"/4"); !strings.HasPrefix(got, "look\n1. report") {
		t.Errorf("reported with %q", got)
	}
}

// A transaction that is undone leaves no rules behind in what is kept ready.
func TestRulesOfAnUndoneTransaction(t *testing.T) {
	s := withMallory(t)
	g, err := s.Group(t.Context(), "books")
	if err != nil {
		t.Fatal(err)
	}
	write := func(text string, fails error) error {
		return s.update(t.Context(), func(ctx context.Context, tx *txn) error {
			w := effectWriter{tx: tx, group: g, now: at(), store: s}
			if err := w.setRule(ctx, group.SetRule{Text: text}); err != nil {
				return err
			}
			if _, err := s.rulesOf(ctx, tx, g.ID); err != nil {
				return err
			}
			return fails
		})
	}
	if err := write("hold if words buy", errPreview); !errors.Is(err, errPreview) {
		t.Fatal(err)
	}
	if err := write("hold if words sell", nil); err != nil {
		t.Fatal(err)
	}
	if d := apply(t, s, mallorysPost("2")); d.Reason != group.ReasonThread {
		t.Errorf("a rule that never was: %+v", d)
	}
}

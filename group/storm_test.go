package group

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

// A storm only ever makes settings stricter, and leaves those of the group as they are.
func TestStormIsStricter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		before := anyState(t).Group.Settings
		in := before.InStorm()
		if in.Join != JoinClosed || in.Posting == PostingAnyone || in.Review.First < 1 || in.Review.First < before.Review.First {
			t.Fatalf("%+v", in)
		}
		if before.Posting != PostingAnyone && in.Posting != before.Posting || in.Review.All != before.Review.All || in.TagCap != before.TagCap {
			t.Fatalf("%+v became %+v", before, in)
		}
	})
}

// During a storm nobody comes in, and what a stranger writes is shown to nobody before a moderator has seen it.
func TestNobodyNewInAStorm(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s, r := anyState(t), anyRequest(t)
		s.Group.Storm, s.Group.Settings = true, s.Group.Settings.InStorm()
		if m := s.Member.At(r.At); m.State == Joined || s.Member.Role.Moderates() || r.Via != "" {
			return
		}
		for _, e := range Decide(s, r).Effects {
			switch e := e.(type) {
			case File:
				if e.State == Visible && r.Kind == Publish {
					t.Fatalf("a stranger's post is shown: %+v", e)
				}
			case SetMember:
				if e.State == Joined && (r.Kind == Follow || r.Kind == Join) && e.Person == r.By.URI {
					t.Fatalf("%s lets somebody in: %+v", r.Kind, e)
				}
			}
		}
	})
}

func TestWhoSwitchesTheStorm(t *testing.T) {
	for _, tt := range []struct {
		member Member
		kind   Kind
		reason Reason
	}{{moderator(), Storm, ReasonStormNow}, {moderator(), Calm, ReasonCalm}, {member(), Storm, ReasonNotModerator}, {member(), Calm, ReasonNotModerator}} {
		d := Decide(State{Group: openGroup(), Member: tt.member}, Request{Kind: tt.kind, By: Person{URI: bob}, At: time.Unix(2000, 0)})
		if d.Reason != tt.reason {
			t.Errorf("%s by %+v: %s", tt.kind, tt.member, d.Reason)
		}
	}
}

// Nobody decides about an appeal of their own, nor about their own act while somebody else could.
func TestNobodyJudgesThemselves(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s, r := anyState(t), anyRequest(t)
		r.Kind = rapid.SampledFrom([]Kind{Appeal, Uphold, Overturn}).Draw(t, "kind")
		for _, e := range Decide(s, r).Effects {
			switch e.(type) {
			case KeepAppeal:
				if r.By.URI != s.Appealed.Person || s.Appealed.Filed || r.Kind != Appeal {
					t.Fatalf("%+v by %s", s.Appealed, r.By.URI)
				}
			case CloseAppeal:
				if r.By.URI == s.Appealed.Person || s.Appealed.By == r.By.URI && s.Appealed.Others > 0 || s.Appealed.Decided {
					t.Fatalf("%+v by %s", s.Appealed, r.By.URI)
				}
			}
		}
	})
}

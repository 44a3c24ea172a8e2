package web

import (
	"slices"
	"testing"

	"folkmoot/group"
)

// The page says what the group is set to, in words.
func TestRulesInWords(t *testing.T) {
	for name, tt := range map[string]struct {
		change func(*group.Settings)
		want   string
	}{
		"open":          {func(*group.Settings) {}, "Anyone may follow. Whoever follows is a member."},
		"closed":        {func(s *group.Settings) { s.Join = group.JoinClosed }, "The group takes no new members at the moment."},
		"approval":      {func(s *group.Settings) { s.Join = group.JoinApproval }, "Whoever wants to join follows the group; a moderator decides."},
		"reading apart": {func(s *group.Settings) { s.Joining.Apart = true }, "Anyone may follow, to read. Whoever wants to post asks to join."},
		"conduct":       {func(s *group.Settings) { s.Joining.Rules = "Be kind.\n\nStay on topic." }, "Stay on topic."},
		"reviewed":      {func(s *group.Settings) { s.Review = group.Review{All: true, Links: true} }, "A moderator looks at each post before it is shown."},
		"newcomers":     {func(s *group.Settings) { s.Review.First = 2 }, "A moderator looks at the first posts of whoever is new before they are shown."},
		"quiet":         {func(s *group.Settings) { s.Review.Quiet = "22:00-07:00" }, "What is posted in the quiet hours, 22:00-07:00 UTC, is shown when they are over."},
	} {
		s := group.Defaults()
		tt.change(&s)
		if rules := english(t).rulesOf(s, "@books@groups.example"); !slices.Contains(rules, tt.want) {
			t.Errorf("%s: %q lacks %q", name, rules, tt.want)
		}
	}
}

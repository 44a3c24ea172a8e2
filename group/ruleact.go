package group

import (
	"slices"
	"strings"
)

// police applies the group's own rules to a post that would be shown otherwise. Who runs the group is not bound by them. The decision
// says which rules were hit and why.
func police(s State, r Request, d Decision) Decision {
	if len(s.Hits) == 0 || runs(s, r) || !shows(d) {
		return d
	}
	var why []string
	act := map[Action]Rule{}
	for _, h := range s.Hits {
		why = append(why, h.String())
		if _, ok := act[h.Rule.Do]; !ok {
			act[h.Rule.Do] = h.Rule
		}
	}
	if rule, ok := act[ActWarn]; ok {
		d.Effects = withWarning(d.Effects, rule.Message)
	}
	refuse, refused := act[ActRefuse]
	_, held := act[ActHold]
	report, reported := act[ActReport]
	switch {
	case refused && r.Kind == Publish:
		d = answer(Refused, ReasonRule)
	case refused || held: // what was shown already waits
		d = hold(s, r, d, ReasonRuleHeld)
	case reported && d.Verdict == Accepted:
		about := subjectOf(r)
		text := strings.Join(why, "\n")
		if report.Message != "" {
			text = report.Message + "\n" + text
		}
		if !s.Reported {
			d.Effects = append(d.Effects, KeepReport{About: about, Person: s.Group.URI, Text: text}, Tell{What: TellReport, Post: about, Text: own(text)})
		}
	}
	if refused && !r.By.Bot && r.Via == "" {
		d.Effects = append(withoutNotes(d.Effects, r.By.URI), Tell{What: TellNote, To: r.By.URI, Post: subjectOf(r), Text: refusalWords(refuse)})
	}
	d.Why = strings.Join(why, "\n")
	return d
}

// withoutNotes leaves out what somebody would be told beside the refusal.
func withoutNotes(effects []Effect, person string) []Effect {
	return slices.DeleteFunc(slices.Clone(effects), func(e Effect) bool {
		t, ok := e.(Tell)
		return ok && t.What == TellNote && t.To == person
	})
}

func refusalWords(r Rule) Saying {
	if r.Message != "" {
		return own(r.Message)
	}
	return Saying{ReasonRule}
}

// shows says whether a decision puts a post before people, or before moderators first.
func shows(d Decision) bool {
	for _, e := range d.Effects {
		switch e := e.(type) {
		case File:
			return e.State == Visible || e.State == Pending
		case Revise, Hold:
			return true
		}
	}
	return false
}

// withWarning puts a content warning on a post as it is shown here; its author's own comes first.
func withWarning(effects []Effect, warning string) []Effect {
	out := make([]Effect, 0, len(effects))
	for _, e := range effects {
		switch f := e.(type) {
		case File:
			f.Post.Warning = warned(f.Post, warning)
			e = f
		case Hold:
			f.Post.Warning = warned(f.Post, warning)
			e = f
		case Revise:
			f.Post.Warning = warned(f.Post, warning)
			e = f
		}
		out = append(out, e)
	}
	return out
}

// warned is the content warning of a post with the one of a rule, which says it in the post's language if it names none.
func warned(p Post, ours string) string {
	if ours == "" {
		ours = say(LanguageOf(p.Language), sayWarned)
	}
	if p.Warning == "" || p.Warning == ours {
		return ours
	}
	return p.Warning + "; " + ours
}

func subjectOf(r Request) string {
	if r.Post != nil {
		return r.Post.URI
	}
	return r.Target
}

// setRule gives the group a rule of its own, or takes one away.
func setRule(s State, r Request) Decision {
	if !runs(s, r) {
		return answer(Refused, ReasonNotModerator)
	}
	rule, err := ParseRule(r.Text)
	switch {
	case err != nil:
		return answer(Refused, ReasonBadRule)
	case r.Kind == DropRule:
		return answer(Accepted, ReasonRuleDropped, SetRule{Text: rule.String(), Drop: true})
	case s.Rules >= MaxRules:
		return answer(Refused, ReasonTooManyRules)
	}
	return answer(Accepted, ReasonRuleAdded, SetRule{Text: rule.String()})
}

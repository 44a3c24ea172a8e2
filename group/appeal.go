package group

import "fmt"

// Appealed is an act of moderation that somebody may object to, as it stands.
type Appealed struct {
	Number  int64  // of the act in the log
	Kind    Kind   // what was done
	By      string // who did it
	Person  string // whom it concerns
	Filed   bool   // the person has objected
	Decided bool   // and somebody has decided
	Others  int    // how many run the group beside whoever did it
}

// appeal is the one answer that the person concerned may give to an act of moderation, from outside of the group too.
func appeal(s State, r Request) Decision {
	a := s.Appealed
	switch {
	case r.Via != "":
		return answer(Ignored, ReasonNotOurs)
	case a == nil || a.Person != r.By.URI || !appealable(a.Kind):
		return answer(Ignored, ReasonNoAppeal)
	case a.Filed:
		return answer(Ignored, ReasonAppealedOnce)
	}
	words := fmt.Sprintf("%s objects to what a moderator did (%s, number %d in the log): %s\n\nTo decide, answer with: uphold %d and why, or: overturn %d and why.",
		who(r.By), a.Kind, a.Number, r.Text, a.Number, a.Number)
	return answer(Accepted, ReasonAppealed, KeepAppeal{Act: a.Number, Text: r.Text}, Tell{What: TellMods, Text: words})
}

func appealable(k Kind) bool {
	switch k {
	case Remove, Delete, Ban, Warn, Lock, Expel:
		return true
	}
	return false
}

// decideAppeal is for somebody else than who acted, if there is anybody else. The person hears the outcome.
func decideAppeal(s State, r Request) Decision {
	a := s.Appealed
	switch {
	case r.Via != "":
		return answer(Ignored, ReasonNotOurs)
	case !runs(s, r):
		return answer(Refused, ReasonNotModerator)
	case a == nil || !a.Filed || a.Decided:
		return answer(Ignored, ReasonNoAppeal)
	case a.By == r.By.URI && a.Others > 0 && !r.By.Operator, a.Person == r.By.URI:
		return answer(Refused, ReasonOwnAppeal)
	}
	reason, words := ReasonUpheld, "The moderators have looked at your appeal. What was decided stays."
	if r.Kind == Overturn {
		reason, words = ReasonOverturned, "The moderators have looked at your appeal, and you were right."
	}
	if r.Text != "" {
		words += " They say: " + r.Text
	}
	return answer(Accepted, reason,
		CloseAppeal{Act: a.Number, Overturned: r.Kind == Overturn, Text: r.Text}, Tell{What: TellNote, To: a.Person, Text: words})
}

package group

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
	case a == nil || a.Person != r.By.URI || !appealable(a.Kind):
		return answer(Ignored, ReasonNoAppeal)
	case a.Filed:
		return answer(Ignored, ReasonAppealedOnce)
	}
	return answer(Accepted, ReasonAppealed, KeepAppeal{Act: a.Number, Text: r.Text},
		Tell{What: TellMods, Text: Saying{fill(sayObjects, who(r.By), deed(a.Kind), a.Number, r.Text)}})
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
	case !runs(s, r):
		return answer(Refused, ReasonNotModerator)
	case a == nil || !a.Filed || a.Decided:
		return answer(Ignored, ReasonNoAppeal)
	case a.By == r.By.URI && a.Others > 0 && !r.By.Operator, a.Person == r.By.URI:
		return answer(Refused, ReasonOwnAppeal)
	}
	reason, outcome := ReasonUpheld, sayUpheld
	if r.Kind == Overturn {
		reason, outcome = ReasonOverturned, sayOverturned
	}
	return answer(Accepted, reason,
		CloseAppeal{Act: a.Number, Overturned: r.Kind == Overturn, Text: r.Text}, Tell{What: TellNote, To: a.Person, Text: Saying{outcome}.and(r.Text)})
}

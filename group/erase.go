package group

// erase takes away everything of a person that the group keeps: for the person, or in the name of whoever runs the server. A ban stays,
// so that erasing is no way around it.
func erase(s State, r Request) Decision {
	person, m := r.By.URI, s.Member
	if r.By.Operator {
		person, m = r.Target, s.Subject
	}
	switch {
	case person == "" || r.Target != "" && r.Target != person && r.Target != s.Group.URI:
		return answer(Refused, ReasonNotOperator)
	case m.State == Joined && m.Role == Owner && s.Owners <= 1:
		return answer(Refused, ReasonLastOwner)
	}
	var effects []Effect
	if m.Follows || m.State == Applied {
		effects = append(effects, Tell{What: TellExpel, To: person})
	}
	return answer(Accepted, ReasonAllErased, append(effects, WithdrawAll{Person: person, State: Erased}, EraseTraces{Person: person, Banned: m.State == Banned})...)
}

package group

// unfollow is about reading. Whoever follows no longer is no longer a member either, and whoever waits to be let in waits no more.
func unfollow(s State, r Request) Decision {
	m := s.Member
	switch {
	case m.State == Applied:
		return answer(Accepted, ReasonLeft, SetMember{Person: r.By.URI, State: Left, Role: Ordinary})
	case !m.Follows:
		return answer(Ignored, ReasonNotMember)
	case m.State == Banned:
		return answer(Accepted, ReasonLeft, SetMember{Person: r.By.URI, State: Banned, Role: Ordinary, Until: m.Until})
	case m.Role.Moderates():
		// Reading and moderating are two things: whoever runs the group may stop following it and still run it.
		return answer(Accepted, ReasonLeft, SetMember{Person: r.By.URI, State: Joined, Role: m.Role})
	default:
		return answer(Accepted, ReasonLeft, SetMember{Person: r.By.URI, State: Left, Role: Ordinary, Until: s.coolDown(r)})
	}
}

// leave ends a membership asked for by no activity, so that the person's server still believes in the follow. Where following alone
// reads, that goes on.
func leave(s State, r Request) Decision {
	m := s.Member
	switch {
	case m.State == Joined && m.Role == Owner && s.Owners <= 1:
		return answer(Refused, ReasonLastOwner)
	case m.State != Joined && m.State != Applied:
		return answer(Ignored, ReasonNotMember)
	case m.Follows && s.Group.Joining.Apart:
		return answer(Accepted, ReasonReads, SetMember{Person: r.By.URI, State: Reader, Role: Ordinary, Follow: true, Until: s.coolDown(r)})
	}
	return answer(Accepted, ReasonLeft, Tell{What: TellExpel, To: r.By.URI},
		SetMember{Person: r.By.URI, State: Left, Role: Ordinary, Until: s.coolDown(r)})
}

// move carries membership and role to the account a member moved to. The door has checked that the new account names
// the old one in alsoKnownAs; a Move without that steals roles.
func move(s State, r Request) Decision {
	switch {
	case s.Successor == Banned:
		return answer(Refused, ReasonSuccessorBanned)
	case s.Member.State != Joined:
		return answer(Ignored, ReasonNotMember)
	default:
		return answer(Accepted, ReasonMoved, Carry{From: r.By.URI, To: r.Target})
	}
}

// rekeyed takes a role from somebody who may be somebody else by now: domains lapse, and whoever registers one next has all its
// accounts. They stay members; whoever runs the group, or the server, appoints them again.
func rekeyed(s State, r Request) Decision {
	if s.Member.State != Joined || !s.Member.Role.Moderates() {
		return answer(Ignored, ReasonNothingToDo)
	}
	m := SetMember{Person: r.By.URI, State: Joined, Role: Ordinary, Follow: s.Member.Follows}
	return answer(Accepted, ReasonRekeyed, append([]Effect{m}, s.vacated(r.By.URI, s.Member)...)...)
}

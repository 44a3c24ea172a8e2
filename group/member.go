package group

func follow(s State, r Request) Decision {
	accept := Tell{What: TellAccept, To: r.By.URI}
	if s.Member.State == Joined && s.Member.Follows {
		// Peers repeat a Follow when they lost the answer, so it is given again.
		return answer(Accepted, ReasonAlreadyMember, join(s, r), accept)
	}
	if s.Group.Join == JoinClosed && s.Member.State != Joined {
		return answer(Refused, ReasonClosed, Tell{What: TellReject, To: r.By.URI})
	}
	return answer(Accepted, ReasonJoined, join(s, r), accept)
}

func join(s State, r Request) SetMember {
	role := s.Member.Role
	if role == "" {
		role = Ordinary
	}
	return SetMember{Person: r.By.URI, State: Joined, Role: role, Follow: true, Via: r.Activity}
}

func unfollow(s State, r Request) Decision {
	switch {
	case !s.Member.Follows:
		return answer(Ignored, ReasonNotMember)
	case s.Member.State == Banned:
		return answer(Accepted, ReasonLeft, SetMember{Person: r.By.URI, State: Banned, Role: Ordinary, Until: s.Member.Until})
	case s.Member.Role.Moderates():
		// Reading and moderating are two things: whoever runs the group may stop following it and still run it.
		return answer(Accepted, ReasonLeft, SetMember{Person: r.By.URI, State: Joined, Role: s.Member.Role})
	default:
		return answer(Accepted, ReasonLeft, SetMember{Person: r.By.URI, State: Left, Role: Ordinary})
	}
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
	return answer(Accepted, ReasonRekeyed, SetMember{Person: r.By.URI, State: Joined, Role: Ordinary, Follow: s.Member.Follows})
}

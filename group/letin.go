package group

import "time"

// admit lets in somebody who waits.
func admit(s State, r Request) Decision {
	switch {
	case !runs(s, r):
		return answer(Refused, ReasonNotModerator)
	case s.Subject.State != Applied:
		return answer(Ignored, ReasonNotWaiting)
	}
	return answer(Accepted, ReasonAdmitted, s.admitted(r.Target, s.Subject, r)...)
}

// turnDown does not let in somebody who waits. Where following alone reads, that goes on.
func turnDown(s State, r Request) Decision {
	switch {
	case !runs(s, r):
		return answer(Refused, ReasonNotModerator)
	case s.Subject.State != Applied:
		return answer(Ignored, ReasonNotWaiting)
	}
	m := SetMember{Person: r.Target, State: Left, Role: Ordinary, Until: s.coolDown(r)}
	var effects []Effect
	if s.Subject.Follows {
		m.State, m.Follow = Reader, true
	} else {
		effects = append(effects, Tell{What: TellExpel, To: r.Target})
	}
	effects = append(effects, m)
	return answer(Accepted, ReasonTurnedDown, append(effects, s.explain(r, sayTurnedDown)...)...)
}

// expel ends a membership, or a follow. Unlike a ban it keeps nobody from coming back, once a cool-down is over.
func expel(s State, r Request) Decision {
	switch {
	case !runs(s, r):
		return answer(Refused, ReasonNotModerator)
	case s.Subject.State == Joined && (s.Subject.Role == Owner || s.Subject.Role == Moderator && !owns(s, r)):
		return answer(Refused, ReasonHigherRole)
	case s.Subject.State != Joined && s.Subject.State != Applied && s.Subject.State != Reader:
		return answer(Ignored, ReasonNotMember)
	}
	effects := []Effect{
		Tell{What: TellExpel, To: r.Target},
		SetMember{Person: r.Target, State: Left, Role: Ordinary, Until: s.coolDown(r)},
	}
	return answer(Accepted, ReasonExpelled, append(effects, s.explain(r, sayExpelled)...)...)
}

// explain tells the person concerned what was done, and why where the moderator says so.
func (s State) explain(r Request, done phrase) []Effect {
	if s.Subject.Bot {
		return nil
	}
	return []Effect{Tell{What: TellNote, To: r.Target, Text: Saying{done}.and(r.Text)}}
}

// invite lets one person in who asks in time, whatever else the group asks of those who join.
func invite(s State, r Request) Decision {
	switch {
	case !runs(s, r):
		return answer(Refused, ReasonNotModerator)
	case s.Subject.State == Banned:
		return answer(Refused, ReasonBanned)
	case s.Group.Join == JoinClosed:
		return answer(Refused, ReasonClosed)
	case s.Subject.State == Joined:
		return answer(Ignored, ReasonAlreadyMember)
	case s.Subject.State == Applied:
		return admit(s, r)
	}
	until := r.Until
	if until.IsZero() {
		days := s.Group.Joining.InviteFor
		if days <= 0 {
			days = inviteDays
		}
		until = r.At.Add(time.Duration(days) * day)
	}
	effects := []Effect{SetOffer{Person: r.Target, What: Invitation, Until: until.Unix()}}
	if !s.Subject.Bot {
		effects = append(effects, Tell{What: TellNote, To: r.Target, Text: Saying{fill(sayInvitedYou, until)}})
	}
	return answer(Accepted, ReasonInvited, effects...)
}

func uninvite(s State, r Request) Decision {
	switch {
	case !runs(s, r):
		return answer(Refused, ReasonNotModerator)
	case !s.Invited:
		return answer(Ignored, ReasonNothingToDo)
	}
	return answer(Accepted, ReasonUninvited, SetOffer{Person: r.Target, What: Invitation})
}

// vouch says of a member that a moderator knows them, or no longer.
func vouch(s State, r Request) Decision {
	on, reason := r.Kind == Vouch, ReasonDoubted
	if on {
		reason = ReasonVouched
	}
	switch {
	case !runs(s, r):
		return answer(Refused, ReasonNotModerator)
	case s.Subject.State == Applied && on:
		return admit(s, r)
	case s.Subject.State != Joined:
		return answer(Refused, ReasonNoMember)
	case s.Subject.Approved == on:
		return answer(Ignored, ReasonNothingToDo)
	}
	return answer(Accepted, reason, SetApproved{Person: r.Target, On: on})
}

package group

// InStorm is what the settings come to while the group, or the whole server, is under attack: only members write, nobody new comes in,
// and the first post of whoever has not been seen yet waits for a moderator. What is stricter already stays so. The settings themselves
// are not touched, so that all is as before once the storm is over.
func (s Settings) InStorm() Settings {
	s.Join = JoinClosed
	if s.Posting == PostingAnyone {
		s.Posting = PostingMembers
	}
	s.Review.First = max(s.Review.First, 1)
	return s
}

// shelter holds what strangers write beneath the group's threads during a storm.
func shelter(s State, r Request, d Decision) Decision {
	if !s.Group.Storm || vouched(s, r) || s.Member.State == Joined || runs(s, r) || r.Post == nil {
		return d
	}
	return hold(s, r, d, ReasonStorm)
}

// storm begins or ends a storm.
func storm(s State, r Request) Decision {
	on, reason := r.Kind == Storm, ReasonCalm
	if on {
		reason = ReasonStormNow
	}
	if !runs(s, r) {
		return answer(Refused, ReasonNotModerator)
	}
	return answer(Accepted, reason, SetStorm{On: on}, Tell{What: TellGroup})
}

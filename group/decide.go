package group

// Decide applies the rules of one group to one request. It is pure: the same state and request give the same decision.
func Decide(s State, r Request) Decision {
	if r.By.URI == s.Group.URI {
		return answer(Ignored, ReasonGroupItself)
	}
	if s.Member.State == Banned && !harmless(r.Kind) {
		return banned(r)
	}
	switch r.Kind {
	case Follow:
		return follow(s, r)
	case Unfollow:
		return unfollow(s, r)
	case Publish:
		return publish(s, r)
	case Edit:
		return edit(s, r)
	case Delete:
		return remove(s, r)
	case DeleteActor:
		return actorGone(s, r)
	case Like, Boost:
		return count(s, r)
	case Unlike, Unboost:
		return uncount(s, r)
	case Report:
		return answer(Accepted, ReasonReported, KeepReport{About: r.Target, Person: r.By.URI, Text: r.Text})
	case Block:
		return blocksUs(s, r)
	case Move:
		return move(s, r)
	default:
		return answer(Ignored, ReasonNothingToDo)
	}
}

// harmless requests take something away from the group, never add: even a banned person may withdraw what is theirs.
func harmless(k Kind) bool {
	switch k {
	case Unfollow, Delete, DeleteActor, Unlike, Unboost, Block:
		return true
	default:
		return false
	}
}

func banned(r Request) Decision {
	if r.Kind == Follow {
		return answer(Refused, ReasonBanned, Tell{What: TellReject, To: r.By.URI})
	}
	return answer(Refused, ReasonBanned)
}

func actorGone(s State, r Request) Decision {
	effects := []Effect{WithdrawAll{Person: r.By.URI}}
	// A ban outlives the account, so that deleting and re-creating it is no way around it.
	if s.Member.State != Banned && s.Member.State != Stranger {
		effects = append(effects, SetMember{Person: r.By.URI, State: Left, Role: Ordinary})
	}
	return answer(Accepted, ReasonActorGone, append(effects, Tell{What: TellWrap})...)
}

func blocksUs(s State, r Request) Decision {
	if s.Member.State != Joined {
		return answer(Accepted, ReasonBlocksUs)
	}
	return answer(Accepted, ReasonBlocksUs, SetMember{Person: r.By.URI, State: Left, Role: s.Member.Role})
}

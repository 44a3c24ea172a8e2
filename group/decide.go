package group

// Decide applies the rules of one group to one request. It is pure: the same state and request give the same decision.
func Decide(s State, r Request) Decision {
	if r.Said != nil {
		return said(s, r)
	}
	return decide(s, r)
}

func decide(s State, r Request) Decision {
	if r.By.URI == s.Group.URI {
		return answer(Ignored, ReasonGroupItself)
	}
	s.Member, s.Subject = s.Member.at(r.At.Unix()), s.Subject.at(r.At.Unix())
	if d, ok := barred(s, r); ok {
		return d
	}
	switch {
	case s.Member.State == Banned && !harmless(r.Kind) && r.Kind != Appeal:
		return banned(r)
	case r.Via != "" && s.Following != Following:
		return answer(Ignored, ReasonNotFollowed)
	case r.Via != "" && personal(r.Kind):
		return answer(Ignored, ReasonNotOurs)
	case r.Via != "" && r.Kind != Publish && r.Kind != Edit && s.Existing != nil && s.Existing.Home != r.Via:
		return answer(Ignored, ReasonNotOurs)
	}
	if r.Post != nil {
		dressed := s.Group.Welcome.Dress(*r.Post)
		r.Post = &dressed
	}
	if rule, ok := rules()[r.Kind]; ok {
		return helped(s, r, restrain(s, r, shelter(s, r, police(s, r, rule(s, r)))))
	}
	return answer(Ignored, ReasonNothingToDo)
}

// rules names the rule for each kind of request.
func rules() map[Kind]func(State, Request) Decision {
	return map[Kind]func(State, Request) Decision{
		Erase:  erase,
		Ask:    ask,
		Follow: follow, Unfollow: unfollow, Block: blocksUs, Move: move, DeleteActor: actorGone, Rekey: rekeyed,
		Publish: publish, Edit: edit, Delete: remove, Restore: restore,
		Like: vote, Dislike: vote, Unlike: unvote, Undislike: unvote, Boost: boost, Unboost: unboost,
		Remove: takeOff, Lock: lock, Unlock: lock, Pin: pin, Unpin: pin, Relocate: relocate,
		Ban: ban, Unban: unban, Appoint: appoint, Dismiss: dismiss, Warn: warn, Describe: describe,
		Report: report, Resolve: resolve, Discard: resolve, Quote: quote, Bar: bar, Unbar: bar, AddRule: setRule, DropRule: setRule, Storm: storm, Calm: storm,
		Appeal: appeal, Uphold: decideAppeal, Overturn: decideAppeal,
		Join: join, Leave: leave, Answer: answerQuestions, Admit: admit, TurnDown: turnDown, Expel: expel,
		Invite: invite, Uninvite: uninvite, Vouch: vouch, Doubt: vouch,
		Approve: approve, Refuse: refuse, Overdue: overdue, Pause: pause, Resume: pause,
		Offer: offer, TakeUp: takeUp, Succeed: succeed, Instate: instate, Nominate: nominate, Tally: tally,
		Subscribe: subscribe, Unsubscribe: unsubscribe, Confirm: confirm, Decline: decline,
	}
}

// harmless requests take something away from the group, never add: even a banned person may withdraw what is theirs.
func harmless(k Kind) bool {
	switch k {
	case Unfollow, Leave, Delete, DeleteActor, Unlike, Undislike, Unboost, Block, Confirm, Decline, Quote, Ask, Erase:
		return true
	default:
		return false
	}
}

// personal requests count in the person's own word alone, whatever another community announces.
func personal(k Kind) bool {
	switch k {
	case Ask, Erase, Follow, Join, Leave, Answer, Admit, TurnDown, Expel, Invite, Uninvite, Vouch, Doubt, Approve, Refuse, Overdue, Pause, Resume,
		Offer, TakeUp, Succeed, Instate, Nominate, Tally:
		return true
	default:
		return false
	}
}

func banned(r Request) Decision {
	if r.Kind == Follow || r.Kind == Join && r.Reads {
		return answer(Refused, ReasonBanned, Tell{What: TellReject, To: r.By.URI})
	}
	return answer(Refused, ReasonBanned)
}

func actorGone(s State, r Request) Decision {
	if r.Via != "" {
		return answer(Ignored, ReasonNotOurs) // only an account's own server says that it is gone
	}
	effects := []Effect{WithdrawAll{Person: r.By.URI, State: Deleted}}
	// A ban outlives the account, so that deleting and re-creating it is no way around it.
	if s.Member.State != Banned && s.Member.State != Stranger {
		effects = append(effects, SetMember{Person: r.By.URI, State: Left, Role: Ordinary})
		effects = append(effects, s.vacated(r.By.URI, s.Member)...)
	}
	return answer(Accepted, ReasonActorGone, append(effects, Tell{What: TellWrap})...)
}

func blocksUs(s State, r Request) Decision {
	switch s.Member.State {
	case Joined:
		left := SetMember{Person: r.By.URI, State: Left, Role: s.Member.Role}
		return answer(Accepted, ReasonBlocksUs, append([]Effect{left}, s.vacated(r.By.URI, s.Member)...)...)
	case Reader, Applied:
		return answer(Accepted, ReasonBlocksUs, SetMember{Person: r.By.URI, State: Left, Role: Ordinary})
	case Banned:
		return answer(Accepted, ReasonBlocksUs, SetMember{Person: r.By.URI, State: Banned, Role: Ordinary, Until: s.Member.Until})
	default:
		return answer(Accepted, ReasonBlocksUs)
	}
}

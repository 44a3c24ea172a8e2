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
	case r.Via != "" && !announceable(r.Kind):
		return answer(Ignored, ReasonNotOurs)
	case r.Via != "" && r.Kind != Publish && r.Kind != Edit && s.Existing != nil && s.Existing.Home != r.Via:
		return answer(Ignored, ReasonNotOurs)
	}
	if r.Post != nil {
		dressed := s.Group.Welcome.Dress(*r.Post)
		r.Post = &dressed
	}
	if rule := ruleFor(r.Kind); rule != nil {
		return helped(s, r, restrain(s, r, shelter(s, r, police(s, r, rule(s, r)))))
	}
	return answer(Ignored, ReasonNothingToDo)
}

// ruleFor returns the rule for a kind of request, nil for none. It is asked for each of very many likes, so that it is no map made anew.
func ruleFor(k Kind) func(State, Request) Decision {
	switch k {
	case Erase:
		return erase
	case Ask:
		return ask
	case Follow:
		return follow
	case Unfollow:
		return unfollow
	case Block:
		return blocksUs
	case Move:
		return move
	case DeleteActor:
		return actorGone
	case Rekey:
		return rekeyed
	case Publish:
		return publish
	case Edit:
		return edit
	case Delete:
		return remove
	case Restore:
		return restore
	case Like, Dislike:
		return vote
	case Unlike, Undislike:
		return unvote
	case Boost:
		return boost
	case Unboost:
		return unboost
	case Remove:
		return takeOff
	case Lock, Unlock:
		return lock
	case Pin, Unpin:
		return pin
	case Relocate:
		return relocate
	case Ban:
		return ban
	case Unban:
		return unban
	case Appoint:
		return appoint
	case Dismiss:
		return dismiss
	case Warn:
		return warn
	case Describe:
		return describe
	case Report:
		return report
	case Resolve, Discard:
		return resolve
	case Quote:
		return quote
	case Bar, Unbar:
		return bar
	case AddRule, DropRule:
		return setRule
	case Storm, Calm:
		return storm
	case Appeal:
		return appeal
	case Uphold, Overturn:
		return decideAppeal
	case Join:
		return join
	case Leave:
		return leave
	case Answer:
		return answerQuestions
	case Admit:
		return admit
	case TurnDown:
		return turnDown
	case Expel:
		return expel
	case Invite:
		return invite
	case Uninvite:
		return uninvite
	case Vouch, Doubt:
		return vouch
	case Approve:
		return approve
	case Refuse:
		return refuse
	case Overdue:
		return overdue
	case Pause, Resume:
		return pause
	case Offer:
		return offer
	case TakeUp:
		return takeUp
	case Succeed:
		return succeed
	case Instate:
		return instate
	case Nominate:
		return nominate
	case Tally:
		return tally
	case Subscribe:
		return subscribe
	case Unsubscribe:
		return unsubscribe
	case Confirm:
		return confirm
	case Decline:
		return decline
	}
	return nil
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

// announceable requests are about posts, and believed when the community whose thread it is announces them. All else (who is a member,
// what a group says of itself, its bans, reports and rules) counts in the person's own word alone.
func announceable(k Kind) bool {
	switch k {
	case Publish, Edit, Delete, Restore, Like, Unlike, Dislike, Undislike, Remove, Lock, Unlock, Pin, Unpin, Relocate:
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

package group

// subscribe has the group follow a community elsewhere. Only whoever runs the group, or the server, may ask for it.
func subscribe(s State, r Request) Decision {
	switch {
	case !runs(s, r):
		return answer(Refused, ReasonNotModerator)
	case s.Following == Following:
		return answer(Ignored, ReasonNothingToDo)
	}
	// Asked again, it is sent again: the community may have lost the first.
	return answer(Accepted, ReasonSubscribed,
		SetSubscription{Community: r.Target, State: Asked}, Tell{What: TellFollow, To: r.Target})
}

func unsubscribe(s State, r Request) Decision {
	switch {
	case !runs(s, r):
		return answer(Refused, ReasonNotModerator)
	case s.Following == NotFollowing:
		return answer(Ignored, ReasonNothingToDo)
	}
	return answer(Accepted, ReasonUnsubscribed,
		Tell{What: TellUnfollow, To: r.Target}, SetSubscription{Community: r.Target, State: NotFollowing})
}

// confirm is the community's own word: the door has found the group's Follow that it answers.
func confirm(s State, r Request) Decision {
	if s.Following != Asked {
		return answer(Ignored, ReasonNothingToDo)
	}
	return answer(Accepted, ReasonSubscribedNow, SetSubscription{Community: r.By.URI, State: Following})
}

func decline(s State, r Request) Decision {
	if s.Following == NotFollowing {
		return answer(Ignored, ReasonNothingToDo)
	}
	return answer(Accepted, ReasonSubscriptionOver, SetSubscription{Community: r.By.URI, State: NotWanted})
}

package group

// Counts says whether requests of this kind are votes or boosts, or take one back: what [State.Vote] and [State.Boosted] matter for.
func (k Kind) Counts() bool {
	switch k {
	case Like, Unlike, Dislike, Undislike, Boost, Unboost:
		return true
	default:
		return false
	}
}

// vote takes a like or dislike of a post the group shows: one for each person, the newer in place of the older, however
// often it is sent. It is passed on to those who show who voted how, unless the group keeps votes to itself.
func vote(s State, r Request) Decision {
	switch {
	case s.Existing == nil || s.Existing.State != Visible:
		return answer(Ignored, ReasonUnknownPost)
	case s.Vote == r.Kind:
		return answer(Ignored, ReasonDuplicate)
	}
	effects := []Effect{Count{URI: s.Existing.URI, Person: r.By.URI, Kind: r.Kind}}
	return answer(Accepted, ReasonCounted, append(effects, passVote(s, r)...)...)
}

func unvote(s State, r Request) Decision {
	kind := Like
	if r.Kind == Undislike {
		kind = Dislike
	}
	if s.Existing == nil || s.Vote != kind {
		return answer(Ignored, ReasonNothingToDo)
	}
	effects := []Effect{Count{URI: s.Existing.URI, Person: r.By.URI, Kind: kind, Undo: true}}
	return answer(Accepted, ReasonUncounted, append(effects, passVote(s, r)...)...)
}

func passVote(s State, r Request) []Effect {
	if s.Group.KeepVotes {
		return nil
	}
	return pass(r, *s.Existing)
}

// pass tells those who follow every activity of a post, unless the thread is another community's: its followers hear from
// that one, and two groups that pass on each other's activities would never stop (FEP-d36d).
func pass(r Request, e Filed) []Effect {
	if e.Home != "" || r.Via != "" || e.State != Visible {
		return nil
	}
	return []Effect{Tell{What: TellWrap, Post: e.URI}}
}

// boost counts a share; whoever shares tells their own followers.
func boost(s State, r Request) Decision {
	switch {
	case s.Existing == nil || s.Existing.State != Visible:
		return answer(Ignored, ReasonUnknownPost)
	case s.Boosted:
		return answer(Ignored, ReasonDuplicate)
	default:
		return answer(Accepted, ReasonCounted, Count{URI: s.Existing.URI, Person: r.By.URI, Kind: Boost})
	}
}

func unboost(s State, r Request) Decision {
	if s.Existing == nil || !s.Boosted {
		return answer(Ignored, ReasonNothingToDo)
	}
	return answer(Accepted, ReasonUncounted, Count{URI: s.Existing.URI, Person: r.By.URI, Kind: Boost, Undo: true})
}

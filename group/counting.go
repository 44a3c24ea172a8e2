package group

// count takes a like or a boost of a post the group shows: once for each person, however often it is sent.
func count(s State, r Request) Decision {
	switch {
	case s.Existing == nil || s.Existing.State != Visible:
		return answer(Ignored, ReasonUnknownPost)
	case counted(s, r.Kind):
		return answer(Ignored, ReasonDuplicate)
	default:
		return answer(Accepted, ReasonCounted, Count{URI: s.Existing.URI, Person: r.By.URI, Kind: r.Kind})
	}
}

func uncount(s State, r Request) Decision {
	kind := Like
	if r.Kind == Unboost {
		kind = Boost
	}
	if s.Existing == nil || !counted(s, kind) {
		return answer(Ignored, ReasonNothingToDo)
	}
	return answer(Accepted, ReasonUncounted, Count{URI: s.Existing.URI, Person: r.By.URI, Kind: kind, Undo: true})
}

func counted(s State, kind Kind) bool {
	if kind == Boost {
		return s.Boosted
	}
	return s.Liked
}

package group

// moderates says whether the person may moderate the post the request is about. A thread that was taken in from elsewhere
// is moderated by its home, which vouches for what it announces; this group's moderators may take it off their own view.
func moderates(s State, r Request) bool {
	if r.Via != "" {
		return s.Existing != nil && s.Existing.Home == r.Via
	}
	return runs(s, r)
}

// runs says whether the person runs the group: as owner or moderator, or as operator of the server.
func runs(s State, r Request) bool {
	return r.By.Operator || s.Member.State == Joined && s.Member.Role.Moderates()
}

// owns says whether the person may do what only an owner may.
func owns(s State, r Request) bool {
	return r.By.Operator || s.Member.State == Joined && s.Member.Role == Owner
}

// takeOff removes a post from the group's view. Lemmy 1.0 means it by a Delete of somebody else's post, with a summary.
func takeOff(s State, r Request) Decision {
	e := s.Existing
	switch {
	case e == nil:
		return answer(Ignored, ReasonUnknownPost)
	case !moderates(s, r):
		return answer(Refused, ReasonNotModerator)
	case e.State.Withdrawn():
		return answer(Ignored, ReasonGone)
	}
	return answer(Accepted, ReasonByModerator, unshow(*e, r, Removed)...)
}

// unshow withdraws a post and tells everybody who was told of it: Mastodon understands only the undone boost,
// threadiverse software the wrapped activity.
func unshow(e Filed, r Request, state PostState) []Effect {
	effects := []Effect{Withdraw{URI: e.URI, State: state, WithReplies: r.WithReplies}}
	if e.State != Visible {
		return effects
	}
	if !e.Comment {
		effects = append(effects, Tell{What: TellUndo, Post: e.URI})
	}
	if e.Home != "" || r.Via != "" {
		return effects
	}
	return append(effects, Tell{What: TellWrap, Post: e.URI})
}

// restore takes a removal back, or a deletion by the author or the author's server, for which the post comes along as it is at its
// origin.
func restore(s State, r Request) Decision {
	e := s.Existing
	switch {
	case e == nil:
		return answer(Ignored, ReasonUnknownPost)
	case e.State == Deleted && (e.Author == r.By.URI || r.AtOrigin) && r.Post != nil && r.Post.Author == e.Author && r.Post.Visibility.Shareable():
		return answer(Accepted, ReasonRestored, append([]Effect{Revise{Post: *r.Post}}, reshow(*e, r)...)...)
	case e.State != Removed:
		return answer(Ignored, ReasonNothingToDo)
	case !moderates(s, r):
		return answer(Refused, ReasonNotModerator)
	}
	return answer(Accepted, ReasonRestored, reshow(*e, r)...)
}

func reshow(e Filed, r Request) []Effect {
	effects := []Effect{Reinstate{URI: e.URI, WithReplies: r.WithReplies}}
	if !e.Comment {
		effects = append(effects, Tell{What: TellBoost, Post: e.URI})
	}
	e.State = Visible
	return append(effects, pass(r, e)...)
}

// lock ends the comments beneath a post, or allows them again.
func lock(s State, r Request) Decision {
	on, reason := r.Kind == Lock, ReasonUnlock
	if on {
		reason = ReasonLock
	}
	switch {
	case s.Existing == nil || s.Existing.State != Visible:
		return answer(Ignored, ReasonUnknownPost)
	case !moderates(s, r):
		return answer(Refused, ReasonNotModerator)
	}
	effects := []Effect{SetLocked{URI: s.Existing.URI, On: on}}
	return answer(Accepted, reason, append(effects, pass(r, *s.Existing)...)...)
}

// pin puts a thread first, or no longer.
func pin(s State, r Request) Decision {
	on, reason := r.Kind == Pin, ReasonUnpinned
	if on {
		reason = ReasonPinned
	}
	switch {
	case s.Existing == nil || s.Existing.State != Visible || s.Existing.Comment:
		return answer(Ignored, ReasonUnknownPost)
	case !moderates(s, r):
		return answer(Refused, ReasonNotModerator)
	case s.Existing.Pinned == on:
		return answer(Ignored, ReasonNothingToDo)
	}
	effects := []Effect{SetPinned{URI: s.Existing.URI, On: on}}
	return answer(Accepted, reason, append(effects, pass(r, *s.Existing)...)...)
}

// relocate moves a thread to another group (FEP-f15d). On this server it goes along with its comments; elsewhere the other
// group takes it in from its origin.
func relocate(s State, r Request) Decision {
	e := s.Existing
	switch {
	case e == nil || e.State != Visible || e.Comment:
		return answer(Ignored, ReasonUnknownPost)
	case r.To == s.Group.URI:
		return arrive(s, r)
	case !moderates(s, r):
		return answer(Refused, ReasonNotModerator)
	case s.Destination == nil:
		return answer(Accepted, ReasonMovedAway, unshow(*e, Request{Via: r.Via, WithReplies: true}, Removed)...)
	}
	if reason, ok := mayPost(*s.Destination); !ok && !r.By.Operator {
		return answer(Refused, reason)
	}
	effects := []Effect{Tell{What: TellUndo, Post: e.URI}}
	effects = append(effects, pass(r, *e)...)
	return answer(Accepted, ReasonMovedAway, append(effects, Hand{URI: e.URI, To: r.To})...)
}

// arrive makes a thread that was taken in from elsewhere this group's own, where a moderator of this group moves it here.
func arrive(s State, r Request) Decision {
	if s.Existing.Home == "" {
		return answer(Ignored, ReasonNothingToDo)
	}
	if !runs(s, r) {
		return answer(Refused, ReasonNotModerator)
	}
	return answer(Accepted, ReasonMovedHere, Adopt{URI: s.Existing.URI}, Tell{What: TellWrap, Post: s.Existing.URI})
}

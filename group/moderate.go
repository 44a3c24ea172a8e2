package group

// moderates says whether the person may moderate the post the request is about. A thread that was taken in from elsewhere
// is moderated by its home, which vouches for what it announces; this group's moderators may take it off their own view.
func moderates(s State, r Request) bool {
	if r.Via != "" {
		return s.Existing != nil && s.Existing.Home == r.Via
	}
	return runs(s, r)
}

// vouched says whether a post is announced by the community whose thread it is in, or begins. What a community announces of this
// group's own threads, or of another's, is no more than what its author says.
func vouched(s State, r Request) bool {
	switch {
	case r.Via == "":
		return false
	case s.Existing != nil:
		return s.Existing.Home == r.Via
	case s.Parent != nil:
		return s.Parent.Home == r.Via
	}
	return true
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
		return bringBack(s, r)
	case e.State != Removed:
		return answer(Ignored, ReasonNothingToDo)
	case !moderates(s, r):
		return answer(Refused, ReasonNotModerator)
	}
	return answer(Accepted, ReasonRestored, reshow(*e, r)...)
}

// bringBack shows a post again whose author had deleted it. It comes in whatever words they like by now, so that it passes where a new
// one has to pass.
func bringBack(s State, r Request) Decision {
	d := answer(Accepted, ReasonRestored, append([]Effect{Revise{Post: *r.Post}}, reshow(*s.Existing, r)...)...)
	if s.Existing.Home != "" {
		return d
	}
	if r.By.URI != s.Existing.Author { // the author's server brings it back: what it may do itself says nothing of the author
		s.Shown, s.Member.Approved = 0, false
	}
	switch p := examine(s, r); p.verdict {
	case Refused:
		return refuseNow(s, r, p.why)
	case Held:
		return holdFor(s, r, d, p)
	}
	return d
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
	if reason, ok := mayHand(*s.Destination, r); !ok {
		return answer(Refused, reason)
	}
	effects := []Effect{Tell{What: TellUndo, Post: e.URI}}
	effects = append(effects, pass(r, *e)...)
	return answer(Accepted, ReasonMovedAway, append(effects, Hand{URI: e.URI, To: r.To})...)
}

// mayHand says whether another group of this server takes a thread: as if whoever moves it posted it there, and only from whom it takes
// anything.
func mayHand(to State, r Request) (Reason, bool) {
	to.Member, to.Subject = to.Member.at(r.At.Unix()), to.Subject.at(r.At.Unix())
	switch {
	case to.Standing.Suspended():
		return ReasonBlocked, false
	case to.Member.State == Banned, to.Subject.State == Banned:
		return ReasonBanned, false
	case runs(to, r):
		return "", true
	case to.Group.paused(r.At):
		return ReasonPaused, false
	case to.Group.Review.All:
		return ReasonReviewed, false
	}
	return mayPost(to)
}

// arrive makes a thread that was taken in from elsewhere this group's own, where a moderator of this group moves it here. That its
// home announces it in the moderator's name is not enough, since this group will answer for the thread; unless it is of the moderator's own
// server: PieFed sends a Move to nobody but the group that the thread leaves.
func arrive(s State, r Request) Decision {
	switch {
	case s.Existing.Home == "":
		return answer(Ignored, ReasonNothingToDo)
	case r.Via != "" && !r.OwnWord:
		return answer(Ignored, ReasonNotOurs)
	case !runs(s, r):
		return answer(Refused, ReasonNotModerator)
	}
	return answer(Accepted, ReasonMovedHere, Adopt{URI: s.Existing.URI}, Tell{What: TellWrap, Post: s.Existing.URI})
}

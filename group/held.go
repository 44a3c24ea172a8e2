package group

// Waiting is a version of a post that has not been let through yet.
type Waiting struct {
	Number int64
	Fresh  bool  // the post has not been shown before
	Opens  int64 // let through then without a moderator, Unix seconds; 0 for never
	Due    int64 // when waiting ends
	Post   Post
}

// approve lets a held version through: the one that the moderator saw, and no other.
func approve(s State, r Request) Decision {
	if reason, ok := mayDecide(s, r); !ok {
		return answer(Refused, reason)
	}
	e := s.Existing
	switch {
	case e == nil || e.Waiting == nil:
		return answer(Ignored, ReasonNothingWaits)
	case s.Subject.State == Banned:
		return answer(Refused, ReasonBanned)
	case e.Waiting.Fresh && e.Comment && e.Under != Visible:
		return answer(Refused, ReasonParentHeld)
	}
	return answer(Accepted, ReasonApproved, letThrough(s, r)...)
}

// mayDecide says whether somebody may decide about the held version they name.
func mayDecide(s State, r Request) (Reason, bool) {
	switch {
	case !runs(s, r):
		return ReasonNotModerator, false
	case s.Existing != nil && s.Existing.Waiting != nil && s.Existing.Waiting.Number != r.Seen:
		return ReasonChanged, false
	}
	return "", true
}

// letThrough shows a held version and tells of it in the words in which it came.
func letThrough(s State, r Request) []Effect {
	e, w := *s.Existing, *s.Existing.Waiting
	effects := []Effect{Release{URI: e.URI, Number: w.Number, By: r.By.URI}}
	switch {
	case !w.Fresh || e.Comment:
		if e.Home == "" {
			effects = append(effects, Tell{What: TellWrap, Post: e.URI, Held: w.Number})
		}
		return effects
	case e.Home != "" && w.Post.NoBoost:
	case e.Home != "": // its followers hear of the rest from its own community
		effects = append(effects, Tell{What: TellBoost, Post: e.URI, Held: w.Number})
	case w.Post.NoBoost:
		effects = append(effects, Tell{What: TellWrap, Post: e.URI, Held: w.Number})
	default:
		effects = append(effects, Tell{What: TellThread, Post: e.URI, Held: w.Number})
	}
	if w.Post.Wall == s.Group.URI {
		effects = append(effects, Tell{What: TellWall, Post: e.URI, Held: w.Number},
			Tell{What: TellWall, To: e.Author, Post: e.URI, Held: w.Number})
	}
	return effects
}

// refuse ends the wait of a held version. What was shown before stays; a post that never was is taken off.
func refuse(s State, r Request) Decision {
	if reason, ok := mayDecide(s, r); !ok {
		return answer(Refused, reason)
	}
	if s.Existing == nil || s.Existing.Waiting == nil {
		return answer(Ignored, ReasonNothingWaits)
	}
	words := Saying{sayNotThrough}
	if !s.Existing.Waiting.Fresh {
		words = Saying{sayChangeNotThrough}
	}
	return answer(Accepted, ReasonNotApproved, turnBack(s, words.and(r.Text))...)
}

func turnBack(s State, words Saying) []Effect {
	e, w := *s.Existing, *s.Existing.Waiting
	effects := []Effect{Drop{URI: e.URI, Number: w.Number}}
	if w.Fresh {
		effects = append(effects, Withdraw{URI: e.URI, State: Removed})
		if w.Post.Wall == s.Group.URI {
			effects = append(effects, Tell{What: TellRefuse, To: e.Author, Post: e.URI, Held: w.Number})
		}
	}
	if !s.Subject.Bot {
		effects = append(effects, Tell{What: TellNote, To: e.Author, Post: e.URI, Text: words})
	}
	return effects
}

// overdue is about a held version whose time has come: the quiet hours are over, or no moderator has looked at it for long enough.
// Only the server itself asks.
func overdue(s State, r Request) Decision {
	e := s.Existing
	switch {
	case !r.By.Operator:
		return answer(Refused, ReasonNotModerator)
	case e == nil || e.Waiting == nil || e.Waiting.Number != r.Seen || r.At.Unix() < e.Waiting.Due:
		return answer(Ignored, ReasonNothingWaits)
	case e.Waiting.Opens == 0:
		return answer(Accepted, ReasonExpired, turnBack(s, Saying{sayWaitedTooLong})...)
	case s.Subject.State == Banned, e.Comment && e.Under != Visible:
		return answer(Accepted, ReasonNotApproved, Drop{URI: e.URI, Number: e.Waiting.Number}, Withdraw{URI: e.URI, State: Removed})
	}
	return answer(Accepted, ReasonApproved, letThrough(s, r)...)
}

// pause ends posting for a while, or until somebody lifts it.
func pause(s State, r Request) Decision {
	if !runs(s, r) {
		return answer(Refused, ReasonNotModerator)
	}
	until := int64(Forever)
	switch {
	case r.Kind == Resume && s.Group.Paused == 0:
		return answer(Ignored, ReasonNothingToDo)
	case r.Kind == Resume:
		return answer(Accepted, ReasonResumed, SetPaused{})
	case !r.Until.IsZero() && !r.Until.After(r.At):
		return answer(Ignored, ReasonNothingToDo)
	case !r.Until.IsZero():
		until = r.Until.Unix()
	}
	return answer(Accepted, ReasonPausedNow, SetPaused{Until: until})
}

package group

// ban shuts an account out. Who runs the group can only be banned by an owner, and an owner by nobody. The follow ends with it,
// unless the account's server keeps the ban itself: that one must hear of its end.
func ban(s State, r Request) Decision {
	switch {
	case r.AtOrigin:
		return bannedAtHome(s, r)
	case !runs(s, r):
		return answer(Refused, ReasonNotModerator)
	case s.Subject.Role == Owner && s.Subject.State == Joined, s.Subject.Role == Moderator && s.Subject.State == Joined && !owns(s, r):
		return answer(Refused, ReasonHigherRole)
	}
	var until int64
	if !r.Until.IsZero() {
		until = r.Until.Unix()
	}
	var effects []Effect
	if s.Subject.Follows && !r.BansKept || s.Subject.State == Applied {
		effects = append(effects, Tell{What: TellExpel, To: r.Target})
	}
	m := SetMember{Person: r.Target, State: Banned, Role: Ordinary, Until: until, Follow: s.Subject.Follows && r.BansKept}
	effects = append(effects, m)
	if r.WithPosts {
		effects = append(effects, WithdrawAll{Person: r.Target, State: Removed})
	}
	return answer(Accepted, ReasonBannedNow, append(effects, Tell{What: TellWrap})...)
}

// bannedAtHome follows what a server says of its own people: they are members no longer, but not banned here.
func bannedAtHome(s State, r Request) Decision {
	var effects []Effect
	switch s.Subject.State {
	case Joined:
		effects = append(effects, SetMember{Person: r.Target, State: Left, Role: s.Subject.Role})
		effects = append(effects, s.vacated(r.Target, s.Subject)...)
	case Applied, Reader:
		effects = append(effects, SetMember{Person: r.Target, State: Left, Role: Ordinary})
	}
	if r.WithPosts {
		effects = append(effects, WithdrawAll{Person: r.Target, State: Removed, AtOrigin: true})
	}
	if len(effects) == 0 {
		return answer(Ignored, ReasonNotMember)
	}
	return answer(Accepted, ReasonBannedAtHome, append(effects, Tell{What: TellWrap})...)
}

func unban(s State, r Request) Decision {
	switch {
	case r.AtOrigin:
		return unbannedAtHome(r)
	case !runs(s, r):
		return answer(Refused, ReasonNotModerator)
	case s.Subject.State != Banned:
		return answer(Ignored, ReasonNothingToDo)
	}
	effects := []Effect{SetMember{Person: r.Target, State: afterBan(s.Subject), Role: Ordinary, Follow: s.Subject.Follows}}
	if r.WithPosts {
		effects = append(effects, ReinstateAll{Person: r.Target})
	}
	return answer(Accepted, ReasonUnbanned, append(effects, Tell{What: TellWrap})...)
}

// unbannedAtHome changes nothing but the posts that the ban had taken off: the account follows again by itself, if it wants to, and
// what moderators here have removed stays so.
func unbannedAtHome(r Request) Decision {
	if !r.WithPosts {
		return answer(Ignored, ReasonNothingToDo)
	}
	return answer(Accepted, ReasonUnbanned, ReinstateAll{Person: r.Target, AtOrigin: true}, Tell{What: TellWrap})
}

// appoint makes a moderator of an account anywhere. As on Lemmy 1.0, moderators name moderators.
func appoint(s State, r Request) Decision {
	switch {
	case !runs(s, r):
		return answer(Refused, ReasonNotModerator)
	case s.Subject.State == Banned:
		return answer(Refused, ReasonBanned)
	case s.Subject.State == Joined && s.Subject.Role.Moderates():
		return answer(Ignored, ReasonNothingToDo)
	}
	waited := s.Subject.State == Applied && s.Subject.Via != ""
	effects := []Effect{SetMember{Person: r.Target, State: Joined, Role: Moderator, Follow: s.Subject.Follows || waited}}
	if waited && !s.Subject.Follows {
		effects = append(effects, Tell{What: TellAdmit, To: r.Target})
	}
	return answer(Accepted, ReasonAppointed, append(effects, Tell{What: TellWrap})...)
}

// dismiss makes a moderator an ordinary member. Owners dismiss anybody, moderators themselves; the last owner stays.
func dismiss(s State, r Request) Decision {
	switch {
	case !runs(s, r):
		return answer(Refused, ReasonNotModerator)
	case s.Subject.State != Joined || !s.Subject.Role.Moderates():
		return answer(Ignored, ReasonNothingToDo)
	case !owns(s, r) && r.Target != r.By.URI:
		return answer(Refused, ReasonHigherRole)
	case s.Subject.Role == Owner && s.Owners <= 1:
		return answer(Refused, ReasonLastOwner)
	}
	m := SetMember{Person: r.Target, State: Joined, Role: Ordinary, Follow: s.Subject.Follows}
	return answer(Accepted, ReasonDismissed, m, Tell{What: TellWrap})
}

// warn is put on record. Whoever is warned by an activity hears of it from the moderator's server, others in a note.
func warn(s State, r Request) Decision {
	if !runs(s, r) {
		return answer(Refused, ReasonNotModerator)
	}
	effects := []Effect{KeepWarning{Person: r.Target, Text: r.Text}}
	if len(r.Raw) == 0 {
		words := Saying{sayWarning}
		if r.Text != "" {
			words = Saying{fill(sayWarningFor, r.Text)}
		}
		effects = append(effects, Tell{What: TellNote, To: r.Target, Text: words})
	}
	return answer(Accepted, ReasonWarned, effects...)
}

// describe changes what the group says of itself.
func describe(s State, r Request) Decision {
	switch {
	case !runs(s, r):
		return answer(Refused, ReasonNotModerator)
	case r.Profile == nil || r.Profile.Title == "":
		return answer(Ignored, ReasonNothingToDo)
	}
	return answer(Accepted, ReasonDescribed, SetProfile{Profile: *r.Profile}, Tell{What: TellWrap}, Tell{What: TellGroup})
}

// report is kept for the moderators, who are told: once for each who reports, and only about what the group knows. Otherwise
// strangers could write to the moderators whatever they like, as often as they like. Of whoever runs the
// group the moderators are not told: that is for the admin.
func report(s State, r Request) Decision {
	forAdmin := s.Subject.State == Joined && s.Subject.Role.Moderates()
	switch {
	case s.Existing == nil && s.Subject.State == Stranger && r.Target != s.Group.URI:
		return answer(Ignored, ReasonUnknownPost)
	case s.Reported:
		return answer(Ignored, ReasonDuplicate)
	case forAdmin:
		return answer(Accepted, ReasonForAdmin, KeepReport{About: r.Target, Person: r.By.URI, Text: r.Text, Admin: true})
	}
	return answer(Accepted, ReasonReported,
		KeepReport{About: r.Target, Person: r.By.URI, Text: r.Text}, Tell{What: TellReport, Post: r.Target, Text: own(r.Text)})
}

// resolve closes reports and tells those who sent them. Reports for the admin are closed by the admin alone.
func resolve(s State, r Request) Decision {
	if !runs(s, r) {
		return answer(Refused, ReasonNotModerator)
	}
	reason := ReasonResolved
	if r.Kind == Discard {
		reason = ReasonDiscarded
	}
	closed := CloseReports{About: r.Target, Text: r.Text, Discarded: r.Kind == Discard, Admin: r.By.Operator}
	return answer(Accepted, reason, Tell{What: TellResolved, Post: r.Target, Text: own(r.Text)}, closed)
}

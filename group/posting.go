package group

// publish decides about a post that reached this group: a new thread, a comment, or nothing of ours.
func publish(s State, r Request) Decision {
	p := r.Post
	switch {
	case p == nil || p.Author != r.By.URI:
		return answer(Refused, ReasonNotAuthor)
	case p.Vote:
		return answer(Ignored, ReasonVote)
	case !p.Visibility.Shareable():
		return answer(Ignored, ReasonNotPublic)
	case s.Existing != nil:
		return known(*s.Existing)
	case s.Gone:
		return answer(Refused, ReasonWithdrawnLater)
	case s.Parent != nil:
		return comment(s, r)
	case p.InReplyTo != "":
		// Boosting a reply to somebody else's thread would drag people in who never addressed the group.
		return answer(Ignored, ReasonForeignThread)
	case !s.Addressed:
		return answer(Ignored, ReasonNotAddressed)
	default:
		return thread(s, r)
	}
}

func known(e Filed) Decision {
	switch e.State {
	case Removed:
		return answer(Refused, ReasonRemoved)
	case Deleted:
		return answer(Refused, ReasonGone)
	default:
		return answer(Ignored, ReasonDuplicate)
	}
}

func thread(s State, r Request) Decision {
	if reason, ok := mayPost(s); !ok {
		return turnAway(s, r, reason)
	}
	if len(r.Groups) > s.Group.TagCap {
		return answer(Held, ReasonTooManyGroups, File{Post: *r.Post, State: Pending})
	}
	what := TellThread
	if r.Post.NoBoost {
		what = TellWrap
	}
	return answer(Accepted, ReasonThread,
		File{Post: *r.Post, State: Visible},
		Tell{What: what, Post: r.Post.URI})
}

func mayPost(s State) (Reason, bool) {
	switch {
	case s.Member.State == Joined && s.Member.Role.Moderates():
		return "", true
	case s.Group.Posting == PostingMods:
		return ReasonModsOnly, false
	case s.Group.Posting == PostingAnyone, s.Member.State == Joined:
		return "", true
	default:
		return ReasonStranger, false
	}
}

// turnAway ignores the post and, the first time, says kindly why. Machines get no note: two of them would talk in circles.
func turnAway(s State, r Request, reason Reason) Decision {
	if s.Noticed || r.By.Bot {
		return answer(Ignored, reason)
	}
	return answer(Ignored, reason,
		MarkNoticed{Person: r.By.URI},
		Tell{What: TellNote, To: r.By.URI, Post: r.Post.URI, Text: reason.Sentence()})
}

// comment files a reply in a thread the group has. Anybody who can answer the thread may: the conversation goes on
// between servers anyway, and a comment is never boosted. Only the wrapped form goes out, to hosts that show comments.
func comment(s State, r Request) Decision {
	if s.Parent.State != Visible {
		return answer(Refused, ReasonParentGone)
	}
	return answer(Accepted, ReasonComment,
		File{Post: *r.Post, State: Visible},
		Tell{What: TellWrap, Post: r.Post.URI})
}

func edit(s State, r Request) Decision {
	e := s.Existing
	switch {
	case r.Post == nil || r.Post.Author != r.By.URI:
		return answer(Refused, ReasonNotAuthor)
	case e == nil:
		// Lemmy sends Update for posts the receiver never saw: take it as the post itself.
		return publish(s, r)
	case e.Author != r.By.URI:
		return answer(Refused, ReasonNotAuthor)
	case e.State == Removed || e.State == Deleted:
		return known(*e)
	case version(*r.Post) <= e.Updated:
		return answer(Ignored, ReasonOldVersion)
	case !r.Post.Visibility.Shareable():
		return answer(Accepted, ReasonNotPublic, hide(*e)...)
	default:
		return answer(Accepted, ReasonEdited, revise(*e, *r.Post)...)
	}
}

func revise(e Filed, p Post) []Effect {
	effects := []Effect{Revise{Post: p}}
	if e.State == Visible {
		effects = append(effects, Tell{What: TellWrap, Post: p.URI})
	}
	return effects
}

// version orders the versions of a post: edits by their time, the first version by its publication.
func version(p Post) int64 {
	if p.Updated.IsZero() {
		return p.Published.Unix()
	}
	return p.Updated.Unix()
}

func remove(s State, r Request) Decision {
	e := s.Existing
	switch {
	case e == nil:
		return answer(Accepted, ReasonUnknownPost, Forget{URI: r.Target})
	case e.Author != r.By.URI:
		return answer(Refused, ReasonNotAuthor)
	case e.State == Deleted:
		return answer(Ignored, ReasonGone)
	default:
		return answer(Accepted, ReasonDeleted, withdraw(*e)...)
	}
}

// hide withdraws a post that its author made private. The edit itself is passed on to nobody: it holds the private words.
func hide(e Filed) []Effect {
	effects := []Effect{Withdraw{URI: e.URI, State: Deleted}}
	if e.State == Visible && !e.Comment {
		effects = append(effects, Tell{What: TellUndo, Post: e.URI})
	}
	return effects
}

// withdraw makes a tombstone and tells everybody who was told of the post: Mastodon understands only the undone
// boost, threadiverse software the wrapped Delete.
func withdraw(e Filed) []Effect {
	effects := []Effect{Withdraw{URI: e.URI, State: Deleted}}
	if e.State != Visible {
		return effects
	}
	if !e.Comment {
		effects = append(effects, Tell{What: TellUndo, Post: e.URI})
	}
	return append(effects, Tell{What: TellWrap, Post: e.URI})
}

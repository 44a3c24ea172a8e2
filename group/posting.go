package group

import "time"

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
	case !s.Addressed && r.Via == "":
		return answer(Ignored, ReasonNotAddressed)
	default:
		return thread(s, r)
	}
}

func known(e Filed) Decision {
	switch e.State {
	case Removed, Erased:
		return answer(Refused, ReasonRemoved)
	case Deleted:
		return answer(Refused, ReasonGone)
	default:
		return answer(Ignored, ReasonDuplicate)
	}
}

func thread(s State, r Request) Decision {
	if r.Via != "" {
		return takeIn(s, r)
	}
	if reason, ok := mayPost(s); !ok {
		return turnAway(s, r, reason)
	}
	gate := examine(s, r)
	if len(r.Groups) > s.Group.TagCap && gate.verdict != Refused {
		gate = passage{verdict: Held, why: ReasonTooManyGroups}
	}
	switch gate.verdict {
	case Refused:
		return refuseNow(s, r, gate.why)
	case Held:
		return holdNew(s, r, "", gate)
	}
	what := TellThread
	if r.Post.NoBoost {
		what = TellWrap
	}
	effects := []Effect{File{Post: *r.Post, State: Visible}, Tell{What: what, Post: r.Post.URI}}
	if r.Post.Wall == s.Group.URI {
		effects = append(effects, Tell{What: TellWall, Post: r.Post.URI}, Tell{What: TellWall, To: r.By.URI, Post: r.Post.URI})
	}
	return answer(Accepted, ReasonThread, effects...)
}

// takeIn files a thread of a community the group follows. It is boosted, so that people on Mastodon see it, unless it was there
// before the group followed: then it is no news. Nothing is wrapped again: one hop, or groups that follow each other would
// never stop (FEP-d36d).
func takeIn(s State, r Request) Decision {
	effects := []Effect{File{Post: *r.Post, State: Visible, Home: r.Via}}
	if !r.Post.NoBoost && r.Post.Published.Unix() >= s.Since {
		effects = append(effects, Tell{What: TellBoost, Post: r.Post.URI})
	}
	return answer(Accepted, ReasonThread, effects...)
}

func mayPost(s State) (Reason, bool) {
	switch {
	case s.Member.State == Joined && s.Member.Role.Moderates():
		return "", true
	case s.Group.Posting == PostingMods:
		return ReasonModsOnly, false
	case s.Group.Posting == PostingApproved && !s.Member.Approved:
		return ReasonNotVouched, false
	case s.Group.Posting == PostingAnyone, s.Member.State == Joined:
		return "", true
	case s.Member.State == Reader:
		return ReasonReaderOnly, false
	case s.Member.State == Applied:
		return ReasonNotYet, false
	default:
		return ReasonStranger, false
	}
}

// turnAway ignores the post and, the first time, says kindly why. Machines get no note: two of them would talk in circles.
// A post on the wall is refused to its author's server, which shows it as waiting until then (FEP-400e).
func turnAway(s State, r Request, reason Reason) Decision {
	var effects []Effect
	if r.Post.Wall == s.Group.URI {
		effects = append(effects, Tell{What: TellRefuse, To: r.By.URI, Post: r.Post.URI})
	}
	if !s.Noticed && !r.By.Bot {
		effects = append(effects,
			MarkNoticed{Person: r.By.URI},
			Tell{What: TellNote, To: r.By.URI, Post: r.Post.URI, Text: Saying{reason}})
	}
	return answer(Ignored, reason, effects...)
}

// comment files a reply in a thread the group has. Anybody who can answer the thread may: the conversation goes on
// between servers anyway, and a comment is never boosted. Only the wrapped form goes out, to hosts that show comments.
func comment(s State, r Request) Decision {
	waits := s.Parent.State == Pending
	switch {
	case s.Parent.State != Visible && (!waits || r.Via != ""):
		return answer(Refused, ReasonParentGone)
	case s.Parent.Locked && !vouched(s, r) && !runs(s, r):
		return answer(Refused, ReasonLocked)
	}
	gate := passage{verdict: Accepted}
	if s.Parent.Home == "" { // else its home decides what is shown
		gate = examine(s, r)
	}
	switch {
	case gate.verdict == Refused:
		return refuseNow(s, r, gate.why)
	case waits:
		return holdNew(s, r, s.Parent.Home, passage{verdict: Held, why: ReasonParentHeld})
	case gate.verdict == Held:
		return holdNew(s, r, s.Parent.Home, gate)
	}
	effects := []Effect{File{Post: *r.Post, State: Visible, Home: s.Parent.Home}}
	return answer(Accepted, ReasonComment, append(effects, pass(r, Filed{URI: r.Post.URI, Home: s.Parent.Home, State: Visible})...)...)
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
	case e.State.Withdrawn():
		return known(*e)
	case !newer(*r.Post, *e):
		return answer(Ignored, ReasonOldVersion)
	case !r.Post.Visibility.Shareable():
		return answer(Accepted, ReasonNotPublic, hide(*e)...)
	default:
		return editShareable(s, r)
	}
}

// editShareable takes a new version of a post, or has it wait: whoever was let through once could write anything otherwise.
func editShareable(s State, r Request) Decision {
	e := s.Existing
	p := passage{verdict: Accepted}
	if e.Home == "" {
		p = examine(s, r)
	}
	switch {
	case e.State == Pending:
		if p.verdict == Accepted { // it waits for what it waited for
			p.why = ReasonHeldEdit
			if e.Waiting != nil && e.Waiting.Opens != 0 {
				p.opens = time.Unix(e.Waiting.Opens, 0)
			}
		}
		return answer(Held, p.why, append([]Effect{Revise{Post: *r.Post}}, wait(s, r, true, p)...)...)
	case p.verdict == Held:
		return answer(Held, p.why, wait(s, r, false, p)...)
	}
	effects := []Effect{Revise{Post: *r.Post}}
	if e.Waiting != nil {
		effects = append(effects, Unhold{URI: e.URI})
	}
	return answer(Accepted, ReasonEdited, append(effects, pass(r, *e)...)...)
}

// newer says whether a version of a post came after the one held. Peers tell seconds (Mastodon), and an edit may follow within the
// one of the version before: among versions of one second the last to arrive counts, and an echo of the one held changes nothing.
func newer(p Post, held Filed) bool {
	v := version(p)
	return v > held.Updated || v == held.Updated && !p.Updated.IsZero() && !held.Same
}

// version orders the versions of a post: edits by their time, the first version by its publication.
func version(p Post) int64 {
	if p.Updated.IsZero() {
		return p.Published.Unix()
	}
	return p.Updated.Unix()
}

// remove takes a Delete: by the author, by the origin itself, or by a moderator, who takes the post off the group's view. That is
// all a moderator does even where the post is gone at its origin: Lemmy hides what its own people's moderators remove.
func remove(s State, r Request) Decision {
	e := s.Existing
	switch {
	case e == nil && r.Via != "":
		return answer(Ignored, ReasonUnknownPost) // only the author's own word keeps a post out that is still to come
	case e == nil:
		return answer(Accepted, ReasonUnknownPost, Forget{URI: r.Target})
	case e.Author != r.By.URI && (!r.AtOrigin || moderates(s, r)):
		return removeOfAnother(s, r)
	case e.State == Deleted || e.State == Erased:
		return answer(Ignored, ReasonGone)
	default:
		return answer(Accepted, ReasonDeleted, unshow(*e, Request{Via: r.Via}, Deleted)...)
	}
}

func removeOfAnother(s State, r Request) Decision {
	if !moderates(s, r) {
		return answer(Refused, ReasonNotAuthor)
	}
	return takeOff(s, r)
}

// hide withdraws a post that its author made private. The edit itself is passed on to nobody: it holds the private words.
func hide(e Filed) []Effect {
	effects := []Effect{Withdraw{URI: e.URI, State: Deleted}}
	if e.State == Visible && !e.Comment {
		effects = append(effects, Tell{What: TellUndo, Post: e.URI})
	}
	return effects
}

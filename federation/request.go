package federation

import (
	"context"
	"errors"
	"fmt"

	"folkmoot/group"
	"folkmoot/store"
)

// look turns an activity into a request for the rules. Whatever is missing is fetched at its origin. An error is trouble
// on the way: isFinal says whether it may pass.
func (s *Server) look(ctx context.Context, row store.Received, a activity) (step, error) {
	switch {
	case row.Signer != a.Actor:
		return s.confirm(ctx, row, a)
	case a.ID != "" && !sameHost(a.ID, a.Actor):
		return settled(group.Refused, group.ReasonUnverified), nil // an id on somebody else's host
	}
	if a.ID != "" && undoable(a.Type) {
		gone, err := s.store.TakeWithdrawn(ctx, a.Actor, a.ID)
		if err != nil {
			return step{}, err
		}
		if gone {
			return settled(group.Ignored, group.ReasonTakenBack), nil
		}
	}
	switch a.Type {
	case "Follow", "Join":
		return s.lookFollow(ctx, a)
	case "Leave":
		return s.lookLeave(ctx, a)
	case "Accept", "Reject":
		return s.lookAnswer(ctx, a)
	case "Undo":
		return s.lookUndo(ctx, row, a)
	case "Create":
		return s.lookPost(ctx, row, a, group.Publish)
	case "Update":
		return s.lookUpdate(ctx, row, a)
	case "Delete":
		return s.lookDelete(ctx, a)
	case "Announce":
		return s.lookAnnounce(ctx, row, a)
	case "Like", "EmojiReact":
		return s.vote(ctx, row, a, group.Like, a.Object.ID)
	case "Dislike":
		return s.vote(ctx, row, a, group.Dislike, a.Object.ID)
	case "Move":
		return s.lookMove(ctx, a)
	case "QuoteRequest":
		return s.lookQuote(ctx, a)
	default:
		return s.lookModeration(ctx, a)
	}
}

// kept is the answer to everything the server has no use for (yet): stored raw, no effect.
func kept() step { return settled(group.Ignored, group.ReasonNothingToDo) }

// undoable activities may be overtaken by the Undo that takes them back.
func undoable(t string) bool {
	switch t {
	case "Follow", "Join", "Like", "Dislike", "EmojiReact", "Announce", "Block", "Lock", "Add", "Remove":
		return true
	}
	return false
}

// about is a request on one post, by somebody who need not be known: who likes what is read from the signature.
func (s *Server) about(kind group.Kind, a activity, target string) step {
	if target == "" {
		return kept()
	}
	return ask(group.Request{Kind: kind, By: group.Person{URI: a.Actor}, Target: target})
}

// vote waits for a post that came before the vote but, because others have their turn too, is not decided yet, or that overtook it.
// So does whoever takes a vote back that waits.
func (s *Server) vote(ctx context.Context, row store.Received, a activity, kind group.Kind, target string) (step, error) {
	if target != "" && row.Attempts == 0 {
		if wait, err := s.store.OnItsWay(ctx, target, a.Actor, row.Row); err != nil || wait {
			return step{waitFor: target}, err
		}
	}
	return s.about(kind, a, target), nil
}

// confirm is about an activity that somebody else passed on (inbox forwarding). It counts if a proof in it holds; else only what
// its origin shows counts, under its own id.
func (s *Server) confirm(ctx context.Context, row store.Received, a activity) (step, error) {
	unverified := settled(group.Refused, group.ReasonUnverified)
	if a.ID == "" || !sameHost(a.ID, a.Actor) {
		return unverified, nil
	}
	proven, err := s.confirmedByProof(ctx, a)
	switch {
	case err != nil:
		return step{}, err
	case proven:
		return s.confirmed(ctx, row, a, a.Raw)
	case a.Type == "Delete":
		return s.confirmDelete(ctx, a)
	}
	raw, err := s.object(ctx, a.ID)
	if err != nil {
		return step{}, fmt.Errorf("confirm %s at its origin: %w", a.ID, err)
	}
	found, err := decodeActivity(raw)
	if err != nil {
		return step{}, err
	}
	if found.ID != a.ID || found.Actor != a.Actor || found.Type != a.Type {
		return unverified, nil
	}
	return s.confirmed(ctx, row, a, raw)
}

// confirmed takes an activity in as if its actor had delivered it.
func (s *Server) confirmed(ctx context.Context, row store.Received, a activity, raw []byte) (step, error) {
	if _, err := s.store.Receive(ctx, store.Received{Activity: a.ID, Signer: a.Actor, Raw: raw, At: row.At}); err != nil {
		return step{}, err
	}
	return settled(group.Accepted, group.ReasonConfirmed), nil
}

// confirmDelete believes a deletion passed on by somebody else if the post is gone at its origin.
func (s *Server) confirmDelete(ctx context.Context, a activity) (step, error) {
	target := a.Object.ID
	if target == "" || target == a.Actor || !sameHost(target, a.Actor) {
		return settled(group.Refused, group.ReasonUnverified), nil
	}
	if has, err := s.store.HasPost(ctx, target); err != nil || !has {
		return settled(group.Ignored, group.ReasonUnknownPost), err
	}
	if gone, err := s.goneAtOrigin(ctx, target); err != nil || !gone {
		return settled(group.Refused, group.ReasonUnverified), err
	}
	st := s.about(group.Delete, a, target)
	st.request.AtOrigin = true
	return st, nil
}

func (s *Server) lookFollow(ctx context.Context, a activity) (step, error) {
	groups, err := s.localGroups(ctx, idsOf(a.Objects))
	if err != nil || len(groups) != 1 {
		return kept(), err // Friendica follows posts, Mobilizon joins events
	}
	by, err := s.person(ctx, a.Actor)
	if err != nil {
		return step{}, err
	}
	if err := s.acquaintMembers(ctx, groups[0], by.URI); err != nil {
		return step{}, err
	}
	r := group.Request{Kind: group.Follow, By: by, Groups: groups}
	if a.Type == "Join" { // Smithereen; to read and to take part are one there
		r.Kind, r.Reads = group.Join, true
	}
	return ask(r), nil
}

func (s *Server) lookLeave(ctx context.Context, a activity) (step, error) {
	groups, err := s.localGroups(ctx, idsOf(a.Objects))
	if err != nil || len(groups) == 0 {
		return kept(), err
	}
	return ask(group.Request{Kind: group.Unfollow, By: group.Person{URI: a.Actor}, Groups: groups}), nil
}

func idsOf(refs []ref) []string {
	var out []string
	for _, r := range refs {
		out = append(out, r.ID)
	}
	return out
}

// lookUndo takes back what the inner activity did. It may be embedded or named by id (Mitra); what never came is
// remembered, in case it comes late.
func (s *Server) lookUndo(ctx context.Context, row store.Received, a activity) (step, error) {
	raw := []byte(a.Object.Raw)
	earlier, err := s.store.ReceivedRaw(ctx, a.Object.ID, a.Actor)
	switch {
	case errors.Is(err, store.ErrNotFound):
		if st, err := s.takeBackOld(ctx, a); err != nil || st.request != nil {
			return st, err
		}
		if sameHost(a.Object.ID, a.Actor) {
			if err := s.store.Forget(ctx, a.Actor, a.Object.ID); err != nil {
				return step{}, err
			}
		}
	case err != nil:
		return step{}, err
	case raw == nil:
		raw = earlier
	}
	if raw == nil {
		return kept(), nil
	}
	inner, err := decodeActivity(raw)
	if err != nil {
		return step{}, err
	}
	if inner.Actor != a.Actor {
		return settled(group.Refused, group.ReasonUnverified), nil
	}
	return s.takeBack(ctx, row, a, inner)
}

// takeBackOld undoes by its id what came so long ago that it is kept no longer. It did come, so it is not remembered as withdrawn:
// Misskey gives each Follow of the same two the same id.
func (s *Server) takeBackOld(ctx context.Context, a activity) (step, error) {
	kind, about, err := s.store.Counted(ctx, a.Object.ID, a.Actor)
	switch kind {
	case group.Follow:
		return ask(group.Request{Kind: group.Unfollow, By: group.Person{URI: a.Actor}, Groups: []string{about}}), err
	case group.Like:
		return s.about(group.Unlike, a, about), err
	case group.Dislike:
		return s.about(group.Undislike, a, about), err
	case group.Boost:
		return s.about(group.Unboost, a, about), err
	}
	return step{}, err
}

// takeBack is the request that undoes what the inner activity asked for.
func (s *Server) takeBack(ctx context.Context, row store.Received, a, inner activity) (step, error) {
	switch inner.Type {
	case "Follow", "Join":
		return s.lookLeave(ctx, inner)
	case "Like", "EmojiReact":
		return s.vote(ctx, row, a, group.Unlike, inner.Object.ID)
	case "Dislike":
		return s.vote(ctx, row, a, group.Undislike, inner.Object.ID)
	case "Announce":
		return s.about(group.Unboost, a, inner.Object.ID), nil
	case "Delete":
		return s.lookRestore(ctx, a, inner)
	default:
		inner.RestoreData = inner.RestoreData || a.RestoreData // Lemmy 1.0 says it of the Undo
		return s.undoModeration(ctx, inner)
	}
}

func (s *Server) lookUpdate(ctx context.Context, row store.Received, a activity) (step, error) {
	if !isActorType(a.Object.Type) && a.Object.ID != a.Actor {
		return s.lookPost(ctx, row, a, group.Edit)
	}
	if a.Object.Type == "Group" && s.ids.owns(a.Object.ID) {
		return s.lookDescribe(ctx, a)
	}
	if a.Object.ID != a.Actor {
		return kept(), nil // of somebody else: fetched when it is needed
	}
	known, err := s.store.Actor(ctx, a.Actor)
	if err == nil && known.Fetched.After(row.At) && !known.Fetched.After(s.now()) {
		return settled(group.Accepted, group.ReasonRefreshed), nil // since: Guppe tells of itself by the thousand
	}
	if _, err := s.fetchActor(ctx, a.Actor); err != nil {
		return step{}, err
	}
	return settled(group.Accepted, group.ReasonRefreshed), nil
}

// lookDelete is about an account, or a post: by its author, by a moderator (Lemmy 1.0 sends a Delete with a summary), or by
// somebody who answers for the author's server, which is believed if the post is gone there.
func (s *Server) lookDelete(ctx context.Context, a activity) (step, error) {
	target := a.Object.ID
	switch target {
	case a.Actor:
		if err := s.endAdmin(ctx, a.Actor); err != nil { // whoever gets the name next is somebody else
			return step{}, err
		}
		return ask(group.Request{Kind: group.DeleteActor, By: group.Person{URI: a.Actor}, Target: target}), nil
	case "":
		return kept(), nil
	}
	st := s.about(group.Delete, a, target)
	st.request.Text, st.request.WithReplies = a.Summary, a.WithReplies
	author, err := s.store.PostAuthor(ctx, target)
	switch {
	case err != nil:
		return step{}, err
	case author == "" && !sameHost(target, a.Actor):
		return settled(group.Ignored, group.ReasonUnknownPost), nil
	case author != "" && author != a.Actor && sameHost(target, a.Actor):
		st.request.AtOrigin, err = s.goneAtOrigin(ctx, target)
	}
	return st, err
}

// goneAtOrigin asks the origin of a post whether it is deleted.
func (s *Server) goneAtOrigin(ctx context.Context, uri string) (bool, error) {
	raw, err := s.object(ctx, uri)
	switch {
	case errors.Is(err, ErrGone) || errors.Is(err, ErrNotFound):
		return true, nil
	case err != nil:
		return false, fmt.Errorf("see whether %s is deleted: %w", uri, err)
	}
	o, err := decodeObject(raw, s.now(), s.clean)
	return err == nil && o.Type == "Tombstone", err
}

// lookMove believes a move only if the new account, freshly fetched, names the old one: strangers could take over a role
// otherwise.
func (s *Server) lookMove(ctx context.Context, a activity) (step, error) {
	switch {
	case a.Target.ID == "" || a.Target.ID == a.Actor:
		return kept(), nil
	case a.Object.ID != a.Actor:
		return s.lookRelocate(ctx, a)
	}
	if _, err := s.store.Actor(ctx, a.Actor); errors.Is(err, store.ErrNotFound) {
		return kept(), nil // nobody's member: not worth a fetch
	}
	to, err := s.fetchActor(ctx, a.Target.ID)
	if err != nil {
		return step{}, err
	}
	v, err := decodeActor(to.Raw, s.clean)
	if err != nil {
		return step{}, err
	}
	for _, alias := range v.AlsoKnownAs {
		if alias == a.Actor {
			return ask(group.Request{Kind: group.Move, By: group.Person{URI: a.Actor}, Target: to.URI}), nil
		}
	}
	return settled(group.Refused, group.ReasonUnverified), nil
}

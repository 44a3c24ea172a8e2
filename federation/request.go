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
	case "Undo":
		return s.lookUndo(ctx, a)
	case "Create":
		return s.lookPost(ctx, row, a, group.Publish)
	case "Update":
		return s.lookUpdate(ctx, row, a)
	case "Delete":
		return s.lookDelete(a)
	case "Announce":
		return s.lookAnnounce(a)
	case "Like", "EmojiReact":
		return s.about(group.Like, a, a.Object.ID), nil
	case "Flag":
		return s.lookFlag(ctx, a)
	case "Block":
		return s.lookBlock(ctx, a)
	case "Move":
		return s.lookMove(ctx, a)
	default:
		return kept(), nil
	}
}

// kept is the answer to everything the server has no use for (yet): stored raw, no effect.
func kept() step { return settled(group.Ignored, group.ReasonNothingToDo) }

// undoable activities may be overtaken by the Undo that takes them back.
func undoable(t string) bool {
	switch t {
	case "Follow", "Join", "Like", "EmojiReact", "Announce", "Block":
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

// confirm looks up at its origin an activity that somebody else passed on (inbox forwarding). Only what the origin shows
// counts, under its own id.
func (s *Server) confirm(ctx context.Context, row store.Received, a activity) (step, error) {
	unverified := settled(group.Refused, group.ReasonUnverified)
	if a.ID == "" || !sameHost(a.ID, a.Actor) {
		return unverified, nil
	}
	if a.Type == "Delete" {
		return s.confirmDelete(ctx, a)
	}
	raw, err := s.client.Object(ctx, a.ID)
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
	raw, err := s.client.Object(ctx, target)
	switch {
	case errors.Is(err, ErrGone) || errors.Is(err, ErrNotFound):
	case err != nil:
		return step{}, fmt.Errorf("see whether %s is deleted: %w", target, err)
	default:
		o, err := decodeObject(raw, s.now(), s.clean)
		if err != nil || o.Type != "Tombstone" {
			return settled(group.Refused, group.ReasonUnverified), err
		}
	}
	return s.about(group.Delete, a, target), nil
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
	return ask(group.Request{Kind: group.Follow, By: by, Groups: groups}), nil
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
func (s *Server) lookUndo(ctx context.Context, a activity) (step, error) {
	raw := []byte(a.Object.Raw)
	earlier, err := s.store.ReceivedRaw(ctx, a.Object.ID, a.Actor)
	switch {
	case errors.Is(err, store.ErrNotFound):
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
	switch inner.Type {
	case "Follow", "Join":
		return s.lookLeave(ctx, inner)
	case "Like", "EmojiReact":
		return s.about(group.Unlike, a, inner.Object.ID), nil
	case "Announce":
		return s.about(group.Unboost, a, inner.Object.ID), nil
	default:
		return kept(), nil
	}
}

func (s *Server) lookUpdate(ctx context.Context, row store.Received, a activity) (step, error) {
	if !isActorType(a.Object.Type) && a.Object.ID != a.Actor {
		return s.lookPost(ctx, row, a, group.Edit)
	}
	if a.Object.ID != a.Actor {
		return kept(), nil // of somebody else: fetched when it is needed
	}
	if _, err := s.fetchActor(ctx, a.Actor); err != nil {
		return step{}, err
	}
	return settled(group.Accepted, group.ReasonRefreshed), nil
}

func (s *Server) lookDelete(a activity) (step, error) {
	target := a.Object.ID
	switch {
	case target == a.Actor:
		return ask(group.Request{Kind: group.DeleteActor, By: group.Person{URI: a.Actor}, Target: target}), nil
	case target == "":
		return kept(), nil
	case !sameHost(target, a.Actor):
		return settled(group.Refused, group.ReasonNotAuthor), nil // removals by moderators of other hosts: not yet
	default:
		return s.about(group.Delete, a, target), nil
	}
}

// lookAnnounce counts shares of posts. Announced activities concern groups that follow groups, which this one does not.
func (s *Server) lookAnnounce(a activity) (step, error) {
	if len(a.Objects) != 1 || isWrapped(a.Object.Type) {
		return kept(), nil
	}
	return s.about(group.Boost, a, a.Object.ID), nil
}

// lookFlag finds the group a report is about: named itself (Lemmy), or the one that has the post. Mastodon reports as its
// instance actor, so there is nobody to fetch.
func (s *Server) lookFlag(ctx context.Context, a activity) (step, error) {
	r := group.Request{Kind: group.Report, By: group.Person{URI: a.Actor}, Text: a.Summary}
	if a.Content != "" {
		r.Text = a.Content
	}
	var err error
	if r.Groups, err = s.localGroups(ctx, append(append(idsOf(a.Objects), a.To...), a.Audience...)); err != nil {
		return step{}, err
	}
	for _, id := range idsOf(a.Objects) {
		has, err := s.store.HasPost(ctx, id)
		if err != nil {
			return step{}, err
		}
		if has || r.Target == "" {
			r.Target = id
		}
		if has {
			break
		}
	}
	return ask(r), nil
}

// lookBlock notes that somebody wants nothing from a group any more. Bans by moderators are not read yet.
func (s *Server) lookBlock(ctx context.Context, a activity) (step, error) {
	groups, err := s.localGroups(ctx, idsOf(a.Objects))
	if err != nil || len(groups) == 0 {
		return kept(), err
	}
	return ask(group.Request{Kind: group.Block, By: group.Person{URI: a.Actor}, Groups: groups}), nil
}

// lookMove believes a move only if the new account, freshly fetched, names the old one: strangers could take over a role
// otherwise.
func (s *Server) lookMove(ctx context.Context, a activity) (step, error) {
	if a.Object.ID != a.Actor || a.Target.ID == "" || a.Target.ID == a.Actor {
		return kept(), nil
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

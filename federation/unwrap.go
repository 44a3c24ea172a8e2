package federation

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"folkmoot/group"
	"folkmoot/store"
)

const (
	maxNested   = 3   // Announces within an Announce; NodeBB 4 sends two
	maxBatch    = 100 // activities in one Announce (PieFed), or in an outbox
	maxBackfill = 20  // threads taken in from before; Lemmy 1.0 shows no more
)

// lookAnnounce counts shares of posts. What a community announces that a group here follows is unwrapped (FEP-1b12).
func (s *Server) lookAnnounce(ctx context.Context, row store.Received, a activity) (step, error) {
	followed, err := s.store.Subscribed(ctx, a.Actor)
	if err != nil {
		return step{}, err
	}
	wrapped := len(a.Objects) == 1 && isWrapped(a.Object.Type)
	switch {
	case !followed && (wrapped || len(a.Objects) != 1):
		return settled(group.Ignored, group.ReasonNotFollowed), nil
	case !followed:
		return s.about(group.Boost, a, a.Object.ID), nil
	case len(a.Objects) > 1:
		return s.unpack(ctx, row, a.Actor, a.Objects)
	case a.Object.Type == "OrderedCollection" || a.Object.Type == "Collection": // PieFed batches either way
		c, err := decodeCollection(a.Object.Raw)
		if err != nil {
			return step{}, err
		}
		return s.unpack(ctx, row, a.Actor, c.Items)
	case wrapped:
		return s.unwrap(ctx, row, a.Actor, a.Object.Raw, 1)
	default:
		return s.lookBoosted(ctx, row, a)
	}
}

// unpack puts each part of a batch into the inbox as if it had been announced alone, so that each is decided by itself.
func (s *Server) unpack(ctx context.Context, row store.Received, via string, parts []ref) (step, error) {
	for _, p := range parts[:min(len(parts), maxBatch)] {
		object := []byte(p.Raw)
		if object == nil {
			object, _ = json.Marshal(p.ID) // a string: it cannot fail
		}
		raw := fmt.Appendf(nil, `{"type":"Announce","actor":%q,"object":%s}`, via, object)
		if _, err := s.store.Receive(ctx, store.Received{Activity: transientID(via, raw), Signer: via, Raw: raw, At: row.At}); err != nil {
			return step{}, err
		}
	}
	return settled(group.Accepted, group.ReasonUnpacked), nil
}

// unwrap reads an announced activity. The announcer answers for what happens in its own threads (votes, removals, locks, pins:
// the rules see to it that they are its own); what people wrote is believed only from its origin (FEP-fe34). Follows, answers,
// moves and whole accounts are never believed from somebody else.
func (s *Server) unwrap(ctx context.Context, row store.Received, via string, raw []byte, depth int) (step, error) {
	a, err := decodeActivity(raw)
	switch {
	case err != nil:
		return step{}, err
	case s.ids.owns(a.ID) || s.ids.owns(a.Actor):
		return kept(), nil // our own words come back: passing them on again would never end
	case a.Type == "Announce" && depth >= maxNested:
		return settled(group.Refused, group.ReasonUnverified), nil
	case a.Type == "Announce" && a.Object.embedded() && isWrapped(a.Object.Type):
		return s.unwrap(ctx, row, via, a.Object.Raw, depth+1)
	case a.Type == "Create":
		return s.lookAnnouncedPost(ctx, row, via, a, group.Publish)
	case a.Type == "Update" && !isActorType(a.Object.Type):
		return s.lookAnnouncedPost(ctx, row, via, a, group.Edit)
	}
	st, err := s.lookInner(ctx, via, a)
	if st.request != nil {
		st.request.Via, st.request.Activity, st.request.Raw = via, a.ID, a.Raw
	}
	return st, err
}

// lookInner is about posts the group has.
func (s *Server) lookInner(ctx context.Context, via string, a activity) (step, error) {
	switch a.Type {
	case "Like", "EmojiReact":
		return s.about(group.Like, a, a.Object.ID), nil
	case "Dislike":
		return s.about(group.Dislike, a, a.Object.ID), nil
	case "Lock":
		return s.about(group.Lock, a, a.Object.ID), nil
	case "Delete":
		if a.Object.ID == a.Actor {
			return kept(), nil // of an account: only its own server says so
		}
		st := s.about(group.Delete, a, a.Object.ID)
		if st.request != nil {
			st.request.Text, st.request.WithReplies = a.Summary, a.WithReplies
		}
		return st, nil
	case "Add":
		return s.lookListedAt(ctx, via, a, group.Pin)
	case "Remove":
		return s.lookListedAt(ctx, via, a, group.Unpin)
	case "Move":
		return s.lookMovedAway(ctx, via, a)
	case "Undo":
		return s.lookInnerUndo(ctx, via, a)
	default:
		return kept(), nil
	}
}

func (s *Server) lookInnerUndo(ctx context.Context, via string, a activity) (step, error) {
	if !a.Object.embedded() {
		return kept(), nil
	}
	inner, err := decodeActivity(a.Object.Raw)
	if err != nil {
		return step{}, err
	}
	switch inner.Type {
	case "Like", "EmojiReact", "Dislike":
		if inner.Actor != a.Actor {
			return settled(group.Refused, group.ReasonUnverified), nil
		}
		return s.takeBack(ctx, store.Received{Attempts: 1}, a, inner) // the community tells in order, so there is nothing to wait for
	case "Delete":
		return s.lookRestore(ctx, a, inner)
	case "Lock":
		return s.about(group.Unlock, a, inner.Object.ID), nil
	case "Add":
		return s.lookListedAt(ctx, via, inner, group.Unpin)
	}
	return kept(), nil
}

// lookListedAt is about the threads a community elsewhere shows first; its document says what it calls that list. Removing a
// thread from the community itself takes it off (FEP-f15d).
func (s *Server) lookListedAt(ctx context.Context, via string, a activity, kind group.Kind) (step, error) {
	if a.Target.ID == via && kind == group.Unpin {
		uri, err := s.threadURI(ctx, a.Object.ID)
		st := s.about(group.Remove, a, uri)
		if st.request != nil {
			st.request.WithReplies = true
		}
		return st, err
	}
	known, err := s.store.Actor(ctx, via)
	if err != nil {
		return kept(), ignoreMissing(err)
	}
	v, err := decodeActor(known.Raw, s.clean)
	if err != nil || v.Featured == "" || v.Featured != a.Target.ID {
		return kept(), nil
	}
	return s.about(kind, a, a.Object.ID), nil
}

// lookMovedAway is about a thread that its home has given to another community: it is taken off, or becomes this group's own.
func (s *Server) lookMovedAway(ctx context.Context, via string, a activity) (step, error) {
	if a.Origin.ID != via {
		return kept(), nil
	}
	uri, err := s.threadURI(ctx, a.Object.ID)
	st := s.about(group.Relocate, a, uri)
	if st.request != nil {
		st.request.To, st.request.OwnWord = a.Target.ID, sameHost(a.Actor, via)
	}
	return st, err
}

// lookBoosted takes in what a followed community shares by its id, as microblog software and Lemmy 0.19 do.
func (s *Server) lookBoosted(ctx context.Context, row store.Received, a activity) (step, error) {
	has, err := s.store.HasPost(ctx, a.Object.ID)
	switch {
	case err != nil:
		return step{}, err
	case has || a.Object.ID == "" || s.ids.owns(a.Object.ID):
		return s.about(group.Boost, a, a.Object.ID), nil
	}
	raw, err := s.object(ctx, a.Object.ID)
	if err != nil {
		return step{}, fmt.Errorf("fetch what %s shares: %w", a.Actor, err)
	}
	if inner, err := decodeActivity(raw); err == nil && isWrapped(inner.Type) {
		return s.unwrap(ctx, row, a.Actor, raw, maxNested) // Lemmy's ids of Creates can be fetched
	}
	return s.lookAnnouncedPost(ctx, row, a.Actor, activity{ID: a.ID, Type: "Announce", Object: ref{ID: a.Object.ID}}, group.Publish)
}

// lookAnnouncedPost takes in a post that a followed community announces.
func (s *Server) lookAnnouncedPost(ctx context.Context, row store.Received, via string, a activity, kind group.Kind) (step, error) {
	o, raw, err := s.trusted(ctx, via, a)
	if err != nil {
		return step{}, err
	}
	switch {
	case !isPostType(o.Type):
		return kept(), nil
	case a.Actor != "" && o.AttributedTo != a.Actor, !sameHost(o.ID, o.AttributedTo):
		return settled(group.Refused, group.ReasonNotAuthor), nil
	case o.IsReply && row.Attempts == 0:
		known, err := s.store.HasPost(ctx, o.InReplyTo)
		if err != nil || !known {
			return step{waitFor: o.InReplyTo}, err
		}
	}
	by, err := s.person(ctx, o.AttributedTo)
	if err != nil {
		// The post is verified; who wrote it is shown better later, or by its id.
		s.log.InfoContext(ctx, "author not fetched", "actor", o.AttributedTo, "error", err)
		by = group.Person{URI: o.AttributedTo}
	}
	p := s.postOf(activity{Actor: o.AttributedTo, To: a.To, Cc: a.Cc}, o, raw, nil)
	dateEdit(p, kind, a, row.At)
	if !o.IsReply {
		p.Title = threadTitle(o, groupMentions([]string{via}))
	}
	return ask(group.Request{Kind: kind, By: by, Via: via, Post: p, Activity: a.ID, Raw: a.Raw}), nil
}

// trusted returns the object of an announced activity: embedded where the announcer's own server wrote it or its author's proof
// holds, else as its origin shows it (FEP-fe34).
func (s *Server) trusted(ctx context.Context, via string, a activity) (objectView, []byte, error) {
	if !a.Object.embedded() || a.Actor == "" || !sameHost(a.Object.ID, a.Actor) {
		return s.atOrigin(ctx, a.Object.ID)
	}
	if !sameHost(a.Actor, via) {
		if proven, err := s.confirmedByProof(ctx, a); err != nil {
			return objectView{}, nil, err
		} else if !proven {
			return s.atOrigin(ctx, a.Object.ID)
		}
	}
	o, err := decodeObject(a.Object.Raw, s.now(), s.clean)
	return o, a.Object.Raw, err
}

// atOrigin fetches a post.
func (s *Server) atOrigin(ctx context.Context, uri string) (objectView, []byte, error) {
	if uri == "" {
		return objectView{}, nil, missing("announced activity", "object")
	}
	raw, err := s.object(ctx, uri)
	if err != nil {
		return objectView{}, nil, fmt.Errorf("fetch %s at its origin: %w", uri, err)
	}
	o, err := decodeObject(raw, s.now(), s.clean)
	if err == nil && o.ID != uri {
		err = fmt.Errorf("%w: %s shows the object %s", ErrIdentity, uri, o.ID)
	}
	return o, raw, err
}

// backfill takes in what a community had before the group followed it: the newest threads of its outbox, oldest first.
func (s *Server) backfill(ctx context.Context, community string) error {
	known, err := s.store.Actor(ctx, community)
	if err != nil {
		return err
	}
	v, err := decodeActor(known.Raw, s.clean)
	if err != nil || v.Outbox == "" {
		return err
	}
	c, err := s.collectionPage(ctx, v.Outbox)
	if err != nil {
		return err
	}
	var parts []ref
	for _, item := range c.Items[:min(len(c.Items), maxBackfill)] {
		if item.Type == "Announce" { // announced as it was announced then
			inner, err := decodeActivity(item.Raw)
			if err != nil || inner.Actor != community {
				continue
			}
			item = inner.Object
		}
		parts = append(parts, item)
	}
	slices.Reverse(parts)
	_, err = s.unpack(ctx, store.Received{At: s.now()}, community, parts)
	return err
}

// collectionPage reads a collection's items, or those of its first page.
func (s *Server) collectionPage(ctx context.Context, uri string) (collectionView, error) {
	raw, err := s.object(ctx, uri)
	if err != nil {
		return collectionView{}, fmt.Errorf("fetch collection: %w", err)
	}
	c, err := decodeCollection(raw)
	switch {
	case err != nil || len(c.Items) > 0:
		return c, err
	case c.First.embedded():
		return decodeCollection(c.First.Raw)
	case c.First.ID != "" && sameHost(c.First.ID, uri):
		if raw, err = s.object(ctx, c.First.ID); err != nil {
			return collectionView{}, fmt.Errorf("fetch first page: %w", err)
		}
		return decodeCollection(raw)
	}
	return c, nil
}

// ignoreMissing makes nothing of what is not there.
func ignoreMissing(err error) error {
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	return err
}

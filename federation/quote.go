package federation

import (
	"context"
	"errors"

	"folkmoot/group"
	"folkmoot/store"
)

// lookQuote is about somebody who asks to quote a post (FEP-044f). All that this server writes are its groups' notes to one person;
// what is said about every other post is for its author's server to say.
func (s *Server) lookQuote(ctx context.Context, a activity) (step, error) {
	owner, err := s.noteBy(ctx, a.Object.ID)
	if err != nil || owner == "" {
		return kept(), err
	}
	by, err := s.person(ctx, a.Actor)
	if err != nil {
		return step{}, err
	}
	return ask(group.Request{Kind: group.Quote, By: by, Groups: []string{owner}, Target: a.Object.ID}), nil
}

// noteBy says which group wrote a note; "" if it is none of this server's. A note is kept inside the Create that carried it.
func (s *Server) noteBy(ctx context.Context, uri string) (string, error) {
	ref, ok := s.ids.parse(uri)
	if !ok || ref.Kind != idActivity || ref.Verb != "note" {
		return "", nil
	}
	sent, err := s.store.Sent(ctx, s.ids.activity("create", ref.Key))
	if errors.Is(err, store.ErrNotFound) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	create, err := decodeActivity(sent.Body)
	if err != nil || create.Object.ID != uri {
		return "", err
	}
	return create.Actor, nil
}

// ownQuotesOnly is what a group's notes say of quotes (FEP-044f): its own alone need no asking, and nobody else's are approved. An
// empty list would mean the same, but processors of JSON-LD drop it.
func ownQuotesOnly(author string) document {
	return document{"canQuote": document{"automaticApproval": []any{author}}}
}

// noteContext explains the terms of a Create of a note.
func noteContext() []any {
	return append(activityContext(), document{
		"gts":               "https://gotosocial.org/ns#",
		"interactionPolicy": idTerm("gts:interactionPolicy"),
		"canQuote":          idTerm("gts:canQuote"),
		"automaticApproval": idTerm("gts:automaticApproval"),
	})
}

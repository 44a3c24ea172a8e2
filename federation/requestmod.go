package federation

import (
	"context"
	"slices"
	"strings"

	"folkmoot/group"
	"folkmoot/store"
)

// lookModeration turns what moderators send into requests. Whether the sender is one is for the rules.
func (s *Server) lookModeration(ctx context.Context, a activity) (step, error) {
	switch a.Type {
	case "Flag":
		return s.lookFlag(ctx, a)
	case "Resolve":
		return s.lookResolve(ctx, a)
	case "Warn":
		return s.lookWarn(ctx, a)
	case "Block":
		return s.lookBlock(ctx, a, group.Ban)
	case "Lock":
		return s.about(group.Lock, a, a.Object.ID), nil
	case "Add":
		return s.lookListed(ctx, a, group.Appoint, group.Pin)
	case "Remove":
		return s.lookListed(ctx, a, group.Dismiss, group.Unpin)
	default:
		return kept(), nil
	}
}

// undoModeration takes back what a moderator did.
func (s *Server) undoModeration(ctx context.Context, inner activity) (step, error) {
	switch inner.Type {
	case "Block":
		return s.lookBlock(ctx, inner, group.Unban)
	case "Lock":
		return s.about(group.Unlock, inner, inner.Object.ID), nil
	case "Add":
		return s.lookListed(ctx, inner, group.Dismiss, group.Unpin)
	case "Remove":
		return s.lookListed(ctx, inner, group.Appoint, group.Pin)
	default:
		return kept(), nil
	}
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
	if about := s.aboutServer(a); about != "" {
		err := s.store.ReportServer(ctx, a.Actor, about, cutRunes(cleanText(r.Text), maxRemark), a.ID)
		return settled(group.Accepted, group.ReasonForAdmin), err
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

// lookResolve finds what the report was about that a moderator has dealt with.
func (s *Server) lookResolve(ctx context.Context, a activity) (step, error) {
	about, err := s.store.Reported(ctx, a.Object.ID)
	if err != nil {
		return step{}, err
	}
	if about == "" && a.Object.embedded() {
		if flag, err := decodeActivity(a.Object.Raw); err == nil && flag.Type == "Flag" {
			about = flag.Object.ID
		}
	}
	if about == "" {
		return kept(), nil
	}
	return s.ofGroup(ctx, a, group.Request{Kind: group.Resolve, Target: about})
}

// lookWarn is about one person; the post that led to it comes along (Lemmy 1.0).
func (s *Server) lookWarn(ctx context.Context, a activity) (step, error) {
	for _, to := range a.To {
		if to != addressPublic && !s.ids.owns(to) {
			return s.ofGroup(ctx, a, group.Request{Kind: group.Warn, Target: to, Text: a.Summary})
		}
	}
	return kept(), nil
}

// ofGroup asks the groups that an activity names.
func (s *Server) ofGroup(ctx context.Context, a activity, r group.Request) (step, error) {
	groups, err := s.localGroups(ctx, slices.Concat([]string{a.Target.ID}, a.Audience, a.To, a.Cc))
	if err != nil || len(groups) == 0 {
		return kept(), err
	}
	slices.Sort(groups)
	r.By, r.Groups = group.Person{URI: a.Actor}, slices.Compact(groups)
	return ask(r), nil
}

// lookBlock tells three kinds apart. Of a group: somebody wants nothing from it any more. With a group as target: a ban by a
// moderator. With the sender's own server as target: what that server says of one of its own people. With none: somebody does not
// want to hear from somebody, which is theirs alone.
func (s *Server) lookBlock(ctx context.Context, a activity, kind group.Kind) (step, error) {
	groups, err := s.localGroups(ctx, idsOf(a.Objects))
	if err != nil {
		return step{}, err
	}
	if len(groups) > 0 {
		if kind == group.Unban {
			return kept(), nil // whoever wants to hear from the group again follows it again
		}
		return ask(group.Request{Kind: group.Block, By: group.Person{URI: a.Actor}, Groups: groups}), nil
	}
	r := group.Request{
		Kind: kind, By: group.Person{URI: a.Actor}, Target: a.Object.ID, Until: a.EndTime, Text: a.Summary,
		WithPosts: kind == group.Ban && a.RemoveData || kind == group.Unban && a.RestoreData,
	}
	if r.Groups, err = s.localGroups(ctx, []string{a.Target.ID}); err != nil {
		return step{}, err
	}
	switch {
	case r.Target == "":
		return kept(), nil
	case len(r.Groups) > 0:
		r.BansKept, err = s.keepsBans(ctx, r.Target)
		return ask(r), err
	case sameHost(r.Target, a.Actor) && r.Target != a.Actor && sameHost(a.Target.ID, a.Actor) && isSite(a.Target.ID):
		if r.AtOrigin, err = s.speaksForHost(ctx, a.Actor); err != nil || r.AtOrigin {
			return ask(r), err
		}
	}
	return kept(), nil
}

// speaksForHost says whether an account may tell what its server does with its people: the server's own actor may, and
// whoever is let by software of which only admins can say such a thing, by its NodeInfo. Elsewhere people write what they
// like, about their neighbours too.
func (s *Server) speaksForHost(ctx context.Context, actor string) (bool, error) {
	a, err := s.store.Actor(ctx, actor)
	if err != nil || a.Type == "Application" {
		return err == nil, ignoreMissing(err)
	}
	return s.keepsBans(ctx, actor)
}

// keepsBans says whether a person's server keeps people out of a group by itself once it has heard of a ban. For others the follow is
// ended, which is all that Mastodon understands.
func (s *Server) keepsBans(ctx context.Context, person string) (bool, error) {
	name, _ := hostOf(person)
	h, err := s.store.Host(ctx, name)
	if err != nil {
		return false, ignoreMissing(err)
	}
	switch strings.ToLower(h.Software) {
	case "lemmy", "piefed", "mbin", "kbin":
		return ProfileOf(h).Dialect == store.Threadiverse, nil
	}
	return false, nil
}

// isSite says whether an id stands for a whole server. As PieFed does, it is told from a community by its slashes.
func isSite(uri string) bool { return strings.Count(strings.TrimSuffix(uri, "/"), "/") < 4 }

// lookListed is about a group's lists: its moderators, and the threads it shows first. Removing a thread from the group itself
// takes it off (FEP-f15d).
func (s *Server) lookListed(ctx context.Context, a activity, ofPerson, ofPost group.Kind) (step, error) {
	ref, ok := s.ids.parse(a.Target.ID)
	if !ok || a.Object.ID == "" {
		return kept(), nil
	}
	r := group.Request{By: group.Person{URI: a.Actor}, Target: a.Object.ID, Groups: []string{s.ids.group(ref.Name)}, Text: a.Summary}
	var err error
	switch ref.Kind {
	case idModerators:
		if r.Kind = ofPerson; ofPerson == group.Appoint {
			_, err = s.person(ctx, r.Target) // whoever runs the group is shown by name and told of reports
		}
	case idFeatured:
		r.Kind = ofPost
	case idGroup:
		if ofPost != group.Unpin {
			return kept(), nil
		}
		r.Kind, r.WithReplies = group.Remove, true
		r.Target, err = s.threadURI(ctx, r.Target)
	default:
		return kept(), nil
	}
	return ask(r), err
}

// lookRelocate moves a thread to another group (FEP-f15d). It is named by its context, or by its first post (PieFed).
func (s *Server) lookRelocate(ctx context.Context, a activity) (step, error) {
	groups, err := s.localGroups(ctx, []string{a.Origin.ID, a.Target.ID})
	if err != nil || len(groups) == 0 {
		return kept(), err
	}
	uri, err := s.threadURI(ctx, a.Object.ID)
	if err != nil || uri == "" {
		return kept(), err
	}
	// Of two groups of this server the origin decides; it asks the other one's rules.
	return ask(group.Request{Kind: group.Relocate, By: group.Person{URI: a.Actor}, Groups: groups[:1], Target: uri, To: a.Target.ID}), nil
}

// threadURI finds the first post of a thread by the id of its context: ours is {post}/context, and so is Lemmy's and PieFed's.
func (s *Server) threadURI(ctx context.Context, uri string) (string, error) {
	ref, ok := s.ids.parse(strings.TrimSuffix(uri, "/context"))
	if !ok || ref.Kind != idPost {
		return strings.TrimSuffix(uri, "/context"), nil
	}
	p, err := s.store.Post(ctx, ref.Name, ref.N)
	return p.URI, err
}

// lookRestore takes a deletion back. An author's own, or one by the author's server, comes with the post as its origin shows it; a
// moderator's is about what the group has.
func (s *Server) lookRestore(ctx context.Context, a, inner activity) (step, error) {
	st := s.about(group.Restore, a, inner.Object.ID)
	if st.request == nil {
		return st, nil
	}
	st.request.WithReplies = inner.WithReplies
	author, err := s.store.PostAuthor(ctx, inner.Object.ID)
	if err != nil || author != a.Actor && !sameHost(author, a.Actor) {
		return st, err
	}
	o, raw, err := s.atOrigin(ctx, inner.Object.ID)
	switch {
	case err == nil && o.AttributedTo == author && isPostType(o.Type):
		st.request.Post = s.postOf(activity{Actor: author, To: a.To, Cc: a.Cc}, o, raw, nil)
		st.request.AtOrigin = author != a.Actor
	case author == a.Actor:
		return settled(group.Refused, group.ReasonUnverified), err
	case err != nil && !isFinal(err):
		return step{}, err
	}
	return st, nil
}

// lookDescribe reads what a moderator elsewhere wants the group to say of itself (Lemmy 1.0).
func (s *Server) lookDescribe(ctx context.Context, a activity) (step, error) {
	groups, err := s.localGroups(ctx, []string{a.Object.ID})
	if err != nil || len(groups) == 0 {
		return kept(), err
	}
	o := trimJSON(a.Object.Raw).object()
	p := group.Profile{Title: cleanLine(o.get("name").text(), maxName), SummaryHTML: s.clean.sanitizeHTML(o.get("summary").text())}
	p.Summary = cutRunes(o.get("source").object().get("content").text(), maxRemark)
	if p.Summary == "" {
		p.Summary = plainText(p.SummaryHTML)
	}
	return ask(group.Request{Kind: group.Describe, By: group.Person{URI: a.Actor}, Groups: groups, Target: a.Object.ID, Profile: &p}), nil
}

// lookAnswer finds the Follow of a group that a community elsewhere accepts or refuses: embedded, or by its id (Mitra).
func (s *Server) lookAnswer(ctx context.Context, a activity) (step, error) {
	raw := []byte(a.Object.Raw)
	if raw == nil && s.ids.owns(a.Object.ID) {
		sent, err := s.store.Sent(ctx, a.Object.ID)
		if err != nil {
			return kept(), ignoreMissing(err)
		}
		raw = sent.Body
	}
	follow, err := decodeActivity(raw)
	if err != nil || follow.Type != "Follow" || follow.Object.ID != a.Actor {
		return kept(), nil
	}
	groups, err := s.localGroups(ctx, []string{s.ids.agentOf(follow.Actor)})
	if err != nil || len(groups) == 0 {
		return kept(), err
	}
	kind := group.Confirm
	if a.Type == "Reject" {
		kind = group.Decline
	}
	return ask(group.Request{Kind: kind, By: group.Person{URI: a.Actor}, Groups: groups, Target: follow.ID}), nil
}

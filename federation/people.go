package federation

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"folkmoot/group"
	"folkmoot/store"
)

// actorMaxAge is how long an actor is believed to look as it did.
const actorMaxAge = 24 * time.Hour

// person returns an actor as the rules know people, fetched unless it is known well enough. A server that does not answer
// leaves what is known in force.
func (s *Server) person(ctx context.Context, uri string) (group.Person, error) {
	a, err := s.actor(ctx, uri, actorMaxAge)
	if err != nil {
		return group.Person{}, err
	}
	return personOf(a), nil
}

// Speaker returns an actor as the rules know people, for whatever else asks them than an inbox.
func (s *Server) Speaker(ctx context.Context, uri string) (group.Person, error) {
	return s.person(ctx, uri)
}

// personOf is an actor as the rules know people.
func personOf(a store.Actor) group.Person {
	return group.Person{
		URI: a.URI, Handle: a.Handle, Bot: a.Bot, NoAvatar: a.Avatar == "" && len(a.Raw) > 0,
		Since: timeOf(trimJSON(a.Raw).object().get("published")),
	}
}

func (s *Server) actor(ctx context.Context, uri string, maxAge time.Duration) (store.Actor, error) {
	known, err := s.store.Actor(ctx, uri)
	switch {
	case err != nil && !errors.Is(err, store.ErrNotFound):
		return store.Actor{}, err
	case err == nil && known.Inbox != "" && s.since(known.Fetched) < maxAge:
		return known, nil
	}
	fetched, fetchErr := s.fetchActor(ctx, uri)
	if fetchErr != nil && err == nil && known.Inbox != "" {
		s.log.InfoContext(ctx, "actor not refreshed", "actor", uri, "error", fetchErr)
		return known, nil
	}
	if fetchErr != nil {
		return store.Actor{}, fetchErr
	}
	return fetched, nil
}

// fetchActor fetches an actor and keeps it.
func (s *Server) fetchActor(ctx context.Context, uri string) (store.Actor, error) {
	raw, err := s.object(ctx, uri)
	if err != nil {
		return store.Actor{}, fmt.Errorf("fetch actor: %w", err)
	}
	v, err := decodeActor(raw, s.clean)
	if err != nil {
		return store.Actor{}, fmt.Errorf("read actor %s: %w", uri, err)
	}
	if v.ID != uri {
		return store.Actor{}, fmt.Errorf("%w: %s shows the actor %s", ErrIdentity, uri, v.ID)
	}
	if err := s.keepActor(ctx, v, raw); err != nil {
		return store.Actor{}, err
	}
	return s.store.Actor(ctx, uri)
}

func (s *Server) keepActor(ctx context.Context, v actorView, raw []byte) error {
	if err := s.mistrust(ctx, v); err != nil {
		return err
	}
	return s.store.SaveActor(ctx, store.Actor{
		URI: v.ID, Type: v.Type, Handle: handleOf(v), Name: v.Name, Summary: v.SummaryHTML, URL: v.URL, Avatar: v.AvatarURL,
		Inbox: v.Inbox, SharedInbox: v.SharedInbox, Bot: v.IsBot, Fetched: s.now(), Raw: raw,
		Found: v.Discoverable, Indexed: v.Indexable,
	})
}

// longSilence is for how long nothing was fetched of an account when new keys mean that it may be somebody else's. Of whoever does
// anything the account is fetched each day.
const longSilence = 60 * 24 * time.Hour

// mistrust takes the roles of an account that comes back after a long silence with keys that are new. That it shows an old one beside
// them proves nothing: everybody could read that.
func (s *Server) mistrust(ctx context.Context, v actorView) error {
	known, err := s.store.Actor(ctx, v.ID)
	if err != nil || s.now().Sub(known.Fetched) < longSilence {
		return ignoreMissing(err)
	}
	old, err := decodeActor(known.Raw, s.clean)
	if err != nil || len(old.Keys) == 0 {
		return nil // it had none to compare with
	}
	isNew := func(n publishedKey) bool {
		return !slices.ContainsFunc(old.Keys, func(k publishedKey) bool { return n.PEM == k.PEM && n.Multibase == k.Multibase })
	}
	if !slices.ContainsFunc(v.Keys, isNew) {
		return nil
	}
	if err := s.endAdmin(ctx, v.ID); err != nil {
		return err
	}
	outcomes, err := s.store.Apply(ctx, group.Request{Kind: group.Rekey, By: group.Person{URI: v.ID}, At: s.now()}, 0)
	for _, o := range outcomes {
		if o.Decision.Verdict == group.Accepted {
			s.log.WarnContext(ctx, "moderator came back with new keys", "actor", v.ID, "group", o.Group)
		}
	}
	return err
}

// endAdmin takes the pages of those who run this server from an account that may be somebody else's by now, or is gone.
func (s *Server) endAdmin(ctx context.Context, uri string) error {
	admins, err := s.store.Admins(ctx)
	if err != nil || !slices.ContainsFunc(admins, func(a store.Actor) bool { return a.URI == uri }) {
		return err
	}
	s.log.WarnContext(ctx, "account runs this server no longer; if it is still theirs, let it again", "actor", uri)
	return s.store.SetAdmin(ctx, uri, false)
}

// handleOf is the address people see. The host is that of the id: a shorter WebFinger domain is a nicety that costs two
// more requests for each actor.
func handleOf(v actorView) string {
	host, ok := hostOf(v.ID)
	if v.Username == "" || !ok {
		return ""
	}
	return "@" + v.Username + "@" + host
}

// Person finds somebody by handle (@ann@mastodon.example) or URI and returns the actor as known afterwards.
func (s *Server) Person(ctx context.Context, name string) (store.Actor, error) {
	uri := name
	if !strings.Contains(name, "://") {
		var err error
		if err := s.mayAsk(ctx, "https://"+name[strings.LastIndexByte(name, '@')+1:]); err != nil {
			return store.Actor{}, err
		}
		if uri, err = s.client.LookupHandle(ctx, name); err != nil {
			return store.Actor{}, fmt.Errorf("look up %s: %w", name, err)
		}
	}
	return s.actor(ctx, uri, actorMaxAge)
}

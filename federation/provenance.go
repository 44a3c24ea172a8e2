package federation

import (
	"context"
	"crypto/ed25519"
	"errors"
	"time"

	"folkmoot/store"
)

const (
	// proofMaxAge is longer than servers try to deliver. Who kept an activity for longer and passes it on now may want to bring
	// something back that has been taken back since; its origin knows.
	proofMaxAge = 7 * 24 * time.Hour
	proofAhead  = time.Hour // of our clock, as for signatures

	maxAssertionKeys = 16 // of one actor that are read
)

// confirmedByProof says whether a carries a proof by its actor (FEP-8b32), so that it is to be believed whoever passed it on. The
// actor may be fetched for its keys, the activity itself is not. Without a valid proof nothing is known: the origin may still
// confirm it. An error is this server's own trouble.
func (s *Server) confirmedByProof(ctx context.Context, a activity) (bool, error) {
	if a.ID == "" || !sameHost(a.ID, a.Actor) || s.ids.owns(a.Actor) || len(a.Raw) > maxProven {
		return false, nil
	}
	o := trimJSON(a.Raw).object()
	for _, p := range proofsOf(o) {
		if !p.timely(s.now()) || !sameHost(p.method, a.Actor) {
			continue
		}
		if ok, err := s.provenBy(ctx, a.Actor, o, p); ok || err != nil {
			return ok, err
		}
	}
	return false, nil
}

// timely says whether a proof counts at that time.
func (p proof) timely(now time.Time) bool {
	age := now.Sub(p.created)
	return age < proofMaxAge && age > -proofAhead && (p.expires.IsZero() || p.expires.After(now))
}

// provenBy checks a proof against the keys that the actor shows. Keys change: the actor is fetched anew before the proof is given
// up, but not for each of a flood.
func (s *Server) provenBy(ctx context.Context, actor string, o rawObject, p proof) (bool, error) {
	known, err := s.store.Actor(ctx, actor)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return false, err
	}
	age := s.since(known.Fetched)
	if err == nil && age < actorMaxAge && p.by(actor, known.Raw, o, s.now()) {
		return true, nil
	}
	failure := "keys of " + actor
	if err == nil && age < keyCoolDown || s.failures.get(failure) != nil {
		return false, nil
	}
	fetched, err := s.fetchActor(ctx, actor)
	if err != nil {
		s.failures.put(failure, err, keyCoolDown)
		s.log.InfoContext(ctx, "proof not checked", "actor", actor, "error", err)
		return false, ctx.Err()
	}
	return p.by(actor, fetched.Raw, o, s.now()), nil
}

// by says whether the proof is by a key that the actor's document shows.
func (p proof) by(actor string, doc []byte, o rawObject, now time.Time) bool {
	key := assertionKey(trimJSON(doc).object(), actor, p.method, now)
	return key != nil && p.holds(o, key)
}

// assertionKey finds the key of that id among those by which an actor makes statements (FEP-521a); nil if it shows none. A key of
// somebody else, or one that is no longer in force, proves nothing, and neither does one that only signs requests.
func assertionKey(o rawObject, actor, id string, now time.Time) ed25519.PublicKey {
	if uriOf(o.get("id")) != actor {
		return nil
	}
	for i, item := range o.get("assertionMethod").list() {
		k := item.object()
		switch {
		case i >= maxAssertionKeys:
			return nil
		case uriOf(k.get("id")) != id, k.get("type").text() != "Multikey", uriOf(k.get("controller")) != actor:
			continue
		case ended(k.get("expires"), now), ended(k.get("revoked"), now):
			continue
		}
		if key, err := parseMultikey(k.get("publicKeyMultibase").text()); err == nil {
			return key
		}
	}
	return nil
}

// ended says whether a time has come; one that cannot be read counts as past.
func ended(at rawValue, now time.Time) bool { return at.present() && !timeOf(at).After(now) }

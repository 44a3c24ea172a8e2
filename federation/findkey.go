package federation

import (
	"cmp"
	"context"
	"crypto"
	"crypto/x509"
	"errors"
	"fmt"
	"strings"
	"time"

	"folkmoot/store"
)

const (
	keyCoolDown    = 5 * time.Minute // between two fetches of one key, however often it fails to fit
	keyMaxAge      = 7 * 24 * time.Hour
	failureMaxAge  = 10 * time.Minute // a key that could not be fetched is not asked for again before
	goneMaxAge     = 24 * time.Hour
	keyFetchBudget = 5 * time.Second // Lemmy hangs up after ten
)

// findKey is the KeyFinder of the inbox: kept keys first, then one fetch, which many waiting requests share. With fresh a
// newer key than the kept one is fetched, at most once per keyCoolDown: keys rotate, and signatures are forged in floods.
func (s *Server) findKey(ctx context.Context, keyID string, fresh bool) (PublicKey, error) {
	kept, err := s.store.Key(ctx, keyID)
	age := s.since(kept.Fetched)
	switch {
	case err != nil && !errors.Is(err, store.ErrNotFound):
		return PublicKey{}, fmt.Errorf("%w: %w", ErrKeyUnavailable, err)
	case err == nil && (fresh && age < keyCoolDown || !fresh && age < keyMaxAge):
		return parseKept(kept)
	}
	if known := cmp.Or(s.failures.get(keyID), s.failures.get(keysOfDocument(keyID))); known != nil {
		if err == nil && !fresh {
			return parseKept(kept) // old, but the owner does not answer
		}
		return PublicKey{}, known
	}
	host, _ := hostOf(keyID)
	site := siteOf(host)
	if !s.keyWaits.enter(site) {
		if err == nil && !fresh {
			return parseKept(kept) // old, but nobody can ask now
		}
		return PublicKey{}, ErrBusy
	}
	defer s.keyWaits.leave(site)
	found, fetchErr, _ := s.flights.Do("key "+keyID, func() (any, error) {
		// The fetch outlives the request that asked for it: others wait for the same key.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), keyFetchBudget)
		defer cancel()
		return s.fetchKey(ctx, keyID)
	})
	if fetchErr == nil {
		return found.(PublicKey), nil
	}
	s.rememberFailure(keyID, fetchErr)
	if err == nil && (!fresh || !errors.Is(fetchErr, ErrKeyGone)) {
		return parseKept(kept) // Mastodon 4.5 answers 410 for an account before it tells that it is deleted
	}
	return PublicKey{}, fetchErr
}

// keysOfDocument names the document that shows a key. Of one that was just read and shows no such key it is not asked again for
// the next: keys can be invented without end.
func keysOfDocument(keyID string) string {
	document, _, _ := strings.Cut(keyID, "#")
	return "keys in " + document
}

func (s *Server) rememberFailure(keyID string, err error) {
	d := failureMaxAge
	if errors.Is(err, errNoSuchKey) {
		s.failures.put(keysOfDocument(keyID), err, keyCoolDown)
		return
	}
	if errors.Is(err, ErrGone) {
		d = goneMaxAge // 410 is meant to last; 404 may be a mishap
	}
	s.failures.put(keyID, err, d)
}

func parseKept(k store.Key) (PublicKey, error) {
	key, err := x509.ParsePKIXPublicKey(k.DER)
	if err != nil {
		return PublicKey{}, fmt.Errorf("%w: kept key %s: %w", ErrKeyUnavailable, k.ID, err)
	}
	return PublicKey{ID: k.ID, Owner: k.Owner, Key: key}, nil
}

// errNoSuchKey says that a document shows other keys than the one asked for.
var errNoSuchKey = errors.New("the owner shows no such key")

// maxKeptKeys is how many keys of one document are kept.
const maxKeptKeys = 8

// fetchKey fetches a key at its own address and keeps it. The owner's own document must show the key: whoever runs any
// page on a host could otherwise sign as anybody there.
func (s *Server) fetchKey(ctx context.Context, keyID string) (PublicKey, error) {
	published, err := s.publishedKeys(ctx, keyID)
	switch {
	case errors.Is(err, ErrGone) || errors.Is(err, ErrNotFound):
		return PublicKey{}, fmt.Errorf("%w: %s: %w", ErrKeyGone, keyID, err)
	case err != nil:
		return PublicKey{}, fmt.Errorf("%w: fetch %s: %w", ErrKeyUnavailable, keyID, err)
	}
	found, err := PublicKey{}, fmt.Errorf("%w: %w: %w: %s", ErrKeyUnavailable, ErrIdentity, errNoSuchKey, keyID)
	for i, k := range published {
		// The others in its document are kept too: whoever invents keys has it read, and a new one must not have to wait for that. What
		// an account says of keys elsewhere is not taken.
		if k.ID != keyID && (i >= maxKeptKeys || keysOfDocument(k.ID) != keysOfDocument(keyID)) {
			continue
		}
		key, keepErr := s.keepKey(ctx, k)
		if k.ID == keyID {
			found, err = key, keepErr
		}
	}
	return found, err
}

func (s *Server) keepKey(ctx context.Context, published publishedKey) (PublicKey, error) {
	id := published.ID
	key, err := published.parse()
	if err != nil {
		return PublicKey{}, fmt.Errorf("%w: key %s: %w", ErrKeyUnavailable, id, err)
	}
	der, err := x509.MarshalPKIXPublicKey(key)
	if err != nil {
		return PublicKey{}, fmt.Errorf("%w: key %s: %w", ErrKeyUnavailable, id, err)
	}
	kept := store.Key{ID: id, Owner: published.Owner, DER: der, Fetched: s.now()}
	if err := s.store.SaveKey(ctx, kept); err != nil {
		return PublicKey{}, fmt.Errorf("%w: %w", ErrKeyUnavailable, err)
	}
	return PublicKey{ID: id, Owner: published.Owner, Key: key}, nil
}

func (k publishedKey) parse() (crypto.PublicKey, error) {
	if k.PEM != "" {
		return parsePublicKeyPEM(k.PEM)
	}
	return parseMultikey(k.Multibase)
}

// publishedKeys reads the keys in the document at a key's address: as a rule the actor itself, which is kept as well. Of a stub
// actor (GoToSocial 0.20 at /main-key) or a bare key, the owner is fetched too and must name the key.
func (s *Server) publishedKeys(ctx context.Context, keyID string) ([]publishedKey, error) {
	address, _, _ := strings.Cut(keyID, "#")
	raw, err := s.objectNow(ctx, address)
	if err != nil {
		return nil, err
	}
	if v, err := decodeActor(raw, s.clean); err == nil {
		return v.Keys, s.keepActor(ctx, v, raw)
	}
	stub, err := decodeKeyDocument(raw, keyID)
	if err != nil {
		return nil, err
	}
	if !sameHost(stub.Owner, keyID) {
		return nil, fmt.Errorf("%w: key %s names an owner on another host", ErrIdentity, keyID)
	}
	if raw, err = s.objectNow(ctx, stub.Owner); err != nil {
		return nil, err
	}
	owner, err := decodeActor(raw, s.clean)
	if err != nil {
		return nil, err
	}
	return owner.Keys, s.keepActor(ctx, owner, raw)
}

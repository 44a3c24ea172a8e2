package federation

import (
	"context"
	"crypto"
	"crypto/ed25519"
	"crypto/rsa"
	_ "crypto/sha512" // the hash of rsa-sha512, which httpsig looks up by its number
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/go-ap/httpsig"
)

// What became of a signature. The text around them is for the log: nobody who forges requests is told which check failed.
var (
	// ErrUnsigned says that a request carries no signature at all.
	ErrUnsigned = errors.New("the request is not signed")
	// ErrBadSignature says that a signature does not prove what it must. Asking again will not help.
	ErrBadSignature = errors.New("the signature is not acceptable")
	// ErrKeyGone says that the owner of the key was deleted (410 or 404).
	ErrKeyGone = errors.New("the owner of the key is gone")
	// ErrKeyUnavailable says that the key could not be had now; the sender should try again later.
	ErrKeyUnavailable = errors.New("the key is not available now")
)

// clockWindow is how far the signed time may be from ours. Mastodon allows 12 hours of age; an hour still covers slow queues
// and clocks set to the wrong time zone's summer time, and leaves a thief of requests less time.
const clockWindow = time.Hour

// expirySlack forgives clocks that differ from ours. Some libraries let their signatures expire after one minute.
const expirySlack = 5 * time.Minute

// KeyFinder finds the public key with an id. The key's ID must be keyID, letter by letter, and its Owner an actor on the same
// host who lists that key. fresh asks the origin instead of the cache; during its cool-down the finder answers ErrKeyUnavailable.
// Deleted owners are ErrKeyGone.
type KeyFinder func(ctx context.Context, keyID string, fresh bool) (PublicKey, error)

// Verifier checks the signatures of incoming requests. Origin is the public scheme and host of this server, as in its actors'
// ids: what a proxy or the sender says about them is not believed.
type Verifier struct {
	Origin  string
	Now     func() time.Time
	FindKey KeyFinder
}

// Signature is what a valid signature proves: Owner sent exactly this request now. Whether Owner may say what the body says is
// another question.
type Signature struct {
	KeyID  string
	Owner  string
	Scheme string    // schemeCavage, schemeRFC9421 or schemeEdwards: the way this host can be answered
	At     time.Time // when it was signed, as the sender's clock says
}

const (
	schemeCavage  = "cavage"  // draft-cavage-http-signatures-12
	schemeRFC9421 = "rfc9421" // HTTP Message Signatures
	schemeEdwards = "ed25519" // the same by Ed25519
)

// Verify checks that a request with this body is signed, for this server, now, completely (target, host, time and body), and
// by whom. Keys are looked up only for signatures that pass every other check, so garbage costs no fetch; a signature that does
// not match makes the finder ask for a newer key once. Errors wrap one of the four above or ErrBusy.
func (v Verifier) Verify(ctx context.Context, r *http.Request, body []byte) (Signature, error) {
	claims, err := v.read(r, body)
	if err != nil {
		return Signature{}, err
	}
	for _, c := range claims {
		var s Signature
		if s, err = v.confirm(ctx, c); err == nil {
			return s, nil
		}
	}
	return Signature{}, err
}

// read makes every check that needs no key.
func (v Verifier) read(r *http.Request, body []byte) ([]sigClaim, error) {
	if len(r.Header.Values("Signature")) == 0 && len(r.Header.Values("Signature-Input")) == 0 {
		return nil, ErrUnsigned
	}
	if err := v.checkHost(r.Host); err != nil {
		return nil, err
	}
	return v.claims(receivedRequest(r, body, v.Origin))
}

// checkHost refuses what was signed for another server and is replayed here.
func (v Verifier) checkHost(host string) error {
	scheme, _, _ := strings.Cut(v.Origin, "://")
	ours, ok := hostOf(v.Origin)
	if !ok {
		return badSignature("the configured origin %q has no host to compare with", v.Origin)
	}
	theirs, ok := hostOf(scheme + "://" + host)
	if !ok || theirs != ours || strings.ContainsAny(host, "/?#") {
		return badSignature("the request is for the host %q, not for %s", host, ours)
	}
	return nil
}

// claims reads what the headers claim. An intermediary may add a Signature-Input to a draft-cavage request, so that one is
// tried when the newer scheme has nothing usable.
func (v Verifier) claims(m wireRequest) ([]sigClaim, error) {
	if len(m.header.Values("Signature-Input")) == 0 {
		c, err := v.cavageClaim(m)
		return []sigClaim{c}, err
	}
	claims, err := v.rfc9421Claims(m)
	if err == nil {
		return claims, nil
	}
	if c, cavageErr := v.cavageClaim(m); cavageErr == nil {
		return []sigClaim{c}, nil
	}
	return nil, err
}

// inWindow checks a signed time.
func (v Verifier) inWindow(what string, t time.Time) error {
	if now := v.Now(); t.Before(now.Add(-clockWindow)) || t.After(now.Add(clockWindow)) {
		return badSignature("%s is %s, but it is %s here", what, httpDate(t), httpDate(now))
	}
	return nil
}

// notExpired checks when the sender wants the signature to end.
func (v Verifier) notExpired(expires time.Time) error {
	if now := v.Now(); now.After(expires.Add(expirySlack)) {
		return badSignature("it expired at %s", httpDate(expires))
	}
	return nil
}

// httpDate writes a time as the Date header does (RFC 9110 section 5.6.7); PieFed parses nothing else.
func httpDate(t time.Time) string { return t.UTC().Format(http.TimeFormat) }

// sigClaim is a signature that passed every check but the one with the key.
type sigClaim struct {
	scheme    string
	at        time.Time
	keyID     string
	algorithm sigAlgorithm
	signature []byte
	bases     [][]byte // the texts of which one must have been signed
}

// confirm checks a claim with the key, and if that fails with a newer one: owners replace their keys without saying so.
func (v Verifier) confirm(ctx context.Context, c sigClaim) (Signature, error) {
	key, err := v.lookUp(ctx, c.keyID, false)
	if err != nil {
		return Signature{}, err
	}
	bad := c.check(key.Key)
	if bad != nil {
		newer, err := v.lookUp(ctx, c.keyID, true)
		switch {
		case errors.Is(err, ErrKeyGone):
			return Signature{}, err
		case err != nil: // still a bad signature for all we know, and an attacker must not turn it into "try again"
			return Signature{}, fmt.Errorf("%w; no newer key: %s", bad, err.Error())
		case samePublicKey(key.Key, newer.Key):
			return Signature{}, bad
		}
		key, bad = newer, c.check(newer.Key)
	}
	if bad != nil {
		return Signature{}, bad
	}
	scheme := c.scheme
	if _, edwards := key.Key.(ed25519.PublicKey); edwards && scheme == schemeRFC9421 {
		scheme = schemeEdwards
	}
	return Signature{KeyID: key.ID, Owner: key.Owner, Scheme: scheme, At: c.at}, nil
}

// lookUp asks the finder and checks its answer once more: a key that names another id or an owner elsewhere proves nothing.
func (v Verifier) lookUp(ctx context.Context, keyID string, fresh bool) (PublicKey, error) {
	key, err := v.FindKey(ctx, keyID, fresh)
	if err != nil {
		for _, known := range []error{ErrKeyGone, ErrKeyUnavailable, ErrBadSignature, ErrBusy} {
			if errors.Is(err, known) {
				return PublicKey{}, fmt.Errorf("find the key %q: %w", keyID, err)
			}
		}
		return PublicKey{}, fmt.Errorf("%w: find the key %q: %w", ErrKeyUnavailable, keyID, err)
	}
	if key.ID != keyID || !sameHost(key.Owner, keyID) {
		return PublicKey{}, badSignature("the key %q was asked for, found was %q of %q", keyID, key.ID, key.Owner)
	}
	if err := checkPublicKey(key.Key); err != nil {
		return PublicKey{}, badSignature("the key %q: %v", keyID, err)
	}
	return key, nil
}

// check verifies with the algorithm that fits the type of the key; the header can only agree. Otherwise an attacker could name
// HMAC and use the public key as the secret.
func (c sigClaim) check(key crypto.PublicKey) error {
	for _, base := range c.bases {
		if c.matches(key, base) {
			return nil
		}
	}
	return badSignature("it does not match the key %q", c.keyID)
}

func (c sigClaim) matches(key crypto.PublicKey, base []byte) bool {
	switch k := key.(type) {
	case *rsa.PublicKey:
		switch c.algorithm {
		case algorithmOfKey, rsaSHA256: // everybody means RSASSA-PKCS1-v1_5 with SHA-256 by hs2019, whatever the draft says
			return httpsig.RSASHA256.Verify(k, base, c.signature) == nil
		case rsaSHA512:
			return httpsig.RSAVerify(k, crypto.SHA512, base, c.signature) == nil
		case ed25519Only:
		}
	case ed25519.PublicKey: // httpsig.Ed25519 expects another type of key than it documents
		usable := c.algorithm == algorithmOfKey || c.algorithm == ed25519Only
		return usable && ed25519.Verify(k, base, c.signature)
	}
	return false
}

// sigAlgorithm is what a header says about the algorithm.
type sigAlgorithm int

const (
	algorithmOfKey sigAlgorithm = iota // nothing, or hs2019: whatever the key is made for
	rsaSHA256
	rsaSHA512
	ed25519Only
)

// badSignature makes an ErrBadSignature with its cause.
func badSignature(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrBadSignature, fmt.Sprintf(format, args...))
}

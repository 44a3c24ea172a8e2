package fedtest

import (
	"bytes"
	"context"
	"crypto/rsa"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"
)

// site is what every scripted server has, whatever it runs: documents that can be fetched, keys it has seen, and what arrived.
type site struct {
	Origin   string // e.g. https://mastodon.example
	Software string // NodeInfo name; "" answers 404
	Version  string
	Client   *http.Client
	Now      func() time.Time

	hand     hand
	demands  demands // of requests to inboxes; nil for a signature that holds
	newer    bool    // reads RFC 9421 and no other signatures
	media    string  // of its documents in WebFinger
	mu       sync.Mutex
	served   map[string]object // what can be fetched, by URL
	gone     map[string]bool
	keys     map[string]*rsa.PublicKey
	received []Received
	next     int
}

// Received is an activity that arrived with a valid signature.
type Received struct {
	Inbox, Type, Actor string
	Body               object
	At                 time.Time // of the whole world's clock
}

// signer is an actor with its key.
type signer struct {
	uri string
	key *rsa.PrivateKey
}

func newSite(origin, software, version string, client *http.Client, now func() time.Time) site {
	return site{
		Origin: origin, Software: software, Version: version, Client: client, Now: now, hand: mastodonHand(),
		media: activityType, served: map[string]object{}, gone: map[string]bool{}, keys: map[string]*rsa.PublicKey{},
	}
}

func (s *site) host() string {
	_, host, _ := strings.Cut(s.Origin, "://")
	return host
}

func (s *site) newID() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.next++
	return s.next
}

func (s *site) stamp() string { return s.Now().UTC().Format("2006-01-02T15:04:05Z") }

// Later is a time on the server's clock, for payloads.
func (s *site) Later(d time.Duration) string { return s.Now().Add(d).UTC().Format(time.RFC3339) }

// ForgetKeys makes the server fetch every key again.
func (s *site) ForgetKeys() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.keys = map[string]*rsa.PublicKey{}
}

// Inbox returns what arrived with a valid signature, of one type or, with "", of all.
func (s *site) Inbox(kind string) []Received {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []Received
	for _, r := range s.received {
		if kind == "" || r.Type == kind {
			out = append(out, r)
		}
	}
	return out
}

func (s *site) keep(id string, doc object) {
	s.mu.Lock()
	defer s.mu.Unlock()
	copied := object{"@context": activityStreams}
	for k, v := range doc {
		copied[k] = v
	}
	s.served[id] = copied
}

func (s *site) write(w http.ResponseWriter, media string, v any) {
	w.Header().Set("Content-Type", media)
	_ = json.NewEncoder(w).Encode(v) // to a recorder, or to somebody who hung up
}

// nodeInfo answers what the server runs; false if the request is for something else.
func (s *site) nodeInfo(w http.ResponseWriter, r *http.Request) bool {
	switch {
	case s.Software == "":
		return false
	case r.URL.Path == "/.well-known/nodeinfo":
		s.write(w, "application/json", object{"links": []object{{
			"rel": "http://nodeinfo.diaspora.software/ns/schema/2.0", "href": s.Origin + "/nodeinfo/2.0",
		}}})
	case r.URL.Path == "/nodeinfo/2.0":
		s.write(w, "application/json", object{"version": "2.0", "software": object{"name": s.Software, "version": s.Version}})
	default:
		return false
	}
	return true
}

// jrd answers WebFinger for one account.
func (s *site) jrd(w http.ResponseWriter, name, actor string) {
	s.write(w, "application/jrd+json", object{
		"subject": "acct:" + name + "@" + s.host(), "aliases": []string{actor},
		"links": []object{{"rel": "self", "type": s.media, "href": actor}},
	})
}

// take reads, verifies and notes what came to an inbox. It says no by itself.
func (s *site) take(w http.ResponseWriter, r *http.Request) (body []byte, a object, ok bool) {
	body, err := io.ReadAll(io.LimitReader(r.Body, 1<<20))
	if err == nil {
		err = json.Unmarshal(body, &a)
	}
	if err != nil {
		http.Error(w, "malformed", http.StatusBadRequest)
		return nil, nil, false
	}
	if err := s.verify(r, body, a); err != nil {
		http.Error(w, err.Error(), http.StatusUnauthorized)
		return nil, nil, false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.received = append(s.received, Received{Inbox: r.URL.Path, Type: textAt(a, "type"), Actor: textAt(a, "actor"), Body: a, At: time.Now()})
	return body, a, true
}

func (s *site) verify(r *http.Request, body []byte, a object) error {
	sig, err := s.parse(r)
	if err != nil {
		return err
	}
	if owner, _, _ := strings.Cut(sig.keyID, "#"); owner != a["actor"] {
		return fmt.Errorf("%w: the key is %s's, the activity %v's", errSignature, owner, a["actor"])
	}
	if s.demands != nil {
		if err := s.demands(r, body, sig, s.Now()); err != nil {
			return err
		}
	}
	return s.holds(r, body, sig)
}

func (s *site) parse(r *http.Request) (signature, error) {
	if s.newer {
		sig, _, err := parse9421(r)
		return sig, err
	}
	return parseSignature(r.Header.Get("Signature"))
}

// holds checks a signature with the key that it names.
func (s *site) holds(r *http.Request, body []byte, sig signature) error {
	key, err := s.key(r.Context(), sig.keyID)
	if err != nil {
		return err
	}
	if s.newer {
		return check9421(s.Origin, r, body, key, s.Now())
	}
	return check(r, body, sig, key, s.Now())
}

// Newer makes the server read RFC 9421 signatures and no others.
func (s *site) Newer() { s.newer = true }

func (s *site) key(ctx context.Context, keyID string) (*rsa.PublicKey, error) {
	s.mu.Lock()
	key := s.keys[keyID]
	s.mu.Unlock()
	if key != nil {
		return key, nil
	}
	owner, _, _ := strings.Cut(keyID, "#")
	_, doc, status, err := s.get(ctx, nil, owner)
	if err != nil || status != http.StatusOK {
		return nil, fmt.Errorf("%w: fetch %s: status %d: %v", errSignature, owner, status, err)
	}
	published, _ := doc["publicKey"].(object)
	if published["id"] != keyID {
		return nil, fmt.Errorf("%w: %s shows the key %v", errSignature, owner, published["id"])
	}
	if key, err = parsePEM(textAt(published, "publicKeyPem")); err != nil {
		return nil, err
	}
	s.mu.Lock()
	s.keys[keyID] = key
	s.mu.Unlock()
	return key, nil
}

// get reads a document, signed by as, or by nobody.
func (s *site) get(ctx context.Context, as *signer, url string) (raw []byte, doc object, status int, err error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, nil, 0, err
	}
	r.Header.Set("Accept", activityType+`, application/ld+json; profile="https://www.w3.org/ns/activitystreams"`)
	if as != nil {
		if err := s.hand.sign(r, nil, *as, s.Now()); err != nil {
			return nil, nil, 0, err
		}
	}
	res, err := s.Client.Do(r)
	if err != nil {
		return nil, nil, 0, err
	}
	defer res.Body.Close()
	if raw, err = io.ReadAll(io.LimitReader(res.Body, 1<<20)); err != nil {
		return nil, nil, res.StatusCode, err
	}
	if err := json.Unmarshal(raw, &doc); err != nil && res.StatusCode == http.StatusOK {
		return nil, nil, res.StatusCode, fmt.Errorf("read %s: %w", url, err)
	}
	return raw, doc, res.StatusCode, nil
}

// post sends bytes to an inbox, signed by as, or by nobody, and returns the status.
func (s *site) post(ctx context.Context, as *signer, inbox string, body []byte) (int, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, inbox, bytes.NewReader(body))
	if err != nil {
		return 0, err
	}
	r.Header.Set("Content-Type", activityType)
	if as != nil {
		if err := s.hand.sign(r, body, *as, s.Now()); err != nil {
			return 0, err
		}
	}
	res, err := s.Client.Do(r)
	if err != nil {
		return 0, err
	}
	defer res.Body.Close()
	_, _ = io.Copy(io.Discard, res.Body)
	return res.StatusCode, nil
}

package federation

import (
	"bytes"
	"fmt"
	"sync"
	"time"

	"folkmoot/store"
)

// keyring keeps the keys of this server's actors parsed: to read them takes longer than all else that an activity costs.
type keyring struct {
	mu     sync.RWMutex
	parsed map[string]parsedKeys // by actor, so that it grows no larger than the number of groups
}

type parsedKeys struct {
	pem  []byte
	keys Keys
}

func newKeyring() *keyring { return &keyring{parsed: map[string]parsedKeys{}} }

// of returns the keys of an actor, of which pem is what the store keeps.
func (k *keyring) of(actor string, pem []byte) (Keys, error) {
	k.mu.RLock()
	known, ok := k.parsed[actor]
	k.mu.RUnlock()
	if ok && bytes.Equal(known.pem, pem) {
		return known.keys, nil
	}
	keys, err := ParseKeys(pem)
	if err != nil {
		return Keys{}, fmt.Errorf("read the keys of %s: %w", actor, err)
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.parsed[actor] = parsedKeys{pem, keys}
	return keys, nil
}

// byGroup adds the proof of a group to what the group says.
func (e *encoder) byGroup(body []byte, g store.Group, said time.Time) ([]byte, error) {
	keys, err := e.keys.of(g.URI, g.Keys)
	if err != nil {
		return nil, err
	}
	return e.prove(body, g.URI, keys, said)
}

// prove adds the proof of an actor of this server to what that actor says.
func (e *encoder) prove(body []byte, actor string, keys Keys, at time.Time) ([]byte, error) {
	body, err := addProof(body, keys.Ed25519, e.ids.edKey(actor), at)
	if err != nil {
		return nil, fmt.Errorf("prove what %s says: %w", actor, err)
	}
	return body, nil
}

package fedtest

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"maps"
	"strings"

	"github.com/mr-tron/base58"
)

// Prover makes integrity proofs (FEP-8b32) as Mitra does: the proof repeats the document's context.
type Prover struct {
	Actor  string // whose key it is
	Method string // its id
	key    ed25519.PrivateKey
}

// NewProver makes a key for an actor.
func NewProver(actor string) (Prover, error) {
	_, key, err := ed25519.GenerateKey(nil)
	if err != nil {
		return Prover{}, fmt.Errorf("make a key: %w", err)
	}
	return Prover{Actor: actor, Method: actor + "#ed25519-key", key: key}, nil
}

// Multikey is the key as its actor's document lists it (FEP-521a).
func (p Prover) Multikey() map[string]any {
	public := p.key.Public().(ed25519.PublicKey)
	return object{
		"id": p.Method, "type": "Multikey", "controller": p.Actor,
		"publicKeyMultibase": "z" + base58.Encode(append([]byte{0xed, 0x01}, public...)),
	}
}

// Prove returns the activity with a proof of that time. Change, unless nil, is what is odd about it.
func (p Prover) Prove(activity map[string]any, created string, change func(proof map[string]any)) (map[string]any, error) {
	proof := object{
		"@context": activity["@context"], "type": "DataIntegrityProof", "cryptosuite": "eddsa-jcs-2022",
		"proofPurpose": "assertionMethod", "verificationMethod": p.Method, "created": created,
	}
	if change != nil {
		change(proof)
	}
	signed, err := hashes(proof, activity)
	if err != nil {
		return nil, err
	}
	proof["proofValue"] = "z" + base58.Encode(ed25519.Sign(p.key, signed))
	out := maps.Clone(activity)
	out["proof"] = proof
	return out, nil
}

// Proven checks the proof of a document as Fedify 2 does, and names the key; multikey lists what the actor of the document shows.
// It returns "" for a proof that is missing or does not hold.
func Proven(doc map[string]any, multikey []any) string {
	proof, _ := doc["proof"].(object)
	unsigned, config := maps.Clone(doc), object{"@context": doc["@context"]}
	delete(unsigned, "proof")
	for _, member := range []string{"type", "cryptosuite", "verificationMethod", "proofPurpose", "created"} {
		config[member] = proof[member]
	}
	method, _ := proof["verificationMethod"].(string)
	signed, err := hashes(config, unsigned)
	if err != nil {
		return ""
	}
	value, _ := proof["proofValue"].(string)
	signature, err := base58.Decode(strings.TrimPrefix(value, "z"))
	if err != nil {
		return ""
	}
	for _, item := range multikey {
		key, _ := item.(object)
		encoded, _ := key["publicKeyMultibase"].(string)
		public, err := base58.Decode(strings.TrimPrefix(encoded, "z"))
		if key["id"] == method && err == nil && len(public) == 34 && ed25519.Verify(public[2:], signed, signature) {
			return method
		}
	}
	return ""
}

// hashes is what a proof signs: the hashes of its own members and of the document.
func hashes(config, doc object) ([]byte, error) {
	var signed []byte
	for _, part := range []object{config, doc} {
		text, err := canonical(part)
		if err != nil {
			return nil, err
		}
		sum := sha256.Sum256(text)
		signed = append(signed, sum[:]...)
	}
	return signed, nil
}

// canonical is RFC 8785 as far as scripted documents need it: no odd keys, numbers or line separators.
func canonical(doc object) ([]byte, error) {
	var b bytes.Buffer
	w := json.NewEncoder(&b)
	w.SetEscapeHTML(false)
	if err := w.Encode(doc); err != nil {
		return nil, fmt.Errorf("write the canonical form: %w", err)
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

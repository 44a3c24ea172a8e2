package federation

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/mr-tron/base58"
)

// An integrity proof (FEP-8b32) lets an activity be believed whoever passes it on. What is signed is the canonical form of
// everything but the proof (RFC 8785), so others may reformat a document without breaking it. Of the cryptosuites the one that
// the fediverse uses is known: eddsa-jcs-2022 (W3C Data Integrity EdDSA Cryptosuites §3.3).
const (
	dataIntegrity = "https://w3id.org/security/data-integrity/v1"

	proofType    = "DataIntegrityProof"
	proofSuite   = "eddsa-jcs-2022"
	proofPurpose = "assertionMethod"
)

const (
	maxProofs     = 2         // of one document that are tried; FEP-8b32 wants no more than one
	maxProven     = 256 << 10 // bytes: to write a list of numbers in its canonical form takes 0.3 s for each megabyte
	maxProofValue = 90        // characters: 64 bytes are at most 88 digits of base58, and decoding takes quadratic time
)

// activityContext explains the terms of activities and of their proofs. It is a list: Mastodon checks no proof otherwise.
func activityContext() []any { return []any{activityStreams, dataIntegrity} }

var (
	errNoContext = errors.New("a document without a context gets no proof")
	errHasProof  = errors.New("the document has a proof already")
)

// addProof puts a proof at the end of a document that this server made. All bytes before it stay as they are, those of others
// inside too. The proof repeats the whole context: Mastodon wants the beginning of it, as a list, and Fedify 2 puts all of it in
// for what it compares.
func addProof(raw []byte, key ed25519.PrivateKey, method string, created time.Time) ([]byte, error) {
	doc := trimJSON(raw)
	o := doc.object()
	switch {
	case !o.get("@context").present():
		return nil, errNoContext
	case o.get("proof") != nil:
		return nil, errHasProof
	}
	config, err := document{
		"@context": json.RawMessage(o.get("@context")), "type": proofType, "cryptosuite": proofSuite, "proofPurpose": proofPurpose,
		"verificationMethod": method, "created": timestamp(created),
	}.encode()
	if err != nil {
		return nil, err
	}
	signed, err := proofHash(config, doc)
	if err != nil {
		return nil, err
	}
	value := base58.Encode(ed25519.Sign(key, signed))
	return bytes.Join([][]byte{doc[:len(doc)-1], []byte(`,"proof":`), config[:len(config)-1], []byte(`,"proofValue":"z` + value + `"}}`)}, nil), nil
}

// proofHash is what is signed: the hash of the proof's own members, then that of the document.
func proofHash(config, doc []byte) ([]byte, error) {
	configHash, err := canonicalHash(config)
	if err != nil {
		return nil, err
	}
	docHash, err := canonicalHash(doc)
	return append(configHash, docHash...), err
}

func canonicalHash(raw []byte) ([]byte, error) {
	canonical, err := appendCanonical(make([]byte, 0, len(raw)), trimJSON(raw))
	if err != nil {
		return nil, fmt.Errorf("write the canonical form: %w", err)
	}
	sum := sha256.Sum256(canonical)
	return sum[:], nil
}

// proof is a proof that this server can check.
type proof struct {
	method           string // id of the key
	created, expires time.Time
	value            []byte
	members          rawObject
}

// proofsOf reads the proofs of the outermost object of a document; those of objects inside speak for these alone. Proofs of other
// kinds are left out, and so are those that hold on conditions which are not checked here: a chain, a challenge, a domain.
func proofsOf(o rawObject) []proof {
	var out []proof
	for _, item := range o.get("proof").list() {
		if p, ok := proofOf(item.object()); ok && len(out) < maxProofs {
			out = append(out, p)
		}
	}
	return out
}

func proofOf(o rawObject) (proof, bool) {
	if o.get("type").text() != proofType || o.get("cryptosuite").text() != proofSuite || o.get("proofPurpose").text() != proofPurpose {
		return proof{}, false
	}
	for _, condition := range []string{"previousProof", "challenge", "domain"} {
		if o.get(condition).present() {
			return proof{}, false
		}
	}
	p := proof{
		method: uriOf(o.get("verificationMethod")), created: timeOf(o.get("created")), expires: timeOf(o.get("expires")), members: o,
		value: proofValue(o.get("proofValue").text()),
	}
	hasEnd := o.get("expires").present()
	return p, p.method != "" && p.value != nil && !p.created.IsZero() && hasEnd == !p.expires.IsZero()
}

// proofValue reads a signature in base58btc; nil for anything else.
func proofValue(text string) []byte {
	if len(text) > maxProofValue || len(text) == 0 || text[0] != 'z' {
		return nil
	}
	value, err := base58.Decode(text[1:])
	if err != nil || len(value) != ed25519.SignatureSize {
		return nil
	}
	return value
}

// holds says whether the proof is one by that key over o, a document that prescan has accepted. What comes with it besides, a
// signature of the older kind among it, is no part of what was signed (FEP-8b32).
func (p proof) holds(o rawObject, key ed25519.PublicKey) bool {
	doc, config := o.document("proof", "signature"), p.members.document("proofValue")
	own := p.members.get("@context")
	if !own.present() {
		return p.signed(key, doc, config, withContext(config, doc))
	}
	if !beginsWith(o.get("@context"), own) {
		return false
	}
	doc["@context"] = json.RawMessage(own)
	return p.signed(key, doc, config)
}

// withContext adds what Fedify 2 signs but does not write: the document's context.
func withContext(config, doc document) document {
	config = config.nested()
	if context, ok := doc["@context"]; ok {
		config["@context"] = context
	}
	return config
}

// signed says whether the key has signed a document, with members of the proof that were one of these.
func (p proof) signed(key ed25519.PublicKey, doc document, configs ...document) bool {
	docHash, err := doc.canonicalHash()
	if err != nil {
		return false
	}
	for _, config := range configs {
		hash, err := config.canonicalHash()
		if err == nil && ed25519.Verify(key, append(hash, docHash...), p.value) {
			return true
		}
	}
	return false
}

func (d document) canonicalHash() ([]byte, error) {
	raw, err := d.encode()
	if err != nil {
		return nil, err
	}
	return canonicalHash(raw)
}

// beginsWith says whether a context begins with all of another one: more may have been added since the signature.
func beginsWith(context, beginning rawValue) bool {
	all, first := context.list(), beginning.list()
	if len(first) > len(all) {
		return false
	}
	for i, item := range first {
		a, errA := appendCanonical(nil, item)
		b, errB := appendCanonical(nil, all[i])
		if errA != nil || errB != nil || !bytes.Equal(a, b) {
			return false
		}
	}
	return true
}

// document copies an object without some of its members; the values stay as they are.
func (o rawObject) document(without ...string) document {
	d := document{}
	for _, f := range o {
		d[f.key] = json.RawMessage(f.value)
	}
	for _, key := range without {
		delete(d, key)
	}
	return d
}

package federation

import (
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"math"
	"strings"

	"github.com/mr-tron/base58"
)

// PublicKey is a key by which an actor signs: ID is its keyId, Owner the id of the actor. Key is *rsa.PublicKey or
// ed25519.PublicKey.
type PublicKey struct {
	ID, Owner string
	Key       crypto.PublicKey
}

// Sizes of RSA keys that are accepted. Smaller ones can be broken, larger ones cost us more time than they cost an attacker.
const (
	minRSABits = 2048
	maxRSABits = 8192
)

// maxKeyText bounds a key in PEM: RSA with 8192 bits needs 1,500 bytes.
const maxKeyText = 8192

// parsePublicKeyPEM reads the publicKeyPem of an actor: SPKI as nearly everybody writes it, or PKCS#1.
func parsePublicKeyPEM(text string) (crypto.PublicKey, error) {
	text = strings.TrimSpace(text)
	if len(text) > maxKeyText || !strings.HasPrefix(text, "-----BEGIN ") {
		return nil, errors.New("read a public key: this is not PEM")
	}
	block, rest := pem.Decode([]byte(text))
	if block == nil || len(strings.TrimSpace(string(rest))) > 0 || len(block.Headers) > 0 {
		return nil, errors.New("read a public key: this is not one PEM block")
	}
	var key crypto.PublicKey
	var err error
	switch block.Type {
	case "PUBLIC KEY":
		key, err = x509.ParsePKIXPublicKey(block.Bytes)
	case "RSA PUBLIC KEY":
		key, err = x509.ParsePKCS1PublicKey(block.Bytes)
	default:
		err = fmt.Errorf("%q is not a public key", block.Type)
	}
	if err != nil {
		return nil, fmt.Errorf("read a public key: %w", err)
	}
	return key, checkPublicKey(key)
}

// checkPublicKey refuses keys that prove nothing or cost too much, and every type but RSA and Ed25519.
func checkPublicKey(key crypto.PublicKey) error {
	switch k := key.(type) {
	case *rsa.PublicKey:
		if k == nil || k.N == nil {
			return errors.New("there is no key")
		}
		if bits := k.N.BitLen(); bits < minRSABits || bits > maxRSABits {
			return fmt.Errorf("an RSA key of %d bits is not accepted", bits)
		}
		if k.E < 3 || k.E > math.MaxInt32 || k.E%2 == 0 || k.N.Bit(0) == 0 {
			return errors.New("this is no RSA key: its exponent or modulus is even, or the exponent too small or large")
		}
		return nil
	case ed25519.PublicKey:
		if len(k) != ed25519.PublicKeySize {
			return fmt.Errorf("an Ed25519 key of %d bytes is not accepted", len(k))
		}
		return nil
	}
	return fmt.Errorf("keys of type %T are not accepted", key)
}

// samePublicKey says whether two keys are the same one.
func samePublicKey(a, b crypto.PublicKey) bool {
	k, ok := a.(interface{ Equal(x crypto.PublicKey) bool })
	return ok && k.Equal(b)
}

// ed25519Code is the multicodec prefix of an Ed25519 public key: 0xed as a varint.
func ed25519Code() []byte { return []byte{0xed, 0x01} }

// parseMultikey reads the publicKeyMultibase of a Multikey (FEP-521a): "z", then base58btc.
func parseMultikey(text string) (ed25519.PublicKey, error) {
	digits, ok := strings.CutPrefix(text, "z")
	if !ok || len(digits) > 64 { // 34 bytes are at most 47 digits; decoding longer texts takes quadratic time
		return nil, errors.New("read a multikey: this is not a short base58btc text")
	}
	raw, err := base58.Decode(digits)
	if err != nil {
		return nil, fmt.Errorf("read a multikey: %w", err)
	}
	key, ok := strings.CutPrefix(string(raw), string(ed25519Code()))
	if !ok || len(key) != ed25519.PublicKeySize {
		return nil, errors.New("read a multikey: this is not an Ed25519 key")
	}
	return ed25519.PublicKey(key), nil
}

// encodeMultikey is the reverse of parseMultikey.
func encodeMultikey(key ed25519.PublicKey) string {
	return "z" + base58.Encode(append(ed25519Code(), key...))
}

// Keys are the private keys of one actor of ours. RSA signs requests, because everybody can verify it; Ed25519 is for integrity
// proofs (FEP-8b32) and for what comes.
type Keys struct {
	RSA     *rsa.PrivateKey
	Ed25519 ed25519.PrivateKey
}

// GenerateKeys makes new keys. RSA has 2048 bits: more is legal, but each delivery would take six times as long.
func GenerateKeys() (Keys, error) {
	private, err := rsa.GenerateKey(rand.Reader, minRSABits)
	if err != nil {
		return Keys{}, fmt.Errorf("generate an RSA key: %w", err)
	}
	_, edwards, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return Keys{}, fmt.Errorf("generate an Ed25519 key: %w", err)
	}
	return Keys{RSA: private, Ed25519: edwards}, nil
}

// Marshal writes the keys as two PEM blocks of PKCS#8. The result is secret.
func (k Keys) Marshal() ([]byte, error) {
	if k.RSA == nil || len(k.Ed25519) != ed25519.PrivateKeySize {
		return nil, errors.New("write keys: one of the two is missing")
	}
	var text []byte
	for _, key := range []any{k.RSA, k.Ed25519} {
		der, err := x509.MarshalPKCS8PrivateKey(key)
		if err != nil {
			return nil, fmt.Errorf("write keys: %w", err)
		}
		text = append(text, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})...)
	}
	return text, nil
}

// ParseKeys reads what Marshal wrote.
func ParseKeys(text []byte) (Keys, error) {
	var keys Keys
	for block, rest := pem.Decode(text); block != nil; block, rest = pem.Decode(rest) {
		key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
		if err != nil {
			return Keys{}, fmt.Errorf("read keys: %w", err)
		}
		switch k := key.(type) {
		case *rsa.PrivateKey:
			keys.RSA = k
		case ed25519.PrivateKey:
			keys.Ed25519 = k
		}
	}
	if keys.RSA == nil || keys.Ed25519 == nil {
		return Keys{}, errors.New("read keys: one of the two is missing")
	}
	return keys, nil
}

// PublicPEM is the publicKeyPem of the actor: the RSA key as SPKI.
func (k Keys) PublicPEM() (string, error) {
	if k.RSA == nil {
		return "", errors.New("write a public key: there is no RSA key")
	}
	der, err := x509.MarshalPKIXPublicKey(&k.RSA.PublicKey)
	if err != nil {
		return "", fmt.Errorf("write a public key: %w", err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})), nil
}

// Multibase is the publicKeyMultibase of the actor: the Ed25519 key.
func (k Keys) Multibase() string {
	public, _ := k.Ed25519.Public().(ed25519.PublicKey)
	return encodeMultikey(public)
}

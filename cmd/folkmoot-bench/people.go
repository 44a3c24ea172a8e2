package main

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/mr-tron/base58"
)

const (
	zone   = "test" // so that no two hosts are of one domain, which would share places
	domain = "groups." + zone
	origin = "https://" + domain

	sharedKeys = 4 // of all people: making one takes long, and who has which matters to nobody
)

// Schemes that receiving hosts take.
const (
	schemeRSA = "rsa" // draft-cavage, RSA
	schemeEd  = "ed"  // that, and RFC 9421 with Ed25519
)

// host is one server elsewhere. Its name says what it is, so that nobody needs a list.
type host struct {
	Software, Scheme string
	N                int
}

func (h host) name() string { return fmt.Sprintf("%s-%s-%d.%s", h.Software, h.Scheme, h.N, zone) }

// parseHost is the reverse of name; a port may follow.
func parseHost(name string) (h host, ok bool) {
	label, _, _ := strings.Cut(name, ".")
	parts := strings.Split(label, "-")
	if len(parts) != 3 {
		return host{}, false
	}
	n, err := strconv.Atoi(parts[2])
	return host{parts[0], parts[1], n}, err == nil
}

// person is somebody on a host.
type person struct {
	host
	K int
}

// people are the accounts of all hosts and their keys.
type people struct {
	Port int // of all hosts
	RSA  []*rsa.PrivateKey
	Ed   ed25519.PrivateKey
}

func newPeople() (*people, error) {
	p := &people{}
	for range sharedKeys {
		key, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			return nil, fmt.Errorf("make a key: %w", err)
		}
		p.RSA = append(p.RSA, key)
	}
	var err error
	_, p.Ed, err = ed25519.GenerateKey(rand.Reader)
	return p, err
}

func (p *people) base(h host) string   { return fmt.Sprintf("https://%s:%d", h.name(), p.Port) }
func (p *people) uri(of person) string { return fmt.Sprintf("%s/u/%d", p.base(of.host), of.K) }
func (p *people) keyID(of person) string {
	if of.Scheme == schemeEd {
		return p.uri(of) + "#ed25519-key"
	}
	return p.uri(of) + "#main-key"
}

func (p *people) rsaOf(of person) *rsa.PrivateKey { return p.RSA[(of.N+of.K)%sharedKeys] }

// publicKeys are all that receivers know of the keys.
type publicKeys struct {
	PEM       []string
	Multibase string
}

func (p *people) public() (publicKeys, error) {
	out := publicKeys{Multibase: "z" + base58.Encode(append([]byte{0xed, 0x01}, p.Ed.Public().(ed25519.PublicKey)...))}
	for _, key := range p.RSA {
		der, err := x509.MarshalPKIXPublicKey(key.Public())
		if err != nil {
			return out, fmt.Errorf("write a key: %w", err)
		}
		out.PEM = append(out.PEM, string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})))
	}
	return out, nil
}

// writePublic leaves the public keys where receivers read them.
func (p *people) writePublic(dir string) error {
	keys, err := p.public()
	if err != nil {
		return err
	}
	raw, err := json.Marshal(keys)
	if err != nil {
		return fmt.Errorf("write keys: %w", err)
	}
	return os.WriteFile(filepath.Join(dir, keysFile), raw, 0o600)
}

const keysFile = "keys.json"

// document is an account as its host shows it.
func (k publicKeys) document(base string, of person) map[string]any {
	id := fmt.Sprintf("%s/u/%d", base, of.K)
	doc := map[string]any{
		"@context": []string{"https://www.w3.org/ns/activitystreams", "https://w3id.org/security/v1", "https://w3id.org/security/multikey/v1"},
		"id":       id, "type": "Person", "preferredUsername": fmt.Sprintf("u%d", of.K), "name": fmt.Sprintf("Person %d of %s", of.K, of.name()),
		"summary": "<p>Somebody who is here to be counted.</p>", "inbox": id + "/inbox", "outbox": id + "/outbox", "followers": id + "/followers",
		"endpoints": map[string]string{"sharedInbox": base + "/inbox"},
		"publicKey": map[string]string{"id": id + "#main-key", "owner": id, "publicKeyPem": k.PEM[(of.N+of.K)%sharedKeys]},
	}
	if of.Scheme == schemeEd {
		doc["assertionMethod"] = []any{map[string]string{
			"id": id + "#ed25519-key", "type": "Multikey", "controller": id, "publicKeyMultibase": k.Multibase,
		}}
		doc["generator"] = map[string]any{"type": "Application", "id": base + "/actor", "implements": []any{
			map[string]string{"href": "https://datatracker.ietf.org/doc/html/rfc9421", "name": "RFC-9421: HTTP Message Signatures"},
		}}
	}
	return doc
}

package fedtest

import (
	"crypto/rsa"
	"net/http"
	"strings"
)

// Vanish makes an account's documents answer 410 without telling anybody.
func (p *Peer) Vanish(name string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.gone[p.Actor(name)] = true
}

// Signer says who signed a GET, as servers ask that show their documents to nobody else.
func (p *Peer) Signer(r *http.Request) (string, error) {
	sig, err := parseSignature(r.Header.Get("Signature"))
	if err != nil {
		return "", err
	}
	key, err := p.key(r.Context(), sig.keyID)
	if err != nil {
		return "", err
	}
	owner, _, _ := strings.Cut(sig.keyID, "#")
	return owner, check(r, nil, sig, key, p.Now())
}

// PublicPEM writes a key as actors publish theirs.
func PublicPEM(key *rsa.PublicKey) string { return publicPEM(key) }

// Keep makes a document that can be fetched.
func (s *site) Keep(id string, doc map[string]any) { s.keep(id, doc) }

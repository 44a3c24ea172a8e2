package fedtest

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"time"
)

// knock is a parsed signature after RFC 9421, as Mastodon 4.5 reads it: one signature, with created and keyid.
var knockForm = regexp.MustCompile(`^([a-z0-9]+)=(\(([^)]*)\);created=(\d+);keyid="([^"]+)")$`)

// parse9421 reads the two headers. The names are those of the covered components, with their quotes.
func parse9421(r *http.Request) (sig signature, params string, err error) {
	m := knockForm.FindStringSubmatch(r.Header.Get("Signature-Input"))
	if m == nil {
		return sig, "", fmt.Errorf("%w: Signature-Input %q", errSignature, r.Header.Get("Signature-Input"))
	}
	value, ok := strings.CutPrefix(r.Header.Get("Signature"), m[1]+"=:")
	if sig.value, err = base64.StdEncoding.DecodeString(strings.TrimSuffix(value, ":")); err != nil || !ok {
		return sig, "", fmt.Errorf("%w: Signature %q", errSignature, r.Header.Get("Signature"))
	}
	sig.names, sig.keyID = strings.Fields(m[3]), m[5]
	return sig, m[2], nil
}

// check9421 verifies as Mastodon 4.5 does: method, target and, for a POST, the digest of the body must be covered.
func check9421(origin string, r *http.Request, body []byte, key *rsa.PublicKey, now time.Time) error {
	sig, params, err := parse9421(r)
	if err != nil {
		return err
	}
	sum := sha256.Sum256(body)
	known := map[string]string{
		`"@method"`: r.Method, `"@target-uri"`: origin + r.URL.RequestURI(),
		`"content-digest"`: "sha-256=:" + base64.StdEncoding.EncodeToString(sum[:]) + ":",
	}
	if r.Method == http.MethodPost && r.Header.Get("Content-Digest") != known[`"content-digest"`] {
		return fmt.Errorf("%w: Content-Digest %q", errSignature, r.Header.Get("Content-Digest"))
	}
	base := ""
	for _, name := range sig.names {
		value, ok := known[name]
		if !ok {
			return fmt.Errorf("%w: the component %s", errSignature, name)
		}
		base += name + ": " + value + "\n"
		delete(known, name)
	}
	if len(known) > 0 && r.Method == http.MethodPost {
		return fmt.Errorf("%w: not covered: %v", errSignature, known)
	}
	var created int64
	_, _ = fmt.Sscanf(params[strings.Index(params, ";created=")+len(";created="):], "%d", &created) // digits, by knockForm
	if now.Sub(time.Unix(created, 0)).Abs() > time.Hour {
		return fmt.Errorf("%w: created at %d", errSignature, created)
	}
	hash := sha256.Sum256([]byte(base + `"@signature-params": ` + params))
	if err := rsa.VerifyPKCS1v15(key, crypto.SHA256, hash[:], sig.value); err != nil {
		return fmt.Errorf("%w: %w", errSignature, err)
	}
	return nil
}

package fedtest_test

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// signCavage signs a POST as Mastodon does (draft-cavage-http-signatures-12), with any key under any id.
func signCavage(r *http.Request, body []byte, keyID string, key *rsa.PrivateKey, now time.Time) error {
	sum := sha256.Sum256(body)
	r.Header.Set("Date", now.UTC().Format(http.TimeFormat))
	r.Header.Set("Digest", "SHA-256="+base64.StdEncoding.EncodeToString(sum[:]))
	lines := []string{"(request-target): post " + r.URL.RequestURI(), "host: " + r.URL.Host}
	for _, name := range []string{"date", "digest", "content-type"} {
		lines = append(lines, name+": "+r.Header.Get(name))
	}
	sig, err := signRSA(key, strings.Join(lines, "\n"))
	r.Header.Set("Signature", fmt.Sprintf(
		`keyId="%s",algorithm="rsa-sha256",headers="(request-target) host date digest content-type",signature="%s"`, keyID, sig))
	return err
}

// signRFC9421 signs as Fedify 1.10 does (RFC 9421), over the components that Mastodon 4.5 asks for.
func signRFC9421(r *http.Request, body []byte, keyID string, key *rsa.PrivateKey, now time.Time) error {
	sum := sha256.Sum256(body)
	digest := "sha-256=:" + base64.StdEncoding.EncodeToString(sum[:]) + ":"
	params := fmt.Sprintf(`("@method" "@target-uri" "content-digest");created=%d;keyid="%s"`, now.Unix(), keyID)
	sig, err := signRSA(key, fmt.Sprintf("\"@method\": %s\n\"@target-uri\": %s\n\"content-digest\": %s\n\"@signature-params\": %s",
		r.Method, r.URL, digest, params))
	r.Header.Set("Content-Digest", digest)
	r.Header.Set("Signature-Input", "sig1="+params)
	r.Header.Set("Signature", "sig1=:"+sig+":")
	return err
}

func signRSA(key *rsa.PrivateKey, text string) (string, error) {
	hash := sha256.Sum256([]byte(text))
	sig, err := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, hash[:])
	return base64.StdEncoding.EncodeToString(sig), err
}

// publicPEM writes a key as actors publish it.
func publicPEM(key *rsa.PrivateKey) string {
	der, _ := x509.MarshalPKIXPublicKey(&key.PublicKey) // an RSA key always marshals
	return string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
}

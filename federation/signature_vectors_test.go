package federation

import (
	"context"
	"encoding/json"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// signatureVector is a request as some other software signs it, or as an attacker would.
type signatureVector struct {
	Name, Mimics, Method, URL, Body string
	Headers                         [][2]string
	Now                             int64
	KeyID, PublicKeyPem             string
	Expect, Why                     string
}

func readSignatureVectors(t *testing.T) []signatureVector {
	t.Helper()
	dir := os.Getenv("FOLKMOOT_FIXTURES")
	if dir == "" {
		t.Skip("FOLKMOOT_FIXTURES is not set: it must name the directory of recorded payloads of other servers")
	}
	raw, err := os.ReadFile(filepath.Join(dir, "http", "signature_vectors.json"))
	if err != nil {
		t.Fatal(err)
	}
	var vectors []signatureVector
	if err := json.Unmarshal(raw, &vectors); err != nil {
		t.Fatal(err)
	}
	return vectors
}

func TestSignatureVectors(t *testing.T) {
	for _, vector := range readSignatureVectors(t) {
		t.Run(vector.Name, func(t *testing.T) {
			r := httptest.NewRequest(vector.Method, vector.URL, nil)
			for _, header := range vector.Headers {
				if strings.EqualFold(header[0], "host") {
					r.Host = header[1]
					continue
				}
				r.Header.Add(header[0], header[1])
			}
			key, err := parsePublicKeyPEM(vector.PublicKeyPem)
			if err != nil {
				t.Fatal(err)
			}
			v := Verifier{
				Origin: "https://groups.example",
				Now:    func() time.Time { return time.Unix(vector.Now, 0) },
				FindKey: func(_ context.Context, keyID string, _ bool) (PublicKey, error) {
					return PublicKey{ID: keyID, Owner: "https://peer.example/users/ann", Key: key}, nil
				},
			}
			s, err := v.Verify(t.Context(), r, []byte(vector.Body))
			if accepted := err == nil; accepted != (vector.Expect == "accept") {
				t.Errorf("%s, because %s (as by %s); the answer was %v", vector.Expect, vector.Why, vector.Mimics, err)
			}
			if err == nil && (s.KeyID != vector.KeyID || s.Owner != "https://peer.example/users/ann") {
				t.Errorf("signed by %+v", s)
			}
		})
	}
}

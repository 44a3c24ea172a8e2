package federation

import (
	"bytes"
	"encoding/base64"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/dunglas/httpsfv"
)

// isSignatureError says whether an error is one that the inbox knows how to answer.
func isSignatureError(err error) bool {
	return slices.ContainsFunc([]error{ErrUnsigned, ErrBadSignature, ErrKeyGone, ErrKeyUnavailable}, func(known error) bool {
		return errors.Is(err, known)
	})
}

// verifyHeaders verifies a request with a body, all of it Ann's but for the headers given.
func verifyHeaders(t *testing.T, r *http.Request, changed map[string]string) (got Signature, asked int, err error) {
	t.Helper()
	r = r.Clone(t.Context())
	for name, value := range changed {
		r.Header.Set(name, value)
	}
	f := annFinder(t)
	got, err = testVerifier(f).Verify(t.Context(), r, []byte(testBody))
	if err != nil && !isSignatureError(err) {
		t.Fatalf("an error that the inbox does not know: %v", err)
	}
	if err == nil && (got.KeyID != annKey || got.Owner != annID) {
		t.Fatalf("believed to be %+v", got)
	}
	if f.asked > maxSignatureLabels {
		t.Fatalf("%d keys were asked for", f.asked)
	}
	return got, f.asked, err
}

// FuzzSignature varies the Signature header of draft-cavage around a genuine one. Whatever is accepted says the same as that one.
func FuzzSignature(f *testing.F) {
	r := signedRequest(f, schemeCavage, http.MethodPost, testInbox, testBody)
	genuine := r.Header.Get("Signature")
	want, err := parseCavage(genuine)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(genuine)
	f.Add(strings.ReplaceAll(genuine, ",", " , "))
	f.Add(strings.Replace(genuine, "rsa-sha256", "hs2019", 1))
	f.Add(`keyId="` + annKey + `",headers="(request-target) host (created) digest",created=1,expires="2",signature="AAAA"`)
	f.Fuzz(func(t *testing.T, header string) {
		_, asked, err := verifyHeaders(t, r, map[string]string{"Signature": header})
		p, parseErr := parseCavage(header)
		if parseErr != nil {
			if err == nil || asked > 0 {
				t.Fatalf("%q is not a signature (%v), but a key was asked for", header, parseErr)
			}
			return
		}
		if !validURI(p.keyID) || len(p.signature) == 0 || len(p.headers) > maxSignedHeaders {
			t.Fatalf("%+v", p)
		}
		if err == nil && (!bytes.Equal(p.signature, want.signature) || !slices.Equal(p.headers, want.headers)) {
			t.Fatalf("accepted: %q", header)
		}
	})
}

// FuzzSignatureInput does the same for the two headers of RFC 9421.
func FuzzSignatureInput(f *testing.F) {
	r := signedRequest(f, schemeRFC9421, http.MethodPost, testInbox, testBody)
	input, signature := r.Header.Get("Signature-Input"), r.Header.Get("Signature")
	genuine := signatureBytes(signature)
	f.Add(input, signature)
	f.Add(strings.Replace(input, "sig1", "a", 1)+", b=();created=1", strings.Replace(signature, "sig1", "a", 1)+", b=:AAAA:")
	f.Add(`sig1=("@method" "@path";req "@query-param";name="x");created=1;keyid="`+annKey+`";alg="rsa-v1_5-sha256"`, "sig1=:AAAA:")
	f.Add("", `keyId="x",signature="y"`)
	f.Fuzz(func(t *testing.T, input, signature string) {
		got, _, err := verifyHeaders(t, r, map[string]string{"Signature-Input": input, "Signature": signature})
		if err != nil {
			return
		}
		if got.Scheme != schemeRFC9421 || !slices.ContainsFunc(signatureBytes(signature), func(b string) bool { return b == genuine[0] }) {
			t.Fatalf("accepted: %q with %q", input, signature)
		}
		for _, name := range []string{`"@method"`, `"content-digest"`} {
			if !strings.Contains(input, name) {
				t.Fatalf("accepted without %s: %q", name, input)
			}
		}
	})
}

// signatureBytes are the byte sequences of a Signature header.
func signatureBytes(header string) []string {
	d, err := httpsfv.UnmarshalDictionary([]string{header})
	if err != nil {
		return nil
	}
	var out []string
	for _, name := range d.Names() {
		member, _ := d.Get(name)
		if item, ok := member.(httpsfv.Item); ok {
			if b, ok := item.Value.([]byte); ok {
				out = append(out, string(b))
			}
		}
	}
	return out
}

// FuzzDigest varies both digest headers and the body. Whatever is accepted names the sum of exactly these bytes, once.
func FuzzDigest(f *testing.F) {
	f.Add(digestHeader([]byte(testBody)), testBody)
	f.Add("md5=x, sha-256="+base64SHA256([]byte(testBody)), testBody)
	f.Add(contentDigestHeader([]byte(testBody)), testBody)
	f.Add("sha-512=:AAAA:, "+contentDigestHeader(nil)+";x", "")
	f.Fuzz(func(t *testing.T, header, body string) {
		sum := base64SHA256([]byte(body))
		if checkDigest(header, []byte(body)) == nil {
			if !strings.Contains(header, "="+sum) || strings.Count(strings.ToLower(header), "sha-256=") != 1 {
				t.Fatalf("the Digest %q is taken for that of %q", header, body)
			}
		}
		if checkContentDigest(header, []byte(body)) == nil {
			raw, err := base64.StdEncoding.DecodeString(sum)
			if err != nil || !slices.Contains(signatureBytes(header), string(raw)) {
				t.Fatalf("the Content-Digest %q is taken for that of %q", header, body)
			}
		}
	})
}

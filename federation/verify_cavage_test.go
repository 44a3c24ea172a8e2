package federation

import (
	"cmp"
	"crypto"
	"crypto/ed25519"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/go-ap/httpsig"
)

// cavageCase is a request whose signature is genuine but may bind too little.
type cavageCase struct {
	name    string
	method  string // POST unless given
	headers string
	params  string // between keyId and headers
	date    string // the Date header; now unless given
	digest  string // the Digest header; right unless given
	body    string // what arrives; testBody unless given
	change  func(*http.Request)
	want    string // part of the cause, or empty when accepted
}

const fullCavage = "(request-target) host date digest"

func cavageCases() []cavageCase {
	at := func(d time.Duration) string { return httpDate(signingTime().Add(d)) }
	unix := func(d time.Duration) string { return fmt.Sprint(signingTime().Add(d).Unix()) }
	reserialised := digestHeader([]byte(`{"type": "Create"}`))
	return []cavageCase{
		{name: "SIG-11 Mastodon", headers: fullCavage + " content-type", params: `algorithm="rsa-sha256",`},
		{name: "SIG-11 Lemmy", headers: "(request-target) content-type date digest host", params: `algorithm="hs2019",`},
		{name: "SIG-11 no algorithm", headers: fullCavage},
		{name: "SIG-11 algorithm in another case", headers: fullCavage, params: `algorithm="RSA-SHA256",`},
		{name: "SIG-11 headers in another case", headers: "(request-target) Host Date Digest"},
		{name: "SIG-11 Friendica", headers: "(request-target) date content-length digest host"},
		{name: "SIG-11 content-length dropped by a proxy", headers: "content-length " + fullCavage, change: func(r *http.Request) {
			r.Header.Del("Content-Length")
		}},
		{name: "SIG-11 unknown parameters", headers: fullCavage, params: `nonce="x=,y",version=2,`},
		{name: "SIG-11 bare values and blanks", headers: fullCavage, params: `algorithm = hs2019 ,  created=1 , `},
		{name: "SIG-11 lower-case digest among others", headers: fullCavage, digest: "md5=x, " +
			strings.Replace(digestHeader([]byte(testBody)), "SHA", "sha", 1) + ",unixsum=1"},
		{name: "SIG-14 GET", method: "GET", headers: "(request-target) host date"},
		{name: "SIG-14 GET with digest", method: "GET", headers: fullCavage},
		{name: "SIG-06 5 minutes old", headers: fullCavage, date: at(-5 * time.Minute)},
		{name: "SIG-06 5 minutes ahead", headers: fullCavage, date: at(5 * time.Minute)},
		{name: "SIG-11 created quoted", headers: "(request-target) host (created) digest", params: `created="` + unix(0) + `",`},
		{name: "SIG-11 created bare", headers: "(request-target) host (created) digest", params: `created=` + unix(0) + `,`},
		{name: "SIG-06 expired on our clock alone", headers: fullCavage, params: `expires=` + unix(-time.Minute) + `,`},

		{name: "SIG-05 target not signed", headers: "host date digest", want: "(request-target) is not signed"},
		{name: "SIG-05 host not signed", headers: "(request-target) date digest", want: "host is not signed"},
		{name: "SIG-04 digest not signed", headers: "(request-target) host date", want: "digest is not signed"},
		{name: "SIG-06 no time signed", headers: "(request-target) host digest", want: "neither date nor"},
		{name: "SIG-06 no time signed, created given", headers: "(request-target) host digest", params: `created=` + unix(0) + `,`, want: "neither"},
		{name: "SIG-05 nothing signed", headers: "", want: "is not signed"},
		{name: "SIG-14 GET without target", method: "GET", headers: "host date", want: "(request-target) is not signed"},
		{name: "SIG-14 GET without host", method: "GET", headers: "(request-target) date", want: "host is not signed"},
		{name: "SIG-02 listed twice", headers: fullCavage + " Date", want: "twice"},
		{name: "SIG-02 unknown pseudo-header", headers: fullCavage + " (response-status)", want: "cannot be signed"},
		{name: "SIG-02 header that is not there", headers: fullCavage + " x-nothing", want: "missing"},
		{name: "SIG-02 too many headers", headers: fullCavage + strings.Repeat(" x", 40), want: "headers are signed"},
		{name: "SIG-02 too many parameters", headers: fullCavage, params: manyParams(), want: "more than 16 parameters"},
		{name: "SIG-02 a line break in a header", headers: fullCavage + " accept", change: func(r *http.Request) {
			r.Header.Set("Accept", "x\ndate: y")
		}, want: "line break"},

		{name: "SIG-03 another body", headers: fullCavage, body: `{"type":"Delete"}`, want: "the body is not the one"},
		{name: "SIG-04 digest of a re-serialised body", headers: fullCavage, digest: reserialised, want: "the body is not the one"},
		{name: "SIG-04 digest empty", headers: fullCavage, digest: "SHA-256=", want: "the body is not the one"},
		{name: "SIG-04 digest of another algorithm", headers: fullCavage, digest: "SHA-512=x", want: "has no SHA-256"},
		{name: "SIG-04 digest missing", headers: fullCavage, change: func(r *http.Request) { r.Header.Del("Digest") }, want: "0 times"},
		{name: "SIG-14 GET with a body", method: "GET", headers: "(request-target) host date", body: "x", want: "digest is not signed"},

		{name: "SIG-06 2 hours old", headers: fullCavage, date: at(-2 * time.Hour), want: "the Date header is"},
		{name: "SIG-06 2 hours ahead", headers: fullCavage, date: at(2 * time.Hour), want: "the Date header is"},
		{name: "SIG-06 date missing", headers: fullCavage, change: func(r *http.Request) { r.Header.Del("Date") }, want: "0 times"},
		{name: "SIG-06 date unparsable", headers: fullCavage, date: "yesterday", want: "is not a date"},
		{name: "SIG-06 created long ago", headers: "(created) " + fullCavage, params: "created=" + unix(-2*time.Hour) + ",", want: "created is"},
		{name: "SIG-06 created ahead", headers: "(created) " + fullCavage, params: "created=" + unix(2*time.Hour) + ",", want: "created is"},
		{name: "SIG-06 created missing", headers: "(created) " + fullCavage, want: "no such parameter"},
		{name: "SIG-06 created no number", headers: fullCavage, params: `created="soon",`, want: "is not a time"},
		{name: "SIG-06 created with a sign", headers: fullCavage, params: "created=+1795425000,", want: "is not a time"},
		{name: "SIG-06 created too large", headers: fullCavage, params: "created=99999999999999999999,", want: "is not a time"},
		{name: "SIG-06 expired", headers: fullCavage + " (expires)", params: "expires=" + unix(-time.Hour) + ",", want: "it expired"},
		{name: "SIG-06 expired, not signed", headers: fullCavage, params: "expires=" + unix(-time.Hour) + ",", want: "it expired"},

		{name: "SIG-10 rsa-sha1", headers: fullCavage, params: `algorithm="rsa-sha1",`, want: "is not accepted"},
		{name: "SIG-10 hmac", headers: fullCavage, params: `algorithm="hmac-sha256",`, want: "is not accepted"},
		{name: "SIG-10 none", headers: fullCavage, params: `algorithm="none",`, want: "is not accepted"},
		{name: "SIG-10 algorithm of another key", headers: fullCavage, params: `algorithm="ed25519",`, want: "does not match the key"},
		{name: "SIG-10 algorithm of another hash", headers: fullCavage, params: `algorithm="rsa-sha512",`, want: "does not match the key"},
	}
}

func manyParams() string {
	var b strings.Builder
	for i := range 20 {
		fmt.Fprintf(&b, "x%d=1,", i)
	}
	return b.String()
}

// TestCavage is SIG-04 to SIG-06, SIG-10, SIG-11 and SIG-14.
func TestCavage(t *testing.T) {
	for _, tc := range cavageCases() {
		t.Run(tc.name, func(t *testing.T) {
			r, body := tc.request(t)
			f := annFinder(t)
			_, err := testVerifier(f).Verify(t.Context(), r, []byte(body))
			if tc.want == "" && err != nil {
				t.Fatal(err)
			}
			if tc.want == "" {
				return
			}
			if !errors.Is(err, ErrBadSignature) || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("%v instead of %q", err, tc.want)
			}
			if f.asked > 0 && !strings.Contains(tc.want, "the key") {
				t.Errorf("the key was looked up in vain")
			}
		})
	}
}

// request makes the request and signs what it can of the headers in the list.
func (tc cavageCase) request(t *testing.T) (*http.Request, string) {
	t.Helper()
	body := testBody
	if tc.method == "GET" {
		body = ""
	}
	r := newTestRequest(t, cmp.Or(tc.method, "POST"), testInbox, body)
	r.Header.Set("Date", cmp.Or(tc.date, httpDate(signingTime())))
	r.Header.Set("Digest", cmp.Or(tc.digest, digestHeader([]byte(body))))
	r = arrive(t, r)
	lower := strings.ToLower(tc.headers)
	params, _ := splitCavage(tc.params + "x=y")
	created, _ := unixParam(params, "created")
	expires, _ := unixParam(params, "expires")
	base, err := receivedRequest(r, []byte(body), "").cavageBase(r.RequestURI, strings.Fields(lower), created, expires)
	if err != nil && tc.want == "" {
		t.Fatal(err)
	}
	signature, err := httpsig.RSASHA256.Sign(keysOf(t, "ann").RSA, base)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Signature", fmt.Sprintf(`keyId="%s",%sheaders="%s",signature="%s"`,
		annKey, tc.params, tc.headers, base64.StdEncoding.EncodeToString(signature)))
	if tc.change != nil {
		tc.change(r)
	}
	return r, cmp.Or(tc.body, body)
}

// TestAlgorithmFitsKey tries every algorithm with both types of key. The header can only agree with the key.
func TestAlgorithmFitsKey(t *testing.T) {
	t.Run("SIG-10", func(t *testing.T) {
		keys, base := keysOf(t, "ann"), []byte("text")
		sha256Signature, _ := httpsig.RSASign(keys.RSA, crypto.SHA256, base)
		sha512Signature, _ := httpsig.RSASign(keys.RSA, crypto.SHA512, base)
		sha1Signature, _ := httpsig.RSASign(keys.RSA, crypto.SHA1, base)
		edSignature := ed25519.Sign(keys.Ed25519, base)
		for _, tc := range []struct {
			algorithm sigAlgorithm
			signature []byte
			rsa, ed   bool
		}{
			{algorithmOfKey, sha256Signature, true, false},
			{algorithmOfKey, sha512Signature, false, false},
			{algorithmOfKey, sha1Signature, false, false},
			{algorithmOfKey, edSignature, false, true},
			{rsaSHA256, sha256Signature, true, false},
			{rsaSHA256, sha512Signature, false, false},
			{rsaSHA256, edSignature, false, false},
			{rsaSHA512, sha512Signature, true, false},
			{rsaSHA512, sha256Signature, false, false},
			{ed25519Only, edSignature, false, true},
			{ed25519Only, sha256Signature, false, false},
			{ed25519Only, nil, false, false},
		} {
			c := sigClaim{algorithm: tc.algorithm, signature: tc.signature}
			if c.matches(&keys.RSA.PublicKey, base) != tc.rsa || c.matches(keys.Ed25519.Public(), base) != tc.ed {
				t.Errorf("algorithm %d with a signature of %d bytes", tc.algorithm, len(tc.signature))
			}
		}
	})
}

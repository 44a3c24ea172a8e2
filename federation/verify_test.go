package federation

import (
	"bufio"
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/base64"
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

const (
	annKey    = "https://peer.example/users/ann#main-key"
	annID     = "https://peer.example/users/ann"
	testInbox = "https://groups.example/g/caf%C3%A9/inbox"
	testBody  = `{"type":"Create"}`
)

func signingTime() time.Time { return time.Date(2026, 11, 23, 9, 10, 0, 0, time.UTC) }

// testKeys makes each person's keys once in a run: RSA takes a fifth of a second each, and private keys belong in no repository.
var testKeys = map[string]func() (Keys, error){
	"ann": sync.OnceValues(GenerateKeys), "mallory": sync.OnceValues(GenerateKeys),
	"books": sync.OnceValues(GenerateKeys), "server": sync.OnceValues(GenerateKeys),
}

func keysOf(t interface{ Fatal(args ...any) }, name string) Keys {
	keys, err := testKeys[name]()
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

func annSigns(t interface{ Fatal(args ...any) }) signingKey {
	return signingKey{id: annKey, private: keysOf(t, "ann").RSA}
}

// keyCounter is a key finder that counts how often it is asked.
type keyCounter struct {
	cached, fresh       PublicKey
	cachedErr, freshErr error
	asked, refreshed    int
}

func (f *keyCounter) find(_ context.Context, _ string, fresh bool) (PublicKey, error) {
	if fresh {
		f.refreshed++
		return f.fresh, f.freshErr
	}
	f.asked++
	return f.cached, f.cachedErr
}

func annFinder(t interface{ Fatal(args ...any) }) *keyCounter {
	key := PublicKey{ID: annKey, Owner: annID, Key: &keysOf(t, "ann").RSA.PublicKey}
	return &keyCounter{cached: key, fresh: key}
}

func testVerifier(f *keyCounter) Verifier {
	return Verifier{Origin: "https://groups.example", Now: signingTime, FindKey: f.find}
}

func newTestRequest(t interface{ Fatal(args ...any) }, method, url, body string) *http.Request {
	r, err := http.NewRequestWithContext(context.Background(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/activity+json")
	}
	return r
}

// arrive sends a request through its form on the wire, so that the verifier sees what net/http makes of it.
func arrive(t interface{ Fatal(args ...any) }, r *http.Request) *http.Request {
	var wire bytes.Buffer
	if err := r.Write(&wire); err != nil {
		t.Fatal(err)
	}
	received, err := http.ReadRequest(bufio.NewReader(&wire))
	if err != nil {
		t.Fatal(err)
	}
	return received
}

// signers are the ways in which requests of ours are signed.
func signers() map[string]func(*http.Request, []byte, signingKey, time.Time) error {
	return map[string]func(*http.Request, []byte, signingKey, time.Time) error{
		schemeCavage: signCavage, schemeRFC9421: signRFC9421,
	}
}

func signedRequest(t interface{ Fatal(args ...any) }, scheme, method, url, body string) *http.Request {
	r := newTestRequest(t, method, url, body)
	if err := signers()[scheme](r, []byte(body), annSigns(t), signingTime()); err != nil {
		t.Fatal(err)
	}
	return arrive(t, r)
}

func TestSignedRequestsAreVerified(t *testing.T) { // gotcha 20
	requests := []struct{ name, method, url, body, origin string }{
		{"POST", "POST", testInbox, testBody, "https://groups.example"},
		{"POST with a query", "POST", testInbox + "?x=%2F&y", testBody, "https://groups.example/"},
		{"POST of nothing", "DELETE", testInbox, "", "https://groups.example"},
		{"GET", "GET", "https://groups.example/g/books", "", "https://groups.example"},
		{"GET of the root", "GET", "https://groups.example", "", "https://groups.example"},
		{"GET with a query", "GET", "https://groups.example/g/a%2Fb?page=2", "", "https://groups.example"},
		{"default port", "GET", "https://GROUPS.example:443/g/x", "", "https://groups.example"},
		{"other port", "POST", "http://127.0.0.1:8080/g/x", testBody, "http://127.0.0.1:8080"},
		{"IPv6", "POST", "http://[::1]:8080/g/x", testBody, "http://[::1]:8080"},
	}
	for _, tc := range requests {
		for scheme, sign := range signers() {
			t.Run(scheme+" "+tc.name, func(t *testing.T) {
				r := newTestRequest(t, tc.method, tc.url, tc.body)
				r.Header.Set("Content-Type", "application/activity+json")
				if err := sign(r, []byte(tc.body), annSigns(t), signingTime()); err != nil {
					t.Fatal(err)
				}
				v := testVerifier(annFinder(t))
				v.Origin = tc.origin
				got, err := v.Verify(t.Context(), arrive(t, r), []byte(tc.body))
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(Signature{KeyID: annKey, Owner: annID, Scheme: scheme, At: signingTime().UTC()}, got); diff != "" {
					t.Error(diff)
				}
			})
		}
	}
}

func TestQueryMayBeUnsigned(t *testing.T) { // as by old Mastodon, Misskey, PieFed and Fedify (gotcha 19)
	r := newTestRequest(t, "GET", "https://groups.example/g/x?page=2", "")
	if err := signCavageWithoutQuery(r, nil, annSigns(t), signingTime()); err != nil {
		t.Fatal(err)
	}
	if _, err := testVerifier(annFinder(t)).Verify(t.Context(), arrive(t, r), nil); err != nil {
		t.Error(err)
	}
}

// TestTamperedRequestsAreRefused changes one byte of whatever a signature binds.
func TestTamperedRequestsAreRefused(t *testing.T) {
	t.Run("SIG-03", func(t *testing.T) {
		ann := annSigns(t)
		signed := map[string][]string{
			schemeCavage:  {"Date", "Digest", "Content-Type", "Signature"},
			schemeRFC9421: {"Content-Digest", "Signature-Input", "Signature"},
		}
		rapid.Check(t, func(t *rapid.T) {
			scheme := rapid.SampledFrom([]string{schemeCavage, schemeRFC9421}).Draw(t, "scheme")
			body := []byte(rapid.StringN(1, 50, 200).Draw(t, "body"))
			r := newTestRequest(t, "POST", testInbox+"?page=2", string(body))
			if err := signers()[scheme](r, body, ann, signingTime()); err != nil {
				t.Fatal(err)
			}
			r = arrive(t, r)
			// Nothing binds the algorithm: it can only agree with the key, and may be missing.
			r.Header.Set("Signature", strings.Replace(r.Header.Get("Signature"), `algorithm="rsa-sha256",`, "", 1))
			f := annFinder(t)
			part := rapid.SampledFrom(append(signed[scheme], "body", "method", "target", "host")).Draw(t, "part")
			switch part {
			case "body":
				body = []byte(otherByte(t, string(body)))
			case "method":
				r.Method = "PUT"
			case "target":
				r.RequestURI = "/" + otherByte(t, r.RequestURI[1:])
			case "host":
				r.Host = otherByte(t, r.Host)
			default:
				r.Header.Set(part, otherByte(t, r.Header.Get(part)))
			}
			_, err := testVerifier(f).Verify(context.Background(), r, body)
			if !errors.Is(err, ErrBadSignature) {
				t.Fatalf("%s with another %s: %v", scheme, part, err)
			}
		})
	})
}

// otherByte changes one byte so that it is another in lower case too: the case of hosts and Digest names means nothing.
func otherByte(t *rapid.T, s string) string {
	i := rapid.IntRange(0, len(s)-1).Draw(t, "at")
	c := rapid.ByteRange('0', 'z').Filter(func(c byte) bool {
		return !strings.EqualFold(string(c), s[i:i+1])
	}).Draw(t, "byte")
	return s[:i] + string(c) + s[i+1:]
}

func TestUnsigned(t *testing.T) { // SIG-01
	t.Run("SIG-01", func(t *testing.T) {
		f := annFinder(t)
		_, err := testVerifier(f).Verify(t.Context(), arrive(t, newTestRequest(t, "POST", testInbox, testBody)), []byte(testBody))
		if !errors.Is(err, ErrUnsigned) || f.asked != 0 {
			t.Errorf("%v, %d look-ups", err, f.asked)
		}
	})
}

// TestGarbageCostsNoFetch is SIG-02: whatever stands in the headers, the key is not looked up and nothing breaks.
func TestGarbageCostsNoFetch(t *testing.T) {
	t.Run("SIG-02", func(t *testing.T) {
		good := signedRequest(t, schemeCavage, "POST", testInbox, testBody).Header.Get("Signature")
		goodInput := signedRequest(t, schemeRFC9421, "POST", testInbox, testBody).Header.Get("Signature-Input")
		garbage := []string{
			"", ",", "=", "x", `"`, "keyId", `keyId="` + annKey + `"`, strings.Repeat("a", 100_000), good[:len(good)-1], good + ",",
			strings.Repeat("a=1,", 50_000) + good, good + `,keyId="x"`, good + "," + good, `keyId="` + annKey + `",` + good,
			strings.Replace(good, `signature="`, `signature="!`, 1), strings.Replace(good, `==`, ``, 1),
			strings.Replace(good, annKey, "", 1), strings.Replace(good, annKey, "acct:ann@peer.example", 1),
			strings.Replace(good, annKey, "https://a@peer.example/#main-key", 1), strings.Replace(good, annKey, `https://x/\`, 1),
			strings.Replace(good, "keyId=", "KeyId=", 1), strings.Replace(good, `",alg`, `";alg`, 1),
			strings.Replace(good, "https:", "file:", 1), goodInput, "sig1=::", "sig1=:AAAA:", "sig1=1", "sig1=()", "()",
		}
		f := annFinder(t)
		for _, header := range garbage {
			for _, input := range append(garbage, goodInput) {
				r := signedRequest(t, schemeRFC9421, "POST", testInbox, testBody)
				r.Header.Set("Signature", header)
				r.Header.Set("Signature-Input", input)
				if input == "" {
					r.Header.Del("Signature-Input")
				}
				if header == "sig1=:AAAA:" && input == goodInput {
					continue // nothing is wrong with this one but the signature
				}
				if _, err := testVerifier(f).Verify(t.Context(), r, []byte(testBody)); !errors.Is(err, ErrBadSignature) {
					t.Errorf("Signature %.80q with Signature-Input %.80q: %v", header, input, err)
				}
			}
		}
		if f.asked != 0 {
			t.Errorf("%d look-ups", f.asked)
		}
	})
}

func TestRepeatedHeadersAreRefused(t *testing.T) {
	t.Run("SIG-02", func(t *testing.T) {
		repeated := map[string][]string{
			schemeCavage:  {"Signature", "Digest", "Date", "Content-Type"},
			schemeRFC9421: {"Signature", "Signature-Input", "Content-Digest"},
		}
		for scheme, names := range repeated {
			for _, name := range names {
				r := signedRequest(t, scheme, "POST", testInbox, testBody)
				r.Header.Add(name, r.Header.Get(name))
				if _, err := testVerifier(annFinder(t)).Verify(t.Context(), r, []byte(testBody)); !errors.Is(err, ErrBadSignature) {
					t.Errorf("%s with two %s: %v", scheme, name, err)
				}
			}
		}
	})
}

func TestHost(t *testing.T) { // SIG-05, and what proxies say (gotcha 33)
	t.Run("SIG-05", func(t *testing.T) {
		for _, tc := range []struct {
			origin, host string
			ok           bool
		}{
			{"https://groups.example", "groups.example", true},
			{"https://groups.example", "Groups.Example:443", true},
			{"https://groups.example", "groups.example:80", false},
			{"https://groups.example:8443", "groups.example:8443", true},
			{"https://groups.example", "", false},
			{"https://groups.example", "evil.example", false},
			{"https://groups.example", "groups.example/x", false},
			{"https://groups.example", "evil@groups.example", false},
			{"https://groups.example", "groups.example?", false},
			{"", "groups.example", false},
		} {
			err := Verifier{Origin: tc.origin}.checkHost(tc.host)
			if (err == nil) != tc.ok || (err != nil && !errors.Is(err, ErrBadSignature)) {
				t.Errorf("host %q at %q: %v", tc.host, tc.origin, err)
			}
		}
		for scheme := range signers() {
			r := signedRequest(t, scheme, "POST", "https://other.example/g/x", testBody)
			for _, name := range []string{"X-Forwarded-Host", "X-Original-Host", "Host", "X-Host"} {
				r.Header.Set(name, "groups.example")
			}
			r.Header.Set("Forwarded", "host=groups.example;proto=https")
			if _, err := testVerifier(annFinder(t)).Verify(t.Context(), r, []byte(testBody)); !errors.Is(err, ErrBadSignature) {
				t.Errorf("%s, replayed from another server: %v", scheme, err)
			}
		}
	})
}

func TestKeys(t *testing.T) { // SIG-09, SIG-10, SIG-13
	t.Run("SIG-09 SIG-10 SIG-13", func(t *testing.T) {
		old := PublicKey{ID: annKey, Owner: annID, Key: &keysOf(t, "mallory").RSA.PublicKey}
		good := annFinder(t).cached
		edwards := PublicKey{ID: annKey, Owner: annID, Key: keysOf(t, "ann").Ed25519.Public()}
		other := func(id, owner string) PublicKey { return PublicKey{ID: id, Owner: owner, Key: good.Key} }
		for _, tc := range []struct {
			name      string
			finder    keyCounter
			want      error
			refreshed int
		}{
			{"cached", keyCounter{cached: good}, nil, 0},
			{"rotated", keyCounter{cached: old, fresh: good}, nil, 1},
			{"rotated to another type", keyCounter{cached: edwards, fresh: good}, nil, 1},
			{"not rotated", keyCounter{cached: old, fresh: old}, ErrBadSignature, 1},
			{"rotated, but still wrong", keyCounter{cached: old, fresh: edwards}, ErrBadSignature, 1},
			{"asked too often", keyCounter{cached: old, freshErr: ErrKeyUnavailable}, ErrBadSignature, 1},
			{"gone since", keyCounter{cached: old, freshErr: ErrKeyGone}, ErrKeyGone, 1},
			{"gone", keyCounter{cachedErr: ErrKeyGone}, ErrKeyGone, 0},
			{"unreachable", keyCounter{cachedErr: ErrKeyUnavailable}, ErrKeyUnavailable, 0},
			{"some other trouble", keyCounter{cachedErr: context.DeadlineExceeded}, ErrKeyUnavailable, 0},
			{"refused by the finder", keyCounter{cachedErr: ErrBadSignature}, ErrBadSignature, 0},
			{"another id", keyCounter{cached: other(annID, annID)}, ErrBadSignature, 0},
			{"owner elsewhere", keyCounter{cached: other(annKey, "https://good.example/alice")}, ErrBadSignature, 0},
			{"no owner", keyCounter{cached: other(annKey, "")}, ErrBadSignature, 0},
			{"fresh one of somebody else", keyCounter{cached: old, fresh: other(annKey, "https://good.example/a")}, ErrBadSignature, 1},
			{"HMAC secret", keyCounter{cached: PublicKey{ID: annKey, Owner: annID, Key: []byte("secret")}}, ErrBadSignature, 0},
			{"short Ed25519", keyCounter{cached: PublicKey{ID: annKey, Owner: annID, Key: ed25519.PublicKey("x")}}, ErrBadSignature, 0},
			{"nothing", keyCounter{cached: PublicKey{ID: annKey, Owner: annID}}, ErrBadSignature, 0},
		} {
			for scheme := range signers() {
				f := tc.finder
				r := signedRequest(t, scheme, "POST", testInbox, testBody)
				_, err := testVerifier(&f).Verify(t.Context(), r, []byte(testBody))
				if !errors.Is(err, tc.want) || f.asked != 1 || f.refreshed != tc.refreshed {
					t.Errorf("%s, %s: %v, %d look-ups, %d fresh ones", tc.name, scheme, err, f.asked, f.refreshed)
				}
			}
		}
	})
}

func TestSchemesTogether(t *testing.T) {
	newer := signedRequest(t, schemeRFC9421, "POST", testInbox, testBody)
	cavage := signedRequest(t, schemeCavage, "POST", testInbox, testBody)
	verify := func(r *http.Request) (Signature, error) {
		return testVerifier(annFinder(t)).Verify(t.Context(), r, []byte(testBody))
	}
	cavage.Header.Set("Signature-Input", newer.Header.Get("Signature-Input")) // an intermediary's
	if s, err := verify(cavage); err != nil || s.Scheme != schemeCavage {
		t.Errorf("%+v, %v", s, err)
	}
	input, signature := newer.Header.Get("Signature-Input"), newer.Header.Get("Signature")
	proxy := "proxy=:" + base64.StdEncoding.EncodeToString([]byte("x")) + ":, "
	newer.Header.Set("Signature-Input", `proxy=("@method");created=1;keyid="proxy", a=1, `+input)
	newer.Header.Set("Signature", proxy+signature)
	if s, err := verify(newer); err != nil || s.Scheme != schemeRFC9421 {
		t.Errorf("with the signature of a proxy: %+v, %v", s, err)
	}
	same := strings.TrimPrefix(input, "sig1")
	newer.Header.Set("Signature-Input", "proxy"+same+", "+input)
	if s, err := verify(newer); err != nil || s.Scheme != schemeRFC9421 {
		t.Errorf("after a wrong signature: %+v, %v", s, err)
	}
	newer.Header.Set("Signature-Input", "a"+same+",b"+same+",c"+same+",d"+same+","+input)
	if _, err := verify(newer); !errors.Is(err, ErrBadSignature) {
		t.Errorf("with five labels: %v", err)
	}
}

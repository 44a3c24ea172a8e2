package federation

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io"
	"log/slog"
	"math/big"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// The addresses that a post gives for itself and for what it is about: no scripts, no user names that look like hosts, and its own page
// only on its own host.
func TestAddressesOfPosts(t *testing.T) {
	for _, address := range []string{
		"javascript:alert(1)", "JavaScript:alert(1)", "data:text/html,x", "vbscript:x", "file:///etc/passwd", "//evil.example/x", "https:evil.example",
		"https://good.example@evil.example/", "https://good.example:x@evil.example/", `https://evil.example\\@good.example/`, "http:/evil.example", "blob:https://a.example/x",
		" https://a.example/x", "https://a.example/\\u202egnp.exe", "https://a.example/\\nx", "https://a.example /x", "about:blank", "https://", "x",
	} {
		t.Run("ORG-13 "+address, func(t *testing.T) {
			for _, value := range []string{`"` + address + `"`, `["` + address + `"]`, `{"type":"Link","href":"` + address + `"}`, `[{"type":"Link","href":"` + address + `","mediaType":"text/html"}]`} {
				doc := `{"id":"https://a.example/1","type":"Page","attributedTo":"https://a.example/u","content":"x","url":` + value + `,"href":` + value + `,
					"attachment":[{"type":"Link","href":"` + address + `"},{"type":"Image","url":` + value + `}],"image":{"type":"Image","url":` + value + `}}`
				v, err := decodeObject([]byte(doc), testNow(), newSanitizer())
				if err != nil {
					continue
				}
				if v.URL != "" || v.LinkURL != "" || len(v.Attachments) > 0 {
					t.Errorf("%s: page %q, link %q, attached %v", value, v.URL, v.LinkURL, v.Attachments)
				}
			}
		})
	}
	t.Run("ORG-13 another host", func(t *testing.T) {
		v, err := decodeObject([]byte(`{"id":"https://a.example/1","type":"Note","attributedTo":"https://a.example/u","content":"x","url":"https://evil.example/login"}`), testNow(), newSanitizer())
		if err != nil || v.URL != "" {
			t.Errorf("the page of a post of a.example is %q (%v)", v.URL, err)
		}
	})
}

// Keys that prove nothing or cost too much to check are no keys, however they are written.
func TestKeysThatAreNone(t *testing.T) {
	spki := func(key any) string {
		der, err := x509.MarshalPKIXPublicKey(key)
		if err != nil {
			t.Fatal(err)
		}
		return string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
	}
	modulus := func(bits int) *big.Int { // an odd number of that length: to make a real key of 16384 bits takes minutes
		n := new(big.Int).Lsh(big.NewInt(1), uint(bits-1))
		return n.Add(n, big.NewInt(1))
	}
	good := &keysOf(t, "ann").RSA.PublicKey
	keys := map[string]string{"even exponent": spki(&rsa.PublicKey{N: good.N, E: 4}), "exponent 1": spki(&rsa.PublicKey{N: good.N, E: 1})}
	for name, bits := range map[string]int{"512": 512, "1024": 1024, "2047": 2047, "8193": 8193, "16384": 16384, "100000": 100_000} {
		key := &rsa.PublicKey{N: modulus(bits), E: 65537}
		keys[name+" bits"] = spki(key)
		keys[name+" bits, PKCS#1"] = string(pem.EncodeToMemory(&pem.Block{Type: "RSA PUBLIC KEY", Bytes: x509.MarshalPKCS1PublicKey(key)}))
	}
	private, err := x509.MarshalPKCS8PrivateKey(keysOf(t, "ann").Ed25519)
	if err != nil {
		t.Fatal(err)
	}
	keys["a private key"] = string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}))
	keys["two keys"] = spki(good) + spki(good)
	keys["a headered block"] = string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Headers: map[string]string{"Proc-Type": "4,ENCRYPTED"}, Bytes: []byte("x")}))
	keys["a certificate"] = string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: []byte("x")}))
	keys["words"], keys["nothing"] = "secret", ""
	for name, text := range keys {
		t.Run("SIG-10 "+name, func(t *testing.T) {
			begin := time.Now()
			if key, err := parsePublicKeyPEM(text); err == nil {
				t.Errorf("read as %T", key)
			}
			if took := time.Since(begin); took > 2*time.Second {
				t.Errorf("it took %s", took)
			}
		})
	}
	for name, text := range map[string]string{
		"SPKI": spki(good), "PKCS#1": string(pem.EncodeToMemory(&pem.Block{Type: "RSA PUBLIC KEY", Bytes: x509.MarshalPKCS1PublicKey(good)})),
		"without the last line end": strings.TrimSpace(spki(good)), "with Windows line ends": strings.ReplaceAll(spki(good), "\n", "\r\n"),
	} {
		t.Run("SIG-11 "+name, func(t *testing.T) {
			if key, err := parsePublicKeyPEM(text); err != nil || !samePublicKey(key, good) {
				t.Errorf("%T, %v", key, err)
			}
		})
	}
}

// Multikeys that are something else.
func TestMultikeysThatAreNone(t *testing.T) {
	key, _, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	good := encodeMultikey(key)
	for name, text := range map[string]string{
		"nothing": "", "no base": good[1:], "another base": "u" + good[1:], "cut": good[:20], "longer": good + good, "no digits": "z0OIl", "very long": "z" + strings.Repeat("1", 100_000),
	} {
		t.Run("SIG-10 multikey, "+name, func(t *testing.T) {
			if _, err := parseMultikey(text); err == nil {
				t.Error("read as a key")
			}
		})
	}
}

// What others write stays one line of the log, whatever it holds.
func TestNothingBreaksOutOfTheLog(t *testing.T) {
	hostile := "x\n2026-11-25 level=ERROR msg=\"forged\"\r\n\x1b[2J\x1b]0;owned\x07\u2028\u0085\x9b31m"
	for name, handler := range map[string]func(*bytes.Buffer) slog.Handler{
		"text": func(b *bytes.Buffer) slog.Handler { return slog.NewTextHandler(b, nil) },
		"JSON": func(b *bytes.Buffer) slog.Handler { return slog.NewJSONHandler(b, nil) },
	} {
		t.Run("HTM-08 log as "+name, func(t *testing.T) {
			var b bytes.Buffer
			slog.New(handler(&b)).Info("signature refused", "activity", hostile, "actor", hostile, "error", ErrBadSignature)
			if got := b.String(); strings.Count(got, "\n") != 1 || strings.ContainsAny(got, "\x1b\x07\r") {
				t.Errorf("%q", got)
			}
		})
	}
}

// A delivery is not carried on to where an answer leads, nor is what it says signed for anybody else.
func TestDeliveriesFollowNoRedirect(t *testing.T) {
	inside := newCanary(t, "127.0.0.2:0")
	var elsewhere atomic.Int32
	to := ""
	status := 0
	c := loopback(t, map[string]http.HandlerFunc{
		"peer.example":  func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Location", to); w.WriteHeader(status) },
		"other.example": func(http.ResponseWriter, *http.Request) { elsewhere.Add(1) },
	})
	for _, to = range []string{"http://other.example/inbox", "http://" + inside.address + "/", "/inbox2", "http://peer.example/inbox"} {
		for _, status = range []int{300, 301, 302, 303, 307, 308} {
			t.Run(fmt.Sprint("QUE-06 ", status, " to ", to), func(t *testing.T) {
				res, err := c.Post(t.Context(), "http://peer.example/inbox", []byte("{}"), nil)
				if err == nil && res.Status != status {
					t.Errorf("answered %d", res.Status)
				}
				if n := elsewhere.Load() + inside.count.Load(); n > 0 {
					t.Errorf("%d requests elsewhere", n)
				}
			})
		}
	}
}

// roundTrip answers requests without a network.
type roundTrip func(*http.Request) *http.Response

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r), nil }

// From https nothing leads back to http, where anybody on the way could answer.
func TestRedirectsStayEncrypted(t *testing.T) {
	for _, to := range []string{"http://peer.example/2", "HTTP://peer.example/2", "http://other.example/", "//peer.example:80/\t", "http:/2", "http:\\\\peer.example"} {
		t.Run("FET-04 https to "+to, func(t *testing.T) {
			asked := 0
			c := NewClient(ClientOptions{Now: testNow, Transport: roundTrip(func(r *http.Request) *http.Response {
				if asked++; r.URL.Scheme != "https" {
					t.Errorf("asked %s", r.URL)
				}
				return &http.Response{StatusCode: http.StatusFound, Header: http.Header{"Location": {to}}, Body: http.NoBody, Request: r}
			})})
			if _, err := c.Object(t.Context(), "https://peer.example/1"); err == nil || asked == 0 || asked > 5 {
				t.Errorf("%v after %d requests", err, asked)
			}
		})
	}
}

// A document costs five requests at most, however its server sends one about: by redirects, to another id, and to ask without a
// signature.
func TestDocumentsCostFewRequests(t *testing.T) {
	t.Run("FET-04", func(t *testing.T) {
		asked := 0
		c := NewClient(ClientOptions{
			Now: testNow, Sign: func(r *http.Request, _ []byte) error { r.Header.Set("Signature", "x"); return nil },
			Transport: roundTrip(func(r *http.Request) *http.Response {
				res := &http.Response{StatusCode: http.StatusFound, Header: http.Header{}, Body: http.NoBody, Request: r}
				switch asked++; {
				case r.Header.Get("Signature") != "":
					res.StatusCode = http.StatusUnauthorized
				case asked%8 != 0:
					res.Header.Set("Location", "https://peer.example/"+strconv.Itoa(asked))
				default:
					res.StatusCode = http.StatusOK
					res.Header.Set("Content-Type", "application/activity+json")
					res.Body = io.NopCloser(strings.NewReader(`{"id":"https://peer.example/its-own"}`))
				}
				return res
			}),
		})
		if _, err := c.Object(t.Context(), "https://peer.example/1"); err == nil || asked > maxRequests {
			t.Errorf("%v after %d requests", err, asked)
		}
	})
}

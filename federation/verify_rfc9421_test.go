package federation

import (
	"cmp"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/dunglas/httpsfv"
	"github.com/go-ap/httpsig"
)

// rfc9421Case is a request whose signature is genuine but may bind too little.
type rfc9421Case struct {
	name       string
	method     string // POST unless given
	components string
	params     string // created and keyid unless given
	digest     string // right unless given
	body       string // what arrives; testBody unless given
	change     func(*http.Request)
	want       string // part of the cause, or empty when accepted
}

const fullRFC9421 = `"@method" "@target-uri" "content-digest"`

func rfc9421Cases() []rfc9421Case {
	at := func(d time.Duration) string { return fmt.Sprintf(";created=%d", signingTime().Add(d).Unix()) }
	keyid := `;keyid="` + annKey + `"`
	created := at(0) + keyid
	return []rfc9421Case{
		{name: "Mastodon", components: fullRFC9421},
		{name: "Fedify", components: `"@method" "@target-uri" "@authority" "host" "date" "content-digest"`, params: `;alg="rsa-v1_5-sha256"` + created},
		{name: "parts of the target", components: `"@method" "@scheme" "@authority" "@path" "@query" "content-digest"`},
		{name: "request target", components: `"@method" "host" "@request-target" "content-digest"`},
		{name: "digest and others", components: fullRFC9421, digest: "sha-512=:AAAA:, " + contentDigestHeader([]byte(testBody))},
		{name: "nonce and tag", components: fullRFC9421, params: created + `;nonce="a b";tag="\"q\"";x`},
		{name: "Fedify, challenged", components: fullRFC9421 + ` "content-digest"`, params: `;alg="rsa-v1_5-sha256"` + created},
		{name: "GET", method: "GET", components: `"@method" "@target-uri"`},
		{name: "5 minutes old, expires", components: fullRFC9421, params: at(-5*time.Minute) + keyid + fmt.Sprintf(";expires=%d", signingTime().Unix())},

		{name: "method not signed", components: `"@target-uri" "content-digest"`, want: "@method is not signed"},
		{name: "target not signed", components: `"@method" "content-digest"`, want: "neither @target-uri"},
		{name: "host not signed", components: `"@method" "@path" "@query" "content-digest"`, want: "neither @target-uri"},
		{name: "path not signed", components: `"@method" "@authority" "@query" "content-digest"`, want: "neither @target-uri"},
		{name: "query not signed", components: `"@method" "@authority" "@path" "content-digest"`, want: "neither @target-uri"},
		{name: "digest not signed", components: `"@method" "@target-uri"`, want: "content-digest is not signed"},
		{name: "the older digest signed", components: `"@method" "@target-uri" "digest"`, want: "content-digest is not signed"},
		{name: "GET without target", method: "GET", components: `"@method"`, want: "neither @target-uri"},
		{name: "GET with a body", method: "GET", components: `"@method" "@target-uri"`, body: "x", want: "content-digest is not signed"},
		{name: "nothing signed", components: ``, want: "@method is not signed"},
		{name: "twice", components: fullRFC9421 + ` "@method"`, want: "repeated"},
		{name: "parameter of a component", components: fullRFC9421 + ` "date";bs`, want: "has parameters"},
		{name: "token instead of a string", components: fullRFC9421 + ` date`, want: "no string"},
		{name: "unknown component", components: fullRFC9421 + ` "@status"`, want: "is not known"},
		{name: "upper case", components: fullRFC9421 + ` "Date"`, want: "is not known"},
		{name: "header that is not there", components: fullRFC9421 + ` "x-nothing"`, want: "missing"},
		{name: "too many", components: fullRFC9421 + strings.Repeat(` "x"`, 40), want: "components are signed"},

		{name: "another body", components: fullRFC9421, body: `{}`, want: "the body is not the one"},
		{name: "digest of another algorithm", components: fullRFC9421, digest: "sha-512=:AAAA:", want: "has no sha-256"},
		{name: "digest no bytes", components: fullRFC9421, digest: "sha-256=1", want: "has no sha-256"},
		{name: "digest malformed", components: fullRFC9421, digest: "SHA-256=x", want: "is malformed"},
		{name: "digest twice", components: fullRFC9421, digest: "sha-256=:AAAA:, " + contentDigestHeader([]byte(testBody)), want: "repeats"},

		{name: "created missing", components: fullRFC9421, params: keyid, want: "created is missing"},
		{name: "created 2 hours ago", components: fullRFC9421, params: at(-2*time.Hour) + keyid, want: "created is"},
		{name: "created 2 hours ahead", components: fullRFC9421, params: at(2*time.Hour) + keyid, want: "created is"},
		{name: "created far away", components: fullRFC9421, params: ";created=-999999999999999" + keyid, want: "created is"},
		{name: "created no number", components: fullRFC9421, params: `;created="1"` + keyid, want: "not a whole number"},
		{name: "created a date", components: fullRFC9421, params: `;created=@1795425000` + keyid, want: "not a whole number"},
		{name: "created twice", components: fullRFC9421, params: ";created=1" + created, want: "repeats"},
		{name: "expired", components: fullRFC9421, params: fmt.Sprintf(";expires=%d", signingTime().Add(-time.Hour).Unix()) + created, want: "it expired"},
		{name: "keyid missing", components: fullRFC9421, params: at(0), want: "is not an http address"},
		{name: "keyid a token", components: fullRFC9421, params: at(0) + ";keyid=ann", want: "is not an http address"},
		{name: "too many parameters", components: fullRFC9421, params: created + ";a;b;c;d;e;f;g;h;i;j;k;l;m;n;o;p", want: "18 parameters"},
		{name: "hmac", components: fullRFC9421, params: created + `;alg="hmac-sha256"`, want: "is not accepted"},
		{name: "pss", components: fullRFC9421, params: created + `;alg="rsa-pss-sha512"`, want: "is not accepted"},
		{name: "alg a number", components: fullRFC9421, params: created + `;alg=1`, want: "is not accepted"},
		{name: "alg of another key", components: fullRFC9421, params: created + `;alg="ed25519"`, want: "does not match the key"},
		{name: "no list", components: fullRFC9421, change: func(r *http.Request) {
			r.Header.Set("Signature-Input", "sig1=1")
		}, want: "not a list"},
		{name: "no labels", components: fullRFC9421, change: func(r *http.Request) {
			r.Header.Set("Signature-Input", "")
		}, want: "0 labels"},
		{name: "no signature", components: fullRFC9421, change: func(r *http.Request) {
			r.Header.Set("Signature", "sig2=:AAAA:")
		}, want: "has no signature"},
		{name: "label twice", components: fullRFC9421, change: func(r *http.Request) {
			r.Header.Set("Signature", "sig1=:AAAA:, "+r.Header.Get("Signature"))
		}, want: "repeats"},
	}
}

// TestRFC9421 is SIG-12, and SIG-14 for the newer scheme.
func TestRFC9421(t *testing.T) {
	for _, tc := range rfc9421Cases() {
		t.Run("SIG-12 "+tc.name, func(t *testing.T) {
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

// request makes the request and signs what it can of the components.
func (tc rfc9421Case) request(t *testing.T) (*http.Request, string) {
	t.Helper()
	body := testBody
	if tc.method == "GET" {
		body = ""
	}
	r := newTestRequest(t, cmp.Or(tc.method, "POST"), testInbox+"?page=2", body)
	r.Header.Set("Date", httpDate(signingTime()))
	r.Header.Set("Content-Digest", cmp.Or(tc.digest, contentDigestHeader([]byte(body))))
	r = arrive(t, r)
	params := cmp.Or(tc.params, fmt.Sprintf(`;created=%d;keyid="%s"`, signingTime().Unix(), annKey))
	input := "sig1=(" + tc.components + ")" + params
	d, err := httpsfv.UnmarshalDictionary([]string{input})
	if err != nil {
		t.Fatal(err)
	}
	member, _ := d.Get("sig1")
	list, _ := member.(httpsfv.InnerList)
	base, err := receivedRequest(r, []byte(body), "https://groups.example").signatureBase(list)
	if err != nil && tc.want == "" {
		t.Fatal(err)
	}
	signature, err := httpsig.RSASHA256.Sign(keysOf(t, "ann").RSA, base)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Signature-Input", input)
	r.Header.Set("Signature", "sig1=:"+base64.StdEncoding.EncodeToString(signature)+":")
	if tc.change != nil {
		tc.change(r)
	}
	return r, cmp.Or(tc.body, body)
}

// Whoever signs as the challenge asks is believed, with any key of their own.
func TestChallengeCanBeMet(t *testing.T) {
	d, err := strictDictionary("Accept-Signature", acceptSignature)
	if err != nil {
		t.Fatal(err)
	}
	member, _ := d.Get("sig1")
	list, _ := member.(httpsfv.InnerList)
	var components []string
	for _, item := range list.Items {
		components = append(components, fmt.Sprintf("%q", item.Value))
	}
	params := fmt.Sprintf(`;created=%d;keyid="%s"`, signingTime().Unix(), annKey)
	for _, name := range list.Params.Names() {
		value, _ := list.Params.Get(name)
		switch name {
		case "created":
			if value != true {
				t.Errorf("the challenge sets created to %v", value)
			}
		case "alg":
			params += fmt.Sprintf(";alg=%q", value)
		default:
			t.Errorf("the challenge also asks for %s=%v", name, value)
		}
	}
	tc := rfc9421Case{components: strings.Join(components, " "), params: params}
	r, body := tc.request(t)
	if _, err := testVerifier(annFinder(t)).Verify(t.Context(), r, []byte(body)); err != nil {
		t.Error(err)
	}
}

func TestSignatureBase(t *testing.T) { // the layout of RFC 9421 section 2.5, with all components of section 2.2 that are known
	r := signedRequest(t, schemeRFC9421, "GET", "https://groups.example/g/caf%C3%A9?x=%2F", "")
	r.Header["X-Two"] = []string{" a ", "b"}
	d, err := httpsfv.UnmarshalDictionary([]string{`s=("@method" "@target-uri" "@authority" "@scheme" "@request-target" "@path" ` +
		`"@query" "host" "x-two");created=1;keyid="k"`})
	if err != nil {
		t.Fatal(err)
	}
	member, _ := d.Get("s")
	list, _ := member.(httpsfv.InnerList)
	got, err := receivedRequest(r, nil, "https://groups.example/").signatureBase(list)
	if err != nil {
		t.Fatal(err)
	}
	want := `"@method": GET
"@target-uri": https://groups.example/g/caf%C3%A9?x=%2F
"@authority": groups.example
"@scheme": https
"@request-target": /g/caf%C3%A9?x=%2F
"@path": /g/caf%C3%A9
"@query": ?x=%2F
"host": groups.example
"x-two": a, b
"@signature-params": ("@method" "@target-uri" "@authority" "@scheme" "@request-target" "@path" "@query" "host" "x-two");created=1;keyid="k"`
	if string(got) != want {
		t.Errorf("%s\ninstead of\n%s", got, want)
	}
}

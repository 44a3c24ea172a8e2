package fedtest

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// hand is how software signs (draft-cavage-http-signatures-12): what it covers, and how it writes the header down.
type hand struct {
	get, post string // headers covered
	format    string // of the header: key id, headers, signature
	pathOnly  bool   // the query is left out
	key       string // what the id of a key has after that of its owner; "" stands for #main-key
}

func mastodonHand() hand {
	return hand{
		get: "(request-target) host date", post: "(request-target) host date digest content-type",
		format: `keyId="%[1]s",algorithm="rsa-sha256",headers="%[2]s",signature="%[3]s"`,
	}
}

// sign signs a request as somebody.
func (h hand) sign(r *http.Request, body []byte, as signer, now time.Time) error {
	r.Header.Set("Date", now.UTC().Format(http.TimeFormat))
	names := h.get
	if r.Method == http.MethodPost {
		sum := sha256.Sum256(body)
		r.Header.Set("Digest", "SHA-256="+base64.StdEncoding.EncodeToString(sum[:]))
		names = h.post
		if strings.Contains(names, "content-length") {
			r.Header.Set("Content-Length", strconv.Itoa(len(body)))
		}
	}
	target := r.URL.RequestURI()
	if h.pathOnly {
		target = r.URL.EscapedPath()
	}
	hash := sha256.Sum256([]byte(signingString(r, target, r.URL.Host, strings.Fields(names))))
	sig, err := rsa.SignPKCS1v15(rand.Reader, as.key, crypto.SHA256, hash[:])
	if err != nil {
		return fmt.Errorf("sign: %w", err)
	}
	r.Header.Set("Signature", fmt.Sprintf(h.format, as.uri+h.keyPart(), names, base64.StdEncoding.EncodeToString(sig)))
	return nil
}

func (h hand) keyPart() string {
	if h.key == "" {
		return "#main-key"
	}
	return h.key
}

func signingString(r *http.Request, target, host string, names []string) string {
	var lines []string
	for _, name := range names {
		value := r.Header.Get(name)
		switch name {
		case "(request-target)":
			value = strings.ToLower(r.Method) + " " + target
		case "host":
			value = host
		}
		lines = append(lines, name+": "+value)
	}
	return strings.Join(lines, "\n")
}

var errSignature = errors.New("signature refused")

// signature is a parsed Signature header.
type signature struct {
	keyID     string
	algorithm string
	names     []string
	value     []byte
}

func parseSignature(header string) (signature, error) {
	params := map[string]string{}
	for part := range strings.SplitSeq(header, ",") {
		k, v, ok := strings.Cut(part, "=")
		if !ok {
			return signature{}, fmt.Errorf("%w: no parameters in %q", errSignature, header)
		}
		params[k] = strings.Trim(v, `"`)
	}
	value, err := base64.StdEncoding.DecodeString(params["signature"])
	if err != nil {
		return signature{}, fmt.Errorf("%w: %w", errSignature, err)
	}
	return signature{keyID: params["keyId"], algorithm: params["algorithm"], names: strings.Fields(params["headers"]), value: value}, nil
}

// check verifies a request as Mastodon does: digest, date within twelve hours, and the signature over at least the
// request target, host, date and digest.
func check(r *http.Request, body []byte, sig signature, key *rsa.PublicKey, now time.Time) error {
	sum := sha256.Sum256(body)
	if want := "SHA-256=" + base64.StdEncoding.EncodeToString(sum[:]); r.Method == http.MethodPost && r.Header.Get("Digest") != want {
		return fmt.Errorf("%w: digest %q", errSignature, r.Header.Get("Digest"))
	}
	date, err := http.ParseTime(r.Header.Get("Date"))
	if err != nil || now.Sub(date).Abs() > 12*time.Hour {
		return fmt.Errorf("%w: date %q", errSignature, r.Header.Get("Date"))
	}
	for _, must := range []string{"(request-target)", "host", "date"} {
		if !strings.Contains(" "+strings.Join(sig.names, " ")+" ", " "+must+" ") {
			return fmt.Errorf("%w: %s not covered", errSignature, must)
		}
	}
	hash := sha256.Sum256([]byte(signingString(r, r.URL.RequestURI(), r.Host, sig.names)))
	if err := rsa.VerifyPKCS1v15(key, crypto.SHA256, hash[:], sig.value); err != nil {
		return fmt.Errorf("%w: %w", errSignature, err)
	}
	return nil
}

func publicPEM(key *rsa.PublicKey) string {
	der, err := x509.MarshalPKIXPublicKey(key)
	if err != nil {
		return "" // an RSA key always marshals
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
}

func parsePEM(s string) (*rsa.PublicKey, error) {
	block, _ := pem.Decode([]byte(s))
	if block == nil {
		return nil, fmt.Errorf("%w: no PEM key", errSignature)
	}
	key, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errSignature, err)
	}
	public, ok := key.(*rsa.PublicKey)
	if !ok {
		return nil, fmt.Errorf("%w: not an RSA key", errSignature)
	}
	return public, nil
}

// NewKey makes a key for an account.
func NewKey() (*rsa.PrivateKey, error) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return nil, fmt.Errorf("make a key: %w", err)
	}
	return key, nil
}

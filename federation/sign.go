package federation

import (
	"crypto/ed25519"
	"crypto/rsa"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/dunglas/httpsfv"
	"github.com/go-ap/httpsig"
)

// signingKey signs requests as the actor to whom the key with this id belongs: by RSA, or by Ed25519, which takes a fortieth of
// the time and is for RFC 9421 alone.
type signingKey struct {
	id      string
	private *rsa.PrivateKey
	edwards ed25519.PrivateKey
}

func (k signingKey) sign(base []byte) ([]byte, error) {
	if k.private == nil {
		return ed25519.Sign(k.edwards, base), nil
	}
	return httpsig.RSASHA256.Sign(k.private, base)
}

func (k signingKey) usable() bool {
	return validURI(k.id) && (k.private != nil || len(k.edwards) == ed25519.PrivateKeySize)
}

// signCavage signs a request the way every server understands (draft-cavage-12). It sets Date and, for requests with a body,
// Digest, so it must be called anew for every attempt: Friendica, Misskey and Smithereen refuse what is five minutes old.
func signCavage(r *http.Request, body []byte, k signingKey, now time.Time) error {
	m, err := prepareRequest(r, body, k, now)
	if err != nil {
		return err
	}
	return m.writeCavage(k, m.target)
}

// signCavageWithoutQuery signs the path alone: the second try for a GET with a query, because some servers verify it that way.
func signCavageWithoutQuery(r *http.Request, body []byte, k signingKey, now time.Time) error {
	m, err := prepareRequest(r, body, k, now)
	if err != nil {
		return err
	}
	path, _, _ := m.split()
	return m.writeCavage(k, path)
}

// prepareRequest sets the headers that are signed and removes an earlier signature. Digest goes along with RFC 9421 too: some
// servers look at it before they look at the scheme.
func prepareRequest(r *http.Request, body []byte, k signingKey, now time.Time) (wireRequest, error) {
	host, ok := hostOf(r.URL.String())
	if !ok || !k.usable() {
		return wireRequest{}, fmt.Errorf("sign a request: the address %q or the key %q is unusable", r.URL, k.id)
	}
	r.Host = host
	r.Header.Set("Date", httpDate(now))
	for _, name := range []string{"Signature", "Signature-Input", "Digest", "Content-Digest"} {
		r.Header.Del(name)
	}
	m := wireRequest{
		method: r.Method, origin: r.URL.Scheme + "://" + host, host: host, target: r.URL.RequestURI(), header: r.Header, body: body,
	}
	if m.needsDigest() {
		r.Header.Set("Digest", digestHeader(body))
		if r.Header.Get("Content-Type") == "" {
			return wireRequest{}, errors.New("sign a request: it has a body but no Content-Type")
		}
	}
	return m, nil
}

// writeCavage writes the header in one line without blanks, keyId first and the algorithm named: NodeBB splits it at commas without
// trimming, PieFed, Misskey and Smithereen insist on the algorithm.
func (m wireRequest) writeCavage(k signingKey, target string) error {
	headers := []string{"(request-target)", "host", "date"}
	if m.needsDigest() {
		headers = append(headers, "digest", "content-type")
	}
	base, err := m.cavageBase(target, headers, time.Time{}, time.Time{})
	if err != nil {
		return fmt.Errorf("sign a request: %w", err)
	}
	signature, err := httpsig.RSASHA256.Sign(k.private, base)
	if err != nil {
		return fmt.Errorf("sign a request: %w", err)
	}
	m.header.Set("Signature", fmt.Sprintf(`keyId="%s",algorithm="rsa-sha256",headers="%s",signature="%s"`,
		k.id, strings.Join(headers, " "), base64.StdEncoding.EncodeToString(signature)))
	return nil
}

// signRFC9421 signs a request the newer way, with what Mastodon 4.5 demands and nothing else. No alg: the key says it.
func signRFC9421(r *http.Request, body []byte, k signingKey, now time.Time) error {
	m, err := prepareRequest(r, body, k, now)
	if err != nil {
		return err
	}
	list := httpsfv.InnerList{Params: httpsfv.NewParams()}
	list.Items = []httpsfv.Item{httpsfv.NewItem("@method"), httpsfv.NewItem("@target-uri")}
	if m.needsDigest() {
		r.Header.Set("Content-Digest", contentDigestHeader(body))
		list.Items = append(list.Items, httpsfv.NewItem("content-digest"))
	}
	list.Params.Add("created", now.Unix())
	list.Params.Add("keyid", k.id)
	base, err := m.signatureBase(list)
	if err != nil {
		return fmt.Errorf("sign a request: %w", err)
	}
	signature, err := k.sign(base)
	if err != nil {
		return fmt.Errorf("sign a request: %w", err)
	}
	if err := setSigned(r.Header, "Signature-Input", list); err != nil {
		return err
	}
	return setSigned(r.Header, "Signature", httpsfv.NewItem(signature))
}

// setSigned writes one of the two headers of RFC 9421 section 4 under the label everybody uses.
func setSigned(h http.Header, name string, member httpsfv.Member) error {
	d := httpsfv.NewDictionary()
	d.Add("sig1", member)
	text, err := httpsfv.Marshal(d)
	if err != nil {
		return fmt.Errorf("sign a request: write %s: %w", name, err)
	}
	h.Set(name, text)
	return nil
}

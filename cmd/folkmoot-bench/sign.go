package main

import (
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"
)

// draft is an activity that is still to be signed.
type draft struct {
	by   person
	body string
	bad  bool // its signature is not valid
}

const inboxPath = "/inbox"

// sign makes the bytes of a request as they go over the wire.
func (p *people) sign(d draft, at time.Time) ([]byte, error) {
	write := p.cavage
	if d.by.Scheme == schemeEd {
		write = p.rfc9421
	}
	headers, err := write(d, at)
	if err != nil {
		return nil, fmt.Errorf("sign for %s: %w", p.uri(d.by), err)
	}
	return fmt.Appendf(nil, "POST %s HTTP/1.1\r\nHost: %s\r\nContent-Type: application/activity+json\r\nContent-Length: %d\r\n%s\r\n%s",
		inboxPath, domain, len(d.body), headers, d.body), nil
}

// cavage signs as Mastodon does (draft-cavage-http-signatures-12).
func (p *people) cavage(d draft, at time.Time) (string, error) {
	date := at.UTC().Format(http.TimeFormat)
	sum := sha256.Sum256([]byte(d.body))
	digest := "SHA-256=" + base64.StdEncoding.EncodeToString(sum[:])
	hash := sha256.Sum256([]byte("(request-target): post " + inboxPath + "\nhost: " + domain + "\ndate: " + date + "\ndigest: " + digest +
		"\ncontent-type: application/activity+json"))
	sig, err := rsa.SignPKCS1v15(rand.Reader, p.rsaOf(d.by), crypto.SHA256, hash[:])
	if err != nil {
		return "", err
	}
	spoil(d, sig)
	return fmt.Sprintf("Date: %s\r\nDigest: %s\r\nSignature: keyId=\"%s\",algorithm=\"rsa-sha256\","+
		"headers=\"(request-target) host date digest content-type\",signature=\"%s\"\r\n",
		date, digest, p.keyID(d.by), base64.StdEncoding.EncodeToString(sig)), nil
}

// rfc9421 signs with Ed25519.
func (p *people) rfc9421(d draft, at time.Time) (string, error) {
	sum := sha256.Sum256([]byte(d.body))
	digest := "sha-256=:" + base64.StdEncoding.EncodeToString(sum[:]) + ":"
	params := fmt.Sprintf(`("@method" "@target-uri" "content-digest");created=%d;keyid="%s"`, at.Unix(), p.keyID(d.by))
	base := strings.Join([]string{
		`"@method": POST`, `"@target-uri": ` + origin + inboxPath, `"content-digest": ` + digest, `"@signature-params": ` + params,
	}, "\n")
	sig := ed25519.Sign(p.Ed, []byte(base))
	spoil(d, sig)
	return fmt.Sprintf("Content-Digest: %s\r\nSignature-Input: sig1=%s\r\nSignature: sig1=:%s:\r\n",
		digest, params, base64.StdEncoding.EncodeToString(sig)), nil
}

// bareRSA has the headers of a signature that is made with as little as can be, for a fan-out that does nothing else.
func (p *people) bareRSA(to, digest string, at time.Time) (http.Header, error) {
	date, digest := at.UTC().Format(http.TimeFormat), "SHA-256="+digest
	hash := sha256.Sum256([]byte("(request-target): post " + inboxPath + "\nhost: " + to + "\ndate: " + date + "\ndigest: " + digest))
	sig, err := rsa.SignPKCS1v15(nil, p.RSA[0], crypto.SHA256, hash[:])
	return http.Header{
		"Content-Type": {"application/activity+json"}, "Date": {date}, "Digest": {digest},
		"Signature": {`keyId="` + groupURI + `#main-key",algorithm="rsa-sha256",headers="(request-target) host date digest",signature="` +
			base64.StdEncoding.EncodeToString(sig) + `"`},
	}, err
}

// bareEd is the same with Ed25519, as RFC 9421 has it.
func (p *people) bareEd(to, digest string, at time.Time) (http.Header, error) {
	digest = "sha-256=:" + digest + ":"
	params := `("@method" "@target-uri" "content-digest");created=` + strconv.FormatInt(at.Unix(), 10) + `;keyid="` + groupURI + `#ed25519-key"`
	base := `"@method": POST` + "\n" + `"@target-uri": https://` + to + inboxPath + "\n" + `"content-digest": ` + digest + "\n" +
		`"@signature-params": ` + params
	return http.Header{
		"Content-Type": {"application/activity+json"}, "Content-Digest": {digest}, "Signature-Input": {"sig1=" + params},
		"Signature": {"sig1=:" + base64.StdEncoding.EncodeToString(ed25519.Sign(p.Ed, []byte(base))) + ":"},
	}, nil
}

func spoil(d draft, sig []byte) {
	if d.bad {
		sig[0] ^= 1
	}
}

// signAll signs everything beforehand, on all cores. The server takes requests that are up to an hour old.
func (p *people) signAll(drafts []draft) ([][]byte, error) {
	out := make([][]byte, len(drafts))
	at := time.Now()
	var g errgroup.Group
	const part = 256
	for from := 0; from < len(drafts); from += part {
		g.Go(func() (err error) {
			for i := from; i < min(from+part, len(drafts)); i++ {
				if out[i], err = p.sign(drafts[i], at); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return out, g.Wait()
}

package federation

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-ap/httpsig"
)

// Bounds of a signature header: an RSA-8192 signature, a key id of maxURI bytes and Fedify's list of every header fit well.
const (
	maxSignatureHeader = 8192
	maxSignatureParams = 16
	maxSignedHeaders   = 32
)

// cavageParams is a Signature header of draft-cavage-http-signatures-12. created and expires are zero when absent.
type cavageParams struct {
	keyID     string
	algorithm sigAlgorithm
	headers   []string
	created   time.Time
	expires   time.Time
	signature []byte
}

// cavageClaim reads the Signature header and checks everything that needs no key.
func (v Verifier) cavageClaim(m wireRequest) (sigClaim, error) {
	header, err := m.single("Signature", maxSignatureHeader)
	if err != nil {
		return sigClaim{}, err
	}
	p, err := parseCavage(header)
	if err != nil {
		return sigClaim{}, err
	}
	if err := p.checkCoverage(m); err != nil {
		return sigClaim{}, err
	}
	at, err := v.checkCavageTime(p, m)
	if err != nil {
		return sigClaim{}, err
	}
	if err := checkSignedDigest(m, slices.Contains(p.headers, "digest"), "Digest", checkDigest); err != nil {
		return sigClaim{}, err
	}
	bases, err := p.bases(m)
	return sigClaim{schemeCavage, at, p.keyID, p.algorithm, p.signature, bases}, err
}

// checkCoverage demands what a signature must bind so that it cannot be used for another request.
func (p cavageParams) checkCoverage(m wireRequest) error {
	need := []string{"(request-target)", "host"}
	if m.needsDigest() {
		need = append(need, "digest")
	}
	for _, name := range need {
		if !slices.Contains(p.headers, name) {
			return badSignature("%s is not signed", name)
		}
	}
	if !slices.Contains(p.headers, "date") && !slices.Contains(p.headers, "(created)") {
		return badSignature("neither date nor (created) is signed")
	}
	return nil
}

// checkCavageTime checks every signed time and returns one; an unsigned one proves nothing, but an expiry is honoured in any case.
func (v Verifier) checkCavageTime(p cavageParams, m wireRequest) (at time.Time, err error) {
	if slices.Contains(p.headers, "date") {
		if at, err = v.signedDate(m); err != nil {
			return at, err
		}
	}
	if slices.Contains(p.headers, "(created)") {
		if at = p.created; v.inWindow("created", at) != nil {
			return at, v.inWindow("created", at)
		}
	}
	if p.expires.IsZero() {
		return at, nil
	}
	return at, v.notExpired(p.expires)
}

func (v Verifier) signedDate(m wireRequest) (time.Time, error) {
	header, err := m.single("Date", len(http.TimeFormat)+16)
	if err != nil {
		return time.Time{}, err
	}
	date, err := http.ParseTime(header)
	if err != nil {
		return time.Time{}, badSignature("the Date header %q is not a date", header)
	}
	return date, v.inWindow("the Date header", date)
}

// checkSignedDigest compares a digest header with the body when the signature covers it; an unsigned one is no evidence.
func checkSignedDigest(m wireRequest, covered bool, name string, check func(header string, body []byte) error) error {
	if !covered {
		return nil
	}
	header, err := m.single(name, maxDigestHeader)
	if err != nil {
		return err
	}
	return check(header, m.body)
}

// bases returns the signing strings to try: old Mastodon, Misskey, PieFed and Fedify sign the path without the query.
func (p cavageParams) bases(m wireRequest) ([][]byte, error) {
	path, _, hasQuery := m.split()
	targets := []string{m.target}
	if hasQuery {
		targets = append(targets, path)
	}
	var bases [][]byte
	for _, target := range targets {
		base, err := m.cavageBase(target, p.headers, p.created, p.expires)
		if err != nil {
			return nil, err
		}
		bases = append(bases, base)
	}
	return bases, nil
}

// cavageBase builds the signing string of draft-cavage section 2.3 with httpsig. That package uses the decoded path, puts repeated
// headers on lines of their own and invents a missing Date, so it gets a request in which none of these can happen.
func (m wireRequest) cavageBase(target string, headers []string, created, expires time.Time) ([]byte, error) {
	plain := &http.Request{Method: m.method, Host: m.host, URL: &url.URL{Path: target}, Header: http.Header{}}
	for _, name := range headers {
		if strings.HasPrefix(name, "(") {
			continue
		}
		value, err := m.field(name)
		if err != nil {
			return nil, err
		}
		plain.Header.Set(name, value)
	}
	base, err := httpsig.BuildSignatureData(plain, headers, created, expires)
	if err != nil {
		return nil, badSignature("build the signing string: %v", err)
	}
	return base, nil
}

// parseCavage reads a Signature header strictly where it matters: nothing may occur twice and nothing may be left over. Blanks,
// quoted or bare values, any order and unknown parameters are all seen in the wild and harmless.
func parseCavage(header string) (cavageParams, error) {
	raw, err := splitCavage(header)
	if err != nil {
		return cavageParams{}, err
	}
	p := cavageParams{keyID: raw["keyId"]}
	if !validURI(p.keyID) {
		return cavageParams{}, badSignature("the keyId %q is not an http address", p.keyID)
	}
	if p.algorithm, err = cavageAlgorithm(raw["algorithm"]); err != nil {
		return cavageParams{}, err
	}
	if p.created, err = unixParam(raw, "created"); err != nil {
		return cavageParams{}, err
	}
	if p.expires, err = unixParam(raw, "expires"); err != nil {
		return cavageParams{}, err
	}
	if p.headers, err = cavageHeaders(raw); err != nil {
		return cavageParams{}, err
	}
	p.signature, err = base64.StdEncoding.Strict().DecodeString(raw["signature"])
	if err != nil || len(p.signature) == 0 {
		return cavageParams{}, badSignature("the signature parameter is not base64")
	}
	return p, nil
}

// cavageHeaders reads the list of signed headers. Without one only the date is signed (draft-cavage section 2.1.6).
func cavageHeaders(raw map[string]string) ([]string, error) {
	list, ok := raw["headers"]
	if !ok {
		return []string{"date"}, nil
	}
	headers := strings.Fields(strings.ToLower(list))
	if len(headers) > maxSignedHeaders {
		return nil, badSignature("%d headers are signed", len(headers))
	}
	for i, name := range headers {
		if slices.Contains(headers[:i], name) {
			return nil, badSignature("the header %q is listed twice", name)
		}
		switch {
		case name == "(request-target)" || !strings.HasPrefix(name, "("):
		case name == "(created)" || name == "(expires)":
			if raw[strings.Trim(name, "()")] == "" {
				return nil, badSignature("%s is signed, but there is no such parameter", name)
			}
		default:
			return nil, badSignature("%q cannot be signed", name)
		}
	}
	return headers, nil
}

func cavageAlgorithm(name string) (sigAlgorithm, error) {
	switch strings.ToLower(name) {
	case "", "hs2019": // Lemmy and GoToSocial send hs2019
		return algorithmOfKey, nil
	case "rsa-sha256":
		return rsaSHA256, nil
	case "rsa-sha512":
		return rsaSHA512, nil
	case "ed25519":
		return ed25519Only, nil
	}
	return algorithmOfKey, badSignature("the algorithm %q is not accepted", name)
}

// unixParam reads seconds since 1970; no sign, no fraction, and not so many digits that arithmetic overflows.
func unixParam(raw map[string]string, name string) (time.Time, error) {
	text, ok := raw[name]
	if !ok {
		return time.Time{}, nil
	}
	seconds, err := strconv.ParseUint(text, 10, 36)
	if err != nil || text[0] == '0' {
		return time.Time{}, badSignature("%s=%q is not a time", name, text)
	}
	return time.Unix(int64(seconds), 0), nil // #nosec G115 -- 36 bits
}

func splitCavage(header string) (map[string]string, error) {
	params := map[string]string{}
	for rest, more := header, true; more; {
		name, value, after, err := nextCavageParam(rest)
		if err != nil {
			return nil, err
		}
		if _, twice := params[name]; twice {
			return nil, badSignature("the parameter %s occurs twice", name)
		}
		if len(params) == maxSignatureParams {
			return nil, badSignature("there are more than %d parameters", maxSignatureParams)
		}
		params[name] = value
		_, rest, more = strings.Cut(after, ",") // after is blanks up to the comma or the end
	}
	return params, nil
}

// nextCavageParam reads name=value or name="value" and returns what follows: nothing, or blanks and a comma.
func nextCavageParam(s string) (name, value, after string, err error) {
	name, rest, _ := strings.Cut(s, "=")
	name, rest = strings.Trim(name, " \t"), strings.TrimLeft(rest, " \t")
	if name == "" || strings.Trim(name, cavageNameChars) != "" {
		return "", "", "", badSignature("the Signature header is malformed at %.40q", s)
	}
	if quoted, ok := strings.CutPrefix(rest, `"`); ok {
		value, after, ok = strings.Cut(quoted, `"`)
		between, _, _ := strings.Cut(after, ",")
		if !ok || strings.Trim(between, " \t") != "" {
			return "", "", "", badSignature("the value of %s does not end", name)
		}
	} else {
		value, _, _ = strings.Cut(rest, ",")
		after = rest[len(value):]
		value = strings.TrimRight(value, " \t")
	}
	if strings.ContainsFunc(value, oddInParam) {
		return "", "", "", badSignature("the value of %s has characters that do not belong there", name)
	}
	return name, value, after, nil
}

const cavageNameChars = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-"

// oddInParam finds what no parameter needs. Backslashes are among them: parsers disagree on whether they escape anything.
func oddInParam(r rune) bool { return r < ' ' || r > '~' || r == '"' || r == '\\' }

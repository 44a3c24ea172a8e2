package federation

import (
	"slices"
	"strings"
	"time"

	"github.com/dunglas/httpsfv"
)

// maxSignatureLabels is how many signatures of one request are looked at; each may cost a key fetch. Peers send one.
const maxSignatureLabels = 4

// acceptSignature is the challenge to whoever signed in no acceptable way (RFC 9421 section 5.1): exactly what must be signed. It has
// no keyid: that would ask for one certain key, and Fedify 2.3.6 gives up.
const acceptSignature = `sig1=("@method" "@target-uri" "content-digest");created;alg="rsa-v1_5-sha256"`

// edwardsWelcome tells whoever signed acceptably that Ed25519 is taken as well: that costs them a fortieth of the time.
const edwardsWelcome = `sig1=("@method" "@target-uri" "content-digest");created;alg="ed25519"`

// rfc9421Claims returns the signatures that pass every check but the one with the key. The error is that of the last label.
func (v Verifier) rfc9421Claims(m wireRequest) ([]sigClaim, error) {
	inputs, err := m.dictionary("Signature-Input")
	if err != nil {
		return nil, err
	}
	signatures, err := m.dictionary("Signature")
	if err != nil {
		return nil, err
	}
	labels := inputs.Names()
	if len(labels) == 0 || len(labels) > maxSignatureLabels {
		return nil, badSignature("Signature-Input has %d labels", len(labels))
	}
	var claims []sigClaim
	for _, label := range labels {
		var c sigClaim
		if c, err = v.rfc9421Claim(m, inputs, signatures, label); err == nil {
			claims = append(claims, c)
		}
	}
	if len(claims) > 0 {
		return claims, nil
	}
	return nil, err
}

// rfc9421Claim reads the signature with one label and checks everything that needs no key.
func (v Verifier) rfc9421Claim(m wireRequest, inputs, signatures *httpsfv.Dictionary, label string) (sigClaim, error) {
	input, _ := inputs.Get(label)
	list, ok := input.(httpsfv.InnerList)
	if !ok {
		return sigClaim{}, badSignature("%s is not a list of components", label)
	}
	member, _ := signatures.Get(label)
	item, _ := member.(httpsfv.Item)
	signature, ok := item.Value.([]byte)
	if !ok || len(signature) == 0 {
		return sigClaim{}, badSignature("%s has no signature", label)
	}
	names, err := componentNames(list)
	if err != nil {
		return sigClaim{}, err
	}
	if err := checkComponents(m, names); err != nil {
		return sigClaim{}, err
	}
	c, err := v.readParams(list.Params)
	if err != nil {
		return sigClaim{}, err
	}
	covered := slices.Contains(names, "content-digest")
	if err := checkSignedDigest(m, covered, "Content-Digest", checkContentDigest); err != nil {
		return sigClaim{}, err
	}
	base, err := m.signatureBase(list)
	c.signature, c.bases = signature, [][]byte{base}
	return c, err
}

// componentNames returns what is signed. Components with parameters (";bs", ";req" ...) mean something else than the name says;
// no peer sends them, so they are refused. Fedify 2.3.6 adds content-digest to a challenge that has it already; the same line
// twice proves no less.
func componentNames(list httpsfv.InnerList) ([]string, error) {
	if len(list.Items) > maxSignedHeaders {
		return nil, badSignature("%d components are signed", len(list.Items))
	}
	var names []string
	for _, item := range list.Items {
		name, ok := item.Value.(string)
		repeated := name != "content-digest" && slices.Contains(names, name)
		if !ok || len(item.Params.Names()) > 0 || repeated {
			return nil, badSignature("the component %v is repeated, no string or has parameters", item.Value)
		}
		names = append(names, name)
	}
	return names, nil
}

// checkComponents demands what a signature must bind so that it cannot be used for another request.
func checkComponents(m wireRequest, names []string) error {
	has := func(name string) bool { return slices.Contains(names, name) }
	_, _, hasQuery := m.split()
	host := has("@authority") || has("host")
	target := has("@request-target") || (has("@path") && (has("@query") || !hasQuery))
	switch {
	case !has("@method"):
		return badSignature("@method is not signed")
	case !has("@target-uri") && !(host && target):
		return badSignature("neither @target-uri nor host, path and query are signed")
	case m.needsDigest() && !has("content-digest"):
		return badSignature("content-digest is not signed")
	}
	return nil
}

// readParams reads the signature parameters of RFC 9421 section 2.3.
func (v Verifier) readParams(params *httpsfv.Params) (sigClaim, error) {
	if n := len(params.Names()); n > maxSignatureParams {
		return sigClaim{}, badSignature("there are %d parameters", n)
	}
	var at time.Time
	created, err := v.timeParam(params, "created", func(t time.Time) error { at = t; return v.inWindow("created", t) })
	if err != nil {
		return sigClaim{}, err
	}
	if !created {
		return sigClaim{}, badSignature("created is missing")
	}
	if _, err := v.timeParam(params, "expires", v.notExpired); err != nil {
		return sigClaim{}, err
	}
	id, _ := params.Get("keyid")
	keyID, _ := id.(string)
	if !validURI(keyID) {
		return sigClaim{}, badSignature("the keyid %q is not an http address", keyID)
	}
	algorithm, err := rfc9421Algorithm(params)
	return sigClaim{scheme: schemeRFC9421, at: at, keyID: keyID, algorithm: algorithm}, err
}

// timeParam checks a parameter that holds seconds since 1970, if it is there.
func (v Verifier) timeParam(params *httpsfv.Params, name string, check func(time.Time) error) (found bool, err error) {
	value, found := params.Get(name)
	if !found {
		return false, nil
	}
	seconds, ok := value.(int64)
	if !ok {
		return true, badSignature("%s is not a whole number", name)
	}
	return true, check(time.Unix(seconds, 0))
}

func rfc9421Algorithm(params *httpsfv.Params) (sigAlgorithm, error) {
	value, found := params.Get("alg")
	if !found {
		return algorithmOfKey, nil
	}
	switch value {
	case "rsa-v1_5-sha256":
		return rsaSHA256, nil
	case "ed25519":
		return ed25519Only, nil
	}
	return algorithmOfKey, badSignature("the algorithm %v is not accepted", value)
}

// signatureBase builds the text that is signed (RFC 9421 section 2.5).
func (m wireRequest) signatureBase(list httpsfv.InnerList) ([]byte, error) {
	var b strings.Builder
	for _, item := range list.Items {
		name, _ := item.Value.(string)
		value, err := m.component(name)
		if err != nil {
			return nil, err
		}
		identifier, err := httpsfv.Marshal(item)
		if err != nil {
			return nil, badSignature("write the component %q: %v", name, err)
		}
		b.WriteString(identifier + ": " + value + "\n")
	}
	params, err := httpsfv.Marshal(list)
	if err != nil {
		return nil, badSignature("write the signature parameters: %v", err)
	}
	b.WriteString(`"@signature-params": ` + params)
	return []byte(b.String()), nil
}

// component returns the value of a derived component (RFC 9421 section 2.2) or of a header.
func (m wireRequest) component(name string) (string, error) {
	path, query, _ := m.split()
	switch name {
	case "@method":
		return m.method, nil
	case "@target-uri":
		return m.origin + m.target, nil
	case "@authority":
		host, _ := hostOf(m.origin)
		return host, nil
	case "@scheme":
		scheme, _, _ := strings.Cut(m.origin, ":")
		return scheme, nil
	case "@request-target":
		return m.target, nil
	case "@path":
		return path, nil
	case "@query":
		return "?" + query, nil
	}
	if strings.HasPrefix(name, "@") || strings.ToLower(name) != name {
		return "", badSignature("the component %q is not known", name)
	}
	return m.field(name)
}

// dictionary reads a header that is a structured dictionary and may not be repeated.
func (m wireRequest) dictionary(name string) (*httpsfv.Dictionary, error) {
	header, err := m.single(name, maxSignatureHeader)
	if err != nil {
		return nil, err
	}
	return strictDictionary(name, header)
}

// strictDictionary refuses what RFC 9651 forgives: of two equal keys or parameters the last would win silently. They are found by
// writing what was read and comparing.
func strictDictionary(name, header string) (*httpsfv.Dictionary, error) {
	d, err := httpsfv.UnmarshalDictionary([]string{header})
	if err != nil {
		return nil, badSignature("the header %s is malformed: %v", name, err)
	}
	again, err := httpsfv.Marshal(d)
	if err != nil || withoutBlanks(again) != withoutBlanks(header) {
		return nil, badSignature("the header %s repeats a key or is written in an unusual way", name)
	}
	return d, nil
}

// withoutBlanks drops the blanks that stand outside quoted strings.
func withoutBlanks(s string) string {
	var b strings.Builder
	quoted, escaped := false, false
	for _, c := range []byte(s) {
		if !quoted && (c == ' ' || c == '\t') {
			continue
		}
		if c == '"' && !escaped {
			quoted = !quoted
		}
		escaped = quoted && c == '\\' && !escaped
		b.WriteByte(c)
	}
	return b.String()
}

package federation

import (
	"bytes"
	"crypto/ed25519"
	"encoding/hex"
	"encoding/json"
	"strings"
	"testing"

	"github.com/gowebpki/jcs"
	"github.com/mr-tron/base58"
)

// provenFEP is the signed document of FEP-8b32 (CC0), and vectorKey the key of both vectors.
const (
	vectorKey = "z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2"
	provenFEP = `{
  "@context": ["https://www.w3.org/ns/activitystreams", "https://w3id.org/security/data-integrity/v2"],
  "id": "https://server.example/activities/1", "type": "Create", "actor": "https://server.example/users/alice",
  "object": {"id": "https://server.example/objects/1", "type": "Note", "attributedTo": "https://server.example/users/alice",
    "content": "Hello world", "location": {"type": "Place", "longitude": -71.184902, "latitude": 25.273962}},
  "proof": {
    "@context": ["https://www.w3.org/ns/activitystreams", "https://w3id.org/security/data-integrity/v2"],
    "type": "DataIntegrityProof", "cryptosuite": "eddsa-jcs-2022",
    "verificationMethod": "https://server.example/users/alice#ed25519-key", "proofPurpose": "assertionMethod",
    "proofValue": "z42ffGu6AUKPCFcFPiabmUvnGLPJzC7e4DGWC52NUasSSH37UMa9c58tdgVszUcZfytxa4fQ5TYHaJENCxUDe9SdL",
    "created": "2023-02-24T23:36:38Z"}}`
)

func vectorPublic(t *testing.T) ed25519.PublicKey {
	t.Helper()
	key, err := parseMultikey(vectorKey)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// holdsFor says whether some proof of a document is by the key.
func holdsFor(t *testing.T, raw string, key ed25519.PublicKey) bool {
	t.Helper()
	o, err := scanObject([]byte(raw))
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range proofsOf(o) {
		if p.holds(o, key) {
			return true
		}
	}
	return false
}

func TestProofVectorOfFEP(t *testing.T) {
	if !holdsFor(t, provenFEP, vectorPublic(t)) {
		t.Error("the proof of the specification does not hold")
	}
}

// TestProofVectorOfW3C compares with the numbers of Data Integrity EdDSA Cryptosuites §B.2.
func TestProofVectorOfW3C(t *testing.T) {
	const context = `["https://www.w3.org/ns/credentials/v2","https://www.w3.org/ns/credentials/examples/v2"]`
	const doc = `{"@context":` + context + `,"id":"urn:uuid:58172aac-d8ba-11ed-83dd-0b3aef56cc33",
		"type":["VerifiableCredential","AlumniCredential"],"name":"Alumni Credential",
		"description":"A minimum viable example of an Alumni Credential.","issuer":"https://vc.example/issuers/5678",
		"validFrom":"2023-01-01T00:00:00Z",
		"credentialSubject":{"id":"did:example:abcdefgh","alumniOf":"The School of Examples"}}`
	const config = `{"type":"DataIntegrityProof","cryptosuite":"eddsa-jcs-2022","created":"2023-02-24T23:36:38Z",
		"verificationMethod":"did:key:` + vectorKey + `#` + vectorKey + `","proofPurpose":"assertionMethod","@context":` + context + `}`
	hash, err := proofHash([]byte(config), []byte(doc))
	if err != nil {
		t.Fatal(err)
	}
	const want = "66ab154f5c2890a140cb8388a22a160454f80575f6eae09e5a097cabe539a1db59b7cb6251b8991add1ce0bc83107e3db9dbbab5bd2c28f687db1a03abc92f19"
	if got := hex.EncodeToString(hash); got != want {
		t.Errorf("signed is %s, want %s", got, want)
	}
	value := proofValue("z2HnFSSPPBzR36zdDgK8PbEHeXbR56YF24jwMpt3R1eHXQzJDMWS93FCzpvJpwTWd3GAVFuUfjoJdcnTMuVor51aX")
	if !ed25519.Verify(vectorPublic(t), hash, value) {
		t.Error("the signature of the specification does not hold")
	}
}

const (
	proofMethod = "https://peer.example/u/ann#ed25519-key"
	unproven    = `{"@context":["https://www.w3.org/ns/activitystreams","https://w3id.org/security/data-integrity/v1"],` +
		`"id":"https://peer.example/c/1","type":"Create","actor":"https://peer.example/u/ann","object": {"b" :1.50e1,"a":"\u00e9\/", ` +
		`"proof":{"type":"DataIntegrityProof","proofValue":"z1"} , "x":[ ]}}`
)

func edwards(t testing.TB) (ed25519.PublicKey, ed25519.PrivateKey) {
	t.Helper()
	public, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	return public, private
}

func proven(t testing.TB, raw string, key ed25519.PrivateKey) string {
	t.Helper()
	out, err := addProof([]byte(raw), key, proofMethod, testNow())
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

// TestAddProofKeepsBytes checks that what others wrote leaves as it came: their own proofs depend on it.
func TestAddProofKeepsBytes(t *testing.T) {
	public, private := edwards(t)
	got := proven(t, unproven, private)
	if !strings.HasPrefix(got, strings.TrimSuffix(unproven, "}")) {
		t.Errorf("the bytes were changed: %s", got)
	}
	if !holdsFor(t, got, public) {
		t.Errorf("the proof does not hold: %s", got)
	}
	proof := decoded(t, []byte(got))["proof"].(map[string]any)
	delete(proof, "proofValue")
	want := map[string]any{
		"@context": decoded(t, []byte(unproven))["@context"], "type": "DataIntegrityProof", "cryptosuite": "eddsa-jcs-2022",
		"proofPurpose": "assertionMethod", "verificationMethod": proofMethod, "created": "2026-11-01T12:00:00Z",
	}
	checkJSON(t, proof, want)
}

func checkJSON(t *testing.T, got, want any) {
	t.Helper()
	g, errG := json.Marshal(got)
	w, errW := json.Marshal(want)
	if errG != nil || errW != nil || !bytes.Equal(g, w) {
		t.Errorf("got  %s\nwant %s", g, w)
	}
}

func TestAddProofRefuses(t *testing.T) {
	_, private := edwards(t)
	for name, raw := range map[string]string{
		"no context":   `{"id":"https://peer.example/c/1"}`,
		"null context": `{"@context":null}`,
		"a proof":      provenFEP,
		"not JSON":     `{"@context":"x","object":tru}`,
		"no object":    `[]`,
		"nothing":      ``,
	} {
		if got, err := addProof([]byte(raw), private, proofMethod, testNow()); err == nil {
			t.Errorf("%s: got %s", name, got)
		}
	}
}

func TestProofHolds(t *testing.T) {
	public, private := edwards(t)
	other, otherPrivate := edwards(t)
	good := proven(t, unproven, private)
	swap := func(from, to string) string {
		if !strings.Contains(good, from) {
			t.Fatalf("%s is not in %s", from, good)
		}
		return strings.Replace(good, from, to, 1)
	}
	elsewhere := decoded(t, []byte(proven(t, strings.Replace(unproven, "/c/1", "/c/2", 1), private)))["proof"]
	const twoContexts = `"https://w3id.org/security/data-integrity/v1"],"id"`
	for name, test := range map[string]struct {
		raw  string
		key  ed25519.PublicKey
		want bool
	}{
		"as signed":                      {good, public, true},
		"another key":                    {good, other, false},
		"reformatted":                    {reformatted(t, good), public, true},
		"a word changed":                 {swap(`"x":[ ]`, `"x":[1]`), public, false},
		"a member added":                 {swap(`"type":"Create"`, `"type":"Create","to":"https://peer.example/u/eve"`), public, false},
		"a member removed":               {swap(`"type":"Create",`, ``), public, false},
		"a proof inside changed":         {swap(`"proofValue":"z1"`, `"proofValue":"z2"`), public, false},
		"an old signature beside":        {swap(`"type":"Create"`, `"type":"Create","signature":{"type":"RsaSignature2017"}`), public, true},
		"more context":                   {swap(twoContexts, `"https://w3id.org/security/data-integrity/v1","https://more.example/"],"id"`), public, true},
		"other context":                  {swap(twoContexts, `"https://more.example/"],"id"`), public, false},
		"less context":                   {swap(`,"https://w3id.org/security/data-integrity/v1"],"id"`, `],"id"`), public, false},
		"another time":                   {swap("2026-11-01T12:00:00Z", "2026-11-01T12:00:01Z"), public, false},
		"longer valid":                   {swap(`"created"`, `"expires":"2036-08-01T10:00:00Z","created"`), public, false},
		"another method":                 {swap("#ed25519-key", "#ed25519-key2"), public, false},
		"the proof of another document":  {withProof(t, elsewhere), public, false},
		"a proof that others cannot do":  {proven(t, unproven, otherPrivate), public, false},
		"only the object inside is good": {`{"type":"Create","object":` + good + `}`, public, false},
	} {
		if got := holdsFor(t, test.raw, test.key); got != test.want {
			t.Errorf("%s: holds is %t in %s", name, got, test.raw)
		}
	}
}

// reformatted writes a document as some other program would, members in another order.
func reformatted(t *testing.T, raw string) string {
	t.Helper()
	out, err := json.MarshalIndent(decoded(t, []byte(raw)), "", "\t")
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

// withProof puts proofs on the unproven document that were made for something else.
func withProof(t *testing.T, proof any) string {
	t.Helper()
	text, err := json.Marshal(proof)
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSuffix(unproven, "}") + `,"proof":` + string(text) + `}`
}

// TestProofWithoutContext reads both kinds of proof that do not repeat the context: FEP-8b32 had it so at first, and Fedify 2
// signs the document's context but leaves it out.
func TestProofWithoutContext(t *testing.T) {
	public, private := edwards(t)
	config := document{
		"type": proofType, "cryptosuite": proofSuite, "proofPurpose": proofPurpose, "verificationMethod": proofMethod,
		"created": "2026-08-01T10:00:00Z",
	}
	signed := document{"@context": decoded(t, []byte(unproven))["@context"]}
	for key, value := range config {
		signed[key] = value
	}
	for name, options := range map[string]document{"first draft": config, "Fedify": signed} {
		raw, err := json.Marshal(options)
		if err != nil {
			t.Fatal(err)
		}
		hash, err := proofHash(raw, []byte(unproven))
		if err != nil {
			t.Fatal(err)
		}
		proof := map[string]any{"proofValue": "z" + base58.Encode(ed25519.Sign(private, hash))}
		for key, value := range config {
			proof[key] = value
		}
		if got := withProof(t, proof); !holdsFor(t, got, public) {
			t.Errorf("%s: does not hold: %s", name, got)
		}
		proof["created"] = "2026-08-01T10:00:01Z"
		if got := withProof(t, proof); holdsFor(t, got, public) {
			t.Errorf("%s: holds with another time: %s", name, got)
		}
	}
}

func TestProofsOf(t *testing.T) {
	public, private := edwards(t)
	good := decoded(t, []byte(proven(t, unproven, private)))["proof"].(map[string]any)
	changed := func(key string, value any) map[string]any {
		out := map[string]any{}
		for k, v := range good {
			out[k] = v
		}
		if out[key] = value; value == nil {
			delete(out, key)
		}
		return out
	}
	elsewhere := decoded(t, []byte(proven(t, strings.Replace(unproven, "/c/1", "/c/2", 1), private)))["proof"]
	rdfc := changed("cryptosuite", "eddsa-rdfc-2022")
	for name, test := range map[string]struct {
		proof any
		holds bool
	}{
		"one":                        {good, true},
		"a list of one":              {[]any{good}, true},
		"beside one of another kind": {[]any{rdfc, good}, true},
		"beside a wrong one":         {[]any{elsewhere, good}, true},
		"behind other things":        {append([]any{1, "x", nil, []any{}, rdfc}, good), true},
		"another kind":               {rdfc, false},
		"another type":               {changed("type", "Ed25519Signature2020"), false},
		"types":                      {changed("type", []any{"DataIntegrityProof", "X"}), false},
		"another purpose":            {changed("proofPurpose", "authentication"), false},
		"no time":                    {changed("created", nil), false},
		"no real time":               {changed("created", "yesterday"), false},
		"no real end":                {changed("expires", "tomorrow"), false},
		"no value":                   {changed("proofValue", nil), false},
		"a short value":              {changed("proofValue", "z2"), false},
		"an endless value":           {changed("proofValue", "z"+strings.Repeat("2", 90_000)), false},
		"a value in base64":          {changed("proofValue", "u"+strings.Repeat("A", 86)), false},
		"no base58":                  {changed("proofValue", "z"+strings.Repeat("0", 86)), false},
		"no method":                  {changed("verificationMethod", nil), false},
		"a method of another kind":   {changed("verificationMethod", "did:key:"+vectorKey), false},
		"a chain":                    {changed("previousProof", "urn:uuid:1"), false},
		"a challenge":                {changed("challenge", "7"), false},
		"a domain":                   {changed("domain", "peer.example"), false},
		"nothing":                    {nil, false},
		"text":                       {"proof", false},
	} {
		if got := holdsFor(t, withProof(t, test.proof), public); got != test.holds {
			t.Errorf("%s: holds is %t", name, got)
		}
	}
	o, err := scanObject([]byte(withProof(t, []any{good, good, good, good, good, good})))
	if err != nil || len(proofsOf(o)) != maxProofs {
		t.Errorf("%d proofs are tried (%v)", len(proofsOf(o)), err)
	}
}

// FuzzProof checks that whatever is let in has a canonical form, so that it can be passed on under a proof, and that the form
// is one that does not change again.
func FuzzProof(f *testing.F) {
	f.Add([]byte(provenFEP))
	f.Add([]byte(`{"@context":["x"],"n":-0.0,"m":1e-7,"s":"\ud83d\ude00\u20ac\u0007","\ufb33":1,"\u20ac":2}`))
	f.Add([]byte(`{"@context":"x","\ud83d\ude00":1,"\ufb33":[1,-1,-0,0,0.5,1E3,1e21,999999999999999,-99999999999999,9007199254740993],"a\u0001":{}}`))
	f.Add([]byte(`{"@context":"x","\u0061\u00e9":[],"a\ud83d\ude00":"\u001f\b\f\n\r\t\/\"\\\u007f\u2028<&>","aé":[[{}]," é "],"a":{"b":null,"B":true}}`))
	f.Add([]byte(`{"@context":"x","a":1e400,"b":123456789012345678901234567890}`))
	public, private := edwards(f)
	f.Fuzz(func(t *testing.T, raw []byte) {
		o, err := scanObject(raw)
		if err != nil {
			return
		}
		canonical, err := jcs.Transform(raw)
		if err != nil {
			t.Fatalf("no canonical form of %s: %v", raw, err)
		}
		if ours, err := appendCanonical(nil, trimJSON(raw)); err != nil || !bytes.Equal(ours, canonical) {
			t.Fatalf("%s has the form %s, not %s (%v)", raw, canonical, ours, err)
		}
		if again, err := jcs.Transform(canonical); err != nil || !bytes.Equal(again, canonical) {
			t.Fatalf("%s has the forms %s and %s (%v)", raw, canonical, again, err)
		}
		for _, p := range proofsOf(o) {
			p.holds(o, public)
		}
		signed, err := addProof(raw, private, proofMethod, testNow())
		if err != nil {
			return
		}
		if !holdsFor(t, string(signed), public) && o.get("signature") == nil {
			t.Fatalf("the proof does not hold: %s", signed)
		}
	})
}

func BenchmarkAddProof(b *testing.B) {
	_, private := edwards(b)
	raw := []byte(strings.Replace(unproven, `"x"`, `"content":"`+strings.Repeat("word ", 330)+`","x"`, 1))
	b.SetBytes(int64(len(raw)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := addProof(raw, private, proofMethod, testNow()); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkProofHolds(b *testing.B) {
	public, private := edwards(b)
	raw := []byte(proven(b, strings.Replace(unproven, `"x"`, `"content":"`+strings.Repeat("word ", 330)+`","x"`, 1), private))
	o := trimJSON(raw).object()
	b.ReportAllocs()
	for b.Loop() {
		if !proofsOf(o)[0].holds(o, public) {
			b.Fatal("it does not hold")
		}
	}
}

package federation

import (
	"slices"
	"strings"
	"testing"
	"time"

	"folkmoot/group"
	"folkmoot/store"
)

// remoteTerms are the terms that documents of this server take from contexts kept elsewhere.
func remoteTerms() map[string]string {
	return map[string]string{
		activityStreams: "id type url href name summary content source mediaType inbox outbox followers following attributedTo " +
			"endpoints sharedInbox preferredUsername icon image generator published updated deleted formerType actor object to cc " +
			"items orderedItems totalItems first last next prev partOf",
		"https://w3id.org/security/v1":                 "publicKey owner publicKeyPem",
		"https://w3id.org/security/multikey/v1":        "controller publicKeyMultibase",
		dataIntegrity:                                  "proof cryptosuite verificationMethod proofPurpose proofValue created", // the latter within a proof
		"https://purl.archive.org/socialweb/webfinger": "webfinger",
	}
}

// A term that no context defines does not exist for JSON-LD processors: Fedify 2.3.6 saw no Ed25519 key, because nothing told it
// what assertionMethod is.
func TestEveryTermIsDefined(t *testing.T) {
	e := testEncoder()
	for name, encode := range map[string]func() ([]byte, error){
		"group": func() ([]byte, error) { return e.encodeGroup(booksDoc()) },
		"application": func() ([]byte, error) {
			return e.encodeApplication(applicationDoc{Title: "x", Created: time.Unix(1, 0), PublicKeyPEM: groupPEM, Multibase: "z6Mk"})
		},
		"proven": func() ([]byte, error) {
			m := one(t, telling(group.TellBoost), store.FormBoost)
			return m.Body, nil
		},
		"tombstone": func() ([]byte, error) { return encodeTombstone("https://groups.example/x", "Note", time.Unix(1, 0)) },
		"collection": func() ([]byte, error) {
			return encodeCollection(collectionDoc{
				ID: "https://groups.example/x", Ordered: true, Total: 1, URIs: []string{"https://peer.example/1"},
				First: "https://groups.example/x?1", Last: "https://groups.example/x?2", AttributedTo: "https://groups.example/g/b",
			})
		},
	} {
		raw, err := encode()
		if err != nil {
			t.Fatal(err)
		}
		doc := decoded(t, raw)
		defined := definedTerms(t, doc["@context"])
		for _, term := range termsOf(doc) {
			if !slices.Contains(defined, term) {
				t.Errorf("%s: no context defines %s", name, term)
			}
		}
	}
}

// definedTerms lists what a context defines: the terms inline, and those of the contexts it names.
func definedTerms(t *testing.T, context any) []string {
	t.Helper()
	if one, ok := context.(string); ok {
		context = []any{one}
	}
	var out []string
	for _, part := range context.([]any) {
		switch part := part.(type) {
		case string:
			terms, known := remoteTerms()[part]
			if !known {
				t.Errorf("the context %s is not one that peers have at hand", part)
			}
			out = append(out, strings.Fields(terms)...)
		case map[string]any:
			for term := range part {
				out = append(out, term)
			}
		}
	}
	return out
}

func termsOf(v any) []string {
	var out []string
	switch v := v.(type) {
	case []any:
		for _, item := range v {
			out = append(out, termsOf(item)...)
		}
	case map[string]any:
		for key, value := range v {
			if key != "@context" {
				out = append(append(out, key), termsOf(value)...)
			}
		}
	}
	return out
}

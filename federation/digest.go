package federation

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"strings"

	"github.com/dunglas/httpsfv"
)

// maxDigestHeader bounds a Digest or Content-Digest header in bytes: SHA-512 and SHA-256 together need about 160.
const maxDigestHeader = 1024

// digestHeader is the Digest of a body (RFC 3230) as draft-cavage signatures cover it. The name is in upper case and the only
// one because PieFed, NodeBB and Mbin compare the whole header with their own text, and Lemmy reads every part as SHA-256.
func digestHeader(body []byte) string {
	return "SHA-256=" + base64SHA256(body)
}

// contentDigestHeader is the Content-Digest of a body (RFC 9530 section 2) as RFC 9421 signatures cover it.
func contentDigestHeader(body []byte) string {
	return "sha-256=:" + base64SHA256(body) + ":"
}

func base64SHA256(body []byte) string {
	sum := sha256.Sum256(body)
	return base64.StdEncoding.EncodeToString(sum[:])
}

// checkDigest compares a Digest header with the bytes received. Exactly one part must be SHA-256, in any case (Go servers write
// it in lower case); other algorithms are not looked at because none of them is sent alone.
func checkDigest(header string, body []byte) error {
	if len(header) > maxDigestHeader {
		return badSignature("the Digest header has %d bytes", len(header))
	}
	found := false
	for part := range strings.SplitSeq(header, ",") {
		name, sum, _ := strings.Cut(strings.TrimSpace(part), "=")
		if !strings.EqualFold(name, "sha-256") {
			continue
		}
		if found {
			return badSignature("the Digest header names SHA-256 twice")
		}
		if sum != base64SHA256(body) {
			return badSignature("the body is not the one of the Digest header")
		}
		found = true
	}
	if !found {
		return badSignature("the Digest header has no SHA-256")
	}
	return nil
}

// checkContentDigest does for Content-Digest what checkDigest does for Digest.
func checkContentDigest(header string, body []byte) error {
	if len(header) > maxDigestHeader {
		return badSignature("the Content-Digest header has %d bytes", len(header))
	}
	digests, err := strictDictionary("Content-Digest", header)
	if err != nil {
		return err
	}
	member, _ := digests.Get("sha-256")
	item, _ := member.(httpsfv.Item)
	announced, ok := item.Value.([]byte)
	if !ok {
		return badSignature("the Content-Digest header has no sha-256")
	}
	if sum := sha256.Sum256(body); !bytes.Equal(announced, sum[:]) {
		return badSignature("the body is not the one of the Content-Digest header")
	}
	return nil
}

package federation

import (
	"net/http"
	"strconv"
	"strings"
)

// wireRequest is what both signature schemes see of a request, spelled as on the wire: a decoded path or a rewritten host would
// give another signing string than the one the sender had.
type wireRequest struct {
	method string
	origin string // scheme and host; of received requests the configured one, because a proxy hides the scheme
	host   string
	target string // escaped path and query
	header http.Header
	body   []byte
}

// receivedRequest reads an incoming request. Forwarded headers are never looked at: anybody can send them.
func receivedRequest(r *http.Request, body []byte, origin string) wireRequest {
	target := r.RequestURI
	if !strings.HasPrefix(target, "/") { // the absolute form of RFC 9112 section 3.2.2, or a request made by hand
		target = r.URL.RequestURI()
	}
	return wireRequest{
		method: r.Method, origin: strings.TrimSuffix(origin, "/"), host: r.Host, target: target, header: r.Header, body: body,
	}
}

// needsDigest says whether the signature must bind a body.
func (m wireRequest) needsDigest() bool {
	return len(m.body) > 0 || (m.method != http.MethodGet && m.method != http.MethodHead)
}

// single returns a header that may not be repeated: of two, the check could read one and the rest of the server the other.
func (m wireRequest) single(name string, limit int) (string, error) {
	values := m.header.Values(name)
	if len(values) != 1 {
		return "", badSignature("the header %s occurs %d times", name, len(values))
	}
	if len(values[0]) > limit {
		return "", badSignature("the header %s has %d bytes", name, len(values[0]))
	}
	return values[0], nil
}

// field returns the value of a signed header; name is in lower case. Friendica signs content-length, which proxies drop.
func (m wireRequest) field(name string) (string, error) {
	if name == "host" {
		return m.host, nil
	}
	values := m.header.Values(name)
	if len(values) == 0 && name == "content-length" {
		return strconv.Itoa(len(m.body)), nil
	}
	if len(values) == 0 {
		return "", badSignature("the signed header %q is missing", name)
	}
	trimmed := make([]string, len(values))
	for i, value := range values {
		trimmed[i] = strings.TrimSpace(value)
	}
	joined := strings.Join(trimmed, ", ")
	if strings.ContainsAny(joined, "\r\n") { // a line of its own in the signing string would stand for another header
		return "", badSignature("the header %q has a line break", name)
	}
	return joined, nil
}

// split returns the path and the query of the target; found says whether there is a query, even an empty one.
func (m wireRequest) split() (path, query string, found bool) {
	return strings.Cut(m.target, "?")
}

package federation

import (
	"crypto/ed25519"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
)

// A host has one name, however an address is written: that name names itself, and whatever else is said of it agrees.
func FuzzHost(f *testing.F) {
	for _, seed := range []string{
		"https://peer.example/u", "HTTPS://Peer.Example.:443/u?x#y", "http://[2001:db8::1]:8080/", "https://bücher.example", "https://a.example:0443/",
		"https://[::ffff:192.0.2.1]/", "https://a@b/", "https://a..b/", "https://%65.example/", "https://１.example:65536/", "https://a_b.example:/",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, uri string) {
		host, ok := hostOf(uri)
		if slow, slowly := parsedHost(uri); slow != host || slowly != ok {
			t.Fatalf("%q is on %q (%v), but parsed whole on %q (%v)", uri, host, ok, slow, slowly)
		}
		if !ok {
			return
		}
		if again, ok := hostOf("https://" + host); !ok || again != host && !strings.HasSuffix(host, ":443") {
			t.Fatalf("%q is on %q, which is on %q (%v)", uri, host, again, ok)
		}
		if host != strings.ToLower(host) || strings.ContainsAny(host, "/@?#\\% \r\n") || strings.HasSuffix(host, ".") {
			t.Fatalf("%q is on %q", uri, host)
		}
		u, err := url.Parse(uri)
		if err != nil || u.User != nil || u.Scheme != "https" && u.Scheme != "http" {
			t.Fatalf("%q is usable: %v", uri, err)
		}
		if n, err := strconv.Atoi(u.Port()); u.Port() != "" && (err != nil || n < 1 || n > 65535 || strconv.Itoa(n) != u.Port()) {
			t.Fatalf("%q has the port %q", uri, u.Port())
		}
		if !sameHost(uri, uri) || onHostOf(uri, uri) != uri {
			t.Fatalf("%q is not on its own host", uri)
		}
	})
}

// Browsers get pages, whatever else they accept; who accepts no ActivityPub gets none.
func FuzzAccept(f *testing.F) {
	for _, seed := range []string{
		"application/activity+json", `application/ld+json; profile="https://www.w3.org/ns/activitystreams"`, "text/html,application/xhtml+xml,*/*;q=0.8",
		"application/json;q=NaN", "text/html;q=Inf, application/activity+json", "application/activity+json;q=-1", ",;=,", strings.Repeat("a/b,", 1000),
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, accept string) {
		r := &http.Request{Header: http.Header{"Accept": {accept}}}
		lower := strings.ToLower(accept)
		if wantsActivity(r) && !strings.Contains(lower, "application/activity+json") && !strings.Contains(lower, "application/ld+json") && !strings.Contains(lower, "application/json") {
			t.Fatalf("%q asks for a document", accept)
		}
		r.Header.Add("Accept", "text/html;q=1")
		first := wantsActivity(r)
		if r.Header.Set("Accept", accept+", text/html"); !first && wantsActivity(r) && !strings.Contains(accept, `"`) {
			t.Fatalf("%q: two ways to say the same differ", accept)
		}
	})
}

// What is read as a key is one that signatures can be checked with, at a bounded cost.
func FuzzPublicKey(f *testing.F) {
	f.Add("-----BEGIN PUBLIC KEY-----\nMAA=\n-----END PUBLIC KEY-----\n")
	f.Add("-----BEGIN RSA PUBLIC KEY-----\nMAYCAQMCAQM=\n-----END RSA PUBLIC KEY-----\n")
	f.Add(encodeMultikey(keysOf(f, "ann").Ed25519.Public().(ed25519.PublicKey)))
	f.Fuzz(func(t *testing.T, text string) {
		if key, err := parsePublicKeyPEM(text); err == nil && (checkPublicKey(key) != nil || !samePublicKey(key, key)) {
			t.Fatalf("%q is read as %T", text, key)
		}
		if key, err := parseMultikey(text); err == nil && (checkPublicKey(key) != nil || encodeMultikey(key) != text) {
			t.Fatalf("%q is read as %x", text, key)
		}
	})
}

// NodeInfo names a software in one short line, found on the host itself.
func FuzzNodeInfo(f *testing.F) {
	f.Add([]byte(`{"links":[{"rel":"http://nodeinfo.diaspora.software/ns/schema/2.1","href":"https://a.example/nodeinfo/2.1"}]}`))
	f.Add([]byte(`{"version":"2.0","software":{"name":"Mastodon\n","version":"4.4.0"},"metadata":{}}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		if address, err := nodeInfoAddress(raw, "a.example"); err == nil && !sameHost(address, "https://a.example") {
			t.Fatalf("%q is elsewhere", address)
		}
		name, version, err := decodeNodeInfo(raw)
		if err == nil && (name == "" || name != strings.ToLower(name) || len(name)+len(version) > 2*64*4 || strings.ContainsFunc(name+version, isHidden)) {
			t.Fatalf("software %q %q", name, version)
		}
	})
}

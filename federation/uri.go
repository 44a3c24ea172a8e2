package federation

import (
	"net/netip"
	"net/url"
	"strconv"
	"strings"

	"golang.org/x/net/idna"
)

// maxURI is the longest id or link taken from another server, in bytes.
const maxURI = 2048

// validURI says whether s may be used as an id or a link: absolute http or https, at most maxURI bytes, with a host, no
// user name (https://bank.example@evil.example/ is evil.example's) and nothing that parsers read differently.
func validURI(s string) bool {
	if len(s) > maxURI || strings.ContainsFunc(s, oddInURI) {
		return false
	}
	u, err := url.Parse(s)
	if err != nil || u.User != nil || u.Opaque != "" {
		return false
	}
	if u.Scheme != "https" && u.Scheme != "http" {
		return false
	}
	_, ok := canonicalHost(u)
	return ok
}

// oddInURI finds blanks, control characters, backslashes (a slash for browsers) and invisible characters.
func oddInURI(r rune) bool {
	return r <= ' ' || r == '\\' || r == 0x7f || r == '"' || r == '<' || r == '>' || isHidden(r)
}

// hostOf returns the host (with a port unless it is the scheme's own) of an absolute http or https URI in the one spelling
// under which hosts are compared, blocked and counted: lower case, punycode, no final dot. It returns false for anything
// that validURI refuses.
func hostOf(uri string) (string, bool) {
	if !validURI(uri) {
		return "", false
	}
	u, err := url.Parse(uri)
	if err != nil {
		return "", false
	}
	return canonicalHost(u)
}

func canonicalHost(u *url.URL) (string, bool) {
	host := strings.ToLower(u.Hostname())
	if host == "" || strings.ContainsAny(host, "%[]@/") {
		return "", false
	}
	if strings.ContainsFunc(host, func(r rune) bool { return r > 0x7e }) {
		ascii, err := idna.Lookup.ToASCII(host)
		if err != nil {
			return "", false
		}
		host = ascii
	}
	host = strings.TrimSuffix(host, ".")
	if strings.Contains("."+host+".", "..") {
		return "", false // an empty label: no such host, but one more spelling of another
	}
	if strings.Contains(host, ":") {
		ip, err := netip.ParseAddr(host)
		if err != nil || ip.Is4In6() || ip.String() != host {
			return "", false // another spelling of an address that has one
		}
		host = "[" + host + "]"
	}
	port := u.Port()
	if n, err := strconv.ParseUint(port, 10, 16); port != "" && (err != nil || n == 0 || port[0] == '0') {
		return "", false // 0443 would be one more name for 443
	}
	if port == "" || (u.Scheme == "https" && port == "443") || (u.Scheme == "http" && port == "80") {
		return host, true
	}
	return host + ":" + port, true
}

// sameHost says whether two URIs are on one host. Two unusable URIs are not.
func sameHost(a, b string) bool {
	ha, okA := hostOf(a)
	hb, okB := hostOf(b)
	return okA && okB && ha == hb
}

// onHostOf returns uri when it is on the host of id, else "".
func onHostOf(id, uri string) string {
	if sameHost(id, uri) {
		return uri
	}
	return ""
}

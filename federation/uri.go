package federation

import (
	"net/netip"
	"net/url"
	"strconv"
	"strings"

	"golang.org/x/net/idna"
	"golang.org/x/net/publicsuffix"
)

// maxURI is the longest id or link taken from another server, in bytes.
const maxURI = 2048

// validURI says whether s may be used as an id or a link: absolute http or https, at most maxURI bytes, with a host, no
// user name (https://bank.example@evil.example/ is evil.example's) and nothing that parsers read differently.
func validURI(s string) bool {
	_, ok := hostOf(s)
	return ok
}

// oddInURI finds blanks, control characters, backslashes (a slash for browsers) and invisible characters.
func oddInURI(r rune) bool {
	return r <= ' ' || r == '\\' || r == 0x7f || r == '"' || r == '<' || r == '>' || isHidden(r)
}

// plainHost is hostOf for what nearly all URIs are: https, a host in lower case, perhaps a port, and nothing after it that would have to
// be unescaped. Each activity holds a dozen, and each is looked at several times. false says nothing of the URI.
func plainHost(uri string) (host string, ok bool) {
	rest, ok := strings.CutPrefix(uri, "https://")
	if !ok || len(uri) > maxURI {
		return "", false
	}
	end := 0
	for end < len(rest) && isPlain(rest[end], "-.") && (rest[end] < 'A' || rest[end] > 'Z') {
		end++
	}
	host = rest[:end]
	if host == "" || strings.Contains("."+host+".", "..") {
		return "", false
	}
	if end < len(rest) && rest[end] == ':' {
		end += plainPort(rest[end:])
		host = rest[:end]
	}
	for i := end; i < len(rest); i++ {
		if !isPlain(rest[i], "/-._~?=&@#:+,;!") {
			return "", false
		}
	}
	return host, end == len(rest) || rest[end] == '/'
}

// plainPort returns how many bytes at the start of rest are a colon and a port of four or five digits, which is in no other spelling and
// not the one of https; 0 for any other.
func plainPort(rest string) int {
	n, port := 1, 0
	for n < len(rest) && n <= len("65535") && '0' <= rest[n] && rest[n] <= '9' {
		port = 10*port + int(rest[n]-'0')
		n++
	}
	if port < 1000 || port > 65535 || rest[1] == '0' {
		return 0
	}
	return n
}

// isPlain says whether a byte is a letter or digit of ASCII or one of more.
func isPlain(b byte, more string) bool {
	return 'a' <= b && b <= 'z' || '0' <= b && b <= '9' || 'A' <= b && b <= 'Z' || strings.IndexByte(more, b) >= 0
}

// hostOf returns the host (with a port unless it is the scheme's own) of an absolute http or https URI in the one spelling
// under which hosts are compared, blocked and counted: lower case, punycode, no final dot. It returns false for anything
// that validURI refuses.
func hostOf(uri string) (string, bool) {
	if host, ok := plainHost(uri); ok {
		return host, true
	}
	return parsedHost(uri)
}

// parsedHost is hostOf for every spelling.
func parsedHost(uri string) (string, bool) {
	if len(uri) > maxURI || strings.ContainsFunc(uri, oddInURI) {
		return "", false
	}
	u, err := url.Parse(uri)
	if err != nil || u.User != nil || u.Opaque != "" || u.Scheme != "https" && u.Scheme != "http" {
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

// withoutPort is the name of a host as hostOf gives it. One machine answers on as many ports as it likes: what it may use up is counted
// by name.
func withoutPort(host string) string {
	if at := strings.LastIndexByte(host, ':'); at > strings.LastIndexByte(host, ']') {
		return host[:at]
	}
	return host
}

// siteOf names what a host belongs to, as hostOf gives it: the domain that was registered, or the network of an IPv6 address (a /48, as
// they are given away). Whoever has it has as many names and addresses as they like, so that what all of them may use up is counted by
// site. Those who rent names to others are not one site, if the public suffix list knows them.
func siteOf(host string) string {
	name := withoutPort(host)
	if ip, err := netip.ParseAddr(strings.Trim(name, "[]")); err == nil {
		if network, err := ip.Prefix(48); err == nil && ip.Is6() {
			return network.String()
		}
		return name
	}
	if site, err := publicsuffix.EffectiveTLDPlusOne(name); err == nil {
		return site
	}
	return name
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

package federation

import (
	"strings"
	"testing"
)

func TestHostOf(t *testing.T) {
	tests := []struct{ uri, host string }{ // host "" means refused
		{"https://a.example/u/ann#main-key", "a.example"},
		{"http://127.0.0.1:8080/x", "127.0.0.1:8080"},
		{"https://[::1]:8443/x", "[::1]:8443"},
		{"https://A.Example/x", "a.example"},
		{"HTTPS://a.example/x", "a.example"},
		{"https://a.example:443/x", "a.example"},
		{"http://a.example:80/x", "a.example"},
		{"https://a.example:80/x", "a.example:80"},
		{"https://a.example./x", "a.example"},
		{"https://müller.example/x", "xn--mller-kva.example"},
		{"https://good。example/x", "good.example"},
		{"https://good.example。/x", "good.example"},
		{"https://a.example../x", ""},
		{"https://a..example/x", ""},
		{"https://.a.example/x", ""},
		{"https://müller.example../x", ""},
		{"https://./x", ""},
		{"https://a.example", "a.example"},
		{"https://a.example/" + strings.Repeat("x", maxURI-18), "a.example"},
		{"https://a.example/" + strings.Repeat("x", maxURI), ""},
		{"", ""},
		{"a.example/x", ""},
		{"/x", ""},
		{"//a.example/x", ""},
		{"https:a.example", ""},
		{"https:///x", ""},
		{"https://:443/x", ""},
		{"ftp://a.example/x", ""},
		{"javascript:alert(1)", ""},
		{"javascript://a.example/%0aalert(1)", ""},
		{"data:text/html,x", ""},
		{"acct:ann@a.example", ""},
		{"did:key:z6Mk", ""},
		{"urn:uuid:1", ""},
		{"https://ann@a.example/x", ""},
		{"https://good.example@evil.example/x", ""},
		{"https://good.example\\@evil.example/x", ""},
		{"https://a.example\\x", ""},
		{"https://a.example/x y", ""},
		{" https://a.example/x", ""},
		{"https://a.example/x\n", ""},
		{"https://a.example/\u202egnp.exe", ""},
		{"https://a.ex\u200bample/x", ""},
		{"https://a%2eexample/x", ""},
		{"https://a.example:x/", ""},
		{"https://a.example?x/y", "a.example"},
		{"https://a.example#x", "a.example"},
		{"https://a.example/x/../y;z=1,2!", "a.example"},
		{"https://-/x", "-"},
		{"https://a.example:8443/x", "a.example:8443"},
		{"https://a.example:8443", "a.example:8443"},
		{"https://a.example:0443/x", ""},
		{"https://a.example:84430/x", ""},
		{"https://a.example:65535/x", "a.example:65535"},
		{"https://a.example:4430x/x", ""},
	}
	for _, test := range tests {
		host, ok := hostOf(test.uri)
		if host != test.host || ok != (test.host != "") {
			t.Errorf("hostOf(%.60q) = %q, %v; want %q", test.uri, host, ok, test.host)
		}
		if validURI(test.uri) != ok {
			t.Errorf("validURI and hostOf disagree on %.60q", test.uri)
		}
	}
}

func TestSameHost(t *testing.T) {
	tests := []struct {
		a, b string
		same bool
	}{
		{"https://a.example/1", "https://A.EXAMPLE:443/2", true},
		{"https://a.example/1", "https://b.example/1", false},
		{"https://a.example/1", "https://a.example.evil.example/1", false},
		{"https://a.example/1", "https://evil.example/https://a.example/1", false},
		{"https://a.example/1", "https://sub.a.example/1", false},
		{"https://a.example/1", "https://a.example:8443/1", false},
		{"", "", false},
		{"nonsense", "nonsense", false},
	}
	for _, test := range tests {
		if sameHost(test.a, test.b) != test.same || sameHost(test.b, test.a) != test.same {
			t.Errorf("sameHost(%q, %q) is not %v", test.a, test.b, test.same)
		}
	}
}

func TestWithoutPort(t *testing.T) {
	for host, want := range map[string]string{
		"a.example": "a.example", "a.example:8443": "a.example", "127.0.0.1:8080": "127.0.0.1", "[::1]": "[::1]", "[::1]:8443": "[::1]", "": "",
	} {
		if got := withoutPort(host); got != want {
			t.Errorf("withoutPort(%q) = %q, want %q", host, got, want)
		}
	}
}

// All names, ports and addresses that one owner may make up are one site; what is rented to others is not.
func TestSiteOf(t *testing.T) {
	for host, want := range map[string]string{
		"a.example": "a.example", "b.a.example:8443": "a.example", "c.b.a.co.uk": "a.co.uk", "co.uk": "co.uk", "me.github.io": "me.github.io",
		"sub.xn--bcher-kva.example": "xn--bcher-kva.example", "localhost:3000": "localhost", "127.0.0.1:8080": "127.0.0.1",
		"[2001:db8:1:2:3::4]:8443": "2001:db8:1::/48", "[2001:db8:1:2::5]": "2001:db8:1::/48", "": "",
	} {
		if got := siteOf(host); got != want {
			t.Errorf("siteOf(%q) = %q, want %q", host, got, want)
		}
	}
}

package web

import (
	"net/url"
	"strings"
	"testing"
)

// Whatever people enter as their server, the link that comes of it leads to a plain host by https, or there is none.
func FuzzServerOf(f *testing.F) {
	for _, seed := range []string{"mastodon.example", "@ann@Mastodon.example", "https://a.example/@x?y#z", "javascript:alert(1)", "a.example:443@evil.example", "bücher.example", "a..b", "１２７.0.0.1"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, entered string) {
		host := serverOf(entered)
		if host == "" {
			return
		}
		u, err := url.Parse("https://" + host + "/authorize_interaction")
		if err != nil || u.Host != host || u.User != nil || u.Path != "/authorize_interaction" || !strings.Contains(u.Hostname(), ".") || host != strings.ToLower(host) {
			t.Fatalf("%q is read as %q (%v)", entered, host, err)
		}
		if again := serverOf(host); again != host {
			t.Fatalf("%q is read as %q, and that as %q", entered, host, again)
		}
	})
}

package main

import (
	"net/http"
	"net/netip"
	"strings"
	"testing"
)

// Who asked is whoever the trusted proxies say, and never what a client wrote before them.
func FuzzClientAddress(f *testing.F) {
	f.Add("192.0.2.1")
	f.Add("10.0.0.1, 192.0.2.1,, ::ffff:10.0.0.2")
	f.Add("unknown, \"[2001:db8::1]:443\"")
	trusted := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}
	f.Fuzz(func(t *testing.T, forwarded string) {
		r := &http.Request{RemoteAddr: "198.51.100.7:1234", Header: http.Header{"X-Forwarded-For": {forwarded}}}
		if got := clientAddress(r, trusted); got != "198.51.100.7" {
			t.Fatalf("without a proxy %q makes it %q", forwarded, got)
		}
		r.RemoteAddr = "10.0.0.1:1234"
		got := clientAddress(r, trusted)
		if _, err := netip.ParseAddr(got); err != nil {
			t.Fatalf("%q makes it %q", forwarded, got)
		}
		if strings.ContainsAny(forwarded, "\r\n") {
			return // no header has these
		}
		r.Header.Set("X-Forwarded-For", forwarded+", 192.0.2.9")
		if got := clientAddress(r, trusted); got != "192.0.2.9" {
			t.Fatalf("%q before what the proxy wrote makes it %q", forwarded, got)
		}
	})
}

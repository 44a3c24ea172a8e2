package federation

import (
	"path/filepath"
	"testing"
	"time"

	"folkmoot/store"
)

// The store names hosts as the wire does, so that what is known of one spelling of a server holds for all.
func TestTheStoreNamesHostsAsTheWireDoes(t *testing.T) {
	s, err := store.Open(store.Options{Path: filepath.Join(t.TempDir(), "folkmoot.db"), Origin: "https://groups.example"})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for _, uri := range []string{
		"https://peer.example/u/1", "https://PEER.example/u/2", "https://peer.example:443/u/3", "https://peer.example./u/4",
		"http://peer.example:80/u/5", "https://peer.example:8443/u/6", "http://peer.example:443/u/7", "https://bücher.example/u/8",
		"https://xn--bcher-kva.example/u/9", "https://[2001:db8::1]/u/10", "https://[2001:db8::1]:8443/u/11", "https://192.0.2.1/u/12",
		"https://a_b.example/u/13",
	} {
		want, ok := hostOf(uri)
		if !ok {
			t.Fatalf("%s is no address", uri)
		}
		if err := s.SaveActor(t.Context(), store.Actor{URI: uri, Fetched: time.Unix(1, 0)}); err != nil {
			t.Fatal(err)
		}
		if a, err := s.Actor(t.Context(), uri); err != nil || a.Host != want {
			t.Errorf("%s is on %q for the store and on %q for the wire (%v)", uri, a.Host, want, err)
		}
	}
}

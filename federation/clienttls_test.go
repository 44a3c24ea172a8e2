package federation

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"testing"
	"time"
)

// A server that shows too many certificates is none that anything is sent to or fetched from; what it asks to be kept of it is not, if it
// is much.
func TestAServerMayNotFillTheMemory(t *testing.T) {
	for name, tt := range map[string]struct {
		names, ticket int // of a certificate more than needed, and bytes of the ticket, 0 for the usual one
		works, again  bool
	}{
		"as usual":          {works: true, again: true},
		"some certificates": {names: 200, works: true, again: true},
		"many certificates": {names: 2000},
		"a large ticket":    {ticket: 60 << 10, works: true},
	} {
		t.Run(name, func(t *testing.T) {
			c, base := fatServer(t, tt.names, tt.ticket)
			for i := range 2 {
				if _, err := c.Post(t.Context(), base+"/inbox", []byte("{}"), nil); (err == nil) != tt.works {
					t.Errorf("delivery %d: %v", i, err)
				}
				if _, _, err := c.Get(t.Context(), base+"/actor", acceptAS, 1000); (err == nil) != tt.works {
					t.Errorf("document %d: %v", i, err)
				}
			}
			if _, known := c.carrier.(*carrier).tls.ClientSessionCache.Get("example.com"); known != tt.again {
				t.Errorf("a session is kept: %t", known)
			}
		})
	}
}

// fatServer is a server with a certificate of so many names behind its own, and tickets of so many bytes.
func fatServer(t *testing.T, names, ticket int) (c *Client, base string) {
	t.Helper()
	s := httptest.NewUnstartedServer(activityHandler(`{"@context": "https://www.w3.org/ns/activitystreams", "id": "https://example.com/actor"}`))
	s.StartTLS()
	t.Cleanup(s.Close)
	own := s.TLS.Certificates[0]
	if names > 0 {
		own.Certificate = append(own.Certificate[:1:1], certificateOf(t, names))
	}
	s.TLS.GetConfigForClient = func(*tls.ClientHelloInfo) (*tls.Config, error) {
		config := &tls.Config{Certificates: []tls.Certificate{own}, MinVersion: tls.VersionTLS13}
		if ticket > 0 {
			config.WrapSession = func(tls.ConnectionState, *tls.SessionState) ([]byte, error) { return make([]byte, ticket), nil }
		}
		return config, nil
	}
	c = NewClient(ClientOptions{
		Hosts: map[string]string{"example.com": s.Listener.Addr().String()}, AllowCIDRs: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")},
	})
	t.Cleanup(c.CloseIdle)
	c.carrier.(*carrier).tls.RootCAs = s.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs
	return c, "https://example.com"
}

func certificateOf(t *testing.T, names int) []byte {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour)}
	for i := range names {
		c.DNSNames = append(c.DNSNames, fmt.Sprintf("name-%04d.example", i))
	}
	raw, err := x509.CreateCertificate(rand.Reader, c, c, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

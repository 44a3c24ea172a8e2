package federation

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// loopback starts a server for each host at an address of this machine and returns a client that reaches them by name over
// http, and nothing else: what the client may connect to is 127.0.0.1 alone.
func loopback(t *testing.T, hosts map[string]http.HandlerFunc, change ...func(*ClientOptions)) *Client {
	t.Helper()
	o := ClientOptions{
		UserAgent: "Folkmoot/test (+https://groups.example)", AllowHTTP: true, Hosts: map[string]string{},
		AllowCIDRs: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}, Now: testNow,
	}
	for name, h := range hosts {
		server := httptest.NewServer(h)
		t.Cleanup(server.Close)
		o.Hosts[name] = server.Listener.Addr().String()
	}
	for _, f := range change {
		f(&o)
	}
	c := NewClient(o)
	t.Cleanup(c.CloseIdle)
	return c
}

// activityHandler serves one ActivityPub document at every path.
func activityHandler(body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/activity+json")
		_, _ = io.WriteString(w, body)
	}
}

func wantError(t *testing.T, what string, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("%s: got %v, want %v", what, err, want)
	}
}

// canary counts connections to an address nobody may be led to.
type canary struct {
	address string
	count   atomic.Int32
}

func newCanary(t *testing.T, address string) *canary {
	t.Helper()
	var lc net.ListenConfig
	l, err := lc.Listen(t.Context(), "tcp", address)
	if err != nil {
		t.Skipf("this machine has no address %s, which the test needs: %v", address, err)
	}
	c := &canary{address: l.Addr().String()}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			c.count.Add(1)
			conn.Close()
		}
	}()
	return c
}

// features are all the ways to make the client talk to a host.
func features(t *testing.T, c *Client) map[string]func(host string) error {
	ctx := t.Context()
	return map[string]func(string) error{
		"object": func(host string) error { _, err := c.Object(ctx, "http://"+host+"/u"); return err },
		"get":    func(host string) error { _, _, err := c.Get(ctx, "http://"+host+"/u", "*/*", 100); return err },
		"post":   func(host string) error { _, err := c.Post(ctx, "http://"+host+"/inbox", nil, nil); return err },
		"call": func(host string) error {
			_, _, err := c.call(ctx, Call{Method: http.MethodGet, URI: "http://" + host + "/u"})
			return err
		},
		"handle": func(host string) error { _, err := c.LookupHandle(ctx, "@ann@"+host); return err },
		"nodeinfo": func(host string) error {
			_, _, err := c.Software(ctx, host)
			return err
		},
	}
}

// FET-01, FET-02: no feature reaches an address of the server's own network, however it is written.
func TestNoFeatureReachesPrivateAddresses(t *testing.T) {
	t.Run("FET-01 FET-02", func(t *testing.T) {
		canaries := []*canary{newCanary(t, "127.0.0.2:0"), newCanary(t, "[::1]:0")}
		_, four, _ := strings.Cut(canaries[0].address, ":")
		six := canaries[1].address[strings.LastIndexByte(canaries[1].address, ':')+1:]
		hosts := []string{
			"127.0.0.2:" + four, "[::ffff:127.0.0.2]:" + four, "[::ffff:7f00:2]:" + four, "2130706434:" + four, "0x7f000002:" + four,
			"127.2:" + four, "0177.0.0.2:" + four, "127.0.0.2.:" + four, "[::1]:" + six, "[0:0:0:0:0:0:0:1]:" + six, "[::]:" + six,
			"0.0.0.0:" + four, "evil.example:80", "evil.example",
		}
		c := loopback(t, nil, func(o *ClientOptions) { o.Hosts["evil.example"] = canaries[0].address })
		for name, ask := range features(t, c) {
			for _, host := range hosts {
				if err := ask(host); !errors.Is(err, ErrBlockedAddress) && !errors.Is(err, ErrBadURL) {
					t.Errorf("%s at %s: %v", name, host, err)
				}
			}
		}
		for _, canary := range canaries {
			if n := canary.count.Load(); n != 0 {
				t.Errorf("%s got %d connections", canary.address, n)
			}
		}
	})
}

// FET-01: the well-known private networks; nothing listens there, so a try would end in another error, if at all.
func TestPrivateNetworksAreRefusedAtOnce(t *testing.T) {
	t.Run("FET-01", func(t *testing.T) {
		c := loopback(t, nil)
		for _, host := range []string{
			"169.254.169.254", "10.0.0.1", "172.16.0.1", "192.168.0.1", "100.64.0.1", "[fc00::1]", "[fe80::1]", "127.0.0.1:22",
			"127.0.0.1:25", "127.0.0.1:6379", "[64:ff9b::a00:1]", "[2002:7f00:1::]",
		} {
			_, err := c.Object(t.Context(), "http://"+host+"/u")
			wantError(t, host, err, ErrBlockedAddress)
		}
	})
}

// FET-03: what counts is the address connected to. A name server that answers with a private address, alone or beside an
// allowed one, or with another one each time, changes nothing.
func TestNameServersCannotLeadInside(t *testing.T) {
	t.Run("FET-03", func(t *testing.T) {
		inside := newCanary(t, "127.0.0.2:0")
		_, port, _ := strings.Cut(inside.address, ":")
		var asked atomic.Int32
		resolver := nameServer(t, func(name string) [][4]byte {
			switch asked.Add(1); name {
			case "both.example":
				return [][4]byte{{127, 0, 0, 2}, {10, 0, 0, 1}}
			case "rebind.example":
				if asked.Load()%2 == 0 {
					return [][4]byte{{127, 0, 0, 2}}
				}
				return [][4]byte{{127, 0, 0, 1}}
			}
			return [][4]byte{{127, 0, 0, 2}}
		})
		c := loopback(t, nil, func(o *ClientOptions) { o.Resolver = resolver })
		for _, host := range []string{"private.example", "both.example"} {
			_, err := c.Object(t.Context(), "http://"+host+":"+port+"/u")
			wantError(t, host, err, ErrBlockedAddress)
		}
		for range 4 {
			if _, err := c.Object(t.Context(), "http://rebind.example:"+port+"/u"); err == nil {
				t.Error("an answer although nobody listens at the allowed address")
			}
		}
		if asked.Load() == 0 || inside.count.Load() != 0 {
			t.Errorf("%d names asked, %d connections inside", asked.Load(), inside.count.Load())
		}
	})
}

func TestNameServerIsUsed(t *testing.T) {
	resolver := nameServer(t, func(string) [][4]byte { return [][4]byte{{127, 0, 0, 1}} })
	server := httptest.NewServer(activityHandler("{}"))
	defer server.Close()
	c := loopback(t, nil, func(o *ClientOptions) { o.Resolver = resolver })
	_, port, _ := strings.Cut(server.Listener.Addr().String(), ":")
	if _, _, err := c.Get(t.Context(), "http://somewhere.example:"+port+"/", "*/*", 10); err != nil {
		t.Error(err)
	}
}

func TestAddress(t *testing.T) {
	t.Run("FET-02", func(t *testing.T) {
		c := NewClient(ClientOptions{})
		for uri, want := range map[string]string{
			"https://a.example/u/1":                  "https://a.example/u/1",
			"https://A.Example.:443/u/1?q=%2F#key":   "https://a.example/u/1?q=%2F",
			"https://a.example:8443/U/%C3%A4":        "https://a.example:8443/U/%C3%A4",
			"https://grüße.example/":                 "https://xn--gre-6ka8l.example/",
			"https://8.8.8.8/":                       "https://8.8.8.8/",
			"https://[2A00::1]:8080/":                "https://[2a00::1]:8080/",
			"https://1.example/":                     "https://1.example/",
			"http://a.example/":                      "",
			"ftp://a.example/":                       "",
			"file:///etc/passwd":                     "",
			"gopher://a.example/":                    "",
			"data:text/html,x":                       "",
			"//a.example/":                           "",
			"a.example":                              "",
			"":                                       "",
			"https://":                               "",
			"https://good@127.0.0.1/":                "",
			"https://good:x@a.example/":              "",
			`https://a.example\@127.0.0.1/`:          "",
			"https://a.example /":                    "",
			"https://a.example\r\nHost: b/":          "",
			"https://2130706433/":                    "",
			"https://0x7f000001/":                    "",
			"https://0x7f.1/":                        "",
			"https://127.1/":                         "",
			"https://0177.0.0.1/":                    "",
			"https://127.0.0.1.1/":                   "",
			"https://[::1%25lo]/":                    "",
			"https://a_b.example/":                   "https://a_b.example/",
			"https://a.example;b/":                   "",
			"https://a,b.example/":                   "",
			"https://" + strings.Repeat("a", 3000):   "",
			"https://a.example:99999999999/":         "",
			"https://a.example/\u202egnp.exe":        "",
			"https://１２７.0.0.1/":                     "https://127.0.0.1/",
			"https://a.example/a/../../b?x=/../#../": "https://a.example/a/../../b?x=/../",
		} {
			u, err := c.address(uri)
			switch {
			case want == "" && !errors.Is(err, ErrBadURL):
				t.Errorf("%q: %v, %v", uri, u, err)
			case want != "" && (err != nil || u.String() != want):
				t.Errorf("%q: %v, %v, want %s", uri, u, err, want)
			}
		}
	})
}

// FET-07: a certificate nobody vouches for is refused.
func TestSelfSignedIsRefused(t *testing.T) {
	t.Run("FET-07", func(t *testing.T) {
		server := httptest.NewTLSServer(activityHandler(`{"id":"https://peer.example/u"}`))
		server.Config.ErrorLog = log.New(io.Discard, "", 0)
		defer server.Close()
		c := loopback(t, nil, func(o *ClientOptions) { o.Hosts["peer.example"] = server.Listener.Addr().String() })
		if body, err := c.Object(t.Context(), "https://peer.example/u"); err == nil {
			t.Errorf("got %s", body)
		}
	})
}

func TestHTTPIsRefused(t *testing.T) {
	t.Run("FET-07", func(t *testing.T) {
		c := loopback(t, map[string]http.HandlerFunc{"peer.example": activityHandler("{}")}, func(o *ClientOptions) { o.AllowHTTP = false })
		_, err := c.Object(t.Context(), "http://peer.example/u")
		wantError(t, "http", err, ErrBadURL)
		if _, _, err := c.Software(t.Context(), "peer.example"); err == nil {
			t.Error("NodeInfo over http")
		}
	})
}

// FET-06: whatever a server does not do in time ends the call.
func TestSlowServers(t *testing.T) {
	t.Run("FET-06", func(t *testing.T) {
		done := make(chan struct{})
		c := loopback(t, map[string]http.HandlerFunc{
			"headers.example": func(http.ResponseWriter, *http.Request) { <-done },
			"body.example": func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "application/activity+json")
				w.Header().Set("Content-Length", "100")
				_, _ = io.WriteString(w, `{"id":`)
				_ = http.NewResponseController(w).Flush()
				<-done
			},
		}, func(o *ClientOptions) { o.Timeout = 50 * time.Millisecond })
		t.Cleanup(func() { close(done) }) // before the server's own clean-up, which waits for its handlers
		for name, ask := range features(t, c) {
			for _, host := range []string{"headers.example", "body.example"} {
				if name == "post" && host == "body.example" {
					continue // the status is there: that is an answer
				}
				wantError(t, name+" at "+host, ask(host), context.DeadlineExceeded)
			}
		}
		if res, err := c.Post(t.Context(), "http://body.example/inbox", nil, nil); err != nil || res.Status != http.StatusOK {
			t.Errorf("POST whose answer never ends: %+v, %v", res, err)
		}
	})
}

// FET-06: a TLS handshake that stalls.
func TestSilentTLS(t *testing.T) {
	t.Run("FET-06", func(t *testing.T) {
		var lc net.ListenConfig
		l, err := lc.Listen(t.Context(), "tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close() // connections wait in its queue and are never taken
		c := loopback(t, nil, func(o *ClientOptions) {
			o.Hosts["silent.example"], o.Timeout = l.Addr().String(), 50*time.Millisecond
		})
		_, err = c.Object(t.Context(), "https://silent.example/u")
		wantError(t, "handshake", err, context.DeadlineExceeded)
	})
}

func TestEndOfTheCallersPatience(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	c := loopback(t, map[string]http.HandlerFunc{"peer.example": func(_ http.ResponseWriter, r *http.Request) {
		cancel()
		<-r.Context().Done()
	}})
	_, err := c.Object(ctx, "http://peer.example/u")
	wantError(t, "cancelled", err, context.Canceled)
}

func TestNetworkError(t *testing.T) {
	timeout := &net.OpError{Op: "dial", Err: timeoutError{}}
	wantError(t, "timeout of another clock", networkError(fmt.Errorf("x: %w", timeout)), context.DeadlineExceeded)
	wantError(t, "other", networkError(io.ErrUnexpectedEOF), io.ErrUnexpectedEOF)
}

type timeoutError struct{}

func (timeoutError) Error() string   { return "i/o timeout" }
func (timeoutError) Timeout() bool   { return true }
func (timeoutError) Temporary() bool { return true }

// FET-12: the software says who it is.
func TestUserAgent(t *testing.T) {
	t.Run("FET-12", func(t *testing.T) {
		var got atomic.Value
		c := loopback(t, map[string]http.HandlerFunc{"peer.example": func(_ http.ResponseWriter, r *http.Request) {
			got.Store(r.Method + " " + r.UserAgent() + " " + r.Host)
		}})
		for name, ask := range features(t, c) {
			_ = ask("peer.example")
			if s, _ := got.Swap("").(string); !strings.Contains(s, " Folkmoot/test (+https://groups.example) peer.example") {
				t.Errorf("%s: %q", name, s)
			}
		}
	})
}

// Servers close connections that were idle for long just when the next delivery comes: that is no failure of the server.
func TestDeliveryOnAConnectionThatIsClosing(t *testing.T) {
	var bodies []string
	seen := map[string]bool{}
	c := loopback(t, map[string]http.HandlerFunc{"peer.example": func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if seen[r.RemoteAddr] { // the second on one connection: closed without an answer
			conn, _, err := http.NewResponseController(w).Hijack()
			if err == nil {
				conn.Close()
			}
			return
		}
		seen[r.RemoteAddr] = true
		bodies = append(bodies, string(body))
		w.WriteHeader(http.StatusAccepted)
	}})
	for _, body := range []string{"one", "two", "three"} {
		res, err := c.Post(t.Context(), "http://peer.example/inbox", []byte(body), nil)
		if err != nil || res.Status != http.StatusAccepted {
			t.Fatalf("%s: %+v, %v", body, res, err)
		}
	}
	if got := strings.Join(bodies, " "); got != "one two three" {
		t.Errorf("arrived: %s", got)
	}
}

package federation

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// ErrBadURL says that an address from another server is none this one would ever ask.
var ErrBadURL = errors.New("unusable address")

const (
	defaultTimeout = 10 * time.Second // as long as Mastodon and Lemmy wait
	maxRedirects   = 3

	// defaultKept is how many connections are kept. A group's hosts come in the same order with each post: if they are more, every
	// connection is closed before its turn comes again, and each delivery costs a TLS handshake. A kept one costs some 20 KiB.
	defaultKept = 8192
	keptToFetch = 256 // beside those, of what documents are fetched over
)

// ClientOptions say how other servers are asked.
type ClientOptions struct {
	UserAgent  string            // names the software, its version and this server
	AllowCIDRs []netip.Prefix    // private addresses that may be connected to; none unless peers live there
	Resolver   string            // host:port of the name server; "" for the system's
	Hosts      map[string]string // name or name:port to the ip:port to connect to instead; for tests and trying out
	AllowHTTP  bool              // also http, without encryption; for tests and trying out
	Transport  http.RoundTripper // carries requests instead of the network, unchecked; for tests within one process
	Timeout    time.Duration     // for each call with all it takes; 0 for ten seconds
	Kept       int               // connections kept for the next delivery; 0 for 8,192
	Now        func() time.Time  // nil for the real clock

	// Sign signs a GET (with a nil body); nil sends it unsigned. Servers in secure mode answer only signed ones.
	Sign func(r *http.Request, body []byte) error
}

// Client is the one way to other servers: every connection goes through the same checks, limits and pool.
type Client struct {
	http      *http.Client
	carrier   http.RoundTripper // of deliveries
	userAgent string
	allowHTTP bool
	timeout   time.Duration
	now       func() time.Time
	sign      func(*http.Request, []byte) error
}

// NewClient makes a client.
func NewClient(o ClientOptions) *Client {
	c := &Client{userAgent: o.UserAgent, allowHTTP: o.AllowHTTP, timeout: o.Timeout, now: o.Now, sign: o.Sign}
	if c.timeout == 0 {
		c.timeout = defaultTimeout
	}
	if c.now == nil {
		c.now = time.Now
	}
	transport := o.Transport
	c.carrier = transport
	if transport == nil {
		d, kept := newDialer(o.AllowCIDRs, o.Resolver, o.Hosts), orDefault(o.Kept, defaultKept)
		config := newTLS(kept)
		transport, c.carrier = newTransport(d, config), newCarrier(d.dial, config, kept)
	}
	c.http = &http.Client{
		Transport: transport,
		// Each address on the way is checked and each request signed anew, so redirects are not followed down here.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return c
}

// newTransport sets no Proxy: a proxy from the environment would resolve names where nobody checks the addresses.
func newTransport(d *dialer, config *tls.Config) *http.Transport {
	return &http.Transport{
		DialContext:            d.dial,
		TLSClientConfig:        config,
		TLSHandshakeTimeout:    dialTimeout,
		ResponseHeaderTimeout:  defaultTimeout,
		IdleConnTimeout:        keptFor,
		MaxIdleConns:           keptToFetch,
		MaxIdleConnsPerHost:    keptPerHost,
		MaxConnsPerHost:        maxWindow,
		MaxResponseHeaderBytes: maxHead,
	}
}

// CloseIdle closes the connections nobody uses at the moment.
func (c *Client) CloseIdle() {
	c.http.CloseIdleConnections()
	if own, ok := c.carrier.(*carrier); ok {
		own.drop(time.Now())
	}
}

// address reads a URL that is to be asked: https (or http if allowed), a host that is a name or a plain IP address, without
// the fragment, which is never sent. The host comes in the spelling it is compared in.
func (c *Client) address(uri string) (*url.URL, error) {
	host, ok := hostOf(uri)
	if !ok {
		return nil, fmt.Errorf("%w: %q", ErrBadURL, cutRunes(uri, 200))
	}
	u, err := url.Parse(uri)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrBadURL, err)
	}
	u.Host, u.Fragment, u.RawFragment = host, "", ""
	if u.Scheme != "https" && !c.allowHTTP {
		return nil, fmt.Errorf("%w: %q is not https", ErrBadURL, cutRunes(uri, 200))
	}
	if !isHostName(u.Hostname()) {
		return nil, fmt.Errorf("%w: %q is no host", ErrBadURL, u.Hostname())
	}
	if port := u.Port(); port != "" {
		if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
			return nil, fmt.Errorf("%w: there is no port %q", ErrBadURL, cutRunes(port, 20))
		}
	}
	return u, nil
}

// isHostName refuses spellings of addresses that resolvers read and people do not: 2130706433, 0x7f.1, 127.1, 0177.0.0.1. As
// in the WHATWG URL standard, a host whose last part is a number is either an IPv4 address in four parts or nothing.
func isHostName(host string) bool {
	if _, err := netip.ParseAddr(host); err == nil {
		return true
	}
	last := host[strings.LastIndexByte(host, '.')+1:]
	if strings.HasPrefix(last, "0x") || strings.Trim(last, "0123456789") == "" {
		return false
	}
	return !strings.ContainsFunc(host, func(r rune) bool {
		return !('a' <= r && r <= 'z' || '0' <= r && r <= '9' || r == '-' || r == '.' || r == '_')
	})
}

// send sends one request. What goes wrong on the way is told without the URL, which callers know, and as
// context.DeadlineExceeded whenever time ran out, whichever clock noticed.
func (c *Client) send(r *http.Request) (*http.Response, error) { return c.sendOver(c.http.Do, r) }

func (c *Client) sendOver(do func(*http.Request) (*http.Response, error), r *http.Request) (*http.Response, error) {
	if c.userAgent != "" {
		r.Header.Set("User-Agent", c.userAgent)
	}
	res, err := do(r)
	if err != nil {
		return nil, networkError(err)
	}
	return res, nil
}

func networkError(err error) error {
	if wrapped := (*url.Error)(nil); errors.As(err, &wrapped) {
		err = wrapped.Err
	}
	timeout := net.Error(nil)
	if errors.As(err, &timeout) && timeout.Timeout() && !errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("%w: %w", context.DeadlineExceeded, err)
	}
	return err
}

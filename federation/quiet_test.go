package federation

import (
	"bufio"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"sync/atomic"
	"testing"
	"time"
)

const sorry = "HTTP/1.1 503 Sorry\r\nContent-Length: 0\r\n\r\n"

// talker serves connections, each with its number, until the test ends.
func talker(t *testing.T, talk func(n int32, conn net.Conn)) (address string) {
	t.Helper()
	var lc net.ListenConfig
	l, err := lc.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	var n atomic.Int32
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				talk(n.Add(1), conn)
			}()
		}
	}()
	return l.Addr().String()
}

// hear reads one request.
func hear(lines *bufio.Reader) error {
	r, err := http.ReadRequest(lines)
	if err == nil {
		_, err = io.Copy(io.Discard, r.Body)
	}
	return err
}

// What comes on a connection that nobody uses is not the answer to the next delivery, and spoils none.
func TestNobodyAnswersBeforeTheyAreAsked(t *testing.T) {
	for name, tt := range map[string]struct{ first, later string }{
		"a second answer": {taken, taken},
		"408 when idle":   {taken, "HTTP/1.1 408 Request Time-out\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"},
		"410":             {taken, "HTTP/1.1 410 Gone\r\nContent-Length: 0\r\n\r\n"},
		"body of a 204":   {"HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n", "hello"},
		"an empty line":   {taken, "\r\n"},
	} {
		t.Run(name, func(t *testing.T) {
			say, said := make(chan struct{}), make(chan struct{})
			address := talker(t, func(n int32, conn net.Conn) {
				lines := bufio.NewReader(conn)
				if n == 1 && hear(lines) == nil {
					_, _ = io.WriteString(conn, tt.first)
					<-say
					_, _ = io.WriteString(conn, tt.later)
					close(said)
				}
				for hear(lines) == nil {
					_, _ = io.WriteString(conn, sorry)
				}
			})
			c := loopback(t, nil, func(o *ClientOptions) { o.Hosts["peer.example"] = address })
			if _, err := c.Post(t.Context(), "http://peer.example/inbox", []byte("{}"), nil); err != nil {
				t.Fatal(err)
			}
			close(say)
			<-said
			for i := range 2 {
				res, err := c.Post(t.Context(), "http://peer.example/inbox", []byte("{}"), nil)
				if err != nil || res.Status != http.StatusServiceUnavailable {
					t.Errorf("delivery %d after it: %+v, %v", i+1, res, err)
				}
			}
		})
	}
}

// By TLS a second answer may have been read together with the first, in a record of its own.
func TestNobodyAnswersBeforeTheyAreAskedByTLS(t *testing.T) {
	s := httptest.NewTLSServer(nil)
	defer s.Close()
	pool := s.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs
	address := talker(t, func(n int32, plain net.Conn) {
		held := &corked{Conn: plain}
		conn := tls.Server(held, &tls.Config{Certificates: s.TLS.Certificates, MinVersion: tls.VersionTLS13})
		lines := bufio.NewReader(conn)
		if n == 1 && hear(lines) == nil {
			held.on = true
			_, _ = io.WriteString(conn, taken)
			_, _ = io.WriteString(conn, taken)
			_, _ = plain.Write(held.held)
			held.on = false
		}
		for hear(lines) == nil {
			_, _ = io.WriteString(conn, sorry)
		}
	})
	c := NewClient(ClientOptions{Hosts: map[string]string{"example.com": address}, AllowCIDRs: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}})
	defer c.CloseIdle()
	c.carrier.(*carrier).tls.RootCAs = pool
	for i, want := range []int{http.StatusAccepted, http.StatusServiceUnavailable, http.StatusServiceUnavailable} {
		if res, err := c.Post(t.Context(), "https://example.com/inbox", []byte("{}"), nil); err != nil || res.Status != want {
			t.Errorf("delivery %d: %+v, %v, want %d", i, res, err, want)
		}
	}
	if n := c.carrier.(*carrier).kept; n != 1 {
		t.Errorf("%d connections are kept, want the second", n)
	}
}

// corked holds back what is written, so that it goes out at once.
type corked struct {
	net.Conn
	on   bool
	held []byte
}

func (c *corked) Write(p []byte) (int, error) {
	if c.on {
		c.held = append(c.held, p...)
		return len(p), nil
	}
	return c.Conn.Write(p)
}

// However many connections are kept, a server that hangs up when something comes gets a delivery twice at most.
func TestADeliveryIsSentTwiceAtMost(t *testing.T) {
	const kept = 4
	var hangsUp atomic.Bool
	var heard atomic.Int32
	together := make(chan struct{}, kept)
	address := talker(t, func(_ int32, conn net.Conn) {
		for lines := bufio.NewReader(conn); hear(lines) == nil; {
			if heard.Add(1); hangsUp.Load() {
				return
			}
			together <- struct{}{}
			for len(together) < kept { // until all are on their way at once
				time.Sleep(time.Millisecond)
			}
			_, _ = io.WriteString(conn, taken)
		}
	})
	c := loopback(t, nil, func(o *ClientOptions) { o.Hosts["peer.example"] = address })
	done := make(chan error)
	for range kept {
		go func() {
			_, err := c.Post(t.Context(), "http://peer.example/inbox", []byte("{}"), nil)
			done <- err
		}()
	}
	for range kept {
		if err := <-done; err != nil {
			t.Fatal(err)
		}
	}
	hangsUp.Store(true)
	heard.Store(0)
	if _, err := c.Post(t.Context(), "http://peer.example/inbox", []byte("{}"), nil); err == nil || heard.Load() != 2 {
		t.Errorf("sent %d times, %v", heard.Load(), err)
	}
}

// Once the status is known, words that come by the drop are not waited for.
func TestWordsThatTrickleAreNotWaitedFor(t *testing.T) {
	address := talker(t, func(_ int32, conn net.Conn) {
		if hear(bufio.NewReader(conn)) != nil {
			return
		}
		_, err := io.WriteString(conn, "HTTP/1.1 202 Accepted\r\nContent-Length: 1000\r\n\r\n")
		for err == nil {
			_, err = io.WriteString(conn, "x")
			time.Sleep(10 * time.Millisecond)
		}
	})
	c := loopback(t, nil, func(o *ClientOptions) { o.Hosts["peer.example"], o.Timeout = address, time.Minute })
	began := time.Now()
	res, err := c.Post(t.Context(), "http://peer.example/inbox", []byte("{}"), nil)
	if took := time.Since(began); err != nil || res.Status != http.StatusAccepted || took > 5*wordsWithin {
		t.Errorf("%+v, %v after %v", res, err, took)
	}
}

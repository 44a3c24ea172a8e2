package federation

import (
	"bufio"
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"net/http"
	"net/url"
	"sync"
	"time"
)

const (
	keptFor      = 90 * time.Second // a connection that nobody uses
	keptPerHost  = nearWindow       // what a lively host had at once is not kept for all of them
	maxHead      = 64 << 10         // of an answer
	maxPreludes  = 5                // answers like 103 before the one that counts
	lastWords    = 100 * time.Millisecond
	wordsWithin  = time.Second // after its head, for the body of an answer: its status is known
	carrierBytes = 4 << 10     // of a buffer: a delivery with its head fits, as a rule
)

// carrier carries deliveries over HTTP/1.1 connections that it keeps: nearly all hosts get one request at a time, for which HTTP/2
// takes twice the processor time. net/http's own transport has two goroutines and two buffers for each of them, some 30 KiB, and hands
// each request from one to the next; thousands of hosts that are sent the same post make that the most of it. Here a connection that
// nobody uses is nothing but its TLS state, a third of that.
type carrier struct {
	dial    func(ctx context.Context, network, address string) (net.Conn, error)
	tls     *tls.Config
	max     int // connections kept
	readers sync.Pool
	writers sync.Pool

	mu       sync.Mutex
	idle     map[string][]idleConn // by scheme, host and port; those of one host in the order in which they came
	kept     int
	sweeping bool
}

type idleConn struct {
	net.Conn
	since time.Time
}

func newCarrier(dial func(ctx context.Context, network, address string) (net.Conn, error), config *tls.Config, kept int) *carrier {
	return &carrier{
		dial: dial, tls: config, max: kept, idle: map[string][]idleConn{},
		readers: sync.Pool{New: func() any { return bufio.NewReaderSize(nil, carrierBytes) }},
		writers: sync.Pool{New: func() any { return bufio.NewWriterSize(nil, carrierBytes) }},
	}
}

// RoundTrip sends a request whose body can be had again (GetBody), and which may arrive twice, but not more often. A server closes
// connections that nobody uses as a rule when something comes: where no answer began on a kept one, the request goes over a new one.
func (c *carrier) RoundTrip(r *http.Request) (*http.Response, error) {
	key := r.URL.Scheme + "://" + r.URL.Host
	if conn := c.take(key); conn != nil {
		t := &trip{carrier: c, key: key, conn: conn}
		if res, err := t.run(r); err == nil || t.began || r.Context().Err() != nil {
			return res, err
		}
	}
	conn, err := c.connect(r.Context(), r.URL)
	if err != nil {
		return nil, err
	}
	return (&trip{carrier: c, key: key, conn: conn}).run(r)
}

// connect makes a connection.
func (c *carrier) connect(ctx context.Context, u *url.URL) (net.Conn, error) {
	port := u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	conn, err := c.dial(ctx, "tcp", net.JoinHostPort(u.Hostname(), port))
	if err != nil || u.Scheme != "https" {
		return conn, err
	}
	config := c.tls.Clone()
	config.ServerName = u.Hostname()
	secured := tls.Client(conn, config)
	ctx, cancel := context.WithTimeout(ctx, dialTimeout)
	defer cancel()
	if err := secured.HandshakeContext(ctx); err != nil {
		_ = conn.Close() // nothing was sent
		return nil, err
	}
	return secured, nil
}

// take returns a kept connection that may be used, or nil.
func (c *carrier) take(key string) net.Conn {
	for conn := c.takeAny(key); conn != nil; conn = c.takeAny(key) {
		if isQuiet(conn) {
			return conn
		}
		go conn.Close() // it says goodbye first, which may take long
	}
	return nil
}

func (c *carrier) takeAny(key string) net.Conn {
	c.mu.Lock()
	defer c.mu.Unlock()
	of := c.idle[key]
	if len(of) == 0 {
		return nil
	}
	last := of[len(of)-1]
	c.hold(key, of[:len(of)-1])
	return last.Conn
}

// hold notes which connections to a host are kept.
func (c *carrier) hold(key string, of []idleConn) {
	c.kept += len(of) - len(c.idle[key])
	if len(of) == 0 {
		delete(c.idle, key)
	} else {
		c.idle[key] = of
	}
}

// keep keeps a connection for what comes next. When there is no room it is closed, rather than another: hosts come in turn.
func (c *carrier) keep(key string, conn net.Conn) {
	c.mu.Lock()
	defer c.mu.Unlock()
	of := c.idle[key]
	if c.kept >= c.max || len(of) >= keptPerHost {
		go conn.Close() // it says goodbye first, which may take long
		return
	}
	c.hold(key, append(of, idleConn{conn, time.Now()}))
	if !c.sweeping {
		c.sweeping = true
		time.AfterFunc(keptFor, c.sweep)
	}
}

// sweep closes what nobody has used for long, now and then as long as anything is kept.
func (c *carrier) sweep() {
	c.drop(time.Now().Add(-keptFor))
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.sweeping = c.kept > 0; c.sweeping {
		time.AfterFunc(keptFor/3, c.sweep)
	}
}

// drop closes what nobody has used since then.
func (c *carrier) drop(since time.Time) {
	c.mu.Lock()
	var old []idleConn
	for key, of := range c.idle {
		n := 0
		for n < len(of) && !of[n].since.After(since) {
			n++
		}
		old = append(old, of[:n]...)
		c.hold(key, of[n:])
	}
	c.mu.Unlock()
	for _, conn := range old {
		_ = conn.Close() // nobody waits for anything on it
	}
}

// trip is one request and its answer.
type trip struct {
	*carrier
	key    string
	conn   net.Conn
	began  bool  // something of the answer came
	left   int64 // bytes of its head that may still come
	reader *bufio.Reader
	closes bool // the connection ends with the answer
	whole  bool // the answer is read
	stop   func() bool
}

func (t *trip) run(r *http.Request) (*http.Response, error) {
	t.stop = context.AfterFunc(r.Context(), func() { _ = t.conn.SetDeadline(time.Unix(1, 0)) })
	res, err := t.exchange(r)
	if err == nil {
		return res, nil
	}
	t.end(false)
	if ended := context.Cause(r.Context()); ended != nil {
		err = ended
	}
	return nil, err
}

func (t *trip) exchange(r *http.Request) (*http.Response, error) {
	broken := t.write(r)
	if broken != nil { // who refuses a request before it is all there says so first
		_ = t.conn.SetReadDeadline(time.Now().Add(lastWords))
	}
	res, err := t.answer(r)
	if err != nil {
		return nil, cmp.Or(broken, err)
	}
	_ = t.conn.SetReadDeadline(time.Now().Add(wordsWithin))
	t.left = math.MaxInt64 // how much of the body is read is up to whoever reads it
	t.closes = res.Close || broken != nil || res.StatusCode == http.StatusSwitchingProtocols
	res.Body = &tripBody{res.Body, t}
	return res, nil
}

func (t *trip) write(r *http.Request) error {
	body, err := r.GetBody()
	if err != nil {
		return fmt.Errorf("read what is to be sent: %w", err)
	}
	again := *r
	again.Body = body
	w := t.writers.Get().(*bufio.Writer)
	defer t.writers.Put(w)
	w.Reset(t.conn)
	defer w.Reset(nil)
	return cmp.Or(again.Write(w), w.Flush())
}

// answer reads the head of the answer, and passes over what comes before it, like 103.
func (t *trip) answer(r *http.Request) (*http.Response, error) {
	t.reader = t.readers.Get().(*bufio.Reader)
	t.reader.Reset(t)
	for range maxPreludes {
		t.left = maxHead
		res, err := http.ReadResponse(t.reader, r)
		if err != nil || res.StatusCode >= http.StatusOK || res.StatusCode == http.StatusSwitchingProtocols {
			return res, err
		}
	}
	return nil, errors.New("the answer does not come to its point")
}

// Read reads of the answer, of its head not without end.
func (t *trip) Read(p []byte) (int, error) {
	if t.left <= 0 {
		return 0, errors.New("the head of the answer is too long")
	}
	n, err := t.conn.Read(p[:min(int64(len(p)), t.left)])
	t.left -= int64(n)
	t.began = t.began || n > 0
	return n, err
}

// end gives up what the trip holds, and keeps the connection if it may be used again.
func (t *trip) end(well bool) {
	well = t.stop() && well && t.reader.Buffered() == 0 && t.conn.SetReadDeadline(time.Time{}) == nil
	if t.reader != nil {
		t.reader.Reset(nil)
		t.readers.Put(t.reader)
	}
	if !well {
		go t.conn.Close()
		return
	}
	t.keep(t.key, t.conn)
}

// tripBody is the body of an answer.
type tripBody struct {
	io.ReadCloser
	trip *trip
}

func (b *tripBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if errors.Is(err, io.EOF) {
		b.trip.whole = true
	}
	return n, err
}

// Close ends the trip. Once is enough.
func (b *tripBody) Close() error {
	if b.trip != nil {
		b.trip.end(b.trip.whole && !b.trip.closes)
		b.trip = nil
	}
	return nil
}

package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/textproto"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// volley is a load: requests as bytes, so that the driver takes little of the machine they share.
type volley struct {
	to       string // address
	requests [][]byte
	count    int           // how many to send; 0 for each once
	length   time.Duration // how long to send, if not a count
	rate     float64       // a second, from the beginning, whatever the answers; 0 for as fast as they are answered
	hands    int           // connections
}

// fired is what became of a volley. Latency counts from when a request was due, not from when it could be sent: a server that stalls
// is not spared what would have come meanwhile (coordinated omission).
type fired struct {
	began, ended time.Time
	latencies    []time.Duration // sorted
	statuses     map[int]int
	broken       int // no answer
}

func (f fired) count() int { return len(f.latencies) }

func (f fired) rate() float64 { return float64(f.count()) / f.ended.Sub(f.began).Seconds() }

// at is a percentile in milliseconds; 1 is the worst.
func (f fired) at(q float64) float64 {
	if f.count() == 0 {
		return 0
	}
	return float64(f.latencies[min(int(q*float64(f.count())), f.count()-1)].Microseconds()) / 1000
}

// success is the part that was answered with that status.
func (f fired) success(status int) float64 {
	return float64(f.statuses[status]) / float64(max(f.count()+f.broken, 1))
}

func (v volley) total() int64 {
	switch {
	case v.count > 0:
		return int64(v.count)
	case v.length > 0 && v.rate > 0:
		return int64(v.rate * v.length.Seconds())
	case v.length > 0:
		return 1 << 60
	}
	return int64(len(v.requests))
}

// fire sends a volley and waits for all answers.
func (v volley) fire(ctx context.Context) (fired, error) {
	var next atomic.Int64
	var wg sync.WaitGroup
	parts := make([]fired, v.hands)
	errs := make([]error, v.hands)
	out := fired{began: time.Now(), statuses: map[int]int{}}
	for i := range v.hands {
		wg.Go(func() { parts[i], errs[i] = v.hand(ctx, &next, out.began) })
	}
	wg.Wait()
	out.ended = time.Now()
	for _, p := range parts {
		out.latencies = append(out.latencies, p.latencies...)
		out.broken += p.broken
		for status, n := range p.statuses {
			out.statuses[status] += n
		}
	}
	slices.Sort(out.latencies)
	return out, errors.Join(errs...)
}

// taken fires a volley of activities that must all be answered 202.
func (v volley) taken(ctx context.Context) (fired, error) {
	got, err := v.fire(ctx)
	if err == nil && got.success(http.StatusAccepted) < 1 {
		err = fmt.Errorf("activities were answered %v, and %d not at all", got.statuses, got.broken)
	}
	return got, err
}

// hand is one connection.
func (v volley) hand(ctx context.Context, next *atomic.Int64, began time.Time) (fired, error) {
	out := fired{statuses: map[int]int{}}
	c := &wireConn{to: v.to}
	defer c.close()
	for total := v.total(); ; {
		i := next.Add(1) - 1
		if i >= total || v.rate == 0 && v.length > 0 && time.Since(began) > v.length {
			return out, nil
		}
		due := time.Now()
		if v.rate > 0 {
			due = began.Add(time.Duration(float64(i) / v.rate * float64(time.Second)))
			if err := sleepUntil(ctx, due); err != nil {
				return out, err
			}
		}
		status, _, err := c.exchange(ctx, v.requests[int(i)%len(v.requests)])
		switch {
		case ctx.Err() != nil:
			return out, ctx.Err()
		case err != nil:
			out.broken++
			c.close()
			continue
		}
		out.statuses[status]++
		out.latencies = append(out.latencies, time.Since(due))
	}
}

func sleepUntil(ctx context.Context, at time.Time) error {
	wait := time.Until(at)
	if wait <= 0 {
		return ctx.Err()
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// wireConn is a kept connection on which one request follows the answer to the one before.
type wireConn struct {
	to   string
	conn net.Conn
	in   *bufio.Reader
}

const answerPatience = 30 * time.Second

// exchange sends a request and reads the status and the size of the answer.
func (c *wireConn) exchange(ctx context.Context, request []byte) (status, size int, err error) {
	if c.conn == nil {
		if c.conn, err = (&net.Dialer{Timeout: answerPatience}).DialContext(ctx, "tcp", c.to); err != nil {
			return 0, 0, err
		}
		c.in = bufio.NewReaderSize(c.conn, 16<<10)
	}
	if err := c.conn.SetDeadline(time.Now().Add(answerPatience)); err != nil {
		return 0, 0, err
	}
	if _, err := c.conn.Write(request); err != nil {
		return 0, 0, err
	}
	return c.answer()
}

func (c *wireConn) answer() (status, size int, err error) {
	line, err := c.in.ReadSlice('\n')
	if err != nil {
		return 0, 0, err
	}
	fields := bytes.Fields(line)
	if len(fields) < 2 {
		return 0, 0, fmt.Errorf("no answer but %q", line)
	}
	if status, err = strconv.Atoi(string(fields[1])); err != nil {
		return 0, 0, err
	}
	size, last, err := c.head()
	if err != nil {
		return status, 0, err
	}
	if size < 0 {
		if size, err = c.chunks(); err != nil {
			return status, size, err
		}
	} else if _, err = c.in.Discard(size); err != nil {
		return status, size, err
	}
	if last {
		c.close()
	}
	return status, size, nil
}

// head reads the header; a size of -1 means that the body comes in chunks.
func (c *wireConn) head() (size int, last bool, err error) {
	for {
		line, err := c.in.ReadSlice('\n')
		if err != nil {
			return 0, false, err
		}
		if line = bytes.TrimSpace(line); len(line) == 0 {
			return size, last, nil
		}
		name, value, _ := bytes.Cut(line, []byte(":"))
		switch text := strings.TrimSpace(string(value)); textproto.CanonicalMIMEHeaderKey(string(name)) {
		case "Content-Length":
			if size, err = strconv.Atoi(text); err != nil {
				return 0, false, err
			}
		case "Transfer-Encoding":
			size = -1
		case "Connection":
			last = text == "close"
		}
	}
}

func (c *wireConn) chunks() (size int, err error) {
	for {
		line, err := c.in.ReadSlice('\n')
		if err != nil {
			return size, err
		}
		n, err := strconv.ParseInt(strings.TrimSpace(string(line)), 16, 32)
		if err != nil {
			return size, err
		}
		if _, err := io.CopyN(io.Discard, c.in, n+2); err != nil { // the chunk and the line's end
			return size, err
		}
		if size += int(n); n == 0 {
			return size, nil
		}
	}
}

func (c *wireConn) close() {
	if c.conn != nil {
		_ = c.conn.Close()
		c.conn = nil
	}
}

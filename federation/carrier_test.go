package federation

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// script is a server that answers the requests on each connection with these bytes, one after the other, and closes it at the end.
func script(t *testing.T, answers ...string) (address string, connections *atomic.Int32) {
	t.Helper()
	connections = &atomic.Int32{}
	return talker(t, func(_ int32, conn net.Conn) {
		connections.Add(1)
		lines := bufio.NewReader(conn)
		for _, answer := range answers {
			if hear(lines) != nil {
				return
			}
			_, _ = io.WriteString(conn, answer)
		}
	}), connections
}

const taken = "HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n"

// Two deliveries, the first of which is answered in some way: what comes of it, and whether the second goes over the same connection.
func TestConnectionsAreKeptWhereThatIsSafe(t *testing.T) {
	for name, tt := range map[string]struct {
		answer      string
		status      int // 0 for none
		connections int32
	}{
		"taken":             {taken, 202, 1},
		"with words":        {"HTTP/1.1 202 Accepted\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n", 202, 1},
		"early hints":       {"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" + taken, 202, 1},
		"says it closes":    {"HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", 202, 2},
		"old":               {"HTTP/1.0 200 OK\r\n\r\n", 200, 2},
		"more than asked":   {taken + "HTTP/1.1 500 Sorry\r\n\r\n", 202, 2},
		"more than is read": {"HTTP/1.1 400 Bad\r\nContent-Length: 5000\r\n\r\n" + strings.Repeat("x", 5000), 400, 2},
		"breaks off":        {"HTTP/1.1 202 Accepted\r\nContent-Length: 9\r\n\r\nshort", 202, 2},
		"no HTTP":           {"220 mail.example ESMTP\r\n", 0, 2},
		"head without end":  {"HTTP/1.1 202 Accepted\r\nX: " + strings.Repeat("x", 2*maxHead) + "\r\n\r\n", 0, 2},
		"hints without end": {strings.Repeat("HTTP/1.1 103 Early Hints\r\n\r\n", maxPreludes+1), 0, 2},
		"another protocol":  {"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n", 101, 2},
	} {
		t.Run(name, func(t *testing.T) {
			answers := []string{tt.answer, taken}
			if tt.connections > 1 {
				answers = answers[:1]
			}
			address, connections := script(t, answers...)
			c := loopback(t, nil, func(o *ClientOptions) { o.Hosts["peer.example"] = address })
			res, err := c.Post(t.Context(), "http://peer.example/inbox", []byte("{}"), nil)
			if tt.status == 0 && err == nil || tt.status != 0 && (err != nil || res.Status != tt.status) {
				t.Errorf("got %+v, %v", res, err)
			}
			_, _ = c.Post(t.Context(), "http://peer.example/inbox", []byte("{}"), nil)
			if n := connections.Load(); n != tt.connections {
				t.Errorf("%d connections, want %d", n, tt.connections)
			}
		})
	}
}

// What had an answer is not sent again, though that broke off.
func TestAnAnswerThatBreaksOffIsNotAskedForAgain(t *testing.T) {
	address, connections := script(t, taken, "HTTP/1.1 202 Acc")
	c := loopback(t, nil, func(o *ClientOptions) { o.Hosts["peer.example"] = address })
	for i, works := range []bool{true, false} {
		if _, err := c.Post(t.Context(), "http://peer.example/inbox", []byte("{}"), nil); (err == nil) != works {
			t.Errorf("delivery %d: %v", i, err)
		}
	}
	if n := connections.Load(); n != 1 {
		t.Errorf("%d connections", n)
	}
}

// Whoever finds a request too large says so and hangs up before all of it has come.
func TestARefusalOfALargeBodyIsHeard(t *testing.T) {
	c := loopback(t, map[string]http.HandlerFunc{"peer.example": func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusRequestEntityTooLarge)
	}})
	res, err := c.Post(t.Context(), "http://peer.example/inbox", make([]byte, 16<<20), nil)
	if err != nil || res.Status != http.StatusRequestEntityTooLarge {
		t.Errorf("got %+v, %v", res, err)
	}
}

// There are no more connections than are to be kept, those that were there first stay, and nobody keeps one for long.
func TestConnectionsAreBounded(t *testing.T) {
	hosts := map[string]http.HandlerFunc{}
	for i := range 3 {
		hosts[fmt.Sprintf("h%d.example", i)] = func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusAccepted) }
	}
	c := loopback(t, hosts, func(o *ClientOptions) { o.Kept = 2 })
	post := func(n int) {
		t.Helper()
		if _, err := c.Post(t.Context(), fmt.Sprintf("http://h%d.example/inbox", n), []byte("{}"), nil); err != nil {
			t.Fatal(err)
		}
	}
	kept := c.carrier.(*carrier)
	for range 2 {
		for n := range hosts {
			post(int(n[1] - '0'))
		}
	}
	if kept.kept != 2 || len(kept.idle) != 2 {
		t.Errorf("%d connections to %d hosts are kept, want 2", kept.kept, len(kept.idle))
	}
	kept.drop(time.Now().Add(-keptFor))
	if kept.kept != 2 {
		t.Errorf("%d connections are kept, want 2: they are new", kept.kept)
	}
	kept.drop(time.Now())
	if kept.kept != 0 || len(kept.idle) != 0 {
		t.Errorf("%d connections are kept, want none: they are old", kept.kept)
	}
	post(0)
}

// Whoever gives up waiting leaves no connection behind on which the answer may still come.
func TestAnAnswerThatNobodyWaitsForEndsTheConnection(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	gone := make(chan struct{})
	c := loopback(t, map[string]http.HandlerFunc{"peer.example": func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		cancel()
		<-r.Context().Done()
		close(gone)
	}})
	_, err := c.Post(ctx, "http://peer.example/inbox", []byte("{}"), nil)
	wantError(t, "cancelled", err, context.Canceled)
	<-gone
}

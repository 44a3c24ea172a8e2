//go:build linux

package main

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"os/exec"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// stopsWithin is how long whoever runs the server waits before it is killed, as a rule (systemd waits 90 s, Docker 10).
const stopsWithin = 10 * time.Second

// Neither hosts that hang nor clients that dawdle keep the server from ending, and what was on its way to them goes there again
// after the next start, under the same id.
func TestStopsInTime(t *testing.T) {
	t.Run("QUE-08", func(t *testing.T) {
		t.Parallel()
		l := newLab(t)
		near, far := l.host("mastodon", "ann"), l.host("lemmy", "bob")
		l.start()
		l.found()
		release := far.hang(t)
		thread := near.Write("ann", post(l.group, "hello", ""))
		if status := near.send(thread); status != http.StatusAccepted {
			t.Fatalf("status %d", status)
		}
		l.eventually("it is told", func() bool { return near.announced() == 1 && far.announced() == 1 })
		l.dawdle()
		begin := time.Now()
		l.stop()
		if took := time.Since(begin); took > stopsWithin {
			t.Errorf("it took %s to end", took)
		}
		release()
		l.start()
		l.settled()
		if n := near.announced(); n != 1 {
			t.Errorf("it came %d times to whom it had come already", n)
		}
		if n, _ := far.twice(); n > 1 || far.announced() != n+1 {
			t.Errorf("it came %d times to whom it was on its way, %d of them under the same id", far.announced(), n)
		}
		l.stop()
	})
}

// What is on its way when it stops may arrive, and then does not go there again.
func TestWhatIsOnItsWayArrives(t *testing.T) {
	t.Run("QUE-08", func(t *testing.T) {
		t.Parallel()
		l := newLab(t)
		ann := l.host("mastodon", "ann")
		l.start()
		l.found()
		release := ann.hang(t)
		if status := ann.send(ann.Write("ann", post(l.group, "hello", ""))); status != http.StatusAccepted {
			t.Fatalf("status %d", status)
		}
		l.eventually("it is on its way", func() bool { return ann.announced() == 1 })
		l.signal(syscall.SIGTERM)
		l.refuses()
		release()
		if err := l.gone(); err != nil {
			t.Error(err)
		}
		l.start()
		l.settled()
		if n := ann.announced(); n != 1 {
			t.Errorf("it came %d times", n)
		}
		l.stop()
	})
}

// refuses waits until the server takes no more connections.
func (l *lab) refuses() {
	l.t.Helper()
	l.eventually("it takes no more", func() bool {
		conn, err := net.Dial("tcp", l.domain)
		if err == nil {
			conn.Close()
		}
		return err != nil
	})
}

// A second signal ends it at once. Nothing is lost by that either.
func TestSecondSignal(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	ann := l.host("mastodon", "ann")
	l.start()
	l.found()
	l.dawdle()
	if status := ann.send(ann.Write("ann", post(l.group, "hello", ""))); status != http.StatusAccepted {
		t.Fatalf("status %d", status)
	}
	l.signal(syscall.SIGTERM)
	l.refuses()
	begin, err := time.Now(), error(nil)
	l.eventually("it ends", func() bool {
		l.signal(syscall.SIGINT)
		select {
		case err = <-l.ended:
			return true
		default:
			return false
		}
	})
	var ended *exec.ExitError
	if !errors.As(err, &ended) || !ended.Sys().(syscall.WaitStatus).Signaled() {
		t.Errorf("it ended with %v, not by the signal", err)
	}
	if took := time.Since(begin); took > grace/2 {
		t.Errorf("it took %s to end at once", took)
	}
	l.start()
	l.settled()
	if n, _ := ann.twice(); ann.announced()-n != 1 {
		t.Errorf("%d boosts", ann.announced()-n)
	}
	l.stop()
}

// hang has a host take requests and not answer, until release is called.
func (h *stubHost) hang(t *testing.T) (release func()) {
	t.Helper()
	var free atomic.Bool
	end := make(chan struct{})
	release = func() {
		if !free.Swap(true) {
			close(end)
		}
	}
	t.Cleanup(release)
	h.mu.Lock()
	defer h.mu.Unlock()
	h.answer = func(r *http.Request) int {
		select {
		case <-end:
		case <-r.Context().Done():
		}
		return http.StatusAccepted
	}
	return release
}

// announced counts the announcements that came.
func (h *stubHost) announced() (n int) {
	for _, a := range h.arrivals() {
		if a.Type == "Announce" {
			n++
		}
	}
	return n
}

// dawdle connects clients that never finish what they say: in the head of a request, in its body, and before it.
func (l *lab) dawdle() {
	l.t.Helper()
	for _, begun := range []string{
		"", "GET / HT", "POST /inbox HTTP/1.1\r\nHost: x\r\nContent-Type: application/activity+json\r\nContent-Length: 100\r\n\r\n{",
	} {
		conn, err := net.Dial("tcp", l.domain)
		must(l.t, err)
		l.t.Cleanup(func() { conn.Close() })
		_, err = fmt.Fprint(conn, begun)
		must(l.t, err)
	}
	// A request that is answered comes after those.
	if body, status := l.get("http://" + l.domain + "/"); status != http.StatusOK || !strings.Contains(body, "Folkmoot") {
		l.t.Errorf("status %d: %s", status, body)
	}
}

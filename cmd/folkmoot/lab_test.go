//go:build linux

package main

import (
	"bytes"
	"context"
	"crypto/rsa"
	"database/sql"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"folkmoot/federation/fedtest"
)

// lab is the program itself in a process of its own, with one group, and hosts on loopback whose people follow it. The tests of
// crashes and faults are made with it.
type lab struct {
	t      *testing.T
	dir    string   // of the database
	domain string   // on 127.0.0.2, so that no connection of the test takes its port while it is down
	group  string   // URI
	env    []string // beside its settings
	client *http.Client
	rude   atomic.Int64 // refusals without Retry-After
	keys   []*rsa.PrivateKey
	listen func() (net.Listener, error) // where the next host is
	hosts  []*stubHost
	fuse   fuse

	mu      sync.Mutex
	process *exec.Cmd
	ended   chan error
	up      chan struct{} // closed while it serves
	printed bytes.Buffer
	starts  []start
}

// start is one start of the program.
type start struct {
	at    time.Time
	ready time.Duration // until it served
	first time.Duration // until its first delivery, 0 for none
}

const adminAddress = "127.0.0.3"

func newLab(t *testing.T) *lab {
	t.Helper()
	l := &lab{
		t: t, dir: t.TempDir(), up: make(chan struct{}),
	}
	l.listen = func() (net.Listener, error) { return net.Listen("tcp", "127.0.0.1:0") }
	l.client = &http.Client{Timeout: patience, Transport: manners{&http.Transport{MaxIdleConnsPerHost: 100}, &l.rude}}
	for range 3 {
		key, err := fedtest.NewKey()
		must(t, err)
		l.keys = append(l.keys, key)
	}
	l.domain = freeAddress(t, "127.0.0.2")
	l.group = "http://" + l.domain + "/g/books"
	l.env = []string{"FOLKMOOT_ADMIN_LISTEN=" + freeAddress(t, adminAddress)}
	t.Cleanup(func() {
		l.signal(syscall.SIGKILL)
		l.gone()
		if t.Failed() {
			t.Logf("it printed:\n%s", l.output())
		}
	})
	return l
}

// freeAddress finds a port that nobody has.
func freeAddress(t *testing.T, ip string) string {
	t.Helper()
	listener, err := net.Listen("tcp", ip+":0")
	must(t, err)
	must(t, listener.Close())
	return listener.Addr().String()
}

func (l *lab) environ() []string {
	return append([]string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + l.dir, "TMPDIR=" + os.TempDir(), "FOLKMOOT_DOMAIN=" + l.domain,
		"FOLKMOOT_ORIGIN=http://" + l.domain, "FOLKMOOT_LISTEN=" + l.domain, "FOLKMOOT_DATA_DIR=" + l.dir,
		"FOLKMOOT_FETCH_ALLOW_CIDRS=127.0.0.0/8",
	}, l.env...)
}

// launch starts the program, behind another one that runs it if one is named, without waiting until it serves.
func (l *lab) launch(behind ...string) (serves <-chan struct{}) {
	l.t.Helper()
	line := append(behind, "folkmoot", "serve")
	cmd := exec.Command(line[0], line[1:]...)
	cmd.Env, cmd.Dir = l.environ(), l.dir
	cmd.Stderr = &syncWriter{w: &l.printed, mu: &l.mu}
	out, err := cmd.StdoutPipe()
	must(l.t, err)
	l.mu.Lock()
	l.starts = append(l.starts, start{at: time.Now()})
	l.process, l.ended = cmd, make(chan error, 1)
	run, ended, up := len(l.starts)-1, l.ended, l.up
	l.mu.Unlock()
	must(l.t, cmd.Start())
	go func() { // its first line says that it serves
		var first [1]byte
		if _, err := io.ReadFull(out, first[:]); err == nil {
			l.mu.Lock()
			l.starts[run].ready = time.Since(l.starts[run].at)
			close(up)
			l.mu.Unlock()
		}
		_, _ = io.Copy(io.Discard, out)
		ended <- cmd.Wait()
		close(ended)
	}()
	return up
}

func (l *lab) start(behind ...string) {
	l.t.Helper()
	select {
	case <-l.launch(behind...):
	case <-time.After(patience):
		l.t.Fatalf("it does not start:\n%s", l.output())
	}
}

// signal sends a signal to the process. From then on it does not count as serving.
func (l *lab) signal(s syscall.Signal) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.process == nil {
		return
	}
	select {
	case <-l.up:
		l.up = make(chan struct{})
	default: // it never came so far
	}
	_ = l.process.Process.Signal(s) // it may have ended by itself
}

// gone waits until the process has ended and says how.
func (l *lab) gone() error {
	l.mu.Lock()
	ended, p := l.ended, l.process
	l.mu.Unlock()
	if p == nil {
		return nil
	}
	select {
	case err := <-ended:
		return err
	case <-time.After(patience):
		l.t.Errorf("it does not end")
		return nil
	}
}

// stop ends it in good order.
func (l *lab) stop() {
	l.t.Helper()
	l.signal(syscall.SIGTERM)
	if err := l.gone(); err != nil {
		l.t.Errorf("SIGTERM: %v", err)
	}
}

func (l *lab) output() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.printed.String()
}

func (l *lab) serving() <-chan struct{} {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.up
}

// command runs one of the program's commands beside the server.
func (l *lab) command(args ...string) string {
	l.t.Helper()
	cmd := exec.Command("folkmoot", args...)
	cmd.Env, cmd.Dir = l.environ(), l.dir
	out, err := cmd.CombinedOutput()
	if err != nil {
		l.t.Fatalf("folkmoot %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

// eventually looks again until something is as it should be.
func (l *lab) eventually(what string, done func() bool) {
	l.t.Helper()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	end := time.After(3 * patience)
	for !done() {
		select {
		case <-tick.C:
		case <-end:
			l.t.Fatalf("it never happened: %s\n%s", what, l.figures())
		}
	}
}

var waitingFigures = regexp.MustCompile(`(?m)^(folkmoot_inbox_undecided|folkmoot_peers\{state="behind"\}) 0$`)

// settled waits until everything is decided and delivered.
func (l *lab) settled() {
	l.t.Helper()
	l.eventually("all is decided and delivered", func() bool { return len(waitingFigures.FindAllString(l.figures(), -1)) == 2 })
}

// figures are the metrics of the server, "" if it does not answer.
func (l *lab) figures() string {
	_, address, _ := strings.Cut(l.env[0], "=")
	body, _ := l.get("http://" + address + "/metrics")
	return body
}

func (l *lab) get(url string) (body string, status int) {
	res, err := l.client.Get(url)
	if err != nil {
		return "", 0
	}
	defer res.Body.Close()
	b, _ := io.ReadAll(res.Body)
	return string(b), res.StatusCode
}

// database opens the file beside the program.
func (l *lab) database() *sql.DB {
	l.t.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(l.dir, "folkmoot.db")+"?_pragma=busy_timeout(5000)")
	must(l.t, err)
	l.t.Cleanup(func() { db.Close() })
	return db
}

// wantIntegrity has SQLite look through the whole file. Nobody else has it open.
func (l *lab) wantIntegrity(db *sql.DB) {
	l.t.Helper()
	var answer string
	must(l.t, db.QueryRow(`PRAGMA integrity_check`).Scan(&answer))
	if answer != "ok" {
		l.t.Errorf("integrity: %s", answer)
	}
}

// stubHost is a host with one person. It shows what a real one does, and takes everything that comes to its inboxes.
type stubHost struct {
	*fedtest.Peer
	lab    *lab
	person string
	wraps  bool                      // it reads whole activities, as Lemmy does
	answer func(r *http.Request) int // nil for 202

	mu  sync.Mutex
	got []arrival
}

// arrival is an activity that came.
type arrival struct {
	ID, Type, About string
	Words           string // of a post
	run             int    // the start of the program that sent it
}

// host puts a host on the network.
func (l *lab) host(software, person string) *stubHost {
	l.t.Helper()
	listener, err := l.listen()
	must(l.t, err)
	h := &stubHost{
		Peer: fedtest.NewPeer("http://"+listener.Addr().String(), software, l.client, time.Now), lab: l, person: person,
		wraps: software == "lemmy",
	}
	h.AddUser(person, l.keys[len(l.hosts)%len(l.keys)])
	srv := &http.Server{Handler: h, ReadHeaderTimeout: patience}
	go func() { _ = srv.Serve(listener) }() // ends with Close
	l.t.Cleanup(func() { _ = srv.Close() })
	l.hosts = append(l.hosts, h)
	return h
}

func (h *stubHost) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost {
		h.Peer.ServeHTTP(w, r)
		return
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // whoever sends it is gone
	}
	h.note(body)
	r.Body = io.NopCloser(bytes.NewReader(body))
	h.mu.Lock()
	answer, status := h.answer, http.StatusAccepted
	h.mu.Unlock()
	if answer != nil {
		status = answer(r)
	}
	w.WriteHeader(status)
}

func (h *stubHost) note(body []byte) {
	var a struct {
		ID, Type string
		Object   json.RawMessage
	}
	_ = json.Unmarshal(body, &a) // what is none is found missing
	var about struct{ ID, Content string }
	if json.Unmarshal(a.Object, &about) != nil {
		_ = json.Unmarshal(a.Object, &about.ID)
	}
	h.mu.Lock()
	h.got = append(h.got, arrival{a.ID, a.Type, about.ID, about.Content, h.lab.delivered()})
	h.mu.Unlock()
	if a.Type == "Announce" {
		h.lab.fuse.burn(deliveries, h.lab)
	}
}

// delivered notes the time of a first delivery and returns the number of the start.
func (l *lab) delivered() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	run := len(l.starts) - 1
	if s := &l.starts[run]; s.first == 0 {
		s.first = time.Since(s.at)
	}
	return run
}

// arrivals lists what came to a host.
func (h *stubHost) arrivals() []arrival {
	h.mu.Lock()
	defer h.mu.Unlock()
	return append([]arrival(nil), h.got...)
}

// found makes the group, with the first host's person as its owner, and has everybody follow it.
func (l *lab) found() {
	l.t.Helper()
	first := l.hosts[0]
	_, authority, _ := strings.Cut(first.Origin, "://")
	l.command("group", "create", "books", "--owner", "@"+first.person+"@"+authority)
	for _, h := range l.hosts {
		_, err := h.Follow(context.Background(), h.person, l.group)
		must(l.t, err)
	}
	for _, h := range l.hosts {
		l.eventually("an Accept comes to "+h.Origin, func() bool {
			for _, a := range h.arrivals() {
				if a.Type == "Accept" {
					return true
				}
			}
			return false
		})
	}
	l.settled()
}

// syncWriter writes with somebody else's lock held.
type syncWriter struct {
	w  io.Writer
	mu *sync.Mutex
}

func (w *syncWriter) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.w.Write(p)
}

// send posts an activity as the host's person to the group and returns the status, 0 for no answer.
func (h *stubHost) send(activity map[string]any) int {
	status, err := h.Send(context.Background(), h.person, h.lab.group+"/inbox", activity)
	if err != nil {
		return 0
	}
	return status
}

// manners notes refusals for now that do not say when to come again.
type manners struct {
	http.RoundTripper
	rude *atomic.Int64
}

func (m manners) RoundTrip(r *http.Request) (*http.Response, error) {
	res, err := m.RoundTripper.RoundTrip(r)
	if err == nil && (res.StatusCode == http.StatusServiceUnavailable || res.StatusCode == http.StatusTooManyRequests) &&
		res.Header.Get("Retry-After") == "" {
		m.rude.Add(1)
	}
	return res, err
}

// post is a post for the group.
func post(group, text, inReplyTo string) fedtest.Post {
	return fedtest.Post{Text: text, Mentions: []string{group}, InReplyTo: inReplyTo}
}

// postPrivately is a message for the group alone.
func postPrivately(group, text string) fedtest.Post {
	return fedtest.Post{Text: text, Mentions: []string{group}, Direct: true}
}

package main

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"image"
	"image/png"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"folkmoot/federation/fedtest"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"folkmoot": main})
}

// TestScripts drives the program itself. A script's name begins with the ids of the cases of docs/security.md that it shows. The scripts have, beside testscript's own commands:
//
//	port NAME             puts a free port of loopback into $NAME
//	busy NAME             the same, and something listens there
//	start NAME ARG…       starts folkmoot and waits until it says it serves; NAME.log is what it prints
//	end NAME SIGNAL       ends it and waits; TERM wants exit code 0
//	get URL TEXT…         fetches a page and wants the texts in it
//	peer                  starts a scripted Mastodon on loopback with ann and bob; $PEER is its host
//	peer follow|post|home WHO GROUP [WHAT]; post puts the post's URI into $POST
//	peer down             takes it off the network; its people can still send
//	later TEXT ARG…       runs folkmoot until its output has the text
//	picture FILE W H      writes a PNG of that many points
//	schema FILE N         writes another schema version into a database nobody has open
func TestScripts(t *testing.T) {
	free := &freePorts{next: firstPort + rand.IntN(lastPort-firstPort)}
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"port": cmdPort, "busy": cmdBusy, "start": cmdStart, "end": cmdEnd, "get": cmdGet, "peer": cmdPeer,
			"later": cmdLater, "schema": cmdSchema, "picture": cmdPicture,
		},
		Setup: func(e *testscript.Env) error {
			e.Values[worldKey{}] = &world{running: map[string]*process{}, free: free}
			return nil
		},
	})
}

// world is what a script has going.
type world struct {
	running   map[string]*process
	free      *freePorts
	peer      *fedtest.Peer
	listening *http.Server // where the peer answers
}

type worldKey struct{}

func worldOf(ts *testscript.TestScript) *world { return ts.Value(worldKey{}).(*world) }

// patience bounds every wait: far more than a slow machine needs, and the end of a script that hangs.
const patience = 20 * time.Second

func listenLoopback(ts *testscript.TestScript) net.Listener {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	ts.Check(err)
	return l
}

func portOf(l net.Listener) string { return strconv.Itoa(l.Addr().(*net.TCPAddr).Port) }

// freePorts gives each port to one script alone, also while nobody listens there: a server that is started anew comes back to it. They
// are below those that systems give to whoever asks for any port (Linux from 32768, others from 49152), so that no other test gets one.
type freePorts struct {
	mu   sync.Mutex
	next int
}

const firstPort, lastPort = 20000, 32000

func (f *freePorts) take() (port string, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for range 100 {
		if f.next++; f.next > lastPort {
			f.next = firstPort
		}
		var l net.Listener
		if l, err = net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", f.next)); err == nil {
			return portOf(l), l.Close()
		}
	}
	return "", err
}

func cmdPort(ts *testscript.TestScript, _ bool, args []string) {
	port, err := worldOf(ts).free.take()
	ts.Check(err)
	ts.Setenv(args[0], port)
}

func cmdBusy(ts *testscript.TestScript, _ bool, args []string) {
	l := listenLoopback(ts)
	ts.Setenv(args[0], portOf(l))
	ts.Defer(func() { l.Close() })
}

// process is a folkmoot that runs beside the script.
type process struct {
	cmd   *exec.Cmd
	log   *os.File
	ready chan struct{} // closed at its first line
	ended chan error
}

func cmdStart(ts *testscript.TestScript, _ bool, args []string) {
	logFile, err := os.Create(ts.MkAbs(args[0] + ".log"))
	ts.Check(err)
	p := &process{
		cmd: exec.Command("folkmoot", args[1:]...), log: logFile, ready: make(chan struct{}), ended: make(chan error, 1),
	}
	p.cmd.Dir = ts.MkAbs(".")
	for _, name := range []string{"PATH", "HOME", "TMPDIR", "FOLKMOOT_CONFIG"} {
		p.cmd.Env = append(p.cmd.Env, name+"="+ts.Getenv(name))
	}
	if ts.Getenv("FOLKMOOT_CONFIG") == "" {
		p.cmd.Env = p.cmd.Env[:3]
	}
	p.cmd.Stderr = logFile
	out, err := p.cmd.StdoutPipe()
	ts.Check(err)
	ts.Check(p.cmd.Start())
	worldOf(ts).running[args[0]] = p
	ts.Defer(func() { _ = p.cmd.Process.Kill() }) // most have ended long before
	go p.follow(out)
	select {
	case <-p.ready:
	case err := <-p.ended:
		ts.Fatalf("%s ended: %v\n%s", args[0], err, ts.ReadFile(args[0]+".log"))
	case <-time.After(patience):
		ts.Fatalf("%s does not start", args[0])
	}
}

// follow copies what the process prints and notices its first line, which it prints when it serves.
func (p *process) follow(out io.Reader) {
	var first [1]byte
	if _, err := io.ReadFull(out, first[:]); err == nil {
		close(p.ready)
		_, _ = io.Copy(p.log, io.MultiReader(bytes.NewReader(first[:]), out)) // ends with the process
	}
	err := p.cmd.Wait()
	_ = p.log.Close()
	p.ended <- err
}

func cmdEnd(ts *testscript.TestScript, _ bool, args []string) {
	p := worldOf(ts).running[args[0]]
	signal := map[string]syscall.Signal{"TERM": syscall.SIGTERM, "KILL": syscall.SIGKILL}[args[1]]
	ts.Check(p.cmd.Process.Signal(signal))
	select {
	case err := <-p.ended:
		if signal == syscall.SIGTERM && err != nil {
			ts.Fatalf("%s: %v\n%s", args[0], err, ts.ReadFile(args[0]+".log"))
		}
	case <-time.After(patience):
		ts.Fatalf("%s does not end", args[0])
	}
}

func cmdGet(ts *testscript.TestScript, neg bool, args []string) {
	r, err := http.NewRequest(http.MethodGet, args[0], nil)
	ts.Check(err)
	if strings.HasPrefix(args[1], "application/") {
		r.Header.Set("Accept", args[1])
		args = args[1:]
	}
	res, err := (&http.Client{Timeout: patience}).Do(r)
	ts.Check(err)
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	ts.Check(err)
	ts.Logf("%s\n%s", res.Status, body)
	for _, text := range args[1:] {
		if found := bytes.Contains(body, []byte(text)); found == neg {
			ts.Fatalf("%q in the page: %v", text, found)
		}
	}
}

func cmdPicture(ts *testscript.TestScript, _ bool, args []string) {
	w, err := strconv.Atoi(args[1])
	ts.Check(err)
	h, err := strconv.Atoi(args[2])
	ts.Check(err)
	var out bytes.Buffer
	ts.Check(png.Encode(&out, image.NewGray(image.Rect(0, 0, w, h))))
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), out.Bytes(), 0o600))
}

func cmdPeer(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) == 0 {
		startPeer(ts)
		return
	}
	if args[0] == "down" {
		ts.Check(worldOf(ts).listening.Close())
		return
	}
	p, ctx, who, group := worldOf(ts).peer, context.Background(), args[1], args[2]
	switch args[0] {
	case "follow":
		_, err := p.Follow(ctx, who, group)
		ts.Check(err)
		wait(ts, who+" follows "+group, func() bool { return p.Follows(who, group) })
	case "ask":
		_, err := p.Follow(ctx, who, group)
		ts.Check(err)
	case "told":
		want, err := strconv.Atoi(args[3])
		ts.Check(err)
		wait(ts, fmt.Sprintf("%s has %d private messages", who, want), func() bool { return len(p.Private(who)) == want })
	case "post":
		uri, _, err := p.Publish(ctx, who, group, fedtest.Post{Text: args[3], Mentions: []string{group}})
		ts.Check(err)
		ts.Setenv("POST", uri)
	case "home":
		want, err := strconv.Atoi(args[3])
		ts.Check(err)
		wait(ts, fmt.Sprintf("%s sees %d boosts", who, want), func() bool { return len(p.Home(who)) == want })
	default:
		ts.Fatalf("a peer cannot %s", args[0])
	}
}

func startPeer(ts *testscript.TestScript) {
	l := listenLoopback(ts)
	p := fedtest.NewPeer("http://"+l.Addr().String(), "mastodon", &http.Client{Timeout: patience}, time.Now)
	for _, name := range []string{"ann", "bob"} {
		key, err := fedtest.NewKey()
		ts.Check(err)
		p.AddUser(name, key)
	}
	srv := &http.Server{Handler: p, ReadHeaderTimeout: patience}
	go func() { _ = srv.Serve(l) }()
	ts.Defer(func() { srv.Close() })
	ts.Setenv("PEER", l.Addr().String())
	worldOf(ts).peer, worldOf(ts).listening = p, srv
}

func cmdLater(ts *testscript.TestScript, _ bool, args []string) {
	wait(ts, fmt.Sprintf("folkmoot %s says %q", strings.Join(args[1:], " "), args[0]), func() bool {
		ts.Check(ts.Exec("folkmoot", args[1:]...))
		return strings.Contains(ts.ReadFile("stdout"), args[0])
	})
}

// wait looks again until something that another process does has happened.
func wait(ts *testscript.TestScript, what string, done func() bool) {
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	end := time.After(patience)
	for !done() {
		select {
		case <-tick.C:
		case <-end:
			ts.Fatalf("it never happened that %s", what)
		}
	}
}

// cmdSchema changes PRAGMA user_version, which stands big-endian at offset 60 of the file
// (https://sqlite.org/fileformat.html section 1.3).
func cmdSchema(ts *testscript.TestScript, _ bool, args []string) {
	version, err := strconv.ParseUint(args[1], 10, 32)
	ts.Check(err)
	f, err := os.OpenFile(ts.MkAbs(filepath.FromSlash(args[0])), os.O_RDWR, 0)
	ts.Check(err)
	_, err = f.WriteAt(binary.BigEndian.AppendUint32(nil, uint32(version)), 60)
	ts.Check(err)
	ts.Check(f.Close())
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

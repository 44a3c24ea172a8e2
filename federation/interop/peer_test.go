//go:build interop

package interop

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
)

// peer is a server made with Fedify, with Ann and Bob.
type peer struct {
	*lab
	software string
	port     string
	state    string
	settings []string
	node     *exec.Cmd
	running  bool
}

// activity is one that Fedify took, having verified its signature. Inner is its object as it arrived, Confirmed as Fedify
// gives it to applications, which is from its origin if the object is of another server than the activity.
type activity struct {
	outline
	Inner, Confirmed outline
}

// outline is what the tests look at of an object.
type outline struct {
	Type, ID, Actor, Object, Name string
	Content, InReplyTo            string
	To, Cc                        []string
}

// posted is a POST to one of the peer's inboxes and what it answered.
type posted struct {
	Path, Scheme, ID, Type string
	Status                 int
}

// addPeer starts a peer; settings are variables of its environment.
func (l *lab) addPeer(software string, settings ...string) *peer {
	l.t.Helper()
	p := &peer{lab: l, software: software, port: freePort(l.t), state: l.t.TempDir(), settings: settings}
	p.start()
	l.peers = append(l.peers, p)
	l.t.Cleanup(p.kill)
	return p
}

func (p *peer) start() {
	p.t.Helper()
	p.node = exec.Command(nodeProgram(p.t), "peer.mjs")
	p.node.Env = append(os.Environ(), append([]string{
		"PORT=" + p.port, "CERT=" + shared("cert.pem"), "KEY=" + shared("key.pem"),
		"NODE_EXTRA_CA_CERTS=" + shared("ca.pem"), "STATE=" + p.state, "SOFTWARE=" + p.software,
	}, p.settings...)...)
	p.node.Stderr = os.Stderr
	out, err := p.node.StdoutPipe()
	p.must(err)
	p.must(p.node.Start())
	p.running = true
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if lines.Text() == "listening" {
			return
		}
	}
	p.t.Fatal("the peer did not start; what it said is above")
}

func (p *peer) kill() {
	if !p.running {
		return
	}
	p.running = false
	_ = p.node.Process.Kill()
	_ = p.node.Wait() // killed, so it says so
}

// nodeProgram is the Node.js that npm installed here, or else the machine's; Fedify needs version 22.
func nodeProgram(t *testing.T) string {
	t.Helper()
	if _, err := os.Stat("node_modules/@fedify/fedify"); err != nil {
		t.Fatal("Fedify is not installed: run npm ci --ignore-scripts in federation/interop")
	}
	local, err := filepath.Abs("node_modules/.bin/node")
	if err == nil {
		_, err = os.Stat(local)
	}
	if errors.Is(err, fs.ErrNotExist) {
		return "node"
	}
	if err != nil {
		t.Fatal(err)
	}
	return local
}

// freePort finds a port below those that the kernel gives to outgoing connections: nobody takes it while a peer is down, and
// no retry to it can connect to itself. A file reserves it against the tests that run at the same time.
func freePort(t *testing.T) string {
	t.Helper()
	for range 100 {
		port := strconv.Itoa(20_000 + rand.IntN(10_000))
		mark, err := os.OpenFile(shared("port-"+port), os.O_CREATE|os.O_EXCL, 0o600)
		if err != nil {
			continue
		}
		_ = mark.Close()
		l, err := net.Listen("tcp", "127.0.0.1:"+port)
		if err == nil {
			_ = l.Close()
			return port
		}
	}
	t.Fatal("no free port between 20000 and 30000")
	return ""
}

func (p *peer) host() string               { return "127.0.0.1:" + p.port }
func (p *peer) handle(name string) string  { return "@" + name + "@" + p.host() }
func (p *peer) account(name string) string { return "https://" + p.host() + "/users/" + name }

type object = map[string]any

// do has the peer do something and returns its answer.
func (p *peer) do(command string, in object) object {
	p.t.Helper()
	var out object
	p.must(p.ask(command, in, &out))
	return out
}

// id is the id in the answer to do.
func (p *peer) id(command string, in object) string {
	p.t.Helper()
	id, _ := p.do(command, in)["id"].(string)
	return id
}

func (p *peer) ask(command string, in, out any) error {
	body, err := json.Marshal(in)
	if err != nil {
		return err
	}
	res, err := http.Post("https://"+p.host()+"/control/"+command, "application/json", bytes.NewReader(body))
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		var said struct{ Error string }
		_ = json.NewDecoder(res.Body).Decode(&said)
		return fmt.Errorf("the peer could not %s: %s", command, said.Error)
	}
	return json.NewDecoder(res.Body).Decode(out)
}

func (p *peer) seen() (all []activity) {
	p.t.Helper()
	p.must(p.ask("seen", object{}, &all))
	return all
}

func (p *peer) posted() (all []posted) {
	p.t.Helper()
	p.must(p.ask("posted", object{}, &all))
	return all
}

// those returns the activities that fit.
func (p *peer) those(fits func(activity) bool) []activity {
	p.t.Helper()
	var out []activity
	for _, a := range p.seen() {
		if fits(a) {
			out = append(out, a)
		}
	}
	return out
}

// awaits waits for exactly one activity that fits.
func (p *peer) awaits(what string, fits func(activity) bool) activity {
	p.t.Helper()
	var found []activity
	p.eventually(what, func() bool {
		found = p.those(fits)
		return len(found) > 0
	})
	if len(found) > 1 {
		p.t.Errorf("%d times %s: %+v", len(found), what, found)
	}
	return found[0]
}

// deliveries returns the POSTs that carried an activity.
func (p *peer) deliveries(id string) []posted {
	p.t.Helper()
	var out []posted
	for _, d := range p.posted() {
		if d.ID == id {
			out = append(out, d)
		}
	}
	return out
}

// follow has somebody here follow the group and waits for the answer.
func (p *peer) follow(name string) string {
	p.t.Helper()
	follow := p.id("follow", object{"as": name, "handle": p.fed.Handle("books")})
	p.awaits("the answer to "+name+"'s Follow", isAnswer("Accept", follow))
	return follow
}

func (p *peer) post(name, text, inReplyTo string) string {
	p.t.Helper()
	return p.id("post", object{"as": name, "text": text, "group": p.group, "inReplyTo": inReplyTo})
}

func isAnswer(kind, follow string) func(activity) bool {
	return func(a activity) bool { return a.Type == kind && a.Object == follow }
}

func isBoost(post string) func(activity) bool {
	return func(a activity) bool { return a.Type == "Announce" && a.Object == post }
}

func isUndo(post string) func(activity) bool {
	return func(a activity) bool { return a.Type == "Undo" && a.Inner.Type == "Announce" && a.Inner.Object == post }
}

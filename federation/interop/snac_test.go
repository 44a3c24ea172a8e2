//go:build interop && snac

package interop

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
)

// snac is a server of another family, in C, as Debian packages it. It finds its way by names without ports, so it goes through a
// proxy that knows them, and it works through its queue every few seconds.
type snac struct {
	*lab
	program, base  string
	port           string
	protocol, host string   // of its people's addresses
	env            []string // how it finds its way
	around         []string // program that runs it, and what that is told
	log            lockedBuffer
}

// What Ann and Bob do there is done at the command line; what became of it is read from the log.
func TestSnac(t *testing.T) {
	t.Parallel()
	s := newSnac(t, "http", "snac.test")
	s.lab = newPlainLab(t, "http://groups.test", map[string]string{"snac.test": "127.0.0.1:" + s.port})
	proxy := httptest.NewServer(&httputil.ReverseProxy{
		Rewrite:   func(r *httputil.ProxyRequest) { r.Out.Host = r.In.Host },
		Transport: &http.Transport{DialContext: s.dial},
	})
	t.Cleanup(proxy.Close)
	s.env = []string{"http_proxy=" + proxy.URL}
	s.start()
	s.run("adduser", s.base, "ann")
	s.run("adduser", s.base, "bob")
	s.found("http://snac.test/ann")

	s.run("follow", s.base, "ann", s.group) // as somebody who pastes the address
	s.run("follow", s.base, "bob", s.fed.Handle("books"))
	for _, name := range []string{"ann", "bob"} {
		s.says("[" + name + "] confirmed follow from " + s.group)
	}
	if c := s.counts(); c.Followers != 2 {
		t.Errorf("%+v", c)
	}
	said := s.run("note", s.base, "ann", "What next? "+s.fed.Handle("books"))
	post := regexp.MustCompile(`http://snac\.test/ann/p/[0-9.]+`).FindString(said)
	for _, name := range []string{"ann", "bob"} {
		s.says(fmt.Sprintf("[%s] new 'Announce' %s %s\n", name, s.group, post))
	}
	for _, r := range s.received() {
		if r.status != http.StatusAccepted {
			t.Errorf("snac's POST was answered %+v", r)
		}
	}
	s.run("unfollow", s.base, "bob", s.group)
	s.eventually("one follower less", func() bool { return s.counts().Followers == 1 })
	if n := strings.Count(s.log.String(), "new 'Announce'"); n != 2 {
		t.Errorf("snac told of %d boosts:\n%s", n, s.log.String())
	}
}

func newSnac(t *testing.T, protocol, host string) *snac {
	t.Helper()
	program := os.Getenv("SNAC")
	if program == "" {
		t.Fatal("SNAC does not name the program; ./get-snac.sh fetches it from Debian and says where it is")
	}
	return &snac{
		lab: &lab{t: t}, program: program, base: filepath.Join(t.TempDir(), "snac"), port: freePort(t), protocol: protocol, host: host,
	}
}

// newPlainLab speaks http and has a name, for peers that know neither our certificates nor handles with a port.
func newPlainLab(t *testing.T, origin string, hosts map[string]string) *lab {
	t.Helper()
	l := &lab{t: t, dir: t.TempDir(), port: freePort(t), origin: origin, hosts: hosts, plain: true}
	l.start()
	t.Cleanup(func() { l.stop() })
	return l
}

// start makes a snac and runs it.
func (s *snac) start() {
	s.t.Helper()
	init := exec.Command(s.program, "init", s.base)
	init.Stdin = strings.NewReader("127.0.0.1\n" + s.port + "\n" + s.host + "\n\n\n") // address, port, name, prefix, e-mail
	if out, err := init.CombinedOutput(); err != nil {
		s.t.Fatalf("snac init: %v\n%s", err, out)
	}
	s.configure()
	httpd := s.command("httpd", s.base)
	httpd.Stdout, httpd.Stderr = &s.log, &s.log
	s.must(httpd.Start())
	s.t.Cleanup(func() {
		_ = httpd.Process.Kill()
		_ = httpd.Wait() // killed, so it says so
	})
	s.says("httpd start")
	s.eventually("snac's first answer", func() bool {
		res, err := http.Get("http://127.0.0.1:" + s.port + "/")
		if err == nil {
			_ = res.Body.Close()
		}
		return err == nil
	})
}

// dial leads the names to the ports.
func (s *snac) dial(ctx context.Context, network, address string) (net.Conn, error) {
	ports := map[string]string{"snac.test:80": s.port, "groups.test:80": s.lab.port}
	var d net.Dialer
	return d.DialContext(ctx, network, "127.0.0.1:"+ports[address])
}

func (s *snac) configure() {
	s.t.Helper()
	file := filepath.Join(s.base, "server.json")
	raw, err := os.ReadFile(file)
	s.must(err)
	var config map[string]any
	s.must(json.Unmarshal(raw, &config))
	config["protocol"], config["dbglevel"] = s.protocol, 2
	raw, err = json.Marshal(config)
	s.must(err)
	s.must(os.WriteFile(file, raw, 0o600))
}

func (s *snac) command(args ...string) *exec.Cmd {
	line := append(slices.Clone(s.around), append([]string{s.program}, args...)...)
	c := exec.Command(line[0], line[1:]...)
	c.Env = append(os.Environ(), s.env...)
	return c
}

// run runs one of snac's commands and returns what it said.
func (s *snac) run(args ...string) string {
	s.t.Helper()
	out, err := s.command(args...).CombinedOutput()
	if err != nil {
		s.t.Fatalf("snac %q: %v\n%s", args, err, out)
	}
	return string(out)
}

// says waits until the log has a text.
func (s *snac) says(text string) {
	s.t.Helper()
	defer func() {
		if s.t.Failed() {
			s.t.Logf("snac said:\n%s", s.log.String())
		}
	}()
	s.eventually(text, func() bool { return strings.Contains(s.log.String(), text) })
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

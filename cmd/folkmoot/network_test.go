//go:build linux && faults

package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// Two servers in two network namespaces, with people beside each, while what lies between them fails: nothing passes, much is lost, or
// it passes slowly. Whatever was posted during that time is there afterwards, on the other side too, once and in order.
func TestFaultOfNetwork(t *testing.T) {
	t.Run("QUE-14", func(t *testing.T) {
		w := newWire(t)
		failing := regexp.MustCompile(`folkmoot_peers\{state="failing"\} [1-9]`)
		for _, fault := range []struct {
			name        string
			begin, mend func()
			heal        bool // it is over before everything is there
		}{
			{"partition", w.cut, w.mend, true},
			{"15 in 100 packets lost each way", func() { w.lose(15) }, w.mend, false},
			{"partition of answers alone", w.deafen, w.mend, true},
			{"64 kbit/s", func() { w.slow("64kbit") }, w.hurry, false},
		} {
			before := len(w.posted)
			begin := time.Now()
			fault.begin()
			w.post(4, 4)
			if fault.heal {
				w.patiently("the far side is found to be away", func() bool { return failing.MatchString(w.near.figures()) })
				fault.mend()
			}
			w.wantEverything()
			if !fault.heal {
				fault.mend()
			}
			t.Logf("%s: %d activities, all there after %s", fault.name, len(w.posted)-before, time.Since(begin).Round(time.Second))
		}
		w.report()
	})
}

// wire is two servers and what lies between them.
type wire struct {
	t         *testing.T
	a, b      string // namespaces
	near, far *lab
	ann       *stubHost // near: who posts
	bob       *stubHost // far: follows the near group
	carol     *stubHost // far: follows the far group, which follows the near one
	posted    []posting // in this order
}

// posting is something that ann wrote.
type posting struct{ activity, note, thread string }

const (
	nearIP, farIP = "127.77.0.1", "127.77.0.2" // loopback's, since the program speaks plain http nowhere else
)

func newWire(t *testing.T) *wire {
	t.Helper()
	if os.Getuid() != 0 {
		t.Fatal("not run: network namespaces want root")
	}
	for _, tool := range []string{"ip", "nft", "tc"} {
		needTool(t, tool)
	}
	w := &wire{t: t, a: fmt.Sprintf("moot-%d-a", os.Getpid()), b: fmt.Sprintf("moot-%d-b", os.Getpid())}
	for _, ns := range []string{w.a, w.b} {
		command(t, "ip", "netns", "add", ns)
		t.Cleanup(func() { command(t, "ip", "netns", "del", ns) })
	}
	command(t, "ip", "-n", w.a, "link", "add", "wire", "type", "veth", "peer", "name", "wire", "netns", w.b)
	for ns, ip := range map[string]string{w.a: nearIP, w.b: farIP} {
		command(t, "ip", "netns", "exec", ns, "sh", "-c", "echo 1 > /proc/sys/net/ipv4/conf/all/route_localnet")
		command(t, "ip", "-n", ns, "link", "set", "lo", "up")
		command(t, "ip", "-n", ns, "addr", "del", "127.0.0.1/8", "dev", "lo") // or nothing of 127 would go over the wire
		command(t, "ip", "-n", ns, "addr", "add", ip+"/24", "dev", "wire")
		command(t, "ip", "-n", ns, "link", "set", "wire", "up")
	}
	w.near, w.far = w.lab(w.a, nearIP), w.lab(w.b, farIP)
	w.ann = w.near.host("mastodon", "ann")
	there := w.near.client
	w.near.listen, w.near.client = within(w.b, farIP), w.far.client // bob asks from where he is
	w.bob = w.near.host("lemmy", "bob")
	w.near.client = there
	w.carol = w.far.host("lemmy", "carol")
	w.near.start("ip", "netns", "exec", w.a)
	w.far.start("ip", "netns", "exec", w.b)
	w.near.found()
	w.far.found()
	w.far.command("group", "follow", "books", w.near.group)
	w.near.eventually("the far group follows the near one", func() bool { return strings.Contains(w.near.figures(), "folkmoot_followers 3\n") })
	return w
}

// lab is a server in a namespace.
func (w *wire) lab(ns, ip string) *lab {
	l := newLab(w.t)
	l.domain = ip + ":8080"
	l.group = "http://" + l.domain + "/g/books"
	l.env = []string{"FOLKMOOT_ADMIN_LISTEN=" + ip + ":9090"}
	l.listen = within(ns, ip)
	l.client = &http.Client{Timeout: patience, Transport: &http.Transport{DialContext: dialWithin(ns)}}
	return l
}

// inside does something in a network namespace. The thread that went there ends with it.
func inside(ns string, do func() error) error {
	done := make(chan error, 1)
	go func() {
		runtime.LockOSThread()
		f, err := os.Open("/run/netns/" + ns)
		if err != nil {
			done <- err
			return
		}
		defer f.Close()
		setns := map[string]uintptr{"amd64": 308, "arm64": 268}[runtime.GOARCH] // setns(2), which the syscall package does not know
		if _, _, errno := syscall.RawSyscall(setns, f.Fd(), syscall.CLONE_NEWNET, 0); errno != 0 {
			done <- errno
			return
		}
		done <- do()
	}()
	return <-done
}

func within(ns, ip string) func() (net.Listener, error) {
	return func() (l net.Listener, err error) {
		err = inside(ns, func() (err error) {
			l, err = net.Listen("tcp", ip+":0")
			return err
		})
		return l, err
	}
}

func dialWithin(ns string) func(context.Context, string, string) (net.Conn, error) {
	return func(ctx context.Context, network, address string) (conn net.Conn, err error) {
		err = inside(ns, func() (err error) {
			conn, err = (&net.Dialer{}).DialContext(ctx, network, address)
			return err
		})
		return conn, err
	}
}

// rules has the packets that come in by the wire, on one side, judged by a rule of nft.
func (w *wire) rules(ns, rule string) {
	w.t.Helper()
	cmd := exec.Command("ip", "netns", "exec", ns, "nft", "-f", "-")
	cmd.Stdin = strings.NewReader("table inet fault {\nchain in {\ntype filter hook input priority 0\niifname \"wire\" " + rule + "\n}\n}\n")
	if out, err := cmd.CombinedOutput(); err != nil {
		w.t.Fatalf("nft: %v: %s", err, out)
	}
}

func (w *wire) cut()    { w.rules(w.a, "drop"); w.rules(w.b, "drop") }
func (w *wire) deafen() { w.rules(w.a, "drop") } // what is sent arrives, and nobody hears that it did

func (w *wire) lose(percent int) {
	for _, ns := range []string{w.a, w.b} {
		w.rules(ns, fmt.Sprintf("numgen random mod 100 < %d drop", percent))
	}
}

func (w *wire) mend() {
	for _, ns := range []string{w.a, w.b} {
		if err := exec.Command("ip", "netns", "exec", ns, "nft", "delete", "table", "inet", "fault").Run(); err != nil && ns == w.a {
			w.t.Errorf("nft: %v", err) // the other side has no rules after deafen
		}
	}
}

func (w *wire) slow(rate string) {
	for _, ns := range []string{w.a, w.b} {
		command(w.t, "tc", "-n", ns, "qdisc", "add", "dev", "wire", "root", "tbf", "rate", rate, "burst", "4kb", "latency", "400ms")
	}
}

func (w *wire) hurry() {
	for _, ns := range []string{w.a, w.b} {
		command(w.t, "tc", "-n", ns, "qdisc", "del", "dev", "wire", "root")
	}
}

// post has ann write threads with comments, in turn.
func (w *wire) post(threads, comments int) {
	w.t.Helper()
	var heads []string
	for round := range comments + 1 {
		for n := range threads {
			about := ""
			if round > 0 {
				about = heads[n]
			}
			create := w.ann.Write("ann", post(w.near.group, fmt.Sprintf("thread %d, %d", n, round), about))
			note := fmt.Sprint(create["object"].(map[string]any)["id"])
			if status := w.ann.send(create); status != http.StatusAccepted {
				w.t.Fatalf("status %d", status)
			}
			if round == 0 {
				heads = append(heads, note)
			}
			w.posted = append(w.posted, posting{fmt.Sprint(create["id"]), note, heads[n]})
		}
	}
}

// patiently waits as long as a server may take until it tries again.
func (w *wire) patiently(what string, done func() bool) {
	w.t.Helper()
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	for end := time.After(6 * time.Minute); !done(); {
		select {
		case <-tick.C:
		case <-end:
			w.t.Fatalf("it never happened: %s\nnear:\n%s\nfar:\n%s", what, w.near.figures(), w.far.figures())
		}
	}
}

// wantEverything waits until all that was posted is on the far side, and looks at its order. Threads may overtake each other; within
// one, nothing may.
func (w *wire) wantEverything() {
	w.t.Helper()
	db := w.far.database()
	defer db.Close()
	var came, kept []string
	w.patiently("everything is there", func() bool {
		came = came[:0]
		for _, a := range w.bob.arrivals() {
			if a.Type == "Announce" && !slices.Contains(came, a.About) {
				came = append(came, a.About)
			}
		}
		kept = kept[:0]
		rows, err := db.Query(`SELECT uri FROM posts ORDER BY id`)
		must(w.t, err)
		defer rows.Close()
		for rows.Next() {
			var uri string
			must(w.t, rows.Scan(&uri))
			kept = append(kept, uri)
		}
		must(w.t, rows.Err())
		return len(came) >= len(w.posted) && len(kept) >= len(w.posted)
	})
	last := map[string][2]int{}
	for _, p := range w.posted {
		now := [2]int{slices.Index(came, p.activity), slices.Index(kept, p.note)}
		before, some := last[p.thread]
		if now[0] < 0 || now[1] < 0 || some && (now[0] < before[0] || now[1] < before[1]) {
			w.t.Errorf("%s of %s is at %v, after what is at %v", p.note, p.thread, now, before)
		}
		last[p.thread] = now
	}
}

// report says how often something came again because its answer was lost, under the id by which it is known, and that nothing came under
// two.
func (w *wire) report() {
	ids, again := map[string]string{}, 0
	for _, a := range w.bob.arrivals() {
		if a.Type != "Announce" {
			continue
		}
		switch ids[a.About] {
		case "":
			ids[a.About] = a.ID
		case a.ID:
			again++
		default:
			w.t.Errorf("%s came as %s and as %s", a.About, ids[a.About], a.ID)
		}
	}
	w.t.Logf("%d acknowledged, none lost; %d came more than once to the far side, under one id", len(w.posted), again)
}

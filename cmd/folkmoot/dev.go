package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"folkmoot/federation"
	"folkmoot/federation/fedtest"
)

// devCommand shows the main job on one machine: two servers and a scripted Mastodon talk over loopback.
func devCommand(e *environment) *cobra.Command {
	var port int
	var once bool
	cmd := &cobra.Command{
		Use: "dev", Short: "Show Folkmoot at work on this machine alone",
		Long: "Starts two Folkmoot servers and a small scripted Mastodon on loopback, plays a story between them (follow, mention,\n" +
			"reply, edit, delete) and shows every activity with the rule that decided it. Nothing is kept and nothing leaves the machine.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return runDev(cmd.Context(), e.stdout, port, once)
		},
	}
	cmd.Flags().IntVar(&port, "port", 4000, "first of four ports; 0 for any that are free")
	cmd.Flags().BoolVar(&once, "once", false, "end after the story instead of staying up")
	return cmd
}

func runDev(ctx context.Context, out io.Writer, port int, once bool) error {
	dir, err := os.MkdirTemp("", "folkmoot-dev-")
	if err != nil {
		return fmt.Errorf("make a folder for the demonstration: %w", err)
	}
	defer os.RemoveAll(dir)
	d, err := newDemo(ctx, out, dir, port)
	if err != nil {
		return err
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	ended := make(chan error, 1)
	go func() { ended <- d.serve(ctx) }()
	fmt.Fprintf(out, "Watch it at %s\nThe groups: %s and %s\n\n", d.page.origin, d.books.origin+"/g/books", d.town.origin+"/g/town")
	err = d.play(ctx)
	if err == nil && !once {
		fmt.Fprintf(out, "\nThe story is told. The pages stay up at %s until you press Ctrl+C.\n", d.page.origin)
		select {
		case <-ctx.Done():
		case err = <-ended:
			return err
		}
	}
	stop()
	return errors.Join(err, <-ended)
}

// place is one server of the demonstration.
type place struct {
	net.Listener
	name, host, origin string
}

// demo is a fediverse of three servers and a page to watch it.
type demo struct {
	page, books, town, mastodon place
	apps                        []*app
	peer                        *fedtest.Peer
	client                      *http.Client
	out                         io.Writer

	mu     sync.Mutex
	events []shown
	last   time.Time
}

// shown is an event as seen by one of the two servers.
type shown struct {
	Server string
	federation.Event
}

func newDemo(ctx context.Context, out io.Writer, dir string, port int) (*demo, error) {
	d := &demo{out: out, last: time.Now()}
	places := []struct {
		at   *place
		name string
	}{{&d.page, "localhost"}, {&d.books, "groups.localhost"}, {&d.town, "town.localhost"}, {&d.mastodon, "mastodon.localhost"}}
	hosts := map[string]string{}
	for i, p := range places {
		want := port
		if port != 0 {
			want = port + i
		}
		var err error
		if *p.at, err = listenAt(p.name, want); err != nil {
			return nil, err
		}
		hosts[p.at.host] = p.at.Addr().String()
	}
	d.client = &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{
		DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, network, hosts[addr])
		},
	}}
	for _, p := range []place{d.books, d.town} {
		a, err := d.open(ctx, p, dir, hosts)
		if err != nil {
			return nil, err
		}
		d.apps = append(d.apps, a)
	}
	return d, d.people()
}

func listenAt(name string, port int) (place, error) {
	l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
	if err != nil {
		return place{}, listenWords(fmt.Sprintf("127.0.0.1:%d", port), "--port", err)
	}
	_, number, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		return place{}, fmt.Errorf("read the address of the listener: %w", err)
	}
	host := net.JoinHostPort(name, number)
	return place{Listener: l, name: name, host: host, origin: "http://" + host}, nil
}

// listenWords says what to do about an address that cannot be listened at.
func listenWords(addr, setting string, err error) error {
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return fmt.Errorf("%s is taken by another program: stop that, or choose another with %s", addr, setting)
	case errors.Is(err, syscall.EACCES):
		return fmt.Errorf("this user may not listen at %s: choose a port above 1023 with %s, or allow it", addr, setting)
	default:
		return fmt.Errorf("listen at %s (%s): %w", addr, setting, err)
	}
}

func (d *demo) open(ctx context.Context, p place, dir string, hosts map[string]string) (*app, error) {
	dir = filepath.Join(dir, p.name)
	if err := os.Mkdir(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make a folder for %s: %w", p.name, err)
	}
	return openApp(ctx, appOptions{
		Origin: p.origin, Domain: p.host, DataDir: dir, Title: "Folkmoot at " + p.name,
		Summary: "A demonstration on this machine. Nothing here is kept.", Log: slog.New(slog.DiscardHandler),
		Client: federation.ClientOptions{
			AllowCIDRs: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}, Hosts: hosts, AllowHTTP: true,
		},
		Watch: func(e federation.Event) { d.note(shown{Server: p.name, Event: e}) },
	})
}

// people opens the accounts of the story.
func (d *demo) people() error {
	d.peer = fedtest.NewPeer(d.mastodon.origin, "mastodon", d.client, time.Now)
	for _, name := range []string{"lee", "ann", "bob", "max"} {
		key, err := fedtest.NewKey()
		if err != nil {
			return err
		}
		d.peer.AddUser(name, key)
	}
	return nil
}

func (d *demo) serve(ctx context.Context) error {
	var wg sync.WaitGroup
	errs := make([]error, len(d.apps))
	for i, a := range d.apps {
		p := []place{d.books, d.town}[i]
		wg.Go(func() { errs[i] = errors.Join(a.run(ctx, listener{p.Listener, a.handler}), a.Close()) })
	}
	for _, l := range []listener{{d.mastodon.Listener, d.peer}, {d.page.Listener, d.pageHandler()}} {
		srv := newHTTPServer(l.handler, slog.New(slog.DiscardHandler))
		wg.Go(func() { _ = srv.Serve(l.Listener) }) // ends with Close
		context.AfterFunc(ctx, func() { _ = srv.Close() })
	}
	wg.Wait()
	return errors.Join(errs...)
}

// note keeps an event for the page and prints it.
func (d *demo) note(s shown) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.last = time.Now()
	d.events = append(d.events, s)
	fmt.Fprintf(d.out, "  %s  %-24s %s\n", s.At.Format("15:04:05"), s.way(), s.what())
}

func (s shown) way() string {
	peer, _, _ := strings.Cut(s.Peer, ":")
	peer, server := strings.TrimSuffix(peer, ".localhost"), strings.TrimSuffix(s.Server, ".localhost")
	if s.Out {
		return server + " → " + peer
	}
	return peer + " → " + server
}

func (s shown) what() string {
	switch {
	case s.Failed:
		return s.Type + ": " + s.Words
	case s.Out:
		return s.Type
	default:
		return fmt.Sprintf("%s: %s (%s). %s", s.Type, s.Verdict, s.Reason, s.Says())
	}
}

// patienceForQuiet bounds the wait for a step of the story; it is over in a moment unless something is wrong.
const patienceForQuiet = time.Minute

// quiet waits until everything that was received is decided and everything that follows is delivered.
func (d *demo) quiet(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, patienceForQuiet)
	defer cancel()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
		done, err := d.settled(ctx)
		if err != nil || done {
			return err
		}
	}
}

// settled says whether nothing is left to do, and nothing has passed for a moment: a peer's answer may be on its way.
func (d *demo) settled(ctx context.Context) (bool, error) {
	for _, a := range d.apps {
		st, err := a.store.Status(ctx)
		if err != nil {
			return false, err
		}
		if st.Undecided > 0 || st.Behind > 0 {
			return false, nil
		}
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	return time.Since(d.last) > 300*time.Millisecond, nil
}

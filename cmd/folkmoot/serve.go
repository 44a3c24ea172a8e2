package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"math"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"

	"github.com/spf13/cobra"
	"golang.org/x/crypto/acme/autocert"

	"folkmoot/config"
	"folkmoot/federation"
	"folkmoot/store"
)

func serveCommand(e *environment) *cobra.Command {
	cmd := &cobra.Command{
		Use: "serve", Short: "Run the server",
		Long: "Run the server until it is stopped with Ctrl+C or SIGTERM. Requests under way are answered first; what waits to be\n" +
			"sent stays in the database and is sent after the next start.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, file, err := e.loadWithFile()
			if err != nil {
				return err
			}
			return serve(cmd.Context(), c, file, e.stdout, newLog(c.Log, e.stderr))
		},
	}
	e.settingFlags(cmd)
	return cmd
}

// serve runs one server; file is where its configuration stands, if anywhere. The socket is opened before the database: it is what tells two servers of one folder apart.
func serve(ctx context.Context, c config.Config, file string, out io.Writer, log *slog.Logger) (err error) {
	syscall.Umask(0o077) // whatever is made from here on is for the owner alone: keys, sessions, private messages
	if err := makeFolder(c.DataDir); err != nil {
		return err
	}
	unlock, err := lockFolder(c.DataDir)
	if err != nil {
		return err
	}
	defer unlock()
	socket, err := listenSocket(c.Socket)
	if err != nil {
		return err
	}
	defer socket.Close()
	public, err := listenPublic(ctx, c)
	if err != nil {
		return err
	}
	for _, l := range public {
		defer l.Close()
	}
	o, err := optionsOf(c, log)
	if err != nil {
		return err
	}
	if o.Backups, err = newBackups(c, file, log); err != nil {
		return err
	}
	a, err := openApp(ctx, o)
	if err != nil {
		return serveWords(err)
	}
	public[0].handler = markRequests(logRequests(log, a.meters, o.Trusted, a.handler))
	all := append(public, listener{socket, markRequests(a.adminHandler())})
	if c.AdminListen != "" {
		l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", c.AdminListen)
		if err != nil {
			return errors.Join(listenWords(c.AdminListen, "admin_listen", err), a.Close())
		}
		all = append(all, listener{l, markRequests(a.watchHandler())})
	}
	roomForTheDisk()
	easeGC()
	fmt.Fprintf(out, "Folkmoot %s serves %s at %s.\n", programVersion(), c.Origin, public[0].Addr())
	notify("READY=1")
	context.AfterFunc(ctx, func() { notify("STOPPING=1") })
	go giveBackLater(ctx, func(err error) { log.Warn("memory of the start not given back", "error", err) })
	go watchdog(ctx, a.store.Answers) // a full disk is no reason to be started anew
	return inTime(ctx, func() error { return errors.Join(a.run(ctx, all...), a.Close()) })
}

// roomForTheDisk lets twice as many goroutines run at once as there are processors. The writer waits for the disk at each commit; with one
// place for each processor it finds them all taken when it comes back, and everybody whose activity it stores waits with it: a busy
// server answered half as fast.
func roomForTheDisk() {
	if os.Getenv("GOMAXPROCS") == "" {
		runtime.GOMAXPROCS(2 * runtime.GOMAXPROCS(0))
	}
}

// serveWords says what to do where the reason alone does not.
func serveWords(err error) error {
	if errors.Is(err, store.ErrOtherOrigin) {
		return fmt.Errorf("%w: set domain back to what it was, or give a new server another data_dir", err)
	}
	return err
}

func optionsOf(c config.Config, log *slog.Logger) (appOptions, error) {
	allow, err := config.Prefixes(c.Fetch.AllowCIDRs)
	if err != nil {
		return appOptions{}, fmt.Errorf("fetch.allow_cidrs: %w", err)
	}
	trusted, err := config.Prefixes(c.TrustedProxies)
	if err != nil {
		return appOptions{}, fmt.Errorf("trusted_proxies: %w", err)
	}
	return appOptions{
		Trusted: trusted, Outside: clientFromOutside(resolverOf(c), nil),
		Origin: c.Origin, Domain: c.Domain, DataDir: c.DataDir, Title: c.Title, Summary: c.Summary, Rules: c.Rules, Contact: c.Contact,
		Client: federation.ClientOptions{
			AllowCIDRs: allow, Resolver: c.Fetch.Resolver, Timeout: c.Fetch.Timeout, Kept: keptOf(c.Limits.Kept),
			AllowHTTP: !isHTTPS(c.Origin), // only loopback may be without: the configuration has seen to that
		},
		Keep: store.Retention{
			Inbox: c.Retention.Inbox.Duration(), Outbox: c.Retention.Outbox.Duration(), Audit: c.Retention.Audit.Duration(),
		},
		BodyBytes: c.Limits.BodyBytes, InFlight: c.Limits.InFlight, Waiting: c.Limits.Waiting, Workers: c.Limits.Workers, Peers: c.Limits.Peers,
		Log: log,
	}, nil
}

// keptOf bounds the connections that are kept so that half of the files this process may have open are left for everything else.
func keptOf(wanted int) int {
	var files syscall.Rlimit
	if syscall.Getrlimit(syscall.RLIMIT_NOFILE, &files) != nil {
		return wanted
	}
	return keptWithin(wanted, uint64(files.Cur))
}

func keptWithin(wanted int, files uint64) int {
	return min(wanted, max(1, int(min(files/2, math.MaxInt32)))) // #nosec G115 -- cut to what fits
}

func isHTTPS(origin string) bool { return len(origin) > 8 && origin[:8] == "https://" }

// makeFolder makes the data folder for its owner alone: the database holds the groups' private keys.
func makeFolder(path string) error {
	err := os.MkdirAll(path, 0o700)
	if err == nil {
		err = checkWritable(path)
	}
	if errors.Is(err, fs.ErrPermission) {
		return fmt.Errorf("this user may not write to the data folder %s: make it with: mkdir -p %s && chown USER %s, or set data_dir", path, path, path)
	}
	if err != nil {
		return fmt.Errorf("make the data folder %s: %w", path, err)
	}
	return nil
}

func checkWritable(path string) error {
	f, err := os.CreateTemp(path, ".writable-*")
	if err != nil {
		return err
	}
	return errors.Join(f.Close(), os.Remove(f.Name()))
}

// listenPublic opens where the world comes in; the first listener is the one for everything.
func listenPublic(ctx context.Context, c config.Config) ([]listener, error) {
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", c.Listen)
	if err != nil {
		return nil, listenWords(c.Listen, "listen", err)
	}
	if c.TLS.Mode != "autocert" {
		return []listener{{Listener: l}}, nil
	}
	certs := &autocert.Manager{
		Prompt: autocert.AcceptTOS, Cache: autocert.DirCache(filepath.Join(c.DataDir, "certificates")),
		HostPolicy: autocert.HostWhitelist(c.Domain), Email: c.TLS.Email,
	}
	plain, err := lc.Listen(ctx, "tcp", c.TLS.HTTPListen)
	if err != nil {
		return nil, errors.Join(listenWords(c.TLS.HTTPListen, "tls.http_listen", err), l.Close())
	}
	return []listener{{Listener: tlsListener(l, certs)}, {Listener: plain, handler: certs.HTTPHandler(http.HandlerFunc(toHTTPS(c.Origin)))}}, nil
}

// toHTTPS sends on whoever comes without encryption. Only GET and HEAD: a POST has sent its body already. And only to paths: what else
// a request may name would go on the name of this server, and make another one of it.
func toHTTPS(origin string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			http.Error(w, "Use "+origin+".", http.StatusBadRequest)
			return
		}
		target := r.URL.RequestURI()
		if !strings.HasPrefix(target, "/") {
			http.Error(w, "Ask for a path that begins with /, at "+origin+".", http.StatusBadRequest)
			return
		}
		http.Redirect(w, r, origin+target, http.StatusMovedPermanently) // #nosec G710 -- the origin is ours, and ends where a path begins
	}
}

func newLog(c config.Log, w io.Writer) *slog.Logger {
	var level slog.Level
	_ = level.UnmarshalText([]byte(c.Level)) // checked when it was loaded; info otherwise
	o := &slog.HandlerOptions{Level: level}
	var lines slog.Handler = slog.NewTextHandler(w, o)
	if c.Format == "json" {
		lines = slog.NewJSONHandler(w, o)
	}
	return slog.New(newRepeatHandler(requestHandler{lines}))
}

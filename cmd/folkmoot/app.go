package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"path/filepath"
	"sync"
	"time"

	"folkmoot/federation"
	"folkmoot/store"
	"folkmoot/web"
)

// appOptions say what one server is made of; serve reads them from the configuration, dev makes them up.
type appOptions struct {
	Origin, Domain        string
	DataDir               string
	Title, Summary, Rules string
	Contact               string
	Client                federation.ClientOptions
	Trusted               []netip.Prefix  // proxies that are believed about who asks
	Keep                  store.Retention // zero keeps everything
	BodyBytes             int64
	InFlight, Waiting     int
	Workers, Peers        int
	Backups               *backups     // nil for none
	Outside               *http.Client // asks this server by its public address
	Log                   *slog.Logger
	Watch                 func(federation.Event)
}

// app is one whole server: storage, wire and pages.
type app struct {
	store   *store.Store
	fed     *federation.Server
	handler http.Handler
	origin  string
	log     *slog.Logger
	keep    store.Retention
	backups *backups // nil for none
	outside *http.Client
	trusted []netip.Prefix
	meters  *meters
	passed  *passed
}

// openApp wires a server together. Close ends what it started.
func openApp(ctx context.Context, o appOptions) (*app, error) {
	path := filepath.Join(o.DataDir, "folkmoot.db")
	st, err := store.Open(store.Options{Path: path, Origin: o.Origin, Encode: federation.NewEncoder(o.Origin)})
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	a := &app{store: st, origin: o.Origin, log: o.Log, keep: o.Keep, backups: o.Backups, outside: o.Outside, trusted: o.Trusted, meters: newMeters(), passed: &passed{}}
	a.meters.store, a.meters.backups = st, o.Backups
	if err := a.wire(ctx, o); err != nil {
		return nil, errors.Join(err, st.Close())
	}
	return a, nil
}

func (a *app) wire(ctx context.Context, o appOptions) error {
	var err error
	a.fed, err = federation.New(ctx, federation.Options{
		Store: a.store, Origin: o.Origin, Version: programVersion(), Title: o.Title, Contact: o.Contact, Client: o.Client,
		BodyBytes: o.BodyBytes, InFlight: o.InFlight, Waiting: o.Waiting, Workers: o.Workers, Hosts: o.Peers, Log: o.Log,
		Watch: func(e federation.Event) {
			a.meters.event(e)
			a.passed.add(e)
			if o.Watch != nil {
				o.Watch(e)
			}
		},
	})
	if err != nil {
		return err
	}
	site, err := web.New(web.Options{
		Store: a.store, Origin: o.Origin, Domain: o.Domain, Title: o.Title, Summary: o.Summary, Rules: o.Rules,
		Contact: o.Contact, Log: o.Log, Speaker: a.fed.Speaker, Person: a.fed.Person,
		Ask:     func(ctx context.Context, c web.Call) (int, []byte, error) { return a.fed.Call(ctx, federation.Call(c)) },
		Prepare: a.fed.Prepare, Edit: a.fed.EditGroup, Found: a.found, Try: a.tryRule,
		Running: a.running(o),
		Client:  func(r *http.Request) string { return clientAddress(r, o.Trusted) },
	})
	if err != nil {
		return err
	}
	pages, err := site.Handler()
	if err != nil {
		return err
	}
	a.handler = a.fed.Handler(pages)
	return nil
}

func (a *app) Close() error { return a.store.Close() }

// listener is something to serve until the program stops.
type listener struct {
	net.Listener
	handler http.Handler
}

const (
	grace     = 5 * time.Second // for requests under way when the server ends
	endWithin = 9 * time.Second // whatever hangs; Docker kills after ten
)

// run works and serves until ctx ends or a listener fails. Requests under way are answered first, but nobody is waited for who
// takes long to say what the request is.
func (a *app) run(ctx context.Context, listeners ...listener) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var wg sync.WaitGroup
	failed := make(chan error, len(listeners))
	var servers []*http.Server
	for _, l := range listeners {
		srv := newHTTPServer(l.handler, a.log)
		servers = append(servers, srv)
		wg.Go(func() {
			if err := srv.Serve(l.Listener); !errors.Is(err, http.ErrServerClosed) {
				failed <- fmt.Errorf("serve %s: %w", l.Addr(), err)
			}
		})
	}
	wg.Go(func() { _ = a.fed.Run(ctx) }) // it only ends with ctx
	wg.Go(func() { a.tidy(ctx) })
	wg.Go(func() { a.index(ctx) })
	wg.Go(func() { a.forget(ctx) })
	if a.backups != nil {
		wg.Go(func() { a.backups.run(ctx) })
	}
	var err error
	select {
	case <-ctx.Done():
	case err = <-failed:
	}
	cancel()
	for _, srv := range servers {
		wg.Go(func() { a.leave(srv) })
	}
	wg.Wait()
	return err
}

// leave answers what is under way and then closes the connections of clients that dawdle.
func (a *app) leave(srv *http.Server) {
	ctx, cancel := context.WithTimeout(context.Background(), grace)
	defer cancel()
	if srv.Shutdown(ctx) == nil {
		return
	}
	a.log.Info("slow clients were cut off")
	_ = srv.Close() // what is left of it ends with the process
}

// errHangs is no loss: what was acknowledged is in the database.
var errHangs = errors.New("it did not end in time, perhaps because the disk does not answer; nothing is lost, the next start goes on where it was")

// inTime waits for work to end, but no longer than endWithin once ctx has ended.
func inTime(ctx context.Context, work func() error) error {
	done := make(chan error, 1)
	go func() { done <- work() }()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
	}
	timer := time.NewTimer(endWithin)
	defer timer.Stop()
	select {
	case err := <-done:
		return err
	case <-timer.C:
		return errHangs
	}
}

// tidyAfter is how long a server that starts leaves its processors to whoever asks it something.
const tidyAfter = time.Second

// tidy deletes every hour what is older than it is kept.
func (a *app) tidy(ctx context.Context) {
	if a.keep == (store.Retention{}) {
		return
	}
	timer := time.NewTimer(tidyAfter)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		}
		if n, err := a.store.Retain(ctx, a.keep); err != nil && ctx.Err() == nil {
			a.log.Error("old rows not deleted", "error", err)
		} else if n > 0 {
			a.log.Info("old rows deleted", "rows", n)
		}
		timer.Reset(time.Hour)
	}
}

// index puts what was posted into the search index, soon after.
func (a *app) index(ctx context.Context) {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		if _, err := a.store.Index(ctx); err != nil && ctx.Err() == nil {
			a.log.Error("posts not put into the search index", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// forget drops the pictures of posts that nobody went on with, within a minute of their hour.
func (a *app) forget(ctx context.Context) {
	tick := time.NewTicker(time.Minute)
	defer tick.Stop()
	for {
		if err := a.store.DropOldUploads(ctx); err != nil && ctx.Err() == nil {
			a.log.Error("old uploads not dropped", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// newHTTPServer sets the limits without which a few slow clients keep everybody else out.
func newHTTPServer(h http.Handler, log *slog.Logger) *http.Server {
	return &http.Server{
		Handler: h, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: 30 * time.Second, WriteTimeout: 60 * time.Second,
		IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 64 << 10, ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
}

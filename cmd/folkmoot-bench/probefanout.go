package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"database/sql"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"runtime/debug"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	_ "folkmoot/store" // for its SQLite
)

const (
	bareRounds = 4   // one over new connections, the others over these
	bareHands  = 256 // requests under way at once
	bareGroup  = 256 // hosts in a commit
	bareGC     = 400 // percent of garbage, as the server has it when it is busy
)

// bareSender does the least that a fan-out needs: for each host a signature of its own, a request over a connection that is kept, and
// a durable row that says how far it is. Nothing is decided, parsed, scheduled or tried again, and where hosts are is known.
type bareSender struct {
	sign    func(to, digest string, at time.Time) (http.Header, error)
	hosts   []string // with their ports
	carrier *http.Transport
	dialled atomic.Int64
	cursors *sql.DB
	dir     string
}

// bareFanouts sends as many bytes as the server did to the hosts that it sent them to, once for each round.
func (b *bench) bareFanouts(ctx context.Context, scheme string, size int) (out []fanout, err error) {
	s, err := b.newBareSender(ctx, scheme)
	if err != nil {
		return nil, fmt.Errorf("prepare a bare fan-out: %w", err)
	}
	defer func() { err = errors.Join(err, s.close()) }()
	defer debug.SetGCPercent(debug.SetGCPercent(bareGC))
	for i := range bareRounds {
		f, err := b.bareFanOut(ctx, s, i+1, size)
		if err != nil {
			return nil, fmt.Errorf("bare fan-out: %w", err)
		}
		out = append(out, f)
	}
	// The transport drops a connection whose answer is there before it has noticed that the request is sent: seldom, but it does.
	if n := int(s.dialled.Load()); n > len(s.hosts)+len(s.hosts)/50 {
		return nil, fmt.Errorf("bare fan-out: %d connections were made to %d hosts, and one for each was to be kept", n, len(s.hosts))
	}
	return out, nil
}

func (b *bench) newBareSender(ctx context.Context, scheme string) (*bareSender, error) {
	s := &bareSender{sign: b.people.bareRSA}
	if scheme == schemeEd {
		s.sign = b.people.bareEd
	}
	for n := range b.fanoutHosts() {
		s.hosts = append(s.hosts, fmt.Sprintf("%s:%d", host{"mastodon", scheme, 1 + n}.name(), b.people.Port))
	}
	authority, err := os.ReadFile(filepath.Join(b.dir, caFile))
	if err != nil {
		return nil, err
	}
	known := x509.NewCertPool()
	known.AppendCertsFromPEM(authority)
	s.carrier = &http.Transport{
		DialContext: s.dial, MaxIdleConns: len(s.hosts), MaxIdleConnsPerHost: 1, DisableCompression: true,
		TLSClientConfig: &tls.Config{RootCAs: known, MinVersion: tls.VersionTLS13}, // and HTTP/1.1, as it is set here
	}
	if s.dir, err = b.folder(); err != nil {
		return nil, err
	}
	if err := s.openCursors(ctx); err != nil {
		return nil, errors.Join(err, s.close())
	}
	return s, nil
}

func (s *bareSender) close() error {
	s.carrier.CloseIdleConnections()
	return errors.Join(s.cursors.Close(), os.RemoveAll(s.dir))
}

// dial goes where the name server would say that a host is.
func (s *bareSender) dial(ctx context.Context, network, address string) (net.Conn, error) {
	name, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	h, ok := parseHost(name)
	if !ok {
		return nil, fmt.Errorf("%q is no host", name)
	}
	s.dialled.Add(1)
	var d net.Dialer
	return d.DialContext(ctx, network, net.JoinHostPort(netip.AddrFrom4(addressOf(h.N)).String(), port))
}

// openCursors makes a row for each host, in SQLite as it is: what the store would do besides is none of the least.
func (s *bareSender) openCursors(ctx context.Context) (err error) {
	path := filepath.Join(s.dir, "cursors.db")
	if s.cursors, err = sql.Open("sqlite", "file:"+path+"?_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)"); err != nil {
		return err
	}
	s.cursors.SetMaxOpenConns(1)
	_, err = s.cursors.ExecContext(ctx, `CREATE TABLE cursor (host INTEGER PRIMARY KEY, seq INTEGER NOT NULL) STRICT;
WITH RECURSIVE n(host) AS (SELECT 0 UNION ALL SELECT host + 1 FROM n WHERE host + 1 < ?) INSERT INTO cursor SELECT host, 0 FROM n`, len(s.hosts))
	return err
}

// bareFanOut is one round. It ends as the server's does, with the arrival of the last request, and only if all were answered 2xx and
// all rows are durable.
func (b *bench) bareFanOut(ctx context.Context, s *bareSender, round, size int) (f fanout, err error) {
	if err := b.receivers.reset(ctx); err != nil {
		return f, err
	}
	body := b.bareBody(fmt.Sprintf("bare%d", round), size)
	before, began := usageOf(os.Getpid()), time.Now()
	if err := s.round(ctx, round, body); err != nil {
		return f, err
	}
	f.used = usageOf(os.Getpid()).since(before)
	t, err := b.receivers.tally(ctx)
	if err != nil {
		return f, err
	}
	f.hosts, f.schemes, f.size = t.Taken, t.Schemes, size
	f.first, f.last = time.Unix(0, t.First).Sub(began), time.Unix(0, t.Last).Sub(began)
	var noted int
	if err := s.cursors.QueryRowContext(ctx, "SELECT count(*) FROM cursor WHERE seq = ?", round).Scan(&noted); err != nil {
		return f, err
	}
	if f.hosts != len(s.hosts) || noted != len(s.hosts) {
		return f, fmt.Errorf("%d of %d hosts took it, and %d were noted", f.hosts, len(s.hosts), noted)
	}
	b.say("  bare: %d hosts in %.2f s, %.0f/s, CPU %.0f µs each, %v", f.hosts, f.last.Seconds(), f.rate(), f.used.perOp(f.hosts), f.schemes)
	return f, nil
}

// bareBody is an activity in so far as the receivers look at it.
func (b *bench) bareBody(mark string, size int) []byte {
	text := fmt.Sprintf(`{"type":"Announce","object":"%s"`, b.people.postURI(owner(), mark))
	return append([]byte(text), append(bytes.Repeat([]byte(" "), max(size-len(text)-1, 0)), '}')...)
}

// round sends to all hosts, each of them once.
func (s *bareSender) round(ctx context.Context, round int, body []byte) error {
	sum := sha256.Sum256(body)
	digest := base64.StdEncoding.EncodeToString(sum[:])
	done := make(chan int, len(s.hosts))
	noted := make(chan error, 1)
	go func() { noted <- s.note(ctx, round, done) }()
	var next atomic.Int64
	g, sending := errgroup.WithContext(ctx)
	for range bareHands {
		g.Go(func() error {
			for {
				i := int(next.Add(1) - 1)
				if i >= len(s.hosts) {
					return nil
				}
				if err := s.post(sending, s.hosts[i], body, digest); err != nil {
					return fmt.Errorf("send to %s: %w", s.hosts[i], err)
				}
				done <- i
			}
		})
	}
	err := g.Wait()
	close(done)
	return errors.Join(err, <-noted)
}

// note moves the cursors of the hosts that are done, many in a commit.
func (s *bareSender) note(ctx context.Context, round int, done <-chan int) error {
	for more := true; more; {
		tx, err := s.cursors.BeginTx(ctx, nil)
		if err != nil {
			return err
		}
		update, err := tx.PrepareContext(ctx, "UPDATE cursor SET seq = ? WHERE host = ?")
		for n := 0; err == nil && n < bareGroup; n++ {
			var i int
			if i, more = <-done; !more {
				break
			}
			_, err = update.ExecContext(ctx, round, i)
		}
		if err != nil {
			return errors.Join(err, tx.Rollback())
		}
		if err := tx.Commit(); err != nil {
			return err
		}
	}
	return nil
}

func (s *bareSender) post(ctx context.Context, host string, body []byte, digest string) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, "https://"+host+inboxPath, bytes.NewReader(body))
	if err != nil {
		return err
	}
	if r.Header, err = s.sign(host, digest, time.Now()); err != nil {
		return err
	}
	res, err := s.carrier.RoundTrip(r)
	if err != nil {
		return err
	}
	_, _ = io.Copy(io.Discard, res.Body) // so that the connection is kept
	if res.StatusCode/100 != 2 {
		err = fmt.Errorf("it answers %s", res.Status)
	}
	return errors.Join(err, res.Body.Close())
}

package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// server is the real program, running.
type server struct {
	cmd           *exec.Cmd
	listen, admin string
	dir           string // its data folder
	log           *os.File
	ready         time.Duration // from its start to the first answer of /readyz
}

// build makes the program as it is released, but for the paths in it: to leave them out would have everything compiled anew.
func build(ctx context.Context, dir string) (string, error) {
	path := filepath.Join(dir, "folkmoot")
	cmd := exec.CommandContext(ctx, "go", "build", "-ldflags", "-s -w", "-o", path, "folkmoot/cmd/folkmoot")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build folkmoot: %w: %s", err, out)
	}
	return path, nil
}

// freeAddress finds an address nobody listens at.
func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("find a free port: %w", err)
	}
	defer l.Close()
	return l.Addr().String(), nil
}

// serve starts the program on a data folder and waits until it is ready.
func (b *bench) serve(ctx context.Context, dir string, flags ...string) (s *server, err error) {
	s = &server{dir: dir}
	if s.listen, err = freeAddress(); err != nil {
		return nil, err
	}
	if s.admin, err = freeAddress(); err != nil {
		return nil, err
	}
	if s.log, err = os.Create(filepath.Join(dir, "log")); err != nil {
		return nil, fmt.Errorf("open the server's log: %w", err)
	}
	args := []string{
		"serve", "--domain", domain, "--listen", s.listen, "--admin-listen", s.admin, "--data-dir", dir, "--socket", filepath.Join(dir, "s"),
		"--fetch-resolver", b.names.address(), "--fetch-allow-cidrs", "127.0.0.0/8",
	}
	s.cmd = exec.CommandContext(ctx, b.Binary, append(append(args, b.Flags...), flags...)...)
	s.cmd.Env = append(os.Environ(), "SSL_CERT_FILE="+filepath.Join(b.dir, caFile))
	s.cmd.Dir, s.cmd.Stdout, s.cmd.Stderr = dir, s.log, s.log
	began := time.Now()
	if err := s.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", b.Binary, err)
	}
	if err := s.awaitReady(ctx, began.Add(time.Minute)); err != nil {
		return nil, errors.Join(err, s.stop())
	}
	s.ready = time.Since(began)
	return s, nil
}

func (s *server) awaitReady(ctx context.Context, until time.Time) error {
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for {
		if conn, err := net.DialTimeout("tcp", s.admin, time.Second); err == nil {
			_ = conn.Close()
			if _, err := s.get(ctx, "/readyz"); err == nil {
				return nil
			}
		}
		if time.Now().After(until) {
			return fmt.Errorf("the server is not ready after a minute; its log: %s", s.lastWords())
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
}

// lastWords are the end of its log.
func (s *server) lastWords() string {
	raw, err := os.ReadFile(s.log.Name())
	if err != nil {
		return err.Error()
	}
	return string(raw[max(0, len(raw)-1000):])
}

// stop ends the program as systemd does and waits for it.
func (s *server) stop() error {
	err := s.cmd.Process.Signal(syscall.SIGTERM)
	if waited := s.cmd.Wait(); waited != nil {
		err = fmt.Errorf("the server ended with %w: %s", waited, s.lastWords())
	}
	return errors.Join(err, s.log.Close())
}

// get asks the admin listener.
func (s *server) get(ctx context.Context, path string) (string, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+s.admin+path, nil)
	if err != nil {
		return "", err
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		return "", fmt.Errorf("ask the server: %w", err)
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	if err == nil && res.StatusCode != http.StatusOK {
		err = fmt.Errorf("the server answers %s with %s", path, res.Status)
	}
	return string(raw), err
}

// metric sums all series of a metric.
func (s *server) metric(ctx context.Context, name string) (sum float64, err error) {
	text, err := s.get(ctx, "/metrics")
	if err != nil {
		return 0, err
	}
	lines := bufio.NewScanner(strings.NewReader(text))
	for lines.Scan() {
		series, value, _ := strings.Cut(lines.Text(), " ")
		if base, _, _ := strings.Cut(series, "{"); base != name {
			continue
		}
		v, err := strconv.ParseFloat(value, 64)
		if err != nil {
			return 0, fmt.Errorf("read the metric %s: %w", name, err)
		}
		sum += v
	}
	return sum, lines.Err()
}

// awaitDecided waits until nothing that came in is undecided, and returns when that was.
func (s *server) awaitDecided(ctx context.Context, patience time.Duration) (time.Time, error) {
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for began := time.Now(); ; {
		left, err := s.metric(ctx, "folkmoot_inbox_undecided")
		if err != nil || left == 0 {
			return time.Now(), err
		}
		if time.Since(began) > patience {
			return time.Now(), fmt.Errorf("%.0f activities are undecided after %s", left, patience)
		}
		select {
		case <-ctx.Done():
			return time.Now(), ctx.Err()
		case <-tick.C:
		}
	}
}

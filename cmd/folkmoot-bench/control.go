package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"time"
)

// control is what the process of receivers answers the driver.
func (r *receivers) control() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /tally", func(w http.ResponseWriter, _ *http.Request) {
		r.box.mu.Lock()
		defer r.box.mu.Unlock()
		writeJSON(w, "application/json", r.box.tally)
	})
	mux.HandleFunc("GET /arrivals", func(w http.ResponseWriter, q *http.Request) {
		writeJSON(w, "application/json", r.box.marked(q.URL.Query().Get("mark")))
	})
	mux.HandleFunc("POST /reset", func(http.ResponseWriter, *http.Request) { r.box.reset() })
	mux.HandleFunc("POST /manners", func(w http.ResponseWriter, q *http.Request) {
		var all []manner
		if err := json.NewDecoder(q.Body).Decode(&all); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		r.manners.set(all)
	})
	mux.HandleFunc("PUT /bare", func(w http.ResponseWriter, q *http.Request) {
		body, err := io.ReadAll(q.Body)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		r.page.set(body, http.Header{"Content-Type": {q.Header.Get("Content-Type")}})
	})
	mux.HandleFunc("GET /bare", func(w http.ResponseWriter, _ *http.Request) {
		body, head := r.page.get()
		w.Header()["Content-Type"] = head["Content-Type"]
		_, _ = w.Write(body) // whoever hung up wants nothing more
	})
	return mux
}

// receiverProcess is the driver's side of the process of receivers.
type receiverProcess struct {
	readyLine
	cmd   *exec.Cmd
	stdin io.Closer
}

func startReceivers(ctx context.Context, dir string) (*receiverProcess, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("find this program: %w", err)
	}
	cmd := exec.CommandContext(ctx, self, "receive", "--dir", dir)
	cmd.Env = append(os.Environ(), receiveEnv+"=1")
	cmd.Stderr = os.Stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return nil, fmt.Errorf("start the receivers: %w", err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return nil, fmt.Errorf("start the receivers: %w", err)
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start the receivers: %w", err)
	}
	p := &receiverProcess{cmd: cmd, stdin: stdin}
	line, err := bufio.NewReader(stdout).ReadBytes('\n')
	if err == nil {
		err = json.Unmarshal(line, &p.readyLine)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("start the receivers: %w", err), p.close())
	}
	return p, nil
}

// receiveEnv has the test binary be the receivers, as the driver does by its first argument.
const receiveEnv = "FOLKMOOT_BENCH_RECEIVE"

func (p *receiverProcess) close() error {
	return errors.Join(p.stdin.Close(), p.cmd.Wait())
}

func (p *receiverProcess) do(ctx context.Context, method, path string, in, out any) error {
	var body bytes.Buffer
	if err := json.NewEncoder(&body).Encode(in); err != nil {
		return fmt.Errorf("ask the receivers: %w", err)
	}
	r, err := http.NewRequestWithContext(ctx, method, "http://"+p.Control+path, &body)
	if err != nil {
		return fmt.Errorf("ask the receivers: %w", err)
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		return fmt.Errorf("ask the receivers: %w", err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("ask the receivers: %s %s: %s", method, path, res.Status)
	}
	if out == nil {
		return nil
	}
	return json.NewDecoder(res.Body).Decode(out)
}

func (p *receiverProcess) reset(ctx context.Context) error {
	return p.do(ctx, http.MethodPost, "/reset", nil, nil)
}

func (p *receiverProcess) behave(ctx context.Context, all ...manner) error {
	return p.do(ctx, http.MethodPost, "/manners", all, nil)
}

func (p *receiverProcess) tally(ctx context.Context) (t tally, err error) {
	return t, p.do(ctx, http.MethodGet, "/tally", nil, &t)
}

// arrivals are those whose mark begins so.
func (p *receiverProcess) arrivals(ctx context.Context, mark string) (all []arrival, err error) {
	return all, p.do(ctx, http.MethodGet, "/arrivals?mark="+url.QueryEscape(mark), nil, &all)
}

// expect waits until so many were taken, and fails if they are not.
func (p *receiverProcess) expect(ctx context.Context, n int) (tally, error) {
	t, err := p.await(ctx, func(t tally) bool { return t.Taken >= n }, stubDelay)
	if err == nil && t.Taken < n {
		err = fmt.Errorf("%d of %d activities reached their hosts, and nothing more came for %s", t.Taken, n, stubDelay)
	}
	return t, err
}

// await asks until enough has come, or nothing more does for patience. What came then is returned in both cases.
func (p *receiverProcess) await(ctx context.Context, enough func(tally) bool, patience time.Duration) (t tally, err error) {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	news, taken := time.Now(), -1
	for {
		if t, err = p.tally(ctx); err != nil || enough(t) {
			return t, err
		}
		if t.Taken != taken {
			news, taken = time.Now(), t.Taken
		}
		if time.Since(news) > patience {
			return t, nil
		}
		select {
		case <-ctx.Done():
			return t, ctx.Err()
		case <-tick.C:
		}
	}
}

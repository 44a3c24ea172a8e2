package main

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"folkmoot/store"
)

// limitPass is the least that must be done for an activity that is also passed on: an HTTP request with a signature that is verified, one
// durable row, and a signed request to one host over a connection that is kept. Nothing is parsed, decided or noted.
const limitPass = "bare loop that passes on too"

func probePass(ctx context.Context, length time.Duration, r *report) error {
	dir, err := os.MkdirTemp("", "folkmoot-bench-pass-")
	if err != nil {
		return fmt.Errorf("probe passing on: %w", err)
	}
	defer os.RemoveAll(dir)
	st, err := store.Open(store.Options{Path: filepath.Join(dir, "folkmoot.db"), Origin: origin})
	if err != nil {
		return err
	}
	public, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return errors.Join(fmt.Errorf("make a key: %w", err), st.Close())
	}
	body := make([]byte, 350)
	sum := sha256.Sum256(body)
	p := passer{store: st, public: public, key: key, sig: ed25519.Sign(key, sum[:])}
	stub := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		_, _ = io.Copy(io.Discard, q.Body) // what came is beside the question here
		w.WriteHeader(http.StatusAccepted)
	}))
	stub.TLS = &tls.Config{MinVersion: tls.VersionTLS12}
	stub.Config.ErrorLog = log.New(io.Discard, "", 0) // of connections that the end of the probe cuts
	stub.StartTLS()
	defer stub.Close()
	p.to, p.client = stub.URL, stub.Client()
	p.client.Transport.(*http.Transport).MaxIdleConnsPerHost = hands
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return errors.Join(fmt.Errorf("probe passing on: %w", err), st.Close())
	}
	srv := &http.Server{Handler: &p, ReadHeaderTimeout: time.Minute}
	go func() { _ = srv.Serve(l) }() // it ends with the probe
	request := fmt.Appendf(nil, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
	got, err := volley{to: l.Addr().String(), requests: [][]byte{request}, length: length, hands: hands}.fire(ctx)
	r.limit(limitPass, "/s", got.rate()*got.success(http.StatusAccepted))
	return errors.Join(err, srv.Close(), st.Close())
}

// passer does for each request what limitPass says.
type passer struct {
	store  *store.Store
	public ed25519.PublicKey
	key    ed25519.PrivateKey
	sig    []byte
	to     string
	client *http.Client
	last   atomic.Int64
}

func (p *passer) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	if err := p.pass(q); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.WriteHeader(http.StatusAccepted)
}

func (p *passer) pass(q *http.Request) error {
	body, err := io.ReadAll(q.Body)
	if err != nil {
		return err
	}
	if sum := sha256.Sum256(body); !ed25519.Verify(p.public, sum[:], p.sig) {
		return errors.New("not signed")
	}
	i, at := p.last.Add(1), time.Now()
	by := fmt.Sprintf("https://h%d.%s/u/%d", i%senderHosts, zone, i%senders)
	if _, err := p.store.Receive(q.Context(), store.Received{Activity: fmt.Sprintf("%s#%d", by, i), Signer: by, Raw: body, At: at, Signed: at}); err != nil {
		return err
	}
	out, err := http.NewRequestWithContext(q.Context(), http.MethodPost, p.to, bytes.NewReader(body))
	if err != nil {
		return err
	}
	out.Header.Set("Signature", base64.StdEncoding.EncodeToString(ed25519.Sign(p.key, body)))
	res, err := p.client.Do(out)
	if err != nil {
		return err
	}
	_, _ = io.Copy(io.Discard, res.Body) // so that the connection is kept
	return res.Body.Close()
}

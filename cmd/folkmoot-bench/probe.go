package main

import (
	"context"
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"folkmoot/store"
)

// The limits of the machine that figures are compared with.
const (
	limitSign    = "RSA-2048 signatures"
	limitVerify  = "RSA-2048 verifications"
	limitEd      = "Ed25519 signatures"
	limitDisk    = "fdatasync of 4 KiB, p50"
	limitTLS     = "new TLS connections"
	limitGET     = "bare net/http GET"
	limitInbound = "bare verify + insert loop"
)

func (b *bench) probe(ctx context.Context) error {
	b.say("probe: what this machine can do")
	return probe(ctx, b.probeTime(), b.report)
}

// probe measures what nothing that runs here can exceed, on all cores.
func probe(ctx context.Context, length time.Duration, r *report) error {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return fmt.Errorf("make a key: %w", err)
	}
	_, ed, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return fmt.Errorf("make a key: %w", err)
	}
	message := make([]byte, 300)
	hash := sha256.Sum256(message)
	sig, err := rsa.SignPKCS1v15(nil, key, crypto.SHA256, hash[:])
	if err != nil {
		return fmt.Errorf("sign: %w", err)
	}
	var failed error
	rate := func(hands int, do func() error) float64 {
		n, took, err := repeat(ctx, length, hands, do)
		failed = errors.Join(failed, err)
		return float64(n) / took.Seconds()
	}
	cores := runtime.GOMAXPROCS(0)
	r.limit(limitSign, "/s", rate(cores, func() error { _, err := rsa.SignPKCS1v15(nil, key, crypto.SHA256, hash[:]); return err }))
	r.limit(limitVerify, "/s", rate(cores, func() error { return rsa.VerifyPKCS1v15(&key.PublicKey, crypto.SHA256, hash[:], sig) }))
	r.limit(limitEd, "/s", rate(cores, func() error { ed25519.Sign(ed, message); return nil }))
	for _, one := range []func(context.Context, time.Duration, *report) error{probeDisk, probeTLS, probeGET} {
		failed = errors.Join(failed, one(ctx, length, r))
	}
	return errors.Join(failed, probeInbound(ctx, length, r, key), probePass(ctx, length, r))
}

// repeat does something for a while on several hands at once.
func repeat(ctx context.Context, length time.Duration, hands int, do func() error) (n int64, took time.Duration, err error) {
	var wg sync.WaitGroup
	var count atomic.Int64
	errs := make([]error, hands)
	began := time.Now()
	for i := range hands {
		wg.Go(func() {
			for errs[i] == nil && time.Since(began) < length && ctx.Err() == nil {
				errs[i] = do()
				count.Add(1)
			}
		})
	}
	wg.Wait()
	return count.Load(), time.Since(began), errors.Join(append(errs, ctx.Err())...)
}

func probeDisk(ctx context.Context, length time.Duration, r *report) error {
	f, err := os.CreateTemp("", "folkmoot-bench-sync-")
	if err != nil {
		return fmt.Errorf("probe the disk: %w", err)
	}
	defer os.Remove(f.Name())
	defer f.Close()
	block := make([]byte, 4096)
	var times []float64
	_, _, err = repeat(ctx, length, 1, func() error {
		at := time.Now()
		if _, err := f.WriteAt(block, 0); err != nil {
			return err
		}
		if err := dataSync(f); err != nil {
			return err
		}
		times = append(times, float64(time.Since(at).Microseconds()))
		return nil
	})
	slices.Sort(times)
	r.limit(limitDisk, "µs", times[len(times)/2])
	return err
}

func probeTLS(ctx context.Context, length time.Duration, r *report) error {
	dir, err := os.MkdirTemp("", "folkmoot-bench-tls-")
	if err != nil {
		return fmt.Errorf("probe TLS: %w", err)
	}
	defer os.RemoveAll(dir)
	if err := writeCertificates(dir); err != nil {
		return err
	}
	cert, err := tls.LoadX509KeyPair(filepath.Join(dir, certFile), filepath.Join(dir, keyFile))
	if err != nil {
		return fmt.Errorf("probe TLS: %w", err)
	}
	l, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS12})
	if err != nil {
		return fmt.Errorf("probe TLS: %w", err)
	}
	defer l.Close()
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() { _ = conn.(*tls.Conn).Handshake(); _ = conn.Close() }() // the other side sees what went wrong
		}
	}()
	// Who answers is beside the question here.
	client := &tls.Config{InsecureSkipVerify: true} // #nosec G402 -- loopback, nothing is sent
	n, took, err := repeat(ctx, length, 4*runtime.GOMAXPROCS(0), func() error {
		conn, err := tls.Dial("tcp", l.Addr().String(), client)
		if err != nil {
			return err
		}
		return conn.Close()
	})
	r.limit(limitTLS, "/s", float64(n)/took.Seconds())
	return err
}

func probeGET(ctx context.Context, length time.Duration, r *report) error {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("probe http: %w", err)
	}
	body := make([]byte, 3000)
	srv := &http.Server{ReadHeaderTimeout: time.Minute, Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(body) })}
	go func() { _ = srv.Serve(l) }() // it ends with the probe
	defer srv.Close()
	v := volley{to: l.Addr().String(), requests: [][]byte{[]byte("GET / HTTP/1.1\r\nHost: x\r\n\r\n")}, length: length, hands: 16}
	got, err := v.fire(ctx)
	r.limit(limitGET, "/s", got.rate())
	return err
}

// probeInbound is the least that must be done for each activity: its digest, its signature, and one durable row of an id seen for
// the first time, with the commits shared among those that wait. No HTTP and no JSON.
func probeInbound(ctx context.Context, length time.Duration, r *report, key *rsa.PrivateKey) error {
	dir, err := os.MkdirTemp("", "folkmoot-bench-insert-")
	if err != nil {
		return fmt.Errorf("probe the inbox: %w", err)
	}
	defer os.RemoveAll(dir)
	st, err := store.Open(store.Options{Path: filepath.Join(dir, "folkmoot.db"), Origin: origin})
	if err != nil {
		return err
	}
	body := make([]byte, 1024)
	hash := sha256.Sum256(body)
	sig, err := rsa.SignPKCS1v15(nil, key, crypto.SHA256, hash[:])
	if err != nil {
		return errors.Join(fmt.Errorf("sign: %w", err), st.Close())
	}
	var last atomic.Int64
	n, took, err := repeat(ctx, length, 128, func() error {
		sum := sha256.Sum256(body)
		if err := rsa.VerifyPKCS1v15(&key.PublicKey, crypto.SHA256, sum[:], sig); err != nil {
			return err
		}
		i, at := last.Add(1), time.Now()
		by := fmt.Sprintf("https://h%d.%s/u/%d", i%50, zone, i%500)
		_, err := st.Receive(ctx, store.Received{Activity: fmt.Sprintf("%s#%d", by, i), Signer: by, Raw: body, At: at, Signed: at})
		return err
	})
	r.limit(limitInbound, "/s", float64(n)/took.Seconds())
	return errors.Join(err, st.Close())
}

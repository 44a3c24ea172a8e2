package main

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
)

// readyLine is what the process of receivers says once it listens.
type readyLine struct {
	Port    int    // of all hosts
	Control string // where the driver asks what came
}

func receiveCommand() *cobra.Command {
	var dir string
	cmd := &cobra.Command{
		Use: "receive", Short: "Be the other servers (the driver starts this itself)", Hidden: true, Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return receive(cmd.Context(), dir, cmd.InOrStdin(), cmd.OutOrStdout())
		},
	}
	cmd.Flags().StringVar(&dir, "dir", ".", "the folder with the certificates and keys of the run")
	return cmd
}

// receive serves all hosts until standard input ends, which it does with the driver, however that ends.
func receive(ctx context.Context, dir string, in io.Reader, out io.Writer) error {
	raw, err := os.ReadFile(filepath.Join(dir, keysFile))
	if err != nil {
		return fmt.Errorf("read the keys of the run: %w", err)
	}
	r := &receivers{box: newPostbox(), manners: &manners{}}
	if err := json.Unmarshal(raw, &r.keys); err != nil {
		return fmt.Errorf("read the keys of the run: %w", err)
	}
	cert, err := tls.LoadX509KeyPair(filepath.Join(dir, certFile), filepath.Join(dir, keyFile))
	if err != nil {
		return fmt.Errorf("read the certificate of the run: %w", err)
	}
	listeners, port, err := listenAll(ctx)
	if err != nil {
		return err
	}
	control, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("listen for the driver: %w", err)
	}
	failed := make(chan error, len(listeners)+1)
	quiet := log.New(io.Discard, "", 0)
	for _, l := range listeners {
		srv := &http.Server{
			Handler: r.handler(), TLSConfig: &tls.Config{Certificates: []tls.Certificate{cert}}, ReadHeaderTimeout: time.Minute, ErrorLog: quiet,
		}
		go func() { failed <- srv.ServeTLS(l, "", "") }()
	}
	go func() {
		srv := &http.Server{Handler: r.control(), ReadHeaderTimeout: time.Minute, ErrorLog: quiet}
		failed <- srv.Serve(control)
	}()
	go func() { _, err := io.Copy(io.Discard, in); failed <- errors.Join(err, io.EOF) }()
	if err := json.NewEncoder(out).Encode(readyLine{Port: port, Control: control.Addr().String()}); err != nil {
		return err
	}
	if err := <-failed; !errors.Is(err, io.EOF) {
		return err
	}
	return nil
}

// listenAll opens one port that is free on all addresses.
func listenAll(ctx context.Context) (all []net.Listener, port int, err error) {
	var lc net.ListenConfig
	for range 20 {
		if all, port, err = listenOnce(ctx, lc); err == nil {
			return all, port, nil
		}
		for _, l := range all {
			_ = l.Close()
		}
	}
	return nil, 0, fmt.Errorf("find a port for the receiving hosts: %w", err)
}

func listenOnce(ctx context.Context, lc net.ListenConfig) (all []net.Listener, port int, err error) {
	for i := range addresses {
		to := addressOf(i)
		l, err := lc.Listen(ctx, "tcp", net.JoinHostPort(net.IP(to[:]).String(), strconv.Itoa(port)))
		if err != nil {
			return all, port, err
		}
		all = append(all, l)
		port = l.Addr().(*net.TCPAddr).Port
	}
	return all, port, nil
}

// receivers are all the other servers.
type receivers struct {
	keys    publicKeys
	box     *postbox
	manners *manners
	page    page
}

// handler is what each host answers.
func (r *receivers) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /inbox", r.inbox)
	mux.HandleFunc("POST /u/{k}/inbox", r.inbox)
	mux.HandleFunc("GET /u/{k}", r.actor)
	mux.HandleFunc("GET /.well-known/nodeinfo", func(w http.ResponseWriter, q *http.Request) {
		writeJSON(w, "application/json", map[string]any{"links": []map[string]string{{
			"rel": "http://nodeinfo.diaspora.software/ns/schema/2.0", "href": "https://" + q.Host + "/nodeinfo/2.0",
		}}})
	})
	mux.HandleFunc("GET /nodeinfo/2.0", func(w http.ResponseWriter, q *http.Request) {
		h, _ := parseHost(q.Host)
		writeJSON(w, "application/json", map[string]any{
			"version": "2.0", "software": map[string]string{"name": h.Software, "version": "4.5.0"}, "protocols": []string{"activitypub"},
			"services": map[string]any{"inbound": []string{}, "outbound": []string{}}, "openRegistrations": false,
			"usage": map[string]any{"users": map[string]int{"total": 1}}, "metadata": map[string]any{},
		})
	})
	return mux
}

func writeJSON(w http.ResponseWriter, media string, v any) {
	w.Header().Set("Content-Type", media)
	_ = json.NewEncoder(w).Encode(v) // whoever hung up wants nothing more
}

func (r *receivers) actor(w http.ResponseWriter, q *http.Request) {
	h, ok := parseHost(q.Host)
	k, err := strconv.Atoi(q.PathValue("k"))
	if !ok || err != nil {
		http.NotFound(w, q)
		return
	}
	r.box.fetched()
	writeJSON(w, "application/activity+json", r.keys.document("https://"+q.Host, person{h, k}))
}

// inbox notes what came, when and how it was signed, and answers as the host's manners are.
func (r *receivers) inbox(w http.ResponseWriter, q *http.Request) {
	at := time.Now()
	h, _ := parseHost(q.Host)
	m := r.manners.of(h.N)
	body, err := io.ReadAll(io.LimitReader(q.Body, 2<<20))
	if err != nil {
		return
	}
	a := arrival{Host: h.N, At: at.UnixNano(), Scheme: schemeOf(q.Header), Kind: kindOf(body), Mark: markOf(body), Size: len(body)}
	if h.Scheme == schemeEd {
		w.Header().Set("Accept-Signature", `sig1=("@method" "@target-uri" "content-digest");created;alg="ed25519"`)
	}
	status := m.answer(q.Context(), w.Header())
	a.Taken = status == http.StatusAccepted
	r.box.put(a, m)
	w.WriteHeader(status)
}

// schemeOf tells how a request was signed: what it says is not believed, an Ed25519 signature is known by its length.
func schemeOf(h http.Header) string {
	text, scheme := h.Get("Signature"), "cavage"
	if h.Get("Signature-Input") != "" {
		scheme = "rfc9421"
	}
	if text == "" {
		return "unsigned"
	}
	if _, value, ok := strings.Cut(text, `signature="`); ok && scheme == "cavage" {
		text, _, _ = strings.Cut(value, `"`)
	} else if _, value, ok := strings.Cut(text, "=:"); ok {
		text, _, _ = strings.Cut(value, ":")
	}
	if len(text) <= 88 { // base64 of 64 bytes
		return scheme + "/ed25519"
	}
	return scheme + "/rsa"
}

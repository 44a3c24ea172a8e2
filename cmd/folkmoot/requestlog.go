package main

import (
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"regexp"
	"strings"
	"time"
)

// logRequests logs and counts each request once it is answered, with who asked. It never logs bodies, queries, signatures or
// secrets of links.
func logRequests(log *slog.Logger, m *meters, trusted []netip.Prefix, next http.Handler) http.Handler {
	secret := regexp.MustCompile(`[A-Za-z2-7]{40,}`) // as crypto/rand.Text makes them, twice
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		begin := time.Now()
		seen := &statusWriter{ResponseWriter: w, status: http.StatusOK}
		next.ServeHTTP(seen, r)
		m.request(seen.status, time.Since(begin))
		if !log.Enabled(r.Context(), slog.LevelDebug) {
			return
		}
		path := secret.ReplaceAllString(r.URL.Path, "...") // wherever it stands: people mistype addresses with secrets in them too
		log.DebugContext(r.Context(), "request", "method", r.Method, "path", path, "status", seen.status, "client", clientAddress(r, trusted),
			"agent", r.UserAgent(), "took_ms", float64(time.Since(begin).Microseconds())/1000)
	})
}

// statusWriter remembers the status.
type statusWriter struct {
	http.ResponseWriter
	status int
}

func (w *statusWriter) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}

// Unwrap lets http.ResponseController reach what lies beneath.
func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// clientAddress is who asked: the last address in X-Forwarded-For that no trusted proxy wrote about another of ours. What a
// client writes there itself stands further left and is not believed.
func clientAddress(r *http.Request, trusted []netip.Prefix) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	forwarded := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(forwarded) - 1; i >= 0 && isTrusted(host, trusted); i-- {
		next, err := netip.ParseAddr(strings.TrimSpace(forwarded[i]))
		if err != nil {
			break
		}
		host = next.Unmap().String()
	}
	return host
}

func isTrusted(host string, trusted []netip.Prefix) bool {
	ip, err := netip.ParseAddr(host)
	if err != nil {
		return false
	}
	for _, p := range trusted {
		if p.Contains(ip.Unmap()) {
			return true
		}
	}
	return false
}

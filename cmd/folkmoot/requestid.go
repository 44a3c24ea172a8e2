package main

import (
	"context"
	"crypto/rand"
	"log/slog"
	"net/http"
	"strings"
)

// requestHeader tells whoever asked by what to find their request in the log.
const requestHeader = "X-Request-Id"

// requestKey is where a context holds the id of the request that it is for.
type requestKey struct{}

// markRequests gives each request an id, in its context and in the answer. An id that comes with a request is not believed: it could be
// that of another one. It is no number that counts on, from which anybody could tell how many ask.
func markRequests(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id := strings.ToLower(rand.Text()[:12])
		w.Header().Set(requestHeader, id)
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), requestKey{}, id)))
	})
}

// requestHandler adds to each line the id of the request that it was written for, if any.
type requestHandler struct{ slog.Handler }

func (h requestHandler) Handle(ctx context.Context, line slog.Record) error {
	if id, ok := ctx.Value(requestKey{}).(string); ok {
		line = line.Clone() // others may hold it
		line.AddAttrs(slog.String("request", id))
	}
	return h.Handler.Handle(ctx, line)
}

func (h requestHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return requestHandler{h.Handler.WithAttrs(attrs)}
}

func (h requestHandler) WithGroup(name string) slog.Handler {
	return requestHandler{h.Handler.WithGroup(name)}
}

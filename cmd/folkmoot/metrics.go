package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/VictoriaMetrics/metrics"

	"folkmoot/federation"
	"folkmoot/store"
)

// meters count what the server does, in Prometheus' text format.
type meters struct {
	set     *metrics.Set
	store   *store.Store
	backups *backups // nil for none
}

func newMeters() *meters { return &meters{set: metrics.NewSet()} }

// event counts an activity that came in or went out.
func (m *meters) event(e federation.Event) {
	if e.Out {
		outcome := "delivered"
		if e.Failed {
			outcome = "failed"
		}
		m.set.GetOrCreateCounter(fmt.Sprintf(`folkmoot_deliveries_total{outcome=%q}`, outcome)).Inc()
		return
	}
	m.set.GetOrCreateCounter(fmt.Sprintf(`folkmoot_activities_total{type=%q,verdict=%q}`, knownType(e.Type), e.Verdict)).Inc()
}

// knownType keeps the number of time series bounded, whatever types peers make up.
func knownType(t string) string {
	switch t {
	case "Follow", "Join", "Leave", "Accept", "Reject", "Undo", "Create", "Update", "Delete", "Announce", "Like", "Dislike", "EmojiReact",
		"Flag", "Resolve", "Warn", "Block", "Lock", "Add", "Remove", "Move", "QuoteRequest":
		return t
	}
	return "other"
}

// request counts an answered request.
func (m *meters) request(status int, took time.Duration) {
	m.set.GetOrCreateCounter(fmt.Sprintf(`folkmoot_requests_total{code="%dxx"}`, status/100)).Inc()
	m.set.GetOrCreateHistogram(`folkmoot_request_seconds`).Update(took.Seconds())
}

// write writes all metrics; those that must be counted are counted now.
func (m *meters) write(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
	st, err := m.store.Status(r.Context())
	if err != nil {
		http.Error(w, "The database does not answer.", http.StatusServiceUnavailable)
		return
	}
	m.set.WritePrometheus(w)
	oldest := 0.0
	if !st.OldestUndecided.IsZero() {
		oldest = time.Since(st.OldestUndecided).Seconds()
	}
	for _, g := range []struct {
		name  string
		value float64
	}{
		{"folkmoot_groups", float64(st.Groups)},
		{"folkmoot_followers", float64(st.Followers)},
		{"folkmoot_threads", float64(st.Threads)},
		{"folkmoot_comments", float64(st.Comments)},
		{"folkmoot_inbox_undecided", float64(st.Undecided)},
		{"folkmoot_inbox_oldest_seconds", oldest},
		{`folkmoot_peers{state="known"}`, float64(st.Hosts)},
		{`folkmoot_peers{state="behind"}`, float64(st.Behind)},
		{`folkmoot_peers{state="failing"}`, float64(st.Failing)},
		{"folkmoot_database_bytes", float64(st.Bytes)},
	} {
		fmt.Fprintf(w, "%s %g\n", g.name, g.value)
	}
	m.writeBackups(w)
	metrics.WriteProcessMetrics(w)
}

// ready answers whether the server can do its work.
func (m *meters) ready(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), 2*time.Second)
	defer cancel()
	if err := m.store.Ready(ctx); err != nil {
		http.Error(w, "not ready: the database does not answer", http.StatusServiceUnavailable)
		return
	}
	fmt.Fprintln(w, "ready")
	if m.backups != nil { // it can serve without; this is for whoever looks
		fmt.Fprintln(w, m.backups.now().words())
	}
}

// writeBackups says when a backup was made last, and when one failed since; 0 for never.
func (m *meters) writeBackups(w io.Writer) {
	if m.backups == nil {
		return
	}
	s := m.backups.now()
	fmt.Fprintf(w, "folkmoot_backup_success_timestamp_seconds %d\nfolkmoot_backup_failure_timestamp_seconds %d\nfolkmoot_backup_bytes %d\n",
		secondsOf(s.Newest), secondsOf(s.Failed), s.Bytes)
}

func secondsOf(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.Unix()
}

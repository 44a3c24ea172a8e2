package main

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/VictoriaMetrics/metrics"

	"folkmoot/federation"
	"folkmoot/store"
)

// meters count what the server does, in Prometheus' text format.
type meters struct {
	set     *metrics.Set
	seconds *metrics.PrometheusHistogram // that requests took
	store   *store.Store
	backups *backups // nil for none
}

// newMeters makes those of a server. That the library writes # TYPE lines can only be switched on for the whole program; nobody else in it
// writes metrics.
func newMeters() *meters {
	metrics.ExposeMetadata(true)
	set := metrics.NewSet()
	// From a page that is remembered to one that somebody gives up waiting for.
	bounds := []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10}
	return &meters{set: set, seconds: set.NewPrometheusHistogramExt("folkmoot_request_seconds", bounds)}
}

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
	m.seconds.Update(took.Seconds())
}

// write writes all metrics; those that must be counted are counted now.
func (m *meters) write(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
	st, err := m.store.Status(r.Context())
	if err != nil {
		http.Error(w, "The database does not answer.", http.StatusServiceUnavailable)
		return
	}
	now := metrics.NewSet()
	measure(now, st)
	m.measureBackups(now)
	var text bytes.Buffer
	m.set.WritePrometheus(&text)
	now.WritePrometheus(&text)
	_, _ = explanations().WriteString(w, text.String()) // whoever hung up wants nothing more
	metrics.WriteProcessMetrics(w)
}

// measure adds what the store has counted.
func measure(to *metrics.Set, st store.Status) {
	oldest := 0.0
	if !st.OldestDue.IsZero() {
		oldest = time.Since(st.OldestDue).Seconds()
	}
	for name, value := range map[string]float64{
		"folkmoot_groups":                 float64(st.Groups),
		"folkmoot_followers":              float64(st.Followers),
		"folkmoot_threads":                float64(st.Threads),
		"folkmoot_comments":               float64(st.Comments),
		"folkmoot_inbox_undecided":        float64(st.Undecided),
		"folkmoot_inbox_oldest_seconds":   oldest,
		`folkmoot_peers{state="known"}`:   float64(st.Hosts),
		`folkmoot_peers{state="behind"}`:  float64(st.Behind),
		`folkmoot_peers{state="failing"}`: float64(st.Failing),
		"folkmoot_database_bytes":         float64(st.Bytes),
	} {
		to.NewGauge(name, nil).Set(value)
	}
}

// explanations puts a sentence behind each HELP, which the library leaves empty.
func explanations() *strings.Replacer {
	var pairs []string
	for name, words := range map[string]string{
		"activities_total":                 "Activities that came in and were decided, by type and verdict.",
		"deliveries_total":                 "Attempts to deliver to another server, by outcome.",
		"requests_total":                   "Requests answered, by the first digit of the status.",
		"request_seconds":                  "How long requests took to answer.",
		"groups":                           "Groups on this server.",
		"followers":                        "Follows of all groups together.",
		"threads":                          "Threads that are shown.",
		"comments":                         "Comments that are shown.",
		"inbox_undecided":                  "Activities received and not decided yet.",
		"inbox_oldest_seconds":             "How long the oldest of those whose turn it is has waited for it, 0 for none. What is put off until later is not among them.",
		"peers":                            "Servers met so far, those that something waits for, and those that do not take what is sent.",
		"database_bytes":                   "Size of the database.",
		"backup_success_timestamp_seconds": "When the newest backup was made, in Unix time, 0 for never.",
		"backup_failure_timestamp_seconds": "When a backup has failed since, in Unix time, 0 for never.",
		"backup_bytes":                     "Size of the newest backup.",
	} {
		help := "# HELP folkmoot_" + name
		pairs = append(pairs, help+"\n", help+" "+words+"\n")
	}
	return strings.NewReplacer(pairs...)
}

// ready answers whether the server can do its work.
func (m *meters) ready(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), 2*time.Second)
	defer cancel()
	if err := m.store.Ready(ctx); err != nil {
		w.Header().Set("Retry-After", "1") // by then it may try the disk again
		http.Error(w, "not ready: "+err.Error(), http.StatusServiceUnavailable)
		return
	}
	fmt.Fprintln(w, "ready")
	if m.backups != nil { // it can serve without; this is for whoever looks
		fmt.Fprintln(w, m.backups.now().words())
	}
}

// measureBackups says when a backup was made last, and when one failed since; 0 for never.
func (m *meters) measureBackups(to *metrics.Set) {
	if m.backups == nil {
		return
	}
	s := m.backups.now()
	to.NewGauge("folkmoot_backup_success_timestamp_seconds", nil).Set(float64(secondsOf(s.Newest)))
	to.NewGauge("folkmoot_backup_failure_timestamp_seconds", nil).Set(float64(secondsOf(s.Failed)))
	to.NewGauge("folkmoot_backup_bytes", nil).Set(float64(s.Bytes))
}

func secondsOf(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.Unix()
}

package main

import (
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"folkmoot/federation"
	"folkmoot/store"
)

// Prometheus can use all of it: each family is told by a TYPE before its first sample and stands in one place, histograms are cumulative
// up to le="+Inf", and every one of ours says in words what it is.
func TestMetricsAreWhatPrometheusReads(t *testing.T) {
	s, err := store.Open(store.Options{Path: filepath.Join(t.TempDir(), "folkmoot.db"), Origin: "https://groups.example"})
	must(t, err)
	defer s.Close()
	m := newMeters()
	m.store, m.backups = s, &backups{}
	for _, took := range []time.Duration{0, 400 * time.Microsecond, time.Millisecond, 30 * time.Millisecond, time.Second, time.Minute} {
		m.request(http.StatusOK, took)
		m.request(http.StatusNotFound, took)
	}
	m.event(federation.Event{Type: "Follow", Verdict: "accepted"})
	m.event(federation.Event{Type: "Made-Up", Verdict: "refused"})
	m.event(federation.Event{Out: true})
	m.event(federation.Event{Out: true, Failed: true})
	w := httptest.NewRecorder()
	m.write(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	x := exposition{t: t, types: map[string]string{}, helps: map[string]string{}, samples: map[string]float64{}}
	for line := range strings.Lines(w.Body.String()) {
		x.line(strings.TrimSuffix(line, "\n"))
	}
	x.wantHistograms()
	for series, want := range map[string]float64{
		`folkmoot_request_seconds_bucket{le="0.001"}`: 6, `folkmoot_request_seconds_bucket{le="10"}`: 10, `folkmoot_request_seconds_count`: 12,
		`folkmoot_requests_total{code="4xx"}`: 6, `folkmoot_peers{state="behind"}`: 0, `folkmoot_activities_total{type="other",verdict="refused"}`: 1,
	} {
		if got, ok := x.samples[series]; !ok || got != want {
			t.Errorf("%s is %g (%v), want %g", series, got, ok, want)
		}
	}
	for name := range x.types {
		if strings.HasPrefix(name, "folkmoot_") && !strings.HasSuffix(x.helps[name], ".") {
			t.Errorf("%s is explained by %q", name, x.helps[name])
		}
	}
}

// exposition is what a strict reader makes of /metrics.
type exposition struct {
	t            *testing.T
	types, helps map[string]string // by family
	family       string            // of the last TYPE
	samples      map[string]float64
}

func (x *exposition) line(line string) {
	x.t.Helper()
	if words, ok := strings.CutPrefix(line, "# "); ok {
		x.comment(words)
		return
	}
	cut := strings.LastIndexByte(line, ' ')
	if cut < 0 {
		x.t.Fatalf("no sample: %q", line)
	}
	series := line[:cut]
	value, err := strconv.ParseFloat(line[cut+1:], 64)
	if _, twice := x.samples[series]; err != nil || twice || strings.Contains(series, "vmrange=") {
		x.t.Errorf("%q: %v, twice: %v", line, err, twice)
	}
	x.samples[series] = value
	if name, _, _ := strings.Cut(series, "{"); !x.belongs(name) {
		x.t.Errorf("%q does not stand behind its TYPE", line)
	}
}

func (x *exposition) comment(words string) {
	kind, rest, _ := strings.Cut(words, " ")
	name, said, _ := strings.Cut(rest, " ")
	known := x.types
	if kind == "HELP" {
		known = x.helps
	} else {
		x.family = name
	}
	if _, twice := known[name]; twice || kind != "HELP" && kind != "TYPE" {
		x.t.Errorf("twice, or unknown: %q", words)
	}
	known[name] = said
}

// belongs says whether a sample may have this name after the last TYPE.
func (x *exposition) belongs(name string) bool {
	ending, ok := strings.CutPrefix(name, x.family)
	switch x.types[x.family] {
	case "counter", "gauge":
		return ok && ending == ""
	case "summary":
		return ok && (ending == "" || ending == "_sum" || ending == "_count")
	case "histogram":
		return ok && (ending == "_bucket" || ending == "_sum" || ending == "_count")
	}
	return false
}

// wantHistograms looks at those that have a _count; the runtime's have none.
func (x *exposition) wantHistograms() {
	x.t.Helper()
	for name, kind := range x.types {
		count, counted := x.samples[name+"_count"]
		if last, ok := x.samples[name+`_bucket{le="+Inf"}`]; kind == "histogram" && (!ok || counted && last != count) {
			x.t.Errorf("%s: %g in the last bucket (%v), %g counted", name, last, ok, count)
		}
	}
	if x.types["folkmoot_request_seconds"] != "histogram" {
		x.t.Error("there is no histogram of requests")
	}
}

package main

import (
	"context"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestMain lets the test binary be the process of receivers too, as the driver is.
func TestMain(m *testing.M) {
	if os.Getenv(receiveEnv) != "" {
		if err := rootCommand().ExecuteContext(context.Background()); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// TestScenarios runs the real program under the smallest load there is. What is measured means nothing; that all of it arrives does.
func TestScenarios(t *testing.T) {
	o := defaults()
	o.Scale, o.Runs = 0.002, 1
	var err error
	if o.Binary, err = build(t.Context(), t.TempDir()); err != nil {
		t.Fatal(err)
	}
	for _, name := range smoked() {
		t.Run(name, func(t *testing.T) {
			chosen, err := choose(strings.Fields(name))
			if err != nil {
				t.Fatal(err)
			}
			r, err := measure(t.Context(), o, chosen)
			if err != nil {
				t.Fatal(err)
			}
			if len(r.Figures) == 0 || len(r.Limits) != 8 {
				t.Errorf("found %d figures and %d limits", len(r.Figures), len(r.Limits))
			}
			for _, f := range r.Figures {
				if len(f.Runs) == 0 || f.Unit == "/s" && f.Worst <= 0 || f.Unit == "%" && f.Worst < 100 {
					t.Errorf("%s: %v %s", f.Name, f.Runs, f.Unit)
				}
			}
		})
	}
}

func smoked() []string { return []string{"a1", "b1 b3", "d"} }

// What the crash test says is read as it says it (cmd/folkmoot/crash_test.go).
func TestAccountOfCrashes(t *testing.T) {
	said := "    crash_test.go:52: 1860 acknowledged, 0 of them lost; 1 deliveries lost, 44 duplicated (of one host after one start at most 7), " +
		"2 reordered; 32 starts: serves again after 61 ms (at most 118), first delivery after 80 ms (at most 640)\n--- PASS"
	counted, err := readCrashes([]byte(said))
	if want := []float64{1860, 0, 1, 7, 2, 118, 640}; err != nil || !slices.Equal(counted, want) || len(crashFigures(20)) != len(want) {
		t.Errorf("read %v, %v", counted, err)
	}
	if _, err := readCrashes([]byte("--- PASS: TestKilled (0.00s)")); err == nil {
		t.Error("no account, and no error")
	}
}

func TestUnknownScenario(t *testing.T) {
	if _, err := choose([]string{"a1", "z"}); err == nil || !strings.Contains(err.Error(), `"z"`) {
		t.Errorf("choosing z: %v", err)
	}
}

func TestVerdicts(t *testing.T) {
	r := newReport(defaults())
	r.limit(limitSign, "/s", 1000)
	r.add(figure{Scenario: "a1", Name: "fast", Unit: "/s", Runs: []float64{600, 100, 500}, Limit: limitSign, Goal: leastPart(.5)})
	r.add(figure{Scenario: "a1", Name: "slow", Unit: "ms", Runs: []float64{1, 9, 2}, Lower: true, Goal: atMost(1.5)})
	r.finish()
	text := r.markdown(false)
	for _, want := range []string{
		"| fast | 500 /s | 100 |  | 0.50 of RSA-2048 signatures | ≥ 0.50 of it: met |",
		"| slow | 2 ms | 9 |  |  | ≤ 1.50 ms: **short** |",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no line %q in\n%s", want, text)
		}
	}
}

func TestAmount(t *testing.T) {
	for v, want := range map[float64]string{0: "0", 12: "12", 1234567: "1,234,567", 999.6: "1000", 0.123: "0.12", 45.67: "45.7", -1234: "-1,234"} {
		if got := amount(v); got != want {
			t.Errorf("%v is written %q, want %q", v, got, want)
		}
	}
}

func TestCurveIsXML(t *testing.T) {
	c := curve{Name: "x", Title: "A < B & C", X: "n", Y: "/s", LogX: true, Series: []series{{"one", [][2]float64{{1, 5}, {10, 7}}}, {"none", nil}}}
	d := xml.NewDecoder(strings.NewReader(c.svg()))
	for {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
	}
	if strings.Contains(c.svg(), "NaN") {
		t.Error("a point is nowhere")
	}
}

// TestSchemeOf signs for real and reads it back.
func TestSchemeOf(t *testing.T) {
	p, err := newPeople()
	if err != nil {
		t.Fatal(err)
	}
	for scheme, want := range map[string]string{schemeRSA: "cavage/rsa", schemeEd: "rfc9421/ed25519"} {
		wire, err := p.sign(draft{by: person{host{"mastodon", scheme, 1}, 2}, body: "{}"}, time.Now())
		if err != nil {
			t.Fatal(err)
		}
		h := http.Header{}
		for line := range strings.SplitSeq(string(wire), "\r\n") {
			if name, value, ok := strings.Cut(line, ": "); ok {
				h.Set(name, value)
			}
		}
		if got := schemeOf(h); got != want {
			t.Errorf("%s is seen as %s", want, got)
		}
	}
	if got := schemeOf(http.Header{}); got != "unsigned" {
		t.Errorf("nothing is seen as %s", got)
	}
}

func TestHostNames(t *testing.T) {
	for _, name := range []string{"groups.test", "a-b.test", "a-b-x.test"} {
		if h, ok := parseHost(name); ok {
			t.Errorf("%s is taken for %+v", name, h)
		}
	}
	want := host{"lemmy", schemeEd, 4711}
	if got, ok := parseHost(want.name() + ":8443"); !ok || got != want {
		t.Errorf("%s is read as %+v", want.name(), got)
	}
}

// TestNames asks as the program does.
func TestNames(t *testing.T) {
	n, err := newNames()
	if err != nil {
		t.Fatal(err)
	}
	defer n.close()
	resolver := &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, network, n.address())
	}}
	up, down := host{"lemmy", schemeEd, 3}, host{"lemmy", schemeEd, 4}
	n.takeDown(func(h host) bool { return h == down })
	for name, want := range map[string]string{up.name(): "127.77.0.4", down.name(): "127.77.1.1", "elsewhere.test": ""} {
		got, err := resolver.LookupHost(t.Context(), name)
		if strings.Join(got, " ") != want || (want == "") != (err != nil) {
			t.Errorf("%s is at %v, %v", name, got, err)
		}
	}
}

// TestOpenLoop: what has to wait behind a slow answer counts from when it was due.
func TestOpenLoop(t *testing.T) {
	var l net.ListenConfig
	to, err := l.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	const pause = 50 * time.Millisecond
	var m manner
	m.Delay = pause
	srv := &http.Server{ReadHeaderTimeout: time.Minute, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(m.answer(r.Context(), w.Header()))
	})}
	go func() { _ = srv.Serve(to) }() // it ends with the test
	defer srv.Close()
	v := volley{to: to.Addr().String(), requests: [][]byte{[]byte("GET / HTTP/1.1\r\nHost: x\r\n\r\n")}, count: 5, rate: 1000, hands: 1}
	got, err := v.fire(t.Context())
	if err != nil || got.statuses[http.StatusAccepted] != 5 {
		t.Fatalf("%+v, %v", got, err)
	}
	if got.at(0) < 50 || got.at(1) < 200 {
		t.Errorf("the first took %.0f ms and the last %.0f, which waited for four others", got.at(0), got.at(1))
	}
}

// What takes long is measured by itself and taken over; what was measured now stays as it is.
func TestAnotherRunIsTakenOver(t *testing.T) {
	file := filepath.Join(t.TempDir(), "performance.json")
	raw, err := json.Marshal(report{
		At: time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC), Runs: 1,
		Figures: []figure{{Scenario: "h", Name: "soaked", Note: "long"}, {Scenario: "h", Name: "kept", From: "before"}, {Scenario: "a1", Name: "old"}},
		Curves:  []curve{{Name: "soak-memory"}, {Name: "growth", Title: "old"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	r := &report{Runs: 3, Figures: []figure{{Scenario: "a1", Name: "new"}}, Curves: []curve{{Name: "growth", Title: "new"}}}
	if err := r.include(file); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range r.Figures {
		got = append(got, f.Name+": "+f.From)
	}
	if want := []string{"new: ", "soaked: 2026-11-26 12:00 UTC, run 1 times", "kept: before"}; !slices.Equal(got, want) || r.Figures[1].Note != "long" {
		t.Errorf("the figures are %+v", r.Figures)
	}
	if text := r.markdown(false); strings.Count(text, "Of a run by itself: 2026-11-26 12:00 UTC, run 1 times.") != 1 {
		t.Errorf("the page says where figures are from otherwise than once:\n%s", text)
	}
	if len(r.Curves) != 2 || r.Curves[0].Title != "new" || r.Curves[1].Name != "soak-memory" {
		t.Errorf("the curves are %+v", r.Curves)
	}
}

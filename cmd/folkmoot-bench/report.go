package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// report is everything that was found out.
type report struct {
	At      time.Time `json:"at"`
	Machine string    `json:"machine"`
	Scale   float64   `json:"scale"`
	Runs    int       `json:"runs"`
	Limits  []limit   `json:"limits"`
	Figures []figure  `json:"figures"`
	Curves  []curve   `json:"curves,omitempty"`
}

// limit is something the machine cannot exceed, in the same run.
type limit struct {
	Name  string  `json:"name"`
	Unit  string  `json:"unit"`
	Value float64 `json:"value"`
}

// figure is one thing measured, once for each run.
type figure struct {
	Scenario string    `json:"scenario"`
	Name     string    `json:"name"`
	Unit     string    `json:"unit"`
	Runs     []float64 `json:"runs"`
	Lower    bool      `json:"lower_is_better,omitempty"`
	CPU      []float64 `json:"server_cpu_us_per_op,omitempty"` // of the process that did it, the server as a rule, one for each run
	Limit    string    `json:"limit,omitempty"`                // the limit it is compared with, by name
	Of       float64   `json:"of,omitempty"`                   // what it is compared with, if not a limit: measured in the same run
	OfWhat   string    `json:"of_what,omitempty"`
	Goal     *goal     `json:"goal,omitempty"`
	Note     string    `json:"note,omitempty"`
	From     string    `json:"from,omitempty"` // which other run it is taken over from, and how that differs

	Median float64 `json:"median"`
	Worst  float64 `json:"worst"`
	Ratio  float64 `json:"ratio,omitempty"` // of the median to what it is compared with
	Met    *bool   `json:"met,omitempty"`
}

// goal is what was aimed at.
type goal struct {
	Value float64 `json:"value"`
	Ratio bool    `json:"ratio"` // Value is a part of the limit, not an amount
}

func least(v float64) *goal      { return &goal{Value: v} }
func atMost(v float64) *goal     { return &goal{Value: v} }
func leastPart(v float64) *goal  { return &goal{v, true} }
func atMostPart(v float64) *goal { return &goal{v, true} }

// curve is a figure over something.
type curve struct {
	Name   string   `json:"name"` // of its file
	Title  string   `json:"title"`
	X      string   `json:"x"`
	Y      string   `json:"y"`
	LogX   bool     `json:"log_x,omitempty"`
	Series []series `json:"series"`
}

type series struct {
	Name   string       `json:"name"`
	Points [][2]float64 `json:"points"`
}

func newReport(o options) *report {
	return &report{At: time.Now().UTC().Truncate(time.Second), Machine: machine(), Scale: o.Scale, Runs: o.Runs}
}

func (r *report) limit(name, unit string, v float64) {
	r.Limits = append(r.Limits, limit{name, unit, v})
}

func (r *report) limitOf(name string) float64 {
	for _, l := range r.Limits {
		if l.Name == name {
			return l.Value
		}
	}
	return 0
}

func (r *report) add(f figure) { r.Figures = append(r.Figures, f) }

// find returns the median of a figure that is there already.
func (r *report) find(scenario, name string) (float64, bool) {
	for _, f := range r.Figures {
		if f.Scenario == scenario && f.Name == name && len(f.Runs) > 0 {
			return median(f.Runs), true
		}
	}
	return 0, false
}

// finish works out what follows from the runs.
func (r *report) finish() {
	for i := range r.Figures {
		f := &r.Figures[i]
		if len(f.Runs) == 0 {
			continue
		}
		f.Median, f.Worst = median(f.Runs), slices.Min(f.Runs)
		if f.Lower {
			f.Worst = slices.Max(f.Runs)
		}
		if f.Limit != "" {
			f.Of, f.OfWhat = r.limitOf(f.Limit), f.Limit
		}
		if f.Of > 0 {
			f.Ratio = f.Median / f.Of
		}
		if f.Goal == nil {
			continue
		}
		got := f.Median
		if f.Goal.Ratio {
			got = f.Ratio
		}
		met := got >= f.Goal.Value
		if f.Lower {
			met = got <= f.Goal.Value
		}
		f.Met = &met
	}
}

// include takes over what another run has found out of scenarios that this one did not run, such as the soak, which takes long.
func (r *report) include(file string) error {
	if file == "" {
		return nil
	}
	raw, err := os.ReadFile(file)
	if err != nil {
		return fmt.Errorf("read the report of another run: %w", err)
	}
	var other report
	if err := json.Unmarshal(raw, &other); err != nil {
		return fmt.Errorf("read the report of another run from %s: %w", file, err)
	}
	ran := map[string]bool{}
	for _, f := range r.Figures {
		ran[f.Scenario] = true
	}
	from := other.At.Format("2006-01-02 15:04 MST")
	if other.Runs != r.Runs {
		from += fmt.Sprintf(", run %d times", other.Runs)
	}
	if other.Scale != r.Scale {
		from += fmt.Sprintf(", at %g of its size", other.Scale)
	}
	for _, f := range other.Figures {
		if ran[f.Scenario] {
			continue
		}
		f.From = cmp.Or(f.From, from) // that one may have taken it over too
		r.add(f)
	}
	for _, c := range other.Curves {
		if !slices.ContainsFunc(r.Curves, func(have curve) bool { return have.Name == c.Name }) {
			r.Curves = append(r.Curves, c)
		}
	}
	return nil
}

func median(runs []float64) float64 {
	if len(runs) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(runs))
	n := len(sorted)
	if n%2 == 1 {
		return sorted[n/2]
	}
	return (sorted[n/2-1] + sorted[n/2]) / 2
}

// publish writes the report into a folder, or prints the tables where none is named.
func (r *report) publish(folder string, out io.Writer) error {
	text := r.markdown(folder != "")
	if folder == "" {
		_, err := io.WriteString(out, text)
		return err
	}
	raw, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	if err := os.MkdirAll(folder, 0o755); err != nil { // #nosec G301 -- for everybody to read
		return fmt.Errorf("make the folder of the report: %w", err)
	}
	files := map[string]string{"performance.md": text, "performance.json": string(raw) + "\n"}
	for _, c := range r.Curves {
		files[c.file()] = c.svg()
	}
	for name, text := range files {
		err = errors.Join(err, os.WriteFile(filepath.Join(folder, name), []byte(text), 0o644)) // #nosec G306 -- for everybody to read
	}
	return err
}

func (c curve) file() string { return "performance-" + strings.ToLower(c.Name) + ".svg" }

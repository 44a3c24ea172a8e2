package main

import (
	_ "embed" // of what is written by hand
	"fmt"
	"math"
	"strings"
)

// where is written by hand, from the profiles of --profile: where the time goes, and what would bring what is short nearer.
//
//go:embed where.md
var where string

// markdown writes the tables; with curves it shows the pictures beside it.
func (r *report) markdown(curves bool) string {
	var b strings.Builder
	fmt.Fprintf(&b, "# Performance\n\n<!-- Made by: folkmoot-bench run --out docs. Do not edit. -->\n\nMeasured %s on %s.\n", r.At.Format("2006-01-02 15:04 MST"), r.Machine)
	fmt.Fprintf(&b, `Server, receivers and load share these cores, so that rates are those of the whole and the processor time of the server alone
(CPU, read from Linux's /proc, in steps of 10 ms) says more. Each scenario ran %d times; the median and the worst run are shown.
Loads with a pace are open: latency counts from when a request was due, whatever came before it.
`, r.Runs)
	if r.Scale != 1 {
		fmt.Fprintf(&b, "\n**Everything ran at %g of its size:** this shows that it works, its targets mean little.\n", r.Scale)
	}
	if len(r.Limits) > 0 {
		b.WriteString("\n## What the machine can do\n\nOn all cores, in the same run; ratios below are to these.\n\n| limit | value |\n|---|---:|\n")
		for _, l := range r.Limits {
			fmt.Fprintf(&b, "| %s | %s %s |\n", l.Name, amount(l.Value), l.Unit)
		}
	}
	for _, s := range scenarios() {
		r.table(&b, s)
	}
	if curves {
		b.WriteString("\n" + where)
	}
	if curves && len(r.Curves) > 0 {
		b.WriteString("\n## Curves\n")
		for _, c := range r.Curves {
			fmt.Fprintf(&b, "\n![%s](%s)\n", c.Title, c.file())
		}
	}
	return b.String()
}

func (r *report) table(b *strings.Builder, s scenario) {
	var notes []string
	begun := false
	for _, f := range r.Figures {
		if f.Scenario != s.name {
			continue
		}
		if !begun {
			fmt.Fprintf(b, "\n## %s: %s\n", s.name, s.title)
			if f.From != "" { // a scenario is taken over whole
				fmt.Fprintf(b, "\nOf a run by itself: %s.\n", f.From)
			}
			b.WriteString("\n| figure | median | worst | CPU µs/op | ratio | target |\n|---|---:|---:|---:|---:|---|\n")
			begun = true
		}
		cpu := ""
		if c := median(f.CPU); c > 0 {
			cpu = amount(c)
		}
		fmt.Fprintf(b, "| %s | %s %s | %s | %s | %s | %s |\n", f.Name, amount(f.Median), f.Unit, amount(f.Worst), cpu, f.ratioWords(), f.goalWords())
		if f.Note != "" {
			notes = append(notes, fmt.Sprintf("* %s: %s\n", f.Name, f.Note))
		}
	}
	if len(notes) > 0 {
		b.WriteString("\n" + strings.Join(notes, ""))
	}
}

func (f figure) ratioWords() string {
	if f.Of == 0 {
		return ""
	}
	return fmt.Sprintf("%.2f of %s", f.Ratio, f.OfWhat)
}

func (f figure) goalWords() string {
	if f.Goal == nil || f.Met == nil {
		return ""
	}
	sign, unit := "≥", " "+f.Unit
	if f.Lower {
		sign = "≤"
	}
	if f.Goal.Ratio {
		unit = " of it"
	}
	verdict := "met"
	if !*f.Met {
		verdict = "**short**"
	}
	return fmt.Sprintf("%s %s%s: %s", sign, amount(f.Goal.Value), unit, verdict)
}

// amount writes a number with as many digits as mean something.
func amount(v float64) string {
	switch a := math.Abs(v); {
	case v == math.Trunc(v) && a < 1e15 || a >= 1000:
		return grouped(fmt.Sprintf("%.0f", v))
	case a >= 100:
		return fmt.Sprintf("%.0f", v)
	case a >= 10:
		return fmt.Sprintf("%.1f", v)
	default:
		return fmt.Sprintf("%.2f", v)
	}
}

func grouped(digits string) string {
	for i := len(digits) - 3; i > 0 && digits[i-1] != '-'; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}

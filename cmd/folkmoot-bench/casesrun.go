package main

import (
	"bufio"
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
)

//go:embed security.md
var securityText string

func casesCommand() *cobra.Command {
	var root, out string
	cmd := &cobra.Command{
		Use: "cases", Short: "Run the tests of attacks, faults and loads, and say of each case what became of it", Args: cobra.NoArgs,
		Long: "Runs every test that carries the id of a case in its name, and prints each case with passed, failed or not tested and why.\n" +
			"Those of disks that fail want strace and root, those of pages in a browser chromium; without these they fail and say so.",
		RunE: func(cmd *cobra.Command, _ []string) error {
			results, err := runCases(cmd.Context(), root, cmd.ErrOrStderr())
			if err != nil {
				return err
			}
			printCases(cmd.OutOrStdout(), results)
			if out != "" {
				if err := os.WriteFile(filepath.Join(out, "security.md"), []byte(securityPage(results)), 0o644); err != nil {
					return fmt.Errorf("write the table: %w", err)
				}
			}
			if n := count(results, "failed"); n > 0 {
				return fmt.Errorf("%d cases failed", n)
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&root, "root", ".", "the tree whose tests are run")
	cmd.Flags().StringVar(&out, "out", "", "folder for security.md")
	return cmd
}

// caseResult is what became of a case.
type caseResult struct {
	attackCase
	result  string // passed, failed or not tested
	where   []string
	tests   []string // their names, with those around them
	failed  []string
	figures []string // what they say of how much was acknowledged and lost
}

// runCases runs the tests that name cases, by the tags that they want, and nothing else of them.
func runCases(ctx context.Context, root string, progress io.Writer) ([]caseResult, error) {
	list, err := readCases(caseText)
	if err != nil {
		return nil, err
	}
	tests, err := findTests(root)
	if err != nil {
		return nil, err
	}
	results := make([]caseResult, len(list))
	for i, c := range list {
		results[i] = caseResult{attackCase: c, result: "not tested"}
	}
	for _, tags := range tagsIn(tests) {
		if err := runTagged(ctx, root, tags, tests, results, progress); err != nil {
			return nil, err
		}
	}
	return results, nil
}

func tagsIn(tests []testSource) []string {
	var tags []string
	for _, t := range tests {
		tags = append(tags, t.tags)
	}
	slices.Sort(tags)
	return slices.Compact(tags)
}

func runTagged(ctx context.Context, root, tags string, tests []testSource, results []caseResult, progress io.Writer) error {
	var names, dirs []string
	for _, t := range tests {
		if t.tags == tags {
			names, dirs = append(names, t.name), append(dirs, "./"+filepath.ToSlash(t.dir))
		}
	}
	slices.Sort(names)
	slices.Sort(dirs)
	names, dirs = slices.Compact(names), slices.Compact(dirs)
	fmt.Fprintf(progress, "running %d tests of %s %s\n", len(names), strings.Join(dirs, " "), tags)
	pattern := "^(" + strings.Join(names, "|") + ")$/[A-Z]{3}-[0-9]{2}"
	args := append([]string{"test", "-json", "-count=1", "-timeout=20m", "-tags=" + tags, "-run=" + pattern}, dirs...)
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir = root
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	_ = cmd.Run() // failures stand in the events
	fmt.Fprint(progress, stderr.String())
	return record(&stdout, results)
}

// testEvent is a line of go test -json.
type testEvent struct{ Action, Package, Test, Output string }

// losses finds what a test of a fault logs: "312 acknowledged, none lost; 40 refused".
func losses() *regexp.Regexp {
	return regexp.MustCompile(`(\d+) acknowledged, (none|\d+)(?: of them)? lost.*`)
}

// record reads what became of the tests. A case has passed if something was tried and all of it held.
func record(r io.Reader, results []caseResult) error {
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 10<<20)
	losses := losses()
	for lines.Scan() {
		var e testEvent
		if json.Unmarshal(lines.Bytes(), &e) != nil || !slices.Contains([]string{"pass", "fail", "skip", "output"}, e.Action) {
			continue
		}
		said := losses.FindString(e.Output)
		if e.Action == "output" && said == "" {
			continue
		}
		for i := range results {
			switch c := &results[i]; {
			case !strings.Contains(e.Test, c.id):
			case said != "":
				c.figures = append(c.figures, said)
			default:
				c.note(e)
			}
		}
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("read what became of the tests: %w", err)
	}
	return nil
}

func (c *caseResult) note(e testEvent) {
	test, _, _ := strings.Cut(e.Test, "/")
	where := strings.TrimPrefix(e.Package, "folkmoot/") + " " + test
	if !slices.Contains(c.where, where) {
		c.where = append(c.where, where)
	}
	c.tests = append(c.tests, e.Package+" "+e.Test)
	switch {
	case e.Action != "pass":
		c.result, c.failed = "failed", append(c.failed, e.Test)
	case c.result != "failed":
		c.result = "passed"
	}
}

func count(results []caseResult, result string) int {
	n := 0
	for _, c := range results {
		if c.result == result {
			n++
		}
	}
	return n
}

func (c caseResult) remark() string {
	if c.result == "failed" {
		return "failed: " + strings.Join(c.failed, ", ")
	}
	if c.result == "not tested" {
		return c.result + ": " + c.reason
	}
	return fmt.Sprintf("%s, tried in %s", c.result, strings.Join(append([]string{ways(c.variants())}, c.figures...), ". "))
}

func ways(n int) string {
	if n == 1 {
		return "one way"
	}
	return fmt.Sprintf("%d ways", n)
}

// variants counts the tests that hold no others.
func (c caseResult) variants() (n int) {
	for _, t := range c.tests {
		if !slices.ContainsFunc(c.tests, func(other string) bool { return strings.HasPrefix(other, t+"/") }) {
			n++
		}
	}
	return n
}

func printCases(w io.Writer, results []caseResult) {
	for _, c := range results {
		fmt.Fprintf(w, "%s  %-10s  %s\n", c.id, c.result, strings.TrimPrefix(c.remark(), c.result))
	}
	fmt.Fprintln(w, summary(results))
}

// summary counts by group, so that what is missing shows.
func summary(results []caseResult) string {
	var groups []string
	held, all := map[string]int{}, map[string]int{}
	for _, c := range results {
		group := c.id[:3]
		if !slices.Contains(groups, group) {
			groups = append(groups, group)
		}
		if all[group]++; c.result == "passed" {
			held[group]++
		}
	}
	for i, g := range groups {
		groups[i] = fmt.Sprintf("%s %d of %d", g, held[g], all[g])
	}
	return fmt.Sprintf("%d passed, %d failed, %d not tested. Passed by group: %s. %s",
		count(results, "passed"), count(results, "failed"), count(results, "not tested"), strings.Join(groups, ", "), totals(results))
}

// totals says in how many ways all was tried, and how much of what was acknowledged under faults was lost.
func totals(results []caseResult) string {
	tried, acknowledged, lost := 0, 0, 0
	for _, c := range results {
		tried += c.variants()
		for _, f := range c.figures {
			said := losses().FindStringSubmatch(f)
			a, _ := strconv.Atoi(said[1]) // digits, or 0 for "none"
			l, _ := strconv.Atoi(said[2])
			acknowledged, lost = acknowledged+a, lost+l
		}
	}
	return fmt.Sprintf("Tried in %d ways. Under faults %d activities were acknowledged, and %d of them lost.", tried, acknowledged, lost)
}

// securityPage is docs/security.md: what stands in security.md beside this file, with the table put in.
func securityPage(results []caseResult) string {
	var b strings.Builder
	b.WriteString(summary(results) + "\n\n| case | what is tried, and what must become of it | tests | result |\n|---|---|---|---|\n")
	for _, c := range results {
		slices.Sort(c.where)
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", c.id, c.words, strings.Join(c.where, "<br>"), c.remark())
	}
	return strings.Replace(securityText, "<!-- the table -->\n", b.String(), 1)
}

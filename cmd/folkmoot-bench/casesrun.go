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
	"slices"
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
	result string // passed, failed or not tested
	where  []string
	failed []string // names of tests
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
type testEvent struct{ Action, Package, Test string }

// record reads what became of the tests. A case has passed if something was tried and all of it held.
func record(r io.Reader, results []caseResult) error {
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 10<<20)
	for lines.Scan() {
		var e testEvent
		if json.Unmarshal(lines.Bytes(), &e) != nil || e.Action != "pass" && e.Action != "fail" && e.Action != "skip" {
			continue
		}
		for i := range results {
			if c := &results[i]; strings.Contains(e.Test, c.id) {
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
	if c.reason != "" {
		return c.result + ": " + c.reason
	}
	return c.result
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
	return fmt.Sprintf("%d passed, %d failed, %d not tested. Passed by group: %s.",
		count(results, "passed"), count(results, "failed"), count(results, "not tested"), strings.Join(groups, ", "))
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

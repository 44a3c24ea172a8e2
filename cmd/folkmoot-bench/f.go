package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"time"
)

// runF has the test of crashes kill the program at random points, while activities come in and while they go out, and takes over what
// it counted. It runs on a program of its own, built from this tree, and each run kills at other points.
func runF(ctx context.Context, b *bench) error {
	var found [][]float64
	kills := b.n(20, 3)
	err := b.each(ctx, func(ctx context.Context) error {
		counted, err := killed(ctx, kills)
		found = append(found, counted)
		return err
	})
	if err != nil {
		return err
	}
	for i, f := range crashFigures(kills) {
		for _, counted := range found {
			f.Runs = append(f.Runs, counted[i])
		}
		b.report.add(f)
	}
	return nil
}

// killed runs the test and returns what it counted, in the order of crashFigures.
func killed(ctx context.Context, kills int) ([]float64, error) {
	cmd := exec.CommandContext(ctx, "go", "test", "-count=1", "-v", "-run", "^TestKilled$", "folkmoot/cmd/folkmoot")
	cmd.Env = append(os.Environ(), "FOLKMOOT_KILLS="+strconv.Itoa(kills), "FOLKMOOT_SEED=") // each run has its own
	cmd.WaitDelay = 10 * time.Second                                                        // what it started may hold its output open
	said, failed := cmd.CombinedOutput()
	counted, err := readCrashes(said)
	if failed != nil && err != nil {
		return nil, fmt.Errorf("kill the program: %w: %s", failed, said)
	}
	return counted, err // the test fails of what misses a goal, which the figures show
}

// readCrashes finds the line in which the test accounts for everything.
func readCrashes(said []byte) ([]float64, error) {
	line := regexp.MustCompile(`(\d+) acknowledged, (\d+) of them lost; (\d+) deliveries lost, \d+ duplicated ` +
		`\(of one host after one start at most (\d+)\), (\d+) reordered; \d+ starts: serves again after \d+ ms \(at most (\d+)\), ` +
		`first delivery after \d+ ms \(at most (\d+)\)`)
	parts := line.FindSubmatch(said)
	if parts == nil {
		return nil, fmt.Errorf("read the account of the crash test: it is not in %q", said)
	}
	var counted []float64
	for _, digits := range parts[1:] {
		n, err := strconv.ParseFloat(string(digits), 64)
		if err != nil {
			return nil, fmt.Errorf("read the account of the crash test: %w", err)
		}
		counted = append(counted, n)
	}
	return counted, nil
}

// crashFigures are what the test accounts for, in its order. It has eight hosts, to which as much may come again after one start as was
// on its way, 256, and as was delivered since the last group commit, 512.
func crashFigures(kills int) []figure {
	f := func(name, unit string, g *goal) figure {
		return figure{Scenario: "f", Name: name, Unit: unit, Lower: true, Goal: g}
	}
	sent := f("acknowledged", "", nil)
	sent.Lower, sent.Note = false, fmt.Sprintf("while the program is killed %d times, at random points of its start, of what comes in and of what goes out", kills)
	return []figure{
		sent,
		f("of these lost", "", atMost(0)),
		f("deliveries lost", "", atMost(0)),
		f("delivered again to one host after one start, at most", "", atMost((256+512)/8)),
		f("deliveries after something later of their thread", "", atMost(0)),
		f("from the start until it serves, longest", "ms", atMost(1000)),
		f("from the start until the first delivery, longest", "ms", nil),
	}
}

package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// scenario is one row of the tables.
type scenario struct {
	name, title string
	run         func(context.Context, *bench) error
}

func scenarios() []scenario {
	return []scenario{
		{"a1", "inbox: accepted and processed activities", runA1},
		{"a2", "inbox: cold keys, duplicates, bad signatures, large bodies", runA2},
		{"b1", "fan-out: one post to 20,000 followers on 5,000 hosts, cold and warm", runB1},
		{"b2", "fan-out with hosts that hang, are slow or refuse", runB2},
		{"b3", "fan-out to hosts that take Ed25519 and RFC 9421", runB3},
		{"b4", "one busy group and one host far away", runB4},
		{"b5", "from the post to the first byte at an idle host", runB5},
		{"c", "size: binary, memory, start", runC},
		{"d", "reading, beside a bare handler of the same bytes", runD},
		{"e", "growth of the database and of a group", runE},
		{"f", "crashes: the program killed while activities come in and go out", runF},
		{"g", "hosts that are down for long and come back", runG},
		{"h", "soak: memory, files and goroutines over time", runH},
	}
}

func choose(names []string) ([]scenario, error) {
	if len(names) == 0 {
		return scenarios(), nil
	}
	var out []scenario
	for _, name := range names {
		i := slices.IndexFunc(scenarios(), func(s scenario) bool { return s.name == strings.ToLower(name) })
		if i < 0 {
			return nil, fmt.Errorf("there is no scenario %q; see them with: folkmoot-bench --help", name)
		}
		out = append(out, scenarios()[i])
	}
	return out, nil
}

// n scales a size of the tables, to no less than least.
func (b *bench) n(size, least int) int { return max(int(float64(size)*b.Scale), least) }

// each runs a part of a scenario as often as the options say.
func (b *bench) each(ctx context.Context, run func(context.Context) error) error {
	for i := range b.Runs {
		if err := run(ctx); err != nil {
			return fmt.Errorf("run %d: %w", i+1, err)
		}
	}
	return nil
}

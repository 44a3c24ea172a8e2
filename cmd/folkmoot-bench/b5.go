package main

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// runB5 measures from the moment a post is sent until the first byte of it reaches a host that follows, with nothing else to do:
// on a connection that is there, and on a new one.
func runB5(ctx context.Context, b *bench) error {
	groups := b.n(100, 5)
	prepared, err := b.fill(ctx, false, func(ctx context.Context, f *filler) error {
		for i := range groups {
			name := idleGroup(i)
			if err := f.found(ctx, name); err != nil {
				return err
			}
			if err := f.follow(ctx, origin+"/g/"+name, []person{{host{"mastodon", schemeRSA, 1 + i}, 1}}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	cold, warm := latencyFigures("b5", "new connection"), latencyFigures("b5", "kept connection")
	err = b.each(ctx, func(ctx context.Context) error {
		return b.with(ctx, prepared, func(s *server) error {
			first, err := b.idle(ctx, s, "new", groups, func(i int) int { return i })
			if err != nil {
				return err
			}
			again, err := b.idle(ctx, s, "kept", b.n(200, 10), func(int) int { return 0 })
			cold.note(first)
			warm.note(again)
			return err
		})
	})
	for _, f := range append(cold, warm...) {
		b.report.add(f)
	}
	return err
}

func idleGroup(i int) string { return fmt.Sprintf("idle%d", i) }

// idle sends posts, the i-th to the group that to says, and returns how long each took, sorted.
func (b *bench) idle(ctx context.Context, s *server, mark string, n int, to func(int) int) ([]time.Duration, error) {
	at := time.Now().UTC().Format(time.RFC3339)
	var drafts []draft
	for i := range n {
		drafts = append(drafts, b.people.post(owner(), fmt.Sprintf("%s-%d", mark, i), origin+"/g/"+idleGroup(to(i)), at))
	}
	return b.timed(ctx, s, drafts, mark, anyHost)
}

const (
	anyHost  = -1
	timedGap = 50 * time.Millisecond // between two posts
)

// timed sends posts at a slow pace and returns how long each took to a host, sorted. The i-th has the mark and its number as its own.
func (b *bench) timed(ctx context.Context, s *server, drafts []draft, mark string, hostNumber int) ([]time.Duration, error) {
	wire, err := b.people.signAll(drafts)
	if err != nil {
		return nil, err
	}
	began := map[string]time.Time{}
	for i := range wire {
		began[fmt.Sprintf("%s-%d", mark, i)] = time.Now()
		if _, err := (volley{to: s.listen, requests: wire[i : i+1], hands: 1}).taken(ctx); err != nil {
			return nil, err
		}
		if err := sleepUntil(ctx, time.Now().Add(timedGap)); err != nil {
			return nil, err
		}
	}
	var took []time.Duration
	for until := time.Now().Add(stubDelay); len(took) < len(wire); {
		arrivals, err := b.receivers.arrivals(ctx, mark+"-")
		if err != nil {
			return nil, err
		}
		took = took[:0]
		for _, a := range arrivals {
			if at, ok := began[a.Mark]; ok && (hostNumber == anyHost || a.Host == hostNumber) {
				took = append(took, time.Unix(0, a.At).Sub(at))
			}
		}
		if time.Now().After(until) {
			return nil, fmt.Errorf("%d of %d posts arrived", len(took), len(wire))
		}
		if err := sleepUntil(ctx, time.Now().Add(timedGap)); err != nil {
			return nil, err
		}
	}
	slices.Sort(took)
	return took, nil
}

// latencies are the figures of p50 and p99.
type latencies []figure

func latencyFigures(scenario, name string) latencies {
	return latencies{
		{Scenario: scenario, Name: name + ", p50", Unit: "ms", Lower: true},
		{Scenario: scenario, Name: name + ", p99", Unit: "ms", Lower: true, Goal: atMost(50)},
	}
}

// note adds a run.
func (l latencies) note(sorted []time.Duration) {
	got := fired{latencies: sorted}
	l[0].Runs, l[1].Runs = append(l[0].Runs, got.at(.5)), append(l[1].Runs, got.at(.99))
}

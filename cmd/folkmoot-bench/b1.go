package main

import (
	"context"
	"errors"
	"os"
)

// runB1 sends one post to everybody, twice: cold and warm.
func runB1(ctx context.Context, b *bench) error {
	cold, warm, err := b.coldAndWarm(ctx, schemeRSA)
	if err != nil {
		return err
	}
	sign, bare := b.report.limitOf(limitSign), b.report.limitOf(limitGET)
	b.fanoutFigures("b1", "cold", cold, together(sign, b.report.limitOf(limitTLS)), "signature + new TLS connection")
	b.fanoutFigures("b1", "warm", warm, together(sign, bare), "signature + request")
	return b.enqueueFigure(ctx)
}

func (b *bench) coldAndWarm(ctx context.Context, scheme string) (cold, warm []fanout, err error) {
	err = b.each(ctx, func(ctx context.Context) error {
		got, err := b.fanouts(ctx, scheme, 2, nil)
		if err == nil {
			cold, warm = append(cold, got[0]), append(warm, got[1])
		}
		return err
	})
	return cold, warm, err
}

// together is the rate of two things that have to be done one after the other by the same cores.
func together(a, b float64) float64 { return 1 / (1/a + 1/b) }

func (b *bench) fanoutFigures(scenario, when string, all []fanout, ceiling float64, what string) {
	rate := figure{Scenario: scenario, Name: when + ": deliveries", Unit: "/s", Of: ceiling, OfWhat: what, Goal: leastPart(.85)}
	last := figure{Scenario: scenario, Name: when + ": until the last host", Unit: "s", Lower: true}
	first := figure{Scenario: scenario, Name: when + ": from the 202 to the first byte anywhere", Unit: "ms", Lower: true}
	written := figure{Scenario: scenario, Name: when + ": written to disk", Unit: "MB", Lower: true, Goal: atMost(.6)}
	for _, f := range all {
		rate.Runs, rate.CPU = append(rate.Runs, f.rate()), append(rate.CPU, f.used.perOp(f.hosts))
		last.Runs = append(last.Runs, f.last.Seconds())
		first.Runs = append(first.Runs, float64(f.first.Microseconds())/1000)
		written.Runs = append(written.Runs, float64(f.used.written)/1e6)
	}
	rate.Note = schemesNote(all)
	written.Note = "the WAL, and from there into the database; as the kernel counts it, pages of 4 KiB"
	for _, f := range []figure{rate, last, first, written} {
		b.report.add(f)
	}
}

func (b *bench) enqueueFigure(ctx context.Context) (err error) {
	prepared, err := b.fanoutWorld(ctx, schemeRSA)
	if err != nil {
		return err
	}
	dir, err := b.folder()
	if err != nil {
		return err
	}
	if err := os.CopyFS(dir, os.DirFS(prepared)); err != nil {
		return err
	}
	times, err := b.enqueue(ctx, dir, "q")
	if err != nil {
		return errors.Join(err, os.RemoveAll(dir))
	}
	b.report.add(figure{
		Scenario: "b1", Name: "to decide, write and commit the post", Unit: "ms", Runs: times, Lower: true, Goal: atMost(2),
		Note: "21 posts one after the other, by the store in the driver's own process",
	})
	return os.RemoveAll(dir)
}

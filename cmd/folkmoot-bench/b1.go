package main

import (
	"context"
	"errors"
	"fmt"
	"os"
)

// runB1 sends one post to everybody, twice: cold and warm.
func runB1(ctx context.Context, b *bench) error {
	cold, warm, err := b.coldAndWarm(ctx, schemeRSA, limitSign)
	if err != nil {
		return err
	}
	b.fanoutFigures("b1", cold, .85)
	b.fanoutFigures("b1", warm, .85)
	return b.enqueueFigure(ctx)
}

// comparison is what the server did, and what bare fan-outs did in the same minutes.
type comparison struct {
	when, scheme string
	server, bare []fanout
	pieces       float64 // what its parts would allow, each measured by itself
	ofPieces     string
}

func (c comparison) bareName() string { return c.when + ": bare fan-out" }

func (b *bench) coldAndWarm(ctx context.Context, scheme, signatures string) (cold, warm comparison, err error) {
	sign := b.report.limitOf(signatures)
	cold = comparison{when: "cold", scheme: scheme, pieces: together(sign, b.report.limitOf(limitTLS)), ofPieces: "signature + new TLS connection"}
	warm = comparison{when: "warm", scheme: scheme, pieces: together(sign, b.report.limitOf(limitGET)), ofPieces: "signature + request"}
	err = b.each(ctx, func(ctx context.Context) error {
		got, err := b.fanouts(ctx, scheme, 2, nil)
		if err != nil {
			return err
		}
		bare, err := b.bareFanouts(ctx, scheme, got[0].size)
		if err != nil {
			return err
		}
		cold.server, warm.server = append(cold.server, got[0]), append(warm.server, got[1])
		cold.bare, warm.bare = append(cold.bare, bare[0]), append(warm.bare, bare[1:]...)
		return nil
	})
	return cold, warm, err
}

// together is the rate of two things that have to be done one after the other by the same cores.
func together(a, b float64) float64 { return 1 / (1/a + 1/b) }

func (b *bench) fanoutFigures(scenario string, c comparison, aim float64) {
	rate, bare := ratesOf(c.server), ratesOf(c.bare)
	rate.Name, rate.Note, rate.Goal = c.when+": deliveries", schemesNote(c.server), leastPart(aim)
	rate.Of, rate.OfWhat = median(bare.Runs), fmt.Sprintf("bare fan-out, %s, %s", c.when, schemeWords(c.scheme))
	pieces := figure{Name: c.when + ": the same", Unit: "/s", Runs: rate.Runs, Of: c.pieces, OfWhat: c.ofPieces}
	bare.Name, bare.Note = c.bareName(), bareNote(c.bare)
	last := figure{Name: c.when + ": until the last host", Unit: "s", Lower: true}
	first := figure{Name: c.when + ": from the 202 to the first byte anywhere", Unit: "ms", Lower: true}
	wal := figure{Name: c.when + ": written to the WAL", Unit: "MB", Lower: true, Goal: atMost(.6), Note: walNote}
	written := figure{Name: c.when + ": written to disk in all", Unit: "MB", Lower: true, Note: writtenNote}
	for _, f := range c.server {
		last.Runs = append(last.Runs, f.last.Seconds())
		first.Runs = append(first.Runs, float64(f.first.Microseconds())/1000)
		wal.Runs = append(wal.Runs, float64(f.wal)/1e6)
		written.Runs = append(written.Runs, float64(f.used.written)/1e6)
	}
	for _, f := range []figure{rate, pieces, bare, last, first, wal, written} {
		f.Scenario = scenario
		b.report.add(f)
	}
}

const (
	walNote     = "what the target comes from, a cursor for each host in plain SQLite (0.45 MB), counts the WAL alone too"
	writtenNote = "the WAL, from there into the database, and what the file system rounds up; as the kernel counts it, pages of 4 KiB"
)

func bareNote(all []fanout) string {
	return fmt.Sprintf("each host once, %d bytes, signed anew, %d under way, by net/http's transport with TLS 1.3; a row of plain SQLite for each, "+
		"%d in a durable commit. Only what is answered 2xx counts; where hosts are is known. CPU is that of the driver, which does this itself.",
		all[0].size, bareHands, bareGroup)
}

// ratesOf has the rates and the processor time of fan-outs.
func ratesOf(all []fanout) figure {
	out := figure{Unit: "/s"}
	for _, f := range all {
		out.Runs, out.CPU = append(out.Runs, f.rate()), append(out.CPU, f.used.perOp(f.hosts))
	}
	return out
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

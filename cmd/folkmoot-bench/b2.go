package main

import (
	"context"
	"fmt"
	"net/http"
	"time"
)

// runB2 does the same with hosts in trouble: 10 % hang for ten seconds, 5 % take five, 5 % refuse and say when to come again.
// The healthy ones must not notice.
func runB2(ctx context.Context, b *bench) error {
	hosts := b.fanoutHosts()
	hang, slow, busy := max(hosts/10, 1), max(hosts/20, 1), max(hosts/20, 2)
	sick := []manner{
		{From: 1, To: 1 + hang, Delay: 10 * time.Second},
		{From: 1 + hang, To: 1 + hang + slow, Delay: 5 * time.Second},
		{From: 1 + hang + slow, To: 1 + hang + slow + busy/2, Status: http.StatusTooManyRequests, RetryAfter: 60},
		{From: 1 + hang + slow + busy/2, To: 1 + hang + slow + busy, Status: http.StatusServiceUnavailable, RetryAfter: 60},
	}
	var with, without [2][]fanout
	err := b.each(ctx, func(ctx context.Context) error { // in turns, so that the comparison is of the same minutes
		well, err := b.fanouts(ctx, schemeRSA, 2, nil)
		if err != nil {
			return err
		}
		ill, err := b.fanouts(ctx, schemeRSA, 2, sick)
		if err != nil {
			return err
		}
		for i := range 2 {
			without[i], with[i] = append(without[i], well[i]), append(with[i], ill[i])
		}
		return nil
	})
	if err != nil {
		return err
	}
	b.troubleFigures("first contact", with[0], without[0], 1.15)
	b.troubleFigures("afterwards", with[1], without[1], 1.05)
	return nil
}

func (b *bench) troubleFigures(when string, with, without []fanout, goal float64) {
	last := figure{
		Scenario: "b2", Name: when + ": until the last healthy host", Unit: "s", Lower: true, OfWhat: "the same without trouble", Goal: atMostPart(goal),
	}
	late := figure{Scenario: "b2", Name: when + ": later than a second after that", Unit: "s", Lower: true, Goal: atMost(0)}
	early := figure{Scenario: "b2", Name: when + ": asked before Retry-After was over", Unit: "times", Lower: true, Goal: atMost(0)}
	var alone []float64
	for _, f := range without {
		alone = append(alone, f.last.Seconds())
	}
	last.Of = median(alone)
	for i, f := range with {
		last.Runs, last.CPU = append(last.Runs, f.last.Seconds()), append(last.CPU, f.used.perOp(f.hosts))
		late.Runs = append(late.Runs, max(0, f.last.Seconds()-alone[i]-1))
		early.Runs = append(early.Runs, float64(f.early))
	}
	last.Note = fmt.Sprintf("%d healthy hosts; without trouble they are %d", with[0].hosts, without[0].hosts)
	for _, f := range []figure{last, late, early} {
		b.report.add(f)
	}
}

func schemesNote(all []fanout) string {
	schemes := map[string]int{}
	for _, f := range all {
		for scheme, n := range f.schemes {
			schemes[scheme] += n
		}
	}
	return fmt.Sprintf("of all runs together signed as %v", schemes)
}

package main

import "context"

// runB3 sends to hosts that take Ed25519, which costs a fortieth of RSA.
func runB3(ctx context.Context, b *bench) error {
	cold, warm, err := b.coldAndWarm(ctx, schemeEd, limitEd)
	if err != nil {
		return err
	}
	b.fanoutFigures("b3", cold, .7)
	b.fanoutFigures("b3", warm, .7)
	b.besideRSA("warm: beside b1", "b1, warm", "warm: deliveries", warm.server, leastPart(10), "")
	b.besideRSA("warm: bare fan-out beside b1's", "bare fan-out, warm, RSA", warm.bareName(), warm.bare, nil,
		"what Ed25519 makes of the least that a fan-out needs: how far the figure above can come")
	return nil
}

// besideRSA compares with the figure of b1 that has this name, if b1 was run.
func (b *bench) besideRSA(name, what, of string, all []fanout, aim *goal, note string) {
	if rsa, ok := b.report.find("b1", of); ok {
		b.report.add(figure{Scenario: "b3", Name: name, Unit: "/s", Runs: ratesOf(all).Runs, Of: rsa, OfWhat: what, Goal: aim, Note: note})
	}
}

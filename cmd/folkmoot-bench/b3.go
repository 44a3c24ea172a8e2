package main

import "context"

// runB3 sends to hosts that take Ed25519, which costs a fortieth of RSA.
func runB3(ctx context.Context, b *bench) error {
	cold, warm, err := b.coldAndWarm(ctx, schemeEd)
	if err != nil {
		return err
	}
	sign := b.report.limitOf(limitEd)
	b.fanoutFigures("b3", "cold", cold, together(sign, b.report.limitOf(limitTLS)), "signature + new TLS connection")
	b.fanoutFigures("b3", "warm", warm, together(sign, b.report.limitOf(limitGET)), "signature + request")
	if rsa, ok := b.report.find("b1", "warm: deliveries"); ok {
		var rates []float64
		for _, f := range warm {
			rates = append(rates, f.rate())
		}
		b.report.add(figure{Scenario: "b3", Name: "warm: beside b1", Unit: "/s", Runs: rates, Of: rsa, OfWhat: "b1, warm", Goal: leastPart(10)})
	}
	return nil
}

package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"
)

const watchReturn = 10 * time.Second // how long hosts that are back are watched

// runG has a hundred hosts down while a group is busy, and then up again. Three days are not waited for: to the server they are the
// activities that are missed, and the hours between its tries.
func runG(ctx context.Context, b *bench) error {
	downs, missed := b.n(100, 5), b.n(50_000, 100)
	with, err := b.groupWorld(ctx, downs)
	if err != nil {
		return err
	}
	without, err := b.groupWorld(ctx, 0)
	if err != nil {
		return err
	}
	wire, err := b.people.signAll(b.likes(missed, "g", b.senders(schemeEd)))
	if err != nil {
		return err
	}
	defer b.names.takeDown(func(host) bool { return false })
	b.names.takeDown(func(h host) bool { return h.N > 0 && h.N <= downs && h.Software == "lemmy" })
	var plain, grown int64
	err = b.with(ctx, without, func(s *server) error {
		plain, err = b.busyGroup(ctx, s, wire)
		return err
	})
	if err != nil {
		return err
	}
	return b.with(ctx, with, func(s *server) error {
		if grown, err = b.busyGroup(ctx, s, wire); err != nil {
			return err
		}
		b.report.add(figure{
			Scenario: "g", Name: fmt.Sprintf("stored for each activity that each of %d dead hosts missed", downs), Unit: "bytes", Lower: true,
			Runs: []float64{float64(max(0, grown-plain)) / float64(missed*downs)}, Goal: atMost(.1),
			Note: fmt.Sprintf("%d activities; the database grew by %.1f MB, and by %.1f MB where no host was down", missed, float64(grown)/1e6, float64(plain)/1e6),
		})
		return b.comeBack(ctx, s, downs, wire)
	})
}

// groupWorld prepares a group with one host that follows and so many others, which will be down.
func (b *bench) groupWorld(ctx context.Context, downs int) (string, error) {
	return b.fill(ctx, true, func(ctx context.Context, f *filler) error {
		known := b.senders(schemeEd)
		if err := errors.Join(f.found(ctx, groupName), all(ctx, len(known), func(ctx context.Context, i int) error { return f.know(ctx, known[i]) })); err != nil {
			return err
		}
		for i := range filedPosts {
			if err := f.publish(ctx, groupURI, owner(), filedMark(i), ""); err != nil {
				return err
			}
		}
		who := []person{stub(schemeEd)}
		for i := range downs {
			who = append(who, downPerson(i))
		}
		return f.follow(ctx, groupURI, who)
	})
}

func downPerson(i int) person { return person{host{"lemmy", schemeEd, 1 + i}, 1} }

// busyGroup sends everything, waits until the host that is up has it, and returns by how much the database grew.
func (b *bench) busyGroup(ctx context.Context, s *server, wire [][]byte) (int64, error) {
	if err := b.greet(ctx, s, stub(schemeEd)); err != nil {
		return 0, err
	}
	before, err := s.databaseSize(ctx)
	if err != nil {
		return 0, err
	}
	got, err := volley{to: s.listen, requests: wire, hands: hands}.fire(ctx)
	if err != nil {
		return 0, err
	}
	if _, err := b.receivers.expect(ctx, got.statuses[http.StatusAccepted]); err != nil {
		return 0, err
	}
	after, err := s.databaseSize(ctx)
	return after - before, err
}

func (s *server) databaseSize(ctx context.Context) (int64, error) {
	bytes, err := s.metric(ctx, "folkmoot_database_bytes")
	return int64(bytes), err
}

// comeBack has all hosts up again and say something, and watches what they get, and how the one that was never down fares meanwhile.
func (b *bench) comeBack(ctx context.Context, s *server, downs int, wire [][]byte) error {
	alone, err := b.healthyLatency(ctx, s, "before")
	if err != nil {
		return err
	}
	b.names.takeDown(func(host) bool { return false })
	var drafts []draft
	for i := range downs {
		drafts = append(drafts, b.people.like(downPerson(i), fmt.Sprintf("up%d", i), b.filedPost(0)))
	}
	words, err := b.people.signAll(drafts)
	if err != nil {
		return err
	}
	if err := b.receivers.reset(ctx); err != nil {
		return err
	}
	began := time.Now()
	if _, err := (volley{to: s.listen, requests: words, hands: hands}).fire(ctx); err != nil {
		return err
	}
	during, err := b.healthyLatency(ctx, s, "during")
	if err != nil {
		return err
	}
	busy, err := b.receivers.tally(ctx)
	if err != nil {
		return err
	}
	busy.Taken -= downs + b.n(200, 10) // what came to the host that was never down
	b.report.add(figure{
		Scenario: "g", Name: fmt.Sprintf("catching up meanwhile, %d hosts at once", downs), Unit: "/s",
		Runs: []float64{float64(busy.Taken) / time.Since(began).Seconds()},
	})
	if err := b.catchUp(ctx, s, downs, len(wire)); err != nil {
		return err
	}
	b.report.add(figure{
		Scenario: "g", Name: "a post to the host that was never down, p99, meanwhile", Unit: "ms", Lower: true, Runs: []float64{during},
		Of: alone, OfWhat: "that before they came back", Goal: atMostPart(1.1),
	})
	return nil
}

// catchUp watches what the hosts get when nothing else is to be done.
func (b *bench) catchUp(ctx context.Context, s *server, downs, missed int) error {
	if err := b.receivers.reset(ctx); err != nil {
		return err
	}
	owed := downs * missed
	before, began := s.usage(), time.Now()
	t, err := b.receivers.await(ctx, func(t tally) bool { return t.Taken >= owed || time.Since(began) > watchReturn }, stubDelay)
	if err != nil {
		return err
	}
	took := time.Unix(0, t.Last).Sub(began)
	b.report.add(figure{
		Scenario: "g", Name: fmt.Sprintf("catching up afterwards, %d hosts at once", downs), Unit: "/s",
		Runs: []float64{float64(t.Taken) / took.Seconds()}, CPU: []float64{s.usage().since(before).perOp(t.Taken)},
		Note: fmt.Sprintf("%d of %d deliveries in %.1f s, signed as %v", t.Taken, owed, took.Seconds(), t.Schemes),
	})
	return nil
}

// healthyLatency sends posts for a few seconds and returns the p99 of the time each took to the host that is up.
func (b *bench) healthyLatency(ctx context.Context, s *server, mark string) (float64, error) {
	who, at := b.senders(schemeEd), time.Now().UTC().Format(time.RFC3339)
	var drafts []draft
	for i := range b.n(200, 10) {
		drafts = append(drafts, b.people.post(who[i], fmt.Sprintf("%s-%d", mark, i), groupURI, at))
	}
	took, err := b.timed(ctx, s, drafts, mark, stubNumber)
	return fired{latencies: took}.at(.99), err
}

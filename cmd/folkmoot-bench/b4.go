package main

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"
)

const (
	farNumber  = 20_000 // of the host far away
	farDelay   = 300 * time.Millisecond
	farRate    = 50
	farThreads = 20
)

// runB4 has one lively group and one host whose answers take 300 ms: with one request at a time it would fall behind by 47 activities
// each second.
func runB4(ctx context.Context, b *bench) error {
	far := person{host{"lemmy", schemeRSA, farNumber}, 1}
	prepared, err := b.fill(ctx, true, func(ctx context.Context, f *filler) error {
		if err := f.found(ctx, groupName); err != nil {
			return err
		}
		for i := range farThreads {
			if err := f.publish(ctx, groupURI, owner(), filedMark(i), ""); err != nil {
				return err
			}
		}
		for _, who := range b.senders(schemeRSA) {
			if err := f.know(ctx, who); err != nil {
				return err
			}
		}
		return f.follow(ctx, groupURI, []person{far})
	})
	if err != nil {
		return err
	}
	lag := figure{Scenario: "b4", Name: "behind at the end", Unit: "s", Lower: true, Goal: atMost(2)}
	disorder := figure{Scenario: "b4", Name: "comments of a thread out of their order", Unit: "", Lower: true, Goal: atMost(0)}
	length := time.Duration(b.n(60, 2)) * time.Second
	lag.Note = fmt.Sprintf("%d comments a second in %d threads for %s, to one host that takes 300 ms for each answer", farRate, farThreads, length)
	err = b.each(ctx, func(ctx context.Context) error {
		return b.with(ctx, prepared, func(s *server) error {
			behind, wrong, err := b.farAway(ctx, s, length)
			lag.Runs, disorder.Runs = append(lag.Runs, behind.Seconds()), append(disorder.Runs, float64(wrong))
			b.say("b4: %.1f s behind, %d out of order", behind.Seconds(), wrong)
			return err
		})
	})
	b.report.add(lag)
	b.report.add(disorder)
	return err
}

// farAway returns how long after the last comment was sent the last one arrived, and how many overtook another of their thread.
func (b *bench) farAway(ctx context.Context, s *server, length time.Duration) (behind time.Duration, wrong int, err error) {
	if err := b.receivers.behave(ctx, manner{From: farNumber, To: farNumber + 1, Delay: farDelay}); err != nil {
		return 0, 0, err
	}
	n := int(farRate * length.Seconds())
	wire, err := b.people.signAll(b.comments(n))
	if err != nil {
		return 0, 0, err
	}
	got, err := volley{to: s.listen, requests: wire, rate: farRate, hands: 1}.taken(ctx)
	if err != nil {
		return 0, 0, err
	}
	t, err := b.receivers.expect(ctx, n)
	if err != nil {
		return 0, 0, err
	}
	arrivals, err := b.receivers.arrivals(ctx, "t")
	return max(0, time.Unix(0, t.Last).Sub(got.ended)-farDelay/2), disorder(arrivals), err
}

// comments go to the threads in turns. Of a thread they are all by one person, so that the server may decide them in one order only;
// the mark tells the thread and the number.
func (b *bench) comments(n int) []draft {
	who := b.senders(schemeRSA)
	at := time.Now().UTC().Format(time.RFC3339)
	out := make([]draft, n)
	for i := range out {
		thread := i % farThreads
		out[i] = b.people.note(who[thread], fmt.Sprintf("t%d-%d", thread, i), groupURI, b.filedPost(thread), at)
	}
	return out
}

// disorder counts arrivals that came after a later one of their thread.
func disorder(arrivals []arrival) (wrong int) {
	latest := map[string]int{}
	for _, a := range arrivals {
		thread, number, ok := strings.Cut(a.Mark, "-")
		n, err := strconv.Atoi(number)
		if !ok || err != nil {
			continue
		}
		if n < latest[thread] {
			wrong++
		}
		latest[thread] = max(latest[thread], n)
	}
	return wrong
}

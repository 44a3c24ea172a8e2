package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"time"

	"folkmoot/group"
)

// runE grows a database by powers of ten and looks each time what a write and a read cost. All of it is done by the store in the
// driver's own process: with the network around it, a large database would take days to fill.
func runE(ctx context.Context, b *bench) error {
	if err := b.growActivities(ctx); err != nil {
		return err
	}
	return b.growFollowers(ctx)
}

// sample is how many things are measured at each size.
const sample = 4000

func (b *bench) growActivities(ctx context.Context) error {
	var insert, lookup, bytes [][2]float64
	var rates [][]float64
	dir, err := b.fill(ctx, false, func(ctx context.Context, f *filler) error {
		rows := 0
		for size := 1000; size <= b.n(b.Rows, 10_000); size *= 10 {
			if err := f.receive(ctx, rows, size); err != nil {
				return err
			}
			if err := f.hashesMoved(ctx, size); err != nil {
				return err
			}
			samples, err := f.receiveMore(ctx, size, min(sample, size))
			if err != nil {
				return err
			}
			rate := median(samples)
			rows = size + len(samples)*min(sample, size)
			p99, err := f.lookUp(ctx, rows)
			if err != nil {
				return err
			}
			st, err := f.Status(ctx)
			if err != nil {
				return err
			}
			rates = append(rates, samples)
			insert = append(insert, [2]float64{float64(size), rate})
			lookup = append(lookup, [2]float64{float64(size), p99})
			bytes = append(bytes, [2]float64{float64(size), float64(st.Bytes) / float64(rows)})
			b.say("e: %d activities: %.0f stored and settled/s, lookup p99 %.0f µs, %.0f bytes each", size, rate, p99, float64(st.Bytes)/float64(rows))
		}
		return nil
	})
	if err != nil {
		return err
	}
	last := len(insert) - 1
	reference := min(2, last)
	for i := range insert {
		f := figure{Scenario: "e", Name: fmt.Sprintf("stored and settled, with %.0f there", insert[i][0]), Unit: "/s", Runs: rates[i]}
		if i > reference {
			f.Of, f.OfWhat, f.Goal = insert[reference][1], fmt.Sprintf("that with %.0f", insert[reference][0]), leastPart(.5)
		}
		b.report.add(f)
	}
	b.report.add(figure{Scenario: "e", Name: "lookup of an id, p99, at the largest", Unit: "µs", Lower: true, Runs: []float64{lookup[last][1]}})
	b.report.add(figure{
		Scenario: "e", Name: "for each activity, at the largest", Unit: "bytes", Lower: true, Runs: []float64{bytes[last][1]}, Goal: atMost(1600),
		Note: "an activity of 350 bytes, stored whole, with all its indexes",
	})
	b.report.Curves = append(b.report.Curves,
		curve{Name: "growth-insert", Title: "Storing and settling an activity", X: "activities stored", Y: "per second", LogX: true, Series: []series{{"stored and settled", insert}}},
		curve{Name: "growth-lookup", Title: "Looking an id up, p99", X: "activities stored", Y: "µs", LogX: true, Series: []series{{"lookup", lookup}}})
	return os.RemoveAll(dir)
}

// receiveMore stores and settles n activities three times, and returns how many in a second each time.
func (f *filler) receiveMore(ctx context.Context, from, n int) (rates []float64, err error) {
	for i := range 3 {
		at := time.Now()
		if err := f.receive(ctx, from+i*n, from+(i+1)*n); err != nil {
			return nil, err
		}
		rates = append(rates, float64(n)/time.Since(at).Seconds())
	}
	return rates, nil
}

// lookUp finds ids that are scattered over all, and returns the p99 in microseconds.
func (f *filler) lookUp(ctx context.Context, rows int) (float64, error) {
	var took []time.Duration
	for range min(sample, rows) {
		activity, signer := f.received(rand.IntN(rows))
		at := time.Now()
		if _, err := f.ReceivedRaw(ctx, activity, signer); err != nil {
			return 0, err
		}
		took = append(took, time.Since(at))
	}
	slices.Sort(took)
	return fired{latencies: took}.at(.99) * 1000, nil
}

// growFollowers measures what a post and a follow cost with ever more followers, four on each host.
func (b *bench) growFollowers(ctx context.Context) error {
	var enqueue, follow [][2]float64
	dir, err := b.fill(ctx, false, func(ctx context.Context, f *filler) error { return f.found(ctx, groupName) })
	if err != nil {
		return err
	}
	there := 0
	for size := 100; size <= b.n(1_000_000, 1000); size *= 10 {
		if err := b.addFollowers(ctx, dir, there, size); err != nil {
			return err
		}
		there = size
		times, err := b.enqueue(ctx, dir, fmt.Sprintf("e%d-", size))
		if err != nil {
			return err
		}
		joined, err := b.comeAndGo(ctx, dir)
		if err != nil {
			return err
		}
		enqueue, follow = append(enqueue, [2]float64{float64(size), median(times)}), append(follow, [2]float64{float64(size), joined})
		b.say("e: %d followers: a post takes %.2f ms, a follow and its end %.2f ms", size, median(times), joined)
	}
	first, last := enqueue[0], enqueue[len(enqueue)-1]
	b.report.add(figure{
		Scenario: "e", Name: fmt.Sprintf("a post to %.0f followers", last[0]), Unit: "ms", Lower: true, Runs: []float64{last[1]},
		Of: first[1], OfWhat: fmt.Sprintf("one to %.0f", first[0]), Goal: atMostPart(2),
	})
	b.report.add(figure{
		Scenario: "e", Name: fmt.Sprintf("a follow and its end, with %.0f followers", last[0]), Unit: "ms", Lower: true,
		Runs: []float64{follow[len(follow)-1][1]}, Of: follow[0][1], OfWhat: fmt.Sprintf("with %.0f", first[0]),
	})
	b.report.Curves = append(b.report.Curves, curve{
		Name: "growth-followers", Title: "What a post and a follow cost", X: "followers", Y: "ms", LogX: true,
		Series: []series{{"post", enqueue}, {"follow and end", follow}},
	})
	return os.RemoveAll(dir)
}

const followersOnHost = 4

func (b *bench) addFollowers(ctx context.Context, dir string, from, to int) error {
	return b.reopen(dir, false, func(f *filler) error {
		var who []person
		for i := from; i < to; i++ {
			who = append(who, person{host{"mastodon", schemeRSA, 1 + i/followersOnHost}, i % followersOnHost})
		}
		if err := all(ctx, len(who), func(ctx context.Context, i int) error { return f.acquaint(ctx, who[i]) }); err != nil {
			return err
		}
		return f.join(ctx, groupURI, who) // they send nothing, so that their keys need not be known
	})
}

// comeAndGo has somebody new follow and leave, a few times, and returns the median in milliseconds.
func (b *bench) comeAndGo(ctx context.Context, dir string) (float64, error) {
	var took []float64
	err := b.reopen(dir, true, func(f *filler) error {
		who := person{host{"mastodon", schemeRSA, 1}, 99}
		if err := f.know(ctx, who); err != nil {
			return err
		}
		uri := b.people.uri(who)
		for i := range 21 {
			at := time.Now()
			for _, kind := range []group.Kind{group.Follow, group.Unfollow} {
				activity := fmt.Sprintf("%s#%s%d", uri, kind, i)
				r := group.Request{Kind: kind, By: group.Person{URI: uri}, Activity: activity, Groups: []string{groupURI}, Target: groupURI, At: at}
				if err := f.apply(ctx, r); err != nil {
					return err
				}
			}
			took = append(took, float64(time.Since(at).Microseconds())/1000)
		}
		return nil
	})
	return median(took), err
}

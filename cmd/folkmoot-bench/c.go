package main

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"time"

	"folkmoot/store"
)

// atRest is how long a server is left alone before its memory is looked at: longer than it keeps what only its start needed.
const atRest = 10 * time.Second

// runC measures how large everything is, and how long a start takes.
func runC(ctx context.Context, b *bench) error {
	info, err := os.Stat(b.Binary)
	if err != nil {
		return fmt.Errorf("measure the binary: %w", err)
	}
	b.report.add(figure{Scenario: "c", Name: "binary", Unit: "MB", Runs: []float64{float64(info.Size()) / 1e6}, Lower: true, Goal: atMost(25)})
	idle, err := b.residents(ctx, 0)
	if err != nil {
		return err
	}
	for _, groups := range []int{b.n(1000, 10), b.n(10_000, 100)} {
		if _, err := b.residents(ctx, groups, idle...); err != nil {
			return err
		}
	}
	if err := b.warmConnections(ctx); err != nil {
		return err
	}
	return b.start(ctx)
}

// residents measures memory with so many groups that nothing happens in, and then once each was asked for. It returns the former.
func (b *bench) residents(ctx context.Context, groups int, without ...float64) ([]float64, error) {
	prepared, err := b.fill(ctx, false, func(ctx context.Context, f *filler) error {
		return all(ctx, groups, func(ctx context.Context, i int) error { return f.found(ctx, fmt.Sprintf("group%d", i)) })
	})
	if err != nil {
		return nil, err
	}
	still := figure{Scenario: "c", Name: fmt.Sprintf("resident, %d groups, idle", groups), Unit: "MB", Lower: true}
	asked := figure{Scenario: "c", Name: fmt.Sprintf("resident, %d groups, each asked for once", groups), Unit: "MB", Lower: true}
	each := figure{Scenario: "c", Name: fmt.Sprintf("for each of %d idle groups", groups), Unit: "KiB", Lower: true, Goal: atMost(10)}
	if groups == 0 {
		still.Goal = atMost(25)
	}
	err = b.each(ctx, func(ctx context.Context) error {
		return b.with(ctx, prepared, func(s *server) error {
			if err := sleepUntil(ctx, time.Now().Add(atRest)); err != nil {
				return err
			}
			rest := s.usage().resident
			still.Runs = append(still.Runs, float64(rest)/1e6)
			if groups == 0 {
				return nil
			}
			each.Runs = append(each.Runs, max(0, float64(rest)-median(without)*1e6)/1024/float64(groups))
			var wire [][]byte
			for i := range groups {
				wire = append(wire, get(fmt.Sprintf("/g/group%d", i), acceptActivity))
			}
			got, err := volley{to: s.listen, requests: wire, hands: 8}.fire(ctx)
			if err == nil && got.success(http.StatusOK) < 1 {
				err = fmt.Errorf("the groups were answered %v", got.statuses)
			}
			asked.Runs = append(asked.Runs, float64(s.settled(ctx).resident)/1e6)
			return err
		})
	})
	b.report.add(still)
	if groups > 0 {
		b.report.add(asked)
		b.report.add(each)
	}
	return still.Runs, err
}

// warmConnections measures memory once every host has a connection.
func (b *bench) warmConnections(ctx context.Context) error {
	prepared, err := b.fanoutWorld(ctx, schemeRSA)
	if err != nil {
		return err
	}
	f := figure{Scenario: "c", Unit: "MB", Lower: true, Name: fmt.Sprintf("resident after a post to %d hosts", b.fanoutHosts())}
	err = b.each(ctx, func(ctx context.Context) error {
		return b.with(ctx, prepared, func(s *server) error {
			if _, err := b.fanOut(ctx, s, "c", nil); err != nil {
				return err
			}
			f.Runs = append(f.Runs, float64(s.usage().resident)/1e6)
			return nil
		})
	})
	f.Note = "all connections are kept"
	b.report.add(f)
	return err
}

// start measures from the start of the process to the first answer of /readyz, with a large database.
func (b *bench) start(ctx context.Context) error {
	rows := b.n(1_000_000, 1000)
	prepared, err := b.fill(ctx, false, func(ctx context.Context, f *filler) error { return f.receive(ctx, 0, rows) })
	if err != nil {
		return err
	}
	first, err := b.serve(ctx, prepared) // the first start of all makes the server's key, which takes longer than all the rest
	if err != nil {
		return err
	}
	if err := first.stop(); err != nil {
		return err
	}
	f := figure{Scenario: "c", Name: fmt.Sprintf("from start to ready, %d activities stored", rows), Unit: "ms", Lower: true, Goal: atMost(100)}
	err = b.each(ctx, func(ctx context.Context) error {
		return b.with(ctx, prepared, func(s *server) error {
			f.Runs = append(f.Runs, float64(s.ready.Microseconds())/1000)
			return nil
		})
	})
	b.report.add(f)
	return err
}

// receive stores decided activities, numbered from one number up to another.
func (f *filler) receive(ctx context.Context, from, to int) error {
	raw := []byte(f.b.people.like(owner(), "x", f.b.filedPost(0)).body)
	for ; from < to; from += undecided {
		n := min(to-from, undecided)
		err := all(ctx, n, func(ctx context.Context, i int) error {
			activity, signer := f.received(from + i)
			_, err := f.Receive(ctx, store.Received{Activity: activity, Signer: signer, Raw: raw, At: f.at, Signed: f.at})
			return err
		})
		if err == nil {
			err = all(ctx, n, func(ctx context.Context, i int) error { // rows are numbered from one
				return f.Settle(ctx, int64(from+i+1), "accepted", "liked")
			})
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// undecided is how many wait at once while a database is filled.
const undecided = 10_000

// received names the i-th activity as peers do: with nothing that would keep neighbours together in an index.
func (f *filler) received(i int) (activity, signer string) {
	by := person{host{"mastodon", schemeRSA, i % 5000}, i % 20_000}
	scattered := uint64(i) * 0x9e3779b97f4a7c15 // Fibonacci hashing: each number once, and far from its neighbours
	return fmt.Sprintf("%s/users/u%d#likes/%016x", f.b.people.base(by.host), by.K, scattered), f.b.people.uri(by)
}

const (
	acceptActivity = "application/activity+json"
	acceptHTML     = "text/html"
)

// get is a GET as bytes.
func get(path, accept string, more ...string) []byte {
	head := ""
	for _, line := range more {
		head += line + "\r\n"
	}
	return fmt.Appendf(nil, "GET %s HTTP/1.1\r\nHost: %s\r\nAccept: %s\r\n%s\r\n", path, domain, accept, head)
}

// lengthOf is how long a load without a number of requests lasts.
func (b *bench) lengthOf(full time.Duration) time.Duration {
	return max(time.Duration(float64(full)*b.Scale), 100*time.Millisecond)
}

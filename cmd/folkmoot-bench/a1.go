package main

import (
	"context"
	"fmt"
	"net/http"
	"time"
)

const (
	senders     = 500
	senderHosts = 50
	hands       = 64 // requests under way at once
	filedPosts  = 200
	stubNumber  = 10_000 // of the one host that follows
	stubDelay   = 20 * time.Second

	quietName = "quiet" // the group that newcomers follow: nothing is posted there, so posts go to the one host all the time
	quietURI  = origin + "/g/" + quietName
)

// runA1 measures the inbox with known keys: how many it accepts, how long a sender waits at a pace far below that, and how many it
// has decided, stored and passed on to one host.
func runA1(ctx context.Context, b *bench) error {
	prepared, err := b.inboxWorld(ctx, schemeEd)
	if err != nil {
		return err
	}
	a := inboxRun{bench: b, prepared: prepared}
	if a.mix, err = b.people.signAll(b.mixed(b.n(20_000, 200))); err != nil {
		return err
	}
	if err := b.each(ctx, a.accept); err != nil {
		return err
	}
	if err := b.each(ctx, a.pace); err != nil {
		return err
	}
	a.report()
	for _, kind := range []string{"Like", "Follow", "Create"} {
		for _, scheme := range []string{schemeRSA, schemeEd} {
			if err := b.processed(ctx, kind, scheme); err != nil {
				return fmt.Errorf("%s: %w", kind, err)
			}
		}
	}
	return nil
}

// inboxWorld prepares a group with posts, senders whose keys are known, and one host that follows.
func (b *bench) inboxWorld(ctx context.Context, scheme string) (string, error) {
	return b.fill(ctx, true, func(ctx context.Context, f *filler) error {
		for _, name := range []string{groupName, quietName} {
			if err := f.found(ctx, name); err != nil {
				return err
			}
		}
		known := append(b.senders(scheme), b.newcomers(scheme)...)
		known = append(known, b.senders(schemeRSA)...)
		known = append(known, b.newcomers(schemeRSA)...)
		if err := all(ctx, len(known), func(ctx context.Context, i int) error { return f.know(ctx, known[i]) }); err != nil {
			return err
		}
		for i := range filedPosts {
			if err := f.publish(ctx, groupURI, owner(), filedMark(i), ""); err != nil {
				return err
			}
		}
		return f.follow(ctx, groupURI, []person{stub(scheme)})
	})
}

func filedMark(i int) string { return fmt.Sprintf("p%d", i) }

func (b *bench) filedPost(i int) string { return b.people.postURI(owner(), filedMark(i%filedPosts)) }

// stub is somebody on the one host that follows and reads everything.
func stub(scheme string) person { return person{host{"lemmy", scheme, stubNumber}, 1} }

func (b *bench) senders(scheme string) []person {
	return crowd("mastodon", scheme, senders, senderHosts)
}

// newcomers are known and follow nothing yet.
func (b *bench) newcomers(scheme string) []person {
	out := crowd("mastodon", scheme, b.n(4000, 40), senderHosts)
	for i := range out {
		out[i].K += senders
	}
	return out
}

// mixed is what a lively group receives: 40 % posts, 5 % follows, 50 % likes, 5 % boosts.
func (b *bench) mixed(n int) []draft {
	who, more := b.senders(schemeRSA), b.newcomers(schemeRSA)
	at := time.Now().UTC().Format(time.RFC3339)
	out := make([]draft, n)
	for i := range out {
		by, mark := who[i%len(who)], fmt.Sprintf("m%d", i)
		switch kind := i % 20; {
		case kind < 8:
			out[i] = b.people.post(by, mark, groupURI, at)
		case kind == 8:
			out[i] = b.people.follow(more[(i/20)%len(more)], mark, quietURI)
		case kind == 9:
			out[i] = b.people.boost(by, mark, b.filedPost(i/len(who)))
		default:
			out[i] = b.people.like(by, mark, b.filedPost(i/len(who)))
		}
	}
	return out
}

// inboxRun collects what the runs found.
type inboxRun struct {
	*bench
	prepared string
	mix      [][]byte

	rate, cpu, allocs, accepted     []float64
	p50, p99, longest, took, pacing []float64
}

func (a *inboxRun) accept(ctx context.Context) error {
	return a.with(ctx, a.prepared, func(s *server) error {
		if err := a.greet(ctx, s, stub(schemeEd)); err != nil {
			return err
		}
		before, allocsBefore, err := s.measured(ctx)
		if err != nil {
			return err
		}
		got, err := volley{to: s.listen, requests: a.mix, hands: hands}.fire(ctx)
		if err != nil {
			return err
		}
		used := s.usage().since(before)
		_, allocs, err := s.measured(ctx)
		if err != nil {
			return err
		}
		a.rate = append(a.rate, got.rate()*got.success(http.StatusAccepted))
		a.accepted = append(a.accepted, 100*got.success(http.StatusAccepted))
		a.cpu = append(a.cpu, used.perOp(got.count()))
		a.allocs = append(a.allocs, (allocs-allocsBefore)/float64(got.count()))
		a.say("a1: %.0f/s accepted, %v", got.rate(), got.statuses)
		return nil
	})
}

// measured is what the process has used and allocated so far.
func (s *server) measured(ctx context.Context) (usage, float64, error) {
	allocs, err := s.metric(ctx, "go_memstats_mallocs_total")
	return s.usage(), allocs, err
}

func (a *inboxRun) pace(ctx context.Context) error {
	return a.with(ctx, a.prepared, func(s *server) error {
		if err := a.greet(ctx, s, stub(schemeEd)); err != nil {
			return err
		}
		before := s.usage()
		v := volley{to: s.listen, requests: a.mix, count: min(len(a.mix), a.n(10_000, 200)), rate: 1000, hands: 4 * hands}
		got, err := v.fire(ctx)
		if err != nil {
			return err
		}
		a.p50, a.p99, a.longest = append(a.p50, got.at(.5)), append(a.p99, got.at(.99)), append(a.longest, got.at(1))
		a.took = append(a.took, s.usage().since(before).perOp(got.count()))
		a.pacing = append(a.pacing, 100*got.success(http.StatusAccepted))
		a.say("a1: at 1,000/s p50 %.2f p99 %.2f max %.2f ms, %v", got.at(.5), got.at(.99), got.at(1), got.statuses)
		return nil
	})
}

// greet has somebody on the host that follows speak first, so that the server has seen what it can, and waits for what follows.
func (b *bench) greet(ctx context.Context, s *server, who person) error {
	wire, err := b.people.sign(b.people.like(who, fmt.Sprintf("hello%d", who.N), b.filedPost(0)), time.Now())
	if err != nil {
		return err
	}
	if _, err := (volley{to: s.listen, requests: [][]byte{wire}, hands: 1}).taken(ctx); err != nil {
		return fmt.Errorf("greet as %s: %w", who.name(), err)
	}
	if _, err := b.receivers.await(ctx, func(t tally) bool { return t.Kinds["Announce"] > 0 }, 5*time.Second); err != nil {
		return err
	}
	return b.receivers.reset(ctx)
}

func (a *inboxRun) report() {
	add := func(f figure) {
		f.Scenario = "a1"
		a.bench.report.add(f)
	}
	add(figure{
		Name: "accepted, as fast as answered", Unit: "/s", Runs: a.rate, CPU: a.cpu, Limit: limitInbound, Goal: leastPart(.5),
		Note: "202 only after the commit; 40 % posts, 5 % follows, 50 % likes, 5 % boosts of 500 people on 50 hosts with known RSA keys, " +
			"64 under way. CPU includes what is decided and delivered meanwhile.",
	})
	add(figure{Name: "of these answered 202", Unit: "%", Runs: a.accepted, Goal: least(100)})
	add(figure{Name: "allocations for each", Unit: "", Runs: a.allocs, Lower: true, Note: "of the whole process, deciding and delivering included"})
	add(figure{Name: "latency at 1,000/s, p50", Unit: "ms", Runs: a.p50, CPU: a.took, Lower: true, Goal: atMost(3)})
	add(figure{Name: "latency at 1,000/s, p99", Unit: "ms", Runs: a.p99, Lower: true, Goal: atMost(15)})
	add(figure{Name: "latency at 1,000/s, longest", Unit: "ms", Runs: a.longest, Lower: true, Goal: atMost(50)})
	add(figure{Name: "at 1,000/s answered 202", Unit: "%", Runs: a.pacing, Goal: least(100)})
}

// processed measures until all of a kind is decided, stored and with the host that it is for: the one that follows, or for a follow
// the sender's own.
func (b *bench) processed(ctx context.Context, kind, scheme string) error {
	drafts := b.ofKind(kind, scheme)
	wire, err := b.people.signAll(drafts)
	if err != nil {
		return err
	}
	prepared, err := b.inboxWorld(ctx, scheme)
	if err != nil {
		return err
	}
	f := figure{Scenario: "a1", Unit: "/s", Limit: limitInbound, Goal: leastPart(.3)}
	if kind == "Create" {
		f.Goal = leastPart(.15)
	}
	schemes := map[string]int{}
	err = b.each(ctx, func(ctx context.Context) error {
		return b.with(ctx, prepared, func(s *server) error {
			if err := b.greet(ctx, s, stub(scheme)); err != nil {
				return err
			}
			before := s.usage()
			got, err := volley{to: s.listen, requests: wire, hands: hands}.fire(ctx)
			if err != nil {
				return err
			}
			t, err := b.receivers.expect(ctx, got.statuses[http.StatusAccepted])
			if err != nil {
				return err
			}
			took := time.Unix(0, t.Last).Sub(got.began)
			f.Runs, f.CPU = append(f.Runs, float64(t.Taken)/took.Seconds()), append(f.CPU, s.usage().since(before).perOp(t.Taken))
			schemes = t.Schemes
			b.say("a1: %s %s: %.0f/s processed, %.0f/s accepted, %v", kind, scheme, float64(t.Taken)/took.Seconds(), got.rate(), t.Schemes)
			return nil
		})
	})
	f.Name = fmt.Sprintf("processed, %s, host takes %s", kind, schemeWords(scheme))
	f.Note = fmt.Sprintf("delivered as %v", schemes)
	b.report.add(f)
	if scheme == schemeEd {
		b.report.add(figure{Scenario: "a1", Name: "the same, " + kind, Unit: "/s", Runs: f.Runs, Limit: limitPass})
	}
	return err
}

func schemeWords(scheme string) string {
	if scheme == schemeEd {
		return "Ed25519"
	}
	return "RSA"
}

func (b *bench) ofKind(kind, scheme string) []draft {
	who, more := b.senders(scheme), b.newcomers(scheme)
	at := time.Now().UTC().Format(time.RFC3339)
	out := make([]draft, len(more))
	for i := range out {
		by, mark := who[i%len(who)], fmt.Sprintf("k%d", i)
		switch kind {
		case "Like":
			out[i] = b.people.like(by, mark, b.filedPost(i/len(who)))
		case "Follow":
			out[i] = b.people.follow(more[i], mark, groupURI)
		default:
			out[i] = b.people.post(by, mark, groupURI, at)
		}
	}
	return out
}

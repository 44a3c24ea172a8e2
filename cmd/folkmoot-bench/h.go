package main

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"time"
)

// Whoever follows the group in the soak: 1,000 people on 200 hosts, that read posts and votes.
const (
	soakFollowers = 1000
	soakHosts     = 200
)

// soakStep is how much of the load is made and sent at once, and how often is looked.
const soakStep = 10 * time.Second

// soak is what is watched over time.
type soak struct {
	*bench
	resident, wal, goroutines, files, p99, disk [][2]float64

	hosts     int
	answered  []float64 // parts of the steps that were answered 202
	sent, got int       // activities accepted, and deliveries that arrived
}

// runH keeps the server at half of what it can do for long and looks for whatever grows.
func runH(ctx context.Context, b *bench) error {
	hosts := max(b.n(soakHosts, 10), 10)
	prepared, err := b.soakWorld(ctx, hosts)
	if err != nil {
		return err
	}
	k := &soak{bench: b, hosts: hosts}
	err = b.with(ctx, prepared, func(s *server) error {
		rate, err := b.half(ctx, s, hosts)
		if err != nil {
			return err
		}
		b.say("h: %.0f/s for %s", rate, b.Soak)
		step := min(soakStep, b.Soak/4)
		for began, i := time.Now(), 0; time.Since(began) < b.Soak; i++ {
			if err := k.step(ctx, s, i, rate, step, began); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	k.report()
	return nil
}

// soakWorld has a group with posts, whose followers are on so many hosts.
func (b *bench) soakWorld(ctx context.Context, hosts int) (string, error) {
	return b.fill(ctx, true, func(ctx context.Context, f *filler) error {
		if err := f.found(ctx, groupName); err != nil {
			return err
		}
		known := b.senders(schemeEd)
		if err := all(ctx, len(known), func(ctx context.Context, i int) error { return f.know(ctx, known[i]) }); err != nil {
			return err
		}
		for i := range filedPosts {
			if err := f.publish(ctx, groupURI, owner(), filedMark(i), ""); err != nil {
				return err
			}
		}
		return f.follow(ctx, groupURI, crowd("lemmy", schemeEd, soakFollowers, hosts))
	})
}

// half is half the rate at which activities are decided and delivered to every host.
func (b *bench) half(ctx context.Context, s *server, hosts int) (float64, error) {
	n := b.n(200, 40)
	wire, err := b.people.signAll(b.lively("half", n, filedPosts-1))
	if err != nil {
		return 0, err
	}
	got, err := volley{to: s.listen, requests: wire, hands: hands}.fire(ctx)
	if err != nil {
		return 0, err
	}
	t, err := b.receivers.expect(ctx, hosts*got.statuses[http.StatusAccepted])
	if err != nil {
		return 0, err
	}
	return float64(n) / time.Unix(0, t.Last).Sub(got.began).Seconds() / 2, b.receivers.reset(ctx)
}

// lively is posts and likes in turns. With another shift everybody likes another post: the same once more would count for nothing.
func (b *bench) lively(mark string, n, shift int) []draft {
	who, at := b.senders(schemeEd), time.Now().UTC().Format(time.RFC3339)
	out := make([]draft, n)
	for i := range out {
		by, id := who[i%len(who)], fmt.Sprintf("%s%d", mark, i)
		out[i] = b.people.post(by, id, groupURI, at)
		if i%2 == 1 {
			out[i] = b.people.like(by, id, b.filedPost(i+shift))
		}
	}
	return out
}

func (k *soak) step(ctx context.Context, s *server, number int, rate float64, length time.Duration, began time.Time) error {
	mark := fmt.Sprintf("z%d-", number)
	wire, err := k.people.signAll(k.lively(mark, max(int(rate*length.Seconds()), 1), number))
	if err != nil {
		return err
	}
	got, err := volley{to: s.listen, requests: wire, rate: rate, hands: hands}.fire(ctx)
	if err != nil {
		return err
	}
	goroutines, err := s.metric(ctx, "go_goroutines")
	if err != nil {
		return err
	}
	sizeOf := func(name string) float64 {
		info, err := os.Stat(filepath.Join(s.dir, name))
		if err != nil {
			return 0
		}
		return float64(info.Size()) / 1e6
	}
	u, minutes := s.usage(), time.Since(began).Minutes()
	note := func(to *[][2]float64, v float64) { *to = append(*to, [2]float64{minutes, v}) }
	note(&k.resident, float64(u.resident)/1e6)
	note(&k.wal, sizeOf("folkmoot.db-wal"))
	note(&k.disk, sizeOf("folkmoot.db"))
	note(&k.goroutines, goroutines)
	note(&k.files, float64(u.files))
	note(&k.p99, got.at(.99))
	k.answered = append(k.answered, 100*got.success(http.StatusAccepted))
	t, err := k.receivers.tally(ctx)
	if err != nil {
		return err
	}
	k.sent, k.got = k.sent+got.statuses[http.StatusAccepted], k.got+t.Taken
	return k.receivers.reset(ctx) // which holds arrivals in memory
}

func (k *soak) report() {
	k.drift("resident", "MB", k.resident, 1.1)
	k.drift("goroutines", "", k.goroutines, 1.2)
	k.drift("open files", "", k.files, 1.2)
	k.drift("latency, p99", "ms", k.p99, 1.5)
	k.bench.report.add(figure{Scenario: "h", Name: "largest WAL", Unit: "MB", Lower: true, Runs: []float64{highest(k.wal)}, Goal: atMost(64.0 * (1 << 20) / 1e6)})
	k.bench.report.add(figure{Scenario: "h", Name: "answered 202", Unit: "%", Runs: k.answered, Goal: least(100)})
	k.bench.report.add(figure{
		Scenario: "h", Name: "delivered of what was accepted", Unit: "%", Runs: []float64{100 * float64(k.got) / float64(k.sent*k.hosts)}, Goal: least(99),
		Note: fmt.Sprintf("%d activities, each to %d hosts; what was under way when a step ended counts to the next, and after the last is not waited for", k.sent, k.hosts),
	})
	third := len(k.disk) / 3
	grown := func(from, to int) float64 { return k.disk[max(to-1, 0)][1] - k.disk[from][1] }
	k.bench.report.add(figure{
		Scenario: "h", Name: "database grown, last third", Unit: "MB", Lower: true, Runs: []float64{grown(len(k.disk)-1-third, len(k.disk))},
		Of: grown(len(k.disk)-1-2*third, len(k.disk)-third), OfWhat: "the third before", Goal: atMostPart(1.2),
		Note: "every post and vote is kept: what is flat is the growth",
	})
	for _, c := range []curve{
		{Name: "soak-disk", Title: "The database", Y: "MB", Series: []series{{"database", k.disk}}},
		{Name: "soak-memory", Title: "Memory and WAL", Y: "MB", Series: []series{{"resident", k.resident}, {"WAL", k.wal}}},
		{Name: "soak-latency", Title: "Latency of the inbox at half load, p99", Y: "ms", Series: []series{{"p99", k.p99}}},
		{Name: "soak-counts", Title: "Goroutines and open files", Y: "count", Series: []series{{"goroutines", k.goroutines}, {"open files", k.files}}},
	} {
		c.X = "minutes"
		k.bench.report.Curves = append(k.bench.report.Curves, c)
	}
}

// drift compares the last third with the one in the middle: the first third warms up.
func (k *soak) drift(name, unit string, points [][2]float64, most float64) {
	third := max(len(points)/3, 1)
	f := figure{
		Scenario: "h", Name: name + ", last third", Unit: unit, Lower: true, Runs: values(points[len(points)-third:]), OfWhat: "the third before", Goal: atMostPart(most),
	}
	f.Of = median(values(points[max(0, len(points)-2*third):max(1, len(points)-third)]))
	k.bench.report.add(f)
}

func values(points [][2]float64) (out []float64) {
	for _, p := range points {
		out = append(out, p[1])
	}
	return out
}

func highest(points [][2]float64) (most float64) {
	for _, p := range points {
		most = max(most, p[1])
	}
	return most
}

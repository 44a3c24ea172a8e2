package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// patience is how long nothing may come before that is all: longer than a host that was too slow once is left alone.
const patience = 90 * time.Second

// fanout is what became of one post to all followers.
type fanout struct {
	hosts   int           // reached
	first   time.Duration // from the 202 to the first byte anywhere
	last    time.Duration // from the 202 to the last healthy host
	used    usage
	wal     int64 // bytes written to the write-ahead log; 0 where nobody counted
	schemes map[string]int
	size    int // of the last activity, in bytes
	early   int // requests to hosts that had asked to be left alone
}

func (f fanout) rate() float64 { return float64(f.hosts) / f.last.Seconds() }

func (b *bench) fanoutHosts() int { return b.n(5000, 20) }

func (b *bench) followers(scheme string) []person {
	return crowd("mastodon", scheme, b.n(20_000, 80), b.fanoutHosts())
}

// fanoutWorld prepares a group with many followers whose servers are known, and nothing sent to any.
func (b *bench) fanoutWorld(ctx context.Context, scheme string) (string, error) {
	if dir := b.worlds[scheme]; dir != "" {
		return dir, nil
	}
	dir, err := b.fill(ctx, false, func(ctx context.Context, f *filler) error {
		if err := f.found(ctx, groupName); err != nil {
			return err
		}
		if err := f.publish(ctx, groupURI, owner(), filedMark(0), ""); err != nil {
			return err
		}
		return f.follow(ctx, groupURI, b.followers(scheme))
	})
	b.worlds[scheme] = dir
	return dir, err
}

// fanouts sends a few posts one after the other, each once the one before has reached every healthy host, on a server just
// started: the first finds no connections, the others do. Hosts up to sick have manners of their own.
func (b *bench) fanouts(ctx context.Context, scheme string, posts int, sick []manner) (out []fanout, err error) {
	prepared, err := b.fanoutWorld(ctx, scheme)
	if err != nil {
		return nil, err
	}
	err = b.with(ctx, prepared, func(s *server) error {
		if scheme == schemeEd {
			if err := b.introduce(ctx, s); err != nil {
				return err
			}
		}
		if err := b.receivers.behave(ctx, sick...); err != nil {
			return err
		}
		for i := range posts {
			f, err := b.fanOut(ctx, s, fmt.Sprintf("f%d", i), sick)
			if err != nil {
				return err
			}
			out = append(out, f)
		}
		return nil
	})
	return out, err
}

// introduce has each host say something, signed with Ed25519, so that the server has seen that it can.
func (b *bench) introduce(ctx context.Context, s *server) error {
	var drafts []draft
	for n := range b.fanoutHosts() {
		drafts = append(drafts, b.people.like(person{host{"mastodon", schemeEd, 1 + n}, 0}, fmt.Sprintf("i%d", n), b.filedPost(0)))
	}
	wire, err := b.people.signAll(drafts)
	if err != nil {
		return err
	}
	if _, err := (volley{to: s.listen, requests: wire, hands: hands}).taken(ctx); err != nil {
		return fmt.Errorf("introduce the hosts: %w", err)
	}
	if _, err := s.awaitDecided(ctx, 5*time.Minute); err != nil {
		return err
	}
	return b.receivers.reset(ctx)
}

func (b *bench) fanOut(ctx context.Context, s *server, mark string, sick []manner) (f fanout, err error) {
	if err := b.receivers.reset(ctx); err != nil {
		return f, err
	}
	wire, err := b.people.sign(b.people.post(owner(), mark, groupURI, time.Now().UTC().Format(time.RFC3339)), time.Now())
	if err != nil {
		return f, err
	}
	before, wal := s.usage(), measureWAL(s.dir)
	defer func() { f.wal = wal.bytes() }()
	got, err := volley{to: s.listen, requests: [][]byte{wire}, hands: 1}.taken(ctx)
	if err != nil {
		return f, err
	}
	healthy := b.fanoutHosts()
	for _, m := range sick {
		healthy -= m.To - m.From
	}
	if _, err := b.receivers.await(ctx, func(t tally) bool { return t.Taken >= healthy }, patience); err != nil {
		return f, err
	}
	f.used = s.settled(ctx).since(before)
	t, err := b.receivers.tally(ctx)
	if err != nil {
		return f, err
	}
	arrivals, err := b.receivers.arrivals(ctx, mark)
	if err != nil {
		return f, err
	}
	f.schemes, f.early = t.Schemes, t.Early
	f.first = time.Unix(0, t.First).Sub(got.ended)
	for _, a := range arrivals {
		if a.Mark != mark || !a.Taken || isSick(sick, a.Host) {
			continue
		}
		f.hosts++
		f.size = a.Size
		took := time.Unix(0, a.At).Sub(got.ended)
		f.last = max(f.last, took)
	}
	if f.hosts < healthy {
		return f, fmt.Errorf("the post reached %d of %d hosts; the server says: %s", f.hosts, healthy, b.behind(ctx, s))
	}
	b.say("  %d hosts in %.2f s, %.0f/s, first after %.1f ms, CPU %.0f µs each, %d KB written, %v", f.hosts, f.last.Seconds(), f.rate(),
		float64(f.first.Microseconds())/1000, f.used.perOp(f.hosts), f.used.written>>10, f.schemes)
	return f, nil
}

// behind is what the server says of the first hosts that are behind, as its admin would ask it.
func (b *bench) behind(ctx context.Context, s *server) string {
	cmd := exec.CommandContext(ctx, b.Binary, "queue", "list", "--data-dir", s.dir, "--socket", filepath.Join(s.dir, "s"))
	cmd.Env = append(os.Environ(), "FOLKMOOT_DOMAIN="+domain)
	out, err := cmd.CombinedOutput()
	if err != nil {
		return fmt.Sprintf("%v: %s", err, out)
	}
	return string(out[:min(len(out), 2000)])
}

func isSick(sick []manner, n int) bool {
	for _, m := range sick {
		if n >= m.From && n < m.To {
			return true
		}
	}
	return false
}

// settled waits until the process writes nothing more for a while, two seconds at most, and returns what it has used.
func (s *server) settled(ctx context.Context) usage {
	u := s.usage()
	for range 4 {
		if sleepUntil(ctx, time.Now().Add(500*time.Millisecond)) != nil {
			return u
		}
		now := s.usage()
		if now.written == u.written {
			return now
		}
		u = now
	}
	return u
}

// enqueue measures how long it takes to decide, write and commit a post for all followers, as the server does it but in this
// process: from outside it cannot be told from signing.
func (b *bench) enqueue(ctx context.Context, prepared, mark string) (milliseconds []float64, err error) {
	return milliseconds, b.reopen(prepared, true, func(f *filler) error {
		for i := range 21 {
			at := time.Now()
			if err := f.publish(ctx, groupURI, owner(), fmt.Sprintf("%s%d", mark, i), ""); err != nil {
				return err
			}
			milliseconds = append(milliseconds, float64(time.Since(at).Microseconds())/1000)
		}
		return nil
	})
}

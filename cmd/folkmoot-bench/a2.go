package main

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// hardship is one way to make the inbox work for nothing, or for more than usual.
type hardship struct {
	name, note string
	wire       [][]byte
	expect     map[int]float64 // part of the answers that have this status
	goal       *goal           // of the rate, as a part of that of the activities without hardship
}

// runA2 measures the inbox in hard times, beside the same inbox with nothing wrong.
func runA2(ctx context.Context, b *bench) error {
	prepared, err := b.inboxWorld(ctx, schemeEd)
	if err != nil {
		return err
	}
	all, err := b.hardships()
	if err != nil {
		return err
	}
	var plain float64
	for _, h := range all {
		f := figure{Scenario: "a2", Name: h.name, Unit: "/s", Note: h.note, Of: plain, Goal: h.goal}
		right := figure{Scenario: "a2", Name: h.name + ": answered as they should be", Unit: "%", Goal: least(100)}
		fetched := figure{Scenario: "a2", Name: h.name + ": accounts fetched", Unit: "", Lower: true}
		err := b.each(ctx, func(ctx context.Context) error {
			return b.with(ctx, prepared, func(s *server) error {
				before := s.usage()
				got, err := volley{to: s.listen, requests: h.wire, hands: hands}.fire(ctx)
				if err != nil {
					return err
				}
				t, err := b.receivers.tally(ctx)
				if err != nil {
					return err
				}
				f.Runs, f.CPU = append(f.Runs, got.rate()), append(f.CPU, s.usage().since(before).perOp(got.count()))
				right.Runs, fetched.Runs = append(right.Runs, 100*h.right(got)), append(fetched.Runs, float64(t.Fetched))
				b.say("a2: %s: %.0f/s, %v, %d fetched", h.name, got.rate(), got.statuses, t.Fetched)
				return nil
			})
		})
		if err != nil {
			return err
		}
		if plain == 0 {
			plain = median(f.Runs)
		} else {
			f.OfWhat = "likes with nothing wrong"
		}
		for _, f := range []figure{f, right, fetched} {
			b.report.add(f)
		}
	}
	return nil
}

// right is the part that was answered as expected.
func (h hardship) right(got fired) float64 {
	wrong := 0.0
	for status, part := range h.expect {
		wrong += max(part-got.success(status), 0)
	}
	return 1 - wrong
}

func (b *bench) hardships() ([]hardship, error) {
	n := b.n(10_000, 100)
	taken, half := map[int]float64{http.StatusAccepted: 1}, map[int]float64{http.StatusAccepted: .5, http.StatusUnauthorized: .5}
	plain := b.likes(n, "h", b.senders(schemeRSA))
	twice := make([]draft, n)
	spoilt := b.likes(n, "s", b.senders(schemeRSA))
	for i := range n {
		twice[i] = plain[i/2]
		spoilt[i].bad = i%2 == 1
	}
	strangers := crowd("mastodon", schemeRSA, b.n(2000, 20), 10*senderHosts)
	for i := range strangers {
		strangers[i].K += 10_000
	}
	cold := b.likes(4*len(strangers), "c", strangers)
	list := []struct {
		hardship
		drafts []draft
	}{
		{hardship{name: "likes with nothing wrong", note: "the measure of the others", expect: taken}, plain},
		{hardship{name: "every second a duplicate", expect: taken, goal: leastPart(1), note: "the table's 1.5 is for duplicates alone"}, twice},
		{hardship{name: "every second badly signed", expect: half, goal: leastPart(.3), note: "a key is fetched anew once in five minutes at most"}, spoilt},
		{hardship{name: "unknown keys, four activities each", expect: taken, goal: leastPart(.3), note: fmt.Sprintf(
			"%d people on %d hosts; each must be fetched once over a new connection, and no more than once", len(strangers), 10*senderHosts)}, cold},
		{hardship{name: "bodies of nearly 1 MiB", expect: taken}, b.large(b.n(200, 10))},
	}
	var out []hardship
	for _, one := range list {
		wire, err := b.people.signAll(one.drafts)
		if err != nil {
			return nil, err
		}
		one.wire = wire
		out = append(out, one.hardship)
	}
	return out, nil
}

// likes are n likes by people in turns.
func (b *bench) likes(n int, mark string, who []person) []draft {
	out := make([]draft, n)
	for i := range out {
		out[i] = b.people.like(who[i%len(who)], fmt.Sprintf("%s%d", mark, i), b.filedPost(i/len(who)))
	}
	return out
}

// large are posts in ten languages of 98 KB each: no string of a post may be longer than 100 KB.
func (b *bench) large(n int) []draft {
	var words strings.Builder
	for i := range 10 {
		fmt.Fprintf(&words, `"x%d":"%s",`, i, strings.Repeat("The kettle is on. ", 98_000/18))
	}
	who, at := b.senders(schemeRSA), time.Now().UTC().Format(time.RFC3339)
	out := make([]draft, n)
	for i := range out {
		out[i] = b.people.post(who[i%len(who)], fmt.Sprintf("l%d", i), groupURI, at)
		out[i].body = strings.Replace(out[i].body, `"contentMap":{`, `"contentMap":{`+words.String(), 1)
	}
	return out
}

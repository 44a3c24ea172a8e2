package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"
)

// reading is one address that readers ask for.
type reading struct {
	name, path, accept string
	goal               *goal // of the rate, as a part of that of the bare handler
	write              bool  // also measured beside a writer to the first group
}

const (
	readers    = 16
	writerRate = 2000
	quietGroup = "quiet" // nothing happens in it: what is lost there beside a writer is the processor's time that the writer takes
)

// runD reads what servers and people read most, each address beside a bare handler that serves the same bytes from another process.
func runD(ctx context.Context, b *bench) error {
	var threads [2]int64
	prepared, err := b.fill(ctx, true, func(ctx context.Context, f *filler) error {
		known := b.senders(schemeEd)
		if err := errors.Join(f.found(ctx, groupName), f.found(ctx, quietGroup), all(ctx, len(known), func(ctx context.Context, i int) error { return f.know(ctx, known[i]) })); err != nil {
			return err
		}
		for i := range filedPosts {
			if err := f.publish(ctx, groupURI, owner(), filedMark(i), ""); err != nil {
				return err
			}
		}
		for i, comments := range []int{50, 200} {
			number, err := f.thread(ctx, i, comments, known)
			if err != nil {
				return err
			}
			threads[i] = number
		}
		return f.follow(ctx, groupURI, crowd("mastodon", schemeRSA, 200, 50))
	})
	if err != nil {
		return err
	}
	for _, r := range readings(threads) {
		if err := b.read(ctx, prepared, r); err != nil {
			return fmt.Errorf("%s: %w", r.name, err)
		}
	}
	return nil
}

// thread writes comments below the i-th post and returns the thread's number.
func (f *filler) thread(ctx context.Context, i, comments int, by []person) (int64, error) {
	uri := f.b.filedPost(i)
	for n := range comments {
		if err := f.publish(ctx, groupURI, by[n%len(by)], fmt.Sprintf("d%d-%d", i, n), uri); err != nil {
			return 0, err
		}
	}
	posts, err := f.Threads(ctx, groupName, 0, filedPosts)
	if err != nil {
		return 0, err
	}
	for _, p := range posts {
		if p.URI == uri {
			return p.ID, nil
		}
	}
	return 0, fmt.Errorf("the post %s was not found again", uri)
}

func readings(threads [2]int64) []reading {
	thread := func(i int) string { return fmt.Sprintf("/g/%s/post/%d", groupName, threads[i]) }
	return []reading{
		{"actor", "/g/" + groupName, acceptActivity, leastPart(.5), true},
		{"actor of another group", "/g/" + quietGroup, acceptActivity, nil, true},
		{"WebFinger", "/.well-known/webfinger?resource=acct:" + groupName + "@" + domain, "application/jrd+json", leastPart(.5), false},
		{"outbox page", "/g/" + groupName + "/outbox#first", acceptActivity, leastPart(.25), true},
		{"followers", "/g/" + groupName + "/followers", acceptActivity, nil, false},
		{"thread page of 50 comments", thread(0), acceptHTML, leastPart(.1), true},
		{"thread page of 200 comments", thread(1), acceptHTML, nil, false},
		{"group page", "/g/" + groupName, acceptHTML, nil, false},
	}
}

func (b *bench) read(ctx context.Context, prepared string, r reading) error {
	rate := figure{Scenario: "d", Name: r.name, Unit: "/s", OfWhat: "the bare handler", Goal: r.goal}
	slow := figure{Scenario: "d", Name: r.name + ", p99", Unit: "ms", Lower: true}
	same := figure{Scenario: "d", Name: r.name + ", 304", Unit: "/s"}
	busy := figure{Scenario: "d", Name: fmt.Sprintf("%s, beside a writer at %d/s", r.name, writerRate), Unit: "/s", OfWhat: "the same without"}
	if r.goal != nil {
		busy.Goal = leastPart(.7)
	}
	var bare []float64
	length := b.lengthOf(2 * time.Second)
	err := b.each(ctx, func(ctx context.Context) error {
		return b.with(ctx, prepared, func(s *server) error {
			page, err := b.page(ctx, s, &r)
			if err != nil {
				return err
			}
			ask := func(to string, wire []byte, status int) (fired, error) {
				got, err := volley{to: to, requests: [][]byte{wire}, length: length, hands: readers}.fire(ctx)
				if err == nil && got.success(status) < 1 {
					err = fmt.Errorf("answers to %.60q: %v", wire, got.statuses)
				}
				return got, err
			}
			nothing, err := ask(b.receivers.Control, get("/bare", r.accept), http.StatusOK)
			if err != nil {
				return err
			}
			before := s.usage()
			got, err := ask(s.listen, get(r.path, r.accept), http.StatusOK)
			if err != nil {
				return err
			}
			bare = append(bare, nothing.rate())
			rate.Runs, rate.CPU = append(rate.Runs, got.rate()), append(rate.CPU, s.usage().since(before).perOp(got.count()))
			slow.Runs = append(slow.Runs, got.at(.99))
			b.say("d: %s: %.0f/s, bare %.0f/s, %d bytes", r.name, got.rate(), nothing.rate(), page.size)
			if page.etag != "" {
				got, err := ask(s.listen, get(r.path, r.accept, "If-None-Match: "+page.etag), http.StatusNotModified)
				if err != nil {
					return err
				}
				same.Runs = append(same.Runs, got.rate())
			}
			rate.Note = fmt.Sprintf("%d bytes", page.size)
			if !r.write {
				return nil
			}
			return b.beside(ctx, s, length, func() error {
				got, err := ask(s.listen, get(r.path, r.accept), http.StatusOK)
				busy.Runs = append(busy.Runs, got.rate())
				return err
			})
		})
	})
	rate.Of, busy.Of = median(bare), median(rate.Runs)
	for _, f := range []figure{rate, slow, same, busy} {
		if len(f.Runs) > 0 {
			b.report.add(f)
		}
	}
	return err
}

// served is what an address shows.
type served struct {
	size int
	etag string
}

// page fetches what a reading shows and gives it to the bare handler. A path that ends in #first stands for the first page of that
// collection.
func (b *bench) page(ctx context.Context, s *server, r *reading) (served, error) {
	body, head, err := fetch(ctx, s, r.path, r.accept)
	if err != nil {
		return served{}, err
	}
	if _, fragment, ok := bytes.Cut([]byte(r.path), []byte("#")); ok {
		var collection map[string]any
		if err := json.Unmarshal(body, &collection); err != nil {
			return served{}, fmt.Errorf("read the collection: %w", err)
		}
		first, _ := collection[string(fragment)].(string)
		r.path = first[min(len(origin), len(first)):]
		if body, head, err = fetch(ctx, s, r.path, r.accept); err != nil {
			return served{}, err
		}
	}
	put, err := http.NewRequestWithContext(ctx, http.MethodPut, "http://"+b.receivers.Control+"/bare", bytes.NewReader(body))
	if err != nil {
		return served{}, err
	}
	put.Header.Set("Content-Type", head.Get("Content-Type"))
	res, err := http.DefaultClient.Do(put)
	if err != nil {
		return served{}, fmt.Errorf("prepare the bare handler: %w", err)
	}
	return served{len(body), head.Get("ETag")}, res.Body.Close()
}

func fetch(ctx context.Context, s *server, path, accept string) ([]byte, http.Header, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+s.listen+path, nil)
	if err != nil {
		return nil, nil, err
	}
	r.Host = domain
	r.Header.Set("Accept", accept)
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		return nil, nil, fmt.Errorf("ask the server: %w", err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err == nil && res.StatusCode != http.StatusOK {
		err = fmt.Errorf("the server answers %s with %s", path, res.Status)
	}
	return body, res.Header, err
}

// beside does something while likes come in at a pace.
func (b *bench) beside(ctx context.Context, s *server, length time.Duration, do func() error) error {
	wire, err := b.people.signAll(b.likes(int(writerRate*length.Seconds()), "b", b.senders(schemeEd)))
	if err != nil {
		return err
	}
	done := make(chan error, 1)
	go func() {
		_, err := volley{to: s.listen, requests: wire, rate: writerRate, hands: hands}.fire(ctx)
		done <- err
	}()
	return errors.Join(do(), <-done)
}

package federation

import (
	"bytes"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"folkmoot/store"
)

// BenchmarkProcess receives activities of 500 people on 50 hosts, decides and stores them, and delivers what follows to one host
// that takes Ed25519: all that an activity costs but the connections.
func BenchmarkProcess(b *testing.B) {
	for _, kind := range []string{"Like", "Follow", "Create"} {
		b.Run(kind, func(b *testing.B) { process(b, kind) })
	}
}

func process(b *testing.B, kind string) {
	s, fed, _ := benchServer(b, 1, schemeEdwards)
	ada := newPerson(b, s, 0)
	post := ada.id + "/note"
	benchFollow(b, s, ada.id)
	benchPublish(b, s, ada.id, post)
	people := make([]person, 500)
	for i := range people {
		people[i] = newPerson(b, s, i)
		if kind == "Create" {
			benchFollow(b, s, people[i].id)
		}
	}
	requests := make([]*http.Request, b.N)
	for i := range requests {
		requests[i] = people[i%len(people)].request(b, kind, i, post)
	}
	waitFor(b, s)
	var refused atomic.Int64
	handler := fed.Handler(http.NotFoundHandler())
	var next atomic.Int64
	b.ResetTimer()
	b.SetParallelism(32)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			rec := httptest.NewRecorder()
			handler.ServeHTTP(rec, requests[next.Add(1)-1])
			if rec.Code != http.StatusAccepted {
				refused.Add(1)
			}
		}
	})
	waitFor(b, s)
	b.StopTimer()
	if n := refused.Load(); n > 0 {
		b.Errorf("%d of %d were refused", n, b.N)
	}
}

type person struct {
	id  string
	key signingKey
}

func newPerson(b *testing.B, s *store.Store, i int) person {
	b.Helper()
	host := fmt.Sprintf("https://p%d.example", i%50)
	p := person{id: fmt.Sprintf("%s/users/%d", host, i)}
	p.key = signingKey{id: p.id + "#main-key", private: keysOf(b, "ann").RSA}
	der, err := x509.MarshalPKIXPublicKey(&p.key.private.PublicKey)
	if err != nil {
		b.Fatal(err)
	}
	if err := s.SaveActor(b.Context(), store.Actor{URI: p.id, Inbox: p.id + "/inbox", SharedInbox: host + "/inbox", Handle: fmt.Sprint(i), Fetched: time.Now()}); err != nil {
		b.Fatal(err)
	}
	if err := s.SaveKey(b.Context(), store.Key{ID: p.key.id, Owner: p.id, DER: der, Fetched: time.Now()}); err != nil {
		b.Fatal(err)
	}
	_, err = s.ChangeHost(b.Context(), host[len("https://"):], func(h *store.Host) {
		h.Software, h.Dialect, h.Checked, h.Said, h.Scheme = "mastodon", store.Microblog, time.Now(), time.Now(), schemeEdwards
	})
	if err != nil {
		b.Fatal(err)
	}
	return p
}

func (p person) request(b *testing.B, kind string, i int, post string) *http.Request {
	b.Helper()
	id := fmt.Sprintf("%s/%s/%d", p.id, kind, i)
	a := map[string]any{"@context": "https://www.w3.org/ns/activitystreams", "id": id, "type": kind, "actor": p.id, "object": post}
	switch kind {
	case "Follow":
		a["object"] = benchBooks
	case "Create":
		now := time.Now().UTC().Format(time.RFC3339)
		a["published"], a["to"], a["cc"] = now, []string{addressPublic}, []string{benchBooks}
		a["object"] = map[string]any{
			"id": id + "/note", "type": "Note", "attributedTo": p.id, "published": now, "to": a["to"], "cc": a["cc"],
			"content": "<p>What shall we read next? I liked the last one very much, and so did everybody I asked.</p>",
			"tag":     []any{map[string]any{"type": "Mention", "href": benchBooks, "name": "@books@groups.example"}},
		}
	}
	body, err := json.Marshal(a)
	if err != nil {
		b.Fatal(err)
	}
	r := httptest.NewRequest(http.MethodPost, "https://groups.example/inbox", bytes.NewReader(body))
	r.Header.Set("Content-Type", "application/activity+json")
	if err := signCavage(r, body, p.key, time.Now()); err != nil {
		b.Fatal(err)
	}
	return r
}

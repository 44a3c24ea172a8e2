package federation

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
)

// Journey is what became of a signed request that the server sent itself through its public address, as other servers send theirs.
type Journey struct {
	Status    int       // of the answer
	Arrived   bool      // at this process
	Changed   []Changed // what was not as it was sent
	Signature string    // what is wrong with it where it arrived; "" if it holds
	From      string    // address that the connection came from
	Forwarded []string  // X-Forwarded-For, as it arrived
}

// Changed is something about a request that is not as it was sent.
type Changed struct{ What, Sent, Arrived string }

// travellers are such requests that are under way, by the secret word in their address.
type travellers struct {
	mu  sync.Mutex
	all map[string]*traveller
}

type traveller struct {
	body    []byte
	sent    *http.Request
	journey Journey
}

// selfCheckPath is in no document: the word behind it is a secret of this process.
const selfCheckPath = "/self-check/"

// selfCheckQuery has what intermediaries like to write otherwise.
const selfCheckQuery = "?uri=https%3A%2F%2Fa.example%2Fb%20c&x=1+2"

// CheckSelf sends a signed request to this server's public address and says how it arrived. An error means that there was no answer.
func (s *Server) CheckSelf(ctx context.Context, client *http.Client) (Journey, error) {
	word := strings.ToLower(rand.Text())
	t := &traveller{body: []byte(`{"type":"Note","content":"` + strings.Repeat("grüße ", 500) + `"}`)}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, s.origin+selfCheckPath+word+selfCheckQuery, bytes.NewReader(t.body))
	if err != nil {
		return Journey{}, fmt.Errorf("make a request to this server: %w", err)
	}
	r.Header.Set("Content-Type", activityMedia)
	if err := s.signAsServer(r, t.body); err != nil {
		return Journey{}, err
	}
	t.sent = r.Clone(ctx)
	s.travellers.add(word, t)
	defer s.travellers.remove(word)
	res, err := client.Do(r)
	if err != nil {
		return Journey{}, fmt.Errorf("ask this server: %w", err)
	}
	defer res.Body.Close()
	s.travellers.mu.Lock()
	defer s.travellers.mu.Unlock()
	t.journey.Status = res.StatusCode
	return t.journey, nil
}

func (t *travellers) add(word string, one *traveller) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.all[word] = one
}

func (t *travellers) remove(word string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.all, word)
}

func (t *travellers) find(word string) *traveller {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.all[word]
}

// selfCheck takes such a request; for everybody else there is nothing here.
func (s *Server) selfCheck(otherwise http.Handler) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		t := s.travellers.find(r.PathValue("word"))
		if t == nil {
			otherwise.ServeHTTP(w, r)
			return
		}
		body, err := io.ReadAll(io.LimitReader(r.Body, 64<<10))
		if err != nil {
			http.Error(w, "It did not arrive whole.", http.StatusBadRequest)
			return
		}
		j := Journey{Arrived: true, Changed: t.changes(r, body), From: r.RemoteAddr, Forwarded: r.Header.Values("X-Forwarded-For")}
		if err := s.verifyOwn(r, body); err != nil {
			j.Signature = err.Error()
		}
		s.travellers.mu.Lock()
		t.journey = j
		s.travellers.mu.Unlock()
		w.WriteHeader(http.StatusNoContent)
	}
}

// verifyOwn verifies as for everybody else, with the key that other servers are shown.
func (s *Server) verifyOwn(r *http.Request, body []byte) error {
	own := Verifier{Origin: s.origin, Now: s.now, FindKey: func(context.Context, string, bool) (PublicKey, error) {
		id := s.ids.application()
		return PublicKey{ID: s.ids.key(id), Owner: id, Key: &s.keys.RSA.PublicKey}, nil
	}}
	_, err := own.Verify(r.Context(), r, body)
	return err
}

// changes compares what signatures bind.
func (t *traveller) changes(r *http.Request, body []byte) (out []Changed) {
	compare := func(what, sent, arrived string) {
		if sent != arrived {
			out = append(out, Changed{what, sent, arrived})
		}
	}
	compare("Host", t.sent.Host, r.Host)
	word := r.PathValue("word") // nobody is to read it
	compare("address", strings.ReplaceAll(t.sent.URL.RequestURI(), word, "WORD"), strings.ReplaceAll(r.RequestURI, word, "WORD"))
	for _, name := range []string{"Date", "Digest", "Content-Type", "Signature"} {
		compare(name, t.sent.Header.Get(name), strings.Join(r.Header.Values(name), ", "))
	}
	if !bytes.Equal(t.body, body) {
		out = append(out, Changed{"body", fmt.Sprintf("%d bytes", len(t.body)), fmt.Sprintf("%d bytes, not the same", len(body))})
	}
	return out
}

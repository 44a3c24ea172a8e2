package federation

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// ErrBarred means that whoever runs this server has blocked the host or account that would have to be asked.
var ErrBarred = errors.New("blocked on this server")

// blockedWords is all that a blocked server is told. 403 is final everywhere: Mastodon, Lemmy and PieFed drop what is refused so.
const blockedWords = "This server takes nothing from yours."

// shutOut says whether an activity is refused at the door: sent by, or said in the name of, somebody the server has blocked. Before the
// signature is verified, signer is "" and the host of the key counts, so that a blocked host costs no fetch and no arithmetic. Of what
// blocked people posted here before, they may still delete what is theirs, as long as their keys are known.
func (s *Server) shutOut(r *http.Request, a activity, signer string) (bool, error) {
	if a.Type == "Delete" {
		return false, nil
	}
	ask := []string{signer}
	if signer == "" {
		ask = []string{a.Actor, keyIDOf(r.Header)}
	}
	for i, uri := range ask {
		if i > 0 && sameHost(uri, a.Actor) || i == 0 && signer == a.Actor {
			continue // asked already
		}
		st, err := s.store.Standing(r.Context(), uri)
		if err != nil || st.Suspended() {
			return err == nil, err
		}
	}
	return false, nil
}

// keyIDOf reads the id of the key that a request names, before anything about it is believed. It is "" where none is found: the
// verifier says what is wrong then.
func keyIDOf(h http.Header) string {
	for _, name := range []string{"Signature", "Signature-Input"} {
		text := h.Get(name)
		at := strings.Index(strings.ToLower(text), `keyid="`)
		if at < 0 {
			continue
		}
		id, _, _ := strings.Cut(text[at+len(`keyid="`):], `"`)
		return id
	}
	return ""
}

// mayAsk refuses to ask hosts that are blocked.
func (s *Server) mayAsk(ctx context.Context, uri string) error {
	st, err := s.store.Standing(ctx, uri)
	if err == nil && st.Suspended() {
		err = fmt.Errorf("%w: %s", ErrBarred, cutRunes(uri, 200))
	}
	return err
}

// errHung says that a host took too long for something else a moment ago.
var errHung = errors.New("took too long to answer a moment ago")

// hungFor is for how long a host is not asked again that took too long. What needs it is postponed for as long at least.
const hungFor = time.Minute

// object fetches a document, unless its host is blocked or has just let something else wait in vain: whoever has a thousand activities
// about what does not answer would else hold a worker for each of them until time runs out. All ports of a host but its own one count
// as one: anybody can name a port where nobody answers.
func (s *Server) object(ctx context.Context, uri string) ([]byte, error) {
	host, _ := hostOf(uri)
	name := withoutPort(host)
	if name != host {
		name = "ports of " + name
	}
	if err := s.hung.get(name); err != nil {
		return nil, err
	}
	raw, err := s.objectNow(ctx, uri)
	if errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil { // what others used up of a shared time is not held against it
		s.hung.put(name, fmt.Errorf("%s %w", name, errHung), hungFor)
	}
	return raw, err
}

// objectNow fetches a document whatever its host did with others: a key, for which the sender waits and newcomers would be told that they
// cannot be verified, and what is looked for only once.
func (s *Server) objectNow(ctx context.Context, uri string) ([]byte, error) {
	if err := s.mayAsk(ctx, uri); err != nil {
		return nil, err
	}
	return s.client.Object(ctx, uri)
}

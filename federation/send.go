package federation

import (
	"context"
	"errors"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"time"

	"folkmoot/store"
)

const (
	firstBackOff  = time.Minute
	maxBackOff    = 24 * time.Hour
	unavailable   = 7 * 24 * time.Hour // from then on a host is only probed, once a day
	poisonedAfter = 5                  // failures in a row, in half an hour: perhaps the host cannot bear this one activity
	edwardsAgain  = 24 * time.Hour     // a host that does not take Ed25519, though it uses it, is not tried with it before
)

// outcome of one POST. words is empty for success.
type outcome struct {
	words  string
	status int
	again  bool // may succeed later
	hung   bool // no answer came in time
	after  time.Duration
	asked  string // the Accept-Signature of the answer
}

var errEdwards = errors.New("the host does not take Ed25519")

// send signs and posts. Draft-cavage goes first: snac 2.94 answers RFC 9421 with 202 and then does nothing. After 400 or
// 401 the other schemes are tried at once, and what works is remembered for the host. Where none does, the first answer counts:
// GoToSocial and Lemmy refuse what they cannot take with 400, and answer 401 to the scheme that they do not know.
func (s *Server) send(ctx context.Context, h *store.Host, d store.Delivery, inbox string) outcome {
	keys, unread := s.encoder.keys.of(d.Group.URI, d.Group.Keys)
	body, unproven := s.proven(d.URI, d.Body, d.Group, d.Prove)
	if unread != nil || unproven != nil {
		return outcome{words: store.FailedKey, again: true}
	}
	return s.sendAs(ctx, h, s.author(d), keys, inbox, body)
}

// sendAs is send in the name of an actor here.
func (s *Server) sendAs(ctx context.Context, h *store.Host, author string, keys Keys, inbox string, body []byte) outcome {
	tried := firstScheme(h.Scheme)
	first := s.postSigned(ctx, inbox, body, s.signer(tried, author, keys))
	if first.words == "" {
		h.Scheme = tried
		if first.asksEdwards() && s.lame.get(edwardsOf(h.Name)) == nil {
			h.Scheme = schemeEdwards
		}
	}
	if !first.wantsOtherSignature() {
		return first
	}
	for _, scheme := range otherSchemes(tried, first.asksEdwards()) {
		if next := s.postSigned(ctx, inbox, body, s.signer(scheme, author, keys)); next.words == "" {
			h.Scheme = scheme
			if tried == schemeEdwards {
				s.lame.put(edwardsOf(h.Name), errEdwards, edwardsAgain)
			}
			return next
		}
	}
	return first
}

func edwardsOf(host string) string { return "ed25519 " + host }

func (o outcome) wantsOtherSignature() bool {
	return o.status == http.StatusBadRequest || o.status == http.StatusUnauthorized
}

// asksEdwards says whether the answer asks for Ed25519: of this request if it is refused, else of the next ones (RFC 9421 section 5).
func (o outcome) asksEdwards() bool { return strings.Contains(o.asked, `;alg="ed25519"`) }

func firstScheme(known string) string {
	if known == "" {
		return schemeCavage
	}
	return known
}

// otherSchemes are those worth a try after one was refused. Ed25519 is only tried where it was asked for.
func otherSchemes(tried string, edwards bool) []string {
	switch {
	case tried == schemeEdwards:
		return []string{schemeCavage, schemeRFC9421}
	case tried == schemeRFC9421:
		return []string{schemeCavage}
	case edwards:
		return []string{schemeEdwards, schemeRFC9421}
	default:
		return []string{schemeRFC9421}
	}
}

// signer signs by a scheme in the name of an actor. Signing by RSA takes a thousandth of a second of processor time, so no more
// are at it than there are processors: all else, receiving above all, goes on beside it.
func (s *Server) signer(scheme, author string, keys Keys) signFunc {
	if scheme == schemeEdwards {
		k := signingKey{id: s.ids.edKey(author), edwards: keys.Ed25519}
		return func(r *http.Request, body []byte) error { return signRFC9421(r, body, k, s.now()) }
	}
	k := signingKey{id: s.ids.key(author), private: keys.RSA}
	return func(r *http.Request, body []byte) error {
		s.signing <- struct{}{}
		defer func() { <-s.signing }()
		if scheme == schemeRFC9421 {
			return signRFC9421(r, body, k, s.now())
		}
		return signCavage(r, body, k, s.now())
	}
}

type signFunc func(r *http.Request, body []byte) error

// author is the actor of a delivery, who signs it: the group, or its agent.
func (s *Server) author(d store.Delivery) string {
	if agent := s.ids.agent(d.Group.Name); d.Direct != 0 && trimJSON(d.Body).object().get("actor").text() == agent {
		return agent
	}
	return d.Group.URI
}

func (s *Server) postSigned(ctx context.Context, inbox string, body []byte, sign signFunc) outcome {
	res, err := s.client.Post(ctx, inbox, body, sign)
	if err != nil {
		return outcome{words: networkWords(err), again: !errors.Is(err, ErrBadURL), hung: errors.Is(err, context.DeadlineExceeded)}
	}
	return judge(res)
}

// judge reads an answer: protocol as peers live it, Mastodon's and Lemmy's lists of what is worth a second try joined. A redirect is, too,
// though it is not followed: a server under repair may send everybody to a page that says so (Mastodon 4.5 tries again what is not 4xx).
func judge(res *PostResult) outcome {
	out := outcome{status: res.Status, after: res.RetryAfter, asked: res.AcceptSignature}
	switch {
	case res.Status >= 200 && res.Status < 300:
		return out
	case res.Status < 400, res.Status == http.StatusUnauthorized, res.Status == http.StatusRequestTimeout, res.Status == http.StatusTooEarly,
		res.Status == http.StatusTooManyRequests, res.Status >= 500 && res.Status != http.StatusNotImplemented:
		out.again = true
	}
	out.words = store.FailedAnswer + strconv.Itoa(res.Status) + " " + http.StatusText(res.Status)
	if res.Body == "" {
		out.words += "."
	} else {
		out.words += store.FailedSaid + cutRunes(res.Body, 200)
	}
	return out
}

func networkWords(err error) string {
	switch {
	case errors.Is(err, ErrBlockedAddress):
		return store.FailedPrivate
	case errors.Is(err, context.DeadlineExceeded):
		return store.FailedLate
	default:
		return store.FailedReach + reachWords(err)
	}
}

// backOff waits 1, 2, 4 … minutes up to a day, a little more or less so that not all come back at once, and at least as
// long as the host asked for. It returns when the host may be tried again.
func (s *Server) backOff(ctx context.Context, h *store.Host, d store.Delivery, out outcome) time.Time {
	wait := maxBackOff
	if h.Failures < 11 && (h.Failing.IsZero() || s.now().Sub(h.Failing) < unavailable) {
		wait = min(firstBackOff<<h.Failures, maxBackOff)
	}
	wait += time.Duration((rand.Float64() - 0.5) * 0.4 * float64(wait)) // #nosec G404 -- spreading load needs no secret
	wait = max(wait, min(out.after, maxBackOff))
	s.reportOut(h, d, out.words)
	if h.Failures == 0 { // only the first in a row: the others say nothing new
		s.log.Warn("server does not take what is sent", "host", h.Name, "words", out.words)
	}
	f := store.Failure{Words: out.words, Next: s.afterSeconds(wait)}
	if out.after > 0 {
		f.Asked = s.afterSeconds(min(out.after, maxBackOff))
	}
	_ = s.noted(ctx, func() error { return s.store.Failed(context.WithoutCancel(ctx), *h, d, f) }) // it fails only when all ends
	return f.Next
}

// afterSeconds is the time after a while, rounded up: the store keeps seconds, and no try may come before its time.
func (s *Server) afterSeconds(d time.Duration) time.Time {
	return s.now().Add(d + time.Second - 1).Truncate(time.Second)
}

func (s *Server) reportOut(h *store.Host, d store.Delivery, words string) {
	if words == "" {
		s.log.Debug("delivered", "host", h.Name, "activity", d.URI)
	} else {
		s.log.Debug("not delivered", "host", h.Name, "activity", d.URI, "failure", words)
	}
	kind, about := s.sketch.of(d)
	s.watch(Event{
		At: s.now(), Out: true, Peer: h.Name, Type: kind, Activity: d.URI, About: about, Group: d.Group.Name,
		Words: words, Failed: words != "",
	})
}

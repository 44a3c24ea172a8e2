package federation

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"os"
	"strings"
	"time"

	"folkmoot/store"
)

// inbox takes an activity for a group or, at the shared inbox, for whomever it addresses. The answers are those of which
// peers make the least trouble: 202 for everything well-formed and signed, 401 for a bad signature, never 410 or 418
// (PieFed 0.9 forgets the server for ever) and never 5xx for a bad activity (Lemmy stops for everything behind it).
func (s *Server) inbox(w http.ResponseWriter, r *http.Request) {
	raw, status, words := s.readActivity(w, r)
	if status != 0 {
		refuse(w, status, words)
		return
	}
	a, err := decodeActivity(raw)
	if err != nil {
		http.Error(w, "This is not an activity: "+cleanLine(err.Error(), 200), http.StatusBadRequest)
		return
	}
	if shut, err := s.shutOut(r, a, ""); err != nil || shut {
		s.answer(w, r, a, http.StatusForbidden, blockedWords, err)
		return
	}
	select {
	case s.inFlight <- struct{}{}:
		s.news.seen()
		defer func() { <-s.inFlight; s.news.seen() }()
	default:
		refuse(w, http.StatusTooManyRequests, tooMany)
		return
	}
	skip, err := s.needsNoLook(r, a)
	switch {
	case err == nil && skip:
		status, words = s.readSignature(r, raw)
	case err == nil:
		status, words, err = s.receive(r, a, raw)
	}
	s.answer(w, r, a, status, words, err)
}

const (
	tooMany = "Too many activities at once; send it again in half a minute."
	tooMuch = "Too much from there waits to be decided; send it again in half a minute."
)

// refuse answers with words, and says when to come again to whoever may.
func refuse(w http.ResponseWriter, status int, words string) {
	switch status {
	case http.StatusTooManyRequests:
		w.Header().Set("Retry-After", "30")
	case http.StatusUnauthorized:
		w.Header().Set("Accept-Signature", acceptSignature) // Fedify signs again as asked for here
	}
	http.Error(w, words, status)
}

func (s *Server) answer(w http.ResponseWriter, r *http.Request, a activity, status int, words string, err error) {
	switch {
	case err != nil:
		// The store is closed or the disk is full: the peer is asked to send it again later.
		s.log.ErrorContext(r.Context(), "activity not received", "activity", a.ID, "error", err)
		w.Header().Set("Retry-After", "120")
		http.Error(w, "The activity could not be stored; send it again later.", http.StatusServiceUnavailable)
	case status != 0:
		refuse(w, status, words)
	default:
		w.Header().Set("Accept-Signature", edwardsWelcome)
		w.WriteHeader(http.StatusAccepted)
	}
}

// readActivity enforces the limits that hold before anything is parsed or verified. A status other than 0 refuses.
func (s *Server) readActivity(w http.ResponseWriter, r *http.Request) (raw []byte, status int, words string) {
	media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || !isActivityMedia(media) && media != "application/json" {
		return nil, http.StatusUnsupportedMediaType, "Send activities as application/activity+json."
	}
	if enc := r.Header.Get("Content-Encoding"); enc != "" && !strings.EqualFold(enc, "identity") {
		return nil, http.StatusUnsupportedMediaType, "Send activities without a content encoding."
	}
	raw, err = s.readBody(w, r)
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return nil, http.StatusRequestEntityTooLarge, fmt.Sprintf("Activities may have %d bytes at most.", s.bodyBytes)
	case errors.Is(err, ErrBusy):
		return nil, http.StatusTooManyRequests, tooMany
	case errors.Is(err, os.ErrDeadlineExceeded):
		return nil, http.StatusRequestTimeout, "The activity did not arrive in time."
	case err != nil:
		return nil, http.StatusBadRequest, "The activity did not arrive whole."
	}
	return raw, 0, ""
}

const (
	smallBody    = 32 << 10 // bytes; nearly all activities are smaller
	maxSmall     = 4096     // arriving at once
	maxLarge     = 64
	bodyPatience = 10 * time.Second
	maxLogged    = 200 // characters of a name that anybody may send
)

// readBody reads while a bounded number of others do: bodies that trickle in cost memory and must not keep those out that are
// there already. Large ones have few places, small ones many.
func (s *Server) readBody(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	gate := s.arriving
	if r.ContentLength < 0 || r.ContentLength > smallBody {
		gate = s.arrivingLarge
	}
	if !gate.enter("") {
		return nil, ErrBusy
	}
	defer gate.leave("")
	c := http.NewResponseController(w)
	_ = c.SetReadDeadline(time.Now().Add(bodyPatience)) // there is none where no connection is, in tests
	raw, err := s.readUpTo(w, r)
	after := time.Time{}
	if err != nil { // net/http reads what is left before it answers, and would wait for it without end
		after = time.Now()
	}
	_ = c.SetReadDeadline(after)
	return raw, err
}

// readUpTo reads nothing of what says that it is too large: whoever waits for 100 Continue keeps it then.
func (s *Server) readUpTo(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	if r.ContentLength > s.bodyBytes {
		return nil, &http.MaxBytesError{Limit: s.bodyBytes}
	}
	return io.ReadAll(http.MaxBytesReader(unwrapped(w), r.Body, s.bodyBytes))
}

// unwrapped is the writer of net/http itself, which closes the connection of whoever sends too much.
func unwrapped(w http.ResponseWriter) http.ResponseWriter {
	for {
		outer, ok := w.(interface{ Unwrap() http.ResponseWriter })
		if !ok {
			return w
		}
		w = outer.Unwrap()
	}
}

func isActivityMedia(media string) bool {
	return media == "application/activity+json" || media == "application/ld+json"
}

// needsNoLook finds news about accounts nobody here knows. Whenever an account anywhere is deleted, every server is told;
// fetching the keys would be answered 410 each time (Mastodon: skip_unknown_actor_activity).
func (s *Server) needsNoLook(r *http.Request, a activity) (bool, error) {
	if a.Type != "Delete" && a.Type != "Update" || a.Object.ID != a.Actor {
		return false, nil
	}
	_, err := s.store.Actor(r.Context(), a.Actor)
	if errors.Is(err, store.ErrNotFound) {
		return true, nil
	}
	return false, err
}

// readSignature refuses what is not signed as it must be, without a look at the key.
func (s *Server) readSignature(r *http.Request, raw []byte) (status int, words string) {
	if _, err := s.verifier.read(r, raw); err != nil {
		return http.StatusUnauthorized, signatureWords(err)
	}
	return 0, ""
}

// receive verifies the signature and stores the activity durably.
func (s *Server) receive(r *http.Request, a activity, raw []byte) (status int, words string, err error) {
	sig, err := s.verifier.Verify(r.Context(), r, raw)
	switch {
	case errors.Is(err, ErrKeyGone) && a.Type == "Delete":
		return 0, "", nil // the account is gone, as the activity says
	case errors.Is(err, ErrBusy):
		return http.StatusTooManyRequests, tooMany, nil
	case err != nil:
		s.log.InfoContext(r.Context(), "signature refused", "activity", cutRunes(a.ID, maxLogged), "actor", cutRunes(a.Actor, maxLogged), "error", cutRunes(err.Error(), maxLogged))
		return http.StatusUnauthorized, signatureWords(err), nil
	}
	if shut, err := s.shutOut(r, a, sig.Owner); err != nil || shut {
		return http.StatusForbidden, blockedWords, err
	}
	if ok, err := s.mayWait(r.Context(), sig.Owner, len(raw)); err != nil || !ok {
		return http.StatusTooManyRequests, tooMuch, err
	}
	row := store.Received{Activity: a.ID, Signer: sig.Owner, Raw: raw, At: s.now(), Signed: sig.At}
	own := sig.Owner == a.Actor
	named := own && sameHost(a.ID, a.Actor)
	if !named {
		// It has no id, or one that is somebody else's. Or somebody passes on another's activity: that is looked up at its origin
		// and must not use up the id meanwhile.
		row.Activity = transientID(sig.Owner, raw)
	}
	// Peers that lost the answer send the same Follow again and want the answer again, and what has no id may be meant again.
	row.Again = own && (!named || a.Type == "Follow" || a.Type == "Join")
	if err := s.hear(r, sig); err != nil {
		return 0, "", err
	}
	_, err = s.store.Receive(r.Context(), row)
	return 0, "", err
}

// transientID names an activity that has no id of its own, so that the same bytes count once.
func transientID(signer string, raw []byte) string {
	sum := sha256.Sum256(append([]byte(signer+"\n"), raw...))
	return "transient:" + hex.EncodeToString(sum[:])
}

// hear takes up what a signed request says of its host: that it is up, so that deliveries start again, and by which signatures it
// can be answered. RFC 9421 is then the first knock at a host that was never delivered to; who signs by Ed25519 gets that.
func (s *Server) hear(r *http.Request, sig Signature) error {
	name, ok := hostOf(sig.Owner)
	if !ok {
		return nil
	}
	h, err := s.store.Host(r.Context(), name)
	switch {
	case err != nil:
		return ignoreMissing(err)
	case s.betterScheme(h, sig.Scheme):
		_, err = s.store.ChangeHost(r.Context(), name, func(h *store.Host) {
			if s.betterScheme(*h, sig.Scheme) {
				h.Scheme = sig.Scheme
			}
		})
	}
	if err != nil || !h.MayRevive(s.now()) {
		return err
	}
	return s.store.Revive(r.Context(), name)
}

// betterScheme says whether a host is better spoken to by the scheme that it uses itself.
func (s *Server) betterScheme(h store.Host, used string) bool {
	switch used {
	case schemeRFC9421:
		return h.Scheme == ""
	case schemeEdwards:
		return h.Scheme != schemeEdwards && s.lame.get(edwardsOf(h.Name)) == nil
	}
	return false
}

// signatureWords tells the admin of the other server what to look at.
func signatureWords(err error) string {
	switch {
	case errors.Is(err, ErrUnsigned):
		return "Sign the request (draft-cavage-http-signatures-12 or RFC 9421)."
	case errors.Is(err, ErrKeyGone):
		return "The key of this signature is gone."
	case errors.Is(err, ErrKeyUnavailable):
		return "The key of this signature could not be fetched."
	default:
		return "The signature is not valid: " + cleanLine(err.Error(), 200)
	}
}

package fedtest_test

import (
	"bytes"
	"crypto/rsa"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"folkmoot/federation/fedtest"
)

// stage is the part of the fediverse that one recorded payload needs: its actor, who has a key of the test, the documents it
// refers to, and a group of this server in the place of the one it addressed. A stage answers for all of its hosts.
type stage struct {
	*world
	name  string // of the payload, for messages
	group string // URI of the local group
	tree  object // the payload with its addresses moved here
	actor string // its actor
	topic string // the thread of the group that the payload is about, if any
	own   string // its real id; a stranger's copy would be confirmed if it could be looked up

	reader  *fedtest.Peer            // a Mastodon where Ann follows the group
	place   func(host string) string // where a host of the payload is now
	library map[string]object        // recorded documents by their real ids

	mu    sync.Mutex
	real  map[string]string // moved address -> address in the payload
	docs  map[string]object // what is served beside the library
	raw   map[string][]byte // the same for what is no object
	got   []arrival
	hosts map[string]bool
}

// arrival is an activity that came to an inbox of the stage.
type arrival struct {
	inbox string
	body  object
}

func (w *world) stage(name, group string, library map[string]object, place func(string) string) *stage {
	return &stage{
		world: w, name: name, group: group, library: library, place: place,
		real: map[string]string{}, docs: map[string]object{}, raw: map[string][]byte{}, hosts: map[string]bool{},
	}
}

// perform makes the payload the one to play and its actor somebody who can sign.
func (s *stage) perform(tree object) {
	s.tree, _ = rewrite(tree, s.move).(object)
	s.own, _ = tree["id"].(string)
	s.actor = idOf(s.tree["actor"])
	if s.actor != "" {
		s.person(s.actor, "Person")
	}
}

// move moves one address onto the stage.
func (s *stage) move(address string) string {
	moved := moveHost(address, func(host string) string { return s.host(s.place(host)) })
	s.mu.Lock()
	defer s.mu.Unlock()
	s.real[spot(moved)] = address
	return moved
}

// host makes the stage answer for a host.
func (s *stage) host(host string) string {
	s.mu.Lock()
	known := s.hosts[host]
	s.hosts[host] = true
	s.mu.Unlock()
	if !known && "https://"+host != home {
		s.net.Attach(host, s)
	}
	return host
}

// person makes an account that signs with the test's key. What the library knows of it is kept.
func (s *stage) person(uri, kind string) string {
	doc, ok := s.recorded(uri)
	if t, _ := doc["type"].(string); !ok || !isActor(t) {
		doc = object{"type": kind, "preferredUsername": "someone", "name": "Some One"}
	}
	s.serve(uri, signable(doc, uri))
	return uri
}

// signable makes a document that of an actor who signs with the test's key.
func signable(doc object, uri string) object {
	doc["id"] = uri
	doc["@context"] = "https://www.w3.org/ns/activitystreams"
	if inbox, _ := doc["inbox"].(string); hostIn(inbox) != hostIn(uri) {
		doc["inbox"] = "https://" + hostIn(uri) + "/inbox"
	}
	doc["publicKey"] = object{"id": keyOf(uri), "owner": uri, "publicKeyPem": publicPEM(keyOwnedBy(uri))}
	return doc
}

// keyOwnedBy is the private key of an account: hosts named evil have one of their own.
func keyOwnedBy(actor string) *rsa.PrivateKey {
	if strings.HasPrefix(hostIn(actor), "evil.") {
		return keys().users[1]
	}
	return keys().users[0]
}

func keyOf(actor string) string {
	actor, _, _ = strings.Cut(actor, "#")
	return actor + "#main-key"
}

func hostIn(uri string) string {
	parts := strings.SplitN(uri, "/", 4)
	if len(parts) < 3 {
		return ""
	}
	host, _, _ := strings.Cut(parts[2], "#")
	host, _, _ = strings.Cut(host, "?")
	return host
}

// spot is an address without the slash that may stand after a host alone: requests always have it, ids need not.
func spot(uri string) string {
	host := "https://" + hostIn(uri)
	if rest, ok := strings.CutPrefix(uri, host+"/"); ok && (rest == "" || rest[0] == '?') {
		return host + rest
	}
	return uri
}

func (s *stage) serve(uri string, doc object) {
	s.host(hostIn(uri))
	s.mu.Lock()
	defer s.mu.Unlock()
	s.docs[spot(uri)] = doc
}

// served is what serve was given for an address.
func (s *stage) served(uri string) object {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.docs[spot(uri)]
}

// recorded is a document of the library at its place on the stage.
func (s *stage) recorded(uri string) (object, bool) {
	s.mu.Lock()
	doc, ok := s.library[s.real[spot(uri)]]
	own := s.real[spot(uri)] == s.own
	s.mu.Unlock()
	if !ok || own {
		return nil, false
	}
	moved, _ := rewrite(doc, s.move).(object)
	return moved, true
}

// ServeHTTP answers for all hosts of the stage.
func (s *stage) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	uri := spot("https://" + r.Host + r.URL.RequestURI())
	if r.URL.Path == "/.well-known/webfinger" {
		uri, _, _ = strings.Cut(uri, "?")
	}
	if r.Method == http.MethodPost {
		s.inbox(w, r, uri)
		return
	}
	s.mu.Lock()
	doc, ok := s.docs[uri]
	raw, isRaw := s.raw[uri]
	s.mu.Unlock()
	if !ok && !isRaw {
		doc, ok = s.recorded(uri)
	}
	switch {
	case isRaw:
		w.Header().Set("Content-Type", "application/activity+json")
		_, _ = w.Write(raw) // to a recorder
	case ok:
		w.Header().Set("Content-Type", "application/activity+json")
		_ = json.NewEncoder(w).Encode(doc) // to a recorder
	default:
		http.NotFound(w, r)
	}
}

func (s *stage) inbox(w http.ResponseWriter, r *http.Request, uri string) {
	raw, err := io.ReadAll(r.Body)
	if err == nil {
		var body object
		body, err = decode(raw)
		s.mu.Lock()
		s.got = append(s.got, arrival{inbox: uri, body: body})
		s.mu.Unlock()
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	w.WriteHeader(http.StatusAccepted)
}

// arrived returns what came to the stage's inboxes, of one type.
func (s *stage) arrived(kind string) []arrival {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []arrival
	for _, a := range s.got {
		if a.body["type"] == kind {
			out = append(out, a)
		}
	}
	return out
}

// decode keeps numbers as they are written.
func decode(raw []byte) (v object, err error) {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	return v, d.Decode(&v)
}

func (s *stage) encode(v any) []byte {
	s.t.Helper()
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	s.must(e.Encode(v))
	return bytes.TrimSpace(b.Bytes())
}

// send posts an activity that its own actor has signed, and waits until all is quiet.
func (s *stage) send(a object) int {
	s.t.Helper()
	return s.sendAs(idOf(a["actor"]), s.group+"/inbox", s.encode(a))
}

// sendAs posts bytes that an account of the stage has signed.
func (s *stage) sendAs(signer, inbox string, body []byte) int {
	s.t.Helper()
	r, err := http.NewRequestWithContext(s.ctx, http.MethodPost, inbox, bytes.NewReader(body))
	s.must(err)
	r.Header.Set("Content-Type", "application/activity+json")
	s.must(signCavage(r, body, keyOf(signer), keyOwnedBy(signer), time.Now()))
	res, err := s.http.Do(r)
	s.must(err)
	s.settle()
	return res.StatusCode
}

// join makes an account a member of the stage's group.
func (s *stage) join(actor string) {
	s.t.Helper()
	follow := object{"id": "https://" + hostIn(actor) + "/follows/" + s.next(), "type": "Follow", "actor": actor, "object": s.group}
	if status := s.send(follow); status != http.StatusAccepted {
		s.errorf("%s cannot join: status %d", actor, status)
	}
}

// next is a word that has not been used yet.
func (s *stage) next() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.made++
	return fmt.Sprint(s.made)
}

func (s *stage) errorf(format string, args ...any) {
	s.t.Helper()
	s.t.Errorf("%s: %s", s.name, fmt.Sprintf(format, args...))
}

// unchanged compares what there is now with an earlier view.
func (s *stage) unchanged(what string, before, now view) {
	s.t.Helper()
	if d := difference(before, now); d != "" {
		s.errorf("%s had an effect:\n%s", what, d)
	}
}

package fedtest

import (
	"bytes"
	"context"
	"crypto/rsa"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"
)

const (
	public       = "https://www.w3.org/ns/activitystreams#Public"
	activityType = "application/activity+json"
)

// object is a JSON object.
type object = map[string]any

// Peer is a server with a few people, scripted to behave like Mastodon.
type Peer struct {
	Origin   string // e.g. https://mastodon.example
	Software string // NodeInfo name; "" answers 404
	Client   *http.Client
	Now      func() time.Time

	mu       sync.Mutex
	users    map[string]*user
	served   map[string]object // what can be fetched, by URL
	gone     map[string]bool
	keys     map[string]*rsa.PublicKey
	received []Received
	next     int
}

// user is one account. What its owner sees is read through the Peer's methods.
type user struct {
	name      string
	key       *rsa.PrivateKey
	following map[string]bool      // actor URI -> accepted
	home      map[string]boostedBy // URI of a boosted post
	private   []string             // content of private mentions
	noShared  bool
	moved     string
	alsoKnown []string
}

type boostedBy struct{ boost, group string }

// Received is an activity that arrived with a valid signature.
type Received struct {
	Inbox, Type, Actor string
	Body               object
}

// NewPeer makes a server without people. client carries its requests.
func NewPeer(origin, software string, client *http.Client, now func() time.Time) *Peer {
	return &Peer{
		Origin: origin, Software: software, Client: client, Now: now, users: map[string]*user{}, served: map[string]object{},
		gone: map[string]bool{}, keys: map[string]*rsa.PublicKey{},
	}
}

// AddUser opens an account and returns its actor URI.
func (p *Peer) AddUser(name string, key *rsa.PrivateKey) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.users[name] = &user{name: name, key: key, following: map[string]bool{}, home: map[string]boostedBy{}}
	return p.Actor(name)
}

// Actor is the URI of an account.
func (p *Peer) Actor(name string) string { return p.Origin + "/users/" + name }

// Rotate gives an account a new key, as after a restored backup.
func (p *Peer) Rotate(name string, key *rsa.PrivateKey) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.users[name].key = key
}

// ForgetKeys makes the peer fetch every key again.
func (p *Peer) ForgetKeys() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.keys = map[string]*rsa.PublicKey{}
}

func (p *Peer) host() string {
	_, host, _ := strings.Cut(p.Origin, "://")
	return host
}

// ServeHTTP answers as the peer.
func (p *Peer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch {
	case r.Method == http.MethodPost:
		p.inbox(w, r)
	case r.URL.Path == "/.well-known/webfinger":
		p.webfinger(w, r)
	case r.URL.Path == "/.well-known/nodeinfo" && p.Software != "":
		p.write(w, "application/json", object{"links": []object{{
			"rel": "http://nodeinfo.diaspora.software/ns/schema/2.0", "href": p.Origin + "/nodeinfo/2.0",
		}}})
	case r.URL.Path == "/nodeinfo/2.0" && p.Software != "":
		p.write(w, "application/json", object{"version": "2.0", "software": object{"name": p.Software, "version": "4.5.0"}})
	default:
		p.serve(w, r)
	}
}

func (p *Peer) write(w http.ResponseWriter, media string, v any) {
	w.Header().Set("Content-Type", media)
	_ = json.NewEncoder(w).Encode(v) // to a recorder, or to somebody who hung up
}

func (p *Peer) webfinger(w http.ResponseWriter, r *http.Request) {
	resource := r.URL.Query().Get("resource")
	name, ok := strings.CutSuffix(strings.TrimPrefix(resource, "acct:"), "@"+p.host())
	p.mu.Lock()
	_, known := p.users[name]
	p.mu.Unlock()
	if !ok || !known {
		http.NotFound(w, r)
		return
	}
	p.write(w, "application/jrd+json", object{
		"subject": "acct:" + name + "@" + p.host(), "aliases": []string{p.Actor(name)},
		"links": []object{{"rel": "self", "type": activityType, "href": p.Actor(name)}},
	})
}

// serve shows actors and posts.
func (p *Peer) serve(w http.ResponseWriter, r *http.Request) {
	id := p.Origin + r.URL.Path
	p.mu.Lock()
	doc, known := p.served[id]
	gone := p.gone[id]
	if name, ok := strings.CutPrefix(r.URL.Path, "/users/"); ok && p.users[name] != nil {
		doc, known = p.actorDocument(p.users[name]), true
	}
	p.mu.Unlock()
	switch {
	case gone:
		http.Error(w, "gone", http.StatusGone)
	case !known:
		http.NotFound(w, r)
	default:
		p.write(w, activityType+"; charset=utf-8", doc)
	}
}

func (p *Peer) actorDocument(u *user) object {
	id := p.Actor(u.name)
	doc := object{
		"@context": []any{"https://www.w3.org/ns/activitystreams", "https://w3id.org/security/v1"},
		"id":       id, "type": "Person", "preferredUsername": u.name, "name": strings.ToUpper(u.name[:1]) + u.name[1:], "summary": "",
		"inbox": id + "/inbox", "outbox": id + "/outbox", "followers": id + "/followers", "following": id + "/following",
		"url": p.Origin + "/@" + u.name, "manuallyApprovesFollowers": false, "discoverable": true,
		"publicKey": object{"id": id + "#main-key", "owner": id, "publicKeyPem": publicPEM(&u.key.PublicKey)},
		"endpoints": object{"sharedInbox": p.Origin + "/inbox"},
	}
	if u.noShared {
		delete(doc, "endpoints")
	}
	if u.moved != "" {
		doc["movedTo"] = u.moved
	}
	if len(u.alsoKnown) > 0 {
		doc["alsoKnownAs"] = u.alsoKnown
	}
	return doc
}

// Fetch reads a document as an account would see it: signed.
func (p *Peer) Fetch(ctx context.Context, name, url string) (object, int, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, 0, err
	}
	r.Header.Set("Accept", activityType+`, application/ld+json; profile="https://www.w3.org/ns/activitystreams"`)
	if name != "" {
		if err := sign(r, nil, p.Actor(name)+"#main-key", p.user(name).key, p.Now()); err != nil {
			return nil, 0, err
		}
	}
	res, err := p.Client.Do(r)
	if err != nil {
		return nil, 0, err
	}
	defer res.Body.Close()
	var doc object
	if err := json.NewDecoder(io.LimitReader(res.Body, 1<<20)).Decode(&doc); err != nil && res.StatusCode == http.StatusOK {
		return nil, res.StatusCode, fmt.Errorf("read %s: %w", url, err)
	}
	return doc, res.StatusCode, nil
}

func (p *Peer) user(name string) *user {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.users[name]
}

// Send signs an activity as name and posts it to the inbox; it returns the status.
func (p *Peer) Send(ctx context.Context, name, inbox string, activity object) (int, error) {
	body, err := json.Marshal(activity)
	if err != nil {
		return 0, err
	}
	return p.SendBytes(ctx, name, inbox, body)
}

// SendBytes is Send for bytes that are no activity.
func (p *Peer) SendBytes(ctx context.Context, name, inbox string, body []byte) (int, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, inbox, bytes.NewReader(body))
	if err != nil {
		return 0, err
	}
	r.Header.Set("Content-Type", activityType)
	if name != "" {
		if err := sign(r, body, p.Actor(name)+"#main-key", p.user(name).key, p.Now()); err != nil {
			return 0, err
		}
	}
	res, err := p.Client.Do(r)
	if err != nil {
		return 0, err
	}
	defer res.Body.Close()
	_, _ = io.Copy(io.Discard, res.Body)
	return res.StatusCode, nil
}

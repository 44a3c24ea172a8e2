package fedtest

import (
	"context"
	"crypto/rsa"
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"
)

const (
	public       = "https://www.w3.org/ns/activitystreams#Public"
	activityType = "application/activity+json"
)

// object is a JSON object.
type object = map[string]any

// Peer is a server with a few people, scripted to behave like Mastodon, or like the brand it is of.
type Peer struct {
	site
	brand Brand

	users   map[string]*user
	filed   map[string]*filing
	refused []error
}

// user is one account. What its owner sees is read through the Peer's methods.
type user struct {
	name      string
	key       *rsa.PrivateKey
	following map[string]bool      // actor URI -> accepted
	asked     map[string]string    // actor URI -> the Follow
	home      map[string]boostedBy // URI of a boosted post
	private   []string             // content of private mentions
	noShared  bool
	moved     string
	alsoKnown []string
	change    func(doc object)
}

type boostedBy struct{ boost, group string }

// NewPeer makes a server without people. client carries its requests.
func NewPeer(origin, software string, client *http.Client, now func() time.Time) *Peer {
	return NewPeerOf(mastodonBrand(software), origin, client, now)
}

// AddUser opens an account and returns its actor URI.
func (p *Peer) AddUser(name string, key *rsa.PrivateKey) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.users[name] = &user{name: name, key: key, following: map[string]bool{}, asked: map[string]string{}, home: map[string]boostedBy{}}
	return p.Actor(name)
}

// Actor is the URI of an account.
func (p *Peer) Actor(name string) string { return p.Origin + "/" + p.brand.people + "/" + name }

// Rotate gives an account a new key, as after a restored backup.
func (p *Peer) Rotate(name string, key *rsa.PrivateKey) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.users[name].key = key
}

// Change puts last touches to an account's document, whenever it is shown.
func (p *Peer) Change(name string, touch func(doc map[string]any)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.users[name].change = touch
}

// ServeHTTP answers as the peer.
func (p *Peer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch {
	case r.Method == http.MethodPost:
		p.inbox(w, r)
	case r.URL.Path == "/.well-known/webfinger":
		p.webfinger(w, r)
	case !p.nodeInfo(w, r):
		p.serve(w, r)
	}
}

func (p *Peer) webfinger(w http.ResponseWriter, r *http.Request) {
	name, ok := strings.CutSuffix(strings.TrimPrefix(r.URL.Query().Get("resource"), "acct:"), "@"+p.host())
	p.mu.Lock()
	_, known := p.users[name]
	p.mu.Unlock()
	if !ok || !known {
		http.NotFound(w, r)
		return
	}
	p.jrd(w, name, p.Actor(name))
}

// serve shows actors and posts.
func (p *Peer) serve(w http.ResponseWriter, r *http.Request) {
	id := p.Origin + r.URL.Path
	name, isUser := strings.CutPrefix(r.URL.Path, "/"+p.brand.people+"/")
	name, isKey := strings.CutSuffix(name, "/main-key")
	if p.brand.secure && !isKey && !p.mayRead(r) {
		http.Error(w, "sign the request", http.StatusUnauthorized)
		return
	}
	p.mu.Lock()
	doc, known := p.served[id]
	gone := p.gone[id]
	if isUser && p.users[name] != nil {
		doc, known = p.actorDocument(p.users[name]), true
	}
	if isKey && known {
		doc = stub(doc)
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

// mayRead says whether a request to read is signed by somebody who can be looked up.
func (p *Peer) mayRead(r *http.Request) bool {
	sig, err := p.parse(r)
	return err == nil && p.holds(r, nil, sig) == nil
}

// stub is what stands at the address of a key (GoToSocial): enough to check a signature, and no profile.
func stub(actor object) object {
	out := object{}
	for _, key := range []string{"@context", "id", "type", "preferredUsername", "publicKey"} {
		out[key] = actor[key]
	}
	return out
}

func (p *Peer) actorDocument(u *user) object {
	id := p.Actor(u.name)
	doc := object{
		"@context": []any{"https://www.w3.org/ns/activitystreams", "https://w3id.org/security/v1"},
		"id":       id, "type": "Person", "preferredUsername": u.name, "name": strings.ToUpper(u.name[:1]) + u.name[1:], "summary": "",
		"inbox": id + "/inbox", "outbox": id + "/outbox", "followers": id + "/followers", "following": id + "/following",
		"url": p.Origin + "/@" + u.name, "manuallyApprovesFollowers": false, "discoverable": true,
		"publicKey": object{"id": id + p.hand.keyPart(), "owner": id, "publicKeyPem": publicPEM(&u.key.PublicKey)},
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
	if u.change != nil {
		u.change(doc)
	}
	return doc
}

// Fetch reads a document as an account would see it: signed.
func (p *Peer) Fetch(ctx context.Context, name, url string) (object, int, error) {
	_, doc, status, err := p.get(ctx, p.signer(name), url)
	return doc, status, err
}

// anyone is somebody who signs what the server fetches for itself: real ones have an actor for that.
func (p *Peer) anyone() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	names := slices.Sorted(maps.Keys(p.users))
	if len(names) == 0 {
		return ""
	}
	return names[0]
}

func (p *Peer) user(name string) *user {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.users[name]
}

// signer is an account as it signs; nil for nobody.
func (p *Peer) signer(name string) *signer {
	if name == "" {
		return nil
	}
	return &signer{uri: p.Actor(name), key: p.user(name).key}
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
	return p.post(ctx, p.signer(name), inbox, body)
}

package fedtest_test

import (
	"context"
	"crypto/rsa"
	"database/sql"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"folkmoot/federation"
	"folkmoot/federation/fedtest"
	"folkmoot/group"
	"folkmoot/store"
)

type object = map[string]any

// keyring holds keys made once: making them is what takes time.
type keyring struct {
	users  []*rsa.PrivateKey
	server []byte
	groups []byte
}

// keys is read-only after it is made.
var keys = sync.OnceValue(func() keyring {
	var k keyring
	for range 6 {
		key, err := fedtest.NewKey()
		if err != nil {
			panic(err)
		}
		k.users = append(k.users, key)
	}
	for _, to := range []*[]byte{&k.server, &k.groups} {
		made, err := federation.GenerateKeys()
		if err != nil {
			panic(err)
		}
		if *to, err = made.Marshal(); err != nil {
			panic(err)
		}
	}
	return k
})

// world is a fediverse with its own clock: groups.example runs Folkmoot, the rest is scripted.
type world struct {
	t    *testing.T
	ctx  context.Context // of the scenario: that of t belongs to another clock
	net  *fedtest.Network
	dir  string
	http *http.Client

	store  *store.Store
	db     *sql.DB // the same file once more, for tests that look behind the store
	tables []table // of db
	fed    *federation.Server
	stop   func()
	tune   func(*federation.Options) // other settings than usual, from the next start on
	made   int
	ahead  atomic.Int64 // of the right time, the server's clock

	forums []*fedtest.Forum
}

const (
	home  = "https://groups.example"
	books = home + "/g/books"
	films = home + "/g/films"
	games = home + "/g/games"
)

// inWorld runs a scenario. Time passes only when it says so.
func inWorld(t *testing.T, scenario func(w *world)) {
	t.Helper()
	inWorldAt(t, time.Time{}, scenario)
}

// inCase runs a scenario as a subtest with the ids of the cases of docs/security.md that it shows. A scenario reports to the t of its
// test, so that is looked at too.
func inCase(t *testing.T, ids string, scenario func(w *world)) {
	t.Helper()
	t.Parallel()
	t.Run(ids, func(sub *testing.T) {
		defer func() {
			if t.Failed() {
				sub.Fail()
			}
		}()
		inWorld(sub, scenario)
	})
}

// inWorldAt runs a scenario that begins at a time after 2000.
func inWorldAt(t *testing.T, start time.Time, scenario func(w *world)) {
	t.Helper()
	t.Parallel()
	keys()
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Until(start))
		w := &world{t: t, ctx: context.Background(), net: fedtest.NewNetwork(), dir: t.TempDir()}
		w.http = &http.Client{Transport: w.net}
		w.start()
		for _, uri := range []string{books, films, games} {
			w.found(uri)
		}
		defer func() { w.shut() }() // however the scenario ends: nothing may outlive it
		scenario(w)
		w.wantNothingRefused()
	})
}

// start opens the server and lets it work.
func (w *world) start() {
	w.open()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { _ = w.fed.Run(ctx); close(done) }()
	w.stop = func() { cancel(); <-done }
}

// open opens the server without its workers: it takes activities and does nothing with them.
func (w *world) open() {
	w.t.Helper()
	now := func() time.Time { return time.Now().Add(time.Duration(w.ahead.Load())) }
	var err error
	w.store, err = store.Open(store.Options{Path: filepath.Join(w.dir, "folkmoot.db"), Origin: home, Encode: federation.NewEncoder(home), Now: now})
	w.must(err)
	_, err = w.store.ServerKeys(w.ctx, func() ([]byte, error) { return keys().server, nil })
	w.must(err)
	o := federation.Options{
		Store: w.store, Origin: home, Version: "test", Now: now, Client: federation.ClientOptions{Transport: w.net, Timeout: 10 * time.Second},
	}
	if w.tune != nil {
		w.tune(&o)
	}
	if os.Getenv("FOLKMOOT_TEST_LOG") != "" {
		o.Log = slog.New(slog.NewTextHandler(os.Stderr, nil))
	}
	w.fed, err = federation.New(w.ctx, o)
	w.must(err)
	w.net.Attach("groups.example", w.fed.Handler(http.NotFoundHandler()))
	w.stop = func() {}
}

func (w *world) shut() {
	w.stop()
	w.net.Attach("groups.example", nil)
	if w.db != nil {
		w.must(w.db.Close())
		w.db = nil
	}
	w.must(w.store.Close())
}

// found makes a group whose owner is a distant Lee.
func (w *world) found(uri string) {
	name := uri[strings.LastIndexByte(uri, '/')+1:]
	err := w.store.CreateGroup(w.ctx, store.Group{
		URI: uri, Name: name, Title: "The " + name, SummaryHTML: "<p>x</p>", Settings: group.Defaults(), Keys: keys().groups,
	}, "https://lee.example/users/lee")
	w.must(err)
}

// peer attaches a Mastodon with the named people.
func (w *world) peer(host, software string, people ...string) *fedtest.Peer {
	p := fedtest.NewPeer("https://"+host, software, w.http, time.Now)
	for _, name := range people {
		p.AddUser(name, keys().users[w.made%len(keys().users)])
		w.made++
	}
	w.net.Attach(host, p)
	return p
}

// mastodon is the usual peer with Ann and Bob, both following the book club.
func (w *world) mastodon() *fedtest.Peer {
	p := w.peer("mastodon.example", "mastodon", "ann", "bob", "max")
	w.follow(p, "ann", books)
	w.follow(p, "bob", books)
	w.settle()
	return p
}

func (w *world) follow(p *fedtest.Peer, name, actor string) object {
	w.t.Helper()
	a, err := p.Follow(w.ctx, name, actor)
	w.must(err)
	return a
}

// publish sends a post to the book club and waits until all is quiet.
func (w *world) publish(p *fedtest.Peer, name string, post fedtest.Post) string {
	w.t.Helper()
	uri, _, err := p.Publish(w.ctx, name, books, post)
	w.must(err)
	w.settle()
	return uri
}

func mention(text string) fedtest.Post { return fedtest.Post{Text: text, Mentions: []string{books}} }

func reply(to string) fedtest.Post {
	return fedtest.Post{Text: "a reply", InReplyTo: to, Mentions: []string{books}}
}

func (w *world) act(p *fedtest.Peer, name, kind string, about any) object {
	w.t.Helper()
	a, err := p.Act(w.ctx, name, kind, about, books)
	w.must(err)
	w.settle()
	return a
}

// settle lets everything happen that needs no time.
func (w *world) settle() { synctest.Wait() }

// later lets time pass.
func (w *world) later(d time.Duration) { time.Sleep(d); synctest.Wait() }

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// get asks the server as anybody.
func (w *world) get(path, accept string) (*http.Response, object) {
	w.t.Helper()
	r := httptest.NewRequest(http.MethodGet, home+path, nil)
	r.Header.Set("Accept", accept)
	rec := httptest.NewRecorder()
	w.fed.Handler(http.NotFoundHandler()).ServeHTTP(rec, r)
	var doc object
	_ = json.Unmarshal(rec.Body.Bytes(), &doc) // some answers are no JSON
	return rec.Result(), doc
}

func (w *world) document(path string) object {
	w.t.Helper()
	res, doc := w.get(path, "application/activity+json")
	if res.StatusCode != http.StatusOK {
		w.t.Fatalf("GET %s: %s", path, res.Status)
	}
	return doc
}

// reason is what became of an activity.
func (w *world) reason(a object) string {
	w.t.Helper()
	_, reason, err := w.store.Outcome(w.ctx, a["id"].(string), idOf(a["actor"]))
	w.must(err)
	return reason
}

func (w *world) wantReason(a object, want group.Reason) {
	w.t.Helper()
	if got := w.reason(a); got != string(want) {
		w.t.Errorf("decided by %q, want %q", got, want)
	}
}

func (w *world) counts() store.GroupCounts {
	w.t.Helper()
	g, err := w.store.Group(w.ctx, "books")
	w.must(err)
	c, err := w.store.Counts(w.ctx, g.ID)
	w.must(err)
	return c
}

func (w *world) wantCounts(want store.GroupCounts) {
	w.t.Helper()
	if got := w.counts(); got != want {
		w.t.Errorf("counts %+v, want %+v", got, want)
	}
}

func (w *world) wantHome(p *fedtest.Peer, name string, want ...string) {
	w.t.Helper()
	if got := p.Home(name); !slices.Equal(got, slices.Sorted(slices.Values(want))) {
		w.t.Errorf("%s sees %q, want %q", name, got, want)
	}
}

func (w *world) wantArrived(p *fedtest.Peer, kind string, want int) {
	w.t.Helper()
	if got := len(p.Inbox(kind)); got != want {
		w.t.Errorf("%d of type %s arrived at %s, want %d", got, kind, p.Origin, want)
	}
}

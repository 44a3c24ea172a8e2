package federation

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"folkmoot/group"
	"folkmoot/store"
)

// reading is a server with one group, and counts the pages it makes.
type reading struct {
	t       *testing.T
	store   *store.Store
	server  *Server
	handler http.Handler
	pages   atomic.Int64
	liked   bool
}

func newReading(t *testing.T) *reading {
	const origin = "https://groups.example"
	s, err := store.Open(store.Options{Path: filepath.Join(t.TempDir(), "folkmoot.db"), Origin: origin, Encode: NewEncoder(origin)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	pem, err := keysOf(t, "ann").Marshal()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"books", "films"} {
		g := store.Group{URI: origin + "/g/" + name, Name: name, Title: name, Settings: group.Defaults(), Keys: pem}
		if err := s.CreateGroup(t.Context(), g, "https://lee.example/lee"); err != nil {
			t.Fatal(err)
		}
	}
	fed, err := New(t.Context(), Options{Store: s, Origin: origin, Version: "test", Client: ClientOptions{Transport: &taking{}}})
	if err != nil {
		t.Fatal(err)
	}
	r := &reading{t: t, store: s, server: fed}
	r.handler = fed.Handler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		r.pages.Add(1)
		w.Header().Set("ETag", `"page"`)
		_, _ = w.Write([]byte("page"))
	}))
	return r
}

func (r *reading) get(path string, header ...string) *httptest.ResponseRecorder {
	r.t.Helper()
	q := httptest.NewRequest(http.MethodGet, "https://groups.example"+path, nil)
	for i := 0; i < len(header); i += 2 {
		q.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	r.handler.ServeHTTP(w, q)
	return w
}

func (r *reading) publish(name, id string) {
	r.t.Helper()
	lee := "https://lee.example/lee"
	_, err := r.store.Apply(r.t.Context(), group.Request{
		Kind: group.Publish, By: group.Person{URI: lee}, Groups: []string{"https://groups.example/g/" + name}, Activity: id + "/create",
		Raw: []byte(`{"type":"Create"}`), Post: &group.Post{URI: id, Author: lee, HTML: "<p>x</p>", Published: time.Now()}, At: time.Now(),
	}, 0)
	if err != nil {
		r.t.Fatal(err)
	}
}

func (r *reading) vote(id string) {
	r.t.Helper()
	lee := "https://lee.example/lee"
	kind := group.Like
	if r.liked = !r.liked; !r.liked {
		kind = group.Unlike
	}
	outcomes, err := r.store.Apply(r.t.Context(), group.Request{
		Kind: kind, By: group.Person{URI: lee}, Activity: lee + "#like", Target: id, Raw: []byte(`{"type":"Like"}`), At: time.Now(),
	}, 0)
	if err != nil || len(outcomes) != 1 || len(outcomes[0].Decision.Effects) == 0 {
		r.t.Fatalf("the vote led to %+v, %v", outcomes, err)
	}
}

func TestWhatChangedIsReadAtOnce(t *testing.T) {
	r := newReading(t)
	outbox := func() string { return r.get("/g/books/outbox", "Accept", activityMedia).Body.String() }
	before := outbox()
	if again := outbox(); again != before {
		t.Errorf("nothing happened, and the outbox reads\n%s\nafter\n%s", again, before)
	}
	r.publish("books", "https://lee.example/1")
	if after := outbox(); after == before || !strings.Contains(after, `"totalItems":1`) {
		t.Errorf("after a post the outbox reads %s", after)
	}
}

func TestPagesAreMadeOnceUntilTheirGroupChanges(t *testing.T) {
	r := newReading(t)
	for _, step := range []struct {
		name   string
		change func()
		made   int64
	}{
		{"first", func() {}, 1},
		{"nothing happened", func() {}, 1},
		{"another group's post", func() { r.publish("films", "https://lee.example/films/1") }, 1},
		{"the group's post", func() { r.publish("books", "https://lee.example/1") }, 2},
		{"an author's new name", func() {
			a := store.Actor{URI: "https://lee.example/lee", Name: "Lee", Fetched: time.Now()}
			if err := r.store.SaveActor(context.Background(), a); err != nil {
				t.Fatal(err)
			}
		}, 3},
		{"the same name again", func() {
			a := store.Actor{URI: "https://lee.example/lee", Name: "Lee", Fetched: time.Now()}
			if err := r.store.SaveActor(context.Background(), a); err != nil {
				t.Fatal(err)
			}
		}, 3},
		{"an activity that waits", func() {
			_, err := r.store.Receive(context.Background(), store.Received{Activity: "https://a.example/1", Signer: "https://a.example/a", Raw: []byte("{}")})
			if err != nil {
				t.Fatal(err)
			}
		}, 3},
		{"a person who signs the request", func() { r.get("/g/books", "Accept", "text/html", "Signature", "x") }, 4},
	} {
		step.change()
		w := r.get("/g/books", "Accept", "text/html")
		if got := r.pages.Load(); got != step.made || w.Body.String() != "page" {
			t.Errorf("%s: %d pages made so far, want %d; it says %q", step.name, got, step.made, w.Body)
		}
	}
	w := r.get("/g/books", "Accept", "text/html", "If-None-Match", `"page"`)
	if w.Code != http.StatusNotModified || w.Body.Len() > 0 {
		t.Errorf("who has the page already gets %d and %q", w.Code, w.Body)
	}
}

// Votes are most of what happens: what shows none is not made anew for them, nor are the pages of other threads.
func TestVotesChangeOnlyWhatShowsThem(t *testing.T) {
	r := newReading(t)
	r.publish("books", "https://lee.example/1")
	r.publish("books", "https://lee.example/2")
	for path, want := range map[string]int64{"/g/books": 1, "/g/books/post/1": 1, "/g/books/post/2": 0, "/g/films": 0, "/g/books/members": 1} {
		ask := func() int64 {
			r.get(path, "Accept", "text/html")
			return r.pages.Load()
		}
		before := ask()
		r.vote("https://lee.example/1")
		if made := ask() - before; made != want {
			t.Errorf("after a vote in the first thread %s was made %d times, want %d", path, made, want)
		}
	}
	outbox := func() string { return r.get("/g/books/outbox", "Accept", activityMedia).Body.String() }
	before, version := outbox(), r.store.Version("books", store.NoVotes)
	r.vote("https://lee.example/1")
	if !r.store.Version("books", store.NoVotes).Covers(version) || !version.Covers(r.store.Version("books", store.NoVotes)) {
		t.Error("a vote counts as a change of what shows no votes")
	}
	if err := r.store.SaveActor(t.Context(), store.Actor{URI: "https://lee.example/lee", Name: "Lee", Fetched: time.Now()}); err != nil { // all is made anew
		t.Fatal(err)
	}
	if after := outbox(); after != before {
		t.Errorf("a vote changed the outbox from\n%s\nto\n%s", before, after)
	}
}

// Readers who come while a page is made share it if nothing changed since it was begun, and otherwise the next one.
func TestReadersShareWhatIsMadeAfterTheyCame(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var changed, made atomic.Int64
		begun, end := make(chan int64), make(chan struct{})
		next := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			at := changed.Load()
			made.Add(1)
			begun <- at
			<-end
			w.Header().Set("ETag", strconv.Quote(strconv.FormatInt(at, 10)))
			_, _ = fmt.Fprint(w, at)
		})
		r := newReading(t)
		change := func() { r.publish("books", fmt.Sprintf("https://lee.example/%d", changed.Add(1))) }
		c := newReadCache(next, r.store.Version, time.Now)
		answers := make(chan string, 9)
		ask := func(ctx context.Context) {
			w := httptest.NewRecorder()
			c.ServeHTTP(w, httptest.NewRequestWithContext(ctx, http.MethodGet, "https://groups.example/g/books", nil))
			answers <- w.Body.String()
		}
		first, leave := context.WithCancel(t.Context())
		go ask(first)
		<-begun
		leave() // the others still wait for it
		for range 3 {
			go ask(t.Context())
		}
		synctest.Wait()
		change()
		for range 4 {
			go ask(t.Context())
		}
		synctest.Wait()
		end <- struct{}{}
		if at := <-begun; at != 1 {
			t.Errorf("the second making shows %d changes", at)
		}
		end <- struct{}{}
		got := map[string]int{}
		for range 8 {
			got[<-answers]++
		}
		if made.Load() != 2 || got["0"] != 4 || got["1"] != 4 {
			t.Errorf("%d makings for %v", made.Load(), got)
		}
	})
}

// Servers and people ask at one address.
func TestServersAndPeopleGetTheirOwn(t *testing.T) {
	r := newReading(t)
	for range 2 {
		if got := r.get("/g/books", "Accept", activityMedia).Header().Get("Content-Type"); got != activityMedia {
			t.Errorf("a server gets %q", got)
		}
		if got := r.get("/g/books", "Accept", "text/html").Body.String(); got != "page" {
			t.Errorf("a person gets %q", got)
		}
	}
	if w := r.get("/g/nobody", "Accept", activityMedia); w.Code != http.StatusNotFound {
		t.Errorf("an unknown group: %d", w.Code)
	}
}

// However much is asked for, what is kept stays small.
func TestTheCacheIsBounded(t *testing.T) {
	next := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("ETag", `"x"`)
		_, _ = w.Write(make([]byte, 200<<10))
	})
	c := newReadCache(next, func(string, store.Votes) store.Version { return store.Version{} }, time.Now)
	for i := range 200 {
		q := httptest.NewRequest(http.MethodGet, "https://groups.example/g/books?"+strings.Repeat("x", i), nil)
		c.ServeHTTP(httptest.NewRecorder(), q)
	}
	if c.bytes > maxCached || len(c.kept) > maxCached/(200<<10) || len(c.kept) < 10 {
		t.Errorf("%d answers of %d bytes together", len(c.kept), c.bytes)
	}
}

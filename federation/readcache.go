package federation

import (
	"bytes"
	"context"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"folkmoot/store"
)

const (
	maxCached     = 8 << 20     // bytes of all answers that are kept
	maxCachedOne  = 256 << 10   // bytes of one
	maxCachedKey  = 1 << 10     // bytes of what was asked
	cachedMaxAge  = time.Minute // pages say how long ago things were
	cachedPerItem = 512         // bytes that one answer takes beside its body
	groupPrefix   = "/g/"       // what is below changes with the group alone
)

// readCache keeps answers that are the same for everybody until what they show changes: the store counts changes of each group, and
// an answer is used as long as that count is the one from before it was made. Whoever asks for one that is being made waits for it, or
// for the next if that one was begun before the last change: however fast a group changes, its pages are made one after the other, each
// for all who wait, and nobody gets one that is older than the question.
type readCache struct {
	next    http.Handler
	version func(group string, votes store.Votes) store.Version
	now     func() time.Time

	mu     sync.Mutex
	kept   map[string]*cachedAnswer
	making map[string]*making
	bytes  int
}

type cachedAnswer struct {
	version store.Version
	made    time.Time
	header  http.Header
	body    []byte
}

// making is an answer on its way.
type making struct {
	version store.Version // from before it was begun
	done    chan struct{}
	answer  *cachedAnswer // once it is done; nil if it turned out to be for whoever asked first alone
}

func newReadCache(next http.Handler, version func(string, store.Votes) store.Version, now func() time.Time) *readCache {
	return &readCache{next: next, version: version, now: now, kept: map[string]*cachedAnswer{}, making: map[string]*making{}}
}

func (c *readCache) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	key, ok := cacheKey(r)
	if !ok {
		c.next.ServeHTTP(w, r)
		return
	}
	group, votes := shownAt(r)
	asked := c.version(group, votes)
	for {
		a, m, mine := c.find(key, asked, func() store.Version { return c.version(group, votes) })
		switch {
		case a != nil:
			a.answer(w, r)
			return
		case mine:
			c.make(w, r, key, m)
			return
		}
		select {
		case <-m.done:
		case <-r.Context().Done():
			return
		}
		if !m.version.Covers(asked) {
			continue
		}
		if m.answer == nil {
			c.next.ServeHTTP(w, r)
			return
		}
		m.answer.answer(w, r)
		return
	}
}

// find returns what is kept, if it is as new as what was asked; else what is being made, or a making for the caller to do.
func (c *readCache) find(key string, asked store.Version, version func() store.Version) (a *cachedAnswer, m *making, mine bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if a = c.get(key, asked); a != nil {
		return a, nil, false
	}
	if m = c.making[key]; m != nil {
		return nil, m, false
	}
	m = &making{version: version(), done: make(chan struct{})}
	c.making[key] = m
	return nil, m, true
}

// make makes an answer for whoever asks and for all who wait for it.
func (c *readCache) make(w http.ResponseWriter, r *http.Request, key string, m *making) {
	defer c.finish(key, m)                                       // even if it fails
	unconditional := r.Clone(context.WithoutCancel(r.Context())) // whoever asked first may leave, the others still wait
	unconditional.Header.Del("If-None-Match")
	rec := recording{header: http.Header{}}
	c.next.ServeHTTP(&rec, unconditional)
	a := &cachedAnswer{version: m.version, made: c.now(), header: rec.header, body: rec.body.Bytes()}
	if rec.status > http.StatusOK {
		c.finish(key, m)
		rec.replay(w)
		return
	}
	if a.isForAll() {
		m.answer = a
	}
	c.finish(key, m)
	a.answer(w, r)
}

// finish keeps what was made, and lets those go on who wait for it. Twice does no harm.
func (c *readCache) finish(key string, m *making) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.making[key] != m {
		return
	}
	delete(c.making, key)
	if m.answer != nil {
		c.put(key, m.answer)
	}
	close(m.done)
}

// cacheKey is what answers depend on. Nothing is kept for whoever shows who they are, or asks for a part.
func cacheKey(r *http.Request) (string, bool) {
	if r.Method != http.MethodGet {
		return "", false
	}
	for _, name := range []string{"Signature", "Authorization", "Cookie", "Range"} {
		if r.Header.Get(name) != "" {
			return "", false
		}
	}
	path := r.URL.Path
	if !strings.HasPrefix(path, groupPrefix) && path != "/.well-known/webfinger" && path != "/" && path != "/actor" {
		return "", false
	}
	key := strings.Join([]string{
		r.Host, r.URL.EscapedPath(), r.URL.RawQuery, strings.Join(r.Header.Values("Accept"), ","), r.Header.Get("Accept-Language"),
	}, "\n")
	return key, len(key) <= maxCachedKey
}

// shownAt is the group whose changes alone change what a request asks for, "" for none, and whose votes it shows.
func shownAt(r *http.Request) (group string, votes store.Votes) {
	rest, ok := strings.CutPrefix(r.URL.Path, groupPrefix)
	if !ok {
		return "", store.AllVotes
	}
	group, part, _ := strings.Cut(rest, "/")
	switch part {
	case "":
		if wantsActivity(r) {
			return group, store.NoVotes
		}
	case "followers", "following", "moderators", "featured", "outbox", "wall", agentName:
		return group, store.NoVotes
	}
	if number, ok := strings.CutPrefix(part, "post/"); ok {
		if n, err := strconv.ParseInt(number, 10, 64); err == nil && n > 0 {
			return group, store.Votes(n) // the page of a thread; a comment has none of its own
		}
	}
	return group, store.AllVotes
}

// get returns what is kept, unless it is older than what was asked. The caller holds mu.
func (c *readCache) get(key string, asked store.Version) *cachedAnswer {
	a := c.kept[key]
	if a == nil || a.version.Covers(asked) && c.now().Sub(a.made) < cachedMaxAge {
		return a
	}
	c.drop(key, a)
	return nil
}

func (c *readCache) drop(key string, a *cachedAnswer) {
	delete(c.kept, key)
	c.bytes -= len(key) + len(a.body) + cachedPerItem
}

// put keeps an answer, in the place of any others: which of them goes matters little, since most are old soon. The
// caller holds mu.
func (c *readCache) put(key string, a *cachedAnswer) {
	if len(a.body) > maxCachedOne {
		return
	}
	if old := c.kept[key]; old != nil {
		c.drop(key, old)
	}
	c.kept[key] = a
	c.bytes += len(key) + len(a.body) + cachedPerItem
	for other, old := range c.kept {
		if c.bytes <= maxCached {
			return
		}
		if other != key {
			c.drop(other, old)
		}
	}
}

// isForAll says whether an answer is everybody's, as far as it says itself.
func (a *cachedAnswer) isForAll() bool {
	control := a.header.Get("Cache-Control")
	return a.header.Get("ETag") != "" && len(a.header.Values("Set-Cookie")) == 0 &&
		!strings.Contains(control, "private") && !strings.Contains(control, "no-store")
}

// answer writes the answer, or that whoever asks has it already.
func (a *cachedAnswer) answer(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	for name, values := range a.header {
		h[name] = values
	}
	if etag := a.header.Get("ETag"); etag != "" && matches(r.Header.Get("If-None-Match"), etag) {
		h.Del("Content-Length")
		w.WriteHeader(http.StatusNotModified)
		return
	}
	h.Set("Content-Length", strconv.Itoa(len(a.body)))
	_, _ = w.Write(a.body) // a reader that hung up wants nothing more
}

// recording is an answer on its way into the cache.
type recording struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (r *recording) Header() http.Header         { return r.header }
func (r *recording) Write(b []byte) (int, error) { return r.body.Write(b) }

func (r *recording) WriteHeader(status int) {
	if r.status == 0 {
		r.status = status
	}
}

func (r *recording) replay(w http.ResponseWriter) {
	for name, values := range r.header {
		w.Header()[name] = values
	}
	w.WriteHeader(r.status)
	_, _ = r.body.WriteTo(w)
}

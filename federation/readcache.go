package federation

import (
	"bytes"
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
// an answer is used as long as that count is the one from before it was made.
type readCache struct {
	next    http.Handler
	version func(group string) store.Version
	now     func() time.Time

	mu    sync.Mutex
	kept  map[string]*cachedAnswer
	bytes int
}

type cachedAnswer struct {
	version store.Version
	made    time.Time
	header  http.Header
	body    []byte
}

func newReadCache(next http.Handler, version func(string) store.Version, now func() time.Time) *readCache {
	return &readCache{next: next, version: version, now: now, kept: map[string]*cachedAnswer{}}
}

func (c *readCache) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	key, ok := cacheKey(r)
	if !ok {
		c.next.ServeHTTP(w, r)
		return
	}
	version := c.version(groupOfPath(r.URL.Path))
	if a := c.get(key, version); a != nil {
		a.answer(w, r)
		return
	}
	unconditional := r.Clone(r.Context())
	unconditional.Header.Del("If-None-Match")
	rec := recording{header: http.Header{}}
	c.next.ServeHTTP(&rec, unconditional)
	a := &cachedAnswer{version: version, made: c.now(), header: rec.header, body: rec.body.Bytes()}
	if rec.status > http.StatusOK {
		rec.replay(w)
		return
	}
	if a.isForAll() {
		c.put(key, a)
	}
	a.answer(w, r)
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

// groupOfPath is the group whose changes alone change what is at a path, "" for none.
func groupOfPath(path string) string {
	rest, ok := strings.CutPrefix(path, groupPrefix)
	if !ok {
		return ""
	}
	name, _, _ := strings.Cut(rest, "/")
	return name
}

func (c *readCache) get(key string, version store.Version) *cachedAnswer {
	c.mu.Lock()
	defer c.mu.Unlock()
	a := c.kept[key]
	if a == nil || a.version == version && c.now().Sub(a.made) < cachedMaxAge {
		return a
	}
	c.drop(key, a)
	return nil
}

func (c *readCache) drop(key string, a *cachedAnswer) {
	delete(c.kept, key)
	c.bytes -= len(key) + len(a.body) + cachedPerItem
}

// put keeps an answer, in the place of any others: which of them goes matters little, since most are old soon.
func (c *readCache) put(key string, a *cachedAnswer) {
	if len(a.body) > maxCachedOne {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
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

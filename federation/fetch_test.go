package federation

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"folkmoot/store"
)

func noteAt(id string) string {
	return fmt.Sprintf(`{"@context":"https://www.w3.org/ns/activitystreams","id":%q,"type":"Note","content":"x"}`, id)
}

// ORG-03: what a document says it is must be its address; on the same host its own address is asked, once.
func TestObjectsAreWhatTheirAddressesSay(t *testing.T) {
	t.Run("ORG-03", func(t *testing.T) {
		hits := map[string]*atomic.Int32{}
		serve := func(docs map[string]string) http.HandlerFunc {
			for path := range docs {
				hits[path] = &atomic.Int32{}
			}
			return func(w http.ResponseWriter, r *http.Request) {
				doc, ok := docs[r.URL.Path]
				if !ok {
					http.NotFound(w, r)
					return
				}
				hits[r.URL.Path].Add(1)
				w.Header().Set("Content-Type", "application/activity+json")
				_, _ = io.WriteString(w, doc)
			}
		}
		c := loopback(t, map[string]http.HandlerFunc{
			"good.example": serve(map[string]string{
				"/1": noteAt("http://good.example/1"), "/alias": noteAt("http://good.example/1"), "/loop": noteAt("http://good.example/pool"),
				"/pool": noteAt("http://good.example/loop"), "/gone": noteAt("http://good.example/none"), "/fragment": noteAt("http://good.example/fragment"),
				"/number": `{"id":1,"type":"Note"}`, "/none": `{"type":"Note"}`, "/list": `{"id":["http://good.example/list"],"type":"Note"}`,
				"/capitals": noteAt("http://GOOD.example/capitals"), "/port": noteAt("http://good.example:80/port"),
			}),
			"evil.example": serve(map[string]string{"/good": noteAt("http://good.example/1"), "/scheme": noteAt("https://evil.example/scheme")}),
		})
		for uri, want := range map[string]error{
			"http://good.example/1": nil, "http://good.example/alias": nil, "http://good.example/loop": ErrIdentity, "http://good.example/gone": ErrIdentity,
			"http://good.example/fragment#part": nil, "http://good.example/number": ErrIdentity, "http://good.example/none": ErrIdentity,
			"http://good.example/list": ErrIdentity, "http://evil.example/good": ErrIdentity,
		} {
			body, err := c.Object(t.Context(), uri)
			if want == nil && err != nil || want != nil && err == nil {
				t.Errorf("%s: %v, want %v", uri, err, want)
			}
			if want == nil && !bytes.Contains(body, []byte(`"Note"`)) {
				t.Errorf("%s: %s", uri, body)
			}
		}
		if n := hits["/1"].Load(); n != 2 {
			t.Errorf("the document was asked for %d times for itself and its alias", n)
		}
		if n := hits["/loop"].Load() + hits["/pool"].Load(); n != 2 {
			t.Errorf("%d requests for two documents that name each other", n)
		}
	})
}

// ORG-04: no redirect lets one host speak for another.
func TestRedirectsChangeNobodysIdentity(t *testing.T) {
	t.Run("ORG-04", func(t *testing.T) {
		c := loopback(t, map[string]http.HandlerFunc{
			"good.example": func(w http.ResponseWriter, r *http.Request) {
				switch r.URL.Path {
				case "/to": // an open redirect
					http.Redirect(w, r, r.URL.Query().Get("u"), http.StatusFound)
				case "/moved":
					http.Redirect(w, r, "/1", http.StatusMovedPermanently)
				default:
					activityHandler(noteAt("http://good.example"+r.URL.Path))(w, r)
				}
			},
			"evil.example": func(w http.ResponseWriter, r *http.Request) {
				switch r.URL.Path {
				case "/good":
					http.Redirect(w, r, "http://good.example/1", http.StatusFound)
				default: // in the name of good
					activityHandler(noteAt("http://good.example/to?u=http://evil.example/forged"))(w, r)
				}
			},
		})
		for uri, ok := range map[string]bool{
			"http://good.example/moved": true, "http://evil.example/good": false, "http://good.example/to?u=http://evil.example/forged": false,
			"http://good.example/to?u=//evil.example/forged": false, "http://good.example/to?u=http://good.example@evil.example/forged": false,
			`http://good.example/to?u=http://evil.example\@good.example/forged`: false,
		} {
			if body, err := c.Object(t.Context(), uri); (err == nil) != ok {
				t.Errorf("%s: %s, %v", uri, body, err)
			}
		}
	})
}

// ORG-05, HTM-05: only the two media types of ActivityPub are documents: what people upload is served as something else.
func TestOnlyActivityTypesAreDocuments(t *testing.T) {
	t.Run("ORG-05", func(t *testing.T) {
		media := ""
		c := loopback(t, map[string]http.HandlerFunc{"peer.example": func(w http.ResponseWriter, _ *http.Request) {
			w.Header()["Content-Type"] = nil
			if media != "" {
				w.Header().Set("Content-Type", media)
			}
			_, _ = io.WriteString(w, noteAt("http://peer.example/1"))
		}})
		const as = `profile="https://www.w3.org/ns/activitystreams"`
		for media = range map[string]bool{
			"application/activity+json": true, "application/activity+json; charset=utf-8": true, "Application/Activity+JSON": true,
			"application/ld+json; " + as: true, "application/ld+json;" + as + ";charset=UTF-8": true, "APPLICATION/LD+JSON; " + as: true,
			`application/ld+json; profile="https://www.w3.org/ns/activitystreams https://example.org/x"`: true,
		} {
			if _, err := c.Object(t.Context(), "http://peer.example/1"); err != nil {
				t.Errorf("%q: %v", media, err)
			}
		}
		for _, media = range []string{
			"", "text/html", "text/plain", "application/json", "application/octet-stream", "image/png", "application/ld+json", "text/html; " + as,
			"application/activity+json+html", "application/activity", "application/jrd+json", "text/activity+json", "application/ld+json; profile=x",
			"multipart/mixed; boundary=application/activity+json", "image/svg+xml", "text/html, application/activity+json", "application/xml",
		} {
			if _, err := c.Object(t.Context(), "http://peer.example/1"); !errors.Is(err, ErrContentType) {
				t.Errorf("%q: %v", media, err)
			}
		}
	})
}

// FET-04: redirects end, and lead neither inside nor to other schemes.
func TestRedirectsEnd(t *testing.T) {
	t.Run("FET-04", func(t *testing.T) {
		inside := newCanary(t, "127.0.0.2:0")
		var hits atomic.Int32
		c := loopback(t, map[string]http.HandlerFunc{"peer.example": func(w http.ResponseWriter, r *http.Request) {
			hits.Add(1)
			to := r.URL.Query().Get("to")
			if n, err := strconv.Atoi(r.URL.Query().Get("n")); err == nil {
				to = "/?n=" + strconv.Itoa(n+1)
			}
			w.Header().Set("Location", to)
			w.WriteHeader(http.StatusFound)
		}})
		for name, query := range map[string]string{
			"for ever": "n=1", "to itself": "to=/%3fto=/", "inside": "to=http://" + inside.address + "/", "file": "to=file:///etc/passwd",
			"ftp": "to=ftp://peer.example/", "gopher": "to=gopher://peer.example/", "data": "to=data:application/activity%2bjson,{}",
			"javascript": "to=javascript:1", "user name": "to=http://peer.example@127.0.0.2/", "no host": "to=http:///x", "nowhere": "to=%25zz",
			"decimal": "to=http://2130706434/", "octal": "to=http://0177.0.0.2/", "hexadecimal": "to=http://0x7f.0.0.2/", "mapped": "to=http://[::ffff:127.0.0.2]/",
		} {
			for what, ask := range map[string]func(uri string) error{
				"object": func(uri string) error { _, err := c.Object(t.Context(), uri); return err },
				"get":    func(uri string) error { _, _, err := c.Get(t.Context(), uri, "*/*", 1000); return err },
			} {
				hits.Store(0)
				if err := ask("http://peer.example/?" + query); err == nil {
					t.Errorf("%s %s: no error", what, name)
				}
				if n := hits.Load(); n > 5 {
					t.Errorf("%s %s: %d requests", what, name, n)
				}
			}
		}
		if n := inside.count.Load(); n > 0 {
			t.Errorf("%d connections inside", n)
		}
	})
}

// FET-05: however large an answer is, and whatever it says of its size, no more than a little of it is read.
func TestLargeAnswersAreCut(t *testing.T) {
	t.Run("FET-05", func(t *testing.T) {
		endless := func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/activity+json")
			for chunk := bytes.Repeat([]byte(" "), 64<<10); ; {
				if _, err := w.Write(chunk); err != nil {
					return
				}
			}
		}
		var bomb bytes.Buffer
		z := gzip.NewWriter(&bomb)
		for range 200 {
			_, _ = z.Write(bytes.Repeat([]byte(" "), 1<<20))
		}
		_ = z.Close()
		c := loopback(t, map[string]http.HandlerFunc{
			"endless.example": endless,
			"announced.example": func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Content-Length", strconv.Itoa(1<<30))
				endless(w, r)
			},
			"bomb.example": func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "application/activity+json")
				w.Header().Set("Content-Encoding", "gzip")
				_, _ = w.Write(bomb.Bytes())
			},
			"short.example": func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "application/activity+json")
				w.Header().Set("Content-Length", "1000")
				_, _ = io.WriteString(w, noteAt("http://short.example/1"))
			},
			"words.example": endless,
		})
		var before, after runtime.MemStats
		for _, host := range []string{"endless", "announced", "bomb", "short"} {
			runtime.ReadMemStats(&before)
			if body, err := c.Object(t.Context(), "http://"+host+".example/1"); err == nil {
				t.Errorf("%s: %d bytes", host, len(body))
			}
			runtime.ReadMemStats(&after)
			if used := after.TotalAlloc - before.TotalAlloc; used > 20<<20 {
				t.Errorf("%s: %d MB allocated", host, used>>20)
			}
		}
		res, err := c.Post(t.Context(), "http://words.example/inbox", []byte("{}"), nil)
		if err != nil || len(res.Body) > maxAnswerWords {
			t.Errorf("the words of an inbox: %v, %v", res, err)
		}
	})
}

// FET-09: of a collection one page is read, whatever it says of more.
func TestCollectionsAreReadALittle(t *testing.T) {
	t.Run("FET-09", func(t *testing.T) {
		var hits atomic.Int32
		page := ""
		c := loopback(t, map[string]http.HandlerFunc{"peer.example": func(w http.ResponseWriter, r *http.Request) {
			hits.Add(1)
			w.Header().Set("Content-Type", "application/activity+json")
			fmt.Fprintf(w, page, "http://peer.example"+r.URL.RequestURI())
		}})
		st, err := store.Open(store.Options{Path: filepath.Join(t.TempDir(), "folkmoot.db"), Origin: "https://groups.example"})
		if err != nil {
			t.Fatal(err)
		}
		defer st.Close()
		s := &Server{client: c, store: st, hung: newFailureCache(time.Now)}
		for name, tt := range map[string]struct {
			page  string
			items int
		}{
			"next to itself":   {`{"id":%[1]q,"type":"OrderedCollection","next":%[1]q,"orderedItems":["http://peer.example/n/1"]}`, 1},
			"first is itself":  {`{"id":%[1]q,"type":"OrderedCollection","first":%[1]q}`, 0},
			"pages for ever":   {`{"id":%[1]q,"type":"OrderedCollection","first":"http://peer.example/next?of=x","next":"http://peer.example/next?of=x"}`, 0},
			"very many":        {`{"id":%[1]q,"type":"OrderedCollection","totalItems":9223372036854775808}`, 0},
			"a negative count": {`{"id":%[1]q,"type":"OrderedCollection","totalItems":-1,"orderedItems":"http://peer.example/n/1"}`, 1},
			"too many items": {
				`{"id":%[1]q,"type":"OrderedCollection","orderedItems":[` + strings.Repeat(`"http://peer.example/n/1",`, 20_000) + `""]}`, 0,
			},
			"elsewhere": {`{"id":%[1]q,"type":"OrderedCollection","first":"http://evil.example/page"}`, 0},
		} {
			page = tt.page
			hits.Store(0)
			v, _ := s.collectionPage(t.Context(), "http://peer.example/outbox")
			if n := hits.Load(); n > 2 || len(v.Items) != tt.items {
				t.Errorf("%s: %d items after %d requests", name, len(v.Items), n)
			}
		}
	})
}

// ORG-11: a handle belongs to whom its own host says; nobody takes one on another host.
func TestHandlesAreConfirmedBothWays(t *testing.T) {
	t.Run("ORG-11", func(t *testing.T) {
		jrd := func(subject, actor string) http.HandlerFunc {
			return func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "application/jrd+json")
				fmt.Fprintf(w, `{"subject":%q,"links":[{"rel":"self","type":"application/activity+json","href":%q}]}`, subject, actor)
			}
		}
		c := loopback(t, map[string]http.HandlerFunc{
			"good.example": jrd("acct:alice@good.example", "http://good.example/u/alice"),
			"evil.example": jrd("acct:alice@good.example", "http://evil.example/u/mal"),
			"lead.example": jrd("acct:bob@lead.example", "http://evil.example/u/mal"), // it may say who its own people are
			"odd.example":  jrd("alice", "http://evil.example/u/mal"),
		})
		for handle, want := range map[string]string{
			"@alice@good.example": "http://good.example/u/alice", "@alice@evil.example": "", "@bob@lead.example": "http://evil.example/u/mal", "@x@odd.example": "",
		} {
			got, err := c.LookupHandle(t.Context(), handle)
			if got != want || (err == nil) != (want != "") {
				t.Errorf("%s is %q, %v", handle, got, err)
			}
		}
		for id, want := range map[string]string{"https://good.example/u/1": "@alice@good.example", "https://evil.example/u/2": "@alice@evil.example"} {
			if got := handleOf(actorView{ID: id, Username: "alice"}); got != want {
				t.Errorf("the handle of %s is %s", id, got)
			}
		}
	})
}

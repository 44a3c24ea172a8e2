package web

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"

	"folkmoot/store"
)

// ownHost is a scripted server with Mastodon's client API, on which everybody who is asked says yes.
type ownHost struct {
	*testing.T
	origin string
	person string // username of whoever is signed in there

	mu       sync.Mutex
	secrets  map[string]string     // of applications
	codes    map[string]url.Values // of authorizations, as they were asked for
	tokens   map[string]string     // scopes
	posted   []url.Values
	keys     []string
	refuses  int // status that posts are answered with, 0 for success
	media    []sentMedia
	noMedia  int // status that pictures are answered with, 0 for success
	appCalls int
	kept     map[string]any // what it says of a post, beside the id
	deleted  []string

	// As snac 2.75: it has no page about itself, takes any code and gives a token of whoever said yes last, and forgets an application
	// with the first token of it that is given back. It shows posts as boosts, and deletes none for others.
	lax  bool
	last map[string]string // usernames of who said yes last, by application
	uids map[string]string // usernames, by token
}

func newOwnHost(t *testing.T, origin, person string) *ownHost {
	return &ownHost{T: t, origin: origin, person: person, secrets: map[string]string{}, codes: map[string]url.Values{}, tokens: map[string]string{}, last: map[string]string{}, uids: map[string]string{}}
}

func (o *ownHost) handler() http.Handler {
	mux := http.NewServeMux()
	if !o.lax {
		mux.HandleFunc("GET /.well-known/oauth-authorization-server", func(w http.ResponseWriter, _ *http.Request) {
			answerJSON(w, http.StatusOK, map[string]any{
				"scopes_supported": []string{"profile", "write:statuses"}, "code_challenge_methods_supported": []string{"S256"},
			})
		})
	}
	mux.HandleFunc("POST /api/v1/apps", o.apps)
	mux.HandleFunc("GET /oauth/authorize", o.authorize)
	mux.HandleFunc("POST /oauth/token", o.token)
	mux.HandleFunc("POST /oauth/revoke", o.revoke)
	mux.HandleFunc("GET /api/v1/accounts/verify_credentials", o.credentials)
	mux.HandleFunc("GET /api/v2/search", o.search)
	mux.HandleFunc("POST /api/v1/statuses", o.publish)
	mux.HandleFunc("POST /api/v2/media", o.upload)
	mux.HandleFunc("GET /api/v1/media/{id}", o.uploaded)
	mux.HandleFunc("GET /api/v1/statuses/{id}", o.show)
	mux.HandleFunc("GET /api/v1/statuses/{id}/source", o.show)
	mux.HandleFunc("PUT /api/v1/statuses/{id}", o.publish)
	if !o.lax {
		mux.HandleFunc("DELETE /api/v1/statuses/{id}", o.remove)
	}
	return mux
}

// sentMedia is a file that was sent to go with a post.
type sentMedia struct {
	alt, media string
	file       []byte
	asked      int // how often it was asked whether it is processed
}

// upload takes a file and is not done with it yet, as Mastodon is.
func (o *ownHost) upload(w http.ResponseWriter, r *http.Request) {
	allowed := strings.Contains(o.scopes(r), "write:media")
	o.mu.Lock()
	defer o.mu.Unlock()
	file, head, err := r.FormFile("file")
	switch {
	case !allowed:
		answerJSON(w, http.StatusForbidden, map[string]string{"error": "This action is outside the authorized scopes"})
	case o.noMedia != 0:
		answerJSON(w, o.noMedia, map[string]string{"error": "no"})
	case err != nil:
		o.Error(err)
	default:
		data, _ := io.ReadAll(file)
		o.media = append(o.media, sentMedia{alt: r.FormValue("description"), media: head.Header.Get("Content-Type"), file: data})
		answerJSON(w, http.StatusAccepted, map[string]any{"id": strconv.Itoa(len(o.media)), "url": nil})
	}
}

func (o *ownHost) uploaded(w http.ResponseWriter, r *http.Request) {
	o.mu.Lock()
	defer o.mu.Unlock()
	n, err := strconv.Atoi(r.PathValue("id"))
	if err != nil || n < 1 || n > len(o.media) {
		answerJSON(w, http.StatusNotFound, map[string]string{"error": "Record not found"})
		return
	}
	if o.media[n-1].asked++; o.media[n-1].asked == 1 {
		answerJSON(w, http.StatusPartialContent, map[string]any{"id": strconv.Itoa(n), "url": nil})
		return
	}
	answerJSON(w, http.StatusOK, map[string]any{"id": strconv.Itoa(n), "url": o.origin + "/m.png"})
}

// search finds the posts that the server knows: all but those of far.example.
func (o *ownHost) search(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	found := []any{}
	if strings.Contains(o.scopes(r), "read:search") && q.Get("resolve") == "true" && !strings.Contains(q.Get("q"), "far.example") {
		found = append(found, o.boosted(map[string]any{"id": "id of " + q.Get("q"), "uri": q.Get("q")}))
	}
	answerJSON(w, http.StatusOK, map[string]any{"statuses": found})
}

func (o *ownHost) publish(w http.ResponseWriter, r *http.Request) {
	allowed := strings.Contains(o.scopes(r), "write:statuses")
	o.mu.Lock()
	defer o.mu.Unlock()
	switch {
	case !allowed:
		answerJSON(w, http.StatusForbidden, map[string]string{"error": "This action is outside the authorized scopes"})
	case o.refuses != 0:
		answerJSON(w, o.refuses, map[string]string{"error": "Text <b>too</b> long"})
	default:
		_ = r.ParseForm()
		o.posted, o.keys = append(o.posted, r.PostForm), append(o.keys, r.Header.Get("Idempotency-Key"))
		answerJSON(w, http.StatusOK, map[string]string{"id": "1"})
	}
}

// show is a post that the server knows, and what was typed.
func (o *ownHost) show(w http.ResponseWriter, r *http.Request) {
	id := r.PathValue("id")
	if !strings.Contains(o.scopes(r), "read:statuses") {
		answerJSON(w, http.StatusForbidden, map[string]string{"error": "This action is outside the authorized scopes"})
		return
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	answer := map[string]any{"id": id, "uri": strings.TrimPrefix(id, "id of ")}
	maps.Copy(answer, o.kept)
	if !strings.HasSuffix(r.URL.Path, "/source") {
		answer = o.boosted(answer)
	}
	answerJSON(w, http.StatusOK, answer)
}

// boosted is a post as the server shows it once a group has boosted it.
func (o *ownHost) boosted(post map[string]any) map[string]any {
	if !o.lax {
		return post
	}
	return map[string]any{"id": "boost", "uri": o.origin + "/Announce", "reblog": post}
}

func (o *ownHost) remove(w http.ResponseWriter, r *http.Request) {
	allowed := strings.Contains(o.scopes(r), "write:statuses")
	o.mu.Lock()
	defer o.mu.Unlock()
	if !allowed || o.refuses != 0 {
		answerJSON(w, http.StatusForbidden, map[string]string{"error": "no"})
		return
	}
	o.deleted = append(o.deleted, r.PathValue("id"))
	answerJSON(w, http.StatusOK, map[string]string{})
}

func answerJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v)
}

func (o *ownHost) apps(w http.ResponseWriter, r *http.Request) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.appCalls++
	id := fmt.Sprintf("app-%d", o.appCalls)
	o.secrets[id] = "secret of " + r.FormValue("redirect_uris")
	answerJSON(w, http.StatusOK, map[string]string{"client_id": id, "client_secret": o.secrets[id]})
}

// authorize is a person who says yes at once.
func (o *ownHost) authorize(w http.ResponseWriter, r *http.Request) {
	o.mu.Lock()
	defer o.mu.Unlock()
	q := r.URL.Query()
	if q.Get("code_challenge_method") != "S256" || o.secrets[q.Get("client_id")] != "secret of "+q.Get("redirect_uri") {
		o.Errorf("asked for %v", q)
	}
	code := fmt.Sprintf("code-%d", len(o.codes))
	o.codes[code], o.last[q.Get("client_id")] = q, o.person
	http.Redirect(w, r, q.Get("redirect_uri")+"?"+url.Values{"code": {code}, "state": {q.Get("state")}}.Encode(), http.StatusFound)
}

func (o *ownHost) token(w http.ResponseWriter, r *http.Request) {
	o.mu.Lock()
	defer o.mu.Unlock()
	q, known := o.codes[r.FormValue("code")]
	delete(o.codes, r.FormValue("code"))
	sum := sha256.Sum256([]byte(r.FormValue("code_verifier")))
	switch {
	case r.FormValue("client_secret") != o.secrets[r.FormValue("client_id")] || r.FormValue("client_secret") == "":
		answerJSON(w, http.StatusUnauthorized, map[string]string{"error": "invalid_client"})
	case !o.lax && (!known || q.Get("redirect_uri") != r.FormValue("redirect_uri") || q.Get("code_challenge") != base64.RawURLEncoding.EncodeToString(sum[:])):
		answerJSON(w, http.StatusBadRequest, map[string]string{"error": "invalid_grant"})
	default:
		token := fmt.Sprintf("token-%d", len(o.tokens))
		o.tokens[token], o.uids[token] = q.Get("scope"), o.last[r.FormValue("client_id")]
		answerJSON(w, http.StatusOK, map[string]string{"access_token": token, "token_type": "Bearer"})
	}
}

func (o *ownHost) revoke(w http.ResponseWriter, r *http.Request) {
	o.mu.Lock()
	defer o.mu.Unlock()
	delete(o.tokens, r.FormValue("token"))
	if o.lax {
		delete(o.secrets, r.FormValue("client_id"))
	}
	answerJSON(w, http.StatusOK, map[string]string{})
}

// scopes are what the bearer of a request may do, "" for nothing.
func (o *ownHost) scopes(r *http.Request) string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.tokens[bearer(r)]
}

func bearer(r *http.Request) string {
	return strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
}

func (o *ownHost) credentials(w http.ResponseWriter, r *http.Request) {
	if o.scopes(r) == "" {
		answerJSON(w, http.StatusUnauthorized, map[string]string{"error": "unauthorized"})
		return
	}
	// What it says beside the username, this server does not believe.
	answerJSON(w, http.StatusOK, map[string]string{"username": o.uids[bearer(r)], "acct": "bob", "url": bob, "uri": bob})
}

// fediverse is the servers that a site may ask.
type fediverse struct {
	st    *store.Store
	hosts map[string]*ownHost // by origin
	named map[string]string   // URIs of accounts, by handle
}

func (f fediverse) ask(_ context.Context, c Call) (int, []byte, error) {
	origin, _ := originOf(c.URI)
	o := f.hosts[origin]
	if o == nil {
		return 0, nil, fmt.Errorf("no route to %s", origin)
	}
	r := httptest.NewRequest(c.Method, c.URI, strings.NewReader(string(c.Body)))
	r.Header.Set("Content-Type", c.Type)
	if c.Token != "" {
		r.Header.Set("Authorization", "Bearer "+c.Token)
	}
	r.Header.Set("Idempotency-Key", c.Key)
	w := httptest.NewRecorder()
	o.handler().ServeHTTP(w, r)
	return w.Code, w.Body.Bytes(), nil
}

func (f fediverse) person(ctx context.Context, handle string) (store.Actor, error) {
	return f.st.Actor(ctx, f.named[handle])
}

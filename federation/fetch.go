package federation

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// What can be wrong with a fetched document, besides ErrMalformed.
var (
	ErrNotFound    = errors.New("not found")          // 404
	ErrGone        = errors.New("gone")               // 410: deleted, and meant to stay so
	ErrTooLarge    = errors.New("document too large") // larger than any real one
	ErrContentType = errors.New("not an ActivityPub document")
	ErrIdentity    = errors.New("not what its address says") // the id in the document is not the address it came from
)

const (
	maxDocument = 1 << 20 // Mastodon and Lemmy read no more either
	maxRequests = 5       // for one document: redirects, its own address, and once more without a signature
	acceptAS    = `application/activity+json, application/ld+json; profile="https://www.w3.org/ns/activitystreams"`
)

// StatusError is an answer other than 2xx. It is ErrNotFound for 404 and ErrGone for 410.
type StatusError struct {
	Status     int
	URL        string        // that answered, after redirects
	RetryAfter time.Duration // as the server asked; 0 if it did not
}

// Error tells the status; whoever asked wraps it with the address.
func (e *StatusError) Error() string {
	return fmt.Sprintf("the server answered %d %s", e.Status, http.StatusText(e.Status))
}

// Is tells the two sentinels.
func (e *StatusError) Is(target error) bool {
	return target == ErrNotFound && e.Status == http.StatusNotFound || target == ErrGone && e.Status == http.StatusGone
}

// Object fetches the ActivityPub document at uri, signed if the client signs. What comes back is JSON within the limits
// whose id is on the host of uri and was served there: the document at that id, even if uri was another address of it.
// Callers that need the very id compare it.
func (c *Client) Object(ctx context.Context, uri string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	left := maxRequests
	body, id, err := c.object(ctx, uri, &left)
	if err != nil || id == uri || id == withoutFragment(uri) {
		return body, err
	}
	if !sameHost(id, uri) || strings.HasPrefix(uri, "https:") && !strings.HasPrefix(id, "https:") {
		return nil, fmt.Errorf("%w: %s shows the document %q", ErrIdentity, uri, cutRunes(id, 200))
	}
	again, same, err := c.object(ctx, id, &left)
	if err != nil {
		return nil, err
	}
	if same != id {
		return nil, fmt.Errorf("%w: %s shows the document %q", ErrIdentity, id, cutRunes(same, 200))
	}
	return again, nil
}

// object fetches a document and its id. It follows redirects on the host of uri only: on another host, an id of this one would
// be a claim by a stranger, and its open redirects would let anybody speak for it.
func (c *Client) object(ctx context.Context, uri string, left *int) (body []byte, id string, err error) {
	a, err := c.get(ctx, getRequest{uri: uri, accept: acceptAS, max: maxDocument, sign: c.sign, stay: true, left: left})
	if err != nil {
		return nil, "", fmt.Errorf("fetch %s: %w", cutRunes(uri, 200), err)
	}
	if media := a.header.Get("Content-Type"); !isActivityType(media) {
		return nil, "", fmt.Errorf("%w: %s is %q", ErrContentType, uri, cutRunes(media, 100))
	}
	o, err := scanObject(a.body)
	if err != nil {
		return nil, "", fmt.Errorf("read %s: %w", uri, err)
	}
	return a.body, o.get("id").text(), nil
}

// isActivityType accepts the two media types of ActivityPub (§3.2) with any parameters and nothing else: where people can
// upload files, the others can be forged (CVE-2024-23832 and its kin).
func isActivityType(contentType string) bool {
	media, params, err := mime.ParseMediaType(contentType)
	if err != nil && !errors.Is(err, mime.ErrInvalidMediaParameter) {
		return false
	}
	switch media {
	case "application/activity+json":
		return true
	case "application/ld+json":
		return slices.Contains(strings.Fields(params["profile"]), "https://www.w3.org/ns/activitystreams")
	}
	return false
}

func withoutFragment(uri string) string {
	uri, _, _ = strings.Cut(uri, "#")
	return uri
}

// Get fetches at most limit bytes of anything, unsigned, from wherever redirects lead.
func (c *Client) Get(ctx context.Context, uri, accept string, limit int64) ([]byte, http.Header, error) {
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	a, err := c.get(ctx, getRequest{uri: uri, accept: accept, max: limit})
	if err != nil {
		return nil, nil, fmt.Errorf("fetch %s: %w", cutRunes(uri, 200), err)
	}
	return a.body, a.header, nil
}

// getRequest says what to fetch and how.
type getRequest struct {
	uri, accept string
	max         int64
	sign        func(*http.Request, []byte) error
	stay        bool // refuse redirects to other hosts
	left        *int // how many requests may be made for it yet; nil for as many as redirects take
}

// answer is what a GET brought. next is where a redirect leads, if it is one.
type answer struct {
	header http.Header
	body   []byte
	next   string
}

// get follows at most maxRedirects redirects, each checked like the first address.
func (c *Client) get(ctx context.Context, g getRequest) (answer, error) {
	at, err := c.address(g.uri)
	if err != nil {
		return answer{}, err
	}
	for range maxRedirects + 1 {
		a, err := c.getOnce(ctx, g, at)
		if err != nil || a.next == "" {
			return a, err
		}
		if at, err = c.redirect(at, a.next, g.stay); err != nil {
			return answer{}, err
		}
	}
	return answer{}, fmt.Errorf("%w: more than %d redirects", ErrBadURL, maxRedirects)
}

// redirect returns where a redirect leads, if it may lead there: never from https to http, to other hosts unless stay is set.
func (c *Client) redirect(from *url.URL, location string, stay bool) (*url.URL, error) {
	to, err := from.Parse(location)
	if err != nil {
		return nil, fmt.Errorf("%w: redirect to %q", ErrBadURL, cutRunes(location, 200))
	}
	next, err := c.address(to.String())
	switch {
	case err != nil:
		return nil, err
	case from.Scheme == "https" && next.Scheme != "https":
		return nil, fmt.Errorf("%w: redirect from https to %s", ErrBadURL, next)
	case stay && next.Host != from.Host:
		return nil, fmt.Errorf("%w: redirect to another host, %s", ErrIdentity, next.Host)
	}
	return next, nil
}

// getOnce sends one GET, and again unsigned after 401: some servers fail over a signature whose key they cannot fetch, and
// would answer anybody else.
func (c *Client) getOnce(ctx context.Context, g getRequest, at *url.URL) (answer, error) {
	res, err := c.getSigned(ctx, g, at, g.sign)
	if err != nil {
		return answer{}, err
	}
	if res.StatusCode == http.StatusUnauthorized && g.sign != nil {
		discard(res.Body)
		if res, err = c.getSigned(ctx, g, at, nil); err != nil {
			return answer{}, err
		}
	}
	defer res.Body.Close()
	switch {
	case isRedirect(res):
		return answer{next: res.Header.Get("Location")}, nil
	case res.StatusCode < 200 || res.StatusCode > 299:
		discard(res.Body)
		return answer{}, &StatusError{Status: res.StatusCode, URL: at.String(), RetryAfter: c.retryAfter(res.Header)}
	}
	body, err := readAtMost(res, g.max)
	return answer{header: res.Header, body: body}, err
}

func (c *Client) getSigned(
	ctx context.Context, g getRequest, at *url.URL, sign func(*http.Request, []byte) error,
) (*http.Response, error) {
	if g.left != nil {
		if *g.left--; *g.left < 0 {
			return nil, fmt.Errorf("%w: more than %d requests", ErrBadURL, maxRequests)
		}
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, at.String(), nil)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrBadURL, err)
	}
	r.Header.Set("Accept", g.accept)
	if sign != nil {
		if err := sign(r, nil); err != nil {
			return nil, fmt.Errorf("sign the request: %w", err)
		}
	}
	return c.send(r)
}

func isRedirect(res *http.Response) bool {
	switch res.StatusCode {
	case http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther, http.StatusTemporaryRedirect,
		http.StatusPermanentRedirect:
		return res.Header.Get("Location") != ""
	}
	return false
}

// readAtMost reads a body of at most limit bytes, counted after decompression, so that a bomb does not unfold.
func readAtMost(res *http.Response, limit int64) ([]byte, error) {
	if res.ContentLength > limit {
		return nil, fmt.Errorf("%w: more than %d bytes", ErrTooLarge, limit)
	}
	body, err := io.ReadAll(io.LimitReader(res.Body, limit+1))
	if err != nil {
		return nil, fmt.Errorf("read the answer: %w", networkError(err))
	}
	if int64(len(body)) > limit {
		return nil, fmt.Errorf("%w: more than %d bytes", ErrTooLarge, limit)
	}
	return body, nil
}

// discard reads a little of what nobody needs, so that the connection can be used again, and closes it.
func discard(body io.ReadCloser) {
	_, _ = io.CopyN(io.Discard, body, 4<<10) // a failure here only costs the connection
	_ = body.Close()
}

// retryAfter reads how long to wait (RFC 9110 §10.2.3): seconds or a date.
func (c *Client) retryAfter(h http.Header) time.Duration {
	v := strings.TrimSpace(h.Get("Retry-After"))
	if seconds, err := strconv.ParseInt(v, 10, 64); err == nil || errors.Is(err, strconv.ErrRange) { // then it is the most there is
		return time.Duration(min(max(seconds, 0), 365*24*3600)) * time.Second
	}
	if at, err := http.ParseTime(v); err == nil {
		return max(at.Sub(c.now()), 0)
	}
	return 0
}

// isAnswer says that err is about what a server answered, so that there is one.
func isAnswer(err error) bool {
	status := (*StatusError)(nil)
	return errors.As(err, &status) || errors.Is(err, ErrTooLarge) || errors.Is(err, ErrBadURL)
}

package federation

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"unicode/utf8"
)

const maxJRD = 64 << 10

// webfingerName is what a WebFinger query asks for here: a group, or the server itself.
type webfingerName struct {
	name        string // of the group
	agent       bool   // the group's agent is asked for
	application bool
}

// parseResource reads the resource of a WebFinger query in every spelling peers use: acct:books@host, with the prefixes !, @, +
// and ~ or none, without acct:, as group:books@host (old Lemmy), as the URL of the group or of the server, and the server's
// name alone, in any case and escaped once too often. The name is in the one spelling of ids, but may be of no group.
func parseResource(resource, origin, domain string) (webfingerName, bool) {
	resource, ok := unescapeResource(resource)
	if !ok {
		return webfingerName{}, false
	}
	if strings.Contains(resource, "://") {
		return resourceURL(resource, origin)
	}
	return resourceHandle(resource, origin, domain)
}

// unescapeResource undoes a second escaping and lowers the case, of ASCII alone: to Unicode the Kelvin sign is a capital K, and
// a name that looks like another must not be it.
func unescapeResource(resource string) (string, bool) {
	if len(resource) > maxURI {
		return "", false
	}
	if strings.Contains(resource, "%") {
		plain, err := url.PathUnescape(resource)
		if err != nil {
			return "", false
		}
		resource = plain
	}
	if !utf8.ValidString(resource) || strings.ContainsFunc(resource, oddInURI) {
		return "", false
	}
	return asciiLower(resource), true
}

func asciiLower(s string) string {
	return strings.Map(func(r rune) rune {
		if 'A' <= r && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, s)
}

// resourceURL reads the id or page of a group, of the Application actor, or the origin itself (FEP-d556).
func resourceURL(resource, origin string) (webfingerName, bool) {
	u, err := url.Parse(resource)
	if err != nil || !sameHost(resource, origin) || u.RawQuery != "" || u.Fragment != "" {
		return webfingerName{}, false
	}
	path := strings.TrimSuffix(u.Path, "/")
	if path == "" || path == "/actor" {
		return webfingerName{application: true}, true
	}
	if path == "/"+moderationName {
		return webfingerName{name: moderationName}, true
	}
	name, ok := strings.CutPrefix(path, "/g/")
	name, agent := strings.CutSuffix(name, "/"+agentName)
	return webfingerName{name: name, agent: agent}, ok && isWebFingerName(name)
}

// resourceHandle reads a handle. The one of the Application actor is the host twice.
func resourceHandle(resource, origin, domain string) (webfingerName, bool) {
	scheme, handle, found := strings.Cut(resource, ":")
	if !found || scheme != "acct" && scheme != "group" {
		handle = resource // books@host, perhaps with a port
	}
	if handle != "" && strings.ContainsRune("!@+~", rune(handle[0])) {
		handle = handle[1:]
	}
	name, host, found := strings.Cut(handle, "@")
	if !found {
		return webfingerName{application: true}, isOurDomain(handle, origin, domain)
	}
	if !isOurDomain(host, origin, domain) {
		return webfingerName{}, false
	}
	if isOurDomain(name, origin, domain) {
		return webfingerName{application: true}, true
	}
	name, agent := strings.CutSuffix(name, agentSuffix)
	return webfingerName{name: name, agent: agent}, isWebFingerName(name)
}

// isOurDomain compares hosts in the spelling of ids, so that an international name may come in either form.
func isOurDomain(host, origin, domain string) bool {
	scheme, _, _ := strings.Cut(origin, "://")
	here := scheme + "://"
	if strings.ContainsAny(host, "/?#") {
		return false
	}
	return sameHost(here+host, origin) || sameHost(here+host, here+domain)
}

// isWebFingerName says whether a group of this server could have the name: what its ids allow.
func isWebFingerName(name string) bool {
	return name != "" && len(name) <= 64 && !strings.ContainsFunc(name, func(r rune) bool {
		return !('a' <= r && r <= 'z' || '0' <= r && r <= '9' || r == '_')
	})
}

// handle is an address of the fediverse, @name@host or, for a group, !name@host.
type handle struct {
	name, host string
	group      bool
}

// parseHandle reads a handle as people write it. The host comes in the spelling hosts are compared in.
func parseHandle(s string) (handle, bool) {
	s = strings.TrimSpace(s)
	if scheme, rest, ok := strings.Cut(s, ":"); ok && strings.EqualFold(scheme, "acct") {
		s = rest
	}
	group := strings.HasPrefix(s, "!")
	if group || strings.HasPrefix(s, "@") {
		s = s[1:]
	}
	name, host, ok := strings.Cut(s, "@")
	if !ok || name == "" || len(name) > 200 || strings.ContainsFunc(name, oddInURI) || strings.ContainsAny(host, "/?#@") {
		return handle{}, false
	}
	host, ok = hostOf("https://" + host)
	return handle{name: name, host: host, group: group}, ok
}

// same says whether two handles are one: peers compare both parts without regard to case.
func (h handle) same(other handle) bool {
	return strings.EqualFold(h.name, other.name) && h.host == other.host
}

// LookupHandle finds the id of the actor with a handle: @ann@host, ann@host, acct:ann@host or, preferring groups, !books@host.
// A handle that is another name of somebody on a second host (subject) counts only if the second host agrees, as Mastodon has
// it; otherwise anybody could pass for anybody.
func (c *Client) LookupHandle(ctx context.Context, written string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	h, ok := parseHandle(written)
	if !ok {
		return "", fmt.Errorf("%w: %q is no handle such as @name@host.example", ErrBadURL, cutRunes(written, 100))
	}
	uri, subject, err := c.webfinger(ctx, h)
	if err != nil {
		return "", err
	}
	canonical, ok := parseHandle(subject)
	if !ok && sameHost(uri, "https://"+h.host) || ok && canonical.same(h) {
		return uri, nil
	}
	if !ok {
		return "", fmt.Errorf("%w: @%s@%s has the subject %q", ErrIdentity, h.name, h.host, cutRunes(subject, 100))
	}
	canonical.group = h.group
	confirmed, subject, err := c.webfinger(ctx, canonical)
	if err != nil {
		return "", err
	}
	if again, ok := parseHandle(subject); !ok || !again.same(canonical) || confirmed != uri {
		return "", fmt.Errorf("%w: %s does not confirm that it is @%s@%s", ErrIdentity, canonical.host, h.name, h.host)
	}
	return uri, nil
}

// webfinger asks the host of a handle for the actor's id and the handle it prefers.
func (c *Client) webfinger(ctx context.Context, h handle) (uri, subject string, err error) {
	query := "/.well-known/webfinger?resource=" + url.QueryEscape("acct:"+h.name+"@"+h.host)
	raw, err := c.wellKnown(ctx, h.host, query, "application/jrd+json, application/json", maxJRD)
	if err != nil {
		return "", "", err
	}
	v, err := decodeJRD(raw)
	if err != nil {
		return "", "", fmt.Errorf("read the WebFinger answer of %s: %w", h.host, err)
	}
	uri, ok := v.actor(h.group)
	if !ok {
		return "", "", fmt.Errorf("%w: %s knows no ActivityPub actor @%s@%s", ErrNotFound, h.host, h.name, h.host)
	}
	if _, err := c.address(uri); err != nil {
		return "", "", err
	}
	return uri, v.Subject, nil
}

// wellKnown gets a path from a host known by name alone: over https, and, where http is allowed, over that if https is not
// spoken there.
func (c *Client) wellKnown(ctx context.Context, host, path, accept string, limit int64) ([]byte, error) {
	if canonical, ok := hostOf("https://" + host); !ok || canonical != host {
		return nil, fmt.Errorf("%w: %q is no host", ErrBadURL, cutRunes(host, 100))
	}
	raw, _, err := c.Get(ctx, "https://"+host+path, accept, limit)
	if err != nil && c.allowHTTP && !isAnswer(err) && ctx.Err() == nil {
		raw, _, err = c.Get(ctx, "http://"+host+path, accept, limit)
	}
	return raw, err
}

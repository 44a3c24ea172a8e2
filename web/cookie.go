package web

import (
	"net/http"
	"net/url"
	"strings"
	"time"
)

const (
	sessionCookie = "folkmoot" // holds the secret of a session
	signInCookie  = "signin"   // binds a sign-in to the browser that asked for it
)

// overTLS says whether people reach the pages over TLS; only demonstrations on loopback do without.
func (s *Site) overTLS() bool { return strings.HasPrefix(s.Origin, "https://") }

// cookieName has the prefix with which browsers take a cookie from this host alone, over TLS and for every path (RFC 6265bis section 4.1.3.2).
func (s *Site) cookieName(name string) string {
	if s.overTLS() {
		return "__Host-" + name
	}
	return name
}

// setCookie keeps a value in the browser, out of reach of scripts and of what other sites send; a time of 0 takes it back.
func (s *Site) setCookie(w http.ResponseWriter, name, value string, lasts time.Duration) {
	age := int(lasts / time.Second)
	if value == "" {
		age = -1
	}
	http.SetCookie(w, &http.Cookie{ // #nosec G124 -- Secure but where there is no TLS: on a machine of one's own
		Name: s.cookieName(name), Value: value, Path: "/", MaxAge: age, HttpOnly: true, Secure: s.overTLS(), SameSite: http.SameSiteLaxMode,
	})
}

// signInFor is where a stranger signs in to come back to what was asked for. What was to be sent is not sent again.
func signInFor(r *http.Request) string {
	to := r.URL.EscapedPath()
	if r.Method == http.MethodGet || r.Method == http.MethodHead {
		to = r.URL.RequestURI()
	}
	return "/sign-in?to=" + url.QueryEscape(localPath(to))
}

// localPath is a path on this server, "/" for whatever else could lead away. Browsers read \ as / and pass over control characters.
func localPath(to string) string {
	u, err := url.Parse(to)
	odd := func(r rune) bool { return r <= ' ' || r == '\\' || r == 0x7f }
	if err != nil || u.Scheme != "" || u.Host != "" || u.User != nil || u.Opaque != "" || len(to) > 1000 ||
		!strings.HasPrefix(to, "/") || strings.HasPrefix(to, "//") || strings.ContainsFunc(to, odd) {
		return "/"
	}
	return to
}

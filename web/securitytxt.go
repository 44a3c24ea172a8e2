package web

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// securityTxtLasts is how long a copy of security.txt may be believed. It is made anew for whoever asks, so it never expires while
// the server runs; RFC 9116 section 2.5.5 wants less than a year.
const securityTxtLasts = 180 * 24 * time.Hour

// securityTxt says where to report what is wrong with this server (RFC 9116). There is none without somebody to report it to: section
// 2.5.3 wants a contact.
func (s *Site) securityTxt(w http.ResponseWriter, r *http.Request) {
	contact := contactURI(s.Contact)
	if contact == "" {
		s.page(s.nothing)(w, r)
		return
	}
	var b strings.Builder
	expires := s.now().UTC().Truncate(24 * time.Hour).Add(securityTxtLasts)
	fmt.Fprintf(&b, "Contact: %s\nExpires: %s\n", contact, expires.Format(time.RFC3339))
	if strings.HasPrefix(s.Origin, "https://") { // section 2.5.2 takes no other address
		fmt.Fprintf(&b, "Canonical: %s/.well-known/security.txt\n", s.Origin)
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "public, max-age=3600")
	_, _ = io.WriteString(w, b.String()) // a reader that hung up wants nothing more
}

// contactURI is whoever runs the server as a URI: an e-mail address, a page, or a fediverse handle, which has a scheme of its own
// (RFC 7565). "" is for words that are none of them. Whatever stands in it makes no further line.
func contactURI(contact string) string {
	contact = strings.TrimSpace(contact)
	handle, isHandle := strings.CutPrefix(contact, "@")
	switch user, host, _ := strings.Cut(handle, "@"); {
	case strings.HasPrefix(contact, "https://"):
		u, err := url.Parse(contact)
		if err != nil || u.Host == "" {
			return ""
		}
		return u.String()
	case user == "" || host == "" || strings.ContainsAny(host, "@/?#") || strings.ContainsAny(handle, " \t\r\n:"):
		return ""
	case isHandle:
		return "acct:" + url.PathEscape(handle)
	default:
		return "mailto:" + url.PathEscape(handle)
	}
}

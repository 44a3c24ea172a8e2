package web

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

// securityTxtOf is what a server with a contact shows.
func securityTxtOf(t *testing.T, contact, origin string, now time.Time) (status int, fields map[string]string) {
	t.Helper()
	s, err := New(Options{Contact: contact, Origin: origin, Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	h, err := s.Handler()
	if err != nil {
		t.Fatal(err)
	}
	w := get(t, h, "/.well-known/security.txt")
	fields = map[string]string{}
	if w.Code != http.StatusOK {
		return w.Code, fields
	}
	if kind := w.Header().Get("Content-Type"); kind != "text/plain; charset=utf-8" { // RFC 9116 section 3
		t.Errorf("it is %s", kind)
	}
	for line := range strings.Lines(w.Body.String()) {
		name, value, ok := strings.Cut(strings.TrimSuffix(line, "\n"), ": ")
		if !ok || fields[name] != "" {
			t.Errorf("no field, or a second one: %q", line)
		}
		fields[name] = value
	}
	return w.Code, fields
}

func TestSecurityTxt(t *testing.T) {
	now := time.Date(2027, 2, 28, 23, 59, 59, 7, time.FixedZone("", 3600))
	_, fields := securityTxtOf(t, "admin@groups.example", "https://groups.example", now)
	if want := "https://groups.example/.well-known/security.txt"; fields["Canonical"] != want {
		t.Errorf("canonical is %q", fields["Canonical"])
	}
	expires, err := time.Parse(time.RFC3339, fields["Expires"])
	if ahead := expires.Sub(now); err != nil || ahead < 90*24*time.Hour || ahead > 300*24*time.Hour {
		t.Errorf("expires in %s: %q, %v", ahead, fields["Expires"], err)
	}
	if _, fields := securityTxtOf(t, "admin@groups.example", "http://127.0.0.1:8080", now); fields["Canonical"] != "" {
		t.Errorf("canonical without https: %q", fields["Canonical"])
	}
}

func TestSecurityTxtNamesWhoRunsTheServer(t *testing.T) {
	for contact, want := range map[string]string{
		"admin@groups.example":            "mailto:admin@groups.example",
		" admin+moot@groups.example\n":    "mailto:admin+moot@groups.example",
		"@ann@mastodon.example":           "acct:ann@mastodon.example",
		"https://groups.example/reach me": "https://groups.example/reach%20me",
		"jürgen@groups.example":           "mailto:j%C3%BCrgen@groups.example",
		"":                                "",
		"ask Ann":                         "",
		"@ann":                            "",
		"https://":                        "",
		"https://a.example/\nContact: mailto:b@c": "",
		"a@b.example\r\nContact: mailto:b@c":      "",
		"a@b.example\u2028Contact":                "mailto:a@b.example%E2%80%A8Contact",
		"mailto:admin@groups.example":             "",
		"a@b@c.example":                           "",
		"javascript:alert(1)@x":                   "",
	} {
		status, fields := securityTxtOf(t, contact, "https://groups.example", time.Now())
		if fields["Contact"] != want || (want == "") != (status == http.StatusNotFound) {
			t.Errorf("%q: %d with %q, want %q", contact, status, fields["Contact"], want)
		}
	}
}

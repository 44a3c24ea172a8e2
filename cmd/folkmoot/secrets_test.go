//go:build linux

package main

import (
	"encoding/base64"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// What the program knows and nobody else may learn never stands in its log, however much it logs and whatever goes wrong: keys, secrets of
// links and cookies, codes to sign in with, what a person's own server gives out, and what is written in private.
func TestNoSecretsInTheLog(t *testing.T) {
	l := newLab(t)
	l.env = append(l.env, "FOLKMOOT_LOG_LEVEL=debug")
	ann := l.host("mastodon", "ann")
	l.start()
	l.found()
	s := &secrets{lab: l, ann: ann, who: "@ann@" + strings.TrimPrefix(ann.Origin, "http://"), all: map[string]string{}}
	s.fromLink()
	s.fromCode()
	s.fromYourData()
	s.fromDatabase()
	l.stop()
	log := l.output()
	for _, want := range []string{"/sign-in/link/...", "/your-data/...", "/sign-in/code", "delivered"} {
		if !strings.Contains(log, want) {
			t.Errorf("what this is about was not logged at all: %s", want)
		}
	}
	for secret, what := range s.all {
		if strings.Contains(strings.ToLower(log), strings.ToLower(secret)) {
			t.Errorf("the log shows %s", what)
		}
	}
	t.Logf("%d secrets, %d bytes of log", len(s.all), len(log))
}

// secrets collects what must not be logged while people sign in.
type secrets struct {
	lab *lab
	ann *stubHost
	who string
	all map[string]string // what each is
}

func (s *secrets) add(what, secret string) {
	s.lab.t.Helper()
	if len(secret) < 8 {
		s.lab.t.Fatalf("%s is %q", what, secret)
	}
	s.all[secret] = what
}

// browser keeps cookies, which are secrets, and follows no redirect.
func (s *secrets) browser() *http.Client {
	jar, err := cookiejar.New(nil)
	must(s.lab.t, err)
	return &http.Client{Jar: jar, Timeout: patience, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

// ask sends a request as a browser does, with a form if there is one, and returns the page.
func (s *secrets) ask(b *http.Client, address string, form url.Values) (page string, res *http.Response) {
	s.lab.t.Helper()
	method, body := http.MethodGet, ""
	if form != nil {
		method, body = http.MethodPost, form.Encode()
	}
	r, err := http.NewRequest(method, address, strings.NewReader(body))
	must(s.lab.t, err)
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	res, err = b.Do(r)
	must(s.lab.t, err)
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	must(s.lab.t, err)
	for _, c := range res.Cookies() {
		if len(c.Value) > 20 { // others hold a language
			s.add("the cookie "+c.Name, c.Value)
		}
	}
	return string(text), res
}

func (s *secrets) page(path string) string { return "http://" + s.lab.domain + path }

// oddly asks for an address in spellings that lead nowhere or elsewhere.
func (s *secrets) oddly(before, secret string) {
	for _, path := range []string{
		"/" + before + secret, before + secret + "/", "/x/.." + before + secret, before + "/" + secret, strings.ToUpper(before) + secret,
		strings.ReplaceAll(before, "-", "%2D") + secret, before + "x/" + secret, "/g/books" + before + secret, before + strings.ToLower(secret),
		"/@" + secret, "/people/" + secret, "/static/" + secret, "/tag/" + secret, "/a/x/" + secret,
	} {
		s.ask(s.browser(), s.page(path), nil)
	}
	s.ask(s.browser(), s.page(before+secret), url.Values{"to": {"//x"}, "": {secret}})
}

func (s *secrets) fromLink() {
	printed := s.lab.command("admin", "link", s.who)
	secret := regexp.MustCompile(`/sign-in/link/([A-Z0-9]+)`).FindStringSubmatch(printed)[1]
	s.add("a link to sign in with", secret)
	b := s.browser()
	s.ask(b, s.page("/sign-in/link/"+secret), nil)
	if _, res := s.ask(b, s.page("/sign-in/link/"+secret), url.Values{}); res.StatusCode != http.StatusSeeOther {
		s.lab.t.Fatalf("the link signs nobody in: %d", res.StatusCode)
	}
	s.ask(b, s.page("/account"), nil)
	s.oddly("/sign-in/link/", secret)
}

func (s *secrets) fromCode() {
	b := s.browser()
	s.ask(b, s.page("/sign-in/code"), url.Values{"to": {"/"}})
	shown, _ := s.ask(b, s.page("/sign-in/code"), nil)
	code := regexp.MustCompile(`>([A-Z0-9]{4}-[A-Z0-9]{4})<`).FindStringSubmatch(shown)
	if code == nil {
		s.lab.t.Fatalf("no code on %s", shown)
	}
	s.add("a code to sign in with", code[1])
	s.private(code[1][:4] + "-2222 is it this?") // a wrong one
	s.private("signin " + code[1] + "@nowhere.example please")
	s.private(code[1])
	s.lab.settled()
	if _, res := s.ask(b, s.page("/sign-in/code/use"), url.Values{}); res.StatusCode != http.StatusSeeOther {
		s.lab.t.Errorf("the code signs nobody in: %d", res.StatusCode)
	}
	s.ask(b, s.page("/sign-out"), url.Values{})
	s.ask(b, s.page("/sign-in/code"), url.Values{}) // one that stays open
}

// private has ann write to the group alone.
func (s *secrets) private(words string) {
	status := s.ann.send(s.ann.Write("ann", postPrivately(s.lab.group, words)))
	if status != http.StatusAccepted {
		s.lab.t.Errorf("a private message is answered with %d", status)
	}
}

func (s *secrets) fromYourData() {
	s.private("mydata")
	secret := ""
	s.lab.eventually("the link to her data comes", func() bool {
		for _, a := range s.ann.arrivals() {
			if found := regexp.MustCompile(`/your-data/([A-Z0-9]+)`).FindStringSubmatch(a.Words); found != nil {
				secret = found[1]
			}
		}
		return secret != ""
	})
	s.add("a link to somebody's data", secret)
	s.ask(s.browser(), s.page("/your-data/"+secret), nil)
	s.ask(s.browser(), s.page("/your-data/"+secret), url.Values{})
	s.oddly("/your-data/", secret)
}

// fromDatabase adds the keys of the server and its groups, and what sessions are kept by.
func (s *secrets) fromDatabase() {
	db := s.lab.database()
	for _, query := range []string{`SELECT CAST(keys AS TEXT) FROM groups`, `SELECT value FROM meta`, `SELECT hash FROM sessions`, `SELECT hash FROM signins`} {
		rows, err := db.Query(query)
		must(s.lab.t, err)
		found := 0
		for rows.Next() {
			var kept string
			must(s.lab.t, rows.Scan(&kept))
			for _, part := range regexp.MustCompile(`[A-Za-z0-9+/=_-]{40,}`).FindAllString(kept, -1) {
				s.add("what "+query+" finds", part)
				found++
				if raw, err := base64.StdEncoding.DecodeString(part); err == nil {
					s.add("the same in hexadecimal", fmt.Sprintf("%x", raw))
				}
			}
		}
		must(s.lab.t, rows.Err())
		if found == 0 {
			s.lab.t.Errorf("nothing secret is found by %s", query)
		}
	}
}

// Nobody else on the machine reads what the program writes, whatever it is started with.
func TestFilesAreTheOwnersAlone(t *testing.T) {
	l := newLab(t)
	data := filepath.Join(l.dir, "deep", "data")
	must(t, os.MkdirAll(filepath.Dir(data), 0o755))
	l.env = append(l.env, "FOLKMOOT_DATA_DIR="+data)
	l.host("mastodon", "ann")
	l.start("sh", "-c", `umask 0; exec "$@"`, "sh")
	l.found()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", l.process.Process.Pid))
	must(t, err)
	if !strings.Contains(string(status), "\nUmask:\t0077\n") { // what others make for it, and what is open for a moment before it is closed
		t.Error("what it makes is open to others")
	}
	seen := 0
	must(t, filepath.WalkDir(data, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		if seen++; info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s is %s", path, info.Mode())
		}
		return nil
	}))
	if seen < 4 { // the folder, the database, the lock, the socket
		t.Errorf("%d files", seen)
	}
	l.stop()
}

//go:build interop && snac

package interop

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"html"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
)

// groupsTest is the server whose pages people use; it has this name for snac and for browsers.
const groupsTest = "https://groups.test"

// pages is the program itself behind a reverse proxy that does TLS, as it runs everywhere, and a snac behind another, whose people sign in
// on its pages.
type pages struct {
	*snac
	dir, binary, listen string
	front, home         *httptest.Server
}

// Ann signs in with her account at a server that knows neither PKCE nor scopes, writes and answers through it, and signs out. Bob signs in
// with a code that his server carries.
func TestSnacOnPages(t *testing.T) {
	t.Parallel()
	p := newPages(t)
	ann, bob := p.browse(), p.browse()
	ann.signIn("@ann@"+p.host, "ann", p.addUser("ann"))
	p.addUser("bob")
	p.folkmoot("group", "create", "books", "--title", "Book club", "--owner", "@ann@"+p.host)
	for _, name := range []string{"ann", "bob"} {
		p.run("follow", p.base, name, groupsTest+"/g/books")
		p.says("[" + name + "] confirmed follow from " + groupsTest + "/g/books")
	}

	said := ann.fill(ann.get(groupsTest+"/g/books/new"), `action="/g/books/new"`, "title", "What next?", "words", "*Emma*, or **Persuasion**?", "do", "post")
	if !strings.Contains(said, p.host+" has posted it") {
		t.Errorf("the page after it says:\n%s", said)
	}
	ann.wants(groupsTest+"/g/books/post/1", "<b>Persuasion</b>", "@ann@"+p.host)
	p.says("[bob] new 'Announce' " + groupsTest + "/g/books https://" + p.host + "/ann/p/")

	p.run("note", p.base, "bob", "Which of them is shorter? @books@groups.test")
	ann.wants(groupsTest+"/g/books/post/2", "Which of them is shorter?", "@bob@"+p.host)
	reply := groupsTest + "/g/books/post/2/reply"
	ann.fill(ann.get(reply), `action="/g/books/post/2/reply"`, "words", "Persuasion is.", "do", "post")
	ann.wants(groupsTest+"/g/books/post/2", "Persuasion is.")
	ann.fill(ann.get(reply), `class="row votes"`, "vote", "like")
	bob.fill(bob.get(groupsTest+"/sign-in"), `action="/sign-in/code"`)
	code := regexp.MustCompile(`[A-Z0-9]{4}-[A-Z0-9]{4}`).FindString(bob.get(groupsTest + "/sign-in/code"))
	// To a group: snac 2.75 takes no name with a dot in it, as the server's own account has, for a mention.
	p.run("note_mention", p.base, "bob", "@books@groups.test "+code)
	bob.fill(bob.wants(groupsTest+"/sign-in/code", "Sign in as"), `action="/sign-in/code/use"`)
	bob.wants(groupsTest+"/account", "@bob@"+p.host)

	ann.fill(ann.get(groupsTest+"/g/books/post/1/edit"), `action="/g/books/post/1/edit"`, "words", "What now? @books@groups.test")
	ann.wants(groupsTest+"/g/books/post/1", "What now?")
	ann.fill(ann.get(groupsTest+"/account"), `action="/sign-out"`)
	if tokens, err := os.ReadDir(filepath.Join(p.base, "token")); err != nil || len(tokens) != 0 {
		t.Errorf("snac still has tokens: %v %v", tokens, err)
	}
}

func newPages(t *testing.T) *pages {
	t.Helper()
	p := &pages{dir: t.TempDir()}
	p.binary = filepath.Join(p.dir, "folkmoot")
	if out, err := exec.Command("go", "build", "-o", p.binary, "folkmoot/cmd/folkmoot").CombinedOutput(); err != nil {
		t.Fatalf("build folkmoot: %v\n%s", err, out)
	}
	certificate, err := tls.LoadX509KeyPair(shared("cert.pem"), shared("key.pem"))
	if err != nil {
		t.Fatal(err)
	}
	p.listen = "127.0.0.1:" + freePort(t)
	snacs := "127.0.0.1:" + freePort(t)
	p.front, p.home = behindTLS(t, certificate, p.listen), behindTLS(t, certificate, snacs)
	_, port, _ := net.SplitHostPort(p.home.Listener.Addr().String())
	p.snac = newSnac(t, "https", "snac.test:"+port)
	_, p.port, _ = net.SplitHostPort(snacs)
	way := httptest.NewServer(http.HandlerFunc(p.connect))
	t.Cleanup(way.Close)
	p.env = []string{"https_proxy=" + way.URL}
	p.around = seeing(shared("ca.pem"), "/etc/ssl/certs/ca-certificates.crt") // the file that curl believes
	p.start()
	p.serve()
	return p
}

// seeing runs a program that sees another file in the place of one of the machine's.
func seeing(file, instead string) []string {
	return []string{"unshare", "--map-root-user", "--mount", "sh", "-c", `mount --bind "$0" "$1" && shift && exec "$@"`, file, instead}
}

// behindTLS is a reverse proxy in front of an address.
func behindTLS(t *testing.T, certificate tls.Certificate, address string) *httptest.Server {
	t.Helper()
	s := httptest.NewUnstartedServer(&httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(&url.URL{Scheme: "http", Host: address})
			r.SetXForwarded()
			r.Out.Host = r.In.Host
		},
		Transport: &http.Transport{DisableKeepAlives: true}, // snac hangs up after each answer
	})
	s.TLS = &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12}
	s.StartTLS()
	t.Cleanup(s.Close)
	return s
}

// connect leads snac to the server that it knows by name, and to itself.
func (p *pages) connect(w http.ResponseWriter, r *http.Request) {
	out, err := p.dial(r.Context(), "tcp", r.Host)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	defer out.Close()
	in, buffered, err := w.(http.Hijacker).Hijack()
	if err != nil {
		return
	}
	defer in.Close()
	_, _ = in.Write([]byte("HTTP/1.1 200 OK\r\n\r\n"))
	go func() {
		_, _ = io.Copy(out, buffered) // either side may hang up
		_ = out.Close()
	}()
	_, _ = io.Copy(in, out)
}

func (p *pages) dial(ctx context.Context, network, address string) (net.Conn, error) {
	switch {
	case address == "groups.test:443":
		address = p.front.Listener.Addr().String()
	case address == p.host:
		address = p.home.Listener.Addr().String()
	}
	return (&net.Dialer{}).DialContext(ctx, network, address)
}

func (p *pages) settings() []string {
	return append(os.Environ(), "FOLKMOOT_DOMAIN=groups.test", "FOLKMOOT_LISTEN="+p.listen, "FOLKMOOT_DATA_DIR="+filepath.Join(p.dir, "data"),
		"FOLKMOOT_FETCH_ALLOW_CIDRS=127.0.0.0/8")
}

// serve runs the program until the test ends.
func (p *pages) serve() {
	p.t.Helper()
	names := filepath.Join(p.dir, "hosts")
	p.must(os.WriteFile(names, []byte("127.0.0.1 localhost snac.test\n"), 0o600))
	line := append(seeing(names, "/etc/hosts"), p.binary, "serve")
	cmd := exec.Command(line[0], line[1:]...)
	cmd.Env, cmd.Dir = p.settings(), p.dir
	var said lockedBuffer
	cmd.Stdout, cmd.Stderr = &said, &said
	p.must(cmd.Start())
	p.t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		_ = cmd.Wait()
		if p.t.Failed() {
			p.t.Logf("folkmoot said:\n%s\nsnac said:\n%s", said.String(), p.log.String())
		}
	})
	p.eventually("Folkmoot's first answer", func() bool { return strings.Contains(said.String(), "serves "+groupsTest) })
}

// folkmoot runs one of the program's commands beside the server.
func (p *pages) folkmoot(args ...string) {
	p.t.Helper()
	cmd := exec.Command(p.binary, args...)
	cmd.Env, cmd.Dir = p.settings(), p.dir
	if out, err := cmd.CombinedOutput(); err != nil {
		p.t.Fatalf("folkmoot %q: %v\n%s", args, err, out)
	}
}

// addUser makes an account at snac and returns its password.
func (p *pages) addUser(name string) string {
	p.t.Helper()
	said := regexp.MustCompile(`password is (\S+)`).FindStringSubmatch(p.run("adduser", p.base, name))
	if said == nil {
		p.t.Fatal("snac said no password")
	}
	return said[1]
}

// browser is somebody's, without scripts.
type browser struct {
	*pages
	client *http.Client
	at     *url.URL
}

func (p *pages) browse() *browser {
	p.t.Helper()
	pem, err := os.ReadFile(shared("ca.pem"))
	p.must(err)
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(pem)
	jar, err := cookiejar.New(nil)
	p.must(err)
	return &browser{pages: p, client: &http.Client{Jar: jar, Timeout: patience, Transport: &http.Transport{
		DialContext: p.dial, TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12},
	}}}
}

func (b *browser) get(address string) string {
	b.t.Helper()
	res, err := b.client.Get(address)
	b.must(err)
	return b.read(res)
}

func (b *browser) read(res *http.Response) string {
	b.t.Helper()
	defer res.Body.Close()
	var page bytes.Buffer
	_, err := page.ReadFrom(res.Body)
	b.must(err)
	b.at = res.Request.URL
	if res.StatusCode != http.StatusOK {
		b.t.Fatalf("%s: %s\n%s", b.at, res.Status, page.String())
	}
	return page.String()
}

// wants loads a page until it has some words, and returns it.
func (b *browser) wants(address string, words ...string) (page string) {
	b.t.Helper()
	defer func() {
		if b.t.Failed() {
			b.t.Logf("%s shows:\n%s", address, page)
		}
	}()
	b.eventually(fmt.Sprintf("%q at %s", words, address), func() bool {
		res, err := b.client.Get(address)
		b.must(err)
		raw, err := io.ReadAll(res.Body)
		b.must(err)
		_ = res.Body.Close()
		page, b.at = string(raw), res.Request.URL
		for _, w := range words {
			if !strings.Contains(page, w) {
				return false
			}
		}
		return true
	})
	return page
}

var (
	formTag  = regexp.MustCompile(`(?s)<form[^>]*>.*?</form>`)
	inputTag = regexp.MustCompile(`<input[^>]*>`)
	namedTag = regexp.MustCompile(`name="([^"]*)"`)
	valueTag = regexp.MustCompile(`value="([^"]*)"`)
	actionOf = regexp.MustCompile(`action="([^"]*)"`)
)

// fill sends the form of a page that has a mark, with what it has and what is typed, and returns the page it leads to.
func (b *browser) fill(page, mark string, typed ...string) string {
	b.t.Helper()
	for _, form := range formTag.FindAllString(page, -1) {
		if !strings.Contains(form, mark) {
			continue
		}
		values := url.Values{}
		for _, input := range inputTag.FindAllString(form, -1) {
			name, value := namedTag.FindStringSubmatch(input), valueTag.FindStringSubmatch(input)
			if name != nil && value != nil {
				values.Set(name[1], html.UnescapeString(value[1]))
			}
		}
		for i := 0; i < len(typed); i += 2 {
			values.Set(typed[i], typed[i+1])
		}
		to, err := b.at.Parse(html.UnescapeString(actionOf.FindStringSubmatch(form)[1]))
		b.must(err)
		res, err := b.client.PostForm(to.String(), values)
		b.must(err)
		return b.read(res)
	}
	b.t.Fatalf("no form with %s at %s:\n%s", mark, b.at, page)
	return ""
}

// signIn goes to the own server, fills in its form and comes back.
func (b *browser) signIn(handle, login, password string) {
	b.t.Helper()
	page := b.fill(b.get(groupsTest+"/sign-in?to=/account"), `action="/sign-in"`, "server", handle, "posts", "yes")
	link := regexp.MustCompile(`class="button" href="([^"]+)"`).FindStringSubmatch(page)
	if link == nil {
		b.t.Fatalf("no way to the own server:\n%s", page)
	}
	page = b.fill(b.get(html.UnescapeString(link[1])), `name="passwd"`, "login", login, "passwd", password)
	if b.at.String() != groupsTest+"/account" || !strings.Contains(page, handle) {
		b.t.Fatalf("signing in leads to %s:\n%s", b.at, page)
	}
}

package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"folkmoot/config"
)

// initAnswers is what init needs to know.
type initAnswers struct {
	yes                          bool
	domain, owner, tls, dataDir  string
	listen, title, contact, path string
}

func initCommand(e *environment) *cobra.Command {
	var a initAnswers
	cmd := &cobra.Command{
		Use: "init", Short: "Write the configuration of a new server",
		Long: "Asks for the few things a new server needs, writes an annotated configuration file and prints what else is to be done:\n" +
			"the DNS entry, the reverse proxy and the systemd unit. With --yes nothing is asked. The file names no secrets.",
		Example: "  folkmoot init\n  folkmoot init --yes --domain groups.example --owner @ann@mastodon.example",
		Args:    cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			if a.path = e.file; a.path == "" {
				a.path = config.Places()[0]
			}
			return e.runInit(a)
		},
	}
	f := cmd.Flags()
	f.BoolVar(&a.yes, "yes", false, "ask nothing; --domain is needed then")
	f.StringVar(&a.domain, "domain", "", "the domain of the server, such as groups.example; it cannot change later")
	f.StringVar(&a.owner, "owner", "", "your fediverse account, such as @ann@mastodon.example; it owns new groups")
	f.StringVar(&a.tls, "tls", "proxy", "who does https: proxy (Caddy, nginx …) or autocert (Folkmoot itself)")
	f.StringVar(&a.listen, "listen", "", "where to listen (default 127.0.0.1:8080, with --tls autocert :443)")
	f.StringVar(&a.dataDir, "data-dir", "data", "the folder for the database")
	f.StringVar(&a.title, "title", "", "the name of the server (default: its domain)")
	f.StringVar(&a.contact, "contact", "", "how to reach you, shown to people and other servers (default: the owner)")
	return cmd
}

func (e *environment) runInit(a initAnswers) error {
	if _, err := os.Lstat(a.path); err == nil {
		return fmt.Errorf("%s exists already and is left as it is: edit it, or name another file with --config", a.path)
	}
	if err := e.askInit(&a); err != nil {
		return err
	}
	c, err := a.config()
	if err != nil {
		return err
	}
	if err := writeNew(a.path, config.Write(c)); err != nil {
		return err
	}
	path, err := filepath.Abs(a.path)
	if err != nil {
		path = a.path
	}
	return nextSteps(e.stdout, c, path)
}

// config makes the settings and checks them as serve will.
func (a initAnswers) config() (config.Config, error) {
	c := config.Default()
	c.Domain, c.Owner, c.Title, c.Contact, c.DataDir, c.TLS.Mode = strings.ToLower(a.domain), a.owner, a.title, a.contact, a.dataDir, a.tls
	if c.Title == "" {
		c.Title = c.Domain
	}
	if c.Contact == "" {
		c.Contact = a.owner
	}
	switch {
	case a.listen != "":
		c.Listen = a.listen
	case a.tls == "autocert":
		c.Listen = ":443"
	}
	given := map[string]string{"domain": c.Domain, "listen": c.Listen, "tls.mode": c.TLS.Mode, "data_dir": c.DataDir}
	if isLoopbackDomain(c.Domain) { // to try things out on one machine
		c.Origin = "http://" + c.Domain
		given["origin"] = c.Origin
	}
	_, err := config.Load(config.Source{Flags: given})
	return c, err
}

func isLoopbackDomain(domain string) bool {
	host, _, err := net.SplitHostPort(domain)
	if err != nil {
		host = domain
	}
	ip := net.ParseIP(host)
	return host == "localhost" || strings.HasSuffix(host, ".localhost") || ip != nil && ip.IsLoopback()
}

// askInit asks for what was not given. With --yes, and where nobody can answer, it says what is missing.
func (e *environment) askInit(a *initAnswers) error {
	if a.owner != "" {
		if err := checkHandle(a.owner); err != nil {
			return err
		}
	}
	if a.yes {
		if a.domain == "" {
			return usageError("name the domain with --domain groups.example")
		}
		return nil
	}
	in := bufio.NewReader(e.stdin)
	fmt.Fprint(e.stdout, "A new Folkmoot server. Every question has an answer in [brackets] that Enter takes.\n\n")
	questions := []struct {
		words, otherwise string
		answer           *string
		check            func(string) error
	}{
		{
			"The domain, which becomes part of every group's handle (@books@DOMAIN).\nIt cannot change later: other servers know the groups by it.\nDomain",
			a.domain, &a.domain, config.CheckDomain,
		},
		{"Your fediverse account, such as @ann@mastodon.example. It owns the groups you found.\nAccount", a.owner, &a.owner, checkHandle},
		{"Who does https: proxy (Caddy, nginx …) or autocert (Folkmoot itself, with Let's Encrypt)\nproxy or autocert", a.tls, &a.tls, checkTLSMode},
	}
	for _, q := range questions {
		if err := e.ask(in, q.words, q.otherwise, q.answer, q.check); err != nil {
			return err
		}
	}
	return nil
}

func checkTLSMode(s string) error {
	if s != "proxy" && s != "autocert" {
		return fmt.Errorf("%q is neither proxy nor autocert", s)
	}
	return nil
}

// checkHandle wants @user@host.
func checkHandle(s string) error {
	user, host, ok := strings.Cut(strings.TrimPrefix(s, "@"), "@")
	if !ok || user == "" || host == "" || strings.ContainsAny(s, " /") {
		return usageError(fmt.Sprintf("%q is no fediverse account such as @ann@mastodon.example", s))
	}
	return nil
}

// ask repeats a question until the answer is usable.
func (e *environment) ask(in *bufio.Reader, words, otherwise string, answer *string, check func(string) error) error {
	for {
		fmt.Fprintf(e.stdout, "%s [%s]: ", words, otherwise)
		line, err := in.ReadString('\n')
		text := strings.TrimSpace(line)
		if text == "" {
			text = otherwise
		}
		problem := check(text)
		if problem == nil {
			*answer = text
			fmt.Fprintln(e.stdout)
			return nil
		}
		if errors.Is(err, io.EOF) {
			fmt.Fprintln(e.stdout)
			return usageError(fmt.Sprintf("%v; nobody is there to answer, so give it on the command line: folkmoot init --help", problem))
		}
		if err != nil {
			return fmt.Errorf("read the answer: %w", err)
		}
		fmt.Fprintf(e.stdout, "%s\n\n", sentence(problem))
	}
}

// writeNew writes a file that does not exist yet, and leaves none behind that is half written.
func writeNew(path, text string) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644) // #nosec G302 -- it holds no secret, and the server reads it as another user
	switch {
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("this user may not write %s: choose another place with --config", path)
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("there is no folder for %s: make it first, or choose another place with --config", path)
	case err != nil:
		return fmt.Errorf("write %s: %w", path, err)
	}
	_, err = io.WriteString(f, text)
	if err = errors.Join(err, f.Close()); err != nil {
		return errors.Join(fmt.Errorf("write %s: %w", path, err), os.Remove(path))
	}
	return nil
}

package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"

	"github.com/spf13/cobra"

	"folkmoot/config"
)

// How grave a finding is.
const (
	fine   = "ok"
	advice = "advice"
	wrong  = "wrong"
)

// finding is one thing that the doctor looked at.
type finding struct {
	Level  string `json:"level"` // ok, advice or wrong
	About  string `json:"about"`
	Words  string `json:"words"`
	Remedy string `json:"remedy,omitempty"`
}

func ok(about, format string, args ...any) finding {
	return finding{Level: fine, About: about, Words: fmt.Sprintf(format, args...)}
}

func (f finding) remedy(format string, args ...any) finding {
	f.Remedy = fmt.Sprintf(format, args...)
	return f
}

func isWrong(about, format string, args ...any) finding {
	return finding{Level: wrong, About: about, Words: fmt.Sprintf(format, args...)}
}

func advise(about, format string, args ...any) finding {
	return finding{Level: advice, About: about, Words: fmt.Sprintf(format, args...)}
}

func doctorCommand(e *environment) *cobra.Command {
	cmd := &cobra.Command{
		Use: "doctor", Short: "Look whether everything is as it should be, and say what to do where it is not",
		Long: "Looks at the data folder, the disk, the database, the name, the certificate, what other servers see from outside, the\n" +
			"reverse proxy, the clock, what waits to be delivered, and the backups. It changes nothing. While the server is stopped it\n" +
			"looks at what can be seen then. The exit code is 1 if anything is wrong.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, file, err := e.loadWithFile()
			if err != nil {
				return err
			}
			d := newDoctor(c, file, nil)
			found := d.examine(cmd.Context())
			if err := e.print(found, func(out io.Writer) { sayFindings(out, found) }); err != nil {
				return err
			}
			if n := countWrong(found); n > 0 {
				return errors.New(plural(n, "one thing is", "things are") + " wrong; what to do stands above")
			}
			return nil
		},
	}
	e.settingFlags(cmd)
	e.jsonFlag(cmd)
	return cmd
}

func countWrong(found []finding) (n int) {
	for _, f := range found {
		if f.Level == wrong {
			n++
		}
	}
	return n
}

func sayFindings(out io.Writer, found []finding) {
	for _, f := range found {
		fmt.Fprintf(out, "%-7s %s: %s\n", f.Level, f.About, f.Words)
		if f.Remedy != "" {
			fmt.Fprintf(out, "        > %s\n", f.Remedy)
		}
	}
}

// doctor looks at one server.
type doctor struct {
	c      config.Config
	file   string // of the configuration
	client *http.Client
	roots  *x509.CertPool // nil for the system's
	names  *net.Resolver
	now    func() time.Time

	health *healthInfo // nil while the server is stopped
}

func newDoctor(c config.Config, file string, roots *x509.CertPool) *doctor {
	names := resolverOf(c)
	return &doctor{c: c, file: file, roots: roots, names: names, client: clientFromOutside(names, roots), now: time.Now}
}

// resolverOf asks the name server that the configuration names, or the system's.
func resolverOf(c config.Config) *net.Resolver {
	if c.Fetch.Resolver == "" {
		return &net.Resolver{}
	}
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
		var plain net.Dialer
		return plain.DialContext(ctx, network, c.Fetch.Resolver)
	}}
}

// clientFromOutside asks as any server would: by name, and wherever that leads.
func clientFromOutside(names *net.Resolver, roots *x509.CertPool) *http.Client {
	dialer := &net.Dialer{Timeout: 5 * time.Second, Resolver: names}
	return &http.Client{
		Timeout:       15 * time.Second,
		Transport:     &http.Transport{DialContext: dialer.DialContext, TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// examine looks at everything. What is nearer comes first: it may be the reason for what comes after.
func (d *doctor) examine(ctx context.Context) []finding {
	var found []finding
	if d.file != "" {
		found = append(found, ok("configuration", "%s is in order", d.file))
	} else {
		found = append(found, ok("configuration", "it is in order, and comes from the environment and the command line"))
	}
	found = append(found, d.folder()...)
	found = append(found, d.disk()...)
	found = append(found, d.database(ctx)...)
	found = append(found, d.server(ctx))
	reached := []finding{}
	if d.isLocal() {
		reached = append(reached, ok("name", "%s is on this machine alone, to try things out", d.c.Domain))
	} else {
		reached = d.name(ctx)
		if countWrong(reached) == 0 {
			reached = append(reached, d.certificate(ctx)...)
		}
	}
	found = append(found, reached...)
	if d.health != nil && countWrong(reached) == 0 {
		found = append(found, d.webFinger(ctx)...)
		found = append(found, d.journey(ctx)...)
	}
	found = append(found, d.clock(ctx)...)
	found = append(found, d.waiting()...)
	return append(found, d.backups()...)
}

// isLocal says whether nobody outside can know the server.
func (d *doctor) isLocal() bool { return !isHTTPS(d.c.Origin) }

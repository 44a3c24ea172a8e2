package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"
)

// server looks whether one runs.
func (d *doctor) server(ctx context.Context) finding {
	const about = "server"
	var h healthInfo
	err := newAdminClient(d.c.Socket).do(ctx, http.MethodGet, "/v1/health", nil, &h)
	switch {
	case err == nil:
		d.health = &h
		if h.Version != programVersion() {
			return advise(about, "it runs, as version %s, and this program is %s", h.Version, programVersion()).remedy("Start it again to use the new program.")
		}
		return ok(about, "it runs, version %s", h.Version)
	case folderInUse(d.c.DataDir):
		return isWrong(about, "it runs and does not answer: %v", err).remedy("Look at its log; if it hangs, stop it and start it again.")
	}
	return advise(about, "it is stopped, so only what can be seen without it was looked at").remedy("Start it with: folkmoot serve")
}

// name looks where the domain leads.
func (d *doctor) name(ctx context.Context) []finding {
	const about = "name"
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	all, err := d.names.LookupNetIP(ctx, "ip", d.c.Domain)
	if err != nil {
		return []finding{isWrong(about, "%s leads nowhere: %v", d.c.Domain, err).
			remedy("Make an A record (and AAAA, if the machine has IPv6) for %s with the address of this machine; new records take a while.", d.c.Domain)}
	}
	inner := func(ip netip.Addr) bool {
		return ip.IsLoopback() || ip.IsPrivate() || ip.IsLinkLocalUnicast() || ip.IsUnspecified()
	}
	if !slices.ContainsFunc(all, func(ip netip.Addr) bool { return !inner(ip.Unmap()) }) {
		return []finding{advise(about, "%s leads to %v, where nobody outside comes", d.c.Domain, all).
			remedy("If only this machine sees it so (/etc/hosts, a container), all is well; else correct the DNS record.")}
	}
	return []finding{ok(about, "%s leads to %v", d.c.Domain, all)}
}

// certificate looks whether others will trust it, and for how long.
func (d *doctor) certificate(ctx context.Context) []finding {
	const about = "certificate"
	u, err := url.Parse(d.c.Origin)
	if err != nil {
		return []finding{isWrong(about, "%v", err).remedy("Correct origin.")}
	}
	address := u.Host
	if u.Port() == "" {
		address = net.JoinHostPort(u.Hostname(), "443")
	}
	dialer := &tls.Dialer{
		NetDialer: &net.Dialer{Timeout: 10 * time.Second, Resolver: d.names},
		Config:    &tls.Config{RootCAs: d.roots, ServerName: u.Hostname(), MinVersion: tls.VersionTLS12, Time: d.now},
	}
	conn, err := dialer.DialContext(ctx, "tcp", address)
	if err != nil {
		return []finding{isWrong(about, "no safe connection to %s: %v", address, err).remedy("%s", d.certificateRemedy(err))}
	}
	defer conn.Close()
	leaf := conn.(*tls.Conn).ConnectionState().PeerCertificates[0] // a handshake without one fails
	left, life := leaf.NotAfter.Sub(d.now()), leaf.NotAfter.Sub(leaf.NotBefore)
	if left < life/7 { // whoever renews does it at a third
		return []finding{isWrong(about, "it ends at %s and was not renewed", timeWords(leaf.NotAfter)).
			remedy("Look why %s does not renew it.", d.whoDoesTLS())}
	}
	return []finding{ok(about, "it is good until %s", timeWords(leaf.NotAfter))}
}

func (d *doctor) whoDoesTLS() string {
	if d.c.TLS.Mode == "autocert" {
		return "Let's Encrypt (ports 80 and 443 must reach this server; its log says more)"
	}
	return "your reverse proxy or the program that gets its certificates"
}

func (d *doctor) certificateRemedy(err error) string {
	var name x509.HostnameError
	var authority x509.UnknownAuthorityError
	var invalid x509.CertificateInvalidError
	switch {
	case errors.As(err, &name):
		return fmt.Sprintf("Get a certificate for %s; what answers there has one for something else.", d.c.Domain)
	case errors.As(err, &authority):
		return "Use a certificate that everybody trusts, such as one from Let's Encrypt, with its whole chain (fullchain.pem)."
	case errors.As(err, &invalid):
		return "Get a new certificate, or set this machine's clock, whichever is wrong. Certificates are the work of " + d.whoDoesTLS() + "."
	}
	return "Open port 443 in the firewall and see that " + d.whoDoesTLS() + " runs. If it works from elsewhere, only this machine cannot reach its own address."
}

// webFinger asks from outside for what every other server asks first, and for what it asks then.
func (d *doctor) webFinger(ctx context.Context) []finding {
	const about = "seen from outside"
	handle, id := d.c.Domain+"@"+d.c.Domain, d.c.Origin+"/actor"
	if d.health.Group != "" {
		handle, id = d.health.Group+"@"+d.c.Domain, d.c.Origin+"/g/"+d.health.Group
	}
	var jrd struct {
		Subject string `json:"subject"`
		Links   []struct{ Rel, Type, Href string }
	}
	address := d.c.Origin + "/.well-known/webfinger?resource=" + url.QueryEscape("acct:"+handle)
	remedy := "The reverse proxy must pass everything under " + d.c.Origin + "/ to " + d.c.Listen + ", /.well-known/ too."
	if err := d.get(ctx, address, "application/jrd+json", &jrd); err != nil {
		return []finding{isWrong(about, "nobody finds @%s: %v", handle, err).remedy("%s", remedy)}
	}
	found := slices.ContainsFunc(jrd.Links, func(l struct{ Rel, Type, Href string }) bool { return l.Rel == "self" && l.Href == id })
	if jrd.Subject != "acct:"+handle || !found {
		return []finding{isWrong(about, "something else answers for @%s: it says it is %q", handle, jrd.Subject).remedy("%s", remedy)}
	}
	var actor struct{ ID string }
	if err := d.get(ctx, id, "application/activity+json", &actor); err != nil || actor.ID != id {
		if err == nil {
			err = fmt.Errorf("%s says it is %q", id, actor.ID)
		}
		return []finding{isWrong(about, "@%s is found and cannot be read: %v", handle, err).
			remedy("%s It must not keep one answer for all: what is asked for stands in Accept.", remedy)}
	}
	return []finding{ok(about, "@%s is found and can be read", handle)}
}

// get reads a document as another server would.
func (d *doctor) get(ctx context.Context, address, accept string, into any) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return err
	}
	r.Header.Set("Accept", accept)
	res, err := d.client.Do(r)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answers %s", address, res.Status)
	}
	if media := res.Header.Get("Content-Type"); !strings.HasPrefix(media, accept) {
		return fmt.Errorf("%s answers with %q instead of %s", address, media, accept)
	}
	if err := json.NewDecoder(io.LimitReader(res.Body, 1<<20)).Decode(into); err != nil {
		return fmt.Errorf("%s answers with what is no JSON: %w", address, err)
	}
	return nil
}

// journey looks how a signed request gets through the reverse proxy.
func (d *doctor) journey(ctx context.Context) []finding {
	const about = "reverse proxy"
	var j journeyInfo
	if err := newAdminClient(d.c.Socket).do(ctx, http.MethodPost, "/v1/self-check", nil, &j); err != nil {
		return []finding{isWrong(about, "the server could not be asked: %v", err).remedy("Look at its log.")}
	}
	if !j.Arrived {
		what := j.Error
		if what == "" {
			what = fmt.Sprintf("something else answers, with status %d", j.Status)
		}
		return []finding{isWrong(about, "a signed request to %s does not arrive here: %s", d.c.Origin, what).
			remedy("The reverse proxy must pass POST requests under %s/ to %s, whatever they hold.", d.c.Origin, d.c.Listen)}
	}
	var found []finding
	for _, c := range j.Changed {
		found = append(found, isWrong(about, "%s is changed on the way: %q was sent, %q arrived", c.What, c.Sent, c.Arrived).remedy("%s", changedRemedy(c.What)))
	}
	if j.Signature != "" && len(found) == 0 {
		found = append(found, isWrong(about, "a signature does not hold where it arrives: %s", j.Signature).remedy("Set the clock right, and look at the log."))
	}
	if len(found) == 0 {
		found = append(found, ok(about, "signed requests arrive as they were sent"))
	}
	return append(found, d.whoAsks(j)...)
}

func changedRemedy(what string) string {
	switch what {
	case "Host":
		return "Have the proxy pass on the name that was asked for; in nginx: proxy_set_header Host $host; in Apache: ProxyPreserveHost On"
	case "address":
		return "Have the proxy pass on the address byte for byte; in nginx: proxy_pass without a path or slash at its end; in Apache: nocanon"
	case "body":
		return "Have the proxy leave bodies alone: no rewriting, no firewall for web applications before the inboxes."
	}
	return "Have the proxy leave this header as it is; signatures bind it."
}

// whoAsks looks whether the server can tell those apart who come through a proxy.
func (d *doctor) whoAsks(j journeyInfo) []finding {
	if d.isLocal() || d.c.TLS.Mode == "autocert" {
		return nil
	}
	from, _, _ := net.SplitHostPort(j.From)
	switch {
	case len(j.Forwarded) == 0:
		return []finding{advise("reverse proxy", "it does not say who asks, so that everybody looks like one visitor").
			remedy("In nginx: proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for")}
	case j.Client == from:
		return []finding{advise("reverse proxy", "%s says who asks and is not believed, so that everybody looks like one visitor", from).
			remedy("Add %s to trusted_proxies, if that is your proxy.", from)}
	}
	return nil
}

// mostSkew is how far the clock may be from others'. Signatures are refused from five minutes on, by many servers from thirty seconds.
const mostSkew = 20 * time.Second

// clock asks a few other servers what time it is.
func (d *doctor) clock(ctx context.Context) []finding {
	const about = "clock"
	var off []time.Duration
	if d.health != nil {
		for _, peer := range d.health.Peers {
			if skew, err := d.skew(ctx, peer); err == nil {
				off = append(off, skew)
			}
		}
	}
	if len(off) == 0 {
		return []finding{ok(about, "it is %s; no other server is known that could be asked", timeWords(d.now()))}
	}
	slices.Sort(off)
	middle := off[len(off)/2]
	if middle.Abs() > mostSkew {
		return []finding{isWrong(about, "it is %s away from that of other servers", middle.Abs().Round(time.Second)).
			remedy("Set it, and keep it right: timedatectl set-ntp true")}
	}
	return []finding{ok(about, "it agrees with %s", plural(len(off), "1 other server", "other servers"))}
}

func (d *doctor) skew(ctx context.Context, peer string) (time.Duration, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, peer+"/.well-known/nodeinfo", nil)
	if err != nil {
		return 0, err
	}
	begin := d.now()
	res, err := d.client.Do(r)
	if err != nil {
		return 0, err
	}
	defer res.Body.Close()
	theirs, err := http.ParseTime(res.Header.Get("Date"))
	if err != nil {
		return 0, err
	}
	end := d.now()
	return begin.Add(end.Sub(begin) / 2).Sub(theirs), nil
}

const (
	longUndecided = 10 * time.Minute
	longWaiting   = 24 * time.Hour
)

// waiting looks at what goes in and out.
func (d *doctor) waiting() []finding {
	const about = "deliveries"
	h := d.health
	if h == nil {
		return nil
	}
	var found []finding
	if !h.Received.IsZero() && d.now().Sub(h.Received) > longUndecided {
		found = append(found, advise("inbox", "%s received and not decided, the oldest since %s", plural(h.Undecided, "1 activity is", "activities are"), timeWords(h.Received)).
			remedy("What waits for other servers is not among them; if they become more and more, look at the log."))
	}
	switch {
	case h.Oldest == nil:
		return append(found, ok(about, "nothing waits"))
	case h.Failing > 3 && h.Failing*2 > h.Behind+len(h.Peers):
		return append(found, isWrong(about, "%d of %d servers cannot be reached, the oldest activity waits since %s", h.Failing, h.Behind, timeWords(h.Oldest.Since)).
			remedy("So many at once is rarely their fault: look whether this machine reaches the internet, and at: folkmoot queue list"))
	case d.now().Sub(h.Oldest.Since) > longWaiting:
		return append(found, advise(about, "something waits for %s since %s: %s", h.Oldest.Host, timeWords(h.Oldest.Since), h.Oldest.Error).
			remedy("See folkmoot queue explain %s; it is given up by itself after a week.", h.Oldest.Host))
	}
	return append(found, ok(about, "something waits for %s, the oldest since %s", plural(h.Behind, "1 server", "servers"), timeWords(h.Oldest.Since)))
}

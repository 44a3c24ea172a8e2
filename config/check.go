package config

import (
	"errors"
	"fmt"
	"net"
	"net/mail"
	"net/netip"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// complete fills in what follows from other settings. Relative paths are beside the file that names them.
func (c *Config) complete(folder string) {
	c.Domain = strings.ToLower(strings.TrimSuffix(strings.TrimSpace(c.Domain), "."))
	c.Origin = strings.TrimSuffix(c.Origin, "/")
	if c.Origin == "" && c.Domain != "" {
		c.Origin = "https://" + c.Domain
	}
	if c.DataDir != "" && !filepath.IsAbs(c.DataDir) {
		c.DataDir = filepath.Join(folder, c.DataDir)
	}
	if c.Backup.Dir != "" && !filepath.IsAbs(c.Backup.Dir) {
		c.Backup.Dir = filepath.Join(folder, c.Backup.Dir)
	}
	switch {
	case c.Socket == "":
		c.Socket = filepath.Join(c.DataDir, "folkmoot.sock")
	case !filepath.IsAbs(c.Socket):
		c.Socket = filepath.Join(folder, c.Socket)
	}
}

// check finds everything that is wrong at once, so that nobody has to start the server again for each mistake.
func (c *Config) check() error {
	var wrong []error
	add := func(key string, err error) {
		if err != nil {
			wrong = append(wrong, fmt.Errorf("%w: %s: %w", ErrInvalid, key, err))
		}
	}
	add("domain", checkDomain(c.Domain))
	if c.Domain != "" {
		add("origin", checkOrigin(c.Origin, c.Domain))
	}
	add("listen", checkAddress(c.Listen))
	if c.AdminListen != "" {
		add("admin_listen", checkPrivate(c.AdminListen))
	}
	add("data_dir", checkSet(c.DataDir))
	// A unix socket's path has 107 bytes at most (unix(7)).
	add("socket", checkThat(len(c.Socket) <= 107, "%s is too long for a socket: 107 bytes at most; set socket to a shorter path", c.Socket))
	_, err := Prefixes(c.TrustedProxies)
	add("trusted_proxies", err)
	_, err = Prefixes(c.Fetch.AllowCIDRs)
	add("fetch.allow_cidrs", err)
	if c.Fetch.Resolver != "" {
		add("fetch.resolver", checkResolver(c.Fetch.Resolver))
	}
	add("fetch.timeout", checkThat(c.Fetch.Timeout >= time.Second, "%s is too short; 1s at least", c.Fetch.Timeout))
	add("tls.mode", checkOneOf(c.TLS.Mode, "proxy", "autocert"))
	if c.TLS.Mode == "autocert" {
		add("tls.http_listen", checkAddress(c.TLS.HTTPListen))
		add("tls.mode", checkThat(strings.HasPrefix(c.Origin, "https://"), "autocert needs a domain that Let's Encrypt can reach, not %s", c.Origin))
		if c.TLS.Email != "" {
			_, err := mail.ParseAddress(c.TLS.Email)
			add("tls.email", err)
		}
	}
	c.checkNumbers(add)
	add("log.level", checkOneOf(c.Log.Level, "debug", "info", "warn", "error"))
	add("log.format", checkOneOf(c.Log.Format, "text", "json"))
	return errors.Join(wrong...)
}

func (c *Config) checkNumbers(add func(key string, err error)) {
	// 64 KiB is what Misskey takes; less would refuse ordinary posts.
	add("limits.body_bytes", checkThat(c.Limits.BodyBytes >= 64<<10, "%d is too small; 65536 at least", c.Limits.BodyBytes))
	for key, n := range map[string]int{
		"limits.in_flight": c.Limits.InFlight, "limits.waiting": c.Limits.Waiting, "limits.workers": c.Limits.Workers, "limits.peers": c.Limits.Peers,
		"limits.kept": c.Limits.Kept,
	} {
		add(key, checkThat(n >= 1, "%d is too small; 1 at least", n))
	}
	// Mastodon 4.5 sends an activity again for up to three days: what is forgotten earlier would count twice.
	add("retention.inbox", checkThat(c.Retention.Inbox >= 7, `%dd is too short; "7d" at least, or repeated activities count twice`, c.Retention.Inbox))
	// Deliveries are given up after seven days.
	add("retention.outbox", checkThat(c.Retention.Outbox >= 8, `%dd is too short; "8d" at least, or waiting deliveries are lost`, c.Retention.Outbox))
	add("backup.every", checkThat(c.Backup.Every >= time.Minute, "%s is too short; 1m at least", c.Backup.Every))
	add("backup.keep", checkThat(c.Backup.Keep >= 1, "%d is too few; 1 at least", c.Backup.Keep))
	add("backup.recipients", checkRecipients(c.Backup.Recipients))
	add("retention.audit", checkThat(c.Retention.Audit >= 1, `%dd is too short; "1d" at least`, c.Retention.Audit))
}

func checkThat(ok bool, format string, args ...any) error {
	if ok {
		return nil
	}
	return fmt.Errorf(format, args...)
}

func checkSet(s string) error { return checkThat(s != "", "it must be set") }

func checkOneOf(s string, choices ...string) error {
	return checkThat(slices.Contains(choices, s), "%q is none of: %s", s, strings.Join(choices, ", "))
}

// CheckDomain says what is wrong with a domain for a server.
func CheckDomain(domain string) error { return checkDomain(strings.ToLower(domain)) }

func checkDomain(domain string) error {
	if domain == "" {
		return errors.New("it must be set, for example to groups.example")
	}
	if strings.Contains(domain, "://") || strings.Contains(domain, "/") {
		return fmt.Errorf("%q is an address; give the domain alone, such as groups.example", domain)
	}
	host := domain
	if h, _, err := net.SplitHostPort(domain); err == nil {
		host = h
	}
	if isLoopbackHost(host) {
		return nil
	}
	if host != domain {
		return fmt.Errorf("%q has a port; other servers use the usual one, so give the domain alone", domain)
	}
	if _, err := netip.ParseAddr(host); err == nil {
		return fmt.Errorf("%q is an IP address; other servers need a domain name", domain)
	}
	for label := range strings.SplitSeq(host, ".") {
		if !isLabel(label) {
			return fmt.Errorf("%q is no domain name; write it in ASCII (xn--…) if it has other letters", domain)
		}
	}
	return checkThat(strings.Contains(host, "."), "%q has no dot; give the whole domain, such as groups.example", domain)
}

// isLabel follows RFC 1123 section 2.1: letters, digits and hyphens inside, 63 at most.
func isLabel(s string) bool {
	return len(s) > 0 && len(s) <= 63 && s[0] != '-' && s[len(s)-1] != '-' &&
		strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789-") == ""
}

func isLoopbackHost(host string) bool {
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return true
	}
	ip, err := netip.ParseAddr(strings.Trim(host, "[]"))
	return err == nil && ip.IsLoopback()
}

func checkOrigin(origin, domain string) error {
	u, err := url.Parse(origin)
	if err != nil || u.Host == "" || u.Path != "" || u.RawQuery != "" || u.User != nil || u.Fragment != "" {
		return fmt.Errorf("%q is no address such as https://groups.example", origin)
	}
	if u.Host != domain {
		return fmt.Errorf("%s and the domain %s differ; handles and addresses have one domain here", origin, domain)
	}
	if u.Scheme != "https" && (u.Scheme != "http" || !isLoopbackHost(u.Hostname())) {
		return fmt.Errorf("%s must begin with https://, or other servers will not speak to it", origin)
	}
	return nil
}

func checkAddress(addr string) error {
	_, port, err := net.SplitHostPort(addr)
	if err == nil && port != "" {
		_, err = net.LookupPort("tcp", port)
	}
	return checkThat(err == nil && port != "", "%q is no address and port such as 127.0.0.1:8080", addr)
}

// checkPrivate keeps what asks for no password off public addresses. A name is not looked up: it may lead anywhere tomorrow.
func checkPrivate(addr string) error {
	if err := checkAddress(addr); err != nil {
		return err
	}
	host, _, _ := net.SplitHostPort(addr) // checked above
	ip, err := netip.ParseAddr(host)
	return checkThat(host == "localhost" || err == nil && (ip.IsLoopback() || ip.IsPrivate()),
		"%s could be reached by everybody; use a loopback or private address such as 127.0.0.1:9090", addr)
}

func checkResolver(addr string) error {
	_, err := netip.ParseAddrPort(addr)
	return checkThat(err == nil, "%q is no IP address and port such as 192.168.1.1:53", addr)
}

// checkRecipients looks at the beginnings alone; the rest is looked at by whoever encrypts.
func checkRecipients(list []string) error {
	for _, r := range list {
		if strings.HasPrefix(strings.ToUpper(r), "AGE-SECRET-KEY-") {
			return errors.New("a private key is there; only its public key (age1…) belongs on the server")
		}
		if !strings.HasPrefix(r, "age1") {
			return fmt.Errorf("%q is no public key of age such as age1…", r)
		}
	}
	return nil
}

// Prefixes reads networks (10.0.0.0/8) and single addresses (::1).
func Prefixes(list []string) ([]netip.Prefix, error) {
	var out []netip.Prefix
	for _, text := range list {
		p, err := netip.ParsePrefix(text)
		if err != nil {
			ip, ipErr := netip.ParseAddr(text)
			if ipErr != nil {
				return nil, fmt.Errorf("%q is no network such as 10.0.0.0/8", text)
			}
			p = netip.PrefixFrom(ip, ip.BitLen())
		}
		out = append(out, p)
	}
	return out, nil
}

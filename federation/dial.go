package federation

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"syscall"
	"time"
)

// ErrBlockedAddress says that a name led to an address other servers must not make this one talk to: its own, its
// neighbours', or one that belongs to nobody.
var ErrBlockedAddress = errors.New("address not allowed")

// dialTimeout bounds resolving a name and connecting to it.
const dialTimeout = 5 * time.Second

// dialer opens every outgoing connection. What it checks is the address being connected to, after resolving, so that a name
// which answers with a public address first and a private one later gains nothing (DNS rebinding).
type dialer struct {
	policy addressPolicy
	hosts  map[string]string
	net    net.Dialer
}

func newDialer(allow []netip.Prefix, resolver string, hosts map[string]string) *dialer {
	d := &dialer{policy: newAddressPolicy(allow), hosts: hosts}
	d.net = net.Dialer{Timeout: dialTimeout, KeepAlive: 30 * time.Second, Control: d.control}
	if resolver != "" {
		d.net.Resolver = &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
			var plain net.Dialer // the operator's own name server is as a rule a private address
			return plain.DialContext(ctx, network, resolver)
		}}
	}
	return d
}

// dial connects to address, which is name:port or ip:port.
func (d *dialer) dial(ctx context.Context, network, address string) (net.Conn, error) {
	name, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, fmt.Errorf("read address %q: %w", address, err)
	}
	if to := d.hosts[address]; to != "" {
		address = to
	} else if to := d.hosts[name]; to != "" {
		address = to
	}
	return d.net.DialContext(ctx, network, address)
}

// control runs between socket and connect, when the address is known and nothing was sent yet.
func (d *dialer) control(network, address string, _ syscall.RawConn) error {
	to, err := netip.ParseAddrPort(address)
	if err != nil || !strings.HasPrefix(network, "tcp") {
		return fmt.Errorf("%w: %s %s", ErrBlockedAddress, network, address)
	}
	if !d.policy.permits(to.Addr()) || isServicePort(to.Port()) {
		return fmt.Errorf("%w: %s", ErrBlockedAddress, to)
	}
	return nil
}

// isServicePort names ports where something else than a web server listens. A request sent there can do harm although it is
// HTTP: mail servers and caches skip the lines they do not understand.
func isServicePort(port uint16) bool {
	switch port {
	case 80, 443:
		return false
	case 2049, 2375, 2376, 2379, 3306, 3389, 4369, 5432, 5672, 5900, 6000, 6379, 6380, 9042, 9200, 11211, 27017:
		return true
	}
	return port < 1024
}

// addressPolicy says which addresses may be connected to. allow wins over everything.
type addressPolicy struct {
	allow, deny []netip.Prefix
	nat64       netip.Prefix
	global      netip.Prefix
}

func newAddressPolicy(allow []netip.Prefix) addressPolicy {
	p := addressPolicy{
		nat64:  netip.MustParsePrefix("64:ff9b::/96"), // RFC 6052: the last four bytes are an IPv4 address
		global: netip.MustParsePrefix("2000::/3"),     // RFC 4291: the rest of IPv6 is not the Internet
	}
	for _, prefix := range allow {
		p.allow = append(p.allow, unmapPrefix(prefix))
	}
	for _, prefix := range deniedPrefixes() {
		p.deny = append(p.deny, netip.MustParsePrefix(prefix))
	}
	return p
}

// unmapPrefix turns ::ffff:10.0.0.0/104 into 10.0.0.0/8, as addresses are compared.
func unmapPrefix(p netip.Prefix) netip.Prefix {
	if p.Addr().Is4In6() && p.Bits() >= 96 {
		return netip.PrefixFrom(p.Addr().Unmap(), p.Bits()-96).Masked()
	}
	return p.Masked()
}

// permits says whether ip may be connected to.
func (p addressPolicy) permits(ip netip.Addr) bool {
	ip = ip.Unmap().WithZone("")
	switch {
	case !ip.IsValid():
		return false
	case contains(p.allow, ip):
		return true
	case p.nat64.Contains(ip):
		// Behind DNS64 the whole of IPv4 is seen here, so it must be open, but not as a way around the list.
		bytes := ip.As16()
		return p.permits(netip.AddrFrom4([4]byte(bytes[12:])))
	case contains(p.deny, ip):
		return false
	}
	return ip.Is4() || p.global.Contains(ip)
}

func contains(prefixes []netip.Prefix, ip netip.Addr) bool {
	for _, p := range prefixes {
		if p.Contains(ip) {
			return true
		}
	}
	return false
}

// deniedPrefixes are the special-purpose addresses of IANA's registries (RFC 6890) that are not the public Internet, and the
// old tunnels, where the IPv4 address at the far end cannot be judged.
func deniedPrefixes() []string {
	return []string{
		"0.0.0.0/8",       // this host, RFC 791
		"10.0.0.0/8",      // private, RFC 1918
		"100.64.0.0/10",   // behind a carrier's NAT, RFC 6598
		"127.0.0.0/8",     // loopback, RFC 1122
		"169.254.0.0/16",  // link-local, RFC 3927; cloud metadata
		"172.16.0.0/12",   // private, RFC 1918
		"192.0.0.0/24",    // protocol assignments, RFC 6890
		"192.0.2.0/24",    // documentation, RFC 5737
		"192.88.99.0/24",  // 6to4 relays, RFC 7526
		"192.168.0.0/16",  // private, RFC 1918
		"198.18.0.0/15",   // benchmarking, RFC 2544
		"198.51.100.0/24", // documentation, RFC 5737
		"203.0.113.0/24",  // documentation, RFC 5737
		"224.0.0.0/4",     // multicast, RFC 5771
		"240.0.0.0/4",     // reserved, RFC 1112; broadcast
		"2001::/23",       // protocol assignments, RFC 2928; Teredo, benchmarking, ORCHID
		"2001:db8::/32",   // documentation, RFC 3849
		"2002::/16",       // 6to4, RFC 3056
		"3fff::/20",       // documentation, RFC 9637
	}
}

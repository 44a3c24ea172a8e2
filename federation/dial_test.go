package federation

import (
	"errors"
	"net"
	"net/netip"
	"strings"
	"testing"

	"golang.org/x/net/dns/dnsmessage"
	"pgregory.net/rapid"
)

func TestAddressPolicy(t *testing.T) {
	p := newAddressPolicy([]netip.Prefix{netip.MustParsePrefix("127.0.7.0/24"), netip.MustParsePrefix("fd00:7::/32")})
	permitted := `1.1.1.1 193.0.0.1 100.128.0.1 172.32.0.1 192.1.0.1 223.255.255.255 2a00:1450::1 2606:4700::1111 2001:470::1
		::ffff:1.1.1.1 64:ff9b::1.1.1.1 127.0.7.1 ::ffff:127.0.7.9 fd00:7::1 64:ff9b::127.0.7.1`
	for _, ip := range strings.Fields(permitted) {
		if !p.permits(netip.MustParseAddr(ip)) {
			t.Errorf("%s is refused", ip)
		}
	}
	refused := `0.0.0.0 0.1.2.3 10.1.2.3 100.64.0.1 100.127.255.255 127.0.0.1 127.0.8.1 169.254.169.254 172.16.0.1 172.31.255.255
		192.0.0.8 192.0.2.1 192.88.99.1 192.168.1.1 198.18.0.1 198.19.255.255 198.51.100.1 203.0.113.1 224.0.0.1 239.1.1.1 240.0.0.1
		255.255.255.255 :: ::1 ::7f00:1 ::ffff:127.0.0.1 ::ffff:10.0.0.1 ::ffff:169.254.169.254 64:ff9b::127.0.0.1 64:ff9b::10.0.0.1
		64:ff9b:1::1.1.1.1 100::1 2001::1 2001:2::1 2001:20::1 2001:db8::1 2002:7f00:1::1 2002:0101:0101::1 3fff::1 5f00::1 fc00::1
		fd00:8::1 fe80::1 fe80::1%eth0 fec0::1 ff02::1`
	for _, ip := range strings.Fields(refused) {
		if p.permits(netip.MustParseAddr(ip)) {
			t.Errorf("%s is permitted", ip)
		}
	}
	if p.permits(netip.Addr{}) {
		t.Error("no address is permitted")
	}
}

func TestAllowWinsInEverySpelling(t *testing.T) {
	p := newAddressPolicy([]netip.Prefix{netip.MustParsePrefix("::ffff:10.9.0.0/112")})
	if !p.permits(netip.MustParseAddr("10.9.1.1")) || p.permits(netip.MustParseAddr("10.8.1.1")) {
		t.Error("an IPv4 network written as IPv6 is not that network")
	}
}

// What net/netip itself calls private or local is never permitted, mapped into IPv6 or not.
func TestPolicyKnowsWhatNetipKnows(t *testing.T) {
	p := newAddressPolicy(nil)
	rapid.Check(t, func(t *rapid.T) {
		four := netip.AddrFrom4([4]byte(rapid.SliceOfN(rapid.Byte(), 4, 4).Draw(t, "v4")))
		six := netip.AddrFrom16([16]byte(rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "v6")))
		for _, ip := range []netip.Addr{four, six} {
			if p.permits(ip) && (!ip.IsGlobalUnicast() || ip.IsPrivate()) {
				t.Fatalf("%s is permitted", ip)
			}
		}
		if p.permits(four) != p.permits(netip.AddrFrom16(four.As16())) {
			t.Fatalf("%s is judged differently when mapped", four)
		}
	})
}

func TestServicePorts(t *testing.T) {
	for port, refused := range map[uint16]bool{
		80: false, 443: false, 3000: false, 8080: false, 8443: false, 0: true, 22: true, 25: true, 587: true, 5432: true, 6379: true,
		11211: true,
	} {
		if isServicePort(port) != refused {
			t.Errorf("port %d: refused is %v", port, !refused)
		}
	}
}

func TestControlRefuses(t *testing.T) {
	d := newDialer(nil, "", nil)
	for _, c := range [][2]string{
		{"tcp4", "127.0.0.1:443"},
		{"tcp6", "[::1]:443"},
		{"tcp4", "1.1.1.1:25"},
		{"udp4", "1.1.1.1:443"},
		{"tcp4", "name:443"},
		{"tcp6", "[fe80::1%lo]:443"},
		{"unix", "/run/x"},
	} {
		if err := d.control(c[0], c[1], nil); !errors.Is(err, ErrBlockedAddress) {
			t.Errorf("%v: %v", c, err)
		}
	}
	if err := d.control("tcp4", "1.1.1.1:443", nil); err != nil {
		t.Error(err)
	}
}

// nameServer answers A queries with what answer says, over UDP on loopback, and returns its address.
func nameServer(t *testing.T, answer func(name string) [][4]byte) string {
	t.Helper()
	conn, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	go func() {
		buf := make([]byte, 1500)
		for {
			n, from, err := conn.ReadFrom(buf)
			if err != nil {
				return
			}
			if reply, err := nameAnswer(buf[:n], answer); err == nil {
				_, _ = conn.WriteTo(reply, from)
			}
		}
	}()
	return conn.LocalAddr().String()
}

func nameAnswer(query []byte, answer func(string) [][4]byte) ([]byte, error) {
	var m dnsmessage.Message
	if err := m.Unpack(query); err != nil {
		return nil, err
	}
	q := m.Questions[0]
	m.Response, m.Authoritative, m.Additionals = true, true, nil
	if q.Type == dnsmessage.TypeA {
		for _, ip := range answer(strings.TrimSuffix(q.Name.String(), ".")) {
			m.Answers = append(m.Answers, dnsmessage.Resource{
				Header: dnsmessage.ResourceHeader{Name: q.Name, Class: q.Class, TTL: 0}, Body: &dnsmessage.AResource{A: ip},
			})
		}
	}
	return m.Pack()
}

package main

import (
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"

	"golang.org/x/net/dns/dnsmessage"
)

const (
	addresses = 64 // that the hosts share
	ttl       = 600
)

// addressOf is where a host listens: 127.77.0.1 and the next ones.
func addressOf(n int) [4]byte { return [4]byte{127, 77, 0, byte(1 + n%addresses)} }

// nowhere is an address where nobody listens, so that connections are refused.
func nowhere() [4]byte { return [4]byte{127, 77, 1, 1} }

// names is the name server that the program asks, as the setting fetch.resolver says.
type names struct {
	conn net.PacketConn
	mu   sync.Mutex
	down func(host) bool
}

func newNames() (*names, error) {
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("open the name server: %w", err)
	}
	n := &names{conn: conn, down: func(host) bool { return false }}
	go n.serve()
	return n, nil
}

func (n *names) address() string { return n.conn.LocalAddr().String() }

func (n *names) close() { _ = n.conn.Close() }

// takeDown says which hosts are where nobody answers from now on.
func (n *names) takeDown(which func(host) bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.down = which
}

func (n *names) serve() {
	packet := make([]byte, 1500)
	for {
		size, from, err := n.conn.ReadFrom(packet)
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			continue
		}
		if answer, err := n.answer(packet[:size]); err == nil {
			_, _ = n.conn.WriteTo(answer, from) // whoever asked asks again
		}
	}
}

func (n *names) answer(packet []byte) ([]byte, error) {
	var p dnsmessage.Parser
	header, err := p.Start(packet)
	if err != nil {
		return nil, err
	}
	q, err := p.Question()
	if err != nil {
		return nil, err
	}
	name := strings.ToLower(strings.TrimSuffix(q.Name.String(), "."))
	h, known := parseHost(name)
	known = known && strings.HasSuffix(name, "."+zone)
	reply := dnsmessage.Header{ID: header.ID, Response: true, Authoritative: true, RecursionDesired: header.RecursionDesired, RecursionAvailable: true}
	if !known {
		reply.RCode = dnsmessage.RCodeNameError
	}
	b := dnsmessage.NewBuilder(nil, reply)
	b.EnableCompression()
	if err := errors.Join(b.StartQuestions(), b.Question(q), b.StartAnswers()); err != nil {
		return nil, err
	}
	if known && q.Type == dnsmessage.TypeA { // to AAAA the answer is that there is none
		to := addressOf(h.N)
		n.mu.Lock()
		if n.down(h) {
			to = nowhere()
		}
		n.mu.Unlock()
		rr := dnsmessage.ResourceHeader{Name: q.Name, Class: dnsmessage.ClassINET, TTL: ttl}
		if err := b.AResource(rr, dnsmessage.AResource{A: to}); err != nil {
			return nil, err
		}
	}
	return b.Finish()
}

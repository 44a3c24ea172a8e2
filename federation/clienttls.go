package federation

import (
	"crypto/tls"
	"fmt"
)

const (
	// maxChain is how many bytes of certificates a server may show. They are held as long as its connection is kept, several times that
	// once they are read; with a wildcard one server has as many names as it likes. Two of RSA-4096 and a root have 7 KB.
	maxChain = 24 << 10
	// maxSession is how many bytes may be kept to begin the next connection with: ticket, secrets and certificates.
	maxSession = 16 << 10
)

// newTLS is how other servers are spoken to by TLS, with sessions of so many of them.
func newTLS(sessions int) *tls.Config {
	return &tls.Config{
		MinVersion: tls.VersionTLS12, ClientSessionCache: smallSessions{tls.NewLRUClientSessionCache(sessions)}, VerifyConnection: boundChain,
	}
}

// boundChain is asked of each connection, also of one that begins with a session.
func boundChain(s tls.ConnectionState) error {
	size := 0
	for _, c := range s.PeerCertificates {
		size += len(c.Raw)
	}
	if size > maxChain {
		return fmt.Errorf("its certificates have %d bytes, more than %d", size, maxChain)
	}
	return nil
}

// smallSessions is a cache that keeps no large sessions: a server chooses the size of its tickets.
type smallSessions struct{ tls.ClientSessionCache }

// Put keeps a session, or forgets the one before if this one is too large.
func (c smallSessions) Put(name string, session *tls.ClientSessionState) {
	if session != nil && sessionSize(session) > maxSession {
		session = nil
	}
	c.ClientSessionCache.Put(name, session)
}

// sessionSize is more than any bound for what cannot be read.
func sessionSize(session *tls.ClientSessionState) int {
	ticket, state, err := session.ResumptionState()
	if err != nil || state == nil {
		return maxSession + 1
	}
	raw, err := state.Bytes()
	if err != nil {
		return maxSession + 1
	}
	return len(ticket) + len(raw)
}

package main

import (
	"crypto/tls"
	"net"

	"golang.org/x/crypto/acme/autocert"
)

// tlsListener answers with certificates from Let's Encrypt, and speaks HTTP/2 with whoever can.
func tlsListener(l net.Listener, certs *autocert.Manager) net.Listener {
	c := certs.TLSConfig()
	c.MinVersion = tls.VersionTLS12
	return tls.NewListener(l, c)
}

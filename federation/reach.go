package federation

import (
	"cmp"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/url"
	"syscall"

	"folkmoot/store"
)

// reachWords says in a few words why a server could not be reached, for whoever runs this one. What is none of the usual reasons is told as
// the network tells it, without what was tried: that stands beside it.
func reachWords(err error) string {
	switch {
	case errors.Is(err, syscall.ECONNREFUSED):
		return store.WhyRefused
	case errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH), errors.Is(err, syscall.EADDRNOTAVAIL):
		return store.WhyNoWay
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return store.WhyClosed
	}
	return cmp.Or(nameWords(err), certificateWords(err), innermost(err))
}

// nameWords are of a name that leads to no address; empty for anything else.
func nameWords(err error) string {
	var dns *net.DNSError
	switch {
	case !errors.As(err, &dns):
		return ""
	case dns.IsNotFound:
		return store.WhyNoName
	}
	return store.WhyNameUnread
}

// certificateWords are of TLS; empty for anything else.
func certificateWords(err error) string {
	var (
		host    x509.HostnameError
		invalid x509.CertificateInvalidError
		unknown x509.UnknownAuthorityError
		record  tls.RecordHeaderError
	)
	switch {
	case errors.As(err, &host):
		return store.WhyOtherName
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return store.WhyExpired
	case errors.As(err, &unknown), errors.As(err, &invalid):
		return store.WhyNoTrust
	case errors.As(err, &record):
		return store.WhyNoTLS
	}
	return ""
}

// innermost is what the network itself said.
func innermost(err error) string {
	var op *net.OpError
	var address *url.Error
	switch {
	case errors.As(err, &op):
		err = op.Err
	case errors.As(err, &address):
		err = address.Err
	}
	return cutRunes(cleanLine(err.Error(), 300), 200)
}

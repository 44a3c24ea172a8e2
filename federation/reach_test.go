package federation

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"syscall"
	"testing"

	"folkmoot/store"
)

// Admins read why a server is not reached; what Go calls its system calls is no help to them.
func TestReachWords(t *testing.T) {
	dial := func(err error) error {
		return fmt.Errorf("deliver to far.example: %w", &url.Error{Op: "Post", URL: "https://far.example/inbox", Err: &net.OpError{Op: "dial", Net: "tcp", Err: err}})
	}
	for _, tt := range []struct {
		err  error
		want string
	}{
		{dial(os.NewSyscallError("connect", syscall.ECONNREFUSED)), store.WhyRefused},
		{dial(os.NewSyscallError("connect", syscall.EHOSTUNREACH)), store.WhyNoWay},
		{dial(os.NewSyscallError("read", syscall.ECONNRESET)), store.WhyClosed},
		{fmt.Errorf("deliver to far.example: %w", io.ErrUnexpectedEOF), store.WhyClosed},
		{dial(&net.DNSError{Err: "no such host", Name: "far.example", IsNotFound: true}), store.WhyNoName},
		{dial(&net.DNSError{Err: "server misbehaving", Name: "far.example"}), store.WhyNameUnread},
		{dial(&tls.CertificateVerificationError{Err: x509.HostnameError{Certificate: &x509.Certificate{}, Host: "far.example"}}), store.WhyOtherName},
		{dial(&tls.CertificateVerificationError{Err: x509.CertificateInvalidError{Reason: x509.Expired}}), store.WhyExpired},
		{dial(&tls.CertificateVerificationError{Err: x509.UnknownAuthorityError{}}), store.WhyNoTrust},
		{dial(tls.RecordHeaderError{Msg: "first record does not look like a TLS handshake"}), store.WhyNoTLS},
		{dial(errors.New("something\nnew")), "something new"},
		{errors.New("something else"), "something else"},
	} {
		if got := reachWords(tt.err); got != tt.want {
			t.Errorf("%v: %q, want %q", tt.err, got, tt.want)
		}
	}
}

package federation

import (
	"crypto/tls"
	"errors"
	"net"
	"os"
	"syscall"
	"time"
)

// isQuiet says whether nothing has come over a connection that nobody uses. What comes there is no answer to anything that will be asked:
// servers say 408 before they close it, some send more than they had announced, and one that means ill would answer what it has not seen.
func isQuiet(conn net.Conn) bool {
	secured, is := conn.(*tls.Conn)
	if is {
		conn = secured.NetConn()
	}
	return nothingArrived(conn) && (!is || nothingDecrypted(secured))
}

// nothingArrived looks at what the kernel has, and takes nothing of it. It cannot look at a connection that is none of the kernel's.
func nothingArrived(conn net.Conn) bool {
	of, ok := conn.(syscall.Conn)
	if !ok {
		return true
	}
	raw, err := of.SyscallConn()
	if err != nil {
		return false
	}
	quiet := false
	err = raw.Read(func(fd uintptr) bool {
		var b [1]byte
		_, _, err := syscall.Recvfrom(int(fd), b[:], syscall.MSG_PEEK|syscall.MSG_DONTWAIT) // #nosec G115 -- it was an int
		quiet = errors.Is(err, syscall.EAGAIN)                                              // else there is something, or the end
		return true
	})
	return err == nil && quiet
}

// nothingDecrypted looks at what the TLS connection has read with the answer before: its deadline is over before it begins, so that it reads
// nothing else.
func nothingDecrypted(conn *tls.Conn) bool {
	if conn.SetReadDeadline(time.Unix(1, 0)) != nil {
		return false
	}
	_, err := conn.Read(make([]byte, 1))
	return errors.Is(err, os.ErrDeadlineExceeded) && conn.SetReadDeadline(time.Time{}) == nil
}

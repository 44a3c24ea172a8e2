package archive

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/hex"
	"hash"
	"io"
)

// trailer is what stands behind a packed tar: a second, empty part of gzip that names the sum of the first, so that tar and gzip still
// read the file without a word.
func trailer(sum []byte) ([]byte, error) {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	w.Comment = "sha256 " + hex.EncodeToString(sum)
	err := w.Close()
	return b.Bytes(), err
}

// summed sums what is read from it, byte by byte as compress/flate reads.
type summed struct {
	from *bufio.Reader
	hash hash.Hash
	few  []byte // not in the sum yet
}

func (s *summed) Read(p []byte) (int, error) {
	n, err := s.from.Read(p)
	s.flush()
	s.hash.Write(p[:n]) // a hash never fails
	return n, err
}

// ReadByte keeps flate from reading more than is its.
func (s *summed) ReadByte() (byte, error) {
	b, err := s.from.ReadByte()
	if err == nil {
		if s.few = append(s.few, b); len(s.few) >= 4096 {
			s.flush()
		}
	}
	return b, err
}

func (s *summed) flush() {
	s.hash.Write(s.few)
	s.few = s.few[:0]
}

func (s *summed) sum() []byte {
	s.flush()
	return s.hash.Sum(nil)
}

// summing sums what is written through it.
type summing struct {
	to   io.Writer
	hash hash.Hash
}

func (s summing) Write(p []byte) (int, error) {
	s.hash.Write(p) // a hash never fails
	return s.to.Write(p)
}

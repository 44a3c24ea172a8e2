package archive

import (
	"archive/tar"
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
)

// sink takes what is in an archive.
type sink struct {
	begin func(Manifest) error
	file  func(File) (io.WriteCloser, error)
}

// read reads an archive from its first byte to its last. Whatever is not exactly as it was written ends it; then files may have been
// begun already.
func read(ctx context.Context, path string, k Key, to sink) (m Manifest, err error) {
	f, err := os.Open(path)
	if err != nil {
		return m, fmt.Errorf("open the backup: %w", err)
	}
	defer f.Close()
	outer := bufio.NewReaderSize(withContext{ctx, f}, 1<<18)
	plain, err := k.open(outer)
	if err != nil {
		return m, err
	}
	m, err = readPacked(plain, to)
	switch {
	case ctx.Err() != nil:
		return m, ctx.Err()
	case err != nil && isOurs(err):
		return m, err
	case err != nil:
		return m, fmt.Errorf("%w (%w)", ErrDamaged, err)
	}
	return m, nil
}

// isOurs says whether an error is not the archive's.
func isOurs(err error) bool {
	var path *fs.PathError
	var own ownError
	return errors.Is(err, ErrDamaged) || errors.As(err, &path) || errors.As(err, &own)
}

// ownError is one of whoever takes what is read.
type ownError struct{ error }

func (e ownError) Unwrap() error { return e.error }

// readPacked reads a packed tar and, behind it, its sum: gzip's own leaves a few bits out.
func readPacked(plain *bufio.Reader, to sink) (m Manifest, err error) {
	sum := &summed{from: plain, hash: sha256.New()}
	packed, err := gzip.NewReader(sum)
	if err != nil {
		return m, err
	}
	packed.Multistream(false)
	if m, err = readTar(tar.NewReader(packed), to); err != nil {
		return m, err
	}
	if err := onlyZeros(packed); err != nil {
		return m, err
	}
	want, err := trailer(sum.sum())
	if err != nil {
		return m, err
	}
	rest, err := io.ReadAll(io.LimitReader(plain, int64(len(want))+1))
	if err == nil && !bytes.Equal(rest, want) {
		err = errors.New("its end is not what was written")
	}
	return m, err
}

func readTar(in *tar.Reader, to sink) (m Manifest, err error) {
	text, err := readManifest(in)
	if err != nil {
		return m, err
	}
	if m, err = parseManifest(text); err != nil {
		return m, err
	}
	if err := to.begin(m); err != nil {
		return m, ownError{err}
	}
	for _, f := range m.Files {
		if err := readFile(in, f, to); err != nil {
			return m, err
		}
	}
	if h, err := in.Next(); !errors.Is(err, io.EOF) {
		return m, fmt.Errorf("there is more in it than its manifest says: %v, %w", h, err)
	}
	return m, nil
}

func readManifest(in *tar.Reader) ([]byte, error) {
	h, err := in.Next()
	if err != nil {
		return nil, err
	}
	if h.Name != manifest || h.Typeflag != tar.TypeReg || h.Size > maxManifest {
		return nil, errors.New("it does not begin with a manifest")
	}
	return io.ReadAll(in)
}

// readFile reads the file that the manifest says comes now, and no byte more than it says.
func readFile(in *tar.Reader, f File, to sink) error {
	h, err := in.Next()
	if err != nil {
		return fmt.Errorf("%s is missing: %w", f.Name, noEOF(err))
	}
	if h.Name != f.Name || h.Typeflag != tar.TypeReg || h.Size != f.Size {
		return fmt.Errorf("%s is missing, %q is in its place", f.Name, h.Name)
	}
	out, err := to.file(f)
	if err != nil {
		return ownError{err}
	}
	sum := sha256.New()
	n, err := io.Copy(io.MultiWriter(out, sum), in)
	if closed := out.Close(); err == nil && closed != nil {
		return ownError{closed}
	}
	if err != nil {
		return fmt.Errorf("read %s: %w", f.Name, noEOF(err))
	}
	if n != f.Size || hex.EncodeToString(sum.Sum(nil)) != f.SHA256 {
		return fmt.Errorf("%s is not what was written", f.Name)
	}
	return nil
}

// noEOF keeps an end that comes too early from being taken for the end of a loop.
func noEOF(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// onlyZeros reads to the end of the packed part, where a tar has zeros.
func onlyZeros(packed io.Reader) error {
	rest, err := io.ReadAll(io.LimitReader(packed, 1<<20))
	if err == nil && (len(bytes.Trim(rest, "\x00")) > 0 || len(rest) == 1<<20) {
		err = errors.New("something stands behind its end")
	}
	return err
}

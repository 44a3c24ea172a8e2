package archive

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"filippo.io/age"
)

// Lock says who can open an archive: the owners of these keys of age (https://age-encryption.org), or whoever knows the passphrase.
type Lock struct{ recipients []age.Recipient }

// ParseRecipients reads public keys of age, one a line.
func ParseRecipients(text string) (Lock, error) {
	list, err := age.ParseRecipients(strings.NewReader(text))
	if err != nil {
		return Lock{}, fmt.Errorf("read the keys to encrypt for (such as age1…, one a line): %w", err)
	}
	return Lock{list}, nil
}

// Passphrase locks with words alone.
func Passphrase(words string) (Lock, error) {
	r, err := age.NewScryptRecipient(words)
	if err != nil {
		return Lock{}, fmt.Errorf("use the passphrase: %w", err)
	}
	return Lock{[]age.Recipient{r}}, nil
}

// Closed says whether archives are encrypted.
func (l Lock) Closed() bool { return len(l.recipients) > 0 }

func (l Lock) close(w io.Writer) (io.WriteCloser, error) {
	if !l.Closed() {
		return open{w}, nil
	}
	locked, err := age.Encrypt(w, l.recipients...)
	if err != nil {
		return nil, fmt.Errorf("encrypt: %w", err)
	}
	return locked, nil
}

// open is no lock at all.
type open struct{ io.Writer }

func (open) Close() error { return nil }

// Key opens encrypted archives. The zero Key opens none.
type Key struct{ identities []age.Identity }

// ParseIdentities reads private keys of age, as age-keygen writes them.
func ParseIdentities(text string) (Key, error) {
	list, err := age.ParseIdentities(strings.NewReader(text))
	if err != nil {
		return Key{}, fmt.Errorf("read the private keys (AGE-SECRET-KEY-1…, one a line): %w", err)
	}
	return Key{list}, nil
}

// KnownWords opens what was locked with a passphrase.
func KnownWords(words string) (Key, error) {
	i, err := age.NewScryptIdentity(words)
	if err != nil {
		return Key{}, fmt.Errorf("use the passphrase: %w", err)
	}
	return Key{[]age.Identity{i}}, nil
}

// magic is how every file of age begins.
const magic = "age-encryption.org/"

// open takes the encryption off, if there is one.
func (k Key) open(r *bufio.Reader) (*bufio.Reader, error) {
	if first, _ := r.Peek(len(magic)); !bytes.Equal(first, []byte(magic)) {
		return r, nil
	}
	if len(k.identities) == 0 {
		return nil, fmt.Errorf("%w: say what opens it with --identity FILE or --passphrase-file FILE", ErrLocked)
	}
	plain, err := age.Decrypt(r, k.identities...)
	var none *age.NoIdentityMatchError
	if errors.As(err, &none) {
		return nil, fmt.Errorf("%w, and neither this key nor this passphrase opens it (or it is damaged)", ErrLocked)
	}
	if err != nil {
		return nil, fmt.Errorf("%w (%w)", ErrDamaged, err)
	}
	return bufio.NewReaderSize(plain, 1<<16), nil
}

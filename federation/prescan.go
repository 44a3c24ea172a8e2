package federation

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"unicode/utf8"
)

// ErrMalformed says that a document from another server cannot be used: it is not JSON, it is larger or deeper than any
// real one, or it lacks what its kind must have. The sentence around it tells which. Asking again will not help.
var ErrMalformed = errors.New("malformed document")

// jsonLimits bounds what is read from other servers before anything is built from it. One 960 kB body with 20,000 tags
// costs a vocabulary library 578 MB; it must be refused while it is still just bytes.
type jsonLimits struct {
	Bytes  int // of the whole document
	Depth  int // of nesting; the outermost object is 1
	Array  int // members of one array
	Keys   int // members of one object
	String int // bytes of one string, after unescaping (PHP peers write \uXXXX for every Cyrillic letter)
}

// defaultJSONLimits is what real documents stay well within: Mastodon and Lemmy themselves fetch at most 1 MiB.
func defaultJSONLimits() jsonLimits {
	return jsonLimits{Bytes: 1 << 20, Depth: 32, Array: 1000, Keys: 200, String: 100_000}
}

// maxNumber bounds the digits of one number. Nobody writes more than 20; parsers of arbitrary precision are attackable.
const maxNumber = 64

// prescan walks raw once, without building anything, and refuses what the decoders must never see: text that is not JSON or
// not UTF-8, something else than one object, anything above the limits, lone surrogates and NUL (both are read differently
// by different parsers), and a key that occurs twice in one object, compared after unescaping. The last matters most: of
// two "actor" keys a signature check could read one and the rules the other. Errors wrap ErrMalformed.
func prescan(raw []byte, l jsonLimits) error {
	if len(raw) > l.Bytes {
		return fmt.Errorf("%w: %d bytes is more than the %d allowed", ErrMalformed, len(raw), l.Bytes)
	}
	if !utf8.Valid(raw) {
		return fmt.Errorf("%w: the text is not valid UTF-8", ErrMalformed)
	}
	s := jsonScan{data: raw, limits: l, keys: make([]jsonKey, 0, 64)}
	s.space()
	if s.peek() != '{' {
		return s.fail("the document is not a JSON object")
	}
	if err := s.value(1); err != nil {
		return err
	}
	s.space()
	if s.pos != len(raw) {
		return s.fail("something follows the document")
	}
	return nil
}

// jsonScan is the state of one prescan. keys holds the keys of all objects that are open at pos, innermost last.
type jsonScan struct {
	data   []byte
	pos    int
	limits jsonLimits
	keys   []jsonKey
}

// jsonKey is a key as written (without quotes) and the hash of what it means.
type jsonKey struct {
	text []byte
	hash uint64
}

func (s *jsonScan) fail(why string) error {
	return fmt.Errorf("%w: %s (at byte %d)", ErrMalformed, why, s.pos)
}

func (s *jsonScan) tooMany(what string, limit int) error {
	return fmt.Errorf("%w: more than %d %s (at byte %d)", ErrMalformed, limit, what, s.pos)
}

// peek returns the byte at pos, or 0 (which no JSON token starts with) at the end.
func (s *jsonScan) peek() byte {
	if s.pos < len(s.data) {
		return s.data[s.pos]
	}
	return 0
}

func (s *jsonScan) space() {
	for s.pos < len(s.data) && isJSONSpace(s.data[s.pos]) {
		s.pos++
	}
}

func isJSONSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }

// value reads one value; a container that starts here has the given depth.
func (s *jsonScan) value(depth int) error {
	switch c := s.peek(); {
	case c == '{' || c == '[':
		if depth > s.limits.Depth {
			return s.tooMany("levels of nesting", s.limits.Depth)
		}
		if c == '{' {
			return s.object(depth)
		}
		return s.array(depth)
	case c == '"':
		_, err := s.text()
		return err
	case c == '-' || isDigit(c):
		return s.number()
	case c == 't':
		return s.word("true")
	case c == 'f':
		return s.word("false")
	case c == 'n':
		return s.word("null")
	}
	return s.fail("a value was expected")
}

func (s *jsonScan) word(w string) error {
	if !bytes.HasPrefix(s.data[s.pos:], []byte(w)) {
		return s.fail("a value was expected")
	}
	s.pos += len(w)
	return nil
}

func (s *jsonScan) object(depth int) error {
	first := len(s.keys)
	defer func() { s.keys = s.keys[:first] }()
	s.pos++ // {
	s.space()
	if s.peek() == '}' {
		s.pos++
		return nil
	}
	for {
		if err := s.member(depth, first); err != nil {
			return err
		}
		more, err := s.next('}')
		if err != nil || !more {
			return err
		}
	}
}

// member reads one key and its value inside the object whose keys start at first.
func (s *jsonScan) member(depth, first int) error {
	if s.peek() != '"' {
		return s.fail("a key was expected")
	}
	key, err := s.text()
	if err != nil {
		return err
	}
	if err := s.remember(key, first); err != nil {
		return err
	}
	s.space()
	if s.peek() != ':' {
		return s.fail("a colon was expected")
	}
	s.pos++
	s.space()
	return s.value(depth + 1)
}

func (s *jsonScan) remember(key []byte, first int) error {
	k := jsonKey{text: key, hash: hashKey(key)}
	for _, old := range s.keys[first:] {
		if old.hash == k.hash && sameKey(old.text, key) {
			return s.fail("a key occurs twice in one object")
		}
	}
	if len(s.keys)-first >= s.limits.Keys {
		return s.tooMany("keys in one object", s.limits.Keys)
	}
	s.keys = append(s.keys, k)
	return nil
}

func (s *jsonScan) array(depth int) error {
	s.pos++ // [
	s.space()
	if s.peek() == ']' {
		s.pos++
		return nil
	}
	for n := 1; ; n++ {
		if n > s.limits.Array {
			return s.tooMany("members in one list", s.limits.Array)
		}
		if err := s.value(depth + 1); err != nil {
			return err
		}
		more, err := s.next(']')
		if err != nil || !more {
			return err
		}
	}
}

// next reads the comma or the end of a container.
func (s *jsonScan) next(end byte) (more bool, err error) {
	s.space()
	switch s.peek() {
	case ',':
		s.pos++
		s.space()
		return true, nil
	case end:
		s.pos++
		return false, nil
	}
	return false, s.fail("a comma or the end of a list or object was expected")
}

// text reads a string and returns what stands between the quotes, still escaped.
func (s *jsonScan) text() ([]byte, error) {
	s.pos++ // "
	start, size := s.pos, 0
	for s.pos < len(s.data) {
		switch c := s.data[s.pos]; {
		case c == '"':
			s.pos++
			return s.data[start : s.pos-1], nil
		case c < ' ':
			return nil, s.fail("a control character stands in a string")
		case c == '\\':
			n, err := s.escape()
			if err != nil {
				return nil, err
			}
			size += n
		default:
			s.pos++
			size++
		}
		if size > s.limits.String {
			return nil, s.tooMany("bytes in one string", s.limits.String)
		}
	}
	return nil, s.fail("a string does not end")
}

// escape reads one escape sequence (or a pair of surrogates) and returns how many bytes of UTF-8 it stands for.
func (s *jsonScan) escape() (int, error) {
	rest := s.data[s.pos:]
	if len(rest) > 1 && bytes.IndexByte([]byte(`"\/bfnrt`), rest[1]) >= 0 {
		s.pos += 2
		return 1, nil
	}
	r, ok := hexEscape(rest)
	if !ok {
		return 0, s.fail("an escape sequence is wrong")
	}
	s.pos += 6
	if isHighSurrogate(r) {
		low, ok := hexEscape(rest[6:])
		if !ok || !isLowSurrogate(low) {
			return 0, s.fail("half of a surrogate pair is missing")
		}
		s.pos += 6
		return 4, nil
	}
	if r == 0 || isLowSurrogate(r) {
		return 0, s.fail("NUL or half of a surrogate pair stands in a string")
	}
	return utf8.RuneLen(r), nil
}

func (s *jsonScan) number() error {
	start := s.pos
	if s.peek() == '-' {
		s.pos++
	}
	whole := s.pos
	if !s.digits() || (s.data[whole] == '0' && s.pos-whole > 1) {
		return s.fail("a number is wrong")
	}
	if s.peek() == '.' {
		s.pos++
		if !s.digits() {
			return s.fail("a number is wrong")
		}
	}
	if c := s.peek(); c == 'e' || c == 'E' {
		s.pos++
		if c := s.peek(); c == '+' || c == '-' {
			s.pos++
		}
		if !s.digits() {
			return s.fail("a number is wrong")
		}
	}
	if s.pos-start > maxNumber {
		return s.tooMany("characters in one number", maxNumber)
	}
	// Larger than any double (RFC 7493 §2.2): others read infinity or nothing, and there is no canonical form to sign.
	if _, err := strconv.ParseFloat(string(s.data[start:s.pos]), 64); err != nil {
		return s.fail("a number is too large")
	}
	return nil
}

func (s *jsonScan) digits() bool {
	start := s.pos
	for isDigit(s.peek()) {
		s.pos++
	}
	return s.pos > start
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

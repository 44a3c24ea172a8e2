package federation

import (
	"bytes"
	"fmt"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// The decoders do not use encoding/json for objects: it matches keys without regard to case, so that {"actor":A,"ACTOR":B}
// would be B's, and it copies. They cut the scanned bytes into pieces instead, which costs little and keeps every byte.

// rawValue is one JSON value that prescan has accepted; nil is a missing one.
type rawValue []byte

// rawField is one member of an object, in the order written.
type rawField struct {
	key   string // unescaped
	value rawValue
}

// rawObject is an object cut into its members.
type rawObject []rawField

// scanObject prescans raw with the default limits and cuts it into members. Every decoder begins here, so that nothing is
// ever decoded unscanned.
func scanObject(raw []byte) (rawObject, error) {
	if err := prescan(raw, defaultJSONLimits()); err != nil {
		return nil, err
	}
	return trimJSON(raw).object(), nil
}

// get returns the value of key, compared exactly, or nil.
func (o rawObject) get(key string) rawValue {
	for _, f := range o {
		if f.key == key {
			return f.value
		}
	}
	return nil
}

// kind is the first byte of the value: { [ " t f n, a digit or a minus sign; 0 when it is missing.
func (v rawValue) kind() byte {
	if len(v) == 0 {
		return 0
	}
	return v[0]
}

// present says that the value is there and not null.
func (v rawValue) present() bool { return len(v) > 0 && v[0] != 'n' }

// object cuts an object into its members; any other value has none.
func (v rawValue) object() rawObject {
	if v.kind() != '{' {
		return nil
	}
	var o rawObject
	for i := skipJSONSpace(v, 1); i < len(v) && v[i] == '"'; {
		end := skipJSONValue(v, i)
		key := unescapeJSON(v[i:end])
		i = skipJSONSpace(v, skipJSONSpace(v, end)+1) // past the colon
		end = skipJSONValue(v, i)
		o = append(o, rawField{key, v[i:end]})
		i = skipJSONSpace(v, end)
		if i < len(v) && v[i] == ',' {
			i = skipJSONSpace(v, i+1)
		}
	}
	return o
}

// list returns the members of an array, a single value as a list of one, and nothing for null or a missing value: JSON-LD
// writers (go-fed, Pleroma, Smithereen) collapse lists of one.
func (v rawValue) list() []rawValue {
	if !v.present() {
		return nil
	}
	if v[0] != '[' {
		return []rawValue{v}
	}
	var out []rawValue
	for i := skipJSONSpace(v, 1); i < len(v) && v[i] != ']'; {
		end := skipJSONValue(v, i)
		out = append(out, v[i:end])
		i = skipJSONSpace(v, end)
		if i < len(v) && v[i] == ',' {
			i = skipJSONSpace(v, i+1)
		}
	}
	return out
}

// text returns the string, or "" when the value is not a string.
func (v rawValue) text() string {
	if v.kind() != '"' {
		return ""
	}
	return unescapeJSON(v)
}

// truth reads true, and "true" as some peers write it; everything else is false.
func (v rawValue) truth() bool {
	return string(v) == "true" || v.text() == "true"
}

// count reads a number that counts something: not negative, not above a billion.
func (v rawValue) count() int {
	n, err := strconv.Atoi(string(v))
	if err != nil || n < 0 || n > 1_000_000_000 {
		return 0
	}
	return n
}

// trimJSON cuts the space around a document.
func trimJSON(raw []byte) rawValue {
	start := skipJSONSpace(raw, 0)
	end := len(raw)
	for end > start && isJSONSpace(raw[end-1]) {
		end--
	}
	return raw[start:end]
}

func skipJSONSpace(b []byte, i int) int {
	for i < len(b) && isJSONSpace(b[i]) {
		i++
	}
	return min(i, len(b))
}

// skipJSONValue returns where the value that starts at i ends. It relies on prescan for everything but staying inside b.
func skipJSONValue(b []byte, i int) int {
	open := 0
	for i < len(b) {
		switch b[i] {
		case '"':
			i = skipJSONString(b, i)
		case '{', '[':
			open++
			i++
		case '}', ']':
			open--
			i++
		case ',', ':', ' ', '\t', '\n', '\r':
			i++
		default: // number, true, false, null
			for i < len(b) && !isJSONDelimiter(b[i]) {
				i++
			}
		}
		if open <= 0 {
			return min(i, len(b))
		}
	}
	return len(b)
}

func skipJSONString(b []byte, i int) int {
	for i++; i < len(b) && b[i] != '"'; i++ {
		if b[i] == '\\' {
			i++
		}
	}
	return min(i+1, len(b))
}

func isJSONDelimiter(c byte) bool {
	return isJSONSpace(c) || c == ',' || c == ':' || c == '}' || c == ']' || c == '"'
}

// unescapeJSON returns what the quoted string q means.
func unescapeJSON(q []byte) string {
	if len(q) < 2 {
		return ""
	}
	q = q[1 : len(q)-1]
	if bytes.IndexByte(q, '\\') < 0 {
		return string(q)
	}
	out := make([]byte, 0, len(q))
	for i := 0; i < len(q); {
		r, n := unescapeRune(q[i:])
		out = utf8.AppendRune(out, r)
		i += n
	}
	return string(out)
}

// unescapeRune reads one character of a string that prescan has accepted, and the number of bytes it is written with.
func unescapeRune(b []byte) (rune, int) {
	if b[0] != '\\' || len(b) < 2 {
		return utf8.DecodeRune(b)
	}
	switch b[1] {
	case 'b':
		return '\b', 2
	case 'f':
		return '\f', 2
	case 'n':
		return '\n', 2
	case 'r':
		return '\r', 2
	case 't':
		return '\t', 2
	case 'u':
		r, ok := hexEscape(b)
		if !ok {
			return utf8.RuneError, len(b)
		}
		if isHighSurrogate(r) {
			low, _ := hexEscape(b[6:])
			return utf16.DecodeRune(r, low), min(12, len(b))
		}
		return r, 6
	}
	return rune(b[1]), 2
}

// hexEscape reads \uXXXX at the start of b.
func hexEscape(b []byte) (rune, bool) {
	if len(b) < 6 || b[0] != '\\' || b[1] != 'u' {
		return 0, false
	}
	var r rune
	for _, c := range b[2:6] {
		switch {
		case isDigit(c):
			r = r<<4 | rune(c-'0')
		case 'a' <= c|0x20 && c|0x20 <= 'f':
			r = r<<4 | rune(c|0x20-'a'+10)
		default:
			return 0, false
		}
	}
	return r, true
}

func isHighSurrogate(r rune) bool { return 0xD800 <= r && r < 0xDC00 }
func isLowSurrogate(r rune) bool  { return 0xDC00 <= r && r < 0xE000 }

// hashKey is FNV-1a over the unescaped key, so that two spellings of one key meet.
func hashKey(key []byte) uint64 {
	h := uint64(14695981039346656037)
	for i := 0; i < len(key); {
		r, n := unescapeRune(key[i:])
		h = (h ^ uint64(r)) * 1099511628211 // #nosec G115 -- no character is negative
		i += n
	}
	return h
}

// sameKey compares two keys after unescaping: "a\u0063tor" is "actor".
func sameKey(a, b []byte) bool {
	for len(a) > 0 && len(b) > 0 {
		ra, na := unescapeRune(a)
		rb, nb := unescapeRune(b)
		if ra != rb {
			return false
		}
		a, b = a[na:], b[nb:]
	}
	return len(a) == 0 && len(b) == 0
}

// missing is the error for a field that a kind of document must have.
func missing(kind, field string) error {
	return fmt.Errorf("%w: %s without a usable %s", ErrMalformed, kind, field)
}

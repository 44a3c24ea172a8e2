package federation

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/gowebpki/jcs"
)

// appendCanonical appends the canonical form (RFC 8785) of a value that prescan has accepted. gowebpki/jcs does the same, rune by rune:
// to sign an activity took it more than twice as long as the signature itself. A fuzz test compares the two; numbers that are not
// small and whole are left to it.
func appendCanonical(out []byte, v rawValue) ([]byte, error) {
	switch v.kind() {
	case '{':
		return appendCanonicalObject(out, v.object())
	case '[':
		return appendCanonicalList(out, v.list())
	case '"':
		return appendCanonicalString(out, unescapeJSON(v)), nil
	}
	switch string(v) {
	case "true", "false", "null":
		return append(out, v...), nil
	}
	return appendCanonicalNumber(out, string(v))
}

func appendCanonicalObject(out []byte, o rawObject) ([]byte, error) {
	slices.SortFunc(o, func(a, b rawField) int { return compareUTF16(a.key, b.key) })
	out = append(out, '{')
	var err error
	for i, f := range o {
		if i > 0 {
			out = append(out, ',')
		}
		out = append(appendCanonicalString(out, f.key), ':')
		if out, err = appendCanonical(out, f.value); err != nil {
			return nil, err
		}
	}
	return append(out, '}'), nil
}

func appendCanonicalList(out []byte, list []rawValue) ([]byte, error) {
	out = append(out, '[')
	var err error
	for i, v := range list {
		if i > 0 {
			out = append(out, ',')
		}
		if out, err = appendCanonical(out, v); err != nil {
			return nil, err
		}
	}
	return append(out, ']'), nil
}

// compareUTF16 orders keys as RFC 8785 section 3.2.3 has it: what lies beyond the first 65,536 characters is written with two halves,
// which stand before the last of these.
func compareUTF16(a, b string) int {
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] && a[n] < utf8.RuneSelf {
		n++
	}
	if a, b = a[n:], b[n:]; a == "" || b == "" || a[0] < utf8.RuneSelf && b[0] < utf8.RuneSelf {
		return cmp.Compare(a, b)
	}
	return slices.Compare(utf16.Encode([]rune(a)), utf16.Encode([]rune(b)))
}

// appendCanonicalString quotes s with the escapes of RFC 8785 section 3.2.2.2 and no others.
func appendCanonicalString(out []byte, s string) []byte {
	const hex = "0123456789abcdef"
	out = append(out, '"')
	from := 0
	for i := range len(s) {
		c := s[i]
		if c >= ' ' && c != '"' && c != '\\' {
			continue
		}
		out = append(append(out, s[from:i]...), '\\')
		switch from = i + 1; c {
		case '"', '\\':
			out = append(out, c)
		case '\b':
			out = append(out, 'b')
		case '\f':
			out = append(out, 'f')
		case '\n':
			out = append(out, 'n')
		case '\r':
			out = append(out, 'r')
		case '\t':
			out = append(out, 't')
		default:
			out = append(out, 'u', '0', '0', hex[c>>4], hex[c&15])
		}
	}
	return append(append(out, s[from:]...), '"')
}

func appendCanonicalNumber(out []byte, number string) ([]byte, error) {
	const exact = 15 // digits that a float64 holds whatever they are
	if n, err := strconv.ParseInt(number, 10, 64); err == nil && len(number) <= exact {
		return strconv.AppendInt(out, n, 10), nil
	}
	f, err := strconv.ParseFloat(number, 64)
	if err != nil {
		return nil, fmt.Errorf("read a number: %w", err)
	}
	written, err := jcs.NumberToJSON(f)
	if err != nil {
		return nil, fmt.Errorf("write a number: %w", err)
	}
	return append(out, written...), nil
}

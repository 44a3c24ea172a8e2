package main

import (
	"io"
	"strings"
	"unicode"
)

// plainWriter writes what is for people's terminals. Titles, reasons and remarks come from elsewhere, and what commands a terminal, or
// turns the direction of a line, is left out of them.
type plainWriter struct{ w io.Writer }

// Write writes p without such characters.
func (p plainWriter) Write(b []byte) (int, error) {
	kept := strings.Map(func(r rune) rune {
		if r != '\n' && r != '\t' && (unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r)) {
			return -1
		}
		return r
	}, string(b))
	if _, err := io.WriteString(p.w, kept); err != nil {
		return 0, err
	}
	return len(b), nil
}

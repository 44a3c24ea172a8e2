package main

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"testing"
)

// What others call themselves commands no terminal, in any list that is printed.
func TestTerminalsAreNotCommanded(t *testing.T) {
	for _, hostile := range []string{"\x1b[2J\x1b]0;owned\x07", "\x9b31m", "\u009b31m", "a\rb", "a\bb", "\x00", "\x7f", "gnp.\u202eexe", "\u2066x\u2069", "\x1b]8;;https://evil.example\x1b\\x"} {
		t.Run(fmt.Sprintf("HTM-08 terminal, %q", hostile), func(t *testing.T) {
			var out bytes.Buffer
			e := &environment{stdout: &out}
			if err := e.print(nil, func(w io.Writer) { fmt.Fprintf(w, "title\t%s\nwörds\n", hostile) }); err != nil {
				t.Fatal(err)
			}
			if got := out.String(); strings.ContainsAny(got, "\x1b\x07\r\b\x00\x7f\u009b\u202e\u2066") || !strings.HasPrefix(got, "title\t") || !strings.HasSuffix(got, "\nwörds\n") {
				t.Errorf("%q", got)
			}
			out.Reset()
			e.json = true
			if err := e.print(map[string]string{"title": hostile}, nil); err != nil {
				t.Fatal(err)
			}
			if got := out.String(); strings.ContainsAny(got, "\x1b\x07\r\b\x00") {
				t.Errorf("as JSON: %q", got)
			}
		})
	}
}

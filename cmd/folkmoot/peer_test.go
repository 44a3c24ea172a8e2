package main

import (
	"strings"
	"testing"
)

// However people write a server, it is asked for by the name under which it is kept; what is no server is not asked for at all.
func TestServersAreNamedAsPeopleWriteThem(t *testing.T) {
	for written, want := range map[string]string{
		"lemmy.example":               "lemmy.example",
		"https://Lemmy.Example/c/cat": "lemmy.example",
		"@ann@lemmy.example":          "lemmy.example",
		"lemmy.example.":              "lemmy.example",
		"bücher.example":              "xn--bcher-kva.example",
		"127.0.0.1:8080":              "127.0.0.1:8080",
		"":                            "",
		".":                           "",
		"..":                          "",
		"a b":                         "",
		strings.Repeat("x", 100_000):  "",
	} {
		if got := hostArgument(written); got != want {
			t.Errorf("%.100q is taken for %.100q, want %q", written, got, want)
		}
	}
}

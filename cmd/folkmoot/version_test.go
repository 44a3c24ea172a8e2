package main

import (
	"os"
	"regexp"
	"testing"
)

// What is released is the version that the notes begin with.
func TestNotesBeginWithThisVersion(t *testing.T) {
	for _, name := range []string{"../../CHANGELOG.md", "../../web/upgrades.md"} {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if first := regexp.MustCompile(`(?m)^## ([^,\s]+)`).FindStringSubmatch(string(text)); first == nil || first[1] != release {
			t.Errorf("%s begins with %q, this is %s", name, first, release)
		}
	}
}

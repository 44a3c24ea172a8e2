package group

import "strings"

// CodeLetters are those of the codes that people sign in with. There are no vowels among them, so that no code is a word, and nothing
// that looks like something else.
const CodeLetters = "BCDFGHJKMNPQRSTVWXZ23456789"

// IsCode says whether a word looks like a code as pages show it: two times four letters.
func IsCode(word string) bool {
	first, second, ok := strings.Cut(word, "-")
	return ok && len(first) == 4 && len(second) == 4 && strings.Trim(first+second, CodeLetters) == ""
}

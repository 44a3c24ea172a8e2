package group

import "fmt"

// Fault is what is wrong with something that people have typed or sent: settings and rules of a group, lists of blocks.
type Fault struct {
	What  string // a machine word; pages say the same in the language of their reader
	Most  int    // how much there may be at most, where that is what is wrong; of a list, the line
	Given string // what stands there instead of what should
	says  string
}

// Error says it in English.
func (f Fault) Error() string { return f.says }

// tooMuch is a fault for what may be so much at most; words have a place for the number.
func tooMuch(what, words string, most int) Fault {
	return Fault{What: what, Most: most, says: fmt.Sprintf(words, most)}
}

// instead is a fault for something that cannot stand where it does; words have a place for it.
func instead(what, words, given string) Fault {
	return Fault{What: what, Given: given, says: fmt.Sprintf(words, given)}
}

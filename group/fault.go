package group

import "fmt"

// Fault is what is wrong with the settings of a group, where its owner may have typed that.
type Fault struct {
	What string // a machine word; pages say the same in the language of their reader
	Most int    // how much there may be at most, where that is what is wrong
	says string
}

// Error says it in English.
func (f Fault) Error() string { return f.says }

// tooMuch is a fault for what may be so much at most; words have a place for the number.
func tooMuch(what, words string, most int) Fault {
	return Fault{What: what, Most: most, says: fmt.Sprintf(words, most)}
}

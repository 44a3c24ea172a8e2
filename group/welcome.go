package group

import "strings"

// Welcome is how a group receives people.
type Welcome struct {
	Note          string `json:"note,omitempty"`          // sent privately, once, to whoever becomes a member
	Introductions string `json:"introductions,omitempty"` // URI of the thread where people introduce themselves

	HelpWords []string          `json:"help_words,omitempty"` // who writes one of these is sent Help, in private
	Help      string            `json:"help,omitempty"`       // such as where a help line is reached
	Warnings  map[string]string `json:"warnings,omitempty"`   // content warnings that pages here show, by hashtag
}

// Helps says whether the group helps those who write certain words.
func (w Welcome) Helps() bool { return len(w.HelpWords) > 0 && w.Help != "" }

// Notice names what is told to a person once, or now and then.
type Notice string

// The notices.
const (
	NoticeWelcome Notice = "welcome"
	NoticeHeld    Notice = "held"  // a post waits
	NoticeLater   Notice = "later" // a post is refused that may be written again later
)

// Told says when a person had each kind of note last, Unix seconds.
type Told map[Notice]int64

// welcome greets a new member, the first time, with the rules of conduct.
func (s State) welcome(person string, machine bool) []Effect {
	w := s.Group.Welcome
	var parts []string
	if w.Note != "" {
		parts = append(parts, w.Note)
	}
	if rules := s.Group.Joining.Rules; rules != "" && !s.Group.Joining.Agree { // who had to agree has read them
		parts = append(parts, "The rules of this group:\n\n"+rules)
	}
	if w.Introductions != "" && len(parts) > 0 {
		parts = append(parts, "Introduce yourself here, by answering: "+w.Introductions)
	}
	if machine || len(parts) == 0 || s.Told[NoticeWelcome] != 0 {
		return nil
	}
	return []Effect{
		MarkTold{Person: person, Notice: NoticeWelcome},
		Tell{What: TellNote, To: person, Text: strings.Join(parts, "\n\n")},
	}
}

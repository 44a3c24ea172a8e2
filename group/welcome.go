package group

import (
	"html"
	"strings"
	"unicode"
)

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

// What a list of words holds at most.
const maxWords = 200

func (w Welcome) check() error {
	switch {
	case len([]rune(w.Note)) > maxText:
		return tooMuch("note-long", "a note has %d characters at most", maxText)
	case len([]rune(w.Help)) > maxText:
		return tooMuch("help-long", "a note has %d characters at most", maxText)
	case len(w.HelpWords) > maxWords:
		return tooMuch("words-many", "a list of words has %d at most", maxWords)
	case len(w.Warnings) > maxWords:
		return tooMuch("warnings-many", "a list of words has %d at most", maxWords)
	case len(w.HelpWords) > 0 && w.Help == "":
		return Fault{What: "no-help", says: "there is nothing to send to those who write these words: write the help text first"}
	case w.Introductions != "" && !strings.Contains(w.Introductions, "://"):
		return Fault{What: "introductions", says: "introductions is the address of a thread"}
	}
	return nil
}

// Dress gives a post the content warning that the group has for its topic, if its author gave none. Its bytes stay as they are: the
// warning is for pages here.
func (w Welcome) Dress(p Post) Post {
	if p.Warning != "" || len(w.Warnings) == 0 {
		return p
	}
	for _, tag := range p.Tags {
		for topic, warning := range w.Warnings {
			if strings.EqualFold(tag, strings.TrimPrefix(topic, "#")) && warning != "" {
				p.Warning = warning
				return p
			}
		}
	}
	return p
}

const week = 7 * day

// helped sends whoever wrote certain words where help is, in private and not too often. Nobody else learns of it.
func helped(s State, r Request, d Decision) Decision {
	w := s.Group.Welcome
	if r.Kind != Publish && r.Kind != Edit || r.Via != "" || !w.Helps() || d.Verdict != Accepted && d.Verdict != Held {
		return d
	}
	text := spaced(r.Post.Title + " " + plain(r.Post.HTML) + " " + r.Post.Warning)
	for _, words := range w.HelpWords {
		if words = spaced(words); words != " " && strings.Contains(text, words) {
			bare := r
			bare.Post = nil // it answers nothing that others might see
			d.Effects = append(d.Effects, s.once(bare, NoticeHelp, week, own(w.Help))...)
			return d
		}
	}
	return d
}

// spaced is the words of a text in small letters, with one space before and after each.
func spaced(text string) string {
	words := strings.FieldsFunc(strings.ToLower(html.UnescapeString(text)), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r) })
	return " " + strings.Join(words, " ") + " "
}

// Notice names what is told to a person once, or now and then.
type Notice string

// The notices.
const (
	NoticeWelcome Notice = "welcome"
	NoticeHeld    Notice = "held"  // a post waits
	NoticeHelp    Notice = "help"  // the post holds words that the group chose
	NoticeLater   Notice = "later" // a post is refused that may be written again later
)

// Told says when a person had each kind of note last, Unix seconds.
type Told map[Notice]int64

// welcome greets a new member, the first time, with the rules of conduct.
func (s State) welcome(person string, machine bool) []Effect {
	w := s.Group.Welcome
	var words Saying
	if w.Note != "" {
		words = append(words, "\n\n", w.Note)
	}
	if rules := s.Group.Joining.Rules; rules != "" && !s.Group.Joining.Agree { // who had to agree has read them
		words = append(words, "\n\n", sayRules, "\n\n", rules)
	}
	if w.Introductions != "" && len(words) > 0 {
		words = append(words, "\n\n", fill(sayIntroduce, w.Introductions))
	}
	if machine || len(words) == 0 || s.Told[NoticeWelcome] != 0 {
		return nil
	}
	return []Effect{
		MarkTold{Person: person, Notice: NoticeWelcome},
		Tell{What: TellNote, To: person, Text: words[1:]},
	}
}

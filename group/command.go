package group

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// People drive a group by private message: a word that says what to do, then whom or what it is about. Which words those are stands in
// the catalogue of each language.

// Verb is what somebody asks for in a private message.
type Verb string

// The verbs. The first ones are for everybody, the others for those who run the group.
const (
	VerbHelp     Verb = "help"
	VerbRules    Verb = "rules"
	VerbJoin     Verb = "join"
	VerbLeave    Verb = "leave"
	VerbReport   Verb = "report"
	VerbUndo     Verb = "undo"
	VerbMyData   Verb = "mydata" // what the group keeps of whoever asks
	VerbErase    Verb = "erase"  // asks back before anything is erased
	VerbYes      Verb = "yes"
	VerbAppeal   Verb = "appeal"
	VerbCode     Verb = "code" // no word: a code to sign in with is one
	VerbNominate Verb = "nominate"

	VerbApprove   Verb = "approve"
	VerbRefuse    Verb = "refuse"
	VerbRemove    Verb = "remove"
	VerbRestore   Verb = "restore"
	VerbLock      Verb = "lock"
	VerbUnlock    Verb = "unlock"
	VerbPin       Verb = "pin"
	VerbUnpin     Verb = "unpin"
	VerbBan       Verb = "ban"
	VerbUnban     Verb = "unban"
	VerbWarn      Verb = "warn"
	VerbInvite    Verb = "invite"
	VerbAppoint   Verb = "appoint"
	VerbDismiss   Verb = "dismiss"
	VerbDescribe  Verb = "describe"
	VerbPause     Verb = "pause"
	VerbResume    Verb = "resume"
	VerbDone      Verb = "done"
	VerbWaiting   Verb = "waiting"
	VerbLog       Verb = "log"
	VerbStorm     Verb = "storm"
	VerbCalm      Verb = "calm"
	VerbVouch     Verb = "vouch"
	VerbDoubt     Verb = "doubt"
	VerbUphold    Verb = "uphold"
	VerbOverturn  Verb = "overturn"
	VerbOffer     Verb = "offer"
	VerbSuccessor Verb = "successor"
)

// Verbs lists them all in the order in which help shows them.
func Verbs() []Verb {
	return []Verb{
		VerbHelp, VerbRules, VerbJoin, VerbLeave, VerbReport, VerbUndo, VerbMyData, VerbErase, VerbYes, VerbAppeal, VerbNominate,
		VerbWaiting, VerbApprove, VerbRefuse, VerbRemove, VerbRestore, VerbLock, VerbUnlock, VerbPin, VerbUnpin, VerbBan, VerbUnban, VerbWarn,
		VerbInvite, VerbAppoint, VerbDismiss, VerbDescribe, VerbPause, VerbResume, VerbDone, VerbLog, VerbStorm, VerbCalm,
		VerbVouch, VerbDoubt, VerbUphold, VerbOverturn, VerbOffer, VerbSuccessor,
	}
}

// takes is what may stand after a verb.
type takes int

const (
	takesNothing takes = iota // and then it counts alone only: "leave it to me" is no wish to leave
	takesPost                 // a link or a number, or the message that is answered; then words
	takesPerson               // an account, or the message that is answered; then words
	takesSpan                 // a person and how long, then words
	takesTime                 // how long
	takesSwitch               // on or off
	takesWords                // words
)

func (v Verb) takes() takes {
	switch v {
	case VerbApprove, VerbRefuse, VerbRemove, VerbRestore, VerbLock, VerbUnlock, VerbPin, VerbUnpin, VerbReport, VerbDone,
		VerbUphold, VerbOverturn:
		return takesPost
	case VerbUnban, VerbWarn, VerbInvite, VerbAppoint, VerbDismiss, VerbVouch, VerbDoubt, VerbOffer, VerbSuccessor, VerbNominate:
		return takesPerson
	case VerbBan:
		return takesSpan
	case VerbPause:
		return takesTime
	case VerbStorm:
		return takesSwitch
	case VerbDescribe, VerbAppeal:
		return takesWords
	default:
		return takesNothing
	}
}

// Command is one wish out of a private message.
type Command struct {
	Verb   Verb
	Lang   string        // the language of the word, in which the answer is
	Person string        // @ann@host, ann@host, @ann or an address; "" for whom the message that is answered is about
	Link   string        // address of a post or person
	Number int64         // of what waits
	For    time.Duration // 0 for until somebody ends it
	Text   string        // the reason, or what the group is about
	Bare   bool          // nothing but the word
}

const (
	maxCommand = 5000 // bytes looked at
	maxSpan    = 10 * 365 * 24 * time.Hour
	maxReason  = 1000 // runes
)

// ParseCommand reads a private message as a reader sees it. Only its first words count, and nothing that it quotes. lang is the language
// that the message says it is in, "" if it does not.
func ParseCommand(text, lang string) (Command, bool) {
	word, rest := firstWord(Unquoted(text))
	verb, spoken, ok := verbOf(word, lang)
	if !ok {
		return Command{}, false
	}
	c := Command{Verb: verb, Lang: spoken, Bare: rest == ""}
	switch verb.takes() {
	case takesNothing:
		return c, c.Bare
	case takesTime:
		return c.forTime(rest)
	case takesSwitch:
		return c.switched(rest)
	case takesPerson, takesSpan:
		c = c.aboutPerson(rest, spoken)
		return c, c.Text == "" || c.Person != "" || verb == VerbBan || verb == VerbWarn // "offer me some tea" offers nothing
	case takesPost:
		return c.aboutPost(rest, spoken)
	default:
		c.Text = rest
		return c, true
	}
}

// Unquoted is what somebody wrote themselves: without lines that quote another message, and without the names it is addressed to.
func Unquoted(text string) string {
	if len(text) > maxCommand {
		text = strings.ToValidUTF8(text[:maxCommand], "")
	}
	var lines []string
	for line := range strings.SplitSeq(strings.ReplaceAll(text, "\r\n", "\n"), "\n") {
		line = strings.TrimSpace(strings.Map(plainRune, line))
		if strings.HasPrefix(line, ">") || strings.HasPrefix(strings.ToUpper(line), "RE:") {
			continue
		}
		lines = append(lines, line)
	}
	text = strings.TrimSpace(strings.Join(lines, "\n"))
	for strings.HasPrefix(text, "@") {
		i := strings.IndexFunc(text, unicode.IsSpace)
		if i < 0 {
			return ""
		}
		text = strings.TrimSpace(text[i:])
	}
	return text
}

// plainRune makes ordinary letters of those that only look otherwise: full-width ones become narrow, what has no shape goes.
func plainRune(r rune) rune {
	switch {
	case 0xFF01 <= r && r <= 0xFF5E:
		return r - 0xFEE0
	case r == 0x3000 || r != '\n' && unicode.IsSpace(r):
		return ' '
	case r == utf8.RuneError, r != '\n' && unicode.IsControl(r), unicode.In(r, unicode.Cf, unicode.Variation_Selector):
		return -1
	}
	return r
}

// firstWord cuts the first word off, in small letters and without what may stand around it.
func firstWord(text string) (word, rest string) {
	word, rest = text, ""
	if i := strings.IndexFunc(text, unicode.IsSpace); i >= 0 {
		word, rest = text[:i], strings.TrimSpace(text[i:])
	}
	word = strings.ToLower(strings.Trim(word, "/!.,:;*_")) // quotation and question marks are no order
	if !strings.ContainsFunc(rest, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }) {
		rest = ""
	}
	return word, rest
}

// verbOf finds a word in the catalogues: of the language of the message first, then English, then the others, for many people write in
// one language and have another set.
func verbOf(word, lang string) (Verb, string, bool) {
	all := languages()
	order := append([]string{baseLanguage(lang), English}, slices.Sorted(maps.Keys(all))...)
	for _, l := range order {
		if v, ok := all[l].words[word]; ok {
			return v, l, true
		}
	}
	return "", "", false
}

// aboutPerson reads an account, for a ban a time, and a reason.
func (c Command) aboutPerson(rest, lang string) Command {
	first, after := nextWord(rest)
	switch {
	case isPerson(first):
		c.Person, rest = first, after
	case strings.Contains(first, "://"):
		c.Person, rest = first, after
	}
	if first, after := nextWord(rest); c.Verb.takes() == takesSpan {
		if d, ok := span(first); ok {
			c.For, rest = d, after
		}
	}
	c.Text = reasonIn(rest, lang)
	return c
}

// aboutPost reads a link or a number, and a reason where one may be given. Other words, or a question, are talk about the post.
func (c Command) aboutPost(rest, lang string) (Command, bool) {
	first, after := nextWord(rest)
	n, err := strconv.ParseInt(strings.TrimPrefix(first, "#"), 10, 64)
	named := true
	switch {
	case strings.Contains(first, "://"):
		c.Link, rest = first, after
	case err == nil && n > 0:
		c.Number, rest = n, after
	case isPerson(first):
		c.Person, rest = first, after
	default:
		named = false
	}
	c.Text = reasonIn(rest, lang)
	switch c.Verb {
	case VerbRefuse, VerbRemove:
		return c, named || !strings.HasSuffix(rest, "?")
	case VerbReport, VerbDone:
		return c, true
	case VerbUphold, VerbOverturn:
		return c, c.Number > 0 || c.Bare
	}
	return c, c.Text == ""
}

func (c Command) forTime(rest string) (Command, bool) {
	if rest == "" {
		return c, true
	}
	first, after := nextWord(rest)
	d, ok := span(first)
	c.For = d
	return c, ok && after == ""
}

// switched reads "storm on" and "storm off"; the second is another verb.
func (c Command) switched(rest string) (Command, bool) {
	switch strings.ToLower(strings.TrimRight(rest, ".!")) {
	case "", "on", "an", "ein", "oui", "sí", "si":
		return c, true
	case "off", "aus", "non", "no":
		c.Verb = VerbCalm
		return c, true
	}
	return c, false
}

func nextWord(s string) (first, rest string) {
	i := strings.IndexFunc(s, unicode.IsSpace)
	if i < 0 {
		return strings.TrimRight(s, ".,;:"), ""
	}
	return strings.TrimRight(s[:i], ".,;:"), strings.TrimSpace(s[i:])
}

// isPerson says whether a word names an account: @ann, @ann@host or ann@host.
func isPerson(word string) bool {
	name, host, full := strings.Cut(strings.TrimPrefix(word, "@"), "@")
	if strings.HasPrefix(word, "@") && !full {
		return name != ""
	}
	return full && name != "" && strings.ContainsAny(host, ".:") // a port, where it is tried out
}

// span reads a time such as 30m, 2h, 7d or 3w.
func span(word string) (time.Duration, bool) {
	units := map[byte]time.Duration{
		'm': time.Minute, 'h': time.Hour, 'd': day, 'w': 7 * day,
		't': day, 'j': day, 's': 7 * day, // Tage, jours, semaines, semanas
	}
	word = strings.ToLower(word)
	if len(word) < 2 {
		return 0, false
	}
	unit, ok := units[word[len(word)-1]]
	n, err := strconv.ParseUint(word[:len(word)-1], 10, 32)
	if !ok || err != nil || n == 0 || time.Duration(n) > maxSpan/unit {
		return 0, false
	}
	return time.Duration(n) * unit, true
}

// reasonIn is a reason without the word that leads to it ("because it is an advertisement").
func reasonIn(text, lang string) string {
	text = strings.TrimLeft(text, ":–—-, ")
	for _, l := range []string{lang, English} {
		for _, lead := range languages()[l].because {
			if len(text) > len(lead) && strings.EqualFold(text[:len(lead)], lead) && text[len(lead)] == ' ' {
				text = strings.TrimSpace(text[len(lead):])
				break
			}
		}
	}
	runes := []rune(text)
	return string(runes[:min(len(runes), maxReason)])
}

// baseLanguage is the language of a tag such as pt-BR, in small letters.
func baseLanguage(tag string) string {
	base, _, _ := strings.Cut(strings.ToLower(tag), "-")
	base, _, _ = strings.Cut(base, "_")
	return base
}

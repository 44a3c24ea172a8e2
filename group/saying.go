package group

import (
	"fmt"
	"strings"
	"time"
)

// Saying is what is said to somebody, so that each can hear them in their own language: what people wrote themselves as it is (string),
// reasons, phrases, and phrases with something in their places.
type Saying []any

// own is what somebody wrote.
func own(text string) Saying { return Saying{text} }

// filled is a phrase with what stands in its places: words as above, numbers and days.
type filled struct {
	phrase phrase
	with   []any
}

func fill(p phrase, with ...any) filled { return filled{p, with} }

// and adds what a moderator says about it, if anything.
func (w Saying) and(text string) Saying {
	if text == "" {
		return w
	}
	return append(w, " ", fill(sayTheySay, text))
}

// In says the words in a language.
func (w Saying) In(lang string) string {
	var b strings.Builder
	for _, piece := range w {
		b.WriteString(fmt.Sprint(pieceIn(lang, piece)))
	}
	return b.String()
}

func pieceIn(lang string, piece any) any {
	switch p := piece.(type) {
	case Reason:
		return p.SentenceIn(lang)
	case phrase:
		return say(lang, p)
	case time.Time:
		return dayIn(lang, p)
	case filled:
		with := make([]any, len(p.with))
		for i, w := range p.with {
			with[i] = pieceIn(lang, w)
		}
		return fmt.Sprintf(say(lang, p.phrase), with...)
	}
	return piece
}

// dayIn is a day as people write it.
func dayIn(lang string, t time.Time) string {
	t = t.UTC()
	months := strings.Split(say(lang, sayMonths), " ")
	return fmt.Sprintf(say(lang, sayDay), t.Day(), months[(int(t.Month())-1)%len(months)], t.Year())
}

// deed names what a moderator did to somebody.
func deed(k Kind) phrase {
	switch k {
	case Ban:
		return sayDidBan
	case Warn:
		return sayDidWarn
	case Lock:
		return sayDidLock
	case Expel:
		return sayDidExpel
	}
	return sayDidRemove
}

// Reported tells a moderator of a report, in whose words; shown is what it is about.
func Reported(lang, shown, words string) string {
	about := Saying{fill(sayReportedOf, shown)}
	if words != "" {
		about = append(about, ": ", words)
	}
	return append(about, "\n\n", sayReported).In(lang)
}

// NoReason stands where somebody reported something and said nothing.
func NoReason(lang string) string { return say(lang, sayNoReason) }

// Resolved tells whoever reported something that it is dealt with, and what the moderators say.
func Resolved(lang, shown string, discarded bool, words string) string {
	about := Saying{fill(sayResolvedOf, shown)}
	if discarded {
		about = append(about, " ", sayDiscarded)
	}
	return about.and(words).In(lang)
}

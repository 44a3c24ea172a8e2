package group

import (
	"fmt"
	"slices"
	"time"
)

// Said is how a request came by private message.
type Said struct {
	Verb  Verb   // "" for words that nobody understands
	Lang  string // to answer in
	Note  string // URI of the message
	Words string // what the door found to say beside the decision
	About string // what the message that it answers is about: reports of that are dealt with by what is done now
}

// misheard is how long whoever writes what nobody understands is told so once: two machines never talk in circles.
const misheard = 30 * time.Minute

// NoticeMisheard is what somebody is told whose words nobody understands.
const NoticeMisheard Notice = "misheard"

// said decides about a request that came by private message, once, and answers it.
func said(s State, r Request) Decision {
	if s.Heard {
		return answer(Ignored, ReasonDuplicate)
	}
	d := decide(s, r)
	heard := MarkHeard{Note: r.Said.Note}
	switch {
	case d.Reason == ReasonGroupItself || d.Reason == ReasonBlocked:
		return d
	case r.Said.Verb == "" && (d.Reason == ReasonNothingToDo || d.Reason == ReasonNotPublic):
		d.Effects = append(d.Effects, s.mishear(r)...)
	case r.Said.Verb != "" && r.Kind != Ask && !r.By.Bot && d.Reason != ReasonAsked:
		d.Effects = append(d.Effects, confirmed(s, r, d))
		d.Effects = append(d.Effects, dealtWith(r, d)...)
	}
	d.Effects = append(d.Effects, heard)
	return d
}

// mishear says kindly what may be written instead.
func (s State) mishear(r Request) []Effect {
	effects := s.once(r, NoticeMisheard, misheard, own(say(r.Said.Lang, sayUnknown)+"\n\n"+s.help(r.Said.Lang)))
	for i, e := range effects {
		if t, ok := e.(Tell); ok {
			t.Post = r.Said.Note
			effects[i] = t
		}
	}
	return effects
}

// help is what somebody may write.
func (s State) help(lang string) string {
	words := say(lang, sayHelp)
	if s.Member.State == Joined && s.Member.Role.Moderates() {
		words += "\n\n" + say(lang, sayModHelp)
	}
	return words
}

// ask answers what changes nothing: from what the group knows, or what the door has looked up.
func ask(s State, r Request) Decision {
	switch {
	case r.Said == nil || r.By.Bot:
		return answer(Ignored, ReasonNothingToDo)
	case r.Said.Verb == "":
		return answer(Ignored, ReasonNotPublic)
	}
	words := r.Said.Words
	switch r.Said.Verb {
	case VerbHelp:
		words = s.help(r.Said.Lang)
	case VerbRules:
		if words = s.Group.Joining.Rules; words == "" {
			words = say(r.Said.Lang, sayNoRules)
		}
	case VerbErase:
		t := tellBack(r, words)
		t.About, t.Next = s.Group.URI, Erase
		return answer(Accepted, ReasonToldBack, t)
	case VerbJoin, VerbLeave, VerbReport, VerbUndo, VerbLog, VerbMyData, VerbYes, VerbAppeal, VerbNominate, VerbCode:
	default:
		if !runs(s, r) {
			return answer(Refused, ReasonNotModerator, tellBack(r, answerIn(r.Said.Lang, ReasonNotModerator)))
		}
	}
	return answer(Accepted, ReasonToldBack, tellBack(r, words))
}

func tellBack(r Request, words string) Tell {
	return Tell{What: TellNote, To: r.By.URI, Post: r.Said.Note, Text: own(words)}
}

// confirmed says in words what came of a command, and how to take it back.
func confirmed(s State, r Request, d Decision) Tell {
	words := answerIn(r.Said.Lang, d.Reason)
	if s.Member.State == Banned && d.Reason == ReasonBanned { // it says of somebody else that they are banned
		words = d.Reason.SentenceIn(r.Said.Lang)
	}
	t := tellBack(r, words)
	if t.About = r.Target; d.Verdict == Accepted {
		t.Next = Inverse(r, d)
	}
	if d.Verdict == Accepted && r.Said.Words != "" {
		t.Text = append(t.Text, "\n\n", r.Said.Words)
	}
	if t.Next != "" {
		t.Text = append(t.Text, "\n\n", sayUndo)
	}
	return t
}

// dealtWith closes the reports that a moderator has acted upon by answering the message about them.
func dealtWith(r Request, d Decision) []Effect {
	if r.Said.About == "" || d.Verdict != Accepted || r.Kind != Remove && r.Kind != Ban && r.Kind != Warn {
		return nil
	}
	return []Effect{Tell{What: TellResolved, Post: r.Said.About}, CloseReports{About: r.Said.About}}
}

// Inverse is what takes a request back, "" if nothing does.
func Inverse(r Request, d Decision) Kind {
	switch r.Kind {
	case Refuse: // a change that is refused leaves nothing to show again
		if slices.ContainsFunc(d.Effects, func(e Effect) bool { _, ok := e.(Withdraw); return ok }) {
			return Restore
		}
		return ""
	case Join:
		if d.Reason != ReasonJoined {
			return ""
		}
	}
	return map[Kind]Kind{
		Remove: Restore, Restore: Remove, Lock: Unlock, Unlock: Lock, Pin: Unpin, Unpin: Pin, Ban: Unban, Invite: Uninvite, Appoint: Dismiss,
		Dismiss: Appoint, Pause: Resume, Approve: Remove, Join: Leave, Storm: Calm, Calm: Storm, Vouch: Doubt, Doubt: Vouch,
	}[r.Kind]
}

// Asking names what a moderator is asked to decide about.
type Asking string

// What a moderator may be asked about.
const (
	AskHeld    Asking = "held"
	AskApplied Asking = "applied"
)

// Hint says it. number is that of what waits.
func Hint(lang string, about Asking, number int64) string {
	if about == AskHeld {
		return fmt.Sprintf(say(lang, sayHeld), number)
	}
	return say(lang, sayApplied)
}

// Unclear is what is said to whoever does not say what a command is about, or names an account that nobody finds.
func Unclear(lang string, person bool) string {
	if person {
		return say(lang, sayNobody)
	}
	return say(lang, sayWhich)
}

// SignedIn is what is said to whoever sent a code, about the server with that name and the address of their account there.
func SignedIn(lang, name, address string) string {
	return fmt.Sprintf(say(lang, saySignedIn), name, address)
}

// NoCode is what is said to whoever sent a code that nobody waits for.
func NoCode(lang string) string { return say(lang, sayNoCode) }

// NoUndo is what is said to whoever takes back what cannot be.
func NoUndo(lang string) string { return say(lang, sayNoUndo) }

// NoneWaits is what is said where nothing waits.
func NoneWaits(lang string) string { return say(lang, sayNoneWaits) }

// AskErase asks whether everything is to be erased.
func AskErase(lang string) string { return say(lang, sayErase) }

// ErasedSoFar says how many of the servers that were told of an erasure have confirmed.
func ErasedSoFar(lang string, told, confirmed int) string {
	return fmt.Sprintf(say(lang, sayErased), told, confirmed)
}

// DataAt says what is kept of somebody, and where all of it is read; without an address, that it was said a short while ago.
func DataAt(lang string, posts, votes, reports int, address string) string {
	if address == "" {
		return say(lang, sayDataSoon)
	}
	return fmt.Sprintf(say(lang, sayData), posts, votes, reports, address)
}

// LogAt says where the log of what was done is read.
func LogAt(lang, address string) string { return say(lang, sayWritten) + address }

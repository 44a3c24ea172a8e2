package group

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// Joining is how a group takes people in, beside its JoinPolicy.
type Joining struct {
	Apart     bool     `json:"apart,omitempty"`      // following alone reads; membership is asked for by itself
	Questions []string `json:"questions,omitempty"`  // asked by private message of whoever wants to join
	Rules     string   `json:"rules,omitempty"`      // of conduct
	Agree     bool     `json:"agree,omitempty"`      // whoever joins says first that they agree to the rules
	CoolDown  int      `json:"cool_down,omitempty"`  // days that whoever left, or was turned down, waits before asking again
	InviteFor int      `json:"invite_for,omitempty"` // days that an invitation holds, 0 for inviteDays
}

const (
	inviteDays = 14
	day        = 24 * time.Hour
)

// What a letter can hold, in characters.
const (
	maxQuestions = 10
	maxQuestion  = 300
	maxText      = 5000
)

func (j Joining) check() error {
	switch {
	case len(j.Questions) > maxQuestions:
		return tooMuch("questions-many", "a group asks %d questions at most", maxQuestions)
	case len([]rune(j.Rules)) > maxText:
		return tooMuch("rules-long", "the rules have %d characters at most", maxText)
	case j.Agree && j.Rules == "":
		return Fault{What: "no-rules", says: "there are no rules to agree to: write them first"}
	case j.CoolDown < 0 || j.InviteFor < 0:
		return errors.New("a time in days is 0 or more")
	}
	for _, q := range j.Questions {
		if n := len([]rune(q)); n == 0 || n > maxQuestion {
			return tooMuch("question-long", "a question has 1 to %d characters", maxQuestion)
		}
	}
	return nil
}

// asks says whether something is asked of whoever wants to join.
func (j Joining) asks() bool { return len(j.Questions) > 0 || j.Agree && j.Rules != "" }

// letter asks it.
func (j Joining) letter() Saying {
	var words Saying
	end := sayAnswerThis
	if j.Agree && j.Rules != "" {
		words, end = append(words, sayAgreeFirst, "\n\n", j.Rules, "\n\n"), sayAnswerAgree
	}
	if len(j.Questions) > 0 {
		words = append(words, sayTellFirst, "\n", list(j.Questions), "\n\n")
	}
	return append(words, end)
}

func list(lines []string) string {
	var b strings.Builder
	for i, line := range lines {
		fmt.Fprintf(&b, "\n%d. %s", i+1, line)
	}
	return b.String()
}

// coolDown is until when somebody whose membership ends now may not ask again, Unix seconds; 0 for no time.
func (s State) coolDown(r Request) int64 {
	if s.Group.Joining.CoolDown <= 0 {
		return 0
	}
	return r.At.Add(time.Duration(s.Group.Joining.CoolDown) * day).Unix()
}

func follow(s State, r Request) Decision {
	m := s.Member
	switch {
	case m.State == Joined && m.Follows:
		// Peers repeat a Follow when they lost the answer, so it is given again.
		return answer(Accepted, ReasonAlreadyMember, stays(m, r), Tell{What: TellAccept, To: r.By.URI})
	case m.State == Joined:
		return answer(Accepted, ReasonJoined, stays(m, r), Tell{What: TellAccept, To: r.By.URI})
	case s.Group.Joining.Apart && !s.Invited:
		if m.State != Applied {
			m.State = Reader
		}
		return answer(Accepted, ReasonReads, stays(m, r), Tell{What: TellAccept, To: r.By.URI})
	}
	return enter(s, r)
}

// stays follows, and stands with the group as before.
func stays(m Member, r Request) SetMember {
	if m.Role == "" {
		m.Role = Ordinary
	}
	return SetMember{Person: r.By.URI, State: m.State, Role: m.Role, Follow: true, Via: r.Activity, Until: m.Until}
}

func join(s State, r Request) Decision {
	switch {
	case s.Member.State == Joined && r.Reads:
		return answer(Accepted, ReasonAlreadyMember, stays(s.Member, r), Tell{What: TellAccept, To: r.By.URI})
	case s.Member.State == Joined:
		return answer(Ignored, ReasonAlreadyMember)
	}
	return enter(s, r)
}

// enter decides about somebody who wants to be a member.
func enter(s State, r Request) Decision {
	m, policy := s.Member, s.Group.Join
	switch {
	case s.Invited && policy != JoinClosed, m.State == Left && m.Role.Moderates():
	case policy == JoinClosed:
		return shutOut(r, ReasonClosed)
	case policy == JoinInvite:
		return shutOut(r, ReasonInviteOnly)
	case (m.State == Left || m.State == Reader) && m.Until != 0 && r.At.Unix() < m.Until:
		return shutOut(r, ReasonCooling)
	case s.Group.Joining.asks() && !m.Answered, policy == JoinApproval:
		return apply(s, r)
	}
	return answer(Accepted, ReasonJoined, s.admitted(r.By.URI, m, r)...)
}

// shutOut says no to the activity that asked, if one did.
func shutOut(r Request, why Reason) Decision {
	if r.Kind == Follow || r.Reads {
		return answer(Refused, why, Tell{What: TellReject, To: r.By.URI})
	}
	return answer(Refused, why)
}

// apply has somebody wait, and asks what the group wants to know. Who follows meanwhile, where that is apart, goes on to.
func apply(s State, r Request) Decision {
	m := SetMember{Person: r.By.URI, State: Applied, Role: Ordinary, Follow: s.Member.Follows}
	if r.Kind == Follow || r.Reads {
		m.Via = r.Activity
	} else if !m.Follow {
		m.Via = s.Member.Via
	}
	asks := s.Group.Joining.asks()
	switch {
	case s.Member.State == Applied: // asked before, and told what is to be done
		return answer(Held, ReasonApplied, m)
	case asks && r.Kind == Join && r.Private && r.Text != "": // asked on a page, and the answer comes along
		return answer(Held, ReasonAsked, m)
	case asks && !r.By.Bot:
		return answer(Held, ReasonAsked, m, Tell{What: TellNote, To: r.By.URI, Text: s.Group.Joining.letter()})
	}
	return answer(Held, ReasonApplied, m, Tell{What: TellMods, Post: r.By.URI, Text: Saying{fill(sayAsksToJoin, who(r.By))}})
}

func who(p Person) string {
	if p.Handle != "" {
		return p.Handle
	}
	return p.URI
}

// answerQuestions keeps what somebody answers who wants to join. Where no moderator decides, that is enough.
func answerQuestions(s State, r Request) Decision {
	text := strings.TrimSpace(r.Text)
	switch {
	case s.Offered && accepts(text):
		return takeUp(s, r)
	case s.Member.State != Applied || !s.Group.Joining.asks():
		return answer(Ignored, ReasonNothingToDo)
	case text == "":
		return answer(Ignored, ReasonNoAnswer)
	}
	keep := SetAnswer{Person: r.By.URI, Text: text}
	if s.Group.Join == JoinOpen {
		return answer(Accepted, ReasonJoined, append([]Effect{keep}, s.admitted(r.By.URI, s.Member, r)...)...)
	}
	effects := []Effect{keep, Tell{What: TellMods, Post: r.By.URI, Text: Saying{fill(sayAsksToJoin, who(r.By)), "\n\n", text}}}
	if !s.Member.Answered {
		effects = append(effects, Tell{What: TellNote, To: r.By.URI, Text: Saying{ReasonAnswered}})
	}
	return answer(Held, ReasonAnswered, effects...)
}

// admitted makes a member of somebody, answers the Follow or Join that asked, and greets whoever is new.
func (s State) admitted(person string, m Member, r Request) []Effect {
	set := SetMember{Person: person, State: Joined, Role: Ordinary, Follow: m.Follows || m.Via != ""}
	if m.State == Left && m.Role != "" {
		set.Role = m.Role // whoever ran the group and had blocked it, or was banned at home, runs it again
	}
	var effects []Effect
	switch {
	case person == r.By.URI && (r.Kind == Follow || r.Reads):
		set.Follow, set.Via = true, r.Activity
		effects = []Effect{set, Tell{What: TellAccept, To: person}}
	case m.Via != "" && !m.Follows:
		effects = []Effect{set, Tell{What: TellAdmit, To: person}}
	default:
		effects = []Effect{set}
	}
	if s.Invited {
		effects = append(effects, SetOffer{Person: person, What: Invitation})
	}
	if person != r.By.URI && runs(s, r) {
		effects = append(effects, SetApproved{Person: person, On: true})
	}
	return append(effects, s.welcome(person, m.Bot || person == r.By.URI && r.By.Bot)...)
}

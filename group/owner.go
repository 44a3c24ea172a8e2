package group

import (
	"strings"
	"time"
)

// A group has an owner as long as one could be. Owners hand it over, and say who takes it when they are gone; where nobody is left, the
// server's operator names one, or those who have been members for a while do.

const (
	offerDays = 14
	VoteLasts = 7 * day  // from the first vote for an owner to the count
	settledIn = 30 * day // membership after which somebody votes: three new accounts are no majority
	minVotes  = 3
)

// offer asks somebody to own the group too. Nobody becomes an owner unasked.
func offer(s State, r Request) Decision {
	switch {
	case !owns(s, r):
		return answer(Refused, ReasonNotOwner)
	case s.Subject.State == Banned:
		return answer(Refused, ReasonBanned)
	case s.Subject.State == Joined && s.Subject.Role == Owner:
		return answer(Ignored, ReasonNothingToDo)
	}
	until := r.At.Add(offerDays * day)
	return answer(Accepted, ReasonOffered, SetOffer{Person: r.Target, What: Ownership, Until: until.Unix()},
		Tell{What: TellNote, To: r.Target, Text: Saying{fill(sayOffered, until)}})
}

// takeUp makes an owner of somebody who was asked, and agrees.
func takeUp(s State, r Request) Decision {
	if !s.Offered {
		return answer(Refused, ReasonNoOffer)
	}
	effects := []Effect{SetOffer{Person: r.By.URI, What: Ownership}}
	return answer(Accepted, ReasonOwner, append(effects, instated(r.By.URI, s.Member)...)...)
}

// accepts says whether an answer to an offer means yes, in any language.
func accepts(text string) bool {
	word, _, _ := strings.Cut(strings.ToLower(strings.TrimSpace(text)), "\n")
	word = strings.Trim(word, " .!\"'")
	verb, _, known := verbOf(word, English)
	return word == "accept" || word == "i accept" || known && verb == VerbYes
}

// instate makes an owner in the name of the server's operator: the way back where no owner is left.
func instate(s State, r Request) Decision {
	switch {
	case !r.By.Operator:
		return answer(Refused, ReasonNotOperator)
	case s.Subject.State == Banned:
		return answer(Refused, ReasonBanned)
	case s.Subject.State == Joined && s.Subject.Role == Owner:
		return answer(Ignored, ReasonNothingToDo)
	}
	effects := instated(r.Target, s.Subject)
	if !s.Subject.Bot {
		effects = append(effects, Tell{What: TellNote, To: r.Target, Text: Saying{sayInstated}})
	}
	return answer(Accepted, ReasonInstated, effects...)
}

// instated makes an owner, answers a follow that waits, and tells the followers' servers that others run the group now.
func instated(person string, m Member) []Effect {
	waits := m.State == Applied && m.Via != "" && !m.Follows
	effects := []Effect{SetMember{Person: person, State: Joined, Role: Owner, Follow: m.Follows || waits}}
	if waits {
		effects = append(effects, Tell{What: TellAdmit, To: person})
	}
	return append(effects, ClearVotes{}, Tell{What: TellGroup})
}

// succeed names who owns the group when its last owner is gone; an empty name takes that back.
func succeed(s State, r Request) Decision {
	switch {
	case !owns(s, r):
		return answer(Refused, ReasonNotOwner)
	case s.Subject.State == Banned:
		return answer(Refused, ReasonBanned)
	case s.Heir == r.Target:
		return answer(Ignored, ReasonNothingToDo)
	}
	return answer(Accepted, ReasonSuccessor, SetSuccessor{Person: r.Target})
}

// vacated follows the loss of somebody who may have been the last owner: the successor takes over, or those who are left are told.
func (s State) vacated(person string, m Member) []Effect {
	switch {
	case m.State != Joined || m.Role != Owner || s.Owners > 1:
		return nil
	case s.Heir == "" || s.Heir == person || s.HeirMember.State == Banned:
		return []Effect{Tell{What: TellMods, Text: Saying{sayNoOwner}}}
	}
	effects := append([]Effect{SetSuccessor{}}, instated(s.Heir, s.HeirMember)...)
	return append(effects, Tell{What: TellNote, To: s.Heir, Text: Saying{sayInherited}})
}

// Ballot is how a vote for an owner stands.
type Ballot struct {
	Since int64          // when the first vote was given, Unix seconds; 0 for none
	Votes map[string]int // for each candidate who is a member
	Mine  string         // whom the one who asks has named
}

// nominate names somebody to own a group that has no owner.
func nominate(s State, r Request) Decision {
	settled := r.At.Add(-settledIn).Unix()
	switch {
	case s.Owners > 0:
		return answer(Refused, ReasonHasOwner)
	case s.Member.State != Joined || s.Member.Since > settled:
		return answer(Refused, ReasonTooNew)
	case s.Subject.State != Joined || s.Subject.Since > settled:
		return answer(Refused, ReasonNoCandidate)
	case s.Ballot.Mine == r.Target:
		return answer(Ignored, ReasonDuplicate)
	}
	effects := []Effect{SetVote{Voter: r.By.URI, Candidate: r.Target}}
	votes := map[string]int{r.Target: 1}
	for candidate, n := range s.Ballot.Votes {
		votes[candidate] += n
	}
	if s.Ballot.Mine != "" {
		votes[s.Ballot.Mine]--
	}
	if winner, ok := elected(votes, s.Ballot.Since, r.At); ok && winner == r.Target {
		return answer(Accepted, ReasonElected, append(effects, s.enthroned(winner, s.Subject)...)...)
	}
	return answer(Accepted, ReasonVoted, effects...)
}

// tally counts the votes once their time is over. Only the server itself asks, about the leading candidate Target.
func tally(s State, r Request) Decision {
	switch winner, ok := elected(s.Ballot.Votes, s.Ballot.Since, r.At); {
	case !r.By.Operator:
		return answer(Refused, ReasonNotOperator)
	case s.Owners > 0 || !ok || winner != r.Target || s.Subject.State != Joined:
		return answer(Ignored, ReasonNothingToDo)
	}
	return answer(Accepted, ReasonElected, s.enthroned(r.Target, s.Subject)...)
}

func (s State) enthroned(person string, m Member) []Effect {
	return append(instated(person, m), Tell{What: TellNote, To: person, Text: Saying{sayElected}})
}

// elected is who has more than half of the votes, of three or more, a week after the first.
func elected(votes map[string]int, since int64, now time.Time) (string, bool) {
	if since == 0 || now.Add(-VoteLasts).Unix() < since {
		return "", false
	}
	total, most, winner := 0, 0, ""
	for candidate, n := range votes {
		if total += n; n > most {
			most, winner = n, candidate
		}
	}
	return winner, total >= minVotes && 2*most > total
}

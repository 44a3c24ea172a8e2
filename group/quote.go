package group

// quote answers whoever asks to quote what the group itself wrote (FEP-044f). That is notes to one person, and they stay private.
// Asking adds nothing to the group, so the banned get their answer too.
func quote(_ State, r Request) Decision {
	return answer(Refused, ReasonNotQuoted, Tell{What: TellReject, To: r.By.URI})
}

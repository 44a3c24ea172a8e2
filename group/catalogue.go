package group

import "slices"

// English is the language of whoever says no other.
const English = "en"

// language is what a group understands and says in one language.
type language struct {
	words   map[string]Verb
	because []string // what may lead to a reason
	says    map[phrase]string
	answers map[Reason]string // to whoever sent a command; without one, the reason's own sentence
	reasons map[Reason]string // the sentences of the reasons that have no answer, or whose English answer says something else
}

// phrase names something a group says in answer to a message, beside the reasons.
type phrase int

const (
	sayHelp      phrase = iota // what everybody may write
	sayModHelp                 // what moderators may write
	sayUnknown                 // the words are none of these
	sayNoRules                 // the group has none
	sayWhich                   // it is not clear what the message is about
	sayNobody                  // no such account
	sayUndo                    // how to take it back
	sayNoUndo                  // it cannot be taken back
	sayNoneWaits               // nothing waits
	sayHeld                    // how to decide about a held post: one number
	sayApplied                 // how to decide about somebody who asks to join
	sayReported                // how to decide about a report
	sayWritten                 // the group's page with its log: one address
	sayData                    // what is kept: posts, votes, reports, address of all of it
	sayDataSoon                // a link was sent a short while ago
	sayErase                   // asks whether everything is to be erased
	sayErased                  // how many of the servers that were told have confirmed
	saySignedIn                // whoever sent a code is signed in: the server's name, address of their account
	sayNoCode                  // nobody waits for that code
	sayTheySay                 // what a moderator says about it
	sayObjects                 // an appeal: who, against what, its number in the log, why
	sayDidRemove               // what an appeal is against: a post taken down
	sayDidBan
	sayDidWarn
	sayDidLock
	sayDidExpel
	sayUpheld // the outcome of an appeal
	sayOverturned
	sayNotThrough // a held post is refused
	sayChangeNotThrough
	sayWaitedTooLong
	sayAgreeFirst  // before the rules, to whoever wants to join
	sayTellFirst   // before the questions
	sayAnswerThis  // how to answer them
	sayAnswerAgree // the same, where an answer agrees to the rules
	sayAsksToJoin  // who
	sayTurnedDown
	sayExpelled
	sayInvitedYou // until when
	sayOffered    // to own the group, until when
	sayInstated   // by whoever runs the server
	sayNoOwner    // to the moderators
	sayInherited
	sayElected
	sayWarning
	sayWarningFor // why
	sayWaits      // which post
	sayRules      // before the rules, to a new member
	sayIntroduce  // where
	sayReportedOf // to a moderator: what
	sayResolvedOf // to whoever reported: what
	sayDiscarded  // nothing was found wrong
	sayNoReason   // of a report
	sayWarned     // the content warning of a rule that names none
	sayDay        // of the month, month, year
	sayMonths     // their names
	phraseCount   // how many there are
)

// languages are all that a group speaks.
func languages() map[string]language {
	return map[string]language{English: english(), "de": german(), "fr": french(), "es": spanish()}
}

// say is a phrase in a language, or in English.
func say(lang string, p phrase) string {
	all := languages()
	if words, ok := all[lang].says[p]; ok {
		return words
	}
	return all[English].says[p]
}

// answerIn is a reason in the words of a language.
func answerIn(lang string, r Reason) string {
	if words, ok := languages()[lang].answers[r]; ok {
		return words
	}
	return sentenceIn(lang, r)
}

// sentenceIn is a reason's own sentence in a language.
func sentenceIn(lang string, r Reason) string {
	if lang == English {
		return r.Sentence()
	}
	said := languages()[lang]
	for _, of := range []map[Reason]string{said.reasons, said.answers} {
		if words, ok := of[r]; ok {
			return words
		}
	}
	return r.Sentence()
}

// LanguageOf is the language to answer in.
func LanguageOf(tag string) string {
	if base := baseLanguage(tag); len(languages()[base].words) > 0 {
		return base
	}
	return English
}

// Words lists what somebody may write for a verb in a language, the usual word first.
func Words(lang string, v Verb) []string {
	var out []string
	for word, verb := range languages()[lang].words {
		if verb == v {
			out = append(out, word)
		}
	}
	slices.Sort(out)
	return out
}

func english() language {
	words := map[string]Verb{
		"commands": VerbHelp, "allow": VerbApprove, "deny": VerbRefuse, "reject": VerbRefuse, "delete": VerbRemove,
		"close": VerbLock, "open": VerbUnlock, "subscribe": VerbJoin, "unsubscribe": VerbLeave, "queue": VerbWaiting, "resolve": VerbDone,
	}
	for _, v := range Verbs() {
		words[string(v)] = v
	}
	return language{
		words: words, because: []string{"because of", "because", "reason:", "for"},
		says: map[phrase]string{
			sayHelp: "Write me one of these in a private message:\n\nrules: the rules of this group\njoin: become a member\nleave: no longer be one\n" +
				"report LINK and why: tell the moderators about a post\nundo: in answer to my answer, takes back what you did\n" +
				"appeal and why: object to what a moderator did to you or your post\nnominate name@server: where the group has no owner\nmydata: what this group keeps about you\n" +
				"erase: have it erased\nhelp: this list",
			sayModHelp: "As a moderator, answer my messages with: approve, refuse and why, remove, done. Or write:\n\nwaiting: what waits for a moderator\n" +
				"approve NUMBER, refuse NUMBER why\nremove LINK why, restore LINK\nlock LINK, unlock LINK, pin LINK, unpin LINK\n" +
				"ban name@server 7d why, unban name@server\nwarn name@server why\ninvite name@server\nappoint name@server, dismiss name@server\n" +
				"vouch name@server, doubt name@server\nuphold NUMBER why, overturn NUMBER why: decide about an appeal\n" +
				"offer name@server, successor name@server: for owners\n" +
				"pause 2h, resume\ndescribe and what the group is about\nstorm on, storm off: shelter the group from an attack\nlog: what was done lately\n\n" +
				"Write names without @ in front, so that your message goes to nobody else.",
			sayUnknown: "I am a group, and did not understand that. Nobody has read it.",
			saySignedIn: "The browser that shows this code may now sign in to %s as you. Did somebody else give you the code? " +
				"Then sign in yourself and sign out everywhere: %s",
			sayNoCode:    "Nobody waits for this code. It works once, for ten minutes; get another on the page where you sign in, and wait a minute before you send it.",
			sayNoRules:   "This group has no rules of its own.",
			sayWhich:     "I do not know what this is about. Answer my message about it, or write the link or number behind the word.",
			sayNobody:    "I do not find that account. Write it like this: name@server",
			sayUndo:      "To take this back, answer this message with: undo",
			sayNoUndo:    "This cannot be taken back by undo. Answer the message in which I said what you did.",
			sayNoneWaits: "Nothing waits for a moderator.",
			sayHeld:      "Answer this message with: approve, or: refuse and why. (Or write: approve %d)",
			sayApplied:   "Answer this message with: approve, or: refuse and why.",
			sayReported:  "Answer this message with: remove and why, warn and why, ban and why, or: done, if nothing needs doing.",
			sayWritten:   "What was done lately is written here: ",
			sayData:      "This group keeps about you: %d posts, %d votes, %d reports, and how you stand with it. Read all of it here, once, within a day:\n%s",
			sayDataSoon:  "I have sent you a link a short while ago. Use that one, or ask again in ten minutes.",
			sayErase:     "This erases your posts, votes, membership and whatever else this group keeps about you, here and on the servers it told of them. It cannot be taken back. If you want that, answer this message with: yes",
			sayErased:    "Your data was erased here. Of the %d servers that were told, %d have confirmed.",

			sayTheySay:          "They say: %s",
			sayObjects:          "%[1]s objects to what a moderator did (%[2]s, number %[3]d in the log): %[4]s\n\nTo decide, answer with: uphold %[3]d and why, or: overturn %[3]d and why.",
			sayDidRemove:        "a post removed",
			sayDidBan:           "a ban",
			sayDidWarn:          "a warning",
			sayDidLock:          "a thread closed",
			sayDidExpel:         "a membership ended",
			sayUpheld:           "The moderators have looked at your appeal. What was decided stays.",
			sayOverturned:       "The moderators have looked at your appeal, and you were right.",
			sayNotThrough:       "A moderator did not let your post through.",
			sayChangeNotThrough: "A moderator did not let the change of your post through. The group shows it as it was.",
			sayWaitedTooLong:    "No moderator has looked at your post in time, so the group does not show it. You may post it again.",
			sayAgreeFirst:       "To join, agree to the rules of this group:",
			sayTellFirst:        "Before you join, please tell the moderators:",
			sayAnswerThis:       "Answer this message. Only the moderators read the answer.",
			sayAnswerAgree:      "Answer this message to say that you agree. Only the moderators read the answer. If you do not, stop following this account.",
			sayAsksToJoin:       "Somebody asks to join: %s",
			sayTurnedDown:       "The moderators of this group did not let you in.",
			sayExpelled:         "The moderators ended your membership of this group.",
			sayInvitedYou:       "You are invited to this group. To join, follow this account until %s. If you follow it already, send it a request to join. To decline, do nothing.",
			sayOffered:          "You are asked to own this group. To take it over, answer this message with: accept. The offer holds until %s.",
			sayInstated:         "You own this group now. Whoever runs its server has named you.",
			sayNoOwner:          "This group has no owner any more. Whoever runs the server can name one; members can vote.",
			sayInherited:        "The last owner of this group is gone, and had named you to follow. You own it now.",
			sayElected:          "The members of this group have made you its owner.",
			sayWarning:          "The moderators warn you.",
			sayWarningFor:       "The moderators warn you: %s",
			sayWaits:            "A post waits for a moderator: %s",
			sayRules:            "The rules of this group:",
			sayIntroduce:        "Introduce yourself here, by answering: %s",
			sayReportedOf:       "Somebody reported %s",
			sayResolvedOf:       "The moderators have looked at what you reported, %s.",
			sayDiscarded:        "They found nothing wrong.",
			sayNoReason:         "Reported without a reason",
			sayWarned:           "Sensitive content",
			sayDay:              "%d %s %d",
			sayMonths:           "January February March April May June July August September October November December",
		},
		answers: map[Reason]string{
			ReasonStormNow:    "The group is sheltered: only members write, nobody new comes in, first posts wait for a moderator.",
			ReasonAllErased:   "Everything this group kept about you is erased. Write “erase” again to hear how many servers have confirmed.",
			ReasonJoined:      "You are a member of the group now.",
			ReasonLeft:        "You are no longer a member of the group.",
			ReasonNotMember:   "You are not a member of the group, so there was nothing to do.",
			ReasonNothingToDo: "There was nothing to do: it is so already.",
			ReasonUnknownPost: "The group does not know that post. Write its link, or answer my message about it.",
			ReasonDuplicate:   "You have told the moderators about that already.",
			ReasonReported:    "Thank you. The moderators can see your report.",
			ReasonByModerator: "The post is removed.",
			ReasonRestored:    "The post is shown again.",
			ReasonBannedNow:   "The account is banned.",
			ReasonUnbanned:    "The account is no longer banned.",
			ReasonBanned:      "That account is banned from this group.",
			ReasonDescribed:   "The group says that of itself now.",
			ReasonLock:        "The thread takes no more comments.",
			ReasonUnlock:      "The thread takes comments again.",
			ReasonPinned:      "The thread stands first now.",
			ReasonUnpinned:    "The thread no longer stands first.",
		},
	}
}

package group

// Reason is a machine word; [Reason.Sentence] says the same to people. Both are stored with each decision, so that
// "why was my post refused?" always has an answer.
type Reason string

// The reasons.
const (
	ReasonJoined          Reason = "joined"
	ReasonAlreadyMember   Reason = "already-member"
	ReasonLeft            Reason = "left"
	ReasonNotMember       Reason = "not-member"
	ReasonClosed          Reason = "closed"
	ReasonBanned          Reason = "banned"
	ReasonThread          Reason = "thread"
	ReasonComment         Reason = "comment"
	ReasonVote            Reason = "poll-vote"
	ReasonNotPublic       Reason = "not-public"
	ReasonNotAddressed    Reason = "not-addressed"
	ReasonStranger        Reason = "stranger"
	ReasonModsOnly        Reason = "moderators-only"
	ReasonTooManyGroups   Reason = "too-many-groups"
	ReasonForeignThread   Reason = "foreign-thread"
	ReasonParentGone      Reason = "parent-gone"
	ReasonDuplicate       Reason = "duplicate"
	ReasonGone            Reason = "gone"
	ReasonRemoved         Reason = "removed"
	ReasonEdited          Reason = "edited"
	ReasonOldVersion      Reason = "old-version"
	ReasonNotAuthor       Reason = "not-author"
	ReasonDeleted         Reason = "deleted"
	ReasonUnknownPost     Reason = "unknown-post"
	ReasonCounted         Reason = "counted"
	ReasonUncounted       Reason = "uncounted"
	ReasonReported        Reason = "reported"
	ReasonBlocksUs        Reason = "blocks-us"
	ReasonMoved           Reason = "moved"
	ReasonActorGone       Reason = "actor-gone"
	ReasonNothingToDo     Reason = "nothing-to-do"
	ReasonGroupItself     Reason = "group-itself"
	ReasonWithdrawnLater  Reason = "withdrawn-before"
	ReasonSuccessorBanned Reason = "successor-banned"
	ReasonRekeyed         Reason = "new-keys"

	ReasonLocked           Reason = "locked"
	ReasonNotModerator     Reason = "not-moderator"
	ReasonNotOurs          Reason = "not-ours"
	ReasonLock             Reason = "lock"
	ReasonUnlock           Reason = "unlock"
	ReasonPinned           Reason = "pinned"
	ReasonUnpinned         Reason = "unpinned"
	ReasonByModerator      Reason = "removed-by-moderator"
	ReasonRestored         Reason = "restored"
	ReasonBannedNow        Reason = "banned-now"
	ReasonUnbanned         Reason = "unbanned"
	ReasonBannedAtHome     Reason = "banned-at-home"
	ReasonAppointed        Reason = "appointed"
	ReasonDismissed        Reason = "dismissed"
	ReasonLastOwner        Reason = "last-owner"
	ReasonHigherRole       Reason = "higher-role"
	ReasonWarned           Reason = "warned"
	ReasonResolved         Reason = "resolved"
	ReasonDescribed        Reason = "described"
	ReasonMovedAway        Reason = "moved-away"
	ReasonMovedHere        Reason = "moved-here"
	ReasonSubscribed       Reason = "subscribed"
	ReasonUnsubscribed     Reason = "unsubscribed"
	ReasonSubscribedNow    Reason = "subscription-accepted"
	ReasonSubscriptionOver Reason = "subscription-over"
	ReasonNotFollowed      Reason = "not-followed"
	ReasonDiscarded        Reason = "discarded"
	ReasonForAdmin         Reason = "reported-to-admin"
	ReasonRule             Reason = "rule"
	ReasonAppealed         Reason = "appealed"
	ReasonAppealedOnce     Reason = "appealed-before"
	ReasonNoAppeal         Reason = "nothing-to-appeal"
	ReasonOwnAppeal        Reason = "own-appeal"
	ReasonUpheld           Reason = "upheld"
	ReasonOverturned       Reason = "overturned"
	ReasonStorm            Reason = "storm"
	ReasonStormNow         Reason = "storm-begun"
	ReasonCalm             Reason = "storm-over"
	ReasonRuleHeld         Reason = "held-by-rule"
	ReasonRuleAdded        Reason = "rule-added"
	ReasonRuleDropped      Reason = "rule-dropped"
	ReasonBadRule          Reason = "bad-rule"
	ReasonTooManyRules     Reason = "too-many-rules"
	ReasonBlocked          Reason = "blocked"
	ReasonSilenced         Reason = "silenced"
	ReasonBarred           Reason = "block-set"
	ReasonUnbarred         Reason = "block-lifted"
	ReasonNotQuoted        Reason = "not-quoted"

	ReasonPaused       Reason = "paused"
	ReasonSlow         Reason = "too-soon"
	ReasonQuiet        Reason = "quiet-hours"
	ReasonReviewed     Reason = "reviewed"
	ReasonLinks        Reason = "reviewed-links"
	ReasonNewcomer     Reason = "reviewed-newcomer"
	ReasonHeldEdit     Reason = "edited-while-held"
	ReasonParentHeld   Reason = "parent-held"
	ReasonChanged      Reason = "changed-meanwhile"
	ReasonNothingWaits Reason = "nothing-waits"
	ReasonApproved     Reason = "approved"
	ReasonNotApproved  Reason = "not-approved"
	ReasonExpired      Reason = "expired"
	ReasonPausedNow    Reason = "paused-now"
	ReasonResumed      Reason = "resumed"

	ReasonNotOwner    Reason = "not-owner"
	ReasonNotOperator Reason = "not-operator"
	ReasonOffered     Reason = "offered"
	ReasonNoOffer     Reason = "no-offer"
	ReasonOwner       Reason = "owner-now"
	ReasonInstated    Reason = "instated"
	ReasonSuccessor   Reason = "successor-named"
	ReasonHasOwner    Reason = "has-owner"
	ReasonTooNew      Reason = "too-new-to-vote"
	ReasonNoCandidate Reason = "no-candidate"
	ReasonVoted       Reason = "voted"
	ReasonElected     Reason = "elected"

	ReasonReads      Reason = "reads"
	ReasonReaderOnly Reason = "reader-only"
	ReasonInviteOnly Reason = "invite-only"
	ReasonCooling    Reason = "asked-too-soon"
	ReasonApplied    Reason = "waits-for-moderator"
	ReasonAsked      Reason = "waits-for-answer"
	ReasonAnswered   Reason = "answered"
	ReasonNoAnswer   Reason = "no-answer"
	ReasonNotYet     Reason = "not-yet-member"
	ReasonNotVouched Reason = "not-vouched-for"
	ReasonNoMember   Reason = "no-member"
	ReasonNotWaiting Reason = "not-waiting"
	ReasonAdmitted   Reason = "admitted"
	ReasonTurnedDown Reason = "turned-down"
	ReasonExpelled   Reason = "expelled"
	ReasonInvited    Reason = "invited"
	ReasonUninvited  Reason = "uninvited"
	ReasonVouched    Reason = "vouched-for"
	ReasonDoubted    Reason = "doubted"

	ReasonToldBack  Reason = "told-back"
	ReasonAllErased Reason = "all-erased"

	// What the door itself settles, before the rules are asked.
	ReasonMalformed   Reason = "malformed"
	ReasonUnverified  Reason = "unverified"
	ReasonUnreachable Reason = "unreachable"
	ReasonRefreshed   Reason = "refreshed"
	ReasonTakenBack   Reason = "taken-back"
	ReasonConfirmed   Reason = "confirmed"
	ReasonUnpacked    Reason = "unpacked"
)

// Sentence says the reason in words for the person concerned.
func (r Reason) Sentence() string {
	if s, ok := sentences()[r]; ok {
		return s
	}
	return "Nothing was done."
}

// In says the reason in a language, to whoever asked for what was decided; in English where there is no such language here.
func (r Reason) In(lang string) string { return answerIn(LanguageOf(lang), r) }

// SentenceIn is Sentence in a language: to whoever reads of what was decided.
func (r Reason) SentenceIn(lang string) string { return sentenceIn(LanguageOf(lang), r) }

func sentences() map[Reason]string {
	return map[Reason]string{
		ReasonJoined:           "You follow the group now and may post by mentioning it.",
		ReasonAlreadyMember:    "You already follow the group.",
		ReasonLeft:             "You no longer follow the group.",
		ReasonNotMember:        "You do not follow the group, so there was nothing to undo.",
		ReasonClosed:           "The group takes no new members at the moment.",
		ReasonBanned:           "The group's moderators have banned this account.",
		ReasonThread:           "The post is a new thread of the group.",
		ReasonComment:          "The reply is a comment in its thread; comments are not boosted.",
		ReasonVote:             "A poll vote is counted where the poll is, and never shown.",
		ReasonNotPublic:        "Only public and unlisted posts are shared; this one stays private.",
		ReasonNotAddressed:     "The post does not address the group.",
		ReasonStranger:         "Only members' posts are shared. Follow the group first, then mention it again.",
		ReasonModsOnly:         "Only the group's moderators post here.",
		ReasonTooManyGroups:    "The post names more groups than are allowed at once, so a moderator looks at it first.",
		ReasonForeignThread:    "The post answers a thread the group does not have, so it is not shared.",
		ReasonParentGone:       "The post it answers is no longer here.",
		ReasonDuplicate:        "The group has this post already.",
		ReasonGone:             "The post is deleted.",
		ReasonRemoved:          "A moderator has removed the post; it stays removed.",
		ReasonEdited:           "The post is updated.",
		ReasonOldVersion:       "A newer version of the post is here already.",
		ReasonNotAuthor:        "Only the author of a post may change it.",
		ReasonDeleted:          "The post is deleted and its boost taken back.",
		ReasonUnknownPost:      "The group does not know the post.",
		ReasonCounted:          "Counted once.",
		ReasonUncounted:        "No longer counted.",
		ReasonReported:         "The moderators can see the report.",
		ReasonBlocksUs:         "The account blocks the group and hears nothing more from it.",
		ReasonMoved:            "The membership goes along to the new account.",
		ReasonActorGone:        "The account is deleted; its membership and posts are gone too.",
		ReasonAllErased:        "Everything the group kept of the account is erased, and the servers that had it are told.",
		ReasonToldBack:         "The group has answered in private.",
		ReasonNothingToDo:      "Kept; it needs no answer.",
		ReasonGroupItself:      "A group does not act on itself.",
		ReasonWithdrawnLater:   "The author deleted the post before it came.",
		ReasonPaused:           "The moderators have paused the group. Post again once they have lifted that.",
		ReasonSlow:             "The group is in slow mode. Wait a little before you post again.",
		ReasonQuiet:            "The group has quiet hours; the post is shown when they are over.",
		ReasonReviewed:         "In this group a moderator looks at each post before it is shown.",
		ReasonLinks:            "In this group a moderator looks at posts with links before they are shown.",
		ReasonNewcomer:         "In this group a moderator looks at the first posts of whoever is new.",
		ReasonHeldEdit:         "The post waits as before, with its new words.",
		ReasonParentHeld:       "The post it answers waits for a moderator, and so does this one.",
		ReasonChanged:          "The author has changed the post meanwhile. Look at it again, then decide.",
		ReasonNothingWaits:     "Nothing waits there: somebody has decided already, or the author has taken the post back.",
		ReasonApproved:         "The post is shown now.",
		ReasonNotApproved:      "The post is not shown, and its author is told so.",
		ReasonExpired:          "The post has waited for too long; its author is told so.",
		ReasonPausedNow:        "The group is paused; only moderators post.",
		ReasonResumed:          "The group is no longer paused.",
		ReasonNotOwner:         "Only an owner of the group may do that.",
		ReasonNotOperator:      "Only whoever runs the server may do that.",
		ReasonOffered:          "The account is asked to own the group, and has two weeks to agree.",
		ReasonNoOffer:          "Nobody has asked you to own this group, or the offer is over.",
		ReasonOwner:            "You own the group now.",
		ReasonInstated:         "The account owns the group now, and is told so.",
		ReasonSuccessor:        "It is written down who owns the group when its last owner is gone.",
		ReasonHasOwner:         "The group has an owner, so there is nothing to vote about.",
		ReasonTooNew:           "Those who have been members for a month vote.",
		ReasonNoCandidate:      "Name somebody who has been a member for a month.",
		ReasonVoted:            "Your vote counts. A week after the first one, whoever has more than half of three or more owns the group.",
		ReasonElected:          "The members have chosen an owner.",
		ReasonReads:            "You follow the group and read what is posted. To post, ask to join.",
		ReasonReaderOnly:       "Following this group is for reading. To post, ask to join first.",
		ReasonInviteOnly:       "The group takes in those whom its moderators have invited.",
		ReasonCooling:          "You left this group, or were not let in, a short while ago. Ask again later.",
		ReasonApplied:          "A moderator decides about the request to join.",
		ReasonAsked:            "The group has sent you a private message with questions. Answer it to join.",
		ReasonAnswered:         "Thank you. A moderator reads your answer and decides.",
		ReasonNoAnswer:         "The answer has no words. Answer the message once more.",
		ReasonNotYet:           "You have asked to join, and can post once you are let in.",
		ReasonNotVouched:       "Here those members post whom a moderator vouches for. Ask one of them.",
		ReasonNoMember:         "The account is no member of the group.",
		ReasonNotWaiting:       "The account has not asked to join, or somebody has decided already.",
		ReasonAdmitted:         "The account is a member now.",
		ReasonTurnedDown:       "The account is not let in, and is told so.",
		ReasonExpelled:         "The account is no member any more, and is told so.",
		ReasonInvited:          "The account is invited, and is told so.",
		ReasonUninvited:        "The invitation is taken back.",
		ReasonVouched:          "The member is vouched for, and posts as such.",
		ReasonDoubted:          "The member is no longer vouched for.",
		ReasonMalformed:        "It is not in a form this server understands.",
		ReasonUnverified:       "Its origin does not confirm it, so it has no effect.",
		ReasonUnreachable:      "What it refers to could not be fetched for a day, so it was put aside.",
		ReasonRefreshed:        "The account's profile is up to date again.",
		ReasonTakenBack:        "Its author took it back before it came.",
		ReasonConfirmed:        "It was passed on by somebody else; its origin, or a proof in it, confirms it.",
		ReasonLocked:           "A moderator has closed the thread; it takes no more comments.",
		ReasonNotModerator:     "Only the group's moderators may do that.",
		ReasonNotOurs:          "That is for the community the thread came from to decide.",
		ReasonLock:             "The thread is closed; it takes no more comments.",
		ReasonUnlock:           "The thread takes comments again.",
		ReasonPinned:           "The thread is shown first.",
		ReasonUnpinned:         "The thread is no longer shown first.",
		ReasonByModerator:      "A moderator took the post off the group; its boost is taken back.",
		ReasonRestored:         "The post is shown again.",
		ReasonBannedNow:        "The account is banned; what it sends has no effect here.",
		ReasonUnbanned:         "The account is no longer banned and may follow again.",
		ReasonBannedAtHome:     "The account is banned on its own server and no longer a member.",
		ReasonAppointed:        "The account is a moderator of the group now.",
		ReasonDismissed:        "The account is no longer a moderator of the group.",
		ReasonLastOwner:        "A group needs an owner: name another one first.",
		ReasonHigherRole:       "Only an owner may do that to somebody who runs the group.",
		ReasonWarned:           "The warning is on record.",
		ReasonResolved:         "The reports are closed, and those who sent them are told.",
		ReasonDescribed:        "What the group says of itself is changed, and its followers' servers are told.",
		ReasonMovedAway:        "The thread has moved to another group.",
		ReasonMovedHere:        "The thread has moved to this group.",
		ReasonSubscribed:       "The group asks to follow the community; its threads come in once it accepts.",
		ReasonUnsubscribed:     "The group no longer follows the community.",
		ReasonSubscribedNow:    "The community accepts; its threads come in from now on.",
		ReasonSubscriptionOver: "The community does not want the group to follow it.",
		ReasonNotFollowed:      "No group here follows the community that announced this.",
		ReasonNotQuoted:        "What the group wrote to one person is not for quoting.",
		ReasonRule:             "It goes against a rule of the group. Ask its moderators if you think that is wrong.",
		ReasonAppealed:         "The appeal is kept; another moderator decides, if there is one, and you hear the outcome.",
		ReasonAppealedOnce:     "There is an appeal already; one is all there can be.",
		ReasonNoAppeal:         "There is nothing here to appeal against, or to decide.",
		ReasonOwnAppeal:        "Somebody else than who acted has to decide about the appeal.",
		ReasonUpheld:           "The decision stays, and the person concerned is told.",
		ReasonOverturned:       "The person concerned is told. A warning counts no longer; anything else is taken back by unban, restore or unlock.",
		ReasonStorm:            "Only members write at the moment, so a moderator looks at it first.",
		ReasonStormNow:         "From now on only members write, nobody new comes in, and first posts wait for a moderator. The group's own settings are kept.",
		ReasonCalm:             "The storm is over; everything is as it was before.",
		ReasonRuleHeld:         "One of the group's rules asks a moderator to look at it first.",
		ReasonRuleAdded:        "The rule holds from now on, for new posts and edits.",
		ReasonRuleDropped:      "The rule is taken away. What it held back stays so until a moderator decides.",
		ReasonBadRule:          "That is no rule. One looks like this: hold if words casino and links > 2",
		ReasonTooManyRules:     "The group has as many rules as it may have: take one away first.",
		ReasonDiscarded:        "The reports are closed: nothing was found wrong.",
		ReasonForAdmin:         "Whoever runs the server can see the report; the group's moderators are not told.",
		ReasonBlocked:          "The account or its server is blocked here; nothing from there is taken in.",
		ReasonSilenced:         "Posts from that server wait for a moderator.",
		ReasonBarred:           "The block holds from now on.",
		ReasonUnbarred:         "The block is lifted. Members and posts are as before; whoever followed must follow again.",
		ReasonUnpacked:         "It holds several activities; each is decided by itself.",
		ReasonRekeyed:          "The account came back after a long silence with new keys, so it runs the group no longer until it is appointed again.",
		ReasonSuccessorBanned:  "The new account is banned here, so nothing was carried over.",
	}
}

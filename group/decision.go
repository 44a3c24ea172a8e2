package group

// Verdict is the short answer.
type Verdict string

// The verdicts. A refusal tells somebody "no"; something ignored concerns nobody here.
const (
	Accepted Verdict = "accepted"
	Held     Verdict = "held"
	Refused  Verdict = "refused"
	Ignored  Verdict = "ignored"
)

// Decision is the answer to a request: what, why, and what follows from it.
type Decision struct {
	Verdict Verdict
	Reason  Reason
	Effects []Effect
	Why     string // for the log of those who moderate: which of the group's rules were hit, and by what
}

// Effect is something to write or to tell. Package store carries out each kind.
type Effect interface{ effect() }

// SetMember changes a person's standing in the group.
type SetMember struct {
	Person string
	State  Membership
	Role   Role
	Follow bool
	Via    string // the Follow activity's URI, needed to answer it later
	Until  int64  // Unix seconds: end of a ban, 0 for none
}

// Carry moves a membership to another account of the same person (Move).
type Carry struct{ From, To string }

// File stores a new post.
type File struct {
	Post  Post
	State PostState
	Home  string // community elsewhere that the post was taken in from, "" for this group's own
}

// Revise replaces the text of a filed post.
type Revise struct{ Post Post }

// Withdraw takes a filed post from view. The words of a deleted post are erased; those of a removed one are kept, because a
// removal can be taken back.
type Withdraw struct {
	URI         string
	State       PostState // Deleted or Removed
	WithReplies bool      // everything beneath too
}

// WithdrawAll withdraws everything a person posted and takes the boosts back.
type WithdrawAll struct {
	Person   string
	State    PostState // Deleted: the account is gone; Removed: banned with everything
	AtOrigin bool      // by the person's own server, which may bring it back
}

// Reinstate shows a removed post again.
type Reinstate struct {
	URI         string
	WithReplies bool // what was removed beneath it too
}

// ReinstateAll shows again what was removed of a person, and boosts the threads again.
type ReinstateAll struct {
	Person   string
	AtOrigin bool // only what the person's own server had removed
}

// SetLocked ends or allows comments beneath a post.
type SetLocked struct {
	URI string
	On  bool
}

// SetPinned puts a thread first, or no longer.
type SetPinned struct {
	URI string
	On  bool
}

// SetProfile changes what the group says of itself.
type SetProfile struct{ Profile Profile }

// CloseReports marks the open reports about a post or person as dealt with.
type CloseReports struct {
	About     string
	Text      string // what the moderator says of them
	Discarded bool   // nothing was wrong
	Admin     bool   // those for the admin too
}

// SetSubscription changes how the group stands with a community elsewhere.
type SetSubscription struct {
	Community string
	State     Subscription // NotFollowing forgets it
}

// SetBarrier puts up a block of the group, or takes away what was put up by hand.
type SetBarrier struct {
	Barrier Barrier
	Lift    bool
}

// SetRule gives the group a rule of its own, or takes it away.
type SetRule struct {
	Text string
	Drop bool
}

// KeepAppeal keeps an objection to an act of moderation.
type KeepAppeal struct {
	Act  int64
	Text string
}

// CloseAppeal writes down what came of one.
type CloseAppeal struct {
	Act        int64
	Overturned bool
	Text       string
}

// SetStorm begins or ends a storm.
type SetStorm struct{ On bool }

// SetAside takes a shown post from view until a moderator has seen it.
type SetAside struct{ URI string }

// Hand gives a thread with its comments to another group of this server.
type Hand struct{ URI, To string }

// Adopt makes a thread that was taken in from elsewhere this group's own.
type Adopt struct{ URI string }

// Forget remembers that a post is gone before it came, so that a late Create is refused.
type Forget struct{ URI string }

// Count adds or takes away one person's like or boost.
type Count struct {
	URI, Person string
	Kind        Kind // Like, Dislike or Boost; a vote replaces the other
	Undo        bool
}

// KeepReport stores a report for the moderators.
type KeepReport struct {
	About, Person, Text string
	Admin               bool // for whoever runs the server: it is about those who run the group
}

// KeepWarning puts a formal warning on record.
type KeepWarning struct{ Person, Text string }

// MarkNoticed remembers that a person had the polite note.
type MarkNoticed struct{ Person string }

// Hold keeps a version of a filed post until somebody lets it through.
type Hold struct {
	Post  Post
	Fresh bool // the post has not been shown before
	Why   Reason
	Opens int64 // let through then without a moderator, Unix seconds; 0 for never
	Due   int64 // when waiting ends
}

// Release shows a held version.
type Release struct {
	URI    string
	Number int64
	By     string
}

// Drop ends the wait of a held version that is not shown.
type Drop struct {
	URI    string
	Number int64
}

// Unhold ends the wait of whatever waits of a post, because a newer version does not have to.
type Unhold struct{ URI string }

// SetPaused ends posting until a time, Unix seconds; 0 lifts that.
type SetPaused struct{ Until int64 }

// SetAnswer keeps what somebody answers who wants to join.
type SetAnswer struct{ Person, Text string }

// SetApproved writes down whether a moderator vouches for a member.
type SetApproved struct {
	Person string
	On     bool
}

// Proposal is something for one person to take.
type Proposal string

// The proposals.
const (
	Invitation Proposal = "invitation" // to come in
	Ownership  Proposal = "ownership"  // to own the group
)

// SetOffer makes an offer, or takes it back.
type SetOffer struct {
	Person string
	What   Proposal
	Until  int64 // Unix seconds; 0 takes it back
}

// SetSuccessor writes down who owns the group when the last owner is gone, "" for nobody.
type SetSuccessor struct{ Person string }

// SetVote writes down whom a member wants to own the group. A newer vote replaces the older.
type SetVote struct{ Voter, Candidate string }

// ClearVotes ends the vote for an owner.
type ClearVotes struct{}

// MarkTold remembers that a person has had that kind of note.
type MarkTold struct {
	Person string
	Notice Notice
}

// Tell is a message to send. It always has an audience: a person, or the group's followers.
type Tell struct {
	What Telling
	To   string // actor URI; "" means the followers
	Post string // URI of the post it is about
	Text Saying // for a person (TellNote) or the moderators
	Held int64  // number of a held version: it is told in the words in which that came

	About string // what an answer to a private message would be about, "" for Post
	Next  Kind   // what whoever takes the message back, or agrees, asks for
}

// EraseTraces erases what is kept of a person beside the posts.
type EraseTraces struct {
	Person string
	Banned bool // and stays so
}

// MarkHeard remembers that a private message was heard.
type MarkHeard struct{ Note string }

// Telling names a message.
type Telling string

// The messages a group sends.
const (
	TellAccept Telling = "accept" // to the person who followed
	TellAdmit  Telling = "admit"  // to somebody whose follow had waited
	TellReject Telling = "reject"
	TellThread Telling = "thread" // a new thread, in whichever form each host understands
	TellBoost  Telling = "boost"  // a thread in the form of microblogs only
	TellWrap   Telling = "wrap"   // the received activity wrapped for those who follow comments and votes (FEP-1b12)
	TellUndo   Telling = "undo"   // take the boost of a thread back
	TellWall   Telling = "wall"   // the post is on the group's wall (FEP-400e)
	TellGroup  Telling = "group"  // what the group says of itself has changed
	TellNote   Telling = "note"   // a private message

	TellRefuse   Telling = "refuse"   // to the author: the post on the wall is not taken (FEP-400e)
	TellExpel    Telling = "expel"    // to a follower: the follow that was accepted is no longer
	TellMods     Telling = "mods"     // to each moderator, a private message
	TellReport   Telling = "report"   // to each moderator, in the form their servers understand
	TellResolved Telling = "resolved" // to the servers of those who reported Post
	TellFollow   Telling = "follow"   // to a community elsewhere
	TellUnfollow Telling = "unfollow" // to a community elsewhere
)

func (SetMember) effect()       {}
func (Carry) effect()           {}
func (File) effect()            {}
func (Revise) effect()          {}
func (Withdraw) effect()        {}
func (WithdrawAll) effect()     {}
func (Reinstate) effect()       {}
func (ReinstateAll) effect()    {}
func (SetLocked) effect()       {}
func (SetPinned) effect()       {}
func (SetProfile) effect()      {}
func (CloseReports) effect()    {}
func (SetSubscription) effect() {}
func (SetBarrier) effect()      {}
func (SetRule) effect()         {}
func (KeepAppeal) effect()      {}
func (CloseAppeal) effect()     {}
func (SetStorm) effect()        {}
func (SetAside) effect()        {}
func (Hand) effect()            {}
func (Adopt) effect()           {}
func (Forget) effect()          {}
func (Count) effect()           {}
func (KeepReport) effect()      {}
func (KeepWarning) effect()     {}
func (MarkNoticed) effect()     {}
func (Hold) effect()            {}
func (Release) effect()         {}
func (Drop) effect()            {}
func (Unhold) effect()          {}
func (SetPaused) effect()       {}
func (SetAnswer) effect()       {}
func (SetSuccessor) effect()    {}
func (SetVote) effect()         {}
func (ClearVotes) effect()      {}
func (SetApproved) effect()     {}
func (SetOffer) effect()        {}
func (EraseTraces) effect()     {}
func (MarkHeard) effect()       {}
func (MarkTold) effect()        {}
func (Tell) effect()            {}

func answer(v Verdict, r Reason, effects ...Effect) Decision {
	return Decision{Verdict: v, Reason: r, Effects: effects}
}

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
}

// Carry moves a membership to another account of the same person (Move).
type Carry struct{ From, To string }

// File stores a new post.
type File struct {
	Post  Post
	State PostState
}

// Revise replaces the text of a filed post.
type Revise struct{ Post Post }

// Withdraw makes a filed post a tombstone.
type Withdraw struct {
	URI   string
	State PostState // Deleted or Removed
}

// WithdrawAll makes tombstones of everything a person posted and takes the boosts back: the account is gone.
type WithdrawAll struct{ Person string }

// Forget remembers that a post is gone before it came, so that a late Create is refused.
type Forget struct{ URI string }

// Count adds or takes away one person's like or boost.
type Count struct {
	URI, Person string
	Kind        Kind // Like or Boost
	Undo        bool
}

// KeepReport stores a report for the moderators.
type KeepReport struct{ About, Person, Text string }

// MarkNoticed remembers that a person had the polite note.
type MarkNoticed struct{ Person string }

// Tell is a message to send. It always has an audience: a person, or the group's followers.
type Tell struct {
	What Telling
	To   string // actor URI; "" means the followers
	Post string // URI of the post it is about
	Text string // words for a person (TellNote)
}

// Telling names a message.
type Telling string

// The messages a group sends.
const (
	TellAccept Telling = "accept" // to the person who followed
	TellReject Telling = "reject"
	TellThread Telling = "thread" // a new thread, in whichever form each host understands
	TellWrap   Telling = "wrap"   // the received activity wrapped for those who follow comments and votes (FEP-1b12)
	TellUndo   Telling = "undo"   // take the boost of a thread back
	TellNote   Telling = "note"   // a private message
)

func (SetMember) effect()   {}
func (Carry) effect()       {}
func (File) effect()        {}
func (Revise) effect()      {}
func (Withdraw) effect()    {}
func (WithdrawAll) effect() {}
func (Forget) effect()      {}
func (Count) effect()       {}
func (KeepReport) effect()  {}
func (MarkNoticed) effect() {}
func (Tell) effect()        {}

func answer(v Verdict, r Reason, effects ...Effect) Decision {
	return Decision{Verdict: v, Reason: r, Effects: effects}
}

package group

import (
	"errors"
	"time"
)

// State is what Decide may know about one group and the person who asks. Store fills in the few rows a rule needs.
type State struct {
	Group     Info
	Member    Member     // zero value: a stranger
	Parent    *Filed     // the post answered to, if this group has it
	Existing  *Filed     // the post the request is about, if this group has it
	Noticed   bool       // the person had the polite note before
	Heard     bool       // the private message that the request came by has been heard before
	Gone      bool       // a Delete for this URI came before the post
	Vote      Kind       // the person's vote on Existing that is counted: Like, Dislike or ""
	Boosted   bool       // the person's boost of Existing is counted
	Reported  bool       // a report of the person about the request's Target is open
	Addressed bool       // the request names this group
	Successor Membership // for Move: what the new account already is here

	Subject     Member       // the person the request is about (Ban, Unban, Appoint, Dismiss, Report); of a held post: its author
	Owners      int          // how many owners the group has
	Heir        string       // URI of whoever owns the group when the last owner is gone, "" for nobody
	HeirMember  Member       // that account's standing
	Offered     bool         // who asks is asked to own the group
	Ballot      Ballot       // the vote for an owner, if the group has none
	Invited     bool         // who asks is invited, for Invite and Uninvite: Subject
	Shown       int          // how many posts of whoever posts are shown, as far as Settings.Review asks
	LastPost    int64        // when whoever posts posted last, Unix seconds; 0 for never
	Told        Told         // the notes that who asks, or for Admit: Subject, had before
	Following   Subscription // how the group stands with the community that announced the request, or is its Target
	Since       int64        // when the group first asked to follow that community, Unix seconds
	Standing    Standing     // what blocks leave of what the person, and the community that announced the request, may do
	Target      Standing     // the same of the actor the request is about (Move, Appoint, Subscribe)
	Appealed    *Appealed    // the act of moderation that an appeal is about, if it is one of this group
	Rules       int          // how many rules of its own the group has
	Hits        []Hit        // the group's own rules that apply to the request's post
	Destination *State       // for Relocate: the other group and the same person there, if it is on this server
}

// Subscription is how a group stands with a community elsewhere that it follows.
type Subscription string

// The states of a subscription.
const (
	NotFollowing Subscription = ""
	Asked        Subscription = "pending"
	Following    Subscription = "accepted"
	NotWanted    Subscription = "rejected"
)

// Info is a group's name and settings.
type Info struct {
	URI  string
	Name string
	Settings
	Storm  bool  // stricter settings hold: they are in Settings already
	Paused int64 // no posts until then, Unix seconds; 0 for not, or Forever
}

// Settings are what owners choose. The zero value is not valid: start from [Defaults].
type Settings struct {
	Join    JoinPolicy    `json:"-"`
	Posting PostingPolicy `json:"-"`
	TagCap  int           `json:"-"` // a post naming more of this server's groups than this is held

	KeepVotes bool `json:"-"` // votes are counted and not passed on: who voted how stays between the voter's server and this one

	Unindexed bool `json:"unindexed,omitempty"` // search engines are asked to leave the group out

	Joining Joining `json:"joining"`
	Review  Review  `json:"review"`
	Welcome Welcome `json:"welcome"`
}

// JoinPolicy says who may become a member.
type JoinPolicy string

// PostingPolicy says who may post.
type PostingPolicy string

// The policies known so far.
const (
	JoinOpen        JoinPolicy    = "open"     // following makes a member
	JoinApproval    JoinPolicy    = "approval" // a moderator decides
	JoinInvite      JoinPolicy    = "invite"   // whom a moderator has invited
	JoinClosed      JoinPolicy    = "closed"   // nobody new
	PostingMembers  PostingPolicy = "members"  // members post
	PostingAnyone   PostingPolicy = "anyone"   // strangers too
	PostingApproved PostingPolicy = "approved" // members whom a moderator vouches for
	PostingMods     PostingPolicy = "mods"     // moderators only
)

// Writes says whether whoever joins is written to.
func (s Settings) Writes() bool {
	return s.Joining.asks() || s.Joining.Rules != "" || s.Welcome.Note != ""
}

// Check says in a sentence what is wrong with settings, nil if nothing is.
func (s Settings) Check() error {
	switch s.Join {
	case JoinOpen, JoinApproval, JoinInvite, JoinClosed:
	default:
		return errors.New(`join is "open" (anyone may follow), "approval" (a moderator lets people in), "invite" or "closed" (no new members)`)
	}
	switch s.Posting {
	case PostingMembers, PostingAnyone, PostingApproved, PostingMods:
	default:
		return errors.New(`posting is "members", "anyone", "approved" (members whom a moderator vouches for) or "mods" (the moderators only)`)
	}
	if s.TagCap < 1 {
		return Fault{What: "tag-cap", says: "tag-cap is how many groups a post may name, at least 1"}
	}
	return errors.Join(s.Joining.check(), s.Review.check(), s.Welcome.check())
}

// Defaults are the settings of a new group: anyone may follow and posts once they do, two groups a post at most.
func Defaults() Settings { return Settings{Join: JoinOpen, Posting: PostingMembers, TagCap: 2} }

// Membership is where a person stands with a group.
type Membership string

// The states of membership.
const (
	Stranger Membership = ""
	Joined   Membership = "member"
	Reader   Membership = "reader"  // follows, where that alone makes no member
	Applied  Membership = "pending" // waits to be let in
	Left     Membership = "left"
	Banned   Membership = "banned"
)

// Role is what a member may do.
type Role string

// The roles.
const (
	Ordinary  Role = "member"
	Moderator Role = "moderator"
	Owner     Role = "owner"
)

// Moderates says whether the role may moderate.
func (r Role) Moderates() bool { return r == Moderator || r == Owner }

// Member is a person's standing in a group.
type Member struct {
	State   Membership
	Role    Role
	Follows bool
	Until   int64 // Unix seconds: end of a ban, or before when whoever left may not ask again; 0 for none

	Since    int64  // when the standing began, Unix seconds
	Via      string // URI of the Follow or Join that is in force, or waits for its answer
	Approved bool   // a moderator vouches for the member
	Answered bool   // the questions asked of whoever wants to join
	Bot      bool   // a machine: gets no notes
}

// At is the member at a time: a ban that is over is none.
func (m Member) At(now time.Time) Member { return m.at(now.Unix()) }

// at is the member at a time: a ban that is over is none.
func (m Member) at(now int64) Member {
	if m.State == Banned && m.Until != 0 && now >= m.Until {
		m.State, m.Role, m.Until = afterBan(m), Ordinary, 0
	}
	return m
}

// afterBan is where a banned person stands once that is over: whoever went on following is a member again.
func afterBan(m Member) Membership {
	if m.Follows {
		return Joined
	}
	return Left
}

// Filed is a post the group has.
type Filed struct {
	URI        string
	Author     string
	Thread     int64 // number of the thread's first post
	Comment    bool
	State      PostState
	Updated    int64 // Unix seconds of the newest version held
	Same       bool  // that version reads as the request's post does
	Visibility Visibility
	Locked     bool // it or something above it takes no more comments
	Pinned     bool
	Under      PostState // of the post it answers, "" for a thread
	Waiting    *Waiting  // the version that waits, if one does
	Home       string    // community it was taken in from, "" for this group's own
}

// PostState says whether a filed post is shown.
type PostState string

// Withdrawn says whether the post was shown, or waited to be, and is no longer.
func (p PostState) Withdrawn() bool { return p == Removed || p == Deleted || p == Erased }

// The states of a filed post.
const (
	Visible PostState = "visible"
	Pending PostState = "held"    // waits for a moderator
	Hidden  PostState = "hidden"  // its author is blocked; as before once that ends
	Removed PostState = "removed" // by a moderator; stays so
	Deleted PostState = "deleted" // by its author, who may bring it back
	Erased  PostState = "erased"  // by its author after a moderator had removed it; stays so
)

package group

import "time"

// Kind names what is asked for.
type Kind string

// The kinds of request. Every door (inbox, web form, administration socket) speaks these and no others.
const (
	Follow      Kind = "follow"       // By wants to read Group
	Unfollow    Kind = "unfollow"     // By no longer wants to; also Leave
	Publish     Kind = "publish"      // By made Post
	Edit        Kind = "edit"         // By changed Post
	Delete      Kind = "delete"       // By withdrew the post Target
	DeleteActor Kind = "delete-actor" // By is gone, and took everything along
	Like        Kind = "like"         // By likes the post Target
	Unlike      Kind = "unlike"       // By no longer does
	Boost       Kind = "boost"        // By shared the post Target
	Unboost     Kind = "unboost"      // By no longer does
	Report      Kind = "report"       // By tells the moderators about Target
	Block       Kind = "block"        // By does not want to hear from Group
	Move        Kind = "move"         // By is now the actor Target (verified both ways)
	Rekey       Kind = "rekey"        // By came back after a long silence, with keys that have nothing to do with the old ones
	Note        Kind = "note"         // anything else: kept, no effect

	Dislike   Kind = "dislike"   // By votes the post Target down
	Undislike Kind = "undislike" // By no longer does

	Remove   Kind = "remove"   // By takes the post Target off the group's view
	Restore  Kind = "restore"  // By brings it back; its author too, with Post as it is at its origin
	Lock     Kind = "lock"     // By ends the comments beneath the post Target
	Unlock   Kind = "unlock"   // By opens them again
	Pin      Kind = "pin"      // By puts the thread Target first
	Unpin    Kind = "unpin"    // By no longer does
	Ban      Kind = "ban"      // By shuts the actor Target out until Until
	Unban    Kind = "unban"    // By lets the actor Target in again
	Appoint  Kind = "appoint"  // By makes the actor Target a moderator
	Dismiss  Kind = "dismiss"  // By makes a moderator an ordinary member
	Warn     Kind = "warn"     // By warns the actor Target; Text says why
	Resolve  Kind = "resolve"  // By has dealt with the reports about Target; Text says how
	Discard  Kind = "discard"  // By finds nothing wrong with what is reported
	Describe Kind = "describe" // By changed what the group says of itself: Profile
	Relocate Kind = "relocate" // By moves the thread Target from this group to the group To

	Appeal   Kind = "appeal"   // By objects in Text to the act of moderation numbered Seen
	Uphold   Kind = "uphold"   // By finds that act right
	Overturn Kind = "overturn" // By does not

	Storm Kind = "storm" // By has stricter settings hold: the group is under attack
	Calm  Kind = "calm"  // By ends that

	AddRule  Kind = "add-rule"  // By gives the group the rule Text
	DropRule Kind = "drop-rule" // By takes the rule Text away

	Bar      Kind = "block-host"   // By puts up the block Barrier
	Unbar    Kind = "unblock-host" // By takes away the block of Target
	Join     Kind = "join"         // By wants to be a member
	Leave    Kind = "leave"        // By no longer wants to be one
	Answer   Kind = "answer"       // By answers in Text what is asked of whoever wants to join
	Admit    Kind = "admit"        // By lets the actor Target in, who asked to join
	TurnDown Kind = "turn-down"    // By does not; Text says why
	Expel    Kind = "expel"        // By ends the membership of the actor Target, and its follow; Text says why
	Invite   Kind = "invite"       // By invites the actor Target until Until
	Uninvite Kind = "uninvite"     // By takes that back
	Vouch    Kind = "vouch"        // By vouches for the member Target
	Doubt    Kind = "doubt"        // By no longer does

	Approve Kind = "approve" // By lets the version Seen of the held post Target through
	Refuse  Kind = "refuse"  // By does not; Text says why
	Overdue Kind = "overdue" // the version Seen of the held post Target has waited until its time
	Pause   Kind = "pause"   // By ends posting until Until
	Resume  Kind = "resume"  // By lifts that

	Offer    Kind = "offer"    // By asks the actor Target to own the group too
	TakeUp   Kind = "take-up"  // By, who was asked, agrees
	Succeed  Kind = "succeed"  // By names Target to own the group when the last owner is gone, "" for nobody
	Instate  Kind = "instate"  // By, the server's operator, makes the actor Target an owner
	Nominate Kind = "nominate" // By wants the actor Target to own the group, which has no owner
	Tally    Kind = "tally"    // the votes for Target are to be counted

	Erase Kind = "erase" // By has everything erased that the group keeps of them; or the server's operator, of the actor Target
	Ask   Kind = "ask"   // By asks by private message for something that changes nothing, or in words nobody understands

	Quote Kind = "quote" // By asks to quote Target, which the group wrote itself

	Subscribe   Kind = "subscribe"   // By has the group follow the community Target, to take its threads in
	Unsubscribe Kind = "unsubscribe" // By ends that
	Confirm     Kind = "confirm"     // the community By accepts that the group follows it
	Decline     Kind = "decline"     // the community By refuses that, or ends it
)

// Request is one wish by one verified person, whichever door it came through.
type Request struct {
	Kind     Kind
	By       Person    // who asks; the door has verified it
	Lang     string    // in which By hears what comes of it, "" if nothing says
	Activity string    // URI of the activity, or of the form submission; unique
	Groups   []string  // URIs of the local groups the request addresses
	Target   string    // URI of the post or actor it is about
	Post     *Post     // for Publish and Edit
	Text     string    // what the person wrote to the moderators (Report, Answer), or a moderator to the person
	At       time.Time // when it was received
	Until    time.Time // end of a ban, an invitation or a pause; zero for none
	To       string    // URI of the group a thread moves to
	Profile  *Profile  // for Describe
	Via      string    // URI of the community elsewhere that announced the request; "" for the person's own word
	AtOrigin bool      // the origin of Target confirms what is asked, whoever asks
	OwnWord  bool      // another community announces it, from By's own server, which could have sent it itself
	Barrier  *Barrier  // for Bar
	Seen     int64     // Approve, Refuse and Overdue: number of the held version that is meant
	Reads    bool      // Join: By asks to follow too, by that activity
	Private  bool      // the public log does not give the reason
	BansKept bool      // Ban: the server of Target keeps the group's bans itself, and goes on hearing from it

	Said *Said // it came by private message, and is answered so

	WithReplies bool   // Remove and Restore: everything beneath too
	WithPosts   bool   // Ban: remove the person's posts; Unban: bring back what was removed
	Raw         []byte // the activity as received, kept and passed on unchanged
}

// Profile is what a group says of itself.
type Profile struct {
	Title       string
	Summary     string // Markdown
	SummaryHTML string // the same, sanitised
}

// Person is an actor anywhere on the fediverse.
type Person struct {
	URI    string
	Handle string // @user@host
	Bot    bool   // a Service or Application: gets no notes, so that two machines cannot talk in circles

	Since    time.Time // when the account was made, as its server says; zero if it does not
	NoAvatar bool      // it has no picture

	Operator bool // runs this server and asks at its socket: may do what an owner may
}

// Visibility says who may read a post, as its addressing says.
type Visibility int

// The visibilities, from widest to narrowest.
const (
	Public    Visibility = iota // as:Public in to
	Unlisted                    // as:Public in cc
	Followers                   // a followers collection, nobody else
	Direct                      // named people only
)

// Shareable says whether a group may pass the post on.
func (v Visibility) Shareable() bool { return v == Public || v == Unlisted }

// Post is a post as its author made it.
type Post struct {
	URI        string
	Author     string // actor URI
	InReplyTo  string // URI of the parent, "" for a top-level post
	Title      string
	HTML       string // sanitised
	Warning    string // content warning
	URL        string // where people read it, "" for the URI
	Link       string // what it points to, if it is about a link
	Language   string
	Visibility Visibility
	NoBoost    bool // the author lets nobody boost it (GoToSocial's interaction policy)
	Vote       bool // a poll vote: a name and no content (protocol: Mastodon polls)
	Published  time.Time
	Updated    time.Time // zero when never edited
	Raw        []byte    // the object as received
	Wall       string    // the group on whose wall it is written (FEP-400e): its author's server waits for that one's answer
	Kind       string    // what it is at its origin: Note, Page, Question, Event ...
	Media      []Media
	Mentions   int      // how many people and groups it names
	Tags       []string // hashtags, without #
	Flairs     []string // labels out of those the community offers
}

// Media is a picture, recording, file or link that a post shows beside its words. It stays where it is; pages link to it.
type Media struct {
	Kind string `json:"kind"`           // Image, Video, Audio, Document or Link
	URL  string `json:"url"`            // http or https
	Type string `json:"type,omitempty"` // media type, "" when not known
	Alt  string `json:"alt,omitempty"`  // what it shows, in the author's words
}

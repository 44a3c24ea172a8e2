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
	Note        Kind = "note"         // anything else: kept, no effect
)

// Request is one wish by one verified person, whichever door it came through.
type Request struct {
	Kind     Kind
	By       Person    // who asks; the door has verified it
	Activity string    // URI of the activity, or of the form submission; unique
	Groups   []string  // URIs of the local groups the request addresses
	Target   string    // URI of the post or actor it is about
	Post     *Post     // for Publish and Edit
	Text     string    // what the person wrote to the moderators (Report)
	At       time.Time // when it was received
	Raw      []byte    // the activity as received, kept and passed on unchanged
}

// Person is an actor anywhere on the fediverse.
type Person struct {
	URI    string
	Handle string // @user@host
	Bot    bool   // a Service or Application: gets no notes, so that two machines cannot talk in circles
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
}

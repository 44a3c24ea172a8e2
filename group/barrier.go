package group

import (
	"strings"
	"time"
)

// Level is how far a block goes.
type Level string

// The levels, from none to all. What a host or account may do is the strongest of what the group says and what the server says.
const (
	LevelNone    Level = ""        // nothing is said
	LevelAllow   Level = "allow"   // let in: an exception from what is blocked above it, or one of an allow-list
	LevelNoop    Level = "noop"    // let in, but without media or reports, as the entry says
	LevelSilence Level = "silence" // what comes from there waits for a moderator
	LevelSuspend Level = "suspend" // nothing comes in, nothing goes out
)

// Barrier is one entry of a list of blocks. It covers a host with everything beneath it, or one account.
type Barrier struct {
	Subject       string // host in the one spelling under which hosts are compared, or URI of an account
	Level         Level
	Public        string // the reason, for everybody
	Private       string // a note, for those who moderate
	RejectMedia   bool
	RejectReports bool
	Obfuscate     bool   // the name is shown to the public with stars in it
	Source        string // address of the list it comes from, "" for an entry made by hand
	At            time.Time
}

// IsAccount says whether the entry is about one account.
func (b Barrier) IsAccount() bool { return strings.Contains(b.Subject, "://") }

// Standing is what blocks leave of what somebody may do.
type Standing struct {
	Level     Level
	NoMedia   bool
	NoReports bool
}

func (l Level) rank() int {
	switch l {
	case LevelSuspend:
		return 3
	case LevelSilence:
		return 2
	case LevelNoop:
		return 1
	default:
		return 0
	}
}

// With is the stricter of two standings in each respect.
func (s Standing) With(o Standing) Standing {
	if o.Level.rank() > s.Level.rank() || s.Level == LevelNone {
		s.Level = o.Level
	}
	return Standing{Level: s.Level, NoMedia: s.NoMedia || o.NoMedia, NoReports: s.NoReports || o.NoReports}
}

// Suspended says whether nothing comes in or goes out.
func (s Standing) Suspended() bool { return s.Level == LevelSuspend }

// HostsAbove lists under which names a host may be blocked, the nearest first: itself with its port, without, and each domain it
// belongs to. An entry for example.org covers a.example.org and a.example.org:8443, but not badexample.org.
func HostsAbove(host string) []string {
	names := []string{host}
	if bare := withoutPort(host); bare != host {
		host, names = bare, append(names, bare)
	}
	if isNumeric(host) {
		return names
	}
	for {
		_, above, ok := strings.Cut(host, ".")
		if !ok || above == "" {
			return names
		}
		host, names = above, append(names, above)
	}
}

func withoutPort(host string) string {
	i := strings.LastIndexByte(host, ':')
	if i < 0 || strings.HasSuffix(host, "]") {
		return host
	}
	return host[:i]
}

// isNumeric finds IP addresses, which belong to no domain.
func isNumeric(host string) bool {
	return strings.HasPrefix(host, "[") || strings.Trim(host, "0123456789.") == ""
}

// Judge says what one list of blocks, the group's or the server's, leaves of what somebody on a host may do. Of the entries for the
// host the nearest counts: an entry for a subdomain is an exception from one for the domain. At the same name what was entered by
// hand counts before what lists say, and of several lists the strictest. With allowOnly set, a host that no entry lets in is
// suspended. An entry for the account itself can only be stricter.
func Judge(entries []Barrier, host, account string, allowOnly bool) Standing {
	said, found := nearest(entries, host)
	if allowOnly && (!found || said.Level == LevelNone) {
		said = Standing{Level: LevelSuspend}
	}
	if own, ok := entriesAt(entries, account); ok && account != "" {
		said = said.With(own)
	}
	return said
}

func nearest(entries []Barrier, host string) (Standing, bool) {
	for _, name := range HostsAbove(host) {
		if s, ok := entriesAt(entries, name); ok {
			return s, true
		}
	}
	return Standing{}, false
}

// entriesAt is what the entries for exactly this name say together.
func entriesAt(entries []Barrier, name string) (s Standing, found bool) {
	for _, e := range entries {
		if e.Subject != name {
			continue
		}
		one := Standing{Level: e.Level, NoMedia: e.RejectMedia, NoReports: e.RejectReports}
		if e.Source == "" {
			return one, true
		}
		s, found = s.With(one), true
	}
	return s, found
}

// barred is the answer to what comes from where nothing may come from. Nobody is told: it would be a delivery.
func barred(s State, r Request) (Decision, bool) {
	switch {
	case s.Standing.Suspended() && !harmless(r.Kind):
		return answer(Refused, ReasonBlocked), true
	case s.Standing.NoReports && r.Kind == Report:
		return answer(Ignored, ReasonBlocked), true
	case s.Target.Suspended() && (r.Kind == Move || r.Kind == Appoint || r.Kind == Subscribe):
		return answer(Refused, ReasonBlocked), true
	default:
		return Decision{}, false
	}
}

// restrain applies to an accepted post what a milder block leaves of it.
func restrain(s State, r Request, d Decision) Decision {
	if s.Standing.NoMedia {
		d.Effects = withoutMedia(d.Effects)
	}
	if s.Standing.Level == LevelSilence {
		d = hold(s, r, d, ReasonSilenced)
	}
	return d
}

func withoutMedia(effects []Effect) []Effect {
	var out []Effect
	for _, e := range effects {
		switch e := e.(type) {
		case File:
			e.Post.Media = nil
			out = append(out, e)
		case Revise:
			e.Post.Media = nil
			out = append(out, e)
		case Hold:
			e.Post.Media = nil
			out = append(out, e)
		default:
			out = append(out, e)
		}
	}
	return out
}

// hold makes a post wait for a moderator that would be shown otherwise; an edit takes what was shown back until then. What is refused or held already
// stays so.
func hold(s State, r Request, d Decision, reason Reason) Decision {
	return holdFor(s, r, d, passage{verdict: Held, why: reason})
}

func holdFor(s State, r Request, d Decision, p passage) Decision {
	if d.Verdict != Accepted {
		return d
	}
	for _, e := range d.Effects {
		switch e := e.(type) {
		case File:
			r.Post = &e.Post
			return holdNew(s, r, e.Home, p)
		case Revise:
			r.Post = &e.Post
			return answer(Held, p.why, append(takeBack(s, r, e), wait(s, r, true, p)...)...)
		}
	}
	return d
}

// takeBack takes from view what was shown of a post, until a moderator has seen its new version.
func takeBack(s State, r Request, e Revise) []Effect {
	effects := []Effect{e}
	if r.Kind == Restore {
		effects = append(effects, Reinstate{URI: e.Post.URI})
	}
	effects = append(effects, SetAside{URI: e.Post.URI})
	if s.Existing != nil && s.Existing.State == Visible && !s.Existing.Comment {
		effects = append(effects, Tell{What: TellUndo, Post: e.Post.URI})
	}
	return effects
}

// bar puts up a block of the group, or takes one away. What follows for members and posts is the store's to work out.
func bar(s State, r Request) Decision {
	switch {
	case !runs(s, r):
		return answer(Refused, ReasonNotModerator)
	case r.Kind == Unbar:
		return answer(Accepted, ReasonUnbarred, SetBarrier{Barrier: Barrier{Subject: r.Target}, Lift: true})
	case r.Barrier == nil || r.Barrier.Subject == "":
		return answer(Ignored, ReasonNothingToDo)
	}
	return answer(Accepted, ReasonBarred, SetBarrier{Barrier: *r.Barrier})
}

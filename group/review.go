package group

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// Review is which posts wait for a moderator, and when nobody posts. Moderators' own are let through.
type Review struct {
	All   bool   `json:"all,omitempty"`   // every post
	Links bool   `json:"links,omitempty"` // posts with links
	First int    `json:"first,omitempty"` // that many posts of whoever is new, unless a moderator vouches for them
	Days  int    `json:"days,omitempty"`  // how long a post waits at most, 0 for heldDays
	Slow  int    `json:"slow,omitempty"`  // seconds between two posts of one person
	Quiet string `json:"quiet,omitempty"` // hours of the day (UTC) in which posts wait for the morning, such as 22:00-07:00
}

const heldDays = 14

// Forever is the end of a pause that somebody has to lift.
const Forever = -1

func (v Review) check() error {
	if v.First < 0 || v.Days < 0 || v.Slow < 0 {
		return errors.New("a number of posts, days or seconds is 0 or more")
	}
	if v.Quiet == "" {
		return nil
	}
	if _, _, err := v.hours(); err != nil {
		return Fault{What: "quiet-hours", says: "quiet hours are written like 22:00-07:00: " + err.Error()}
	}
	return nil
}

// hours reads the quiet hours as times since midnight.
func (v Review) hours() (from, to time.Duration, err error) {
	begin, end, _ := strings.Cut(v.Quiet, "-")
	if from, err = timeOfDay(begin); err != nil {
		return 0, 0, err
	}
	if to, err = timeOfDay(end); err != nil {
		return 0, 0, err
	}
	if from == to {
		return 0, 0, errors.New("they begin and end at the same time")
	}
	return from, to, nil
}

func timeOfDay(text string) (time.Duration, error) {
	t, err := time.Parse("15:04", strings.TrimSpace(text))
	if err != nil {
		return 0, fmt.Errorf("%q is no time of day", text)
	}
	return time.Duration(t.Hour())*time.Hour + time.Duration(t.Minute())*time.Minute, nil
}

// opens is when the quiet hours end that a moment lies in, the zero time if it lies in none.
func (v Review) opens(at time.Time) time.Time {
	if v.Quiet == "" {
		return time.Time{}
	}
	from, to, err := v.hours()
	if err != nil {
		return time.Time{}
	}
	midnight := at.UTC().Truncate(24 * time.Hour)
	now := at.Sub(midnight)
	switch {
	case from < to && from <= now && now < to, from > to && now < to:
		return midnight.Add(to)
	case from > to && now >= from:
		return midnight.Add(24*time.Hour + to)
	}
	return time.Time{}
}

// due is when a post that is held now has waited for long enough.
func (v Review) due(at time.Time) int64 {
	days := v.Days
	if days <= 0 {
		days = heldDays
	}
	return at.Add(time.Duration(days) * day).Unix()
}

// passage is what becomes of a post that its author may write: let through, held or refused.
type passage struct {
	verdict Verdict
	why     Reason
	opens   time.Time // for what waits for no moderator
}

// examine looks at a new post, or at a new version of one.
func examine(s State, r Request) passage {
	switch {
	case runs(s, r): // whoever announces it: what is in this group's own threads passes by its own rules
		return passage{verdict: Accepted}
	case r.Kind == Edit && s.Existing != nil:
		return review(s, r)
	case s.Group.paused(r.At):
		return passage{verdict: Refused, why: ReasonPaused}
	case r.Kind != Restore && s.Group.Review.Slow > 0 && s.LastPost != 0 && r.At.Unix() < s.LastPost+int64(s.Group.Review.Slow):
		return passage{verdict: Refused, why: ReasonSlow}
	}
	if p := review(s, r); p.verdict != Accepted {
		return p
	}
	if opens := s.Group.Review.opens(r.At); !opens.IsZero() {
		return passage{verdict: Held, why: ReasonQuiet, opens: opens}
	}
	return passage{verdict: Accepted}
}

// review says whether a moderator has to look first.
func review(s State, r Request) passage {
	v := s.Group.Review
	switch {
	case v.All:
		return passage{verdict: Held, why: ReasonReviewed}
	case v.Links && hasLink(*r.Post):
		return passage{verdict: Held, why: ReasonLinks}
	case s.Shown < v.First && !s.Member.Approved:
		return passage{verdict: Held, why: ReasonNewcomer}
	}
	return passage{verdict: Accepted}
}

// hasLink says whether a post leads elsewhere. Mentions and hashtags are links too, of the kinds that sanitised HTML names.
func hasLink(p Post) bool {
	if p.Link != "" {
		return true
	}
	for _, part := range strings.Split(p.HTML, "<a ")[1:] {
		tag, _, _ := strings.Cut(part, ">")
		if !strings.Contains(tag, "mention") && !strings.Contains(tag, "hashtag") {
			return true
		}
	}
	for _, m := range p.Media {
		if m.Kind == "Link" {
			return true
		}
	}
	return strings.Contains(plain(p.HTML), "://")
}

// plain is the text of sanitised HTML, without its tags.
func plain(markup string) string {
	var b strings.Builder
	for part := range strings.SplitSeq(markup, "<") {
		if _, after, ok := strings.Cut(part, ">"); ok {
			part = " " + after
		}
		b.WriteString(part)
	}
	return b.String()
}

func (i Info) paused(at time.Time) bool {
	return i.Paused == Forever || i.Paused != 0 && at.Unix() < i.Paused
}

// holdNew files a post that waits.
func holdNew(s State, r Request, home string, p passage) Decision {
	effects := []Effect{File{Post: *r.Post, State: Pending, Home: home}}
	return answer(Held, p.why, append(effects, wait(s, r, true, p)...)...)
}

// wait keeps a version of a post for a moderator, who is told, or for the morning. Its author is told too, once a day at most.
func wait(s State, r Request, fresh bool, p passage) []Effect {
	h := Hold{Post: *r.Post, Fresh: fresh, Why: p.why, Due: s.Group.Review.due(r.At)}
	if !p.opens.IsZero() {
		h.Opens, h.Due = p.opens.Unix(), p.opens.Unix()
	}
	effects := []Effect{h}
	if h.Opens == 0 {
		effects = append(effects, Tell{What: TellMods, Post: r.Post.URI, Text: Saying{fill(sayWaits, r.Post.URI), "\n\n", p.why}})
	}
	return append(effects, s.once(r, NoticeHeld, day, Saying{p.why})...)
}

// once tells whoever asks something, unless they had a note of that kind a short while ago. Machines get no notes, and neither does
// whoever wrote to another community and may never have heard of this group, or brings back what somebody else wrote.
func (s State) once(r Request, what Notice, again time.Duration, text Saying) []Effect {
	if last := s.Told[what]; r.By.Bot || r.Via != "" || r.Post != nil && r.Post.Author != r.By.URI || last != 0 && r.At.Unix() < last+int64(again/time.Second) {
		return nil
	}
	tell := Tell{What: TellNote, To: r.By.URI, Text: text}
	if r.Post != nil {
		tell.Post = r.Post.URI
	}
	return []Effect{MarkTold{Person: r.By.URI, Notice: what}, tell}
}

// refuseNow turns a post away that may be written again later.
func refuseNow(s State, r Request, why Reason) Decision {
	var effects []Effect
	if r.Post.Wall == s.Group.URI {
		effects = append(effects, Tell{What: TellRefuse, To: r.By.URI, Post: r.Post.URI})
	}
	return answer(Refused, why, append(effects, s.once(r, NoticeLater, time.Hour, Saying{why})...)...)
}

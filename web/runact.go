package web

import (
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"folkmoot/group"
	"folkmoot/store"
)

// actForm is a button, or a small form, for one act of moderation.
type actForm struct {
	Group, To   string // name of the group, and the page to come back to
	Act, Target string
	Reported    string // what was reported, and is dealt with by the act
	Number      int64  // of what waits, or of the act that an appeal is about
}

func newActForm(d RunData, act, target string) actForm {
	return actForm{Group: d.Group.Name, To: d.Here, Act: act, Target: target}
}

// Solves is the same for an act that deals with a report.
func (f actForm) Solves(about string) actForm {
	f.Reported = about
	return f
}

// Numbered is the same for an act about something with a number.
func (f actForm) Numbered(n int64) actForm {
	f.Number = n
	return f
}

// Lasts says whether it is asked for how long.
func (f actForm) Lasts() bool { return f.Act == string(group.Ban) }

// Grave says whether the button warns by its look.
func (f actForm) Grave() bool {
	switch group.Kind(f.Act) {
	case group.Ban, group.Remove, group.Expel, group.Refuse, group.TurnDown, group.Dismiss:
		return true
	}
	return false
}

const (
	maxReason  = 500
	maxBanDays = 3650
)

type actData struct {
	RunData
	Form *form
	Act  actForm
}

// Kept are the boxes that were ticked.
func (d actData) Kept() (names []string) {
	for _, name := range []string{"posts", "private", "replies"} {
		if d.Form.Value(name) != "" {
			names = append(names, name)
		}
	}
	return names
}

// runAct does what a moderator asks for, and leads back to where they asked.
func (s *Site) runAct(r *http.Request, a acting) (view, error) {
	f, err := s.readForm(r)
	if err != nil {
		return view{}, err
	}
	ask, about, err := s.askedFor(r, a, f)
	to := localPath(f.Value("to"))
	c := s.languageOf(r)
	switch {
	case errors.Is(err, errNobody):
		f.Fail("target", "run.nobody", f.Value("target"))
	case errors.Is(err, errNothingWaits):
		return s.done(r, a.account, to, said{Words: group.ReasonNothingWaits.In(c.Code())})
	case err != nil:
		return view{}, err
	}
	if !f.OK() {
		return s.actAgain(r, a, f), nil
	}
	d, err := s.apply(r, a, ask)
	if err != nil {
		return view{}, err
	}
	if about := f.Value("reported"); about != "" && d.Verdict == group.Accepted {
		if _, err := s.apply(r, a, group.Request{Kind: group.Resolve, Target: about}); err != nil {
			return view{}, err
		}
	}
	return s.done(r, a.account, to, c.saidOf(a.Group, ask, d, about, to))
}

// actAgain shows the form of an act with what was typed, and what is wrong with it.
func (s *Site) actAgain(r *http.Request, a acting, f *form) view {
	d := actData{RunData: a.run(r, "act"), Form: f}
	d.Here = localPath(f.Value("to"))
	d.Act = newActForm(d.RunData, f.Value("act"), f.Value("target")).Solves(f.Value("reported")).Numbered(f.number("number"))
	v := s.runView(r, "runact", d.RunData, d)
	v.Status = f.Answer()
	return v
}

var (
	errNobody       = errors.New("no such account")
	errNothingWaits = errors.New("nothing waits under this number")
)

// askedFor reads what a moderator asks for, and what that is about in words for people.
func (s *Site) askedFor(r *http.Request, a acting, f *form) (ask group.Request, about string, err error) {
	ask = group.Request{
		Kind: group.Kind(f.Value("act")), Target: f.Value("target"), Text: f.Line("reason", maxReason), Private: f.Value("private") != "",
		WithPosts: f.Value("posts") != "", WithReplies: f.Value("replies") != "",
	}
	if !isAct(ask.Kind) {
		return ask, "", errForm
	}
	if days := strings.TrimSpace(f.Value("days")); days != "" {
		n, err := strconv.Atoi(days)
		if err != nil || n < 1 || n > maxBanDays {
			f.Fail("days", "run.days.wrong", maxBanDays)
		} else {
			ask.Until = s.now().Add(time.Duration(n) * 24 * time.Hour)
		}
	}
	switch ask.Kind {
	case group.Approve, group.Refuse:
		held, err := s.Store.HeldVersion(r.Context(), a.Group.ID, f.number("number"))
		if errors.Is(err, store.ErrNotFound) {
			return ask, "", errNothingWaits
		}
		ask.Target, ask.Seen = held.URI, held.Number
		return ask, "", err
	case group.Uphold, group.Overturn:
		ask.Seen, ask.Target = f.number("number"), ""
	case group.AddRule, group.DropRule:
		ask.Text, ask.Target = ask.Target, ""
	case group.Pause:
		ask.Until = s.now().Add(time.Duration(max(f.number("hours"), 1)) * time.Hour)
	case group.Admit, group.TurnDown, group.Ban, group.Unban, group.Warn, group.Expel, group.Appoint, group.Dismiss, group.Invite,
		group.Uninvite, group.Vouch, group.Doubt, group.Offer, group.Succeed:
		return s.askedOfPerson(r, ask)
	}
	return ask, "", nil
}

func (s *Site) askedOfPerson(r *http.Request, ask group.Request) (group.Request, string, error) {
	if ask.Kind == group.Succeed && ask.Target == "" {
		return ask, "", nil
	}
	who, err := s.somebody(r.Context(), ask.Target)
	if errors.Is(err, store.ErrNotFound) {
		return ask, "", errNobody
	}
	if err != nil {
		return ask, "", err
	}
	ask.Target = who.URI
	if s.Prepare != nil {
		err = s.Prepare(r.Context(), &ask)
	}
	return ask, personName(who), err
}

// saidOf says what was decided, in the words of the rules, and lets it be taken back where that can be.
func (c *catalogue) saidOf(g store.Group, ask group.Request, d group.Decision, about, to string) said {
	n := said{Words: d.Reason.In(c.Code())}
	if about != "" {
		n.Words = about + ": " + n.Words
	}
	if d.Verdict != group.Accepted {
		return n
	}
	back := map[group.Kind]group.Kind{group.AddRule: group.DropRule, group.DropRule: group.AddRule, group.Uninvite: group.Invite}[ask.Kind]
	if back == "" {
		back = group.Inverse(ask, d)
	}
	if back == "" {
		return n
	}
	fields := map[string]string{"act": string(back), "target": ask.Target, "to": to}
	if ask.Kind == group.AddRule || ask.Kind == group.DropRule {
		fields["target"] = ask.Text
	}
	if ask.WithPosts {
		fields["posts"] = "1"
	}
	if ask.WithReplies {
		fields["replies"] = "1"
	}
	n.Undo = &undo{Action: "/g/" + g.Name + "/run/act", Fields: fields}
	return n
}

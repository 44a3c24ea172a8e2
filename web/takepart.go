package web

import (
	"net/http"

	"folkmoot/group"
	"folkmoot/store"
)

// takePartRoutes is where people who are signed in do things in a group.
func (s *Site) takePartRoutes(mux *http.ServeMux) {
	mux.HandleFunc("GET /g/{name}/new", s.inGroup(s.composePage))
	mux.HandleFunc("POST /g/{name}/new", s.patient(s.inGroup(s.compose)))
	mux.HandleFunc("GET /g/{name}/join", s.inGroup(s.joinPage))
	mux.HandleFunc("POST /g/{name}/join", s.inGroup(s.joinOrLeave))
	mux.HandleFunc("GET /g/{name}/post/{number}/reply", s.inGroup(s.replyPage))
	mux.HandleFunc("POST /g/{name}/post/{number}/reply", s.patient(s.inGroup(s.reply)))
	mux.HandleFunc("GET /account/picture/{number}", unseen(s.heldPicture))
	mux.HandleFunc("POST /g/{name}/post/{number}/vote", s.inGroup(s.vote))
	mux.HandleFunc("GET /g/{name}/post/{number}/edit", s.inGroup(s.editPage))
	mux.HandleFunc("POST /g/{name}/post/{number}/edit", s.inGroup(s.editPost))
	mux.HandleFunc("GET /g/{name}/post/{number}/delete", s.inGroup(s.deletePage))
	mux.HandleFunc("POST /g/{name}/post/{number}/delete", s.inGroup(s.deletePost))
	mux.HandleFunc("GET /g/{name}/post/{number}/report", s.inGroup(s.reportPage))
	mux.HandleFunc("POST /g/{name}/post/{number}/report", s.inGroup(s.report))
}

// vote counts a vote, or takes it back. It counts in this group alone: only the person's own server can tell others.
func (s *Site) vote(r *http.Request, a acting) (view, error) {
	f, err := s.readForm(r)
	if err != nil {
		return view{}, err
	}
	p, err := s.shownPost(r)
	if err != nil {
		return view{}, err
	}
	kinds := map[string][]group.Kind{"like": {group.Like}, "dislike": {group.Dislike}, "none": {group.Unlike, group.Undislike}}[f.Value("vote")]
	if len(kinds) == 0 {
		return view{}, errForm
	}
	var d group.Decision
	for _, kind := range kinds {
		if d, err = s.apply(r, a, group.Request{Kind: kind, Target: p.URI}); err != nil {
			return view{}, err
		}
		if d.Verdict == group.Accepted {
			break
		}
	}
	n := said{Words: s.outcome(r, d)}
	if d.Verdict == group.Accepted {
		n.Words = s.languageOf(r).T("takepart.voted." + f.Value("vote"))
	}
	if f.Value("vote") != "none" && d.Verdict != group.Refused {
		n.Undo = &undo{Action: r.URL.Path, Fields: map[string]string{"vote": "none"}}
	}
	return s.done(r, a.account, place(p), n)
}

// outcome says in the reader's language what a group decided.
func (s *Site) outcome(r *http.Request, d group.Decision) string {
	return d.Reason.In(s.languageOf(r).Code())
}

type reportData struct {
	Group store.Group
	Post  store.Post
	Form  *form
}

func (s *Site) reporting(r *http.Request, a acting) (d reportData, err error) {
	d.Group = a.Group
	if d.Post, err = s.shownPost(r); err != nil {
		return d, err
	}
	d.Form, err = s.readForm(r)
	return d, err
}

func (s *Site) reportView(r *http.Request, d reportData) view {
	return view{Page: "report", Title: s.languageOf(r).T("takepart.report.title"), Unlisted: true, Status: d.Form.Answer(), Data: d}
}

// reportPage is where somebody tells the moderators about a post.
func (s *Site) reportPage(r *http.Request, a acting) (view, error) {
	d, err := s.reporting(r, a)
	return s.reportView(r, d), err
}

// report tells the moderators.
func (s *Site) report(r *http.Request, a acting) (view, error) {
	d, err := s.reporting(r, a)
	if err != nil {
		return view{}, err
	}
	why := d.Form.Text("why", maxRemark)
	if why == "" {
		d.Form.Fail("why", "takepart.report.why")
	}
	if !d.Form.OK() {
		return s.reportView(r, d), nil
	}
	decided, err := s.apply(r, a, group.Request{Kind: group.Report, Target: d.Post.URI, Text: why, Private: true})
	if err != nil {
		return view{}, err
	}
	return s.done(r, a.account, place(d.Post), said{Words: s.outcome(r, decided)})
}

// maxRemark is how much somebody writes to the moderators at once.
const maxRemark = 2000

type joiningData struct {
	Group   store.Group
	Handle  string
	Form    *form
	State   group.Membership
	Follows bool
	Asks    bool // questions are to be answered, or rules agreed to
	Rules   []string
	Link    string // where the group is followed
}

func (s *Site) joining(r *http.Request, a acting) (d joiningData, err error) {
	j := a.Group.Settings.Joining
	d = joiningData{
		Group: a.Group, Handle: s.handle(a.Group.Name), State: a.Member.State, Follows: a.Member.Follows,
		Asks:  (len(j.Questions) > 0 || j.Agree && j.Rules != "") && a.Member.Answer == "",
		Rules: ruleLines(j.Rules), Link: "/g/" + a.Group.Name + "/follow?server=" + a.ownHost(),
	}
	d.Form, err = s.readForm(r)
	return d, err
}

func (s *Site) joinView(r *http.Request, d joiningData) view {
	return view{Page: "join", Title: s.languageOf(r).T("takepart.join.title", d.Group.Title), Unlisted: true, Status: d.Form.Answer(), Data: d}
}

// joinPage says how somebody stands with a group, and lets them join, answer what is asked, and leave.
func (s *Site) joinPage(r *http.Request, a acting) (view, error) {
	d, err := s.joining(r, a)
	return s.joinView(r, d), err
}

func (s *Site) joinOrLeave(r *http.Request, a acting) (view, error) {
	d, err := s.joining(r, a)
	if err != nil {
		return view{}, err
	}
	page := "/g/" + a.Group.Name + "/join"
	if d.Form.Value("do") == "leave" {
		decided, err := s.apply(r, a, group.Request{Kind: group.Leave})
		if err != nil {
			return view{}, err
		}
		n := said{Words: s.outcome(r, decided)}
		if decided.Verdict == group.Accepted && a.Group.Settings.Join == group.JoinOpen && a.Group.Settings.Joining.CoolDown == 0 && !d.Asks {
			n.Undo = &undo{Action: page, Fields: map[string]string{"do": "join"}}
		}
		return s.done(r, a.account, page, n)
	}
	answer := d.Form.Text("answer", maxRemark)
	if d.Asks && answer == "" {
		d.Form.Fail("answer", "takepart.join.answer-first")
	}
	if !d.Form.OK() {
		return s.joinView(r, d), nil
	}
	decided, err := s.enter(r, a, answer)
	if err != nil {
		return view{}, err
	}
	n := said{Words: s.outcome(r, decided)}
	if decided.Reason == group.ReasonJoined {
		n.Undo = &undo{Action: page, Fields: map[string]string{"do": "leave"}}
	}
	return s.done(r, a.account, page, n)
}

// enter asks to be let in, and gives the answer to what is asked.
func (s *Site) enter(r *http.Request, a acting, answer string) (d group.Decision, err error) {
	if a.Member.State != group.Applied {
		if d, err = s.apply(r, a, group.Request{Kind: group.Join, Text: answer, Private: true}); err != nil || d.Reason == group.ReasonJoined || d.Verdict == group.Refused {
			return d, err
		}
	}
	if answer == "" {
		return d, nil
	}
	return s.apply(r, a, group.Request{Kind: group.Answer, Text: answer, Private: true})
}

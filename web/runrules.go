package web

import (
	"net/http"

	"folkmoot/group"
	"folkmoot/store"
)

// TriedPost is a post that a rule would have acted on.
type TriedPost struct {
	Post, Author, Title string
	Hits                []string // which condition, and by what
}

const triedPosts = 200

type rulesData struct {
	RunData
	Rules  []store.Rule
	Form   *form
	Tried  bool
	Looked int
	Hits   []TriedPost
}

// rulesPage lists the group's automatic rules, and takes a new one.
func (s *Site) rulesPage(r *http.Request, a acting) (view, error) {
	return s.showRules(r, a, rulesData{})
}

func (s *Site) showRules(r *http.Request, a acting, d rulesData) (view, error) {
	d.RunData = a.run(r, "rules")
	d.Here = "/g/" + a.Group.Name + "/run/rules"
	var err error
	d.Rules, err = s.Store.Rules(r.Context(), a.Group.ID)
	v := s.runView(r, "runrules", d.RunData, d)
	v.Status = d.Form.Answer()
	return v, err
}

// makeRule tries a rule on the last posts, or adds it.
func (s *Site) makeRule(r *http.Request, a acting) (view, error) {
	f, err := s.readForm(r)
	if err != nil {
		return view{}, err
	}
	text := f.Line("rule", 1000)
	rule, err := group.ParseRule(text)
	if err == nil {
		_, err = group.CompileRules([]group.Rule{rule}, store.HostName)
	}
	if err != nil && f.OK() {
		f.Fail("rule", "run.rules.wrong", f.words.faultOf(err))
	}
	d := rulesData{Form: f}
	if !f.OK() {
		return s.showRules(r, a, d)
	}
	if f.Value("do") == "try" && s.Try != nil {
		d.Tried = true
		if d.Hits, d.Looked, err = s.Try(r.Context(), a.Group.Name, rule.String(), triedPosts); err != nil {
			return view{}, err
		}
		return s.showRules(r, a, d)
	}
	ask := group.Request{Kind: group.AddRule, Text: rule.String()}
	decision, err := s.apply(r, a, ask)
	if err != nil {
		return view{}, err
	}
	to := "/g/" + a.Group.Name + "/run/rules"
	return s.done(r, a.account, to, s.languageOf(r).saidOf(a.Group, ask, decision, "", to))
}
